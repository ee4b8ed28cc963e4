//! `proofhouse discover`: what is plugged in and who answers, and the bench file that begins with it.

use super::{complain, say, wrong_input};
use crate::args::DiscoverArgs;
use crate::discover::Found;
use crate::exit::Exit;
use proofhouse_model::Diagnostic;
use proofhouse_transport::discover::{self, Places};
use std::fs::OpenOptions;
use std::io::Write;

/// Looks, asks on the links that are named, and tells.
pub fn discover(args: &DiscoverArgs) -> Exit {
    let mut found = Found {
        ports: Places::default().plugged(),
        probes: discover::probes(),
        chips: discover::chips(),
        boards: discover::boards(),
        neighbours: discover::neighbours(),
        answered: None,
    };
    for link in &args.link {
        complain(&format!("asking on {link} for {}\n", args.within));
        match discover::ask(*link, args.within.std()) {
            Ok(devices) => found.answered.get_or_insert_default().extend(devices),
            Err(why) => {
                let whole = Diagnostic::whole("--link", format!("{link}: {why}"));
                return wrong_input(&[
                    whole.expected("an address of this computer, on a link that takes multicast")
                ]);
            }
        }
    }
    if let Some(path) = &args.write {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        let written = file.and_then(|mut file| file.write_all(found.bench().as_bytes()));
        if let Err(why) = written {
            let whole = Diagnostic::whole(
                &path.display().to_string(),
                format!("cannot be written: {why}"),
            );
            return wrong_input(&[whole.expected("a file that is not there yet")]);
        }
    }
    say(&match args.json {
        true => format!("{:#}\n", found.json()),
        false => found.told(),
    });
    if let Some(path) = &args.write {
        complain(&format!("a first bench file is in {}\n", path.display()));
    }
    Exit::Passed
}
