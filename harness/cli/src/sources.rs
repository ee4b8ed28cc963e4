//! Where suite and bench come from: what was named, else the checkout's, else what is built in.
//!
//! What is built in is unpacked into a folder of this process alone and read from there like any other, so that there
//! is one reader; the folder goes with the session. Nobody is shown its path: built-in files are called `embedded:` and
//! their name, in messages, plans and journals, and can be named so.

use crate::args::Selection;
use crate::scratch::Scratch;
use proofhouse_assets as assets;
use proofhouse_model::{BenchSpec, Diagnostic, SuiteSource, nearest};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Bench of the checkout, used when there is no `bench.toml`. The built-in one has the same name.
const CHECKOUT_BENCH: &str = assets::DEFAULT_BENCH;
/// Suite of the checkout.
pub(crate) const CHECKOUT_SUITE: &str = "test-suites/en303645";

/// Places to read from.
pub(crate) struct Sources {
    /// Folder of the suite.
    pub(crate) suite: PathBuf,
    /// Bench file.
    pub(crate) bench: PathBuf,
    /// SHA-256 of the suite where it is built in.
    suite_built_in: Option<String>,
    /// What is built in, when any of it is needed.
    unpacked: Option<Scratch>,
}

/// Folder of the broken statements.
pub(crate) struct Statements {
    /// Where it is.
    pub(crate) folder: PathBuf,
    /// As people name it.
    pub(crate) shown: String,
    /// Goes when they are read, where nothing else holds it.
    _unpacked: Option<Scratch>,
}

impl Statements {
    pub(crate) fn of_checkout(root: &Path) -> Self {
        Self {
            folder: root.join(assets::STATEMENTS),
            shown: assets::STATEMENTS.to_owned(),
            _unpacked: None,
        }
    }
}

impl Sources {
    /// What a selection names or leaves to defaults, which are looked for in `root`.
    ///
    /// # Errors
    /// A name of a built-in file that there is none of, or no place to unpack.
    pub(crate) fn find(selection: &Selection, root: &Path) -> Result<Self, Vec<Diagnostic>> {
        let suite = selection.suite.clone();
        let suite = suite.unwrap_or_else(|| default_suite(root));
        let bench = selection.bench.clone();
        let bench = bench.unwrap_or_else(|| default_bench(root));
        let (inner_suite, inner_bench) = (built_in(&suite), built_in(&bench));
        let mut wrong = Vec::new();
        wrong.extend(inner_suite.and_then(no_such_suite));
        wrong.extend(inner_bench.and_then(no_such_bench));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let unpacked = match (inner_suite, inner_bench) {
            (None, None) => None,
            _ => Some(unpack()?),
        };
        let inside = |inner: Option<&str>| Some(unpacked.as_ref()?.path().join(inner?));
        Ok(Self {
            suite: inside(inner_suite).unwrap_or_else(|| suite.clone()),
            bench: inside(inner_bench).unwrap_or_else(|| bench.clone()),
            suite_built_in: inner_suite.map(|inner| match inner {
                assets::BENCH_CHECK => assets::bench_check_sha256(),
                _ => assets::suite_sha256(),
            }),
            unpacked,
        })
    }

    /// Which suite this is.
    ///
    /// # Errors
    /// A file of its folder cannot be read.
    pub(crate) fn suite_source(&self) -> Result<SuiteSource, Vec<Diagnostic>> {
        if let Some(sha256) = self.suite_built_in.clone() {
            return Ok(SuiteSource::Embedded { sha256 });
        }
        let path = self.suite.display().to_string();
        match assets::suite_folder_sha256(&self.suite) {
            Ok(sha256) => Ok(SuiteSource::Folder { path, sha256 }),
            Err(why) => {
                let message = format!("the suite's files cannot be hashed: {why}");
                Err(vec![Diagnostic::whole(&path, message)])
            }
        }
    }

    /// Where the broken statements are that go with the suite of this name: the checkout's, else what is built in. None
    /// for another suite, since they speak of one standard's provisions.
    ///
    /// # Errors
    /// No place to unpack.
    pub(crate) fn statements(
        &self,
        suite: &str,
        root: &Path,
    ) -> Result<Option<Statements>, Vec<Diagnostic>> {
        if Path::new(CHECKOUT_SUITE).file_name() != Some(OsStr::new(suite)) {
            return Ok(None);
        }
        if root.join(assets::STATEMENTS).is_dir() {
            return Ok(Some(Statements::of_checkout(root)));
        }
        let unpacked = if self.unpacked.is_none() {
            Some(unpack()?)
        } else {
            None
        };
        let whole = self.unpacked.as_ref().or(unpacked.as_ref());
        let folder = whole.map(|scratch| scratch.path().join(assets::STATEMENTS));
        let shown = format!("{}{}", assets::PREFIX, assets::STATEMENTS);
        Ok(folder.map(|folder| Statements {
            folder,
            shown,
            _unpacked: unpacked,
        }))
    }

    /// The folder of unpacked files, if there is one.
    pub(crate) fn unpacked(&self) -> Option<&Path> {
        self.unpacked.as_ref().map(Scratch::path)
    }

    /// Whether the suite is the built-in one, which cannot be written to.
    pub(crate) const fn is_suite_built_in(&self) -> bool {
        self.suite_built_in.is_some()
    }

    /// Where a file or folder is that a plan names.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        let path = Path::new(name);
        let inside = built_in(path).and_then(|inner| Some(self.unpacked()?.join(inner)));
        inside.unwrap_or_else(|| path.to_owned())
    }

    /// A text as people are to see it.
    pub(crate) fn shown(&self, text: &str) -> String {
        let Some(folder) = self.unpacked() else {
            return text.to_owned();
        };
        let folder = folder.display().to_string();
        let text = text.replace(&format!("{folder}/"), assets::PREFIX);
        text.replace(&folder, assets::PREFIX)
    }

    /// What stands before the names of files of a folder, when it is not the folder.
    pub(crate) fn called(&self, folder: &Path) -> Option<String> {
        let inner = folder.strip_prefix(self.unpacked()?).ok()?.to_str()?;
        Some(match inner {
            "" => assets::PREFIX.to_owned(),
            inner => format!("{}{inner}/", assets::PREFIX),
        })
    }

    /// Mistakes as people are to see them.
    pub(crate) fn told(&self, mut mistakes: Vec<Diagnostic>) -> Vec<Diagnostic> {
        for mistake in &mut mistakes {
            mistake.file = self.shown(&mistake.file);
            mistake.message = self.shown(&mistake.message);
            for text in [&mut mistake.expected, &mut mistake.help] {
                *text = text.as_deref().map(|t| self.shown(t));
            }
        }
        mistakes
    }

    /// The bench as it stands in a plan.
    pub(crate) fn planned(&self, mut bench: BenchSpec) -> BenchSpec {
        bench.file = self.shown(&bench.file);
        for unit in &mut bench.units {
            unit.profile = self.shown(&unit.profile);
        }
        bench
    }
}

/// Whether a path is the name of something built in.
pub(crate) fn is_built_in(path: &str) -> bool {
    path.starts_with(assets::PREFIX)
}

/// The name of a built-in file; empty for the suite as a whole.
fn built_in(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(assets::PREFIX)
}

/// In a checkout its folder, so that what is edited there counts.
fn default_suite(root: &Path) -> PathBuf {
    let checkout = root.join(CHECKOUT_SUITE);
    match checkout.is_dir() {
        true => checkout,
        false => assets::PREFIX.into(),
    }
}

/// The suite that tries the bench: the checkout's, else what is built in.
pub(crate) fn bench_check(root: &Path) -> PathBuf {
    match root.join(assets::BENCH_CHECK).is_dir() {
        true => root.join(assets::BENCH_CHECK),
        false => format!("{}{}", assets::PREFIX, assets::BENCH_CHECK).into(),
    }
}

fn default_bench(root: &Path) -> PathBuf {
    let both = [root.join("bench.toml"), root.join(CHECKOUT_BENCH)];
    let there = both.into_iter().find(|path| path.exists());
    there.unwrap_or_else(|| format!("{}{CHECKOUT_BENCH}", assets::PREFIX).into())
}

/// The bench of all virtual products, for proofs: the checkout's, else the built-in one of ours, since programs of
/// their own are not built in.
pub(crate) fn proof_bench(root: &Path) -> PathBuf {
    let checkout = root.join("fixtures/benches/all-products.toml");
    match checkout.exists() {
        true => checkout,
        false => format!("{}fixtures/benches/our-products.toml", assets::PREFIX).into(),
    }
}

fn no_such_suite(name: &str) -> Option<Diagnostic> {
    if name.is_empty() || name == assets::BENCH_CHECK {
        return None;
    }
    let given = format!("{}{name}", assets::PREFIX);
    let none = Diagnostic::whole(&given, "no such suite is built in".to_owned());
    let bench = assets::BENCH_CHECK;
    Some(none.expected(format!("`{0}`, `{0}{bench}` or a folder", assets::PREFIX)))
}

fn no_such_bench(name: &str) -> Option<Diagnostic> {
    let benches = assets::beside().iter().map(|file| file.name);
    let mut benches = benches.filter(|name| is_bench(name));
    if benches.clone().any(|bench| bench == name) {
        return None;
    }
    let given = format!("{}{name}", assets::PREFIX);
    let near = nearest(name, benches.clone()).or_else(|| benches.next().map(str::to_owned));
    let near = near.map(|near| format!("{}{near}", assets::PREFIX));
    Some(Diagnostic::whole(&given, "no such bench is built in".to_owned()).nearest(near))
}

/// Whether a built-in file is one that can be named as a bench.
fn is_bench(name: &str) -> bool {
    let folder = name
        .strip_suffix(".toml")
        .and_then(|name| name.rsplit_once('/'));
    folder.is_some_and(|(folder, _)| assets::BENCHES.contains(&folder))
}

/// Everything built in, in a folder that nobody else can read or change.
fn unpack() -> Result<Scratch, Vec<Diagnostic>> {
    let hash = assets::suite_sha256();
    let word = format!("embedded-{}", hash.get(..12).unwrap_or_default());
    let made = Scratch::new(&word).and_then(|folder| {
        assets::write(assets::suite(), folder.path())?;
        assets::write(assets::beside(), folder.path())?;
        Ok(folder)
    });
    made.map_err(|why| {
        let folder = std::env::temp_dir().display().to_string();
        let message = format!("what is built into proofhouse cannot be unpacked here: {why}");
        vec![Diagnostic::whole(&folder, message).help("free it, or name another with TMPDIR")]
    })
}

#[cfg(test)]
mod tests;
