//! The picture that a person at the terminal is told the path of: it is there, and a picture by its first bytes.

use crate::read::Table;
use proofhouse_model::drivers::PICTURE;
use proofhouse_model::settings::{Setting, Settings};
use std::fs::{File, metadata};
use std::io::Read;
use std::path::Path;

const WANT: &str = "a PNG, JPEG, GIF or WebP file, its path seen from the bench file's folder";
/// Enough of a file to tell its kind.
const HEAD: u64 = 12;

/// Holds the setting against the file that it names.
pub fn complete(table: &Table<'_>, own: Settings, folder: &Path) -> Option<Settings> {
    let Some(item) = table.get(PICTURE) else {
        return Some(own);
    };
    let Some(Setting::Text(said)) = own.get(PICTURE) else {
        return Some(own);
    };
    match fault(&folder.join(said)) {
        None => Some(own),
        Some(why) => item.bad(format!("`{PICTURE}` {why}"), WANT),
    }
}

/// Why it is no picture. Only a plain file is opened: a pipe would be waited for.
fn fault(path: &Path) -> Option<&'static str> {
    match metadata(path) {
        Err(_) => return Some("names a file that is not there"),
        Ok(meta) if !meta.is_file() => return Some("names something that is no file"),
        Ok(_) => {}
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    match read {
        Err(_) => Some("names a file that cannot be read"),
        Ok(_) if !is_picture(&head) => Some("names a file that is no picture by its first bytes"),
        Ok(_) => None,
    }
}

fn is_picture(head: &[u8]) -> bool {
    let begins = |with: &[u8]| head.starts_with(with);
    let webp = begins(b"RIFF") && head.get(8..12) == Some(b"WEBP".as_slice());
    begins(b"\x89PNG\r\n\x1a\n")
        || begins(b"\xff\xd8\xff")
        || begins(b"GIF87a")
        || begins(b"GIF89a")
        || webp
}

#[cfg(test)]
mod tests {
    use super::is_picture;

    #[test]
    fn a_picture_is_told_by_its_first_bytes() {
        let good: [&[u8]; 4] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\r",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01",
            b"GIF89a\x01\0\x01\0\0\0",
            b"RIFF\x1a\0\0\0WEBP",
        ];
        let bad: [&[u8]; 5] = [
            b"",
            b"\x89PNG",
            b"<svg xmlns=",
            b"RIFF\x1a\0\0\0WAVE",
            b"RIFF",
        ];
        assert!(good.iter().all(|head| is_picture(head)));
        assert!(!bad.iter().any(|head| is_picture(head)));
    }
}
