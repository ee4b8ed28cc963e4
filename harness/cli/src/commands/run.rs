//! `proofhouse run`.

use super::{complain, prepare_part, prepare_to_run, report, say, wrong_input};
use crate::args::{EndArgs, RunArgs};
use crate::die;
use crate::dry_run;
use crate::exit::Exit;
use crate::fitness;
use crate::going_off;
use crate::not_opened::NotOpened;
use crate::operator;
use crate::progress::Progress;
use crate::session::{self, Order, Ran, Session, Start};
use proofhouse_journal::{Reader, is_run};
use proofhouse_model::{Event, Plan, Shard};
use proofhouse_report::text::count;
use proofhouse_report::{Folded, Style};
use proofhouse_runner::Cancel;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Plans, runs, reports.
pub fn run(args: &RunArgs) -> Exit {
    begin(args, |session| {
        let fitness = fitness::find(&session.plan, &args.out);
        let session = session.with_fitness(fitness);
        match fitness::refused(&session.plan, &args.out) {
            Some(why) => Err(wrong_input(&[why])),
            None => Ok(session),
        }
    })
}

/// The same for a trial of the bench, which needs none before it.
pub fn try_bench(args: &RunArgs) -> Exit {
    begin(args, Ok)
}

fn begin(args: &RunArgs, fit: impl FnOnce(Session) -> Result<Session, Exit>) -> Exit {
    if args.dry_run {
        return match prepare_part(&args.selection, args.part.shard) {
            Ok(session) => {
                say(&dry_run::page(&session.plan, terminal_width()));
                for told in operator::told(&session.plan) {
                    say(&format!("\noperator: {told}\n"));
                }
                if let Some(why) = fitness::warning(&session.plan, &args.out) {
                    say(&format!("\nwarning: {why}\n"));
                }
                Exit::Passed
            }
            Err(exit) => exit,
        };
    }
    if let Some(why) = unfit(&args.out) {
        complain(&format!("error: --out {}: {why}\n", args.out.display()));
        return Exit::WrongInput;
    }
    let cancel = Cancel::new();
    super::catch_interrupt(&cancel, "the run");
    let prepared = prepare_to_run(&args.selection, args.part.shard, &cancel);
    let session = match prepared.and_then(fit) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let run_dir = args.out.join(run_id(session.plan.seed));
    let names = session.plan.products.keys();
    let names: Vec<_> = names.map(|id| id.as_str()).collect();
    complain(&format!(
        "{} on {}: {}{}, seed {}, into {}\n",
        names.join(" and "),
        session.plan.bench.name,
        count(session.plan.here().count(), "case"),
        part_told(&session.plan),
        session.plan.seed,
        run_dir.display()
    ));
    if args.die_after.is_some() && !die::is_allowed(&session.plan) {
        complain("error: --die-after is for benches of virtual units\n");
        return Exit::WrongInput;
    }
    let order = Order {
        run_dir: &run_dir,
        start: Start::Fresh,
        workers: args.workers,
        die_after: args.die_after,
    };
    finish(watched(&session, order, &cancel), &run_dir, &args.end)
}

/// Of a part, that it is one.
fn part_told(plan: &Plan) -> String {
    let told = |shard: &Shard| format!(" of {} (shard {shard})", plan.tasks.len());
    plan.shard.as_ref().map(told).unwrap_or_default()
}

/// Why no run can be kept there.
pub fn unfit(out: &Path) -> Option<String> {
    let whole = std::path::absolute(out).ok()?;
    whole.ancestors().find_map(|above| {
        let place = above.display();
        if above.exists() && !above.is_dir() {
            return Some(format!("{place} is no folder"));
        }
        is_run(above).then(|| {
            format!("{place} is a run, and one more inside it would spoil its seal; choose another folder")
        })
    })
}

/// Carries a run out and shows how it goes.
pub fn watched(
    session: &Session,
    order: Order<'_>,
    cancel: &Cancel,
) -> Result<Ran, session::Broken> {
    let terminal = std::io::stderr().is_terminal();
    let mut progress = Progress::new(&session.plan, terminal);
    if let Start::GoOn(on) = &order.start {
        for event in Reader::open(on.writer.dir())? {
            progress.catch_up(&event?);
        }
        progress.goes_on_with(&on.past.left(&session.plan));
    }
    let progress = Arc::new(Mutex::new(progress));
    let seen = Arc::clone(&progress);
    let watcher = Box::new(move |event: &Event| {
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .see(event);
    });
    let result = session::carry_out(session, order, vec![watcher], cancel);
    // Held by a display that is stuck, such as in a stopped terminal: then there is nothing to take away.
    if let Ok(mut progress) = progress.try_lock() {
        progress.close();
    }
    result
}

/// Tells how a run came out.
pub fn finish(ran: Result<Ran, session::Broken>, run_dir: &Path, how: &EndArgs) -> Exit {
    let exit = tell(ran, run_dir, how);
    going_off::gravest(exit, exit == Exit::MayBeOn)
}

fn tell(ran: Result<Ran, session::Broken>, run_dir: &Path, how: &EndArgs) -> Exit {
    let Ran { folded, missed } = match ran {
        Ok(ran) => ran,
        Err(why) => {
            let dir = run_dir.display();
            let kept = run_dir.join(proofhouse_journal::PLAN_FILE).exists();
            if why.is::<NotOpened>() && !kept {
                complain(&format!(
                    "error: {why}\nno unit was switched on, no case begun, nothing is kept: mend it and run again\n"
                ));
                return Exit::Undecided;
            }
            complain(&format!("error: the run in {dir} broke: {why}\n"));
            if kept {
                complain(&format!(
                    "what was journaled is kept; when that is mended: proofhouse resume {dir}\n"
                ));
            }
            return Exit::Undecided;
        }
    };
    if let Err(why) = report::copy_junit(run_dir, how.junit.as_deref()) {
        complain(&format!("error: {why}\n"));
        return Exit::Undecided;
    }
    say(&ending(run_dir, &folded, how));
    if missed > 0 {
        complain(&format!(
            "warning: the display did not keep up and left out {missed} events; the journal has them all\n"
        ));
    }
    let outcome = proofhouse_report::outcome(&folded);
    if outcome.can_go_on() {
        complain(&format!(
            "what was not run is carried on with: proofhouse resume {}\n",
            run_dir.display()
        ));
    }
    outcome.into()
}

/// The end of a run as it is asked for. The reports are written by then.
pub fn ending(run_dir: &Path, run: &Folded<'_>, how: &EndArgs) -> String {
    if how.json {
        let text = std::fs::read_to_string(run_dir.join(proofhouse_report::JSON_FILE));
        return text.unwrap_or_default();
    }
    let style = Style {
        colour: std::io::stdout().is_terminal(),
        width: terminal_width(),
        verbose: how.verbose,
    };
    let mut out = proofhouse_report::summary_of(run_dir, run, &style);
    out.push_str(&format!(
        "\nEvidence: {0}/events.jsonl   Reports: {0}/junit.xml, {0}/report.json\n",
        run_dir.display()
    ));
    out
}

/// Columns to write for: the terminal's own word, else 100.
pub fn terminal_width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    said.unwrap_or(100).clamp(60, 200)
}

/// Sorts by time, and two runs in one second do not meet.
fn run_id(seed: u64) -> String {
    let now = time::OffsetDateTime::now_utc();
    let (date, clock) = (now.date(), now.time());
    format!(
        "{:04}{:02}{:02}-{:02}{:02}{:02}-{:04x}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
        (u64::from(now.nanosecond()) ^ seed) & 0xffff
    )
}
