//! Where a row of another guide stands.

use proofhouse_model::Verdict;
use proofhouse_model::fold::GuideResult;

/// A guide row that a case served directly.
#[derive(Debug)]
pub struct GuideView<'a> {
    /// The fold.
    pub result: &'a GuideResult,
    /// What its state means for the run.
    pub verdict: Verdict,
}

impl<'a> GuideView<'a> {
    pub(crate) fn new(result: &'a GuideResult) -> Self {
        Self {
            result,
            verdict: result.state.into(),
        }
    }

    /// Title of the row; of a bad example it is said that it is one, since holding means it was not found.
    #[must_use]
    pub fn title(&self) -> String {
        let row = &self.result.row;
        match row.bad_example {
            true => format!("bad practice: {}", row.title),
            false => row.title.clone(),
        }
    }

    /// Name of the guide and id of the row, such as `ACSC acsc-6-g4`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.result.guide, self.result.row.id)
    }
}
