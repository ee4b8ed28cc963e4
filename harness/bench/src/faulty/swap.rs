//! Two units whose wires are exchanged: each gets the other's opened drivers.

use super::Faulty;
use crate::unit::Unit;
use proofhouse_model::FaultKind;
use std::sync::{Arc, Mutex, PoisonError};

/// Exchanges the wires of two units, and back.
pub(crate) struct Swap {
    faulty: Arc<Faulty>,
    one: Arc<Mutex<Unit>>,
    other: Arc<Mutex<Unit>>,
    swapped: Mutex<bool>,
}

impl Swap {
    /// Between these two; nothing is exchanged yet.
    pub(crate) fn new(faulty: Arc<Faulty>, one: Arc<Mutex<Unit>>, other: Arc<Mutex<Unit>>) -> Self {
        Self {
            faulty,
            one,
            other,
            swapped: Mutex::new(false),
        }
    }

    /// Before each op: exchanges the wires when it is time to, waiting for an op under way on either unit.
    pub(crate) fn settle(&self) {
        let mut swapped = self.swapped.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = self.faulty.active();
        if *swapped == wanted {
            return;
        }
        // Always in this order; an op holds its own unit alone.
        let mut one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        let mut other = self.other.lock().unwrap_or_else(PoisonError::into_inner);
        exchange(self.faulty.fault.kind, &mut one, &mut other);
        *swapped = wanted;
        drop((one, other));
        self.faulty.felt("the wires are exchanged");
    }
}

fn exchange(kind: FaultKind, one: &mut Unit, other: &mut Unit) {
    use FaultKind as K;
    use std::mem::swap;
    let all = kind == K::UnitsSwapped;
    if all || kind == K::ConsolesSwapped {
        swap(&mut one.console, &mut other.console);
    }
    if all || kind == K::LansSwapped {
        swap(&mut one.lan, &mut other.lan);
    }
    if all || kind == K::ProbesSwapped {
        swap(&mut one.debug, &mut other.debug);
    }
    if all || kind == K::SuppliesSwapped {
        swap(&mut one.power, &mut other.power);
    }
    if all {
        swap(&mut one.mqtt, &mut other.mqtt);
        swap(&mut one.dns, &mut other.dns);
        swap(&mut one.dhcp, &mut other.dhcp);
        swap(&mut one.uplink, &mut other.uplink);
        swap(&mut one.reset, &mut other.reset);
        swap(&mut one.tap, &mut other.tap);
    }
}
