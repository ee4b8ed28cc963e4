//! A probe that hangs, is gone, or is another unit's: another socket behind the selector. The driver and its worker are
//! the real ones.

use super::Faulty;
use super::dice::Dice;
use proofhouse_model::op::DebugOp;
use proofhouse_model::{Channel, FaultKind, Trouble};
use proofhouse_transport::swd::DebugPort;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// How often a waiting thread looks whether it is still needed.
const LOOK: Duration = Duration::from_millis(50);

/// Where the debug port of a unit is found, and what is found instead.
pub(crate) struct FaultyProbe {
    faulty: Arc<Faulty>,
    real: PathBuf,
    /// The other unit's.
    wrong: Option<PathBuf>,
    stand_in: StandIn,
    dice: Dice,
}

impl FaultyProbe {
    /// `real` and `wrong` are sockets of network probes; `folder` is for one more.
    pub(crate) fn new(
        faulty: Arc<Faulty>,
        real: PathBuf,
        wrong: Option<PathBuf>,
        folder: &Path,
    ) -> Result<Self, Trouble> {
        let place = folder.join("fault.sock");
        let stand_in = StandIn::open(&place, &real, Arc::clone(&faulty)).map_err(|e| {
            let what = format!("no socket for a faulty probe at {}: {e}", place.display());
            Trouble::bench(
                Channel::Debug,
                what,
                "use a shorter path for temporary files",
            )
        })?;
        Ok(Self {
            dice: faulty.dice(30),
            faulty,
            real,
            wrong,
            stand_in,
        })
    }

    /// Before each op: which socket the driver will find.
    pub(crate) fn aim(&mut self, port: &mut DebugPort, op: &DebugOp) {
        let place = match self.faulty.fault.kind {
            _ if !self.faulty.active() => self.real.clone(),
            FaultKind::ProbeWrong => {
                self.faulty.felt("the probe is another unit's");
                self.wrong.clone().unwrap_or_else(|| self.real.clone())
            }
            kind => {
                // Half of the time it breaks in the middle of the op, if there is something to break.
                let after = match self.dice.one_in(2) {
                    true => 0,
                    false => 1 + self.dice.below(3000),
                };
                let race = matches!(op, DebugOp::Race { .. });
                let answers = !race && UnixStream::connect(&self.real).is_ok();
                let after = if answers { after } else { 0 };
                self.break_after(kind, after)
            }
        };
        port.aim(selector(&place));
    }

    fn break_after(&self, kind: FaultKind, after: u64) -> PathBuf {
        if kind == FaultKind::ProbeGone && after == 0 {
            self.faulty.felt("the probe is unplugged");
            return self.stand_in.place.with_extension("gone");
        }
        let after = i64::try_from(after).unwrap_or(0);
        self.stand_in.left.store(after, Ordering::SeqCst);
        self.stand_in.place.clone()
    }
}

fn selector(place: &Path) -> String {
    format!("20b7:9db1:unix:{}", place.display())
}

/// A socket in the place of the probe's: passes so many bytes on, then breaks.
struct StandIn {
    place: PathBuf,
    /// Bytes until it breaks.
    left: Arc<AtomicI64>,
    closing: Arc<AtomicBool>,
}

impl StandIn {
    fn open(place: &Path, real: &Path, faulty: Arc<Faulty>) -> std::io::Result<Self> {
        let listener = UnixListener::bind(place)?;
        listener.set_nonblocking(true)?;
        let stand_in = Self {
            place: place.to_owned(),
            left: Arc::default(),
            closing: Arc::default(),
        };
        let (left, closing) = (Arc::clone(&stand_in.left), Arc::clone(&stand_in.closing));
        let real = real.to_owned();
        let serve = move || {
            while !closing.load(Ordering::SeqCst) {
                let Ok((client, _)) = listener.accept() else {
                    std::thread::sleep(LOOK / 5);
                    continue;
                };
                let pipe = Pipe {
                    left: Arc::clone(&left),
                    over: Arc::clone(&closing),
                    faulty: Arc::clone(&faulty),
                };
                let real = real.clone();
                drop(thread("faulty probe", move || pipe.serve(&client, &real)));
            }
        };
        thread("faulty probes", serve)?;
        Ok(stand_in)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
    }
}

/// One connection of the driver.
#[derive(Clone)]
struct Pipe {
    left: Arc<AtomicI64>,
    over: Arc<AtomicBool>,
    faulty: Arc<Faulty>,
}

impl Pipe {
    fn serve(&self, client: &UnixStream, real: &Path) {
        if self.left.load(Ordering::SeqCst) <= 0 {
            return self.broken();
        }
        let Ok(probe) = UnixStream::connect(real) else {
            return;
        };
        let (Ok(from), Ok(to), own) = (probe.try_clone(), client.try_clone(), self.clone()) else {
            return;
        };
        let back = thread("faulty probe", move || own.pass(&from, &to));
        self.pass(client, &probe);
        if let Ok(back) = back {
            let _ = back.join();
        }
    }

    /// Passes on until one end closes or the count is up.
    fn pass(&self, mut from: &UnixStream, mut to: &UnixStream) {
        let mut buffer = [0; 256];
        // A socket that takes no timeout blocks until its other end closes, which it does.
        let _ = from.set_nonblocking(false);
        let _ = from.set_read_timeout(Some(LOOK));
        while !self.over.load(Ordering::SeqCst) {
            match from.read(&mut buffer) {
                Ok(n) if n > 0 => {
                    let n_i64 = i64::try_from(n).unwrap_or(i64::MAX);
                    if self.left.fetch_sub(n_i64, Ordering::SeqCst) <= n_i64 {
                        return self.broken();
                    }
                    if to.write_all(&buffer[..n]).is_err() {
                        break;
                    }
                }
                Err(e)
                    if matches!(
                        e.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) =>
                {
                    if self.left.load(Ordering::SeqCst) <= 0 {
                        return self.broken();
                    }
                }
                _ => break,
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    }

    /// Unplugged: the connection ends with this thread. Hung: it stays, and nothing is said any more.
    fn broken(&self) {
        if self.faulty.is(FaultKind::ProbeGone) {
            return self.faulty.felt("the probe is unplugged in the middle");
        }
        self.faulty.felt("the probe does not answer any more");
        while !self.over.load(Ordering::SeqCst) {
            std::thread::sleep(LOOK);
        }
    }
}

fn thread(
    name: &str,
    run: impl FnOnce() + Send + 'static,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name(name.into()).spawn(run)
}
