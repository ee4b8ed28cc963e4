//! What has to be known of a product before its files can be written: said on the command line, asked, or guessed.

use super::args::{InitArgs, Kind};
use std::io::{BufRead, Write};
use std::net::IpAddr;

/// Longest answer, in bytes.
const LONGEST: usize = 120;

/// What was said of a product.
#[derive(Debug, Clone)]
pub struct Answers {
    /// How it is worked.
    pub kind: Kind,
    clear: bool,
    values: Vec<(&'static str, String)>,
}

/// One thing to know.
struct Question {
    place: &'static str,
    asks: &'static str,
    guess: &'static str,
    said: Option<String>,
    takes: fn(&str) -> Result<(), String>,
}

/// Everything that kind needs: from the command line, else asked where there is somebody, else a guess.
///
/// # Errors
///
/// What was said on the command line and cannot be taken, and an end of the answers before all were given.
pub fn ask_all(
    args: &InitArgs,
    mut person: Option<(&mut dyn BufRead, &mut dyn Write)>,
) -> Result<Answers, String> {
    let mut values = Vec::new();
    for question in questions(args) {
        let value = match (&question.said, &mut person) {
            (Some(said), _) => {
                let taken = (question.takes)(said);
                taken.map_err(|why| format!("--{} {said:?}: {why}", question.place))?;
                said.clone()
            }
            (None, Some((from, to))) => ask(&question, *from, *to)?,
            (None, None) => question.guess.to_owned(),
        };
        values.push((question.place, value));
    }
    Ok(Answers {
        kind: args.kind,
        clear: args.clear,
        values,
    })
}

fn questions(args: &InitArgs) -> Vec<Question> {
    let question = |place, asks, guess, said: &Option<String>, takes| Question {
        place,
        asks,
        guess,
        said: said.clone(),
        takes,
    };
    let web_port = if args.clear { "80" } else { "443" };
    let mut all = vec![
        question("maker", "Who makes it", "Acme", &args.maker, name),
        question("model", "Model", "Device 1", &args.model, name),
        question(
            "hardware",
            "Version of its hardware",
            "1",
            &args.hardware,
            name,
        ),
        question(
            "software",
            "Version of its software",
            "1.0.0",
            &args.software,
            name,
        ),
        question(
            "serial",
            "Serial number of the unit on the bench",
            "0001",
            &args.serial,
            name,
        ),
        question(
            "user",
            "Name that goes with its password",
            "admin",
            &args.user,
            name,
        ),
    ];
    if args.kind == Kind::Console {
        let port = "/dev/serial/by-id/...";
        let asks = "Serial port: a path, or VID:PID of its adapter";
        all.push(question("console", asks, port, &args.console, name));
        all.push(question(
            "baud",
            "Baud rate",
            "115200",
            &args.baud,
            number::<1, 20_000_000>,
        ));
    } else {
        let asks = "Address or host name of the unit";
        all.push(question(
            "address",
            asks,
            "192.168.1.7",
            &args.address,
            name,
        ));
        let asks = "Port of its web interface";
        all.push(question(
            "port",
            asks,
            web_port,
            &args.port,
            number::<1, 65535>,
        ));
    }
    if args.kind == Kind::Mqtt {
        let asks = "Address of this computer, as the unit sees it";
        all.push(question("host", asks, "192.168.1.2", &args.host, address));
    }
    all
}

/// Asks until an answer can be taken; an empty one is the guess.
fn ask(question: &Question, from: &mut dyn BufRead, to: &mut dyn Write) -> Result<String, String> {
    loop {
        let told = write!(to, "{} [{}]: ", question.asks, question.guess);
        told.and_then(|()| to.flush()).map_err(|e| e.to_string())?;
        let mut line = Vec::new();
        let most = LONGEST as u64 + 2;
        let read = std::io::Read::take(&mut *from, most).read_until(b'\n', &mut line);
        if read.map_err(|e| e.to_string())? == 0 {
            return Err("the answers ended before all was asked; nothing was written".to_owned());
        }
        let line = String::from_utf8_lossy(&line);
        let answer = match line.trim() {
            "" => question.guess,
            answer => answer,
        };
        match (question.takes)(answer) {
            Ok(()) => return Ok(answer.to_owned()),
            Err(why) => writeln!(to, "  {why}").map_err(|e| e.to_string())?,
        }
    }
}

/// What can stand between quotes in TOML and in a script as it is.
fn name(text: &str) -> Result<(), String> {
    let odd = |c: char| c.is_control() || matches!(c, '"' | '\'' | '\\' | '@' | '{' | '}');
    match text.chars().find(|c| odd(*c)) {
        _ if text.trim().is_empty() => Err("it is empty".to_owned()),
        _ if text.len() > LONGEST => Err(format!("it is longer than {LONGEST} bytes")),
        Some(c) => Err(format!(
            "it has {c:?} in it: leave that out here, and write it into the file"
        )),
        None => Ok(()),
    }
}

fn number<const LEAST: u32, const MOST: u32>(text: &str) -> Result<(), String> {
    match text.parse::<u32>() {
        Ok(n) if (LEAST..=MOST).contains(&n) => Ok(()),
        _ => Err(format!("it is no number from {LEAST} to {MOST}")),
    }
}

fn address(text: &str) -> Result<(), String> {
    let read = text.parse::<IpAddr>();
    read.map(|_| ())
        .map_err(|_| "it is no address such as 192.168.1.2".to_owned())
}

impl Answers {
    fn value(&self, place: &str) -> &str {
        let found = self.values.iter().find(|(name, _)| *name == place);
        found.map_or("", |(_, value)| value)
    }

    /// The model as the name of a folder and a product.
    #[must_use]
    pub fn product(&self) -> String {
        let model = self.value("model").to_lowercase();
        let words = model.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let name = words.join("-");
        let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase());
        if begins_well {
            name
        } else {
            format!("device-{name}").trim_end_matches('-').to_owned()
        }
    }

    /// Each place of the templates with what stands in it.
    pub(super) fn places(&self) -> Vec<(&'static str, String)> {
        let tls = !self.clear;
        let at = match self.kind {
            Kind::Console => "local = true".to_owned(),
            _ => format!(
                "at = \"{}:{}\"",
                if tls { "https" } else { "http" },
                self.value("port")
            ),
        };
        let console = self.value("console");
        let is_pair = console.split(':').count() == 2 && !console.contains('/');
        let key = if is_pair { "usb" } else { "port" };
        let mut places = vec![
            ("product", self.product()),
            ("tls", if tls { "True" } else { "False" }.to_owned()),
            ("is_tls", tls.to_string()),
            ("where", at),
            ("wire", format!("{key} = \"{console}\"")),
        ];
        places.extend(self.values.iter().cloned());
        places
    }
}
