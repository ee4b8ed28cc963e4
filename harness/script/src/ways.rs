//! By which door a device script goes in. That a unit refuses something says nothing where it was asked at a door that
//! takes nothing: a refusal counts by a way by which, in the same case, something was accepted.

use crate::values::Reply;
use proofhouse_model::Op;
use proofhouse_model::op::StreamOp;
use std::collections::{BTreeMap, BTreeSet};

/// Most ways kept of one kind: a script that goes in everywhere is not followed for ever.
const MOST: usize = 256;

/// What operations offer their unit, and by which ways it was taken or refused.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    accepted: BTreeMap<&'static str, BTreeSet<String>>,
    refused: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Ways {
    /// An operation came back.
    pub(crate) fn told(&mut self, op: &str, reply: Reply, ways: BTreeSet<String>) {
        let Some(kind) = kind(op) else { return };
        let known = match reply {
            Reply::Accepted => self.accepted.entry(kind).or_default(),
            Reply::Refused | Reply::Throttled => self.refused.entry(kind).or_default(),
        };
        let room = MOST.saturating_sub(known.len());
        known.extend(ways.into_iter().take(room));
    }

    /// Why refusals of this case show nothing: they came by other ways than anything was accepted by.
    pub(crate) fn elsewhere(&self) -> Option<String> {
        self.refused.iter().find_map(|(kind, refused)| {
            let accepted = self.accepted.get(kind)?;
            let odd = refused.iter().find(|way| !accepted.contains(*way))?;
            let one = accepted.iter().next()?;
            Some(format!(
                "device.star: `{kind}` was refused at {odd}, where the unit accepts none: what it accepted went to \
                 {one}. A refusal counts only where something can be accepted"
            ))
        })
    }
}

/// Operations that go in by the same doors: a device in factory state takes a password in its set-up.
fn kind(op: &str) -> Option<&'static str> {
    match op {
        "login" | "login_owner" | "set_up" | "try_set_up" => Some("login"),
        "change_password" => Some("change_password"),
        "install" => Some("install"),
        "works" => Some("works"),
        "works_locally" => Some("works_locally"),
        _ => None,
    }
}

/// Whether every way that an operation takes counts, and not just that of what it is given to offer.
pub(crate) fn counts_whole(op: &str) -> bool {
    matches!(op, "works" | "works_locally" | "set_up" | "try_set_up")
}

/// Pages that are read on the way, for a form or a token, are no door.
pub(crate) fn only_reads(op: &Op) -> bool {
    let method = match op {
        Op::Http(http) => &http.method,
        Op::Coap(coap) => &coap.method,
        _ => return false,
    };
    ["GET", "HEAD"]
        .iter()
        .any(|m| method.eq_ignore_ascii_case(m))
}

/// The door of an op, as a person would name it; `None` for what is said to no unit.
pub(crate) fn way(op: &Op) -> Option<String> {
    Some(match op {
        Op::Console(_) => "the console".to_owned(),
        Op::Http(http) => {
            let scheme = if http.tls { "https" } else { "http" };
            format!("{} {scheme}:{}{}", http.method, http.port, door(&http.path))
        }
        Op::Coap(coap) => format!("{} coap:{}{}", coap.method, coap.port, door(&coap.path)),
        Op::Stream(StreamOp::Open { port, .. }) => format!("TCP {port}"),
        Op::Stream(_) => "a TCP connection".to_owned(),
        Op::Datagram(datagram) => format!("UDP {}", datagram.port),
        _ => return None,
    })
}

/// A path without what differs from one use to the next: numbers of its own, values of its query.
fn door(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.split(';').next().unwrap_or(path);
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit());
    let parts = path
        .split('/')
        .map(|part| if number(part) { "#" } else { part });
    let parts: Vec<_> = parts.collect();
    let keys: BTreeSet<_> = query
        .split('&')
        .filter(|q| !q.is_empty())
        .map(|q| q.split('=').next().unwrap_or(q))
        .collect();
    let mut out = parts.join("/");
    if !keys.is_empty() {
        out.push('?');
        out.push_str(&keys.into_iter().collect::<Vec<_>>().join("&"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ways: &[&str]) -> BTreeSet<String> {
        ways.iter().map(|w| (*w).to_owned()).collect()
    }

    #[test]
    fn a_refusal_at_a_door_that_takes_nothing_shows_nothing() {
        let mut ways = Ways::default();
        ways.told("install", Reply::Refused, set(&["POST https:443/updates"]));
        assert_eq!(
            ways.elsewhere(),
            None,
            "nothing is known of the right door yet"
        );
        ways.told("install", Reply::Accepted, set(&["POST https:443/update"]));
        let why = ways.elsewhere().unwrap();
        assert!(
            why.contains("/updates") && why.contains("/update."),
            "{why}"
        );
        ways.told("install", Reply::Accepted, set(&["POST https:443/updates"]));
        assert_eq!(ways.elsewhere(), None);
        ways.told("login", Reply::Throttled, set(&["the console"]));
        ways.told("login_owner", Reply::Accepted, set(&["the console"]));
        assert_eq!(ways.elsewhere(), None);
    }

    #[test]
    fn what_differs_from_one_use_to_the_next_makes_no_other_door() {
        assert_eq!(
            door("/upload/17/chunk?n=3&size=9"),
            door("/upload/a2/chunk?size=1&n=1")
        );
        assert_ne!(door("/update?dry=1"), door("/update"));
        assert_ne!(door("/update1"), door("/update2"));
        assert_eq!(door("/login;jsessionid=1"), "/login");
    }
}
