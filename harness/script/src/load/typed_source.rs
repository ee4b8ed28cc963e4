//! The text the type checker is given, where it would otherwise look away.
//!
//! Starlark's checker types annotated parameters only and never looks into a lambda. So it gets a
//! second text in which each lambda is opened into a list of its body, and in which the parameters
//! of a device script's operations carry the types of the contract. Places are led back to the
//! file.

use crate::contract::DeviceOp;
use crate::globals::Kind;
use crate::load::vocabulary::VOCABULARY;
use crate::load::walk::{self, Def, range};
use starlark_syntax::syntax::ast::{AstExpr, AstParameter, AstStmt, ExprP, ParameterP, StmtP};
use std::collections::BTreeSet;

/// A changed text.
#[derive(Debug, Default)]
pub(crate) struct TypedSource {
    /// Insertions: byte of the file, text.
    inserted: Vec<(usize, String)>,
    /// Functions whose parameters were given types by their names only.
    loose: BTreeSet<String>,
    /// Byte ranges of the file replaced by a bracket and blanks of the same length.
    opened: Vec<std::ops::Range<usize>>,
}

impl TypedSource {
    /// Adds the types that are known but not written: those of the contract for a device script's
    /// operations, an `owner` for an `Owner`, and what a function returns when it only passes on
    /// what a verb returned.
    pub(crate) fn typed(tree: &AstStmt, source: &str, kind: Kind) -> Self {
        let mut typed = Self::default();
        for def in walk::top_defs(tree) {
            let op = DeviceOp::named(&def.name.node.ident).filter(|_| kind == Kind::Device);
            for parameter in &def.params {
                typed.type_parameter(def, parameter, op);
            }
            let returns = match op {
                Some(op) if op.returns != "None" => Some(op.returns.to_owned()),
                Some(_) => None,
                None => passed_on(def),
            };
            if let (None, Some(ty), Some(at)) =
                (&def.return_type, returns, end_of_parameters(def, source))
            {
                typed.inserted.push((at, format!(" -> {ty}")));
            }
        }
        typed.inserted.sort();
        typed
    }

    fn type_parameter(&mut self, def: &Def, parameter: &AstParameter, op: Option<&DeviceOp>) {
        let Some((name, false)) = bare(parameter) else {
            return;
        };
        let known = op.and_then(|op| {
            let known = op
                .parameters
                .iter()
                .find(|(known, _)| *known == name.node.ident);
            known.map(|(_, ty)| *ty)
        });
        let owner = (name.node.ident == "owner").then_some("Owner");
        let Some(ty) = known.or(owner) else {
            return;
        };
        if op.is_none() {
            self.loose.insert(def.name.node.ident.clone());
        }
        // Comparing an owner with None is harmless, and the checker would object.
        let ty = if ty == "Owner" { "Owner | None" } else { ty };
        self.inserted
            .push((range(name.span).end, format!(": {ty}")));
    }

    /// Whether a function's parameters were given types by their names only: then its callers are
    /// not held to them.
    pub(crate) fn is_loose(&self, function: &str) -> bool {
        self.loose.contains(function)
    }

    /// Opens every lambda; `None` when there is none.
    pub(crate) fn open_lambdas(mut self, tree: &AstStmt) -> Option<Self> {
        let lambdas = walk::lambdas(tree);
        if lambdas.is_empty() {
            return None;
        }
        let mut closings = Vec::new();
        for (lambda, span) in lambdas {
            let (start, body) = (range(span).start, range(lambda.body.span));
            self.opened.push(start..body.start);
            let clauses: String = lambda
                .params
                .iter()
                .filter_map(|parameter| parameter.node.ident())
                .map(|name| format!(" for {} in [{ANYTHING}()]", name.node.ident))
                .collect();
            closings.push((range(span).end, start, format!("{clauses}]")));
        }
        // Of two lambdas that end together the inner one (which starts later) is closed first.
        closings.sort_by_key(|(end, start, _)| (*end, std::cmp::Reverse(*start)));
        self.inserted
            .extend(closings.into_iter().map(|(end, _, text)| (end, text)));
        self.inserted.sort_by_key(|(at, _)| *at); // stable
        Some(self)
    }

    /// Whether a byte range of the file lies inside the body of a lambda, and is not itself a
    /// lambda: that one was opened into a list, and fits nowhere.
    pub(crate) fn in_lambda(tree: &AstStmt, span: &std::ops::Range<usize>) -> bool {
        let lambdas = walk::lambdas(tree);
        let inside = lambdas.iter().any(|(lambda, _)| {
            let body = range(lambda.body.span);
            body.start <= span.start && span.end <= body.end
        });
        inside && !lambdas.iter().any(|(_, whole)| range(*whole) == *span)
    }

    /// The changed text.
    pub(crate) fn text(&self, source: &str) -> String {
        let mut bytes = source.as_bytes().to_vec();
        for range in &self.opened {
            let Some(slot) = bytes.get_mut(range.clone()) else {
                continue;
            };
            slot.fill(b' ');
            if let Some(first) = slot.first_mut() {
                *first = b'[';
            }
        }
        for (at, text) in self.inserted.iter().rev() {
            let at = (*at).min(bytes.len());
            bytes.splice(at..at, text.bytes());
        }
        String::from_utf8(bytes).unwrap_or_else(|_| source.to_owned())
    }

    /// The byte of the file that a byte of the changed text stands for.
    pub(crate) fn back(&self, at: usize) -> usize {
        let mut shift = 0;
        for (place, text) in &self.inserted {
            if place + shift >= at {
                break;
            }
            if place + shift + text.len() > at {
                return *place;
            }
            shift += text.len();
        }
        at - shift
    }
}

/// A function of the checker's world that returns anything.
pub(crate) const ANYTHING: &str = "__anything";

/// A parameter's name, and whether it has a type.
fn bare(parameter: &AstParameter) -> Option<(&starlark_syntax::syntax::ast::AstAssignIdent, bool)> {
    match &parameter.node {
        ParameterP::Normal(name, ty, _) => Some((name, ty.is_some())),
        _ => None,
    }
}

/// What a function returns, when each of its returns passes on a verb of `bench` or an answer, all
/// of one type.
fn passed_on(def: &Def) -> Option<String> {
    let mut types = BTreeSet::new();
    let mut returns = vec![&*def.body];
    while let Some(stmt) = returns.pop() {
        match &stmt.node {
            StmtP::Def(_) => {}
            StmtP::Return(value) => {
                types.insert(value.as_ref().and_then(verb_type)?);
            }
            _ => stmt.visit_stmt(|inner| returns.push(inner)),
        }
    }
    let only = types.pop_first()?;
    types.is_empty().then_some(only)
}

/// Type of `bench.lan.http(...)`, `bench.secret(...)` or `accepted(...)`.
fn verb_type(expr: &AstExpr) -> Option<String> {
    let (callee, _) = walk::call(expr)?;
    let (owner, verb) = match &callee.node {
        ExprP::Dot(owner, verb) => match &owner.node {
            ExprP::Dot(bench, object) if walk::name(bench) == Some("bench") => {
                (capital(&object.node), verb.node.as_str())
            }
            ExprP::Dot(peers, peer) if is_peers(peers) => (capital(&peer.node), verb.node.as_str()),
            _ if walk::name(owner) == Some("bench") => ("Bench".to_owned(), verb.node.as_str()),
            _ => return None,
        },
        _ => (String::new(), walk::name(callee)?),
    };
    let function = VOCABULARY.get(&owner)?.of.get(verb)?.as_ref()?;
    let ty = function.ret.typ.to_string();
    VOCABULARY.contains_key(&ty).then_some(ty)
}

/// `bench.peers`.
fn is_peers(expr: &AstExpr) -> bool {
    matches!(&expr.node, ExprP::Dot(bench, peers)
        if walk::name(bench) == Some("bench") && peers.node == "peers")
}

/// `lan` as the type `Lan`.
fn capital(object: &str) -> String {
    let mut chars = object.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// The byte after a definition's `)`.
fn end_of_parameters(def: &Def, source: &str) -> Option<usize> {
    let last = def.params.last().map(|parameter| range(parameter.span).end);
    let bytes = source.as_bytes();
    let mut at = last.unwrap_or(range(def.name.span).end);
    loop {
        match bytes.get(at)? {
            b')' => return Some(at + 1),
            b'#' => at += bytes[at..].iter().take_while(|b| **b != b'\n').count(),
            b' ' | b'\n' | b'\r' | b'\t' | b',' => at += 1,
            b'(' if last.is_none() => at += 1,
            _ => return None,
        }
    }
}
