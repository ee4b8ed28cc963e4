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
            Wanted::Tagged(tags) => {
                let (place, token) = self.allocated(live, tags, wait).await?;
                (place, Some(token))
            }
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
    fn stands(&self, seen: &Seen, name: &str, me: &str) -> Stands {
        let Some(place) = seen.place(name) else {
            return Stands::Deleted;
        };
        if held_by(place).is_none_or(|held| held.holder.who != me) {
            return Stands::NotOurs;
        }
        if let Some(held) = &self.held {
            held.note.stamp(place.changed);
        }
        let missing = missing(seen, place);
        match missing.is_empty() {
            true => Stands::Complete(taken(seen, place)),
            false => Stands::Without(missing.join("; ")),
        }
    }

    async fn give_back(&mut self, live: &mut Live) -> Result<(), NotLeased> {
        let Some(held) = &self.held else {
            return Ok(());
        };
        let me = live.caller.me().to_string();
        release(&live.caller, &held.place, &me).await?;
        if let Some(token) = &held.token {
            cancel(&live.caller, token).await;
        }
        if let Some(held) = self.held.take() {
            held.note.forget();
        }
        Ok(())
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
        let Some(held) = &mut self.held else {
            return Ok(());
        };
        let lost = |why: String| NotLeased::Lost {
            place: held.place.clone(),
            why,
        };
        let place = held.place.clone();
        let token = held.token.clone();
        let looked = self.farm.with(async |live| {
            if let Some(token) = token {
                // That it is needed still; whether it is ours is seen on the place.
                let _ = live
                    .caller
                    .ask::<_, Reserved>("PollReservation", Token { token })
                    .await;
            }
            let me = live.caller.me().to_string();
            let seen = live.mirror.seen();
            Ok((me, seen.place(&place).map(|p| (held_by(p), p.changed))))
        });
        match looked {
            Ok((me, Some((Some(by), changed)))) if by.holder.who == me => {
                held.heard = Instant::now();
                held.note.stamp(changed);
                Ok(())
            }
            Ok((_, Some((Some(by), _)))) => Err(lost(format!("{} has it", by.holder))),
            Ok((_, Some((None, _)))) => Err(lost(
                "nobody has it: it was released by hand, or the coordinator was started again"
                    .to_owned(),
            )),
            Ok((_, None)) => Err(lost("it was deleted".to_owned())),
            Err(_) if held.heard.elapsed() < UNHEARD => Ok(()),
            Err(why) => Err(lost(why.to_string())),
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
