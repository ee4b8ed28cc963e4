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
const BENCHES: &str = "fixtures/benches";
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
    watch(&root.join(BENCHES));
    watch(&root.join(PROFILES));
    watch(Path::new("build.rs"));
    watch(Path::new("src/walk.rs"));

    let mut code = String::from("const SUITE: &[File] = &[\n");
    list(&mut code, &root.join(SUITE), Kind::Suite, "")?;
    code.push_str("];\nconst BESIDE: &[File] = &[\n");
    let benches = format!("{BENCHES}/");
    list(&mut code, &root.join(BENCHES), Kind::Whole, &benches)?;
    for name in profiles(&root.join(PROFILES))? {
        let before = format!("{PROFILES}/{name}/");
        list(&mut code, &root.join(&before), Kind::Whole, &before)?;
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

/// One row for each file, under its name in the binary.
fn list(code: &mut String, folder: &Path, kind: Kind, before: &str) -> Result<(), Box<dyn Error>> {
    for name in walk::files(folder, kind)? {
        let path = folder.join(&name);
        writeln!(
            code,
            "    File {{ name: {:?}, bytes: include_bytes!({:?}) }},",
            format!("{before}{name}"),
            path.display().to_string()
        )?;
    }
    Ok(())
}
