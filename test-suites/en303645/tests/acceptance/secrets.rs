//! No file of a run, no temporary file and no line of output shows a secret of a label, in any form.

use crate::tool::{command, ran, root};
use crate::vacuous::suite_of;
use libtest_mimic::{Failed, Trial};
use proofhouse_model::forms;
use proofhouse_model::readings::examples::examples;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Of every kind of character that some form changes, and digits alone.
const SECRETS: [(&str, &str); 2] = [("psk", "kR7&wQz9+Lm2/t"), ("puk", "83726195")];
/// What a case sends in places that are known for secrets.
const SENT: [&str; 3] = ["48151623", "a1b2c3d4e5f6g7", "Zk9%Wq3vT2"];
/// The unit that is tried.
const UNIT: &str = "[unit.plug-a]\n";

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test("secrets::no_file_of_a_run_shows_one", walk)]
}

/// A case that says every form over the wires of a plug, whole and in two pieces.
fn case() -> String {
    let mut text = String::from(
        "\"\"\"Says secrets.\"\"\"\n\ncase(provisions = [\"5.5-1\"], \
         needs = [\"power\", \"console\", \"lan\", \"label\"], \
         device = [\"ready\"], within = \"3m\")\n\nFORMS = [\n",
    );
    for (_, secret) in SECRETS {
        for (_, bytes) in forms::all(secret.as_bytes(), 4) {
            let _ = writeln!(text, "    \"{}\",", proofhouse_model::bytes::to_hex(&bytes));
        }
    }
    for (_, odd) in examples(SECRETS[0].1) {
        let digits = proofhouse_model::bytes::to_hex(odd.as_bytes());
        let _ = writeln!(text, "    \"{digits}\",");
    }
    let json = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let _ = write!(
        text,
        "]\n\nLONG = {}\nSENT = {:?}\n",
        json(SECRETS[0].1),
        SENT
    );
    text.push_str(
        r#"
def run(bench: Bench):
    bench.power.on()
    bench.device.ready(within = "30s")
    for digits in FORMS:
        said = unhex(digits).text
        half = len(said) // 2
        bench.note(said)
        bench.note(said[:half])
        bench.note(said[half:])
        bench.console.send(said[:half])
        bench.console.send(said[half:])
        bench.console.send("\n")
        headers = {"X-Said": urlencode({"a": said})}
        bench.attempt(lambda: bench.lan.http("POST", "/api/nothing", 443, body = said, headers = headers))
    for from_ in range(len(LONG)):
        bench.note(LONG[from_:from_ + 6])
        bench.console.send(LONG[from_:from_ + 7])
        bench.console.send("\n")
        bench.attempt(lambda: bench.lan.http("POST", "/api/nothing", 443, body = LONG[from_:from_ + 9]))
    # Nobody says that these are secrets: it is their place that does.
    account = urlencode({"user": "root", "password": SENT[2]})
    for body in ["{\"pin\": %s, \"n\": [{\"session_token\": \"%s\"}]}" % (SENT[0], SENT[1]), account]:
        bench.attempt(lambda: bench.lan.http("POST", "/api/login", 443, body = body))
    bench.note("sent %s, %s and %s" % (SENT[0], SENT[1], SENT[2]))
    bench.console.ask("", "plug> ", within = "10s")
    pin = bench.label("pin")
    token = secret_value("tok-" + "4a5b6c7d", name = "token")
    bench.note(token)
    bench.note(hex(token))
    check.equal(pin, "123", holds = "said " + bench.label("psk"), otherwise = "not said " + bench.label("psk"))
"#,
    );
    text
}

fn walk() -> Result<(), Failed> {
    let room = tempfile::tempdir().map_err(|e| e.to_string())?;
    let at = |name: &str| room.path().join(name);
    for folder in ["cases", "tmp", "runs"] {
        std::fs::create_dir(at(folder)).map_err(|e| e.to_string())?;
    }
    let written = std::fs::write(at("cases").join("says_secrets.star"), case());
    written.map_err(|e| e.to_string())?;
    let suite = suite_of(&at("cases"))?;
    let honest = std::fs::read_to_string(root().join("fixtures/benches/plug.toml"));
    let label = SECRETS.map(|(name, value)| format!("{name} = \"{value}\""));
    let label = format!("{UNIT}label = {{ pin = \"123\", {} }}\n", label.join(", "));
    let profiles = root().join("device-profiles").display().to_string();
    let bench = honest.map_err(|e| e.to_string())?;
    let bench = bench
        .replace(UNIT, &label)
        .replace("../../device-profiles", &profiles);
    std::fs::write(at("bench.toml"), bench).map_err(|e| e.to_string())?;
    let text = |path: &Path| path.display().to_string();
    let (bench, suite, out) = (
        text(&at("bench.toml")),
        text(suite.path()),
        text(&at("runs")),
    );
    let args = [
        "run", "--bench", &bench, "--suite", &suite, "--unit", "plug-a", "--out", &out,
    ];
    let run = ran(command(&args)?.current_dir(root()).env("TMPDIR", at("tmp")))?;
    let said = format!("{}\n{}", run.out, run.err);
    if run.code != 0 {
        return Err(format!("exit {}\n{said}", run.code).into());
    }
    let mut found = shown("the output", said.as_bytes());
    let (mut files, mut events) = (0, String::new());
    for file in walked(&at("runs")).into_iter().chain(walked(&at("tmp"))) {
        let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        files += 1;
        if file.ends_with("events.jsonl") {
            events = String::from_utf8_lossy(&bytes).into_owned();
        }
        found.extend(shown(&text(&file), &bytes));
    }
    for seen in [
        "⟨label.psk:",
        ":base64",
        ":percent",
        "⟨token:",
        "⟨session_token:",
        r#""name":"label.pin","because":{"kind":"short","characters":3}"#,
    ] {
        if !events.contains(seen) {
            found.push(format!(
                "no {seen} in the journal: the test sees nothing to judge"
            ));
        }
    }
    if !said.contains("label.pin has 3 characters and is not masked") {
        found.push("the summary does not say what is not masked".to_owned());
    }
    if let Some(sent) = SENT.iter().find(|sent| events.contains(**sent)) {
        found.push(format!("{sent}, which was sent, in clear"));
    }
    if events.contains("tok-4a5b6c7d") || files < 5 {
        found.push(format!("a token in clear, or only {files} files"));
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(found.join("\n").into()),
    }
}

/// Forms of secrets that stand in a text as they are or as JSON writes them.
fn shown(place: &str, text: &[u8]) -> Vec<String> {
    let holds = |what: &[u8]| text.windows(what.len()).any(|w| w == what);
    let mut found = Vec::new();
    for (how, odd) in examples(SECRETS[0].1) {
        let json = forms::Form::Json(0).of(odd.as_bytes());
        if holds(odd.as_bytes()) || json.is_some_and(|json| holds(&json)) {
            found.push(format!("{how:?} {odd:?} in {place}"));
        }
    }
    for (name, secret) in SECRETS {
        for (form, bytes) in forms::all(secret.as_bytes(), 4) {
            let json = forms::Form::Json(0).of(&bytes).unwrap_or_default();
            if holds(&bytes) || holds(&json) && !json.is_empty() {
                found.push(format!("{name} as {form:?} in {place}"));
            }
        }
        let pieces = secret.as_bytes().windows(6);
        let long = pieces.filter(|piece| secret.len() >= 12 && holds(piece));
        found.extend(long.map(|p| format!("{} of {name} in {place}", String::from_utf8_lossy(p))));
    }
    found
}

fn walked(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|e| e.path());
    let all = paths.flat_map(|path| match path.is_dir() {
        true => walked(&path),
        false => vec![path],
    });
    all.collect()
}
