//! Places that the coordinator chooses: reservations.

use super::messages::{Filter, GROUP, Reservation, Reserve, Reserved, STATES, Token};
use super::mirror::Seen;
use super::place::PlaceLease;
use super::state::{in_words, known, who_has};
use super::wait::Wait;
use super::{Live, cancel};
use crate::NotLeased;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tonic::Status;

impl PlaceLease {
    /// The place of the reservation that the environment names.
    pub(super) async fn reserved(
        &self,
        live: &mut Live,
        wait: &mut Wait<'_>,
    ) -> Result<String, NotLeased> {
        let Some(token) = self.farm.access().token.clone() else {
            let what = "`place = \"+\"` is the place of a reservation, and LG_TOKEN names none";
            return Err(NotLeased::Environment(what.to_owned()));
        };
        self.allocation(live, &token, wait, &|_, waited| NotLeased::NoneFree {
            tags: "the tags of reservation LG_TOKEN".to_owned(),
            places: "it waits still".to_owned(),
            waited,
        })
        .await
    }

    /// Reserves one that has the tags, and waits until the coordinator has one.
    pub(super) async fn allocated(
        &self,
        live: &mut Live,
        tags: &BTreeMap<String, String>,
        wait: &mut Wait<'_>,
    ) -> Result<(String, String), NotLeased> {
        known(&live.mirror.seen(), tags, &self.farm)?;
        let filter = Filter {
            tags: tags.clone().into_iter().collect(),
        };
        let ask = Reserve {
            filters: HashMap::from([(GROUP.to_owned(), filter)]),
            priority: 0.0,
        };
        let made = live
            .caller
            .ask::<_, Reserved>("CreateReservation", ask)
            .await;
        let made = made.map_err(|no| live.caller.refused("reserve a place", &no))?;
        let token = made.reservation.unwrap_or_default().token;
        let none = |seen: &Seen, waited| NotLeased::NoneFree {
            tags: in_words(tags),
            places: who_has(seen, tags),
            waited,
        };
        match self.allocation(live, &token, wait, &none).await {
            Ok(place) => Ok((place, token)),
            Err(why) => {
                cancel(&live.caller, &token).await;
                Err(why)
            }
        }
    }

    async fn allocation(
        &self,
        live: &mut Live,
        token: &str,
        wait: &mut Wait<'_>,
        none: &dyn Fn(&Seen, Duration) -> NotLeased,
    ) -> Result<String, NotLeased> {
        loop {
            live.mirror.look();
            // This keeps it, too: unasked, it ends within a minute.
            let ask = Token {
                token: token.to_owned(),
            };
            let state = live.caller.ask::<_, Reserved>("PollReservation", ask).await;
            let state = state.map_err(|no| live.caller.refused("keep a reservation", &no))?;
            let Reservation {
                state, allocations, ..
            } = state.reservation.unwrap_or_default();
            if let Some(place) = allocations.get(GROUP) {
                return Ok(place.clone());
            }
            let word = usize::try_from(state).ok().and_then(|n| STATES.get(n));
            if word != Some(&STATES[0]) {
                let word = word.copied().unwrap_or("in a state that is not known");
                let why = Status::failed_precondition(format!("the reservation is {word}"));
                return Err(live.caller.refused("give a reserved place", &why));
            }
            let blocked = none(&live.mirror.seen(), wait.began.elapsed());
            wait.tell(&blocked);
            wait.more(live, blocked).await?;
        }
    }
}
