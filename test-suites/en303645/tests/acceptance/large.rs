//! An image of 64 MiB is an ordinary update: sent whole, kept once, and read by nobody who only wants the story.

use crate::tool::{Ran, RunDir, proofhouse, root};
use crate::vacuous::copy;
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

const SIZE: usize = 64 << 20;
/// Times it is sent.
const TIMES: usize = 3;
/// Bytes of each answer: as many as are handed out of one.
const ANSWER: usize = 1 << 20;

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "large::an_image_of_64_mib_is_an_ordinary_update",
        image,
    )]
}

fn image() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    let device = std::thread::spawn(move || device(&listener));
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    bench(folder.path(), port).map_err(|e| e.to_string())?;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let run = RunDir::run(&["--bench", &path("bench.toml"), "--suite", &path("suite")])?;
    // Had it ended early, the device would wait for ever.
    (0..TIMES).for_each(|_| drop(TcpStream::connect(("127.0.0.1", port))));
    let got = device.join().map_err(|_| "the device panicked")?;
    let wrong = |what: &str, ran: &Ran| -> Failed {
        format!("{what}\nexit {}\n{}\n{}", ran.code, ran.out, ran.err).into()
    };
    let whole = got.map_err(|e| wrong(&format!("the device: {e}"), &run.ran))?;
    if whole != [true; TIMES] || run.ran.code != 0 {
        return Err(wrong(&format!("not all came whole: {whole:?}"), &run.ran));
    }
    let dir = run.path()?;
    let length = |file: &Path| fs::metadata(file).map_or(0, |m| m.len());
    let journal = length(&dir.join("events.jsonl"));
    let blobs = blobs(&dir.join("blobs")).map_err(|e| e.to_string())?;
    if journal > 64 << 10 || blobs != [ANSWER as u64, SIZE as u64] {
        let text = fs::read_to_string(dir.join("events.jsonl")).unwrap_or_default();
        let longest = text
            .lines()
            .max_by_key(|line| line.len())
            .unwrap_or_default();
        let longest: String = longest.chars().take(600).collect();
        let events = text.lines().count();
        return Err(format!(
            "a journal of {journal} bytes in {events} events, blobs of {blobs:?}; its longest event begins {longest}"
        )
        .into());
    }
    let again = dir.display().to_string();
    let verified = proofhouse(&["verify", &again])?;
    if verified.code != 0 || !verified.out.contains("2 blobs") {
        return Err(wrong("it is not whole", &verified));
    }
    let suite = path("suite");
    let rejudged = proofhouse(&["rejudge", &again, "--suite", &suite])?;
    if rejudged.code != 0 || !rejudged.out.starts_with("same:") {
        return Err(wrong("it is judged in another way", &rejudged));
    }
    // As if the harness had died before the seal.
    fs::remove_file(dir.join("seal.json")).map_err(|e| e.to_string())?;
    fs::write(dir.join("open.lock"), b"{\"pid\":1}\n").map_err(|e| e.to_string())?;
    let resumed = proofhouse(&["resume", &again])?;
    let verified = proofhouse(&["verify", &again])?;
    match (resumed.code, verified.code) {
        (0, 0) => Ok(()),
        _ => Err(wrong("it does not go on", &resumed)),
    }
}

/// Sizes of all blobs, sorted.
fn blobs(dir: &Path) -> std::io::Result<Vec<u64>> {
    let mut sizes = Vec::new();
    for folder in fs::read_dir(dir)? {
        for file in fs::read_dir(folder?.path())? {
            sizes.push(file?.metadata()?.len());
        }
    }
    sizes.sort_unstable();
    Ok(sizes)
}

fn pattern(at: usize) -> u8 {
    (at * 7 % 251) as u8
}

/// A suite of one case, a profile whose image is large, a bench of one unit that has nothing but a network address.
fn bench(folder: &Path, port: u16) -> std::io::Result<()> {
    let suite = folder.join("suite");
    let own = root().join("test-suites/en303645");
    copy(&own, &suite, &["cases", "lib", "tests", "src"])?;
    fs::create_dir_all(suite.join("cases"))?;
    fs::write(
        suite.join("cases/large.star"),
        format!(
            r#""""A large image is taken."""

case(provisions = ["5.3-2"], needs = ["lan"], within = "5m")

def run(bench: Bench):
    image = bench.file("update.newer")
    for n in range({TIMES}):
        answer = bench.lan.http("POST", "/update", port = {port}, tls = False, body = image, within = "2m")
        check.equal(
            answer.status,
            200,
            holds = "image %d is taken" % n,
            otherwise = "image %d is not taken" % n,
        )
"#
        ),
    )?;
    let profile = folder.join("profile");
    let from = root().join("fixtures/strangers/acme-box/profile");
    // Its device says nothing of itself.
    copy(&from, &profile, &["device.star"])?;
    let large: Vec<u8> = (0..SIZE).map(pattern).collect();
    fs::write(profile.join("images/box-2.4.0.swu"), large)?;
    fs::write(
        folder.join("bench.toml"),
        r#"name = "large"
profile = "profile"

[unit.box-1]
sample = "production"
lan = { driver = "ip", address = "127.0.0.1" }
"#,
    )
}

/// Takes the image as often as it is sent, and says of each whether it came whole.
fn device(listener: &TcpListener) -> std::io::Result<Vec<bool>> {
    (0..TIMES).map(|_| take(listener.accept()?.0)).collect()
}

fn take(stream: TcpStream) -> std::io::Result<bool> {
    let mut from = BufReader::with_capacity(1 << 16, stream);
    let mut line = String::new();
    while from.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut body = vec![0; SIZE];
    from.read_exact(&mut body)?;
    let whole = body.iter().enumerate().all(|(at, b)| *b == pattern(at));
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {ANSWER}\r\n\r\n");
    let mut to = from.into_inner();
    to.write_all(head.as_bytes())?;
    to.write_all(&vec![b'x'; ANSWER])?;
    Ok(whole)
}
