//! What to ask a UDP port so that a living service answers.

/// Payloads to send, in order, for one try on a port. Sources: the RFC beside each.
pub(super) fn payloads(port: u16) -> Vec<Vec<u8>> {
    match port {
        53 | 5353 | 5355 => vec![dns(port)],
        69 => vec![b"\x00\x01probe\x00octet\x00".to_vec()],
        123 => vec![ntp()],
        137 => vec![netbios()],
        161 => vec![snmp()],
        500 => vec![ike()],
        1900 => vec![ssdp()],
        5060 => vec![sip()],
        5683 => vec![coap_ping(), coap_well_known()],
        5684 => vec![dtls_hello()],
        _ => vec![Vec::new(), b"\r\n\r\n".to_vec(), coap_ping()],
    }
}

/// RFC 7252 section 4.3: an empty confirmable message is answered with a reset.
fn coap_ping() -> Vec<u8> {
    vec![0x40, 0x00, 0x50, 0x48]
}

/// RFC 6690: GET /.well-known/core.
fn coap_well_known() -> Vec<u8> {
    let mut out = vec![0x40, 0x01, 0x50, 0x49, 0xbb];
    out.extend_from_slice(b".well-known");
    out.push(0x04);
    out.extend_from_slice(b"core");
    out
}

/// RFC 1035: the root's name servers; for mDNS (RFC 6762) and LLMNR the list of services.
fn dns(port: u16) -> Vec<u8> {
    let recursion = if port == 53 { 0x01 } else { 0x00 };
    let mut out = vec![0x50, 0x48, recursion, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    if port == 53 {
        out.extend_from_slice(&[0, 0, 2, 0, 1]);
    } else {
        for label in ["_services", "_dns-sd", "_udp", "local"] {
            out.push(label.len() as u8);
            out.extend_from_slice(label.as_bytes());
        }
        out.extend_from_slice(&[0, 0, 12, 0x80, 1]);
    }
    out
}

/// RFC 5905: version 4, client.
fn ntp() -> Vec<u8> {
    let mut out = vec![0; 48];
    out[0] = 0x23;
    out
}

/// RFC 1002: node status of `*`.
fn netbios() -> Vec<u8> {
    let mut out = vec![0x50, 0x48, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x20, b'C', b'K'];
    out.extend_from_slice(&[b'A'; 30]);
    out.extend_from_slice(&[0, 0, 0x21, 0, 1]);
    out
}

/// RFC 1157: sysDescr of community `public`.
fn snmp() -> Vec<u8> {
    let mut out = vec![0x30, 0x26, 0x02, 0x01, 0x00, 0x04, 0x06];
    out.extend_from_slice(b"public");
    out.extend_from_slice(&[
        0xa0, 0x19, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00,
    ]);
    out.extend_from_slice(&[0x30, 0x0e, 0x30, 0x0c, 0x06, 0x08]);
    out.extend_from_slice(&[0x2b, 6, 1, 2, 1, 1, 1, 0, 0x05, 0x00]);
    out
}

/// RFC 2408: a main-mode header without payload, answered with a notification.
fn ike() -> Vec<u8> {
    let mut out = vec![0x50; 8];
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&[0, 0x10, 2, 0, 0, 0, 0, 0, 0, 0, 0, 28]);
    out
}

/// UPnP device architecture 1.1, unicast search.
fn ssdp() -> Vec<u8> {
    b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
      MX: 1\r\nST: ssdp:all\r\n\r\n"
        .to_vec()
}

/// RFC 3261: OPTIONS.
fn sip() -> Vec<u8> {
    b"OPTIONS sip:probe SIP/2.0\r\nVia: SIP/2.0/UDP probe;branch=z9hG4bK1;rport\r\n\
      From: <sip:probe>;tag=1\r\nTo: <sip:probe>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
      Max-Forwards: 1\r\nContent-Length: 0\r\n\r\n"
        .to_vec()
}

/// RFC 6347: a DTLS 1.2 hello with common suites; answered with a cookie or an alert.
fn dtls_hello() -> Vec<u8> {
    const SUITES: [u8; 10] = [0xc0, 0xa8, 0xc0, 0xae, 0xc0, 0x2b, 0x00, 0xa8, 0x00, 0xff];
    let mut body = vec![0xfe, 0xfd];
    body.extend_from_slice(&[0x50; 32]);
    body.extend_from_slice(&[0, 0, 0, SUITES.len() as u8]);
    body.extend_from_slice(&SUITES);
    body.extend_from_slice(&[1, 0]);
    let extensions: &[u8] = &[0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3];
    body.extend_from_slice(&[0, extensions.len() as u8]);
    body.extend_from_slice(extensions);
    let len = body.len() as u8;
    let mut out = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, len + 12];
    out.extend_from_slice(&[1, 0, 0, len, 0, 0, 0, 0, 0, 0, 0, len]);
    out.extend_from_slice(&body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths written inside the hand-made packets must be true, or a strict service stays silent.
    #[test]
    fn inner_lengths_are_true() {
        let s = snmp();
        assert_eq!(usize::from(s[1]) + 2, s.len());
        assert_eq!(usize::from(s[14]) + 15, s.len());
        let d = dtls_hello();
        assert_eq!(usize::from(d[12]) + 13, d.len());
        assert_eq!(usize::from(d[16]) + 25, d.len());
        assert_eq!(ike().len(), 28);
        assert_eq!(netbios().len(), 50);
        assert_eq!(ntp().len(), 48);
    }
}
