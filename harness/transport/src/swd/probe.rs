//! Opening the probe that a bench file names, and waiting for one that another program holds.

use std::path::Path;
use std::time::{Duration, Instant};

use probe_rs::probe::glasgow::GlasgowFactory;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{
    DebugProbeError, DebugProbeInfo, DebugProbeSelector, Probe, ProbeCreationError, ProbeFactory,
    WireProtocol,
};
use proofhouse_model::observation::DebugProtocol;
use proofhouse_model::{Channel, Dur, Trouble};

use super::error::chain;
use super::holder::{SOMEBODY, System};
use super::knock::serves_another;
use super::pick::{Picked, names, pick};
use super::target::DebugTarget;

/// How long a probe's server may take to start.
const STARTING: Duration = Duration::from_secs(1);
/// Between two tries.
const RETRY: Duration = Duration::from_millis(20);
/// Between two looks at a probe that somebody else holds.
const LOOK: Duration = Duration::from_millis(100);
/// A server that is free answers within this time.
const PROMPT: Duration = Duration::from_secs(1);

/// Hears how long a probe was waited for, and who held it.
pub type Told = dyn Fn(Dur, &str);

/// Why a probe is not open.
pub enum NotOpened {
    /// Another program holds it; in the words of its driver.
    Held(String),
    /// The selector fits several; nothing was opened.
    Unclear(Trouble),
    /// Any other reason: it is not there, it is forbidden, it is broken.
    Other(Trouble),
}

/// Opens the probe of a race at once: no look at the others that are plugged in, no wait.
///
/// # Errors
/// Trouble of the bench: no such probe, no permission, busy, a network probe that is not there.
pub fn open_probe(target: &DebugTarget) -> Result<Probe, Trouble> {
    let text = &target.probe;
    let selector = parsed(text)?;
    let opened = match network_address(&selector) {
        // Other drivers would look through USB first, which costs a race its first milliseconds.
        Some(address) => open_network(address, &selector),
        None => Lister::new().open(selector),
    };
    let probe = opened.map_err(|e| not_opened(text, &chain(&e)))?;
    speaking(probe, target)
}

/// Opens a probe for everything else. One that another program holds is waited for, as long as the bench file says.
/// One on the network whose server may be starting with its unit is tried for a second, since a refusal is no word of
/// the unit's.
///
/// # Errors
/// As [`open_probe`]; also where the selector fits several probes.
pub fn open_awaited(target: &DebugTarget, told: &Told) -> Result<Probe, Trouble> {
    try_awaited(target, told).map_err(|not| match not {
        NotOpened::Held(why) => not_opened(&target.probe, &why),
        NotOpened::Unclear(trouble) | NotOpened::Other(trouble) => trouble,
    })
}

/// Waits until nobody else holds the probe. One that is not there is none to wait for: it may come with the supply of
/// its unit.
///
/// # Errors
/// Trouble of the bench: it is held still, or the selector fits several.
pub fn await_free(target: &DebugTarget, told: &Told) -> Result<(), Trouble> {
    match try_awaited(target, told) {
        Ok(_) | Err(NotOpened::Other(_)) => Ok(()),
        Err(NotOpened::Unclear(trouble)) => Err(trouble),
        Err(NotOpened::Held(why)) => Err(not_opened(&target.probe, &why)),
    }
}

/// [`NotOpened::Held`] says here who holds it and how long was waited.
fn try_awaited(target: &DebugTarget, told: &Told) -> Result<Probe, NotOpened> {
    let text = &target.probe;
    let selector = parsed(text).map_err(NotOpened::Other)?;
    let (wait, started) = (target.wait.std(), Instant::now());
    let network = network_address(&selector).is_some();
    let mut held_by: Option<String> = None;
    loop {
        // Whoever waits for no probe is not to be held up by a look at it first.
        let left = wait.saturating_sub(started.elapsed());
        let knock = Some(PROMPT.min(left).max(LOOK)).filter(|_| !wait.is_zero());
        let not = match try_once(target, &selector, knock) {
            Ok(probe) => {
                if let Some(by) = &held_by {
                    told(whole_ms(started.elapsed()), by);
                }
                return Ok(probe);
            }
            Err(not) => not,
        };
        match not {
            NotOpened::Held(why) => {
                let by = held_by.get_or_insert_with(|| holder(network, &selector));
                let waited = whole_ms(started.elapsed());
                if waited.std() >= wait {
                    let after = match wait.is_zero() {
                        true => String::new(),
                        false => format!(" and was waited for {waited}"),
                    };
                    return Err(NotOpened::Held(format!("it is held by {by}{after}: {why}")));
                }
                std::thread::sleep(LOOK);
            }
            NotOpened::Other(_) if network && started.elapsed() < STARTING => {
                std::thread::sleep(RETRY);
            }
            not => return Err(not),
        }
    }
}

fn try_once(
    target: &DebugTarget,
    selector: &DebugProbeSelector,
    knock: Option<Duration>,
) -> Result<Probe, NotOpened> {
    let speaking = |probe| speaking(probe, target).map_err(NotOpened::Other);
    let Some(address) = network_address(selector) else {
        return open_plugged(&target.probe, selector).and_then(speaking);
    };
    // Who cannot be reached is told by the driver.
    if knock.is_some_and(|within| serves_another(address, within).unwrap_or(false)) {
        let why = "its server takes the connection and does not answer: it serves somebody else, or hangs";
        return Err(NotOpened::Held(why.to_owned()));
    }
    open_network(address, selector)
        .map_err(|e| NotOpened::Other(not_opened(&target.probe, &chain(&e))))
        .and_then(speaking)
}

/// A probe on USB or a serial port: the one of those plugged in that fits.
fn open_plugged(text: &str, selector: &DebugProbeSelector) -> Result<Probe, NotOpened> {
    let lister = Lister::new();
    match pick(lister.list_with_access(Some(selector)), selector) {
        Picked::One(ways) => open_one(text, &ways),
        Picked::Several(names) => {
            let what =
                format!("debug probe `{text}` fits more than one that is plugged in: {names}");
            let next = "write VID:PID:SERIAL (or VID:PID-IF:SERIAL) of the one that is on this unit into `probe`; \
                        where they have no serial numbers of their own, leave one of them plugged in";
            Err(NotOpened::Unclear(Trouble::bench(
                Channel::Debug,
                what,
                next,
            )))
        }
        Picked::Forbidden => Err(NotOpened::Other(not_opened(
            text,
            "it is plugged in, and permission to open it is denied",
        ))),
        Picked::Nothing => lister.open(selector.clone()).map_err(|e| {
            let why = chain(&e);
            if is_busy(&why) {
                return NotOpened::Held(why);
            }
            let there = match names(&lister.list_all_with_access()) {
                none if none.is_empty() => "no debug probe is plugged in".to_owned(),
                names => format!("plugged in: {names}"),
            };
            NotOpened::Other(not_opened(text, &format!("{why}; {there}")))
        }),
    }
}

/// Opens a probe that is plugged in, by the first driver that can.
fn open_one(text: &str, ways: &[DebugProbeInfo]) -> Result<Probe, NotOpened> {
    let (mut held, mut other) = (None, None);
    for way in ways {
        match way.open() {
            Ok(probe) => return Ok(probe),
            Err(e) => {
                let why = chain(&e);
                match is_busy(&why) || is_unsaid(&e) {
                    true => held = held.or(Some(why)),
                    false => other = other.or(Some(why)),
                }
            }
        }
    }
    Err(match (held, other) {
        (Some(why), _) => NotOpened::Held(why),
        (None, why) => NotOpened::Other(not_opened(text, &why.unwrap_or_default())),
    })
}

fn is_busy(why: &str) -> bool {
    why.to_lowercase().contains("busy")
}

/// Drivers that cannot take an interface or port say that there is no probe, or that it does not open: of one that they
/// list, and that this user may open, that says that it is taken.
fn is_unsaid(error: &DebugProbeError) -> bool {
    matches!(
        error,
        DebugProbeError::ProbeCouldNotBeCreated(
            ProbeCreationError::NotFound | ProbeCreationError::CouldNotOpen
        )
    )
}

fn holder(network: bool, selector: &DebugProbeSelector) -> String {
    match network {
        true => SOMEBODY.to_owned(),
        false => System::default().holder(selector),
    }
}

fn whole_ms(passed: Duration) -> Dur {
    Dur::ms(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX))
}

fn parsed(text: &str) -> Result<DebugProbeSelector, Trouble> {
    text.parse().map_err(|_| {
        let what = format!("`{text}` is no probe selector");
        let next = "correct the `probe` of this unit in the bench file";
        Trouble::bench(Channel::Debug, what, next)
    })
}

/// The probe, speaking what the bench file says. One that speaks something else would tell of another wire, and a
/// driver that gives no access to a debug port of Arm may do more to a chip than look: attaching a WCH-Link takes the
/// protection off the flash.
fn speaking(mut probe: Probe, target: &DebugTarget) -> Result<Probe, Trouble> {
    let protocol = target.protocol;
    let (wire, other) = match protocol {
        DebugProtocol::Swd => (WireProtocol::Swd, DebugProtocol::Jtag),
        DebugProtocol::Jtag => (WireProtocol::Jtag, DebugProtocol::Swd),
    };
    let (text, name) = (&target.probe, probe.get_name());
    if probe.select_protocol(wire).is_err() || probe.protocol() != Some(wire) {
        let what = format!("debug probe `{text}` ({name}) does not speak {protocol}");
        let next = format!(
            "wire a probe that speaks it; where the unit's debug port speaks {other}, write `protocol = \"{}\"` into \
             the `debug` of this unit in the bench file",
            other.name()
        );
        return Err(Trouble::bench(Channel::Debug, what, next));
    }
    if !probe.has_arm_debug_interface() && probe.try_as_jtag_probe().is_none() {
        let what = format!(
            "debug probe `{text}` ({name}) leads to no debug port of Arm and to no JTAG chain"
        );
        let next = "wire a probe for SWD or JTAG; others are not used, because attaching them may change the chip";
        return Err(Trouble::bench(Channel::Debug, what, next));
    }
    Ok(probe)
}

fn network_address(selector: &DebugProbeSelector) -> Option<&str> {
    let glasgow = selector.vendor_id == 0x20b7 && selector.product_id == 0x9db1;
    let address = selector.serial_number.as_deref().filter(|_| glasgow)?;
    (address.starts_with("unix:") || address.starts_with("tcp:")).then_some(address)
}

fn open_network(address: &str, selector: &DebugProbeSelector) -> Result<Probe, DebugProbeError> {
    if let Some(path) = address.strip_prefix("unix:")
        && !Path::new(path).exists()
    {
        return Err(DebugProbeError::Other(format!("there is no socket {path}")));
    }
    GlasgowFactory
        .open(selector)
        .map(Probe::from_specific_probe)
}

fn not_opened(text: &str, why: &str) -> Trouble {
    let lower = why.to_lowercase();
    let next = if lower.contains("held by") || lower.contains("busy") {
        "end the program that holds the probe, or have it waited for longer: `wait` of this unit's `debug` in the \
         bench file"
    } else if lower.contains("permission") || lower.contains("access") {
        "give your user access to the probe (udev rules), then replug it"
    } else if text.contains(":unix:") || text.contains(":tcp:") {
        "see that the unit has power and its probe server runs; check the address in the bench file"
    } else {
        "see that the probe is plugged in and that `probe` in the bench file names it; \
         `proofhouse discover` lists those that are"
    };
    let what = format!("debug probe `{text}` could not be opened: {why}");
    Trouble::bench(Channel::Debug, what, next)
}
