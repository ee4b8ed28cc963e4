//! What the project does to itself: `cargo xtask ci | floors | tidy | bench | mutate`.

mod bench;
mod ci;
mod crash;
mod floors;
mod mutate;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <task>

  ci        everything a submission must pass: fmt, clippy, floors, tidy, tests, prove, chaos, docs
  floors    imports go down, never sideways or up
  bench     what the harness costs per op, from the journal of a real run (--release); with --peers beside pyserial,
            with --off how soon units are off, with --hostile what devices that lie do to a run
  mutate    takes checks, rows and controls out of the suite one at a time and sees that `prove` fails
            (names of cases or libraries; --kind checks|rows|controls; --list; --shard 1/4; --program FILE)
  crash     the harness killed after event after event, and resumed (--every | --sample N) [--full] [--jobs N]
  tidy      file, line and function sizes; words that must not be in the tree
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let result = match task.as_str() {
        "ci" => ci::run(),
        "floors" => floors::check(),
        "tidy" => tidy::check(),
        "bench" => bench::run(),
        "crash" => crash::run(),
        "mutate" => mutate::run(),
        "" | "help" | "--help" | "-h" => {
            say(HELP);
            return ExitCode::SUCCESS;
        }
        other => Err(format!("no task `{other}`\n\n{HELP}")),
    };
    match result {
        Ok(summary) => {
            say(&format!("{task}: {summary}\n"));
            ExitCode::SUCCESS
        }
        Err(why) => {
            say(&format!("{task} failed:\n{why}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Tasks speak on standard output; a closed pipe is nobody's trouble.
fn say(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().write_all(text.as_bytes());
}
