//! Type-checking, on a text with more types than were written.

use crate::globals::{Kind, globals};
use crate::load::compile::{Loaded, Session, dialect};
use crate::load::diagnostics::{self, diagnose};
use crate::load::lint;
use crate::load::source::Source;
use crate::load::typed_source::{ANYTHING, TypedSource};
use crate::load::walk::{self, range};
use proofhouse_model::Diagnostic;
use starlark::analysis::AstModuleLint;
use starlark::environment::{Globals, GlobalsBuilder};
use starlark::syntax::AstModule;
use starlark::typing::{AstModuleTypecheck, Interface};
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

impl Session {
    /// Checks the types of a file, inside its lambdas too.
    pub(super) fn typecheck(
        &mut self,
        source: &Source,
        tree: &AstModule,
        kind: Kind,
        loads: &[(String, Arc<Loaded>)],
    ) -> Interface {
        let known: HashMap<String, Interface> = loads
            .iter()
            .map(|(name, file)| (name.clone(), file.interface.clone()))
            .collect();
        let typed = || TypedSource::typed(tree.statement(), &source.text, kind);
        let (interface, mut found) = check_through(source, tree, kind, &typed(), &known);
        if let Some(opened) = typed().open_lambdas(tree.statement()) {
            let (_, inside) = check_through(source, tree, kind, &opened, &known);
            let inside = inside.into_iter().filter(|diagnostic| {
                let span = diagnostic
                    .place
                    .as_ref()
                    .map(|place| place.span.0..place.span.1);
                span.is_some_and(|span| TypedSource::in_lambda(tree.statement(), &span))
            });
            found.extend(inside);
        }
        for diagnostic in found {
            if !self.found.contains(&diagnostic) {
                self.found.push(diagnostic);
            }
        }
        interface
    }
}

/// Type-checks a text to which types were added.
fn check_through(
    source: &Source,
    tree: &AstModule,
    kind: Kind,
    typed: &TypedSource,
    known: &HashMap<String, Interface>,
) -> (Interface, Vec<Diagnostic>) {
    let parsed = AstModule::parse(&source.relative, typed.text(&source.text), &dialect());
    let Ok(parsed) = parsed else {
        return (Interface::empty(), Vec::new()); // The plain text was parsed before.
    };
    let checked = catch_unwind(AssertUnwindSafe(|| {
        parsed.typecheck(checker_globals(kind), known)
    }));
    let Ok((errors, _, interface, _)) = checked else {
        let diagnostic =
            Diagnostic::whole(&source.shown, "the type checker gave up on it".to_owned());
        let diagnostic =
            diagnostic.help("report this with the file; until then, halve it to find the line");
        return (Interface::empty(), vec![diagnostic]);
    };
    let back = |at: usize| typed.back(at);
    let loose = |name: &str| typed.is_loose(name);
    let held = |error: &&starlark::Error| {
        !diagnostics::is_mismatch_in_call(error, tree.statement(), &back, &loose)
    };
    let found = errors.iter().filter(held);
    let found = found.map(|error| diagnose(source, Some(tree.statement()), error, &back));
    (interface, found.collect())
}

/// Names nobody made that the checker would trip over: it panics on `name.append(...)` then.
pub(super) fn unbound_lists(source: &Source, tree: &AstModule, kind: Kind) -> Vec<Diagnostic> {
    let known = globals(kind)
        .names()
        .map(|name| name.as_str().to_owned())
        .collect();
    let unbound: Vec<_> = tree
        .lint(Some(&known))
        .into_iter()
        .filter(|issue| issue.short_name == "using-undefined")
        .map(|issue| range(issue.location.span))
        .collect();
    let mut found = Vec::new();
    walk::each_stmt(tree.statement(), &mut |stmt| {
        if let Some((name, span)) = lint::grown_list(stmt)
            && unbound.contains(&span)
        {
            found.push(diagnostics::unknown_name(
                source,
                Some(tree.statement()),
                &span,
                name,
            ));
        }
    });
    found
}

/// The globals of a kind of file, and one function more for opened lambdas.
fn checker_globals(kind: Kind) -> &'static Globals {
    static ALL: LazyLock<BTreeMap<u8, Globals>> = LazyLock::new(|| {
        let kinds = [Kind::Case, Kind::Library, Kind::Device];
        kinds
            .into_iter()
            .map(|kind| (kind as u8, with_anything(kind)))
            .collect()
    });
    ALL.get(&(kind as u8)).unwrap_or_else(|| globals(kind))
}

fn with_anything(kind: Kind) -> Globals {
    let mut builder = crate::globals::builder(kind);
    anything(&mut builder);
    debug_assert_eq!(ANYTHING, "__anything");
    builder.build()
}

#[starlark::starlark_module]
fn anything(_: &mut GlobalsBuilder) {
    /// Stands for the parameter of an opened lambda; never called.
    fn __anything<'v>() -> starlark::Result<starlark::values::Value<'v>> {
        Ok(starlark::values::Value::new_none())
    }
}
