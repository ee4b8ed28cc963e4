//! Cases of a suite.

use crate::apart::Apart;
use crate::contract::DeviceOp;
use crate::globals::Kind;
use crate::load::case_header::Collector;
use crate::load::compile::{Loaded, Session, on_deep_stack};
use crate::load::head_check::{self, HeadPlace};
use crate::load::source::Root;
use crate::load::uses::{Own, Place};
use crate::load::walk::{self, range};
use proofhouse_model::bytes::to_hex;
use proofhouse_model::{CaseMeta, Diagnostic};
use sha2::{Digest, Sha256};
use starlark::values::OwnedFrozenValue;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// A case that was loaded and checked. Cheap to clone, and may be carried out on any thread.
#[derive(Clone)]
pub struct Case {
    /// What it says about itself.
    pub meta: CaseMeta,
    pub(crate) body: Body,
}

/// Where its `run` is.
#[derive(Clone)]
pub(crate) enum Body {
    /// In this process.
    Here(OwnedFrozenValue),
    /// In a worker.
    Apart(Apart),
}

impl Case {
    pub(crate) fn apart(meta: CaseMeta, script: Apart) -> Self {
        let body = Body::Apart(script);
        Self { meta, body }
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case")
            .field("meta", &self.meta)
            .finish_non_exhaustive()
    }
}

/// Loads and checks every `cases/*.star` of a suite, in the order of their names. Cases with
/// mistakes are left out, and the mistakes told; none of the files can make this panic, hang or
/// touch a bench.
#[must_use]
pub fn load_suite_cases(suite_dir: &Path) -> (Vec<Case>, Vec<Diagnostic>) {
    load_suite_cases_called(suite_dir, None)
}

/// As [`load_suite_cases`]; in heads and messages the files' names begin with `before` in place of the folder.
#[must_use]
pub fn load_suite_cases_called(
    suite_dir: &Path,
    before: Option<&str>,
) -> (Vec<Case>, Vec<Diagnostic>) {
    let root = Root::called(suite_dir, before);
    let shown = root.shown("cases");
    on_deep_stack(|| load_all(root)).unwrap_or_else(|error| {
        let message = format!("no thread to load it: {error}");
        (Vec::new(), vec![Diagnostic::whole(&shown, message)])
    })
}

fn load_all(root: Root) -> (Vec<Case>, Vec<Diagnostic>) {
    let mut session = Session::new(root.clone());
    let mut cases = Vec::new();
    for name in case_files(&root, &mut session.found) {
        let relative = format!("cases/{name}");
        let loaded = load_one(&mut session, &relative);
        cases.extend(loaded.map(|(case, _)| case)); // What is wrong is told.
    }
    (cases, session.found)
}

/// Loads and checks one case, anew. `Err` when there were mistakes, which are in `found` then.
pub(crate) fn load_one(session: &mut Session, relative: &str) -> Result<(Case, Arc<Loaded>), ()> {
    session.forget(relative);
    let loaded = catch_unwind(AssertUnwindSafe(|| load_case(session, relative)));
    loaded.unwrap_or_else(|panic| {
        session.forget(relative);
        let how = crate::run::panicked(&*panic);
        session.found.push(session.root.ended(relative, &how));
        Err(())
    })
}

/// Names of the case files. Anything called `*.star` counts, so that a folder of that name is told.
pub(crate) fn case_files(root: &Root, found: &mut Vec<Diagnostic>) -> Vec<String> {
    let folder = root.folder.join("cases");
    let shown = root.shown("cases");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) => {
            let diagnostic = Diagnostic::whole(&shown, format!("cannot be read: {error}"));
            found.push(diagnostic.expected("a folder of cases, one in each *.star file"));
            return Vec::new();
        }
    };
    let mut names = Vec::new();
    for entry in entries.flatten() {
        match entry.file_name().into_string() {
            Ok(name) if name.ends_with(".star") => names.push(name),
            Ok(_) => {}
            Err(name) => {
                let file = format!("{shown}/{}", name.to_string_lossy());
                found.push(Diagnostic::whole(
                    &file,
                    "the file's name is not UTF-8".to_owned(),
                ));
            }
        }
    }
    names.sort();
    names
}

fn load_case(session: &mut Session, relative: &str) -> Result<(Case, Arc<Loaded>), ()> {
    let collector = Collector::default();
    let before = session.found.len();
    let head_mistakes = early_head(session, relative);
    session.found.extend(head_mistakes);
    if session.found.len() > before {
        return Err(());
    }
    let loaded = session.file(relative, Kind::Case, Some(&collector))?;
    let raws = collector.heads.take();
    let tree = loaded.tree.statement();
    let heads = head_check::heads(tree);
    let (raw, place) = match (raws.as_slice(), heads.as_slice()) {
        ([raw], [place]) => (raw, place),
        _ => {
            session.found.push(head_count(&loaded, &heads));
            return Err(());
        }
    };
    let found = &mut session.found;
    let run = run_function(&loaded, found);
    let meta = head_check::check(&loaded.source, tree, place, raw, sha256(&loaded));
    let meta = match meta {
        Ok(meta) => meta,
        Err(mut mistakes) => {
            mistakes.sort_by_key(|mistake| mistake.place.as_ref().map(|place| place.span));
            found.extend(mistakes);
            return Err(());
        }
    };
    if run.is_some() {
        uses(&loaded, place, &meta, found);
    }
    if found.len() > before {
        return Err(());
    }
    let body = Body::Here(run.ok_or(())?);
    Ok((Case { meta, body }, loaded))
}

/// Arguments `case` does not have, told before Starlark tells them without a place.
fn early_head(session: &Session, relative: &str) -> Vec<Diagnostic> {
    let Ok(source) = session.root.read(relative) else {
        return Vec::new(); // Told when it is loaded.
    };
    if crate::load::depth::too_deep(&source.text).is_some() {
        return Vec::new(); // Likewise.
    }
    crate::load::compile::parse(&source).map_or_else(
        |_| Vec::new(),
        |tree| {
            let heads = head_check::heads(tree.statement());
            heads
                .iter()
                .flat_map(|head| head.unknown(&source))
                .collect()
        },
    )
}

fn head_count(loaded: &Loaded, heads: &[HeadPlace<'_>]) -> Diagnostic {
    match heads.get(1) {
        Some(second) => loaded
            .source
            .at(second.whole.clone(), "a file holds one case: a second head"),
        None => {
            let diagnostic = loaded.source.at(0..0, "this file has no head");
            diagnostic.expected("`case(provisions = [...], ...)` at the top of the file")
        }
    }
}

/// The function `run`, with its annotation.
fn run_function(loaded: &Loaded, found: &mut Vec<Diagnostic>) -> Option<OwnedFrozenValue> {
    const WANTED: &str = "`def run(bench: Bench):`";
    let source = &loaded.source;
    let defs = walk::top_defs(loaded.tree.statement());
    let Some(def) = defs.iter().find(|def| def.name.node.ident == "run") else {
        let near = defs.iter().map(|def| def.name.node.ident.as_str());
        let near = proofhouse_model::nearest("run", near);
        let diagnostic = source.at(0..0, "this case has no `run`").expected(WANTED);
        found.push(diagnostic.nearest(near));
        return None;
    };
    let good = match def.params.as_slice() {
        [only] => walk::annotation(only, &source.text) == Some("Bench"),
        _ => false,
    };
    if !good {
        let diagnostic = source.at(
            range(def.signature_span()),
            "`run` takes the bench and nothing else",
        );
        found.push(
            diagnostic
                .expected(WANTED)
                .help("without the annotation nothing in it is checked"),
        );
    }
    loaded.module.get("run").ok()
}

/// Operations that do more to a unit than the head declares: order, grants and the identity gate rest on its word.
fn graver(
    loaded: &Loaded,
    place: &HeadPlace<'_>,
    meta: &CaseMeta,
    ops: &BTreeMap<String, Place>,
    found: &mut Vec<Diagnostic>,
) {
    let declared = meta.gravest();
    for (op, at) in ops {
        let Some(least) = DeviceOp::named(op).map(|op| op.effect) else {
            continue;
        };
        if least > declared {
            let span = at.clone().unwrap_or_else(|| place.place("effects"));
            let message =
                format!("`{op}` is {least}, and the case declares no more than {declared}");
            let diagnostic = loaded.source.at(span, message);
            found.push(
                diagnostic.help(format!("add \"{least}\" to `effects = [...]` of case(...)")),
            );
        }
    }
}

/// Compares what the head declares with what the script does.
fn uses(loaded: &Loaded, place: &HeadPlace<'_>, meta: &CaseMeta, found: &mut Vec<Diagnostic>) {
    let source = &loaded.source;
    let Own {
        ops,
        channels,
        checks,
        units,
        guides,
        ..
    } = loaded.uses.reached("run");
    let optional = |op: &str| DeviceOp::named(op).is_some_and(DeviceOp::is_optional);
    for (op, at) in &ops {
        if !optional(op) && !meta.device_ops.contains(op) && !meta.device_wants.contains(op) {
            let span = at.clone().unwrap_or_else(|| place.place("device"));
            let diagnostic = source.at(
                span,
                format!("device operation `{op}` is used but not declared"),
            );
            found.push(diagnostic.help(format!("add \"{op}\" to `device = [...]` of case(...)")));
        }
    }
    graver(loaded, place, meta, &ops, found);
    let declared = [
        ("device", &meta.device_ops),
        ("device_wants", &meta.device_wants),
    ];
    let declared = declared
        .into_iter()
        .flat_map(|(key, ops)| ops.iter().map(move |op| (key, op)));
    for (key, op) in declared.filter(|(_, op)| !ops.contains_key(*op)) {
        let diagnostic = source.at(
            place.place(key),
            format!("device operation `{op}` is declared but not used"),
        );
        found.push(diagnostic.help("a profile without it could not run this case: take it out"));
    }
    for (channel, at) in &channels {
        if !meta.needs.contains(channel) && !meta.wants.contains(channel) {
            let span = at.clone().unwrap_or_else(|| place.whole.clone());
            let diagnostic = source.at(
                span,
                format!("channel `{channel}` is used but not declared"),
            );
            found.push(diagnostic.help(format!(
                "add \"{channel}\" to `needs` or `wants` of case(...)"
            )));
        }
    }
    for unit in meta.units.iter().filter(|unit| !units.contains(*unit)) {
        let diagnostic = source.at(
            place.entry("units", unit.as_str()),
            format!("unit {unit} is declared, and no check names it"),
        );
        found.push(diagnostic.help(
            "a unit is done by the checks that name it: add `units = [...]` to them, or take it out of the head",
        ));
    }
    let several = meta.guides.len() > 1;
    for row in meta
        .guides
        .iter()
        .filter(|row| several && !guides.contains(*row))
    {
        let diagnostic = source.at(
            place.entry("guides", row.as_str()),
            format!("{row} is one of several rows, and no check names it"),
        );
        found.push(diagnostic.help(
            "add `guides = [...]` to the checks that speak for it, or take it out of the head",
        ));
    }
    if !checks {
        let diagnostic = source.at(
            place.whole.clone(),
            "this case checks nothing, so it could never pass",
        );
        found.push(diagnostic.help("end it with check.true(...), check.refused(...) or the like"));
    }
}

/// The file and everything it loads: path and text.
fn files(loaded: &Arc<Loaded>) -> BTreeMap<&str, &str> {
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    let mut todo = vec![loaded];
    while let Some(file) = todo.pop() {
        let source = &file.source;
        if files.insert(&source.relative, &source.text).is_none() {
            todo.extend(file.loads.iter().map(|(_, file)| file));
        }
    }
    files
}

/// Likewise, as a worker needs it.
pub(crate) fn texts(loaded: &Arc<Loaded>) -> BTreeMap<String, String> {
    let files = files(loaded).into_iter();
    files
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect()
}

/// SHA-256 of the file and of everything it loads, each with its path and length.
pub(crate) fn sha256(loaded: &Arc<Loaded>) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files(loaded) {
        hash.update(format!("{path}\n{}\n", text.len()));
        hash.update(text);
    }
    to_hex(&hash.finalize())
}
