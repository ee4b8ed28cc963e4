//! Which of the probes that are plugged in a selector means.

use std::collections::{BTreeMap, BTreeSet};

use probe_rs::probe::list::{Accessibility, ProbeListItem};
use probe_rs::probe::{DebugProbeInfo, DebugProbeSelector};

/// Most probes that a message names.
const NAMED: usize = 8;

/// What a selector means.
pub enum Picked {
    /// Nothing that a driver lists; some drivers list nothing.
    Nothing,
    /// One probe, and each way to open it.
    One(Vec<DebugProbeInfo>),
    /// It is plugged in, and this user may not open it.
    Forbidden,
    /// More than one probe, in words.
    Several(String),
}

/// Decides by what the drivers list for the selector. What opens first would be another probe after the next restart,
/// and a lock that is graded on another unit is the worst of all mistakes.
pub fn pick(listed: Vec<ProbeListItem>, selector: &DebugProbeSelector) -> Picked {
    // Version 1 of CMSIS-DAP is listed beside version 2, and no driver of this build speaks it.
    let listed = listed.into_iter();
    let usable: Vec<_> = listed.filter(|item| !item.info.is_hid_interface).collect();
    if usable.is_empty() {
        return Picked::Nothing;
    }
    if are_several(&usable) {
        let names = names(&usable);
        // Without a serial number of their own they have one name.
        let alike = !names.contains(", ");
        return Picked::Several(if alike {
            format!("{names}, more than once")
        } else {
            names
        });
    }
    let may_open = |item: &ProbeListItem| item.accessibility == Accessibility::Accessible;
    let ways: Vec<_> = usable.into_iter().filter(may_open).collect();
    if ways.is_empty() {
        return Picked::Forbidden;
    }
    let ways = ways.into_iter().map(|item| {
        let mut info = item.info;
        // A driver may list a device once and take the interface as a choice of one of its channels.
        info.interface = selector.interface.or(info.interface);
        info
    });
    Picked::One(ways.collect())
}

/// One device may be listed by several drivers, and by one for each of its interfaces. It is more than one where there
/// are two serial numbers, or where a driver lists one without any beside it, or the same interface twice.
fn are_several(listed: &[ProbeListItem]) -> bool {
    let serials = listed
        .iter()
        .filter_map(|item| item.info.serial_number.as_deref());
    let known: BTreeSet<&str> = serials.filter(|serial| !serial.is_empty()).collect();
    if known.len() > 1 {
        return true;
    }
    /// Serial number and interface.
    type Way<'a> = (Option<&'a str>, Option<u8>);
    let mut by_driver: BTreeMap<String, Vec<Way<'_>>> = BTreeMap::new();
    for ProbeListItem { info, .. } in listed {
        let device = (info.serial_number.as_deref(), info.interface);
        by_driver.entry(info.probe_type()).or_default().push(device);
    }
    by_driver.values().any(|of| {
        let serials: BTreeSet<_> = of.iter().map(|(serial, _)| serial).collect();
        let ways: BTreeSet<_> = of.iter().collect();
        serials.len() > 1 || ways.len() < of.len()
    })
}

/// What is plugged in, each as a bench file names it, and once.
pub fn names(listed: &[ProbeListItem]) -> String {
    let all: BTreeSet<String> = listed.iter().map(|item| name(&item.info)).collect();
    let mut all: Vec<String> = all.into_iter().collect();
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    let mut text = all.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn name(info: &DebugProbeInfo) -> String {
    let (vendor, product) = (info.vendor_id, info.product_id);
    let serial = info.serial_number.as_deref().filter(|s| !s.is_empty());
    let serial = serial.map_or(String::new(), |s| format!(":{}", s.escape_debug()));
    let what = info.identifier.escape_debug();
    format!("{what} ({vendor:04x}:{product:04x}{serial})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use probe_rs::probe::ProbeFactory;
    use probe_rs::probe::glasgow::GlasgowFactory;
    use probe_rs::probe::jlink::JLinkFactory;

    static ONE: GlasgowFactory = GlasgowFactory;
    static OTHER: JLinkFactory = JLinkFactory;

    fn item(
        driver: &'static dyn ProbeFactory,
        serial: Option<&str>,
        interface: Option<u8>,
    ) -> ProbeListItem {
        let serial = serial.map(str::to_owned);
        let info = DebugProbeInfo::new("a probe", 0x1366, 0x1015, serial, driver, interface, false);
        ProbeListItem::accessible(info)
    }

    fn kind() -> DebugProbeSelector {
        "1366:1015".parse().unwrap()
    }

    #[test]
    fn two_that_fit_are_named_and_none_is_taken() {
        let two = vec![item(&ONE, Some("A1"), None), item(&ONE, Some("B2"), None)];
        let Picked::Several(names) = pick(two, &kind()) else {
            panic!("one of two was taken")
        };
        assert_eq!(names, "a probe (1366:1015:A1), a probe (1366:1015:B2)");
        // Clones with one serial number, and two that have none.
        for serial in [Some("123"), None] {
            let two = vec![item(&ONE, serial, Some(0)), item(&ONE, serial, Some(0))];
            let Picked::Several(names) = pick(two, &kind()) else {
                panic!("one of two was taken")
            };
            assert!(names.ends_with("), more than once"), "{names}");
        }
    }

    #[test]
    fn one_that_is_listed_in_several_ways_is_one() {
        let ways = vec![
            item(&ONE, Some("A"), Some(0)),
            item(&ONE, Some("A"), Some(3)),
            item(&OTHER, Some("A"), None),
        ];
        assert!(matches!(pick(ways, &kind()), Picked::One(ways) if ways.len() == 3));
        let hid = || {
            let mut hid = item(&ONE, Some("A"), Some(1));
            hid.info.is_hid_interface = true;
            hid
        };
        let both = vec![hid(), item(&ONE, Some("A"), Some(0))];
        assert!(matches!(pick(both, &kind()), Picked::One(ways) if ways.len() == 1));
        assert!(matches!(pick(vec![hid()], &kind()), Picked::Nothing));
    }

    #[test]
    fn the_channel_that_was_asked_for_is_opened_and_what_is_forbidden_is_said() {
        let second = "1366:1015-1".parse().unwrap();
        let ways = pick(vec![item(&ONE, Some("A"), None)], &second);
        assert!(matches!(ways, Picked::One(ways) if ways[0].interface == Some(1)));
        let mut shut = item(&ONE, Some("A"), None);
        shut.accessibility = Accessibility::PermissionDenied;
        assert!(matches!(pick(vec![shut], &kind()), Picked::Forbidden));
    }
}
