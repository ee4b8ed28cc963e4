//! A reset button at an outlet of a switch: what the switch says of it is what counts.

use super::{Device, Mood, OUTLET, PASSWORD, http, opened};
use proofhouse_model::{Channel, TroubleKind, Wire};
use proofhouse_transport::Budget;
use proofhouse_transport::open::Context;
use proofhouse_transport::reset::{self, LabReset, Touch};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// As a bench file names it, held for a moment.
fn button(place: &str, within: &str) -> LabReset {
    let reset = format!(
        "{{ driver = \"button\", hold = \"20ms\", model = \"shelly-gen1\", outlet = {OUTLET}, within = \"{within}\", \
         {place} }}"
    );
    let open =
        |wire: &Wire, context: &Context<'_>| reset::open(wire, context, &|relay| relay).unwrap();
    opened(Channel::Reset, &reset, open).unwrap()
}

#[test]
fn it_is_seen_pressed_and_released() {
    let device = Device::new(Mood::Honest);
    let mut button = button(&http::shelly_gen1(device.clone()), "20s");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (keeps, relays) = (Arc::clone(&seen), device.clone());
    button.on_touch(move |touch| {
        let read_back = match touch {
            Touch::Pressed { read_back } | Touch::Released { read_back, .. } => read_back,
        };
        keeps
            .lock()
            .unwrap()
            .push((relays.is_on(OUTLET), read_back));
    });
    let text = button.carry_out(&Budget::of(LONG)).unwrap();
    assert!(text.ends_with("read back both times"), "{text}");
    assert_eq!(*seen.lock().unwrap(), [(true, true), (false, true)]);
}

#[test]
fn one_that_is_not_seen_pressed_is_trouble_of_the_bench() {
    let device = Device::new(Mood::Stuck);
    let mut button = button(&http::shelly_gen1(device), "300ms");
    button.on_touch(|touch| panic!("{touch:?}"));
    // Its switch says that it is off: that much is known, and nothing was pressed.
    let trouble = button.carry_out(&Budget::of(LONG)).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert_eq!(trouble.channel, Some(Channel::Reset));
    for words in [
        "the reset button was not seen to be pressed",
        "says it is off after it was switched on, for 300ms",
    ] {
        assert!(trouble.what.contains(words), "{trouble}");
    }
    assert!(!trouble.what.contains(PASSWORD), "{trouble}");
}

#[test]
fn one_that_stays_pressed_is_told_as_that() {
    let device = Device::new(Mood::Stuck);
    device.relays()[OUTLET - 1] = true;
    let button = button(&http::shelly_gen1(device), "300ms");
    let trouble = button.carry_out(&Budget::of(LONG)).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(
        trouble
            .what
            .starts_with("the reset button may still be pressed")
            && trouble
                .what
                .contains("says it is on after it was switched off"),
        "{trouble}"
    );
    assert_eq!(button.relay().unwrap().is_on(), None);
}
