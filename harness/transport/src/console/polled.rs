//! Bytes over a descriptor that does not block: a reader can be woken, a write has a deadline, and the last bytes
//! before a hang-up are read.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// An open descriptor, and what wakes its reader.
pub(super) struct Polled<B> {
    bytes: B,
    woken: PipeReader,
    wake: PipeWriter,
}

impl<B: AsFd> Polled<B>
where
    for<'a> &'a B: Read + Write,
{
    /// Of a descriptor that does not block.
    pub(super) fn new(bytes: B) -> io::Result<Self> {
        let (woken, wake) = io::pipe()?;
        Ok(Self { bytes, woken, wake })
    }

    /// As [`super::Wire::read`].
    pub(super) fn read(&self, into: &mut [u8], within: Option<Duration>) -> io::Result<usize> {
        let timeout = within.map_or(PollTimeout::NONE, round_up);
        let mut fds = [
            PollFd::new(self.bytes.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.woken.as_fd(), PollFlags::POLLIN),
        ];
        let ready = match poll(&mut fds, timeout) {
            Ok(ready) => ready,
            Err(nix::Error::EINTR) => return Err(io::ErrorKind::TimedOut.into()),
            Err(e) => return Err(e.into()),
        };
        if ready == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if fds[1].any() == Some(true) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match (&self.bytes).read(into) {
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) =>
            {
                Err(io::ErrorKind::TimedOut.into())
            }
            // The other side gave no sign of life: no silence, but a wire that is gone.
            Err(e) if e.kind() == io::ErrorKind::TimedOut => {
                Err(io::Error::new(io::ErrorKind::ConnectionAborted, e))
            }
            other => other,
        }
    }

    /// As [`super::Wire::write`].
    pub(super) fn write(&self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let deadline = Instant::now() + within;
        let mut done = 0;
        while done < bytes.len() {
            done += self.write_now(&bytes[done..])?;
            let left = deadline.saturating_duration_since(Instant::now());
            if done < bytes.len() && (left.is_zero() || !self.writable(left)?) {
                break;
            }
        }
        Ok(done)
    }

    /// Writes what is taken at once: nothing, where the other side takes nothing now.
    pub(super) fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match (&self.bytes).write(bytes) {
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(e) => return Err(e),
            }
        }
    }

    /// Waits until something may be taken.
    pub(super) fn writable(&self, within: Duration) -> io::Result<bool> {
        let mut fds = [PollFd::new(self.bytes.as_fd(), PollFlags::POLLOUT)];
        match poll(&mut fds, round_up(within)) {
            Ok(ready) => Ok(ready > 0),
            Err(nix::Error::EINTR) => Ok(true),
            Err(e) => Err(e.into()),
        }
    }

    /// As [`super::Wire::wake`].
    pub(super) fn wake(&self) {
        // Fails only when the pipe is full, and then the reader is woken already.
        let _ = (&self.wake).write(&[0]);
    }
}

/// Whole milliseconds, never less than asked for.
fn round_up(within: Duration) -> PollTimeout {
    let ms = within.as_micros().div_ceil(1000);
    PollTimeout::try_from(ms).unwrap_or(PollTimeout::MAX)
}
