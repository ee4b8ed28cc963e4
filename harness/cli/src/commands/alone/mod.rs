//! Instruments used alone, against whatever the command line names: the same functions as in cases, without bench,
//! suite and journal.

mod fuzz;
mod passwords;
mod scan;
mod search_flash;
#[cfg(test)]
mod tests;
mod tls;

pub use fuzz::fuzz;
pub use passwords::passwords;
pub use scan::scan;
pub use search_flash::search_flash;
pub use tls::tls;

use super::{complain, wrong_input};
use crate::exit::Exit;
use proofhouse_journal::read_file;
use proofhouse_model::{Diagnostic, HostSpec, Trouble, TroubleKind};
use proofhouse_report::text::one_line;
use proofhouse_transport::Budget;
use proofhouse_transport::net::{Host, Way};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

/// The address of a host now, and how its sockets are opened.
fn reach(spec: &HostSpec, budget: &Budget) -> Result<(IpAddr, Way), Trouble> {
    let host = Host::new(spec.clone())?;
    Ok((host.address(budget)?, host.way))
}

/// Says why nothing was found out, and what may help.
fn in_trouble(trouble: &Trouble) -> Exit {
    let next = match trouble.kind {
        TroubleKind::Deadline => Some("give it longer with --within, or ask for less"),
        _ => trouble.try_next.as_deref(),
    };
    let next = next.map_or(String::new(), |next| {
        format!("\n  next: {}", one_line(next))
    });
    let what = one_line(&trouble.what);
    complain(&format!("error: {what}{next}\nnothing can be concluded\n"));
    match trouble.kind {
        TroubleKind::Case => Exit::WrongInput,
        TroubleKind::Cancelled => Exit::Interrupted,
        _ => Exit::Undecided,
    }
}

/// Longest dump that is looked through, and longest list of needles or passwords.
const LONGEST_DUMP: u64 = 512 << 20;
const LONGEST_LIST: u64 = 4 << 20;

/// A file that the command line names. What would hold up whoever opens it, or has no end, is refused before that.
fn read(path: &Path, longest: u64) -> Result<Vec<u8>, Exit> {
    read_file(path, longest).map_err(|why| {
        let name = path.display().to_string();
        wrong_input(&[Diagnostic::whole(&name, format!("cannot be read: {why}"))])
    })
}

/// The same as lines of text, without the byte order mark that some editors put before the first.
fn read_lines(path: &Path) -> Result<Vec<String>, Exit> {
    let text = String::from_utf8(read(path, LONGEST_LIST)?).map_err(|_| {
        let name = path.display().to_string();
        let whole = Diagnostic::whole(&name, "this is no text".to_owned());
        wrong_input(&[whole.expected("UTF-8, a line for each")])
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.lines().map(str::to_owned).collect())
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
