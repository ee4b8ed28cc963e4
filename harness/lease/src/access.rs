//! How a coordinator is reached, and as whom: from the bench file and the environment that labgrid's own client reads.

use crate::NotLeased;
use proofhouse_model::bench_spec::FarmSpec;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The coordinator's port where none is named.
const PORT: u16 = 20408;
/// Where it is when nobody says.
const HERE: &str = "127.0.0.1";
/// Certificates of authorities, in the places where systems keep them.
const AUTHORITIES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// A coordinator, and who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// `host:port`.
    pub coordinator: String,
    /// How its certificate is verified, where it speaks TLS.
    pub tls: Option<Tls>,
    /// Who asks.
    pub me: Identity,
    /// Token of a reservation that was made before.
    pub token: Option<String>,
    /// Folder of the user in which places that are held are noted.
    pub notes: PathBuf,
}

/// TLS to the coordinator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Certificates that are trusted, PEM.
    pub authority: PathBuf,
}

/// Who asks, as labgrid knows clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name of this computer.
    pub host: String,
    /// Name of the user.
    pub user: String,
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.host, self.user)
    }
}

impl Access {
    /// As the bench file says it and the environment adds it; `folder` is the bench file's.
    ///
    /// # Errors
    /// A variable says what cannot be used.
    pub fn new(
        farm: &FarmSpec,
        folder: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, NotLeased> {
        let env = |name: &str| env(name).filter(|text| !text.is_empty());
        let said = farm.coordinator.clone().or_else(|| env("LG_COORDINATOR"));
        let speaks_tls = match farm.tls {
            Some(said) => said,
            None => yes_or_no(env("LG_COORDINATOR_TLS"))?,
        };
        let own = farm.authority.as_ref().map(|path| folder.join(path));
        Ok(Self {
            coordinator: with_port(said.as_deref().unwrap_or(HERE)),
            tls: match speaks_tls || own.is_some() {
                false => None,
                true => Some(Tls {
                    authority: own.map_or_else(of_the_system, Ok)?,
                }),
            },
            me: Identity::of(&env)?,
            token: env("LG_TOKEN"),
            notes: notes(&env)?,
        })
    }
}

impl Identity {
    fn of(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, NotLeased> {
        let host = env("LG_HOSTNAME").or_else(host_name);
        let user = ["LG_USERNAME", "LOGNAME", "USER", "LNAME", "USERNAME"];
        let user = user.iter().find_map(|name| env(name)).or_else(user_name);
        Ok(Self {
            host: usable("LG_HOSTNAME", host)?,
            user: usable("LG_USERNAME", user)?,
        })
    }
}

/// In the state folder of the user.
fn notes(env: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, NotLeased> {
    let home = || env("HOME").map(|home| Path::new(&home).join(".local/state"));
    let state = env("XDG_STATE_HOME").map(PathBuf::from).or_else(home);
    let state = state.filter(|path| path.is_absolute());
    let state = state.ok_or_else(|| {
        let what = "places that are held are noted in the state folder of the user, and neither XDG_STATE_HOME nor \
                    HOME names it by its whole path";
        NotLeased::Environment(what.to_owned())
    })?;
    Ok(state.join("proofhouse/leases"))
}

/// One part of `host/user`, as it goes in a header too.
fn usable(variable: &str, name: Option<String>) -> Result<String, NotLeased> {
    let fine = |name: &String| name.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
    let bad = || {
        let what = "who asks must have a name of printable ASCII without `/` and spaces";
        NotLeased::Environment(format!("{what}: set {variable}"))
    };
    name.filter(|name| !name.is_empty() && fine(name))
        .ok_or_else(bad)
}

fn host_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(text.trim().to_owned())
}

/// The user of this process by the system's own list.
fn user_name() -> Option<String> {
    let own = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let list = std::fs::read_to_string("/etc/passwd").ok()?;
    let name = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == own).then(|| name.to_owned())
    };
    list.lines().find_map(name)
}

/// `LG_COORDINATOR_TLS`: labgrid has taken any text for yes, and takes `1` and `true` since.
fn yes_or_no(said: Option<String>) -> Result<bool, NotLeased> {
    let Some(said) = said else { return Ok(false) };
    match said.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(NotLeased::Environment(format!(
            "LG_COORDINATOR_TLS is `{}`, which is neither 1 nor 0",
            said.escape_debug()
        ))),
    }
}

fn of_the_system() -> Result<PathBuf, NotLeased> {
    let there = AUTHORITIES.iter().map(PathBuf::from).find(|p| p.exists());
    there.ok_or_else(|| {
        let what =
            "the coordinator speaks TLS, and no certificates of authorities are on this system";
        NotLeased::Environment(format!("{what}: write `authority` in [labgrid]"))
    })
}

/// `host:port`, also of an address of IPv6 with or without brackets.
fn with_port(said: &str) -> String {
    if said.parse::<std::net::Ipv6Addr>().is_ok() {
        return format!("[{said}]:{PORT}");
    }
    let port = said.rsplit_once(':').map(|(_, port)| port);
    match port.is_some_and(|port| port.parse::<u16>().is_ok()) {
        true => said.to_owned(),
        false => format!("{said}:{PORT}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn access(farm: &FarmSpec, env: &[(&str, &str)]) -> Result<Access, NotLeased> {
        let env: BTreeMap<&str, &str> = env.iter().copied().collect();
        Access::new(farm, Path::new("benches"), &|name| {
            env.get(name).map(|text| (*text).to_owned())
        })
    }

    const ME: [(&str, &str); 3] = [
        ("LG_HOSTNAME", "desk"),
        ("LG_USERNAME", "ann"),
        ("HOME", "/home/ann"),
    ];

    #[test]
    fn what_the_file_says_goes_before_the_environment() {
        let env = [
            ME.as_slice(),
            &[("LG_COORDINATOR", "farm:1234"), ("LG_TOKEN", "T")],
        ]
        .concat();
        let read = access(&FarmSpec::default(), &env).unwrap();
        assert_eq!(read.coordinator, "farm:1234");
        assert_eq!(read.me.to_string(), "desk/ann");
        assert_eq!(
            read.notes,
            Path::new("/home/ann/.local/state/proofhouse/leases")
        );
        assert_eq!((read.tls, read.token.as_deref()), (None, Some("T")));
        let farm = FarmSpec {
            coordinator: Some("other".to_owned()),
            authority: Some("ca.pem".to_owned()),
            ..FarmSpec::default()
        };
        let read = access(&farm, &env).unwrap();
        assert_eq!(read.coordinator, "other:20408");
        assert_eq!(read.tls.unwrap().authority, Path::new("benches/ca.pem"));
        assert_eq!(
            access(&FarmSpec::default(), &ME).unwrap().coordinator,
            "127.0.0.1:20408"
        );
    }

    #[test]
    fn addresses_have_a_port() {
        for (said, want) in [
            ("farm", "farm:20408"),
            ("farm:1", "farm:1"),
            ("::1", "[::1]:20408"),
            ("[::1]", "[::1]:20408"),
            ("[::1]:7", "[::1]:7"),
        ] {
            assert_eq!(with_port(said), want);
        }
    }

    #[test]
    fn a_variable_means_what_it_says() {
        let tls = |said: &str| {
            let env = [ME.as_slice(), &[("LG_COORDINATOR_TLS", said)]].concat();
            access(&FarmSpec::default(), &env).map(|a| a.tls.is_some())
        };
        assert_eq!(tls("0"), Ok(false));
        assert_eq!(tls("false"), Ok(false));
        assert_eq!(tls(""), Ok(false));
        assert!(matches!(tls("maybe"), Err(NotLeased::Environment(why)) if why.contains("maybe")));
        if of_the_system().is_ok() {
            assert_eq!(tls("1"), Ok(true));
            assert_eq!(tls("True"), Ok(true));
        }
    }

    #[test]
    fn a_name_that_is_no_name_is_told_by_its_variable() {
        for bad in ["a/b", "a b", "\u{e4}"] {
            let env = [("LG_HOSTNAME", "desk"), ("LG_USERNAME", bad)];
            let why = access(&FarmSpec::default(), &env).unwrap_err().to_string();
            assert!(why.contains("LG_USERNAME"), "{why}");
        }
    }
}
