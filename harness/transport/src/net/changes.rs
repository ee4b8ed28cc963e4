//! Waits for something that another task brings.

use super::runtime;
use crate::budget::Budget;
use proofhouse_model::Trouble;
use tokio::sync::Notify;

/// Looks, and again whenever something changed; `None` when the time is over.
///
/// # Errors
/// The run is being ended.
pub(crate) fn look_until<T>(
    budget: &Budget,
    changes: &Notify,
    look: impl Fn() -> Option<T>,
) -> Result<Option<T>, Trouble> {
    budget.cancel().check()?;
    runtime()?.block_on(async {
        let deadline = tokio::time::sleep_until(budget.deadline().into());
        tokio::pin!(deadline);
        loop {
            let changed = changes.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(found) = look() {
                return Ok(Some(found));
            }
            tokio::select! {
                biased;
                why = budget.cancel().cancelled() => return Err(why),
                () = &mut deadline => return Ok(None),
                () = changed => {}
            }
            // In a flood something always has changed, and timers come late.
            if budget.left().is_zero() {
                return Ok(None);
            }
        }
    })
}
