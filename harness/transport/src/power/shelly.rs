//! A relay or plug of Shelly's second generation or later, over its local HTTP.
//!
//! `Switch.Set` switches, `Switch.GetStatus` is asked whether it did: an answer to the first says only that it was
//! understood. A password on the device (digest authentication) is not supported.

use super::Power;
use crate::budget::Budget;
use crate::lan::http::Client;
use proofhouse_model::op::HttpOp;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Bytes, Channel, Dur, Trouble};
use serde_json::Value;
use std::net::SocketAddr;

/// Longest that one call may take.
const WITHIN: Dur = Dur::secs(5);
/// What is quoted of an answer, characters.
const QUOTED: usize = 200;

/// One switch of a device that may have several.
pub struct ShellyPower {
    client: Client,
    at: SocketAddr,
    switch: u8,
    within: Dur,
    state: Option<bool>,
}

impl ShellyPower {
    /// By its settings `address`, `port` and `switch`. The state is unknown until it is switched.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn open(settings: &Settings) -> Result<Self, Trouble> {
        let at = SocketAddr::new(settings.address("address")?, settings.whole("port")?);
        Ok(Self::new(at, settings.whole("switch")?))
    }

    /// The switch with that number, from 0, of the device at an address.
    #[must_use]
    pub fn new(at: SocketAddr, switch: u8) -> Self {
        Self {
            // A switch of its own that is never raised: the supply goes off when the run is called off.
            client: Client::new(at.ip()),
            at,
            switch,
            within: WITHIN,
            state: None,
        }
    }

    /// Another longest time for one call than 5 s.
    #[must_use]
    pub fn within(self, within: Dur) -> Self {
        Self { within, ..self }
    }

    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        // Whatever happens, the old state is no longer known.
        self.state = None;
        let id = self.switch;
        self.call(&format!("Switch.Set?id={id}&on={on}"))?;
        let status = self.call(&format!("Switch.GetStatus?id={id}"))?;
        let word = |on| if on { "on" } else { "off" };
        match status["output"].as_bool() {
            Some(output) if output == on => {
                self.state = Some(on);
                Ok(())
            }
            Some(output) => Err(self.trouble(&format!(
                "says it is {} after it was switched {}; its errors: {}",
                word(output),
                word(on),
                quoted(&status["errors"].to_string())
            ))),
            None => Err(self.trouble("does not say whether it is on: its status has no `output`")),
        }
    }

    /// One call, such as `Switch.GetStatus?id=0`, and its result.
    fn call(&self, what: &str) -> Result<Value, Trouble> {
        let op = HttpOp {
            method: "GET".to_owned(),
            port: self.at.port(),
            tls: false,
            path: format!("/rpc/{what}"),
            headers: Vec::new(),
            body: Bytes::default(),
            session: 0,
            within: self.within,
        };
        // Nobody calls it off: switching off is the way to safety.
        let budget = Budget::of(self.within.std());
        let answer = self
            .client
            .exchange(&op, &budget)
            .map_err(|t| self.trouble(&format!("cannot be asked: {}", t.what)))?;
        let body = String::from_utf8_lossy(&answer.body);
        match (answer.status, serde_json::from_str(&body)) {
            (200, Ok(result)) => Ok(result),
            (200, Err(_)) => Err(self.trouble(&format!("answers with no JSON: {}", quoted(&body)))),
            (401, _) => Err(self.trouble("asks for a password: turn its authentication off")),
            (status, _) => {
                let said = quoted(&body);
                Err(self.trouble(&format!("answers `{what}` with status {status}: {said}")))
            }
        }
    }

    fn trouble(&self, what: &str) -> Trouble {
        let (at, switch) = (self.at, self.switch);
        let next = format!("open http://{at} in a browser; check its address, supply and network");
        Trouble::bench(
            Channel::Power,
            format!("switch {switch} of the Shelly at {at} {what}"),
            next,
        )
    }
}

impl Power for ShellyPower {
    fn on(&mut self) -> Result<(), Trouble> {
        match self.state {
            Some(true) => Ok(()),
            _ => self.switch(true),
        }
    }

    fn off(&mut self) -> Result<(), Trouble> {
        self.switch(false)
    }

    fn is_on(&self) -> Option<bool> {
        self.state
    }
}

/// The beginning of what a device said, fit for a terminal.
fn quoted(said: &str) -> String {
    let start: String = said.trim().chars().take(QUOTED).collect();
    start.escape_debug().to_string()
}

#[cfg(test)]
mod tests;
