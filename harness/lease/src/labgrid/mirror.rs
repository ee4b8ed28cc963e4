//! What the coordinator has, as its stream tells it.

use super::call::{Caller, VERSION};
use super::messages::{
    ClientIn, ClientOut, Exported, Match, News, Place, ResourcePath, Say, Startup, Subscribe,
    SyncId, Topic,
};
use crate::NotLeased;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::sync::{mpsc, watch};
use tonic::codegen::tokio_stream::Stream;

/// Places and resources, kept up to date while the stream is there.
pub struct Mirror {
    seen: Arc<Mutex<Seen>>,
    changed: watch::Receiver<u64>,
    say: mpsc::UnboundedSender<ClientIn>,
    reads: tokio::task::JoinHandle<()>,
    syncs: u64,
}

#[derive(Default)]
pub struct Seen {
    pub places: BTreeMap<String, Place>,
    pub resources: BTreeMap<ResourcePath, Exported>,
    /// Which stream told it: each has a number of its own.
    pub stream: u64,
    /// How often each place changed hands since the stream began.
    hands: BTreeMap<String, u64>,
    synced: u64,
    /// Why nothing more comes.
    pub ended: Option<String>,
}

/// Numbers of streams.
static STREAMS: AtomicU64 = AtomicU64::new(1);

/// What is said, as a stream.
struct Sayings(mpsc::UnboundedReceiver<ClientIn>);

impl Stream for Sayings {
    type Item = ClientIn;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ClientIn>> {
        self.0.poll_recv(cx)
    }
}

impl Mirror {
    /// Opens the stream and waits until all that there is has come.
    pub async fn open(caller: &Caller, until: Instant) -> Result<Self, NotLeased> {
        let (say, sayings) = mpsc::unbounded_channel();
        let (tell, changed) = watch::channel(0);
        // Before the stream is opened: the coordinator answers with its first message only.
        let name = caller.me().to_string();
        let version = VERSION.to_owned();
        for topic in [Topic::AllPlaces(true), Topic::AllResources(true)] {
            if matches!(topic, Topic::AllPlaces(_)) {
                let startup = Startup {
                    version: version.clone(),
                    name: name.clone(),
                };
                let _ = say.send(said(Say::Startup(startup)));
            }
            let topic = Some(topic);
            let _ = say.send(said(Say::Subscribe(Subscribe { topic })));
        }
        let _ = say.send(said(Say::Sync(SyncId { id: 1 })));
        let stream = caller.stream("ClientStream", Sayings(sayings)).await;
        let stream = stream.map_err(|no| caller.refused("open its stream", &no))?;
        let stream_number = STREAMS.fetch_add(1, Ordering::Relaxed);
        let seen = Arc::new(Mutex::new(Seen::of_stream(stream_number)));
        let reads = tokio::spawn(read(stream, Arc::clone(&seen), tell));
        let mut mirror = Self {
            seen,
            changed,
            say,
            reads,
            syncs: 1,
        };
        mirror.synced(caller, until).await?;
        Ok(mirror)
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all that happened before has come.
    pub async fn sync(&mut self, caller: &Caller, until: Instant) -> Result<(), NotLeased> {
        self.syncs += 1;
        let _ = self.say.send(said(Say::Sync(SyncId { id: self.syncs })));
        self.synced(caller, until).await
    }

    async fn synced(&mut self, caller: &Caller, until: Instant) -> Result<(), NotLeased> {
        loop {
            self.changed.mark_unchanged();
            {
                let seen = self.seen();
                if seen.synced >= self.syncs {
                    return Ok(());
                }
                if let Some(why) = &seen.ended {
                    return Err(caller.refused("go on", &tonic::Status::unavailable(why.clone())));
                }
            }
            if !self.change(until).await {
                let none = tonic::Status::deadline_exceeded("its stream says nothing");
                return Err(caller.refused("go on", &none));
            }
        }
    }

    /// Waits for a change that was not seen yet; whether one came in time.
    pub async fn change(&mut self, until: Instant) -> bool {
        let until = tokio::time::Instant::from_std(until);
        let changed = tokio::time::timeout_at(until, self.changed.changed()).await;
        matches!(changed, Ok(Ok(())))
    }

    /// From here on what has come counts as seen.
    pub fn look(&mut self) {
        self.changed.mark_unchanged();
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.reads.abort();
    }
}

fn said(say: Say) -> ClientIn {
    ClientIn { say: Some(say) }
}

async fn read(
    mut stream: tonic::Streaming<ClientOut>,
    seen: Arc<Mutex<Seen>>,
    tell: watch::Sender<u64>,
) {
    loop {
        let came = stream.message().await;
        let goes_on = {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            match came {
                Ok(Some(out)) => {
                    seen.take(out);
                    true
                }
                Ok(None) => {
                    seen.ended = Some("it ended its stream".to_owned());
                    false
                }
                Err(no) => {
                    seen.ended = Some(format!("its stream broke: {}", no.message()));
                    false
                }
            }
        };
        tell.send_modify(|n| *n += 1);
        if !goes_on {
            return;
        }
    }
}

impl Seen {
    /// Nothing yet of the stream with that number.
    pub fn of_stream(stream: u64) -> Self {
        Self {
            stream,
            ..Self::default()
        }
    }

    pub(super) fn take(&mut self, out: ClientOut) {
        for update in out.updates {
            match update.news {
                Some(News::Place(place)) => {
                    let before = self.places.get(&place.name);
                    if before.is_none_or(|before| before.acquired != place.acquired) {
                        self.changes_hands(&place.name);
                    }
                    self.places.insert(place.name.clone(), place);
                }
                Some(News::NoPlace(name)) => {
                    self.changes_hands(&name);
                    self.places.remove(&name);
                }
                Some(News::Resource(resource)) => {
                    let path = resource.path.clone().unwrap_or_default();
                    self.resources.insert(path, resource);
                }
                Some(News::NoResource(path)) => drop(self.resources.remove(&path)),
                None => {}
            }
        }
        if let Some(sync) = out.sync {
            self.synced = self.synced.max(sync.id);
        }
    }

    fn changes_hands(&mut self, place: &str) {
        *self.hands.entry(place.to_owned()).or_default() += 1;
    }

    /// How often a place changed hands since the stream began.
    pub fn hands(&self, place: &str) -> u64 {
        self.hands.get(place).copied().unwrap_or_default()
    }

    /// A place by its name or an alias.
    pub fn place(&self, name: &str) -> Option<&Place> {
        let by_alias = || {
            let mut all = self.places.values();
            all.find(|place| place.aliases.iter().any(|alias| alias == name))
        };
        self.places.get(name).or_else(by_alias)
    }

    /// A resource by `exporter/group/class/name`.
    pub fn resource(&self, path: &str) -> Option<&Exported> {
        let parts: Vec<_> = path.split('/').collect();
        let [exporter, group, _, name] = parts.as_slice() else {
            return None;
        };
        self.resources.get(&ResourcePath {
            exporter: Some((*exporter).to_owned()),
            group: (*group).to_owned(),
            name: (*name).to_owned(),
        })
    }

    /// What a place wants of which nothing is exported.
    pub fn unmatched<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = &'a Match> {
        let has = |wanted: &Match| self.resources.values().any(|r| wanted.fits(r));
        place.matches.iter().filter(move |wanted| !has(wanted))
    }
}

impl Match {
    /// As the coordinator compares them.
    pub fn fits(&self, resource: &Exported) -> bool {
        let path = resource.path.clone().unwrap_or_default();
        let name = self.name.as_deref().filter(|name| !name.is_empty());
        wild(&self.exporter, path.exporter.as_deref().unwrap_or_default())
            && wild(&self.group, &path.group)
            && wild(&self.class, &resource.class)
            && name.is_none_or(|name| wild(name, &path.name))
    }

    /// `exporter/group/class/name`, as people write it.
    pub fn pattern(&self) -> String {
        let Self {
            exporter,
            group,
            class,
            name,
            ..
        } = self;
        match name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("{exporter}/{group}/{class}/{name}"),
            None => format!("{exporter}/{group}/{class}"),
        }
    }
}

/// `*` and `?` of a pattern; sets in brackets are taken as they are written, nothing here rests on them.
fn wild(pattern: &str, text: &str) -> bool {
    if pattern.contains('[') {
        // Whether it fits is the coordinator's to say.
        return true;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((star, at)) => {
                    back = Some((star, at + 1));
                    p = star + 1;
                    t = at + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_those_of_the_coordinator() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("*", "anything", true),
            ("desk-*", "desk-3", true),
            ("desk-*", "shelf-3", false),
            ("*-3", "desk-3-3", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("d?sk", "desk", true),
            ("d?sk", "dsk", false),
            ("desk", "Desk", false),
            ("desk", "desk-3", false),
            ("", "", true),
        ] {
            assert_eq!(wild(pattern, text), fits, "{pattern} {text}");
        }
    }
}
