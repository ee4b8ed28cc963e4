//! Our own lints: what the type checker does not see.

use crate::globals::Kind;
use crate::load::source::Source;
use crate::load::walk::{self, CallArgs, range};
use proofhouse_model::{Diagnostic, Dur};
use starlark_syntax::syntax::ast::{ArgumentP, AstExpr, AstStmt, ExprP, StmtP};

/// Named arguments that are durations wherever they stand.
const DURATIONS: [&str; 9] = [
    "within", "off", "after", "during", "every", "length", "patience", "wait", "takes",
];

/// Verbs whose first (or, for `ask`, second) argument is a pattern.
const PATTERNS: [(&str, usize); 4] = [("expect", 0), ("watch", 0), ("ask", 1), ("regex_find", 0)];

/// Looks at one file.
pub(crate) fn lint(source: &Source, tree: &AstStmt, kind: Kind) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    untyped_benches(source, tree, &mut found);
    forgotten_calls(source, tree, &mut found);
    walk::each_expr(tree, &mut |expr| {
        if let Some((callee, args)) = walk::call(expr) {
            literals(source, callee, args, &mut found);
        }
        if kind == Kind::Device && is_bench_dot(expr, "device") {
            let told = source.at(range(expr.span), "a device script has no `bench.device`");
            found.push(told.help("call the function of this file itself, with bench first"));
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

/// Only annotated parameters are typed, so a parameter called `bench` must be.
fn untyped_benches(source: &Source, tree: &AstStmt, found: &mut Vec<Diagnostic>) {
    for def in walk::all_defs(tree) {
        for parameter in &def.params {
            let Some(ident) = parameter.node.ident() else {
                continue;
            };
            if ident.node.ident == "bench" && walk::annotation(parameter, &source.text).is_none() {
                let told = source.at(range(ident.span), "this parameter has no type");
                let told = told.expected("`bench: Bench`");
                found.push(told.help("only annotated parameters are checked before the run"));
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
            let told = source.at(range(expr.span), "this line does nothing");
            found.push(told.help("a verb is called with parentheses: add `()`"));
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
    let regex = regex::bytes::RegexBuilder::new(text)
        .size_limit(1 << 20)
        .build();
    if let Err(error) = regex {
        found.push(source.at(range(expr.span), crate::tools::bad_pattern(&error)));
    }
}
