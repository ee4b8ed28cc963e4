//! Exit codes are part of the interface: scripts and CI rely on them.

use std::process::ExitCode;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every planned case passed.
    Passed,
    /// A provision failed.
    Failed,
    /// Wrong input: nothing was started.
    WrongInput,
    /// Bench trouble, or nothing could be concluded.
    Undecided,
    /// Ended by Ctrl-C; the devices are off.
    Interrupted,
}

impl Exit {
    /// The number the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::WrongInput => 2,
            Self::Undecided => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
