//! As much of Markdown as the documents of this tree use.

/// A piece of a document, inline marks still in it.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading and its depth, from 1.
    Heading(usize, String),
    /// Text that may be wrapped.
    Paragraph(String),
    /// An item of a list: the mark it is printed with, and its text.
    Item(String, String),
    /// Lines that are kept as they are.
    Code(Vec<String>),
    /// Rows of cells, the head first.
    Table(Vec<Vec<String>>),
}

/// The lines from a heading of depth 2 to the next one, the heading included.
pub fn section<'a>(document: &'a str, heading: &str) -> Option<Vec<&'a str>> {
    let mut in_code = false;
    let mut found: Option<Vec<&str>> = None;
    for line in document.lines() {
        let is_heading = !in_code && line.starts_with("## ");
        in_code ^= line.trim_start().starts_with("```");
        match &mut found {
            Some(_) if is_heading => break,
            Some(lines) => lines.push(line),
            None if is_heading && line[3..].trim() == heading => found = Some(vec![line]),
            None => {}
        }
    }
    found
}

/// The lines as blocks.
pub fn blocks(lines: &[&str]) -> Vec<Block> {
    let mut out = Vec::new();
    let mut code: Option<Vec<String>> = None;
    // Whether the next line goes on with the last block.
    let mut open = false;
    for line in lines {
        let fence = line.trim_start().starts_with("```");
        match (&mut code, fence) {
            (Some(_), true) => {
                out.extend(code.take().map(Block::Code));
                open = false;
            }
            (Some(kept), false) => kept.push((*line).to_owned()),
            (None, true) => code = Some(Vec::new()),
            (None, false) => open = prose(line, &mut out, open),
        }
    }
    out
}

/// One line outside code. Returns whether the next one may go on with the same block.
fn prose(line: &str, out: &mut Vec<Block>, open: bool) -> bool {
    let text = line.trim();
    if text.is_empty() {
        return false;
    }
    if let Some((marks, title)) = text.split_once(' ')
        && marks.chars().all(|c| c == '#')
    {
        out.push(Block::Heading(marks.len(), title.to_owned()));
        return false;
    }
    if text.starts_with('|') {
        row(text, out, open);
        return true;
    }
    if let Some((mark, rest)) = item(text) {
        out.push(Block::Item(mark, rest.to_owned()));
        return true;
    }
    match out.last_mut() {
        Some(Block::Paragraph(said) | Block::Item(_, said)) if open => {
            said.push(' ');
            said.push_str(text);
        }
        _ => out.push(Block::Paragraph(text.to_owned())),
    }
    true
}

/// Mark and text of a list's item.
fn item(text: &str) -> Option<(String, &str)> {
    let (mark, rest) = text.split_once(' ')?;
    let number = mark.strip_suffix('.').unwrap_or_default();
    let numbered = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    (mark == "-" || numbered).then(|| (mark.to_owned(), rest))
}

/// A row of a table; the ruler below the head is no row.
fn row(text: &str, out: &mut Vec<Block>, open: bool) {
    if text.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ')) {
        return;
    }
    let inner = text.trim_matches('|').replace("\\|", "\u{0}");
    let cells = inner
        .split('|')
        .map(|c| c.trim().replace('\u{0}', "|"))
        .collect();
    match out.last_mut() {
        Some(Block::Table(rows)) if open => rows.push(cells),
        _ => out.push(Block::Table(vec![cells])),
    }
}

/// A line without the marks of emphasis and links. What is in backquotes stays, with its quotes: in a terminal they
/// tell a word to type from a word to read. A text of such words alone needs none.
pub fn without_marks(text: &str) -> String {
    let mut between = text.split('`').step_by(2);
    let quote = match between.any(|piece| !["", ", "].contains(&piece)) {
        true => "`",
        false => "",
    };
    let pieces = text.split('`').enumerate();
    let pieces = pieces.map(|(i, piece)| match i % 2 {
        0 => without_links(&piece.replace('*', "")),
        _ => format!("{quote}{piece}{quote}"),
    });
    pieces.collect()
}

/// `[text](target)` as its text.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = first_link(rest) {
        out.push_str(before);
        out.push_str(name);
        rest = after;
    }
    out + rest
}

fn first_link(text: &str) -> Option<(&str, &str, &str)> {
    let middle = text.find("](")?;
    let start = text[..middle].rfind('[')?;
    let end = middle + text[middle..].find(')')?;
    Some((&text[..start], &text[start + 1..middle], &text[end + 1..]))
}
