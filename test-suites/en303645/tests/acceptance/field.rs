//! Devices and wires as they are met outside a lab: each is worked, or refused in plain words. `fixtures/field` holds
//! the devices, the table here says what is to come of each.
//!
//! Not part of `cargo test`, since a fresh machine may lack python3 and openssl. `cargo xtask ci` runs this target by
//! name, and there a missing program is a failure.

// Of what the targets share it needs less: its runs stand in folders with their devices.
#[allow(dead_code)]
mod tool;

#[path = "field/bench.rs"]
mod bench;
#[path = "field/table.rs"]
mod table;

use bench::Place;
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use table::{CHECKS, Check, FIELD, Field};

fn main() -> ExitCode {
    if let Some(child) = proofhouse::children::dispatch() {
        return child;
    }
    let mut args = Arguments::from_args();
    args.test_threads = Some(args.test_threads.unwrap_or(2));
    let runs = FIELD.iter().map(|field| {
        let name = format!("field::{}", field.name.replace(' ', "_"));
        Trial::test(name, move || worked(field))
    });
    let checks = CHECKS.iter().map(|check| {
        let name = format!("field::check::{}", check.name.replace(' ', "_"));
        Trial::test(name, move || checked(check))
    });
    let conclusion = libtest_mimic::run(&args, runs.chain(checks).collect());
    if conclusion.has_failed() {
        ExitCode::from(101)
    } else {
        ExitCode::SUCCESS
    }
}

/// Runs one and looks for what must, and must not, be in its record.
fn worked(field: &Field) -> Result<(), Failed> {
    let place = Place::new(field)?;
    let device = place.device(field)?;
    let ran = place.run(field)?;
    drop(device);
    let told = place.told()?;
    let wrong = |what: String| Err(format!("{what}\n{told}\n{}\n{}", ran.out, ran.err).into());
    if ran.code != field.exit {
        return wrong(format!("exit {} instead of {}", ran.code, field.exit));
    }
    if let Some(missing) = field.told.iter().find(|text| !told.contains(**text)) {
        return wrong(format!("does not say {missing:?}"));
    }
    if let Some(secret) = place.found(field.secret)? {
        return wrong(format!("the secret stands in {secret}"));
    }
    if let Some(time) = place.odd_time()? {
        return wrong(format!("junit.xml has a time of {time:?}"));
    }
    Ok(())
}

/// What `check` makes of a bench file that nobody runs.
fn checked(check: &Check) -> Result<(), Failed> {
    let field = Field {
        name: check.name,
        wires: check.wires,
        case: "reached.star",
        ..Field::NONE
    };
    let place = Place::new(&field)?;
    let ran = place.check()?;
    let said = format!("{}{}", ran.out, ran.err);
    match ran.code == check.exit && said.contains(check.says) {
        true => Ok(()),
        false => Err(format!("exit {}: {said}", ran.code).into()),
    }
}
