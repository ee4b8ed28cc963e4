//! `proofhouse help`: of a topic, or of a command as clap tells it.

use super::{complain, run::terminal_width, say};
use crate::args::{Cli, HelpArgs};
use crate::exit::Exit;
use crate::manual;
use clap::{CommandFactory, Parser};

/// Prints the help asked for; without a word that of the program.
pub fn help(args: &HelpArgs) -> Exit {
    let cli = Cli::command();
    match args.about.as_deref() {
        None => of_clap(&["proofhouse", "--help"]),
        Some(word) => match manual::topic(word) {
            Some(topic) => say(&topic.text(terminal_width())),
            None if cli.find_subcommand(word).is_some() => {
                of_clap(&["proofhouse", word, "--help"]);
            }
            None => {
                complain(&unknown(word, &cli));
                return Exit::WrongInput;
            }
        },
    }
    Exit::Passed
}

/// What clap prints for these words, as wide as the terminal is.
fn of_clap(words: &[&str]) {
    if let Err(help) = Cli::try_parse_from(words) {
        let _ = help.print();
    }
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
