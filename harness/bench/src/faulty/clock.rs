//! A clock of the bench PC that is set in the middle of a run.

use super::Faulty;
use proofhouse_model::FaultKind;

/// From half a second to a day: less is no jump, and more is none other.
const JUMPS_MS: (u64, u64) = (500, 86_400_000);

impl Faulty {
    /// Milliseconds that the clock was set by, as it stands just now.
    pub(crate) fn clock_set_by_ms(&self) -> i64 {
        if !self.is(FaultKind::ClockJumps) || !self.active() {
            return 0;
        }
        let mut dice = self.dice(50);
        let length = dice.ms(JUMPS_MS.0, JUMPS_MS.1).as_millis();
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let by = if dice.one_in(2) { length } else { -length };
        self.felt(&format!("the clock of the bench PC jumps by {by} ms"));
        by
    }
}
