//! Hidden uses of the same binary as a child process, so that one file is the whole product.

use std::process::ExitCode;

/// First word of a command line that makes this process a virtual device.
pub const VIRTUAL: &str = "__virtual";

/// First word of a command line that makes this process the `proofhouse` binary, whatever binary it is: what follows
/// is the command line of `proofhouse`.
pub const BINARY: &str = "__proofhouse";

/// Ends as a child when the command line asks for one: a virtual device, the debug-port worker, a worker for scripts,
/// the guard of a run, or a run. Every binary that runs cases calls this first.
#[must_use]
pub fn dispatch() -> Option<ExitCode> {
    crate::limits::outlive_file_limits();
    proofhouse_transport::swd::set_build(crate::session::tool());
    let mut args = std::env::args_os();
    let name = args.next()?;
    match args.next()?.to_str()? {
        VIRTUAL => {
            let args = args.map(|a| a.to_string_lossy().into_owned());
            Some(proofhouse_fixtures::run_child(&args.collect::<Vec<_>>()))
        }
        proofhouse_bench::GUARD_WORD => {
            // Whoever ends the run does not end what switches it off.
            let _ = ctrlc::set_handler(|| {});
            Some(proofhouse_bench::guard_main())
        }
        proofhouse_transport::swd::WORKER_WORD => Some(proofhouse_transport::swd::worker_main()),
        proofhouse_script::WORKER_WORD => Some(proofhouse_script::worker_main(args)),
        BINARY => Some(crate::main_of(std::iter::once(name).chain(args))),
        _ => None,
    }
}
