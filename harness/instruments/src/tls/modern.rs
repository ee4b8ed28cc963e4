//! Certificates that a service shows in TLS 1.3, where they are encrypted: one handshake through rustls each.

use crate::net;
use crate::socket::Socket;
use proofhouse_model::{SocketKind, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use proofhouse_transport::net::tls::{any_certificate, any_certificate_signed};
use rustls::SignatureScheme;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// DER of the leaf, whatever it is; `None` when the handshake brings none. `schemes`: signatures that are offered, all
/// when nothing is said.
pub(super) fn leaf(
    addr: SocketAddr,
    name: Option<&str>,
    schemes: Option<&[SignatureScheme]>,
    route: &Way,
    budget: &Budget,
) -> Result<Option<Vec<u8>>, Trouble> {
    let turn = route.turns.take(budget)?;
    let budget = budget.at_most(Duration::from_secs(10));
    let server = name
        .and_then(|n| ServerName::try_from(n.to_owned()).ok())
        .unwrap_or_else(|| ServerName::from(addr.ip()));
    let config = schemes.map_or_else(any_certificate, any_certificate_signed)?;
    let Ok(mut tls) = rustls::ClientConnection::new(Arc::new(config), server) else {
        return Ok(None);
    };
    let way = route.of(SocketKind::Tcp, addr);
    let mut tcp = Socket::connect(way, turn, budget).map_err(|e| net::trouble(addr, &e))?;
    while tls.is_handshaking() {
        if tls.complete_io(&mut tcp).is_err() {
            break;
        }
    }
    // A client certificate asked for after the server's own ends the handshake, but the leaf is there.
    let first = tls.peer_certificates().and_then(<[_]>::first);
    Ok(first.map(|der| der.to_vec()))
}
