//! Our own lints: what the type checker does not see.

use crate::contract::DeviceOp;
use crate::globals::{Kind, globals};
use crate::load::source::Source;
use crate::load::walk::{self, CallArgs, range};
use crate::load::{device, sentences};
use proofhouse_model::{Diagnostic, Dur, Pattern, nearest};
use starlark_syntax::codemap::Span;
use starlark_syntax::syntax::ast::{
    ArgumentP, AstExpr, AstStmt, AstTypeExpr, ExprP, ParameterP, StmtP,
};
use std::collections::BTreeSet;

/// Named arguments that are durations wherever they stand.
const DURATIONS: [&str; 9] = [
    "within", "off", "after", "during", "every", "length", "patience", "wait", "takes",
];

/// Verbs whose first (or, for `ask`, second) argument is a pattern.
const PATTERNS: [(&str, usize); 4] = [("expect", 0), ("watch", 0), ("ask", 1), ("regex_find", 0)];

/// Looks at one file.
pub(crate) fn lint(source: &Source, tree: &AstStmt, kind: Kind) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    unknown_types(source, tree, kind, &mut found);
    untyped_benches(source, tree, kind, &mut found);
    if kind == Kind::Device {
        found.extend(device::contract(source, tree));
    }
    forgotten_calls(source, tree, &mut found);
    walk::each_expr(tree, &mut |expr| {
        if let Some((callee, args)) = walk::call(expr) {
            literals(source, callee, args, &mut found);
            sentences::look(source, callee, args, &mut found);
        }
        if kind == Kind::Device && is_bench_dot(expr, "device") {
            let diagnostic = source.at(range(expr.span), "a device script has no `bench.device`");
            found.push(diagnostic.help("call the function of this file itself, with bench first"));
        }
    });
    found
}

/// Whether an expression is `bench.<name>`.
pub(crate) fn is_bench_dot(expr: &AstExpr, wanted: &str) -> bool {
    match &expr.node {
        ExprP::Dot(owner, attribute) => {
            walk::name(owner) == Some("bench") && attribute.node == wanted
        }
        _ => false,
    }
}

/// Names in annotations that are no types. Starlark's checker gives up on the whole file at the
/// first one.
fn unknown_types(source: &Source, tree: &AstStmt, kind: Kind, found: &mut Vec<Diagnostic>) {
    let known: BTreeSet<String> = globals(kind)
        .names()
        .map(|name| name.as_str().to_owned())
        .collect();
    let mut look = |ty: &AstTypeExpr| {
        each_name(&ty.node.expr, &mut |name, span| {
            if name != "None" && !known.contains(name) {
                let diagnostic = source.at(range(span), format!("there is no type `{name}`"));
                found.push(diagnostic.nearest(nearest(name, known.iter().map(String::as_str))));
            }
        });
    };
    walk::each_stmt(tree, &mut |stmt| match &stmt.node {
        StmtP::Def(def) => {
            let parameters = def
                .params
                .iter()
                .filter_map(|parameter| match &parameter.node {
                    ParameterP::Normal(_, ty, _)
                    | ParameterP::Args(_, ty)
                    | ParameterP::KwArgs(_, ty) => ty.as_deref(),
                    ParameterP::NoArgs | ParameterP::Slash => None,
                });
            parameters
                .chain(def.return_type.as_deref())
                .for_each(&mut look);
        }
        StmtP::Assign(assign) => assign.ty.iter().for_each(&mut look),
        _ => {}
    });
}

/// Plain names of a type, without those after a dot.
fn each_name(expr: &AstExpr, f: &mut dyn FnMut(&str, Span)) {
    if let Some(name) = walk::name(expr) {
        f(name, expr.span);
    }
    expr.visit_expr(|inner| each_name(inner, f));
}

/// Only annotated parameters are typed, so a parameter called `bench` must be.
/// The first one of a device operation is told with its signature.
fn untyped_benches(source: &Source, tree: &AstStmt, kind: Kind, found: &mut Vec<Diagnostic>) {
    for def in walk::all_defs(tree) {
        if kind == Kind::Device && DeviceOp::named(&def.name.node.ident).is_some() {
            continue;
        }
        for parameter in &def.params {
            let Some(ident) = parameter.node.ident() else {
                continue;
            };
            if ident.node.ident == "bench" && walk::annotation(parameter, &source.text).is_none() {
                let diagnostic = source.at(range(ident.span), "this parameter has no type");
                let diagnostic = diagnostic.expected("`bench: Bench`");
                found.push(diagnostic.help("only annotated parameters are checked before the run"));
            }
        }
    }
}

/// `bench.power.off` without parentheses does nothing.
fn forgotten_calls(source: &Source, tree: &AstStmt, found: &mut Vec<Diagnostic>) {
    walk::each_stmt(tree, &mut |stmt| {
        if let StmtP::Expression(expr) = &stmt.node
            && matches!(&expr.node, ExprP::Dot(..) | ExprP::Identifier(_))
        {
            let diagnostic = source.at(range(expr.span), "this line does nothing");
            found.push(diagnostic.help("a verb is called with parentheses: add `()`"));
        }
    });
}

fn literals(source: &Source, callee: &AstExpr, args: &CallArgs, found: &mut Vec<Diagnostic>) {
    let verb = walk::last_name(callee).unwrap_or_default();
    for argument in &args.args {
        let ArgumentP::Named(name, value) = &argument.node else {
            continue;
        };
        if let Some(text) = walk::text(value) {
            if DURATIONS.contains(&name.node.as_str()) {
                duration(source, value, text, found);
            }
            if matches!(name.node.as_str(), "pattern" | "prompt" | "crash") {
                pattern(source, value, text, found);
            }
        }
    }
    let positional: Vec<&AstExpr> = args
        .args
        .iter()
        .filter_map(|argument| match &argument.node {
            ArgumentP::Positional(expr) => Some(expr),
            _ => None,
        })
        .collect();
    if matches!(verb, "idle" | "cut_in")
        && let Some(expr) = positional.first()
        && let Some(text) = walk::text(expr)
    {
        duration(source, expr, text, found);
    }
    let patterned = PATTERNS.iter().find(|(name, _)| *name == verb);
    if let Some((_, at)) = patterned
        && let Some(expr) = positional.get(*at)
        && let Some(text) = walk::text(expr)
    {
        pattern(source, expr, text, found);
    }
}

fn duration(source: &Source, expr: &AstExpr, text: &str, found: &mut Vec<Diagnostic>) {
    if let Err(why) = Dur::parse(text) {
        let told = source.at(range(expr.span), why);
        found.push(told.expected("a number and us, ms, s, m or h, such as \"90s\""));
    }
}

fn pattern(source: &Source, expr: &AstExpr, text: &str, found: &mut Vec<Diagnostic>) {
    if let Err(bad) = Pattern::new(text) {
        found.push(source.at(range(expr.span), bad.to_string()));
    }
}

/// The plain name that `name.append(...)`, `name.insert(...)` or `name.extend(...)` grows.
pub(crate) fn grown_list(stmt: &AstStmt) -> Option<(&str, std::ops::Range<usize>)> {
    let StmtP::Expression(expr) = &stmt.node else {
        return None;
    };
    let (callee, _) = walk::call(expr)?;
    match &callee.node {
        ExprP::Dot(owner, verb) if ["append", "insert", "extend"].contains(&verb.node.as_str()) => {
            walk::name(owner).map(|name| (name, range(owner.span)))
        }
        _ => None,
    }
}

/// A variable that is set and never read, and is called almost like another: that one was meant.
pub(crate) fn misspelt_variable(
    source: &Source,
    tree: &AstStmt,
    span: std::ops::Range<usize>,
) -> Option<Diagnostic> {
    let name = source.text.get(span.clone())?;
    if name.len() < 4 || !is_assigned(tree, &span) {
        return None; // A loop that only counts is fine.
    }
    let one_of = |a: &str, b: &str| a.strip_suffix('s') == Some(b);
    let others = walk::bound_names(tree).into_iter();
    let others = others.filter(|o| *o != name && !one_of(o, name) && !one_of(name, o));
    let near = nearest(name, others)?;
    let diagnostic = source.at(span, format!("`{name}` is set here and never read"));
    Some(diagnostic.nearest(Some(near)))
}

/// Whether a place is the name of a plain assignment.
fn is_assigned(tree: &AstStmt, span: &std::ops::Range<usize>) -> bool {
    let mut found = false;
    walk::each_stmt(tree, &mut |stmt| {
        if let StmtP::Assign(assign) = &stmt.node {
            found |= range(assign.lhs.span) == *span;
        }
    });
    found
}
