//! The worker process: one request after the other, each of which may kill it.

use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use probe_rs::config::Registry;
use proofhouse_model::Dur;

use super::protocol::{Answer, Request, read_line, write_line};
use super::race::PowerMark;
use super::{grade, host, probe, race, read};

/// Requests waiting; the parent never has more than one under way, and one mark.
const WAITING: usize = 4;
/// Longest panic message passed on.
const LONGEST_MESSAGE: usize = 2000;

/// Chip descriptions of probe-rs; decoding them takes a good part of a grade's time.
static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::from_builtin_families);

/// Runs the worker until its parent closes the line or dies.
///
/// For the hidden word [`super::WORKER_WORD`] of the binary, and for nothing else: it owns stdin
/// and stdout.
#[must_use]
pub fn worker_main() -> ExitCode {
    let power = Arc::new(PowerMark::default());
    let requests = listen(Arc::clone(&power));
    // Decoded while the first request is on its way.
    let warm = std::thread::Builder::new().spawn(|| LazyLock::force(&REGISTRY));
    drop(warm);
    while let Ok(request) = requests.recv() {
        let done = catch_unwind(AssertUnwindSafe(|| serve(request, &power)));
        match done {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return ExitCode::FAILURE,
            Err(panic) => {
                let _ = say(
                    &Answer::Panicked {
                        message: message(&*panic),
                    },
                    &[],
                );
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Reads the parent's lines on a thread of its own, so that the end of the parent ends the worker
/// even while probe-rs hangs, and the power mark arrives during a race.
fn listen(power: Arc<PowerMark>) -> Receiver<Request> {
    let (send, requests) = sync_channel(WAITING);
    let thread = move || {
        let mut from = io::stdin().lock();
        loop {
            let request = match read_line(&mut from) {
                Ok(Some(Request::Powered)) => {
                    power.set();
                    continue;
                }
                Ok(Some(request)) => request,
                Ok(None) => std::process::exit(0),
                Err(_) => std::process::exit(1),
            };
            if matches!(request, Request::Race { .. }) {
                power.clear();
            }
            if send.send(request).is_err() {
                return;
            }
        }
    };
    // Without the thread the channel closes at once and the worker ends: the parent sees that.
    drop(std::thread::Builder::new().spawn(thread));
    requests
}

fn serve(request: Request, power: &PowerMark) -> io::Result<()> {
    let told = |waited: Dur, by: &str| {
        let by = by.to_owned();
        drop(say(&Answer::Waited { waited, by }, &[]));
    };
    let answer = match request {
        Request::Powered => return Ok(()),
        Request::Hello => Ok(Answer::Hello {
            build: host::build().to_owned(),
        }),
        Request::Grade(target) => {
            grade::grade(&target, &REGISTRY, &told).map(|g| Answer::Graded(Box::new(g)))
        }
        Request::Race { target, length_us } => {
            say(&Answer::Racing, &[])?;
            let further = |race| drop(say(&Answer::Further(Box::new(race)), &[]));
            race::race(&target, Duration::from_micros(length_us), power, further)
                .map(|race| Answer::Raced(Box::new(race)))
        }
        Request::Identify(target) => read::identify(&target, &told).map(|hex| Answer::Uid { hex }),
        Request::Free(target) => probe::await_free(&target, &told).map(|()| Answer::Free),
        Request::Read { target, at, len } => match read::read(&target, at, len, &told) {
            Ok(bytes) => {
                return say(
                    &Answer::Memory {
                        len: bytes.len() as u64,
                    },
                    &bytes,
                );
            }
            Err(trouble) => Err(trouble),
        },
    };
    say(&answer.unwrap_or_else(Answer::Trouble), &[])
}

fn say(answer: &Answer, raw: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write_line(&mut out, answer)?;
    out.write_all(raw)?;
    out.flush()
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "no message".to_owned(),
    };
    text.chars().take(LONGEST_MESSAGE).collect()
}
