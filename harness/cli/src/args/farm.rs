//! Arguments of what shares a run out among hosts, puts it together and compares two.

use super::EndArgs;
use clap::Args;
use std::path::PathBuf;

/// Which part of the plan is carried out here.
#[derive(Debug, Args, Clone, Default)]
pub struct ShardArgs {
    /// Carry out part I of N of the plan, for `merge` to put together; takes a seed that all parts have.
    #[arg(long, value_name = "I/N", value_parser = shard, requires = "seed")]
    pub shard: Option<(u32, u32)>,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Folders of the parts of one run.
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// Folder of the merged run, which is made.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Merge although parts are missing: it says which, and never passes.
    #[arg(long)]
    pub partial: bool,
    /// How its end is told.
    #[command(flatten)]
    pub end: EndArgs,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Folder of one run.
    #[arg(value_name = "RUN")]
    pub one: PathBuf,
    /// Folder of the other.
    #[arg(value_name = "RUN")]
    pub other: PathBuf,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// A part such as `2/3`.
fn shard(text: &str) -> Result<(u32, u32), String> {
    let wanted = || "write I/N, such as 2/3".to_owned();
    let (part, of) = text.split_once('/').ok_or_else(wanted)?;
    let number = |t: &str| t.parse::<u32>().map_err(|_| wanted());
    match (number(part)?, number(of)?) {
        (part, of) if (1..=of).contains(&part) => Ok((part, of)),
        (_, 0) => Err("there is no run of 0 parts".to_owned()),
        (_, of) => Err(format!("the parts are 1/{of} to {of}/{of}")),
    }
}

#[cfg(test)]
mod tests {
    use super::shard;

    #[test]
    fn a_part_is_one_of_so_many() {
        assert_eq!(shard("2/3"), Ok((2, 3)));
        assert_eq!(shard("1/1"), Ok((1, 1)));
        for wrong in ["0/3", "4/3", "1/0", "0/0", "2", "a/b", "1/2/3", "-1/3", ""] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
        assert_eq!(shard("4/3"), Err("the parts are 1/3 to 3/3".to_owned()));
    }
}
