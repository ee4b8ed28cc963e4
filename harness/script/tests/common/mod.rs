//! A host that records what it is asked and answers from a script of its own.
#![allow(dead_code)] // Each test file uses its part.

use proofhouse_model::event::CaseEnd;
use proofhouse_model::observation::{HttpAnswer, Matched};
use proofhouse_model::profile::{ConsoleFacts, DebugFacts, Product};
use proofhouse_model::{
    BlobId, Channel, Check, Diagnostic, Dur, Measurement, Observation, Op, Profile, SecretKind,
    Trouble, TroubleKind,
};
use proofhouse_script::{Case, DeviceScript, Host, load_device_script, load_suite_cases, run_case};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

type Answerer = Box<dyn Fn(usize, &Op) -> Result<Observation, Trouble> + Send + Sync>;

pub struct Fake {
    pub answer: Answerer,
    pub profile: Profile,
    pub specimens: usize,
    pub ops: Mutex<Vec<(usize, Op)>>,
    pub checks: Mutex<Vec<Check>>,
    /// Which ops checks on answers rest on.
    pub on: Mutex<Vec<std::ops::Range<u64>>>,
    pub measured: Mutex<Vec<Measurement>>,
    pub notes: Mutex<Vec<String>>,
    pub secrets: Mutex<Vec<(String, String)>>,
    pub clock_ms: AtomicU64,
    pub stop_after_polls: AtomicU64,
    pub blobs: BTreeMap<String, Vec<u8>>,
    pub files: BTreeMap<String, Vec<u8>>,
    /// Channels that the specimens lack.
    pub lacks: Vec<Channel>,
}

pub fn matched(text: &str) -> Observation {
    Observation::Matched(Matched {
        text: text.into(),
        groups: vec![],
        before: "".into(),
        after: Dur::ms(7),
    })
}

pub fn http(status: u16, body: &[u8]) -> Observation {
    Observation::Http(HttpAnswer {
        status: Some(status),
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.to_vec().into(),
        cut: false,
        certificate: None,
        decoded: None,
        unparsed: None,
    })
}

pub fn silent() -> Trouble {
    Trouble::silent(Channel::Console, "nothing matched in 1s")
}

impl Fake {
    /// Answers every op in the plainest way.
    pub fn new() -> Self {
        Self::answering(|_, op| {
            Ok(match op {
                Op::Console(_) => matched("ok"),
                Op::Http(_) => http(200, b"{}"),
                Op::Label { .. } => Observation::Text {
                    text: "label".into(),
                },
                _ => Observation::Done,
            })
        })
    }

    pub fn answering(
        answer: impl Fn(usize, &Op) -> Result<Observation, Trouble> + Send + Sync + 'static,
    ) -> Self {
        Self {
            answer: Box::new(answer),
            profile: profile(),
            specimens: 1,
            ops: Mutex::default(),
            checks: Mutex::default(),
            on: Mutex::default(),
            measured: Mutex::default(),
            notes: Mutex::default(),
            secrets: Mutex::default(),
            clock_ms: AtomicU64::new(0),
            stop_after_polls: AtomicU64::new(u64::MAX),
            blobs: BTreeMap::new(),
            files: BTreeMap::new(),
            lacks: vec![Channel::Debug],
        }
    }

    pub fn checks(&self) -> Vec<Check> {
        self.checks.lock().unwrap().clone()
    }

    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }

    pub fn ops(&self) -> Vec<Op> {
        self.ops
            .lock()
            .unwrap()
            .iter()
            .map(|(_, op)| op.clone())
            .collect()
    }
}

pub fn profile() -> Profile {
    Profile {
        id: proofhouse_model::ProductId::new("product").unwrap(),
        name: "test-plug".into(),
        folder: String::new(),
        sha256: String::new(),
        product: Product {
            maker: "Test".into(),
            model: "Plug".into(),
            hardware: "A".into(),
            software: "1.4.0".into(),
            constrained: None,
        },
        claims: vec![],
        ixit: BTreeMap::from([(
            "7-UpdMech".into(),
            vec![BTreeMap::from([("id".into(), serde_json::json!("UM-1"))])],
        )]),
        console: Some(ConsoleFacts {
            baud: 115_200,
            line_end: "\r\n".into(),
            banner: "boot v".into(),
            prompt: Some("plug> ".into()),
            crash: Some("panic".into()),
            ..ConsoleFacts::default()
        }),
        debug: Some(DebugFacts {
            flash: vec![(0x1000, 64)],
            ..DebugFacts::default()
        }),
        pace: Default::default(),
        without_rows: Default::default(),
        public_labels: Vec::new(),
        files: BTreeMap::new(),
        limits: BTreeMap::from([("boot".into(), Dur::secs(90))]),
        values: BTreeMap::from([("port".into(), serde_json::json!(8443))]),
    }
}

impl Host for Fake {
    fn perform(&self, specimen: usize, op: Op) -> Result<Observation, Trouble> {
        let answer = (self.answer)(specimen, &op);
        self.ops.lock().unwrap().push((specimen, op));
        answer
    }
    fn checked(&self, check: Check) -> Result<(), Trouble> {
        self.checks.lock().unwrap().push(check);
        Ok(())
    }
    fn checked_on(&self, check: Check, calls: std::ops::Range<u64>) -> Result<(), Trouble> {
        self.on.lock().unwrap().push(calls);
        self.checked(check)
    }
    fn measured(&self, measurement: Measurement) -> Result<(), Trouble> {
        self.measured.lock().unwrap().push(measurement);
        Ok(())
    }
    fn noted(&self, text: &str) -> Result<(), Trouble> {
        self.notes.lock().unwrap().push(text.to_owned());
        Ok(())
    }
    fn name_secret(&self, name: &str, value: &[u8]) -> Result<(), Trouble> {
        let named = (name.to_owned(), String::from_utf8_lossy(value).into_owned());
        self.secrets.lock().unwrap().push(named);
        Ok(())
    }

    fn fresh_secret(&self, name: &str, kind: SecretKind, length: usize) -> Result<String, Trouble> {
        let value = proofhouse_script::fresh_secret(kind, length)?;
        let made = (name.to_owned(), value.clone());
        self.secrets.lock().unwrap().push(made);
        Ok(value)
    }
    fn matched(&self, _: &[u8], _: &str, fits: bool) -> Result<bool, Trouble> {
        Ok(fits)
    }
    fn clock(&self) -> Result<u64, Trouble> {
        Ok(self.now_ms())
    }
    fn ran_out(&self, since_ms: u64, limit: Dur) -> Result<bool, Trouble> {
        let limit = u64::try_from(limit.std().as_millis()).unwrap();
        Ok(self.now_ms() - since_ms >= limit)
    }
    fn blob(&self, id: &BlobId) -> Option<Vec<u8>> {
        self.blobs.get(id.as_str()).cloned()
    }
    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        Ok(self.files.get(name).cloned())
    }
    fn has(&self, _: usize, channel: Channel) -> bool {
        !self.lacks.contains(&channel)
    }
    fn profile(&self) -> &Profile {
        &self.profile
    }
    fn unit_name(&self, specimen: usize) -> String {
        format!("plug-{specimen}")
    }
    fn specimens(&self) -> usize {
        self.specimens
    }
    fn seed(&self) -> u64 {
        42
    }
    fn now_ms(&self) -> u64 {
        self.clock_ms.load(Ordering::Relaxed)
    }
    fn pause(&self, length: Dur) -> Result<(), Trouble> {
        let ms = u64::try_from(length.std().as_millis()).unwrap();
        self.clock_ms.fetch_add(ms, Ordering::Relaxed);
        Ok(())
    }
    fn stopped(&self) -> Option<Trouble> {
        let left = self.stop_after_polls.load(Ordering::Relaxed);
        if left == 0 {
            return Some(Trouble {
                kind: TroubleKind::Deadline,
                channel: None,
                what: "the case's deadline of 5m passed".into(),
                try_next: None,
            });
        }
        if left != u64::MAX {
            self.stop_after_polls.store(left - 1, Ordering::Relaxed);
        }
        None
    }
}

/// Writes files below a folder.
pub fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Loads a suite of files and expects no mistake.
pub fn suite(files: &[(&str, &str)]) -> Vec<Case> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let (cases, found) = load_suite_cases(folder.path());
    assert!(found.is_empty(), "{}", told(folder.path(), &found));
    cases
}

/// Loads a suite of files and tells its mistakes.
pub fn mistakes(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let (_, found) = load_suite_cases(folder.path());
    told(folder.path(), &found)
}

/// Loads a device script and expects no mistake.
pub fn device(text: &str) -> DeviceScript {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("device.star", text)]);
    let (script, found) = load_device_script(folder.path());
    assert!(found.is_empty(), "{}", told(folder.path(), &found));
    script.unwrap()
}

/// A case of one body, with a head that allows everything.
pub fn case_of(body: &str) -> String {
    let ops = "ready set_up login login_owner change_password settings personalise works works_locally \
               factory_reset firmware install is_factory_default fuzz_inputs surfaces identity";
    let used = ops.split_whitespace().filter(|op| {
        body.contains(&format!("device.{op}("))
            || (*op == "set_up" && body.contains("enrol_owner("))
    });
    let used = used
        .map(|op| format!("{op:?}"))
        .collect::<Vec<_>>()
        .join(", ");
    let lines: String = body
        .trim_matches('\n')
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    let end = if body.contains("check.") {
        ""
    } else {
        "    check.shown(holds = \"it ran\", otherwise = \"it failed\", detail = \"it ran\")\n"
    };
    format!(
        "\"\"\"A case.\"\"\"\n\ncase(provisions = [\"5.1-1\", \"5.1-2\"], specimens = 2, device = [{used}],\n    \
         effects = [\"may-brick\"], \
         needs = [\"power\", \"console\", \"lan\", \"label\"], \
         wants = [\"debug\", \"peers.mqtt\", \"reset\", \"tap\"])\n\n\
         def run(bench: Bench):\n{lines}{end}"
    )
}

/// Line of a body's first line in [`case_of`].
pub const BODY: usize = 7;

/// Runs one body.
pub fn run(host: Fake, device: Option<&DeviceScript>, body: &str) -> (CaseEnd, Arc<Fake>) {
    let text = case_of(body);
    let cases = suite(&[("cases/x.star", &text)]);
    let host = Arc::new(host);
    let end = run_case(&cases[0], device, host.clone());
    (end, host)
}

/// Mistakes as a reader sees them, with the folder left out.
pub fn told(folder: &Path, found: &[Diagnostic]) -> String {
    let folder = format!("{}/", folder.display());
    let mut out = String::new();
    for one in found {
        let file = one.file.replace(&folder, "");
        match &one.place {
            Some(place) => {
                out.push_str(&format!(
                    "{file}:{}:{}: {}\n",
                    place.line,
                    place.column,
                    one.message.replace(&folder, "")
                ));
                let line = place.source.lines().nth(place.line - 1).unwrap_or_default();
                let text = &place.source[place.span.0..place.span.1];
                let width = text
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .count()
                    .max(1);
                out.push_str(&format!(
                    "    {line}\n    {}{}\n",
                    " ".repeat(place.column - 1),
                    "^".repeat(width)
                ));
            }
            None => out.push_str(&format!("{file}: {}\n", one.message.replace(&folder, ""))),
        }
        for (word, text) in [
            ("expected", &one.expected),
            ("nearest", &one.nearest),
            ("help", &one.help),
        ] {
            if let Some(text) = text {
                out.push_str(&format!("  {word}: {text}\n"));
            }
        }
    }
    out
}
