//! In a network namespace of its own, whose `lo` is nobody else's.

use super::*;
use crate::namespace;
use proofhouse_model::settings::Setting;
use std::net::TcpListener;

fn settings(name: &str) -> Settings {
    let name = Setting::Text(name.to_owned());
    Settings([("interface".to_owned(), name)].into())
}

#[test]
fn set_down_and_up_it_is_read_back_and_carries_nothing_meanwhile() {
    const OWN: &str =
        "uplink::interface::tests::set_down_and_up_it_is_read_back_and_carries_nothing_meanwhile";
    if !namespace::inside(OWN) {
        return;
    }
    let mut link = Interface::open(&settings("lo")).unwrap();
    assert_eq!(link.is_on(), None);
    let reaches = || {
        let listener = TcpListener::bind("127.0.0.1:0").ok()?;
        let to = listener.local_addr().ok()?;
        std::net::TcpStream::connect_timeout(&to, Duration::from_secs(5)).ok()
    };
    link.off().unwrap();
    assert!(is_up("lo").unwrap() && reaches().is_some());
    link.on().unwrap();
    assert_eq!(link.is_on(), Some(true));
    assert!(!is_up("lo").unwrap() && reaches().is_none());
    link.off().unwrap();
    assert!(is_up("lo").unwrap() && reaches().is_some());
}

#[test]
fn one_that_is_not_there_is_named_beside_those_that_are() {
    let trouble = Interface::open(&settings("nosuch0")).unwrap_err();
    assert_eq!(trouble.channel, Some(Channel::Uplink));
    assert!(trouble.what.contains("nosuch0"), "{trouble}");
    assert!(trouble.try_next.unwrap().contains("lo"));
}

#[test]
fn whoever_may_not_is_told_the_capability_and_what_to_do() {
    let told = not_allowed("eth1").to_string();
    assert!(
        told.contains("CAP_NET_ADMIN") && told.contains("setpriv"),
        "{told}"
    );
}
