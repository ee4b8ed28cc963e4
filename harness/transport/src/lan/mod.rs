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
#[cfg(test)]
mod tests;

use crate::net::Host;
use crate::net::tls::Identity;
use crate::open::Context;
use proofhouse_model::{Channel, Trouble, Wire};

/// Finds where the unit is: one line per driver of the channel. Nothing is sent or looked up.
///
/// # Errors
/// Bench trouble: settings of another driver, an interface that is not there, a certificate that cannot be used.
pub fn open(wire: &Wire, context: &Context<'_>) -> Result<Host, Trouble> {
    match wire.driver.as_str() {
        "virtual" => Ok(context.made(Channel::Lan)?.address.into()),
        "ip" => {
            let mut host = Host::new(wire.settings.host("address")?)?;
            host.identity = identity(wire, context)?;
            Ok(host)
        }
        _ => Err(context.unknown(Channel::Lan, wire)),
    }
}

/// The bench's own certificate for units that ask for one; looked at now, so that nothing is started in vain.
fn identity(wire: &Wire, context: &Context<'_>) -> Result<Option<Identity>, Trouble> {
    let file = |key: &str| {
        let written = wire.settings.get(key).map(|_| wire.settings.text(key));
        written
            .transpose()
            .map(|path| path.map(|path| context.path(path)))
    };
    match (file("certificate")?, file("key")?) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Identity::read(certificate.into(), key.into()).map(Some),
        _ => Err(Trouble::bench(
            Channel::Lan,
            format!(
                "`lan` of {} names a certificate or a key, and not both",
                context.unit
            ),
            "write `certificate` and `key` in the bench file, or neither",
        )),
    }
}
