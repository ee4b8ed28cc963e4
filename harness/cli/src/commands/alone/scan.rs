//! `proofhouse scan`.

use super::super::{catch_interrupt, complain, say};
use super::{in_trouble, micros, reach};
use crate::args::{Ports, ScanArgs};
use crate::exit::Exit;
use crate::session::draw;
use proofhouse_instruments::scan::{Survey, UDP_LISTED};
use proofhouse_instruments::survey;
use proofhouse_model::observation::PortWitness;
use proofhouse_report::text::{count, one_line, ranges, took};
use proofhouse_transport::{Budget, Cancel};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// So many runs of ports are named, at most.
const RUNS: usize = 12;

/// Asks the ports, and tells.
pub fn scan(args: &ScanArgs) -> Exit {
    let cancel = Cancel::new();
    catch_interrupt(&cancel, "the scan");
    let budget = Budget::new(args.within.std(), &cancel);
    let (tcp, udp) = ports(args);
    if tcp.ranges.is_empty() && udp.ranges.is_empty() {
        complain("error: no port to ask: give --tcp or --udp some\n");
        return Exit::WrongInput;
    }
    let single = udp.ranges.iter().flat_map(|(first, last)| *first..=*last);
    let single: Vec<u16> = single.collect();
    let begun = Instant::now();
    let found = reach(&args.host, &budget).and_then(|(address, way)| {
        let seed = args.seed.unwrap_or_else(draw);
        let half = args.half_open;
        let seen = survey(address, &tcp.ranges, &single, seed, half, &way, &budget)?;
        Ok((address, seen))
    });
    let (address, seen) = match found {
        Ok(found) => found,
        Err(trouble) => return in_trouble(&trouble),
    };
    if args.half_open && !seen.half_open {
        complain(
            "note: whole connections were made: SYNs alone take CAP_NET_RAW and an IPv4 address that is no \
             loopback one\n",
        );
    }
    let looked = Looked {
        host: args.host.to_string(),
        address,
        udp_listed: udp.listed,
        took: begun.elapsed(),
        seen,
    };
    say(&match args.json {
        true => format!("{:#}\n", looked.json()),
        false => looked.text(),
    });
    looked.exit()
}

/// What is asked: all of TCP where nothing is said.
fn ports(args: &ScanArgs) -> (Ports, Ports) {
    let tcp = match (&args.tcp, &args.udp) {
        (Some(tcp), _) => tcp.clone(),
        (None, Some(_)) => Ports::default(),
        (None, None) => Ports::all(),
    };
    (tcp, args.udp.clone().unwrap_or_default())
}

/// What was seen, and of whom.
pub(super) struct Looked {
    pub(super) host: String,
    pub(super) address: IpAddr,
    pub(super) udp_listed: bool,
    pub(super) took: Duration,
    pub(super) seen: Survey,
}

impl Looked {
    /// What was found is told either way; of ports that could not be settled nothing can be concluded.
    pub(super) fn exit(&self) -> Exit {
        match self.seen.given_up {
            0 => Exit::Passed,
            _ => Exit::Undecided,
        }
    }

    pub(super) fn text(&self) -> String {
        let (seen, mut out) = (&self.seen, String::new());
        let address = self.address.to_string();
        let host = match self.host == address {
            true => address,
            false => format!("{} ({address})", self.host),
        };
        let (tcp, udp) = seen.asked;
        let listed = match self.udp_listed {
            true => format!(", our own list of {UDP_LISTED}"),
            false => String::new(),
        };
        let asked = match (tcp, udp) {
            (0, _) => format!("{}{listed}", count(udp, "UDP port")),
            (_, 0) => count(tcp, "TCP port"),
            _ => format!(
                "{} and {}{listed}",
                count(tcp, "TCP port"),
                count(udp, "UDP port")
            ),
        };
        let how = match seen.half_open {
            true => "by SYNs, then by connections to open ports",
            false => "by connections",
        };
        let how = if tcp > 0 { how } else { "by datagrams" };
        let _ = writeln!(out, "{host}: {asked}, asked {how} in {}\n", took(self.took));
        if tcp > 0 {
            self.tcp(&mut out);
        }
        if udp > 0 {
            self.udp(&mut out);
        }
        out.push_str("\nNot seen:\n");
        for line in self.not_seen() {
            let _ = writeln!(out, "  {line}");
        }
        out
    }

    fn tcp(&self, out: &mut String) {
        let ports = &self.seen.ports;
        let _ = writeln!(out, "TCP open      {}", ports.tcp_open.len());
        for (port, said) in &ports.tcp_open {
            let said = said.lossy();
            let said = one_line(said.trim_end());
            let said = if said.is_empty() {
                "says nothing by itself".into()
            } else {
                said
            };
            let _ = writeln!(out, "  {port:<6} {said}");
        }
        let _ = writeln!(out, "TCP refused   {}", ports.tcp_refused);
        let silent = &self.seen.tcp_silent;
        let _ = writeln!(out, "TCP silent    {}{}", silent.len(), named(silent));
    }

    fn udp(&self, out: &mut String) {
        let ports = &self.seen.ports;
        let open = &ports.udp_open;
        let _ = writeln!(out, "UDP answered  {}{}", open.len(), named(open));
        let _ = writeln!(out, "UDP closed    {}", ports.udp_closed);
        let silent = &ports.udp_silent;
        let _ = writeln!(
            out,
            "UDP open or filtered  {}{}",
            silent.len(),
            named(silent)
        );
    }

    /// What this look does not tell.
    fn not_seen(&self) -> Vec<String> {
        let (seen, mut out) = (&self.seen, Vec::new());
        let silent = seen.tcp_silent.len();
        if silent > 0 {
            let whose = match seen.is_limited() {
                true => "filtered, or the device limits what it takes or refuses: closed or open",
                false => "filtered: closed or open",
            };
            let tries = seen.tries;
            out.push(format!(
                "{} neither answered nor refused, asked {tries} times each: {whose}",
                count(silent, "TCP port")
            ));
        }
        if seen.given_up > 0 {
            out.push(format!(
                "of these {} could not be settled at the pace that the device keeps, or beside a port that answered \
                 and fell silent: give it longer with --within",
                seen.given_up
            ));
        }
        for (what, witness) in [("answered", seen.ports.witness), ("refused", seen.refusing)] {
            let silent = witness.filter(|it| it.silent > 0);
            out.extend(silent.map(|it| {
                let PortWitness { port, asked, silent } = it;
                format!("TCP {port}, which had {what}, was silent {silent} of {asked} times when it was asked again")
            }));
        }
        if !seen.ports.udp_silent.is_empty() {
            let n = seen.ports.udp_silent.len();
            out.push(format!(
                "{} said nothing: a service that knows none of our questions, a filter, or a limit of refusals",
                count(n, "UDP port")
            ));
        }
        out.push("ports that were not asked, other addresses of the device, and what opens at other times".to_owned());
        out
    }

    pub(super) fn json(&self) -> Value {
        let (seen, ports) = (&self.seen, &self.seen.ports);
        let open = ports.tcp_open.iter();
        let open: Vec<Value> = open
            .map(|(port, said)| json!({"port": port, "said": said}))
            .collect();
        let listed = self.udp_listed.then_some(UDP_LISTED);
        json!({
            "host": self.host,
            "address": self.address,
            "took_us": micros(self.took),
            "tcp": {
                "asked": seen.asked.0,
                "half_open": seen.half_open,
                "open": open,
                "refused": ports.tcp_refused,
                "silent": seen.tcp_silent,
                "tries": seen.tries,
                "given_up": seen.given_up,
                "limited": seen.is_limited(),
                "witness": ports.witness,
                "refusing": seen.refusing,
            },
            "udp": {
                "asked": seen.asked.1,
                "list_of": listed,
                "open": ports.udp_open,
                "closed": ports.udp_closed,
                "open_or_filtered": ports.udp_silent,
            },
        })
    }
}

/// Ports by number, behind how many they are.
fn named(ports: &[u16]) -> String {
    let numbers: Vec<u64> = ports.iter().copied().map(u64::from).collect();
    match numbers.is_empty() {
        true => String::new(),
        false => format!(": {}", ranges(&numbers, RUNS)),
    }
}
