//! CoAP requests over UDP (RFC 7252): retransmission, matching, separate answers, answers in blocks.

mod blocks;
mod message;
pub mod observe;
#[cfg(test)]
mod tests;

use crate::budget::Budget;
use crate::net::{self, Host};
use blocks::Block;
use coap_lite::{MessageType, Packet};
use message::Answer;
use proofhouse_model::observation::CoapAnswer;
use proofhouse_model::op::CoapOp;
use proofhouse_model::{Bytes, Channel, Trouble, TroubleKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// What the inner deadline of an exchange knows better than the outer one, which only guards it.
const GRACE: Duration = Duration::from_secs(5);
/// Largest payload put together from blocks.
const LARGEST: usize = 1 << 20;
/// First wait for an acknowledgement (ACK_TIMEOUT and its random factor, RFC 7252 section 4.8).
const ACK_TIMEOUT: Duration = Duration::from_millis(2000);
const ACK_SPREAD: u32 = 1000;
/// Times a confirmable message is sent again (MAX_RETRANSMIT).
const MAX_RETRANSMIT: u32 = 4;

/// Sends a request and waits for its answer; datagrams that belong to something else are ignored. A
/// message of type reset, or an empty acknowledgement that no answer followed, brings code `0.00`.
///
/// # Errors
/// Nothing came (silent), the port is closed (refused), only rubbish came, or an answer that belongs to no request
/// (garbled), this host's network (bench), a method or path that cannot be sent (case).
pub fn exchange(
    unit: impl Into<Host>,
    op: &CoapOp,
    budget: &Budget,
) -> Result<CoapAnswer, Trouble> {
    let unit = unit.into();
    let to = unit.at(op.port, budget)?;
    // What cannot be sent is told before anything is.
    message::encode(&message::request(op)?)?;
    // The inner deadline knows what was received; the outer one, a little later, only guards it.
    let guard = budget.with_grace(GRACE);
    net::run(&guard, || silent(to, op, budget), async {
        let first = one(&unit, to, op, budget).await?;
        let Some(packet) = first else {
            return Ok(empty());
        };
        let block = Block::of(&packet).filter(|block| block.more);
        let version = blocks::version(&packet);
        let mut answer = answer_of(packet);
        if let Some(block) = block.filter(|block| block.number == 0 && blocks::may_ask(op)) {
            let mut payload = answer.payload.to_vec();
            answer.cut = !the_rest(&unit, to, op, budget, (block, version), &mut payload).await;
            answer.payload = payload.into();
        }
        Ok(answer)
    })
}

/// Every further block; whether all came, and of one version.
async fn the_rest(
    unit: &Host,
    to: SocketAddr,
    op: &CoapOp,
    budget: &Budget,
    (mut block, version): (Block, Option<Vec<u8>>),
    payload: &mut Vec<u8>,
) -> bool {
    while block.more {
        let Some(next) = block.next(op).filter(|_| payload.len() < LARGEST) else {
            return false;
        };
        let Ok(Some(packet)) = one(unit, to, &next, budget).await else {
            return false;
        };
        let came = Block::of(&packet).filter(|b| b.number == block.number + 1);
        let Some(came) = came.filter(|_| blocks::version(&packet) == version) else {
            return false;
        };
        payload.extend_from_slice(&packet.payload);
        block = came;
    }
    true
}

/// One message and its answer; `None` for a reset, or an acknowledgement that no answer followed.
async fn one(
    unit: &Host,
    to: SocketAddr,
    op: &CoapOp,
    budget: &Budget,
) -> Result<Option<Packet>, Trouble> {
    let mut talk = Talk::open(unit, to, op, budget).await?;
    match talk.answer(op.confirmable).await? {
        Some(Heard::Answer(packet)) => Ok(Some(*packet)),
        Some(Heard::Reset) => Ok(None),
        None if talk.received.acknowledged && talk.received.astray.is_none() => Ok(None),
        None => Err(talk.received.trouble(to, op, budget)),
    }
}

enum Heard {
    Answer(Box<Packet>),
    Reset,
}

struct Talk {
    socket: UdpSocket,
    to: SocketAddr,
    request: Packet,
    wire: Vec<u8>,
    deadline: Instant,
    received: Received,
}

#[derive(Default)]
struct Received {
    acknowledged: bool,
    garbled: u32,
    /// How the first answer differed from one to this request.
    astray: Option<String>,
}

impl Received {
    /// Why there is no answer.
    fn trouble(&self, to: SocketAddr, op: &CoapOp, budget: &Budget) -> Trouble {
        match &self.astray {
            Some(how) => astray(to, op, how),
            None if self.garbled > 0 => garbled(to, op, self.garbled),
            None => silent(to, op, budget),
        }
    }
}

impl Talk {
    async fn open(
        unit: &Host,
        to: SocketAddr,
        op: &CoapOp,
        budget: &Budget,
    ) -> Result<Self, Trouble> {
        let request = message::request(op)?;
        Ok(Self {
            wire: message::encode(&request)?,
            socket: net::datagrams(to, &unit.way.route).await?,
            to,
            request,
            deadline: budget.deadline().into(),
            received: Received::default(),
        })
    }

    /// The answer, or `None` when the time is over.
    async fn answer(&mut self, confirmable: bool) -> Result<Option<Heard>, Trouble> {
        let id = u32::from(self.request.header.message_id);
        let mut wait = ACK_TIMEOUT + Duration::from_millis(u64::from(id % ACK_SPREAD));
        let mut again = if confirmable { MAX_RETRANSMIT } else { 0 };
        self.send(&self.wire).await?;
        let mut resend = Instant::now() + wait;
        let mut buffer = vec![0; 65_535];
        loop {
            let more = again > 0 && !self.received.acknowledged;
            let until = if more {
                self.deadline.min(resend)
            } else {
                self.deadline
            };
            // Datagrams that are none of ours may come without end.
            if Instant::now() >= self.deadline {
                return Ok(None);
            }
            match timeout_at(until, self.socket.recv(&mut buffer)).await {
                Ok(Ok(n)) => {
                    if let Some(answer) = self.take(&buffer[..n]).await? {
                        return Ok(Some(answer));
                    }
                }
                Ok(Err(e)) => return Err(net::explain(&e, self.to, "hear from")),
                Err(_) if Instant::now() >= self.deadline => return Ok(None),
                Err(_) => {
                    self.send(&self.wire).await?;
                    again -= 1;
                    wait *= 2;
                    resend = Instant::now() + wait;
                }
            }
        }
    }

    /// What one datagram means for this request.
    async fn take(&mut self, datagram: &[u8]) -> Result<Option<Heard>, Trouble> {
        match message::judge(&self.request, datagram) {
            Answer::Garbled => self.received.garbled += 1,
            Answer::Foreign => {}
            Answer::Acknowledged => self.received.acknowledged = true,
            Answer::Astray(how) => {
                self.received.astray.get_or_insert(how);
            }
            Answer::Reset => return Ok(Some(Heard::Reset)),
            Answer::Is(packet) => {
                if packet.header.get_type() == MessageType::Confirmable {
                    let ack = message::acknowledge(packet.header.message_id);
                    self.send(&ack).await?;
                }
                return Ok(Some(Heard::Answer(packet)));
            }
        }
        Ok(None)
    }

    async fn send(&self, datagram: &[u8]) -> Result<(), Trouble> {
        let sent = self.socket.send(datagram).await;
        sent.map(|_| ())
            .map_err(|e| net::explain(&e, self.to, "send to"))
    }
}

/// What one message says.
fn answer_of(packet: Packet) -> CoapAnswer {
    CoapAnswer {
        code: message::code(&packet),
        cut: Block::of(&packet).is_some_and(|block| block.more),
        payload: Bytes::from(packet.payload),
    }
}

fn empty() -> CoapAnswer {
    CoapAnswer {
        code: "0.00".into(),
        payload: Bytes::default(),
        cut: false,
    }
}

fn astray(to: SocketAddr, op: &CoapOp, how: &str) -> Trouble {
    let what = format!(
        "{to} answered {} {} with {how}, so nobody can tell what it answered",
        op.method, op.path
    );
    Trouble::new(TroubleKind::DeviceGarbled, Channel::Lan, what)
}

fn silent(to: SocketAddr, op: &CoapOp, budget: &Budget) -> Trouble {
    let what = format!(
        "no CoAP answer from {to} to {} {} within {}",
        op.method,
        op.path,
        budget.given()
    );
    Trouble::silent(Channel::Lan, what)
}

fn garbled(to: SocketAddr, op: &CoapOp, count: u32) -> Trouble {
    let what = format!(
        "{count} datagrams came from {to} after {} {}, and none of them is CoAP",
        op.method, op.path
    );
    Trouble::new(TroubleKind::DeviceGarbled, Channel::Lan, what)
}
