//! `proofhouse help`: of a topic, or of a command as clap tells it.

use super::{complain, run::terminal_width, say};
use crate::args::{Cli, HelpArgs};
use crate::exit::Exit;
use crate::manual;
use clap::{CommandFactory, Parser};

/// Prints the help asked for; without a word that of the program.
pub fn help(args: &HelpArgs) -> Exit {
    let words: Vec<&str> = args.about.iter().map(String::as_str).collect();
    if let [word] = words.as_slice()
        && let Some(topic) = manual::topic(word)
    {
        say(&topic.text(terminal_width()));
        return Exit::Passed;
    }
    let cli = Cli::command();
    if let Some(word) = first_unknown(&words, &cli) {
        complain(&unknown(word, &cli));
        return Exit::WrongInput;
    }
    // What clap prints, as wide as the terminal is.
    let words = [&["proofhouse"], words.as_slice(), &["--help"]].concat();
    if let Err(help) = Cli::try_parse_from(words) {
        let _ = help.print();
    }
    Exit::Passed
}

/// The first word that is no command of the one before it.
fn first_unknown<'a>(words: &[&'a str], cli: &clap::Command) -> Option<&'a str> {
    let mut command = cli;
    for word in words {
        match command.find_subcommand(word) {
            Some(found) => command = found,
            None => return Some(word),
        }
    }
    None
}

fn unknown(word: &str, cli: &clap::Command) -> String {
    let commands: Vec<_> = cli.get_subcommands().map(clap::Command::get_name).collect();
    let topics = manual::TOPICS.iter().map(|topic| topic.name);
    let nearest = proofhouse_model::nearest(word, topics.chain(commands.iter().copied()));
    let meant = nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
    let shown = word.escape_debug();
    format!(
        "error: no help for `{shown}`{meant}\n\n{}\n\nCommands: {}\n",
        manual::list(),
        commands.join(", ")
    )
}
