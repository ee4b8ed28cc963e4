//! Capability *lan*: the unit's own network address, dialled from the bench.
//!
//! | driver | is |
//! |---|---|
//! | [`http::Client`] | HTTP/1.1 exchanges, plain or TLS, cookies and connections by session |
//! | [`coap::exchange`] | CoAP requests over UDP, retransmitted, separate answers understood |
//! | [`stream::Streams`] | raw TCP and TLS connections with pattern matching |
//! | [`datagram::exchange`] | one UDP datagram and its answer |

pub mod coap;
pub mod datagram;
pub mod http;
pub mod stream;

use crate::open::Context;
use proofhouse_model::{Channel, Trouble, Wire};
use std::net::IpAddr;

/// Finds the unit's address: one line per driver of the channel. Nothing is sent.
///
/// # Errors
/// Bench trouble: settings of another driver.
pub fn open(wire: &Wire, context: &Context<'_>) -> Result<IpAddr, Trouble> {
    match wire.driver.as_str() {
        "virtual" => Ok(context.made(Channel::Lan)?.address),
        "ip" => wire.settings.address("address"),
        _ => Err(context.unknown(Channel::Lan, wire)),
    }
}
