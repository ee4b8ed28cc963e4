//! A device that publishes without end.

use super::mqtt::publish;
use super::*;
use crate::Cancel;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// After this long the flood ends by itself, so that a wait that never ends fails instead of hanging.
const FLOOD: Duration = Duration::from_secs(20);

/// Runs `wait` while a device publishes something else as fast as it can.
fn flooded<T: Send>(wait: impl FnOnce(&Broker) -> T + Send) -> T {
    let broker = broker();
    let mut device = entered(&broker, "plug", 0);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let flood = scope.spawn(|| {
            let messages = publish("plug/noise", None, b"x").repeat(500);
            let began = Instant::now();
            while !done.load(Ordering::SeqCst) && began.elapsed() < FLOOD {
                device.write_all(&messages).unwrap();
            }
        });
        broker
            .await_message("plug/noise", &Budget::of(LONG))
            .unwrap()
            .unwrap();
        let waited = wait(&broker);
        done.store(true, Ordering::SeqCst);
        flood.join().unwrap();
        waited
    })
}

#[test]
fn a_wait_for_a_message_ends_at_its_deadline() {
    let began = Instant::now();
    let seen = flooded(|broker| broker.await_message("plug/wanted", &Budget::of(SHORT)));
    assert_eq!(seen.unwrap(), None);
    assert!(began.elapsed() < FLOOD, "it outlasted its budget");
}

#[test]
fn a_wait_for_a_message_ends_when_it_is_called_off() {
    let began = Instant::now();
    let cancel = Cancel::new();
    let seen = flooded(|broker| {
        std::thread::scope(|scope| {
            let budget = Budget::new(LONG, &cancel);
            let waiting = scope.spawn(move || broker.await_message("plug/wanted", &budget));
            cancel.cancel("enough");
            waiting.join().unwrap()
        })
    });
    assert_eq!(seen.unwrap_err().kind, TroubleKind::Cancelled);
    assert!(began.elapsed() < FLOOD, "nobody woke it");
}

#[test]
fn a_publication_nobody_subscribed_to_ends_at_its_deadline() {
    let began = Instant::now();
    let sent = flooded(|broker| broker.publish("plug/a/set", b"on", &Budget::of(SHORT)));
    assert_eq!(sent.unwrap_err().kind, TroubleKind::DeviceSilent);
    assert!(began.elapsed() < FLOOD, "it outlasted its budget");
}
