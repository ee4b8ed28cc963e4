//! Which processes have the USB device of a probe open, as far as this user may see it.

use std::path::{Path, PathBuf};

use probe_rs::probe::DebugProbeSelector;

use crate::console::usb::attribute;

/// Who holds a probe when nobody can be seen.
pub const SOMEBODY: &str = "another program (openocd, probe-rs, a J-Link server)";
/// Most processes that are named.
const NAMED: usize = 3;

/// Where the system tells of its devices and processes.
pub struct System {
    /// `/sys`.
    pub sysfs: PathBuf,
    /// `/dev`.
    pub dev: PathBuf,
    /// `/proc`.
    pub proc: PathBuf,
}

impl Default for System {
    fn default() -> Self {
        Self {
            sysfs: "/sys".into(),
            dev: "/dev".into(),
            proc: "/proc".into(),
        }
    }
}

impl System {
    /// Who holds it, such as `openocd (process 4242)`; else that somebody does.
    pub fn holder(&self, selector: &DebugProbeSelector) -> String {
        let nodes = self.nodes(selector);
        let mut found: Vec<String> = match nodes.is_empty() {
            true => Vec::new(),
            false => self.processes(&nodes),
        };
        found.truncate(NAMED);
        match found.is_empty() {
            true => SOMEBODY.to_owned(),
            false => found.join(", "),
        }
    }

    /// The device files of USB devices that fit.
    fn nodes(&self, selector: &DebugProbeSelector) -> Vec<PathBuf> {
        let Ok(all) = std::fs::read_dir(self.sysfs.join("bus/usb/devices")) else {
            return Vec::new();
        };
        let node = |device: &Path| {
            let told = |key: &str| attribute(&device.join(key));
            let id = |key: &str| u16::from_str_radix(&told(key)?, 16).ok();
            let number = |key: &str| told(key)?.parse::<u16>().ok();
            if id("idVendor")? != selector.vendor_id || id("idProduct")? != selector.product_id {
                return None;
            }
            let wanted = selector.serial_number.as_deref().filter(|s| !s.is_empty());
            if wanted.is_some_and(|wanted| told("serial").as_deref() != Some(wanted)) {
                return None;
            }
            let (bus, number) = (number("busnum")?, number("devnum")?);
            let place = format!("bus/usb/{bus:03}/{number:03}");
            self.dev.join(place).canonicalize().ok()
        };
        let all = all.filter_map(|entry| node(&entry.ok()?.path()));
        all.collect()
    }

    /// Processes with one of these files open, but this one.
    fn processes(&self, nodes: &[PathBuf]) -> Vec<String> {
        let Ok(all) = std::fs::read_dir(&self.proc) else {
            return Vec::new();
        };
        let named = all.filter_map(|entry| {
            let process = entry.ok()?.path();
            let pid: u32 = process.file_name()?.to_str()?.parse().ok()?;
            if pid == std::process::id() || !holds(&process, nodes) {
                return None;
            }
            let name = attribute(&process.join("comm")).unwrap_or_default();
            Some(format!("{} (process {pid})", name.escape_debug()))
        });
        named.collect()
    }
}

/// Those of other users cannot be looked at.
fn holds(process: &Path, nodes: &[PathBuf]) -> bool {
    let Ok(open) = std::fs::read_dir(process.join("fd")) else {
        return false;
    };
    let mut open = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    open.any(|file| nodes.contains(&file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, create_dir_all, write};
    use std::process::{Command, Stdio};

    #[test]
    fn the_process_that_has_the_probe_open_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let system = System {
            sysfs: folder.path().join("sys"),
            dev: folder.path().join("dev"),
            ..System::default()
        };
        for (at, serial, number) in [("1-1", "A1", "7"), ("1-2", "B2", "8")] {
            let device = system.sysfs.join("bus/usb/devices").join(at);
            create_dir_all(&device).unwrap();
            let told = [
                ("idVendor", "1366"),
                ("idProduct", "1015"),
                ("serial", serial),
                ("busnum", "1"),
                ("devnum", number),
            ];
            for (key, value) in told {
                write(device.join(key), format!("{value}\n")).unwrap();
            }
        }
        let bus = system.dev.join("bus/usb/001");
        create_dir_all(&bus).unwrap();
        write(bus.join("007"), "").unwrap();
        write(bus.join("008"), "").unwrap();
        let held = File::open(bus.join("007")).unwrap();
        let mut other = Command::new("sleep")
            .arg("600")
            .stdin(Stdio::from(held))
            .spawn()
            .unwrap();
        let of = |selector: &str| system.holder(&selector.parse().unwrap());
        let (held, free, stranger) = (of("1366:1015:A1"), of("1366:1015:B2"), of("1366:1016"));
        other.kill().unwrap();
        other.wait().unwrap();
        let sleeper = format!("sleep (process {})", other.id());
        assert!(held.contains(&sleeper), "{held}");
        assert_eq!((free.as_str(), stranger.as_str()), (SOMEBODY, SOMEBODY));
        assert_eq!(of("1366:1015:A1"), SOMEBODY, "it has ended");
    }
}
