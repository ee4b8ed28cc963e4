//! `proofhouse help TOPIC`: sections of the documents beside what they describe, printed in the terminal.
//!
//! The text stands once, in the Markdown files; they are part of the binary.

mod markdown;
mod plain;

#[cfg(test)]
mod tests;

pub use plain::hanging;

const HARNESS: &str = include_str!("../../../README.md");
const PROFILES: &str = include_str!("../../../../device-profiles/README.md");
const SUITES: &str = include_str!("../../../../test-suites/README.md");

/// Something `help` can tell of.
pub struct Topic {
    /// As it is asked for.
    pub name: &'static str,
    /// One line for the list of topics.
    pub about: &'static str,
    /// The document, and the headings of its sections that make the text.
    document: &'static str,
    sections: &'static [&'static str],
}

/// All topics, in the order in which they are listed.
pub const TOPICS: [Topic; 7] = [
    Topic {
        name: "bench",
        about: "the bench file: units, products, wires and drivers",
        document: HARNESS,
        sections: &[
            "The bench file",
            "Who is on which wire",
            "Is the bench fit?",
        ],
    },
    Topic {
        name: "profile",
        about: "the profile: what a maker says of a product",
        document: PROFILES,
        sections: &["The profile"],
    },
    Topic {
        name: "device",
        about: "the device script: how a product is worked",
        document: PROFILES,
        sections: &["The device script"],
    },
    Topic {
        name: "cases",
        about: "how a test case is written and proved",
        document: SUITES,
        sections: &["A case", "Checks", "Controls", "Looking twice", "Promises"],
    },
    Topic {
        name: "verdicts",
        about: "what the results mean, and what they rest on",
        document: HARNESS,
        sections: &["Verdicts"],
    },
    Topic {
        name: "farm",
        about: "a run on several benches: parts, merged; two benches compared",
        document: HARNESS,
        sections: &["A run on several benches"],
    },
    Topic {
        name: "exit-codes",
        about: "exit codes, for scripts and CI",
        document: HARNESS,
        sections: &["Exit codes"],
    },
];

impl Topic {
    /// The text, for a terminal so many columns wide. Code is kept as it is, however wide.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let sections = self.sections.iter();
        let found = sections.filter_map(|heading| markdown::section(self.document, heading));
        let texts: Vec<_> = found
            .map(|lines| plain::text(&markdown::blocks(&lines), width))
            .collect();
        texts.join("\n")
    }
}

/// The topic of that name.
#[must_use]
pub fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// All topics with a line each, as help texts show them.
#[must_use]
pub fn list() -> String {
    let lines = TOPICS
        .iter()
        .map(|t| format!("\n  {:<11} {}", t.name, t.about));
    format!("Topics of `help`:{}", lines.collect::<String>())
}
