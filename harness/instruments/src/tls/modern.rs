//! The certificate of a service that only speaks TLS 1.3, where it is encrypted: one handshake through rustls.

use crate::{Leash, net};
use proofhouse_model::{SocketKind, Trouble};
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// DER of the leaf, whatever it is; `None` when the handshake brings none.
pub(super) fn leaf(
    addr: SocketAddr,
    name: Option<&str>,
    leash: &Leash,
) -> Result<Option<Vec<u8>>, Trouble> {
    let within = leash.at_most(Duration::from_secs(10));
    let until = Instant::now() + within;
    let server = name
        .and_then(|n| ServerName::try_from(n.to_owned()).ok())
        .unwrap_or_else(|| ServerName::from(addr.ip()));
    let Ok(mut tls) = rustls::ClientConnection::new(Arc::new(net::any_certificate()), server)
    else {
        return Ok(None);
    };
    let way = leash.detour().of(SocketKind::Tcp, addr);
    let mut tcp = net::connect(way, within).map_err(|e| net::trouble(addr, &e))?;
    while tls.is_handshaking() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let timeouts = tcp
            .set_read_timeout(Some(left))
            .and_then(|()| tcp.set_write_timeout(Some(left)));
        timeouts.map_err(|e| net::trouble(addr, &e))?;
        if tls.complete_io(&mut tcp).is_err() {
            break;
        }
    }
    // A client certificate asked for after the server's own ends the handshake, but the leaf is there.
    let first = tls.peer_certificates().and_then(<[_]>::first);
    Ok(first.map(|der| der.to_vec()))
}
