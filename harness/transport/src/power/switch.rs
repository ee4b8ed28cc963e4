//! One outlet of a power switch, or one channel of a supply, as the file of its model describes it.
//!
//! That a switch was told is no proof: it is asked until it says what it was told, or its time is over. Units on one
//! switch take turns at it, since many take one session at a time.

mod digest;
mod http;
mod lines;
mod mqtt;
mod snmp;

use super::Power;
use super::outlet::Strip;
use crate::budget::{Budget, Cancel};
use crate::net::Host;
use crate::open::Context;
use proofhouse_model::settings::Settings;
use proofhouse_model::switch::{How, Request, State, Told, Values, Way};
use proofhouse_model::{Channel, Dur, Switch, Trouble, Wire};
use std::sync::Arc;
use std::time::Duration;

/// Longest that one switching may take, where nothing else is said.
const WITHIN: Dur = Dur::secs(5);
/// How long a switch that says the old state is left alone before it is asked again.
const AGAIN: Duration = Duration::from_millis(50);

/// Talk with a switch, from its beginning to its end: one switching and what reads it back. What goes wrong is told as
/// a clause about the outlet.
trait Talk {
    /// Sends what changes something.
    fn tell(&mut self, request: &Request, budget: &Budget) -> Result<(), String>;

    /// Asks whether the outlet is on.
    fn ask(&mut self, state: &State, budget: &Budget) -> Result<bool, String>;
}

/// Where a switch is.
enum Place {
    Network(Host),
    Port(String),
}

/// Where the wire's settings say that a switch of this way is, with its host or path and its port.
fn place(
    way: &Way,
    said: &Settings,
    context: &Context<'_>,
) -> Result<(Place, String, u16), Trouble> {
    let key = match way {
        Way::Serial(_) => {
            let path = context.path(said.text("serial")?);
            return Ok((Place::Port(path.clone()), path, 0));
        }
        Way::Mqtt(_) => "broker",
        _ => "address",
    };
    let host = said.host(key)?;
    let name = host.to_string();
    Ok((Place::Network(Host::new(host)?), name, said.whole("port")?))
}

/// One outlet.
pub struct SwitchPower {
    model: Box<Switch>,
    place: Place,
    values: Values,
    within: Duration,
    /// Every unit on the switch waits for its turn there.
    strip: Arc<Strip>,
    slowest: Duration,
    state: Option<bool>,
}

impl SwitchPower {
    /// By the wire's settings and model. The state is unknown until it is switched.
    ///
    /// # Errors
    /// Bench trouble: they are missing, or name an interface that is not there.
    pub fn open(wire: &Wire, context: &Context<'_>) -> Result<Self, Trouble> {
        let said = &wire.settings;
        let outlet = said.whole("outlet")?;
        let model = wire.switch.clone().ok_or_else(|| {
            let what = format!("the plan has no model of the switch of {}", context.unit);
            Trouble::bench(Channel::Power, what, "make a new plan from the bench file")
        })?;
        let text = |key: &str, instead: &str| -> Result<String, Trouble> {
            let said = said.optional(key, Settings::text)?;
            Ok(said.unwrap_or(instead).to_owned())
        };
        let (place, host, port) = place(&model.way, said, context)?;
        let within = said.optional("within", Settings::duration)?;
        let within = within.unwrap_or(WITHIN).std();
        let outlets = said.optional("outlets", Settings::whole::<u32>)?;
        // Names of strips have no blank.
        let strip = format!("switch {}", said.switch_place()?);
        Ok(Self {
            values: Values {
                outlet,
                host,
                port,
                user: text("user", model.way.user())?,
                password: text("password", model.way.password())?,
                device: text("device", "")?,
                told: Told {
                    on: text("on", "")?,
                    off: text("off", "")?,
                    read: text("read", "")?,
                    is_on: text("is-on", "")?,
                    is_off: text("is-off", "")?,
                },
            },
            place,
            within,
            strip: context.strips.get(&strip, Duration::ZERO),
            slowest: within.saturating_mul(outlets.unwrap_or(1)),
            state: None,
            model,
        })
    }

    fn talk(&self, budget: &Budget) -> Result<Box<dyn Talk + '_>, String> {
        let values = &self.values;
        Ok(match (&self.model.way, &self.place) {
            (Way::Http(http), Place::Network(host)) => {
                Box::new(http::Talk::new(http, host, values))
            }
            (Way::Tcp(tcp), Place::Network(host)) => {
                Box::new(lines::tcp(tcp, host, values, budget)?)
            }
            (Way::Snmp(snmp), Place::Network(host)) => {
                Box::new(snmp::Talk::new(snmp, host, values, budget)?)
            }
            (Way::Mqtt(mqtt), Place::Network(host)) => {
                let state = self.model.state.as_ref();
                Box::new(mqtt::connect(mqtt, state, host, values, budget)?)
            }
            (Way::Serial(serial), Place::Port(path)) => {
                Box::new(lines::serial(serial, path, values)?)
            }
            _ => return Err("has a model that is reached otherwise".to_owned()),
        })
    }

    fn carry_out(&self, talk: &mut dyn Talk, on: bool, budget: &Budget) -> Result<(), String> {
        let state = self.model.state.as_ref();
        match (&self.model.how, state) {
            (How::Each { on: request, .. }, _) if on => talk.tell(request, budget)?,
            (How::Each { off, .. }, _) => talk.tell(off, budget)?,
            (How::Toggle(toggle), Some(state)) => {
                if talk.ask(state, budget)? != on {
                    talk.tell(toggle, budget)?;
                }
            }
            (How::Toggle(_), None) => {
                return Err("cannot be read before it is changed over".to_owned());
            }
        }
        let Some(state) = state else {
            return Ok(());
        };
        let mut asked = talk.ask(state, budget)?;
        while asked != on {
            if budget.left() > AGAIN {
                if budget.pause(AGAIN).is_err() {
                    return Err("was to go off before it said that it is on".to_owned());
                }
                match talk.ask(state, budget) {
                    Ok(answer) => {
                        asked = answer;
                        continue;
                    }
                    Err(why) if !budget.left().is_zero() => return Err(why),
                    // The last answer that came in time counts.
                    Err(_) => {}
                }
            }
            let word = |on| if on { "on" } else { "off" };
            let (is, told, given) = (word(!on), word(on), budget.given());
            return Err(format!(
                "says it is {is} after it was switched {told}, for {given}"
            ));
        }
        Ok(())
    }

    fn switch_unless(&mut self, on: bool, called_off: &Cancel) -> Result<(), Trouble> {
        // Whatever happens, the old state is no longer known.
        self.state = None;
        let done = {
            let _session = self.strip.session(on);
            let budget = Budget::new(self.within, called_off);
            self.talk(&budget)
                .and_then(|mut talk| self.carry_out(&mut *talk, on, &budget))
        };
        done.map_err(|what| self.trouble(&what))?;
        self.state = Some(on);
        Ok(())
    }

    fn trouble(&self, what: &str) -> Trouble {
        let Values {
            outlet,
            host,
            port,
            device,
            user,
            ..
        } = &self.values;
        let Switch { name, maker, .. } = &*self.model;
        let (at, next) = match &self.model.way {
            Way::Serial(_) => (
                host.clone(),
                "check its cable and that it is of that model; another program may hold the port"
                    .to_owned(),
            ),
            Way::Http(http) => {
                let scheme = if http.tls { "https" } else { "http" };
                let next = format!(
                    "open {scheme}://{host}:{port} in a browser; check its address, password and supply"
                );
                (format!("{host} port {port}"), next)
            }
            Way::Snmp(_) => (
                format!("{host} port {port}"),
                "check its address and that the community may write: a wrong one is not answered"
                    .to_owned(),
            ),
            Way::Mqtt(mqtt) => {
                let user = match user.is_empty() {
                    true => String::new(),
                    false => format!(" -u {user} -P ..."),
                };
                let tls = if mqtt.tls {
                    " --tls-use-os-certs --insecure"
                } else {
                    ""
                };
                (
                    format!("`{device}` behind the broker {host} port {port}"),
                    format!(
                        "see that the switch is connected to that broker and is called `{device}` in its topics: \
                         `mosquitto_sub -h {host} -p {port}{user}{tls} -v -t '#'` shows what is said there"
                    ),
                )
            }
            Way::Tcp(_) => (
                format!("{host} port {port}"),
                "check its address and supply, and that no other program is connected to it"
                    .to_owned(),
            ),
        };
        let what = format!("outlet {outlet} of the {maker} switch at {at} ({name}) {what}");
        Trouble::bench(Channel::Power, what, next)
    }
}

impl Power for SwitchPower {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        // Nobody calls it off: switching off is the way to safety.
        self.switch_unless(on, &Cancel::new())
    }

    fn on_unless(&mut self, called_off: &Cancel) -> Result<(), Trouble> {
        match self.state {
            Some(true) => Ok(()),
            _ => self.switch_unless(true, called_off),
        }
    }

    fn is_on(&self) -> Option<bool> {
        self.state
    }

    fn slowest(&self) -> Duration {
        self.slowest
    }
}

/// What is quoted of an answer, characters.
const QUOTED: usize = 200;

/// The beginning of what a switch said, fit for a terminal.
fn quoted(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let start: String = said.trim().chars().take(QUOTED).collect();
    start.escape_debug().to_string()
}
