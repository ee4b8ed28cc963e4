//! What is over for sure, and of when: a clock of this computer that has it still to come is wrong.

use crate::fitness;
use proofhouse_bench::Dated;
use proofhouse_journal::{Reader, SEAL_FILE};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Most runs of a folder that are looked at, the last by name first.
const MOST: usize = 500;

/// The build of this program, and the newest sealed run beside a run; of a trial also the newest beside its folder.
pub fn before(run: &Path) -> Vec<Dated> {
    let beside = run.parent();
    let above = beside.filter(|b| b.ends_with(fitness::FOLDER));
    let folders = beside.into_iter().chain(above.and_then(Path::parent));
    let runs = folders.filter_map(newest_sealed);
    build().into_iter().chain(runs).collect()
}

fn build() -> Option<Dated> {
    let at = env!("PROOFHOUSE_BUILT").parse().ok()?;
    let at = OffsetDateTime::from_unix_timestamp(at).ok()?;
    let what = format!("this program was built at {}", at.format(&Rfc3339).ok()?);
    Some(dated(what, at))
}

fn newest_sealed(folder: &Path) -> Option<Dated> {
    let here = folder.as_os_str().is_empty();
    let found = std::fs::read_dir(if here { Path::new(".") } else { folder });
    let runs = found.ok()?.flatten().map(|entry| entry.path());
    let mut sealed: Vec<PathBuf> = runs.filter(|r| r.join(SEAL_FILE).is_file()).collect();
    sealed.sort_unstable_by(|a, b| b.cmp(a));
    sealed.truncate(MOST);
    let all = sealed.iter().filter_map(|run| began(run));
    all.max_by_key(|dated| dated.unix_ms)
}

/// When a run began, by its own record. One that cannot be read says nothing.
fn began(run: &Path) -> Option<Dated> {
    let first = Reader::open(run).ok()?.next()?.ok()?;
    let at = OffsetDateTime::parse(&first.wall, &Rfc3339).ok()?;
    let name = run.file_name()?.to_string_lossy();
    Some(dated(format!("run {name} began at {}", first.wall), at))
}

fn dated(what: String, at: OffsetDateTime) -> Dated {
    let unix_ms = at.unix_timestamp_nanos() / 1_000_000;
    Dated {
        what,
        unix_ms: i64::try_from(unix_ms).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recorded run, as begun in another year.
    fn copy(into: &Path, year: &str) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let from = root.join("fixtures/journals/honest");
        std::fs::create_dir_all(into).unwrap();
        for file in ["plan.json", "events.jsonl", SEAL_FILE] {
            let text = std::fs::read_to_string(from.join(file)).unwrap();
            let text = text.replacen("\"wall\":\"2026", &format!("\"wall\":\"{year}"), 1);
            std::fs::write(into.join(file), text).unwrap();
        }
    }

    fn told(run: &Path) -> Vec<String> {
        before(run).into_iter().map(|dated| dated.what).collect()
    }

    #[test]
    fn this_program_was_built_in_the_past() {
        let Some(build) = build() else {
            panic!("it does not say when: {}", env!("PROOFHOUSE_BUILT"));
        };
        let now = dated(String::new(), OffsetDateTime::now_utc());
        assert!((1..=now.unix_ms).contains(&build.unix_ms), "{}", build.what);
    }

    #[test]
    fn the_newest_sealed_run_beside_a_run_counts_whatever_its_name() {
        let lab = tempfile::tempdir().unwrap();
        let run = |name: &str| lab.path().join(name);
        assert_eq!(told(&run("new")).len(), 1, "the build alone");
        copy(&run("b-of-2031"), "2031");
        copy(&run("c-of-2030"), "2030");
        copy(&run("d-not-sealed"), "2032");
        std::fs::remove_file(run("d-not-sealed").join(SEAL_FILE)).unwrap();
        copy(&run("e-torn"), "2033");
        std::fs::write(run("e-torn/events.jsonl"), "{").unwrap();
        let told = told(&run("new"));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[1].starts_with("run b-of-2031 began at 2031-"),
            "{told:?}"
        );
    }

    #[test]
    fn a_trial_is_held_against_the_runs_that_it_is_for() {
        let lab = tempfile::tempdir().unwrap();
        copy(&lab.path().join("run"), "2031");
        copy(&lab.path().join("doctor/trial"), "2032");
        let of_a_trial = told(&lab.path().join("doctor/new"));
        assert_eq!(of_a_trial.len(), 3, "{of_a_trial:?}");
        assert_eq!(told(&lab.path().join("other/new")).len(), 1);
        assert_eq!(told(&lab.path().join("new")).len(), 2, "not the other way");
    }
}
