//! `proofhouse fuzz`.

use super::super::{catch_interrupt, complain, say};
use super::{LONGEST_LIST, in_trouble, micros, reach, read};
use crate::args::{FuzzArgs, FuzzTargetArgs, Service};
use crate::exit::Exit;
use crate::session::draw;
use proofhouse_instruments::fuzz::{Kind, Met, boundaries};
use proofhouse_instruments::{Campaign, NoWitness, Wire, fuzz as send};
use proofhouse_model::Bytes;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::observation::FuzzBatch;
use proofhouse_report::text::{count, one_line, took};
use proofhouse_transport::{Budget, Cancel};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// An empty confirmable message, which every CoAP endpoint answers with a reset (RFC 7252 section 4.3).
const COAP_PING: [u8; 4] = [0x40, 0, 0x70, 0x70];
/// So many bytes of an input are shown.
const SHOWN: usize = 64;

/// Sends the inputs, and tells how the device took them.
pub fn fuzz(args: &FuzzArgs) -> Exit {
    let Some((kind, service)) = target(&args.target) else {
        complain("error: nothing says what is sent: give --http, --https, --coap or --tcp\n");
        return Exit::WrongInput;
    };
    let seeds: Result<Vec<Bytes>, Exit> = args
        .input
        .iter()
        .map(|path| read(path, LONGEST_LIST).map(Bytes::from))
        .collect();
    let seeds = match seeds {
        Ok(seeds) => seeds,
        Err(exit) => return exit,
    };
    let campaign = Campaign {
        seed: args.seed.unwrap_or_else(draw),
        seeds,
        first: args.from,
        count: args.count,
        patience: args.patience.std(),
    };
    let cancel = Cancel::new();
    catch_interrupt(&cancel, "the campaign");
    let budget = Budget::new(args.within.std(), &cancel);
    complain(&format!(
        "fuzzing {service} with seed {}: the device may crash, reset or be lost\n",
        campaign.seed
    ));
    let (begun, mut met) = (Instant::now(), Met::default());
    let batch = reach(&service.host, &budget).and_then(|(address, way)| {
        let addr = SocketAddr::new(address, service.port);
        let wire = match kind {
            Sent::Http { tls } => Wire::Http { addr, tls },
            Sent::Coap => Wire::Udp {
                addr,
                ping: Bytes::from(COAP_PING.to_vec()),
            },
            Sent::Tcp => Wire::Tcp {
                addr,
                met: &mut met,
            },
        };
        send(&campaign, wire, &NoWitness, &way, &budget)
    });
    let batch = match batch {
        Ok(batch) => batch,
        Err(trouble) => return in_trouble(&trouble),
    };
    let looked = Looked {
        service: service.to_string(),
        kind,
        structured: boundaries(kind.of_inputs(), &campaign.seeds),
        campaign,
        took: begun.elapsed(),
        batch,
    };
    say(&match args.json {
        true => format!("{:#}\n", looked.json()),
        false => looked.text(),
    });
    match looked.is_whole() {
        true => Exit::Passed,
        false => Exit::Undecided,
    }
}

/// What kind of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// Requests.
    Http {
        /// Over TLS.
        tls: bool,
    },
    /// Messages.
    Coap,
    /// Bytes.
    Tcp,
}

impl Sent {
    fn of_inputs(self) -> Kind {
        match self {
            Self::Http { .. } => Kind::Http,
            Self::Coap => Kind::Coap,
            Self::Tcp => Kind::Stream,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Http { tls: false } => "http",
            Self::Http { tls: true } => "https",
            Self::Coap => "coap",
            Self::Tcp => "tcp",
        }
    }
}

fn target(args: &FuzzTargetArgs) -> Option<(Sent, &Service)> {
    let all = [
        (Sent::Http { tls: false }, &args.http),
        (Sent::Http { tls: true }, &args.https),
        (Sent::Coap, &args.coap),
        (Sent::Tcp, &args.tcp),
    ];
    all.into_iter()
        .find_map(|(kind, service)| Some((kind, service.as_ref()?)))
}

/// What was sent, where to, and what came of it.
pub(super) struct Looked {
    pub(super) service: String,
    pub(super) kind: Sent,
    /// Inputs that stand before the mutations.
    pub(super) structured: u32,
    pub(super) campaign: Campaign,
    pub(super) took: Duration,
    pub(super) batch: FuzzBatch,
}

impl Looked {
    /// Whether every input went out, or one brought the device down.
    pub(super) fn is_whole(&self) -> bool {
        self.batch.sent >= self.campaign.count || self.batch.down.is_some()
    }

    pub(super) fn text(&self) -> String {
        let (batch, campaign, mut out) = (&self.batch, &self.campaign, String::new());
        let _ = writeln!(
            out,
            "{}: {} of {} by {} sent in {}, from number {} on, seed {}; the first {} of a campaign are structured, the \
             others mutated\n",
            self.service,
            batch.sent,
            count(campaign.count as usize, "input"),
            self.kind.name(),
            took(self.took),
            campaign.first,
            campaign.seed,
            self.structured,
        );
        let FuzzBatch {
            answered,
            refused,
            silent,
            ..
        } = batch;
        let _ = writeln!(
            out,
            "answered {answered}, refused {refused}, silent {silent}"
        );
        match &batch.down {
            None if self.is_whole() => out.push_str("the device answers afterwards as before\n"),
            None => out.push_str("none of these was seen to bring the device down\n"),
            Some(down) => {
                let _ = writeln!(
                    out,
                    "DOWN after input {} ({}): {}",
                    down.index,
                    down.witness,
                    one_line(&down.seen)
                );
                let head = down.input.get(..SHOWN).unwrap_or(&down.input);
                let more = match down.input.len() > SHOWN {
                    true => " ...",
                    false => "",
                };
                let hex = to_hex(head);
                let _ = writeln!(out, "  {} bytes: {hex}{more}", down.input.len());
                let _ = writeln!(
                    out,
                    "  again: --seed {} --from {} --count 1, with the same --input",
                    campaign.seed, down.index
                );
            }
        }
        out.push_str("\nNot seen:\n");
        if !self.is_whole() {
            let left = campaign.count - batch.sent;
            let _ = writeln!(
                out,
                "  {left} inputs: the time was over; give it longer with --within"
            );
        }
        out.push_str("  a restart that is over before the next question, and harm that does not stop the service\n");
        out
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "service": self.service,
            "kind": self.kind.name(),
            "seed": self.campaign.seed,
            "first": self.campaign.first,
            "count": self.campaign.count,
            "structured": self.structured,
            "took_us": micros(self.took),
            "whole": self.is_whole(),
            "found": self.batch,
        })
    }
}
