//! What the bench's DNS server heard.

use proofhouse_model::observation::{DnsFacts, DnsQuestion};
use starlark::environment::MethodsBuilder;

plain_value! {
    /// Where the DNS server listens.
    DnsFactsValue(DnsFacts) as "DnsFacts" with dns_facts_methods in DNS_FACTS_METHODS
}

impl DnsFactsValue {
    fn show(&self) -> String {
        format!("{}:{}", self.0.host, self.0.port)
    }
}

/// Where the bench's DNS server listens, and what it could not read.
#[starlark::starlark_module]
fn dns_facts_methods(_: &mut MethodsBuilder) {
    /// Address.
    #[starlark(attribute)]
    fn host(this: &DnsFactsValue) -> starlark::Result<String> {
        Ok(this.0.host.clone())
    }

    /// UDP port.
    #[starlark(attribute)]
    fn port(this: &DnsFactsValue) -> starlark::Result<u32> {
        Ok(u32::from(this.0.port))
    }

    /// Datagrams since the start of the case that were no question of one name.
    #[starlark(attribute)]
    fn malformed(this: &DnsFactsValue) -> starlark::Result<u64> {
        Ok(this.0.malformed)
    }

    /// Questions that were too many to be kept.
    #[starlark(attribute)]
    fn forgotten(this: &DnsFactsValue) -> starlark::Result<u64> {
        Ok(this.0.forgotten)
    }
}

plain_value! {
    /// A question.
    QuestionValue(DnsQuestion) as "Question" with question_methods in QUESTION_METHODS
}

impl QuestionValue {
    fn show(&self) -> String {
        format!("{} {}: {}", self.0.name, self.0.kind, self.0.told.name())
    }
}

/// A question that the bench's DNS server was asked.
#[starlark::starlark_module]
fn question_methods(_: &mut MethodsBuilder) {
    /// The name, as it was written.
    #[starlark(attribute)]
    fn name(this: &QuestionValue) -> starlark::Result<String> {
        Ok(this.0.name.clone())
    }

    /// What of it was asked for, such as `A` or `AAAA`.
    #[starlark(attribute)]
    fn kind(this: &QuestionValue) -> starlark::Result<String> {
        Ok(this.0.kind.clone())
    }

    /// Address of whoever asked.
    #[starlark(attribute)]
    fn asked_by(this: &QuestionValue) -> starlark::Result<String> {
        Ok(this.0.from.to_string())
    }

    /// What it was told: `addresses`, `none-of-kind`, `no-such-name`, `wrong-address` or `nothing`.
    #[starlark(attribute)]
    fn told(this: &QuestionValue) -> starlark::Result<String> {
        Ok(this.0.told.name().to_owned())
    }
}
