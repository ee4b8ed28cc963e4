//! `bench`: the specimen under test and everything reached through it.

use crate::bindings::instruments::instrument_methods;
use crate::bindings::repeat::repeat_methods;
use crate::bindings::{
    ConsoleBinding, DebugBinding, DeviceBinding, Here, LanBinding, NetBinding, PeersBinding,
    PowerBinding, TapBinding, binding,
};
use crate::context::duration;
use crate::contract::DeviceOp;
use crate::stop;
use crate::values::{BytesValue, HostClockValue, OwnerValue, ProfileValue};
use proofhouse_model::{Channel, Effect, Observation, Op, SecretKind};
use starlark::environment::MethodsBuilder;
use starlark::values::none::{NoneOr, NoneType};
use starlark::values::typing::StarlarkNever;

binding! {
    /// A specimen.
    BenchValue as "Bench" with all_methods in BENCH_METHODS
}

fn all_methods(builder: &mut MethodsBuilder) {
    instrument_methods(builder);
    repeat_methods(builder);
    bench_methods(builder);
}

/// Shorter ones would be found everywhere by chance, and could not be masked.
const SHORTEST_SECRET: u32 = 4;

/// Most numbers `bench.random` gives at once.
const MOST_NUMBERS: u32 = 100_000;

/// The bench as a case sees it: one specimen of the product, wired up. `run(bench: Bench)` gets the
/// first.
#[starlark::starlark_module]
fn bench_methods(_: &mut MethodsBuilder) {
    /// Name of the specimen in the bench file.
    #[starlark(attribute)]
    fn name(this: &BenchValue) -> starlark::Result<String> {
        Ok(this.0.show())
    }

    /// Seed of the run: same seed, same campaigns.
    #[starlark(attribute)]
    fn seed(this: &BenchValue) -> starlark::Result<u64> {
        Ok(this.0.run.host.seed())
    }

    /// Milliseconds since some fixed moment, to tell how long something took.
    #[starlark(attribute)]
    fn now_ms(this: &BenchValue) -> starlark::Result<u64> {
        this.0.run.host.clock().map_err(stop::trouble)
    }

    /// Whether this specimen has a channel: `power`, `console`, `debug`, `lan`, `uplink`,
    /// `peers.mqtt`, `peers.dns`, `peers.dhcp`, `tap`, `reset` or `label`.
    fn has(this: &BenchValue, channel: &str) -> starlark::Result<bool> {
        match Channel::from_name(channel) {
            Some(channel) => Ok(this.0.run.host.has(this.0.specimen, channel)),
            None => {
                let names = Channel::ALL.map(Channel::name).join(", ");
                Err(stop::mistake(format!(
                    "no channel `{channel}`; there are {names}"
                )))
            }
        }
    }

    /// Whether the profile's device script has an operation: `restart`, or one that the head of the case names.
    fn can(this: &BenchValue, operation: &str) -> starlark::Result<bool> {
        let optional = DeviceOp::named(operation).is_some_and(DeviceOp::is_optional);
        if !optional && !this.0.run.device_ops.iter().any(|op| op == operation) {
            return Err(stop::mistake(format!(
                "`{operation}` is no operation that this case may do without: there are restart and those of its \
                 `device_wants`"
            )));
        }
        let device = this.0.run.device.as_ref();
        Ok(device.is_some_and(|device| device.function(operation).is_some()))
    }

    /// Another specimen, from 1. A case that uses it declares `specimens = ...`.
    fn unit(this: &BenchValue, number: u32) -> starlark::Result<BenchValue> {
        let held = this.0.run.host.specimens();
        let specimen = (number as usize).checked_sub(1).filter(|n| *n < held);
        let Some(specimen) = specimen else {
            return Err(stop::mistake(format!(
                "no unit {number}: this case holds {held}; its head says `specimens = ...`"
            )));
        };
        Ok(BenchValue(Here {
            run: this.0.run.clone(),
            specimen,
        }))
    }

    /// The unit's network address, such as `192.168.1.7`, for texts that must name it. A name of the bench file is
    /// looked up. It is no answer of the unit. Needs the channel `lan`.
    #[starlark(attribute)]
    fn address(this: &BenchValue) -> starlark::Result<String> {
        match this.0.perform(Op::Address)? {
            Observation::Text { text } => Ok(text),
            saw => Err(stop::unexpected("address", &saw)),
        }
    }

    /// The supply.
    #[starlark(attribute)]
    fn power(this: &BenchValue) -> starlark::Result<PowerBinding> {
        Ok(PowerBinding(this.0.clone()))
    }

    /// The serial console.
    #[starlark(attribute)]
    fn console(this: &BenchValue) -> starlark::Result<ConsoleBinding> {
        Ok(ConsoleBinding(this.0.clone()))
    }

    /// The unit's network address.
    #[starlark(attribute)]
    fn lan(this: &BenchValue) -> starlark::Result<LanBinding> {
        Ok(LanBinding(this.0.clone()))
    }

    /// The unit's way to the network, which can be cut and restored.
    #[starlark(attribute)]
    fn net(this: &BenchValue) -> starlark::Result<NetBinding> {
        Ok(NetBinding(this.0.clone()))
    }

    /// Services that the bench offers to the unit.
    #[starlark(attribute)]
    fn peers(this: &BenchValue) -> starlark::Result<PeersBinding> {
        Ok(PeersBinding(this.0.clone()))
    }

    /// What goes between the unit and the world.
    #[starlark(attribute)]
    fn tap(this: &BenchValue) -> starlark::Result<TapBinding> {
        Ok(TapBinding(this.0.clone()))
    }

    /// The debug port.
    #[starlark(attribute)]
    fn debug(this: &BenchValue) -> starlark::Result<DebugBinding> {
        Ok(DebugBinding(this.0.clone()))
    }

    /// The profile's own operations (`device.star`). Not for device scripts themselves.
    #[starlark(attribute)]
    fn device(this: &BenchValue) -> starlark::Result<DeviceBinding> {
        Ok(DeviceBinding(this.0.clone()))
    }

    /// What the maker's `profile.toml` says.
    #[starlark(attribute)]
    fn profile(this: &BenchValue) -> starlark::Result<ProfileValue> {
        Ok(ProfileValue(this.0.run.clone()))
    }

    /// A field printed on this very unit, such as `label("password")`. Needs the channel `label`.
    fn label(this: &BenchValue, field: &str) -> starlark::Result<String> {
        match this.0.perform(Op::Label {
            field: field.to_owned(),
        })? {
            Observation::Text { text } => Ok(text),
            saw => Err(stop::unexpected("label", &saw)),
        }
    }

    /// Brings the unit to its factory state by the lab's own means: a program of the bench, or a person who is asked.
    /// Whether it is there is for the case to look. Needs the channel `reset`, and the effect `factory-reset`.
    fn lab_reset(this: &BenchValue) -> starlark::Result<NoneType> {
        let declared = this.0.run.gravest;
        if declared < Effect::FactoryReset {
            return Err(stop::mistake(format!(
                "lab_reset was not carried out: it is {}, and the case declares no more than {declared}",
                Effect::FactoryReset
            )));
        }
        this.0.perform(Op::Reset)?;
        Ok(NoneType)
    }

    /// Whoever set this specimen up last in this case; None where nobody did. A reset that asks for a log-in needs it.
    fn last_owner(this: &BenchValue) -> starlark::Result<NoneOr<OwnerValue>> {
        let owner = this.0.run.last_owner(this.0.specimen);
        Ok(owner.map_or(NoneOr::None, |owner| NoneOr::Other(OwnerValue(owner))))
    }

    /// Lets time pass while the device runs. To wait for something, use `console.expect` or `until`
    /// instead.
    fn idle(this: &BenchValue, length: &str) -> starlark::Result<NoneType> {
        this.0.perform(Op::Idle {
            length: duration("length", length)?,
        })?;
        Ok(NoneType)
    }

    /// Looks at the clock of the computer that the bench hangs on. Nothing of it is heard of the unit.
    fn host_clock(this: &BenchValue) -> starlark::Result<HostClockValue> {
        match this.0.perform(Op::HostClock)? {
            Observation::HostClock(clock) => Ok(HostClockValue(clock)),
            saw => Err(stop::unexpected("host_clock", &saw)),
        }
    }

    /// A fresh random text of letters and digits (4 to 256), journaled only as a salted hash.
    fn secret(
        this: &BenchValue,
        name: &str,
        #[starlark(default = 20)] length: u32,
    ) -> starlark::Result<String> {
        if !(SHORTEST_SECRET..=256).contains(&length) {
            return Err(stop::mistake(format!(
                "a secret has {SHORTEST_SECRET} to 256 characters, not {length}"
            )));
        }
        let host = &this.0.run.host;
        host.fresh_secret(name, SecretKind::Password, length as usize)
            .map_err(stop::trouble)
    }

    /// A file of the profile, such as `file("update.newer")`. When the profile names none, the case
    /// ends as skipped.
    fn file(this: &BenchValue, name: &str) -> starlark::Result<BytesValue> {
        match this.0.run.host.file(name).map_err(stop::trouble)? {
            Some(bytes) => Ok(BytesValue::new(bytes)),
            None => Err(stop::skip(format!(
                "profile {} names no file `{name}`",
                this.0.run.host.profile().name
            ))),
        }
    }

    /// Whether the profile names a file.
    fn has_file(this: &BenchValue, name: &str) -> starlark::Result<bool> {
        Ok(this.0.run.host.has_file(name))
    }

    /// Ends the case: something that must be there to test is not. The verdict becomes
    /// inconclusive.
    fn skip(this: &BenchValue, why: &str) -> starlark::Result<StarlarkNever> {
        let _ = this;
        Err(stop::skip(why))
    }

    /// A remark for the reader of the report.
    fn note(this: &BenchValue, text: &str) -> starlark::Result<NoneType> {
        this.0.run.host.noted(text).map_err(stop::trouble)?;
        Ok(NoneType)
    }

    /// What the case cannot rule out on this bench, as a clause after "cannot rule out": reports tell it with the
    /// verdict, which it does not change. What a unit's criterion asks for is a check that is not observed instead.
    fn cannot_rule_out(this: &BenchValue, text: &str) -> starlark::Result<NoneType> {
        this.0.run.host.limited(text).map_err(stop::trouble)?;
        Ok(NoneType)
    }

    /// `n` whole numbers from 0 up to but without `below`; the same for the same seed and case.
    fn random(this: &BenchValue, n: u32, below: u64) -> starlark::Result<Vec<u64>> {
        if n > MOST_NUMBERS || below == 0 {
            return Err(stop::mistake(
                "random takes at most 100000 numbers, and `below` is at least 1",
            ));
        }
        let scaled = |_| {
            let wide = u128::from(this.0.run.next_random()) * u128::from(below);
            (wide >> 64) as u64
        };
        Ok((0..n).map(scaled).collect())
    }
}
