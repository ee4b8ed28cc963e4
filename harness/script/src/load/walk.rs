//! Walking the syntax tree.

use starlark_syntax::codemap::Span;
use starlark_syntax::syntax::ast::{
    AstExpr, AstLiteral, AstNoPayload, AstParameter, AstStmt, CallArgsP, DefP, ExprP, LambdaP,
    StmtP,
};

/// A function definition.
pub(crate) type Def = DefP<AstNoPayload>;

/// Arguments of a call.
pub(crate) type CallArgs = CallArgsP<AstNoPayload>;

/// A span as a byte range.
pub(crate) fn range(span: Span) -> std::ops::Range<usize> {
    span.begin().get() as usize..span.end().get() as usize
}

/// Visits every expression of a statement, outer before inner.
pub(crate) fn each_expr<'a>(stmt: &'a AstStmt, f: &mut dyn FnMut(&'a AstExpr)) {
    stmt.visit_expr(|expr| each_inner(expr, f));
}

fn each_inner<'a>(expr: &'a AstExpr, f: &mut dyn FnMut(&'a AstExpr)) {
    f(expr);
    expr.visit_expr(|inner| each_inner(inner, f));
}

/// Visits every statement, outer before inner.
pub(crate) fn each_stmt<'a>(stmt: &'a AstStmt, f: &mut dyn FnMut(&'a AstStmt)) {
    f(stmt);
    stmt.visit_stmt(|inner| each_stmt(inner, f));
}

/// Statements at the top of a file.
pub(crate) fn top_level(stmt: &AstStmt) -> Vec<&AstStmt> {
    match &stmt.node {
        StmtP::Statements(all) => all.iter().flat_map(top_level).collect(),
        _ => vec![stmt],
    }
}

/// Functions defined at the top of a file.
pub(crate) fn top_defs(stmt: &AstStmt) -> Vec<&Def> {
    let defs = top_level(stmt)
        .into_iter()
        .filter_map(|stmt| match &stmt.node {
            StmtP::Def(def) => Some(def),
            _ => None,
        });
    defs.collect()
}

/// Every function of a file, inner ones too.
pub(crate) fn all_defs(stmt: &AstStmt) -> Vec<&Def> {
    let mut defs = Vec::new();
    each_stmt(stmt, &mut |stmt| {
        if let StmtP::Def(def) = &stmt.node {
            defs.push(def);
        }
    });
    defs
}

/// Every lambda of a file.
pub(crate) fn lambdas(stmt: &AstStmt) -> Vec<(&LambdaP<AstNoPayload>, Span)> {
    let mut found = Vec::new();
    each_expr(stmt, &mut |expr| {
        if let ExprP::Lambda(lambda) = &expr.node {
            found.push((lambda, expr.span));
        }
    });
    found
}

/// A text literal.
pub(crate) fn text(expr: &AstExpr) -> Option<&str> {
    match &expr.node {
        ExprP::Literal(AstLiteral::String(text)) => Some(&text.node),
        _ => None,
    }
}

/// A plain name.
pub(crate) fn name(expr: &AstExpr) -> Option<&str> {
    match &expr.node {
        ExprP::Identifier(ident) => Some(&ident.node.ident),
        _ => None,
    }
}

/// A call as the thing called and its arguments.
pub(crate) fn call(expr: &AstExpr) -> Option<(&AstExpr, &CallArgs)> {
    match &expr.node {
        ExprP::Call(callee, args) => Some((callee, args)),
        _ => None,
    }
}

/// Last name of what is called: `expect` of `bench.console.expect`.
pub(crate) fn last_name(callee: &AstExpr) -> Option<&str> {
    match &callee.node {
        ExprP::Dot(_, verb) => Some(&verb.node),
        _ => name(callee),
    }
}

/// Annotation of a parameter, as written.
pub(crate) fn annotation<'a>(parameter: &AstParameter, source: &'a str) -> Option<&'a str> {
    use starlark_syntax::syntax::ast::ParameterP;
    match &parameter.node {
        ParameterP::Normal(_, Some(ty), _) => source.get(range(ty.span)).map(str::trim),
        _ => None,
    }
}

/// Names a file gives to things: functions, parameters, variables.
pub(crate) fn bound_names(stmt: &AstStmt) -> Vec<&str> {
    let mut names = Vec::new();
    each_stmt(stmt, &mut |stmt| match &stmt.node {
        StmtP::Def(def) => {
            names.push(def.name.node.ident.as_str());
            let parameters = def
                .params
                .iter()
                .filter_map(|parameter| parameter.node.ident());
            names.extend(parameters.map(|name| name.node.ident.as_str()));
        }
        StmtP::Assign(assign) => assign.lhs.visit_lvalue(|name| names.push(&name.node.ident)),
        StmtP::For(each) => each.var.visit_lvalue(|name| names.push(&name.node.ident)),
        _ => {}
    });
    names
}
