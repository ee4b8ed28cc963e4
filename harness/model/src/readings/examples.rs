//! A value as a device may print it, in every odd way that is read: for the tests of whoever masks and whoever looks.

use super::How;
use crate::forms::Form;

fn text(bytes: Option<Vec<u8>>) -> String {
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

fn spread(value: &str, between: &str) -> String {
    let all: Vec<String> = value.chars().map(String::from).collect();
    all.join(between)
}

fn grouped(text: &str, size: usize, between: &str) -> String {
    let all = text.as_bytes().chunks(size);
    let all: Vec<_> = all.map(|c| String::from_utf8_lossy(c)).collect();
    all.join(between)
}

fn of_form(value: &str, form: Form) -> String {
    text(form.of(value.as_bytes()))
}

/// A dump as `hexdump -C` and `xxd` print it, from an odd address on.
fn dumps(value: &str) -> [String; 2] {
    let bytes = [
        &b"0123456789a"[..],
        value.as_bytes(),
        b" and more of the same behind it",
    ]
    .concat();
    let lines = bytes.chunks(16).enumerate();
    let shown = |line: &[u8]| -> String {
        let c = |b: &u8| {
            if (32..127).contains(b) {
                char::from(*b)
            } else {
                '.'
            }
        };
        line.iter().map(c).collect()
    };
    let mut out = [String::new(), String::new()];
    for (n, line) in lines {
        let hex = crate::bytes::to_hex(line);
        let (one, two) = (grouped(&hex, 2, " "), grouped(&hex, 4, " "));
        let at = n * 16;
        out[0] += &format!(
            "{at:08x}  {:<24} {}  |{}|\n",
            &one[..one.len().min(23)],
            one.get(24..).unwrap_or(""),
            shown(line)
        );
        out[1] += &format!("{at:08x}: {two:<39}  {}\n", shown(line));
    }
    out
}

/// Hex digits and characters of base64 in groups and lines.
fn in_groups(hex: &str, base64: &str) -> Vec<(How, String)> {
    let mut out = Vec::new();
    for size in [2, 4, 8] {
        out.extend([" ", "\n", "-", ":", ", "].map(|b| (How::Digits, grouped(hex, size, b))));
    }
    out.push((How::Digits, format!("{{ 0x{} }}", grouped(hex, 2, ", 0x"))));
    out.push((How::Digits, format!("\\x{}", grouped(hex, 2, "\\x"))));
    for size in [4, 7, 19] {
        out.extend(["\n", "\r\n", " ", "\r\n  "].map(|b| (How::Letters, grouped(base64, size, b))));
        out.push((How::Joined, grouped(base64, size, "\r\n> ")));
    }
    out
}

/// Letters and digits in groups, as a label shows them.
fn in_groups_of_letters(value: &str) -> Vec<(How, String)> {
    let mut out = Vec::new();
    for (size, between) in [(4, "-"), (4, " "), (3, "_"), (5, " - ")] {
        out.push((How::Grouped, grouped(value, size, between)));
    }
    for between in ["\u{a0}", "\u{ad}", "\u{2011}", " \u{2013} "] {
        out.push((How::Grouped, grouped(value, 4, between)));
    }
    for between in ["&nbsp;", "&shy;", "&#8209;", "\\u2011", "%C2%A0"] {
        out.push((How::GroupedInCode, grouped(value, 4, between)));
    }
    let query = format!("user=owner&password={}", grouped(value, 2, "%3A"));
    out.push((How::GroupedInCode, query));
    // Base64 of whole characters alone.
    let named = format!("owner:{}", grouped(value, 2, ":"));
    let named = format!("{named:<0$}", named.len().next_multiple_of(3));
    out.push((
        How::GroupedInCode,
        text(Form::Base64(0).of(named.as_bytes())),
    ));
    out
}

/// Each character by its number, as style sheets and lists of characters have it.
fn by_code_point(value: &str) -> impl Iterator<Item = (How, String)> {
    let points = || value.chars().map(u32::from);
    let style: String = points().map(|c| format!("\\{c:06x}")).collect();
    let spaced: Vec<String> = points().map(|c| format!("\\{c:06X}")).collect();
    let named: Vec<String> = points().map(|c| format!("U+{c:04X}")).collect();
    let points = [
        style,
        spaced.join(" "),
        named.join(" "),
        named.join(", "),
        named.concat(),
    ];
    points.into_iter().map(|text| (How::Escapes, text))
}

/// Each as a device may print it, and by which reading it is seen.
#[must_use]
pub fn examples(value: &str) -> Vec<(How, String)> {
    let hex = of_form(value, Form::Hex(0));
    let base64 = of_form(value, Form::Base64(0));
    let mut out = in_groups(&hex, &base64);
    for between in [
        " ", "-", ".", ",", ":", "_", "/", "\0", "\t", "\n", ", ", "\r\n",
    ] {
        out.push((How::Spaced, spread(value, between)));
    }
    for between in [
        "</b><b>",
        "\x1b[1m",
        "\r\n",
        "\x1b[0;31m\x1b[K",
        "\r\n> ",
        "=\r\n",
        "\\\n",
        "\"+\"",
        "' +\n '",
        "' . '",
    ] {
        out.push((How::Joined, spread(value, between)));
    }
    let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    if letters == value {
        out.extend(in_groups_of_letters(value));
    }
    // Unescaped it is UTF-16.
    let seen = if value.is_ascii() {
        How::Escapes
    } else {
        How::Spaced
    };
    out.push((seen, spread(value, "\\u0000")));
    out.push((How::Spaced, spread(value, "\\u200b")));
    let numbers: Vec<String> = value.bytes().map(|b| b.to_string()).collect();
    out.extend([", ", " ", ",", "; ", "\n"].map(|b| (How::List, format!("[{}]", numbers.join(b)))));
    let octal: String = value.bytes().map(|b| format!("\\{b:03o}")).collect();
    let quoted: String = value.bytes().map(|b| format!("={b:02X}")).collect();
    let mixed: String = value
        .bytes()
        .enumerate()
        .map(|(n, b)| match n % 2 {
            0 => format!("%{b:02x}"),
            _ => format!("\\x{b:02X}"),
        })
        .collect();
    out.extend([octal, quoted, mixed].map(|text| (How::Escapes, text)));
    out.extend(by_code_point(value));
    let twice = |outer: Form, inner: Form| {
        let mut inner = inner.of(value.as_bytes()).unwrap_or_default();
        // Base64 of whole characters alone.
        while matches!(outer, Form::Base64(_)) && !inner.len().is_multiple_of(3) {
            inner.push(b' ');
        }
        text(outer.of(&inner))
    };
    out.push((How::Escapes, twice(Form::Percent(0), Form::Percent(0))));
    out.push((How::Escapes, twice(Form::Json(0), Form::Json(3))));
    out.push((How::Escapes, twice(Form::Percent(6), Form::Base64(0))));
    out.push((How::Base64, twice(Form::Base64(0), Form::Base64(0))));
    let named = Form::Base64(0).of(format!("root:{base64}==").as_bytes());
    out.push((How::Base64, text(named)));
    out.push((How::Base64, twice(Form::Base64(0), Form::Hex(0))));
    out.push((How::Hex, twice(Form::Hex(0), Form::Hex(0))));
    out.push((How::Hex, twice(Form::HexUpper(0), Form::Base64(0))));
    for (size, words) in [(4, Form::HexWords(0)), (8, Form::HexWords(2))] {
        out.push((How::Digits, grouped(&of_form(value, words), size, " ")));
    }
    out.extend(dumps(value).map(|dump| (How::Dump, dump)));
    out
}
