//! The last proof of a suite, read from where `prove` sealed it.

use crate::args::Selection;
use proofhouse_model::{Diagnostic, Proof};
use proofhouse_report::matrix;
use std::path::Path;

/// Name of the file in which `prove` keeps its result for later runs.
pub const PROOF_FILE: &str = "proof.json";
/// The matrix that it was made from, beside it.
pub const MATRIX_FILE: &str = "matrix.json";
/// Folder of both among the runs, sealed as they are.
pub const PROOF_DIR: &str = "proof";

/// Longest proof read, in bytes.
const LONGEST_PROOF: u64 = 16 << 20;

/// The last proof of the suite. A folder that was named must be there.
pub(super) fn proof(selection: &Selection, root: &Path) -> Result<Option<Proof>, Vec<Diagnostic>> {
    let path = match &selection.proof {
        Some(given) => given.clone(),
        None => root.join("runs").join(PROOF_DIR),
    };
    if selection.proof.is_none() && std::fs::symlink_metadata(&path).is_err() {
        return Ok(None);
    }
    read_proof(&path).map(Some).map_err(|why| {
        let message = format!("this proof of the suite does not count: {why}");
        let help = "make it again with `proofhouse prove`, or remove the folder";
        vec![Diagnostic::whole(&path.display().to_string(), message).help(help)]
    })
}

/// A proof counts only from a folder of which every byte is as `prove` sealed it, with the matrix that shows it.
///
/// # Errors
/// Why it does not.
pub fn read_proof(folder: &Path) -> Result<Proof, String> {
    if !folder.is_dir() {
        let what =
            "a proof is the folder that `prove` seals (such as runs/proof), and this is no folder";
        return Err(what.to_owned());
    }
    let files =
        proofhouse_journal::read_sealed(folder, LONGEST_PROOF).map_err(|e| e.to_string())?;
    let file = |name: &str| {
        files
            .get(name)
            .ok_or_else(|| format!("there is no {name} in it"))
    };
    let proof =
        serde_json::from_slice(file(PROOF_FILE)?).map_err(|e| format!("{PROOF_FILE}: {e}"))?;
    matrix::vouches(file(MATRIX_FILE)?, &proof)?;
    Ok(proof)
}
