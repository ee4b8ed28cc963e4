//! Diagnostics as text: file, line, caret, what was expected, the nearest name.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use proofhouse_model::Diagnostic;
use proofhouse_report::text::is_hidden;
use std::ops::Range;

/// All diagnostics, one after the other.
#[must_use]
pub fn diagnostics(list: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for diagnostic in list {
        out.push_str(&one(diagnostic, &renderer));
        out.push_str("\n\n");
    }
    let count = list.len();
    out.push_str(&format!(
        "{count} mistake{} found; nothing was started\n",
        if count == 1 { "" } else { "s" }
    ));
    out
}

fn one(d: &Diagnostic, renderer: &Renderer) -> String {
    // Text of a file may hold anything; only what a terminal shows plainly goes there.
    let message = plain(&d.message);
    let label = label(d);
    let mut report: Vec<Group<'_>> = Vec::new();
    let title = Level::ERROR.primary_title(&message);
    let source;
    match &d.place {
        Some(place) => {
            source = plain(&place.source);
            let span = if source.len() == place.source.len() {
                whole_characters(&source, place.span)
            } else {
                0..0
            };
            let snippet = Snippet::source(&source)
                .path(&d.file)
                .annotation(AnnotationKind::Primary.span(span).label(&label));
            report.push(title.element(snippet));
        }
        None => {
            let origin = annotate_snippets::Origin::path(&d.file);
            report.push(title.element(origin));
        }
    }
    let mut notes = Vec::new();
    if d.place.is_none() && !label.is_empty() {
        let expected = d.expected.as_ref().map_or("", |_| "expected: ");
        notes.push(format!("{expected}{label}"));
    }
    notes.extend(d.help.as_deref().map(plain));
    if let Some(last) = report.pop() {
        let with = notes
            .iter()
            .fold(last, |g, n| g.element(Level::HELP.message(n.as_str())));
        report.push(with);
    }
    renderer.render(&report).to_string()
}

/// A span of one character at least, as long as there is one, and of no piece of any.
fn whole_characters(source: &str, (from, to): (usize, usize)) -> Range<usize> {
    let start = source.floor_char_boundary(from);
    start..source.ceil_char_boundary(to.max(start + 1))
}

fn label(d: &Diagnostic) -> String {
    let mut parts = Vec::new();
    if let Some(expected) = &d.expected {
        parts.push(if d.place.is_some() {
            format!("expected {}", plain(expected))
        } else {
            plain(expected)
        });
    }
    if let Some(nearest) = &d.nearest {
        parts.push(format!("did you mean `{}`?", plain(nearest)));
    }
    parts.join("; ")
}

/// Control characters as single visible ones of the same width in bytes, so that spans stay right.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') {
            true => "?".repeat(c.len_utf8()),
            false => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_expectation_and_nearest_name_are_shown() {
        let d = Diagnostic::at(
            "b.toml",
            "name = 1\npwer = 2\n",
            9..13,
            "unknown key `pwer`".into(),
        )
        .expected("one of name, power")
        .nearest(Some("power".into()));
        let text = diagnostics(&[d], false);
        for part in [
            "b.toml:2:1",
            "^^^^",
            "expected one of name, power",
            "did you mean `power`?",
            "1 mistake",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn control_characters_of_a_file_never_reach_the_terminal() {
        let d = Diagnostic::at("b\x1b.toml", "a\x1b[31m = 1\n", 0..1, "bad \x07 key".into());
        let text = diagnostics(&[d], false);
        assert!(
            !text.contains('\x07') && !text.contains("\x1b[31m"),
            "{text:?}"
        );
    }

    #[test]
    fn a_file_as_a_whole_has_no_caret() {
        let d = Diagnostic::whole("nowhere.toml", "no such file".into()).help("write one");
        let text = diagnostics(&[d], false);
        assert!(
            text.contains("nowhere.toml") && text.contains("write one"),
            "{text}"
        );
    }

    #[test]
    fn a_place_beside_or_inside_a_long_character_is_shown() {
        for source in [
            "name = \"x\"\u{a0}\n",
            "name = \"x\"\u{1f511}",
            "name = \u{201c}x\u{201d}",
            "\u{e9}",
            "",
        ] {
            for from in 0..=source.len() + 1 {
                for to in [from, from + 1, source.len()] {
                    // A place made by hand may be anywhere.
                    let mut d = Diagnostic::at("b.toml", source, 0..0, "odd".into());
                    d.place.as_mut().unwrap().span = (from, to);
                    assert!(
                        diagnostics(&[d], false).contains("odd"),
                        "{source:?} {from}"
                    );
                }
            }
        }
    }
}
