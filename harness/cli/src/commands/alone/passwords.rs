//! `proofhouse passwords`.

use super::super::{say, wrong_input};
use super::{in_trouble, read_lines};
use crate::args::PasswordsArgs;
use crate::exit::Exit;
use proofhouse_instruments::assess_passwords;
use proofhouse_instruments::passwords::{Assessed, LISTED, common_values};
use proofhouse_model::Diagnostic;
use proofhouse_report::text::{count, one_line};
use serde_json::{Value, json};
use std::fmt::Write;

/// Most specimens that are compared with each other, and the longest line of one.
const MOST_LINES: usize = 10_000;
const LONGEST_LINE: usize = 4096;

/// Judges the passwords of a file, and tells.
pub fn passwords(args: &PasswordsArgs) -> Exit {
    let lines = match read_lines(&args.file) {
        Ok(lines) => lines,
        Err(exit) => return exit,
    };
    let name = args.file.display().to_string();
    if lines.len() > MOST_LINES || lines.iter().any(|line| line.len() > LONGEST_LINE) {
        let what =
            format!("more than {MOST_LINES} lines, or one of more than {LONGEST_LINE} bytes");
        return wrong_input(&[Diagnostic::whole(&name, what)]);
    }
    let specimens = match specimens(&name, &lines) {
        Ok(specimens) => specimens,
        Err(mistakes) => return wrong_input(&mistakes),
    };
    let numbers = specimens.iter().map(|it| it.line).collect();
    let passwords: Vec<String> = specimens.iter().map(|it| it.password.clone()).collect();
    let public: Vec<Vec<String>> = specimens.into_iter().map(|it| it.public).collect();
    let assessed = match assess_passwords(&passwords, &public) {
        Ok(assessed) => assessed,
        Err(trouble) => return in_trouble(&trouble),
    };
    let looked = Looked {
        file: name,
        lines: numbers,
        assessed,
    };
    say(&match args.json {
        true => format!("{:#}\n", looked.json()),
        false => looked.text(),
    });
    Exit::Passed
}

/// A line of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Specimen {
    pub(super) line: usize,
    pub(super) password: String,
    pub(super) public: Vec<String>,
}

/// Every specimen, or each line that is none. A mistake names its line and does not show it: a password stands there.
pub(super) fn specimens(file: &str, lines: &[String]) -> Result<Vec<Specimen>, Vec<Diagnostic>> {
    let expected = "a password, a tab, and what is public about that specimen, each behind a tab";
    let (mut out, mut mistakes) = (Vec::new(), Vec::new());
    for (index, text) in lines
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
    {
        let mut columns = text.split('\t').map(str::to_owned);
        let password = columns.next().unwrap_or_default();
        let public: Vec<String> = columns.filter(|it| !it.trim().is_empty()).collect();
        if public.is_empty() {
            let what = format!("line {} names nothing that is public", index + 1);
            mistakes.push(Diagnostic::whole(file, what).expected(expected));
        }
        out.push(Specimen {
            line: index + 1,
            password,
            public,
        });
    }
    if out.is_empty() {
        mistakes.push(
            Diagnostic::whole(file, "there is no password in it".to_owned()).expected(expected),
        );
    }
    match mistakes.is_empty() {
        true => Ok(out),
        false => Err(mistakes),
    }
}

/// What was found, and in which file.
pub(super) struct Looked {
    pub(super) file: String,
    /// Numbers of the specimens' lines.
    pub(super) lines: Vec<usize>,
    pub(super) assessed: Assessed,
}

impl Looked {
    /// Of a specimen, counted from one, and of its line.
    fn numbers(&self, specimen: usize) -> (usize, usize) {
        let line = self.lines.get(specimen).copied();
        (specimen + 1, line.unwrap_or(specimen + 1))
    }

    pub(super) fn text(&self) -> String {
        let (found, mut out) = (&self.assessed, String::new());
        let _ = writeln!(
            out,
            "{}: {}, each held against {} common values with their variants and at least {} derivations from what is \
             public (lists of {LISTED})\n",
            self.file,
            count(found.compared, "password"),
            common_values(),
            found.derivations
        );
        if found.weaknesses.is_empty() {
            out.push_str("no weakness found\n");
        }
        for weakness in &found.weaknesses {
            // Details name specimens, and whoever mends the file looks for its lines.
            let (specimen, line) = self.numbers(weakness.specimen);
            let whose = format!("specimen {specimen} (line {line})");
            let detail = one_line(&weakness.detail);
            let _ = writeln!(out, "{whose:<24} {:<12} {detail}", weakness.kind);
        }
        let _ = writeln!(out, "least variety: about {:.0} bits", found.least_bits);
        out.push_str("\nNot seen:\n");
        if found.compared == 1 {
            out.push_str("  whether specimens share their password or count it up: there is one\n");
        }
        out.push_str("  values made from public facts with a secret salt, or in a way that is not in the list\n");
        out
    }

    pub(super) fn json(&self) -> Value {
        let weaknesses = self.assessed.weaknesses.iter();
        let weaknesses: Vec<Value> = weaknesses
            .map(|it| {
                let (specimen, line) = self.numbers(it.specimen);
                json!({"specimen": specimen, "line": line, "kind": it.kind, "detail": it.detail})
            })
            .collect();
        json!({
            "file": self.file,
            "compared": self.assessed.compared,
            "common_values": common_values(),
            "derivations": self.assessed.derivations,
            "lists_of": LISTED,
            "least_bits": self.assessed.least_bits,
            "weaknesses": weaknesses,
        })
    }
}
