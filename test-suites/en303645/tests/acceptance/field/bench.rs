//! A folder with a device of `fixtures/field`, a bench file for it, and a suite.

use crate::table::Field;
use crate::tool::{Ran, command, ran, root};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The folder, gone with it.
pub struct Place(tempfile::TempDir);

/// A device that runs; dropped, it does not.
pub struct Device(Option<Child>);

impl Drop for Device {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

type Done<T> = Result<T, String>;

fn told<T>(done: std::io::Result<T>) -> Done<T> {
    done.map_err(|e| e.to_string())
}

impl Place {
    /// Own copies of everything, so that tests do not meet.
    pub fn new(field: &Field) -> Done<Self> {
        let place = Self(told(tempfile::tempdir())?);
        let fixtures = root().join("fixtures/field");
        for entry in told(std::fs::read_dir(&fixtures))? {
            let from = told(entry)?.path();
            let name = from.file_name().unwrap_or_default();
            told(std::fs::copy(&from, place.at("").join(name)))?;
        }
        told(std::fs::create_dir(place.at("profile")))?;
        for name in ["profile.toml", "device.star"] {
            told(std::fs::rename(
                place.at(name),
                place.at("profile").join(name),
            ))?;
        }
        let profile = place.at("profile/profile.toml");
        let text = told(std::fs::read_to_string(&profile))? + field.profile;
        told(std::fs::write(&profile, text))?;
        place.suite(field)?;
        let bench = format!("name = \"field\"\nprofile = \"profile\"\n{}", field.wires);
        told(std::fs::write(place.at("bench.toml"), bench))?;
        if field.needs_certificate {
            place.certificate()?;
        }
        Ok(place)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The suite of EN 303 645 with one case: one of its own, or one of the folder.
    fn suite(&self, field: &Field) -> Done<()> {
        let (from, to) = (root().join("test-suites/en303645"), self.at("suite"));
        for folder in ["", "lib", "crosswalks"] {
            copy_files(&from.join(folder), &to.join(folder))?;
        }
        told(std::fs::create_dir(to.join("cases")))?;
        let case = Path::new("cases").join(field.case);
        let source = match from.join(&case).exists() {
            true => from.join(&case),
            false => self.at(field.case),
        };
        told(std::fs::copy(source, to.join(case)).map(drop))
    }

    /// A key and a certificate of the device's own, in one file.
    fn certificate(&self) -> Done<()> {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
            .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "30"])
            .args(["-subj", "/CN=odd", "-keyout", "key.pem", "-out", "cert.pem"])
            .current_dir(self.0.path())
            .stderr(Stdio::null())
            .status();
        match told(made)?.success() {
            true => {}
            false => return Err("openssl makes no certificate".to_owned()),
        }
        let read = |name| told(std::fs::read_to_string(self.at(name)));
        let both = read("key.pem")? + &read("cert.pem")?;
        told(std::fs::write(self.at("both.pem"), both))
    }

    /// Starts the device and waits until it listens.
    pub fn device(&self, field: &Field) -> Done<Device> {
        let Some((script, rest)) = field.device.split_first() else {
            return Ok(Device(None));
        };
        let mut python = Command::new("python3");
        python.arg(script).args(rest).current_dir(self.0.path());
        python.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = told(python.spawn())?;
        let out = child.stdout.take();
        let device = Device(Some(child));
        let mut line = String::new();
        if let Some(out) = out {
            told(BufReader::new(out).read_line(&mut line))?;
        }
        match line.trim() {
            "ready" => Ok(device),
            other => Err(format!("{script} says {other:?}")),
        }
    }

    fn proofhouse(&self, word: &str, more: &[&str]) -> Done<Ran> {
        let files = [word, "--bench", "bench.toml", "--suite", "suite"];
        let mut all = command(&[&files, more].concat())?;
        ran(all.current_dir(self.0.path()))
    }

    /// Runs the case.
    pub fn run(&self, field: &Field) -> Done<Ran> {
        let args = ["--out", "runs", "--seed", "1"];
        let ran = self.proofhouse("run", &args)?;
        match self.runs().is_empty() {
            true => Err(format!("{} was not run: {}", field.name, ran.err)),
            false => Ok(ran),
        }
    }

    /// Reads the files only.
    pub fn check(&self) -> Done<Ran> {
        self.proofhouse("check", &[])
    }

    fn runs(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.at("runs"), &mut found);
        found
    }

    /// Notes, checks and ends, a line each, and what the device's own helpers wrote.
    pub fn told(&self) -> Done<String> {
        let mut out = String::new();
        for file in self.runs().iter().filter(|p| p.ends_with("events.jsonl")) {
            for line in told(std::fs::read_to_string(file))?.lines() {
                let event: serde_json::Value =
                    serde_json::from_str(line).map_err(|e| e.to_string())?;
                let fact = &event["fact"];
                let text = match fact["is"].as_str() {
                    Some("noted") => fact["text"].as_str().unwrap_or_default().to_owned(),
                    Some("checked" | "task-ended") => fact.to_string(),
                    _ => continue,
                };
                out.push_str(&text);
                out.push('\n');
            }
        }
        let log = std::fs::read_to_string(self.at("strip.log")).unwrap_or_default();
        Ok(out + &log)
    }

    /// The file of the run in which one of these texts stands.
    pub fn found(&self, texts: &[&str]) -> Done<Option<String>> {
        for file in self.runs() {
            let bytes = told(std::fs::read(&file))?;
            let holds = |text: &&&str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
            if let Some(text) = texts.iter().find(holds) {
                return Ok(Some(format!("{} as {text}", file.display())));
            }
        }
        Ok(None)
    }

    /// A time of the JUnit file that has more than three decimals: some readers refuse the file then.
    pub fn odd_time(&self) -> Done<Option<String>> {
        let files = self.runs();
        let file = files.iter().find(|p| p.ends_with("junit.xml"));
        let text = told(std::fs::read_to_string(file.ok_or("no junit.xml")?))?;
        let times = text.split(" time=\"").skip(1);
        let mut times = times.filter_map(|rest| rest.split('"').next());
        let fits = |time: &str| {
            let decimals = time.split_once('.').map_or("", |(_, d)| d);
            time.parse::<f64>().is_ok() && decimals.len() <= 3
        };
        Ok(times.find(|time| !fits(time)).map(str::to_owned))
    }
}

fn copy_files(from: &Path, to: &Path) -> Done<()> {
    told(std::fs::create_dir_all(to))?;
    for entry in told(std::fs::read_dir(from))? {
        let path = told(entry)?.path();
        if path.is_file() {
            told(std::fs::copy(
                &path,
                to.join(path.file_name().unwrap_or_default()),
            ))?;
        }
    }
    Ok(())
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => walk(&entry.path(), found),
            false => found.push(entry.path()),
        }
    }
}
