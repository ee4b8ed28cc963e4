//! What the harness tells its guard while it switches on, and at the end.

use super::{END, Guard};
use crate::guard::protocol::Ask;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

impl Guard {
    /// Tells the guard that a supply is being switched on, for as long as what it gives lives: whatever does that may
    /// outlive the harness, and come on behind the guard's back.
    pub(crate) fn going_on(&self) -> GoingOn<'_> {
        self.ask(&Ask::GoesOn);
        GoingOn(self)
    }

    /// From now on there is no lease: nothing of this run is switched on any more.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.shared.changed.notify_all();
    }

    /// All is off, and this process ends at once: the guard notes the one behind the other, and gives the wires back.
    pub(crate) fn leave_off(&self) {
        self.say_last(&Ask::AllOff);
    }

    fn say_last(&self, last: &Ask) {
        self.state().gone = true;
        self.shared.changed.notify_all();
        self.ask(last);
        drop(
            self.line
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }

    /// All is off, and the wires are given back.
    fn end(&self) {
        self.say_last(&Ask::End);
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + END;
        while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// See [`Guard::going_on`].
pub(crate) struct GoingOn<'a>(&'a Guard);

impl Drop for GoingOn<'_> {
    fn drop(&mut self) {
        self.0.ask(&Ask::WentOn);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.end();
    }
}
