//! A switch over SNMP, version 1 or 2c.

use crate::budget::Budget;
use crate::net::Host;
use proofhouse_model::switch::{Form, Request, Seen, Snmp, SnmpVersion, State, Values};
use snmp2::{Error, Oid, SyncSession, Value};
use std::net::SocketAddr;
use std::time::Duration;

/// Requests sent for one answer: datagrams get lost.
const TRIES: u32 = 3;

/// Requests to one switch.
pub(super) struct Talk<'a> {
    snmp: &'a Snmp,
    to: SocketAddr,
    values: &'a Values,
    /// Of the next request.
    number: i32,
}

impl<'a> Talk<'a> {
    pub(super) fn new(
        snmp: &'a Snmp,
        host: &Host,
        values: &'a Values,
        budget: &Budget,
    ) -> Result<Self, String> {
        let to = host.at(values.port, budget);
        let to = to.map_err(|t| format!("cannot be asked: {}", t.what))?;
        // An answer to an earlier talk from the same port has another number.
        let number = budget.left().subsec_nanos() as i32 & 0x0fff_ffff;
        Ok(Self {
            snmp,
            to,
            values,
            number,
        })
    }

    /// The number that an object has, or has now that it was set.
    fn exchange(&mut self, request: &Request, budget: &Budget) -> Result<i64, String> {
        let Request::Snmp { oid, value } = request else {
            return Err("has a model that sends something else than SNMP".to_owned());
        };
        let name = oid.fill(self.values, Form::Plain);
        let arcs: Result<Vec<u64>, _> = name.split('.').map(str::parse).collect();
        let oid = arcs.ok().and_then(|arcs| Oid::from(&arcs).ok());
        let oid = oid.ok_or("has a model whose object has no number")?;
        let each = budget.left() / TRIES;
        for _ in 0..TRIES {
            let left = budget.left().min(each).max(Duration::from_millis(1));
            if budget.left().is_zero() {
                break;
            }
            let mut session = self.session(left)?;
            let answer = match value {
                None => session.get(&oid),
                Some(value) => session.set(&[(&oid, Value::Integer((*value).into()))]),
            };
            match answer {
                Ok(pdu) if pdu.error_status != 0 => {
                    let why = fault(pdu.error_status);
                    return Err(format!("refuses {name}: {why}"));
                }
                Ok(mut pdu) => {
                    return match pdu.varbinds.next() {
                        Some((own, Value::Integer(n))) if own == oid => Ok(n),
                        Some((own, other)) if own == oid => {
                            Err(format!("has no number at {name}, but {other:?}"))
                        }
                        _ => Err(format!("answers with another object than {name}")),
                    };
                }
                // Of another request, or none at all: it is asked again.
                Err(Error::Receive | Error::RequestIdMismatch) => {}
                Err(Error::Send) => {
                    return Err("cannot be asked: nothing can be sent there".to_owned());
                }
                Err(e) => return Err(format!("answers with no SNMP: {e}")),
            }
        }
        Err(format!("does not answer within {}", budget.given()))
    }

    fn session(&mut self, within: Duration) -> Result<SyncSession, String> {
        let community = self.values.password.as_bytes();
        self.number = self.number.wrapping_add(1) & 0x0fff_ffff;
        let open = match self.snmp.version {
            SnmpVersion::V1 => SyncSession::new_v1::<SocketAddr>,
            SnmpVersion::V2c => SyncSession::new_v2c::<SocketAddr>,
        };
        let session = open(self.to, community, Some(within), self.number);
        session.map_err(|e| format!("cannot be asked: {e}"))
    }
}

impl super::Talk for Talk<'_> {
    fn tell(&mut self, request: &Request, budget: &Budget) -> Result<(), String> {
        self.exchange(request, budget).map(drop)
    }

    fn ask(&mut self, state: &State, budget: &Budget) -> Result<bool, String> {
        let number = self.exchange(&state.ask, budget)?.to_string();
        match state.seen(number.as_bytes(), true, self.values) {
            Seen::Is(on) => Ok(on),
            _ => Err(format!("cannot be read back: it says {number}")),
        }
    }
}

/// An error status in words (RFC 3416, section 3).
fn fault(status: u32) -> String {
    let name = match status {
        2 => "it has no such object: is the outlet there?",
        4 | 17 => "it cannot be written",
        6 => "the community may not do that",
        7 | 10 => "it takes no such value",
        16 => "the community may not write",
        other => return format!("error {other}"),
    };
    name.to_owned()
}
