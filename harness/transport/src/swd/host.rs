//! A worker on another host, reached through ssh: the same program, the same protocol.

use std::ffi::OsString;
use std::sync::OnceLock;
use std::time::Duration;

use proofhouse_model::{Channel, Trouble, TroubleKind};

/// Until a worker on another host says who it is.
pub const CONNECT: Duration = Duration::from_secs(20);
/// Nobody is there to answer a question, and a link that is dead ends ssh: what is waited for is bounded here as well.
const OPTIONS: [&str; 5] = [
    "BatchMode=yes",
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ControlMaster=no",
];

static BUILD: OnceLock<String> = OnceLock::new();

/// Says which build this program is: version and hash. Parent and worker have to be the same.
pub fn set_build(build: impl Into<String>) {
    // A second word on it is the same word.
    let _ = BUILD.set(build.into());
}

/// The build of this program.
pub fn build() -> &'static str {
    BUILD.get().map_or("of no name", String::as_str)
}

/// What `ssh` is called with.
pub fn arguments(login: &str) -> Vec<OsString> {
    let options = OPTIONS.iter().flat_map(|option| ["-o", *option]);
    let command = ["--", login, "proofhouse", super::WORKER_WORD];
    let all = std::iter::once("-T").chain(options).chain(command);
    all.map(OsString::from).collect()
}

/// No worker there: what came of it, and how to see for oneself.
pub fn not_reached(login: &str, trouble: Trouble) -> Trouble {
    if trouble.kind == TroubleKind::Cancelled {
        return trouble;
    }
    Trouble::bench(
        Channel::Debug,
        format!("no worker for the debug probe on {login}: {}", trouble.what),
        format!(
            "see that `ssh -o BatchMode=yes {login} proofhouse --version` answers with the version of this one, \
             asks for nothing and prints nothing else"
        ),
    )
}

/// The worker there is of another build.
pub fn another_build(login: &str, theirs: &str) -> Trouble {
    Trouble::bench(
        Channel::Debug,
        format!(
            "Proofhouse on {login} is {theirs}, and here it is {}",
            build()
        ),
        "install the same Proofhouse on both",
    )
}

/// Trouble of the bench that came up over there.
pub fn placed(login: &str, mut trouble: Trouble) -> Trouble {
    if trouble.kind == TroubleKind::Bench {
        trouble.what.push_str(" (on ");
        trouble.what.push_str(login);
        trouble.what.push(')');
    }
    trouble
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_asks_nothing_and_takes_no_login_for_an_option() {
        let words = arguments("user@bench-2");
        let at = |word: &str| words.iter().position(|w| w == word);
        assert!(at("BatchMode=yes").is_some() && at("ConnectTimeout=10").is_some());
        assert_eq!(at("user@bench-2"), at("--").map(|at| at + 1));
        assert_eq!(words.last().unwrap(), super::super::WORKER_WORD);
    }

    #[test]
    fn trouble_over_there_says_where_and_the_devices_stays_as_it_is() {
        let bench = placed(
            "b",
            Trouble::bench(Channel::Debug, "no probe", "plug it in"),
        );
        assert_eq!(bench.what, "no probe (on b)");
        let device = Trouble::silent(Channel::Debug, "silent");
        assert_eq!(placed("b", device.clone()), device);
    }
}
