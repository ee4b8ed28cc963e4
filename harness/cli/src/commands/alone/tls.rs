//! `proofhouse tls`.

use super::super::{catch_interrupt, say};
use super::{in_trouble, micros, reach};
use crate::args::TlsArgs;
use crate::exit::Exit;
use crate::session::draw;
use proofhouse_instruments::assess_tls;
use proofhouse_instruments::tls::{Grade, LISTED, grade, offered};
use proofhouse_model::HostSpec;
use proofhouse_model::observation::{TlsAnswer, TlsCertificate, TlsFacts};
use proofhouse_report::text::{count, one_line, took};
use proofhouse_transport::{Budget, Cancel};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

/// Offers everything, and tells what is taken.
pub fn tls(args: &TlsArgs) -> Exit {
    let cancel = Cancel::new();
    catch_interrupt(&cancel, "the assessment");
    let budget = Budget::new(args.within.std(), &cancel);
    let of_host = match &args.service.host {
        HostSpec::Name(name) | HostSpec::Multicast(name) => Some(name.as_str()),
        HostSpec::Address(_) | HostSpec::Zoned(..) => None,
    };
    let name = args.name.as_deref().or(of_host);
    let begun = Instant::now();
    let found = reach(&args.service.host, &budget).and_then(|(address, way)| {
        let at = SocketAddr::new(address, args.service.port);
        assess_tls(at, name, draw(), SystemTime::now(), &way, &budget)
    });
    let facts = match found {
        Ok(facts) => facts,
        Err(trouble) => return in_trouble(&trouble),
    };
    let looked = Looked {
        service: args.service.to_string(),
        name: name.map(str::to_owned),
        took: begun.elapsed(),
        facts,
    };
    say(&match args.json {
        true => format!("{:#}\n", looked.json()),
        false => looked.text(),
    });
    Exit::Passed
}

/// What was seen, and of which service.
pub(super) struct Looked {
    pub(super) service: String,
    pub(super) name: Option<String>,
    pub(super) took: Duration,
    pub(super) facts: TlsFacts,
}

impl Looked {
    pub(super) fn text(&self) -> String {
        let (facts, mut out) = (&self.facts, String::new());
        let (versions, suites) = offered();
        let asked_for = match &self.name {
            Some(name) => format!("server name {}", one_line(name)),
            None => "no server name".to_owned(),
        };
        let _ = writeln!(
            out,
            "{}: {versions} versions and {suites} suites (IANA's, table of {LISTED}) with {asked_for}, offered in {}\n",
            self.service,
            took(self.took)
        );
        let versions = facts.versions.iter();
        let versions: Vec<_> = versions
            .map(|(name, answer)| format!("{name} {}", word(*answer)))
            .collect();
        let _ = writeln!(out, "versions      {}", versions.join(", "));
        let _ = writeln!(out, "suites taken  {}", facts.suites.len());
        for suite in &facts.suites {
            let _ = writeln!(out, "  {suite}{}", graded(suite));
        }
        let _ = writeln!(out, "certificates  {}", facts.certificates.len());
        for certificate in &facts.certificates {
            let _ = writeln!(out, "  {}", of_certificate(certificate));
        }
        let groups = facts.groups.iter();
        let groups: Vec<_> = groups.map(|it| one_line(&it.name).into_owned()).collect();
        let groups = match groups.is_empty() {
            true => "none seen".to_owned(),
            false => groups.join(", "),
        };
        let _ = writeln!(out, "groups        {groups} (up to TLS 1.2)");
        if !facts.names.is_empty() {
            let names: Vec<_> = facts.names.iter().map(|it| one_line(it)).collect();
            let _ = writeln!(out, "names tried   {}", names.join(", "));
        }
        out.push_str("\nNot seen:\n");
        for line in self.not_seen() {
            let _ = writeln!(out, "  {line}");
        }
        out
    }

    /// What this look does not tell.
    fn not_seen(&self) -> Vec<String> {
        let silent = self.facts.versions.iter();
        let silent: Vec<_> = silent
            .filter(|(_, answer)| *answer == TlsAnswer::Silent)
            .map(|(name, _)| name.as_str())
            .collect();
        let mut out = Vec::new();
        if !silent.is_empty() {
            out.push(format!(
                "{}: no answer to a hello, which is no refusal",
                silent.join(", ")
            ));
        }
        out.push(
            "suites that are not in the table, certificates of names that were not asked for"
                .to_owned(),
        );
        out.push(
            "faults of the implementation, resumption, renegotiation, and what a client certificate opens"
                .to_owned(),
        );
        out
    }

    pub(super) fn json(&self) -> Value {
        let (versions, suites) = offered();
        json!({
            "service": self.service,
            "server_name": self.name,
            "took_us": micros(self.took),
            "offered": {"versions": versions, "suites": suites, "table_of": LISTED},
            "found": self.facts,
        })
    }
}

fn word(answer: TlsAnswer) -> &'static str {
    match answer {
        TlsAnswer::Accepted => "taken",
        TlsAnswer::Refused => "refused",
        TlsAnswer::Silent => "silent",
    }
}

/// What current advice says of a suite, where it says something.
fn graded(suite: &str) -> String {
    match grade(suite) {
        Grade::Weak(why) => format!("   weak: {why}"),
        Grade::NoForwardSecrecy => "   no forward secrecy".to_owned(),
        Grade::Old => "   old: CBC with SHA-1".to_owned(),
        Grade::Unknown => "   not in the table".to_owned(),
        Grade::Fine => String::new(),
    }
}

fn of_certificate(it: &TlsCertificate) -> String {
    let unread = || "unread".to_owned();
    let left = match it.days_left {
        Some(days) if days < 0 => "expired".to_owned(),
        Some(days) => format!("{} left", count(usize::try_from(days).unwrap_or(0), "day")),
        None => "validity unread".to_owned(),
    };
    let key = it.key.clone().unwrap_or_else(unread);
    let signed = it.signature.clone().unwrap_or_else(unread);
    let text = format!(
        "{key}, signed with {signed}, {left}, shown to {}, SHA-256 {}",
        it.shown_to, it.sha256
    );
    one_line(&text).into_owned()
}
