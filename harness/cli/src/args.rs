//! The command line.

mod alone;
mod alone_texts;
mod events;
mod farm;
mod texts;

use crate::die::DieAfter;
use crate::init::InitArgs;
use crate::{exit, manual};
pub use alone::{
    FuzzArgs, FuzzTargetArgs, PasswordsArgs, Ports, ScanArgs, SearchFlashArgs, Service, TlsArgs,
};
use alone_texts::{FUZZ_HELP, PASSWORDS_HELP, SCAN_HELP, SEARCH_FLASH_HELP, TLS_HELP};
use clap::{Args, Parser, Subcommand};
pub use events::EventsArgs;
pub use farm::{CompareArgs, MergeArgs, ShardArgs};
use proofhouse_model::{Dur, Edition};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use texts::{
    CHAOS_EXAMPLES, CHECK_EXAMPLES, COMPARE_HELP, DIFF_HELP, DISCOVER_EXAMPLES, DOCTOR_EXAMPLES,
    EVENTS_HELP, FAULT_HELP, INIT_HELP, LEDGER_HELP, MERGE_HELP, PROVE_EXAMPLES, REJUDGE_HELP,
    REPORT_EXAMPLE, RESUME_HELP, RUN_EXAMPLES, SCHEMA_HELP, SUITE_HELP, VERIFY_HELP,
};

/// Conformance tests for connected consumer products, with evidence.
#[derive(Debug, Parser)]
#[command(name = "proofhouse", version, about, after_help = after_help(), max_term_width = 100)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Most memory a case or device script may take, in MiB [default: 256].
    #[arg(long, value_name = "MIB", global = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(16..=65536))]
    pub script_memory: Option<u32>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run cases on a bench and write a verdict per provision.
    #[command(after_help = format!("{RUN_EXAMPLES}\n\n{}", exit::help(None)))]
    Run(RunArgs),
    /// Find every mistake in bench file, profile and suite; touch nothing.
    ///
    /// Claims that are wrong or missing are warnings: the files can be used, and a run tells what comes of it.
    #[command(after_help = exit::help_and("check", CHECK_EXAMPLES))]
    Check(Selection),
    /// Try the bench itself: supplies, consoles, networks and probes of every unit, with figures.
    #[command(after_help = exit::help_and("doctor", DOCTOR_EXAMPLES))]
    Doctor(DoctorArgs),
    /// Tell what is plugged in and who answers on the network, each as a line for a bench file.
    #[command(after_help = exit::help_and("discover", DISCOVER_EXAMPLES))]
    Discover(DiscoverArgs),
    /// Tell which TCP and UDP ports of any device are open, without a bench.
    #[command(after_help = exit::help_and("scan", SCAN_HELP))]
    Scan(ScanArgs),
    /// Tell what any TLS service takes: versions, suites, certificates, groups.
    #[command(after_help = exit::help_and("tls", TLS_HELP))]
    Tls(TlsArgs),
    /// Look for values in a dump of a device's flash, in all forms that firmware keeps them in.
    #[command(after_help = exit::help_and("search-flash", SEARCH_FLASH_HELP))]
    SearchFlash(SearchFlashArgs),
    /// Tell whether factory passwords of several specimens are hard to guess.
    #[command(after_help = exit::help_and("passwords", PASSWORDS_HELP))]
    Passwords(PasswordsArgs),
    /// Send malformed inputs to any service, and see whether it survives.
    #[command(after_help = exit::help_and("fuzz", FUZZ_HELP))]
    Fuzz(FuzzArgs),
    /// Write the first bench file, profile and device script of a product.
    #[command(after_help = exit::help_and("init", INIT_HELP))]
    Init(InitArgs),
    /// Break the bench on purpose, once per seed, and see that no verdict is wrong.
    #[command(after_help = exit::help_and("chaos", CHAOS_EXAMPLES))]
    Chaos(ChaosArgs),
    /// List cases, units, provisions, defects or blinds.
    List(ListArgs),
    /// Tell what became of every unit of the test specification in a stored run.
    #[command(after_help = exit::help_and("ledger", LEDGER_HELP))]
    Ledger(LedgerArgs),
    /// Print events of a run's journal, by the numbers that reports name.
    #[command(after_help = exit::help_and("events", EVENTS_HELP))]
    Events(EventsArgs),
    /// Go on with a run that was interrupted, or whose harness was killed, crashed or lost its power or its disk.
    #[command(after_help = exit::help_and("resume", RESUME_HELP))]
    Resume(ResumeArgs),
    /// Put the parts of one run together that `run --shard` made: one run folder, one report.
    #[command(after_help = exit::help_and("merge", MERGE_HELP))]
    Merge(MergeArgs),
    /// Hold two runs of the same products against each other: two benches, or two ways to drive one.
    #[command(after_help = exit::help_and("compare", COMPARE_HELP))]
    Compare(CompareArgs),
    /// Check that a run folder is, byte for byte, what was written.
    #[command(after_help = exit::help_and("verify", VERIFY_HELP))]
    Verify(VerifyArgs),
    /// Write the reports of a stored run again from its journal.
    #[command(after_help = exit::help_and("report", REPORT_EXAMPLE))]
    Report(ReportArgs),
    /// Judge a stored run again, without any device: by its own suite, or by a corrected one.
    #[command(after_help = REJUDGE_HELP)]
    Rejudge(RejudgeArgs),
    /// Tell two stored runs apart by provision, guide row and case.
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArgs),
    /// Prove that the suite can fail: run every case against honest and defective devices.
    #[command(after_help = exit::help_and("prove", PROVE_EXAMPLES))]
    Prove(ProveArgs),
    /// Print the words scripts may use: for writers of cases and profiles.
    Api,
    /// Print the JSON Schema of bench files or profiles, for editors and checkers of TOML.
    #[command(after_help = SCHEMA_HELP)]
    Schema(SchemaArgs),
    /// Write the built-in suite as files, for a lab to read or change.
    #[command(after_help = SUITE_HELP)]
    Suite(SuiteArgs),
    /// Print help for a topic, such as `bench` or `verdicts`, or for a command.
    #[command(after_help = manual::list())]
    Help(HelpArgs),
}

/// What `--help` says below the commands.
fn after_help() -> String {
    format!("{}\n\n{}", manual::list(), exit::help(None))
}

/// Arguments of `discover`.
#[derive(Debug, Args)]
pub struct DiscoverArgs {
    /// Ask on the network of this address of this computer (may be given more than once).
    #[arg(long, value_name = "ADDRESS")]
    pub link: Vec<std::net::Ipv4Addr>,
    /// How long answers are waited for.
    #[arg(long, value_name = "TIME", value_parser = Dur::parse, default_value = "4s")]
    pub within: Dur,
    /// Write a first bench file there; a file that is there is left as it is.
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Bench file [default: ./bench.toml, else the virtual bench of the checkout, else the built-in one].
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Only these units (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub unit: Vec<String>,
    /// Only these trials: supply, console, network, probe, left_out (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub case: Vec<String>,
    /// Break the bench on purpose, as for `run`: virtual units only.
    #[arg(long, value_name = "SPEC")]
    pub fault: Option<String>,
    /// How its end is told.
    #[command(flatten)]
    pub end: EndArgs,
    /// Folder that gets the folder of what was found.
    #[arg(long, value_name = "DIR", default_value = "runs/doctor")]
    pub out: PathBuf,
    /// Show the plan and stop.
    #[arg(long)]
    pub dry_run: bool,
}

/// Which bench, which suite, which part of it.
#[derive(Debug, Args, Clone, Default)]
pub struct Selection {
    /// Bench file [default: ./bench.toml, else the virtual bench of the checkout, else the built-in one].
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Folder of the suite [default: test-suites/en303645 in a checkout, else the built-in one].
    #[arg(long, value_name = "DIR")]
    pub suite: Option<PathBuf>,
    /// Edition of the standard, such as V3.1.3 [default: the suite's own]; the profiles need claims for it.
    #[arg(long, value_name = "EDITION")]
    pub edition: Option<Edition>,
    /// Only on these units (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub unit: Vec<String>,
    /// Only these products of the bench (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub product: Vec<String>,
    /// Only these cases (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub case: Vec<String>,
    /// Only cases that serve these provisions (may be given more than once).
    #[arg(long, value_name = "ID")]
    pub provision: Vec<String>,
    /// Give the virtual units this defect, `NAME` or `PRODUCT:NAME` (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub defect: Vec<String>,
    /// Take this from a virtual product's profile: what is left must lead to no verdict (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub blind: Vec<String>,
    /// Break the bench on purpose, `KIND:UNIT[:with=UNIT][:from=N][:lasts=N][:seed=N]`: virtual units only.
    #[arg(long, value_name = "SPEC", long_help = FAULT_HELP)]
    pub fault: Option<String>,
    /// Virtual units are as new for every case: none meets what an earlier one left.
    #[arg(long)]
    pub renew: bool,
    /// Try a case that ended without a verdict again, so often. One that needs it is flaky, never passed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retries: u32,
    /// Seed of everything random in the run [default: drawn, and printed].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Proof of the suite, as the folder that `prove` sealed, to be shown in the reports [default: runs/proof].
    #[arg(long, value_name = "DIR")]
    pub proof: Option<PathBuf>,
    /// Ask no person to reset a unit, as in CI: it is used without that reset, and cases that need it are left out.
    #[arg(long)]
    pub no_operator: bool,
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
    /// How its end is told.
    #[command(flatten)]
    pub end: EndArgs,
    /// Which part of it.
    #[command(flatten)]
    pub part: ShardArgs,
    /// Folder that gets the run's folder.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub out: PathBuf,
    /// Most cases at a time [default: as many as the units allow]. It changes no plan and no verdict.
    #[arg(long, value_name = "N", value_parser = workers)]
    pub workers: Option<NonZeroUsize>,
    /// Kill this harness after event N (or `plan`, `refuted`, `reports`), to test what it leaves; virtual units only.
    #[arg(long, value_name = "N", hide = true)]
    pub die_after: Option<DieAfter>,
    /// Show the plan and stop: what would run where, in which order, with which effects.
    #[arg(long)]
    pub dry_run: bool,
}

/// How the end of a run is told.
#[derive(Debug, Args, Clone, Default)]
pub struct EndArgs {
    /// Also write the JUnit file there.
    #[arg(long, value_name = "PATH")]
    pub junit: Option<PathBuf>,
    /// Tell of every provision and guide row what it rests on, and why cases were left out.
    #[arg(short, long)]
    pub verbose: bool,
    /// Print report.json in place of the summary.
    #[arg(long, conflicts_with = "verbose")]
    pub json: bool,
}

/// Arguments of `prove`.
#[derive(Debug, Args, Clone)]
pub struct ProveArgs {
    /// Bench file of virtual units [default: the bench of all virtual products].
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Folder of the suite [default: test-suites/en303645 in a checkout, else the built-in one].
    #[arg(long, value_name = "DIR")]
    pub suite: Option<PathBuf>,
    /// Only these products of the bench (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub product: Vec<String>,
    /// Only these cases, against the defects and blinds they name (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub case: Vec<String>,
    /// Print the matrix as JSON: cases, defects, killed, survived.
    #[arg(long)]
    pub json: bool,
    /// Runs at a time [default: one for each core, up to eight while cores are idle].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Every case on every defect, not only what cases promise and a sample of the rest.
    #[arg(long)]
    pub full: bool,
    /// Use nothing that earlier proofs have seen.
    #[arg(long)]
    pub anew: bool,
    /// Runs on each honest device.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub honest: u32,
    /// Seed of every run.
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// Stop at the first complaint.
    #[arg(long)]
    pub fail_fast: bool,
    /// Folder in which the proof is kept for later runs.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub out: PathBuf,
}

/// Arguments of `chaos`.
#[derive(Debug, Args, Clone)]
pub struct ChaosArgs {
    /// Seeds to draw from, the last not included.
    #[arg(long, value_name = "A..B", value_parser = seeds, default_value = "0..500")]
    pub seeds: std::ops::Range<u64>,
    /// Runs at a time [default: one for each core, up to six while cores are idle]. It changes no draw.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Draw only these cases (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub case: Vec<String>,
    /// Draw only these kinds of faults (may be given more than once).
    #[arg(long, value_name = "KIND")]
    pub fault_kind: Vec<String>,
    /// Print the tally as JSON.
    #[arg(long)]
    pub json: bool,
    /// Count the ops of every case in an honest run, keep them beside the suite for later draws, and stop.
    #[arg(long)]
    pub measure: bool,
    /// Bench file of virtual units [default: the virtual bench of the checkout, else the built-in one].
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Folder of the suite [default: test-suites/en303645 in a checkout, else the built-in one].
    #[arg(long, value_name = "DIR")]
    pub suite: Option<PathBuf>,
    /// Folder in which the journals of findings are kept.
    #[arg(long, value_name = "DIR", default_value = "runs/chaos")]
    pub out: PathBuf,
}

/// A range of seeds such as `0..500`.
fn seeds(text: &str) -> Result<std::ops::Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("write A..B, such as 0..500")?;
    let number = |t: &str| t.parse::<u64>().map_err(|_| format!("`{t}` is no seed"));
    let range = number(from)?..number(to)?;
    match range.is_empty() {
        true => Err("there is no seed in this range".to_owned()),
        false => Ok(range),
    }
}

/// How many cases at a time.
fn workers(text: &str) -> Result<NonZeroUsize, String> {
    let expected = "write how many cases may run at a time, from 1 on";
    text.parse().map_err(|_| expected.to_owned())
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
    /// Units of the test specification, and what a run on this bench could come to for each.
    Coverage,
    /// Defects of the virtual products.
    Defects,
    /// Drivers that a bench file can name, with their settings.
    Drivers,
    /// Models of power switches that are built in, for `driver = "switch"`.
    Switches,
    /// Facts that a profile's `bench = { ... }` can have, table by table.
    Facts,
    /// Blinds of the virtual products: what can be taken away from an honest one, so that it cannot be judged.
    Blinds,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of which file.
    #[arg(value_enum)]
    pub what: Described,
    /// Folder of the suite whose provisions and IXIT tables a profile answers [default: test-suites/en303645 in a
    /// checkout, else the built-in one].
    #[arg(long, value_name = "DIR")]
    pub suite: Option<PathBuf>,
}

/// What `schema` describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Described {
    /// The bench file: what is wired to what.
    Bench,
    /// The profile: what the maker says of the product.
    Profile,
}

/// Arguments of `suite`.
#[derive(Debug, Args)]
pub struct SuiteArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: SuiteCommand,
}

/// What can be done with the built-in suite.
#[derive(Debug, Subcommand)]
pub enum SuiteCommand {
    /// Write it into a folder that is empty or not there yet.
    #[command(after_help = SUITE_HELP)]
    Export {
        /// The folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// How its end is told.
    #[command(flatten)]
    pub end: EndArgs,
}

/// Arguments of `resume`.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// How its end is told.
    #[command(flatten)]
    pub end: EndArgs,
    /// Most cases at a time, as for `run`.
    #[arg(long, value_name = "N", value_parser = workers)]
    pub workers: Option<NonZeroUsize>,
    /// As for `run`.
    #[arg(long, value_name = "N", hide = true)]
    pub die_after: Option<DieAfter>,
}

/// Arguments of `rejudge`.
#[derive(Debug, Args)]
pub struct RejudgeArgs {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Folder of the suite that judges [default: the run's own].
    #[arg(long, value_name = "DIR")]
    pub suite: Option<PathBuf>,
    /// Folder in which the run was started, from which it names its suite and its profiles [default: the current one].
    #[arg(long, value_name = "DIR")]
    pub started_in: Option<PathBuf>,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Folder of one run.
    #[arg(value_name = "RUN")]
    pub before: PathBuf,
    /// Folder of the other.
    #[arg(value_name = "RUN")]
    pub now: PathBuf,
}

/// Arguments of `help`.
#[derive(Debug, Args)]
pub struct HelpArgs {
    /// A topic, or a command and what belongs to it [default: the program as a whole].
    #[arg(value_name = "TOPIC")]
    pub about: Vec<String>,
}

/// Arguments of `ledger`.
#[derive(Debug, Args)]
pub struct LedgerArgs {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Only units whose name begins so (may be given more than once).
    #[arg(long, value_name = "UNIT")]
    pub unit: Vec<String>,
    /// Only units in this state (may be given more than once).
    #[arg(long, value_name = "STATE", value_parser = ledger_state)]
    pub state: Vec<proofhouse_model::fold::LedgerState>,
    /// Print it as JSON.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print it as comma-separated values.
    #[arg(long)]
    pub csv: bool,
}

fn ledger_state(text: &str) -> Result<proofhouse_model::fold::LedgerState, String> {
    use proofhouse_model::fold::LedgerState;
    let mut all = LedgerState::ALL.into_iter();
    let found = all.find(|state| state.word() == text);
    found.ok_or_else(|| {
        let names = LedgerState::ALL.map(LedgerState::word);
        let near = proofhouse_model::nearest(text, names);
        let near = near.map_or(String::new(), |near| format!("is it `{near}`? "));
        format!("{near}the states are {}", names.join(", "))
    })
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::{ledger_state, workers};
    use proofhouse_model::fold::LedgerState;

    /// What the ledger prints is what picks units by it; another word is told with the nearest and all.
    #[test]
    fn a_state_is_named_as_it_is_printed() {
        for state in LedgerState::ALL {
            assert_eq!(ledger_state(state.word()), Ok(state));
            let json = serde_json::to_value(state).unwrap();
            assert_eq!(json, state.word());
        }
        let told = ledger_state("in part").unwrap_err();
        assert!(
            told.starts_with("is it `in-part`? the states are holds, refuted, "),
            "{told}"
        );
        for state in LedgerState::ALL {
            assert!(told.contains(state.word()), "{told}");
        }
        let told = ledger_state("done, holds").unwrap_err();
        assert!(told.contains("the states are holds"), "{told}");
    }

    #[test]
    fn no_worker_at_all_is_refused_with_what_is_expected() {
        assert_eq!(workers("3").map(std::num::NonZeroUsize::get), Ok(3));
        for odd in ["0", "-1", "many", ""] {
            let told = workers(odd).unwrap_err();
            assert!(told.contains("from 1 on"), "{odd}: {told}");
        }
    }
}
