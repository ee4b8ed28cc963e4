//! Where a planned cut stands: by the clock, or set off by a line of the device's console.

use proofhouse_model::Trouble;
use std::time::{Duration, Instant};

/// A place in what a device does, told by its own console and not by the clock: a slow device is cut at the same
/// place as a fast one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutAtLine {
    /// Which line from now, counted from 1.
    pub line: u32,
    /// From the end of the line to the cut.
    pub after: Duration,
    /// How long the line is waited for; without it there is no cut.
    pub within: Duration,
}

/// A cut, from being planned to its end.
pub(super) enum Cut {
    None,
    /// Waits for lines of the console.
    AtLine {
        left: u32,
        after: Duration,
        off: Duration,
        offs: u64,
        /// Called off then.
        until: Instant,
    },
    Armed {
        at: Instant,
        off: Duration,
        offs: u64,
    },
    UnderWay {
        until: Instant,
    },
    /// How late it was; `None`: its line did not come.
    Done(Result<Option<Duration>, Trouble>),
}

impl Cut {
    /// Whether one is planned or under way.
    pub(super) fn is_open(&self) -> bool {
        matches!(
            self,
            Self::AtLine { .. } | Self::Armed { .. } | Self::UnderWay { .. }
        )
    }

    /// When the timer must look at it next.
    pub(super) fn due(&self) -> Option<Instant> {
        match self {
            Self::AtLine { until, .. } => Some(*until),
            Self::Armed { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// When it is over at the latest, if the supply switches at once; `None` when it is none any more.
    pub(super) fn over_by(&self) -> Option<Instant> {
        match self {
            Self::AtLine {
                until, after, off, ..
            } => until.checked_add(*after + *off),
            Self::Armed { at, off, .. } => at.checked_add(*off),
            Self::UnderWay { until } => Some(*until),
            Self::None | Self::Done(_) => None,
        }
    }

    /// Counts lines that ended at a moment; `true` when they set the cut off.
    pub(super) fn lines_came(&mut self, lines: u32, moment: Instant) -> bool {
        let Self::AtLine {
            left,
            after,
            off,
            offs,
            ..
        } = self
        else {
            return false;
        };
        *left = left.saturating_sub(lines);
        if *left > 0 {
            return false;
        }
        let Some(at) = moment.checked_add(*after) else {
            return false;
        };
        let (off, offs) = (*off, *offs);
        *self = Self::Armed { at, off, offs };
        true
    }

    /// Gives up one whose line did not come by now; `true` when it was given up.
    pub(super) fn give_up(&mut self, now: Instant) -> bool {
        let late = matches!(self, Self::AtLine { until, .. } if *until <= now);
        if late {
            *self = Self::Done(Ok(None));
        }
        late
    }
}
