//! The harness's side of the line to its guard.

mod ending;

use super::GUARD_WORD;
use super::protocol::{Ask, BEAT, Begin, Say, Supply, line};
use crate::locks::{Holder, Taken, wires_of};
use crate::off::{OFF_WITHIN, RelayName};
use crate::side_by_side::side_by_side;
use proofhouse_model::drivers::BUTTON;
use proofhouse_model::event::GuardActed;
use proofhouse_model::{Channel, Plan, Trouble, TroubleKind, UnitSpec, Wire};
use proofhouse_transport::Cancel;
use proofhouse_transport::power::STARTED_BY;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long a guard may take to begin, on a host that is busy.
const START: Duration = Duration::from_secs(20);
/// An answer no older than this is a lease: shorter than the silence after which the guard acts.
const LEASE: Duration = Duration::from_millis(600);
/// Longest wait for a new one.
const RENEWAL: Duration = Duration::from_secs(5);
/// Longest wait for its end.
const END: Duration = Duration::from_secs(2);

/// The guard of a run. Dropped, the wires are given back.
pub struct Guard {
    shared: Arc<Shared>,
    line: Mutex<Option<ChildStdin>>,
    child: Mutex<Child>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Beats that have no answer yet, by number, and when each was sent.
    sent: BTreeMap<u64, Instant>,
    beats: u64,
    /// When the last beat that was answered had been sent: an answer that was read late is no newer.
    heard: Option<Instant>,
    answer: Option<Say>,
    acted: Option<GuardActed>,
    /// Nothing is switched on any more.
    closed: bool,
    gone: bool,
}

/// Why there is no guard.
enum NotStarted {
    /// Another run has one of the wires.
    Taken(Box<Taken>),
    /// It does not start.
    Broken(String),
}

impl NotStarted {
    fn trouble(self) -> Trouble {
        let (what, next) = match self {
            Self::Taken(taken) => (taken.to_string(), "wait for that run, or end it"),
            Self::Broken(why) => (
                format!("the guard that holds the wires does not start: {why}"),
                "see that programs can be started and that the folder for locks can be written",
            ),
        };
        Trouble {
            kind: TroubleKind::Bench,
            channel: None,
            what,
            try_next: Some(next.to_owned()),
        }
    }
}

/// What becomes of the run when it has no guard any more: called once, with the reason.
type OnLoss = Box<dyn Fn(&str) + Send>;

impl Guard {
    /// Starts the guard of a plan's bench, and takes its wires; nothing when it has none. The run is ended when its
    /// guard is lost. `holder` comes with the notes of places that the run holds, which a guard gives back as well.
    ///
    /// # Errors
    /// Bench trouble: another run has one of the wires, or the process does not start.
    pub fn start(
        program: &Path,
        plan: &Plan,
        holder: (Holder, Vec<PathBuf>),
        cancel: &Cancel,
    ) -> Result<Option<Arc<Self>>, Trouble> {
        let folder = Path::new(&plan.bench.file).parent();
        let folder = folder.unwrap_or(Path::new(""));
        // A product that is not tested in this run is left alone.
        let tested = |unit: &&UnitSpec| plan.product_of(&unit.name).is_some();
        let units: Vec<_> = plan.bench.units.iter().filter(tested).collect();
        let cancel = cancel.clone();
        let on_loss: OnLoss = Box::new(move |why| cancel.lose(why));
        Self::begin(program, &units, folder, holder, on_loss).map_err(NotStarted::trouble)
    }

    fn begin(
        program: &Path,
        units: &[&UnitSpec],
        folder: &Path,
        (holder, leases): (Holder, Vec<PathBuf>),
        on_loss: OnLoss,
    ) -> Result<Option<Arc<Self>>, NotStarted> {
        // Side by side: names of hosts are looked up, and a unit that is off answers nobody.
        let wires = side_by_side(units, |unit| wires_of(unit, folder));
        let mut wires: Vec<_> = wires.into_iter().flatten().collect();
        wires.sort();
        // Held alone, it need not be held with others as well: those stand behind it.
        wires.dedup_by(|b, a| (&a.what, &a.which) == (&b.what, &b.which));
        let supplies: Vec<_> = units.iter().flat_map(|unit| supplies_of(unit)).collect();
        if wires.is_empty() && supplies.is_empty() && leases.is_empty() {
            return Ok(None);
        }
        // The guard is told whole paths; an empty one is the folder of this process.
        let here = |path: &Path| {
            let path = match path.as_os_str().is_empty() {
                true => Path::new("."),
                false => path,
            };
            std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
        };
        let begin = Begin {
            run: here(Path::new(&holder.run)),
            folder: here(folder),
            holder,
            wires,
            supplies,
            leases,
        };
        let guard = Self::spawn(program, on_loss).map_err(|e| NotStarted::Broken(e.to_string()))?;
        guard.ask(&Ask::Begin(Box::new(begin)));
        match guard.answer(START) {
            Some(Say::Ready) => {}
            Some(Say::Taken(taken)) => return Err(NotStarted::Taken(taken)),
            Some(Say::Unusable(why)) => return Err(NotStarted::Broken(why)),
            _ => return Err(NotStarted::Broken("it does not answer".to_owned())),
        }
        guard.state().heard = Some(Instant::now());
        let beating = Arc::downgrade(&guard);
        let thread = std::thread::Builder::new().name("guard".to_owned());
        let spawned = thread.spawn(move || beat(&beating));
        spawned.map_err(|e| NotStarted::Broken(e.to_string()))?;
        Ok(Some(guard))
    }

    fn spawn(program: &Path, on_loss: OnLoss) -> std::io::Result<Arc<Self>> {
        let mut child = Command::new(program)
            .arg(GUARD_WORD)
            .env_remove(STARTED_BY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let hears = Arc::clone(&shared);
        let out = child.stdout.take();
        let line = Mutex::new(child.stdin.take());
        std::thread::Builder::new()
            .name("guard's line".to_owned())
            .spawn(move || {
                let lines = out.map(|out| BufReader::new(out).lines());
                for line in lines.into_iter().flatten().map_while(Result::ok) {
                    if let Ok(said) = serde_json::from_str(&line) {
                        hears.hear(said, &on_loss);
                    }
                }
                hears.line_ended(&on_loss);
            })?;
        Ok(Arc::new(Self {
            shared,
            line,
            child: Mutex::new(child),
        }))
    }

    /// Whether a supply may be switched on: the guard answered a moment ago, and has not taken over.
    ///
    /// # Errors
    /// Bench trouble: there is no guard any more, or it switched everything off.
    pub fn lease(&self) -> Result<(), Trouble> {
        let until = Instant::now() + RENEWAL;
        let mut state = self.state();
        loop {
            if let Some(acted) = &state.acted {
                return Err(lost(&acted.to_string()));
            }
            if state.gone {
                return Err(lost(GONE));
            }
            if state.closed {
                return Err(lost("the run is ended at once"));
            }
            if state.heard.is_some_and(|at| at.elapsed() <= LEASE) {
                return Ok(());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(lost("the guard of this run does not answer"));
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Has the guard try relays that this process could not switch off; gives those that are off now.
    #[must_use]
    pub(crate) fn switch_off(&self, relays: &[RelayName]) -> Vec<RelayName> {
        self.state().answer = None;
        self.ask(&Ask::SwitchOff(relays.to_vec()));
        match self.answer(OFF_WITHIN + END) {
            Some(Say::Off(relays)) => relays,
            _ => Vec::new(),
        }
    }

    /// What it did by itself.
    #[must_use]
    pub fn acted(&self) -> Option<GuardActed> {
        self.state().acted.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    fn ask(&self, what: &Ask) {
        let mut line_to = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(to) = line_to.as_mut() {
            // A guard that is gone is noticed on the other line.
            let _ = to.write_all(&line(what));
        }
    }

    fn answer(&self, within: Duration) -> Option<Say> {
        let silent = |s: &mut State| s.answer.is_none() && !s.gone;
        let state = self.state();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, within, silent);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.answer.take()
    }
}

/// What of a unit has to be off in the end: its supply, the relay at its button, and what cuts it off the network.
fn supplies_of(unit: &UnitSpec) -> Vec<Supply> {
    let is_relay = |channel: Channel, driver: &str| match channel {
        Channel::Power | Channel::Uplink => driver != "virtual",
        Channel::Reset => driver == BUTTON,
        _ => false,
    };
    let relays = unit.wires.iter();
    let relays = relays.filter(|(channel, wire)| is_relay(**channel, &wire.driver));
    let supply = |(channel, wire): (&Channel, &Wire)| Supply {
        unit: unit.name.clone(),
        channel: *channel,
        wire: wire.clone(),
    };
    relays.map(supply).collect()
}

const GONE: &str = "the guard of this run is gone: it was killed, or the system had no memory";

fn lost(what: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::Bench,
        channel: Some(Channel::Power),
        what: what.to_owned(),
        try_next: Some("no supply is switched on without it; run again".to_owned()),
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, said: Say, on_loss: &OnLoss) {
        let mut state = self.state();
        let mut lost = None;
        match said {
            Say::Beat(n) => {
                let later = state.sent.split_off(&(n + 1));
                let sent = std::mem::replace(&mut state.sent, later);
                state.heard = sent.get(&n).copied().or(state.heard);
            }
            Say::TookOver(acted) if state.acted.is_none() => {
                lost = Some(acted.to_string());
                state.acted = Some(acted);
            }
            Say::TookOver(_) => {}
            answer => state.answer = Some(answer),
        }
        self.changed.notify_all();
        drop(state);
        if let Some(why) = lost {
            on_loss(&why);
        }
    }

    fn line_ended(&self, on_loss: &OnLoss) {
        let mut state = self.state();
        // Before it was ready there is no run to end, and after its end it may go.
        let unexpected = state.heard.is_some() && !state.gone;
        state.gone = true;
        self.changed.notify_all();
        drop(state);
        if unexpected {
            on_loss(GONE);
        }
    }
}

/// Says that the harness is there, until there is no run any more.
fn beat(guard: &Weak<Guard>) {
    while let Some(guard) = guard.upgrade() {
        let mut state = guard.state();
        if state.gone {
            return;
        }
        state.beats += 1;
        let n = state.beats;
        state.sent.insert(n, Instant::now());
        drop(state);
        guard.ask(&Ask::Beat(n));
        drop(guard);
        std::thread::sleep(BEAT);
    }
}
