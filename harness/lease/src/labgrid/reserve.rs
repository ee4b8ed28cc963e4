//! Places that the coordinator chooses: reservations.

use super::messages::{
    Filter, GROUP, Nothing, Reservation, Reservations, Reserve, Reserved, STATES, Token,
};
use super::mirror::Seen;
use super::place::PlaceLease;
use super::state::{Chosen, chosen, in_words, known, who_has};
use super::wait::{AGAIN, Wait};
use super::{Live, cancel};
use crate::NotLeased;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};
use tonic::Status;

impl PlaceLease {
    /// The place of the reservation that the environment names.
    pub(super) async fn reserved(
        &self,
        live: &mut Live,
        wait: &mut Wait<'_>,
    ) -> Result<String, NotLeased> {
        let Some(token) = self.farm.access().token.clone() else {
            let what = "`place = \"+\"` is the place of a reservation, and LG_TOKEN names none: set it to what \
                        `labgrid-client reserve` told, or write the `tags` of the reservation beside `place`";
            return Err(NotLeased::Environment(what.to_owned()));
        };
        self.allocation(live, &token, wait, &|_, waited| NotLeased::NoneFree {
            tags: "the tags of reservation LG_TOKEN".to_owned(),
            places: "it waits still".to_owned(),
            waited,
        })
        .await
    }

    /// The place of the one reservation that whoever asks made before for these tags; of several, that of LG_TOKEN.
    pub(super) async fn reserved_with(
        &self,
        live: &mut Live,
        tags: &BTreeMap<String, String>,
        wait: &mut Wait<'_>,
    ) -> Result<String, NotLeased> {
        let all = live
            .caller
            .ask::<_, Reservations>("GetReservations", Nothing {})
            .await;
        let all = all.map_err(|no| {
            live.caller
                .refused("tell which reservations there are", &no)
        })?;
        let me = live.caller.me().to_string();
        let its = all
            .all
            .into_iter()
            .filter(|r| r.owner == me && is_for(r, tags));
        let tokens: Vec<String> = its.map(|r| r.token).collect();
        let named = self.farm.access().token.clone();
        let named = named.filter(|token| tokens.contains(token));
        let token = match (tokens.as_slice(), named) {
            (_, Some(token)) => token,
            ([one], None) => one.clone(),
            (many, None) => return Err(none_or_several(&me, tags, many.len())),
        };
        self.allocation(live, &token, wait, &|seen, waited| NotLeased::NoneFree {
            tags: in_words(tags),
            places: who_has(seen, tags),
            waited,
        })
        .await
    }

    /// Reserves one that has the tags, and waits until there is one that can be used. With the token of the
    /// reservation, where it is the place of that.
    pub(super) async fn allocated(
        &self,
        live: &mut Live,
        tags: &BTreeMap<String, String>,
        wait: &mut Wait<'_>,
    ) -> Result<(String, Option<String>), NotLeased> {
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
        match self.usable(live, tags, &token, wait).await {
            Ok((place, true)) => Ok((place, Some(token))),
            other => {
                cancel(&live.caller, &token).await;
                other.map(|(place, _)| (place, None))
            }
        }
    }

    /// The place of a reservation, once something is exported for all of it, and true; else another one with these
    /// tags, as soon as one is free. Coordinators give places whose exporter is away as any other.
    async fn usable(
        &self,
        live: &mut Live,
        tags: &BTreeMap<String, String>,
        token: &str,
        wait: &mut Wait<'_>,
    ) -> Result<(String, bool), NotLeased> {
        let none = |seen: &Seen, waited| NotLeased::NoneFree {
            tags: in_words(tags),
            places: who_has(seen, tags),
            waited,
        };
        loop {
            let place = self.allocation(live, token, wait, &none).await?;
            // A place is told as free before it is told for whom it was reserved then.
            live.mirror
                .sync(&live.caller, Instant::now() + AGAIN * 15)
                .await?;
            let chosen = chosen(&live.mirror.seen(), tags, &place);
            match chosen {
                Chosen::Fine => return Ok((place, true)),
                Chosen::Rather(other) => return Ok((other, false)),
                Chosen::Lacks(what) => {
                    let blocked = wait.not_there(&place, what);
                    wait.tell(&blocked);
                    wait.more(live, blocked).await?;
                }
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

/// Whether a reservation is not over, and was made for these tags and no others.
fn is_for(reservation: &Reservation, tags: &BTreeMap<String, String>) -> bool {
    let state = usize::try_from(reservation.state).ok();
    let is_live = state.is_some_and(|n| n < STATES.len() - 2);
    let made = reservation.filters.get(GROUP);
    let same = |made: &Filter| {
        made.tags.len() == tags.len()
            && tags
                .iter()
                .all(|(key, value)| made.tags.get(key) == Some(value))
    };
    is_live && made.is_some_and(same)
}

fn none_or_several(me: &str, tags: &BTreeMap<String, String>, many: usize) -> NotLeased {
    let tags = in_words(tags);
    NotLeased::Environment(match many {
        0 => format!(
            "`place = \"+\"` is the place of a reservation, and {me} has none for {tags}: make it with \
             `labgrid-client reserve {tags}`"
        ),
        _ => format!(
            "{me} has {many} reservations for {tags}: set LG_TOKEN to the token of the one that is meant"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(state: i32, tags: &[(&str, &str)]) -> Reservation {
        let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let filter = Filter {
            tags: tags.collect(),
        };
        Reservation {
            state,
            filters: HashMap::from([(GROUP.to_owned(), filter)]),
            ..Reservation::default()
        }
    }

    #[test]
    fn a_reservation_is_known_by_all_of_its_tags_for_as_long_as_it_lives() {
        let lamp = BTreeMap::from([("board".to_owned(), "lamp".to_owned())]);
        for (state, word) in STATES.iter().enumerate() {
            let is_over = ["expired", "invalid"].contains(word);
            let made = made(i32::try_from(state).unwrap(), &[("board", "lamp")]);
            assert_eq!(is_for(&made, &lamp), !is_over, "{word}");
        }
        assert!(!is_for(&made(-1, &[("board", "lamp")]), &lamp));
        for other in [
            &[("board", "plug")][..],
            &[("board", "lamp"), ("side", "a")],
            &[],
        ] {
            assert!(!is_for(&made(1, other), &lamp), "{other:?}");
        }
    }
}
