//! The first packet of a client: MQTT 3.1, 3.1.1 and 5. Read by hand, because devices log in with bytes that are no
//! text, and a version that is not spoken is to be told by its name.

use bytes::{Buf, Bytes, BytesMut};

/// Longest CONNECT taken.
const LARGEST: usize = 64 << 10;

/// Versions of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// 3.1 and 3.1.1, which differ in the CONNECT alone.
    Three,
    /// 5.
    Five,
}

/// What a client logs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Vec<u8>,
    pub(super) password: Vec<u8>,
}

/// A CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connect {
    pub(super) version: Version,
    pub(super) keep_alive: u16,
    pub(super) client_id: String,
    pub(super) login: Option<Login>,
}

/// Takes the CONNECT at the head of the inbox; `None` while it is not whole.
///
/// # Errors
/// It is none, or one that is not spoken: what it is instead.
pub(super) fn take(inbox: &mut BytesMut) -> Option<Result<Connect, String>> {
    let first = *inbox.first()?;
    if first != 0x10 {
        return Some(Err(format!(
            "the first packet is no CONNECT, it begins with 0x{first:02x}"
        )));
    }
    let (length, header) = match remaining(&inbox[1..]) {
        Ok(Some((length, bytes))) => (length, 1 + bytes),
        Ok(None) => return None,
        Err(why) => return Some(Err(why)),
    };
    if length > LARGEST {
        return Some(Err(format!("a CONNECT of {length} bytes")));
    }
    if inbox.len() < header + length {
        return None;
    }
    inbox.advance(header);
    let packet = inbox.split_to(length).freeze();
    Some(read(packet))
}

/// The remaining length, and how many bytes tell it.
fn remaining(bytes: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let mut length = 0;
    for (n, byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Ok(Some((length, n + 1)));
        }
    }
    match bytes.len() < 4 {
        true => Ok(None),
        false => Err("a packet whose length has no end".to_owned()),
    }
}

fn read(mut packet: Bytes) -> Result<Connect, String> {
    let name = field(&mut packet)?;
    let level = byte(&mut packet)?;
    let version = match (&name[..], level) {
        (b"MQIsdp", 3) | (b"MQTT", 4) => Version::Three,
        (b"MQTT", 5) => Version::Five,
        _ => {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Err(format!("a CONNECT of protocol {name:?}, level {level}"));
        }
    };
    let flags = byte(&mut packet)?;
    let keep_alive = word(&mut packet)?;
    let properties = |packet: &mut Bytes| match version {
        Version::Five => skip_properties(packet),
        Version::Three => Ok(()),
    };
    properties(&mut packet)?;
    let client_id = field(&mut packet)?;
    if flags & 0x04 != 0 {
        properties(&mut packet)?;
        // A will: topic and message.
        field(&mut packet)?;
        field(&mut packet)?;
    }
    let mut part = |flag: u8| match flags & flag {
        0 => Ok(Vec::new()),
        _ => field(&mut packet).map(|bytes| bytes.to_vec()),
    };
    let login = Login {
        user: part(0x80)?,
        password: part(0x40)?,
    };
    Ok(Connect {
        version,
        keep_alive,
        client_id: String::from_utf8_lossy(&client_id).into_owned(),
        login: Some(login).filter(|l| !l.user.is_empty() || !l.password.is_empty()),
    })
}

fn short() -> String {
    "a CONNECT that ends too soon".to_owned()
}

fn byte(packet: &mut Bytes) -> Result<u8, String> {
    packet.try_get_u8().map_err(|_| short())
}

fn word(packet: &mut Bytes) -> Result<u16, String> {
    packet.try_get_u16().map_err(|_| short())
}

/// Bytes with their length before them.
fn field(packet: &mut Bytes) -> Result<Bytes, String> {
    let length = usize::from(word(packet)?);
    match packet.len() < length {
        true => Err(short()),
        false => Ok(packet.split_to(length)),
    }
}

fn skip_properties(packet: &mut Bytes) -> Result<(), String> {
    let (length, bytes) = remaining(packet)?.ok_or_else(short)?;
    match packet.len() < bytes + length {
        true => Err(short()),
        false => {
            packet.advance(bytes + length);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &[u8]) -> Vec<u8> {
        [&u16::try_from(s.len()).unwrap().to_be_bytes()[..], s].concat()
    }

    fn packet(parts: &[&[u8]]) -> BytesMut {
        let rest = parts.concat();
        BytesMut::from(&[&[0x10, u8::try_from(rest.len()).unwrap()], &rest[..]].concat()[..])
    }

    #[test]
    fn every_version_is_read_with_its_login() {
        let password = [0xff, 0, 0x80, 7];
        let login = || {
            Some(Login {
                user: b"u".to_vec(),
                password: password.to_vec(),
            })
        };
        let tail = [text(b"id"), text(b"u"), text(&password)].concat();
        let will = [
            text(b"id"),
            text(b"t"),
            text(b"gone"),
            text(b"u"),
            text(&password),
        ]
        .concat();
        let will5 = [&text(b"id")[..], &[0], &will[4..]].concat();
        for (head, tail, version) in [
            (
                &[&text(b"MQIsdp")[..], &[3, 0xc2, 0, 60]].concat(),
                &tail,
                Version::Three,
            ),
            (
                &[&text(b"MQTT")[..], &[4, 0xc6, 0, 60]].concat(),
                &will,
                Version::Three,
            ),
            (
                &[&text(b"MQTT")[..], &[5, 0xc2, 0, 60, 3, 0x21, 0, 9]].concat(),
                &tail,
                Version::Five,
            ),
            (
                &[&text(b"MQTT")[..], &[5, 0xc6, 0, 60, 0]].concat(),
                &will5,
                Version::Five,
            ),
        ] {
            let mut inbox = packet(&[head, tail, b""]);
            inbox.extend_from_slice(b"next");
            let connect = take(&mut inbox).unwrap().unwrap();
            assert_eq!((connect.version, connect.keep_alive), (version, 60));
            assert_eq!((connect.client_id.as_str(), connect.login), ("id", login()));
            assert_eq!(&inbox[..], b"next");
        }
    }

    #[test]
    fn what_is_no_connect_is_said_what_it_is() {
        let told = |bytes: &[u8]| take(&mut BytesMut::from(bytes)).unwrap().unwrap_err();
        assert!(told(b"GET / HTTP/1.1\r\n").contains("0x47"));
        let other = packet(&[&text(b"MQTT"), &[6, 0, 0, 0], &text(b"id")]);
        assert!(told(&other).contains("\"MQTT\", level 6"));
        assert!(told(&packet(&[&text(b"MQTT"), &[4, 0xc2, 0, 0]])).contains("too soon"));
        assert!(told(&[0x10, 0xff, 0xff, 0xff, 0xff, 1]).contains("no end"));
        assert!(told(&[0x10, 0xff, 0xff, 0xff, 0x7f]).contains("bytes"));
        for end in 0..other.len() {
            assert!(take(&mut BytesMut::from(&other[..end])).is_none(), "{end}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut numbers = proofhouse_model::seeded::Seeded::new(5);
        for _ in 0..2000 {
            let length = numbers.below(40);
            let mut bytes = vec![0x10, u8::try_from(length).unwrap()];
            bytes.extend((0..length).map(|_| u8::try_from(numbers.below(256)).unwrap()));
            let _ = take(&mut BytesMut::from(&bytes[..]));
        }
    }
}
