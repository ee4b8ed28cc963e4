//! A wire that a place of a farm brings: read as if it stood in the bench file, so that the same rules hold for it.

use super::{Shared, strips, wires};
use crate::read::{Log, outcome, parse};
use crate::switches::{Switches, model_of};
use proofhouse_model::{Channel, Diagnostic, Wire};
use std::path::Path;

/// Reads the table of a wire, such as `{ driver = "tcp", host = "10.0.0.7", port = 4001 }`. `model` is name and text of
/// a switch's model that stands in no file; `what` is told in place of a file.
///
/// # Errors
/// Every mistake in it.
pub fn read_wire(
    what: &str,
    channel: Channel,
    table: &str,
    model: Option<(&str, &str)>,
) -> Result<Wire, Vec<Diagnostic>> {
    let folder = Path::new("");
    let switches = Switches::new(folder);
    if let Some((name, text)) = model {
        switches.know(name, model_of(what, text, name)?);
    }
    let source = format!("wire = {table}\n");
    let log = Log::new(what, &source);
    let wire = parse(&log, |root| {
        let shared = Shared {
            strips: strips::read(&root),
            switches: &switches,
            folder,
        };
        wires::wire(channel, &root.need("wire")?, false, &shared)
    });
    outcome(wire, log)
}
