//! A unit that is a child process: made once per run by its factory, then powered by being spawned and killed.

use proofhouse_model::seeded::fnv1a;
use proofhouse_model::{Channel, Sample, Trouble, UnitSpec};
use proofhouse_transport::console::Pty;
use proofhouse_transport::open::{Made, Mask};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the debug port of a virtual device listens, in its folder.
const SWD_SOCKET: &str = "swd.sock";

/// A virtual unit after its factory: what is printed on it, and how to power it.
pub struct VirtualUnit {
    /// Folder with its flash, its sockets and its log.
    pub folder: PathBuf,
    /// What its sticker says.
    pub label: BTreeMap<String, String>,
    /// Its own loopback address.
    pub address: Ipv4Addr,
    /// The program that it is.
    pub program: PathBuf,
    /// Arguments that run it.
    pub run_args: Vec<OsString>,
}

impl VirtualUnit {
    /// Runs the factory for a unit; `command` is the program of its product, and first arguments.
    ///
    /// # Errors
    /// Bench trouble when the program cannot be started or the factory refuses, with what it said.
    pub fn make(
        command: (&Path, &[OsString]),
        spec: &UnitSpec,
        defects: &[String],
        folder: PathBuf,
    ) -> Result<Self, Trouble> {
        let (program, first) = command;
        let broken = |what: String| {
            let try_next = "run the command by hand and read what it says";
            Trouble::bench(
                Channel::Power,
                format!("virtual unit {}: {what}", spec.name),
                try_next,
            )
        };
        std::fs::create_dir_all(&folder)
            .map_err(|e| broken(format!("cannot make {}: {e}", folder.display())))?;
        let identity = |key: &str| spec.identity.get(key).cloned().unwrap_or_default();
        let sample = match spec.sample {
            Sample::Production => "production",
            Sample::Open => "open",
        };
        let mut factory = first.to_vec();
        factory.push("factory".into());
        for (flag, value) in [
            ("--dir", folder.clone().into_os_string()),
            ("--serial", identity("serial").into()),
            ("--mac", identity("mac").into()),
            ("--chip-uid", identity("chip-uid").into()),
            ("--sample", sample.into()),
        ] {
            // A device without a chip to tell apart has no such number.
            if !value.is_empty() {
                factory.extend([flag.into(), value]);
            }
        }
        push_defects(&mut factory, defects);
        let out = Command::new(program)
            .args(&factory)
            .output()
            .map_err(|e| broken(format!("cannot start {}: {e}", program.display())))?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr);
            return Err(broken(format!(
                "its factory ended with {}: {}",
                out.status,
                said.trim()
            )));
        }
        let label = read_label(&folder.join("label.json")).map_err(broken)?;
        let address = own_address(&folder);
        let mut run_args = first.to_vec();
        run_args.push("run".into());
        run_args.extend(["--dir".into(), folder.clone().into_os_string()]);
        run_args.extend(["--address".into(), address.to_string().into()]);
        push_defects(&mut run_args, defects);
        Ok(Self {
            folder,
            label,
            address,
            program: program.to_owned(),
            run_args,
        })
    }

    /// Keeps a copy of the unit as it came from its factory.
    ///
    /// # Errors
    /// Bench trouble: the disk refuses.
    pub fn as_new(&self) -> Result<AsNew, Trouble> {
        let mut files = Vec::new();
        let mut read = || -> std::io::Result<()> {
            for entry in std::fs::read_dir(&self.folder)? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    files.push((entry.path(), std::fs::read(entry.path())?));
                }
            }
            Ok(())
        };
        let folder = self.folder.clone();
        match read() {
            Ok(()) => Ok(AsNew { folder, files }),
            Err(e) => Err(not_renewed(&self.folder, &e)),
        }
    }

    /// What its drivers take hold of; `log` gets what it says on standard error.
    pub fn parts<'a>(&'a self, pty: &'a Pty, log: PathBuf, mask: Mask) -> Made<'a> {
        Made {
            program: &self.program,
            args: &self.run_args,
            pty,
            log,
            mask,
            address: IpAddr::V4(self.address),
            peer: IpAddr::V4(peer_address(self.address)),
            probe: self.probe(),
        }
    }

    /// Selector of its debug probe for probe-rs: its network probe driver over a Unix socket.
    fn probe(&self) -> String {
        format!("20b7:9db1:unix:{}", probe_socket(&self.folder).display())
    }
}

/// Where the debug port of the virtual unit in a folder listens.
pub fn probe_socket(folder: &Path) -> PathBuf {
    folder.join(SWD_SOCKET)
}

/// A virtual unit as its factory made it, kept in memory.
pub struct AsNew {
    folder: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl AsNew {
    /// Makes the unit, which is switched off, as new.
    ///
    /// # Errors
    /// Bench trouble: the disk refuses.
    pub fn restore(&self) -> Result<(), Trouble> {
        let restore = || -> std::io::Result<()> {
            for entry in std::fs::read_dir(&self.folder)? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    std::fs::remove_file(entry.path())?;
                }
            }
            self.files
                .iter()
                .try_for_each(|(path, bytes)| std::fs::write(path, bytes))
        };
        restore().map_err(|e| not_renewed(&self.folder, &e))
    }
}

fn not_renewed(folder: &Path, why: &std::io::Error) -> Trouble {
    let what = format!(
        "the virtual unit in {} cannot be made as new: {why}",
        folder.display()
    );
    Trouble::bench(Channel::Power, what, "check disk space and permissions")
}

fn push_defects(args: &mut Vec<OsString>, defects: &[String]) {
    for defect in defects {
        args.extend(["--defect".into(), defect.into()]);
    }
}

fn read_label(path: &Path) -> Result<BTreeMap<String, String>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let fields: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let text_of = |v: serde_json::Value| match v {
        serde_json::Value::String(s) => s,
        other => other.to_string(),
    };
    Ok(fields.into_iter().map(|(k, v)| (k, text_of(v))).collect())
}

/// An address of 127.64.0.0/10 that follows from the unit's folder: runs beside each other have
/// folders of their own, and
/// therefore addresses of their own. The bench's own peers take the address after it.
fn own_address(folder: &Path) -> Ipv4Addr {
    let bytes = folder.as_os_str().as_encoded_bytes().iter().copied();
    let hash = fnv1a(bytes.chain(std::process::id().to_le_bytes()));
    let [_, _, _, _, a, b, c, _] = hash.to_be_bytes();
    Ipv4Addr::new(127, 64 | (a & 63), b, (c & 0xfe).clamp(2, 252))
}

/// The bench's own address beside a unit's.
fn peer_address(unit: Ipv4Addr) -> Ipv4Addr {
    let [a, b, c, d] = unit.octets();
    Ipv4Addr::new(a, b, c, d + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_loopback_and_leave_room_for_the_peer() {
        for i in 0..5_000 {
            let unit = own_address(Path::new(&format!("runs/{i}/units/plug-a")));
            assert!(unit.is_loopback());
            let last = unit.octets()[3];
            assert!(
                (2..=252).contains(&last) && last.is_multiple_of(2),
                "{unit}"
            );
            assert_ne!(peer_address(unit), unit);
        }
    }

    #[test]
    fn different_folders_get_different_addresses() {
        let of = |name: &str| own_address(Path::new(name));
        assert_ne!(of("r/plug-a"), of("r/plug-b"));
    }
}
