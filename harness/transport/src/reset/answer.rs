//! What a person at the terminal answers: a word, and why.

/// A line that is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is done, with what they add to that, if anything.
    Done(String),
    /// It cannot be done, and why.
    Cannot(String),
    /// It is left out this time, and why.
    Skip(String),
}

impl Answer {
    /// Reads a line; else what to type in its place. An empty line is no answer: it is typed too easily.
    pub(super) fn of(typed: &str) -> Result<Self, &'static str> {
        let typed = plain(typed);
        let typed = typed.trim();
        let (word, why) = typed.split_once(is_between).unwrap_or((typed, ""));
        let why = why.trim_start_matches(is_between).to_owned();
        match (word.to_lowercase().as_str(), why.is_empty()) {
            ("done" | "ok" | "yes" | "y", _) => Ok(Self::Done(why)),
            ("cannot" | "no" | "n", false) => Ok(Self::Cannot(why)),
            ("skip" | "later", false) => Ok(Self::Skip(why)),
            ("cannot" | "no" | "n", true) => {
                Err("say why as well, such as `cannot: the button is broken`")
            }
            ("skip" | "later", true) => Err("say why as well, such as `skip: the lid is glued`"),
            _ => Err("this is no answer"),
        }
    }
}

fn is_between(c: char) -> bool {
    c == ':' || c.is_whitespace()
}

/// Text of a file or a keyboard without what a terminal would act on.
pub(super) fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn a_word_and_a_reason_are_told_apart() {
        let done = |said: &str| Ok(Answer::Done(said.to_owned()));
        let cannot = |said: &str| Ok(Answer::Cannot(said.to_owned()));
        let skip = |said: &str| Ok(Answer::Skip(said.to_owned()));
        for (typed, want) in [
            ("done", done("")),
            ("  DONE\r", done("")),
            ("done: at the second try", done("at the second try")),
            ("y", done("")),
            ("cannot: it is stuck", cannot("it is stuck")),
            ("no it is stuck: look", cannot("it is stuck: look")),
            ("cannot\u{1b}[2J", cannot("[2J")),
            ("skip : no key", skip("no key")),
            ("later tomorrow", skip("tomorrow")),
        ] {
            assert_eq!(Answer::of(typed), want, "{typed:?}");
        }
    }

    #[test]
    fn no_other_line_is_an_answer_and_what_is_not_done_has_a_reason() {
        for typed in [
            "", " ", "dome", "donex", "not done", "cannot", "cannot :", "skip", "no",
        ] {
            assert!(Answer::of(typed).is_err(), "{typed:?}");
        }
    }
}
