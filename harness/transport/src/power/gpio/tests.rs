//! Lines of chips on paper, which refuse, stick or are held by others; and the kernel of this computer.

use super::*;
use crate::power::Power;
use crate::power::tests::conforms;
use proofhouse_model::Channel;
use proofhouse_model::TroubleKind;
use proofhouse_model::settings::Setting;
use std::sync::Arc;

const LONG: &str = "60s";

/// What a line of paper does.
#[derive(Default)]
struct Sheet {
    /// Its voltage; nothing while nobody holds it.
    high: Option<bool>,
    taken: Vec<(String, u32, Level)>,
    sticks: bool,
    refuses: Option<&'static str>,
}

#[derive(Clone)]
struct Paper {
    sheet: Arc<Mutex<Sheet>>,
    chips: Vec<Chip>,
}

fn pin(name: &str, held_by: Option<&str>) -> Pin {
    Pin {
        name: name.to_owned(),
        held_by: held_by.map(str::to_owned),
    }
}

fn chip(name: &str, label: &str, lines: Result<Vec<Pin>, String>) -> Chip {
    Chip {
        path: PathBuf::from(format!("/dev/{name}")),
        name: name.to_owned(),
        label: label.to_owned(),
        lines,
    }
}

impl Paper {
    fn new() -> Self {
        let lines = ["", "RELAY1", "RELAY2", "LED", "LED"].map(|name| pin(name, None));
        let held = vec![pin("FAN", Some("fan-control"))];
        Self {
            sheet: Arc::default(),
            chips: vec![
                chip("gpiochip0", "pinctrl-x", Ok(lines.to_vec())),
                chip("gpiochip1", "ftdi-cbus", Ok(held)),
                chip(
                    "gpiochip2",
                    "ftdi-cbus",
                    Err("permission denied".to_owned()),
                ),
            ],
        }
    }

    fn supply(&self, chip: &str, line: &str, active_low: bool) -> GpioPower {
        let settings = [
            ("chip", Setting::Text(chip.to_owned())),
            ("line", Setting::Text(line.to_owned())),
            ("active_low", Setting::YesNo(active_low)),
            ("within", Setting::Text(LONG.to_owned())),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value));
        GpioPower::with(&Settings(settings.into()), Box::new(self.clone())).unwrap()
    }

    fn high(&self) -> Option<bool> {
        hold(&self.sheet).high
    }
}

impl System for Paper {
    fn chips(&self) -> Result<Vec<Chip>, String> {
        Ok(self.chips.clone())
    }

    fn take(&self, chip: &Path, at: u32, is: Level) -> Result<Box<dyn Line>, String> {
        let mut sheet = hold(&self.sheet);
        if let Some(why) = sheet.refuses {
            return Err(why.to_owned());
        }
        sheet.taken.push((chip.display().to_string(), at, is));
        sheet.high = Some(is.on != is.active_low);
        drop(sheet);
        Ok(Box::new(Wire(Arc::clone(&self.sheet), is.active_low)))
    }
}

/// A line of paper that is held, and whether it is on when it is low.
struct Wire(Arc<Mutex<Sheet>>, bool);

impl Line for Wire {
    fn set(&self, on: bool) -> Result<(), String> {
        let mut sheet = hold(&self.0);
        if let Some(why) = sheet.refuses {
            return Err(why.to_owned());
        }
        if !sheet.sticks {
            sheet.high = Some(on != self.1);
        }
        Ok(())
    }

    fn is_on(&self) -> Result<bool, String> {
        let high = hold(&self.0).high;
        Ok(high != Some(self.1))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        hold(&self.0).high = None;
    }
}

/// What is told of a line that cannot be switched.
fn told(mut power: GpioPower) -> Trouble {
    let trouble = power.off().unwrap_err();
    let known = (trouble.kind, trouble.channel, power.is_on());
    assert_eq!(known, (TroubleKind::Bench, Some(Channel::Power), None));
    trouble
}

#[test]
fn a_line_is_a_supply_by_any_of_its_names() {
    for (chip, line) in [
        ("gpiochip0", "RELAY2"),
        ("/dev/gpiochip0", "2"),
        ("pinctrl-x", "RELAY2"),
    ] {
        for active_low in [false, true] {
            let paper = Paper::new();
            let mut power = paper.supply(chip, line, active_low);
            assert_eq!((power.is_on(), paper.high()), (None, None));
            conforms(&mut power, || paper.high() == Some(!active_low));
            let taken = hold(&paper.sheet).taken.clone();
            let off = Level {
                on: false,
                active_low,
            };
            // Taken once, in the state that it was switched to, and not let go between.
            assert_eq!(taken, [("/dev/gpiochip0".to_owned(), 2, off)]);
            drop(power);
            assert_eq!(paper.high(), None);
        }
    }
}

#[test]
fn a_line_that_does_not_move_is_found_and_held_all_the_same() {
    let paper = Paper::new();
    let mut power = paper.supply("gpiochip0", "1", false);
    power.on().unwrap();
    hold(&paper.sheet).sticks = true;
    let trouble = power.off().unwrap_err();
    assert!(
        trouble
            .what
            .ends_with("line 1 of the GPIO chip gpiochip0 says it is on after it was switched off"),
        "{trouble}"
    );
    assert_eq!((power.is_on(), paper.high()), (None, Some(true)));
    hold(&paper.sheet).sticks = false;
    power.off().unwrap();
    assert_eq!(paper.high(), Some(false));
}

/// As an adapter that was unplugged and plugged in again: the old line is gone.
#[test]
fn a_line_that_refuses_is_looked_for_anew() {
    let paper = Paper::new();
    let mut power = paper.supply("gpiochip0", "1", false);
    power.on().unwrap();
    hold(&paper.sheet).refuses = Some("no such device");
    let trouble = power.off().unwrap_err();
    assert!(
        trouble.what.ends_with("cannot be switched: no such device"),
        "{trouble}"
    );
    let trouble = power.off().unwrap_err();
    assert!(
        trouble.what.ends_with("cannot be taken: no such device"),
        "{trouble}"
    );
    hold(&paper.sheet).refuses = None;
    power.off().unwrap();
    assert_eq!(hold(&paper.sheet).taken.len(), 2);
}

#[test]
fn what_is_not_there_or_is_not_clear_is_named() {
    let paper = Paper::new();
    let mistakes = [
        ("gpiochip0", "RELAY3", "has that name; `RELAY1` is near"),
        ("gpiochip0", "5", "the chip has 5 lines, counted from 0"),
        (
            "gpiochip0",
            "LED",
            "may be several: the lines [3, 4] have that name",
        ),
        ("gpiochip1", "FAN", "is held by `fan-control`"),
        (
            "gpiochip2",
            "0",
            "cannot be reached: /dev/gpiochip2: permission denied",
        ),
        (
            "ftdi-cbus",
            "0",
            "may be of several chips: gpiochip1 (ftdi-cbus), gpiochip2 (ftdi-cbus)",
        ),
        ("pinctrl-y", "0", "; `pinctrl-x` is near"),
    ];
    for (chip, line, wanted) in mistakes {
        let trouble = told(paper.supply(chip, line, false));
        assert!(trouble.what.contains(wanted), "{wanted}: {trouble}");
        assert!(trouble.try_next.is_some());
    }
    assert!(hold(&paper.sheet).taken.is_empty());
    let none = Paper {
        chips: Vec::new(),
        ..Paper::new()
    };
    let trouble = told(none.supply("gpiochip0", "0", false));
    assert!(
        trouble.what.contains("this computer has no GPIO chip"),
        "{trouble}"
    );
}

/// Whatever this computer has: it has no such chip, and says so.
#[test]
fn the_kernel_is_asked_for_a_chip_that_is_not_there() {
    let settings = [("chip", "no-such-chip"), ("line", "0"), ("within", LONG)];
    let settings = settings.map(|(k, v)| (k.to_owned(), Setting::Text(v.to_owned())));
    let trouble = told(GpioPower::open(&Settings(settings.into())).unwrap());
    assert!(
        trouble
            .what
            .starts_with("line 0 of the GPIO chip no-such-chip is not there: th"),
        "{trouble}"
    );
}
