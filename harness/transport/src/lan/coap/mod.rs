//! CoAP requests over UDP (RFC 7252): retransmission, matching, separate answers.

mod message;
#[cfg(test)]
mod tests;

use crate::budget::Budget;
use crate::net::{self, Host};
use coap_lite::{MessageType, Packet};
use message::Answer;
use proofhouse_model::observation::CoapAnswer;
use proofhouse_model::op::CoapOp;
use proofhouse_model::{Bytes, Channel, Trouble, TroubleKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// First wait for an acknowledgement (ACK_TIMEOUT and its random factor, RFC 7252 section 4.8).
const ACK_TIMEOUT: Duration = Duration::from_millis(2000);
const ACK_SPREAD: u32 = 1000;
/// Times a confirmable message is sent again (MAX_RETRANSMIT).
const MAX_RETRANSMIT: u32 = 4;

/// Sends a request and waits for its answer; datagrams that belong to something else are ignored. A
/// message of type reset, or an empty acknowledgement that no answer followed, brings code `0.00`.
///
/// # Errors
/// Nothing came (silent), the port is closed (refused), only rubbish came (garbled), this host's
/// network (bench), a method or path that cannot be sent (case).
pub fn exchange(
    unit: impl Into<Host>,
    op: &CoapOp,
    budget: &Budget,
) -> Result<CoapAnswer, Trouble> {
    let unit = unit.into();
    let to = SocketAddr::new(unit.address, op.port);
    let request = message::request(op)?;
    let wire = message::encode(&request)?;
    // The inner deadline knows what was received; the outer one, a little later, only guards it.
    let guard = budget.with_grace(Duration::from_secs(5));
    net::run(&guard, || silent(to, op, budget), async {
        let socket = net::datagrams(to, &unit.route).await?;
        let mut talk = Talk {
            socket,
            to,
            request,
            wire,
            deadline: budget.deadline().into(),
            received: Received::default(),
        };
        match talk.answer(op.confirmable).await? {
            Some(answer) => Ok(answer),
            None if talk.received.acknowledged => Ok(empty()),
            None if talk.received.garbled > 0 => Err(garbled(to, op, talk.received.garbled)),
            None => Err(silent(to, op, budget)),
        }
    })
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
}

impl Talk {
    /// The answer, or `None` when the time is over.
    async fn answer(&mut self, confirmable: bool) -> Result<Option<CoapAnswer>, Trouble> {
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
    async fn take(&mut self, datagram: &[u8]) -> Result<Option<CoapAnswer>, Trouble> {
        match message::judge(&self.request, datagram) {
            Answer::Garbled => self.received.garbled += 1,
            Answer::Foreign => {}
            Answer::Acknowledged => self.received.acknowledged = true,
            Answer::Reset => return Ok(Some(empty())),
            Answer::Is(packet) => {
                if packet.header.get_type() == MessageType::Confirmable {
                    let ack = message::acknowledge(packet.header.message_id);
                    self.send(&ack).await?;
                }
                let code = message::code(&packet);
                return Ok(Some(CoapAnswer {
                    code,
                    payload: Bytes::from(packet.payload),
                }));
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

fn empty() -> CoapAnswer {
    CoapAnswer {
        code: "0.00".into(),
        payload: Bytes::default(),
    }
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
