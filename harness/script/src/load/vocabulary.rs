//! Every name scripts can use on values, for suggestions: read from the natives' own documentation.

use crate::globals::{Kind, globals};
use starlark::docs::{DocFunction, DocItem, DocMember, DocType};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Members of one type.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// Name to the function's documentation, or to nothing for an attribute.
    pub(crate) of: BTreeMap<String, Option<DocFunction>>,
}

/// Type name to its members. Namespaces are under their own name; global functions under the empty
/// one.
pub(crate) static VOCABULARY: LazyLock<BTreeMap<String, Members>> = LazyLock::new(|| {
    let mut all: BTreeMap<String, Members> = BTreeMap::new();
    for (name, doc) in crate::api::types() {
        all.insert(name.to_owned(), members(doc));
    }
    for (name, item) in globals(Kind::Case).documentation().members {
        match item {
            DocItem::Module(module) => {
                let entry = all.entry(name).or_default();
                for (member, item) in module.members {
                    let function = match item.try_as_member() {
                        Some(DocMember::Function(function)) => Some(function),
                        _ => None,
                    };
                    entry.of.insert(member, function);
                }
            }
            DocItem::Member(DocMember::Function(function)) => {
                all.entry(String::new())
                    .or_default()
                    .of
                    .insert(name, Some(function));
            }
            DocItem::Type(doc) => {
                if let Some(function) = doc.constructor {
                    all.entry(String::new())
                        .or_default()
                        .of
                        .insert(name, Some(function));
                }
            }
            DocItem::Member(DocMember::Property(_)) => {}
        }
    }
    all
});

fn members(doc: DocType) -> Members {
    let of = doc.members.into_iter().map(|(name, member)| match member {
        DocMember::Function(function) => (name, Some(function)),
        DocMember::Property(_) => (name, None),
    });
    Members { of: of.collect() }
}
