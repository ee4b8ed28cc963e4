//! A suite's folder in memory, and copies of it with something cut out.

use super::source::Cut;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Scripts of a suite by their path in it, and where the rest lies.
pub struct Suite {
    root: PathBuf,
    scripts: BTreeMap<String, String>,
}

impl Suite {
    /// Reads `cases/` and `lib/`.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut scripts = BTreeMap::new();
        for folder in ["cases", "lib"] {
            let path = root.join(folder);
            for entry in fs::read_dir(&path).map_err(|e| format!("{}: {e}", path.display()))? {
                let path = entry.map_err(|e| e.to_string())?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let text =
                    fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                scripts.insert(format!("{folder}/{name}"), text);
            }
        }
        Ok(Self {
            root: root.to_owned(),
            scripts,
        })
    }

    /// Paths of its scripts.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.scripts.keys().map(String::as_str)
    }

    /// Text of a script.
    pub fn text(&self, file: &str) -> &str {
        self.scripts.get(file).map_or("", String::as_str)
    }

    /// Text of every script.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.scripts.values().map(String::as_str)
    }

    /// Names of the cases that are this file or load it, by whatever way.
    pub fn cases_of(&self, file: &str) -> Vec<String> {
        let mut touched: BTreeSet<&str> = BTreeSet::from([file]);
        loop {
            let loads = |text: &str| {
                touched
                    .iter()
                    .any(|t| text.contains(&format!("load(\"{t}\"")))
            };
            let more: Vec<&str> = self
                .scripts
                .iter()
                .filter(|(name, text)| !touched.contains(name.as_str()) && loads(text))
                .map(|(name, _)| name.as_str())
                .collect();
            if more.is_empty() {
                break;
            }
            touched.extend(more);
        }
        let case = |f: &&str| {
            f.strip_prefix("cases/")?
                .strip_suffix(".star")
                .map(str::to_owned)
        };
        touched.iter().filter_map(case).collect()
    }

    /// A copy of the suite with a cut made.
    pub fn with(&self, file: &str, cut: &Cut, name: &str) -> Result<PathBuf, String> {
        let to = Path::new("target").join("mutants").join(name);
        let _ = fs::remove_dir_all(&to);
        copy(&self.root, &to).map_err(|e| format!("{}: {e}", to.display()))?;
        let path = to.join(file);
        fs::write(&path, cut.made_in(self.text(file)))
            .map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(to)
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
