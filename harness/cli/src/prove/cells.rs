//! Cells of the kill matrix that were seen before: what one case made of one subject, kept under a hash of all that it
//! rests on. What has not changed need not run again.

use crate::prove::Job;
use crate::session::Session;
use proofhouse_model::{CaseId, ProductId, ProvisionId, Verdict};
use proofhouse_report::matrix::{Run, Seen, Subject};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// File beside the proof, in which they are kept.
const CELLS_FILE: &str = "proof-cells.json";

/// Most cells kept: of a suite that changes every day the oldest need not stay.
const MOST: usize = 50_000;

/// Largest file of cells that is read, bytes.
const LARGEST: u64 = 256 << 20;

/// One cell as it was seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cell {
    verdict: Option<Verdict>,
    why: String,
    failed: Vec<ProvisionId>,
    /// What it alone made of the exit code of its run.
    exit: i32,
}

/// All that are kept.
pub struct Cells {
    file: PathBuf,
    kept: BTreeMap<String, Cell>,
    /// What every cell of a product rests on: harness, device program, profile, bench, seed.
    grounds: BTreeMap<String, String>,
    /// Text of each case with its libraries.
    cases: BTreeMap<CaseId, String>,
    /// Keys used in this proof: the others are dropped when there are too many.
    used: Vec<String>,
}

impl Cells {
    /// Reads what is kept in a folder; a file that cannot be read is none. `anew` keeps, and uses nothing.
    #[must_use]
    pub fn open(folder: &Path, session: &Session, seed: u64, anew: bool) -> Self {
        let file = folder.join(CELLS_FILE);
        let text = if anew { None } else { read(&file) };
        let kept = text.and_then(|text| serde_json::from_slice(&text).ok());
        let plan = &session.plan;
        let ground = |id: &ProductId| {
            let program = session.virtuals.iter().find(|v| v.name == id.as_str());
            let profile = plan.products.get(id).map(|p| p.profile.sha256.as_str());
            let parts = [
                env!("PROOFHOUSE_SOURCES"),
                program.map(|v| v.sources.as_str()).unwrap_or_default(),
                profile.unwrap_or_default(),
                &plan.bench.sha256,
                &seed.to_string(),
            ];
            hash(&parts)
        };
        let grounds = plan.products.keys().map(|id| (id.to_string(), ground(id)));
        Self {
            file,
            kept: kept.unwrap_or_default(),
            grounds: grounds.collect(),
            cases: session.case_texts().clone(),
            used: Vec::new(),
        }
    }

    /// Takes the cells of a job that are known: what is left of it is to be run.
    pub fn take(&mut self, job: &mut Job) {
        let known: Vec<(CaseId, String)> = job
            .cases
            .iter()
            .filter_map(|case| Some((case.clone(), self.key(&job.subject, case, &job.cases)?)))
            .filter(|(_, key)| self.kept.contains_key(key))
            .collect();
        // One honest device is used by all its cases in turn: it is known as a whole, or not at all.
        let honest = matches!(job.subject, Subject::Honest { .. });
        if honest && known.len() < job.cases.len() {
            return;
        }
        for (case, key) in known {
            let Some(cell) = self.kept.get(&key) else {
                continue;
            };
            job.cases.retain(|c| c != &case);
            job.kept.push((seen(&case, cell), cell.exit));
            self.used.push(key);
        }
    }

    /// Keeps what a run showed. What spoils a proof is not kept: it is looked at again.
    pub fn keep(&mut self, run: &Run, is_good: impl Fn(&Seen) -> bool) {
        if !run.otherwise.is_empty() {
            return;
        }
        let Some(exit) = run.exit.filter(|_| run.trouble.is_none()) else {
            return;
        };
        // Which case spoilt an honest run the exit code does not tell: none of it is kept, or that of others would
        // spoil every later proof.
        if matches!(run.subject, Subject::Honest { .. }) && exit != 0 {
            return;
        }
        let ran = run.cases.iter().filter(|s| s.verdict.is_some());
        let together: Vec<CaseId> = ran.map(|s| s.case.clone()).collect();
        for seen in run.cases.iter().filter(|s| !s.kept && is_good(s)) {
            let Some(key) = self.key(&run.subject, &seen.case, &together) else {
                continue;
            };
            let cell = Cell {
                verdict: seen.verdict,
                why: seen.why.clone(),
                failed: seen.failed.clone(),
                exit: own_exit(seen, exit),
            };
            self.kept.insert(key.clone(), cell);
            self.used.push(key);
        }
    }

    /// Honest devices are used by the cases of a run in turn, so each cell of theirs rests on all that ran together.
    fn key(&self, subject: &Subject, case: &CaseId, together: &[CaseId]) -> Option<String> {
        let ground = self.grounds.get(subject.product())?;
        let text = self.cases.get(case)?;
        let others = match subject {
            Subject::Honest { .. } => {
                let all: BTreeSet<&CaseId> = together.iter().collect();
                let texts = all
                    .into_iter()
                    .map(|c| self.cases.get(c).map(String::as_str));
                hash(&texts.map(Option::unwrap_or_default).collect::<Vec<_>>())
            }
            Subject::Defect(_) | Subject::Blind(_) => String::new(),
        };
        let parts = [&subject.to_string(), case.as_str(), text, ground, &others];
        Some(hash(&parts.map(|p| p)))
    }

    /// Writes them.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(mut self) -> Result<(), String> {
        if self.kept.len() > MOST {
            let used: BTreeSet<String> = self.used.drain(..).collect();
            self.kept.retain(|key, _| used.contains(key));
        }
        let told = |e: String| format!("cannot write {}: {e}", self.file.display());
        let text = serde_json::to_vec(&self.kept).map_err(|e| told(e.to_string()))?;
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let new = self.file.with_extension("new");
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&new, text))
            .and_then(|()| std::fs::rename(&new, &self.file))
            .map_err(|e| told(e.to_string()))
    }
}

/// What stands in the file; nothing of one that is none, such as a pipe that nobody writes into, or is far too large.
fn read(file: &Path) -> Option<Vec<u8>> {
    let meta = std::fs::metadata(file).ok()?;
    let sound = meta.is_file() && meta.len() <= LARGEST;
    sound.then(|| std::fs::read(file).ok()).flatten()
}

fn seen(case: &CaseId, cell: &Cell) -> Seen {
    Seen {
        case: case.clone(),
        verdict: cell.verdict,
        why: cell.why.clone(),
        failed: cell.failed.clone(),
        kept: true,
    }
}

/// A case that passed is no reason for an exit code other than 0: another case of the run is.
fn own_exit(seen: &Seen, exit: i32) -> i32 {
    match seen.verdict {
        Some(Verdict::Pass) => 0,
        _ => exit,
    }
}

/// SHA-256 over texts, each with its length, in hex.
fn hash(parts: &[&str]) -> String {
    let mut sum = Sha256::new();
    for part in parts {
        sum.update((part.len() as u64).to_le_bytes());
        sum.update(part.as_bytes());
    }
    proofhouse_model::bytes::to_hex(&sum.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str) -> CaseId {
        CaseId::new(name).unwrap()
    }

    fn cells() -> Cells {
        Cells {
            file: PathBuf::new(),
            kept: BTreeMap::new(),
            grounds: BTreeMap::from([("plug".to_owned(), "ground".to_owned())]),
            cases: ["locks", "resets"]
                .map(|n| (case(n), format!("text of {n}")))
                .into(),
            used: Vec::new(),
        }
    }

    fn saw(name: &str, verdict: Verdict) -> Seen {
        Seen {
            case: case(name),
            verdict: Some(verdict),
            why: String::new(),
            failed: Vec::new(),
            kept: false,
        }
    }

    fn run(subject: &Subject, cases: Vec<Seen>, exit: i32) -> Run {
        Run {
            subject: subject.clone(),
            cases,
            exit: Some(exit),
            trouble: None,
            otherwise: Vec::new(),
            seconds: 1.0,
        }
    }

    fn honest() -> Subject {
        Subject::Honest {
            product: "plug".to_owned(),
            number: 1,
        }
    }

    /// What is left to run of both cases, and the exit codes of what is known.
    fn left(cells: &mut Cells, subject: &Subject) -> (Vec<CaseId>, Vec<i32>) {
        let mut job = Job {
            subject: subject.clone(),
            cases: vec![case("locks"), case("resets")],
            kept: Vec::new(),
        };
        cells.take(&mut job);
        let exits = job.kept.iter().map(|(_, exit)| *exit);
        (job.cases, exits.collect())
    }

    #[test]
    fn what_was_good_is_known_and_the_rest_runs_again() {
        let (mut cells, subject) = (cells(), Subject::Defect("plug:open".to_owned()));
        let seen = vec![saw("locks", Verdict::Fail), saw("resets", Verdict::Pass)];
        cells.keep(&run(&subject, seen, 1), |s| s.case == case("locks"));
        assert_eq!(left(&mut cells, &subject), (vec![case("resets")], vec![1]));
    }

    #[test]
    fn nothing_is_kept_of_a_run_that_says_otherwise_when_it_is_judged_again() {
        let (mut cells, subject) = (cells(), Subject::Defect("plug:open".to_owned()));
        let seen = vec![saw("locks", Verdict::Fail), saw("resets", Verdict::Pass)];
        let mut run = run(&subject, seen, 1);
        let otherwise = ("case locks".to_owned(), "fail -> error".to_owned());
        run.otherwise.push(otherwise);
        cells.keep(&run, |_| true);
        assert_eq!(left(&mut cells, &subject).0.len(), 2);
        run.otherwise.clear();
        cells.keep(&run, |_| true);
        assert!(left(&mut cells, &subject).0.is_empty());
    }

    /// The exit code of a run is not that of each of its cases.
    #[test]
    fn a_cell_does_not_carry_the_exit_code_that_another_one_made() {
        let (mut cells, subject) = (cells(), Subject::Defect("plug:open".to_owned()));
        let seen = vec![saw("locks", Verdict::Fail), saw("resets", Verdict::Pass)];
        cells.keep(&run(&subject, seen, 1), |s| s.case == case("resets"));
        assert_eq!(left(&mut cells, &subject), (vec![case("locks")], vec![0]));
    }

    #[test]
    fn an_honest_run_that_ended_badly_is_made_again_as_a_whole() {
        let both = || vec![saw("locks", Verdict::Pass), saw("resets", Verdict::Pass)];
        let mut cells = cells();
        cells.keep(&run(&honest(), both(), 3), |_| true);
        assert_eq!(left(&mut cells, &honest()).0.len(), 2);
        cells.keep(&run(&honest(), both(), 0), |_| true);
        assert_eq!(left(&mut cells, &honest()), (Vec::new(), vec![0, 0]));
    }

    #[test]
    fn a_changed_case_is_run_again_and_with_it_every_honest_cell() {
        let (mut cells, defect) = (cells(), Subject::Defect("plug:open".to_owned()));
        let both = || vec![saw("locks", Verdict::Pass), saw("resets", Verdict::Pass)];
        cells.keep(&run(&honest(), both(), 0), |_| true);
        cells.keep(&run(&defect, both(), 0), |_| true);
        cells.cases.insert(case("locks"), "another text".to_owned());
        assert_eq!(left(&mut cells, &defect).0, [case("locks")]);
        assert_eq!(left(&mut cells, &honest()).0.len(), 2);
        cells
            .grounds
            .insert("plug".to_owned(), "another harness".to_owned());
        assert_eq!(left(&mut cells, &defect).0.len(), 2);
    }

    #[test]
    fn an_honest_cell_of_a_case_alone_is_none_of_all_together() {
        let mut cells = cells();
        cells.keep(
            &run(&honest(), vec![saw("locks", Verdict::Pass)], 0),
            |_| true,
        );
        cells.keep(
            &run(&honest(), vec![saw("resets", Verdict::Pass)], 0),
            |_| true,
        );
        assert_eq!(left(&mut cells, &honest()).0.len(), 2);
    }

    #[test]
    fn parts_that_only_look_alike_together_hash_apart() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&["ab", "c"]), hash(&["ab", "c"]));
    }
}
