//! Compressed bodies, read as far as they go and no further than a body may be long.

use super::LARGEST_BODY;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// What became of a compressed body.
pub(super) struct Decoded {
    pub(super) body: Vec<u8>,
    /// It goes on, or breaks off.
    pub(super) cut: bool,
}

/// The content of a body in this coding; `None` for a coding that is not known, or a body that is not in it.
pub(super) fn decode(coding: &str, body: &[u8]) -> Option<Decoded> {
    match coding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => read(MultiGzDecoder::new(body)),
        // Browsers take both: with its frame as the standard has it, and bare.
        "deflate" => read(ZlibDecoder::new(body)).or_else(|| read(DeflateDecoder::new(body))),
        _ => None,
    }
}

/// A few kilobytes may stand for gigabytes: it ends where the room does.
fn read(decoder: impl Read) -> Option<Decoded> {
    let mut decoder = decoder.take(LARGEST_BODY as u64 + 1);
    let mut body = Vec::new();
    let whole = decoder.read_to_end(&mut body).is_ok();
    if !whole && body.is_empty() {
        return None;
    }
    let cut = !whole || body.len() > LARGEST_BODY;
    body.truncate(LARGEST_BODY);
    Some(Decoded { body, cut })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    fn packed(text: &[u8]) -> [(&'static str, Vec<u8>); 3] {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(text).unwrap();
        zlib.write_all(text).unwrap();
        bare.write_all(text).unwrap();
        [
            ("gzip", gzip.finish().unwrap()),
            ("Deflate", zlib.finish().unwrap()),
            ("deflate", bare.finish().unwrap()),
        ]
    }

    #[test]
    fn every_usual_coding_is_read_and_a_broken_one_as_far_as_it_goes() {
        let text = b"welcome, set a password ".repeat(9000);
        for (coding, packed) in packed(&text) {
            let whole = decode(coding, &packed).unwrap();
            assert!(whole.body == text && !whole.cut, "{coding}");
            let half = decode(coding, &packed[..packed.len() / 2]).unwrap();
            assert!(half.cut && text.starts_with(&half.body), "{coding}");
        }
        assert!(decode("br", b"x").is_none());
        assert!(decode("gzip", b"<html>plain after all</html>").is_none());
    }

    #[test]
    fn a_bomb_ends_where_the_room_does() {
        for (coding, packed) in packed(&vec![0; 40 * LARGEST_BODY]) {
            let bomb = decode(coding, &packed).unwrap();
            assert_eq!(
                (bomb.body.len(), bomb.cut),
                (LARGEST_BODY, true),
                "{coding}"
            );
        }
    }
}
