//! A Power Profiler Kit II as a supply, as a bench file names it: what the current says is what counts.

use super::kit::{DRAWN, Kit, Mood};
use super::opened;
use proofhouse_model::event::SupplyMeasured;
use proofhouse_model::{Channel, Trouble, TroubleKind, Wire};
use proofhouse_transport::open::Context;
use proofhouse_transport::power::{self, Power};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Above what anything here takes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

type Told = Arc<Mutex<Vec<SupplyMeasured>>>;

fn table(kit: &Kit, more: &str) -> String {
    let port = kit.port.display();
    format!("{{ driver = \"ppk2\", voltage_mv = 3300, port = \"{port}\", {more} }}")
}

/// The supply, and what it tells of currents.
fn supply(kit: &Kit, more: &str) -> (Box<dyn Power>, Told) {
    let open = |wire: &Wire, context: &Context<'_>| power::open(wire, context).unwrap();
    let mut power = opened(Channel::Power, &table(kit, more), open).unwrap();
    let told = Told::default();
    let keeps = Arc::clone(&told);
    power.on_measured(Box::new(move |seen| keeps.lock().unwrap().push(seen)));
    (power, told)
}

/// What is told when it is switched in vain.
fn refusal(kit: &Kit, on: bool, within: &str) -> Trouble {
    let (mut power, told) = supply(kit, &format!("mode = \"source\", within = \"{within}\""));
    let began = Instant::now();
    let switched = if on { power.on() } else { power.off() };
    let trouble = switched.unwrap_err();
    assert!(began.elapsed() < PATIENCE);
    assert_eq!(
        (trouble.kind, trouble.channel),
        (TroubleKind::Bench, Some(Channel::Power))
    );
    let port = kit.port.display();
    let name = format!("the Power Profiler Kit II {port} ");
    assert!(trouble.what.starts_with(&name), "{trouble}");
    assert_eq!(power.is_on(), None);
    assert!(told.lock().unwrap().is_empty(), "a failure is no reading");
    trouble
}

#[test]
fn it_is_switched_and_the_current_is_told() {
    for (mode, number) in [("source", 2), ("ampere", 1)] {
        let kit = Kit::new(Mood::Honest);
        let (mut power, told) = supply(&kit, &format!("mode = \"{mode}\", within = \"60s\""));
        assert_eq!(power.is_on(), None);
        for on in [false, true, true, false, true, false] {
            let switched = if on { power.on() } else { power.off() };
            switched.unwrap();
            assert_eq!((kit.state().running, power.is_on()), (on, Some(on)));
        }
        assert_eq!(kit.state().given, Some((3300, number)), "set up before");
        assert_eq!(kit.state().resets, 0);
        let told = told.lock().unwrap();
        // What is on is not switched on again.
        let states: Vec<_> = told.iter().map(|seen| seen.on).collect();
        assert_eq!(states, [false, true, false, true, false]);
        let drawn = (DRAWN * 1e9) as i64;
        for seen in told.iter() {
            // Off, what is left is less than a step of the converter; on, less than a thousandth.
            let (wanted, near) = if seen.on {
                (drawn, drawn / 1000)
            } else {
                (0, 100)
            };
            assert!((seen.current_na - wanted).abs() <= near, "{seen:?}");
            assert!(seen.samples >= 1_900 && seen.lost == 0, "{seen:?}");
        }
    }
}

#[test]
fn what_it_sent_before_is_none_of_its_answer() {
    for mood in [Mood::Measuring, Mood::Garbled] {
        let kit = Kit::new(mood);
        let (mut power, told) = supply(&kit, "mode = \"source\", within = \"60s\"");
        power.off().unwrap();
        power.on().unwrap();
        assert!(kit.state().running, "{mood:?}");
        let told = told.lock().unwrap();
        assert!(told.iter().all(|seen| seen.lost == 0), "{told:?}");
    }
}

#[test]
fn samples_that_were_lost_are_counted() {
    let kit = Kit::new(Mood::Lossy);
    let (mut power, told) = supply(&kit, "mode = \"source\", within = \"60s\"");
    power.on().unwrap();
    let seen = told.lock().unwrap()[0];
    // Forty-two samples that follow each other are followed by a gap of seven.
    let wanted = seen.samples * 7 / 42;
    assert!(seen.lost.abs_diff(wanted) <= 21, "{seen:?}");
    assert!((seen.current_na - 12_500_000).abs() < 12_500, "{seen:?}");
}

#[test]
fn a_switch_that_does_not_move_is_found() {
    let kit = Kit::new(Mood::Stuck);
    let trouble = refusal(&kit, false, "2s");
    assert!(
        trouble.what.contains(" mA after it was switched off"),
        "{trouble}"
    );
    assert_eq!(kit.state().resets, 1, "the last way to safety was tried");
    // One that feeds nothing is not on, whatever it was told.
    let trouble = refusal(&Kit::new(Mood::Empty), true, "300ms");
    assert!(
        trouble.what.contains("after it was switched on, for 300ms")
            && trouble.what.contains("draws 5 µA or more"),
        "{trouble}"
    );
}

#[test]
fn a_current_above_the_threshold_is_not_off() {
    let trouble = refusal(&Kit::new(Mood::Leaky), false, "1s");
    assert!(trouble.what.contains("less than 5 µA"), "{trouble}");
    let kit = Kit::new(Mood::Leaky);
    let more = "mode = \"source\", threshold_ua = 500, within = \"60s\"";
    let (mut power, told) = supply(&kit, more);
    power.off().unwrap();
    let seen = told.lock().unwrap()[0];
    assert!((290_000..310_000).contains(&seen.current_na), "{seen:?}");
}

#[test]
fn a_voltage_that_was_not_taken_reaches_no_unit() {
    let kit = Kit::new(Mood::Fixed);
    let trouble = refusal(&kit, true, "60s");
    assert!(
        trouble
            .what
            .ends_with("is set to 3000 mV after it was set to 3300 mV"),
        "{trouble}"
    );
    let state = kit.state();
    assert!(!state.running && state.given.is_none());
}

#[test]
fn one_that_obeys_nothing_is_reset_to_be_off() {
    let kit = Kit::new(Mood::Odd);
    kit.state().running = true;
    let (mut power, _) = supply(&kit, "mode = \"source\", within = \"2s\"");
    power.off().unwrap();
    let state = kit.state();
    assert_eq!((state.running, state.resets), (false, 1));
}

#[test]
fn silence_ends_in_time() {
    for on in [true, false] {
        let trouble = refusal(&Kit::new(Mood::Silent), on, "200ms");
        assert!(
            trouble.what.contains("does not tell what it is"),
            "{trouble}"
        );
    }
}

#[test]
fn what_a_bench_file_says_of_it_is_checked() {
    let kit = Kit::new(Mood::Honest);
    let told = |table: &str| {
        let opened = opened(Channel::Power, table, |_, _| ());
        opened.err().unwrap_or_else(|| "fine".to_owned())
    };
    let good = table(&kit, "mode = \"source\"");
    assert_eq!(told(&good), "fine");
    let mistakes = [
        (
            good.replace("3300", "5001"),
            "4: `voltage_mv` is 5001 | a whole number from 800 to 5000",
        ),
        (
            good.replace("source", "sourse"),
            "4: `sourse` is no mode | one of \"source\", \"ampere\"",
        ),
        (
            good.replace("port = ", "usb-port = "),
            "4: this is no place on USB | such as 1-1.4, or 1-1.4:1.0 with the interface, as /sys/bus/usb/devices \
             lists them",
        ),
    ];
    for (table, wanted) in mistakes {
        assert_ne!(table, good);
        assert_eq!(told(&table), wanted);
    }
}
