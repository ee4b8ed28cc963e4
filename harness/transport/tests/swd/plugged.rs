//! Probes that are plugged in as far as probe-rs can tell: a driver of the tests, in the worker.
//!
//! `NAME.probe` in a folder is a probe with the serial number NAME. It leads to the socket `NAME.sock`. While
//! `NAME.held` is there, another program holds it; what is in that file says how the driver tells it. Each try to open
//! it leaves a byte in `NAME.tries`. With `NAME.jtag` it leads to a chain instead, and speaks JTAG alone.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use probe_rs::plugin::{Plugin, register_plugin};
use probe_rs::probe::glasgow::GlasgowFactory;
use probe_rs::probe::list::ProbeListItem;
use probe_rs::probe::{
    DebugProbe, DebugProbeError, DebugProbeInfo, DebugProbeSelector, ProbeCreationError,
    ProbeFactory,
};

use super::chain::Chain;

const VENDOR: u16 = 0xF055;
const PRODUCT: u16 = 0x0001;

static FOLDER: OnceLock<PathBuf> = OnceLock::new();
static DRIVER: Driver = Driver;

/// Makes the probes of a folder known to this process.
pub fn register(folder: PathBuf) {
    if FOLDER.set(folder).is_ok() {
        register_plugin(Plugin {
            probe_drivers: &[&DRIVER as &'static dyn ProbeFactory],
            ..Plugin::default()
        });
    }
}

/// A file of a probe.
pub fn file(folder: &Path, probe: &str, what: &str) -> PathBuf {
    folder.join(format!("{probe}.{what}"))
}

#[derive(Debug)]
struct Driver;

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("test driver")
    }
}

impl ProbeFactory for Driver {
    fn open(&self, selector: &DebugProbeSelector) -> Result<Box<dyn DebugProbe>, DebugProbeError> {
        let none = || DebugProbeError::ProbeCouldNotBeCreated(ProbeCreationError::NotFound);
        let kind = (selector.vendor_id, selector.product_id);
        let named = selector.serial_number.clone();
        let (Some(folder), Some(name), (VENDOR, PRODUCT)) = (FOLDER.get(), named, kind) else {
            return Err(none());
        };
        let tries = file(folder, &name, "tries");
        let mut tries = OpenOptions::new()
            .create(true)
            .append(true)
            .open(tries)
            .unwrap();
        tries.write_all(b".").unwrap();
        match std::fs::read_to_string(file(folder, &name, "held")).as_deref() {
            // As of J-Links, ST-Links and most others.
            Ok("busy") => {
                let busy = "interface is busy (Device or resource busy (os error 16))";
                return Err(DebugProbeError::Usb(io::Error::other(busy)));
            }
            // As of CMSIS-DAP, which tells nothing of it.
            Ok(_) => return Err(none()),
            Err(_) => {}
        }
        if let Some(chain) = Chain::of(folder, &name) {
            return Ok(Box::new(chain));
        }
        let socket = file(folder, &name, "sock");
        GlasgowFactory.open(&DebugProbeSelector {
            vendor_id: 0x20B7,
            product_id: 0x9DB1,
            interface: None,
            serial_number: Some(format!("unix:{}", socket.display())),
        })
    }

    fn list_probes(&self) -> Vec<ProbeListItem> {
        let folder = FOLDER.get().expect("the driver has its folder");
        let all = std::fs::read_dir(folder).unwrap();
        let paths = all.map(|entry| entry.unwrap().path());
        let probes = paths.filter(|path| path.extension().is_some_and(|e| e == "probe"));
        let info = |path: PathBuf| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let info = DebugProbeInfo::new(
                "test probe",
                VENDOR,
                PRODUCT,
                Some(name),
                &DRIVER,
                None,
                false,
            );
            ProbeListItem::accessible(info)
        };
        probes.map(info).collect()
    }
}
