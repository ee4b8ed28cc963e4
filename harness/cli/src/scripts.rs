//! Scripts are loaded and carried out by workers, processes of this very program, and what one may take is said once
//! on the command line.

use proofhouse_model::Diagnostic;
use proofhouse_script::{Case, DeviceScript, Limits, Sandbox};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What scripts may take in this process, in MiB; 0 stands for what they usually may.
static MEMORY: AtomicU64 = AtomicU64::new(0);

/// The option that says so, for this program as its own child.
const OPTION: &str = "--script-memory";

/// From now on a script may take so much memory.
pub fn allow(memory_mib: Option<u32>) {
    MEMORY.store(memory_mib.map_or(0, u64::from), Ordering::SeqCst);
}

/// The same for a child run of this program.
pub fn as_arguments() -> Vec<String> {
    match MEMORY.load(Ordering::SeqCst) {
        0 => Vec::new(),
        mib => vec![OPTION.to_owned(), mib.to_string()],
    }
}

/// Loads the scripts of one command line.
pub struct Scripts(Loader);

enum Loader {
    /// In workers.
    Apart(Arc<Sandbox>),
    /// In this process: a test of this crate is no program that could be its own worker.
    Here,
}

impl Scripts {
    /// Nothing is started yet.
    ///
    /// # Errors
    /// This program cannot find itself.
    pub fn new() -> Result<Self, Vec<Diagnostic>> {
        if cfg!(test) {
            return Ok(Self(Loader::Here));
        }
        let program = this_program().map_err(|why| {
            let message = format!("this program cannot find itself: {why}");
            vec![Diagnostic::whole("proofhouse", message)]
        })?;
        let mut limits = Limits::default();
        match MEMORY.load(Ordering::SeqCst) {
            0 => {}
            mib => limits.memory_mib = mib,
        }
        Ok(Self(Loader::Apart(Sandbox::new(program, limits))))
    }

    /// Every case of a suite; in messages the files' names begin with `before` in place of the folder.
    pub fn suite_cases(&self, dir: &Path, before: Option<&str>) -> (Vec<Case>, Vec<Diagnostic>) {
        match &self.0 {
            Loader::Apart(sandbox) => sandbox.load_suite_cases(dir, before),
            Loader::Here => proofhouse_script::load_suite_cases_called(dir, before),
        }
    }

    /// The device script of a profile's folder, which may have none.
    pub fn device_script(
        &self,
        dir: &Path,
        before: Option<&str>,
    ) -> (Option<DeviceScript>, Vec<Diagnostic>) {
        match &self.0 {
            Loader::Apart(sandbox) => sandbox.load_device_script(dir, before),
            Loader::Here => proofhouse_script::load_device_script_called(dir, before),
        }
    }
}

/// The file this process was started from, also when another one has its name by now: a worker must be of the same
/// version.
fn this_program() -> std::io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe()
}
