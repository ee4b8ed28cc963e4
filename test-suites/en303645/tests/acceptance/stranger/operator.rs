//! A person at a pseudo-terminal, who is asked to press the button of a box that somebody set up before the run.

use super::{TwoBoxes, tool};
use libtest_mimic::{Failed, Trial};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::{Winsize, openpty};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longest wait for a question or the end of a run, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is looked whether the run has ended.
const LOOK: Duration = Duration::from_millis(50);
const SAY: &str = "hold the button";
/// What a question begins with, and what stands where the answer is typed.
const BEGINS: &str = "OPERATOR  ";
const PROMPT: &str = "`done`, `cannot: why` or `skip: why` > ";

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("stranger::operator_does_it", does_it),
        Trial::test("stranger::operator_cannot", cannot),
        Trial::test("stranger::operator_is_not_there", is_not_there),
    ]
}

/// Whoever presses the button and says so has the case go on.
fn does_it() -> Result<(), Failed> {
    let lab = Lab::new(18, "5m")?;
    let press = |unit: &str| match lab.boxes.switch("reset", unit) {
        Ok(done) if done.success() => Ok(Some("done")),
        Ok(done) => Err(format!("the button of {unit}: {done}")),
        Err(why) => Err(format!("the button of {unit}: {why}")),
    };
    let ran = lab.run(press)?;
    ran.ended(0)?;
    ran.was_asked(|times| times > 0)?;
    lab.recorded("; answered: done")
}

/// A reset that a person cannot do is the bench's trouble, with their reason.
fn cannot() -> Result<(), Failed> {
    let lab = Lab::new(19, "5m")?;
    let ran = lab.run(|_| Ok(Some("cannot: no button")))?;
    ran.ended(3)?;
    ran.was_asked(|times| times > 0)?;
    lab.recorded("the operator cannot: no button")?;
    match lab.journal()?.contains("answered: done") {
        true => Err("somebody answered for the operator".into()),
        false => Ok(()),
    }
}

/// Nobody answers: the run is paused at the first question, and whoever resumes it is asked that question again.
fn is_not_there() -> Result<(), Failed> {
    let lab = Lab::new(20, "1s")?;
    let nobody = |_: &str| Ok(None);
    let ran = lab.run(nobody)?;
    ran.ended(130)?;
    ran.was_asked(|times| times == 1)?;
    lab.recorded("nobody answered")?;
    let folder = lab.run_folder()?.display().to_string();
    let resumed = attend(&["resume", &folder], nobody)?;
    resumed.ended(130)?;
    resumed.was_asked(|times| times == 1)?;
    match ran.asked == resumed.asked {
        true => Ok(()),
        false => Err(format!("asked {:?}, then {:?}", ran.asked, resumed.asked).into()),
    }
}

/// Two boxes that somebody set up, whose button a person presses, and where their one run goes.
struct Lab {
    boxes: TwoBoxes,
    runs: tempfile::TempDir,
}

impl Lab {
    fn new(number: u32, within: &str) -> Result<Self, Failed> {
        let boxes = TwoBoxes::on_the_network(number, None)?;
        let text = std::fs::read_to_string(boxes.lan_file()).map_err(|e| e.to_string())?;
        boxes.set_up_by_somebody(&text, &|_| {
            format!(r#"reset = {{ driver = "operator", say = "{SAY}", within = "{within}" }}"#)
        })?;
        let runs = tempfile::tempdir().map_err(|e| e.to_string())?;
        Ok(Self { boxes, runs })
    }

    fn run(&self, answer: impl Fn(&str) -> Answer) -> Result<Attended, Failed> {
        let (file, runs) = (
            self.boxes.lan_file(),
            self.runs.path().display().to_string(),
        );
        let args = ["run", "--bench", &file, "--out", &runs, "--seed", "7"];
        attend(
            &[&args[..], &["--case", "password_forced"]].concat(),
            answer,
        )
    }

    fn run_folder(&self) -> Result<PathBuf, Failed> {
        let mut inside = std::fs::read_dir(self.runs.path()).map_err(|e| e.to_string())?;
        let run = inside.next().ok_or("no run folder")?;
        Ok(run.map_err(|e| e.to_string())?.path())
    }

    fn journal(&self) -> Result<String, Failed> {
        let file = self.run_folder()?.join("events.jsonl");
        Ok(std::fs::read_to_string(file).map_err(|e| e.to_string())?)
    }

    fn recorded(&self, words: &str) -> Result<(), Failed> {
        match self.journal()?.contains(words) {
            true => Ok(()),
            false => Err(format!("the journal does not say `{words}`").into()),
        }
    }
}

/// What is typed to a question about a unit, if anything; or why the test has to end.
type Answer = Result<Option<&'static str>, String>;

/// A run to its end, with somebody at its terminal.
struct Attended {
    status: ExitStatus,
    /// Units that were asked about, in that order.
    asked: Vec<String>,
    shown: String,
}

impl Attended {
    fn ended(&self, code: i32) -> Result<(), Failed> {
        match self.status.code() == Some(code) {
            true => Ok(()),
            false => Err(format!("{} instead of {code}\n{}", self.status, self.shown).into()),
        }
    }

    fn was_asked(&self, right: impl Fn(usize) -> bool) -> Result<(), Failed> {
        match right(self.asked.len()) {
            true => Ok(()),
            false => Err(format!("asked about {:?}\n{}", self.asked, self.shown).into()),
        }
    }
}

/// Runs `proofhouse` on a terminal of its own, and answers each of its questions.
fn attend(args: &[&str], answer: impl Fn(&str) -> Answer) -> Result<Attended, Failed> {
    let mut terminal = Terminal::start(args)?;
    let mut asked = Vec::new();
    while let Some(unit) = terminal.question()? {
        if let Some(typed) = answer(&unit)? {
            terminal.type_line(typed)?;
        }
        asked.push(unit);
    }
    Ok(Attended {
        status: terminal.run.ended()?,
        asked,
        shown: terminal.shown,
    })
}

/// A run that is there no longer than its test.
struct Run(Child);

impl Run {
    /// How it ended, soon after it let go of its terminal.
    fn ended(&mut self) -> Result<ExitStatus, Failed> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.0.try_wait().map_err(|e| e.to_string())? {
                return Ok(status);
            }
            if Instant::now() > until {
                return Err("it has left its terminal and does not end".into());
            }
            std::thread::park_timeout(LOOK);
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A terminal with one run on it.
struct Terminal {
    keys: File,
    screen: Receiver<Vec<u8>>,
    /// All that was shown so far.
    shown: String,
    /// How much of it was looked at, bytes.
    seen: usize,
    run: Run,
}

impl Terminal {
    fn start(args: &[&str]) -> Result<Self, Failed> {
        let size = Winsize {
            ws_row: 50,
            ws_col: 160,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(&size, None).map_err(|e| e.to_string())?;
        for end in [&pty.master, &pty.slave] {
            keep_from_children(end)?;
        }
        let end = || pty.slave.try_clone().map_err(|e| e.to_string());
        let mut command = tool::command(args)?;
        command.current_dir(tool::root());
        command.stdin(end()?).stdout(end()?).stderr(end()?);
        let run = Run(command.spawn().map_err(|e| e.to_string())?);
        let keys = File::from(pty.master);
        let mut from = keys.try_clone().map_err(|e| e.to_string())?;
        let (tell, screen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Ends with an error when nobody has the other end any more.
            while let Ok(n) = from.read(&mut buffer) {
                if n == 0 || tell.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            keys,
            screen,
            shown: String::new(),
            seen: 0,
            run,
        })
    }

    /// The unit that the next question is about, once all of it is there; nothing where the run has ended.
    fn question(&mut self) -> Result<Option<String>, Failed> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some((unit, behind)) = question_in(&self.shown[self.seen..]) {
                self.seen += behind;
                return Ok(Some(unit));
            }
            if Instant::now() > until {
                return Err(format!("no question and no end\n{}", self.shown).into());
            }
            match self.screen.recv_timeout(LOOK) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout) => {
                    if self.run.0.try_wait().map_err(|e| e.to_string())?.is_some() {
                        return Ok(None);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    fn type_line(&mut self, line: &str) -> Result<(), Failed> {
        Ok(writeln!(self.keys, "{line}").map_err(|e| e.to_string())?)
    }
}

/// A whole question: its unit, and where it ends.
fn question_in(shown: &str) -> Option<(String, usize)> {
    let begins = shown.find(BEGINS)? + BEGINS.len();
    let (unit, rest) = shown[begins..].split_once(": ")?;
    let prompt = rest.starts_with(SAY).then(|| rest.find(PROMPT))??;
    let behind = begins + unit.len() + 2 + prompt + PROMPT.len();
    Some((unit.to_owned(), behind))
}

/// What other tests start meanwhile has no end of this terminal.
fn keep_from_children(end: &OwnedFd) -> Result<(), Failed> {
    let flags = FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC);
    fcntl(end.as_fd(), flags).map_err(|e| e.to_string())?;
    Ok(())
}
