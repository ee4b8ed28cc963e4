//! Folders as sysfs and /dev have them, made for tests of several packages.

use std::fs::{create_dir_all, remove_file, write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What is plugged in.
pub struct Adapter {
    /// Such as `1-1.4`.
    pub port: &'static str,
    /// Such as `1.0`.
    pub interface: &'static str,
    /// VID and PID.
    pub kind: (&'static str, &'static str),
    pub serial: Option<&'static str>,
}

pub struct Tree(pub tempfile::TempDir);

impl Tree {
    pub fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        create_dir_all(tree.sysfs().join("class/tty")).unwrap();
        create_dir_all(tree.dev().join("serial/by-id")).unwrap();
        // Ports without an adapter are there as well.
        let platform = tree.sysfs().join("devices/platform/serial8250/tty/ttyS0");
        create_dir_all(&platform).unwrap();
        symlink("../../../serial8250", platform.join("device")).unwrap();
        symlink(platform, tree.sysfs().join("class/tty/ttyS0")).unwrap();
        tree
    }

    pub fn sysfs(&self) -> PathBuf {
        self.0.path().join("sys")
    }

    pub fn dev(&self) -> PathBuf {
        self.0.path().join("dev")
    }

    /// An adapter appears as `ttyUSB0` or `ttyACM0`, whose device file is a link to `leads_to`.
    pub fn plug(&self, tty: &str, adapter: &Adapter, leads_to: &Path) {
        let device = self
            .sysfs()
            .join("devices/pci0000:00/usb1/1-1")
            .join(adapter.port);
        let interface = device.join(format!("{}:{}", adapter.port, adapter.interface));
        // A driver for many adapters has a folder between, the one for modems has none.
        let (above, behind) = match tty.starts_with("ttyUSB") {
            true => (interface.join(tty), format!("../../../{tty}")),
            false => {
                let name = interface.file_name().unwrap().to_str().unwrap();
                (interface.clone(), format!("../../../{name}"))
            }
        };
        let entry = above.join("tty").join(tty);
        create_dir_all(&entry).unwrap();
        symlink(behind, entry.join("device")).unwrap();
        write(interface.join("bInterfaceNumber"), "00\n").unwrap();
        write(device.join("idVendor"), format!("{}\n", adapter.kind.0)).unwrap();
        write(device.join("idProduct"), format!("{}\n", adapter.kind.1)).unwrap();
        if let Some(serial) = adapter.serial {
            write(device.join("serial"), format!("{serial}\n")).unwrap();
        }
        symlink(leads_to, self.dev().join(tty)).unwrap();
        symlink(entry, self.sysfs().join("class/tty").join(tty)).unwrap();
    }

    pub fn unplug(&self, tty: &str) {
        let link = self.sysfs().join("class/tty").join(tty);
        let entry = link.canonicalize().unwrap();
        remove_file(link).unwrap();
        remove_file(self.dev().join(tty)).unwrap();
        std::fs::remove_dir_all(entry).unwrap();
    }
}
