//! The debug port driver, its worker and real probe-rs against the virtual plug's debug port.
//!
//! This target has its own `main`, because it is also the worker: started with the hidden word it
//! serves requests, as the shipped binary does.

mod swd {
    pub mod bench;
    pub mod broken;
    pub mod chain;
    pub mod held;
    pub mod host;
    pub mod jtag;
    pub mod locks;
    pub mod plugged;
    pub mod reads;
}

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(proofhouse_transport::swd::WORKER_WORD) {
        if let Some(folder) = std::env::args_os().nth(2) {
            swd::plugged::register(folder.into());
        }
        return proofhouse_transport::swd::worker_main();
    }
    let mut trials = Vec::new();
    let all = [
        swd::locks::TESTS,
        swd::reads::TESTS,
        swd::broken::TESTS,
        swd::held::TESTS,
        swd::host::TESTS,
        swd::jtag::TESTS,
    ];
    for tests in all {
        trials.extend(tests.iter().map(|&(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
