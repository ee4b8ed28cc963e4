//! What the documents say is so: links lead somewhere, commands exist, examples are read without a mistake.

use clap::Parser;
use proofhouse::args::Cli;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SUITE: &str = "test-suites/en303645";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn proofhouse(args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    let program = program.args(args).current_dir(root());
    program.env_remove("COLUMNS").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// All Markdown files of the tree, without what is built or recorded.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let skipped = name.starts_with('.') || name == "target" || name == "runs";
            if path.is_dir() && !skipped {
                folders.push(path);
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() >= 8, "documents were not found: {found:?}");
    found
}

/// Language and lines of each block of code.
fn code(document: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    for (i, part) in document.split("\n```").enumerate() {
        if i % 2 == 1 {
            let (language, lines) = part.split_once('\n').unwrap();
            blocks.push((language.to_owned(), format!("{lines}\n")));
        }
    }
    blocks
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The first block of a language in a document.
fn example(name: &str, language: &str) -> String {
    let blocks = code(&document(name));
    let found = blocks.into_iter().find(|(of, _)| of == language);
    found.unwrap_or_else(|| panic!("no {language} in {name}")).1
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut dead = Vec::new();
    let mut followed = 0;
    for path in documents() {
        let folder = path.parent().unwrap();
        for piece in fs::read_to_string(&path).unwrap().split("](").skip(1) {
            let target = piece.split([')', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            followed += 1;
            if !folder.join(target).exists() {
                dead.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
    assert!(followed > 10, "only {followed} links were found");
}

#[test]
fn every_command_in_a_document_is_one() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for path in documents() {
        let blocks = code(&fs::read_to_string(&path).unwrap());
        for line in blocks.iter().flat_map(|(_, lines)| lines.lines()) {
            let command = line.split(" #").next().unwrap_or_default();
            let command = command.split(" > ").next().unwrap_or_default();
            let words = command.strip_prefix("cargo run -- ");
            let Some(words) = words.or_else(|| command.strip_prefix("proofhouse ")) else {
                continue;
            };
            tried += 1;
            let words = ["proofhouse"].into_iter().chain(words.split_whitespace());
            if let Err(why) = Cli::try_parse_from(words) {
                wrong.push(format!("{}: {line}: {why}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 15, "only {tried} commands were found");
}

#[test]
fn bench_file_profile_and_device_script_of_the_documents_fit_together() {
    let desk = tempfile::tempdir().unwrap();
    let profile = desk.path().join("profiles/acme-box");
    fs::create_dir_all(profile.join("images")).unwrap();
    let facts = example("device-profiles/README.md", "toml");
    for image in facts.split('"').filter(|t| t.starts_with("images/")) {
        fs::write(profile.join(image), "an image").unwrap();
    }
    fs::write(profile.join("profile.toml"), facts).unwrap();
    let script = example("device-profiles/README.md", "python");
    fs::write(profile.join("device.star"), script).unwrap();
    let bench = desk.path().join("lab.toml");
    fs::write(&bench, example("harness/README.md", "toml")).unwrap();
    let bench = bench.display().to_string();
    let checked = proofhouse(&["check", "--bench", &bench]);
    let (out, err) = (text(&checked.stdout), text(&checked.stderr));
    // The example shows a few tables of many: the desk review names the others, and finds nothing else.
    assert_eq!(checked.status.code(), Some(1), "{out}\n{err}");
    assert!(out.starts_with("ok: box on desk 3: "), "{out}");
    let mut rules = out.lines().filter_map(|l| l.strip_prefix("  rule  "));
    assert!(rules.all(|rule| rule == "table-empty"), "{out}");
}

#[test]
fn the_case_of_the_document_is_a_case() {
    let suite = tempfile::tempdir().unwrap();
    copy(&root().join(SUITE), suite.path());
    let case = suite.path().join("cases/shared_password.star");
    fs::write(case, example("test-suites/README.md", "python")).unwrap();
    let folder = suite.path().display().to_string();
    let listed = proofhouse(&["list", "--suite", &folder, "--case", "shared_password"]);
    let (out, err) = (text(&listed.stdout), text(&listed.stderr));
    assert_eq!(listed.status.code(), Some(0), "{out}\n{err}");
    let line = "5.1-1          A password that many products share does not log in.";
    assert!(out.contains(line), "{out}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn help_prints_every_topic() {
    let topics = [
        ("bench", "THE BENCH FILE\n", "WHO IS ON WHICH WIRE\n"),
        ("profile", "THE PROFILE\n", "[[ixit.13-SoftServ]]"),
        (
            "device",
            "THE DEVICE SCRIPT\n",
            "def set_up(bench: Bench, owner):",
        ),
        ("cases", "A CASE\n", "PROMISES\n"),
        ("verdicts", "VERDICTS\n", "has a refuted check"),
        ("exit-codes", "EXIT CODES\n", "130 "),
    ];
    for (topic, start, part) in topics {
        let said = proofhouse(&["help", topic]);
        let out = text(&said.stdout);
        assert_eq!(said.status.code(), Some(0), "{topic}");
        assert!(out.starts_with(start), "{topic}: {out}");
        assert!(out.contains(part), "{topic}: {out}");
        let all = text(&proofhouse(&["help"]).stdout);
        assert!(all.contains(&format!("\n  {topic} ")), "{all}");
    }
}

#[test]
fn help_of_a_command_is_what_the_command_says_of_itself() {
    for command in ["run", "list", "verify", "help"] {
        let one = text(&proofhouse(&["help", command]).stdout);
        let other = text(&proofhouse(&[command, "--help"]).stdout);
        assert!(
            one.contains(&format!("Usage: proofhouse {command}")),
            "{one}"
        );
        assert_eq!(one, other);
    }
    let nested = text(&proofhouse(&["help", "suite", "export"]).stdout);
    assert!(
        nested.contains("Usage: proofhouse suite export"),
        "{nested}"
    );
    for words in [["suite", "exprot"], ["run", "bench"]] {
        let said = proofhouse(&["help", words[0], words[1]]);
        assert_eq!(said.status.code(), Some(2), "{words:?}");
    }
}

#[test]
fn help_without_a_word_is_that_of_the_program() {
    let one = text(&proofhouse(&["help"]).stdout);
    assert!(
        one.contains("Usage: proofhouse [OPTIONS] <COMMAND>"),
        "{one}"
    );
    assert_eq!(one, text(&proofhouse(&["--help"]).stdout));
}

#[test]
fn a_topic_that_is_not_there_is_told_with_the_nearest_and_all() {
    let said = proofhouse(&["help", "verdict"]);
    let err = text(&said.stderr);
    assert_eq!(said.status.code(), Some(2), "{err}");
    assert!(
        err.starts_with("error: no help for `verdict`; did you mean `verdicts`?\n"),
        "{err}"
    );
    for word in [
        "bench",
        "profile",
        "device",
        "cases",
        "verdicts",
        "exit-codes",
        "schema",
    ] {
        assert!(err.contains(word), "{word}: {err}");
    }
    assert!(text(&proofhouse(&["help", "rnu"]).stderr).contains("`run`"));
}
