//! `proofhouse resume`: goes on with a run whose harness died, or that was interrupted.

use super::run::{finish, watched};
use super::{complain, here, stored, wrong_input};
use crate::args::ResumeArgs;
use crate::exit::Exit;
use crate::session::{Order, Start};
use crate::{die, fitness, leftovers, merge, operator, replan, session};
use proofhouse_journal::{PLAN_FILE, Reader, ResumeError, Resumed, SEAL_FILE, WriteError, Writer};
use proofhouse_model::{Dur, Op, Plan, op};
use proofhouse_runner::{Cancel, OpenOp, Past};
use std::path::Path;

/// Checks the run, says what may have happened, and finishes its plan.
pub fn resume(args: &ResumeArgs) -> Exit {
    let run = &args.run;
    if merge::is_merged(run) && !run.join(SEAL_FILE).exists() {
        complain(&format!(
            "error: {} was being merged, and no bench goes on with that: remove it and merge again\n",
            run.display()
        ));
        return Exit::WrongInput;
    }
    let mut resumed = match Writer::resume_with(run, stored::remake) {
        Ok(resumed) => resumed,
        Err(why) => return refused(&why),
    };
    let planned = std::fs::metadata(run.join(PLAN_FILE)).and_then(|m| m.modified());
    let plan = &resumed.plan;
    let mut session = match replan::prepare(plan, planned.ok(), &here()) {
        Ok(session) => session,
        Err(list) => return leave(&mut resumed, wrong_input(&list)),
    };
    if args.die_after.is_some() && !die::is_allowed(plan) {
        complain("error: --die-after is for benches of virtual units\n");
        return leave(&mut resumed, Exit::WrongInput);
    }
    if let Some(why) = operator::refused(plan, operator::has_terminal()) {
        return leave(&mut resumed, wrong_input(&[why]));
    }
    let cancel = Cancel::new();
    super::catch_interrupt(&cancel, "the run");
    if let Err(why) = session.take_places(&cancel) {
        return leave(&mut resumed, super::no_place(&why));
    }
    let runs = run.parent().unwrap_or(run);
    let now = session.plan.bench.fitness.map(|_| {
        let mut plan = Plan::clone(&session.plan);
        plan.fitness = Some(fitness::find(&plan, runs));
        plan
    });
    let refused_now = now.as_ref().and_then(|plan| fitness::refused(plan, runs));
    if let Some(why) = refused_now {
        return leave(&mut resumed, wrong_input(&[why]));
    }
    for told in leftovers::remove(&resumed.mark) {
        complain(&format!("warning: {told}\n"));
    }
    let Resumed {
        writer,
        plan,
        events,
        kept,
        mark,
        was_sealed: _,
    } = resumed;
    let past = Reader::open(run).and_then(|events| Past::read(&plan, events, kept, mark.guard));
    let past = match past {
        Ok(past) => past,
        Err(why) => return refused(&why.into()),
    };
    complain(&announcement(run, &plan, events, &past));
    let order = Order {
        run_dir: run,
        start: Start::GoOn(Box::new(session::GoOn { writer, past })),
        workers: args.workers,
        die_after: args.die_after,
    };
    finish(watched(&session, order, &cancel), run, &args.end)
}

/// Nothing was started: a run that was sealed is so again.
fn leave(resumed: &mut Resumed, exit: Exit) -> Exit {
    if resumed.was_sealed
        && let Err(why) = resumed.writer.seal()
    {
        complain(&format!("error: {why}\n"));
    }
    exit
}

fn refused(why: &ResumeError) -> Exit {
    match why {
        ResumeError::Finished { dir } => match stored::read(dir) {
            Ok(run) => {
                let (word, exit) = (run.word(), run.exit());
                complain(&format!("{why}: {word} (exit code {})\n", exit.code()));
                run.gravest(exit)
            }
            Err(exit) => exit,
        },
        ResumeError::Altered(why) => stored::refused(why),
        ResumeError::NoRun { dir } => {
            complain(&format!("error: {}\n", stored::no_run(dir)));
            Exit::WrongInput
        }
        ResumeError::Write(WriteError::Busy { .. })
        | ResumeError::NoPlan { .. }
        | ResumeError::Newer(_) => {
            complain(&format!("error: {why}\n"));
            Exit::WrongInput
        }
        ResumeError::Write(_) => {
            complain(&format!(
                "error: {why}\nnothing was started; free or mend the disk, then resume again\n"
            ));
            Exit::Undecided
        }
    }
}

/// What is known, what may have happened, and what comes now.
fn announcement(run: &Path, plan: &Plan, events: u64, past: &Past) -> String {
    let mut out = format!("resuming {}: {events} events", run.display());
    let mut guard = String::new();
    if let Some(acted) = &past.guard {
        guard = format!("  meanwhile {acted}\n");
    }
    if past.ended {
        out.push_str(", all cases have ended; reports and seal are made\n");
        return out;
    }
    let (all, left) = (plan.here().count(), past.left(plan).len());
    if past.interrupted {
        out.push_str(", interrupted");
    }
    out.push_str(&format!(
        ", {} of {all} cases done, {} broken off, {left} to run\n",
        all - left,
        past.under_way.len()
    ));
    out.push_str(&guard);
    for planned in &plan.tasks {
        let id = plan.task_name(planned);
        if !past.under_way.contains(&planned.id) {
            continue;
        }
        let units: Vec<_> = planned.units.iter().map(ToString::to_string).collect();
        let effects: Vec<_> = planned.case.effects.iter().map(|e| e.name()).collect();
        out.push_str(&format!("  {id} was under way on {}", units.join(" and ")));
        if !effects.is_empty() {
            let effects = effects.join(", ");
            out.push_str(&format!(
                ". It is allowed {effects}: that may have happened in part, and is done again"
            ));
        }
        out.push('\n');
        for open in past.open.iter().filter(|o| o.task == planned.id) {
            out.push_str(&format!("    event {}: {}\n", open.seq, doubt(open)));
        }
    }
    out.push_str("  all supplies go off now; each case begins from its start\n");
    if plan.bench.units.iter().any(|u| u.virtual_product.is_none()) {
        out.push_str(
            "  secrets that the harness before gave to real units are gone with it: they cannot be masked any more if \
             a unit says them\n",
        );
    }
    out
}

fn doubt(open: &OpenOp) -> String {
    let unit = open
        .unit
        .as_ref()
        .map_or(String::new(), |u| format!(" on {u}"));
    match open.armed {
        true => format!("{}{unit} was armed: it may have come", words(&open.op)),
        false => format!("{}{unit} was begun: it may have happened", words(&open.op)),
    }
}

/// An op for a reader.
fn words(op: &Op) -> String {
    match op {
        Op::Power(op::PowerOp::CutIn { after, off }) => {
            format!("a power cut {after} later, for {off}")
        }
        Op::Power(op::PowerOp::CutAtLine {
            line, after, off, ..
        }) => format!("a power cut {after} past line {line} of the console, for {off}"),
        Op::Power(op::PowerOp::CutAtAnswer {
            answer, after, off, ..
        }) => format!("a power cut {after} past answer {answer} over the network, for {off}"),
        Op::Power(op::PowerOp::On) => "switching on".to_owned(),
        Op::Power(op::PowerOp::Off) => "switching off".to_owned(),
        Op::Power(op::PowerOp::Cycle { off }) => format!("a power cycle, off for {off}"),
        Op::Power(op::PowerOp::AwaitCut) => "the wait for a power cut".to_owned(),
        Op::Http(op) => format!("HTTP {} {}", op.method, op.path),
        Op::Coap(op) => format!("CoAP {} {}", op.method, op.path),
        Op::Console(op::ConsoleOp::Send { bytes }) => {
            format!("console input {:?}", String::from_utf8_lossy(bytes).trim())
        }
        Op::Console(op::ConsoleOp::Ask { line, .. }) => {
            format!("console command {:?}", String::from_utf8_lossy(line).trim())
        }
        Op::Reset => "the reset by the lab's own means".to_owned(),
        Op::Uplink(op::UplinkOp::Cut { what }) => format!("a cut of its network (`{what}`)"),
        Op::Uplink(op::UplinkOp::Restore) => "restoring its network".to_owned(),
        Op::Idle { length } => format!("waiting {}", Dur::from(length.std())),
        Op::HostClock => "a look at the clock of this computer".to_owned(),
        other => other
            .channel()
            .map_or("an op".to_owned(), |c| format!("an op of its {c}")),
    }
}
