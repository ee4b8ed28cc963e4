//! A unit that left the run is tried now and then, and takes tasks again once it is who it was.

use super::{Dispatcher, STACK, rest_all};
use crate::executor::Executor;
use crate::gate::GateRefusal;
use crate::job::RunError;
use proofhouse_model::{CaseMeta, Dur, Fact, Task, TaskId, Trouble, TroubleKind, UnitName};
use proofhouse_script::Host;
use std::sync::Arc;
use std::time::Instant;

/// One that has not come back by then will not.
const MOST_TRIES: u32 = 10;
/// How long a try may take.
const WITHIN: Dur = Dur::secs(300);

/// What came of a try.
pub(super) struct Tried {
    unit: UnitName,
    met: Result<(), GateRefusal>,
    /// It did not come to rest afterwards.
    broken: Vec<(UnitName, Trouble)>,
}

impl Dispatcher<'_> {
    /// Between tasks: who was taken back by a farm leaves, who left is tried again.
    pub(super) fn see_to_units(&mut self) -> Result<(), RunError> {
        if self.job.cancel.reason().is_some() {
            return Ok(());
        }
        if self.see_who_is_taken(&[])? {
            self.start_ready()?;
        }
        while let Ok(tried) = self.tried.1.try_recv() {
            self.finish_trial(tried)?;
        }
        self.give_up_trials()?;
        let now = Instant::now();
        let due = self.leaving.gone.iter().filter(|(_, gone)| {
            let is_due = gone.next.is_some_and(|next| now >= next);
            is_due && gone.trial.is_none() && gone.tries < MOST_TRIES
        });
        let due: Vec<UnitName> = due.map(|(unit, _)| unit.clone()).collect();
        // The run does not go on for their sake.
        let goes_on = !self.running.is_empty() || !self.queue.is_empty();
        due.into_iter()
            .filter(|_| goes_on)
            .try_for_each(|unit| self.try_again(unit))
    }

    fn try_again(&mut self, unit: UnitName) -> Result<(), RunError> {
        let job = self.job;
        // Another one that left may come back, too.
        let is_out = |other: &UnitName| *other != unit && self.broken.contains_key(other);
        let mut left = self.not_under_way().into_iter();
        let left = left.find(|id| self.units_with(&unit, *id, is_out).is_some());
        let task = left.and_then(|id| job.plan.task(id));
        let (Some(task), Some(gone)) = (task, self.leaving.gone.get_mut(&unit)) else {
            // Nothing is left for it to do.
            return Ok(());
        };
        // The debug port is asked where a case uses it: it is to be where it was the trouble.
        let used = task.case.needs.iter().copied().chain(gone.wire);
        let case = Arc::new(CaseMeta {
            needs: used.collect(),
            within: WITHIN,
            device_ops: Vec::new(),
            ..CaseMeta::clone(&task.case)
        });
        let task = Task {
            case: Arc::clone(&case),
            units: vec![unit.clone()],
            ..task.clone()
        };
        let (Ok(held), Ok(product)) = (job.held(&task), job.product(&task)) else {
            gone.next = None;
            return Ok(());
        };
        let device = product.device.clone();
        let (recorder, supplies) = (Arc::clone(&job.recorder), self.gate.supplies());
        let executor = Executor::new(recorder, job.cancel.clone(), held, supplies).aside();
        let executor = Arc::new(executor);
        gone.trial = Some(Arc::clone(&executor));
        gone.tries += 1;
        let (gate, bench, tried) = (
            Arc::clone(&self.gate),
            Arc::clone(&job.bench),
            self.tried.0.clone(),
        );
        let thread = std::thread::Builder::new().stack_size(STACK);
        let spawned = thread.name(format!("try {unit}")).spawn(move || {
            let met = gate.meets(&executor, &case, device.as_deref());
            let turn = executor.turn_to_rest();
            let broken = rest_all(executor.units());
            drop(turn);
            let ours = bench.still_ours(std::slice::from_ref(&unit));
            let met = met.and_then(|()| Ok(ours?));
            // The dispatcher may have given it up.
            let _ = tried.send(Tried { unit, met, broken });
        });
        spawned.map(drop).map_err(|source| RunError::Thread {
            case: "the try of a unit".to_owned(),
            source,
        })
    }

    /// Tasks that were told that they are not run, and those that wait.
    fn not_under_way(&self) -> Vec<TaskId> {
        let told = self.leaving.not_run.iter().copied();
        told.chain(self.queue.waiting()).collect()
    }

    fn finish_trial(&mut self, tried: Tried) -> Result<(), RunError> {
        let Tried { unit, met, broken } = tried;
        let again = self.job.plan.bench.patient.try_again_after.std();
        let Some(gone) = self.leaving.gone.get_mut(&unit) else {
            return Ok(());
        };
        gone.trial = None;
        gone.next = gone.next.map(|_| Instant::now() + again);
        let may_join = gone.next.is_some();
        if let Some((unit, trouble)) = broken.first() {
            return self.out_of_service(unit, trouble);
        }
        match met {
            Ok(()) if may_join => self.join(&unit),
            Err(GateRefusal {
                broken: Some(other),
                trouble,
            }) => self.out_of_service(&other, &trouble),
            _ => Ok(()),
        }
    }

    /// Its own tasks are its again: those that nobody could do meanwhile, and those that still wait for another unit.
    fn join(&mut self, unit: &UnitName) -> Result<(), RunError> {
        let Some(gone) = self.leaving.gone.remove(unit) else {
            return Ok(());
        };
        self.record(None, Some(unit), Fact::UnitJoined { tries: gone.tries })?;
        for id in self.not_under_way() {
            // Of two units that left, the second brings it back.
            if let Some(units) = self.units_with(unit, id, |other| self.is_out(other)) {
                self.leaving.not_run.remove(&id);
                self.queue.give(id, units);
            }
        }
        self.start_ready()
    }

    /// A try whose thread hangs in a driver: the unit is out of service.
    fn give_up_trials(&mut self) -> Result<(), RunError> {
        let (now, grace) = (Instant::now(), self.job.patience.grace);
        let hangs = |trial: &Arc<Executor>| now >= trial.until() + grace;
        let gone = self.leaving.gone.iter();
        let hung = gone.filter(|(_, gone)| gone.trial.as_ref().is_some_and(hangs));
        let hung: Vec<UnitName> = hung.map(|(unit, _)| unit.clone()).collect();
        for unit in hung {
            self.give_up_trial(&unit);
            let trouble = Trouble {
                kind: TroubleKind::Bench,
                channel: None,
                what: format!("the try whether {unit} is back did not end and was given up"),
                try_next: Some("look at its last op in the journal: that driver hangs".to_owned()),
            };
            self.out_of_service(&unit, &trouble)?;
        }
        Ok(())
    }

    fn give_up_trial(&mut self, unit: &UnitName) {
        let gone = self.leaving.gone.get_mut(unit);
        if let Some(trial) = gone.and_then(|gone| gone.trial.take()) {
            trial.give_up();
            self.power_off(unit);
        }
    }

    /// The run ends, which ends every wait of a try: it gets a moment, then its unit goes off.
    pub(super) fn call_off_trials(&mut self, why: &str, until: Instant) -> Result<(), RunError> {
        let trials = self.leaving.gone.values().filter_map(|g| g.trial.as_ref());
        trials.for_each(|trial| trial.call_off(why));
        let tried = |gone: &super::leaving::Gone| gone.trial.is_some();
        while self.leaving.gone.values().any(tried) {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(over) = self.tried.1.recv_timeout(left) else {
                break;
            };
            if let Some(gone) = self.leaving.gone.get_mut(&over.unit) {
                gone.trial = None;
            }
            // Its relay failed behind the try.
            for (unit, trouble) in &over.broken {
                self.out_of_service(unit, trouble)?;
            }
        }
        let units: Vec<UnitName> = self.leaving.gone.keys().cloned().collect();
        units.iter().for_each(|unit| self.give_up_trial(unit));
        Ok(())
    }
}
