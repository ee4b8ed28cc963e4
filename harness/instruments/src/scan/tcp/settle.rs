//! What became of a port, and whether its silence is its own.

use super::{FEW, Probe, SLOW_TRIAL, Scan, TRIES, TRIES_OF_FEW, Todo, Why};
use crate::net;
use crate::scan::Seen;
use crate::scan::witness::{Told, Witness};
use proofhouse_model::{Bytes, Trouble};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

impl Scan<'_> {
    /// Whether a device that does not keep up would be asked longer than there is time.
    pub(super) fn is_hopeless(&self) -> bool {
        let Some((since, ended)) = self.slowed else {
            return false;
        };
        let (took, left) = (since.elapsed(), self.budget.left());
        if took < SLOW_TRIAL || left.is_zero() {
            return false;
        }
        let each = took.as_secs_f64() / (self.ended - ended).max(1) as f64;
        let open_ends = self.queue.len() + self.open() + self.unsure.len();
        each * open_ends as f64 > left.as_secs_f64()
    }

    /// Ports that are not settled were neither seen open nor refused.
    pub(super) fn give_up(&mut self) {
        for probe in std::mem::take(&mut self.slots).into_iter().flatten() {
            match probe.banner {
                Some(_) => self.found(probe),
                None => self.queue.push_back(probe.todo),
            }
        }
        let settled = self.seen.silent.len();
        self.settle_unsure(self.unsure.len());
        let left = self.queue.drain(..).filter(|todo| todo.why == Why::ToSee);
        self.seen.silent.extend(left.map(|todo| todo.port));
        let given_up = self.seen.silent.len() - settled;
        self.seen.given_up += u32::try_from(given_up).unwrap_or(u32::MAX);
        self.free.clear();
        self.turn = None;
    }

    /// Everything seen, once nothing is left to do.
    pub(super) fn told(mut self) -> Seen<(u16, Bytes)> {
        if self.is_any_held() {
            let given_up = u32::try_from(self.unsure.len()).unwrap_or(u32::MAX);
            self.seen.given_up = self.seen.given_up.saturating_add(given_up);
        }
        self.settle_unsure(self.unsure.len());
        self.seen.witness = self.witness.facts();
        self.seen.refusing = self.refusing.facts();
        self.seen.open.sort_by_key(|(port, _)| *port);
        self.seen.silent.sort_unstable();
        self.seen
    }

    /// Asks the witness about the last ports that were silent, and once more about what was asked again after that.
    /// Not more often: a device that is gone would be asked for ever.
    pub(super) fn ask_at_the_end(&mut self) -> Result<(), Trouble> {
        let is_any_silent = !self.unsure.is_empty() || !self.seen.silent.is_empty();
        if self.is_any_held() || (is_any_silent && self.slowed.is_none()) {
            self.ask_witnesses(Witness::ask);
            self.run()?;
        }
        if self.is_any_held() {
            self.ask_witnesses(Witness::ask);
            self.run()?;
        }
        Ok(())
    }

    /// Whether the device did not keep up, and ports were silent since the witness was heard last.
    fn is_any_held(&self) -> bool {
        self.slowed.is_some() && !self.unsure.is_empty()
    }

    /// The first so many of those that are silent to every try are so by themselves, as far as can be told.
    fn settle_unsure(&mut self, count: usize) {
        let count = count.min(self.unsure.len());
        self.ended += count;
        self.seen.silent.extend(self.unsure.drain(..count));
        self.unsure_before = 0;
    }

    /// Puts the witness before everything else, when it is to be asked; a port that refused with it.
    pub(super) fn ask_witnesses(&mut self, due: impl FnOnce(&mut Witness) -> Option<(u16, u32)>) {
        let Some((port, times)) = due(&mut self.witness) else {
            return;
        };
        self.unsure_before = self.unsure.len();
        for _ in 0..times {
            self.queue.push_front(Todo::fresh(port, Why::Witness));
        }
        let refused = match self.witness.is_open() {
            true => self.refusing.ask(),
            false => None,
        };
        let (port, times) = refused.unwrap_or_default();
        for _ in 0..times {
            self.queue.push_front(Todo::fresh(port, Why::Refusing));
        }
    }

    /// A witness answered, or did not.
    pub(super) fn witnessed(&mut self, why: Why, answered: bool) {
        if why == Why::Refusing {
            // Told at the end: open ports answer all the same, so there is no need to slow down.
            self.refusing.told(answered);
            return;
        }
        match self.witness.told(answered) {
            None => {}
            Some(Told::Answers) => self.settle_unsure(self.unsure_before),
            Some(Told::Doubtful) => self.ask_witnesses(Witness::ask),
            Some(Told::Silent) => {
                self.pace.slow_down();
                self.slowed.get_or_insert((Instant::now(), self.ended));
                let again = self.unsure.drain(..);
                self.queue
                    .extend(again.map(|port| Todo::fresh(port, Why::ToSee)));
                self.unsure_before = 0;
            }
        }
    }

    /// A connection to our own socket: nothing listens there, the kernel lent us that very port. Another try gets
    /// another source port.
    pub(super) fn met_itself(&mut self, mut todo: Todo) {
        self.no_connection();
        todo.self_connects += 1;
        if todo.why != Why::ToSee {
            self.witnessed(todo.why, true);
        } else if todo.self_connects < 4 {
            self.queue.push_back(todo);
        } else {
            self.ended += 1;
            self.seen.refused += 1;
        }
    }

    /// A port took the connection; what it said by itself is in.
    pub(super) fn found(&mut self, probe: Probe) {
        let said = Bytes::from(probe.banner.unwrap_or_default());
        self.ended += 1;
        self.seen.open.push((probe.todo.port, said));
    }

    /// Nothing came in time: it is asked again, or was silent to every try.
    pub(super) fn no_answer(&mut self, mut todo: Todo) {
        self.no_connection();
        if todo.why != Why::ToSee {
            return self.witnessed(todo.why, false);
        }
        self.pace.grow();
        self.ask_witnesses(Witness::after_silence);
        if todo.attempt == 1 {
            self.silent_once += 1;
        }
        let answered = self.seen.refused + u32::try_from(self.seen.open.len()).unwrap_or(u32::MAX);
        let tries = match answered / FEW >= self.silent_once {
            true => TRIES_OF_FEW,
            false => TRIES,
        };
        if todo.attempt < tries {
            todo.attempt += 1;
            self.queue.push_back(todo);
        } else {
            self.unsure.push(todo.port);
        }
    }

    /// The connection did not come about.
    pub(super) fn failed(
        &mut self,
        todo: Todo,
        after: Duration,
        e: &io::Error,
    ) -> Result<(), Trouble> {
        if net::is_refusal(e) {
            let taken = e.kind() == io::ErrorKind::ConnectionReset;
            if !taken {
                self.no_connection();
            }
            self.pace.answered(after);
            if todo.why != Why::ToSee {
                self.witnessed(todo.why, true);
                return Ok(());
            }
            // Somebody took the connection and broke it off: a port that is closed refuses.
            if taken {
                self.witness.seen(todo.port, true);
                self.ended += 1;
                self.seen.open.push((todo.port, Bytes::default()));
                return Ok(());
            }
            self.witness.seen(todo.port, false);
            self.refusing.seen(todo.port, false);
            self.ended += 1;
            self.seen.refused += 1;
        } else if net::is_silence(e) {
            self.no_answer(todo);
        } else {
            let place = SocketAddr::new(self.host, todo.port);
            return Err(net::trouble(place, e));
        }
        Ok(())
    }
}
