//! What is wrong with a suite, as its matrix shows it. Pure.

use super::{Defect, Desk, Matrix, Run, Seen, Subject};
use proofhouse_model::{CaseId, ProvisionId, Verdict};
use std::fmt;

/// One reason why the suite, a device or a promise is not in order. Without any, the suite is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Complaint {
    /// A run gave no result.
    NoResult(Subject, String),
    /// A run comes to something else when it is judged again from its own record: what of it, and how.
    Otherwise(Subject, String, String),
    /// Nothing was tried of a kind without which there is no proof.
    NothingTried(&'static str),
    /// The head of a case names no defect it must catch.
    PromisesNothing(CaseId),
    /// A case caught no defect at all.
    KillsNothing(CaseId),
    /// A promise names a defect or blind that was not tried.
    NotTried(CaseId, String),
    /// A case promises to catch a defect and did not: how it came out and why.
    PromiseBroken(CaseId, String, String),
    /// No case caught a defect.
    Survives(String),
    /// No case promises anything about a defect or blind.
    Orphan(String),
    /// A defect breaks a provision, and no case made it fail.
    NotFailed(String, ProvisionId),
    /// It is said why no case can see a provision fail, and that is not so: what is wrong with it.
    NotUnseen(String, ProvisionId, &'static str),
    /// A provision failed that the defect does not break.
    Unrelated(String, ProvisionId),
    /// A case came to pass or fail although it could not know: the blind, the verdict and its reason.
    Decided(CaseId, String, String),
    /// A case caught a defect, and a provision that it serves and the defect breaks did not fail.
    Spared(CaseId, String, ProvisionId),
    /// A case failed on an honest product that was only badly described.
    BlindFailed(CaseId, String, String),
    /// An honest product did not pass: how the case came out and why.
    HonestNotPassed(CaseId, Subject, String),
    /// An honest product made a provision fail, or the exit code was not 0.
    HonestRejected(Subject, String),
    /// The exit code was 0 although the subject could not pass.
    ExitZero(Subject),
    /// A broken statement was not caught as it was written to be: what is wrong, and the command that shows it.
    Statement(String, String, String),
    /// No broken statement was found by this rule of the desk review.
    RuleNeverBroken(String),
    /// The desk review found fault with the statement of an honest product: the rule, and what it says.
    HonestStatement(String, String, String),
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoResult(on, why) => write!(f, "{on}: the run gave no result: {why}"),
            Self::Otherwise(on, what, how) => {
                write!(f, "judged again, {what} of {on} says otherwise: {how}")
            }
            Self::NothingTried(what) => write!(f, "there was no {what}, so nothing is proved"),
            Self::PromisesNothing(case) => write!(
                f,
                "{case} names no defect in caught_on: write down what it must catch, and see it fail on that"
            ),
            Self::KillsNothing(case) => {
                write!(f, "{case} caught no defect: nobody has seen it fail")
            }
            Self::NotTried(case, name) => {
                write!(
                    f,
                    "{case} names {name}, which was not tried: is it spelt right?"
                )
            }
            Self::PromiseBroken(case, name, how) => {
                write!(f, "{case} must catch {name} and did not: {how}")
            }
            Self::Survives(name) => write!(f, "{name} was caught by no case"),
            Self::Orphan(name) => write!(f, "{name} is named by no case"),
            Self::NotFailed(name, provision) => write!(
                f,
                "{name} breaks {provision}, and no case failed {provision} on it: see it fail, or say beside the \
                 defect why no case can"
            ),
            Self::NotUnseen(name, provision, how) => write!(
                f,
                "{name} gives a reason why no case can see {provision} fail, and {how}"
            ),
            Self::Unrelated(name, provision) => write!(
                f,
                "{name} made {provision} fail, which is not among the provisions it breaks"
            ),
            Self::Spared(case, name, provision) => write!(
                f,
                "{case} caught {name} and did not make {provision} fail, which it serves and the defect breaks"
            ),
            Self::Decided(case, name, how) => {
                write!(
                    f,
                    "{case} cannot know under {name}, and came to a verdict: {how}"
                )
            }
            Self::BlindFailed(case, name, how) => {
                write!(f, "{case} failed on an honest product under {name}: {how}")
            }
            Self::HonestNotPassed(case, on, how) => {
                write!(f, "{case} did not pass on {on}: {how}")
            }
            Self::HonestRejected(on, how) => write!(f, "{on}: {how}"),
            Self::ExitZero(on) => write!(f, "{on}: the run ended with exit code 0"),
            Self::Statement(name, what, again) => {
                write!(f, "the broken statement {name} {what}; to see it: {again}")
            }
            Self::RuleNeverBroken(rule) => write!(
                f,
                "no broken statement is found by the rule {rule}: nobody has seen it fail"
            ),
            Self::HonestStatement(product, rule, what) => write!(
                f,
                "the statement of the honest {product} is found at fault by {rule}: {what}"
            ),
        }
    }
}

/// Everything that is wrong, cases first, then runs in their order. Empty: the suite is proved.
#[must_use]
pub fn complaints(matrix: &Matrix) -> Vec<Complaint> {
    let mut out = Vec::new();
    if matrix.cases.is_empty() {
        out.push(Complaint::NothingTried("case"));
    }
    if matrix.honest().next().is_none() {
        out.push(Complaint::NothingTried("honest run"));
    }
    if matrix.tried().next().is_none() {
        out.push(Complaint::NothingTried("defect"));
    }
    judge_cases(matrix, &mut out);
    if !matrix.partial {
        judge_names(matrix, &mut out);
    }
    for run in &matrix.runs {
        judge_run(matrix, run, &mut out);
    }
    out.extend(matrix.desk.iter().flat_map(Desk::complaints));
    out
}

fn judge_cases(matrix: &Matrix, out: &mut Vec<Complaint>) {
    for promise in &matrix.cases {
        let case = &promise.case;
        if promise.caught_on.is_empty() {
            out.push(Complaint::PromisesNothing(case.clone()));
        }
        let here = matrix.owed(&promise.caught_on).next().is_some();
        let catches = matrix.tried().any(|d| matrix.kills(case, &d.name));
        if !catches && (here || promise.caught_on.is_empty()) {
            out.push(Complaint::KillsNothing(case.clone()));
        }
        let defects = matrix.owed(&promise.caught_on).cloned();
        let blinds = matrix.owed(&promise.undecided_on).cloned();
        let subjects = defects
            .map(Subject::Defect)
            .chain(blinds.map(Subject::Blind));
        for subject in subjects {
            if matrix.on(&subject).next().is_none() {
                out.push(Complaint::NotTried(case.clone(), subject.to_string()));
            }
        }
    }
}

/// What a whole proof owes: each defect caught in all that it breaks, each defect and blind named.
fn judge_names(matrix: &Matrix, out: &mut Vec<Complaint>) {
    for defect in &matrix.defects {
        if !matrix.is_killed(&defect.name) {
            out.push(Complaint::Survives(defect.name.clone()));
        }
        if !matrix
            .cases
            .iter()
            .any(|p| p.caught_on.contains(&defect.name))
        {
            out.push(Complaint::Orphan(defect.name.clone()));
        }
    }
    for defect in matrix.tried().filter(|d| matrix.is_killed(&d.name)) {
        judge_breaks(matrix, defect, out);
    }
    for blind in &matrix.blinds {
        if !matrix
            .cases
            .iter()
            .any(|p| p.undecided_on.contains(&blind.name))
        {
            out.push(Complaint::Orphan(blind.name.clone()));
        }
    }
}

/// A defect is caught for what it is only when each provision that it breaks was seen to fail.
fn judge_breaks(matrix: &Matrix, defect: &Defect, out: &mut Vec<Complaint>) {
    let excused = |p: &ProvisionId| defect.unseen.iter().any(|(id, _)| id == p);
    for provision in defect.provisions.iter().filter(|p| !excused(p)) {
        if !matrix.fails_on(provision, defect) {
            out.push(Complaint::NotFailed(defect.name.clone(), provision.clone()));
        }
    }
    for (provision, _) in &defect.unseen {
        let how = match defect.provisions.contains(provision) {
            false => "does not break it",
            true if matrix.fails_on(provision, defect) => "a case saw it fail",
            true => continue,
        };
        let name = defect.name.clone();
        out.push(Complaint::NotUnseen(name, provision.clone(), how));
    }
}

fn judge_run(matrix: &Matrix, run: &Run, out: &mut Vec<Complaint>) {
    if run.trouble.is_some() || run.exit.is_none() {
        let why = run.trouble.as_deref().unwrap_or("it has no exit code");
        out.push(Complaint::NoResult(run.subject.clone(), why.to_owned()));
    }
    for (what, how) in run.otherwise.clone() {
        out.push(Complaint::Otherwise(run.subject.clone(), what, how));
    }
    match &run.subject {
        Subject::Honest { product, .. } => judge_honest(matrix, run, product, out),
        Subject::Defect(name) => judge_defect(matrix, run, name, out),
        Subject::Blind(name) => judge_blind(matrix, run, name, out),
    }
}

fn judge_honest(matrix: &Matrix, run: &Run, product: &str, out: &mut Vec<Complaint>) {
    for promise in matrix.cases.iter().filter(|p| p.is_owed_on(product)) {
        let seen = run.seen(&promise.case);
        if seen.and_then(|s| s.verdict) != Some(Verdict::Pass) {
            let (case, on) = (promise.case.clone(), run.subject.clone());
            out.push(Complaint::HonestNotPassed(case, on, how(seen)));
        }
    }
    for provision in run.failed() {
        let what = format!("{provision} failed on an honest product");
        out.push(Complaint::HonestRejected(run.subject.clone(), what));
    }
    if run.exit.is_some_and(|code| code != 0) {
        let what = "the exit code on an honest product was not 0".to_owned();
        out.push(Complaint::HonestRejected(run.subject.clone(), what));
    }
}

fn judge_defect(matrix: &Matrix, run: &Run, name: &str, out: &mut Vec<Complaint>) {
    let mut owed = false;
    let breaks = matrix.defects.iter().find(|d| d.name == name);
    let breaks = breaks.map_or(&[][..], |d| &d.provisions);
    for promise in &matrix.cases {
        if !promise.caught_on.iter().any(|d| d == name) {
            continue;
        }
        owed = true;
        if !run.came_to(&promise.case, Verdict::Fail) {
            let how = how(run.seen(&promise.case));
            let case = promise.case.clone();
            out.push(Complaint::PromiseBroken(case, name.to_owned(), how));
            continue;
        }
        let failed = run.seen(&promise.case).map_or(&[][..], |s| &s.failed);
        let serves = breaks.iter().filter(|p| promise.provisions.contains(p));
        for spared in serves.filter(|p| !failed.contains(p)) {
            let case = promise.case.clone();
            out.push(Complaint::Spared(case, name.to_owned(), spared.clone()));
        }
    }
    for provision in run.failed().into_iter().filter(|p| !breaks.contains(p)) {
        out.push(Complaint::Unrelated(name.to_owned(), provision.clone()));
    }
    if owed && run.exit == Some(0) {
        out.push(Complaint::ExitZero(run.subject.clone()));
    }
}

fn judge_blind(matrix: &Matrix, run: &Run, name: &str, out: &mut Vec<Complaint>) {
    let mut owed = false;
    for promise in &matrix.cases {
        let seen = run.seen(&promise.case);
        let verdict = seen.and_then(|s| s.verdict);
        let (case, name) = (promise.case.clone(), name.to_owned());
        if promise.undecided_on.contains(&name) {
            owed = true;
            if matches!(verdict, Some(Verdict::Pass | Verdict::Fail)) {
                out.push(Complaint::Decided(case, name, how(seen)));
            }
        } else if verdict == Some(Verdict::Fail) {
            out.push(Complaint::BlindFailed(case, name, how(seen)));
        }
    }
    if owed && run.exit == Some(0) {
        out.push(Complaint::ExitZero(run.subject.clone()));
    }
}

fn how(seen: Option<&Seen>) -> String {
    match seen {
        None => "the run has no result of it".to_owned(),
        Some(seen) if seen.why.is_empty() => seen.word().to_owned(),
        Some(seen) => format!("{}: {}", seen.word(), seen.why),
    }
}
