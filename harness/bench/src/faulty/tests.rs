//! Each fault is seen to do what it says, at its boundary.

mod console;
mod network;
mod others;

use super::Faulty;
use crate::listener::Listener;
use proofhouse_model::op::PowerOp;
use proofhouse_model::{Channel, Dur, Fault, FaultKind, Op, UnitName, op};
use std::sync::{Arc, Mutex};

/// Remembers what it was told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Listener for Told {
    fn probe_awaited(&self, _: &UnitName, _: Dur, _: &str) {}

    fn button_touched(&self, _: &UnitName, _: proofhouse_transport::reset::Touch) {}
    fn uplink_changed(&self, _: &UnitName, _: proofhouse_transport::uplink::Change) {}

    fn supply_measured(&self, _: &UnitName, _: proofhouse_model::event::SupplyMeasured) {}

    fn secret(&self, _: &UnitName, _: &str, _: &str) {}

    fn secrets_in(&self, _: &[u8]) -> Vec<std::ops::Range<usize>> {
        Vec::new()
    }

    fn masked(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn console_output(&self, _: &UnitName, _: &[u8], _: u64) {}
    fn port_changed(&self, _: &UnitName, _: proofhouse_transport::console::PortChange) {}

    fn fault_set_in(&self, unit: &UnitName, kind: FaultKind, what: &str) {
        let text = format!("{unit} {kind}: {what}");
        self.0.lock().unwrap().push(text);
    }
}

impl Told {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A fault of `plug-a` from its text, and what it tells.
fn faulty(text: &str) -> (Arc<Faulty>, Arc<Told>) {
    let told = Arc::new(Told::default());
    let fault: Fault = text.parse().unwrap();
    (Faulty::new(fault, told.clone()), told)
}

fn unit() -> UnitName {
    UnitName::new("plug-a").unwrap()
}

/// An op on a channel.
fn op_on(channel: Channel) -> Op {
    match channel {
        Channel::Power => Op::Power(PowerOp::On),
        Channel::Console => Op::Console(op::ConsoleOp::Skip),
        Channel::Debug => Op::Debug(op::DebugOp::Grade),
        Channel::Uplink => Op::Uplink(op::UplinkOp::Restore),
        Channel::MQTT => Op::Mqtt(op::MqttOp::Facts),
        Channel::DNS => Op::Dns(op::DnsOp::Facts),
        Channel::DHCP => Op::Dhcp(op::DhcpOp::Facts),
        Channel::Tap => Op::Tap(op::TapOp::Start),
        Channel::Reset => Op::Reset,
        Channel::Label => Op::Label {
            field: "password".into(),
        },
        Channel::Lan => Op::Stream(op::StreamOp::Close { stream: 1 }),
    }
}

/// As many ops on a channel of the fault's unit as it takes to set in at once.
fn set_in(faulty: &Faulty) {
    let channel = faulty.fault.kind.channel().unwrap_or(Channel::Label);
    faulty.before(&unit(), &op_on(channel));
    assert!(faulty.active());
}

#[test]
fn it_sets_in_and_ends_by_the_ops_of_its_own_channel_and_unit() {
    let (faulty, _) = faulty("relay-stuck:plug-a:from=2:lasts=2");
    let other = UnitName::new("plug-b").unwrap();
    let mut seen = Vec::new();
    for _ in 0..6 {
        faulty.before(&other, &op_on(Channel::Power));
        faulty.before(&unit(), &op_on(Channel::Console));
        faulty.before(&unit(), &op_on(Channel::Power));
        seen.push(faulty.active());
    }
    assert_eq!(seen, [false, false, true, true, false, false]);
}

#[test]
fn kinds_without_a_channel_count_every_op_of_the_unit() {
    let (faulty, told) = faulty("disk-slow:plug-a:from=2");
    for channel in [Channel::Label, Channel::Lan] {
        faulty.before(&unit(), &op_on(channel));
        assert!(!faulty.active());
    }
    assert!(told.all().is_empty());
    for _ in 0..3 {
        faulty.before(&unit(), &op_on(Channel::Console));
        assert!(faulty.active());
    }
    assert_eq!(told.all().len(), 1, "told once: {:?}", told.all());
}
