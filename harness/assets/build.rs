//! Lists the files to build in. Cargo looks at the folders named here for files that come and go, and by
//! `include_bytes!` at each file that is there.

#[path = "src/walk.rs"]
mod walk;

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use walk::Kind;

/// The suite that is built in.
const SUITE: &str = "test-suites/en303645";
/// Its folders; the files beside them are named by `suite.toml`.
const SUITE_FOLDERS: [&str; 3] = ["cases", "lib", "crosswalks"];
/// The suite that tries the bench itself.
const BENCH_CHECK: &str = "test-suites/bench";
const BENCHES: &str = "fixtures/benches";
/// Broken statements, on which `prove` tries the desk review.
const STATEMENTS: &str = "fixtures/statements";
const PROFILES: &str = "device-profiles";
/// Profiles of the virtual products are called so.
const OURS: &str = "proofhouse-";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let root = root.canonicalize()?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("files.rs");
    for folder in SUITE_FOLDERS {
        watch(&root.join(SUITE).join(folder));
    }
    watch(&root.join(SUITE).join("suite.toml"));
    watch(&root.join(BENCH_CHECK));
    watch(&root.join(BENCHES));
    watch(&root.join(STATEMENTS));
    watch(&root.join(PROFILES));
    watch(Path::new("build.rs"));
    watch(Path::new("src/walk.rs"));

    let mut code = String::from("const SUITE: &[File] = &[\n");
    for name in walk::files(&root.join(SUITE), Kind::Suite)? {
        row(&mut code, &root.join(SUITE), "", &name)?;
    }
    code.push_str("];\nconst BESIDE: &[File] = &[\n");
    let benches = format!("{BENCHES}/");
    for name in walk::files(&root.join(BENCHES), Kind::Whole)? {
        if rests_on_ours(&std::fs::read_to_string(root.join(BENCHES).join(&name))?) {
            row(&mut code, &root.join(BENCHES), &benches, &name)?;
        }
    }
    let statements = format!("{STATEMENTS}/");
    for name in walk::files(&root.join(STATEMENTS), Kind::Whole)? {
        row(&mut code, &root.join(STATEMENTS), &statements, &name)?;
    }
    let bench_check = format!("{BENCH_CHECK}/");
    for name in walk::files(&root.join(BENCH_CHECK), Kind::Suite)? {
        row(&mut code, &root.join(BENCH_CHECK), &bench_check, &name)?;
    }
    for name in profiles(&root.join(PROFILES))? {
        let before = format!("{PROFILES}/{name}/");
        for name in walk::files(&root.join(&before), Kind::Whole)? {
            row(&mut code, &root.join(&before), &before, &name)?;
        }
    }
    code.push_str("];\n");
    std::fs::write(out, code)?;
    Ok(())
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

fn profiles(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(OURS) && entry.file_type()?.is_dir() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// A bench of devices that are programs of their own, such as the strangers, is of no use where they are not.
fn rests_on_ours(bench: &str) -> bool {
    let profiles = bench
        .lines()
        .filter_map(|line| line.strip_prefix("profile ="));
    let ours = format!("../../{PROFILES}/{OURS}");
    profiles
        .map(str::trim)
        .all(|path| path.trim_start_matches('"').starts_with(&ours))
}

/// A row for a file, under its name in the binary.
fn row(code: &mut String, folder: &Path, before: &str, name: &str) -> Result<(), Box<dyn Error>> {
    let (name, path) = (format!("{before}{name}"), folder.join(name));
    let path = path.display().to_string();
    writeln!(
        code,
        "    File {{ name: {name:?}, bytes: include_bytes!({path:?}) }},"
    )?;
    Ok(())
}
