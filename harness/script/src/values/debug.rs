//! What the debug port showed.

use crate::values::millis;
use proofhouse_model::Dur;
use proofhouse_model::observation::{DebugGrade, DebugLevel, DebugProtocol, DebugTap, Find};
use starlark::environment::MethodsBuilder;
use starlark::values::none::NoneOr;

plain_value! {
    /// A grade.
    GradeValue(DebugGrade) as "Grade" with grade_methods in GRADE_METHODS
}

impl GradeValue {
    fn level_name(&self) -> &'static str {
        match self.0.level {
            DebugLevel::NoDp => "no-dp",
            DebugLevel::DpOnly => "dp-only",
            DebugLevel::ApRefused => "ap-refused",
            DebugLevel::MemoryRefused => "memory-refused",
            DebugLevel::Open => "open",
        }
    }

    fn show(&self) -> String {
        let grade = &self.0;
        let mut text = match grade.level {
            DebugLevel::NoDp => "no debug port answers".to_owned(),
            DebugLevel::DpOnly => "the debug port answers, no access port does".to_owned(),
            DebugLevel::ApRefused => {
                "access ports answer, memory access is switched off".to_owned()
            }
            DebugLevel::MemoryRefused => "access ports answer, memory cannot be read".to_owned(),
            DebugLevel::Open => "memory was read".to_owned(),
        };
        if grade.protocol == DebugProtocol::Jtag {
            text.push_str(" over JTAG");
        }
        if let Some((at, value)) = grade.read.first() {
            text.push_str(&format!(": {value:#010x} at {at:#x}"));
        }
        if !grade.taps.is_empty() {
            let taps: Vec<String> = grade.taps.iter().map(DebugTap::to_string).collect();
            text.push_str(&format!("; on the chain: {}", taps.join(", ")));
        }
        text.push_str(&format!(" ({} tries", grade.tries));
        if let Some(after) = grade.after {
            text.push_str(&format!(", {after} after power-up"));
        }
        text.push(')');
        text
    }
}

/// How far the debug port lets one in.
#[starlark::starlark_module]
fn grade_methods(_: &mut MethodsBuilder) {
    /// `no-dp` (a cut wire looks the same), `dp-only`, `ap-refused`, `memory-refused` or `open`.
    #[starlark(attribute)]
    fn level(this: &GradeValue) -> starlark::Result<String> {
        Ok(this.level_name().to_owned())
    }

    /// What was spoken: `swd` or `jtag`. Nothing is said of the other.
    #[starlark(attribute)]
    fn protocol(this: &GradeValue) -> starlark::Result<String> {
        Ok(this.0.protocol.name().to_owned())
    }

    /// IDCODEs of the test access ports that answered over JTAG, the one nearest to TDO first; None for one without.
    #[starlark(attribute)]
    fn taps(this: &GradeValue) -> starlark::Result<Vec<NoneOr<u32>>> {
        let taps = this.0.taps.iter();
        Ok(taps.map(|tap| NoneOr::from_option(tap.idcode)).collect())
    }

    /// Words really read, each `(address, value)`.
    #[starlark(attribute)]
    fn read(this: &GradeValue) -> starlark::Result<Vec<(u64, u32)>> {
        Ok(this.0.read.clone())
    }

    /// Why a level below open may be no proof, each a sentence; empty when it is one.
    #[starlark(attribute)]
    fn doubts(this: &GradeValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.doubts.clone())
    }

    /// Tries made.
    #[starlark(attribute)]
    fn tries(this: &GradeValue) -> starlark::Result<u32> {
        Ok(this.0.tries)
    }

    /// When the best was reached after power-up, in milliseconds; None without a race.
    #[starlark(attribute)]
    fn after_ms(this: &GradeValue) -> starlark::Result<NoneOr<u64>> {
        Ok(NoneOr::from_option(this.0.after.map(millis)))
    }

    /// When a port first answered after power-up, in milliseconds: 0 when one answered before the supply was on, None
    /// without a race or when none answered.
    #[starlark(attribute)]
    fn port_after_ms(this: &GradeValue) -> starlark::Result<NoneOr<f64>> {
        let exact = |after: Dur| after.std().as_secs_f64() * 1000.0;
        Ok(NoneOr::from_option(this.0.port_after.map(exact)))
    }

    /// What the debugger's own attach said; None when it was not tried.
    #[starlark(attribute)]
    fn attach(this: &GradeValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.attach.clone()))
    }

    /// One line for a reader.
    #[starlark(attribute)]
    fn summary(this: &GradeValue) -> starlark::Result<String> {
        Ok(this.show())
    }
}

/// Result of a flash search.
#[derive(Debug)]
pub(crate) struct FoundFacts {
    pub(crate) finds: Vec<Find>,
    pub(crate) searched: u64,
    pub(crate) filled_permille: u32,
}

impl FoundFacts {
    /// Whether there was anything to look at: a blank or unreadable flash must not look clean.
    pub(crate) fn looked(&self) -> bool {
        self.searched > 0 && self.filled_permille > 0
    }
}

plain_value! {
    /// A flash search.
    FoundValue(FoundFacts) as "Found" with found_methods in FOUND_METHODS
}

impl FoundValue {
    fn show(&self) -> String {
        format!("{} finds in {} bytes", self.0.finds.len(), self.0.searched)
    }
}

/// What a search of the flash brought.
#[starlark::starlark_module]
fn found_methods(_: &mut MethodsBuilder) {
    /// Each find; None when nothing was searched or all of it was blank, so that it cannot look
    /// clean.
    #[starlark(attribute)]
    fn finds(this: &FoundValue) -> starlark::Result<NoneOr<Vec<FindValue>>> {
        let finds = || this.0.finds.iter().cloned().map(FindValue).collect();
        let seen = this.0.looked() || !this.0.finds.is_empty();
        Ok(NoneOr::from_option(seen.then(finds)))
    }

    /// Bytes searched.
    #[starlark(attribute)]
    fn searched(this: &FoundValue) -> starlark::Result<u64> {
        Ok(this.0.searched)
    }

    /// Share of searched bytes that are neither 0x00 nor 0xff, in parts per thousand.
    #[starlark(attribute)]
    fn filled_permille(this: &FoundValue) -> starlark::Result<u32> {
        Ok(this.0.filled_permille)
    }
}

plain_value! {
    /// One find.
    FindValue(Find) as "Find" with find_methods in FIND_METHODS
}

impl FindValue {
    pub(crate) fn show(&self) -> String {
        format!(
            "{} as {} at {:#x}",
            self.0.needle, self.0.encoding, self.0.at
        )
    }
}

/// One needle found in flash.
#[starlark::starlark_module]
fn find_methods(_: &mut MethodsBuilder) {
    /// Name of the needle.
    #[starlark(attribute)]
    fn needle(this: &FindValue) -> starlark::Result<String> {
        Ok(this.0.needle.clone())
    }

    /// Encoding it was found in, such as `plain` or `base64`.
    #[starlark(attribute)]
    fn encoding(this: &FindValue) -> starlark::Result<String> {
        Ok(this.0.encoding.clone())
    }

    /// Address.
    #[starlark(attribute)]
    fn at(this: &FindValue) -> starlark::Result<u64> {
        Ok(this.0.at)
    }
}
