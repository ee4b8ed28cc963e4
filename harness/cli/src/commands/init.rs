//! `proofhouse init`: the first files of a product, read by `check` before anybody is told that they are there.

use super::{complain, here, say, wrong_input};
use crate::exit::Exit;
use crate::init::{InitArgs, MARK, ask_all, files};
use crate::session;
use proofhouse_model::Diagnostic;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Asks, writes and checks.
pub fn init(args: &InitArgs) -> Exit {
    if let Err(why) = is_free(&args.out) {
        return refused(&args.out, &why, "a folder that is empty or not there yet");
    }
    let stdin = std::io::stdin();
    let answers = match args.yes || !stdin.is_terminal() {
        true => ask_all(args, None),
        false => {
            complain("An empty answer takes what stands in brackets.\n");
            ask_all(args, Some((&mut stdin.lock(), &mut std::io::stderr())))
        }
    };
    let answers = match answers {
        Ok(answers) => answers,
        Err(why) => return wrong_input(&[Diagnostic::whole("init", why)]),
    };
    // The claims are those of the suite that the files are read with: known once they are there.
    let read = write(&args.out, &files(&answers, &[])).map(|()| check(&args.out));
    let session = match read {
        Err(why) => return refused(&args.out, &why, "a folder that can be written to"),
        Ok(Err(exit)) => return exit,
        Ok(Ok(session)) => session,
    };
    let provisions: Vec<_> = session.plan.catalogue.provisions.iter().collect();
    let all = files(&answers, &provisions);
    if let Err(why) = write(&args.out, &all) {
        return refused(&args.out, &why, "a folder that can be written to");
    }
    let session = match check(&args.out) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    for (path, text) in &all {
        let guesses = text.lines().filter(|l| l.contains(MARK)).count();
        let path = args.out.join(path);
        say(&format!(
            "{:<46} {guesses} lines marked {MARK}\n",
            path.display()
        ));
    }
    let planned = session.plan.tasks.len();
    let bench = args.out.join("bench.toml");
    say(&format!(
        "{planned} of {} cases can run on this bench as it is written\n\n\
         next: make the lines marked {MARK} true, and write your claims below [ics] of profile.toml\n  \
         proofhouse check --bench {}       what is wrong, and what is missing for the other cases\n",
        planned + session.plan.left_out.len(),
        bench.display(),
    ));
    Exit::Passed
}

fn check(out: &Path) -> Result<session::Session, Exit> {
    let selection = crate::args::Selection {
        bench: Some(out.join("bench.toml")),
        ..Default::default()
    };
    session::prepare(&selection, &here()).map_err(|list| wrong_input(&list))
}

fn refused(out: &Path, why: &str, expected: &str) -> Exit {
    let whole = Diagnostic::whole(&out.display().to_string(), why.to_owned());
    wrong_input(&[whole.expected(expected)])
}

/// Nobody's files are written over.
fn is_free(out: &Path) -> Result<(), String> {
    match std::fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err("holds something, which is left as it is".to_owned()),
        },
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(why) => Err(format!("cannot be looked into: {why}")),
    }
}

fn write(out: &Path, files: &[(String, String)]) -> Result<(), String> {
    for (path, text) in files {
        let path = out.join(path);
        let folder = path.parent().unwrap_or(out);
        std::fs::create_dir_all(folder).map_err(|why| format!("cannot be made: {why}"))?;
        let mut file = std::fs::File::create(&path).map_err(|why| why.to_string())?;
        file.write_all(text.as_bytes())
            .map_err(|why| why.to_string())?;
    }
    Ok(())
}
