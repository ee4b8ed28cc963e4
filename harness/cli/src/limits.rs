//! Limits of the process that stand in the way of a large bench.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};

/// Raises the soft limit of open files to the hard one: a unit takes about nine, a port scan thousands, and the
/// usual soft limit is 1,024. Where the system refuses, what runs out of files says so itself.
pub fn raise_open_files() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// A file that reaches the limit of this shell or service is an error that is told, and no death by SIGXFSZ with a unit
/// left on. For this thread and those that it starts; programs that are started have the usual mask.
pub fn outlive_file_limits() {
    let mut set = SigSet::empty();
    set.add(Signal::SIGXFSZ);
    // Where the system refuses, the guard switches off what was left on.
    let _ = set.thread_block();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_hard_one_afterwards() {
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, hard.min(256), hard).unwrap();
        raise_open_files();
        assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap(), (hard, hard));
    }
}
