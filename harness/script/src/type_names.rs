//! Starlark's types in the words of people who write cases.

/// Parts of a union, split where no bracket is open.
fn union_parts(ty: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0usize);
    for (at, c) in ty.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                parts.push(ty[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(ty[start..].trim());
    parts
}

/// A type as it is written and said: `Match | None`, `str | Bytes`, `list[str]`, `number`.
pub(crate) fn type_name(ty: &str) -> String {
    if ty.starts_with("namespace(") {
        return "check".to_owned(); // The only one; Starlark shows it with all its fields.
    }
    let mut parts: Vec<String> = union_parts(ty).into_iter().map(one).collect();
    let has = |parts: &[String], name: &str| parts.iter().any(|part| part == name);
    if has(&parts, "Bytes") && has(&parts, "bytes") {
        parts.retain(|part| part != "bytes");
    }
    if has(&parts, "int") && has(&parts, "float") {
        parts.retain(|part| part != "int" && part != "float");
        parts.insert(0, "number".to_owned());
    }
    let lists: Vec<String> = parts
        .iter()
        .filter(|part| part.starts_with("list["))
        .cloned()
        .collect();
    parts.retain(|part| !lists.iter().any(|list| is_tuple_of(part, list)));
    // What people pass most comes first, None last.
    parts.sort_by_key(|part| match part.as_str() {
        "None" => 2,
        "str" => 0,
        _ => 1,
    });
    parts.dedup();
    parts.join(" | ")
}

/// Whether a part is the tuple form of a list that is there too.
fn is_tuple_of(part: &str, list: &str) -> bool {
    let inner = |text: &str, open: &str, close: &str| {
        text.strip_prefix(open)?
            .strip_suffix(close)
            .map(str::to_owned)
    };
    let item = inner(part, "tuple[", ", ...]");
    item.is_some() && item == inner(list, "list[", "]")
}

/// One part of a union.
fn one(part: &str) -> String {
    let inner = |prefix: &str| part.strip_prefix(prefix)?.strip_suffix(']');
    if let Some(item) = inner("list[") {
        return format!("list[{}]", type_name(item));
    }
    if let Some(item) = inner("tuple[").and_then(|rest| rest.strip_suffix(", ...")) {
        return format!("tuple[{}, ...]", type_name(item));
    }
    if let Some((key, value)) = inner("dict[").and_then(|rest| rest.split_once(", ")) {
        return format!("dict[{}, {}]", type_name(key), type_name(value));
    }
    if let Some(items) = part
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let items: Vec<String> = items.split(", ").map(type_name).collect();
        return format!("({})", items.join(", "));
    }
    match part {
        "typing.Any" => "anything".to_owned(),
        "typing.Never" => "nothing".to_owned(),
        "string" => "str".to_owned(),
        _ if part.starts_with("typing.Callable[[]") => "function without parameters".to_owned(),
        _ if part.starts_with("typing.Callable") => "function".to_owned(),
        other => other.to_owned(),
    }
}

/// A default value where Starlark shows only dots, by its type.
pub(crate) fn default_of(ty: &str, shown: &str) -> String {
    if shown != "..." {
        return shown.to_owned();
    }
    match ty {
        "list[list[int]]" => "[[1, 65535]]",
        _ if ty.starts_with("list[") => "[]",
        _ if ty.starts_with("dict[") => "{}",
        "str | Bytes" => "\"\"",
        _ => "...",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::type_name;

    #[test]
    fn types_read_as_people_write_them() {
        for (starlark, ours) in [
            ("None | Owner", "Owner | None"),
            ("Bytes | bytes | str", "str | Bytes"),
            ("None | float | int", "number | None"),
            ("list[str] | tuple[str, ...]", "list[str]"),
            (
                "list[list[int] | tuple[int, ...]] | tuple[list[int] | tuple[int, ...], ...]",
                "list[list[int]]",
            ),
            ("dict[str, Bytes | bytes | str]", "dict[str, str | Bytes]"),
            (
                "typing.Callable[[], typing.Any]",
                "function without parameters",
            ),
            (
                "None | list[(int, int)] | tuple[(int, int), ...]",
                "list[(int, int)] | None",
            ),
            ("int", "int"),
        ] {
            assert_eq!(type_name(starlark), ours, "{starlark}");
        }
    }
}
