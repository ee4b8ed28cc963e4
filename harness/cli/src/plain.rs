//! Whatever goes to a terminal, without what a terminal would act on. Names and paths come from files and folders that
//! others made; the colours are ours.

use proofhouse_report::text::is_hidden;
use std::borrow::Cow;

/// Colours and weights that this program and its libraries write. Nothing that hides text.
const OURS: [&str; 18] = [
    "", "0", "1", "2", "22", "31", "32", "33", "34", "35", "36", "39", "91", "92", "93", "94",
    "95", "96",
];

/// The text with hidden characters written out. JSON is for programs, and stays as it is.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    let odd = |c: char| is_hidden(c) && c != '\n';
    if text.starts_with('{') || !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(colour) = colour(rest) {
            out.push_str(colour);
            rest = &rest[colour.len()..];
            continue;
        }
        match odd(c) {
            true => out.push_str(&format!("\\x{{{:02x}}}", u32::from(c))),
            false => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(out)
}

/// A sequence of ours at the beginning.
fn colour(text: &str) -> Option<&str> {
    let body = text.strip_prefix("\x1b[")?;
    let end = body.find('m').filter(|end| *end <= 12)?;
    let ours = body[..end].split(';').all(|code| OURS.contains(&code));
    ours.then(|| &text[..end + 3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_pass_and_nothing_else_does() {
        let shown = |text| for_terminal(text).into_owned();
        assert_eq!(
            shown("\x1b[1;31mFAIL\x1b[0m  é\n"),
            "\x1b[1;31mFAIL\x1b[0m  é\n"
        );
        assert_eq!(shown("a\x1b[8mb"), "a\\x{1b}[8mb");
        assert_eq!(shown("\x1b]0;title\x07"), "\\x{1b}]0;title\\x{07}");
        assert_eq!(
            shown("\x1b[2J\u{202e}\u{200b}\r\n"),
            "\\x{1b}[2J\\x{202e}\\x{200b}\\x{0d}\n"
        );
        assert_eq!(shown("{\"a\":\"\u{202e}\"}"), "{\"a\":\"\u{202e}\"}");
    }
}
