//! The device script of a profile.

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
use std::path::Path;

/// Name of the file.
const FILE: &str = "device.star";

/// A profile's `device.star`, loaded and checked. Cheap to clone.
#[derive(Clone)]
pub struct DeviceScript {
    module: FrozenModule,
    ops: BTreeMap<&'static str, OwnedFrozenValue>,
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
        self.ops.keys().copied().collect()
    }

    /// The function of an operation.
    pub(crate) fn function(&self, op: &str) -> Option<OwnedFrozenValue> {
        let _alive = &self.module;
        self.ops.get(op).cloned()
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
    let loaded = session.file(FILE, Kind::Device, None);
    let script = loaded.ok().map(|loaded| script(&loaded));
    (script, session.found)
}

fn script(loaded: &Loaded) -> DeviceScript {
    let ops = DEVICE_OPS.iter().filter_map(|op| {
        let function = loaded.module.get_option(op.name).ok().flatten()?;
        Some((op.name, function))
    });
    DeviceScript {
        ops: ops.collect(),
        module: loaded.module.clone(),
    }
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
