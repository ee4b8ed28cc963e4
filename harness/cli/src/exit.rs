//! Exit codes are part of the interface: scripts and CI rely on them.
//!
//! The codes of a run are those of `report::Outcome`; what each means, for which command, stands here and nowhere else.
//! `--help`, `help exit-codes` and harness/README.md are made from it or held against it.

use crate::manual::hanging;
use proofhouse_report::Outcome;
use std::process::ExitCode;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every planned case passed.
    Passed,
    /// A provision failed.
    Failed,
    /// Wrong input: nothing was started.
    WrongInput,
    /// Bench trouble, or nothing could be concluded.
    Undecided,
    /// A unit may still be on.
    MayBeOn,
    /// A record is not what was written.
    Altered,
    /// Ended by Ctrl-C.
    Interrupted,
}

use Exit::{Altered, Failed, Interrupted, MayBeOn, Passed, Undecided, WrongInput};

/// Columns of help texts; clap is told the same.
const WIDTH: usize = 100;

/// What a code means where a command says nothing else.
const MEANINGS: [(Exit, &str); 7] = [
    (Passed, "every planned case passed"),
    (
        Failed,
        "a provision or a guide's row failed, or a claim is one that the standard does not allow",
    ),
    (WrongInput, "wrong input; nothing was started"),
    (
        Undecided,
        "bench trouble, a run that was broken off and by nobody's wish, nothing could be concluded, a provision \
         without a claim, one whose only case the bench or the profile leaves out, or a place of a farm that could not \
         be given back",
    ),
    (
        MayBeOn,
        "a unit may still be on, its reset button pressed or its network cut: its relay failed or did not answer; the \
         units are named, and this goes before every other code",
    ),
    (
        Altered,
        "the record of a run is not what was written: the place (line, event, blob or file) is named, and nothing that \
         it says can be relied on",
    ),
    (
        Interrupted,
        "interrupted by Ctrl-C, or paused by a question to a person that nobody answered, with every supply \
         switched off; a second Ctrl-C waits for no case, only for the relays",
    ),
];

/// What a code means for one command.
const OF_COMMANDS: [(&str, Exit, &str); 50] = [
    (
        "run --shard",
        Passed,
        "every case of this part came out well: no verdict on the run, which is in all parts together",
    ),
    (
        "discover",
        Passed,
        "it was told what is there, be it nothing",
    ),
    (
        "discover",
        WrongInput,
        "the address is none of this computer, or the file is there already",
    ),
    (
        "scan",
        Passed,
        "it was told what answered, be it nothing but refusals",
    ),
    (
        "scan",
        WrongInput,
        "a mistake on the command line; nothing was sent",
    ),
    (
        "scan",
        Undecided,
        "nothing answered or refused, not every port could be visited or settled in the time, or this computer has no \
         way to the device",
    ),
    (
        "tls",
        Passed,
        "it was told what the service takes, whatever that is",
    ),
    (
        "tls",
        WrongInput,
        "a mistake on the command line; nothing was sent",
    ),
    (
        "tls",
        Undecided,
        "nothing listens or answers there, it takes no version of TLS, or it fell silent meanwhile",
    ),
    (
        "search-flash",
        Passed,
        "it was told what was found, be it nothing",
    ),
    (
        "search-flash",
        WrongInput,
        "a file cannot be read, the dump is empty, or a needle is too short or too long",
    ),
    (
        "passwords",
        Passed,
        "it was told what is weak, be it nothing",
    ),
    (
        "passwords",
        WrongInput,
        "the file cannot be read, or a line names no password with something public",
    ),
    (
        "fuzz",
        Passed,
        "every input went out, or one brought the device down; it was told",
    ),
    (
        "fuzz",
        WrongInput,
        "a mistake on the command line; nothing was sent",
    ),
    (
        "fuzz",
        Undecided,
        "the device did not answer before the first input, or not every input went out in the time",
    ),
    (
        "init",
        Passed,
        "the files are written, and `check` takes them",
    ),
    (
        "init",
        WrongInput,
        "an option cannot be taken, or the folder is not free; nothing of yours was written over",
    ),
    (
        "doctor",
        Passed,
        "every unit did what it was told, each time",
    ),
    (
        "doctor",
        Failed,
        "something of the bench does not do what it has to; it is named with its unit",
    ),
    (
        "doctor",
        Undecided,
        "bench trouble, or nothing could be told of a wire",
    ),
    (
        "resume",
        Passed,
        "as for `run`; a run that is finished is verified, and ends with the code that it deserves; one that was \
         interrupted goes on",
    ),
    (
        "resume",
        WrongInput,
        "the run is of another format, is being written by another process, or its files were changed since",
    ),
    (
        "resume",
        Undecided,
        "as for `run`; also when the run's folder cannot be written",
    ),
    (
        "report",
        Passed,
        "the reports were written, and the code is the one that the run deserves, as for `run`",
    ),
    (
        "report",
        WrongInput,
        "no run folder, one that cannot be read, or a run that still goes on",
    ),
    (
        "report",
        Undecided,
        "as for `run`; also when the reports could not be written",
    ),
    (
        "ledger",
        Passed,
        "it was told, and nothing that was asked for is refuted or open",
    ),
    ("ledger", Failed, "a unit that was asked for is refuted"),
    (
        "ledger",
        Undecided,
        "a unit that was asked for is open, or the run is not sealed",
    ),
    ("events", Passed, "they were printed"),
    (
        "events",
        WrongInput,
        "no run folder, or an event that was asked for is not in it; the others were printed",
    ),
    (
        "merge",
        Passed,
        "the parts are one run now, and the code is the one that the run deserves, as for `run`",
    ),
    (
        "merge",
        WrongInput,
        "the parts do not belong together, or one of them is missing or not sealed; nothing was merged",
    ),
    (
        "merge",
        Undecided,
        "as for `run`; also with `--partial` where a part is missing, and when the folder cannot be written",
    ),
    ("compare", Passed, "the two runs came to the same"),
    ("compare", Failed, "they disagree; each place is named"),
    (
        "compare",
        WrongInput,
        "they cannot be compared: another suite, edition or profile, a part against a whole, or one that is not sealed",
    ),
    (
        "verify",
        Passed,
        "whole and sealed, every byte of every file as it was when the run ended; the code is the one that the run \
         deserves, as for `run`",
    ),
    (
        "verify",
        WrongInput,
        "no run folder, or of another format than this proofhouse reads",
    ),
    (
        "verify",
        Undecided,
        "as for `run`; also whole as far as it goes, but not sealed: broken off (resume it), or still going on",
    ),
    (
        "check",
        Passed,
        "the files can be used, and the desk review of the statement finds no fault; missing claims are warnings",
    ),
    (
        "check",
        Failed,
        "the files can be used, and what the maker says cannot be true as it stands: the rule and the rows are named",
    ),
    ("check", WrongInput, "a mistake in one of the files"),
    ("prove", Passed, "nothing to complain of"),
    (
        "prove",
        Failed,
        "a case, a defect, a blind, an honest device, a broken statement or a rule to complain of",
    ),
    ("prove", Interrupted, "ended early; nothing is proved"),
    (
        "chaos",
        Passed,
        "no false pass, no false fail, and at least one fault was felt",
    ),
    ("chaos", Failed, "a finding, or nothing was felt"),
    ("chaos", Interrupted, "the tally so far was printed"),
];

impl Exit {
    /// The number the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Passed => Outcome::Passed.exit_code(),
            Failed => Outcome::Failed.exit_code(),
            WrongInput => 2,
            Undecided => Outcome::Undecided.exit_code(),
            MayBeOn => Outcome::MayBeOn.exit_code(),
            Altered => 5,
            Interrupted => Outcome::Interrupted.exit_code(),
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            // A part that is good lets its CI job go on; its words say that it is no verdict.
            Outcome::Passed | Outcome::PartGood => Passed,
            Outcome::Failed => Failed,
            Outcome::Undecided | Outcome::BrokenOff => Undecided,
            Outcome::Interrupted => Interrupted,
            Outcome::MayBeOn => MayBeOn,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The codes as a help text shows them: those of a command, or with `None` what they mean in general.
pub fn help(command: Option<&str>) -> String {
    let own = OF_COMMANDS
        .iter()
        .filter(|(of, ..)| Some(*of) == command)
        .map(|(_, exit, text)| (*exit, *text));
    let rows: Vec<_> = match command {
        Some(_) => own.collect(),
        None => MEANINGS.to_vec(),
    };
    let lines = rows
        .iter()
        .map(|(exit, text)| hanging(&format!("  {:<4} ", exit.code()), text, WIDTH));
    let lines: Vec<_> = lines.collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}

/// The codes of a command, and what else its help says.
pub fn help_and(command: &str, more: &str) -> String {
    format!("{}\n\n{more}", help(Some(command)))
}

/// Both tables as harness/README.md shows them.
#[cfg(test)]
fn markdown() -> String {
    let general = MEANINGS
        .iter()
        .map(|(exit, text)| format!("| {} | {text} |\n", exit.code()));
    let own = OF_COMMANDS
        .iter()
        .map(|(of, exit, text)| format!("| `{of}` | {} | {text} |\n", exit.code()));
    format!(
        "| code | means |\n|---|---|\n{}\n\
         Some commands say it more closely:\n\n| command | code | means |\n|---|---|---|\n{}",
        general.collect::<String>(),
        own.collect::<String>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_shows_the_codes_as_they_are() {
        let document = include_str!("../../README.md");
        let wanted = markdown();
        assert!(document.contains(&wanted), "paste this:\n{wanted}");
    }

    #[test]
    fn no_code_is_two_things() {
        let mut codes: Vec<_> = MEANINGS.iter().map(|(exit, _)| exit.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 130]);
    }
}
