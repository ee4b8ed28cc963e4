//! Files of every sort, loads between them, and what stands in a case's facts.

mod common;

use common::*;
use proofhouse_model::{Channel, Dur, Effect, Observation, Op};
use proofhouse_script::{api_markdown, load_device_script, load_suite_cases, run_case};
use std::sync::Arc;

const CASE: &str = "\"\"\"Title here.\n\nMore.\"\"\"\n\nload(\"../lib/tools.star\", \"look\")\n\n\
    case(\n    provisions = [\"5.1-1\"],\n    units = [\"5.1-1-1.a\"],\n    needs = [\"console\"],\n    \
    effects = [\"wears-flash\", \"factory-reset\"],\n    within = \"90s\",\n    \
    caught_on = [\"plug:shared-password\"],\n)\n\ndef run(bench: Bench):\n    look(bench)\n";
const LIB: &str = "def look(bench: Bench):\n    bench.console.line(\"x\")\n    \
    check.shown(holds = \"it is good\", otherwise = \"it is bad\", detail = \"so\", units = [\"5.1-1-1.a\"])\n";

#[test]
fn a_case_tells_its_facts_and_runs_its_library() {
    let cases = suite(&[("cases/good_one.star", CASE), ("lib/tools.star", LIB)]);
    let meta = &cases[0].meta;
    assert_eq!(meta.id.as_str(), "good_one");
    assert_eq!(meta.title, "Title here.");
    assert_eq!(meta.file, "cases/good_one.star");
    assert_eq!(meta.needs, [Channel::Console]);
    assert_eq!(meta.gravest(), Effect::FactoryReset);
    assert_eq!((meta.within, meta.takes), (Dur::secs(90), Dur::secs(5)));
    let host = Arc::new(Fake::new());
    let _ = run_case(&cases[0], None, host.clone());
    assert_eq!(
        host.checks()[0].line,
        Some(17),
        "the case's line, not the library's"
    );
}

#[test]
fn the_hash_covers_the_file_and_what_it_loads() {
    let hash = |case: &str, lib: &str| {
        suite(&[("cases/x.star", case), ("lib/tools.star", lib)])[0]
            .meta
            .sha256
            .clone()
    };
    let first = hash(CASE, LIB);
    assert_eq!(first, hash(CASE, LIB));
    assert_ne!(first, hash(&format!("{CASE}\n"), LIB));
    assert_ne!(first, hash(CASE, &format!("{LIB}\n")));
}

#[test]
fn cases_come_in_the_order_of_their_names() {
    let case = CASE.replace("../lib/tools.star", "lib/tools.star");
    let files = [
        ("cases/b.star", case.as_str()),
        ("cases/a.star", &case),
        ("lib/tools.star", LIB),
    ];
    let ids: Vec<_> = suite(&files)
        .iter()
        .map(|case| case.meta.id.to_string())
        .collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn a_mistake_in_a_library_is_told_once_in_its_own_file() {
    let lib = LIB.replace("console.line", "consle.line");
    let told = mistakes(&[
        ("cases/a.star", CASE),
        ("cases/b.star", CASE),
        ("lib/tools.star", &lib),
    ]);
    assert_eq!(told.matches("has no `consle`").count(), 1, "{told}");
    assert!(told.starts_with("lib/tools.star:2:11:"), "{told}");
}

#[test]
fn types_go_through_a_load() {
    let case = CASE.replace("    look(bench)\n", "    look(5)\n");
    let told = mistakes(&[("cases/a.star", &case), ("lib/tools.star", LIB)]);
    assert!(told.contains("cases/a.star:17:10: this is `int`"), "{told}");
}

#[test]
fn loads_stay_inside_and_make_no_ring() {
    for (load, wanted) in [
        ("../../etc/x.star", "cannot leave"),
        ("/etc/x.star", "names a file of this folder"),
        ("../lib/tools", "ends in `.star`"),
        ("../lib/none.star", "there is no file lib/none.star"),
        ("@cell//x.star", "there is no file @cell/x.star"),
    ] {
        let case = CASE.replace("../lib/tools.star", load);
        let told = mistakes(&[("cases/a.star", &case), ("lib/tools.star", LIB)]);
        assert!(told.starts_with("cases/a.star:5:6: "), "{load}: {told}");
        assert!(told.contains(wanted), "{load}: {told}");
    }
    let ring = format!("load(\"lib/other.star\", \"x\")\n{LIB}");
    let told = mistakes(&[
        ("cases/a.star", CASE),
        ("lib/tools.star", &ring),
        (
            "lib/other.star",
            "load(\"./tools.star\", \"look\")\n\ndef x():\n    look(None)\n",
        ),
    ]);
    assert!(told.contains("files load each other"), "{told}");
    let told = mistakes(&[
        ("cases/a.star", &CASE.replace("look", "loook")),
        ("lib/tools.star", LIB),
    ]);
    assert!(
        told.contains("did you mean") || told.contains("nearest: look"),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out() {
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), &[("tools.star", LIB)]);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("cases/a.star", CASE), ("lib/x.star", "")]);
    std::os::unix::fs::symlink(
        outside.path().join("tools.star"),
        folder.path().join("lib/tools.star"),
    )
    .unwrap();
    let (cases, found) = load_suite_cases(folder.path());
    assert!(cases.is_empty());
    assert!(told(folder.path(), &found).contains("not by a link either"));
}

#[test]
fn odd_files_are_told_and_the_others_still_load() {
    let folder = tempfile::tempdir().unwrap();
    let good = CASE.replace("../lib/tools.star", "lib/tools.star");
    write(
        folder.path(),
        &[
            ("cases/good.star", &good),
            ("lib/tools.star", LIB),
            ("cases/notes.txt", "no"),
        ],
    );
    let cases = folder.path().join("cases");
    std::fs::create_dir(cases.join("folder.star")).unwrap();
    std::fs::write(cases.join("latin.star"), b"\"\"\"caf\xe9\"\"\"").unwrap();
    std::fs::write(cases.join("huge.star"), vec![b'#'; 1024 * 1024 + 1]).unwrap();
    std::fs::write(cases.join("empty.star"), "").unwrap();
    std::fs::write(cases.join("nul.star"), "\"\"\"x\"\"\"\0\0").unwrap();
    let (loaded, found) = load_suite_cases(folder.path());
    assert_eq!(loaded.len(), 1);
    let told = told(folder.path(), &found);
    for wanted in [
        "cases/folder.star: is a folder",
        "cases/latin.star: is not UTF-8: byte 6",
        "cases/huge.star: is larger than 1 MiB",
        "cases/empty.star:1:1: this file has no head",
        "cases/nul.star:1:",
    ] {
        assert!(told.contains(wanted), "{wanted}\n{told}");
    }
}

#[test]
fn a_missing_suite_is_told_and_a_missing_device_script_is_fine() {
    let folder = tempfile::tempdir().unwrap();
    let (cases, found) = load_suite_cases(&folder.path().join("nowhere"));
    assert!(cases.is_empty());
    assert!(found[0].message.starts_with("cannot be read"));
    let (script, found) = load_device_script(folder.path());
    assert!(script.is_none() && found.is_empty());
    std::fs::create_dir(folder.path().join("device.star")).unwrap();
    let (script, found) = load_device_script(folder.path());
    assert!(script.is_none());
    assert_eq!(found[0].message, "is a folder");
}

#[test]
fn deep_nesting_does_not_break_the_loader() {
    // At the bounds: the tree is walked by recursion. Over them: told.
    let head = "\"\"\"T.\"\"\"\n\ncase(provisions = [\"5.1-1\"])\n\ndef run(bench: Bench):\n    \
        check.shown(holds = \"x\", otherwise = \"not x\", detail = \"y\")\n\n";
    let level = format!("1{} + (", " + 1".repeat(390));
    let deepest = format!(
        "{head}def f():\n    return {}1{}\n",
        level.repeat(49),
        ")".repeat(49)
    );
    let commas = deepest
        .replace(" + (", " + len([1,")
        .replace("1)", "1])")
        .replace("))", ")])");
    for text in [
        format!("{head}def f():\n    return {}1\n", "not ".repeat(399)),
        format!("{head}X = {}1{}\n", "[".repeat(50), "]".repeat(50)),
        format!("{head}def f():\n    return {}1\n", "lambda: ".repeat(399)),
        commas,
    ] {
        mistakes(&[("cases/a.star", &text)]);
    }
    let told = mistakes(&[(
        "cases/a.star",
        &format!("X = {}{}", "[".repeat(150), "]".repeat(150)),
    )]);
    assert!(
        told.starts_with("cases/a.star:1:55: brackets nest too deep"),
        "{told}"
    );
}

#[test]
fn the_interface_is_described_with_signatures_and_meanings() {
    let api = api_markdown();
    for wanted in [
        "- `expect(pattern: str, within: str = \"5s\") -> Match`: Waits for a pattern.",
        "- `watch(pattern: str, during: str = \"1s\") -> Match | None`",
        "- `send(bytes: str | Bytes) -> None`",
        "headers: dict[str, str] = {}, body: str | Bytes = \"\"",
        "- `finds: list[Find] | None`",
        "- `refused(answer: anything, *, holds: str, otherwise: str, strict: bool = False",
        "- `def install(bench: Bench, owner, image)` returns Answer",
        "- `case(provisions: list[str], units: list[str] = []",
    ] {
        assert!(api.contains(wanted), "{wanted}\n{api}");
    }
    assert_eq!(api, api_markdown(), "the same every time");
    let without: Vec<_> = api
        .lines()
        .filter(|line| line.starts_with("- `") && line.ends_with('`'))
        .collect();
    assert!(without.is_empty(), "no meaning: {without:?}");
    assert!(!api.contains("typing."), "a word of Starlark's own");
}

#[test]
fn floats_of_the_journal_survive_this_crates_json_features() {
    // starlark switches on serde_json's `arbitrary_precision` for the whole program.
    let event = Observation::Passwords {
        weaknesses: vec![],
        compared: 2,
        least_bits: 31.5,
        derivations: 7,
        listed: "then".to_owned(),
    };
    let text = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::from_str::<Observation>(&text).unwrap(), event);
    let op = Op::Idle {
        length: Dur::secs(1),
    };
    let text = serde_json::to_string(&op).unwrap();
    assert_eq!(serde_json::from_str::<Op>(&text).unwrap(), op);
    let fact = proofhouse_model::Fact::Measured(proofhouse_model::Measurement {
        name: "x".into(),
        value: 0.1,
        unit: "s".into(),
        limit: Some(proofhouse_model::Limit::AtMost(2.5)),
    });
    let text = serde_json::to_string(&fact).unwrap();
    assert_eq!(
        serde_json::from_str::<proofhouse_model::Fact>(&text).unwrap(),
        fact
    );
}

#[test]
fn no_unsafe_is_written_by_hand() {
    fn look(folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                for word in [
                    "unsafe {",
                    "unsafe fn",
                    "unsafe impl",
                    "unsafe trait",
                    "unsafe extern",
                ] {
                    assert!(!text.contains(word), "{}: {word}", path.display());
                }
            }
        }
    }
    look(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
}
