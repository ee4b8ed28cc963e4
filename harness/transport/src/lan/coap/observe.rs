//! Resources that a device tells of whenever they change (RFC 7641).
//!
//! A task of its own hears each, so that notifications are acknowledged while a case does something else: a device that
//! gets no acknowledgement forgets who observes.

use super::{Heard, Talk, answer_of, empty, message};
use crate::budget::Budget;
use crate::net::{self, Gate, Host};
use crate::sync::hold;
use coap_lite::{CoapOption, MessageType, Packet};
use proofhouse_model::observation::CoapAnswer;
use proofhouse_model::op::CoapOp;
use proofhouse_model::{Bytes, Channel, Trouble};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Observed at once.
pub const MOST: usize = 16;
/// Notifications kept until somebody asks; later ones are dropped.
const KEPT: usize = 64;
/// Number of the option.
const OBSERVE: u16 = 6;

/// What is observed of one unit, by number from 1 on. Dropped, all of it is forgotten.
pub struct Observations {
    unit: Host,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    open: BTreeMap<u32, Arc<Open>>,
    last: u32,
}

struct Open {
    path: String,
    told: tokio::sync::Mutex<mpsc::Receiver<CoapAnswer>>,
    hears: JoinHandle<()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.hears.abort();
    }
}

impl Observations {
    /// Of a unit; none yet.
    #[must_use]
    pub fn new(unit: impl Into<Host>) -> Self {
        Self {
            unit: unit.into(),
            table: Mutex::default(),
        }
    }

    /// Registers. Brings the number, whether the device will tell of changes, and what the resource is now.
    ///
    /// # Errors
    /// As [`super::exchange`]; more than [`MOST`] at once (case).
    pub fn start(
        &self,
        port: u16,
        path: &str,
        budget: &Budget,
    ) -> Result<(u32, bool, CoapAnswer), Trouble> {
        if hold(&self.table).open.len() >= MOST {
            let what = format!("more than {MOST} resources observed at once: stop one first");
            return Err(Trouble::case(what));
        }
        let to = self.unit.at(port, budget)?;
        let op = CoapOp {
            method: "GET".to_owned(),
            port,
            path: path.to_owned(),
            payload: Bytes::default(),
            options: vec![(OBSERVE, Bytes::default())],
            confirmable: true,
            within: budget.given(),
        };
        let guard = budget.with_grace(super::GRACE);
        let late = || super::silent(to, &op, budget);
        let (talk, heard) = net::run(&guard, late, async {
            let mut talk = Talk::open(&self.unit, to, &op, budget).await?;
            let heard = talk.answer(op.confirmable).await?;
            Ok((talk, heard))
        })?;
        let packet = match heard {
            Some(Heard::Answer(packet)) => Some(packet),
            Some(Heard::Reset) => None,
            None => return Err(talk.received.trouble(to, &op, budget)),
        };
        let registered = packet.as_ref().is_some_and(|p| is_observed(p));
        let answer = packet.map_or_else(empty, |packet| answer_of(*packet));
        let (tell, told) = mpsc::channel(KEPT);
        let hears = net::runtime()?.spawn(hear(
            talk.socket,
            talk.request,
            tell,
            self.unit.way.gate.clone(),
        ));
        let open = Open {
            path: path.to_owned(),
            told: told.into(),
            hears,
        };
        let mut table = hold(&self.table);
        table.last += 1;
        let number = table.last;
        table.open.insert(number, Arc::new(open));
        Ok((number, registered, answer))
    }

    /// The next notification.
    ///
    /// # Errors
    /// Nothing came in time (silent); there is no such number (case).
    pub fn next(&self, number: u32, budget: &Budget) -> Result<CoapAnswer, Trouble> {
        let open = hold(&self.table).open.get(&number).cloned();
        let open = open.ok_or_else(|| no_such(number))?;
        let silent = |why: &str| {
            let what = format!("nothing was told of {} {why}", open.path);
            Trouble::silent(Channel::Lan, what)
        };
        let late = || silent(&format!("within {}", budget.given()));
        net::run(budget, late, async {
            let mut told = open.told.lock().await;
            told.recv()
                .await
                .ok_or_else(|| silent("any more: its port is closed"))
        })
    }

    /// Forgets one.
    ///
    /// # Errors
    /// There is no such number (case).
    pub fn stop(&self, number: u32) -> Result<(), Trouble> {
        let open = hold(&self.table).open.remove(&number);
        open.map(drop).ok_or_else(|| no_such(number))
    }

    /// How many are observed.
    #[must_use]
    pub fn count(&self) -> usize {
        hold(&self.table).open.len()
    }

    /// Forgets all, as at the end of a case.
    pub fn stop_all(&self) {
        hold(&self.table).open.clear();
    }
}

fn no_such(number: u32) -> Trouble {
    Trouble::case(format!("nothing is observed under the number {number}"))
}

fn is_observed(packet: &Packet) -> bool {
    packet.get_first_option(CoapOption::Observe).is_some()
}

/// Hears one resource until it is aborted or nobody listens.
async fn hear(
    socket: UdpSocket,
    request: Packet,
    tell: mpsc::Sender<CoapAnswer>,
    gate: Option<Gate>,
) {
    let mut buffer = vec![0; 65_535];
    let mut last = None;
    // A refusal of an acknowledgement shows at the next receive.
    while let Ok(n) = socket.recv(&mut buffer).await {
        // What is sent to somebody who is cut off is lost.
        if gate.as_ref().is_some_and(|gate| gate.is_shut().is_some()) {
            continue;
        }
        let message::Answer::Is(packet) = message::judge(&request, &buffer[..n]) else {
            continue;
        };
        let id = packet.header.message_id;
        if packet.header.get_type() == MessageType::Confirmable {
            let _ = socket.send(&message::acknowledge(id)).await;
        }
        // The same again, because its acknowledgement was lost.
        if last.replace(id) == Some(id) {
            continue;
        }
        if let Err(mpsc::error::TrySendError::Closed(_)) = tell.try_send(answer_of(*packet)) {
            return;
        }
    }
}
