//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0    every planned case passed
  1    a provision failed
  2    wrong input; nothing was started
  3    bench trouble, or nothing could be concluded
  130  interrupted; the devices are off";

/// Conformance tests for connected consumer products, with evidence.
#[derive(Debug, Parser)]
#[command(name = "proofhouse", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run cases on a bench and write a verdict per provision.
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Find every mistake in bench file, profile and suite; touch nothing.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Selection),
    /// List cases, units, provisions, defects or blinds.
    List(ListArgs),
    /// Write the reports of a stored run again from its journal.
    #[command(after_help = "Example:\n  proofhouse report runs/20261122-150405-1a2b")]
    Report(ReportArgs),
    /// Print the words scripts may use: for writers of cases and profiles.
    Api,
}

const RUN_EXAMPLES: &str = "\
Examples:
  proofhouse run                                    all cases on the default bench
  proofhouse run --provision 5.11-1                 what serves one provision
  proofhouse run --case open_ports --unit plug-a    one case on one unit
  proofhouse run --defect accepts-downgrade         a virtual device with a defect: must fail
  proofhouse run --bench lab.toml --complete        a lab's whole assessment";

const FAULT_HELP: &str = "\
Break the bench on purpose: KIND:UNIT[:with=UNIT][:from=N][:lasts=N][:seed=N], for virtual units only.
It sets in after `from` ops on its channel of that unit (0), lasts for `lasts` ops (to the end of the run), and
does in detail what follows from `seed`. `with` is the other unit where two are mixed up.
Kinds: console-drops, console-doubles, console-corrupts, console-interleaves, tty-goes-with-power, relay-late,
relay-stuck, probe-hangs, probe-gone, probe-wrong, units-swapped, consoles-swapped, lans-swapped, probes-swapped,
supplies-swapped, packets-lost, packets-delayed, connection-reset, peer-silent, disk-slow.
Example: --fault relay-stuck:plug-a:from=3:lasts=2:seed=9";

const CHECK_EXAMPLES: &str = "\
Examples:
  proofhouse check                        the default bench
  proofhouse check --bench lab.toml       another bench, with the profile it names";

/// Which bench, which suite, which part of it.
#[derive(Debug, Args, Clone, Default)]
pub struct Selection {
    /// Bench file [default: ./bench.toml, else the virtual bench of this checkout].
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Folder of the suite [default: test-suites/en303645].
    #[arg(long, value_name = "DIR")]
    pub suite: Option<PathBuf>,
    /// Only on these units (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub unit: Vec<String>,
    /// Only these cases (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub case: Vec<String>,
    /// Only cases that serve these provisions (may be given more than once).
    #[arg(long, value_name = "ID")]
    pub provision: Vec<String>,
    /// Give the virtual units this defect (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub defect: Vec<String>,
    /// Take this from a virtual product's profile: what is left must lead to no verdict (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub blind: Vec<String>,
    /// Break the bench on purpose, KIND:UNIT[:with=UNIT][:from=N][:lasts=N][:seed=N]: virtual units only.
    #[arg(long, value_name = "SPEC", long_help = FAULT_HELP)]
    pub fault: Option<String>,
    /// Try a case that ended without a verdict again, so often. One that needs it is flaky, never passed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retries: u32,
    /// Seed of everything random in the run [default: drawn, and printed].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// A whole assessment: what is still pending (papers, untested units) counts against the run.
    #[arg(long)]
    pub complete: bool,
}

/// Arguments of `run`.
#[derive(Debug, Args, Clone, Default)]
pub struct RunArgs {
    /// What to run.
    #[command(flatten)]
    pub selection: Selection,
    /// Also write the JUnit file there.
    #[arg(long, value_name = "PATH")]
    pub junit: Option<PathBuf>,
    /// Folder that gets the run's folder.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub out: PathBuf,
    /// Show the plan and stop: what would run where, in which order, with which effects.
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// What to list.
    #[arg(value_enum, default_value_t = Listed::Cases)]
    pub what: Listed,
    /// Of which bench and suite.
    #[command(flatten)]
    pub selection: Selection,
}

/// What `list` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Listed {
    /// Cases with their provisions and units.
    Cases,
    /// Units of the bench with their channels.
    Units,
    /// Provisions of the standard with the claims of the profile.
    Provisions,
    /// Defects of the virtual products.
    Defects,
    /// Blinds of the virtual products: what can be taken away from an honest one, so that it cannot be judged.
    Blinds,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Also write the JUnit file there.
    #[arg(long, value_name = "PATH")]
    pub junit: Option<PathBuf>,
}
