//! The debug port driver, its worker and real probe-rs against the virtual plug's debug port.
//!
//! This target has its own `main`, because it is also the worker: started with the hidden word it
//! serves requests, as the shipped binary does.

mod swd {
    pub mod bench;
    pub mod broken;
    pub mod locks;
    pub mod reads;
}

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(proofhouse_transport::swd::WORKER_WORD) {
        return proofhouse_transport::swd::worker_main();
    }
    let mut trials = Vec::new();
    for tests in [swd::locks::TESTS, swd::reads::TESTS, swd::broken::TESTS] {
        trials.extend(tests.iter().map(|&(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
