//! What a serial line is set to beside its rate: bits of a character, and the lines that some boards hang reset on.

use super::tty::bench;
use proofhouse_model::Trouble;
use proofhouse_model::settings::Settings;
use serialport::{DataBits, Parity, SerialPort, SerialPortBuilder, StopBits};

/// Eight data bits, no parity, one stop bit and no line touched by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) data: DataBits,
    pub(super) parity: Parity,
    pub(super) stop: StopBits,
    /// `None` is left as the system has it.
    pub(super) dtr: Option<bool>,
    pub(super) rts: Option<bool>,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            data: DataBits::Eight,
            parity: Parity::None,
            stop: StopBits::One,
            dtr: None,
            rts: None,
        }
    }
}

impl Line {
    /// By the settings `data_bits`, `parity`, `stop_bits`, `dtr` and `rts`.
    pub(super) fn of(settings: &Settings) -> Result<Self, Trouble> {
        let data = match settings.optional("data_bits", Settings::whole::<u8>)? {
            Some(5) => DataBits::Five,
            Some(6) => DataBits::Six,
            Some(7) => DataBits::Seven,
            _ => DataBits::Eight,
        };
        let parity = match settings.optional("parity", Settings::text)? {
            Some("even") => Parity::Even,
            Some("odd") => Parity::Odd,
            _ => Parity::None,
        };
        let stop = match settings.optional("stop_bits", Settings::whole::<u8>)? {
            Some(2) => StopBits::Two,
            _ => StopBits::One,
        };
        let level = |key| -> Result<Option<bool>, Trouble> {
            Ok(match settings.optional(key, Settings::text)? {
                Some("on") => Some(true),
                Some("off") => Some(false),
                _ => None,
            })
        };
        Ok(Self {
            data,
            parity,
            stop,
            dtr: level("dtr")?,
            rts: level("rts")?,
        })
    }

    /// A port that is to be opened so.
    pub(super) fn set_up(&self, port: SerialPortBuilder) -> SerialPortBuilder {
        port.data_bits(self.data)
            .parity(self.parity)
            .stop_bits(self.stop)
    }

    /// Sets the lines, and sees that the port took the rest: a pseudo-terminal and some adapters drop it in silence.
    pub(super) fn took(&self, port: &mut dyn SerialPort, path: &str) -> Result<(), Trouble> {
        let plain = Self::default();
        let lost = [
            (
                "data_bits",
                self.data != plain.data && port.data_bits().ok() != Some(self.data),
            ),
            (
                "parity",
                self.parity != plain.parity && port.parity().ok() != Some(self.parity),
            ),
            (
                "stop_bits",
                self.stop != plain.stop && port.stop_bits().ok() != Some(self.stop),
            ),
        ];
        if let Some((key, _)) = lost.iter().find(|(_, lost)| *lost) {
            return Err(refuses(path, key));
        }
        if let Some(on) = self.dtr {
            port.write_data_terminal_ready(on)
                .map_err(|_| refuses(path, "dtr"))?;
        }
        if let Some(on) = self.rts {
            port.write_request_to_send(on)
                .map_err(|_| refuses(path, "rts"))?;
        }
        Ok(())
    }
}

fn refuses(path: &str, key: &str) -> Trouble {
    bench(
        format!("the port {path} does not take `{key}` as the bench file says"),
        "leave the key out: a pseudo-terminal and some adapters have no such setting; else use another adapter",
    )
}
