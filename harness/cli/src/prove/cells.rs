//! Cells of the kill matrix that were seen before: what one case made of one subject, kept under a hash of all that it
//! rests on. What has not changed need not run again.

use crate::prove::Job;
use crate::session::Session;
use proofhouse_model::{CaseId, ProductId, ProvisionId, Verdict};
use proofhouse_report::matrix::{Run, Seen, Subject};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// File beside the proof, in which they are kept.
const CELLS_FILE: &str = "proof-cells.json";

/// Most cells kept: of a suite that changes every day the oldest need not stay.
const MOST: usize = 50_000;

/// One cell as it was seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cell {
    verdict: Option<Verdict>,
    why: String,
    failed: Vec<ProvisionId>,
    /// Exit code of the run it was seen in.
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
        let text = if anew {
            None
        } else {
            std::fs::read(&file).ok()
        };
        let kept = text.and_then(|text| serde_json::from_slice(&text).ok());
        let plan = &session.plan;
        let ground = |id: &ProductId| {
            let profile = plan.products.get(id).map(|p| p.profile.sha256.as_str());
            let parts = [
                env!("PROOFHOUSE_SOURCES"),
                &proofhouse_fixtures::sources_of(id.as_str()),
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
            .filter_map(|case| Some((case.clone(), self.key(&job.subject, case)?)))
            .filter(|(_, key)| self.kept.contains_key(key))
            .collect();
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
        let Some(exit) = run.exit.filter(|_| run.trouble.is_none()) else {
            return;
        };
        for seen in run.cases.iter().filter(|s| !s.kept && is_good(s)) {
            let Some(key) = self.key(&run.subject, &seen.case) else {
                continue;
            };
            let cell = Cell {
                verdict: seen.verdict,
                why: seen.why.clone(),
                failed: seen.failed.clone(),
                exit,
            };
            self.kept.insert(key.clone(), cell);
            self.used.push(key);
        }
    }

    /// Honest devices are used by all cases in turn, so each cell of theirs rests on all of them.
    fn key(&self, subject: &Subject, case: &CaseId) -> Option<String> {
        let ground = self.grounds.get(subject.product())?;
        let text = self.cases.get(case)?;
        let others = match subject {
            Subject::Honest { .. } => {
                let all: Vec<&str> = self.cases.values().map(String::as_str).collect();
                hash(&all)
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
            let used: std::collections::BTreeSet<String> = self.used.drain(..).collect();
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

fn seen(case: &CaseId, cell: &Cell) -> Seen {
    Seen {
        case: case.clone(),
        verdict: cell.verdict,
        why: cell.why.clone(),
        failed: cell.failed.clone(),
        kept: true,
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
    use super::hash;

    #[test]
    fn parts_that_only_look_alike_together_hash_apart() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&["ab", "c"]), hash(&["ab", "c"]));
    }
}
