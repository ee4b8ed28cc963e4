//! What becomes of bytes on a bad line.

use crate::faulty::dice::Dice;
use proofhouse_model::FaultKind;

/// Most that is held back to be mixed into the next line.
pub(super) const MOST_HELD: usize = 24;

/// Spoils a stream of bytes as its kind and dice have it.
pub(in crate::faulty) struct Spoiler {
    kind: FaultKind,
    dice: Dice,
    /// One byte in so many.
    rate: u64,
    held: Vec<u8>,
}

impl Spoiler {
    pub(in crate::faulty) fn new(kind: FaultKind, mut dice: Dice) -> Self {
        let rate = dice.of(&[2, 8, 30, 100], 8);
        Self {
            kind,
            dice,
            rate,
            held: Vec::new(),
        }
    }

    /// What arrives of these bytes.
    pub(in crate::faulty) fn spoil(&mut self, bytes: &[u8]) -> Vec<u8> {
        match self.kind {
            FaultKind::ConsoleDrops => self.each(bytes, |_, _, _| {}),
            FaultKind::ConsoleDoubles => self.each(bytes, |_, b, out| out.extend([b, b])),
            FaultKind::ConsoleCorrupts => self.each(bytes, |dice, b, out| {
                out.push(b ^ (1 << dice.below(8)));
            }),
            FaultKind::ConsoleInterleaves => self.mix(bytes),
            _ => bytes.to_vec(),
        }
    }

    /// Whether a piece waits for the next line.
    pub(in crate::faulty) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// The piece that waited.
    pub(in crate::faulty) fn let_go(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    fn each(&mut self, bytes: &[u8], bad: impl Fn(&mut Dice, u8, &mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            match self.dice.one_in(self.rate) {
                true => bad(&mut self.dice, byte, &mut out),
                false => out.push(byte),
            }
        }
        out
    }

    /// The end of one line comes after the beginning of the next: within these bytes where they hold two lines, else by
    /// holding the end back until more comes.
    fn mix(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + MOST_HELD);
        let ahead = 1 + usize::try_from(self.dice.below(12)).unwrap_or(0);
        let ahead = ahead.min(bytes.len());
        out.extend_from_slice(&bytes[..ahead]);
        out.extend(self.let_go());
        out.extend_from_slice(&bytes[ahead..]);
        let mut at = 0;
        while let Some(end) = out[at..]
            .iter()
            .position(|b| *b == b'\n')
            .map(|p| at + p + 1)
        {
            let (tail, next) = (self.piece(end - at), self.piece(out.len() - end));
            if next > 0 && self.dice.one_in(2) {
                out[end - tail..end + next].rotate_left(tail);
            }
            at = end;
        }
        if self.dice.one_in(2) {
            let tail = self.piece(out.len());
            self.held = out.split_off(out.len() - tail);
        }
        out
    }

    /// From 1 to so many, and no more than may be held; 0 of 0.
    fn piece(&mut self, of: usize) -> usize {
        let most = of.min(MOST_HELD);
        match most {
            0 => 0,
            _ => 1 + usize::try_from(self.dice.below(most as u64)).unwrap_or(0),
        }
    }
}
