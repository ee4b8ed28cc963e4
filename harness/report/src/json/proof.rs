//! What is known of the suite's power to fail.

use crate::view::{Proved, RunView, View};
use proofhouse_model::{CaseId, CaseProof};
use serde::Serialize;

/// One case as it was proved.
#[derive(Serialize)]
pub(super) struct ProofOut<'a> {
    /// It kept all its promises.
    proved: bool,
    #[serde(flatten)]
    proof: &'a CaseProof,
}

impl<'a> ProofOut<'a> {
    pub(super) fn of_case(view: &View<'a>, case: &CaseId) -> Option<Self> {
        let proof = view.plan.proof.as_ref()?.cases.get(case)?;
        Some(Self {
            proved: proof.holds(),
            proof,
        })
    }
}

/// The suite as it was proved. It changes no verdict.
#[derive(Serialize)]
pub(super) struct SuiteProofOut<'a> {
    at: Option<&'a str>,
    tool: Option<&'a str>,
    /// Products on which they were.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    products: &'a [String],
    /// Planned cases that are proved in this very text.
    cases_proved: usize,
    cases: usize,
    not_proved: Vec<&'a CaseId>,
    defects: Option<u32>,
    killed: Option<u32>,
    /// The same in a sentence.
    summary: String,
}

impl<'a> SuiteProofOut<'a> {
    pub(super) fn of(view: &RunView<'a>) -> Self {
        let proved = Proved::of(view.plan);
        let proof = view.plan.proof.as_ref();
        Self {
            at: proof.map(|p| p.at.as_str()),
            tool: proof.map(|p| p.tool.as_str()),
            products: proof.map_or(&[], |p| &p.products),
            cases_proved: proved.proved,
            cases: proved.proved + proved.missing.len(),
            defects: proof.map(|p| p.defects),
            killed: proof.map(|p| p.killed),
            summary: proved.summary(),
            not_proved: proved.missing,
        }
    }
}
