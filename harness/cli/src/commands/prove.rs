//! `proofhouse prove`.

use super::{complain, here, say};
use crate::args::{ProveArgs, Selection};
use crate::at_once::AtOnce;
use crate::exit::Exit;
use crate::prove::{self, Cells, Extent, Order, Wanted};
use crate::scratch::Scratch;
use crate::session::{MATRIX_FILE, PROOF_DIR, PROOF_FILE, Session};
use crate::sources;
use proofhouse_report::matrix::{self, Desk, Matrix, Run, Subject};
use proofhouse_report::{Style, matrix::Complaint};
use proofhouse_runner::Cancel;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Runs every case against every device there is, judges the suite by it, and keeps the proof for later runs.
pub fn prove(args: &ProveArgs) -> Exit {
    let mut selection = Selection {
        bench: Some(bench(args)),
        suite: args.suite.clone(),
        product: args.product.clone(),
        case: args.case.clone(),
        seed: Some(args.seed),
        ..Selection::default()
    };
    let mut session = match super::prepare(&selection) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let absent = absent(&session);
    if !absent.is_empty() {
        let told = left_out(&absent);
        // Who asks for it by name is not served with less.
        if args.product.iter().any(|p| absent.contains_key(p.as_str())) {
            return broken(&told);
        }
        complain(&format!("warning: {told}\n"));
        let names = session.plan.products.keys().map(ToString::to_string);
        selection.product = names.filter(|n| !absent.contains_key(n)).collect();
        if selection.product.is_empty() {
            return broken("nothing is left to prove");
        }
        session = match super::prepare(&selection) {
            Ok(session) => session,
            Err(exit) => return exit,
        };
    }
    let scratch = Scratch::new("proof");
    let scratch = match scratch {
        Ok(scratch) => scratch,
        Err(why) => return broken(&format!("no folder for the runs of the proof: {why}")),
    };
    let order = match order(args, scratch.path()) {
        Ok(order) => order,
        Err(why) => return broken(&why.to_string()),
    };
    let desk = match desk(args, &session) {
        Ok(desk) => desk,
        Err(why) => return broken(&format!("the broken statements cannot be tried: {why}")),
    };
    let wanted = Wanted {
        order,
        desk,
        at_once: Arc::new(AtOnce::new(args.jobs.map(usize::from), 1, 8)),
        honest: args.honest,
        fail_fast: args.fail_fast,
        extent: extent(args),
    };
    let cancel = Cancel::new();
    super::catch_interrupt(&cancel, "the proof");
    let mut cells = Cells::open(&args.out, &session, args.seed, args.anew);
    let matrix = run(&session, &wanted, &mut cells, &cancel);
    if let Err(why) = cells.write() {
        complain(&format!("warning: what was seen is not kept: {why}\n"));
    }
    if cancel.reason().is_some() {
        complain("the proof was ended; nothing is proved\n");
        return Exit::Interrupted;
    }
    let exit = finish(args, &wanted, &matrix);
    if !absent.is_empty() {
        complain(&format!("warning: {}\n", left_out(&absent)));
    }
    exit
}

/// Products of the bench whose programs this computer cannot run, with what is missing.
fn absent(session: &Session) -> BTreeMap<String, String> {
    let products = prove::products_of(session).into_iter();
    let missing = products.map(|v| (v.name.clone(), v.missing().join(" and ")));
    missing.filter(|(_, what)| !what.is_empty()).collect()
}

fn left_out(absent: &BTreeMap<String, String>) -> String {
    let one = |(name, what): (&String, &String)| {
        format!(
            "{name} is not proved: this computer has no {what}; what cases promise about {name} is not tried"
        )
    };
    absent.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn order(args: &ProveArgs, folder: &Path) -> std::io::Result<Order> {
    let mut common = Vec::new();
    let bench = Some(bench(args));
    for (option, path) in [("--bench", &bench), ("--suite", &args.suite)] {
        if let Some(path) = path {
            common.extend([option.to_owned(), path.display().to_string()]);
        }
    }
    Ok(Order {
        program: std::env::current_exe()?,
        common,
        seed: args.seed,
        folder: folder.to_owned(),
    })
}

/// Cells that no case promises are tried in turns: one in this many each time.
const ONE_IN: u64 = 20;

fn extent(args: &ProveArgs) -> Extent {
    if !args.case.is_empty() || !args.product.is_empty() {
        Extent::Partial
    } else if args.full {
        Extent::Full
    } else {
        Extent::Sample(ONE_IN)
    }
}

/// What the desk review makes of the broken statements; a part of a proof is about what was chosen.
fn desk(args: &ProveArgs, session: &Session) -> Result<Option<Desk>, String> {
    if extent(args) == Extent::Partial {
        return Ok(None);
    }
    let suite = args.suite.as_ref().map(|path| path.display().to_string());
    let common = suite.map_or_else(Vec::new, |path| vec!["--suite".to_owned(), path]);
    prove::review(session, &here(), &common)
}

/// The bench of all virtual products, unless another one is given.
fn bench(args: &ProveArgs) -> PathBuf {
    let given = args.bench.clone();
    given.unwrap_or_else(|| sources::proof_bench(&here()))
}

fn run(session: &Session, wanted: &Wanted, cells: &mut Cells, cancel: &Cancel) -> Matrix {
    let start = Instant::now();
    let mut told = |run: &Run, done: usize, all: usize| {
        let word = match (&run.subject, &run.trouble) {
            (_, Some(why)) => format!("no result: {why}"),
            (Subject::Honest { .. }, None) => in_words(run, "failed or undecided"),
            (Subject::Defect(_), None) => in_words(run, "caught by"),
            (Subject::Blind(_), None) => in_words(run, "decided by"),
        };
        let again = match run.otherwise.is_empty() {
            true => "",
            false => "; judged again it says otherwise",
        };
        let (took, since) = (run.seconds, start.elapsed().as_secs());
        complain(&format!(
            "[{done:>3}/{all}] {since:>4} s  {} ({took:.0} s): {word}{again}\n",
            run.subject
        ));
    };
    prove::prove(session, wanted, cells, cancel, &mut told)
}

/// The cases of a run that matter for its subject.
fn in_words(run: &Run, word: &str) -> String {
    use proofhouse_model::Verdict as V;
    let matters = |v: Option<V>| match &run.subject {
        Subject::Honest { .. } => v != Some(V::Pass),
        Subject::Defect(_) => v == Some(V::Fail),
        Subject::Blind(_) => matches!(v, Some(V::Pass | V::Fail)),
    };
    let which: Vec<&str> = run
        .cases
        .iter()
        .filter(|s| matters(s.verdict))
        .map(|s| s.case.as_str())
        .collect();
    match which.is_empty() {
        true => format!("{word} none of {}", run.cases.len()),
        false => format!("{word} {}", which.join(", ")),
    }
}

fn finish(args: &ProveArgs, wanted: &Wanted, matrix: &Matrix) -> Exit {
    let complaints = matrix::complaints(matrix);
    if args.json {
        match json(matrix) {
            Ok(text) => say(&text),
            Err(why) => return broken(&why),
        }
    } else {
        let colour = std::io::stdout().is_terminal();
        let width = super::run::terminal_width();
        say(&format!(
            "{}\n",
            matrix::text(
                matrix,
                Style {
                    colour,
                    width,
                    verbose: false
                }
            )
            .trim_end()
        ));
    }
    if !complaints.is_empty() {
        complain(&repeat(wanted, &complaints));
    }
    let whole = wanted.extent != Extent::Partial && !wanted.fail_fast;
    if let Err(why) = if whole { keep(args, matrix) } else { Ok(()) } {
        return broken(&why);
    }
    if complaints.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    }
}

/// How a reader sees the first complaint with his own eyes.
fn repeat(wanted: &Wanted, complaints: &[Complaint]) -> String {
    let common = wanted.order.common.join(" ");
    let space = if common.is_empty() { "" } else { " " };
    format!(
        "{} to complain of. To see one again:\n  \
         proofhouse run{space}{common} --seed {} --case CASE --defect NAME      (or --blind NAME)\n",
        complaints.len(),
        wanted.order.seed
    )
}

/// Keeps the proof beside the runs, where `run` finds it, with the whole matrix: sealed as a run is.
fn keep(args: &ProveArgs, matrix: &Matrix) -> Result<(), String> {
    let proof = serde_json::to_string_pretty(&matrix::proof(matrix)).map_err(|e| e.to_string())?;
    let (proof, whole) = (proof + "\n", json(matrix)?);
    let files = [
        (PROOF_FILE, proof.as_bytes()),
        (MATRIX_FILE, whole.as_bytes()),
    ];
    let folder = args.out.join(PROOF_DIR);
    proofhouse_journal::write_sealed(&folder, &files).map_err(|e| e.to_string())?;
    complain(&format!(
        "kept and sealed for later runs, with the whole matrix: {}\n",
        folder.display()
    ));
    Ok(())
}

fn json(matrix: &Matrix) -> Result<String, String> {
    let bytes = matrix::json(matrix).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|e| e.to_string())
}

fn broken(why: &str) -> Exit {
    complain(&format!("error: {why}\n"));
    Exit::Undecided
}
