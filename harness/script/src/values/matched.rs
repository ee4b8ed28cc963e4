//! `Match`: a pattern seen in a stream.

use crate::values::BytesValue;
use proofhouse_model::observation::Matched;
use starlark::environment::MethodsBuilder;

plain_value! {
    /// A match.
    MatchValue(Matched) as "Match" with match_methods in MATCH_METHODS
}

impl MatchValue {
    fn show(&self) -> String {
        format!("{:?}", self.0.text.lossy())
    }
}

/// A pattern that was seen.
#[starlark::starlark_module]
fn match_methods(_: &mut MethodsBuilder) {
    /// What matched, as text.
    #[starlark(attribute)]
    fn text(this: &MatchValue) -> starlark::Result<String> {
        Ok(this.0.text.lossy())
    }

    /// What matched, as it came.
    #[starlark(attribute)]
    fn bytes(this: &MatchValue) -> starlark::Result<BytesValue> {
        Ok(BytesValue::new(this.0.text.clone()))
    }

    /// The pattern's groups as text; index 0 is the first group. A group that took no part is
    /// empty.
    #[starlark(attribute)]
    fn groups(this: &MatchValue) -> starlark::Result<Vec<String>> {
        Ok(this
            .0
            .groups
            .iter()
            .map(proofhouse_model::Bytes::lossy)
            .collect())
    }

    /// What came before it since the last place, at most 4 KiB.
    #[starlark(attribute)]
    fn before(this: &MatchValue) -> starlark::Result<String> {
        Ok(this.0.before.lossy())
    }

    /// Milliseconds from the start of the op to the match.
    #[starlark(attribute)]
    fn after_ms(this: &MatchValue) -> starlark::Result<u64> {
        Ok(millis(this.0.after))
    }
}

/// Whole milliseconds of a duration (30 days at most, so they fit).
pub(crate) fn millis(length: proofhouse_model::Dur) -> u64 {
    u64::try_from(length.std().as_millis()).unwrap_or(u64::MAX)
}
