//! The group of a key exchange (RFC 5246 section 7.4.3, RFC 8422 section 5.4, RFC 4279 section 3).

use proofhouse_model::observation::TlsGroup;

/// Curves by number: name and size, from the IANA registry "TLS Supported Groups".
const CURVES: [(u16, &str, u32); 34] = [
    (1, "sect163k1", 163),
    (2, "sect163r1", 163),
    (3, "sect163r2", 163),
    (4, "sect193r1", 193),
    (5, "sect193r2", 193),
    (6, "sect233k1", 233),
    (7, "sect233r1", 233),
    (8, "sect239k1", 239),
    (9, "sect283k1", 283),
    (10, "sect283r1", 283),
    (11, "sect409k1", 409),
    (12, "sect409r1", 409),
    (13, "sect571k1", 571),
    (14, "sect571r1", 571),
    (15, "secp160k1", 160),
    (16, "secp160r1", 160),
    (17, "secp160r2", 160),
    (18, "secp192k1", 192),
    (19, "secp192r1", 192),
    (20, "secp224k1", 224),
    (21, "secp224r1", 224),
    (22, "secp256k1", 256),
    (23, "secp256r1", 256),
    (24, "secp384r1", 384),
    (25, "secp521r1", 521),
    (26, "brainpoolP256r1", 256),
    (27, "brainpoolP384r1", 384),
    (28, "brainpoolP512r1", 512),
    (29, "x25519", 255),
    (30, "x448", 448),
    (31, "brainpoolP256r1tls13", 256),
    (32, "brainpoolP384r1tls13", 384),
    (33, "brainpoolP512r1tls13", 512),
    (41, "curveSM2", 256),
];

/// Curves that a client of today would not offer: a server that takes one agrees keys in it with old clients.
pub(super) const SMALL: [u16; 10] = [19, 18, 16, 15, 17, 1, 2, 3, 4, 5];

/// The number of a curve.
pub(super) fn number(name: &str) -> Option<u16> {
    let known = CURVES.iter().find(|(_, known, _)| *known == name);
    known.map(|(number, ..)| *number)
}

/// The group that a ServerKeyExchange of this suite tells; `None` where it tells none, or is cut short.
pub(super) fn of(suite: &str, exchange: &[u8]) -> Option<TlsGroup> {
    let params = match suite.contains("PSK") {
        // A hint of any length comes first.
        true => counted(exchange)?.1,
        false => exchange,
    };
    let group = |name: String, bits| TlsGroup {
        suite: suite.to_owned(),
        name,
        bits,
    };
    if suite.starts_with("TLS_ECDH") {
        let &[3, high, low] = params.first_chunk::<3>()? else {
            return Some(group("a curve written out".to_owned(), None));
        };
        let number = u16::from_be_bytes([high, low]);
        let known = CURVES.iter().find(|(it, ..)| *it == number);
        return Some(match known {
            Some((_, name, bits)) => group((*name).to_owned(), Some(*bits)),
            None => group(format!("curve {number}"), None),
        });
    }
    if !suite.starts_with("TLS_DH") && !suite.starts_with("TLS_PSK_DHE") {
        return None;
    }
    let prime = counted(params)?.0;
    let zeros = prime.iter().take_while(|byte| **byte == 0).count();
    let used = &prime[zeros..];
    let bits = used.len() as u32 * 8 - used.first().map_or(0, |byte| byte.leading_zeros());
    Some(group("DH".to_owned(), Some(bits)))
}

/// What a length of two bytes counts, and what follows.
pub(super) fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_by_kind_of_suite() {
        let seen = |suite: &str, exchange: &[u8]| of(suite, exchange).map(|it| (it.name, it.bits));
        let curve = |name: &str, bits| Some((name.to_owned(), bits));
        let ecdhe = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
        assert_eq!(seen(ecdhe, &[3, 0, 19, 9]), curve("secp192r1", Some(192)));
        assert_eq!(seen(ecdhe, &[3, 9, 9]), curve("curve 2313", None));
        assert_eq!(seen(ecdhe, &[3, 0]), None);
        let mut dh = vec![0, 129, 0];
        dh.extend([0xff; 128]);
        let dhe = "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256";
        assert_eq!(seen(dhe, &dh), curve("DH", Some(1024)));
        let hinted = [&[0, 2, 7, 7][..], &dh].concat();
        let psk = "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256";
        assert_eq!(seen(psk, &hinted), curve("DH", Some(1024)));
        assert_eq!(seen(dhe, &dh[..40]), None);
        assert_eq!(seen("TLS_RSA_WITH_AES_128_GCM_SHA256", &dh), None);
    }
}
