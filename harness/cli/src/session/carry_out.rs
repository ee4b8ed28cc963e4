//! From a plan to a finished run: journal, bench and dispatcher put together, then reports and seal.

use super::{Session, wall_clock};
use crate::children::VIRTUAL;
use crate::die::{self, DieAfter};
use crate::going_off;
use crate::not_opened::{self, NotOpened};
use crate::past_dates;
use crate::scratch::Scratch;
use crate::virtuals::Virtual;
use proofhouse_bench::faulty::Faulty;
use proofhouse_bench::{Bench, Guard, Holder, Listener, Surroundings};
use proofhouse_journal::Writer;
use proofhouse_model::event::SupplyMeasured;
use proofhouse_model::{Dur, Fact, FaultKind, UnitName};
use proofhouse_report::Folded;
use proofhouse_runner::{BenchControl, Cancel, Job, Past, Patience, Recorder, SecretBook, Watcher};
use proofhouse_transport::console::PortChange;
use proofhouse_transport::reset::Touch;
use proofhouse_transport::uplink::Change;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Where what consoles say goes, once the journal is open.
#[derive(Default)]
struct Ears(OnceLock<Arc<Recorder>>);

impl Listener for Ears {
    fn console_output(&self, unit: &UnitName, bytes: &[u8], lost: u64) {
        if let Some(recorder) = self.0.get() {
            // A journal that cannot be written cancels the run by itself.
            let _ = recorder.heard(unit, bytes, lost);
        }
    }

    fn port_changed(&self, unit: &UnitName, change: PortChange) {
        let fact = match change {
            PortChange::Flushed(bytes) => Fact::PortFlushed { bytes },
            PortChange::Gone(why) => Fact::PortGone { why },
            PortChange::Back => Fact::PortBack,
        };
        if let Some(recorder) = self.0.get() {
            let _ = recorder.record(None, Some(unit), fact);
        }
    }

    fn probe_awaited(&self, unit: &UnitName, waited: Dur, by: &str) {
        if let Some(recorder) = self.0.get() {
            let by = by.to_owned();
            let _ = recorder.record(None, Some(unit), Fact::ProbeAwaited { waited, by });
        }
    }

    fn button_touched(&self, unit: &UnitName, touch: Touch) {
        let fact = match touch {
            Touch::Pressed { read_back } => Fact::ButtonPressed { read_back },
            Touch::Released { held, read_back } => {
                let held = held.into();
                Fact::ButtonReleased { held, read_back }
            }
        };
        if let Some(recorder) = self.0.get() {
            let _ = recorder.record(None, Some(unit), fact);
        }
    }

    fn supply_measured(&self, unit: &UnitName, measured: SupplyMeasured) {
        if let Some(recorder) = self.0.get() {
            let _ = recorder.record(None, Some(unit), Fact::SupplyMeasured(measured));
        }
    }

    fn uplink_changed(&self, unit: &UnitName, change: Change) {
        let fact = match change {
            Change::Cut { what, read_back } => Fact::UplinkCut { what, read_back },
            Change::Restored { lasted, read_back } => {
                let lasted = lasted.into();
                Fact::UplinkRestored { lasted, read_back }
            }
        };
        if let Some(recorder) = self.0.get() {
            let _ = recorder.record(None, Some(unit), fact);
        }
    }

    fn secret(&self, unit: &UnitName, name: &str, value: &str) {
        if let Some(recorder) = self.0.get() {
            recorder.learn_given(unit, name, value);
        }
    }

    fn secrets_in(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        // Nothing is recorded before the journal is open.
        self.0.get().map_or_else(Vec::new, |r| r.secrets_in(bytes))
    }

    fn masked(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.get().map_or_else(Vec::new, |r| r.masked(bytes))
    }

    fn fault_set_in(&self, unit: &UnitName, kind: FaultKind, what: &str) {
        if let Some(recorder) = self.0.get() {
            let what = what.to_owned();
            let _ = recorder.record(None, Some(unit), Fact::FaultSetIn { kind, what });
        }
    }
}

/// Why a run could not be done.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Where a run goes and how it begins.
pub struct Order<'a> {
    /// Folder of the run.
    pub run_dir: &'a Path,
    /// From nothing, or behind what a dead harness left.
    pub start: Start,
    /// Most tasks at a time; `None` for as many as there are units.
    pub workers: Option<NonZeroUsize>,
    /// Where this harness is to be killed; virtual benches only.
    pub die_after: Option<DieAfter>,
}

/// How a run begins.
pub enum Start {
    /// In a folder of its own, which is made.
    Fresh,
    /// Behind what a dead harness left.
    GoOn(Box<GoOn>),
}

/// A run that is open again.
pub struct GoOn {
    /// Appends behind what is there.
    pub writer: Writer,
    /// What the journal says.
    pub past: Past,
}

/// A run that came to its end and is sealed.
pub struct Ran {
    /// What came of it, as read back from its folder.
    pub folded: Folded<'static>,
    /// Events that were journaled and not shown: the display did not keep up.
    pub missed: u64,
}

/// How long the display may take, after the end of a run, to show what it has not shown yet.
const WATCHERS_PATIENCE: Duration = Duration::from_secs(2);

/// Runs a plan into a fresh folder and reads back what was journaled.
///
/// # Errors
/// As [`carry_out`].
pub fn execute(
    session: &Session,
    run_dir: &Path,
    watchers: Vec<Watcher>,
    cancel: &Cancel,
) -> Result<Ran, Broken> {
    let order = Order {
        run_dir,
        start: Start::Fresh,
        workers: None,
        die_after: None,
    };
    carry_out(session, order, watchers, cancel)
}

/// Runs what is left of a plan, writes the reports, seals the folder, and gives what was journaled.
///
/// # Errors
/// The run's folder cannot be made or read, the bench cannot be opened, journal or reports cannot be written. The run
/// is not sealed then, and can be resumed; a new run whose bench cannot be opened leaves no folder.
pub fn carry_out(
    session: &Session,
    order: Order<'_>,
    watchers: Vec<Watcher>,
    cancel: &Cancel,
) -> Result<Ran, Broken> {
    let (run_dir, workers) = (order.run_dir, order.workers);
    let (mut writer, past) = match order.start {
        Start::Fresh => (Writer::create(run_dir, &session.plan_json)?, None),
        Start::GoOn(on) => (on.writer, Some(on.past)),
    };
    die::at(order.die_after, DieAfter::Plan);
    let ended = past.as_ref().is_some_and(|p| p.ended);
    let scratch = Scratch::new("run")?;
    let mut leftovers = vec![scratch.path().to_owned()];
    let copies = session.blind_profiles.iter();
    leftovers.extend(copies.map(|b| b.outer().to_owned()));
    leftovers.extend(session.sources.unpacked().map(Path::to_owned));
    writer.note_leftovers(leftovers)?;
    let at_us = past.as_ref().map_or(0, |p| p.at_us);
    let plan_hash = writer.plan_sha256();
    let recorder = Recorder::new(writer, SecretBook::new(salt()?), watchers, cancel.clone());
    let ears = Arc::new(Ears::default());
    let fault = session.plan.mode.fault.clone();
    let fault = fault.map(|f| Faulty::new(f, Arc::clone(&ears) as Arc<dyn Listener>));
    let recorder = recorder
        .with_brake(fault.as_ref().and_then(Faulty::brake))
        .with_tripwire(die::tripwire(order.die_after));
    let recorder = Arc::new(recorder.going_on_at(at_us));
    let _ = ears.0.set(Arc::clone(&recorder));
    let run = run_dir.to_owned();
    let around = Surroundings {
        scratch: scratch.path().to_owned(),
        logs: run_dir.join(proofhouse_journal::LOGS_DIR),
        program: std::env::current_exe()?,
        virtual_word: VIRTUAL.to_owned(),
        commands: commands(&session.virtuals),
        listener: ears,
        past: Arc::new(move || past_dates::before(&run)),
        fault,
        guard: None,
    };
    if !ended {
        let fresh = past.is_none();
        let holder = holder(run_dir);
        let ran = run_cases(session, around, (holder, cancel), |bench| Job {
            plan: Arc::clone(&session.plan),
            plan_hash,
            cases: session.cases.clone(),
            products: session.products.clone(),
            bench,
            recorder: Arc::clone(&recorder),
            cancel: cancel.clone(),
            host: host_name(),
            past,
            workers,
            patience: Patience::default(),
        });
        // Every supply is off by now, and the guard gone.
        session.places.give_back();
        if let Err(why) = ran {
            if fresh && why.is::<NotOpened>() {
                not_opened::forget(run_dir);
            }
            return Err(why);
        }
    }
    drop(scratch);
    let missed = recorder.dismiss_watchers(WATCHERS_PATIENCE);
    let folded = Folded::read(run_dir)?;
    proofhouse_report::write_all(run_dir, &folded)?;
    die::at(order.die_after, DieAfter::Reports);
    recorder.seal()?;
    Ok(Ran { folded, missed })
}

fn run_cases(
    session: &Session,
    mut around: Surroundings,
    (holder, cancel): (Holder, &Cancel),
    job: impl FnOnce(Arc<dyn BenchControl>) -> Job,
) -> Result<(), Broken> {
    session.places.watch(cancel)?;
    let notes = session.places.notes();
    let guard = Guard::start(&around.program, &session.plan, (holder, notes), cancel);
    around.guard = guard.map_err(NotOpened)?;
    let bench = Bench::open(&session.plan, &around).map_err(NotOpened)?;
    let bench = Arc::new(bench);
    going_off::bench_is_open(&bench);
    let places = &session.places;
    let on_places = places.around(Arc::clone(&bench), &session.plan.bench);
    let ran = proofhouse_runner::run(&job(on_places));
    // Kept beside the record: whatever breaks from here on, it is told.
    going_off::remember(bench.make_safe());
    ran?;
    Ok(())
}

/// For the hashes by which secrets go in the journal: one that could be guessed would let them be guessed.
fn salt() -> Result<[u8; 16], Broken> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|e| format!("the system gives no random numbers: {e}"))?;
    Ok(salt)
}

/// This process, as others on its host are told of it.
fn holder(run_dir: &Path) -> Holder {
    let user = ["LOGNAME", "USER"]
        .iter()
        .find_map(|k| std::env::var(k).ok());
    let run = std::path::absolute(run_dir).unwrap_or_else(|_| run_dir.to_owned());
    Holder {
        pid: std::process::id(),
        user: user
            .or_else(account)
            .unwrap_or_else(|| "an unnamed user".to_owned()),
        since: wall_clock(),
        run: run.display().to_string(),
    }
}

/// The user of this process where the environment does not say it, as under cron or in a container: by name, else by
/// number.
fn account() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    // Real, effective, saved, of the file system.
    let uid = uids.split_whitespace().nth(1)?;
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(named(&known, uid).unwrap_or_else(|| format!("uid {uid}")))
}

/// The name of a number in the text of `/etc/passwd`.
fn named(known: &str, uid: &str) -> Option<String> {
    known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        // The password stands between the two.
        (fields.nth(1) == Some(uid)).then(|| name.to_owned())
    })
}

pub(crate) fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|t| t.trim().to_owned())
        .unwrap_or_else(|_| "unknown".to_owned())
}

/// How virtual products are run that are programs of their own.
fn commands(virtuals: &[Virtual]) -> BTreeMap<String, Vec<String>> {
    let command = |v: &Virtual| Some((v.name.clone(), v.command.clone()?));
    virtuals.iter().filter_map(command).collect()
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_user_is_named_by_the_number_and_not_by_that_of_a_group() {
        let known = "root:x:0:0:root:/root:/bin/sh\nbroken\n\nlab:x:1000:7:,,,:/home/lab:/bin/sh\n";
        assert_eq!(named(known, "0").as_deref(), Some("root"));
        assert_eq!(named(known, "1000").as_deref(), Some("lab"));
        assert_eq!(named(known, "7"), None);
    }
}
