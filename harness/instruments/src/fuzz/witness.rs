//! Who else can see that a device went down.

/// Sees crashes and restarts from outside, mostly on the console. Asked after every input, so it must be cheap.
pub trait CrashWitness {
    /// Whether it can see anything at all; where it cannot, nobody waits for what it may see late.
    fn watches(&self) -> bool {
        true
    }

    /// Text of a crash (panic, watchdog, fault) seen since the campaign began.
    fn seen_since_start(&self) -> Option<String>;

    /// A boot banner seen since the campaign began.
    fn banner_since_start(&self) -> Option<String> {
        None
    }
}

/// For benches without a console.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWitness;

impl CrashWitness for NoWitness {
    fn watches(&self) -> bool {
        false
    }

    fn seen_since_start(&self) -> Option<String> {
        None
    }
}

/// What a witness saw: its name in reports, and the text.
pub(super) fn sighting(witness: &dyn CrashWitness) -> Option<(&'static str, String)> {
    let crash = witness.seen_since_start().map(|text| ("crash", text));
    crash.or_else(|| witness.banner_since_start().map(|text| ("banner", text)))
}
