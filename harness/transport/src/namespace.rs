//! Tests that want a network of their own: carried out again in a network namespace, where the system gives one.

use std::process::Command;

/// Set in the process that is in the namespace.
const INSIDE: &str = "PROOFHOUSE_TEST_NAMESPACE";

/// Whether the test goes on here, inside. Outside it is carried out again inside, and has to pass there; where there is
/// no namespace, a word says so.
#[allow(clippy::print_stderr)]
pub(crate) fn inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let may = Command::new("unshare").args(["-rn", "ip", "link"]).output();
    if !may.is_ok_and(|done| done.status.success()) {
        eprintln!("{test}: not tried, since `unshare -rn ip link` gives no network namespace here");
        return false;
    }
    let own = std::env::current_exe().unwrap();
    let mut inside = Command::new("unshare");
    inside.arg("-rn").arg(own).args([test, "--exact"]);
    let done = inside.env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
    false
}
