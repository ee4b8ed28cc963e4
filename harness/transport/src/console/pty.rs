//! The pseudo-terminal of a virtual unit.

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use proofhouse_model::{Channel, Trouble};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;

/// A pair of terminal ends. While it lives the tty stays, whether the device runs or not, like an
/// adapter that stays plugged in while the board loses power.
///
/// The device gets copies of the master as its standard input and output (see
/// `power::ProcessPower`), the harness opens [`Pty::path`] as a serial port. Raw, without echo.
/// When the harness dies, the slave closes and the device sees its standard input hang up.
#[derive(Debug)]
pub struct Pty {
    master: OwnedFd,
    /// Keeps the settings, and the device from seeing a hang-up between two openers.
    _slave: File,
    path: String,
}

impl Pty {
    /// A copy of the device's end.
    ///
    /// # Errors
    /// Trouble of the bench when the process has too many files open.
    pub fn device_end(&self) -> Result<OwnedFd, Trouble> {
        self.master.try_clone().map_err(|e| trouble(&e))
    }

    /// Path of the harness's end, such as `/dev/pts/3`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// A new pair.
///
/// # Errors
/// Trouble of the bench when the system has no pseudo-terminal left.
pub fn pty_pair() -> Result<Pty, Trouble> {
    make().map_err(|e| trouble(&e))
}

fn make() -> io::Result<Pty> {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let path = ptsname_r(&master)?;
    let noctty = nix::libc::O_NOCTTY;
    let slave = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(noctty)
        .open(&path)?;
    // Before the device says its first word: an echo would come back to it as input.
    let mut settings = tcgetattr(&slave)?;
    cfmakeraw(&mut settings);
    tcsetattr(&slave, SetArg::TCSANOW, &settings)?;
    Ok(Pty {
        master: master.into(),
        _slave: slave,
        path,
    })
}

fn trouble(e: &io::Error) -> Trouble {
    Trouble::bench(
        Channel::Console,
        format!("no pseudo-terminal for a virtual unit: {e}"),
        "end other programs that use many terminals; see /proc/sys/kernel/pty and `ulimit -n`",
    )
}
