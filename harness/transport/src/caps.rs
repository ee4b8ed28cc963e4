//! Capabilities that Linux gives a process.

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capability {
    name: &'static str,
    bit: u32,
}

/// Listens on ports below 1024.
pub(crate) const NET_BIND_SERVICE: Capability = Capability {
    name: "CAP_NET_BIND_SERVICE",
    bit: 10,
};
/// Sets interfaces down and up.
pub(crate) const NET_ADMIN: Capability = Capability {
    name: "CAP_NET_ADMIN",
    bit: 12,
};
/// Hears packets as they are on an interface.
#[cfg(target_os = "linux")]
pub(crate) const NET_RAW: Capability = Capability {
    name: "CAP_NET_RAW",
    bit: 13,
};

impl Capability {
    /// Whether this process is known to lack it.
    pub(crate) fn is_lacking(self) -> bool {
        let status = std::fs::read_to_string("/proc/self/status");
        status.is_ok_and(|status| lacks(&status, self.bit))
    }

    /// What to do for it.
    pub(crate) fn how_to_get(self) -> String {
        let name = self.name;
        let short = name.trim_start_matches("CAP_").to_lowercase();
        format!(
            "run Proofhouse as root, or with {name} as an ambient capability: `setpriv --inh-caps +{short} \
             --ambient-caps +{short} proofhouse ...`, or `AmbientCapabilities={name}` in a unit of systemd"
        )
    }
}

impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

fn lacks(status: &str, bit: u32) -> bool {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let set = line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    set.is_some_and(|set| (set >> bit) & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lacking_is_read_and_what_is_not_told_is_not_lacking() {
        let status = "Name:\tx\nCapEff:\t0000000000001400\nCapBnd:\t0\n";
        assert!(!lacks(status, NET_ADMIN.bit) && !lacks(status, NET_BIND_SERVICE.bit));
        assert!(lacks(status, 13));
        assert!(!lacks("Name:\tx\n", NET_ADMIN.bit));
        assert!(NET_ADMIN.how_to_get().contains("+net_admin "));
    }
}
