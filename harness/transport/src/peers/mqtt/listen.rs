//! Where a broker listens, and as whom.

use crate::open::Context;
use crate::tap::{Ear, Talk};
use proofhouse_model::observation::Side;
use proofhouse_model::{Channel, Trouble, Wire};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use tokio::net::TcpStream;

/// Where the broker of a virtual unit listens, beside the unit.
const VIRTUAL_PORT: u16 = 8883;

/// What a broker is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// An address of this host; port 0 takes a free one.
    pub at: SocketAddr,
    /// The name by which devices dial it; its address, when there is none.
    pub name: Option<String>,
    /// Whether TLS is spoken. Without it every CONNECT is served as it comes.
    pub tls: bool,
    /// Keys of the certificates that are made for the occasion.
    pub keys: KeyType,
    /// What is shown as the good certificate, instead of one that is made for the occasion.
    pub own: Option<Own>,
    /// What the names in certificates are drawn from: a device must not know the bench by them.
    pub seed: u64,
}

/// Keys of certificates, the authority's too: a device that verifies RSA signatures alone judges no other certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyType {
    /// P-256.
    #[default]
    Ec,
    /// RSA of 2048 bits.
    Rsa,
}

/// The maker's own certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// PEM, the leaf first.
    pub certificate: PathBuf,
    /// PEM, without a passphrase.
    pub key: PathBuf,
    /// PEM of the authority that devices trust.
    pub authority: Option<PathBuf>,
}

impl Listen {
    /// With TLS and certificates made for the occasion.
    #[must_use]
    pub fn at(address: IpAddr, port: u16) -> Self {
        Self {
            at: SocketAddr::new(address, port),
            name: None,
            tls: true,
            keys: KeyType::Ec,
            own: None,
            seed: 0,
        }
    }
}

/// The tap that may hear what goes over a broker's connections.
#[derive(Clone)]
pub(super) struct Hears {
    pub(super) ear: Ear,
    /// Where whoever dials in is: on loopback every unit comes from the same address.
    pub(super) unit: IpAddr,
}

impl Hears {
    /// A connection that was just taken.
    pub(super) fn talk(&self, tcp: &TcpStream, from: SocketAddr) -> Option<Talk> {
        let unit = SocketAddr::new(self.unit, from.port());
        let here = tcp.local_addr().ok()?;
        Some(Talk::begun(self.ear.clone(), unit, here, Side::Unit))
    }
}

/// What the broker of a wire is to be: one line per driver of the channel. Nothing listens yet.
///
/// # Errors
/// Bench trouble: settings of another driver, or such as do not go together.
pub fn place(wire: &Wire, context: &Context<'_>) -> Result<Listen, Trouble> {
    match wire.driver.as_str() {
        "virtual" => Ok(Listen::at(context.made(Channel::MQTT)?.peer, VIRTUAL_PORT)),
        "listen" => listener(wire, context),
        _ => Err(context.unknown(Channel::MQTT, wire)),
    }
}

fn listener(wire: &Wire, context: &Context<'_>) -> Result<Listen, Trouble> {
    let settings = &wire.settings;
    let text = |key: &str| {
        let written = settings.get(key).map(|_| settings.text(key));
        written.transpose()
    };
    let file = |key: &str| text(key).map(|path| path.map(|path| context.path(path).into()));
    let mut listen = Listen::at(settings.address("address")?, settings.whole("port")?);
    listen.name = text("name")?.map(str::to_owned);
    // A plan of before had no such setting.
    listen.tls = settings.get("tls").is_none() || settings.yes_no("tls")?;
    // Nor this one.
    listen.keys = match text("signatures")? {
        Some("rsa") => KeyType::Rsa,
        _ => KeyType::Ec,
    };
    listen.own = match (file("certificate")?, file("key")?, file("authority")?) {
        (None, None, None) => None,
        (Some(certificate), Some(key), authority) if listen.tls => Some(Own {
            certificate,
            key,
            authority,
        }),
        _ => {
            return Err(Trouble::bench(
                Channel::MQTT,
                format!(
                    "the certificate of the broker of {} is named in part, or without TLS",
                    context.unit
                ),
                "write `certificate` and `key`, with `authority` where devices are told it, and no `tls = false`",
            ));
        }
    };
    Ok(listen)
}
