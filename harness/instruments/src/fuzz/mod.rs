//! Seeded fuzz campaigns against a console, HTTP, UDP or TCP service.
//!
//! Input number `i` is a function of kind, seeds, campaign seed and `i` alone, so any batch can be
//! run by itself and any find
//! sent again. The first inputs are structured ones for the kind ([`boundaries`] says how many), then come mutations of
//! the seeds.
//!
//! A device is *down* when a witness says so (crash text or boot banner on the console), or when
//! it no longer answers what
//! it answered before the campaign, asked three times. Silence to one input is only counted: dropping rubbish is a fine
//! answer. Every input that was not answered is followed by such a question, so the culprit is
//! known by number; a witness
//! that is late by some inputs names a later one.

mod batch;
mod boundary;
mod conn;
mod console;
mod framing;
mod havoc;
mod http;
mod input;
mod tcp;
mod udp;
mod witness;

pub use console::ConsoleTarget;
pub use input::{Kind, boundaries, input};
pub use tcp::Met;
pub use witness::{CrashWitness, NoWitness};

use proofhouse_model::observation::FuzzBatch;
use proofhouse_model::{Bytes, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use std::net::SocketAddr;
use std::time::Duration;

/// One batch of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Valid inputs to start from; the first is also the question a TCP or HTTP device must keep answering.
    pub seeds: Vec<Bytes>,
    /// Seed of the campaign.
    pub seed: u64,
    /// Number of the first input of this batch.
    pub first: u32,
    /// Inputs in this batch.
    pub count: u32,
    /// How long one answer may take. Waits end with the answer, so a long patience costs only where nothing comes.
    pub patience: Duration,
}

/// What to talk to, and how.
pub enum Wire<'a> {
    /// A shell; every line end inside an input makes it several lines, each with its own prompt.
    Console(&'a mut dyn ConsoleTarget),
    /// Whole HTTP/1.1 requests. Connections are kept between requests that are well framed.
    Http {
        /// Address.
        addr: SocketAddr,
        /// TLS, any certificate.
        tls: bool,
    },
    /// Datagrams, each followed by a ping.
    Udp {
        /// Address.
        addr: SocketAddr,
        /// What a living device always answers. A CoAP ping (RFC 7252 section 4.3) makes the inputs CoAP too.
        ping: Bytes,
    },
    /// Each input on a fresh connection.
    Tcp {
        /// Address.
        addr: SocketAddr,
        /// What earlier batches learnt of services.
        met: &'a mut Met,
    },
}

/// Runs one batch; stops at the first input that brought the device down, or at the end of the budget.
///
/// `sent` counts inputs that really went out and is less than `count` when time ran out: a case must compare them.
///
/// # Errors
/// `DeviceSilent` or `DeviceRefused` when the device does not answer before the first input: nothing could be told
/// then. `Case` when a witness already saw a crash before it. `Deadline` when all inputs went out and no time was left
/// to ask whether the device survived them. `Bench` for sockets and the console; `Cancelled`.
pub fn fuzz(
    campaign: &Campaign,
    wire: Wire<'_>,
    crash: &dyn CrashWitness,
    route: &Way,
    budget: &Budget,
) -> Result<FuzzBatch, Trouble> {
    let patience = campaign.patience.max(Duration::from_millis(1));
    let first_seed = campaign.seeds.first().map(|s| &**s);
    match wire {
        Wire::Console(target) => {
            let mut link = console::Link::new(target, patience, budget);
            batch::run(campaign, Kind::Console, &mut link, crash, budget)
        }
        Wire::Http { addr, tls } => {
            let mut link = http::Link::new(addr, tls, patience, first_seed, budget)?.over(route);
            batch::run(campaign, Kind::Http, &mut link, crash, budget)
        }
        Wire::Udp { addr, ping } => {
            let mut link = udp::Link::new(addr, ping.to_vec(), patience, route, budget)?;
            let kind = if link.is_coap() {
                Kind::Coap
            } else {
                Kind::Datagram
            };
            batch::run(campaign, kind, &mut link, crash, budget)
        }
        Wire::Tcp { addr, met } => {
            let mut link = tcp::Link::new(addr, patience, first_seed, budget)
                .over(route)
                .knowing(met);
            let ended = batch::run(campaign, Kind::Stream, &mut link, crash, budget);
            link.teach(met);
            ended
        }
    }
}

#[cfg(test)]
mod tests;
