//! Starlark's errors as diagnostics: the place, what was expected, the nearest name.

use crate::load::source::Source;
use crate::load::vocabulary::{VOCABULARY, functions, nearest};
use crate::load::walk::{self, range};
use proofhouse_model::Diagnostic;
use regex::Regex;
use starlark::docs::DocFunction;
use starlark_syntax::syntax::ast::{ArgumentP, AstStmt};
use std::sync::LazyLock;

/// A pattern over one of Starlark's messages. Its types are private, so the text is all there is; a test of every
/// kind of message fails when a new version words one differently.
macro_rules! message {
    ($name:ident, $pattern:literal) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

message!(
    NO_ATTRIBUTE,
    r"^The attribute `([^`]*)` is not available on the type `(.*)`$"
);
message!(NO_NAMED, r"^Unexpected parameter named `([^`]*)`$");
message!(
    MISSING,
    r"^Missing (?:required|named-only|positional-only|positional) parameter `([^`]*)`"
);
message!(EXPECTED, r"^Expected type `(.*)` but got `(.*)`$");
message!(DID_YOU_MEAN, r"^(.*?),? did you mean `([^`]*)`\??$");
message!(NO_VARIABLE, r"^Variable `([^`]*)` not found$");
message!(
    NO_TYPE,
    r"^Identifiers in type expressions can only refer globals or builtins: `([^`]*)`$"
);

fn captures<'t>(pattern: &LazyLock<Option<Regex>>, text: &'t str) -> Option<Vec<&'t str>> {
    let found = pattern.as_ref()?.captures(text)?;
    Some(
        found
            .iter()
            .skip(1)
            .map(|group| group.map_or("", |m| m.as_str()))
            .collect(),
    )
}

/// A message of Starlark in our form: one clause, small at the start.
fn clause(message: &str) -> String {
    let line = message
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or(message);
    let line = line
        .trim()
        .trim_start_matches("error: ")
        .trim_end_matches('.');
    let mut chars = line.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => "something is wrong here".to_owned(),
    }
}

/// Turns an error into a diagnostic. `map` leads a byte of the checked text back to the file's.
pub(crate) fn diagnose(
    source: &Source,
    tree: Option<&AstStmt>,
    error: &starlark::Error,
    map: &dyn Fn(usize) -> usize,
) -> Diagnostic {
    let text = error.without_diagnostic().to_string();
    let message = text.trim();
    let Some(span) = error.span() else {
        return Diagnostic::whole(&source.shown, clause(message));
    };
    let span = map(span.span.begin().get() as usize)..map(span.span.end().get() as usize);
    let callee = tree.and_then(|tree| callee_at(tree, &span));
    if let Some(told) = about_names(source, &span, message, callee.as_deref()) {
        return told;
    }
    if let Some(found) = captures(&EXPECTED, message) {
        let told = source.at(
            span,
            format!("this is `{}`, which does not fit here", plain(found[1])),
        );
        return told.expected(format!("`{}`", plain(found[0])));
    }
    if let Some(found) = captures(&MISSING, message) {
        let told = source.at(span, format!("parameter `{}` is missing", found[0]));
        return with_signature(told, callee.as_deref());
    }
    if message == "Too many positional arguments" {
        return with_signature(source.at(span, "too many arguments"), callee.as_deref());
    }
    if let Some(found) = captures(&DID_YOU_MEAN, message) {
        return source
            .at(span, clause(found[0]))
            .nearest(Some(found[1].to_owned()));
    }
    source.at(span, clause(message))
}

/// Errors about names that do not exist.
fn about_names(
    source: &Source,
    span: &std::ops::Range<usize>,
    message: &str,
    callee: Option<&str>,
) -> Option<Diagnostic> {
    if let Some(found) = captures(&NO_ATTRIBUTE, message) {
        let (attribute, ty) = (found[0], plain(found[1]));
        let told = source.at(span.clone(), format!("`{ty}` has no `{attribute}`"));
        return Some(told.nearest(nearest(attribute, member_names(&ty))));
    }
    if let Some(found) = captures(&NO_NAMED, message) {
        let told = source.at(
            span.clone(),
            format!("there is no parameter `{}`", found[0]),
        );
        let names = callee
            .into_iter()
            .flat_map(functions)
            .flat_map(parameter_names);
        let near = nearest(found[0], names);
        return Some(with_signature(told.nearest(near), callee));
    }
    if let Some(found) = captures(&NO_VARIABLE, message) {
        return Some(unknown_name(source, span, found[0]));
    }
    if let Some(found) = captures(&NO_TYPE, message) {
        let told = source.at(span.clone(), format!("there is no type `{}`", found[0]));
        let types = VOCABULARY
            .keys()
            .map(String::as_str)
            .filter(|name| !name.is_empty());
        return Some(told.nearest(nearest(found[0], types)));
    }
    let found = captures(&DID_YOU_MEAN, message)?;
    let variable = captures(&NO_VARIABLE, found[0])?;
    let told = unknown_name(source, span, variable[0]);
    Some(match told.nearest {
        Some(_) => told,
        None => told.nearest(Some(found[1].to_owned())),
    })
}

fn unknown_name(source: &Source, span: &std::ops::Range<usize>, name: &str) -> Diagnostic {
    let told = source.at(span.clone(), format!("there is no `{name}` here"));
    let own = VOCABULARY
        .get("")
        .into_iter()
        .flat_map(|members| members.of.keys());
    let spaces = VOCABULARY
        .keys()
        .filter(|name| name.starts_with(char::is_lowercase));
    let told = told.nearest(nearest(name, own.chain(spaces).map(String::as_str)));
    match name {
        "case" => {
            told.help("only a file in cases/ has a head; a library or device script has none")
        }
        "check" | "measure" => {
            told.help("a device script judges nothing: return an Answer and let the case check it")
        }
        "print" => told.help("use bench.note(text): it goes to the report"),
        _ => told,
    }
}

/// Names on a type, or on each type of a union.
fn member_names(ty: &str) -> impl Iterator<Item = &'static str> {
    let wanted: Vec<String> = ty.split(" | ").map(str::to_owned).collect();
    let all = VOCABULARY.iter();
    let found = all.filter(move |(name, _)| wanted.iter().any(|want| want == *name));
    found.flat_map(|(_, members)| members.of.keys().map(String::as_str))
}

fn parameter_names(function: &'static DocFunction) -> impl Iterator<Item = &'static str> {
    function
        .params
        .regular_params()
        .map(|parameter| parameter.name.as_str())
}

/// A type's name as people write it: a namespace is shown by Starlark with all its fields.
fn plain(ty: &str) -> String {
    if ty.starts_with("namespace(") {
        return "check".to_owned();
    }
    ty.replace("typing.Any", "anything")
}

/// Adds how the function called is written, when its name tells it.
fn with_signature(told: Diagnostic, callee: Option<&str>) -> Diagnostic {
    let Some(callee) = callee else {
        return told;
    };
    let mut all = functions(callee);
    match (all.next(), all.next()) {
        (Some(only), None) => told.expected(format!("`{}`", crate::api::signature(callee, only))),
        _ => told,
    }
}

/// Last name of the innermost call that holds a place, such as `cut_in`.
fn callee_at(tree: &AstStmt, span: &std::ops::Range<usize>) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    walk::each_expr(tree, &mut |expr| {
        let Some((callee, args)) = walk::call(expr) else {
            return;
        };
        let whole = range(expr.span);
        let exact = whole == *span;
        let argument = args.args.iter().any(|argument| {
            let place = match &argument.node {
                ArgumentP::Named(..) => range(argument.span),
                other => range(other.expr().span),
            };
            place == *span
        });
        if exact || argument {
            let size = whole.len();
            if best.as_ref().is_none_or(|(least, _)| size < *least) {
                best = walk::last_name(callee).map(|name| (size, name.to_owned()));
            }
        }
    });
    best.map(|(_, name)| name)
}
