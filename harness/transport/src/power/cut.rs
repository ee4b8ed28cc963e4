//! Where a planned cut stands: by the clock, or set off by what the device does.

use proofhouse_model::Trouble;
use std::time::{Duration, Instant};

/// What a device does that can set a cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A line of its console ends.
    Line,
    /// It answers over its network.
    Answer,
}

/// A place in what a device does, told by the device and not by the clock: a slow one is cut at the same place as a
/// fast one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutAt {
    /// What is counted.
    pub sign: Sign,
    /// Which of them from now, counted from 1.
    pub nth: u32,
    /// From its end to the cut.
    pub after: Duration,
    /// How long it is waited for; without it there is no cut.
    pub within: Duration,
}

/// A cut, from being planned to its end.
pub(super) enum Cut {
    None,
    /// Waits for what the device does.
    AtSign {
        sign: Sign,
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
    /// How late it was; `None`: its sign did not come.
    Done(Result<Option<Duration>, Trouble>),
}

impl Cut {
    /// Whether one is planned or under way.
    pub(super) fn is_open(&self) -> bool {
        matches!(
            self,
            Self::AtSign { .. } | Self::Armed { .. } | Self::UnderWay { .. }
        )
    }

    /// When the timer must look at it next.
    pub(super) fn due(&self) -> Option<Instant> {
        match self {
            Self::AtSign { until, .. } => Some(*until),
            Self::Armed { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// When it is over at the latest, if the supply switches at once; `None` when it is none any more.
    pub(super) fn over_by(&self) -> Option<Instant> {
        match self {
            Self::AtSign {
                until, after, off, ..
            } => until.checked_add(*after + *off),
            Self::Armed { at, off, .. } => at.checked_add(*off),
            Self::UnderWay { until } => Some(*until),
            Self::None | Self::Done(_) => None,
        }
    }

    /// Counts signs that came at a moment; `true` when they set the cut off.
    pub(super) fn came(&mut self, sign: Sign, many: u32, moment: Instant) -> bool {
        let Self::AtSign {
            sign: wanted,
            left,
            after,
            off,
            offs,
            ..
        } = self
        else {
            return false;
        };
        if *wanted != sign {
            return false;
        }
        *left = left.saturating_sub(many);
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

    /// Gives up one whose sign did not come by now; `true` when it was given up.
    pub(super) fn give_up(&mut self, now: Instant) -> bool {
        let late = matches!(self, Self::AtSign { until, .. } if *until <= now);
        if late {
            *self = Self::Done(Ok(None));
        }
        late
    }
}
