//! A terminal that can be stopped, as by Ctrl-S: it takes no byte more until it goes on.

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::openpty;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;

/// Both ends of it.
pub struct Terminal {
    shown: OwnedFd,
    end: OwnedFd,
}

impl Terminal {
    pub fn new() -> Self {
        let pty = openpty(None, None).unwrap();
        Self {
            shown: pty.master,
            end: pty.slave,
        }
    }

    /// The end that a program writes to.
    pub fn end(&self) -> Stdio {
        self.end.try_clone().unwrap().into()
    }

    /// Full, so that whoever writes to it next waits.
    pub fn stop(&self) {
        // A flag of the open file, which the program shares: taken away again before it writes more.
        let flags = OFlag::from_bits_truncate(fcntl(&self.end, FcntlArg::F_GETFL).unwrap());
        fcntl(&self.end, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).unwrap();
        let mut end = File::from(self.end.try_clone().unwrap());
        let full = loop {
            if let Err(e) = end.write(&[b'.'; 64]) {
                break e;
            }
        };
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
        fcntl(&self.end, FcntlArg::F_SETFL(flags)).unwrap();
    }

    /// Shows all that comes from now on.
    pub fn go_on(self) {
        let mut shown = File::from(self.shown);
        drop(self.end);
        std::thread::spawn(move || {
            // Ends with an error when the last program has closed its end.
            let mut buffer = [0; 4096];
            while shown.read(&mut buffer).is_ok_and(|n| n > 0) {}
        });
    }
}
