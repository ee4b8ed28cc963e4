//! `bench.device`: the profile's own operations.

use crate::bindings::{BenchValue, Here, binding, cut_short};
use crate::context::Run;
use crate::contract::{DeviceOp, needed_op};
use crate::evidence::Operation;
use crate::secrets::fresh_owner;
use crate::stop;
use crate::values::{Answer, AnyDict, BytesValue, OwnerFacts, OwnerValue, Reply};
use crate::ways::counts_whole;
use proofhouse_model::{Effect, Trouble, TroubleKind};
use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::values::dict::DictRef;
use starlark::values::list::{AllocList, ListRef};
use starlark::values::none::{NoneOr, NoneType};
use starlark::values::{Value, ValueLike, ValueOfUnchecked, ValueTyped};
use std::sync::atomic::Ordering;

binding! {
    /// The device script's operations on a specimen.
    DeviceBinding as "Device" with device_methods in DEVICE_METHODS
}

type OwnerArg<'v> = ValueTyped<'v, OwnerValue>;
type AnswerOut<'v> = ValueOfUnchecked<'v, Answer<'v>>;

/// Counts the depth of device-script functions, also when one ends by an error.
struct Inside<'a>(&'a Run);

impl<'a> Inside<'a> {
    fn enter(run: &'a Run) -> Self {
        run.in_device.fetch_add(1, Ordering::Relaxed);
        Self(run)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.in_device.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Calls one operation of the device script.
pub(crate) fn call<'v>(
    here: &Here,
    op: &str,
    arguments: &[Value<'v>],
    eval: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<Value<'v>> {
    let run = &here.run;
    if run.in_device.load(Ordering::Relaxed) > 0 {
        return Err(stop::mistake(format!(
            "a device script has no `bench.device`: call `{op}(bench, ...)` itself"
        )));
    }
    let optional = DeviceOp::named(op).is_some_and(DeviceOp::is_optional);
    if !optional && !run.device_ops.iter().any(|declared| declared == op) {
        return Err(stop::mistake(format!(
            "`{op}` is not in the case's list: add it to `device = [...]` of case(...)"
        )));
    }
    declared_effect(run, op)?;
    let profile = &run.host.profile().name;
    let function = run.device.as_ref().and_then(|device| device.function(op));
    let Some(function) = function else {
        return Err(stop::mistake(format!(
            "profile {profile} has no `{op}` in its device.star"
        )));
    };
    let function = eval.heap().access_owned_frozen_value(&function);
    let bench = eval.heap().alloc(BenchValue(here.clone()));
    let mut all = Vec::with_capacity(arguments.len() + 1);
    all.push(bench);
    all.extend_from_slice(arguments);
    let _inside = Inside::enter(run);
    run.operates(Some(offering(op, arguments)));
    let first = run.calls.load(Ordering::Relaxed);
    let cut = cut_short::begun(&run.cut_short);
    let got = eval.eval_function(function, &all, &[]);
    let did = run.operates(None).unwrap_or_default();
    let got = got?;
    // What it said of half an image is no answer on the image, and not for want of a way either.
    let whole = cut_short::begun(&run.cut_short) == cut;
    match did.lacks().filter(|_| whole && tells(op, got)) {
        None => {
            let reply = match Answer::from_value(got) {
                Some(answer) => Some(answer.reply),
                // What brings no answer was done.
                None => got.is_none().then_some(Reply::Accepted),
            };
            if let Some(reply) = reply.filter(|_| whole) {
                run.told_by(op, reply, did.ways());
            }
            let ops = (first, run.calls.load(Ordering::Relaxed));
            Ok(with_ops(got, ops, eval))
        }
        Some(why) => Err(stop::skip(format!(
            "device.star: `{op}` shows nothing: {why}"
        ))),
    }
}

/// An answer that knows which ops it came of, so that a check on it rests on these.
fn with_ops<'v>(got: Value<'v>, ops: (u64, u64), eval: &Evaluator<'v, '_, '_>) -> Value<'v> {
    let Some(answer) = Answer::from_value(got) else {
        return got;
    };
    eval.heap().alloc(Answer {
        value: answer.value,
        reply: answer.reply,
        why: answer.why.clone(),
        wait_ms: answer.wait_ms,
        place: answer.place.clone(),
        ops: Some(ops),
    })
}

/// What an operation has to offer the unit.
fn offering(op: &str, arguments: &[Value<'_>]) -> Operation {
    let image = || {
        arguments
            .iter()
            .find_map(|v| v.downcast_ref::<BytesValue>())
    };
    let text = |at: usize| arguments.get(at).and_then(|v| v.unpack_str());
    let owner = || arguments.first()?.downcast_ref::<OwnerValue>();
    let offering = match op {
        "install" => image().map(|image| Operation::offering(&image.0)),
        "login" => text(1).map(Operation::logging_in),
        // A change that is not sent is refused by nobody.
        "change_password" => text(2).map(Operation::logging_in),
        op if counts_whole(op) => Some(Operation::working()),
        "login_owner" => owner().map(|owner| Operation::logging_in(&owner.0.password)),
        _ => None,
    };
    offering.unwrap_or_default()
}

/// Whether what it returns is said of the unit. What it does otherwise is seen afterwards, and messages to begin a
/// campaign with are the lab's. What is of another type than it must be is told as that.
fn tells(op: &str, got: Value<'_>) -> bool {
    match DeviceOp::named(op).map(|op| op.returns) {
        Some("Answer") => Answer::from_value(got).is_some(),
        Some("str") => got.unpack_str().is_some(),
        Some("bool") => got.unpack_bool().is_some(),
        Some("dict") => DictRef::from_value(got).is_some(),
        _ => false,
    }
}

/// An operation graver than its case declares must not happen: order, grants and the identity gate rest on that word.
/// The check before the run finds what is called by name; this finds the rest.
fn declared_effect(run: &Run, op: &str) -> starlark::Result<()> {
    let least = DeviceOp::named(op).map_or(Effect::Reversible, |op| op.effect);
    if least <= run.gravest {
        return Ok(());
    }
    Err(stop::mistake(format!(
        "`{op}` was not carried out: it is {least}, and the case declares no more than {}: add \"{least}\" to \
         `effects = [...]` of \
         case(...)",
        run.gravest
    )))
}

/// A mistake of a device script that returned the wrong thing.
fn wrong(op: &str, got: Value<'_>) -> starlark::Error {
    let wanted = DeviceOp::named(op).map_or("another type", |op| op.returns);
    stop::mistake(format!(
        "device.star: `{op}` must return {wanted}, not {}",
        got.get_type()
    ))
}

fn answer<'v>(op: &str, value: Value<'v>) -> starlark::Result<AnswerOut<'v>> {
    match Answer::from_value(value) {
        Some(_) => Ok(ValueOfUnchecked::new(value)),
        None => Err(stop::mistake(format!(
            "device.star: `{op}` must return accepted(...), refused(...) or throttled(...), not {}",
            value.get_type()
        ))),
    }
}

/// Calls an operation that brings no answer. One that was refused all the same did not happen: what a case shows after
/// it would be shown of another state. `attempt` may catch it.
fn done<'v>(
    here: &Here,
    op: &str,
    arguments: &[Value<'v>],
    eval: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<NoneType> {
    let got = call(here, op, arguments, eval)?;
    if got.is_none() {
        return Ok(NoneType);
    }
    let Some(answer) = Answer::from_value(got) else {
        return Err(wrong(op, got));
    };
    if answer.reply == Reply::Accepted {
        return Ok(NoneType);
    }
    let place = answer.place.as_deref().unwrap_or("device.star");
    let why = match answer.why.as_str() {
        "" => "no reason given",
        why => why,
    };
    Err(stop::trouble(Trouble {
        kind: TroubleKind::DeviceRefused,
        channel: None,
        what: format!("`{op}` was {} at {place}: {why}", answer.reply.name()),
        try_next: None,
    }))
}

fn maybe<'v>(owner: NoneOr<OwnerArg<'v>>) -> Value<'v> {
    owner
        .into_option()
        .map_or_else(Value::new_none, |owner| owner.to_value())
}

/// The profile's own operations, `bench.device`: each calls the function of that name in the
/// profile's `device.star` with the bench as first argument. A case names those it uses in `device
/// = [...]`.
#[starlark::starlark_module]
fn device_methods(_: &mut MethodsBuilder) {
    /// Makes an owner with fresh secrets and takes the device through its set-up (`set_up`) for
    /// them.
    fn enrol_owner<'v>(
        this: &DeviceBinding,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<OwnerArg<'v>> {
        let facts = fresh_owner(&*this.0.run.host, this.0.run.client)?;
        this.0.run.owned_by(this.0.specimen, &facts);
        let owner = eval.heap().alloc(OwnerValue(facts));
        done(&this.0, needed_op("enrol_owner"), &[owner], eval)?;
        ValueTyped::new(owner).ok_or_else(|| wrong("enrol_owner", owner))
    }

    /// Takes a device in factory state through its set-up for this owner.
    fn set_up<'v>(
        this: &DeviceBinding,
        owner: OwnerArg<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        this.0.run.owned_by(this.0.specimen, &owner.0);
        done(&this.0, "set_up", &[owner.to_value()], eval)
    }

    /// Tries to take a device in factory state through its set-up with this password of the user's own; with None the
    /// user leaves it out.
    fn try_set_up<'v>(
        this: &DeviceBinding,
        password: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnswerOut<'v>> {
        let tried = match password {
            NoneOr::None => Value::new_none(),
            NoneOr::Other(text) => eval.heap().alloc_str(text).to_value(),
        };
        let got = call(&this.0, "try_set_up", &[tried], eval)?;
        if Answer::from_value(got).is_some_and(|answer| answer.reply == Reply::Accepted) {
            // Whoever has to reset it by its owner's log-in needs the password that was taken.
            let password = password.into_option().unwrap_or_default().to_owned();
            let owner = OwnerFacts::with_password(password);
            this.0.run.owned_by(this.0.specimen, &owner);
        }
        answer("try_set_up", got)
    }

    /// Returns when the device is operating, in whatever mode; trouble of the device otherwise.
    fn ready<'v>(
        this: &DeviceBinding,
        #[starlark(default = "30s")] within: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        crate::context::duration("within", within)?;
        let within = eval.heap().alloc(within);
        done(&this.0, "ready", &[within], eval)
    }

    /// Tries a user name and password.
    fn login<'v>(
        this: &DeviceBinding,
        user: &str,
        password: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnswerOut<'v>> {
        let (user, offered) = (eval.heap().alloc(user), eval.heap().alloc(password));
        let got = call(&this.0, "login", &[user, offered], eval)?;
        if Answer::from_value(got).is_some_and(|answer| answer.reply == Reply::Accepted) {
            this.0.run.logged_in(this.0.specimen, password);
        }
        answer("login", got)
    }

    /// Logs the owner in the way owners do.
    fn login_owner<'v>(
        this: &DeviceBinding,
        owner: OwnerArg<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnswerOut<'v>> {
        answer(
            "login_owner",
            call(&this.0, "login_owner", &[owner.to_value()], eval)?,
        )
    }

    /// Sends the change of a user's password that the manual tells of, whether the old one is taken or not; with None
    /// whoever has no log-in tries it. `last_owner()` has whichever of both logs in afterwards (`login`).
    fn change_password<'v>(
        this: &DeviceBinding,
        user: &str,
        old: NoneOr<&str>,
        new: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnswerOut<'v>> {
        let former = match old {
            NoneOr::None => Value::new_none(),
            NoneOr::Other(text) => eval.heap().alloc_str(text).to_value(),
        };
        let arguments = [eval.heap().alloc(user), former, eval.heap().alloc(new)];
        // Before it is sent: it may be made though its answer is lost.
        this.0
            .run
            .change_asked(this.0.specimen, old.into_option(), new);
        let got = call(&this.0, "change_password", &arguments, eval)?;
        answer("change_password", got)
    }

    /// All settings a user can see; the owner is None in factory state.
    fn settings<'v>(
        this: &DeviceBinding,
        #[starlark(default = NoneOr::None)] owner: NoneOr<OwnerArg<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnyDict<'v>> {
        let got = call(&this.0, "settings", &[maybe(owner)], eval)?;
        let is_dict = DictRef::from_value(got).is_some();
        if is_dict {
            Ok(ValueOfUnchecked::new(got))
        } else {
            Err(wrong("settings", got))
        }
    }

    /// Leaves user data and settings that differ from the defaults.
    fn personalise<'v>(
        this: &DeviceBinding,
        owner: OwnerArg<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        done(&this.0, "personalise", &[owner.to_value()], eval)
    }

    /// Exercises the main function; the owner is None in factory state.
    fn works<'v>(
        this: &DeviceBinding,
        #[starlark(default = NoneOr::None)] owner: NoneOr<OwnerArg<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnswerOut<'v>> {
        answer("works", call(&this.0, "works", &[maybe(owner)], eval)?)
    }

    /// Exercises the main function by what needs no network, such as a button or a console.
    fn works_locally<'v>(
        this: &DeviceBinding,
        owner: OwnerArg<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnswerOut<'v>> {
        answer(
            "works_locally",
            call(&this.0, "works_locally", &[owner.to_value()], eval)?,
        )
    }

    /// Resets to factory state the way the manual says.
    fn factory_reset<'v>(
        this: &DeviceBinding,
        #[starlark(default = NoneOr::None)] owner: NoneOr<OwnerArg<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        done(&this.0, "factory_reset", &[maybe(owner)], eval)
    }

    /// Restarts the device the way its user does. Where the profile has it: `bench.can("restart")`.
    fn restart<'v>(
        this: &DeviceBinding,
        #[starlark(default = NoneOr::None)] owner: NoneOr<OwnerArg<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        done(&this.0, "restart", &[maybe(owner)], eval)
    }

    /// Version of the software that is running.
    fn firmware<'v>(
        this: &DeviceBinding,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<String> {
        let got = call(&this.0, "firmware", &[], eval)?;
        got.unpack_str()
            .map(str::to_owned)
            .ok_or_else(|| wrong("firmware", got))
    }

    /// Offers an update; accepted once the new image runs or is committed to run.
    fn install<'v>(
        this: &DeviceBinding,
        owner: NoneOr<OwnerArg<'v>>,
        image: ValueTyped<'v, BytesValue>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnswerOut<'v>> {
        answer(
            "install",
            call(&this.0, "install", &[maybe(owner), image.to_value()], eval)?,
        )
    }

    /// Who the unit says it is, by the wire it says so on: `{"console": {"serial": "A17"}}`. The harness asks this by
    /// itself before every destructive case and compares it with the bench file.
    fn identity<'v>(
        this: &DeviceBinding,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<AnyDict<'v>> {
        let got = call(&this.0, "identity", &[], eval)?;
        match DictRef::from_value(got) {
            Some(_) => Ok(ValueOfUnchecked::new(got)),
            None => Err(wrong("identity", got)),
        }
    }

    /// Whether the device is in factory state.
    fn is_factory_default<'v>(
        this: &DeviceBinding,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        let got = call(&this.0, "is_factory_default", &[], eval)?;
        got.unpack_bool()
            .ok_or_else(|| wrong("is_factory_default", got))
    }

    /// Valid messages of a named interface, to start a fuzz campaign from.
    fn fuzz_inputs<'v>(
        this: &DeviceBinding,
        owner: NoneOr<OwnerArg<'v>>,
        interface: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<ValueOfUnchecked<'v, starlark::values::list::ListType<Value<'v>>>> {
        let interface = eval.heap().alloc(interface);
        let got = call(&this.0, "fuzz_inputs", &[maybe(owner), interface], eval)?;
        match ListRef::from_value(got) {
            Some(_) => Ok(ValueOfUnchecked::new(got)),
            None if starlark::values::tuple::TupleRef::from_value(got).is_some() => {
                let items: Vec<Value<'v>> = got.iterate(eval.heap())?.collect();
                Ok(ValueOfUnchecked::new(eval.heap().alloc(AllocList(items))))
            }
            None => Err(wrong("fuzz_inputs", got)),
        }
    }

    /// What the maker knows to stop the start, or to open the console: texts or bytes, each as it is typed.
    fn surfaces<'v>(
        this: &DeviceBinding,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<ValueOfUnchecked<'v, starlark::values::list::ListType<Value<'v>>>> {
        let got = call(&this.0, "surfaces", &[], eval)?;
        match ListRef::from_value(got) {
            Some(_) => Ok(ValueOfUnchecked::new(got)),
            None => Err(wrong("surfaces", got)),
        }
    }
}
