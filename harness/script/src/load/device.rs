//! The device script of a profile.

use crate::apart::Apart;
use crate::contract::{DEVICE_OPS, DeviceOp};
use crate::globals::Kind;
use crate::load::compile::{Loaded, Session, on_deep_stack};
use crate::load::source::{Root, Source};
use crate::load::walk::{self, Def, range};
use proofhouse_model::{Diagnostic, nearest};
use starlark::environment::FrozenModule;
use starlark::values::OwnedFrozenValue;
use starlark_syntax::syntax::ast::{AstParameter, AstStmt, ParameterP};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// Name of the file.
pub(crate) const FILE: &str = "device.star";

/// A profile's `device.star`, loaded and checked. Cheap to clone.
#[derive(Clone)]
pub struct DeviceScript(Inner);

/// Where it is.
#[derive(Clone)]
enum Inner {
    /// In this process.
    Here {
        /// Keeps what the functions are made of.
        _module: FrozenModule,
        ops: BTreeMap<&'static str, OwnedFrozenValue>,
    },
    /// In a worker.
    Apart {
        script: Apart,
        ops: BTreeSet<&'static str>,
    },
}

impl std::fmt::Debug for DeviceScript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceScript")
            .field("ops", &self.ops())
            .finish_non_exhaustive()
    }
}

impl DeviceScript {
    /// Names of the operations it offers, from [`DEVICE_OPS`].
    #[must_use]
    pub fn ops(&self) -> BTreeSet<&'static str> {
        match &self.0 {
            Inner::Here { ops, .. } => ops.keys().copied().collect(),
            Inner::Apart { ops, .. } => ops.clone(),
        }
    }

    pub(crate) fn apart(ops: BTreeSet<&'static str>, script: Apart) -> Self {
        Self(Inner::Apart { script, ops })
    }

    /// What a worker needs to carry it out; `None` when it is in this process.
    pub(crate) fn elsewhere(&self) -> Option<&Apart> {
        match &self.0 {
            Inner::Here { .. } => None,
            Inner::Apart { script, .. } => Some(script),
        }
    }

    /// The function of an operation, when the script is in this process.
    pub(crate) fn function(&self, op: &str) -> Option<OwnedFrozenValue> {
        match &self.0 {
            Inner::Here { ops, .. } => ops.get(op).cloned(),
            Inner::Apart { .. } => None,
        }
    }
}

/// Loads and checks the `device.star` of a profile's folder. A profile without one is fine and
/// gives `None`.
#[must_use]
pub fn load_device_script(profile_dir: &Path) -> (Option<DeviceScript>, Vec<Diagnostic>) {
    load_device_script_called(profile_dir, None)
}

/// As [`load_device_script`]; in messages the files' names begin with `before` in place of the folder.
#[must_use]
pub fn load_device_script_called(
    profile_dir: &Path,
    before: Option<&str>,
) -> (Option<DeviceScript>, Vec<Diagnostic>) {
    let root = Root::called(profile_dir, before);
    let shown = root.shown(FILE);
    on_deep_stack(|| load(root)).unwrap_or_else(|error| {
        let message = format!("no thread to load it: {error}");
        (None, vec![Diagnostic::whole(&shown, message)])
    })
}

fn load(root: Root) -> (Option<DeviceScript>, Vec<Diagnostic>) {
    if !root.folder.join(FILE).exists() {
        return (None, Vec::new());
    }
    let mut session = Session::new(root);
    let script = load_in(&mut session).ok().map(|(script, _)| script);
    (script, session.found)
}

/// Loads and checks it, anew. `Err` when there were mistakes, which are in `found` then.
pub(crate) fn load_in(session: &mut Session) -> Result<(DeviceScript, Arc<Loaded>), ()> {
    session.forget(FILE);
    let loaded = catch_unwind(AssertUnwindSafe(|| session.file(FILE, Kind::Device, None)));
    let loaded = loaded.unwrap_or_else(|panic| {
        session.forget(FILE);
        let how = crate::run::panicked(&*panic);
        session.found.push(session.root.ended(FILE, &how));
        Err(())
    })?;
    Ok((script(&loaded), loaded))
}

fn script(loaded: &Loaded) -> DeviceScript {
    let ops = DEVICE_OPS.iter().filter_map(|op| {
        let function = loaded.module.get_option(op.name).ok().flatten()?;
        Some((op.name, function))
    });
    DeviceScript(Inner::Here {
        ops: ops.collect(),
        _module: loaded.module.clone(),
    })
}

/// Compares the functions of a device script with the contract. Files it loads are free.
pub(crate) fn contract(source: &Source, tree: &AstStmt) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if source.relative != FILE {
        return found;
    }
    let defs = walk::top_defs(tree);
    let called = helpers_called(&defs);
    for def in defs {
        let name = def.name.node.ident.as_str();
        match DeviceOp::named(name) {
            Some(op) => signature(source, def, op, &mut found),
            None if name.starts_with('_') || called.contains(name) => {}
            None => {
                let diagnostic = source.at(
                    range(def.name.span),
                    format!("there is no device operation `{name}`"),
                );
                let near = nearest(name, DEVICE_OPS.iter().map(|op| op.name));
                let diagnostic = diagnostic.nearest(near);
                found.push(
                    diagnostic
                        .help("a helper begins with `_`, or is called by another function here"),
                );
            }
        }
    }
    found
}

/// Names of functions that another function of the file mentions.
fn helpers_called<'a>(defs: &[&'a Def]) -> BTreeSet<&'a str> {
    let mut called = BTreeSet::new();
    for def in defs {
        walk::each_expr(&def.body, &mut |expr| {
            if let Some(name) = walk::name(expr)
                && name != def.name.node.ident
            {
                called.insert(name);
            }
        });
    }
    called
}

fn signature(source: &Source, def: &Def, op: &DeviceOp, found: &mut Vec<Diagnostic>) {
    let wanted = format!("`{}:`", op.signature());
    let mut tell = |span, message: String| found.push(source.at(span, message).expected(&wanted));
    let typed = def.params.first().is_some_and(|first| {
        first
            .node
            .ident()
            .is_some_and(|name| name.node.ident == "bench")
            && walk::annotation(first, &source.text) == Some("Bench")
    });
    if !typed {
        let span = def.params.first().map_or(def.name.span, |first| first.span);
        return tell(
            range(span),
            format!("`{}` takes the bench first, as `bench: Bench`", op.name),
        );
    }
    let mut expected = op.parameters.iter();
    for parameter in &def.params[1..] {
        let Some((name, optional)) = plain(parameter) else {
            tell(
                range(parameter.span),
                format!("`{}` takes plain parameters only", op.name),
            );
            continue;
        };
        match expected.next() {
            Some((known, _)) if *known == name => {}
            Some((known, _)) => {
                tell(
                    range(parameter.span),
                    format!("this parameter is called `{known}`, not `{name}`"),
                );
            }
            None if optional => {} // The device script's own extra, with a default.
            None => tell(
                range(parameter.span),
                format!("`{}` is not given `{name}`", op.name),
            ),
        }
    }
    for (missing, _) in expected {
        tell(
            range(def.signature_span()),
            format!("`{}` lacks the parameter `{missing}`", op.name),
        );
    }
}

/// Name of an ordinary parameter, and whether it has a default.
fn plain(parameter: &AstParameter) -> Option<(&str, bool)> {
    match &parameter.node {
        ParameterP::Normal(name, _, default) => Some((&name.node.ident, default.is_some())),
        _ => None,
    }
}
