//! Turns, and a strip that sends away whoever comes during a session.

use super::*;
use crate::power::tests::conforms;
use proofhouse_model::settings::Setting;
use proofhouse_model::{UnitName, Wire};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

const BETWEEN: Duration = Duration::from_millis(5);

#[test]
fn sessions_follow_one_another_with_the_pause_between() {
    let (strip, inside) = (Strip::new(BETWEEN), AtomicUsize::new(0));
    let ended = Mutex::new(None::<Instant>);
    std::thread::scope(|scope| {
        for n in 0..6 {
            let (strip, inside, ended) = (&strip, &inside, &ended);
            scope.spawn(move || {
                for _ in 0..5 {
                    let session = strip.session(n % 2 == 0);
                    let now = Instant::now();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                    if let Some(before) = *ended.lock().unwrap() {
                        assert!(now.duration_since(before) >= BETWEEN);
                    }
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    *ended.lock().unwrap() = Some(Instant::now());
                    drop(session);
                }
            });
        }
    });
}

#[test]
fn switching_off_goes_before_whoever_waits_to_switch_on() {
    let strip = Strip::new(Duration::ZERO);
    let order = Mutex::new(Vec::new());
    let waits = |count: fn(&State) -> usize, n| {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) && count(&strip.state.lock().unwrap()) < n {
            std::thread::yield_now();
        }
    };
    std::thread::scope(|scope| {
        let first = strip.session(true);
        for n in 1..=3 {
            scope.spawn(|| {
                let _session = strip.session(true);
                order.lock().unwrap().push("on");
            });
            waits(|s| s.ons, n);
        }
        scope.spawn(|| {
            let _session = strip.session(false);
            order.lock().unwrap().push("off");
        });
        waits(|s| s.offs, 1);
        drop(first);
    });
    assert_eq!(order.into_inner().unwrap(), ["off", "on", "on", "on"]);
}

/// An outlet whose programs make and remove a file, and fail while a session of another one goes on.
fn outlet(strips: &Strips, folder: &Path, outlet: &str) -> Box<dyn Power> {
    socket(strips, folder, outlet, "outlet", |wire, context| {
        crate::power::open(wire, context)
    })
}

/// The same, opened as a supply or as something else.
fn socket(
    strips: &Strips,
    folder: &Path,
    outlet: &str,
    driver: &str,
    open: impl Fn(&Wire, &Context<'_>) -> Result<Box<dyn Power>, Trouble>,
) -> Box<dyn Power> {
    let session = "mkdir session || { echo 'one session at a time' >&2; exit 1; }; ";
    let line = |does: &str| {
        let script = format!("{session}{does}; rmdir session");
        Setting::Words(vec!["sh".into(), "-c".into(), script])
    };
    let text = |text: &str| Setting::Text(text.to_owned());
    let settings = [
        ("strip", text("desk")),
        ("outlet", text(outlet)),
        ("on", line(&format!("touch {outlet}"))),
        ("off", line(&format!("rm -f {outlet}"))),
        ("within", text("60s")),
        ("between", text("1ms")),
        ("outlets", Setting::Whole(3)),
    ];
    let settings = settings.into_iter().map(|(k, v)| (k.to_owned(), v));
    let wire = Wire {
        driver: driver.to_owned(),
        settings: Settings(settings.collect()),
        switch: None,
    };
    let context = Context {
        unit: &UnitName::new("lamp").unwrap(),
        folder,
        console: Default::default(),
        debug: Default::default(),
        strips,
        made: None,
    };
    open(&wire, &context).unwrap()
}

/// openhtf#61: several DUTs share equipment, and each station believes that it has it alone.
#[test]
fn openhtf_61_units_on_one_strip_switch_at_once_and_none_is_sent_away() {
    let folder = std::env::temp_dir().join(format!("proofhouse-strip-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let strips = Strips::default();
    std::thread::scope(|scope| {
        for name in ["1", "2", "3"] {
            let mut power = outlet(&strips, &folder, name);
            assert_eq!(power.slowest(), Duration::from_millis(3 * 60_001));
            let lit = folder.join(name);
            scope.spawn(move || conforms(&mut *power, || lit.exists()));
        }
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Its relay is another socket of the strip: the press has to wait for the supplies, and they for it.
#[test]
fn a_button_on_the_strip_is_pressed_in_turn_with_its_supplies() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let strips = Strips::default();
    let mut supply = outlet(&strips, folder, "1");
    let mut button = socket(&strips, folder, "2", "button", |wire, context| {
        crate::reset::relay(wire, context)
    });
    assert_eq!(button.slowest(), Duration::from_millis(3 * 60_001));
    std::thread::scope(|scope| {
        for power in [&mut supply, &mut button] {
            scope.spawn(move || {
                for _ in 0..20 {
                    power.switch(true).unwrap();
                    power.switch(false).unwrap();
                }
            });
        }
    });
    // The programs that switch it are its own.
    button.switch(true).unwrap();
    assert!(folder.join("2").exists() && !folder.join("1").exists());
}

#[test]
fn a_strip_that_is_not_said_is_bench_trouble() {
    let strips = Strips::default();
    let context = Context {
        unit: &UnitName::new("lamp").unwrap(),
        folder: Path::new("."),
        console: Default::default(),
        debug: Default::default(),
        strips: &strips,
        made: None,
    };
    let settings = Settings([("strip".to_owned(), Setting::Text("desk".into()))].into());
    let trouble = OutletPower::open(&settings, &context)
        .map(drop)
        .unwrap_err();
    assert!(trouble.what.contains("`on`"), "{trouble}");
}
