//! A script under way in a worker: each of its calls is answered by the host, on the thread of the case.

use super::message::{Ask, Call, Done, Reply, Told, Unit, World};
use super::watch::{Watch, watched};
use super::worker::{Death, Worker};
use crate::host::Host;
use proofhouse_model::{Bytes, Channel, Trouble};
use std::time::{Duration, Instant};

/// How long a script may take to notice that its case is over. It asks between its steps; one in the middle of a long
/// built-in does not.
const NOTICE: Duration = Duration::from_secs(1);

/// What the script can know without asking.
pub(super) fn world(host: &dyn Host) -> World {
    let unit = |n| Unit {
        name: host.unit_name(n),
        channels: Channel::ALL
            .into_iter()
            .filter(|c| host.has(n, *c))
            .collect(),
    };
    World {
        profile: host.profile().clone(),
        units: (0..host.specimens()).map(unit).collect(),
        seed: host.seed(),
    }
}

/// Has it carried out to its end.
pub(super) fn serve(worker: &mut Worker, ask: Ask, host: &dyn Host) -> Result<Done, Death> {
    let line = worker.line()?;
    watched(&line, host, |watch| serve_watched(worker, ask, host, watch))
}

fn serve_watched(
    worker: &mut Worker,
    ask: Ask,
    host: &dyn Host,
    watch: &Watch<'_>,
) -> Result<Done, Death> {
    worker.ask(ask)?;
    loop {
        let mut over: Option<Instant> = None;
        // What the bench does for it is done in between, and does not count.
        let (silent_since, longest) = (Instant::now(), worker.longest_silence());
        let told = worker.next(&mut || {
            if host.stopped().is_none() {
                return silent_since.elapsed() >= longest;
            }
            over.get_or_insert_with(Instant::now).elapsed() >= NOTICE
        })?;
        match told {
            Told::Ready | Told::Under(_) => {}
            Told::Done(done) => return Ok(done),
            Told::Call(call) => {
                let reply = watch.answering(|| answer(host, *call));
                worker.reply(reply)?;
            }
        }
    }
}

fn answer(host: &dyn Host, call: Call) -> Reply {
    let done = |done: Result<(), Trouble>| done.map(|()| Reply::Done);
    let answered = match call {
        Call::Perform(specimen, op) => {
            let saw = host.perform(specimen, op);
            saw.map(|saw| Reply::Saw(Box::new(saw)))
        }
        Call::Checked(check) => done(host.checked(check)),
        Call::CheckedOn(check, first, behind) => done(host.checked_on(check, first..behind)),
        Call::Measured(measurement) => done(host.measured(measurement)),
        Call::Noted(text) => done(host.noted(&text)),
        Call::Limited(text) => done(host.limited(&text)),
        Call::FreshSecret(name, kind, length) => {
            host.fresh_secret(&name, kind, length).map(Reply::Text)
        }
        Call::NameSecret(name, value) => done(host.name_secret(&name, &value)),
        Call::Guesses(word) => host.guesses(&word).map(Reply::Text),
        Call::Matched(text, pattern, fits) => host.matched(&text, &pattern, fits).map(Reply::Flag),
        Call::Blob(id) => Ok(Reply::Bytes(host.blob(&id).map(Bytes::from))),
        Call::File(name) => {
            let bytes = host.file(&name);
            bytes.map(|bytes| Reply::Bytes(bytes.map(Bytes::from)))
        }
        Call::Clock => host.clock().map(Reply::Number),
        Call::NowMs => Ok(Reply::Number(host.now_ms())),
        Call::RanOut(since_ms, limit) => host.ran_out(since_ms, limit).map(Reply::Flag),
        Call::Pause(length) => done(host.pause(length)),
        Call::Stopped => host.stopped().map_or(Ok(Reply::Done), Err),
    };
    answered.unwrap_or_else(Reply::Trouble)
}
