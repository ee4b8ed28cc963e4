//! labgrid's coordinator.

mod call;
mod messages;
mod mirror;
mod place;
mod reserve;
mod state;
mod wait;

pub use place::PlaceLease;

use crate::{Access, Holder, NotLeased, trouble};
use call::Caller;
use messages::{Nothing, Place, ReleaseFrom, Token};
use mirror::Mirror;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// How long all places and resources may take to come.
const FIRST_LOOK: Duration = Duration::from_secs(15);

/// A coordinator, as one client of it: all places of a run are taken over one connection.
pub struct Labgrid {
    access: Access,
    runtime: Runtime,
    live: Mutex<Option<Live>>,
}

/// A connection and what came over it.
struct Live {
    caller: Caller,
    mirror: Mirror,
}

impl Labgrid {
    /// Connects when the first place is asked for.
    ///
    /// # Errors
    /// The system gives no thread for it.
    pub fn new(access: Access) -> Result<Arc<Self>, NotLeased> {
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime
            .worker_threads(1)
            .thread_name("labgrid")
            .enable_all();
        let runtime = runtime.build();
        let runtime = runtime
            .map_err(|e| NotLeased::Environment(format!("no thread for the coordinator: {e}")))?;
        Ok(Arc::new(Self {
            access,
            runtime,
            live: Mutex::default(),
        }))
    }

    /// Which coordinator, and who asks.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Does something over the connection, which is made again where it is not there any more.
    fn with<T>(
        &self,
        work: impl AsyncFnOnce(&mut Live) -> Result<T, NotLeased>,
    ) -> Result<T, NotLeased> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        self.runtime.block_on(self.over(&mut live, work))
    }

    /// The same, given up at that moment.
    fn with_until<T>(
        &self,
        until: Instant,
        work: impl AsyncFnOnce(&mut Live) -> Result<T, NotLeased>,
    ) -> Result<T, NotLeased> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let until = tokio::time::Instant::from_std(until);
        let done = self
            .runtime
            .block_on(async { tokio::time::timeout_at(until, self.over(&mut live, work)).await });
        done.unwrap_or_else(|_| {
            Err(NotLeased::Unreachable {
                coordinator: self.access.coordinator.clone(),
                why: "no answer came in time".to_owned(),
            })
        })
    }

    async fn over<T>(
        &self,
        live: &mut Option<Live>,
        work: impl AsyncFnOnce(&mut Live) -> Result<T, NotLeased>,
    ) -> Result<T, NotLeased> {
        if live.as_ref().is_some_and(Live::is_dead) {
            *live = None;
        }
        match live.as_mut() {
            Some(live) => work(live).await,
            None => {
                let fresh = Live::connect(&self.access).await?;
                work(live.insert(fresh)).await
            }
        }
    }

    /// Who has a place; nobody where it is free or not there.
    ///
    /// # Errors
    /// The coordinator does not say.
    pub fn holder_of(&self, place: &str) -> Result<Option<Holder>, NotLeased> {
        let held = self.state_of(place)?;
        Ok(held.map(|held| held.holder))
    }

    /// Who has a place, with the coordinator's stamp of when that began.
    pub(crate) fn state_of(&self, place: &str) -> Result<Option<HeldBy>, NotLeased> {
        let access = self.access.clone();
        self.runtime.block_on(async {
            let caller = Caller::connect(&access).await?;
            Ok(caller.place(place).await?.as_ref().and_then(held_by))
        })
    }

    /// Gives back what another process of ours held, without a stream: no coordinator wants one for it.
    pub(crate) fn give_back(
        &self,
        place: &str,
        owner: &str,
        token: Option<&str>,
    ) -> Result<(), NotLeased> {
        self.runtime.block_on(async {
            let caller = Caller::connect(&self.access).await?;
            release(&caller, place, owner).await?;
            if let Some(token) = token {
                cancel(&caller, token).await;
            }
            Ok(())
        })
    }
}

/// Who has a place, and the coordinator's stamp of its last change.
pub(crate) struct HeldBy {
    pub holder: Holder,
    pub changed: f64,
}

fn held_by(place: &Place) -> Option<HeldBy> {
    let who = place.acquired.clone().filter(|who| !who.is_empty())?;
    let since = trouble::moment(place.changed);
    Some(HeldBy {
        holder: Holder { who, since },
        changed: place.changed,
    })
}

impl Live {
    async fn connect(access: &Access) -> Result<Self, NotLeased> {
        let caller = Caller::connect(access).await?;
        let mirror = Mirror::open(&caller, Instant::now() + FIRST_LOOK).await?;
        Ok(Self { caller, mirror })
    }

    fn is_dead(&self) -> bool {
        self.mirror.seen().ended.is_some()
    }
}

/// Only where that owner has it: coordinators give back anybody's otherwise.
async fn release(caller: &Caller, place: &str, owner: &str) -> Result<(), NotLeased> {
    let ask = ReleaseFrom {
        name: place.to_owned(),
        who: Some(owner.to_owned()),
    };
    let done = caller.ask::<_, Nothing>("ReleasePlace", ask).await;
    done.map(drop)
        .map_err(|no| caller.refused(&format!("take back place {place}"), &no))
}

/// A reservation that is not cancelled ends by itself within a minute.
async fn cancel(caller: &Caller, token: &str) {
    let token = token.to_owned();
    let _ = caller
        .ask::<_, Nothing>("CancelReservation", Token { token })
        .await;
}
