//! Hidden uses of the same binary as a child process, so that one file is the whole product.

use std::process::ExitCode;

/// First word of a command line that makes this process a virtual device.
pub const VIRTUAL: &str = "__virtual";

/// First word of a command line that makes this process the `proofhouse` binary itself, whatever else it is: test
/// targets start runs of their own with it.
pub const ITSELF: &str = "__proofhouse";

/// Ends as a child when the command line asks for one: a virtual device, the debug-port worker, or a run.
/// Every binary that runs
/// cases calls this first.
#[must_use]
pub fn dispatch() -> Option<ExitCode> {
    let mut args = std::env::args().skip(1);
    match args.next()?.as_str() {
        ITSELF => {
            let name = std::env::args_os().take(1);
            Some(crate::main_of(name.chain(std::env::args_os().skip(2))))
        }
        VIRTUAL => Some(proofhouse_fixtures::run_child(&args.collect::<Vec<_>>())),
        proofhouse_transport::swd::WORKER_WORD => Some(proofhouse_transport::swd::worker_main()),
        _ => None,
    }
}
