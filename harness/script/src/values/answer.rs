//! Values that hold Starlark values: what a device script answers, and what `attempt` brings back.

use allocative::Allocative;
use proofhouse_model::{Trouble, TroubleKind};
use starlark::any::ProvidesStaticType;
use starlark::coerce::Coerce;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::starlark_complex_value;
use starlark::values::{
    Freeze, NoSerialize, StarlarkValue, Trace, Value, ValueLifetimeless, ValueLike,
};
use std::fmt;

/// How a device took a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Allocative)]
pub(crate) enum Reply {
    Accepted,
    Refused,
    Throttled,
}

impl Reply {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
        }
    }
}

/// What the device answered, as its device script understood it.
#[derive(
    Debug,
    Clone,
    Trace,
    Coerce,
    Freeze,
    ProvidesStaticType,
    NoSerialize,
    Allocative,
    starlark::StarlarkPagablePanic,
)]
#[repr(C)]
pub(crate) struct AnswerGen<V: ValueLifetimeless> {
    pub(crate) value: V,
    #[trace(unsafe_ignore)]
    #[freeze(identity)]
    pub(crate) reply: Reply,
    #[trace(unsafe_ignore)]
    #[freeze(identity)]
    pub(crate) why: String,
    #[trace(unsafe_ignore)]
    #[freeze(identity)]
    pub(crate) wait_ms: u64,
    /// Where a script made it, such as `device.star:48`.
    #[trace(unsafe_ignore)]
    #[freeze(identity)]
    pub(crate) place: Option<String>,
    /// The ops of the operation that gave it, the first and the one behind the last; `None` while that is under way.
    #[trace(unsafe_ignore)]
    #[freeze(identity)]
    pub(crate) ops: Option<(u64, u64)>,
}
starlark_complex_value!(pub(crate) Answer);
starlark::methods_static!(ANSWER_METHODS = answer_methods);

impl<V: ValueLifetimeless> fmt::Display for AnswerGen<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Answer {}", self.reply.name())?;
        if !self.why.is_empty() {
            write!(f, ": {}", self.why)?;
        }
        f.write_str(">")
    }
}

#[starlark::values::starlark_value(type = "Answer")]
impl<'v, V: ValueLike<'v>> StarlarkValue<'v> for AnswerGen<V>
where
    Self: ProvidesStaticType<'v>,
{
    type Canonical = FrozenAnswer;

    fn get_methods() -> Option<&'static Methods> {
        Some(ANSWER_METHODS.methods())
    }
}

/// What the device answered, as the device script understood it. Made by `accepted()`, `refused()`,
/// `throttled()`.
#[starlark::starlark_module]
fn answer_methods(_: &mut MethodsBuilder) {
    /// The device did what was asked.
    #[starlark(attribute)]
    fn accepted<'v>(this: &Answer<'v>) -> starlark::Result<bool> {
        Ok(this.reply == Reply::Accepted)
    }

    /// The device said no.
    #[starlark(attribute)]
    fn refused<'v>(this: &Answer<'v>) -> starlark::Result<bool> {
        Ok(this.reply == Reply::Refused)
    }

    /// The device did not judge the request, because there were too many before.
    #[starlark(attribute)]
    fn throttled<'v>(this: &Answer<'v>) -> starlark::Result<bool> {
        Ok(this.reply == Reply::Throttled)
    }

    /// What came with an accepted request, such as a token; None otherwise.
    #[starlark(attribute)]
    fn value<'v>(this: &Answer<'v>) -> starlark::Result<Value<'v>> {
        Ok(this.value)
    }

    /// Why, in the device script's words.
    #[starlark(attribute)]
    fn why<'v>(this: &Answer<'v>) -> starlark::Result<String> {
        Ok(this.why.clone())
    }

    /// How long the device asks to wait, in milliseconds; 0 when it does not say.
    #[starlark(attribute)]
    fn wait_ms<'v>(this: &Answer<'v>) -> starlark::Result<u64> {
        Ok(this.wait_ms)
    }
}

/// How a try went.
#[derive(
    Debug,
    Clone,
    Trace,
    Coerce,
    Freeze,
    ProvidesStaticType,
    NoSerialize,
    Allocative,
    starlark::StarlarkPagablePanic,
)]
#[repr(C)]
pub(crate) struct AttemptGen<V: ValueLifetimeless> {
    pub(crate) value: V,
    #[trace(unsafe_ignore)]
    #[freeze(identity)]
    #[allocative(skip)]
    pub(crate) trouble: Option<Trouble>,
}
starlark_complex_value!(pub(crate) Attempt);
starlark::methods_static!(ATTEMPT_METHODS = attempt_methods);

impl<V: ValueLifetimeless> fmt::Display for AttemptGen<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.trouble {
            None => f.write_str("<Attempt ok>"),
            Some(trouble) => write!(f, "<Attempt {trouble}>"),
        }
    }
}

#[starlark::values::starlark_value(type = "Attempt")]
impl<'v, V: ValueLike<'v>> StarlarkValue<'v> for AttemptGen<V>
where
    Self: ProvidesStaticType<'v>,
{
    type Canonical = FrozenAttempt;

    fn get_methods() -> Option<&'static Methods> {
        Some(ATTEMPT_METHODS.methods())
    }
}

/// How a try made with `bench.attempt` went.
#[starlark::starlark_module]
fn attempt_methods(_: &mut MethodsBuilder) {
    /// Whether it went through without trouble of the device.
    #[starlark(attribute)]
    fn ok<'v>(this: &Attempt<'v>) -> starlark::Result<bool> {
        Ok(this.trouble.is_none())
    }

    /// What the function returned; None when the device gave trouble.
    #[starlark(attribute)]
    fn value<'v>(this: &Attempt<'v>) -> starlark::Result<Value<'v>> {
        Ok(this.value)
    }

    /// The trouble in words; empty when there was none.
    #[starlark(attribute)]
    fn trouble<'v>(this: &Attempt<'v>) -> starlark::Result<String> {
        Ok(this
            .trouble
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default())
    }

    /// Its kind: `device-silent`, `device-refused`, `device-garbled`, or empty.
    #[starlark(attribute)]
    fn kind<'v>(this: &Attempt<'v>) -> starlark::Result<String> {
        let kind = match this.trouble.as_ref().map(|t| t.kind) {
            None => "",
            Some(TroubleKind::DeviceRefused) => "device-refused",
            Some(TroubleKind::DeviceGarbled) => "device-garbled",
            Some(_) => "device-silent",
        };
        Ok(kind.to_owned())
    }
}
