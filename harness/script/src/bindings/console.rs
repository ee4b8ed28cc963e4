//! `bench.console`: the serial console.

use crate::bindings::binding;
use crate::context::duration;
use crate::stop;
use crate::values::{BytesArg, MatchValue, millis};
use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::none::{NoneOr, NoneType};

binding! {
    /// The console of a specimen.
    ConsoleBinding as "Console" with console_methods in CONSOLE_METHODS
}

impl ConsoleBinding {
    fn matched(&self, verb: &str, op: ConsoleOp) -> starlark::Result<MatchValue> {
        match self.0.perform(Op::Console(op))? {
            Observation::Matched(matched) => Ok(MatchValue(matched)),
            saw => Err(stop::unexpected(verb, &saw)),
        }
    }
}

/// The serial console, `bench.console`. Needs the channel `console`. It keeps its place: each
/// `expect` consumes up to the end of its match. Patterns are regular expressions over bytes.
#[starlark::starlark_module]
fn console_methods(_: &mut MethodsBuilder) {
    /// Sends text or bytes as they are.
    fn send<'v>(this: &ConsoleBinding, bytes: BytesArg<'v>) -> starlark::Result<NoneType> {
        this.0.perform(Op::Console(ConsoleOp::Send {
            bytes: bytes.to_model(),
        }))?;
        Ok(NoneType)
    }

    /// Sends a line with the profile's line end added.
    fn line<'v>(this: &ConsoleBinding, text: BytesArg<'v>) -> starlark::Result<NoneType> {
        let console = this.0.run.host.profile().console.as_ref();
        let end = console.map_or("\n", |facts| facts.line_end.as_str());
        let bytes = [text.slice(), end.as_bytes()].concat().into();
        this.0.perform(Op::Console(ConsoleOp::Send { bytes }))?;
        Ok(NoneType)
    }

    /// Waits for a pattern. Silence is trouble of the device (`device-silent`).
    fn expect(
        this: &ConsoleBinding,
        pattern: &str,
        #[starlark(default = "5s")] within: &str,
    ) -> starlark::Result<MatchValue> {
        let pattern = pattern.to_owned();
        let within = duration("within", within)?;
        this.matched("console.expect", ConsoleOp::Expect { pattern, within })
    }

    /// Forgets what came so far, sends a line (the line end is added), waits for a pattern.
    fn ask<'v>(
        this: &ConsoleBinding,
        line: BytesArg<'v>,
        pattern: &str,
        #[starlark(default = "5s")] within: &str,
    ) -> starlark::Result<MatchValue> {
        let (line, pattern) = (line.to_model(), pattern.to_owned());
        let within = duration("within", within)?;
        this.matched(
            "console.ask",
            ConsoleOp::Ask {
                line,
                pattern,
                within,
            },
        )
    }

    /// Listens for `during`; returns the match as soon as the pattern is seen, None when it was
    /// not.
    fn watch(
        this: &ConsoleBinding,
        pattern: &str,
        #[starlark(default = "1s")] during: &str,
    ) -> starlark::Result<NoneOr<MatchValue>> {
        let pattern = pattern.to_owned();
        let length = duration("during", during)?;
        match this
            .0
            .perform(Op::Console(ConsoleOp::Watch { pattern, length }))?
        {
            Observation::Matched(matched) => Ok(NoneOr::Other(MatchValue(matched))),
            Observation::Unseen { .. } => Ok(NoneOr::None),
            saw => Err(stop::unexpected("console.watch", &saw)),
        }
    }

    /// When each line came since the last call of this, in milliseconds from then; at most 4,096 of them. Counts anew
    /// from here. Nothing is consumed.
    fn lines(this: &ConsoleBinding) -> starlark::Result<Vec<u64>> {
        match this.0.perform(Op::Console(ConsoleOp::Lines))? {
            Observation::Lines { at } => Ok(at.into_iter().map(millis).collect()),
            saw => Err(stop::unexpected("console.lines", &saw)),
        }
    }

    /// Forgets what came so far.
    fn skip(this: &ConsoleBinding) -> starlark::Result<NoneType> {
        this.0.perform(Op::Console(ConsoleOp::Skip))?;
        Ok(NoneType)
    }
}
