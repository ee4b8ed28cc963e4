//! A text read another way, with where in the text each byte of it stands: what is written with something between its
//! characters, in groups or in lines, or encoded twice, is found by the same search as everything else.
//!
//! Needles for every grouping and separator would have no end. A reading leaves out what stands between, or decodes,
//! and whoever searches looks through a few more texts of the same length.

mod coded;
mod dump;
pub mod examples;
mod joined;
mod letters;
mod spaced;
#[cfg(test)]
mod tests;

use crate::forms::Form;
pub use dump::{at_the_end as dumped_at_the_end, line_of};
pub use spaced::at_the_end as spaced_at_the_end;

/// Shortest form that is looked for in a reading: a shorter one comes about by chance where something is left out.
pub const SHORTEST: usize = 6;
/// Bytes of a block of a large text.
pub const BLOCK: usize = 64 << 10;
/// Stands between two runs of a reading that do not belong together. No text has it.
pub const BREAK: u8 = 0xff;

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// Without line breaks and prompts, tags and escape codes of terminals.
    Joined,
    /// Hex digits alone, in whatever groups.
    Digits,
    /// Characters of base64 alone, over blanks and line breaks.
    Letters,
    /// Characters between which the same separator stands.
    Spaced,
    /// Letters and digits alone, over what stands between groups.
    Grouped,
    /// Columns of a hex dump, without offsets.
    Dump,
    /// Bytes that hex digits stand for.
    Hex,
    /// Bytes that base64 stands for.
    Base64,
    /// What escapes stand for: percent, backslash, `=`, entities.
    Escapes,
    /// Numbers of a list as bytes.
    List,
    /// As `Grouped`, in bytes that hex digits, base64 or escapes stand for: a password in groups, in a header of HTTP
    /// Basic or in a query.
    GroupedInCode,
}

impl How {
    /// Whether each byte of it is a byte of the text: what is found can be put back into the text as it was.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        matches!(
            self,
            Self::Joined | Self::Digits | Self::Letters | Self::Spaced | Self::Grouped | Self::Dump
        )
    }

    /// What a find in it is called where that is not the name of a form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Joined
            | Self::Digits
            | Self::Letters
            | Self::Spaced
            | Self::Grouped
            | Self::Dump => "in-pieces",
            Self::Hex => "in-hex",
            Self::Base64 => "in-base64",
            Self::Escapes => "in-escapes",
            Self::List => "in-list",
            Self::GroupedInCode => "grouped-in-code",
        }
    }

    /// Whether that form is looked for in it: the others would be there by chance, or are found in the text itself.
    #[must_use]
    pub const fn takes(self, form: Form) -> bool {
        match self {
            Self::Digits => {
                matches!(form, Form::Hex(_) | Form::HexUpper(_) | Form::HexWords(_))
            }
            Self::Grouped | Self::GroupedInCode => matches!(
                form,
                Form::Plain | Form::Upper | Form::Lower | Form::Compact(_) | Form::Swapped
            ),
            Self::Letters => matches!(form, Form::Base64(_) | Form::Base64Url(_)),
            Self::Hex | Self::Base64 => !matches!(form, Form::Plain),
            Self::Joined | Self::Spaced | Self::Dump | Self::Escapes => true,
            Self::List => matches!(form, Form::Plain),
        }
    }
}

impl How {
    /// Shortest form that is looked for in it: words beside each other are a short one by chance.
    #[must_use]
    pub const fn shortest(self) -> usize {
        match self {
            Self::Grouped | Self::GroupedInCode => SHORTEST + 2,
            _ => SHORTEST,
        }
    }
}

/// One reading of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// How it was read.
    pub how: How,
    /// What it says.
    pub bytes: Vec<u8>,
    /// From where to where in the text each byte stands.
    pub at: Vec<(u32, u32)>,
    /// Its last run may go on behind the text.
    pub is_open: bool,
    /// Where the end of the text begins that is not read yet: half a number, say.
    pub rest: Option<u32>,
}

impl Reading {
    fn new(how: How) -> Self {
        Self {
            how,
            bytes: Vec::new(),
            at: Vec::new(),
            is_open: false,
            rest: None,
        }
    }

    fn push(&mut self, byte: u8, from: usize, to: usize) {
        self.bytes.push(byte);
        self.at.push((short(from), short(to)));
    }

    /// What follows belongs to another run.
    fn end_run(&mut self) {
        if self.bytes.last().is_some_and(|last| *last != BREAK) {
            let at = self.at.last().map_or(0, |(_, to)| *to);
            self.bytes.push(BREAK);
            self.at.push((at, at));
        }
    }

    /// Takes that run back from `from` on.
    fn drop_run(&mut self, from: usize) {
        self.bytes.truncate(from);
        self.at.truncate(from);
    }

    /// Whether bytes `from..to` of it have something between them in the text.
    #[must_use]
    pub fn has_gap(&self, from: usize, to: usize) -> bool {
        let inner = self.at.get(from..to).unwrap_or_default();
        inner.windows(2).any(|pair| pair[0].1 != pair[1].0)
    }

    /// The same reading of the text that this one's text was read from.
    fn over(mut self, inner: &Self) -> Self {
        let place = |at: u32| inner.at.get(at as usize).map_or((0, 0), |place| *place);
        for (from, to) in &mut self.at {
            let last = place(to.saturating_sub(1).max(*from));
            (*from, *to) = (place(*from).0, last.1);
        }
        self.rest = self.rest.map(|at| place(at).0);
        self
    }
}

/// A large text in blocks, each with where it begins: they lie over each other by `over` bytes, and what begins in the
/// first [`BLOCK`] bytes of one is its own. Blocks of nothing but the same byte are left out.
pub fn blocks(text: &[u8], over: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let begins = (0..text.len().max(1)).step_by(BLOCK);
    let block = move |begin: usize| (begin, &text[begin..text.len().min(begin + BLOCK + over)]);
    let all = begins.map(block);
    all.filter(|(_, block)| block.iter().any(|b| Some(b) != block.first()))
}

/// Readings in which a find is more than chance: for whoever finds fault. Words beside each other are a value soon; who
/// masks may hide too much, who finds may not.
pub fn sure(text: &[u8]) -> impl Iterator<Item = Reading> {
    let by_chance = [How::Grouped, How::GroupedInCode];
    of(text)
        .into_iter()
        .filter(move |r| !by_chance.contains(&r.how))
}

fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Every reading of a text that says something else than the text. Each is no longer than the text, or than four of
/// them for base64.
#[must_use]
pub fn of(text: &[u8]) -> Vec<Reading> {
    let mut out = Vec::new();
    out.extend(joined::joined(text));
    out.extend(dump::dumped(text));
    out.extend(letters::digits(text));
    out.extend(letters::base64(text));
    out.extend(letters::grouped(text));
    out.extend(spaced::spaced(text));
    out.extend(coded::listed(text));
    if let Some(once) = coded::unescaped(text) {
        out.extend(coded::unescaped(&once.bytes).map(|twice| twice.over(&once)));
        let joined = joined::joined(&once.bytes).map(|joined| joined.over(&once));
        out.extend(joined.map(|joined| Reading {
            how: How::Escapes,
            ..joined
        }));
        out.extend(letters::grouped(&once.bytes).map(|groups| Reading {
            how: How::GroupedInCode,
            ..groups.over(&once)
        }));
        out.push(once);
    }
    for once in coded::from_hex(text)
        .into_iter()
        .chain(coded::from_base64(text))
    {
        out.extend(letters::grouped(&once.bytes).map(|groups| Reading {
            how: How::GroupedInCode,
            is_open: groups.is_open && once.is_open,
            ..groups.over(&once)
        }));
        out.push(once);
    }
    out.retain(|reading| reading.bytes.len() >= SHORTEST || reading.is_open);
    out
}
