//! Carries out the `run(bench)` of a case on the calling thread.

use crate::apart::run_apart;
use crate::bindings::{BenchValue, Here};
use crate::client::client_of;
use crate::context::{Run, Running};
use crate::give_back::give_back;
use crate::host::Host;
use crate::load::{Body, Case, DeviceScript};
use crate::stop::Stop;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::seeded::fnv1a;
use proofhouse_model::{Trouble, TroubleKind};
use starlark::codemap::FileSpan;
use starlark::environment::Module;
use starlark::eval::Evaluator;
use starlark::values::OwnedFrozenValue;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};

/// Deepest nesting of script functions. Each takes some kilobytes of the thread's stack.
pub(crate) const DEEPEST: usize = 48;

/// Most memory of one case's values. Starlark looks at it every thousand steps only, so it is a
/// bound for mistakes, not for malice.
const MOST_HEAP: usize = 512 * 1024 * 1024;

/// Carries out a case. Everything that can go wrong in a script ends here as [`CaseEnd`]: trouble
/// nobody caught, a mistake of the script, an endless loop once the host says stop, even a panic
/// inside a verb.
///
/// The thread should have at least 2 MiB of stack (Rust's default for threads).
#[must_use]
pub fn run_case(case: &Case, device: Option<&DeviceScript>, host: Arc<dyn Host>) -> CaseEnd {
    let function = match &case.body {
        Body::Here(function) => function,
        Body::Apart(script) => {
            return run_apart(script, device.and_then(DeviceScript::elsewhere), &*host);
        }
    };
    let run = Arc::new(Run {
        file: case.meta.file.clone(),
        provisions: case.meta.provisions.clone(),
        units: case.meta.units.clone(),
        guides: case.meta.guides.clone(),
        device_ops: [&case.meta.device_ops[..], &case.meta.device_wants].concat(),
        gravest: case.meta.gravest(),
        cuts: case.meta.cuts.clone(),
        device: device.cloned(),
        stopped: Mutex::new(None),
        in_device: AtomicUsize::new(0),
        operation: Mutex::new(None),
        calls: AtomicU64::new(0),
        sessions: AtomicU32::new(0),
        paths: Mutex::default(),
        with_headers: Mutex::default(),
        cut_short: Mutex::default(),
        ways: Mutex::default(),
        named: Mutex::default(),
        owners: Mutex::default(),
        changes: Mutex::default(),
        random: AtomicU64::new(start_of_sequence(host.seed(), case.meta.id.as_str())),
        variation: AtomicU64::new(!start_of_sequence(host.seed(), case.meta.id.as_str())),
        client: client_of(host.seed(), case.meta.id.as_str()),
        host,
    });
    let outcome = catch_unwind(AssertUnwindSafe(|| evaluate(function, &run)));
    match outcome {
        // What it checked stands on refusals that came by the wrong door.
        Ok(Ok(())) => match run.refused_elsewhere() {
            Some(why) => CaseEnd::Skipped { why },
            None => CaseEnd::Complete,
        },
        Ok(Err(error)) => ended(&run, &error),
        Err(panic) => CaseEnd::Stopped {
            trouble: Trouble::case(panicked(&*panic)),
            place: Some(case.meta.file.clone()),
        },
    }
}

/// Whether these are the words of a panic over a value that does not fit in memory.
pub(crate) fn is_too_large(words: &str) -> bool {
    let known = [
        "capacity overflow",
        "out of memory",
        "must not exceed u32::MAX",
    ];
    known.iter().any(|text| words.contains(text))
}

/// What a panic means for a script, a clause: most are of values that no memory can hold.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> String {
    let what = panic.downcast_ref::<String>().map(String::as_str);
    let what = what.or_else(|| panic.downcast_ref::<&str>().copied());
    let what = what.unwrap_or("no reason given");
    match is_too_large(what) {
        true => "it makes a value that no memory can hold".to_owned(),
        false => format!("a verb of the harness panicked: {what}"),
    }
}

/// Start of the case's own sequence of random numbers (FNV-1a of its name, mixed with the seed).
fn start_of_sequence(seed: u64, case: &str) -> u64 {
    fnv1a(case.bytes()) ^ seed.rotate_left(32)
}

fn evaluate(function: &OwnedFrozenValue, run: &Arc<Run>) -> starlark::Result<()> {
    Module::with_temp_heap(|module| {
        let running = Running(run.clone());
        let mut eval = Evaluator::new(&module);
        eval.extra = Some(&running);
        bounded(&mut eval, run)?;
        let function = eval.heap().access_owned_frozen_value(function);
        let bench = eval.heap().alloc(BenchValue(Here {
            run: run.clone(),
            specimen: 0,
        }));
        let done = eval.eval_function(function, &[bench], &[]);
        give_back(run, &mut eval);
        done.map(drop)
    })
}

/// The limits of every script that acts on a bench.
pub(crate) fn bounded(eval: &mut Evaluator<'_, '_, '_>, run: &Arc<Run>) -> starlark::Result<()> {
    eval.set_max_callstack_size(DEEPEST)?;
    eval.set_max_heap_size(MOST_HEAP)?;
    let asked = run.clone();
    eval.set_check_cancelled(Box::new(move || {
        let Some(trouble) = asked.host.stopped() else {
            return false;
        };
        *asked.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
        true
    }));
    Ok(())
}

/// What an error means for the case.
pub(crate) fn ended(run: &Run, error: &starlark::Error) -> CaseEnd {
    // An endless loop is stopped between two steps and knows no line.
    let place = place(run, error).or_else(|| Some(run.file.clone()));
    if let Some(trouble) = run
        .stopped
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
    {
        return CaseEnd::Stopped { trouble, place };
    }
    match Stop::inside(error) {
        Some(Stop::Skip(why)) => CaseEnd::Skipped { why: why.clone() },
        Some(Stop::Trouble(trouble)) => CaseEnd::Stopped {
            trouble: trouble.clone(),
            place,
        },
        None => {
            let what = error.without_diagnostic().to_string();
            CaseEnd::Stopped {
                trouble: script_mistake(&what),
                place,
            }
        }
    }
}

/// A mistake that Starlark itself found, in words of ours.
fn script_mistake(what: &str) -> Trouble {
    let first = what
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    Trouble {
        kind: TroubleKind::Case,
        channel: None,
        what: format!("mistake in the script: {first}"),
        try_next: None,
    }
}

/// Innermost place in a script; when that is not the case file, also where the case file called it.
fn place(run: &Run, error: &starlark::Error) -> Option<String> {
    let frames = &error.call_stack().frames;
    let places = frames.iter().filter_map(|frame| frame.location.as_ref());
    let innermost = error.span().or_else(|| places.clone().next_back())?;
    let show =
        |span: &FileSpan| format!("{}:{}", span.filename(), span.resolve_span().begin.line + 1);
    let here = show(innermost);
    if innermost.filename() == run.file {
        return Some(here);
    }
    let caller = places.rev().find(|span| span.filename() == run.file);
    Some(match caller {
        Some(caller) => format!("{here}, called from {}", show(caller)),
        None => here,
    })
}
