//! Secrets that were written before they were known: a device makes one up and says it, and only later is it named, or
//! stands in a usual place. What is written cannot be taken back; the record says so itself.

use super::Recorder;
use crate::mask::{SecretBook, each_text};
use proofhouse_journal::{ReadError, Reader, read_blob};
use proofhouse_model::{Because, Event, Fact, InClear, SecretKind, Seq, TaskId, Trouble, UnitName};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Most such secrets looked for: a device may make up one an op.
const MOST: usize = 10_000;
/// Shorter ones stand somewhere by chance.
const TELLING: usize = 6;

/// A secret that may have been said before it was known.
#[derive(Clone)]
pub(super) struct Late {
    name: String,
    hash: String,
    value: Vec<u8>,
}

impl Late {
    /// One that was found or named. What was made for a case did not exist before, and what a case sent is its own
    /// word: a guess, or what is public.
    pub(super) fn may_be(kind: SecretKind, value: &[u8]) -> bool {
        matches!(kind, SecretKind::Found | SecretKind::Named) && value.len() >= TELLING
    }

    pub(super) fn new(name: &str, hash: &str, value: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            hash: hash.to_owned(),
            value: value.to_vec(),
        }
    }
}

/// What an event told of a secret: which one, in which event, of which task and unit.
type Told = (String, Seq, Option<TaskId>, Option<UnitName>);

impl Recorder {
    /// Says of each secret where it stands that was written before it was known.
    pub(super) fn look_back(&self) -> Result<(), Trouble> {
        let (late, folder) = {
            let mut inner = self.lock();
            let folder = inner.log()?.folder();
            let mut late = std::mem::take(&mut inner.late);
            late.truncate(MOST);
            (late, folder)
        };
        let (Some(folder), false) = (folder, late.is_empty()) else {
            return Ok(());
        };
        let Ok(told) = Looking::new(&late).over(&folder) else {
            let text = "whether secrets that became known late stand in this record could not be looked at";
            let text = text.to_owned();
            return self.record(None, None, Fact::Noted { text }).map(drop);
        };
        for (name, event, task, unit) in told {
            let because = Because::Unknown { event };
            let fact = Fact::SecretInClear(InClear { name, because });
            self.record(task, unit.as_ref(), fact)?;
        }
        Ok(())
    }
}

struct Looking {
    book: SecretBook,
    /// By `name:hash`, those that are not known yet where the look is.
    unknown: BTreeSet<String>,
    /// The end of what each console said and was told, for what comes in pieces.
    ends: BTreeMap<(Option<UnitName>, bool), Vec<u8>>,
    longest: usize,
}

impl Looking {
    fn new(late: &[Late]) -> Self {
        let mut book = SecretBook::new([0; 16]);
        let mut unknown = BTreeSet::new();
        for one in late {
            book.learn_as((&one.name, &one.hash), SecretKind::Found, &one.value, None);
            unknown.insert(format!("{}:{}", one.name, one.hash));
        }
        Self {
            longest: book.longest(),
            book,
            unknown,
            ends: BTreeMap::new(),
        }
    }

    fn over(mut self, folder: &Path) -> Result<Vec<Told>, ReadError> {
        let mut told = Vec::new();
        for event in Reader::open(folder)? {
            let event = event?;
            if let Fact::SecretKnown(known) = &event.fact {
                self.unknown
                    .remove(&format!("{}:{}", known.name, known.hash));
            } else {
                for called in self.in_event(folder, &event) {
                    self.unknown.remove(&called);
                    let name = called.rsplit_once(':').map_or("", |(name, _)| name);
                    let (task, unit) = (event.task, event.unit.clone());
                    told.push((name.to_owned(), event.seq, task, unit));
                }
            }
            if self.unknown.is_empty() {
                break;
            }
        }
        Ok(told)
    }

    /// Those of the unknown that an event tells.
    fn in_event(&mut self, folder: &Path, event: &Event) -> BTreeSet<String> {
        let found = RefCell::new(BTreeSet::new());
        let look = |bytes: &[u8]| found.borrow_mut().extend(self.book.named_in(bytes));
        if let Ok(mut value) = serde_json::to_value(&event.fact) {
            each_text(&mut value, &|bytes| {
                look(bytes);
                bytes.to_vec()
            });
        }
        for (blob, _) in event.blobs() {
            // One that is missing is found by whoever verifies.
            read_blob(folder, blob).iter().for_each(|bytes| look(bytes));
        }
        let heard = matches!(event.fact, Fact::Heard { .. });
        let sent = matches!(event.fact, Fact::OpStarted { .. });
        if heard || sent {
            let end = self.ends.entry((event.unit.clone(), heard)).or_default();
            for bytes in event.fact.bytes() {
                end.extend_from_slice(bytes);
            }
            found.borrow_mut().extend(self.book.named_in(end));
            let over = end.len().saturating_sub(self.longest);
            end.drain(..over);
        }
        let mut found = found.into_inner();
        found.retain(|called| self.unknown.contains(called));
        found
    }
}
