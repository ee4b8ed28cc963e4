//! The proof that plans carry, from a matrix.

use super::{Matrix, Promise, Run, Subject};
use proofhouse_model::{CaseProof, Proof, Verdict};

/// What the matrix proves, case by case. It holds for these texts of the cases only.
#[must_use]
pub fn proof(matrix: &Matrix) -> Proof {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let tried = || matrix.tried();
    Proof {
        at: matrix.at.clone(),
        tool: matrix.tool.clone(),
        defects: count(tried().count()),
        killed: count(tried().filter(|d| matrix.is_killed(&d.name)).count()),
        cases: matrix
            .cases
            .iter()
            .map(|p| (p.case.clone(), of_case(matrix, p)))
            .collect(),
    }
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
