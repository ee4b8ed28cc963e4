//! How long the bench is patient with a unit whose wires do not answer.

use crate::read::{Item, Table};
use proofhouse_model::{Dur, Patient};

/// The key that says after how many cases in a row such a unit leaves the run.
pub const LEAVE: &str = "leave_after";
/// The key that says when it is tried again.
pub const TRY_AGAIN: &str = "try_again_after";
/// More cases in a row than that are a run without the rule.
pub const MOST: u64 = 1000;
/// Sparse enough that a unit which does not come back costs the run nothing.
const SHORTEST: Dur = Dur::secs(1);

/// Reads both keys; each that is absent is what is usual.
pub fn read(root: &Table<'_>) -> Option<Patient> {
    let usual = Patient::USUAL;
    let leave_after = root.get(LEAVE).map(|item| item.whole(1..=MOST));
    let again = root.get(TRY_AGAIN).map(|item| pace(&item));
    let leave_after = leave_after.unwrap_or(Some(u64::from(usual.leave_after)));
    let again = again.unwrap_or(Some(usual.try_again_after));
    Some(Patient {
        leave_after: u32::try_from(leave_after?).ok()?,
        try_again_after: again?,
    })
}

fn pace(item: &Item<'_>) -> Option<Dur> {
    let pace = item.dur()?;
    if pace < SHORTEST {
        let want = "how long a unit that left a run is left alone, 1s or more, such as \"1m\"";
        return item.bad("a unit would be tried again all the time", want);
    }
    Some(pace)
}
