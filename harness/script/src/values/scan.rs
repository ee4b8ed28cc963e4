//! What scans and assessments of the network brought.

use crate::values::BytesValue;
use proofhouse_model::observation::{
    FuzzBatch, FuzzDown, PasswordWeakness, PortScan, TlsAnswer, TlsCertificate, TlsFacts,
};
use starlark::environment::MethodsBuilder;
use starlark::values::dict::AllocDict;
use starlark::values::none::NoneOr;

plain_value! {
    /// A port scan.
    PortsValue(PortScan) as "Ports" with ports_methods in PORTS_METHODS
}

impl PortsValue {
    fn show(&self) -> String {
        let tcp: Vec<u16> = self.0.tcp_open.iter().map(|(port, _)| *port).collect();
        format!("tcp {tcp:?}, udp {:?} open", self.0.udp_open)
    }
}

fn wide(ports: &[u16]) -> Vec<u32> {
    ports.iter().copied().map(u32::from).collect()
}

/// Result of a port scan.
#[starlark::starlark_module]
fn ports_methods(_: &mut MethodsBuilder) {
    /// Open TCP ports, each `(port, what it said by itself)`.
    #[starlark(attribute)]
    fn tcp_open(this: &PortsValue) -> starlark::Result<Vec<(u32, String)>> {
        let open = &this.0.tcp_open;
        Ok(open
            .iter()
            .map(|(port, said)| (u32::from(*port), said.lossy()))
            .collect())
    }

    /// How many TCP ports refused: proof that the address was reachable.
    #[starlark(attribute)]
    fn tcp_refused(this: &PortsValue) -> starlark::Result<u32> {
        Ok(this.0.tcp_refused)
    }

    /// How many TCP ports neither answered nor refused: nothing is known of them.
    #[starlark(attribute)]
    fn tcp_silent(this: &PortsValue) -> starlark::Result<u32> {
        Ok(this.0.tcp_silent)
    }

    /// What a port that had answered did while others were silent: `(port, how often it was asked, how often it was
    /// silent)`; None where it was not asked. Silent as well: the device limits new connections, or the wire is bad.
    #[starlark(attribute)]
    fn witness(this: &PortsValue) -> starlark::Result<NoneOr<(u32, u32, u32)>> {
        let facts = this.0.witness;
        Ok(NoneOr::from_option(
            facts.map(|it| (u32::from(it.port), it.asked, it.silent)),
        ))
    }

    /// UDP ports that answered.
    #[starlark(attribute)]
    fn udp_open(this: &PortsValue) -> starlark::Result<Vec<u32>> {
        Ok(wide(&this.0.udp_open))
    }

    /// How many UDP ports were reported closed.
    #[starlark(attribute)]
    fn udp_closed(this: &PortsValue) -> starlark::Result<u32> {
        Ok(this.0.udp_closed)
    }

    /// UDP ports that said nothing: open or filtered, nobody knows.
    #[starlark(attribute)]
    fn udp_silent(this: &PortsValue) -> starlark::Result<Vec<u32>> {
        Ok(wide(&this.0.udp_silent))
    }
}

plain_value! {
    /// A TLS assessment.
    TlsValue(TlsFacts) as "Tls" with tls_methods in TLS_METHODS
}

impl TlsValue {
    fn show(&self) -> String {
        format!("{} suites, {} weak", self.0.suites.len(), self.0.weak.len())
    }
}

/// What a TLS service offers.
#[starlark::starlark_module]
fn tls_methods(_: &mut MethodsBuilder) {
    /// Each version tried and what came: `accepted`, `refused` or `silent`.
    #[starlark(attribute)]
    fn versions(this: &TlsValue) -> starlark::Result<AllocDict<Vec<(String, String)>>> {
        let word = |answer: &TlsAnswer| match answer {
            TlsAnswer::Accepted => "accepted",
            TlsAnswer::Refused => "refused",
            TlsAnswer::Silent => "silent",
        };
        let versions = this.0.versions.iter();
        Ok(AllocDict(
            versions
                .map(|(name, a)| (name.clone(), word(a).to_owned()))
                .collect(),
        ))
    }

    /// Suites accepted, by name.
    #[starlark(attribute)]
    fn suites(this: &TlsValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.suites.clone())
    }

    /// Weak suites accepted, by name.
    #[starlark(attribute)]
    fn weak(this: &TlsValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.weak.clone())
    }

    /// SHA-256 of the leaf certificate; None when none was shown.
    #[starlark(attribute)]
    fn certificate(this: &TlsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.certificate.clone()))
    }

    /// SHA-256 of the leaf's public key; None when none was shown.
    #[starlark(attribute)]
    fn public_key(this: &TlsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.public_key.clone()))
    }

    /// Key kind and size, such as `EC 256`; None when no certificate was shown.
    #[starlark(attribute)]
    fn key(this: &TlsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.key.clone()))
    }

    /// Days until the certificate ends, negative when it has; None when none was shown.
    #[starlark(attribute)]
    fn days_left(this: &TlsValue) -> starlark::Result<NoneOr<i64>> {
        Ok(NoneOr::from_option(this.0.days_left))
    }

    /// Signature algorithm of the leaf; None when none was shown.
    #[starlark(attribute)]
    fn signature(this: &TlsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.signature.clone()))
    }

    /// Every leaf certificate that was shown: to clients that know one kind of key only, and by each of `names`.
    #[starlark(attribute)]
    fn certificates(this: &TlsValue) -> starlark::Result<Vec<CertificateValue>> {
        let all = this.0.certificates.iter().cloned();
        Ok(all.map(CertificateValue).collect())
    }

    /// Groups that keys are agreed in up to TLS 1.2, `(suite, name, bits)`; bits are None for an unknown curve.
    #[starlark(attribute)]
    fn groups(this: &TlsValue) -> starlark::Result<Vec<(String, String, NoneOr<u32>)>> {
        let all = this.0.groups.iter();
        Ok(all
            .map(|it| {
                (
                    it.suite.clone(),
                    it.name.clone(),
                    NoneOr::from_option(it.bits),
                )
            })
            .collect())
    }

    /// Server names that were asked for, beside none.
    #[starlark(attribute)]
    fn names(this: &TlsValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.names.clone())
    }
}

plain_value! {
    /// A certificate of a TLS service.
    CertificateValue(TlsCertificate) as "Certificate" with certificate_methods in CERTIFICATE_METHODS
}

impl CertificateValue {
    fn show(&self) -> String {
        let key = self.0.key.as_deref().unwrap_or("unknown key");
        format!("{key}, shown to {}", self.0.shown_to)
    }
}

/// A leaf certificate that a TLS service showed.
#[starlark::starlark_module]
fn certificate_methods(_: &mut MethodsBuilder) {
    /// SHA-256 of it.
    #[starlark(attribute)]
    fn sha256(this: &CertificateValue) -> starlark::Result<String> {
        Ok(this.0.sha256.clone())
    }

    /// SHA-256 of its public key; None when it is not understood.
    #[starlark(attribute)]
    fn public_key(this: &CertificateValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.public_key.clone()))
    }

    /// Key kind and size, such as `EC 256`; None when it is not understood.
    #[starlark(attribute)]
    fn key(this: &CertificateValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.key.clone()))
    }

    /// Days until it ends, negative when it has; None when it is not understood.
    #[starlark(attribute)]
    fn days_left(this: &CertificateValue) -> starlark::Result<NoneOr<i64>> {
        Ok(NoneOr::from_option(this.0.days_left))
    }

    /// Signature algorithm; None when it is not understood.
    #[starlark(attribute)]
    fn signature(this: &CertificateValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.signature.clone()))
    }

    /// The first offer to which it was shown, for a reader.
    #[starlark(attribute)]
    fn shown_to(this: &CertificateValue) -> starlark::Result<String> {
        Ok(this.0.shown_to.clone())
    }
}

plain_value! {
    /// A fuzz batch.
    FuzzValue(FuzzBatch) as "Fuzz" with fuzz_methods in FUZZ_METHODS
}

impl FuzzValue {
    fn show(&self) -> String {
        let batch = &self.0;
        let down = if batch.down.is_some() {
            ", device went down"
        } else {
            ""
        };
        format!("{} sent, {} answered{down}", batch.sent, batch.answered)
    }
}

/// Result of one batch of a fuzz campaign.
#[starlark::starlark_module]
fn fuzz_methods(_: &mut MethodsBuilder) {
    /// Inputs really sent.
    #[starlark(attribute)]
    fn sent(this: &FuzzValue) -> starlark::Result<u32> {
        Ok(this.0.sent)
    }

    /// Inputs that were answered.
    #[starlark(attribute)]
    fn answered(this: &FuzzValue) -> starlark::Result<u32> {
        Ok(this.0.answered)
    }

    /// Inputs that were refused, or whose connection was closed in an orderly way.
    #[starlark(attribute)]
    fn refused(this: &FuzzValue) -> starlark::Result<u32> {
        Ok(this.0.refused)
    }

    /// Inputs without any answer in time.
    #[starlark(attribute)]
    fn silent(this: &FuzzValue) -> starlark::Result<u32> {
        Ok(this.0.silent)
    }

    /// The input after which the device was down; None when it stayed up.
    #[starlark(attribute)]
    fn down(this: &FuzzValue) -> starlark::Result<NoneOr<DownValue>> {
        Ok(NoneOr::from_option(this.0.down.clone().map(DownValue)))
    }
}

plain_value! {
    /// An input that brought the device down.
    DownValue(FuzzDown) as "Down" with down_methods in DOWN_METHODS
}

impl DownValue {
    fn show(&self) -> String {
        format!("input {}: {}", self.0.index, self.0.seen)
    }
}

/// An input that brought the device down.
#[starlark::starlark_module]
fn down_methods(_: &mut MethodsBuilder) {
    /// Its index in the campaign: seed and index make it again.
    #[starlark(attribute)]
    fn index(this: &DownValue) -> starlark::Result<u32> {
        Ok(this.0.index)
    }

    /// The input itself.
    #[starlark(attribute)]
    fn input(this: &DownValue) -> starlark::Result<BytesValue> {
        Ok(BytesValue::new(this.0.input.clone()))
    }

    /// Which witness saw it: `banner`, `crash`, `no-answer`, `refused`, `connection-lost` or `front`.
    #[starlark(attribute)]
    fn witness(this: &DownValue) -> starlark::Result<String> {
        Ok(this.0.witness.clone())
    }

    /// What was seen.
    #[starlark(attribute)]
    fn seen(this: &DownValue) -> starlark::Result<String> {
        Ok(this.0.seen.clone())
    }
}

/// Judgement on passwords.
#[derive(Debug)]
pub(crate) struct PasswordFacts {
    pub(crate) weaknesses: Vec<PasswordWeakness>,
    pub(crate) compared: usize,
    pub(crate) least_bits: f64,
    pub(crate) derivations: u64,
    pub(crate) listed: String,
}

plain_value! {
    /// A judgement on passwords.
    PasswordsValue(PasswordFacts) as "Passwords" with passwords_methods in PASSWORDS_METHODS
}

impl PasswordFacts {
    /// Whether it says anything to have found no weakness: one password can be shared by all that were not looked at.
    pub(crate) fn looked(&self) -> bool {
        self.compared > 1 || !self.weaknesses.is_empty()
    }
}

impl PasswordsValue {
    fn show(&self) -> String {
        format!(
            "{} weaknesses in {} passwords",
            self.0.weaknesses.len(),
            self.0.compared
        )
    }
}

/// Judgement on the passwords of several specimens.
#[starlark::starlark_module]
fn passwords_methods(_: &mut MethodsBuilder) {
    /// Weaknesses found; None when there were none and fewer than two passwords to compare, so that it cannot look
    /// clean.
    #[starlark(attribute)]
    fn weaknesses(this: &PasswordsValue) -> starlark::Result<NoneOr<Vec<WeaknessValue>>> {
        let all = || {
            this.0
                .weaknesses
                .iter()
                .cloned()
                .map(WeaknessValue)
                .collect()
        };
        Ok(NoneOr::from_option(this.0.looked().then(all)))
    }

    /// Specimens compared.
    #[starlark(attribute)]
    fn compared(this: &PasswordsValue) -> starlark::Result<u64> {
        Ok(this.0.compared as u64)
    }

    /// Least entropy estimate over all, in bits.
    #[starlark(attribute)]
    fn least_bits(this: &PasswordsValue) -> starlark::Result<f64> {
        Ok(this.0.least_bits)
    }

    /// Derivations from public facts that each password was held against.
    #[starlark(attribute)]
    fn derivations(this: &PasswordsValue) -> starlark::Result<u64> {
        Ok(this.0.derivations)
    }

    /// Of when the list of derivations is, such as "November 2026".
    #[starlark(attribute)]
    fn listed(this: &PasswordsValue) -> starlark::Result<String> {
        Ok(this.0.listed.clone())
    }
}

plain_value! {
    /// A weakness.
    WeaknessValue(PasswordWeakness) as "Weakness" with weakness_methods in WEAKNESS_METHODS
}

impl WeaknessValue {
    pub(crate) fn show(&self) -> String {
        format!("specimen {}: {}", self.0.specimen + 1, self.0.detail)
    }
}

/// A weakness of a password. It never holds the password itself.
#[starlark::starlark_module]
fn weakness_methods(_: &mut MethodsBuilder) {
    /// Specimen, from 1.
    #[starlark(attribute)]
    fn specimen(this: &WeaknessValue) -> starlark::Result<u64> {
        Ok(this.0.specimen as u64 + 1)
    }

    /// `common`, `shared`, `from-public`, `counter`, `short`, `low-entropy` or `pattern`.
    #[starlark(attribute)]
    fn kind(this: &WeaknessValue) -> starlark::Result<String> {
        Ok(this.0.kind.clone())
    }

    /// For a reader.
    #[starlark(attribute)]
    fn detail(this: &WeaknessValue) -> starlark::Result<String> {
        Ok(this.0.detail.clone())
    }
}
