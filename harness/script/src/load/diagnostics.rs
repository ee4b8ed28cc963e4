//! Starlark's errors as diagnostics: the place, what was expected, the nearest name.

use crate::load::source::Source;
use crate::load::vocabulary::VOCABULARY;
use crate::load::walk::{self, CallArgs, range};
use crate::type_names::type_name;
use proofhouse_model::{Diagnostic, nearest};
use regex::Regex;
use starlark::docs::DocFunction;
use starlark_syntax::syntax::ast::{ArgumentP, AstExpr, AstStmt, ExprP};
use std::ops::Range;
use std::sync::LazyLock;

/// A pattern over one of Starlark's messages. Its types are private, so the text is all there is; a
/// test of every kind of message fails when a new version words one differently.
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
message!(
    PARAMETER,
    r"^Type of parameter `([^`]*)` doesn't match, expected `(.*)`, actual `\w+ \(repr: (.*)\)`$"
);
message!(DID_YOU_MEAN, r"^(.*?),? did you mean `([^`]*)`\??$");
message!(NO_VARIABLE, r"^Variable `([^`]*)` not found$");

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

/// Limits on a file's top level have no place.
fn without_place(source: &Source, message: &str) -> Diagnostic {
    let what = match message {
        _ if message.starts_with("Execution duration limit") => {
            "the top of this file does not come to an end"
        }
        _ if message.starts_with("Heap memory limit") => {
            "the top of this file takes too much memory"
        }
        _ => return Diagnostic::whole(&source.shown, clause(message)),
    };
    let diagnostic = Diagnostic::whole(&source.shown, what.to_owned());
    diagnostic.help("a file's top level only names things: move the work into a function")
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
        return without_place(source, message);
    };
    let span = map(span.span.begin().get() as usize)..map(span.span.end().get() as usize);
    let callee = tree.and_then(|tree| callee_at(tree, &span));
    if let Some(diagnostic) = about_names(source, tree, &span, message, callee.as_ref()) {
        return diagnostic;
    }
    if let Some(found) = captures(&EXPECTED, message) {
        let diagnostic = source.at(
            span,
            format!("this is `{}`, which does not fit here", type_name(found[1])),
        );
        return diagnostic.expected(format!("`{}`", type_name(found[0])));
    }
    if let Some(found) = captures(&PARAMETER, message) {
        let place = tree
            .and_then(|tree| argument_at(tree, &span, found[0]))
            .unwrap_or(span);
        let diagnostic = source.at(place, format!("`{}` is {}", found[0], found[2]));
        return diagnostic.expected(format!("`{}`", type_name(found[1])));
    }
    if let Some(found) = captures(&MISSING, message) {
        let diagnostic = source.at(span, format!("parameter `{}` is missing", found[0]));
        return with_signature(diagnostic, callee.as_ref());
    }
    if message == "Too many positional arguments" {
        return with_signature(source.at(span, "too many arguments"), callee.as_ref());
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
    tree: Option<&AstStmt>,
    span: &Range<usize>,
    message: &str,
    callee: Option<&Callee>,
) -> Option<Diagnostic> {
    if let Some(found) = captures(&NO_ATTRIBUTE, message) {
        let (attribute, ty) = (found[0], type_name(found[1]));
        let diagnostic = source.at(span.clone(), format!("`{ty}` has no `{attribute}`"));
        let names: Vec<&str> = member_names(&ty).collect();
        let near = nearest(attribute, names.iter().copied());
        return Some(match near {
            None if (1..=10).contains(&names.len()) => {
                diagnostic.expected(format!("one of {}", names.join(", ")))
            }
            near => diagnostic.nearest(near),
        });
    }
    if let Some(found) = captures(&NO_NAMED, message) {
        let diagnostic = source.at(
            span.clone(),
            format!("there is no parameter `{}`", found[0]),
        );
        let names = callee
            .into_iter()
            .flat_map(Callee::functions)
            .flat_map(parameter_names);
        let near = nearest(found[0], names);
        return Some(with_signature(diagnostic.nearest(near), callee));
    }
    let plain = captures(&DID_YOU_MEAN, message).map_or(message, |found| found[0]);
    let variable = captures(&NO_VARIABLE, plain)?;
    Some(unknown_name(source, tree, span, variable[0]))
}

pub(crate) fn unknown_name(
    source: &Source,
    tree: Option<&AstStmt>,
    span: &Range<usize>,
    name: &str,
) -> Diagnostic {
    let diagnostic = source.at(span.clone(), format!("there is no `{name}` here"));
    match name {
        "case" => {
            diagnostic.help("only a file in cases/ has a head; a library or device script has none")
        }
        "check" | "measure" => diagnostic
            .help("a device script judges nothing: return an Answer and let the case check it"),
        "print" => diagnostic.help("use bench.note(text): it goes to the report"),
        _ => {
            let global = VOCABULARY
                .get("")
                .into_iter()
                .flat_map(|members| members.of.keys());
            let spaces = VOCABULARY
                .keys()
                .filter(|name| name.starts_with(char::is_lowercase));
            let own = tree.map(walk::bound_names).unwrap_or_default();
            let all = global.chain(spaces).map(String::as_str).chain(own);
            diagnostic.nearest(nearest(name, all))
        }
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

/// What is called at a place.
struct Callee {
    /// Last name, such as `cut_in`.
    name: String,
    /// What stands before it: nothing, `check`, or anything else.
    owner: Option<String>,
}

impl Callee {
    /// Functions it may be: of the namespace `check`, a global one, or one of that name on any
    /// type.
    fn functions(&self) -> impl Iterator<Item = &'static DocFunction> {
        let within = match self.owner.as_deref() {
            None => Some(""),
            Some("check") => Some("check"),
            Some(_) => None,
        };
        let found = VOCABULARY.iter().filter(move |(ty, _)| match within {
            Some(only) => ty.as_str() == only,
            None => ty.starts_with(char::is_uppercase),
        });
        let name = self.name.clone();
        found.filter_map(move |(_, members)| members.of.get(&name)?.as_ref())
    }
}

/// Adds how the function called is written, when its name tells it.
fn with_signature(diagnostic: Diagnostic, callee: Option<&Callee>) -> Diagnostic {
    let Some(callee) = callee else {
        return diagnostic;
    };
    let mut all: Vec<String> = callee
        .functions()
        .map(|function| crate::api::signature(&callee.name, function))
        .collect();
    all.dedup();
    match all.as_slice() {
        [only] => diagnostic.expected(format!("`{only}`")),
        _ => diagnostic,
    }
}

/// Innermost call that is, or has an argument, at a place.
fn call_at<'a>(tree: &'a AstStmt, span: &Range<usize>) -> Option<(&'a AstExpr, &'a CallArgs)> {
    let mut best: Option<(usize, (&AstExpr, &CallArgs))> = None;
    walk::each_expr(tree, &mut |expr| {
        let Some((callee, args)) = walk::call(expr) else {
            return;
        };
        let whole = range(expr.span);
        let argument = args.args.iter().any(|argument| {
            let place = match &argument.node {
                ArgumentP::Named(..) => range(argument.span),
                other => range(other.expr().span),
            };
            place == *span
        });
        let here = whole == *span || argument;
        if here && best.as_ref().is_none_or(|(least, _)| whole.len() < *least) {
            best = Some((whole.len(), (callee, args)));
        }
    });
    best.map(|(_, call)| call)
}

fn callee_at(tree: &AstStmt, span: &Range<usize>) -> Option<Callee> {
    let (callee, _) = call_at(tree, span)?;
    let name = walk::last_name(callee)?.to_owned();
    let owner = match &callee.node {
        ExprP::Dot(owner, _) => Some(walk::last_name(owner).unwrap_or_default().to_owned()),
        _ => None,
    };
    Some(Callee { name, owner })
}

/// Place of a named argument of the call at a place.
fn argument_at(tree: &AstStmt, span: &Range<usize>, wanted: &str) -> Option<Range<usize>> {
    let (_, args) = call_at(tree, span)?;
    args.args.iter().find_map(|argument| match &argument.node {
        ArgumentP::Named(name, value) if name.node == wanted => Some(range(value.span)),
        _ => None,
    })
}

/// Whether an error is an argument of the wrong type for a function of the file that `chosen`
/// picks.
pub(crate) fn is_mismatch_in_call(
    error: &starlark::Error,
    tree: &AstStmt,
    map: &dyn Fn(usize) -> usize,
    chosen: &dyn Fn(&str) -> bool,
) -> bool {
    let text = error.without_diagnostic().to_string();
    let (Some(span), true) = (error.span(), captures(&EXPECTED, text.trim()).is_some()) else {
        return false;
    };
    let span = map(span.span.begin().get() as usize)..map(span.span.end().get() as usize);
    callee_at(tree, &span).is_some_and(|callee| callee.owner.is_none() && chosen(&callee.name))
}
