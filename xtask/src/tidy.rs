//! Style that is enforced: sizes of files, lines and functions, and words that must not be in the tree.

use std::path::{Path, PathBuf};
use std::process::Command;

/// No file is longer.
const LINES_MAX: usize = 800;
/// At least nine files of ten are at most this long.
const LINES_P90_MAX: usize = 350;
/// The middle file is at most this long.
const LINES_MEDIAN_MAX: usize = 200;
/// No line of Rust is wider, in characters.
const COLUMNS_MAX: usize = 120;
/// The same for Starlark: its sentences are for people and cannot be broken.
const COLUMNS_MAX_STAR: usize = 160;
/// No function is longer.
const FUNCTION_LINES_MAX: usize = 80;

/// Words that mean unfinished work, put together here so that this file does not hold them.
const UNFINISHED: &[(&str, &str)] = &[("TO", "DO"), ("FIX", "ME"), ("XX", "X")];

/// Checks every tracked Rust and Starlark file.
pub fn check() -> Result<String, String> {
    let files = tracked(&["*.rs", "*.star"])?;
    let mut wrong = Vec::new();
    let mut sizes = Vec::new();
    for path in &files {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        sizes.push(text.lines().count());
        one_file(path, &text, &mut wrong);
    }
    sizes.sort_unstable();
    let at = |percent: usize| sizes.get((sizes.len() * percent / 100).min(sizes.len() - 1));
    let (median, p90) = (*at(50).unwrap_or(&0), *at(90).unwrap_or(&0));
    if median > LINES_MEDIAN_MAX {
        wrong.push(format!(
            "the median file has {median} lines, more than {LINES_MEDIAN_MAX}"
        ));
    }
    if p90 > LINES_P90_MAX {
        wrong.push(format!(
            "90 % of files have up to {p90} lines, more than {LINES_P90_MAX}"
        ));
    }
    if wrong.is_empty() {
        Ok(format!(
            "{} files, median {median} lines, 90 % up to {p90}, longest {}",
            files.len(),
            sizes.last().unwrap_or(&0)
        ))
    } else {
        Err(wrong.join("\n"))
    }
}

fn tracked(patterns: &[&str]) -> Result<Vec<PathBuf>, String> {
    let out = Command::new("git").arg("ls-files").args(patterns).output();
    let out = out.map_err(|e| format!("git ls-files: {e}"))?;
    let text = String::from_utf8_lossy(&out.stdout);
    let files: Vec<PathBuf> = text
        .lines()
        .map(PathBuf::from)
        .filter(|p| p.is_file())
        .collect();
    if files.is_empty() {
        Err("git knows no files here".to_owned())
    } else {
        Ok(files)
    }
}

fn one_file(path: &Path, text: &str, wrong: &mut Vec<String>) {
    let lines = text.lines().count();
    let name = path.display();
    if lines > LINES_MAX {
        wrong.push(format!(
            "{name}: {lines} lines, more than {LINES_MAX}: split it by what it does"
        ));
    }
    let is_star = path.extension().is_some_and(|e| e == "star");
    let columns_max = if is_star {
        COLUMNS_MAX_STAR
    } else {
        COLUMNS_MAX
    };
    for (i, line) in text.lines().enumerate() {
        let width = line.chars().count();
        if width > columns_max {
            wrong.push(format!(
                "{name}:{}: {width} columns, more than {columns_max}",
                i + 1
            ));
        }
        for (a, b) in UNFINISHED {
            if line.contains(&format!("{a}{b}")) {
                wrong.push(format!("{name}:{}: unfinished work: {a}{b}", i + 1));
            }
        }
    }
    for (line, length) in long_functions(text) {
        wrong.push(format!(
            "{name}:{line}: a function of {length} lines, more than {FUNCTION_LINES_MAX}"
        ));
    }
}

/// Functions that are too long: first line and length. rustfmt's own layout makes a function end at the closing
/// brace in the column where its `fn` line begins.
fn long_functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let head = line.trim_start();
        let is_fn = head.starts_with("fn ")
            || [
                "pub fn ",
                "pub(crate) fn ",
                "pub(super) fn ",
                "async fn ",
                "const fn ",
            ]
            .iter()
            .any(|p| head.starts_with(p));
        // A Starlark module is a list of verbs, each a function of its own inside.
        let is_list = i > 0 && lines[i - 1].trim_end().ends_with("starlark_module]");
        // One that a trait asks for has no body, and ends before any.
        let mut ends = lines[i..].iter().map(|l| l.trim_end());
        let bodiless = ends
            .find(|l| l.ends_with(['{', ';']))
            .is_some_and(|l| l.ends_with(';'));
        if !is_fn || is_list || bodiless {
            continue;
        }
        let close = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[i..].iter().position(|l| **l == close)
            && length + 1 > FUNCTION_LINES_MAX
        {
            out.push((i + 1, length + 1));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_function_is_found_and_a_short_one_is_not() {
        let body = "    let x = 1;\n".repeat(FUNCTION_LINES_MAX);
        let text = format!("fn long() {{\n{body}}}\n\nfn short() {{\n    let y = 2;\n}}\n");
        assert_eq!(long_functions(&text), [(1, FUNCTION_LINES_MAX + 2)]);
        let asked = format!(
            "trait A {{\n    fn of_it();\n{body}    fn long(\n        a: u8,\n    ) {{\n{body}    }}\n}}\n"
        );
        assert_eq!(
            long_functions(&asked),
            [(FUNCTION_LINES_MAX + 3, FUNCTION_LINES_MAX + 4)]
        );
    }

    #[test]
    fn a_wide_line_and_an_unfinished_word_are_found() {
        let mut wrong = Vec::new();
        let text = format!("// {}\n// {}{}\n", "x".repeat(COLUMNS_MAX), "TO", "DO");
        one_file(Path::new("a.rs"), &text, &mut wrong);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }
}
