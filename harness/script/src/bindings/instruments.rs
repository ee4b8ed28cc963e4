//! Verbs of `bench` that do something heavy natively.

use crate::bindings::BenchValue;
use crate::context::{duration, port as port_of};
use crate::stop;
use crate::values::{
    BytesArg, FoundFacts, FoundValue, FuzzValue, PasswordFacts, PasswordsValue, PortsValue,
    TlsValue,
};
use proofhouse_model::op::{FuzzTarget, InstrumentOp};
use proofhouse_model::profile::ConsoleFacts;
use proofhouse_model::{Observation, Op, Trouble, TroubleKind};
use starlark::environment::MethodsBuilder;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::NoneOr;

/// What every fuzz verb is told besides its target.
struct Campaign<'v> {
    seeds: UnpackListOrTuple<BytesArg<'v>>,
    seed: NoneOr<u64>,
    first: u32,
    count: u32,
    patience: &'v str,
    within: &'v str,
    crash: NoneOr<&'v str>,
}

/// The pattern that means a crash: what the profile calls one, or its boot banner.
fn crash_pattern(console: Option<&ConsoleFacts>) -> Option<String> {
    let console = console?;
    let patterns = [Some(console.banner.as_str()), console.crash.as_deref()];
    let patterns = patterns
        .into_iter()
        .flatten()
        .filter(|pattern| !pattern.is_empty());
    let joined = patterns
        .map(|pattern| format!("(?:{pattern})"))
        .collect::<Vec<_>>()
        .join("|");
    (!joined.is_empty()).then_some(joined)
}

fn fuzz(
    bench: &BenchValue,
    target: FuzzTarget,
    campaign: Campaign<'_>,
) -> starlark::Result<FuzzValue> {
    if campaign.count == 0 {
        return Err(stop::mistake(
            "a fuzz batch of no inputs shows nothing: `count` is at least 1",
        ));
    }
    let host = &bench.0.run.host;
    let crash = match campaign.crash {
        NoneOr::Other(pattern) => Some(pattern.to_owned()),
        NoneOr::None => crash_pattern(host.profile().console.as_ref()),
    };
    let op = InstrumentOp::Fuzz {
        target,
        seeds: campaign
            .seeds
            .items
            .iter()
            .map(BytesArg::to_model)
            .collect(),
        seed: campaign.seed.into_option().unwrap_or_else(|| host.seed()),
        first: campaign.first,
        count: campaign.count,
        patience: duration("patience", campaign.patience)?,
        crash,
        within: duration("within", campaign.within)?,
    };
    match bench.0.perform(Op::Instrument(op))? {
        // `down == None` of a campaign that sent nothing would look like a device that stood all of it.
        Observation::Fuzz(batch) if batch.sent == 0 && batch.down.is_none() => {
            let what =
                "none of the inputs could be sent: nothing is known of how the device takes them";
            Err(stop::trouble(Trouble {
                kind: TroubleKind::DeviceSilent,
                channel: None,
                what: what.to_owned(),
                try_next: Some(
                    "see that the interface is there and within the deadline".to_owned(),
                ),
            }))
        }
        Observation::Fuzz(batch) => Ok(FuzzValue(batch)),
        saw => Err(stop::unexpected("fuzz", &saw)),
    }
}

fn range(pair: &UnpackListOrTuple<u32>) -> starlark::Result<(u16, u16)> {
    match pair.items.as_slice() {
        [from, to] if from <= to => Ok((port_of(*from)?, port_of(*to)?)),
        other => Err(stop::mistake(format!(
            "a range of ports is [first, last], not {other:?}"
        ))),
    }
}

/// Ports 1 to 65535, as one range.
fn every_port() -> UnpackListOrTuple<UnpackListOrTuple<u32>> {
    let all = UnpackListOrTuple {
        items: vec![1, 65535],
    };
    UnpackListOrTuple { items: vec![all] }
}

#[starlark::starlark_module]
pub(super) fn instrument_methods(_: &mut MethodsBuilder) {
    /// Scans the unit's address: TCP ranges as `[first, last]`, UDP ports one by one.
    fn scan_ports<'v>(
        this: &BenchValue,
        #[starlark(default = every_port())] tcp: UnpackListOrTuple<UnpackListOrTuple<u32>>,
        #[starlark(default = UnpackListOrTuple::default())] udp: UnpackListOrTuple<u32>,
        #[starlark(default = "60s")] within: &str,
    ) -> starlark::Result<PortsValue> {
        let op = InstrumentOp::ScanPorts {
            tcp: tcp.items.iter().map(range).collect::<Result<_, _>>()?,
            udp: udp
                .items
                .into_iter()
                .map(port_of)
                .collect::<Result<_, _>>()?,
            seed: this.0.run.next_variation(),
            within: duration("within", within)?,
        };
        match this.0.perform(Op::Instrument(op))? {
            Observation::Ports(ports) => Ok(PortsValue(ports)),
            saw => Err(stop::unexpected("scan_ports", &saw)),
        }
    }

    /// What a TLS service offers: versions, suites, certificate.
    fn assess_tls(
        this: &BenchValue,
        port: u32,
        #[starlark(default = "30s")] within: &str,
    ) -> starlark::Result<TlsValue> {
        let op = InstrumentOp::AssessTls {
            port: port_of(port)?,
            seed: this.0.run.next_variation(),
            within: duration("within", within)?,
        };
        match this.0.perform(Op::Instrument(op))? {
            Observation::Tls(facts) => Ok(TlsValue(facts)),
            saw => Err(stop::unexpected("assess_tls", &saw)),
        }
    }

    /// One batch of a seeded fuzz campaign on the console: each input is a line, an answer is the
    /// prompt (the profile's) coming back. Stops at the first input that brought the device down.
    /// `crash` is by default the profile's banner or crash pattern.
    #[allow(clippy::too_many_arguments)]
    fn fuzz_console<'v>(
        this: &BenchValue,
        seeds: UnpackListOrTuple<BytesArg<'v>>,
        #[starlark(default = NoneOr::None)] seed: NoneOr<u64>,
        #[starlark(default = 0)] first: u32,
        #[starlark(default = 100)] count: u32,
        #[starlark(default = NoneOr::None)] prompt: NoneOr<&'v str>,
        #[starlark(default = "500ms")] patience: &'v str,
        #[starlark(default = "60s")] within: &'v str,
        #[starlark(default = NoneOr::None)] crash: NoneOr<&'v str>,
    ) -> starlark::Result<FuzzValue> {
        let console = this.0.run.host.profile().console.as_ref();
        let known = console.and_then(|facts| facts.prompt.as_deref());
        let Some(prompt) = prompt.into_option().or(known) else {
            return Err(stop::mistake(
                "the profile has no console prompt: pass `prompt = ...`",
            ));
        };
        let target = FuzzTarget::Console {
            prompt: prompt.to_owned(),
        };
        fuzz(
            this,
            target,
            Campaign {
                seeds,
                seed,
                first,
                count,
                patience,
                within,
                crash,
            },
        )
    }

    /// The same over HTTP, on TLS or plain: each input is a whole request.
    #[allow(clippy::too_many_arguments)]
    fn fuzz_http<'v>(
        this: &BenchValue,
        port: u32,
        tls: bool,
        seeds: UnpackListOrTuple<BytesArg<'v>>,
        #[starlark(default = NoneOr::None)] seed: NoneOr<u64>,
        #[starlark(default = 0)] first: u32,
        #[starlark(default = 100)] count: u32,
        #[starlark(default = "500ms")] patience: &'v str,
        #[starlark(default = "60s")] within: &'v str,
        #[starlark(default = NoneOr::None)] crash: NoneOr<&'v str>,
    ) -> starlark::Result<FuzzValue> {
        let target = FuzzTarget::Http {
            port: port_of(port)?,
            tls,
        };
        fuzz(
            this,
            target,
            Campaign {
                seeds,
                seed,
                first,
                count,
                patience,
                within,
                crash,
            },
        )
    }

    /// The same over UDP: each input is a datagram; `ping` is one that a living device always
    /// answers.
    #[allow(clippy::too_many_arguments)]
    fn fuzz_udp<'v>(
        this: &BenchValue,
        port: u32,
        ping: BytesArg<'v>,
        seeds: UnpackListOrTuple<BytesArg<'v>>,
        #[starlark(default = NoneOr::None)] seed: NoneOr<u64>,
        #[starlark(default = 0)] first: u32,
        #[starlark(default = 100)] count: u32,
        #[starlark(default = "500ms")] patience: &'v str,
        #[starlark(default = "60s")] within: &'v str,
        #[starlark(default = NoneOr::None)] crash: NoneOr<&'v str>,
    ) -> starlark::Result<FuzzValue> {
        let target = FuzzTarget::Udp {
            port: port_of(port)?,
            ping: ping.to_model(),
        };
        fuzz(
            this,
            target,
            Campaign {
                seeds,
                seed,
                first,
                count,
                patience,
                within,
                crash,
            },
        )
    }

    /// The same over TCP: each input is sent on a fresh connection.
    #[allow(clippy::too_many_arguments)]
    fn fuzz_tcp<'v>(
        this: &BenchValue,
        port: u32,
        seeds: UnpackListOrTuple<BytesArg<'v>>,
        #[starlark(default = NoneOr::None)] seed: NoneOr<u64>,
        #[starlark(default = 0)] first: u32,
        #[starlark(default = 100)] count: u32,
        #[starlark(default = "500ms")] patience: &'v str,
        #[starlark(default = "60s")] within: &'v str,
        #[starlark(default = NoneOr::None)] crash: NoneOr<&'v str>,
    ) -> starlark::Result<FuzzValue> {
        let target = FuzzTarget::Tcp {
            port: port_of(port)?,
        };
        fuzz(
            this,
            target,
            Campaign {
                seeds,
                seed,
                first,
                count,
                patience,
                within,
                crash,
            },
        )
    }

    /// Looks for needles (name to text or bytes) in the flash through the debug port, in plain,
    /// hex, base64 and UTF-16. `regions` are `(address, length)`, by default the profile's; without
    /// any, the case ends as skipped.
    fn search_flash<'v>(
        this: &BenchValue,
        needles: UnpackDictEntries<&'v str, BytesArg<'v>>,
        #[starlark(default = NoneOr::None)] regions: NoneOr<UnpackListOrTuple<(u64, u64)>>,
    ) -> starlark::Result<FoundValue> {
        let debug = this.0.run.host.profile().debug.as_ref();
        let regions = match regions {
            NoneOr::Other(regions) => regions.items,
            NoneOr::None => debug.map(|facts| facts.flash.clone()).unwrap_or_default(),
        };
        if regions.is_empty() {
            return Err(stop::skip(
                "the profile names no flash region to search ([debug] flash)",
            ));
        }
        let needles = needles.entries.iter();
        let needles = needles
            .map(|(name, value)| ((*name).to_owned(), value.to_model()))
            .collect();
        match this.0.perform(Op::Instrument(InstrumentOp::SearchFlash {
            regions,
            needles,
        }))? {
            Observation::Found {
                finds,
                searched,
                filled_permille,
            } => Ok(FoundValue(FoundFacts {
                finds,
                searched,
                filled_permille,
            })),
            saw => Err(stop::unexpected("search_flash", &saw)),
        }
    }

    /// Judges passwords of several specimens by themselves and against public facts of each (MAC,
    /// serial number).
    fn assess_passwords(
        this: &BenchValue,
        passwords: UnpackListOrTuple<String>,
        #[starlark(default = UnpackListOrTuple::default())] public: UnpackListOrTuple<
            UnpackListOrTuple<String>,
        >,
    ) -> starlark::Result<PasswordsValue> {
        let passwords = passwords.items;
        let public = public.items.into_iter().map(|facts| facts.items).collect();
        let op = InstrumentOp::AssessPasswords { passwords, public };
        match this.0.perform(Op::Instrument(op))? {
            Observation::Passwords {
                weaknesses,
                compared,
                least_bits,
                derivations,
                listed,
            } => Ok(PasswordsValue(PasswordFacts {
                weaknesses,
                compared,
                least_bits,
                derivations,
                listed,
            })),
            saw => Err(stop::unexpected("assess_passwords", &saw)),
        }
    }
}
