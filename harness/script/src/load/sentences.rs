//! A check tells how it came out by two sentences; here they are looked at before anything runs.

use crate::checks::sentences;
use crate::load::source::Source;
use crate::load::walk::{self, CallArgs, range};
use proofhouse_model::Diagnostic;
use starlark_syntax::syntax::ast::{ArgumentP, AstExpr, ExprP};

/// Looks at one call: the sentences of `check.*` and of a `measure` with a limit.
pub(crate) fn look(
    source: &Source,
    callee: &AstExpr,
    args: &CallArgs,
    found: &mut Vec<Diagnostic>,
) {
    let is_measure = walk::name(callee) == Some("measure");
    if !is_measure && !is_check(callee) {
        return;
    }
    let limit = named(args, "at_most").or(named(args, "at_least"));
    let (holds, otherwise) = (named(args, "holds"), named(args, "otherwise"));
    match (holds, otherwise, limit) {
        (Some(holds), Some(otherwise), _) => {
            let Some((at, why)) = wrong(source, holds, otherwise) else {
                return;
            };
            found.push(source.at(range(at.span), why));
        }
        (_, _, Some(limit)) if is_measure => {
            let what = "this limit decides something, and no sentence says what";
            let diagnostic = source.at(range(limit.span), what);
            found.push(diagnostic.expected(
                "`holds = \"...\"` (true when it is kept) and `otherwise = \"...\"` (true when it is broken)",
            ));
        }
        _ => {} // What is missing from `check.*` is found by the type checker.
    }
}

/// What is wrong with two sentences, and which of them. One that is put together at run is looked at then.
fn wrong<'a>(
    source: &Source,
    holds: &'a AstExpr,
    otherwise: &'a AstExpr,
) -> Option<(&'a AstExpr, String)> {
    let said = |expr| walk::text(expr).unwrap_or_else(|| written(source, expr));
    let why = sentences(said(holds), said(otherwise)).err()?;
    let first = said(holds).trim().is_empty();
    Some((if first { holds } else { otherwise }, why))
}

fn is_check(callee: &AstExpr) -> bool {
    matches!(&callee.node, ExprP::Dot(owner, _) if walk::name(owner) == Some("check"))
}

/// As it stands in the file: the same expression gives the same sentence, whatever is put into it.
fn written<'a>(source: &'a Source, expr: &AstExpr) -> &'a str {
    source.text.get(range(expr.span)).unwrap_or("?")
}

fn named<'a>(args: &'a CallArgs, wanted: &str) -> Option<&'a AstExpr> {
    args.args.iter().find_map(|argument| match &argument.node {
        ArgumentP::Named(name, value) if name.node == wanted => Some(value),
        _ => None,
    })
}
