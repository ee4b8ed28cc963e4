//! The proof that plans carry, from a matrix.

use super::{Matrix, Promise, Run, Subject};
use proofhouse_model::{CaseId, CaseProof, Proof, Verdict};
use serde::Deserialize;

/// What the matrix proves, case by case. It holds for these texts of the cases only.
#[must_use]
pub fn proof(matrix: &Matrix) -> Proof {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let tried = || matrix.tried();
    Proof {
        at: matrix.at.clone(),
        tool: matrix.tool.clone(),
        products: matrix.products.clone(),
        defects: count(tried().count()),
        killed: count(tried().filter(|d| matrix.is_killed(&d.name)).count()),
        cases: matrix
            .cases
            .iter()
            .map(|p| (p.case.clone(), of_case(matrix, p)))
            .collect(),
    }
}

/// Holds a proof against the matrix that is kept with it, as its JSON: one that says more was not made from it.
///
/// # Errors
/// What does not agree.
pub fn vouches(matrix: &[u8], proof: &Proof) -> Result<(), String> {
    let matrix: Kept =
        serde_json::from_slice(matrix).map_err(|e| format!("the matrix is none: {e}"))?;
    if (&matrix.at, &matrix.tool) != (&proof.at, &proof.tool) {
        return Err("the matrix is of another proof".to_owned());
    }
    let shown = |row: &KeptCase, proved: &CaseProof| {
        let came_to = |kind: &str, on: &str, verdict| {
            let on = |run: &&KeptRun| run.kind == kind && run.on == on;
            let mut runs = matrix.runs.iter().filter(on).peekable();
            runs.peek().is_some()
                && runs.all(|r| {
                    r.cases
                        .iter()
                        .any(|c| c.case == row.id && c.verdict == Some(verdict))
                })
        };
        let killed = |name: &String| came_to("defect", name, Verdict::Fail);
        let honest = matrix.runs.iter().filter(|run| run.kind == "honest");
        let honest = honest
            .filter(|run| came_to("honest", &run.on, Verdict::Pass))
            .count();
        &row.proof == proved
            && proved.killed.iter().all(killed)
            && usize::try_from(proved.honest.0).is_ok_and(|passed| passed <= honest)
    };
    for (id, proved) in &proof.cases {
        if !matrix
            .cases
            .iter()
            .any(|row| &row.id == id && shown(row, proved))
        {
            return Err(format!(
                "what it says of {id} is not what the runs of the matrix show"
            ));
        }
    }
    Ok(())
}

/// As much of the matrix as is held against a proof.
#[derive(Deserialize)]
struct Kept {
    at: String,
    tool: String,
    cases: Vec<KeptCase>,
    runs: Vec<KeptRun>,
}

#[derive(Deserialize)]
struct KeptCase {
    id: CaseId,
    #[serde(flatten)]
    proof: CaseProof,
}

#[derive(Deserialize)]
struct KeptRun {
    kind: String,
    on: String,
    cases: Vec<KeptSeen>,
}

#[derive(Deserialize)]
struct KeptSeen {
    case: CaseId,
    verdict: Option<Verdict>,
}

pub(super) fn of_case(matrix: &Matrix, promise: &Promise) -> CaseProof {
    let case = &promise.case;
    let killed = matrix.tried().filter(|d| matrix.kills(case, &d.name));
    let survived = matrix.owed(&promise.caught_on);
    let survived = survived.filter(|d| !matrix.kills(case, d));
    let (undecided, decided) = matrix
        .owed(&promise.undecided_on)
        .cloned()
        .partition(|name| stays_open(matrix, promise, name));
    let owed = |run: &&Run| matches!(&run.subject, Subject::Honest { product, .. } if promise.is_owed_on(product));
    let honest = || matrix.honest().filter(owed);
    let passed = honest().filter(|r| r.came_to(case, Verdict::Pass)).count();
    CaseProof {
        sha256: promise.sha256.clone(),
        killed: killed.map(|d| d.name.clone()).collect(),
        survived: survived.cloned().collect(),
        undecided,
        decided,
        honest: (
            u32::try_from(passed).unwrap_or(u32::MAX),
            u32::try_from(honest().count()).unwrap_or(u32::MAX),
        ),
    }
}

/// Under that blind the case came to neither pass nor fail; a blind that was not tried counts against it.
fn stays_open(matrix: &Matrix, promise: &Promise, blind: &str) -> bool {
    let subject = Subject::Blind(blind.to_owned());
    let mut runs = matrix.on(&subject).peekable();
    let open = |v| !matches!(v, Some(Verdict::Pass | Verdict::Fail));
    runs.peek().is_some() && runs.all(|r| r.seen(&promise.case).is_some_and(|s| open(s.verdict)))
}
