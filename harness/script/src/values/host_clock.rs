//! The clock of the bench PC.

use proofhouse_model::observation::HostClock;
use starlark::environment::MethodsBuilder;
use starlark::values::none::NoneOr;

plain_value! {
    /// A look at the clock.
    HostClockValue(HostClock) as "HostClock" with host_clock_methods in HOST_CLOCK_METHODS
}

impl HostClockValue {
    fn show(&self) -> String {
        format!("moved by {} ms", self.0.moved_ms)
    }
}

/// A look at the clock of the computer that the bench hangs on.
#[starlark::starlark_module]
fn host_clock_methods(_: &mut MethodsBuilder) {
    /// Milliseconds by which it moved against a clock that nobody sets, since the bench was opened: the furthest that
    /// any op found it, less than nothing where it was set back.
    #[starlark(attribute)]
    fn moved_ms(this: &HostClockValue) -> starlark::Result<i64> {
        Ok(this.0.moved_ms)
    }

    /// What is over and yet dated later than this clock has it now: the build of this program, the newest sealed run
    /// beside this one.
    #[starlark(attribute)]
    fn later(this: &HostClockValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.later.clone())
    }

    /// Whether it is kept in step with another clock; None where the system does not tell.
    #[starlark(attribute)]
    fn in_step(this: &HostClockValue) -> starlark::Result<NoneOr<bool>> {
        Ok(NoneOr::from_option(this.0.in_step))
    }

    /// Microseconds by which it may be wrong, as the system estimates it; None where it does not.
    #[starlark(attribute)]
    fn error_us(this: &HostClockValue) -> starlark::Result<NoneOr<u64>> {
        Ok(NoneOr::from_option(this.0.error_us))
    }
}
