//! Why a place is not had.

use std::time::Duration;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Who has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// As the farm calls them: `host/user` in labgrid.
    pub who: String,
    /// Since when, RFC 3339; nothing where the farm does not say.
    pub since: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.since.is_empty() {
            true => f.write_str(&self.who),
            false => write!(f, "{} since {}", self.who, self.since),
        }
    }
}

/// Why a place is not had, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotLeased {
    /// What the environment says cannot be used.
    #[error("{0}")]
    Environment(String),
    /// The coordinator does not answer.
    #[error("the labgrid coordinator {coordinator} does not answer: {why}")]
    Unreachable {
        /// Which one.
        coordinator: String,
        /// What came instead.
        why: String,
    },
    /// There is no such place.
    #[error("there is no place {place} at the labgrid coordinator {coordinator}{}", near(.nearest))]
    NoPlace {
        /// Which one was asked.
        coordinator: String,
        /// As it was named.
        place: String,
        /// The one that comes nearest.
        nearest: Option<String>,
    },
    /// Somebody else has it.
    #[error("place {place} is held by {holder}{}", after(.waited))]
    Held {
        /// Which one.
        place: String,
        /// By whom.
        holder: Holder,
        /// How long it was waited for.
        waited: Duration,
    },
    /// No place with these tags became free.
    #[error("no place with {tags} became free{}: {places}", after(.waited))]
    NoneFree {
        /// Which were wanted.
        tags: String,
        /// Which places have them, and who has these.
        places: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Something that belongs on the place is not there.
    #[error("place {place}: {what}{}", after(.waited))]
    NotThere {
        /// Which place.
        place: String,
        /// What is missing.
        what: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The coordinator said no.
    #[error("the labgrid coordinator {coordinator} refused to {what}: {why}")]
    Refused {
        /// Which one.
        coordinator: String,
        /// What was asked.
        what: String,
        /// As it says.
        why: String,
    },
    /// It was ours and is no longer.
    #[error("place {place} is no longer this run's: {why}")]
    Lost {
        /// Which one.
        place: String,
        /// Who has it, or why that is not known.
        why: String,
    },
    /// The wait was called off.
    #[error("called off while waiting for {0}")]
    CalledOff(String),
}

impl NotLeased {
    /// What to try next.
    #[must_use]
    pub fn next(&self) -> &'static str {
        match self {
            Self::Environment(_) => "set it as the message says, and run again",
            Self::Unreachable { .. } => {
                "see that the coordinator runs, and that `coordinator` in the bench file or LG_COORDINATOR names it"
            }
            Self::NoPlace { .. } => "`labgrid-client places` lists those that there are",
            Self::Held { .. } | Self::NoneFree { .. } => {
                "wait for whoever has it, or give a longer `wait` in [labgrid]"
            }
            Self::NotThere { .. } => {
                "see that the exporter runs: `labgrid-client resources` lists what is exported"
            }
            Self::Refused { .. } => "see the coordinator's own log",
            Self::Lost { .. } => "find out who took it, and run again",
            Self::CalledOff(_) => "run again",
        }
    }
}

fn near(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |near| format!(" (did you mean {near}?)"))
}

fn after(waited: &Duration) -> String {
    match waited.as_secs() {
        0 => String::new(),
        seconds => format!(", after {seconds} s"),
    }
}

/// Seconds since 1970 as a moment for people.
pub fn moment(seconds: f64) -> String {
    // Whole seconds of a clock: nothing is lost that anybody reads.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time stamp of this age fits by far"
    )]
    let whole = seconds as i64;
    let at = OffsetDateTime::from_unix_timestamp(whole).ok();
    at.filter(|_| whole > 0)
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// What a farm says, on one line and without what a terminal acts on: names are whatever somebody gave them.
pub fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
            )
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match hidden(c) {
            true => out.extend(c.escape_unicode()),
            false => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_moves_no_cursor() {
        assert_eq!(
            plain("la\u{1b}[2Jmp\nb\u{202e}\u{e9}"),
            "la\\u{1b}[2Jmp\\u{a}b\\u{202e}\u{e9}"
        );
    }
}
