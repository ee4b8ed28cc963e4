//! Whether silence is the ports' own: a port that answered before is asked again while the scan goes on.
//!
//! A device that limits new connections drops what comes faster, and every port looks silent then.

use proofhouse_model::observation::PortWitness;

/// Silent probes between two times that the witness is asked.
const EVERY: u32 = 256;
/// How often it is asked each time.
const TIMES: u32 = 3;

/// The port, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Witness {
    port: Option<u16>,
    open: bool,
    /// Silent probes since it was asked.
    silent_probes: u32,
    /// Answers that are still to come.
    pending: u32,
    /// Of those asked together, how many were silent.
    silent_now: u32,
    asked: u32,
    silent: u32,
    /// It was silent when it was asked last.
    doubted: bool,
}

/// What the witness told once all of its answers were in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// It answers: the silence is the ports' own.
    Answers,
    /// It was silent, which lost packets may be behind: it is to be asked once more.
    Doubtful,
    /// It is silent as well, twice: the scan is too fast, or the wire is broken.
    Silent,
}

impl Witness {
    /// A port answered. An open one is preferred: what refuses may be another host.
    pub(super) fn seen(&mut self, port: u16, open: bool) {
        if self.port.is_none() || (open && !self.open) {
            self.port = Some(port);
            self.open = open;
        }
    }

    /// Whether the port is an open one.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// A probe stayed silent. The port to be asked, and how often, when it is time for that.
    pub(super) fn after_silence(&mut self) -> Option<(u16, u32)> {
        self.silent_probes += 1;
        match self.silent_probes < EVERY {
            true => None,
            false => self.ask(),
        }
    }

    /// The same at the end of a scan in which ports stayed silent.
    pub(super) fn ask(&mut self) -> Option<(u16, u32)> {
        let port = self.port.filter(|_| self.pending == 0)?;
        (self.silent_probes, self.silent_now) = (0, 0);
        self.pending = TIMES;
        Some((port, TIMES))
    }

    /// One of its answers is in, or did not come.
    pub(super) fn told(&mut self, answered: bool) -> Option<Told> {
        self.pending = self.pending.saturating_sub(1);
        self.asked += 1;
        if !answered {
            self.silent += 1;
            self.silent_now += 1;
        }
        if self.pending > 0 {
            return None;
        }
        let told = match (self.silent_now * 2 > TIMES, self.doubted) {
            (false, _) => Told::Answers,
            (true, false) => Told::Doubtful,
            (true, true) => Told::Silent,
        };
        self.doubted = told == Told::Doubtful;
        Some(told)
    }

    /// For the observation.
    pub(super) fn facts(&self) -> Option<PortWitness> {
        let port = self.port.filter(|_| self.asked > 0)?;
        Some(PortWitness {
            port,
            asked: self.asked,
            silent: self.silent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_witness_is_asked_now_and_then_and_most_of_its_answers_count() {
        let mut witness = Witness::default();
        assert_eq!(witness.ask(), None, "no port answered yet");
        witness.seen(9, false);
        witness.seen(22, true);
        witness.seen(80, true);
        assert!((1..EVERY).all(|_| witness.after_silence().is_none()));
        assert_eq!(witness.after_silence(), Some((22, TIMES)));
        assert_eq!(witness.ask(), None, "its answers are still to come");
        assert_eq!([true, false].map(|it| witness.told(it)), [None, None]);
        assert_eq!(witness.told(false), Some(Told::Doubtful));
        assert_eq!(witness.ask(), Some((22, TIMES)));
        assert_eq!([false, false].map(|it| witness.told(it)), [None, None]);
        assert_eq!(witness.told(true), Some(Told::Silent), "twice");
        assert_eq!(witness.ask(), Some((22, TIMES)));
        let told = [true, false, true].map(|it| witness.told(it));
        assert_eq!(told, [None, None, Some(Told::Answers)]);
        let facts = witness.facts().unwrap();
        assert_eq!((facts.port, facts.asked, facts.silent), (22, 9, 5));
    }
}
