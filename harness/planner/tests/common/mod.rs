//! Shared by the tests of the planner.
#![allow(dead_code, reason = "each test file uses a part")]

use proofhouse_model::{Diagnostic, Edition};
use proofhouse_planner::{Suite, read_suite};
use std::path::{Path, PathBuf};

/// A folder of the repository.
pub fn repo(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

pub fn edition(name: &str) -> Edition {
    Edition::new(name).unwrap()
}

pub fn suite(of: &str) -> Suite {
    read_suite(&repo("test-suites/en303645"), edition(of))
        .unwrap_or_else(|d| panic!("{}", shown(&d)))
}

/// One line a mistake: `line:column message | expected | nearest`, `file` for the file as a whole.
pub fn shown(found: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let place = d
            .place
            .as_ref()
            .map_or_else(|| "file".to_owned(), |p| format!("{}:{}", p.line, p.column));
        let or_dash = |t: &Option<String>| t.clone().unwrap_or_else(|| "-".to_owned());
        let (expected, nearest) = (or_dash(&d.expected), or_dash(&d.nearest));
        format!("{place} {} | {expected} | {nearest}\n", d.message)
    };
    found.iter().map(line).collect()
}

/// A good bench file with every driver in it, beside a folder `profile`.
pub const GOOD_BENCH: &str = r#"# every driver once
name = "desk ü"
profile = "profile"

[unit.lamp-a]
sample = "production"
grants = ["may-brick", "wears-flash"]
identity = { serial = "A17", mac = "02:00:00:00:00:17" }
label = { password = "correct-horse", mac = "02:00:00:00:00:17" }
power = { driver = "command", on = ["relay", "1", "on"], off = ["relay", "1", "off"] }
console = { driver = "serial", port = "/dev/ttyUSB0", baud = 115200 }
debug = { driver = "probe-rs", probe = "1366:1015:000683456789" }
lan = { driver = "ip", address = "192.168.1.7" }
peers = { mqtt = { driver = "listen", address = "fe80::1", port = 8884 } }

[unit.lamp-b]
virtual = "plug"

[unit.lamp-open]
sample = "open"
virtual = "plug"
console.driver = "virtual"
"#;

/// A strip for units whose supply is an outlet: beside the unit, whatever its own supply is.
pub const STRIP: &str = r#"
[power.strip.desk]
on = ["pdu", "{outlet}", "on"]
off = ["pdu", "--off={outlet}"]
between = "400ms"
"#;

/// A good profile, for a folder with `images/new.img` in it.
pub const GOOD_PROFILE: &str = r#"
[product]
maker = "Acme"
model = "Lamp 3"
hardware = "C"
software = "1.4.0"

[ics]
"5.1-1" = { support = "Y", detail = "The user sets it." }
"5.3-14" = { support = "N/A", detail = "The device can be updated." }
"4-1" = { support = "Y", detail = "See the rows below." }

[[ixit.1-AuthMech]]
id = "AuthMech-1"
password-generation-mechanism = "By the user."
authentication-factor = ["password"]
bench = { user = "admin", guesses-before-limit = 3, states = ["operating"] }

[[ixit.1-AuthMech]]
id = "AuthMech-2"

[[ixit.2-UserInfo]]
support-period = "until 2031-01-01"

[console]
baud = 57600
line-end = "\n"
banner = "lamp boot"
reset-cause = "reset: (\\w+)"
crash-causes = ["watchdog"]
prompt = "> $"
login-prompt = "login: $"
crash = "HardFault|panic"

[debug]
chip = "nRF52840_xxAA"
flash = [[0x0, 0x100000], [0x10001000, 0x1000]]
uid = [0x1FFF7A10, 12]
standard-cable = true

[files]
update.newer = "images/new.img"
"update.same" = "./images/new.img"

[limits]
boot = "3s"

[values]
user = "admin"
port = 443
nested = { b = 1, a = [true] }
"#;

/// A folder with a bench file, a good profile and its file.
pub struct Desk {
    pub dir: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("profile/images")).unwrap();
        std::fs::write(dir.path().join("profile/images/new.img"), b"image").unwrap();
        std::fs::write(dir.path().join("profile/profile.toml"), GOOD_PROFILE).unwrap();
        std::fs::write(dir.path().join("bench.toml"), GOOD_BENCH).unwrap();
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}
