//! Every row of the table of drivers has its line in the `open` of its channel.

use super::Context;
use crate::peers::{dhcp, dns, mqtt};
use crate::{console, lan, power, reset, swd, tap, uplink};
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Driver, Trouble, UnitName, Wire};

/// What opening a wire without any setting ends with, on a unit that is no virtual one.
fn refusal(channel: Channel, driver: &str) -> Trouble {
    let unit = UnitName::new("lamp").unwrap();
    let context = Context::bare(&unit);
    let wire = Wire {
        driver: driver.to_owned(),
        settings: Settings::default(),
        switch: None,
    };
    let opened = match channel {
        Channel::Power => power::open(&wire, &context).map(drop),
        Channel::Console => console::open(&wire, &context).map(drop),
        Channel::Debug => swd::open(&wire, &context).map(drop),
        Channel::DNS => dns::place(&wire, &context).map(drop),
        Channel::DHCP => dhcp::place(&wire, &context).map(drop),
        Channel::Reset => reset::open(&wire, &context, &|relay| relay).map(drop),
        Channel::Lan => lan::open(&wire, &context).map(drop),
        Channel::Uplink => uplink::open(&wire, &context, &|relay| relay).map(drop),
        Channel::MQTT => mqtt::place(&wire, &context).map(drop),
        Channel::Tap => tap::open(&wire, &context).map(drop),
        Channel::Label => panic!("a label has no driver"),
    };
    opened.unwrap_err()
}

#[test]
fn every_row_has_its_line() {
    for channel in Driver::channels() {
        let unknown = refusal(channel, "nonesuch").what;
        assert!(unknown.contains("no driver `nonesuch`"), "{unknown}");
        for driver in Driver::of(channel) {
            let what = refusal(channel, driver.name).what;
            let wanted = match driver.is_virtual {
                true => "is no virtual unit",
                false => "the driver's setting `",
            };
            assert!(what.contains(wanted), "{channel} {}: {what}", driver.name);
        }
    }
}
