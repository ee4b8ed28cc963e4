//! Blocks as plain text of a given width.

use super::markdown::{Block, without_marks};

/// No column of a table is made narrower than this, as long as the others can be.
const COLUMN_MIN: usize = 12;

/// The blocks, with an empty line between them; items of a list stand together.
pub fn text(blocks: &[Block], width: usize) -> String {
    let mut out = String::new();
    let mut after_item = false;
    for block in blocks {
        let is_item = matches!(block, Block::Item(..));
        let together = after_item && is_item;
        if !out.is_empty() && !together {
            out.push('\n');
        }
        out.push_str(&one(block, width));
        out.push('\n');
        after_item = is_item;
    }
    out
}

fn one(block: &Block, width: usize) -> String {
    match block {
        Block::Heading(1 | 2, title) => without_marks(title).to_uppercase(),
        Block::Heading(_, title) => without_marks(title),
        Block::Paragraph(said) => wrapped(&without_marks(said), width).join("\n"),
        Block::Item(mark, said) => hanging(&format!("{mark} "), &without_marks(said), width),
        Block::Code(lines) => {
            let lines = lines.iter().map(|line| match line.is_empty() {
                true => String::new(),
                false => format!("    {line}"),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Block::Table(rows) => table(rows, width),
    }
}

/// A text behind its mark; further lines begin where the text did.
pub fn hanging(mark: &str, said: &str, width: usize) -> String {
    let indent = mark.chars().count();
    let lines = wrapped(said, width.saturating_sub(indent).max(1));
    format!("{mark}{}", lines.join(&format!("\n{}", " ".repeat(indent))))
}

/// Lines of at most `width` characters; a longer word has a line of its own.
fn wrapped(said: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in said.split_whitespace() {
        let last = lines.last_mut();
        let Some(line) = last else { continue };
        let used = line.chars().count();
        if used > 0 && used + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if used > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Columns side by side, the widest made narrower until all fit.
fn table(rows: &[Vec<String>], width: usize) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|r| r.iter().map(|c| without_marks(c)).collect())
        .collect();
    let widths = column_widths(&rows, width);
    let mut out: Vec<String> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        out.extend(table_row(row, &widths));
        if at == 0 {
            let all = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
            out.push("-".repeat(all.min(width)));
        }
    }
    out.join("\n")
}

fn column_widths(rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |i: usize| {
        let cells = rows.iter().filter_map(|r| r.get(i));
        cells.map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..columns).map(widest).collect();
    let room = width.saturating_sub(2 * columns.saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(most) if *most > COLUMN_MIN => *most -= 1,
            _ => break,
        }
    }
    widths
}

/// The lines of one row.
fn table_row(row: &[String], widths: &[usize]) -> Vec<String> {
    let cells = row.iter().zip(widths);
    let cells: Vec<_> = cells.map(|(c, w)| wrapped(c, *w)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |n: usize| {
        let parts = cells.iter().zip(widths);
        let parts = parts.map(|(lines, w)| {
            let part = lines.get(n).map_or("", String::as_str);
            format!("{part:<w$}", w = *w)
        });
        parts.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    (0..height).map(line).collect()
}
