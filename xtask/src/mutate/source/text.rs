//! As much of Starlark as cutting needs: lines, calls, their arguments, indented bodies.

/// Statements of a script that begin a line: where each begins, and the rest of its line.
pub fn statements(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let statement = line.trim_start();
        let from = at + line.len() - statement.len();
        at += line.len();
        (from, statement)
    })
}

/// Characters from here on that are neither in a text nor in a comment, with how many brackets are open before each.
fn code(text: &str, from: usize) -> impl Iterator<Item = (usize, char, usize)> {
    let (mut depth, mut quote, mut escaped, mut comment) = (0_usize, None, false, false);
    text[from..].char_indices().filter_map(move |(at, c)| {
        let before = depth;
        match (quote, c) {
            (_, '\n') if comment => comment = false,
            _ if comment => return None,
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') => comment = true,
            (None, _) => {
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                return Some((from + at, c, before));
            }
        }
        None
    })
}

/// End of a call that begins here, after its closing bracket.
pub fn call_end(text: &str, from: usize) -> Option<usize> {
    let closes =
        |&(_, c, before): &(usize, char, usize)| before == 1 && matches!(c, ')' | ']' | '}');
    code(text, from).find(closes).map(|(at, _, _)| at + 1)
}

/// Named arguments of a call that begins here: each with the span of its value.
pub fn arguments(text: &str, from: usize) -> Vec<(&str, (usize, usize))> {
    let Some(end) = call_end(text, from) else {
        return Vec::new();
    };
    let mut edges = Vec::new();
    for (at, c, before) in code(text, from).take_while(|(at, _, _)| *at < end) {
        if (c == '(' && before == 0) || (c == ',' && before == 1) || at + 1 == end {
            edges.push(at);
        }
    }
    let pieces = edges.windows(2).filter_map(|pair| {
        let (from, to) = (pair[0] + 1, pair[1]);
        // Comments may stand before an argument.
        let equals = code(text, from)
            .find(|(_, c, before)| *before == 0 && *c == '=')?
            .0;
        if equals >= to {
            return None;
        }
        let name = text[from..equals].split_whitespace().last()?;
        let value = text[equals + 1..to].trim();
        let start = equals + 1 + text[equals + 1..to].find(value)?;
        Some((name, (start, start + value.len())))
    });
    pieces.collect()
}

/// Lines below this one that are indented more, without the last line end.
pub fn body(text: &str, statement: usize) -> (usize, usize) {
    let start = text[..statement].rfind('\n').map_or(0, |at| at + 1);
    let indent = statement - start;
    let below = text[statement..]
        .find('\n')
        .map_or(text.len(), |at| statement + at + 1);
    let (mut end, mut at) = (below, below);
    for line in text[below..].split_inclusive('\n') {
        let deep = line.len() - line.trim_start().len();
        if !line.trim().is_empty() {
            if deep <= indent {
                break;
            }
            end = at + line.trim_end().len();
        }
        at += line.len();
    }
    (below, end)
}
