//! A relay of a USB board that is a HID device: 16c0:05df, which others have as well, so that its name has to say
//! `USBRelay`.
//!
//! A board has five characters of its own, told in the same report as the state of its relays, and is found by them:
//! the number of its device file is whichever was free.

mod hidraw;

use super::in_time::{Failed, InTime, Port, Turn, says_otherwise};
use crate::console::usb::attribute;
use proofhouse_model::Trouble;
use proofhouse_model::nearest::nearest;
use proofhouse_model::settings::Settings;
use std::path::{Path, PathBuf};

const CHECK: &str =
    "plug the board in again; `proofhouse discover` lists boards and what they are called";
const RULE: &str = "let a group open it by a udev rule, then plug the board in again: SUBSYSTEM==\"hidraw\", \
    ATTRS{idVendor}==\"16c0\", ATTRS{idProduct}==\"05df\", MODE=\"0660\", GROUP=\"plugdev\"";
/// The end of what the system says of its kind, in small letters.
const KIND: &str = ":000016c0:000005df";
const NAME: &str = "USBRelay";

/// A report: its number, which is none, and eight bytes.
type Report = [u8; 9];
const ON: u8 = 0xff;
const OFF: u8 = 0xfd;
/// Where a report has the characters of the board, and the state of its relays.
const CALLED: std::ops::Range<usize> = 1..6;
const STATE: usize = 8;

/// An open board. What goes wrong is told as the system tells it.
trait Board {
    fn ask(&self) -> Result<Report, String>;

    fn tell(&self, report: &Report) -> Result<(), String>;
}

/// What opens a device file.
type Open = dyn Fn(&Path) -> Result<Box<dyn Board>, String> + Send + Sync;

/// A relay board that is plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBoard {
    /// Its device file.
    pub path: PathBuf,
    /// How many relays it has.
    pub relays: u8,
    /// Its five characters, or why they cannot be told.
    pub called: Result<String, String>,
}

/// Every board of this computer.
pub(crate) fn boards() -> Vec<FoundBoard> {
    let (sysfs, dev) = (Path::new("/sys"), Path::new("/dev"));
    let all = plugged(sysfs, dev, &hidraw::open).into_iter();
    all.map(|(plugged, _)| plugged).collect()
}

/// One relay that switches a unit's supply, or presses its button.
pub type HidRelayPower = InTime<BoardRelay>;

/// The relay, by what the bench file calls it.
pub struct BoardRelay {
    board: String,
    relay: u8,
    sysfs: PathBuf,
    dev: PathBuf,
    open: Box<Open>,
}

impl HidRelayPower {
    /// By its settings `board`, `relay` and `within`. The state is unknown until it is switched.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn open(settings: &Settings) -> Result<Self, Trouble> {
        let (sysfs, dev) = (Path::new("/sys"), Path::new("/dev"));
        Self::at(settings, sysfs, dev, Box::new(hidraw::open))
    }

    fn at(settings: &Settings, sysfs: &Path, dev: &Path, open: Box<Open>) -> Result<Self, Trouble> {
        let relay = BoardRelay {
            board: settings.text("board")?.to_owned(),
            relay: settings.whole::<u8>("relay")?.max(1),
            sysfs: sysfs.to_owned(),
            dev: dev.to_owned(),
            open,
        };
        Self::over(relay, settings)
    }
}

/// A board, and what it is opened as where it could be.
type Found = (FoundBoard, Option<Box<dyn Board>>);

/// Boards by what the system tells of its HID devices, each opened and asked what it is called.
fn plugged(sysfs: &Path, dev: &Path, open: &Open) -> Vec<Found> {
    let Ok(all) = std::fs::read_dir(sysfs.join("class/hidraw")) else {
        return Vec::new();
    };
    let boards = all.filter_map(|entry| {
        let entry = entry.ok()?;
        let relays = relays(&attribute(&entry.path().join("device/uevent"))?)?;
        let path = dev.join(entry.file_name());
        let asked = open(&path).and_then(|board| Ok((name_in(&board.ask()?)?, board)));
        let (called, board) = match asked {
            Ok((called, board)) => (Ok(called), Some(board)),
            Err(why) => (Err(why), None),
        };
        let plugged = FoundBoard {
            path,
            relays,
            called,
        };
        Some((plugged, board))
    });
    let mut boards: Vec<Found> = boards.collect();
    boards.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    boards
}

/// How many relays the device has of which the system says this; nothing where it is no relay board.
fn relays(uevent: &str) -> Option<u8> {
    let said = |key: &str| uevent.lines().find_map(|line| line.strip_prefix(key));
    let kind = said("HID_ID=")?.to_lowercase();
    let (_, count) = said("HID_NAME=")?.split_once(NAME)?;
    let count = count.trim().parse().ok();
    count.filter(|n| (1..=8).contains(n) && kind.ends_with(KIND))
}

fn name_in(report: &Report) -> Result<String, String> {
    let name = &report[CALLED];
    match name.iter().all(u8::is_ascii_graphic) {
        true => Ok(String::from_utf8_lossy(name).into_owned()),
        false => Err("its report has no name in it".to_owned()),
    }
}

impl Port for BoardRelay {
    const NAME: &str = "hid-relay";
    const CHECK: &str = CHECK;

    fn switch(&self, on: bool, turn: &Turn<'_>) -> Result<(), Failed> {
        let board = self.find()?;
        turn.is_last()?;
        let mut report = Report::default();
        report[1] = if on { ON } else { OFF };
        report[2] = self.relay;
        let told = board.tell(&report);
        told.map_err(|why| (format!("cannot be switched: {why}"), CHECK))?;
        let asked = board.ask();
        let seen = asked.map_err(|why| (format!("cannot be read back: {why}"), CHECK))?;
        let is = seen[STATE] >> (self.relay - 1) & 1 == 1;
        if is == on {
            return Ok(());
        }
        Err((
            says_otherwise(on),
            "check the board and its supply: its relays want 5 V",
        ))
    }

    fn called(&self) -> String {
        format!("relay {} of the USB board {}", self.relay, self.board)
    }
}

impl BoardRelay {
    /// The board itself, open.
    fn find(&self) -> Result<Box<dyn Board>, Failed> {
        let all = plugged(&self.sysfs, &self.dev, &*self.open);
        let (fit, others): (Vec<Found>, Vec<Found>) = all
            .into_iter()
            .partition(|(plugged, _)| plugged.called.as_ref() == Ok(&self.board));
        if fit.len() > 1 {
            let paths: Vec<_> = fit
                .iter()
                .map(|(p, _)| p.path.display().to_string())
                .collect();
            let what = format!("may be of several boards: {}", paths.join(", "));
            return Err((
                what,
                "leave one of them plugged in, or give it another name",
            ));
        }
        match fit.into_iter().next() {
            Some((plugged, _)) if self.relay > plugged.relays => Err((
                format!("is not there: the board has {} of them", plugged.relays),
                "relays are counted from 1",
            )),
            Some((_, Some(board))) => Ok(board),
            _ => Err(self.none(&others)),
        }
    }

    fn none(&self, others: &[Found]) -> Failed {
        if others.is_empty() {
            return (
                "is not there: no relay board is plugged in".to_owned(),
                CHECK,
            );
        }
        let told: Vec<_> = others
            .iter()
            .map(|(plugged, _)| match &plugged.called {
                Ok(called) => called.clone(),
                Err(why) => format!("{}, which cannot be asked: {why}", plugged.path.display()),
            })
            .collect();
        let called = others.iter().filter_map(|(p, _)| p.called.as_deref().ok());
        let near = nearest(&self.board, called);
        let near = near.map_or_else(String::new, |near| format!("; `{near}` is near"));
        let next = match others.iter().any(|(plugged, _)| plugged.called.is_err()) {
            true => RULE,
            false => CHECK,
        };
        (
            format!("is not there: plugged in: {}{near}", told.join(", ")),
            next,
        )
    }
}

#[cfg(test)]
mod tests;
