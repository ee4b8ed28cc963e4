//! The file itself, written in one pass: what stands in it is fit for XML already.
//!
//! Held to the narrowest reader known, the schema `junit-10` of the Jenkins xUnit plugin in its strictest version: no
//! attribute of a test case but name, class and time, no number of skipped ones on the root, at most three decimals.

use quick_xml::escape::escape;
use std::fmt::Write;

/// How a test case came out when it did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Refuted.
    Failure,
    /// No verdict.
    Error,
    /// Not run, for a reason.
    Skipped,
}

impl Kind {
    const fn element(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }
}

/// One test case; each text is free of what XML cannot hold.
#[derive(Debug)]
pub(super) struct TestCase {
    /// Name, the same in every run.
    pub name: String,
    /// Class name.
    pub class: String,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// How it came, with type and message; `None` when it passed.
    pub result: Option<(Kind, &'static str, String)>,
    /// Text of the element.
    pub text: String,
}

/// What the opening of a suite says beside its counts.
#[derive(Debug)]
pub(super) struct Suite {
    /// Name of the suite.
    pub name: String,
    /// Product, as Jenkins shows `package.name`.
    pub package: String,
    /// Start of the run, RFC 3339, UTC.
    pub timestamp: String,
    /// Name of the bench PC.
    pub hostname: String,
    /// The file of its cases, where all of them stand in one.
    pub file: Option<String>,
    /// Name and value.
    pub properties: Vec<(&'static str, String)>,
}

/// Numbers on a suite and on the root. Times are added in milliseconds, so that sums agree to the digit.
#[derive(Debug, Default, Clone, Copy)]
struct Totals {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    ms: u64,
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
        self.ms = self.ms.saturating_add(other.ms);
    }

    fn attributes(&self, out: &mut String) {
        let Self {
            tests,
            failures,
            errors,
            ..
        } = self;
        let time = seconds(self.ms);
        // Writing into a text cannot fail.
        let _ = write!(
            out,
            r#" tests="{tests}" failures="{failures}" errors="{errors}" time="{time}""#
        );
    }
}

/// A report being written.
#[derive(Debug, Default)]
pub(super) struct Report {
    suites: String,
    count: usize,
    totals: Totals,
    /// The test cases of the suite under way.
    cases: String,
    suite: Totals,
}

impl Report {
    /// Adds a test case to the suite under way.
    pub fn case(&mut self, case: &TestCase) {
        let ms = milliseconds(case.took_us);
        let out = &mut self.cases;
        out.push_str("<testcase");
        attribute(out, "name", &case.name);
        attribute(out, "classname", &case.class);
        attribute(out, "time", &seconds(ms));
        out.push_str(">\n");
        let mut one = Totals {
            tests: 1,
            ms,
            ..Totals::default()
        };
        let element = match &case.result {
            None => "system-out",
            Some((kind, _, _)) => {
                *match kind {
                    Kind::Failure => &mut one.failures,
                    Kind::Error => &mut one.errors,
                    Kind::Skipped => &mut one.skipped,
                } += 1;
                kind.element()
            }
        };
        out.push('<');
        out.push_str(element);
        if let Some((_, type_, message)) = &case.result {
            attribute(out, "type", type_);
            attribute(out, "message", message);
        }
        out.push('>');
        cdata(out, &case.text);
        let _ = write!(out, "</{element}>\n</testcase>\n");
        self.suite.add(one);
    }

    /// Ends the suite under way.
    pub fn end_suite(&mut self, suite: &Suite) {
        let out = &mut self.suites;
        let _ = write!(out, r#"<testsuite id="{}""#, self.count);
        attribute(out, "name", &suite.name);
        attribute(out, "package", &suite.package);
        attribute(out, "timestamp", &suite.timestamp);
        attribute(out, "hostname", &suite.hostname);
        if let Some(file) = &suite.file {
            attribute(out, "file", file);
        }
        self.suite.attributes(out);
        let _ = writeln!(out, r#" skipped="{}">"#, self.suite.skipped);
        out.push_str("<properties>\n");
        for (name, value) in &suite.properties {
            out.push_str("<property");
            attribute(out, "name", name);
            attribute(out, "value", value);
            out.push_str("/>\n");
        }
        out.push_str("</properties>\n");
        out.push_str(&self.cases);
        out.push_str("</testsuite>\n");
        self.totals.add(self.suite);
        self.suite = Totals::default();
        self.cases.clear();
        self.count += 1;
    }

    /// The whole file.
    pub fn finish(self, name: &str) -> Vec<u8> {
        let mut out = String::with_capacity(self.suites.len() + 512);
        out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites");
        attribute(&mut out, "name", name);
        self.totals.attributes(&mut out);
        out.push_str(">\n");
        out.push_str(&self.suites);
        out.push_str("</testsuites>\n");
        out.into_bytes()
    }
}

fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, r#" {name}="{}""#, escape(value));
}

/// Text as it is; its end mark inside is cut in two.
fn cdata(out: &mut String, text: &str) {
    out.push_str("<![CDATA[");
    let mut pieces = text.split("]]>");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        out.push_str("]]]]><![CDATA[>");
        out.push_str(piece);
    }
    out.push_str("]]>");
}

/// Rounded.
fn milliseconds(us: u64) -> u64 {
    us / 1000 + u64::from(us % 1000 >= 500)
}

/// `1.250`: whole seconds and three decimals, for any length.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_decimals_at_any_length() {
        let told =
            [0, 499, 500, 1_249_999, 3_599_999_500, u64::MAX].map(|us| seconds(milliseconds(us)));
        let wanted = [
            "0.000",
            "0.000",
            "0.001",
            "1.250",
            "3600.000",
            "18446744073709.552",
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn an_end_mark_in_a_text_does_not_end_it() {
        let mut out = String::new();
        cdata(&mut out, "a]]>b]]>");
        assert_eq!(out, "<![CDATA[a]]]]><![CDATA[>b]]]]><![CDATA[>]]>");
    }
}
