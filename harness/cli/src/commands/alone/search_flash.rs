//! `proofhouse search-flash`.

use super::super::{complain, say, wrong_input};
use super::{LONGEST_DUMP, in_trouble, read, read_lines};
use crate::args::SearchFlashArgs;
use crate::exit::Exit;
use proofhouse_instruments::flash_search::{FINDS_PER_NEEDLE, FlashFinds, LONGEST, SHORTEST};
use proofhouse_instruments::search_flash as search;
use proofhouse_model::bytes::from_hex;
use proofhouse_model::{Bytes, Diagnostic};
use proofhouse_report::text::count;
use serde_json::{Value, json};
use std::fmt::Write;

/// Below this share of bytes that are neither 0x00 nor 0xff, in parts per thousand, hardly anything was there.
const HARDLY_FILLED: u32 = 10;

/// Looks for the needles in a dump, and tells.
pub fn search_flash(args: &SearchFlashArgs) -> Exit {
    let (dump, needles) =
        match read(&args.file, LONGEST_DUMP).and_then(|dump| Ok((dump, needles(args)?))) {
            Ok(both) => both,
            Err(exit) => return exit,
        };
    if dump.is_empty() {
        let name = args.file.display().to_string();
        return wrong_input(&[Diagnostic::whole(&name, "this dump is empty".to_owned())]);
    }
    let found = match search(&[(args.base, dump.as_slice())], &needles) {
        Ok(found) => found,
        Err(trouble) => return in_trouble(&trouble),
    };
    let looked = Looked {
        dump: args.file.display().to_string(),
        needles: needles.into_iter().map(|(name, _)| name).collect(),
        found,
    };
    say(&match args.json {
        true => format!("{:#}\n", looked.json()),
        false => looked.text(),
    });
    Exit::Passed
}

/// Every needle, by a name that does not tell it.
fn needles(args: &SearchFlashArgs) -> Result<Vec<(String, Bytes)>, Exit> {
    let mut all = args.needle.clone();
    if let Some(path) = &args.needles {
        let lines = read_lines(path)?;
        all.extend(lines.into_iter().filter(|line| !line.is_empty()));
    }
    if all.is_empty() {
        complain("error: there is no needle to look for\n");
        return Err(Exit::WrongInput);
    }
    let mut out = Vec::new();
    for (index, text) in all.iter().enumerate() {
        let name = format!("needle {}", index + 1);
        let Some(value) = value(text) else {
            complain(&format!(
                "error: {name}: behind `hex:` stand pairs of hex digits\n"
            ));
            return Err(Exit::WrongInput);
        };
        out.push((name, value));
    }
    Ok(out)
}

/// Text as it is, or the bytes behind `hex:`.
pub(super) fn value(text: &str) -> Option<Bytes> {
    let Some(hex) = text.strip_prefix("hex:") else {
        return Some(Bytes::from(text));
    };
    // `from_hex` stops at what is no pair, and takes a sign for a digit.
    let are_pairs = hex.len().is_multiple_of(2) && hex.bytes().all(|b| b.is_ascii_hexdigit());
    are_pairs.then(|| from_hex(hex.as_bytes()).into())
}

/// What was found, and of which dump.
pub(super) struct Looked {
    pub(super) dump: String,
    pub(super) needles: Vec<String>,
    pub(super) found: FlashFinds,
}

impl Looked {
    pub(super) fn text(&self) -> String {
        let (found, mut out) = (&self.found, String::new());
        let (whole, tenth) = (found.filled_permille / 10, found.filled_permille % 10);
        let _ = writeln!(
            out,
            "{}: {} looked for in {} bytes, of which {whole}.{tenth} % are neither 0x00 nor 0xff\n",
            self.dump,
            count(self.needles.len(), "needle"),
            found.searched
        );
        for needle in &self.needles {
            let of_it: Vec<_> = found
                .finds
                .iter()
                .filter(|it| it.needle == *needle)
                .collect();
            let many = match of_it.len() {
                0 => "not found".to_owned(),
                n if n >= FINDS_PER_NEEDLE => format!("found, the first {n} are"),
                n => format!("found {n} times"),
            };
            let _ = writeln!(out, "{needle}  {many}");
            for find in of_it {
                let _ = writeln!(out, "  {:#010x}  {}", find.at, find.encoding);
            }
        }
        out.push_str("\nNot seen:\n");
        if found.filled_permille < HARDLY_FILLED {
            out.push_str("  next to anything: the dump is blank, or was not read\n");
        }
        out.push_str("  what is encrypted, compressed, hashed or scattered, and what this dump does not hold\n");
        out
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "dump": self.dump,
            "needles": self.needles,
            "searched": self.found.searched,
            "filled_permille": self.found.filled_permille,
            "finds": self.found.finds,
            "most_finds_per_needle": FINDS_PER_NEEDLE,
            "needle_bytes": [SHORTEST, LONGEST],
        })
    }
}
