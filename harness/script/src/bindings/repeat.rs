//! Verbs of `bench` that call a function of the script: `attempt` and `until`.

use crate::bindings::BenchValue;
use crate::context::duration;
use crate::stop::{self, device_trouble};
use crate::values::Attempt;
use proofhouse_model::{Trouble, TroubleKind};
use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::values::Value;
use starlark::values::typing::StarlarkCallable;

/// What the last try of `until` said.
fn last_words<'v>(tried: &starlark::Result<Value<'v>>) -> String {
    match tried {
        Ok(value) if value.is_none() => "it returned None".to_owned(),
        Ok(value) => {
            let text: String = value.to_repr().chars().take(80).collect();
            format!("it returned {text}")
        }
        Err(error) => device_trouble(error)
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}

#[starlark::starlark_module]
pub(super) fn repeat_methods(_: &mut MethodsBuilder) {
    /// Calls `fn()` and catches trouble of the device only: bench trouble, the deadline and
    /// mistakes of the case go on up. A device that refuses a connection may be just what a case is
    /// looking for.
    fn attempt<'v>(
        this: &BenchValue,
        r#fn: StarlarkCallable<'v, (), Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Attempt<'v>> {
        let _ = this;
        match eval.eval_function(r#fn.0, &[], &[]) {
            Ok(value) => Ok(Attempt {
                value,
                trouble: None,
            }),
            Err(error) => match device_trouble(&error) {
                Some(trouble) => Ok(Attempt {
                    value: Value::new_none(),
                    trouble: Some(trouble.clone()),
                }),
                None => Err(error),
            },
        }
    }

    /// Calls `fn()` again and again until it returns something true without trouble of the device,
    /// and returns that. When `within` is over it is trouble of the device (`device-silent`) that
    /// tells what the last try said.
    fn until<'v>(
        this: &BenchValue,
        r#fn: StarlarkCallable<'v, (), Value<'v>>,
        #[starlark(default = "10s")] within: &str,
        #[starlark(default = "100ms")] every: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let host = this.0.run.host.clone();
        let (limit, every) = (duration("within", within)?, duration("every", every)?);
        let started = host.now_ms();
        let mut tries = 0u32;
        loop {
            let tried = eval.eval_function(r#fn.0, &[], &[]);
            tries += 1;
            let channel = match &tried {
                Ok(value) if value.to_bool() => return tried,
                Ok(_) => None,
                Err(error) => match device_trouble(error) {
                    Some(trouble) => trouble.channel,
                    None => return tried,
                },
            };
            if host.ran_out(started, limit).map_err(stop::trouble)? {
                let said = last_words(&tried);
                return Err(stop::trouble(Trouble {
                    kind: TroubleKind::DeviceSilent,
                    channel,
                    what: format!("not within {limit}, in {tries} tries; the last one: {said}"),
                    try_next: None,
                }));
            }
            host.pause(every).map_err(stop::trouble)?;
        }
    }
}
