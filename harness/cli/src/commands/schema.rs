//! `proofhouse schema`.

use super::{here, say, wrong_input};
use crate::args::{Described, SchemaArgs, Selection};
use crate::exit::Exit;
use crate::sources::Sources;
use proofhouse_planner::{bench_schema, profile_schema, read_suite};

/// Prints the schema asked for. Nothing is touched.
pub fn schema(args: &SchemaArgs) -> Exit {
    let schema = match args.what {
        Described::Bench => bench_schema(),
        Described::Profile => {
            let selection = Selection {
                suite: args.suite.clone(),
                ..Selection::default()
            };
            let sources = match Sources::find(&selection, &here()) {
                Ok(sources) => sources,
                Err(list) => return wrong_input(&list),
            };
            match read_suite(&sources.suite, None) {
                Ok(suite) => profile_schema(&suite),
                Err(list) => return wrong_input(&sources.told(list)),
            }
        }
    };
    say(&format!("{schema:#}\n"));
    Exit::Passed
}
