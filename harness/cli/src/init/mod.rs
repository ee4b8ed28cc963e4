//! `proofhouse init`: the first bench file, profile and device script of a product, to be changed where they guess.
//!
//! Three files of text with places for what was asked. They hold no claim: what a maker says of a product, only the
//! maker can write.

mod args;
mod ask;
#[cfg(test)]
mod tests;

pub use args::{InitArgs, Kind};
pub use ask::{Answers, ask_all};

use proofhouse_model::catalogue::Provision;

const BENCH: &str = include_str!("templates/bench.toml");
const PROFILE: &str = include_str!("templates/profile.toml");
const WEB: &str = include_str!("templates/web.star");
const CONSOLE: &str = include_str!("templates/console.star");

/// Stands in a line that guesses.
pub const MARK: &str = "CHANGE";

/// Each file with its path below the folder.
#[must_use]
pub fn files(answers: &Answers, provisions: &[&Provision]) -> [(String, String); 3] {
    let product = answers.product();
    let script = match answers.kind {
        Kind::Console => CONSOLE,
        Kind::Http | Kind::Mqtt => WEB,
    };
    let filled = |template: &str| {
        let text = filled(&chosen(template, answers.kind), answers);
        text.replace("@ics@", &claims(provisions))
    };
    [
        ("bench.toml".to_owned(), filled(BENCH)),
        (format!("{product}/profile.toml"), filled(PROFILE)),
        (format!("{product}/device.star"), filled(script)),
    ]
}

/// A line for each provision, for the maker to take its mark away.
fn claims(provisions: &[&Provision]) -> String {
    let line = |p: &&Provision| {
        let row = format!("# \"{}\" = {{ support = \"Y\", detail = \"\" }}", p.id);
        format!("{row:<48}# {} {}", p.status(), p.title)
    };
    let lines: Vec<String> = provisions.iter().map(line).collect();
    lines.join("\n")
}

/// What of a template is for that kind: lines between `@only KIND,KIND@` and `@end@` are for these alone.
fn chosen(template: &str, kind: Kind) -> String {
    let mut keep = true;
    let mut out = String::new();
    for line in template.lines() {
        if let Some(kinds) = line.strip_prefix("@only ") {
            let mut kinds = kinds.trim_end_matches('@').split(',');
            keep = kinds.any(|name| name == kind.name());
        } else if line == "@end@" {
            keep = true;
        } else if keep {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The places of a template, with what was answered in them.
fn filled(template: &str, answers: &Answers) -> String {
    let mut out = template.to_owned();
    for (place, value) in answers.places() {
        out = out.replace(&format!("@{place}@"), &value);
    }
    out
}
