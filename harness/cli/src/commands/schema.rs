//! `proofhouse schema`.

use super::{here, say, wrong_input};
use crate::args::{Described, SchemaArgs};
use crate::exit::Exit;
use crate::session::CHECKOUT_SUITE;
use proofhouse_model::Edition;
use proofhouse_planner::{bench_schema, profile_schema, read_suite};

/// Prints the schema asked for. Nothing is touched.
pub fn schema(args: &SchemaArgs) -> Exit {
    let schema = match args.what {
        Described::Bench => bench_schema(),
        Described::Profile => {
            let suite = args.suite.clone();
            let suite = suite.unwrap_or_else(|| here().join(CHECKOUT_SUITE));
            match read_suite(&suite, Edition::default()) {
                Ok(suite) => profile_schema(&suite),
                Err(list) => return wrong_input(&list),
            }
        }
    };
    say(&format!("{schema:#}\n"));
    Exit::Passed
}
