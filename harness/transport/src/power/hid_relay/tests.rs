//! Boards on folders as sysfs has them, with relays on paper.

use super::*;
use crate::power::Power;
use crate::power::tests::conforms;
use crate::sync::hold;
use proofhouse_model::Channel;
use proofhouse_model::TroubleKind;
use proofhouse_model::settings::Setting;
use std::collections::BTreeMap;
use std::fs::{create_dir_all, write};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// What a board of paper is.
#[derive(Clone, Default)]
struct Sheet {
    name: &'static [u8],
    on: u8,
    sticks: bool,
    /// What it was told, without the number of the report.
    told: Vec<[u8; 8]>,
}

/// Boards by their device file; one without a sheet cannot be opened.
type Desk = Arc<Mutex<BTreeMap<PathBuf, Sheet>>>;

struct Lab {
    folder: TempDir,
    desk: Desk,
}

impl Lab {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            desk: Desk::default(),
        }
    }

    /// A HID device appears.
    fn plug(&self, node: &str, kind: &str, name: &str) {
        let device = self
            .folder
            .path()
            .join("class/hidraw")
            .join(node)
            .join("device");
        create_dir_all(&device).unwrap();
        let said = format!("DRIVER=hid-generic\nHID_ID={kind}\nHID_NAME={name}\nHID_UNIQ=\n");
        write(device.join("uevent"), said).unwrap();
    }

    fn board(&self, node: &str, relays: u8, name: &'static [u8]) {
        let product = format!("www.dcttech.com USBRelay{relays}");
        self.plug(node, "0003:000016C0:000005DF", &product);
        let sheet = Sheet {
            name,
            ..Sheet::default()
        };
        hold(&self.desk).insert(self.node(node), sheet);
    }

    fn node(&self, node: &str) -> PathBuf {
        self.folder.path().join(node)
    }

    fn sheet(&self, node: &str) -> Sheet {
        hold(&self.desk)[&self.node(node)].clone()
    }

    fn supply(&self, board: &str, relay: u64) -> HidRelayPower {
        let settings = [
            ("board", Setting::Text(board.to_owned())),
            ("relay", Setting::Whole(relay)),
            ("within", Setting::Text("60s".to_owned())),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value));
        let desk = Arc::clone(&self.desk);
        let open: Box<Open> = Box::new(move |path| {
            if !hold(&desk).contains_key(path) {
                return Err("permission denied".to_owned());
            }
            Ok(Box::new(Paper(Arc::clone(&desk), path.to_owned())))
        });
        let folder = self.folder.path();
        HidRelayPower::at(&Settings(settings.into()), folder, folder, open).unwrap()
    }
}

struct Paper(Desk, PathBuf);

impl Board for Paper {
    fn ask(&self) -> Result<Report, String> {
        let desk = hold(&self.0);
        let sheet = &desk[&self.1];
        let mut report = Report::default();
        report[1..=sheet.name.len()].copy_from_slice(sheet.name);
        report[8] = sheet.on;
        Ok(report)
    }

    fn tell(&self, report: &Report) -> Result<(), String> {
        let mut desk = hold(&self.0);
        let sheet = desk.get_mut(&self.1).unwrap();
        let [0, told @ ..] = *report else {
            return Err("no such report".to_owned());
        };
        sheet.told.push(told);
        let bit = 1 << (told[1] - 1);
        match told[0] {
            _ if sheet.sticks => {}
            0xff => sheet.on |= bit,
            0xfd => sheet.on &= !bit,
            other => return Err(format!("no such command: {other:#x}")),
        }
        Ok(())
    }
}

/// What is told of a relay that cannot be switched.
fn told(mut power: HidRelayPower) -> Trouble {
    let trouble = power.off().unwrap_err();
    let known = (trouble.kind, trouble.channel, power.is_on());
    assert_eq!(known, (TroubleKind::Bench, Some(Channel::Power), None));
    trouble
}

#[test]
fn a_relay_is_a_supply_and_its_neighbours_are_others() {
    let lab = Lab::new();
    lab.board("hidraw3", 8, b"QAAMZ");
    lab.board("hidraw0", 2, b"BITFT");
    for relay in [1, 8] {
        hold(&lab.desk).get_mut(&lab.node("hidraw3")).unwrap().on = 0b0010_0100;
        let mut power = lab.supply("QAAMZ", relay);
        assert_eq!(power.is_on(), None);
        let bit = 1 << (relay - 1);
        conforms(&mut power, || lab.sheet("hidraw3").on & bit != 0);
        assert_eq!(lab.sheet("hidraw3").on, 0b0010_0100);
    }
    let first = lab.sheet("hidraw3").told[0];
    assert_eq!(first, [0xfd, 1, 0, 0, 0, 0, 0, 0]);
    assert!(lab.sheet("hidraw0").told.is_empty(), "the other board");
}

#[test]
fn a_relay_that_does_not_move_is_found() {
    let lab = Lab::new();
    lab.board("hidraw0", 2, b"BITFT");
    let sheet =
        |change: fn(&mut Sheet)| change(hold(&lab.desk).get_mut(&lab.node("hidraw0")).unwrap());
    sheet(|sheet| (sheet.on, sheet.sticks) = (0b10, true));
    let trouble = told(lab.supply("BITFT", 2));
    assert_eq!(
        trouble.what,
        "relay 2 of the USB board BITFT says it is on after it was switched off"
    );
}

#[test]
fn a_board_that_is_not_there_or_not_clear_is_named() {
    let lab = Lab::new();
    let trouble = told(lab.supply("BITFT", 1));
    assert!(
        trouble.what.ends_with("no relay board is plugged in"),
        "{trouble}"
    );
    // A keyboard, and a device that has the same numbers as many others.
    lab.plug("hidraw0", "0003:0000046D:0000C31C", "Logitech USBRelay2");
    lab.plug("hidraw1", "0003:000016C0:000005DF", "Thermometer");
    let trouble = told(lab.supply("BITFT", 1));
    assert!(
        trouble.what.ends_with("no relay board is plugged in"),
        "{trouble}"
    );
    lab.board("hidraw2", 2, b"BITFX");
    let trouble = told(lab.supply("BITFT", 1));
    assert!(
        trouble.what.ends_with("plugged in: BITFX; `BITFX` is near"),
        "{trouble}"
    );
    let trouble = told(lab.supply("BITFX", 3));
    assert!(
        trouble.what.ends_with("the board has 2 of them"),
        "{trouble}"
    );
    lab.board("hidraw3", 1, b"BITFX");
    let trouble = told(lab.supply("BITFX", 1));
    assert!(
        trouble.what.contains("may be of several boards: "),
        "{trouble}"
    );
    lab.board("hidraw4", 1, b"\x00\xff");
    lab.plug("hidraw5", "0003:000016C0:000005DF", "USBRelay4");
    let trouble = told(lab.supply("BITFT", 1));
    for part in [
        "its report has no name in it",
        "hidraw5, which cannot be asked: permission denied",
    ] {
        assert!(trouble.what.contains(part), "{trouble}");
    }
    assert!(trouble.try_next.unwrap_or_default().contains("05df"));
    for node in ["hidraw2", "hidraw3", "hidraw4"] {
        assert!(lab.sheet(node).told.is_empty(), "{node} was told something");
    }
}

#[test]
fn the_kernel_is_asked_for_a_device_that_is_not_there() {
    let why = hidraw::open(Path::new("/dev/no-such-hidraw")).err();
    assert!(why.is_some_and(|why| why.contains("/dev/no-such-hidraw")));
}
