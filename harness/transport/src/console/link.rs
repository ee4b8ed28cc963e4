//! What a console runs over.

use proofhouse_model::Trouble;
use std::io;
use std::time::Duration;

/// A way to a console that can be opened, and opened again after it vanished. One per kind of wire.
pub trait Link: Send {
    /// Name for messages, such as the path of the port.
    fn name(&self) -> String;

    /// Opens it for this process alone. The first time it throws away what was received before; a
    /// port that appears later has the beginning of a boot in it.
    ///
    /// # Errors
    /// Trouble of the bench: no such port, no permission, another program holds it.
    fn open(&mut self) -> Result<Box<dyn Wire>, Trouble>;
}

impl<L: Link + ?Sized> Link for Box<L> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn open(&mut self) -> Result<Box<dyn Wire>, Trouble> {
        (**self).open()
    }
}

/// An open wire. Read by one thread, written by any.
pub trait Wire: Send + Sync {
    /// Reads what is there, and waits for the first byte at most `within` (for ever when `None`).
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] when nothing came, [`io::ErrorKind::Interrupted`] after
    /// [`Wire::wake`]; anything else, and `Ok(0)`, means that the wire is gone.
    fn read(&self, into: &mut [u8], within: Option<Duration>) -> io::Result<usize>;

    /// Writes all, or says how much was taken when the other side takes no more for so long.
    ///
    /// # Errors
    /// The wire is gone.
    fn write(&self, bytes: &[u8], within: Duration) -> io::Result<usize>;

    /// Begins or ends a break.
    ///
    /// # Errors
    /// The wire is gone, or has no such thing.
    fn set_break(&self, _on: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Bytes received before it was opened for the first time, thrown away.
    fn stale(&self) -> u64 {
        0
    }

    /// Ends the read under way and every later one with [`io::ErrorKind::Interrupted`].
    fn wake(&self);
}
