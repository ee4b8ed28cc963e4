//! The verdict logic once more over a recording, without any device.
//!
//! Each attempt of each task is carried out again against a host that answers from the journal. What the script makes
//! of it (checks, notes, measured values, its end) takes the place of what was recorded; everything else stays. Under
//! the same suite that gives the same events, and so the same reports.

mod host;
mod recording;
#[cfg(test)]
mod tests;
mod words;

use crate::job::{CaseBody, RunProduct};
use crate::mask::SecretBook;
use host::ReplayHost;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{
    BlobId, CaseId, Dur, Event, Fact, Plan, ProductId, SecretKind, Task, TaskId, Trouble,
};
use proofhouse_script::{Host, stand_in};
use recording::Attempt;
use std::collections::BTreeMap;
use std::sync::Arc;
pub use words::told_apart;

/// Deep scripts need it, as in a run.
const STACK: usize = 8 * 1024 * 1024;

/// Where evidence kept as a blob is read.
pub type Blobs = Arc<dyn Fn(&BlobId) -> Option<Vec<u8>> + Send + Sync>;

/// What is judged again, and by what.
pub struct Rejudge<'a> {
    /// The plan; tasks with the heads of the cases that judge now.
    pub plan: &'a Plan,
    /// Time of the cases whose head gives them another one than they had in the run.
    pub within: BTreeMap<TaskId, Dur>,
    /// What was recorded under it.
    pub events: &'a [Event],
    /// The cases that judge.
    pub cases: &'a BTreeMap<CaseId, Arc<dyn CaseBody>>,
    /// Profiles and device scripts.
    pub products: &'a BTreeMap<ProductId, RunProduct>,
    /// Evidence of the run.
    pub blobs: Blobs,
}

/// What came of it.
pub struct Rejudged {
    /// The events as they would have been.
    pub events: Vec<Event>,
    /// Tasks whose case asks for what the recording does not hold, with where it left it.
    pub left: Vec<(TaskId, String)>,
}

impl Rejudge<'_> {
    /// Judges every attempt whose script began. Takes no longer than the scripts themselves: waits are over at once.
    #[must_use]
    pub fn judge(&self) -> Rejudged {
        let books = self.books();
        let mut left = Vec::new();
        let mut made: Vec<Event> = Vec::new();
        let mut replaced: Vec<u64> = Vec::new();
        for task in &self.plan.tasks {
            for attempt in recording::attempts(self.events, task.id) {
                let (events, why) = self.attempt(task, &attempt, book_of(&books, &attempt));
                replaced.extend(attempt.made_by_script());
                made.extend(events);
                left.extend(why.map(|why| (task.id, why)));
            }
        }
        replaced.sort_unstable();
        let kept = self.events.iter();
        let kept = kept.filter(|e| replaced.binary_search(&e.seq).is_err());
        let mut events: Vec<Event> = kept.cloned().chain(made).collect();
        // Stable: what has no place of its own follows what it was made after.
        events.sort_by_key(|e| e.seq);
        Rejudged { events, left }
    }

    /// How many short pieces of secrets a recorded report has where one that is written now has other bytes: what a
    /// case said may have had the beginning of a token in it by chance, and of its stand-in it has none. `None` where
    /// it is another report.
    #[must_use]
    pub fn passed_over(&self, recorded: &[u8], now: &[u8]) -> Option<usize> {
        match recorded == now {
            true => Some(0),
            false => self.book(self.events).passed_over(recorded, now),
        }
    }

    /// The books of a run's parts, each with the place of its first event; most runs have one part. Each part had a
    /// salt of its own, so that one secret has another mark in each.
    fn books(&self) -> Vec<(u64, Arc<SecretBook>)> {
        let part = |event: &Event| matches!(event.fact, Fact::ShardBegan(_));
        let mut begins: Vec<usize> = (0..self.events.len())
            .filter(|at| part(&self.events[*at]))
            .collect();
        if begins.first() != Some(&0) {
            begins.insert(0, 0);
        }
        let ends = begins.iter().skip(1).copied().chain([self.events.len()]);
        let parts = begins.iter().copied().zip(ends);
        let books = parts.map(|(from, to)| {
            let events = &self.events[from..to];
            let first = events.first().map_or(0, |event| event.seq);
            (first, Arc::new(self.book(events)))
        });
        books.collect()
    }

    /// Stand-ins for every secret of a part, under the names they have in the journal; values of a profile are as they
    /// are.
    fn book(&self, events: &[Event]) -> SecretBook {
        let profiles = self.products.values().map(|p| &p.profile);
        let values = profiles.flat_map(|profile| {
            let values = profile.secret_values().into_iter();
            values.map(|(path, value)| (profile.secret_name(&path), value))
        });
        let values: BTreeMap<String, String> = values.collect();
        let mut book = SecretBook::new([0; 16]);
        for event in events {
            if let Fact::SecretKnown(secret) = &event.fact {
                let scope = event.task.filter(|_| secret.kind == SecretKind::Sent);
                let value = values.get(&secret.name).cloned();
                let value = value.unwrap_or_else(|| stand_in(secret));
                let called = (secret.name.as_str(), secret.hash.as_str());
                book.learn_as(called, secret.kind, value.as_bytes(), scope);
            }
        }
        book
    }

    fn attempt(
        &self,
        task: &Task,
        attempt: &Attempt,
        book: &Arc<SecretBook>,
    ) -> (Vec<Event>, Option<String>) {
        let (body, product) = (
            self.cases.get(&task.case.id),
            self.products.get(&task.product),
        );
        let (Some(body), Some(product)) = (body, product) else {
            let why = "its case is not in this suite any more".to_owned();
            let end = CaseEnd::Stopped {
                trouble: Trouble::case(why.clone()),
                place: None,
            };
            return (attempt.ended(end).into_iter().collect(), Some(why));
        };
        let host = Arc::new(ReplayHost::new(
            self.plan,
            Arc::clone(&product.profile),
            attempt.clone(),
            self.within.get(&task.id).copied(),
            Arc::clone(book),
            Arc::clone(&self.blobs),
        ));
        let end = carried_out(body, product, Arc::clone(&host));
        host.finish(end)
    }
}

/// The book of the part that an attempt is in. A plan's parts are never empty, so that there is one.
fn book_of<'a>(books: &'a [(u64, Arc<SecretBook>)], attempt: &Attempt) -> &'a Arc<SecretBook> {
    let at = attempt.facts.first().map_or(0, |event| event.seq);
    let before = books.partition_point(|(first, _)| *first <= at);
    &books[before.saturating_sub(1)].1
}

/// On a thread with the stack of a run.
fn carried_out(body: &Arc<dyn CaseBody>, product: &RunProduct, host: Arc<ReplayHost>) -> CaseEnd {
    let (body, device) = (Arc::clone(body), product.device.clone());
    let work = move || body.run(device.as_deref(), host as Arc<dyn Host>);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    let stopped = |what: &str| CaseEnd::Stopped {
        trouble: Trouble::case(what),
        place: None,
    };
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(end)) => end,
        Ok(Err(_)) => stopped("the case panicked"),
        Err(_) => stopped("there is no thread for the case"),
    }
}
