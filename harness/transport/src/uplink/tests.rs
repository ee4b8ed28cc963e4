//! Cuts by programs, and who is told.

use super::*;
use proofhouse_model::settings::Setting;
use proofhouse_model::{TroubleKind, UnitName};
use std::path::Path;
use std::sync::Mutex;

const LONG: Duration = Duration::from_secs(20);

fn wire(cut: &str, restore: &str, what: &str, file: &Path) -> Wire {
    let line = |program: &str| {
        let words = [program.to_owned(), file.display().to_string()];
        Setting::Words(words.into())
    };
    let settings = [
        ("cut".to_owned(), line(cut)),
        ("restore".to_owned(), line(restore)),
        ("what".to_owned(), Setting::Text(what.to_owned())),
    ];
    Wire {
        driver: "command".to_owned(),
        settings: Settings(settings.into()),
        switch: None,
    }
}

fn opened(wire: &Wire) -> (Uplink, Arc<Mutex<Vec<Change>>>) {
    let unit = UnitName::new("lamp").unwrap();
    let mut uplink = open(wire, &Context::bare(&unit), &|relay| relay).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    uplink.on_change(move |change| tell.lock().unwrap().push(change));
    (uplink, told)
}

#[test]
fn it_is_cut_once_and_restored_once_and_both_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut");
    let (mut uplink, told) = opened(&wire("mkdir", "rmdir", "internet", &cut));
    let budget = Budget::of(LONG);
    // Nothing was cut, so nothing is switched.
    uplink.restore().unwrap();
    assert_eq!(*told.lock().unwrap(), []);
    uplink.cut(CutKind::Internet, &budget).unwrap();
    uplink.cut(CutKind::Internet, &budget).unwrap();
    assert!(cut.exists());
    assert_eq!(uplink.is_cut(), Some(CutKind::Internet));
    uplink.restore().unwrap();
    uplink.restore().unwrap();
    assert!(!cut.exists());
    assert_eq!(uplink.is_cut(), None);
    let told = told.lock().unwrap();
    let (what, read_back) = (CutKind::Internet, false);
    assert_eq!(told[0], Change::Cut { what, read_back });
    assert!(matches!(
        told[1..],
        [Change::Restored {
            read_back: false,
            ..
        }]
    ));
}

#[test]
fn what_its_programs_do_not_cut_is_a_mistake_and_nothing_is_switched() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut");
    let (mut uplink, _) = opened(&wire("mkdir", "rmdir", "dns", &cut));
    let mistake = uplink.cut(CutKind::Link, &Budget::of(LONG)).unwrap_err();
    assert_eq!(mistake.kind, TroubleKind::Case);
    assert!(mistake.what.contains("cuts dns alone"), "{mistake}");
    assert!(!cut.exists());
}

#[test]
fn a_cut_that_was_not_seen_is_restored_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let restored = folder.path().join("restored");
    let (mut uplink, told) = opened(&wire("false", "touch", "link", &restored));
    let trouble = uplink.cut(CutKind::Link, &Budget::of(LONG)).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert_eq!(trouble.channel, Some(Channel::Uplink));
    assert_eq!(uplink.is_cut(), None);
    uplink.restore().unwrap();
    assert!(restored.exists());
    assert_eq!(*told.lock().unwrap(), []);
}

#[test]
fn one_that_cannot_be_restored_may_still_be_cut() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut");
    let (mut uplink, _) = opened(&wire("touch", "false", "link", &file));
    uplink.cut(CutKind::Link, &Budget::of(LONG)).unwrap();
    let trouble = uplink.restore().unwrap_err();
    assert!(trouble.what.contains("may still be cut"), "{trouble}");
    // The run knows its relay, and tells of it at its end.
    assert!(uplink.relay().unwrap().make_off().is_err());
}

/// A relay that is told what to do, on from the beginning.
struct Feed(bool);

impl Power for Feed {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        self.0 = on;
        Ok(())
    }

    fn is_on(&self) -> Option<bool> {
        Some(self.0)
    }
}

#[test]
fn an_outlet_that_feeds_the_link_is_off_while_it_is_cut() {
    let relay = Box::new(Feed(true));
    let mut link = AtUplink { relay, feeds: true };
    assert_eq!(link.is_on(), Some(false));
    link.on().unwrap();
    assert_eq!(
        (link.is_on(), link.relay.is_on()),
        (Some(true), Some(false))
    );
    link.off().unwrap();
    assert_eq!(
        (link.is_on(), link.relay.is_on()),
        (Some(false), Some(true))
    );
}
