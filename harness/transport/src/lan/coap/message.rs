//! CoAP messages made and read.

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};
use proofhouse_model::Trouble;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::op::CoapOp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Largest datagram over IPv4.
const LARGEST: usize = 65_507;
/// Bytes of a token.
const TOKEN: usize = 4;

/// What a datagram means for a request.
pub(super) enum Answer {
    /// Not CoAP.
    Garbled,
    /// For somebody else, or from before.
    Foreign,
    /// It can be for this request only, and does not say so: how it differs.
    Astray(String),
    /// Taken note of; the answer comes later.
    Acknowledged,
    /// The device does not know what to do with it.
    Reset,
    /// The answer.
    Is(Box<Packet>),
}

/// The request of an op.
pub(super) fn request(op: &CoapOp) -> Result<Packet, Trouble> {
    let mut packet = Packet::new();
    let serial = serial();
    packet.header.set_version(1);
    packet.header.message_id = serial as u16;
    packet.header.set_type(match op.confirmable {
        true => MessageType::Confirmable,
        false => MessageType::NonConfirmable,
    });
    packet.header.code = MessageClass::from(method(&op.method)?);
    packet.set_token(serial.to_be_bytes()[..TOKEN].to_vec());
    let (path, query) = op
        .path
        .split_once('?')
        .map_or((op.path.as_str(), None), |(p, q)| (p, Some(q)));
    for segment in path.split('/').filter(|s| !s.is_empty()) {
        packet.add_option(CoapOption::UriPath, unescape(segment)?);
    }
    for part in query
        .into_iter()
        .flat_map(|q| q.split('&'))
        .filter(|s| !s.is_empty())
    {
        packet.add_option(CoapOption::UriQuery, unescape(part)?);
    }
    for (number, value) in &op.options {
        packet.add_option(CoapOption::from(*number), value.to_vec());
    }
    packet.payload = op.payload.to_vec();
    Ok(packet)
}

/// The bytes of a message.
pub(super) fn encode(packet: &Packet) -> Result<Vec<u8>, Trouble> {
    let options = packet
        .options()
        .flat_map(|(_, values)| values)
        .map(Vec::len)
        .sum::<usize>();
    // Checked first: the codec counts option lengths modulo 65,536.
    let size = options + packet.payload.len();
    let large = || {
        Trouble::case(format!(
            "a CoAP message of {size} bytes does not fit a datagram"
        ))
    };
    if size > LARGEST {
        return Err(large());
    }
    let bytes = packet.to_bytes_unlimited().map_err(|_| large())?;
    if bytes.len() > LARGEST {
        Err(large())
    } else {
        Ok(bytes)
    }
}

/// An empty acknowledgement.
pub(super) fn acknowledge(message_id: u16) -> [u8; 4] {
    let [high, low] = message_id.to_be_bytes();
    [0x60, 0, high, low]
}

/// What a datagram means for `request` (RFC 7252 sections 4.2 and 5.3.2).
pub(super) fn judge(request: &Packet, datagram: &[u8]) -> Answer {
    // Version 1 in the two highest bits; the codec reads any version.
    if datagram.first().is_none_or(|b| b >> 6 != 1) {
        return Answer::Garbled;
    }
    let Ok(packet) = Packet::from_bytes(datagram) else {
        return Answer::Garbled;
    };
    let same_id = packet.header.message_id == request.header.message_id;
    let same_token = packet.get_token() == request.get_token();
    let empty = packet.header.code == MessageClass::Empty;
    match packet.header.get_type() {
        MessageType::Reset if same_id => Answer::Reset,
        MessageType::Acknowledgement if same_id && empty => Answer::Acknowledged,
        MessageType::Acknowledgement if same_id && same_token => Answer::Is(Box::new(packet)),
        MessageType::Confirmable | MessageType::NonConfirmable if same_token && !empty => {
            Answer::Is(Box::new(packet))
        }
        // The socket was opened for this request: nothing else was asked from its port.
        MessageType::Acknowledgement if same_id => Answer::Astray(token_of(&packet)),
        MessageType::Acknowledgement if same_token && !empty => {
            let id = packet.header.message_id;
            Answer::Astray(format!("the message id {id} of no request"))
        }
        MessageType::Confirmable | MessageType::NonConfirmable if is_answer(&packet) => {
            Answer::Astray(token_of(&packet))
        }
        _ => Answer::Foreign,
    }
}

fn token_of(packet: &Packet) -> String {
    match packet.get_token() {
        [] => "no token".to_owned(),
        token => format!("the token {} of no request", to_hex(token)),
    }
}

/// Not a request of the device's own.
fn is_answer(packet: &Packet) -> bool {
    u8::from(packet.header.code) >> 5 >= 2
}

/// Code as written, such as `2.05`.
pub(super) fn code(packet: &Packet) -> String {
    let code = u8::from(packet.header.code);
    format!("{}.{:02}", code >> 5, code & 31)
}

/// Code of a method by name, or of `0.dd` for one without a name.
fn method(name: &str) -> Result<u8, Trouble> {
    let named = ["GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "IPATCH"];
    if let Some(at) = named.iter().position(|n| n.eq_ignore_ascii_case(name)) {
        return Ok(at as u8 + 1);
    }
    let number = name
        .strip_prefix("0.")
        .filter(|d| d.len() == 2)
        .and_then(|d| d.parse().ok());
    number.filter(|n| (1..32).contains(n)).ok_or_else(|| {
        Trouble::case(format!(
            "`{name}` is no CoAP method: write GET, POST, PUT, DELETE or 0.31"
        ))
    })
}

/// Percent escapes resolved.
fn unescape(text: &str) -> Result<Vec<u8>, Trouble> {
    let bad = || Trouble::case(format!("`{text}` holds a % without two hex digits"));
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        if b != b'%' {
            out.push(b);
            continue;
        }
        let mut digit = || {
            rest.next()
                .and_then(|d| char::from(d).to_digit(16))
                .ok_or_else(bad)
        };
        out.push((digit()? * 16 + digit()?) as u8);
    }
    Ok(out)
}

/// A number that does not come twice in a run and is not the same in the next: the low 16 bits
/// count up.
fn serial() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    let seed = *SEED.get_or_init(|| {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        now.as_nanos() as u64 ^ u64::from(std::process::id()) << 40
    });
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    // Spread over the token bytes by an odd factor; the count itself stays in the message id.
    let spread = (seed.wrapping_add(count)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    spread & !0xffff | (seed.wrapping_add(count) & 0xffff)
}
