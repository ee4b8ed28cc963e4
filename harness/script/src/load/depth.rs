//! A bound on how deep a file nests. Parser and checker walk its tree by recursion, so that a file
//! of a megabyte of brackets (or of `1+1+1+…`) would otherwise overflow the stack and take the
//! whole process with it.

use std::ops::Range;

/// Deepest nesting of brackets.
const MOST_BRACKETS: usize = 50;

/// Longest chain of operators, dots and calls without a comma between.
const LONGEST_CHAIN: usize = 400;

/// Most `elif` in a file: each nests in the one before.
const MOST_ELIFS: usize = 200;

/// Deepest indentation, in columns.
const DEEPEST_INDENT: usize = 200;

/// Stack of the thread that loads: enough for the bounds above in a debug build; only what is used
/// is taken.
pub(crate) const STACK: usize = 256 * 1024 * 1024;

/// Where and how a text nests too deep.
pub(crate) fn too_deep(text: &str) -> Option<(Range<usize>, &'static str)> {
    let bytes = text.as_bytes();
    let (mut brackets, mut chain, mut elifs, mut at) = (0usize, 0usize, 0usize, 0usize);
    let mut line_start = true;
    while let Some(&byte) = bytes.get(at) {
        if line_start {
            let indent = bytes[at..]
                .iter()
                .take_while(|b| matches!(b, b' ' | b'\t'))
                .count();
            let rest = &bytes[at + indent..];
            elifs += usize::from(rest.starts_with(b"elif"));
            if brackets == 0 && indent > DEEPEST_INDENT {
                return Some((at..at + indent, "this is indented too deep"));
            }
        }
        line_start = byte == b'\n';
        let here = at..at + 1;
        match byte {
            b'#' => {
                at += bytes[at..].iter().take_while(|b| **b != b'\n').count();
                continue;
            }
            b'"' | b'\'' => {
                at = end_of_text(bytes, at);
                continue;
            }
            b'(' | b'[' | b'{' => (brackets, chain) = (brackets + 1, chain + 1),
            b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
            b',' => chain = 0,
            b'\n' if brackets == 0 => chain = 0,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let word = bytes[at..]
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_');
                let end = at + word.count();
                let keyword = [&b"and"[..], b"or", b"not", b"if", b"else", b"lambda", b"in"];
                chain += usize::from(keyword.contains(&&bytes[at..end]));
                at = end;
                continue;
            }
            _ => chain += usize::from(b"+-*/%|&^~<>=!.".contains(&byte)),
        }
        if brackets > MOST_BRACKETS {
            return Some((here, "brackets nest too deep"));
        }
        if chain > LONGEST_CHAIN {
            return Some((here, "this expression is too long: name its parts"));
        }
        if elifs > MOST_ELIFS {
            return Some((here, "too many `elif`: use a dict"));
        }
        at += 1;
    }
    None
}

/// End of the text that begins at a quote; to the line's end when a plain one is not closed.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let triple = bytes[start..].starts_with(&[quote, quote, quote]);
    let width = if triple { 3 } else { 1 };
    let mut at = start + width;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' if !triple => return at,
            _ if byte == quote && (!triple || bytes[at..].starts_with(&[quote, quote, quote])) => {
                return at + width;
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::too_deep;

    #[test]
    fn what_people_write_is_shallow_enough() {
        let text = "x = [\n    (1, 2), # ((((\n    \"[[[[\",\n]\ny = \"\"\"".to_owned()
            + &"(".repeat(80)
            + "\"\"\"\n";
        assert_eq!(too_deep(&text), None);
        let long: String = (0..5000).map(|n| format!("{n} + 1, ")).collect();
        assert_eq!(too_deep(&format!("x = [{long}]")), None);
    }

    #[test]
    fn what_nests_too_deep_is_told() {
        let many = |part: &str| part.repeat(3000);
        for text in [
            many("["),
            format!("x = 1{}", many(" + 1")),
            format!("x = {}1", many("not ")),
            format!("x = a{}", many(".b")),
            format!("x = a{}", many("()")),
            format!("x = {}1", many("lambda: ")),
            format!(
                "def f():\n  if x:\n    pass\n{}",
                many("  elif x:\n    pass\n")
            ),
            format!("{}x", " ".repeat(300)),
        ] {
            assert!(too_deep(&text).is_some(), "{:.40}", text);
        }
    }
}
