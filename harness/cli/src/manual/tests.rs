//! The documents as the terminal shows them.

use super::markdown::{Block, blocks, section, without_marks};
use super::{TOPICS, plain};

#[test]
fn every_topic_has_all_its_sections_and_no_mark_of_markdown() {
    for topic in &TOPICS {
        for heading in topic.sections {
            let found = section(topic.document, heading).unwrap_or_default();
            assert!(found.len() > 2, "{}: no text in `{heading}`", topic.name);
        }
        let text = topic.text(100);
        for mark in ["```", "](", "**", "|---", "\n## "] {
            assert!(!text.contains(mark), "{}: {mark} in\n{text}", topic.name);
        }
    }
}

#[test]
fn all_but_code_fits_the_terminal() {
    for topic in &TOPICS {
        let text = topic.text(80);
        let wide = |l: &&str| l.chars().count() > 80 && !l.starts_with("    ");
        let wide: Vec<_> = text.lines().filter(wide).collect();
        assert!(wide.is_empty(), "{}: {wide:#?}", topic.name);
    }
}

#[test]
fn a_section_ends_at_the_next_heading_and_not_at_a_comment_in_code() {
    let document = "# All\n\n## One\ntext\n```\n## no heading\n```\n### Part\n## Two\nother\n";
    let one = section(document, "One").unwrap();
    assert_eq!(
        one,
        ["## One", "text", "```", "## no heading", "```", "### Part"]
    );
    assert_eq!(section(document, "Three"), None);
}

#[test]
fn marks_go_and_words_to_type_keep_their_quotes() {
    assert_eq!(
        without_marks("**Bold** and *soft* [Starlark](https://x.y/z), `a*b` [n](m.md)."),
        "Bold and soft Starlark, `a*b` n."
    );
    assert_eq!(without_marks("`power`"), "power");
    assert_eq!(without_marks("`on`, `off`"), "on, off");
    assert_eq!(without_marks("`a` or `b`"), "`a` or `b`");
}

#[test]
fn blocks_are_told_apart() {
    let lines = [
        "## T",
        "one",
        "two",
        "",
        "- a",
        "  b",
        "- c",
        "",
        "| h | i |",
        "|---|---|",
        "| 1 | x\\|y |",
        "```toml",
        "k = 1",
        "```",
        "end",
    ];
    let cells = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    assert_eq!(
        blocks(&lines),
        [
            Block::Heading(2, "T".to_owned()),
            Block::Paragraph("one two".to_owned()),
            Block::Item("-".to_owned(), "a b".to_owned()),
            Block::Item("-".to_owned(), "c".to_owned()),
            Block::Table(vec![cells("h", "i"), cells("1", "x|y")]),
            Block::Code(vec!["k = 1".to_owned()]),
            Block::Paragraph("end".to_owned()),
        ]
    );
}

#[test]
fn a_table_that_is_too_wide_wraps_in_its_cells() {
    let rows = [
        ["name", "is"],
        [
            "short",
            "a text that is longer than the room there is for it",
        ],
    ];
    let rows = rows.map(|r| r.map(str::to_owned).to_vec()).to_vec();
    let text = plain::text(&[Block::Table(rows)], 30);
    let wanted = [
        "name   is",
        "------------------------------",
        "short  a text that is longer",
        "       than the room there is",
        "       for it",
        "",
    ];
    assert_eq!(text, wanted.join("\n"));
}
