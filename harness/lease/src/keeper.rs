//! Holds places while a run goes on, and tells when one is lost.

use crate::trouble::plain;
use crate::{Lease, NotLeased};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a place is renewed; a loss is seen no later.
const RENEWAL: Duration = Duration::from_secs(2);

/// Places of a run. Dropped, they are given back.
pub struct Keeper {
    leases: Arc<Mutex<Vec<Box<dyn Lease>>>>,
    watch: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Keeper {
    /// Keeps places that are taken.
    #[must_use]
    pub fn new(leases: Vec<Box<dyn Lease>>) -> Self {
        Self {
            leases: Arc::new(Mutex::new(leases)),
            watch: Mutex::default(),
        }
    }

    /// Whether there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leases().is_empty()
    }

    /// Renews them from now on; `lost` is told once of each that is no longer this run's.
    ///
    /// # Errors
    /// The system gives no thread for it.
    pub fn watch(&self, lost: Box<dyn Fn(&NotLeased) + Send>) -> std::io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let (end, ended) = channel();
        let leases = Arc::clone(&self.leases);
        let renew = move || {
            let mut told = BTreeSet::new();
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(RENEWAL) {
                let many = hold(&leases).len();
                for at in (0..many)
                    .filter(|at| !told.contains(at))
                    .collect::<Vec<_>>()
                {
                    // One at a time, so that whoever asks at the end of a case waits for one renewal at most.
                    let renewed = hold(&leases).get_mut(at).map(|lease| lease.renew());
                    if let Some(Err(why)) = renewed {
                        told.insert(at);
                        lost(&why);
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("leases".to_owned());
        let thread = thread.spawn(renew)?;
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some((end, thread));
        Ok(())
    }

    /// Asks of each of these places, by name, whether it has been this run's until now.
    ///
    /// # Errors
    /// The first that is not, or of which that is not known by that moment: who comes while another asks has waited.
    pub fn confirm(&self, places: &[&str], until: Instant) -> Result<(), NotLeased> {
        let mut leases = self.leases();
        let its = |lease: &&mut Box<dyn Lease>| places.contains(&lease.name().as_str());
        leases
            .iter_mut()
            .filter(its)
            .try_for_each(|lease| lease.confirm(until))
    }

    /// Notes by which another process can give them back.
    #[must_use]
    pub fn notes(&self) -> Vec<PathBuf> {
        self.leases()
            .iter()
            .filter_map(|lease| lease.note())
            .collect()
    }

    /// Gives them back; says what may still be held. Done again, it tries again what failed.
    #[must_use]
    pub fn release(&self) -> Vec<String> {
        let watch = self
            .watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((end, thread)) = watch {
            drop(end);
            // It ends with the renewal that it is at, which has its own deadlines.
            let _ = thread.join();
        }
        let mut leases = self.leases();
        let mut told = Vec::new();
        leases.retain_mut(|lease| match lease.release() {
            Ok(()) => false,
            Err(why) => {
                let place = lease.name();
                told.push(plain(&format!(
                    "place {place} may still be held: {why}; `labgrid-client -p {place} release` frees it"
                )));
                true
            }
        });
        told
    }

    fn leases(&self) -> MutexGuard<'_, Vec<Box<dyn Lease>>> {
        hold(&self.leases)
    }
}

fn hold(leases: &Mutex<Vec<Box<dyn Lease>>>) -> MutexGuard<'_, Vec<Box<dyn Lease>>> {
    leases.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.release();
    }
}
