//! Ops of the tap.

use crate::lan::LanWire;
use crate::listener::Listener;
use crate::wired::Keep;
use proofhouse_instruments::capture::Read;
use proofhouse_model::observation::Capture;
use proofhouse_model::op::TapOp;
use proofhouse_model::{Observation, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::tap::Tap;
use std::sync::Arc;

/// The tap of a unit, and the last capture that was read.
pub struct TapWire {
    tap: Tap,
    read: Option<Read>,
    listener: Arc<dyn Listener>,
}

impl TapWire {
    /// Not listening yet.
    pub fn new(tap: Tap, listener: Arc<dyn Listener>) -> Self {
        Self {
            tap,
            read: None,
            listener,
        }
    }

    /// Carries out an op; `lan` is how the bench itself talks with the unit.
    pub fn perform(
        &mut self,
        op: &TapOp,
        lan: Option<&LanWire>,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        match op {
            TapOp::Start => {
                self.tap.start()?;
                self.read = None;
                self.look_at_open(lan);
                Ok(Observation::Done)
            }
            TapOp::Stop => self.tap.stop().map(|()| Observation::Done),
            TapOp::Read => self.tell(keep).map(Observation::Captured),
            TapOp::Search { capture, needles } => {
                let found = self.of_number(*capture)?.search(needles, budget)?;
                Ok(Observation::Sought(found))
            }
        }
    }

    /// Relays hear connections that are opened after the tap; those that the bench has open by now they do not.
    fn look_at_open(&self, lan: Option<&LanWire>) {
        let Some(lan) = lan.filter(|_| self.tap.of_relays().is_some()) else {
            return;
        };
        let open = lan.let_go();
        if open > 0 {
            self.tap.missed(format!(
                "{open} connections that the bench had opened before the tap listened are not in it"
            ));
        }
    }

    fn tell(&mut self, keep: &mut Keep<'_>) -> Result<Capture, Trouble> {
        let recording = self.tap.recording()?;
        let read = Read::of(Arc::clone(&recording));
        let listener = &self.listener;
        let file = read.file(&|bytes| listener.secrets_in(bytes))?;
        let blob = keep(&file)?;
        let (packets, bytes) = read.count();
        let capture = Capture {
            number: recording.number,
            hears: recording.hears.clone(),
            lasted: recording.lasted.into(),
            flows: read.flows(),
            names: read.names(),
            packets,
            bytes,
            lost: read.lost(),
            blob,
            size: file.len() as u64,
        };
        self.read = Some(read);
        Ok(capture)
    }

    fn of_number(&self, number: u32) -> Result<&Read, Trouble> {
        let read = self.read.as_ref().filter(|read| read.number() == number);
        read.ok_or_else(|| {
            Trouble::case(format!(
                "capture {number} is not kept any more: search it before the tap is started again"
            ))
        })
    }

    /// As at the start of a case.
    pub fn rest(&mut self) {
        self.tap.rest();
        self.read = None;
    }
}

#[cfg(test)]
mod tests;
