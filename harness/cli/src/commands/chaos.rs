//! `proofhouse chaos`.

use super::{complain, prepare, say, wrong_input};
use crate::args::{ChaosArgs, Selection};
use crate::at_once::AtOnce;
use crate::chaos::draw::{Deck, Trial};
use crate::chaos::ops::{OPS_FILE, Ops};
use crate::chaos::tally::Tally;
use crate::chaos::trial::{Order, Seen};
use crate::exit::Exit;
use crate::scratch::Scratch;
use crate::session::{self, Session};
use proofhouse_journal::Reader;
use proofhouse_model::{Diagnostic, FaultKind, nearest};
use proofhouse_runner::Cancel;
use std::path::Path;
use std::time::Instant;

/// Draws and runs every seed, and says what came of it.
pub fn chaos(args: &ChaosArgs) -> Exit {
    let selection = Selection {
        bench: args.bench.clone(),
        suite: args.suite.clone(),
        ..Selection::default()
    };
    let session = match prepare(&selection) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let suite = &session.sources.suite;
    if args.measure {
        return measure(&session, suite);
    }
    let ops = Ops::read(suite).unwrap_or_else(|| {
        complain(&format!(
            "note: {} is missing: moments are guessed; `proofhouse chaos --measure` makes it\n",
            suite.join(OPS_FILE).display()
        ));
        Ops::default()
    });
    let deck = match deck(args, &session, ops) {
        Ok(deck) => deck,
        Err(wrong) => return wrong_input(&[*wrong]),
    };
    let scratch = match Scratch::new("chaos") {
        Ok(scratch) => scratch,
        Err(why) => return broken(&format!("no folder for the runs: {why}")),
    };
    let order = match order(args, scratch.path()) {
        Ok(order) => order,
        Err(why) => return broken(&why.to_string()),
    };
    let at_once = AtOnce::new(args.jobs, 1, 6);
    let cancel = Cancel::new();
    super::catch_interrupt(&cancel, "the trials");
    let (start, total) = (Instant::now(), args.seeds.end - args.seeds.start);
    let mut done = 0;
    let mut told = |(trial, seen): &(Trial, Seen)| {
        done += 1;
        let since = start.elapsed().as_secs();
        complain(&format!(
            "[{done:>4}/{total}] {since:>4} s  {}\n",
            in_a_line(trial, seen)
        ));
    };
    let all = crate::chaos::run(&deck, &args.seeds, &order, &at_once, &cancel, &mut told);
    let tally = Tally {
        all: &all,
        pairs: deck.pairs(),
        order: &order,
    };
    match args.json {
        true => say(&format!("{:#}\n", tally.json())),
        false => say(&tally.text()),
    }
    if cancel.reason().is_some() {
        complain("ended before all seeds were tried\n");
        return Exit::Interrupted;
    }
    match tally.is_good() {
        true => Exit::Passed,
        false => Exit::Failed,
    }
}

/// One honest run, for the counts of its ops alone.
fn measure(session: &Session, suite: &Path) -> Exit {
    if session.sources.is_suite_built_in() {
        let message = "counts are kept beside the suite, and this one is built in".to_owned();
        let help = "`proofhouse suite export DIR` writes it; then add `--suite DIR`";
        return wrong_input(&[Diagnostic::whole("--measure", message).help(help)]);
    }
    let cancel = Cancel::new();
    super::catch_interrupt(&cancel, "the run");
    let measured = || -> Result<(), session::Broken> {
        let scratch = Scratch::new("chaos")?;
        let run = scratch.path().join("run");
        session::execute(session, &run, vec![], &cancel)?;
        Ops::measure(Reader::open(&run)?)?.write(suite)?;
        Ok(())
    };
    match measured() {
        _ if cancel.reason().is_some() => Exit::Interrupted,
        Ok(()) => {
            say(&format!("kept in {}\n", suite.join(OPS_FILE).display()));
            Exit::Passed
        }
        Err(why) => broken(&why.to_string()),
    }
}

fn in_a_line(trial: &Trial, seen: &Seen) -> String {
    let device = trial.defect.as_deref().unwrap_or("honest");
    let felt = if seen.felt.is_some() {
        ""
    } else {
        " (fault not felt)"
    };
    let wrong = seen
        .wrong
        .map_or(String::new(), |w| format!("  {}", w.word().to_uppercase()));
    format!(
        "seed {}: {} on {device} under {} ({:.0} s): {}{felt}{wrong}",
        trial.seed,
        trial.case,
        trial.fault.kind,
        seen.seconds,
        seen.outcome.word()
    )
}

fn deck(args: &ChaosArgs, session: &Session, ops: Ops) -> Result<Deck, Box<Diagnostic>> {
    let mut kinds = Vec::new();
    for name in &args.fault_kind {
        kinds.push(FaultKind::from_name(name).ok_or_else(|| {
            let near = nearest(name, FaultKind::ALL.iter().map(|k| k.name()));
            Diagnostic::whole("--fault-kind", format!("there is no fault `{name}`")).nearest(near)
        })?);
    }
    let ids = || session.plan.tasks.iter().map(|t| t.case.id.as_str());
    for name in &args.case {
        if !ids().any(|id| id == name) {
            let message = format!("no case `{name}` can be run on this bench");
            let near = nearest(name, ids());
            return Err(Box::new(Diagnostic::whole("--case", message).nearest(near)));
        }
    }
    let deck = Deck::new(&session.plan, ops, &args.case, &kinds);
    if deck.is_empty() {
        let message = "no such fault can hit such a case on the virtual units of this bench";
        return Err(Box::new(Diagnostic::whole("chaos", message.to_owned())));
    }
    Ok(deck)
}

fn order(args: &ChaosArgs, scratch: &Path) -> std::io::Result<Order> {
    let mut common = Vec::new();
    for (option, path) in [("--bench", &args.bench), ("--suite", &args.suite)] {
        if let Some(path) = path {
            common.extend([option.to_owned(), path.display().to_string()]);
        }
    }
    Ok(Order {
        program: std::env::current_exe()?,
        common,
        scratch: scratch.to_owned(),
        keep: args.out.clone(),
    })
}

fn broken(why: &str) -> Exit {
    complain(&format!("error: {why}\n"));
    Exit::Undecided
}
