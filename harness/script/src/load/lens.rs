//! The text the type checker is given, where it would otherwise look away.
//!
//! Starlark's checker types annotated parameters only and never looks into a lambda. So it gets a
//! second text in which each lambda is opened into a list of its body, and in which the parameters
//! of a device script's operations carry the types of the contract. Places are led back to the
//! file.

use crate::contract::DeviceOp;
use crate::load::walk::{self, Def, range};
use starlark_syntax::syntax::ast::{AstParameter, AstStmt, ParameterP};

/// A changed text.
#[derive(Debug, Default)]
pub(crate) struct Lens {
    /// Insertions: byte of the file, text.
    inserted: Vec<(usize, String)>,
    /// Byte ranges of the file replaced by a bracket and blanks of the same length.
    opened: Vec<std::ops::Range<usize>>,
}

impl Lens {
    /// Gives the parameters of a device script's operations the types of the contract.
    pub(crate) fn typed_ops(tree: &AstStmt) -> Self {
        let mut lens = Self::default();
        for def in walk::top_defs(tree) {
            if let Some(op) = DeviceOp::named(&def.name.node.ident) {
                lens.type_parameters(def, op);
            }
        }
        lens.inserted.sort();
        lens
    }

    fn type_parameters(&mut self, def: &Def, op: &DeviceOp) {
        for parameter in &def.params {
            let Some((name, false)) = bare(parameter) else {
                continue;
            };
            let known = op
                .parameters
                .iter()
                .find(|(known, _)| *known == name.node.ident);
            if let Some((_, ty)) = known {
                // Comparing an owner with None is harmless, and the checker would object.
                let ty = if *ty == "Owner" { "Owner | None" } else { ty };
                self.inserted
                    .push((range(name.span).end, format!(": {ty}")));
            }
        }
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
