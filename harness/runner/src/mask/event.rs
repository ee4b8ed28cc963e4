//! Secrets in events: first the texts that may be pieces of a stream, then every other text.

use super::book::{Least, SecretBook};
use super::stream::{Streams, Way};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::observation::Matched;
use proofhouse_model::op::{ConsoleOp, StreamOp};
use proofhouse_model::{
    Bytes, Event, Fact, InClear, Observation, Op, SecretFacts, TaskId, Trouble,
};
use serde_json::Value;

/// Kinds of streams; 0 is what consoles say.
mod kind {
    pub(super) const SENT: u32 = 1;
    pub(super) const SEEN: u32 = 2;
    pub(super) const NOTED: u32 = 3;
    pub(super) const CHECKED: u32 = 4;
    /// Bodies and payloads, by what carries them.
    pub(super) const ASKED: u32 = 0x100;
    pub(super) const ANSWERED: u32 = 0x200;
    /// Connections, by their number.
    pub(super) const STREAM: u32 = 0x1_0000;
}

/// Words of the record itself: they are no text of a device, and an event would not be one without them.
const STRUCTURE: &[&str] = &[
    "is",
    "on",
    "do",
    "saw",
    "how",
    "to",
    "kind",
    "finding",
    "credential",
    "level",
    "unit",
    "units",
    "case",
    "wall",
    "hash",
    "blob",
    "serves",
    "guides",
    "channel",
    "end",
    "plan",
    "mode",
    "at-most",
    "at-least",
    "witness",
    "encoding",
    "versions",
    "length",
    "certificate",
    "took",
    "after",
    "within",
    "at",
];

impl SecretBook {
    /// The event with every secret replaced.
    #[must_use]
    pub(crate) fn mask_event(&self, mut event: Event, streams: &mut Streams) -> Event {
        if let Fact::SecretKnown(SecretFacts { name, .. })
        | Fact::SecretInClear(InClear { name, .. }) = &mut event.fact
        {
            // It is found by its name; a piece of another one, such as `passwo`, does not change that.
            let masked = self.mask_whole(name.as_bytes(), event.task);
            *name = String::from_utf8_lossy(&masked).into_owned();
            return event;
        }
        self.mask_pieces(&mut event, streams);
        if !self.touches_texts(&event) {
            return event;
        }
        let Ok(mut value) = serde_json::to_value(&event) else {
            return withheld(event);
        };
        each_text(&mut value, &|bytes| {
            self.mask_bytes(bytes, event.task).into_owned()
        });
        // An event is made of strings and numbers only; what is masked stays an event.
        serde_json::from_value(value).unwrap_or_else(|_| withheld(event))
    }

    /// Looks at every text of an event as it is, not as JSON writes it.
    fn touches_texts(&self, event: &Event) -> bool {
        if self.secrets.is_empty() {
            return false;
        }
        let Ok(json) = serde_json::to_vec(&event.fact) else {
            return true;
        };
        texts(&json, |text| self.touches_piece(text, event.task))
    }

    fn mask_pieces(&self, event: &mut Event, streams: &mut Streams) {
        if self.secrets.is_empty() {
            return;
        }
        let task = event.task;
        let unit = event.unit.clone();
        let way = |kind| Way::new(task, unit.as_ref(), kind);
        match &mut event.fact {
            Fact::Heard { .. } => {}
            Fact::ScriptBegan | Fact::ScriptEnded => streams.end_all_of(task),
            Fact::TaskEnded { end } => {
                streams.end_all_of(task);
                if let CaseEnd::Stopped { trouble, .. } = end {
                    self.mask_quotes(trouble, task);
                }
            }
            Fact::UnitBroken { trouble }
            | Fact::UnitLeft { trouble, .. }
            | Fact::MayBeOn { trouble } => self.mask_quotes(trouble, task),
            Fact::OpStarted { op } => self.mask_op(op, streams, &way),
            Fact::OpEnded { saw, .. } => self.mask_seen(saw, streams, &way),
            Fact::OpFailed { trouble, .. } => self.mask_quotes(trouble, task),
            Fact::Noted { text } | Fact::Limited { text } => {
                self.mask_text(text, streams, way(kind::NOTED));
            }
            Fact::Checked(check) => {
                let texts = [&mut check.holds, &mut check.otherwise, &mut check.detail];
                for (text, n) in texts.into_iter().zip(kind::CHECKED..) {
                    self.mask_text(text, streams, way(kind::CHECKED * 0x10 + n));
                }
            }
            _ => {}
        }
    }

    fn mask_op(&self, op: &mut Op, streams: &mut Streams, way: &impl Fn(u32) -> Way) {
        match op {
            Op::Console(ConsoleOp::Send { bytes }) => {
                self.mask_piece(bytes, streams, way(kind::SENT), Least::Bytes(2));
            }
            Op::Console(ConsoleOp::Ask { line, .. }) => {
                self.mask_piece(line, streams, way(kind::SENT), Least::Half);
                // Its line end comes between.
                streams.end(way(kind::SENT));
            }
            Op::Stream(StreamOp::Send { stream, bytes }) => {
                let way = way(kind::STREAM + *stream);
                self.mask_piece(bytes, streams, way, Least::Bytes(2));
            }
            op => {
                let carrier = kind::ASKED + carrier(op) * 0x10;
                for (bytes, n) in op.bytes_mut().into_iter().zip(0..0x10) {
                    self.mask_piece(bytes, streams, way(carrier + n), Least::Half);
                }
            }
        }
    }

    fn mask_seen(&self, saw: &mut Observation, streams: &mut Streams, way: &impl Fn(u32) -> Way) {
        match saw {
            Observation::Matched(matched) => self.mask_match(matched, streams, way(kind::SEEN)),
            Observation::Unseen { heard } => {
                let mut piece = streams.piece(self, way(kind::SEEN), heard, Least::Bytes(4));
                piece.add_head(self, Least::Bytes(4), None);
                *heard = piece.masked(self, 0, heard.len()).into();
                streams.end(way(kind::SEEN));
            }
            saw => {
                let carrier = kind::ANSWERED + answer(saw) * 0x10;
                for (bytes, n) in saw.bytes_mut().into_iter().zip(0..0x10) {
                    self.mask_piece(bytes, streams, way(carrier + n), Least::Half);
                }
            }
        }
    }

    /// What came before a match and the match are one text; its groups are parts of it.
    fn mask_match(&self, matched: &mut Matched, streams: &mut Streams, way: Way) {
        if matched.before.kept().is_some() || matched.text.kept().is_some() {
            return;
        }
        let all = [&matched.before[..], &matched.text[..]].concat();
        let mut piece = streams.piece(self, way, &all, Least::Bytes(4));
        piece.add_head(self, Least::Bytes(4), None);
        if piece.spans.is_empty() {
            return;
        }
        let cut = matched.before.len();
        for group in &mut matched.groups {
            if let Some(masked) = piece.part(self, group, cut) {
                *group = masked.into();
            }
        }
        matched.before = piece.masked(self, 0, cut).into();
        matched.text = piece.masked(self, cut, all.len()).into();
    }

    fn mask_piece(&self, bytes: &mut Bytes, streams: &mut Streams, way: Way, least: Least) {
        // Those that are kept were masked as they were.
        if bytes.kept().is_some() {
            return;
        }
        let piece = streams.piece(self, way, bytes, least);
        if !piece.spans.is_empty() {
            *bytes = piece.masked(self, 0, bytes.len()).into();
        }
    }

    fn mask_text(&self, text: &mut String, streams: &mut Streams, way: Way) {
        let piece = streams.piece(self, way, text.as_bytes(), Least::Half);
        if !piece.spans.is_empty() {
            let masked = piece.masked(self, 0, text.len());
            *text = String::from_utf8_lossy(&masked).into_owned();
        }
    }

    /// What a trouble quotes was cut out of what a device said.
    fn mask_quotes(&self, trouble: &mut Trouble, task: Option<TaskId>) {
        let quotes = trouble.what.split('"').map(|piece| {
            let bytes = piece.as_bytes();
            let spans = self.cover_ends(bytes, Least::Bytes(4), task);
            let masked = self.render(bytes, &spans, 0, bytes.len());
            String::from_utf8_lossy(&masked).into_owned()
        });
        let quotes: Vec<String> = quotes.collect();
        let whole = self.mask_bytes(trouble.what.as_bytes(), task);
        trouble.what = match whole {
            // A secret with a quotation mark in it is no piece between two.
            std::borrow::Cow::Owned(masked) => String::from_utf8_lossy(&masked).into_owned(),
            std::borrow::Cow::Borrowed(_) => quotes.join("\""),
        };
    }
}

/// A number for what carries an op's bytes.
fn carrier(op: &Op) -> u32 {
    match op {
        Op::Http(_) => 1,
        Op::Coap(_) | Op::Observe(_) => 2,
        Op::Datagram(_) => 3,
        Op::Mqtt(_) => 4,
        Op::Instrument(_) => 5,
        Op::Tap(_) => 7,
        _ => 6,
    }
}

/// A number for what brought an answer.
fn answer(saw: &Observation) -> u32 {
    match saw {
        Observation::Http(_) => 1,
        Observation::Coap(_) | Observation::Observing { .. } => 2,
        Observation::Datagram { .. } => 3,
        Observation::Message { .. } => 4,
        Observation::Ports(_) => 5,
        _ => 6,
    }
}

/// Whether one of the strings of a JSON text is as wanted; hex of bytes is looked at as the bytes that it is.
fn texts(json: &[u8], mut wanted: impl FnMut(&[u8]) -> bool) -> bool {
    let mut at = 0;
    let mut hex = false;
    while let Some(open) = json[at..].iter().position(|b| *b == b'"') {
        let from = at + open + 1;
        let mut to = from;
        let mut escaped = false;
        while let Some(byte) = json.get(to) {
            match byte {
                b'"' => break,
                b'\\' => (escaped, to) = (true, to + 2),
                _ => to += 1,
            }
        }
        let inner = json.get(from..to).unwrap_or_default();
        let found = match (hex, escaped) {
            (true, _) => wanted(&proofhouse_model::bytes::from_hex(inner)),
            (_, false) => wanted(inner),
            (_, true) => serde_json::from_slice::<String>(&json[from - 1..json.len().min(to + 1)])
                .map_or(true, |text| wanted(text.as_bytes())),
        };
        if found {
            return true;
        }
        hex = inner == b"hex" && json.get(to + 1) == Some(&b':');
        at = to + 1;
        if at >= json.len() {
            break;
        }
    }
    false
}

/// Maps whose keys are a stranger's: no word of the record stands in them.
const OF_OTHERS: &[&str] = &["facts", "wanted", "found", "measurement"];

/// Changes every text of a JSON value that is not a word of the record itself.
pub(crate) fn each_text(value: &mut Value, change: &impl Fn(&[u8]) -> Vec<u8>) {
    walk(value, STRUCTURE, change);
}

fn walk(value: &mut Value, words: &[&str], change: &impl Fn(&[u8]) -> Vec<u8>) {
    match value {
        Value::String(text) => {
            let changed = change(text.as_bytes());
            if changed != text.as_bytes() {
                *text = String::from_utf8_lossy(&changed).into_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| walk(v, words, change)),
        Value::Object(map) => {
            for (key, v) in map.iter_mut() {
                match v {
                    // Binary bytes travel as hex of themselves: it is about what they say, not about their digits.
                    Value::String(hex) if key == "hex" => change_hex(hex, change),
                    Value::String(_) | Value::Array(_) if words.contains(&key.as_str()) => {}
                    _ if OF_OTHERS.contains(&key.as_str()) => walk(v, &[], change),
                    _ => walk(v, words, change),
                }
            }
        }
        _ => {}
    }
}

fn change_hex(hex: &mut String, change: &impl Fn(&[u8]) -> Vec<u8>) {
    let bytes = proofhouse_model::bytes::from_hex(hex.as_bytes());
    *hex = proofhouse_model::bytes::to_hex(&change(&bytes));
}

/// What is written when masking broke an event: that it was there, and nothing of its content.
fn withheld(mut event: Event) -> Event {
    event.fact = Fact::Noted {
        text: "an event was withheld because its secrets could not be masked".to_owned(),
    };
    event
}
