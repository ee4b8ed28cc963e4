//! Arguments of the instruments that are used alone: `scan`, `tls`, `search-flash`, `passwords` and `fuzz`.

use clap::Args;
use proofhouse_instruments::scan::UDP_TOP;
use proofhouse_model::{Dur, HostSpec};
use std::path::PathBuf;
use std::str::FromStr;

/// Arguments of `scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// The device: an address, a name, or fe80::1%eth0.
    #[arg(value_name = "HOST", value_parser = host)]
    pub host: HostSpec,
    /// TCP ports, such as 22,80,8000-9000, or `none` [default: 1-65535, and none where only --udp is given].
    #[arg(long, value_name = "PORTS", value_parser = tcp_ports)]
    pub tcp: Option<Ports>,
    /// UDP ports, such as 53,1-1000, or `top100` for our own list [default: none].
    #[arg(long, value_name = "PORTS", value_parser = udp_ports)]
    pub udp: Option<Ports>,
    /// Send SYNs alone, and connect to open ports only: quicker, for IPv4, and only with CAP_NET_RAW (as root).
    #[arg(long)]
    pub half_open: bool,
    /// Longest that it may take.
    #[arg(long, value_name = "TIME", value_parser = Dur::parse, default_value = "5m")]
    pub within: Dur,
    /// Seed of the order of ports and of identifiers in questions [default: drawn].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tls`.
#[derive(Debug, Args)]
pub struct TlsArgs {
    /// The service; an IPv6 address in brackets, such as [fe80::1%eth0]:443.
    #[arg(value_name = "HOST:PORT", value_parser = Service::read)]
    pub service: Service,
    /// Server name to ask for [default: the name of the host, where it has one].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Longest that it may take.
    #[arg(long, value_name = "TIME", value_parser = Dur::parse, default_value = "2m")]
    pub within: Dur,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `search-flash`.
#[derive(Debug, Args)]
pub struct SearchFlashArgs {
    /// The dump.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What to look for: text, or bytes as hex:00112233. Other users of this computer can see it meanwhile.
    #[arg(value_name = "NEEDLE", required_unless_present = "needles")]
    pub needle: Vec<String>,
    /// File with needles, one a line, in the same way.
    #[arg(long, value_name = "FILE")]
    pub needles: Option<PathBuf>,
    /// Address of the first byte of the dump, such as 0x08000000.
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "0")]
    pub base: u64,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `passwords`.
#[derive(Debug, Args)]
pub struct PasswordsArgs {
    /// A line for each specimen: its password, then what is public about it (MAC, serial number, model, network name),
    /// each after a tab.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `fuzz`.
#[derive(Debug, Args)]
pub struct FuzzArgs {
    /// What is sent, and where to.
    #[command(flatten)]
    pub target: FuzzTargetArgs,
    /// File with a valid input to start from (may be given more than once) [default: a plain one of that kind].
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// How many inputs.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
    /// Number of the first input.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub from: u32,
    /// Seed of the campaign [default: drawn, and printed].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How long one answer may take.
    #[arg(long, value_name = "TIME", value_parser = Dur::parse, default_value = "1s")]
    pub patience: Dur,
    /// Longest that it may take.
    #[arg(long, value_name = "TIME", value_parser = Dur::parse, default_value = "10m")]
    pub within: Dur,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Which service is fuzzed, and by what kind of inputs.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct FuzzTargetArgs {
    /// HTTP/1.1 requests.
    #[arg(long, value_name = "HOST:PORT", value_parser = Service::read)]
    pub http: Option<Service>,
    /// The same over TLS, whatever certificate is shown.
    #[arg(long, value_name = "HOST:PORT", value_parser = Service::read)]
    pub https: Option<Service>,
    /// CoAP messages, each followed by a CoAP ping.
    #[arg(long, value_name = "HOST:PORT", value_parser = Service::read)]
    pub coap: Option<Service>,
    /// Any bytes, each input on a connection of its own.
    #[arg(long, value_name = "HOST:PORT", value_parser = Service::read)]
    pub tcp: Option<Service>,
}

/// A port of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The host.
    pub host: HostSpec,
    /// The port.
    pub port: u16,
}

impl Service {
    fn read(text: &str) -> Result<Self, String> {
        let wanted = || "write HOST:PORT, such as 192.168.1.7:443 or [fe80::1%eth0]:443".to_owned();
        let (place, number) = text.rsplit_once(':').ok_or_else(wanted)?;
        let inside = place.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        if inside.is_none() && place.contains(':') {
            return Err(format!(
                "an IPv6 address stands in brackets before its port; {}",
                wanted()
            ));
        }
        Ok(Self {
            host: host(inside.unwrap_or(place))?,
            port: port(number)?,
        })
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.host.to_string();
        match host.contains(':') {
            true => write!(f, "[{host}]:{}", self.port),
            false => write!(f, "{host}:{}", self.port),
        }
    }
}

/// Ports that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ports {
    /// Inclusive ranges.
    pub ranges: Vec<(u16, u16)>,
    /// Whether they are those of our own list.
    pub listed: bool,
}

impl Ports {
    /// Every port from the first that can be used.
    pub(crate) fn all() -> Self {
        Self {
            ranges: vec![(1, u16::MAX)],
            listed: false,
        }
    }
}

fn host(text: &str) -> Result<HostSpec, String> {
    HostSpec::from_str(text).map_err(|why| format!("`{text}`: {why}"))
}

fn port(text: &str) -> Result<u16, String> {
    let number = text.parse::<u16>().ok().filter(|port| *port > 0);
    number.ok_or_else(|| format!("`{text}` is no port: write a number from 1 to 65535"))
}

fn tcp_ports(text: &str) -> Result<Ports, String> {
    match text {
        "none" => Ok(Ports::default()),
        "top100" => Err("there is a list of UDP ports alone; of TCP all can be asked".to_owned()),
        _ => ranges(text),
    }
}

fn udp_ports(text: &str) -> Result<Ports, String> {
    match text {
        "none" => Ok(Ports::default()),
        "top100" => Ok(Ports {
            ranges: UDP_TOP.map(|port| (port, port)).to_vec(),
            listed: true,
        }),
        _ => ranges(text),
    }
}

fn ranges(text: &str) -> Result<Ports, String> {
    let mut ranges = Vec::new();
    for piece in text.split(',') {
        let range = match piece.split_once('-') {
            Some((first, last)) => (port(first)?, port(last)?),
            None => (port(piece)?, port(piece)?),
        };
        if range.0 > range.1 {
            return Err(format!("`{piece}` runs backwards"));
        }
        ranges.push(range);
    }
    Ok(Ports {
        ranges,
        listed: false,
    })
}

fn address(text: &str) -> Result<u64, String> {
    let read = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    read.map_err(|_| format!("`{text}` is no address: write a number, such as 0x08000000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_as_people_write_them() {
        let read = |text| ranges(text).map(|ports| ports.ranges);
        assert_eq!(read("1-65535"), Ok(vec![(1, 65535)]));
        assert_eq!(
            read("22,80,8000-9000"),
            Ok(vec![(22, 22), (80, 80), (8000, 9000)])
        );
        for odd in ["", "0", "65536", "9-3", "a", "1-", "-1", "1,,2", "0-5"] {
            assert!(read(odd).is_err(), "{odd}");
        }
        assert_eq!(tcp_ports("none"), Ok(Ports::default()));
        let top = udp_ports("top100").unwrap();
        assert!(top.listed && top.ranges.len() == 100);
        assert!(tcp_ports("top100").is_err());
    }

    #[test]
    fn a_service_is_a_host_with_a_port() {
        for text in ["192.168.1.7:443", "plug.local:80", "[fe80::1%eth0]:443"] {
            assert_eq!(Service::read(text).unwrap().to_string(), text);
        }
        for odd in [
            "plug",
            "plug:0",
            "fe80::1%eth0:443",
            ":443",
            "http://plug:80",
        ] {
            assert!(Service::read(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn an_address_is_decimal_or_hex() {
        assert_eq!(address("0x08000000"), Ok(0x0800_0000));
        assert_eq!(address("12"), Ok(12));
        assert!(address("0xzz").is_err() && address("-1").is_err());
    }
}
