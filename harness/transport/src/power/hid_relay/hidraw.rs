//! Boards behind the device files of the kernel.

use super::{Board, Report};
use hidapi::{HidApi, HidDevice};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Opens one.
pub(super) fn open(path: &Path) -> Result<Box<dyn Board>, String> {
    let api = HidApi::new().map_err(|e| e.to_string())?;
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|e| e.to_string())?;
    let device = api.open_path(&path).map_err(|e| e.to_string())?;
    Ok(Box::new(Hidraw(device)))
}

struct Hidraw(HidDevice);

impl Board for Hidraw {
    fn ask(&self) -> Result<Report, String> {
        let mut report = Report::default();
        let came = self.0.get_feature_report(&mut report);
        match came.map_err(|e| e.to_string())? {
            n if n == report.len() => Ok(report),
            n => Err(format!("it answers with {n} bytes")),
        }
    }

    fn tell(&self, report: &Report) -> Result<(), String> {
        let told = self.0.send_feature_report(report);
        told.map_err(|e| e.to_string())
    }
}
