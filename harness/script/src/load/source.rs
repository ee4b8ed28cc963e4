//! Reading script files: bounded, and whatever is wrong with a file is a diagnostic.

use proofhouse_model::Diagnostic;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest script file.
const LARGEST: u64 = 1024 * 1024;

/// A folder that scripts are loaded from, and may not leave.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    /// The folder as the user gave it.
    pub(crate) folder: PathBuf,
    /// What stands before its files' names when they are shown, if not the folder.
    shown: Option<String>,
    /// Texts of its files, where they were read before: the folder is not looked at any more.
    pub(crate) given: Option<BTreeMap<String, String>>,
}

/// One script file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Path relative to the root, with `/`.
    pub(crate) relative: String,
    /// Path as the user would write it.
    pub(crate) shown: String,
    pub(crate) text: String,
}

impl Source {
    /// A mistake at a byte range.
    pub(crate) fn at(
        &self,
        span: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::at(&self.shown, &self.text, span, message.into())
    }
}

impl Root {
    /// A folder. With `before` its files are called by that and their names, because the user never sees the folder.
    pub(crate) fn called(folder: &Path, before: Option<&str>) -> Self {
        Self {
            folder: folder.to_owned(),
            shown: before.map(str::to_owned),
            given: None,
        }
    }

    /// A path inside the root, as the user would write it.
    pub(crate) fn shown(&self, relative: &str) -> String {
        match &self.shown {
            Some(before) => format!("{before}{relative}"),
            None => self.folder.join(relative).display().to_string(),
        }
    }

    /// A file that ended the process that looked at it.
    pub(crate) fn ended(&self, relative: &str, how: &str) -> Diagnostic {
        let message = format!("this file cannot be loaded: {how}");
        Diagnostic::whole(&self.shown(relative), message).help(
            "a file's top level only names things: move the work into a function, and bound it",
        )
    }

    /// Whether there is such a file.
    pub(crate) fn has(&self, relative: &str) -> bool {
        match &self.given {
            Some(given) => given.contains_key(relative),
            None => self.folder.join(relative).exists(),
        }
    }

    /// Reads a script.
    pub(crate) fn read(&self, relative: &str) -> Result<Source, Box<Diagnostic>> {
        let path = self.folder.join(relative);
        let shown = self.shown(relative);
        let whole = |message: String| Diagnostic::whole(&shown, message);
        if let Some(given) = &self.given {
            let text = given.get(relative).cloned();
            let missing = || Box::new(whole("was not there when it was planned".to_owned()));
            return Ok(Source {
                relative: relative.to_owned(),
                text: text.ok_or_else(missing)?,
                shown,
            });
        }
        let unreadable = |e: std::io::Error| Box::new(whole(format!("cannot be read: {e}")));
        let kind = std::fs::metadata(&path).map_err(unreadable)?;
        if !kind.is_file() {
            let what = if kind.is_dir() {
                "is a folder"
            } else {
                "is no ordinary file"
            };
            return Err(Box::new(
                whole(what.to_owned()).expected("a file in Starlark"),
            ));
        }
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(unreadable)?;
        file.take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            let diagnostic = whole("is larger than 1 MiB".to_owned());
            return Err(Box::new(diagnostic.expected("a script of at most 1 MiB")));
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            let diagnostic = whole(format!("is not UTF-8: byte {at} cannot be read"));
            Box::new(diagnostic.help("save the file as UTF-8"))
        })?;
        Ok(Source {
            relative: relative.to_owned(),
            shown,
            text,
        })
    }

    /// Where a `load("...")` leads: `../x` and `./x` start at the loading file's folder, anything
    /// else at the root.
    ///
    /// # Errors
    /// Why it leads nowhere, a clause.
    pub(crate) fn resolve(&self, from: &str, module: &str) -> Result<String, String> {
        if module.starts_with('/') || module.contains('\\') || module.contains(':') {
            return Err("a load names a file of this folder, with `/` between names".to_owned());
        }
        let beside = module.starts_with("./") || module.starts_with("../");
        let mut parts: Vec<&str> = Vec::new();
        if beside {
            parts.extend(from.split('/'));
            parts.pop();
        }
        for part in module.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err("a load cannot leave this folder".to_owned());
                    }
                }
                name => parts.push(name),
            }
        }
        let relative = parts.join("/");
        if !relative.ends_with(".star") {
            return Err("a load names a file that ends in `.star`".to_owned());
        }
        self.stays_inside(&relative)?;
        Ok(relative)
    }

    /// A symbolic link must not lead out either.
    fn stays_inside(&self, relative: &str) -> Result<(), String> {
        if self.given.is_some() {
            return Ok(());
        }
        let (Ok(root), Ok(target)) = (
            self.folder.canonicalize(),
            self.folder.join(relative).canonicalize(),
        ) else {
            return Ok(()); // A missing file is told by `read`.
        };
        if target.starts_with(root) {
            Ok(())
        } else {
            Err("a load cannot leave this folder, not by a link either".to_owned())
        }
    }
}
