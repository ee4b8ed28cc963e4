//! The forms a needle may have in flash.

use proofhouse_model::forms;

/// Shortest form that is looked for.
const SHORTEST: usize = super::SHORTEST;

/// One form of one needle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// Index of the needle.
    pub(super) needle: usize,
    /// Which it is.
    pub(super) form: forms::Form,
    /// Name in reports.
    pub(super) name: &'static str,
    /// What to look for.
    pub(super) bytes: Vec<u8>,
}

/// All forms; of equal ones (hex without letters, palindromes) only the first.
pub(super) fn of(needle: usize, value: &[u8]) -> Vec<Form> {
    let form = |(form, bytes): (forms::Form, Vec<u8>)| Form {
        needle,
        form,
        name: form.name(),
        bytes,
    };
    forms::all(value, SHORTEST).into_iter().map(form).collect()
}
