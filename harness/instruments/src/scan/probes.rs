//! What to ask a UDP port so that a living service answers.

use proofhouse_model::seeded::Seeded;

/// Payloads to send, in order, for one try on a port. Identifiers are drawn anew for each, as any client does.
/// Sources: the RFC beside each.
pub(super) fn payloads(port: u16, numbers: &mut Seeded) -> Vec<Vec<u8>> {
    match port {
        53 | 5353 | 5355 => vec![dns(port, numbers)],
        69 => vec![tftp(numbers)],
        123 => vec![ntp(numbers)],
        137 => vec![netbios(numbers)],
        161 => vec![snmp(numbers)],
        500 => vec![ike(numbers)],
        1900 => vec![ssdp(numbers)],
        5060 => vec![sip(numbers)],
        5683 => vec![coap_ping(numbers), coap_well_known(numbers)],
        5684 => vec![dtls_hello(numbers)],
        _ => vec![Vec::new(), b"\r\n\r\n".to_vec(), coap_ping(numbers)],
    }
}

fn id(numbers: &mut Seeded) -> [u8; 2] {
    [numbers.byte(), numbers.byte()]
}

/// Lower-case letters.
fn letters(numbers: &mut Seeded, n: usize) -> String {
    let letter = |_| char::from(b'a' + numbers.byte() % 26);
    (0..n).map(letter).collect()
}

/// RFC 7252 section 4.3: an empty confirmable message is answered with a reset.
fn coap_ping(numbers: &mut Seeded) -> Vec<u8> {
    let [high, low] = id(numbers);
    vec![0x40, 0x00, high, low]
}

/// RFC 6690: GET /.well-known/core.
fn coap_well_known(numbers: &mut Seeded) -> Vec<u8> {
    let [high, low] = id(numbers);
    let mut out = vec![0x42, 0x01, high, low, numbers.byte(), numbers.byte(), 0xbb];
    out.extend_from_slice(b".well-known");
    out.push(0x04);
    out.extend_from_slice(b"core");
    out
}

/// RFC 1350: a file that is hardly there.
fn tftp(numbers: &mut Seeded) -> Vec<u8> {
    format!("\0\u{1}{}\0octet\0", letters(numbers, 8)).into_bytes()
}

/// RFC 1035: the root's name servers; for mDNS (RFC 6762) and LLMNR the list of services.
fn dns(port: u16, numbers: &mut Seeded) -> Vec<u8> {
    let recursion = if port == 53 { 0x01 } else { 0x00 };
    let [high, low] = id(numbers);
    let mut out = vec![high, low, recursion, 0, 0, 1, 0, 0, 0, 0, 0, 0];
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

/// RFC 5905: version 4, client. The time of transmission need not be one (RFC 9109 has it random).
fn ntp(numbers: &mut Seeded) -> Vec<u8> {
    let mut out = vec![0; 40];
    out[0] = 0x23;
    out.extend(numbers.next().to_be_bytes());
    out
}

/// RFC 1002: node status of `*`.
fn netbios(numbers: &mut Seeded) -> Vec<u8> {
    let [high, low] = id(numbers);
    let mut out = vec![high, low, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x20, b'C', b'K'];
    out.extend_from_slice(&[b'A'; 30]);
    out.extend_from_slice(&[0, 0, 0x21, 0, 1]);
    out
}

/// RFC 1157: sysDescr of community `public`.
fn snmp(numbers: &mut Seeded) -> Vec<u8> {
    let mut out = vec![0x30, 0x26, 0x02, 0x01, 0x00, 0x04, 0x06];
    out.extend_from_slice(b"public");
    out.extend_from_slice(&[
        // The request's number stays positive.
        0xa0,
        0x19,
        0x02,
        0x01,
        numbers.byte() & 0x7f,
        0x02,
        0x01,
        0x00,
        0x02,
        0x01,
        0x00,
    ]);
    out.extend_from_slice(&[0x30, 0x0e, 0x30, 0x0c, 0x06, 0x08]);
    out.extend_from_slice(&[0x2b, 6, 1, 2, 1, 1, 1, 0, 0x05, 0x00]);
    out
}

/// RFC 2408: a main-mode header without payload, answered with a notification.
fn ike(numbers: &mut Seeded) -> Vec<u8> {
    let mut out = numbers.next().to_be_bytes().to_vec();
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&[0, 0x10, 2, 0, 0, 0, 0, 0, 0, 0, 0, 28]);
    out
}

/// UPnP device architecture 1.1, unicast search.
fn ssdp(numbers: &mut Seeded) -> Vec<u8> {
    let wait = 1 + numbers.below(3);
    format!(
        "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
         MX: {wait}\r\nST: ssdp:all\r\n\r\n"
    )
    .into_bytes()
}

/// RFC 3261: OPTIONS.
fn sip(numbers: &mut Seeded) -> Vec<u8> {
    let (from, branch) = (letters(numbers, 6), letters(numbers, 12));
    let (tag, call, sequence) = (
        letters(numbers, 8),
        letters(numbers, 16),
        1 + numbers.below(5000),
    );
    format!(
        "OPTIONS sip:{from} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{branch};rport\r\n\
         From: <sip:{from}>;tag={tag}\r\nTo: <sip:{from}>\r\nCall-ID: {call}\r\nCSeq: {sequence} OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// RFC 6347: a DTLS 1.2 hello with common suites; answered with a cookie or an alert.
fn dtls_hello(numbers: &mut Seeded) -> Vec<u8> {
    const SUITES: [u8; 10] = [0xc0, 0xa8, 0xc0, 0xae, 0xc0, 0x2b, 0x00, 0xa8, 0x00, 0xff];
    let mut body = vec![0xfe, 0xfd];
    body.extend((0..32).map(|_| numbers.byte()));
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
        let numbers = &mut Seeded::new(1);
        let s = snmp(numbers);
        assert_eq!(usize::from(s[1]) + 2, s.len());
        assert_eq!(usize::from(s[14]) + 15, s.len());
        let d = dtls_hello(numbers);
        assert_eq!(usize::from(d[12]) + 13, d.len());
        assert_eq!(usize::from(d[16]) + 25, d.len());
        assert_eq!(ike(numbers).len(), 28);
        assert_eq!(netbios(numbers).len(), 50);
        assert_eq!(ntp(numbers).len(), 48);
    }
}
