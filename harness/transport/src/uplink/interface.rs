//! An interface of this computer that leads to the unit: set down is cut, set up is restored.

#[cfg(test)]
mod tests;

use crate::caps::NET_ADMIN;
use crate::power::{Power, run_program};
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Longest that setting it may take, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(5);
/// What `ip` says to whoever may not.
const REFUSED: &str = "Operation not permitted";

/// An interface, as a relay that is on when the link is cut.
#[derive(Debug)]
pub(super) struct Interface {
    name: String,
    within: Duration,
    cut: Option<bool>,
}

impl Interface {
    /// By its settings `interface` and `within`. Nothing is set.
    ///
    /// # Errors
    /// Bench trouble: they are missing, there is no such interface, or this process may not set it.
    pub(super) fn open(settings: &Settings) -> Result<Self, Trouble> {
        let name = settings.text("interface")?.to_owned();
        let within = settings.optional("within", Settings::duration)?;
        is_up(&name)?;
        if NET_ADMIN.is_lacking() {
            return Err(not_allowed(&name));
        }
        Ok(Self {
            name,
            within: within.map_or(WITHIN, |within| within.std()),
            cut: None,
        })
    }
}

impl Power for Interface {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        // Whatever happens, the old state is no longer known.
        self.cut = None;
        let to = if on { "down" } else { "up" };
        let words = ["ip", "link", "set", "dev", self.name.as_str(), to];
        let words = words.map(str::to_owned);
        run_program(&words, Path::new("."), self.within).map_err(|why| {
            if why.contains(REFUSED) {
                return not_allowed(&self.name);
            }
            let what = format!("`{}` {why}", words.join(" "));
            let next = "run it by hand; `ip` is of the package iproute2";
            Trouble::bench(Channel::Uplink, what, next)
        })?;
        if is_up(&self.name)? == on {
            let what = format!("the interface {} was set {to}, and is not", self.name);
            let next =
                "see what else sets it, such as NetworkManager, and have that leave it alone";
            return Err(Trouble::bench(Channel::Uplink, what, next));
        }
        self.cut = Some(on);
        Ok(())
    }

    fn is_on(&self) -> Option<bool> {
        self.cut
    }

    fn slowest(&self) -> Duration {
        self.within
    }
}

fn not_allowed(name: &str) -> Trouble {
    let what =
        format!("the interface {name} cannot be set down and up: this process lacks {NET_ADMIN}");
    Trouble::bench(Channel::Uplink, what, NET_ADMIN.how_to_get())
}

/// Whether an interface is up, as far as it was set so: its cable is not looked at.
fn is_up(name: &str) -> Result<bool, Trouble> {
    let all = getifaddrs().map_err(|e| {
        let what = format!("the interfaces of this computer cannot be listed: {e}");
        Trouble::bench(Channel::Uplink, what, "see what `ip link` says")
    })?;
    let mut names = BTreeSet::new();
    for interface in all {
        if interface.interface_name == name {
            return Ok(interface.flags.contains(InterfaceFlags::IFF_UP));
        }
        names.insert(interface.interface_name);
    }
    let names: Vec<_> = names.into_iter().collect();
    Err(Trouble::bench(
        Channel::Uplink,
        format!("this computer has no network interface {name}"),
        format!("write one of {} for `interface`", names.join(", ")),
    ))
}
