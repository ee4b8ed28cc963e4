//! Whose turn it is to switch supplies: one is proved alone, and a cut that is armed switches by itself.

use super::{Executor, lock};
use crate::supplies::Turn;
use proofhouse_model::op::{DebugOp, PowerOp};
use proofhouse_model::{Dur, Op, Trouble};
use proofhouse_script::Host;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Between two looks whose turn it is.
const LOOK: Dur = Dur::ms(2);
/// How long the supplies of a case that is over wait for their turn, at least and at most. Less than what a case may
/// overrun before it is given up.
const REST_LEAST: Duration = Duration::from_secs(5);
const REST_MOST: Duration = Duration::from_secs(60);

/// Cuts that will switch a supply by themselves; the turn lasts until they have.
#[derive(Default)]
pub(super) struct Armed {
    specimens: BTreeSet<usize>,
    turn: Option<Turn>,
}

impl Executor {
    /// Waits while a gate proves the supply of another unit.
    pub(super) fn turn_for(&self, op: &Op) -> Result<Option<Turn>, Trouble> {
        let switches = matches!(op, Op::Power(_) | Op::Debug(DebugOp::Race { .. }));
        if !switches || self.has_a_turn() {
            return Ok(None);
        }
        loop {
            match self.supplies.try_switch() {
                Some(turn) => return Ok(Some(turn)),
                None => self.pause(LOOK)?,
            }
        }
    }

    fn has_a_turn(&self) -> bool {
        self.has_turn.load(Ordering::SeqCst) || lock(&self.armed).turn.is_some()
    }

    /// A cut switches later, by itself: the turn to arm it lasts until it was waited for or called off.
    pub(super) fn keep_turn(&self, specimen: usize, op: &Op, went_well: bool, turn: Option<Turn>) {
        let mut armed = lock(&self.armed);
        match op {
            Op::Power(op) if op.arms() && went_well => {
                armed.specimens.insert(specimen);
            }
            Op::Power(PowerOp::AwaitCut) if went_well => {
                armed.specimens.remove(&specimen);
            }
            Op::Power(PowerOp::Off) => {
                armed.specimens.remove(&specimen);
            }
            _ => {}
        }
        armed.turn = armed.turn.take().or(turn);
        if armed.specimens.is_empty() {
            armed.turn = None;
        }
    }

    /// A turn to switch the units off after the case, for which a proof of another unit's supply is waited for a while;
    /// after that, and once the run is being ended, they go off all the same.
    pub(crate) fn turn_to_rest(&self) -> Option<Turn> {
        if self.has_a_turn() {
            return None;
        }
        let most = self
            .until()
            .max(self.now() + REST_LEAST)
            .min(self.now() + REST_MOST);
        loop {
            let turn = self.supplies.try_switch();
            if turn.is_some() || self.cancel.is_cancelled() || self.now() >= most {
                return turn;
            }
            self.clock.pause(LOOK.std(), &self.cancel);
        }
    }
}
