//! A worker that runs, here or on another host.

use proofhouse_model::Trouble;

use super::{DebugPort, bench, shown};
use crate::budget::Budget;
use crate::swd::child::Worker;
use crate::swd::host;
use crate::swd::protocol::{Answer, Request};

impl DebugPort {
    /// Has a worker run; one on another host has said who it is.
    pub(super) fn worker(&mut self, budget: &Budget) -> Result<(), Trouble> {
        if self.worker.as_mut().is_some_and(|w| w.ended()) {
            self.worker = None;
        }
        if self.worker.is_some() {
            return Ok(());
        }
        let program = self.program.clone();
        let worker = Worker::start(program, &self.arguments, &self.killer)?;
        self.worker = Some(worker);
        let Some(login) = self.login.clone() else {
            return Ok(());
        };
        let greeted = self.greet(&login, &budget.at_most(host::CONNECT));
        if greeted.is_err() {
            self.worker = None;
        }
        greeted
    }

    /// Two builds of the harness could understand each other halfway.
    fn greet(&mut self, login: &str, budget: &Budget) -> Result<(), Trouble> {
        let asked = self.send(&Request::Hello);
        let heard = asked.and_then(|()| self.one_reply(budget));
        let reply = heard.map_err(|trouble| host::not_reached(login, trouble))?;
        match &reply.answer {
            Answer::Hello { build } if build == host::build() => Ok(()),
            Answer::Hello { build } => Err(host::another_build(login, &shown(build))),
            _ => Err(host::not_reached(login, self.confused(&reply))),
        }
    }

    /// Sends a request. A worker that is gone by now tells why in its last words, which [`Self::one_reply`] has.
    pub(super) fn send(&mut self, request: &Request) -> Result<(), Trouble> {
        match &mut self.worker {
            Some(worker) => match worker.send(request) {
                Err(_) if self.login.is_some() => Ok(()),
                sent => sent,
            },
            None => Err(bench("the worker is gone")),
        }
    }

    /// Says of trouble over there where that is.
    pub(super) fn placed(&self, trouble: Trouble) -> Trouble {
        match &self.login {
            Some(login) => host::placed(login, trouble),
            None => trouble,
        }
    }
}
