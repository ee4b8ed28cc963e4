//! `--fault`: a bench broken on purpose.

use proofhouse_model::{BenchSpec, Channel, Diagnostic, Fault, UnitName, UnitSpec, nearest};

/// The fault of the command line, which must fit the bench: virtual units that have the wires it is about.
///
/// # Errors
/// What does not fit, with the nearest name where one was misspelt.
pub fn read(given: &str, bench: &BenchSpec) -> Result<Fault, Box<Diagnostic>> {
    let wrong = |message: String| Diagnostic::whole("--fault", message);
    let fault: Fault = given.parse().map_err(|e: proofhouse_model::FaultSyntax| {
        let (word, names) = e.choices();
        let near = nearest(word, names.iter().copied());
        wrong(e.to_string()).nearest(near).help(
            "write KIND:UNIT[:with=UNIT][:from=N][:lasts=N][:seed=N]; `proofhouse run --help` names the kinds",
        )
    })?;
    for name in [Some(&fault.unit), fault.with.as_ref()]
        .into_iter()
        .flatten()
    {
        let unit = find(name, bench).map_err(|near| {
            Box::new(wrong(format!("this bench has no unit `{name}`")).nearest(near))
        })?;
        if unit.virtual_product.is_none() {
            let message =
                format!("{name} is no virtual unit: only a virtual bench is broken on purpose");
            return Err(Box::new(wrong(message)));
        }
        if let Some(channel) = lacks(unit, &fault) {
            let message = format!("{} needs a {channel}, which {name} has not", fault.kind);
            return Err(Box::new(wrong(message)));
        }
    }
    Ok(fault)
}

/// A wire the fault is about that the unit does not have as a virtual one.
fn lacks(unit: &UnitSpec, fault: &Fault) -> Option<Channel> {
    let needs = fault.kind.needs().iter().copied();
    needs.into_iter().find(|channel| !unit.has(*channel))
}

fn find<'a>(name: &UnitName, bench: &'a BenchSpec) -> Result<&'a UnitSpec, Option<String>> {
    let names = || bench.units.iter().map(|u| u.name.as_str());
    let found = bench.units.iter().find(|u| u.name == *name);
    found.ok_or_else(|| nearest(name.as_str(), names()))
}
