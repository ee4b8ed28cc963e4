//! What to ask a UDP port so that a living service answers.

use proofhouse_model::seeded::Seeded;
use std::net::IpAddr;

/// Questions for a port, the likeliest first: several where services of one kind differ in what they answer.
/// Identifiers are drawn anew for each, as any client does. Sources: the RFC beside each.
pub(super) fn payloads(port: u16, host: IpAddr, numbers: &mut Seeded) -> Vec<Vec<u8>> {
    const INTERNET: [u8; 2] = [0, 1];
    const UNICAST: [u8; 2] = [0x80, 1];
    let services = ["_services", "_dns-sd", "_udp", "local"];
    match port {
        53 => vec![
            dns(&[], 2, INTERNET, numbers),
            dns(&["localhost"], 1, INTERNET, numbers),
            // Class CHAOS, as resolvers tell their version.
            dns(&["version", "bind"], 16, [0, 3], numbers),
        ],
        5353 | 5355 => vec![
            dns(&services, 12, UNICAST, numbers),
            dns(&text(&reverse(host)), 12, UNICAST, numbers),
            dns(&["_http", "_tcp", "local"], 12, UNICAST, numbers),
        ],
        69 => vec![tftp(1, numbers), tftp(2, numbers)],
        123 => vec![ntp(0x23, numbers), ntp(0x1b, numbers), ntp_control()],
        137 => vec![netbios(numbers)],
        161 => vec![snmp(0, numbers), snmp(1, numbers), snmp3(numbers)],
        500 => vec![ike(0x10, 2, 0, numbers), ike(0x20, 34, 8, numbers)],
        1900 => vec![ssdp("ssdp:all"), ssdp("upnp:rootdevice")],
        3478 => vec![stun(numbers)],
        5060 => vec![sip(numbers)],
        5683 => vec![coap_ping(numbers), coap_well_known(numbers)],
        5684 => vec![dtls_hello(numbers)],
        // Discovery of a maker of radio equipment, versions 1 and 2.
        10001 => vec![vec![1, 0, 0, 0], vec![2, 8, 0, 0]],
        _ => vec![
            b"\r\n\r\n".to_vec(),
            coap_ping(numbers),
            Vec::new(),
            dns(&services, 12, UNICAST, numbers),
        ],
    }
}

fn text(labels: &[String]) -> Vec<&str> {
    labels.iter().map(String::as_str).collect()
}

/// Labels of the name that an address has backwards (RFC 1035 section 3.5, RFC 3596 section 2.5).
fn reverse(host: IpAddr) -> Vec<String> {
    let (mut labels, zone): (Vec<String>, _) = match host {
        IpAddr::V4(host) => (host.octets().map(|it| it.to_string()).to_vec(), "in-addr"),
        IpAddr::V6(host) => {
            let nibbles = host.octets().into_iter().flat_map(|it| [it >> 4, it & 15]);
            (nibbles.map(|it| format!("{it:x}")).collect(), "ip6")
        }
    };
    labels.reverse();
    labels.extend([zone.to_owned(), "arpa".to_owned()]);
    labels
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

/// RFC 1350: reads (1) or writes (2) a file that is hardly there.
fn tftp(order: u8, numbers: &mut Seeded) -> Vec<u8> {
    let name = letters(numbers, 8);
    [&[0, order][..], name.as_bytes(), b"\0octet\0"].concat()
}

/// RFC 1035: a question of a type and class; RFC 6762 and 4795 take the same. Only the class of the Internet asks for
/// recursion.
fn dns(name: &[&str], kind: u8, class: [u8; 2], numbers: &mut Seeded) -> Vec<u8> {
    let recursion = u8::from(class == [0, 1]);
    let [high, low] = id(numbers);
    let mut out = vec![high, low, recursion, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name {
        out.push(label.len() as u8);
        out.extend_from_slice(label.as_bytes());
    }
    out.extend_from_slice(&[0, 0, kind, class[0], class[1]]);
    out
}

/// RFC 5905: a client. The time of transmission need not be one (RFC 9109 has it random).
fn ntp(first: u8, numbers: &mut Seeded) -> Vec<u8> {
    let mut out = vec![0; 40];
    out[0] = first;
    out.extend(numbers.next().to_be_bytes());
    out
}

/// RFC 9327: asks for the variables of the system.
fn ntp_control() -> Vec<u8> {
    vec![0x16, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// RFC 5389: a binding request.
fn stun(numbers: &mut Seeded) -> Vec<u8> {
    let mut out = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    out.extend((0..12).map(|_| numbers.byte()));
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

/// RFC 1157 and 3416: sysDescr of community `public`, in version 1 (0) or 2c (1).
fn snmp(version: u8, numbers: &mut Seeded) -> Vec<u8> {
    let mut out = vec![0x30, 0x26, 0x02, 0x01, version, 0x04, 0x06];
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

/// RFC 3414 section 4: asks for the engine's id, for which nobody needs a name.
fn snmp3(numbers: &mut Seeded) -> Vec<u8> {
    let mut out = vec![0x30, 0x39, 2, 1, 3, 0x30, 0x0f, 2, 2];
    out.extend([numbers.byte() & 0x7f, numbers.byte()]);
    out.extend([2, 3, 0, 0xff, 0xe3, 4, 1, 4, 2, 1, 3]);
    out.extend([
        4, 0x10, 0x30, 0x0e, 4, 0, 2, 1, 0, 2, 1, 0, 4, 0, 4, 0, 4, 0,
    ]);
    out.extend([0x30, 0x11, 4, 0, 4, 0, 0xa0, 0x0b, 2, 1]);
    out.extend([numbers.byte() & 0x7f, 2, 1, 0, 2, 1, 0, 0x30, 0]);
    out
}

/// RFC 2408 and 7296: a header without payload, answered with a notification.
fn ike(version: u8, exchange: u8, flags: u8, numbers: &mut Seeded) -> Vec<u8> {
    let mut out = numbers.next().to_be_bytes().to_vec();
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&[0, version, exchange, flags, 0, 0, 0, 0, 0, 0, 0, 28]);
    out
}

/// UPnP device architecture 1.1, unicast search. A device takes up to `MX` seconds for its answer.
fn ssdp(target: &str) -> Vec<u8> {
    format!(
        "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
         MX: 1\r\nST: {target}\r\n\r\n"
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
        let s = snmp(1, numbers);
        assert_eq!(usize::from(s[1]) + 2, s.len());
        assert_eq!(usize::from(s[14]) + 15, s.len());
        let s = snmp3(numbers);
        assert_eq!(usize::from(s[1]) + 2, s.len());
        let inner = 2 + 3 + 2 + usize::from(s[6]);
        assert_eq!(s[inner], 4);
        let last = inner + 2 + usize::from(s[inner + 1]);
        assert_eq!(usize::from(s[last + 1]) + 2 + last, s.len());
        let d = dtls_hello(numbers);
        assert_eq!(usize::from(d[12]) + 13, d.len());
        assert_eq!(usize::from(d[16]) + 25, d.len());
        assert_eq!(ike(0x20, 34, 8, numbers).len(), 28);
        assert_eq!(netbios(numbers).len(), 50);
        assert_eq!(ntp(0x23, numbers).len(), 48);
    }
}
