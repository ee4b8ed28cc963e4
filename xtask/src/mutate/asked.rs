//! The command line of `cargo xtask mutate`.

use super::source::Kind;
use std::path::PathBuf;

/// What was asked for.
pub struct Asked {
    /// Cases and libraries; none for all.
    pub only: Vec<String>,
    /// Kinds of mutants.
    pub kinds: Vec<Kind>,
    /// List them, and prove nothing.
    pub list: bool,
    /// Which part of how many.
    pub shard: (usize, usize),
    /// A `proofhouse` that is built already.
    pub program: Option<PathBuf>,
}

pub fn asked(mut args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked {
        only: Vec::new(),
        kinds: Vec::new(),
        list: false,
        shard: (1, 1),
        program: None,
    };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list" => asked.list = true,
            "--kind" => asked.kinds.push(kind(&args.next().unwrap_or_default())?),
            "--shard" => asked.shard = shard(&args.next().unwrap_or_default())?,
            "--program" => {
                let file = args.next().ok_or("--program wants a file")?;
                asked.program = Some(PathBuf::from(file));
            }
            option if option.starts_with('-') => {
                return Err(format!(
                    "no option `{option}`: there are --list, --kind checks, --shard 1/4 and --program FILE"
                ));
            }
            name => asked.only.push(name.to_owned()),
        }
    }
    if asked.kinds.is_empty() {
        asked.kinds = Kind::ALL.to_vec();
    }
    Ok(asked)
}

fn kind(text: &str) -> Result<Kind, String> {
    let known = Kind::ALL.into_iter().find(|kind| kind.name() == text);
    known.ok_or_else(|| {
        format!(
            "no kind `{text}`: there are {}",
            Kind::ALL.map(Kind::name).join(", ")
        )
    })
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text
        .split_once('/')
        .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    let fits = |&(part, of): &(usize, usize)| 0 < part && part <= of;
    parts
        .filter(fits)
        .ok_or_else(|| format!("`{text}` is no part such as 1/4"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Asked, String> {
        asked(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn every_kind_is_meant_unless_some_are_named() {
        assert_eq!(of("open_ports").unwrap().kinds, Kind::ALL);
        let asked = of("--kind rows --kind controls --shard 2/3 open_ports").unwrap();
        assert_eq!(asked.kinds, [Kind::Rows, Kind::Controls]);
        assert_eq!((asked.shard, asked.only.len()), ((2, 3), 1));
        for bad in [
            "--kind row",
            "--kind",
            "--shard 4/3",
            "--shard 0/3",
            "--program",
            "--all",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
