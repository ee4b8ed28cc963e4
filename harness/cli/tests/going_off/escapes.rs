//! A relay's program that leaves the switching to one of another session and environment, as `sudo` and services do.

use crate::lab::Lab;
use nix::sys::signal::Signal;
use std::os::unix::fs::PermissionsExt;

const ESCAPES: &str = r#"#!/bin/sh
# escapes waits|leaves: for what switches on, or has it go on with nobody's name on it
cd "$(dirname "$0")"
switch='echo "box-1 goes on" > told; sleep 2; touch box-1.lit; echo "box-1 is on" > told'
case "$1" in
waits) env -i PATH="$PATH" setsid sh -c "$switch"; true ;;
leaves)
    (env -i PATH="$PATH" setsid sh -c "$switch" &)
    echo "it is nobody's" > told
    sleep 60
    ;;
esac
"#;

/// A unit whose relay may take 5 s.
fn unit(how: &str) -> String {
    let (on, off) = (
        format!(r#"["./escapes", "{how}"]"#),
        r#"["./relay", "box-1", "off", "0", "works"]"#,
    );
    format!(
        "[unit.box-1]\npower = {{ driver = \"command\", on = {on}, off = {off}, within = \"5s\" }}\n"
    )
}

#[test]
fn what_comes_on_behind_the_back_of_its_guard_does_not_stay_on() {
    for how in ["waits", "leaves"] {
        let lab = Lab::of(&unit(how));
        let escapes = lab.at("escapes");
        std::fs::write(&escapes, ESCAPES).unwrap();
        std::fs::set_permissions(&escapes, PermissionsExt::from_mode(0o755)).unwrap();
        let run = lab.run();
        let told = ["box-1 goes on", "it is nobody's"];
        lab.wait_for(&told[..if how == "leaves" { 2 } else { 1 }]);
        run.signal(Signal::SIGKILL);
        if how == "leaves" {
            // Nothing tells whose it was: it is switched off once it is on.
            lab.wait_for(&["box-1 is on"]);
        }
        assert_eq!(run.ends().code, None);
        lab.wires_are_free();
        lab.nothing_is_on();
        assert!(!lab.told().contains(&"box-1 is on".to_owned()), "{how}");
    }
}
