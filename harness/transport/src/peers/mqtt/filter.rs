//! Topics and topic filters (MQTT 3.1.1 section 4.7).

/// Whether a device may publish on it.
pub(super) fn valid_topic(topic: &str) -> bool {
    !topic.is_empty() && !topic.contains(['+', '#', '\0'])
}

/// Whether it can be subscribed to.
pub(super) fn valid_filter(filter: &str) -> bool {
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let wild = level.contains(['+', '#']);
        if wild && (level.len() > 1 || (level == "#" && levels.peek().is_some())) {
            return false;
        }
    }
    !filter.is_empty() && !filter.contains('\0')
}

/// Whether a valid filter takes in a topic.
pub(super) fn matches(filter: &str, topic: &str) -> bool {
    // Topics of the server's own are hidden from wildcards.
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut topics = topic.split('/');
    for level in filter.split('/') {
        match (level, topics.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (level, Some(topic)) if level == topic => {}
            _ => return false,
        }
    }
    topics.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_take_in_what_the_standard_says() {
        for (filter, topic, expected) in [
            ("plug/+/state", "plug/a1/state", true),
            ("plug/+/state", "plug/a1/b/state", false),
            ("plug/#", "plug", true),
            ("plug/#", "plug/a/b", true),
            ("#", "a/b", true),
            ("+", "a/b", false),
            ("+/+", "/a", true),
            ("#", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true),
            ("é/+", "é/ü", true),
            ("a", "a/", false),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
        }
    }

    #[test]
    fn validity() {
        for (filter, expected) in [
            ("a/+/#", true),
            ("a+", false),
            ("#/a", false),
            ("", false),
            ("a/b#", false),
            ("+", true),
        ] {
            assert_eq!(valid_filter(filter), expected, "{filter}");
        }
        assert!(valid_topic("a/b") && !valid_topic("a/+") && !valid_topic(""));
    }
}
