//! The suite's data has the figures of the standard.

mod common;

use common::{edition, shown, suite};
use proofhouse_model::statement;
use proofhouse_model::{Level, Provision, ProvisionId, UnitNature};
use proofhouse_planner::{field_key, read_suite};
use std::collections::BTreeSet;

fn count(provisions: &[Provision], level: Level) -> usize {
    provisions.iter().filter(|p| p.level == level).count()
}

#[test]
fn the_2020_edition_has_68_provisions_and_226_units() {
    let suite = suite("V2.1.1");
    let all = &suite.catalogue.provisions;
    assert_eq!(all.len(), 68);
    assert_eq!((count(all, Level::M), count(all, Level::R)), (33, 35));
    assert_eq!(all.iter().filter(|p| !p.conditions.is_empty()).count(), 23);
    assert!(all.iter().all(|p| !p.feature && !p.units.is_empty()));
    assert_eq!(suite.catalogue.conditions.len(), 13);
    assert_eq!(suite.test_cases.len(), 109);
    let of = |nature| {
        let units = all.iter().flat_map(|p| &p.units);
        units.filter(|u| u.nature == nature).count()
    };
    assert_eq!(of(UnitNature::Conceptual), 124);
    assert_eq!(of(UnitNature::Functional), 102);
    for provision in all {
        for unit in &provision.units {
            assert_eq!(unit.id.provision(), provision.id);
        }
    }
}

#[test]
fn the_mixed_case_and_the_single_functional_cases_are_as_printed() {
    let suite = suite("V2.1.1");
    let natures = |id: &str| {
        let id = ProvisionId::new(id).unwrap();
        let units = &suite.catalogue.provision(&id).unwrap().units;
        let functional = |n| n == UnitNature::Functional;
        let read = units.iter().map(|u| (u.id.as_str(), functional(u.nature)));
        read.collect::<Vec<_>>()
    };
    let mixed = [
        ("5.3-10-1.a", false),
        ("5.3-10-1.b", false),
        ("5.3-10-1.c", true),
    ];
    assert_eq!(natures("5.3-10"), mixed);
    for id in ["5.8-3", "5.11-3", "5.11-4", "5.12-2", "5.12-3"] {
        assert!(natures(id).iter().all(|(_, f)| *f), "{id}");
    }
}

#[test]
fn the_2024_edition_has_78_provisions_and_says_which_have_no_unit() {
    let suite = suite("V3.1.3");
    let all = &suite.catalogue.provisions;
    assert_eq!(all.len(), 78);
    assert_eq!((count(all, Level::M), count(all, Level::R)), (36, 42));
    assert_eq!(all.iter().filter(|p| p.feature).count(), 38);
    for provision in all {
        let (units, why) = (&provision.units, &provision.without_units);
        assert_eq!(units.is_empty(), why.is_some(), "{}", provision.id);
    }
    let without: Vec<_> = all.iter().filter(|p| p.units.is_empty()).collect();
    let new = |p: &&&Provision| p.without_units.as_ref().unwrap().contains("new");
    assert_eq!((without.len(), without.iter().filter(new).count()), (16, 4));
    assert_eq!(suite.former.provisions.len(), 68);
    for void in ["5.3-4", "5.3-6", "5.3-15", "5.6-4", "5.13-1", "6-3"] {
        let id = ProvisionId::new(void).unwrap();
        assert!(suite.catalogue.provision(&id).is_none(), "{void}");
    }
    assert!(suite.doubts.iter().any(|d| d.provision.is_none()));
}

#[test]
fn statuses_print_as_in_the_standard() {
    let status = |edition, id: &str| {
        let suite = suite(edition);
        let id = ProvisionId::new(id).unwrap();
        suite.catalogue.provision(&id).unwrap().status()
    };
    assert_eq!(status("V2.1.1", "5.3-10"), "M C (11, 12)");
    assert_eq!(status("V2.1.1", "5.6-2"), "M");
    assert_eq!(status("V3.1.3", "5.1-5"), "M C (14) F");
    assert_eq!(status("V3.1.3", "5.3-1"), "R F");
}

#[test]
fn the_crosswalks_have_their_rows_and_own_up_to_judgement() {
    let guides = suite("V2.1.1").catalogue.guides;
    let names: Vec<_> = guides
        .iter()
        .map(|g| (g.name.as_str(), g.rows.len()))
        .collect();
    assert_eq!(names, [("ACSC", 100), ("PSTI", 13)]);
    assert_eq!(guides[0].rows.iter().filter(|r| r.bad_example).count(), 26);
    assert!(guides[0].rows.iter().all(|r| !r.from_text));
    assert!(guides[1].rows.iter().all(|r| r.from_text && !r.bad_example));
    let unlinked = guides[0].rows.iter().filter(|r| r.provisions.is_empty());
    let unlinked: Vec<_> = unlinked.map(|r| r.id.as_str()).collect();
    assert_eq!(
        unlinked,
        ["acsc-3-b2", "acsc-5-g6", "acsc-5-b2", "acsc-7-g3"]
    );
}

#[test]
fn links_to_the_2020_edition_are_not_carried_into_the_2024_one() {
    let guides = suite("V3.1.3").catalogue.guides;
    assert_eq!(guides.iter().map(|g| g.rows.len()).sum::<usize>(), 113);
    let mut rows = guides.iter().flat_map(|g| &g.rows);
    assert!(rows.all(|r| r.provisions.is_empty()));
}

#[test]
fn the_ixit_has_29_tables_with_distinct_keys() {
    let suite = suite("V2.1.1");
    assert_eq!(suite.ixit.len(), 29);
    let single = suite.ixit.iter().filter(|t| !t.many_rows);
    let single: Vec<_> = single.map(|t| t.id.as_str()).collect();
    assert_eq!(single, ["2-UserInfo", "4-Conf", "9-ReplSup"]);
    for table in &suite.ixit {
        let keys: BTreeSet<_> = table.fields.iter().map(|f| field_key(f)).collect();
        assert_eq!(keys.len(), table.fields.len(), "{}", table.id);
        assert!(!keys.contains("bench"), "{} would clash", table.id);
    }
}

#[test]
fn what_is_not_settled_stays_visible() {
    let doubts = suite("V2.1.1").doubts;
    let of = |id: &str| {
        let id = ProvisionId::new(id).unwrap();
        doubts
            .iter()
            .filter(|d| d.provision.as_ref() == Some(&id))
            .count()
    };
    assert_eq!(
        (of("4-1"), of("5.3-10"), of("5.1-3"), of("5.2-1")),
        (1, 1, 1, 0)
    );
    assert_eq!(doubts.len(), 20, "18 unconfirmed conditions and 2 more");
}

#[test]
fn a_broken_suite_is_told_file_by_file() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write(
        "suite.toml",
        "name = \"s\"\ntitle = \"t\"\nstandard = \"S\"\ndefault-edition = \"V2.1.1\"\n[[edition]]\nid = \"V2.1.1\"\n\
         provisions = \"p.toml\"\ngroups = \"g.toml\"\nixit = \"i.toml\"\ncrosswalks = [\"c.toml\"]\n",
    );
    write(
        "p.toml",
        "edition = \"V2.1.1\"\n[conditions]\n1 = \"x\"\n[[provision]]\nid = \"5.1-1\"\n\
         title = \"t\"\nlevel = \"M\"\nconditions = [1]\n",
    );
    write(
        "g.toml",
        "specification = \"s\"\nedition = \"V2.1.1\"\n[[case]]\nid = \"5.1-2-1\"\nabout = \"a\"\n\
         functional = [\"a\"]\n",
    );
    write(
        "i.toml",
        "specification = \"s\"\n[[table]]\nid = \"1-A\"\nname = \"A\"\n",
    );
    let found = read_suite(dir.path(), edition("V2.1.1")).unwrap_err();
    let want = "3:1 this edition has no provision 5.1-2 | - | 5.1-1\n\
                2:1 `many-rows` is missing here | - | -\n\
                2:1 `fields` is missing here | - | -\n\
                file there is no such file | - | g.toml\n";
    // Any of the one-letter names is as near as another; the first by name is offered.
    assert_eq!(shown(&found).replace("| i.toml", "| g.toml"), want);
    let found = read_suite(dir.path(), edition("V3.1.3")).unwrap_err();
    assert_eq!(
        shown(&found),
        "1:1 this suite has no edition V3.1.3 | \"V2.1.1\" | V2.1.1\n"
    );
}

/// A unit that no rule knows would go to a person without a word of what to look at; one of two rules has two words.
#[test]
fn every_unit_that_is_settled_by_reading_has_one_rule_and_a_sentence() {
    let suite = suite("V2.1.1");
    let units = || suite.catalogue.provisions.iter().flat_map(|p| &p.units);
    let conceptual = units().filter(|unit| unit.nature == UnitNature::Conceptual);
    let mut wanted: Vec<&str> = conceptual.map(|unit| unit.id.as_str()).collect();
    let mut ruled: Vec<&str> = statement::units().map(|(unit, _)| unit).collect();
    wanted.sort_unstable();
    ruled.sort_unstable();
    assert_eq!(ruled, wanted);
    let cases = || suite.test_cases.iter().map(|case| case.about.as_str());
    for unit in units().filter(|unit| unit.nature == UnitNature::Conceptual) {
        let of_a_case = cases().any(|about| about == unit.about);
        assert!(!of_a_case && unit.about.ends_with('.'), "{}", unit.id);
    }
}
