//! One file per command.

mod alone;
mod chaos;
mod check;
mod compare;
mod coverage;
mod diff;
mod discover;
mod doctor;
mod events;
mod help;
mod init;
mod ledger;
mod list;
mod merge;
mod prove;
mod rejudge;
mod report;
mod resume;
mod run;
mod schema;
mod stored;
mod suite;
mod verify;

pub(crate) use stored::remake;

use crate::args::{Command, Selection};
use crate::exit::Exit;
use crate::going_off;
use crate::plain::for_terminal;
use crate::render;
use crate::session::{self, NotPrepared, Session};
use proofhouse_lease::NotLeased;
use proofhouse_model::Diagnostic;
use proofhouse_runner::Cancel;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

/// Does what was asked. What nobody can have read was not told.
pub fn run(command: Command) -> Exit {
    let exit = carry_out(command);
    match (LOST.get(), exit) {
        (None, exit) => exit,
        (Some(why), exit) => {
            complain(&format!(
                "error: standard output cannot be written: {why}\n"
            ));
            if exit == Exit::Passed {
                Exit::Undecided
            } else {
                exit
            }
        }
    }
}

/// Why standard output could not be written.
static LOST: OnceLock<String> = OnceLock::new();

fn carry_out(command: Command) -> Exit {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Chaos(args) => chaos::chaos(&args),
        Command::Check(selection) => check::check(&selection),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Discover(args) => discover::discover(&args),
        Command::Scan(args) => alone::scan(&args),
        Command::Tls(args) => alone::tls(&args),
        Command::SearchFlash(args) => alone::search_flash(&args),
        Command::Passwords(args) => alone::passwords(&args),
        Command::Fuzz(args) => alone::fuzz(&args),
        Command::Init(args) => init::init(&args),
        Command::Ledger(args) => ledger::ledger(&args),
        Command::Events(args) => events::events(&args),
        Command::List(args) => list::list(&args),
        Command::Rejudge(args) => rejudge::rejudge(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Report(args) => report::report(&args),
        Command::Resume(args) => resume::resume(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Prove(args) => prove::prove(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Suite(args) => suite::suite(&args),
        Command::Help(args) => help::help(&args),
        Command::Api => {
            say(&proofhouse_script::api_markdown());
            Exit::Passed
        }
    }
}

/// Text for standard output. A closed pipe is nobody's trouble.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let written = out.write_all(for_terminal(text).as_bytes());
    if let Err(why) = written.and_then(|()| out.flush())
        && why.kind() != ErrorKind::BrokenPipe
    {
        let _ = LOST.set(why.to_string());
    }
}

/// Text for standard error.
fn complain(text: &str) {
    let _ = std::io::stderr().write_all(for_terminal(text).as_bytes());
}

/// Shows mistakes and gives the exit code for them.
fn wrong_input(list: &[Diagnostic]) -> Exit {
    complain(&render::diagnostics(list, std::io::stderr().is_terminal()));
    Exit::WrongInput
}

/// Ctrl-C asks for an orderly end; asked twice, the process ends at once.
fn catch_interrupt(cancel: &Cancel, what: &'static str) {
    let interrupt = cancel.clone();
    let mut signals = 0;
    let hooked = ctrlc::set_handler(move || {
        signals += 1;
        if signals > 1 {
            // The journal is already with the system; a third signal finds this going on.
            let code = going_off::now();
            std::process::exit(i32::from(code.code()));
        }
        interrupt.cancel("interrupted from the keyboard");
    });
    if let Err(why) = hooked {
        complain(&format!(
            "warning: Ctrl-C does not end {what} in order: {why}\n"
        ));
    }
}

/// Reads and plans what was selected, and says first which suite it is.
fn prepare(selection: &Selection) -> Result<Session, Exit> {
    prepare_part(selection, None)
}

/// The same for one part of so many.
fn prepare_part(selection: &Selection, shard: Option<(u32, u32)>) -> Result<Session, Exit> {
    let session = session::prepare_part(selection, shard, &here());
    let session = session.map_err(|list| wrong_input(&list))?;
    let plan = &session.plan;
    complain(&format!("suite {}, {}\n", plan.suite, plan.suite_source));
    Ok(session)
}

/// The same for a run, which takes places of a farm.
fn prepare_to_run(
    selection: &Selection,
    shard: Option<(u32, u32)>,
    cancel: &Cancel,
) -> Result<Session, Exit> {
    let prepared = session::prepare_to_run(selection, shard, &here(), cancel);
    let session = prepared.map_err(|why| match why {
        NotPrepared::Wrong(list) => wrong_input(&list),
        NotPrepared::NoPlace(why) => no_place(&why),
    })?;
    let plan = &session.plan;
    complain(&format!("suite {}, {}\n", plan.suite, plan.suite_source));
    Ok(session)
}

/// A place of a farm is not had: nothing was begun.
fn no_place(why: &NotLeased) -> Exit {
    let (said, next) = (crate::places::shown(why), why.next());
    complain(&format!(
        "error: {said}\n  next: {next}\nno unit was switched on, no case begun, nothing is kept\n"
    ));
    match why {
        NotLeased::CalledOff(_) => Exit::Interrupted,
        NotLeased::Environment(_) => Exit::WrongInput,
        _ => Exit::Undecided,
    }
}

/// Where relative defaults are looked for.
pub(crate) fn here() -> std::path::PathBuf {
    std::path::PathBuf::from(".")
}
