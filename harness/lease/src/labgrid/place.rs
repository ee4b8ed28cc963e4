//! A place of a coordinator for the time of a run.

use super::messages::{Nothing, PlaceName, Reserved, Token};
use super::mirror::Seen;
use super::state::{by, existing, free, in_words, missing, path_of, taken};
use super::wait::{AGAIN, Wait};
use super::{Labgrid, Live, cancel, held_by, release};
use crate::left::Note;
use crate::{Holder, Lease, NotLeased, Patience, Taken, Wanted};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::{Code, Status};

/// How long the coordinator may be silent before the place counts as lost.
const UNHEARD: Duration = Duration::from_secs(60);
/// How long a renewal, or the look before a place is given back, waits for an answer.
const LOOK: Duration = Duration::from_secs(5);

/// A place that is wanted, and what of it is held.
pub struct PlaceLease {
    pub(super) farm: Arc<Labgrid>,
    wanted: Wanted,
    held: Option<Held>,
}

/// How a place stands that was taken.
enum Stands {
    Complete(Taken),
    /// Something on it cannot be used yet.
    Without(String),
    NotOurs,
    Deleted,
}

struct Held {
    place: String,
    /// Of a reservation that was made here.
    token: Option<String>,
    note: Note,
    heard: Instant,
    /// Who took it and when, once the stream has told; by the name alone another session of the same user looks alike.
    tenure: Option<Tenure>,
    /// Why it is no longer ours: that stays so, whatever the coordinator says later.
    lost: Option<String>,
}

/// One time of holding a place. Over the stream that told of its beginning no change of hands is missed, so a new
/// stamp means that somebody changed a tag or a comment. Over another stream the stamp alone can tell.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tenure {
    stream: u64,
    hands: u64,
    changed: f64,
}

impl Tenure {
    fn now(seen: &Seen, place: &str, changed: f64) -> Self {
        Self {
            stream: seen.stream,
            hands: seen.hands(place),
            changed,
        }
    }

    fn goes_on_as(&self, now: &Self) -> bool {
        match self.stream == now.stream {
            true => self.hands == now.hands,
            // Both are what the coordinator wrote, so that equal bits are one stamp.
            false => self.changed.to_bits() == now.changed.to_bits(),
        }
    }
}

/// How a place stands that is held; else why it is no longer ours.
fn tenure_of(seen: &Seen, place: &str, me: &str, known: Option<Tenure>) -> Result<Tenure, String> {
    let Some(found) = seen.place(place) else {
        return Err("it was deleted".to_owned());
    };
    let Some(by) = held_by(found) else {
        return Err(
            "nobody has it: it was released by hand, or the coordinator was started again"
                .to_owned(),
        );
    };
    if by.holder.who != me {
        return Err(format!("{} has it", by.holder));
    }
    let now = Tenure::now(seen, place, by.changed);
    match known.is_none_or(|known| known.goes_on_as(&now)) {
        true => Ok(now),
        false => Err(format!(
            "{} has it by another lock than this run's: it was released and taken again, or changed while the \
             coordinator was not heard",
            by.holder
        )),
    }
}

impl PlaceLease {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(farm: &Arc<Labgrid>, wanted: Wanted) -> Self {
        Self {
            farm: Arc::clone(farm),
            wanted,
            held: None,
        }
    }

    async fn take(&mut self, live: &mut Live, wait: &mut Wait<'_>) -> Result<Taken, NotLeased> {
        let (name, token) = match &self.wanted {
            Wanted::Named(name) => (existing(live, &self.farm, name)?, None),
            Wanted::Reserved => (self.reserved(live, wait).await?, None),
            Wanted::ReservedWith(tags) => (self.reserved_with(live, tags, wait).await?, None),
            Wanted::Tagged(tags) => self.allocated(live, tags, wait).await?,
        };
        let taken = self.take_named(live, &name, token.clone(), wait).await;
        if let (Err(_), Some(token)) = (&taken, &token) {
            cancel(&live.caller, token).await;
        }
        taken
    }

    async fn take_named(
        &mut self,
        live: &mut Live,
        name: &str,
        token: Option<String>,
        wait: &mut Wait<'_>,
    ) -> Result<Taken, NotLeased> {
        let note = loop {
            live.mirror.look();
            let free = free(&live.mirror.seen(), name, wait);
            let blocked = match free {
                Err(blocked) => blocked,
                Ok(()) => {
                    // Before it is asked for: who dies between the two leaves a note of it.
                    let note = Note::write(self.farm.access(), name, token.as_deref())?;
                    let ask = PlaceName {
                        name: name.to_owned(),
                    };
                    match live.caller.ask::<_, Nothing>("AcquirePlace", ask).await {
                        Ok(_) => break note,
                        Err(no) if is_no(&no) => {
                            note.forget();
                            self.not_taken(live, name, &no, wait).await?
                        }
                        Err(no) => {
                            // Whether it was taken is not known: it is given back, now or by whoever finds the note.
                            let why = live.caller.refused(&format!("give place {name}"), &no);
                            self.hold(name, token, note);
                            let _ = self.give_back(live).await;
                            return Err(why);
                        }
                    }
                }
            };
            wait.tell(&blocked);
            wait.more(live, blocked).await?;
        };
        self.hold(name, token, note);
        let complete = self.complete(live, name, wait).await;
        if complete.is_err() {
            self.give_back(live).await?;
        }
        complete
    }

    fn hold(&mut self, name: &str, token: Option<String>, note: Note) {
        self.held = Some(Held {
            place: name.to_owned(),
            token,
            note,
            heard: Instant::now(),
            tenure: None,
            lost: None,
        });
    }

    /// What a refusal comes to, where it is worth asking again.
    async fn not_taken(
        &self,
        live: &mut Live,
        name: &str,
        no: &Status,
        wait: &Wait<'_>,
    ) -> Result<NotLeased, NotLeased> {
        let what = format!("give place {name}");
        let refused = live.caller.refused(&what, no);
        if !matches!(no.code(), Code::FailedPrecondition | Code::PermissionDenied) {
            return Err(refused);
        }
        live.mirror
            .sync(&live.caller, Instant::now() + AGAIN * 15)
            .await?;
        let seen = live.mirror.seen();
        let Some(place) = seen.place(name) else {
            return Err(refused);
        };
        if let Some(held) = held_by(place) {
            return Ok(wait.held(name, held.holder));
        }
        let taken = seen.resources.values().filter(|r| {
            !r.acquired.is_empty() && place.matches.iter().any(|wanted| wanted.fits(r))
        });
        let taken: Vec<_> = taken
            .map(|r| format!("{} is {}", path_of(r), by(&r.acquired)))
            .collect();
        Ok(match taken.is_empty() {
            true => refused,
            false => wait.not_there(name, taken.join("; ")),
        })
    }

    /// Waits until all that stands on the place can be used.
    async fn complete(
        &mut self,
        live: &mut Live,
        name: &str,
        wait: &mut Wait<'_>,
    ) -> Result<Taken, NotLeased> {
        let me = live.caller.me().to_string();
        let told_of = Instant::now() + AGAIN * 15;
        loop {
            live.mirror.look();
            let stands = self.stands(&live.mirror.seen(), name, &me);
            let blocked = match stands {
                Stands::Complete(taken) => return Ok(taken),
                Stands::Deleted => return Err(wait.not_there(name, "it was deleted".to_owned())),
                // Its answer may come before what the stream says.
                Stands::NotOurs if !live.is_dead() && live.mirror.change(told_of).await => continue,
                Stands::NotOurs => {
                    let why = "its stream does not tell that the place is taken";
                    let why = Status::unavailable(why);
                    return Err(live.caller.refused("go on", &why));
                }
                Stands::Without(missing) => wait.not_there(name, missing),
            };
            wait.tell(&blocked);
            wait.more(live, blocked).await?;
        }
    }

    /// How a place that was taken stands now; its stamp is kept.
    fn stands(&mut self, seen: &Seen, name: &str, me: &str) -> Stands {
        let Some(place) = seen.place(name) else {
            return Stands::Deleted;
        };
        if held_by(place).is_none_or(|held| held.holder.who != me) {
            return Stands::NotOurs;
        }
        if let Some(held) = &mut self.held {
            match tenure_of(seen, name, me, held.tenure) {
                Ok(tenure) => held.goes_on(tenure),
                Err(why) => {
                    held.lost = Some(why);
                    return Stands::NotOurs;
                }
            }
        }
        let missing = missing(seen, place);
        match missing.is_empty() {
            true => Stands::Complete(taken(seen, place)),
            false => Stands::Without(missing.join("; ")),
        }
    }

    async fn give_back(&mut self, live: &mut Live) -> Result<(), NotLeased> {
        let Some(held) = &mut self.held else {
            return Ok(());
        };
        let me = live.caller.me().to_string();
        // Coordinators go by the name alone, which another session of the same user has as well.
        let known = held.tenure.filter(|_| held.lost.is_none());
        if let Some(known) = known {
            live.mirror
                .sync(&live.caller, Instant::now() + LOOK)
                .await?;
            held.lost = tenure_of(&live.mirror.seen(), &held.place, &me, Some(known)).err();
        }
        if held.lost.is_none() {
            release(&live.caller, &held.place, &me).await?;
        }
        if let Some(token) = &held.token {
            cancel(&live.caller, token).await;
        }
        if let Some(held) = self.held.take() {
            held.note.forget();
        }
        Ok(())
    }
}

impl Held {
    fn goes_on(&mut self, tenure: Tenure) {
        self.note.stamp(tenure.changed);
        self.tenure = Some(tenure);
    }

    fn is_lost(&self, why: String) -> NotLeased {
        NotLeased::Lost {
            place: self.place.clone(),
            why,
        }
    }
}

impl Lease for PlaceLease {
    fn acquire(&mut self, patience: &Patience<'_>) -> Result<Taken, NotLeased> {
        let began = Instant::now();
        let mut wait = Wait {
            began,
            until: began + patience.most,
            patience,
            told: false,
        };
        let farm = Arc::clone(&self.farm);
        farm.with(async |live| self.take(live, &mut wait).await)
    }

    fn renew(&mut self) -> Result<(), NotLeased> {
        let looked = self.confirm(Instant::now() + LOOK);
        match (looked, &self.held) {
            (Err(lost @ NotLeased::Lost { .. }), _) => Err(lost),
            (Err(why), Some(held)) if held.heard.elapsed() >= UNHEARD => {
                Err(held.is_lost(why.to_string()))
            }
            _ => Ok(()),
        }
    }

    fn confirm(&mut self, until: Instant) -> Result<(), NotLeased> {
        let Some(held) = &mut self.held else {
            return Ok(());
        };
        if let Some(why) = &held.lost {
            return Err(held.is_lost(why.clone()));
        }
        let (place, token, known) = (held.place.clone(), held.token.clone(), held.tenure);
        let looked = self.farm.with_until(until, async |live| {
            if let Some(token) = token {
                // That it is needed still; whether it is ours is seen on the place.
                let _ = live
                    .caller
                    .ask::<_, Reserved>("PollReservation", Token { token })
                    .await;
            }
            // What the stream told last may be old: a coordinator that hangs tells nothing.
            live.mirror.sync(&live.caller, until).await?;
            let me = live.caller.me().to_string();
            let seen = live.mirror.seen();
            Ok::<_, NotLeased>(tenure_of(&seen, &place, &me, known))
        })?;
        match looked {
            Ok(tenure) => {
                held.heard = Instant::now();
                held.goes_on(tenure);
                Ok(())
            }
            Err(why) => {
                held.lost = Some(why.clone());
                Err(held.is_lost(why))
            }
        }
    }

    fn release(&mut self) -> Result<(), NotLeased> {
        if self.held.is_none() {
            return Ok(());
        }
        let farm = Arc::clone(&self.farm);
        farm.with(async |live| self.give_back(live).await)
    }

    fn holder(&mut self) -> Result<Option<Holder>, NotLeased> {
        let name = match (&self.held, &self.wanted) {
            (Some(held), _) => held.place.clone(),
            (None, Wanted::Named(name)) => name.clone(),
            (None, _) => return Ok(None),
        };
        self.farm.holder_of(&name)
    }

    fn name(&self) -> String {
        match (&self.held, &self.wanted) {
            (Some(held), _) => held.place.clone(),
            (None, Wanted::Named(name)) => name.clone(),
            (None, Wanted::Reserved) => "the place of reservation LG_TOKEN".to_owned(),
            (None, Wanted::ReservedWith(tags)) => {
                format!("the place of the reservation for {}", in_words(tags))
            }
            (None, Wanted::Tagged(tags)) => format!("a place with {}", in_words(tags)),
        }
    }

    fn note(&self) -> Option<PathBuf> {
        self.held.as_ref().map(|held| held.note.path().to_owned())
    }
}

/// A refusal, and no answer that did not come.
fn is_no(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::FailedPrecondition | Code::PermissionDenied | Code::InvalidArgument | Code::NotFound
    )
}

impl Drop for PlaceLease {
    fn drop(&mut self) {
        // Where that fails its note stays, and whoever finds it tries again.
        let _ = self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labgrid::messages::{ClientOut, News, Place, Update};

    fn told(seen: &mut Seen, who: Option<&str>, changed: f64) {
        let place = Place {
            name: "lamp".to_owned(),
            acquired: who.map(str::to_owned),
            changed,
            ..Place::default()
        };
        let news = Some(News::Place(place));
        seen.take(ClientOut {
            sync: None,
            updates: vec![Update { news }],
        });
    }

    #[test]
    fn a_lock_is_the_one_that_was_taken_and_no_later_one_of_the_same_name() {
        let me = "desk/ann";
        let mut seen = Seen::default();
        told(&mut seen, Some(me), 5.0);
        let taken = tenure_of(&seen, "lamp", me, None).unwrap();
        // A tag or a comment was changed meanwhile.
        told(&mut seen, Some(me), 6.0);
        let now = tenure_of(&seen, "lamp", me, Some(taken)).unwrap();
        assert_eq!(now.changed.to_bits(), 6f64.to_bits());
        // Released, and taken again by another session of the same user.
        told(&mut seen, None, 7.0);
        let why = tenure_of(&seen, "lamp", me, Some(now)).unwrap_err();
        assert!(why.contains("nobody has it"), "{why}");
        told(&mut seen, Some(me), 8.0);
        let why = tenure_of(&seen, "lamp", me, Some(now)).unwrap_err();
        assert!(why.contains("another lock"), "{why}");
        told(&mut seen, Some("desk/bob"), 9.0);
        let why = tenure_of(&seen, "lamp", me, Some(now)).unwrap_err();
        assert!(why.contains("desk/bob"), "{why}");
    }

    #[test]
    fn over_another_stream_the_stamp_tells() {
        let me = "desk/ann";
        let mut seen = Seen::default();
        told(&mut seen, Some(me), 5.0);
        let taken = tenure_of(&seen, "lamp", me, None).unwrap();
        let mut again = Seen::of_stream(seen.stream + 1);
        told(&mut again, Some(me), 5.0);
        assert!(tenure_of(&again, "lamp", me, Some(taken)).is_ok());
        told(&mut again, Some(me), 6.0);
        assert!(tenure_of(&again, "lamp", me, Some(taken)).is_err());
    }
}
