//! Fields of HTML pages: what a form sends back unseen, such as a token against forged requests.

/// Most tags looked into.
const MOST: usize = 256;
/// Longest tag.
const LONGEST: usize = 1024;

/// Name and value of each `<input ...>` and `<meta ...>` that has both.
pub(super) fn fields(page: &[u8]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.iter().position(|b| *b == b'<') {
        rest = &rest[at + 1..];
        let within = &rest[..rest.len().min(LONGEST)];
        let inside = ["input", "meta"].iter().find_map(|tag| {
            let (name, behind) = within.split_at_checked(tag.len())?;
            let ends = behind.first()?.is_ascii_whitespace();
            (name.eq_ignore_ascii_case(tag.as_bytes()) && ends).then_some(behind)
        });
        if let Some(inside) = inside {
            out.extend(field(&String::from_utf8_lossy(inside)));
        }
        if out.len() >= MOST {
            break;
        }
    }
    out
}

fn field(inside: &str) -> Option<(String, String)> {
    let (mut name, mut value) = (None, None);
    let mut rest = inside.trim_start();
    while let Some(first) = rest.chars().next().filter(|c| *c != '>') {
        let end = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c));
        let (key, behind) = rest.split_at(end.unwrap_or(rest.len()).max(first.len_utf8()));
        let behind = behind.trim_start();
        let Some(given) = behind.strip_prefix('=').map(str::trim_start) else {
            rest = behind;
            continue;
        };
        let quote = given.chars().next().filter(|c| "\"'".contains(*c));
        let (text, behind) = match quote {
            Some(quote) => given[1..].split_once(quote)?,
            None => {
                let end = given.find(|c: char| c.is_whitespace() || c == '>');
                given.split_at(end.unwrap_or(given.len()))
            }
        };
        match key.to_ascii_lowercase().as_str() {
            "name" => name = Some(text.to_owned()),
            "value" | "content" => value = Some(text.to_owned()),
            _ => {}
        }
        rest = behind.trim_start();
    }
    name.zip(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_and_metas_are_read_as_browsers_read_them() {
        let page = br#"<form><INPUT type=hidden name=csrf_token value='a1 "b2'><input name="go" disabled>
            <meta name="csrf-token" content="c3>d4"/><b name="x" value="y"><inputs name="x" value="y">
            <input value=e5 name = "_token" /><input name="open" value="never closed"#;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let wanted = [
            pair("csrf_token", "a1 \"b2"),
            pair("csrf-token", "c3>d4"),
            pair("_token", "e5"),
        ];
        assert_eq!(fields(page), wanted);
        assert!(fields(b"<input name value=>< <input").is_empty());
    }
}
