//! Keys of configuration files as data: what a value must be, whether it may be absent, what it is for.
//!
//! One table of keys feeds the reader with its mistakes and nearest names, the JSON schema, and the printed help.

use crate::{Dur, HostSpec, Trouble, TroubleKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text that says something.
    Text,
    /// A path, seen from the file's own folder; a bare name such as `COM3` is taken as it is.
    Path,
    /// A program and its arguments, run without a shell.
    Command,
    /// A whole number of a range, both ends included.
    Whole(u64, u64),
    /// An IP address of one host.
    Address,
    /// An address of one host, with its interface where it is a link-local one, or a name that is looked up.
    Host,
    /// A login on another host: `host` or `user@host`.
    Login,
    /// A debug probe: `VID:PID` or `VID:PID:SERIAL`, in hex, with `-IF` behind PID for one of its interfaces.
    Probe,
    /// The hardware address of one network interface: six pairs of hex digits between colons or dashes.
    Mac,
    /// A duration longer than nothing, such as `250ms`.
    Duration,
    /// `true` or `false`.
    YesNo,
    /// One of a few words.
    Choice(&'static [&'static str]),
}

/// What holds when a key is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must be there.
    Required,
    /// This number.
    Number(u64),
    /// This word, text, address or duration.
    Word(&'static str),
    /// Something said elsewhere, in words: the setting stays absent.
    Else(&'static str),
}

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// As written in the file.
    pub name: &'static str,
    /// What its value must be.
    pub kind: Kind,
    /// Whether it may be absent.
    pub need: Need,
    /// What it is for, a lower-case clause.
    pub doc: &'static str,
    /// It is a credential, or may hold one: a plan has its name alone, and it is masked wherever it shows up.
    pub secret: bool,
}

impl Key {
    /// A key that must be there.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        let need = Need::Required;
        Self {
            name,
            kind,
            need,
            doc,
            secret: false,
        }
    }

    /// The same with a value that is, or may hold, a credential.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    /// A key that may be absent.
    #[must_use]
    pub const fn optional(name: &'static str, kind: Kind, need: Need, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            need,
            doc,
            secret: false,
        }
    }

    /// The setting that holds when the key is absent, where there is one.
    #[must_use]
    pub fn default(&self) -> Option<Setting> {
        match self.need {
            Need::Required | Need::Else(_) => None,
            Need::Number(n) => Some(Setting::Whole(n)),
            Need::Word(word) if self.kind == Kind::YesNo => Some(Setting::YesNo(word == "true")),
            Need::Word(word) => Some(Setting::Text(word.to_owned())),
        }
    }
}

/// A value that was read and fits its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// Text, path, address, login, probe, hardware address, duration or choice, as written.
    Text(String),
    /// Program and arguments.
    Words(Vec<String>),
    /// A whole number.
    Whole(u64),
    /// Yes or no.
    YesNo(bool),
}

/// Settings of a driver by key: checked when they were read, defaults filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, Setting>);

impl Settings {
    /// The setting of a key, when it is there.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.0.get(key)
    }

    /// The setting of a key that may be absent, read by one of the methods below.
    ///
    /// # Errors
    /// As that method.
    pub fn optional<'a, T>(
        &'a self,
        key: &str,
        read: impl FnOnce(&'a Self, &str) -> Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        match self.get(key) {
            None => Ok(None),
            Some(_) => read(self, key).map(Some),
        }
    }

    /// Text, path, login, probe or choice.
    ///
    /// # Errors
    /// Bench trouble: absent or of another kind, as in a plan that was not made by this harness.
    pub fn text(&self, key: &str) -> Result<&str, Trouble> {
        match self.get(key) {
            Some(Setting::Text(text)) => Ok(text),
            _ => Err(unfit(key, "a text")),
        }
    }

    /// Program and arguments, never empty.
    ///
    /// # Errors
    /// As [`Settings::text`].
    pub fn command(&self, key: &str) -> Result<&[String], Trouble> {
        match self.get(key) {
            Some(Setting::Words(words)) if !words.is_empty() => Ok(words),
            _ => Err(unfit(key, "a program")),
        }
    }

    /// A whole number that fits `T`.
    ///
    /// # Errors
    /// As [`Settings::text`].
    pub fn whole<T: TryFrom<u64>>(&self, key: &str) -> Result<T, Trouble> {
        let fits = match self.get(key) {
            Some(Setting::Whole(n)) => T::try_from(*n).ok(),
            _ => None,
        };
        fits.ok_or_else(|| unfit(key, "a whole number"))
    }

    /// An address.
    ///
    /// # Errors
    /// As [`Settings::text`].
    pub fn address(&self, key: &str) -> Result<IpAddr, Trouble> {
        let parsed = self.text(key)?.parse();
        parsed.map_err(|_| unfit(key, "an IP address"))
    }

    /// Where a host is.
    ///
    /// # Errors
    /// As [`Settings::text`].
    pub fn host(&self, key: &str) -> Result<HostSpec, Trouble> {
        let parsed = self.text(key)?.parse();
        parsed.map_err(|_| unfit(key, "an address or name of a host"))
    }

    /// Where a power switch is: one text for all of its outlets.
    ///
    /// # Errors
    /// As [`Settings::text`].
    pub fn switch_place(&self) -> Result<String, Trouble> {
        if self.get("serial").is_some() {
            return self.text("serial").map(str::to_owned);
        }
        if self.get("broker").is_some() {
            let (broker, port) = (self.host("broker")?, self.whole::<u16>("port")?);
            let device = self.text("device")?;
            return Ok(format!("{broker} port {port} device {device}"));
        }
        Ok(format!(
            "{} port {}",
            self.host("address")?,
            self.whole::<u16>("port")?
        ))
    }

    /// A duration.
    ///
    /// # Errors
    /// As [`Settings::text`].
    pub fn duration(&self, key: &str) -> Result<Dur, Trouble> {
        Dur::parse(self.text(key)?).map_err(|_| unfit(key, "a duration"))
    }

    /// A hardware address.
    ///
    /// # Errors
    /// It is none.
    pub fn mac(&self, key: &str) -> Result<[u8; 6], Trouble> {
        mac_of(self.text(key)?).ok_or_else(|| unfit(key, "a hardware address"))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// As [`Settings::text`].
    pub fn yes_no(&self, key: &str) -> Result<bool, Trouble> {
        match self.get(key) {
            Some(Setting::YesNo(yes)) => Ok(*yes),
            _ => Err(unfit(key, "true or false")),
        }
    }
}

/// The hardware address of one interface; nothing where it is none, or that of several or of nobody.
#[must_use]
pub fn mac_of(text: &str) -> Option<[u8; 6]> {
    let text = text.trim();
    let between = if text.contains('-') { '-' } else { ':' };
    let mut out = [0; 6];
    let mut pairs = text.split(between);
    for byte in &mut out {
        let pair = pairs.next().filter(|pair| pair.len() == 2)?;
        if !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    let is_one = out[0] & 1 == 0 && out != [0; 6] && pairs.next().is_none();
    is_one.then_some(out)
}

fn unfit(key: &str, wanted: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::Bench,
        channel: None,
        what: format!("the driver's setting `{key}` is not {wanted}"),
        try_next: Some("make a new plan from the bench file".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Setting, Settings, mac_of};

    fn settings() -> Settings {
        let words = vec!["relay".to_owned(), "on".to_owned()];
        let all = [
            ("text", Setting::Text("a".to_owned())),
            ("address", Setting::Text("::1".to_owned())),
            ("words", Setting::Words(words)),
            ("none", Setting::Words(Vec::new())),
            ("large", Setting::Whole(70_000)),
            ("yes", Setting::YesNo(true)),
        ];
        Settings(all.map(|(key, value)| (key.to_owned(), value)).into())
    }

    #[test]
    fn settings_survive_a_plan_on_disk() {
        let text = serde_json::to_string(&settings()).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings());
    }

    #[test]
    fn what_does_not_fit_is_trouble_that_names_the_key() {
        let settings = settings();
        assert_eq!(settings.whole::<u32>("large").unwrap(), 70_000);
        assert_eq!(settings.command("words").unwrap().len(), 2);
        let refused = [
            settings.whole::<u16>("large").map(drop),
            settings.whole::<u64>("text").map(drop),
            settings.command("none").map(drop),
            settings.address("text").map(drop),
            settings.duration("text").map(drop),
            settings.yes_no("text").map(drop),
            settings.text("yes").map(drop),
            settings.text("absent").map(drop),
        ];
        let keys = [
            "large", "text", "none", "text", "text", "text", "yes", "absent",
        ];
        for (trouble, key) in refused.into_iter().zip(keys) {
            let what = trouble.unwrap_err().what;
            assert!(what.contains(&format!("`{key}`")), "{what}");
        }
    }

    #[test]
    fn the_address_of_one_interface_is_no_other() {
        let mac = [2, 0, 0, 0, 0x0a, 0x17];
        for text in [
            "02:00:00:00:0a:17",
            "02-00-00-00-0A-17",
            " 02:00:00:00:0A:17 ",
        ] {
            assert_eq!(mac_of(text), Some(mac), "{text}");
        }
        let several = "01:00:5e:00:00:fb";
        for none in [
            "",
            "02:00:00:00:0a",
            "02:00:00:00:0a:17:00",
            "2:0:0:0:a:17",
            "+2:00:00:00:0a:17",
            "ff:ff:ff:ff:ff:ff",
            "00:00:00:00:00:00",
            several,
        ] {
            assert_eq!(mac_of(none), None, "{none}");
        }
    }
}
