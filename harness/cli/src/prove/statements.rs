//! The desk review on statements that cannot be true, and on those of the products: in this process, without a device.

use crate::session::Session;
use crate::sources::Statements;
use proofhouse_model::{BenchSpec, Diagnostic, statement};
use proofhouse_planner as planner;
use proofhouse_report::matrix::{Desk, Statement};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most broken statements of a folder: far more than there are rules.
const MOST: usize = 10_000;

/// What the desk review finds. A broken statement is a bench file that is named after the rules that it breaks.
/// `common` are the arguments that say which suite it is, as given. Nothing for a suite that has no statements.
///
/// # Errors
/// The folder or the suite cannot be read.
pub fn review(session: &Session, root: &Path, common: &[String]) -> Result<Option<Desk>, String> {
    let sources = &session.sources;
    let told = |mistakes: Vec<Diagnostic>| first(&mistakes);
    let Some(found) = sources
        .statements(&session.plan.suite, root)
        .map_err(told)?
    else {
        return Ok(None);
    };
    let suite = planner::read_suite(&sources.suite, None).map_err(told)?;
    let mut desk = desk(&found, &suite, common)?;
    desk.honest = honest(session);
    Ok(Some(desk))
}

fn desk(of: &Statements, suite: &planner::Suite, common: &[String]) -> Result<Desk, String> {
    let benches = benches(&of.folder).map_err(|why| format!("{}: {why}", of.shown))?;
    let statements = benches.iter().map(|bench| look(bench, of, suite, common));
    let rules = statement::rules().map(|rule| rule.name().to_owned());
    Ok(Desk {
        rules: rules.collect(),
        statements: statements.collect(),
        honest: Vec::new(),
    })
}

fn benches(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(MOST) {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

fn look(bench: &Path, of: &Statements, suite: &planner::Suite, common: &[String]) -> Statement {
    let file = bench.file_name().unwrap_or_default().to_string_lossy();
    let mut again: Vec<&str> = vec!["proofhouse", "check"];
    again.extend(common.iter().map(String::as_str));
    let (breaks, found) = match planner::read_bench(bench) {
        Ok(bench) => (breaks(&bench), rules_of(&bench, suite)),
        Err(mistakes) => (BTreeSet::new(), Err(mistakes)),
    };
    Statement {
        name: file.trim_end_matches(".toml").to_owned(),
        breaks,
        found: found.map_err(|mistakes| first(&mistakes)),
        again: format!("{} --bench {}/{file}", again.join(" "), of.shown),
    }
}

/// Rules that cannot be broken one by one are named together.
fn breaks(bench: &BenchSpec) -> BTreeSet<String> {
    let named = bench.name.split(" and ");
    named.map(|rule| rule.trim().to_owned()).collect()
}

/// Rules that find fault with what stands in the profiles of a bench.
fn rules_of(
    bench: &BenchSpec,
    suite: &planner::Suite,
) -> Result<BTreeSet<String>, Vec<Diagnostic>> {
    let mut rules = BTreeSet::new();
    let folders: BTreeSet<&str> = bench.units.iter().map(|u| u.profile.as_str()).collect();
    for folder in folders {
        let profile = planner::read_profile(Path::new(folder), suite)?;
        let faults = statement::review(&suite.catalogue, &profile);
        rules.extend(faults.iter().map(|fault| fault.rule.name().to_owned()));
    }
    Ok(rules)
}

/// Faults in what is said of honest products: there must be none.
fn honest(session: &Session) -> Vec<(String, String, String)> {
    let products = session.plan.products.iter();
    let each = products.flat_map(|(id, product)| {
        let faults = statement::review(&session.plan.catalogue, &product.profile);
        faults
            .into_iter()
            .map(move |fault| (id.to_string(), fault.rule.name().to_owned(), fault.what))
    });
    each.collect()
}

fn first(mistakes: &[Diagnostic]) -> String {
    mistakes
        .first()
        .map_or_else(String::new, |m| format!("{}: {}", m.file, m.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_the_checkout() -> Desk {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let suite = root.join(crate::sources::CHECKOUT_SUITE);
        let suite = planner::read_suite(&suite, None).unwrap();
        let statements = Statements::of_checkout(&root);
        desk(&statements, &suite, &["--suite".to_owned(), "a".to_owned()]).unwrap()
    }

    #[test]
    fn each_broken_statement_is_caught_by_its_rule_alone_and_no_rule_is_without() {
        let desk = of_the_checkout();
        assert!(desk.statements.len() >= 60, "{}", desk.statements.len());
        for one in &desk.statements {
            assert_eq!(one.found.as_ref(), Ok(&one.breaks), "{}", one.again);
            assert!(one.is_caught(), "{}", one.again);
        }
        let found: BTreeSet<&String> = desk.statements.iter().flat_map(|s| &s.breaks).collect();
        let rules: BTreeSet<&String> = desk.rules.iter().collect();
        assert_eq!((found, desk.rules.len()), (rules.clone(), rules.len()));
    }

    #[test]
    fn the_command_that_shows_it_names_the_suite_as_it_was_given() {
        let desk = of_the_checkout();
        let again = "proofhouse check --suite a --bench fixtures/statements/app-asks.toml";
        assert!(desk.statements.iter().any(|s| s.again == again));
    }
}
