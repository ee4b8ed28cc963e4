//! One wait for a place and what stands on it.

use super::Live;
use crate::{Holder, NotLeased, Patience};
use std::time::{Duration, Instant};
use tonic::Status;

/// How often a wait is looked at by whoever may call it off.
const TICK: Duration = Duration::from_millis(100);
/// How often what was refused is asked for again, and a reservation that waits is kept.
pub const AGAIN: Duration = Duration::from_secs(1);

/// How long a wait may last, since when, and who can call it off.
pub struct Wait<'a> {
    pub began: Instant,
    pub until: Instant,
    pub patience: &'a Patience<'a>,
    /// What is waited for was said.
    pub told: bool,
}

impl Wait<'_> {
    pub fn held(&self, place: &str, holder: Holder) -> NotLeased {
        NotLeased::Held {
            place: place.to_owned(),
            holder,
            waited: self.began.elapsed(),
        }
    }

    pub fn not_there(&self, place: &str, what: String) -> NotLeased {
        NotLeased::NotThere {
            place: place.to_owned(),
            what,
            waited: self.began.elapsed(),
        }
    }

    /// Says once what is waited for.
    pub fn tell(&mut self, blocked: &NotLeased) {
        if !self.told && !self.patience.most.is_zero() {
            self.told = true;
            let most = self.patience.most.as_secs_f64();
            (self.patience.told)(&format!("{blocked}; waiting for at most {most} s"));
        }
    }

    /// Waits for something to change, or to ask once more.
    pub async fn more(&self, live: &mut Live, blocked: NotLeased) -> Result<(), NotLeased> {
        let again = (Instant::now() + AGAIN).min(self.until);
        loop {
            if (self.patience.called_off)() {
                return Err(NotLeased::CalledOff(blocked.to_string()));
            }
            let now = Instant::now();
            if now >= self.until {
                return Err(blocked);
            }
            if live.is_dead() {
                let ended = live.mirror.seen().ended.clone().unwrap_or_default();
                return Err(live.caller.refused("go on", &Status::unavailable(ended)));
            }
            if now >= again || live.mirror.change((now + TICK).min(again)).await {
                return Ok(());
            }
        }
    }
}
