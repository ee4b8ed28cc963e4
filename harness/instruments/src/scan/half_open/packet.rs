//! TCP segments by hand (RFC 9293 section 3.1): a SYN that goes out, and the answers to it.

use std::net::Ipv4Addr;

/// The protocol's number in an IPv4 header and in the checksum.
const TCP: u8 = 6;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;
const SYN_ACK: u8 = SYN | ACK;
const RST_ACK: u8 = RST | ACK;
/// Largest segment that would be taken: what fits in an Ethernet frame. Some stacks drop a SYN without it.
const MSS: [u8; 4] = [2, 4, 0x05, 0xb4];

/// Both ends of a would-be connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) own: Ipv4Addr,
    pub(super) own_port: u16,
    pub(super) device: Ipv4Addr,
}

/// What a device said to a SYN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reply {
    /// The device's port.
    pub(super) port: u16,
    /// It takes connections; else it refused.
    pub(super) open: bool,
    /// The number that it acknowledges.
    pub(super) acknowledged: u32,
}

/// A SYN to a port. The kernel puts the IP header before it.
pub(super) fn syn(ends: &Ends, port: u16, number: u32) -> [u8; 24] {
    let mut out = [0; 24];
    out[0..2].copy_from_slice(&ends.own_port.to_be_bytes());
    out[2..4].copy_from_slice(&port.to_be_bytes());
    out[4..8].copy_from_slice(&number.to_be_bytes());
    // Six words of header.
    out[12] = 6 << 4;
    out[13] = SYN;
    out[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
    out[20..24].copy_from_slice(&MSS);
    let sum = checksum(ends, &out);
    out[16..18].copy_from_slice(&sum.to_be_bytes());
    out
}

/// The Internet checksum over the pseudo header and a segment of even length (RFC 1071).
pub(super) fn checksum(ends: &Ends, segment: &[u8]) -> u16 {
    let mut sum = u32::from(TCP) + segment.len() as u32;
    let addresses = [ends.own.octets(), ends.device.octets()];
    let words = addresses.as_flattened().chunks_exact(2);
    for word in words.chain(segment.chunks_exact(2)) {
        sum += u32::from(u16::from_be_bytes([word[0], word[1]]));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// What a packet that came says to one of our SYNs; `None` for everything else.
pub(super) fn reply(ends: &Ends, packet: &[u8]) -> Option<Reply> {
    let first = *packet.first()?;
    let header = usize::from(first & 0x0f) * 4;
    let from: [u8; 4] = packet.get(12..16)?.try_into().ok()?;
    let ours = first >> 4 == 4 && *packet.get(9)? == TCP && from == ends.device.octets();
    let segment = packet.get(header..)?;
    let number = |at: usize| {
        Some(u16::from_be_bytes([
            *segment.get(at)?,
            *segment.get(at + 1)?,
        ]))
    };
    if !ours || header < 20 || number(2)? != ends.own_port {
        return None;
    }
    let acknowledged = (u32::from(number(8)?) << 16) | u32::from(number(10)?);
    let flags = *segment.get(13)?;
    let open = match flags & (SYN | ACK | RST) {
        SYN_ACK => true,
        // A refusal of a SYN acknowledges it (RFC 9293 section 3.10.7.1).
        RST_ACK => false,
        _ => return None,
    };
    Some(Reply {
        port: number(0)?,
        open,
        acknowledged,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> Ends {
        Ends {
            own: Ipv4Addr::new(192, 0, 2, 1),
            own_port: 40_000,
            device: Ipv4Addr::new(192, 0, 2, 7),
        }
    }

    /// An IPv4 packet from the device with a bare TCP header.
    fn packet(from_port: u16, to_port: u16, acknowledged: u32, flags: u8) -> Vec<u8> {
        let mut out = vec![0; 40];
        out[0] = 0x45;
        out[9] = TCP;
        out[12..16].copy_from_slice(&ends().device.octets());
        out[20..22].copy_from_slice(&from_port.to_be_bytes());
        out[22..24].copy_from_slice(&to_port.to_be_bytes());
        out[28..32].copy_from_slice(&acknowledged.to_be_bytes());
        out[33] = flags;
        out
    }

    /// Whoever adds up all words of a segment with its checksum gets none that is missing.
    #[test]
    fn a_syn_says_where_to_with_a_checksum_that_holds() {
        let segment = syn(&ends(), 443, 0x0102_0304);
        assert_eq!(segment[..8], [0x9c, 0x40, 1, 0xbb, 1, 2, 3, 4]);
        assert_eq!((segment[12], segment[13]), (0x60, 0x02));
        assert_eq!(checksum(&ends(), &segment), 0);
        let mut altered = segment;
        altered[5] ^= 1;
        assert_ne!(checksum(&ends(), &altered), 0);
    }

    /// The example of RFC 1071 section 3, less the pseudo header: its sum is that of the words alone plus ours.
    #[test]
    fn the_checksum_is_that_of_the_rfc() {
        let nobody = Ends {
            own: Ipv4Addr::UNSPECIFIED,
            own_port: 0,
            device: Ipv4Addr::UNSPECIFIED,
        };
        let words = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&nobody, &words), !(0xddf2 + 6 + 8));
    }

    #[test]
    fn only_answers_of_the_device_to_us_count() {
        let told = |packet: &[u8]| reply(&ends(), packet).map(|it| (it.port, it.open));
        let open = packet(443, 40_000, 7, SYN_ACK);
        assert_eq!(told(&open), Some((443, true)));
        assert_eq!(reply(&ends(), &open).map(|it| it.acknowledged), Some(7));
        assert_eq!(told(&packet(9, 40_000, 7, RST_ACK)), Some((9, false)));
        assert_eq!(told(&packet(9, 40_001, 7, SYN_ACK)), None, "another port");
        assert_eq!(told(&packet(9, 40_000, 7, ACK)), None, "no answer to a SYN");
        assert_eq!(
            told(&packet(9, 40_000, 7, RST)),
            None,
            "acknowledges nothing"
        );
        let mut other = open.clone();
        other[15] = 8;
        assert_eq!(told(&other), None, "another device");
        let mut udp = open.clone();
        udp[9] = 17;
        assert_eq!(told(&udp), None, "another protocol");
        (0..34).for_each(|len| assert_eq!(told(&open[..len]), None, "{len} bytes"));
        assert_eq!(told(&open[..34]), Some((443, true)));
    }
}
