//! `proofhouse events`: what stands in the journal of a run, by number, one event a line.

use super::run::terminal_width;
use super::{complain, say, stored};
use crate::args::EventsArgs;
use crate::exit::Exit;
use proofhouse_journal::{
    EVENTS_FILE, ReadError, Reader, SEAL_FILE, is_run, verify_names, was_never_planned,
};
use proofhouse_model::{Check, Event, Fact, Finding, Plan, UnitName};
use proofhouse_report::text::{cut, one_line, ranges};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal};

/// Columns of a line that goes to no terminal.
const WIDE: usize = 200;
/// What is printed at once, bytes.
const PIECE: usize = 64 << 10;

/// Prints the events that are asked for. The journal is looked at up to its end all the same, and the names of all
/// files beside it: what was altered is told.
pub fn events(args: &EventsArgs) -> Exit {
    let run = args.run.display();
    if !is_run(&args.run) {
        complain(&format!("error: {}\n", stored::no_run(&args.run)));
        return Exit::WrongInput;
    }
    if was_never_planned(&args.run) {
        complain(&format!(
            "error: nothing was recorded in {run}: its harness ended before the plan was written, and nothing was \
             started\n"
        ));
        return Exit::WrongInput;
    }
    let there = print(args).and_then(|there| verify_names(&args.run).map(|()| there));
    let there = match there {
        Ok(there) => there,
        Err(why) => return stored::refused(&why),
    };
    if !args.run.join(SEAL_FILE).exists() {
        complain(&format!(
            "note: {run} is not sealed: it goes on, or was broken off, and nothing vouches for its last events; \
             `proofhouse verify {run}` says more\n"
        ));
    }
    let last = args.numbers.iter().map(|asked| *asked.end()).max();
    match last.filter(|last| *last >= there) {
        None => Exit::Passed,
        Some(last) => {
            let has = match there {
                0 => "no event is in it".to_owned(),
                n => format!("its events are 0 to {}", n - 1),
            };
            complain(&format!(
                "error: there is no event {last} in {run}: {has}\n"
            ));
            Exit::WrongInput
        }
    }
}

/// Prints them, and tells how many events there are.
fn print(args: &EventsArgs) -> Result<u64, ReadError> {
    let mut reader = Reader::open(&args.run)?;
    let plan = reader.plan().clone();
    // One line is one event, and the reader has looked at it before it is printed.
    let journal = File::open(args.run.join(EVENTS_FILE)).ok();
    let mut lines = journal
        .map(|file| BufReader::new(file).lines())
        .into_iter()
        .flatten();
    // Who asks for an event by its number reads it whole.
    let width = match (args.numbers.is_empty(), std::io::stdout().is_terminal()) {
        (false, _) => usize::MAX,
        (true, true) => terminal_width(),
        (true, false) => WIDE,
    };
    let (mut out, mut there) = (String::new(), 0);
    for event in reader.by_ref() {
        let event = event?;
        there += 1;
        let own = lines.next().and_then(Result::ok).unwrap_or_default();
        let mut asked = args.numbers.iter();
        if !args.numbers.is_empty() && !asked.any(|asked| asked.contains(&event.seq)) {
            continue;
        }
        match args.json {
            true => out.push_str(&own),
            false => out.push_str(&line(&plan, &event, width)),
        }
        out.push('\n');
        if out.len() >= PIECE {
            say(&out);
            out.clear();
        }
    }
    say(&out);
    if let Some(torn) = reader.torn() {
        complain(&format!(
            "note: line {} is cut off, and is no event\n",
            torn.line
        ));
    }
    Ok(there)
}

/// Number, seconds since the run started, case, unit, kind and what it says.
fn line(plan: &Plan, event: &Event, width: usize) -> String {
    let task = event.task.and_then(|id| plan.task(id));
    let case = task.map_or_else(|| "-".to_owned(), |task| plan.task_name(task));
    let unit = event.unit.as_ref().map_or("-", UnitName::as_str);
    let (kind, says) = told(&event.fact);
    let ms = event.at_us / 1000;
    let text = format!(
        "{:>5} {:>5}.{:03} s  {case}  {unit}  {kind}  {says}",
        event.seq,
        ms / 1000,
        ms % 1000
    );
    let text = one_line(&text);
    cut(&text, width).trim_end().to_owned()
}

/// Its kind as the journal names it, and its content.
fn told(fact: &Fact) -> (String, String) {
    let value = serde_json::to_value(fact).unwrap_or_default();
    let kind = value.get("is").and_then(Value::as_str);
    let kind = kind.unwrap_or("event").to_owned();
    let says = match fact {
        Fact::Checked(check) => of_check(check),
        Fact::Noted { text } | Fact::Limited { text } => text.clone(),
        _ => words(&value),
    };
    (kind, says)
}

fn of_check(check: &Check) -> String {
    let (word, said) = match check.finding {
        Finding::Shown => ("shown", &check.holds),
        Finding::NotObserved => ("not observed", &check.holds),
        Finding::Refuted => ("refuted", &check.otherwise),
    };
    let mut out = format!("{word}: {said}");
    if !check.detail.is_empty() {
        out.push_str(&format!(": {}", check.detail));
    }
    if !check.rests_on.is_empty() {
        out.push_str(&format!(" (events {})", ranges(&check.rests_on, 12)));
    }
    out
}

/// A value as names and what stands under them.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(words).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Object(all) => {
            let named = all.iter().filter(|(name, _)| name.as_str() != "is");
            let named = named.map(|(name, value)| match value {
                Value::Object(_) => format!("{name} ({})", words(value)),
                _ => format!("{name} {}", words(value)),
            });
            named.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn recorded() -> Vec<String> {
        let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/journals/leaky");
        let mut reader = Reader::open(&run).unwrap();
        let plan = reader.plan().clone();
        let events = reader.by_ref().map(Result::unwrap);
        events.map(|event| line(&plan, &event, 90)).collect()
    }

    #[test]
    fn an_event_is_one_line_that_fits_and_holds_nothing_raw() {
        let lines = recorded();
        assert!(lines.len() > 20, "{} lines", lines.len());
        for (at, line) in lines.iter().enumerate() {
            assert!(proofhouse_report::text::columns(line) <= 90, "{line}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
            assert!(line.trim_start().starts_with(&format!("{at} ")), "{line}");
        }
        let heard = "3     0.750 s  default-passwords  plug-a  heard  bytes ok\\r\\nplug> ";
        assert_eq!(lines[3].trim_start(), heard.trim_end());
        let refuted = lines.iter().filter(|l| l.contains("  checked  refuted: "));
        assert!(refuted.count() > 0, "{lines:#?}");
    }
}
