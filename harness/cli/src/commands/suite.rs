//! `proofhouse suite`: the built-in suite as files.

use super::{complain, say, wrong_input};
use crate::args::{SuiteArgs, SuiteCommand};
use crate::exit::Exit;
use proofhouse_assets::{self as assets, Found};
use proofhouse_model::Diagnostic;
use std::path::Path;

/// Does what was asked.
pub fn suite(args: &SuiteArgs) -> Exit {
    match &args.command {
        SuiteCommand::Export { dir } => export(dir),
    }
}

/// Writes the suite for a lab to change. Nobody's files are written over.
fn export(dir: &Path) -> Exit {
    let refused = |message: &str| {
        let whole = Diagnostic::whole(&dir.display().to_string(), message.to_owned());
        wrong_input(&[whole.expected("a folder that is empty or not there yet")])
    };
    match assets::compare(dir) {
        Err(why) => return refused(&format!("cannot be looked into: {why}")),
        Ok(Found::Other) => return refused("holds something else, which is left as it is"),
        Ok(Found::Same) => say(&format!("the same suite is in {} already\n", dir.display())),
        Ok(Found::Nothing) => {
            if let Err(why) = assets::write(assets::suite(), dir) {
                complain(&format!("error: cannot write {}: {why}\n", dir.display()));
                return Exit::Undecided;
            }
            let files = assets::suite().len();
            say(&format!(
                "{files} files of the suite written to {}\n",
                dir.display()
            ));
        }
    }
    say(&format!(
        "SHA-256 {}\nuse it with: proofhouse run --suite {}\n",
        assets::suite_sha256(),
        dir.display()
    ));
    Exit::Passed
}
