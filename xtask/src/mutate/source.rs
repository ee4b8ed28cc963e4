//! What can be cut out of a script: calls of `check.*`, measures with a limit, and whole bodies of `run`.

/// A piece of a script, and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// From byte, to byte.
    span: (usize, usize),
    /// Line of its beginning, from 1.
    pub line: usize,
    /// What it is, in short.
    pub what: String,
    /// What stands in its place.
    instead: &'static str,
}

impl Cut {
    /// The script without the piece; lines keep their numbers.
    pub fn made_in(&self, text: &str) -> String {
        let lines = text[self.span.0..self.span.1].matches('\n').count();
        format!(
            "{}{}{}{}",
            &text[..self.span.0],
            self.instead,
            "\n".repeat(lines),
            &text[self.span.1..]
        )
    }
}

/// Every cut of a script, in its order.
pub fn cuts(text: &str, is_case: bool) -> Vec<Cut> {
    let mut out = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let statement = line.trim_start();
        let from = at + line.len() - statement.len();
        let number = text[..at].matches('\n').count() + 1;
        // A second look tells the case how it came out: there the check is taken for shown.
        let asked = statement.find("check.confirmed(").filter(|at| *at > 0);
        if let Some(to) = asked.and_then(|at| call_end(text, from + at)) {
            out.push(Cut {
                span: (from + asked.unwrap_or(0), to),
                line: number,
                what: "without check.confirmed".to_owned(),
                instead: "True",
            });
        }
        let (check, measure) = (
            statement.starts_with("check."),
            statement.starts_with("measure("),
        );
        if let Some(to) = (check || measure).then(|| call_end(text, from)).flatten() {
            let call = &text[from..to];
            if check || call.contains("at_most") || call.contains("at_least") {
                let verb = call.split('(').next().unwrap_or_default();
                out.push(Cut {
                    span: (from, to),
                    line: number,
                    what: format!("without {verb}"),
                    instead: "pass",
                });
            }
        }
        if is_case && line.starts_with("def run(") {
            let (from, to) = body(text, at + line.len());
            out.push(Cut {
                span: (from, to),
                line: number,
                what: "run does nothing".to_owned(),
                instead: "pass",
            });
        }
        at += line.len();
    }
    out
}

/// End of a call, after its closing bracket.
fn call_end(text: &str, from: usize) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text[from..].char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(from + at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The indented lines from here on, without the first indent and the last line end.
fn body(text: &str, from: usize) -> (usize, usize) {
    let (mut end, mut at) = (from, from);
    for line in text[from..].split_inclusive('\n') {
        if !line.trim().is_empty() {
            if !line.starts_with(' ') {
                break;
            }
            end = at + line.trim_end().len();
        }
        at += line.len();
    }
    let indent = text[from..].len() - text[from..].trim_start().len();
    (from + indent, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = "\
def run(bench: Bench):
    x = 1
    check.true(x == 1, holds = \"a ) in a text\")
    measure(\"n\", x, \"s\")
    if x:
        measure(
            \"n\",
            x,
            at_most = 3,
            otherwise = \"more\",
        )

def other():
    check.empty([], otherwise = \"y\")
    return x and check.confirmed(
        look = x,
    )
";

    #[test]
    fn each_check_can_be_cut_out_alone_and_lines_stay() {
        let found = cuts(CASE, true);
        let told: Vec<(usize, &str)> = found.iter().map(|c| (c.line, c.what.as_str())).collect();
        let wanted = [
            (1, "run does nothing"),
            (3, "without check.true"),
            (6, "without measure"),
            (14, "without check.empty"),
            (15, "without check.confirmed"),
        ];
        assert_eq!(told, wanted);
        for cut in &found {
            let made = cut.made_in(CASE);
            assert_eq!(
                made.matches('\n').count(),
                CASE.matches('\n').count(),
                "{made}"
            );
            assert!(made.contains("def other():\n"), "{made}");
        }
        assert!(found[4].made_in(CASE).contains("return x and True\n"));
        assert!(!found[1].made_in(CASE).contains("a ) in"));
        assert!(
            found[0]
                .made_in(CASE)
                .starts_with("def run(bench: Bench):\n    pass\n")
        );
    }
}
