//! A console's wire that spoils bytes, or vanishes with the supply.

mod spoil;

pub(super) use spoil::Spoiler;

use super::Faulty;
use proofhouse_model::{Channel, Trouble};
use proofhouse_transport::console::{Link, Wire};
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long a held-back piece waits for another line to be mixed into.
const HELD: Duration = Duration::from_millis(100);

/// Whether the tty is there, as its supply has it.
#[derive(Default)]
pub(super) struct Cable {
    gone: AtomicBool,
    back: Mutex<Option<Instant>>,
    wire: Mutex<Option<Weak<dyn Wire>>>,
}

impl Cable {
    /// The supply went off: the port vanishes under whoever reads.
    pub(super) fn unplug(&self) {
        self.gone.store(true, Ordering::SeqCst);
        *hold(&self.back) = None;
        let wire = hold(&self.wire).as_ref().and_then(Weak::upgrade);
        if let Some(wire) = wire {
            wire.wake();
        }
    }

    /// The supply is on: the port is back after a while.
    pub(super) fn plug(&self, after: Duration) {
        if self.gone() {
            hold(&self.back).get_or_insert(Instant::now() + after);
        }
    }

    fn gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    fn is_back(&self) -> bool {
        if self.gone() && hold(&self.back).is_some_and(|at| at <= Instant::now()) {
            self.gone.store(false, Ordering::SeqCst);
        }
        !self.gone()
    }
}

/// A link whose wires are spoiled while the fault is there.
pub(crate) struct FaultyLink<L> {
    inner: L,
    faulty: Arc<Faulty>,
    opened: bool,
}

impl<L: Link> FaultyLink<L> {
    pub(crate) fn new(inner: L, faulty: Arc<Faulty>) -> Self {
        Self {
            inner,
            faulty,
            opened: false,
        }
    }
}

impl<L: Link> Link for FaultyLink<L> {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn open(&mut self) -> Result<Box<dyn Wire>, Trouble> {
        if !self.faulty.cable.is_back() {
            return Err(Trouble::bench(
                Channel::Console,
                format!("there is no port {}", self.name()),
                "check the cable and the adapter; /dev/serial/by-id lists what is plugged in",
            ));
        }
        let wire: Arc<dyn Wire> = Arc::from(self.inner.open()?);
        if std::mem::replace(&mut self.opened, true) {
            // What came while there was no port went nowhere.
            let mut lost = [0; 4096];
            while matches!(wire.read(&mut lost, Some(Duration::ZERO)), Ok(1..)) {}
        }
        *hold(&self.faulty.cable.wire) = Some(Arc::downgrade(&wire));
        let seed = |way: u64| Spoiler::new(self.faulty.fault.kind, self.faulty.dice(10 + way));
        let way = self.faulty.dice(10).below(4);
        Ok(Box::new(FaultyWire {
            inner: Mutex::new(Some(wire)),
            faulty: Arc::clone(&self.faulty),
            // Of four seeds two spoil what comes, one what goes, one both.
            came: (way != 2).then(|| Mutex::new(seed(1))),
            sent: (way >= 2).then(|| Mutex::new(seed(2))),
        }))
    }
}

struct FaultyWire {
    /// `None` once it vanished: whoever still holds this must not keep the port from being opened again.
    inner: Mutex<Option<Arc<dyn Wire>>>,
    faulty: Arc<Faulty>,
    came: Option<Mutex<Spoiler>>,
    sent: Option<Mutex<Spoiler>>,
}

impl FaultyWire {
    fn spoil(&self, spoiler: &mut Spoiler, bytes: &[u8]) -> Vec<u8> {
        if !self.faulty.active() {
            return [spoiler.let_go(), bytes.to_vec()].concat();
        }
        let spoiled = spoiler.spoil(bytes);
        if spoiled != bytes {
            let kind = self.faulty.fault.kind;
            let what = format!("{kind}: {} bytes became {}", bytes.len(), spoiled.len());
            self.faulty.felt(&what);
        }
        spoiled
    }

    fn read_spoiled(
        &self,
        spoiler: &mut Spoiler,
        into: &mut [u8],
        within: Option<Duration>,
    ) -> io::Result<usize> {
        // Room for every byte twice, and for what was held back.
        let room = (into.len() / 2).saturating_sub(spoil::MOST_HELD).max(1);
        let mut fresh = vec![0; room];
        let wait = match spoiler.holds() {
            true => Some(within.map_or(HELD, |w| w.min(HELD))),
            false => within,
        };
        let bytes = match self.inner()?.read(&mut fresh, wait) {
            Ok(n) if n > 0 => self.spoil(spoiler, &fresh[..n]),
            Err(e) if e.kind() == ErrorKind::TimedOut => spoiler.let_go(),
            other => return other,
        };
        if bytes.is_empty() {
            return Err(ErrorKind::TimedOut.into());
        }
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn inner(&self) -> io::Result<Arc<dyn Wire>> {
        hold(&self.inner)
            .clone()
            .ok_or_else(|| ErrorKind::BrokenPipe.into())
    }

    fn vanished(&self) -> io::Error {
        *hold(&self.inner) = None;
        self.faulty.felt("the tty vanished with the power");
        ErrorKind::BrokenPipe.into()
    }
}

impl Wire for FaultyWire {
    fn read(&self, into: &mut [u8], within: Option<Duration>) -> io::Result<usize> {
        if self.faulty.cable.gone() {
            return Err(self.vanished());
        }
        let read = match &self.came {
            Some(came) => self.read_spoiled(&mut hold(came), into, within),
            None => self.inner().and_then(|inner| inner.read(into, within)),
        };
        match read {
            Err(e) if e.kind() == ErrorKind::Interrupted && self.faulty.cable.gone() => {
                Err(self.vanished())
            }
            other => other,
        }
    }

    fn write(&self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        if self.faulty.cable.gone() {
            return Err(self.vanished());
        }
        let Some(sent) = self.sent.as_ref().filter(|_| self.faulty.active()) else {
            return self.inner()?.write(bytes, within);
        };
        let spoiled = self.spoil(&mut hold(sent), bytes);
        let written = self.inner()?.write(&spoiled, within)?;
        Ok(match written == spoiled.len() {
            true => bytes.len(),
            false => written.min(bytes.len().saturating_sub(1)),
        })
    }

    fn wake(&self) {
        if let Ok(inner) = self.inner() {
            inner.wake();
        }
    }
}

fn hold<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
