//! Log-ins in clear: what the tables say of the ports where a password is taken.

use super::conditions::factor;
use super::rows::{Row, of};
use super::rules::{Review, fault};
use super::{Rule, StatementFault};
use crate::ProvisionId;

/// Protocols that hide nothing, by the word that `at` has for them and the port that is theirs (IANA).
const HIDE_NOTHING: [(&str, u64); 4] = [("ftp", 21), ("http", 80), ("rlogin", 513), ("telnet", 23)];

/// Facts that only a password has.
const OF_PASSWORDS: [&str; 4] = [
    "least-length",
    "refuses-common",
    "bits",
    "guesses-before-limit",
];

/// A port where a log-in is taken in clear.
struct Taken {
    port: u64,
    rows: Vec<String>,
    what: String,
}

impl<'a> Review<'a> {
    /// Passwords that go over a network in clear, although a claim says that none does.
    pub(super) fn clear(&self) -> Vec<StatementFault> {
        let log_ins = of(self.profile, "1-AuthMech").filter(|row| is_sent_as_it_is(*row));
        let taken = log_ins.flat_map(|log_in| self.taken_in_clear(log_in));
        let told = taken.filter_map(|taken| {
            let claims = self.claims_against(taken.port);
            let some = !claims.is_empty();
            some.then(|| fault(Rule::LOG_IN_IN_CLEAR, &claims, taken.rows, taken.what))
        });
        told.collect()
    }

    /// Claims by which no password goes over a port in clear; that of 5.5-7 is about ports that are reached from afar.
    fn claims_against(&self, port: u64) -> Vec<&'a ProvisionId> {
        let from_afar = self.ways(port).any(|way| way.yes("remote") == Some(true));
        let all = ["5.1-3", "5.5-1", "5.5-6"].into_iter();
        let all = all.chain(from_afar.then_some("5.5-7"));
        all.filter_map(|id| self.says_yes(id)).collect()
    }

    fn taken_in_clear(&self, log_in: Row<'a>) -> Vec<Taken> {
        let mut found: Vec<Taken> = Vec::new();
        for (service, port) in self.served(log_in) {
            let known = found.iter().any(|taken| taken.port == port);
            let Some((says, why)) = self.in_clear(port).filter(|_| !known) else {
                continue;
            };
            let mut rows = vec![log_in.name(), service.name()];
            rows.extend(says);
            let what = format!(
                "{} takes {} on port {port}, {why}",
                service.name(),
                log_in.name()
            );
            found.push(Taken { port, rows, what });
        }
        for at in log_in.names("at").unwrap_or_default() {
            let Some(port) = hides_nothing(at) else {
                continue;
            };
            let known = found.iter().any(|taken| taken.port == port);
            if known || self.ways(port).any(is_protected) {
                continue;
            }
            let rows = vec![log_in.name()];
            let what = format!("{} is taken at {at:?}, which hides nothing", log_in.name());
            found.push(Taken { port, rows, what });
        }
        found
    }

    /// Services that take a log-in, each with a port on which it listens in some state.
    fn served(&self, log_in: Row<'a>) -> Vec<(Row<'a>, u64)> {
        let Some(id) = log_in.id() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for service in of(self.profile, "13-SoftServ").filter(|row| row.lists("auth", id)) {
            let serves = |wire: &Row<'_>| service.id().is_some_and(|id| wire.lists("service", id));
            let wires = of(self.profile, "15-Intf").filter(serves);
            let rows = std::iter::once(service).chain(wires);
            let ports = rows
                .filter(|row| listens(*row))
                .filter_map(|row| row.number("port"));
            found.extend(ports.map(|port| (service, port)));
        }
        found
    }

    /// What is spoken on a port.
    fn ways(&self, port: u64) -> impl Iterator<Item = Row<'a>> {
        let ways = of(self.profile, "11-ComMech").chain(of(self.profile, "28-ExtAPI"));
        ways.filter(move |way| way.number("port") == Some(port))
    }

    /// The rows by which nothing hides what goes over a port, and why, as the end of a clause. Of a port known by its
    /// number no row has to say so.
    fn in_clear(&self, port: u64) -> Option<(Vec<String>, String)> {
        if self.ways(port).any(is_protected) {
            return None;
        }
        let open: Vec<String> = self.ways(port).filter(is_open).map(Row::name).collect();
        if !open.is_empty() {
            let why = format!("where {} is spoken without TLS", open.join(" and "));
            return Some((open, why));
        }
        let (protocol, _) = HIDE_NOTHING.iter().find(|(_, usual)| *usual == port)?;
        let why = format!("which is that of {protocol}, and no row says that it is protected");
        Some((Vec::new(), why))
    }
}

/// Whether what is spoken there is said to go in clear.
pub(super) fn is_open(way: &Row<'_>) -> bool {
    way.yes("tls") == Some(false) && !is_protected(*way)
}

/// By TLS, or by something else that is said to keep it confidential. Of a key, or of algorithms, the best is believed
/// where no guarantees are said.
fn is_protected(way: Row<'_>) -> bool {
    let by_another = || match way.names("guarantees") {
        Some(given) => given.contains(&"confidentiality"),
        None => {
            let algorithms = way.names("crypto").unwrap_or_default();
            way.yes("keyed") == Some(true) || !algorithms.is_empty()
        }
    };
    way.yes("tls") == Some(true) || by_another()
}

/// Whether the secret itself is shown, and over a network. A key proves itself without that.
fn is_sent_as_it_is(row: Row<'_>) -> bool {
    let is_shown = match factor(row) {
        Some(factor) => factor.starts_with("password") || factor == "token",
        None => OF_PASSWORDS.iter().any(|key| row.fact(key).is_some()),
    };
    is_shown && row.yes("local") != Some(true)
}

/// The port of a place such as `telnet:23`, where its protocol hides nothing.
fn hides_nothing(at: &str) -> Option<u64> {
    let (protocol, port) = at.split_once(':').unwrap_or((at, ""));
    let mut all = HIDE_NOTHING.iter();
    let (_, usual) = all.find(|(word, _)| protocol.eq_ignore_ascii_case(word))?;
    Some(port.parse().unwrap_or(*usual))
}

/// A port that is said to be shut in every state takes nothing.
fn listens(row: Row<'_>) -> bool {
    row.names("states").is_none_or(|states| !states.is_empty())
}
