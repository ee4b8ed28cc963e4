//! Lines with labels, colours and widths.

use crate::text::{cut, one_line, pad, wrap};

/// What a word means, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Shown or passed.
    Good,
    /// Refuted.
    Bad,
    /// Not settled.
    Doubt,
    /// Of less weight.
    Quiet,
    /// A heading.
    Strong,
    /// Plain text.
    Plain,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "1;31",
            Self::Doubt => "33",
            Self::Quiet => "2",
            Self::Strong => "1",
            Self::Plain => "",
        }
    }
}

/// Columns that labels take, their indent included.
const LABEL: usize = 13;
/// Lines one piece of text may take before it is cut.
const MOST_LINES: usize = 6;

/// The page being written. All text is made visible here, so no caller can forget it.
pub(crate) struct Page {
    out: String,
    colour: bool,
    /// Columns to fill.
    pub width: usize,
}

impl Page {
    pub(crate) fn new(colour: bool, width: usize) -> Self {
        Self {
            out: String::new(),
            colour,
            width: width.clamp(60, 140),
        }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    pub(crate) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A heading after an empty line.
    pub(crate) fn heading(&mut self, text: &str) {
        self.blank();
        self.pieces(&[(text, Tone::Strong)]);
    }

    /// One line of pieces, cut at the width.
    pub(crate) fn pieces(&mut self, pieces: &[(&str, Tone)]) {
        let mut left = self.width;
        for (text, tone) in pieces {
            let text = one_line(text);
            let text = cut(&text, left);
            left -= crate::text::columns(&text);
            self.paint(&text, *tone);
            if left == 0 {
                break;
            }
        }
        self.end_line();
    }

    /// A label and its text, wrapped beside it.
    pub(crate) fn labelled(&mut self, label: &str, text: &str) {
        self.labelled_in(label, text, Tone::Plain);
    }

    pub(crate) fn labelled_in(&mut self, label: &str, text: &str, tone: Tone) {
        let label = pad(&format!("  {label}"), LABEL);
        self.hanging(&label, LABEL, text, tone, MOST_LINES);
    }

    /// Text wrapped with an indent.
    pub(crate) fn indented(&mut self, indent: usize, text: &str, tone: Tone) {
        let first = " ".repeat(indent);
        self.hanging(&first, indent, text, tone, MOST_LINES);
    }

    /// A list that may take any number of lines.
    pub(crate) fn list(&mut self, indent: usize, text: &str) {
        self.hanging(&" ".repeat(indent), indent, text, Tone::Plain, usize::MAX);
    }

    /// Text wrapped beside a first piece, at most that many lines.
    pub(crate) fn hanging(
        &mut self,
        first: &str,
        indent: usize,
        text: &str,
        tone: Tone,
        most: usize,
    ) {
        let text = one_line(text);
        let lines = wrap(&text, self.width.saturating_sub(indent));
        for (i, line) in lines.iter().take(most).enumerate() {
            match i {
                0 => self.paint(first, Tone::Quiet),
                _ => self.out.push_str(&" ".repeat(indent)),
            }
            self.paint(line, tone);
            if i + 1 == most && lines.len() > most {
                self.out.push('…');
            }
            self.end_line();
        }
    }

    /// Spaces stay outside of colours, so that lines end where they seem to.
    fn paint(&mut self, text: &str, tone: Tone) {
        let body = text.trim_end();
        if !self.colour || tone == Tone::Plain || body.is_empty() {
            self.out.push_str(text);
            return;
        }
        let tail = &text[body.len()..];
        self.out
            .push_str(&format!("\x1b[{}m{body}\x1b[0m{tail}", tone.code()));
    }

    fn end_line(&mut self) {
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        self.out.push('\n');
    }
}
