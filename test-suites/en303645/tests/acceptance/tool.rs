//! Runs this very executable as `proofhouse` and looks at what came out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a run of the binary left.
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs `proofhouse` with arguments from the root of the checkout.
pub fn proofhouse(args: &[&str]) -> Result<Ran, String> {
    let mut command = command(args)?;
    ran(command.current_dir(root()))
}

/// This executable as `proofhouse` with arguments.
pub fn command(args: &[&str]) -> Result<Command, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = Command::new(program);
    command.arg(proofhouse::children::BINARY).args(args);
    Ok(command)
}

/// Runs it to its end.
pub fn ran(command: &mut Command) -> Result<Ran, String> {
    Ok(Ran::of(&command.output().map_err(|e| e.to_string())?))
}

impl Ran {
    /// What a process that ended left.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A run into a folder of its own.
pub struct RunDir {
    folder: tempfile::TempDir,
    /// What the binary left.
    pub ran: Ran,
}

impl RunDir {
    /// `proofhouse run` with arguments.
    pub fn run(args: &[&str]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let out = folder.path().display().to_string();
        let all: Vec<&str> = ["run", "--out", &out]
            .into_iter()
            .chain(args.iter().copied())
            .collect();
        let ran = proofhouse(&all)?;
        Ok(Self { folder, ran })
    }

    /// The one run in it.
    pub fn path(&self) -> Result<PathBuf, String> {
        let mut entries = std::fs::read_dir(self.folder.path()).map_err(|e| e.to_string())?;
        let first = entries
            .next()
            .ok_or_else(|| format!("no run folder\n{}", self.ran.err))?;
        first.map(|e| e.path()).map_err(|e| e.to_string())
    }

    /// A file of the run as text.
    pub fn text(&self, name: &str) -> Result<String, String> {
        let path = self.path()?.join(name);
        std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Suites of the JUnit file with their number of failures and of errors.
    pub fn suites(&self) -> Result<Vec<(String, u32, u32)>, String> {
        let xml = self.text("junit.xml")?;
        let number = |tag: &str, name: &str| {
            attribute(tag, name)
                .and_then(|v| v.parse().ok())
                .unwrap_or(0)
        };
        Ok(xml
            .split("<testsuite ")
            .skip(1)
            .filter_map(|rest| {
                let tag = rest.split('>').next()?;
                Some((
                    attribute(tag, "name")?,
                    number(tag, "failures"),
                    number(tag, "errors"),
                ))
            })
            .collect())
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let from = tag.find(&format!("{name}=\""))? + name.len() + 2;
    let rest = &tag[from..];
    Some(rest[..rest.find('"')?].to_owned())
}
