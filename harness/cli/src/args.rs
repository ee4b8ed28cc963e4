//! The command line.

use crate::die::DieAfter;
use crate::init::InitArgs;
use crate::{exit, manual};
use clap::{Args, Parser, Subcommand};
use proofhouse_model::{Dur, Edition};
use std::path::PathBuf;

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
    /// Go on with a run that was interrupted, or whose harness was killed, crashed or lost its power or its disk.
    #[command(after_help = exit::help_and("resume", RESUME_HELP))]
    Resume(ResumeArgs),
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

const REPORT_EXAMPLE: &str = "\
Example:
  proofhouse report runs/20261122-150405-1a2b";

const RUN_EXAMPLES: &str = "\
Examples:
  proofhouse run                                    all cases on the default bench
  proofhouse run --provision 5.11-1                 what serves one provision
  proofhouse run --case open_ports --unit plug-a    one case on one unit
  proofhouse run --defect accepts-downgrade         a virtual device with a defect: must fail
  proofhouse run --bench lab.toml --complete        a lab's whole assessment";

const CHAOS_EXAMPLES: &str = "\
Each seed draws a fault of the bench, its moment and unit, a case, and a device: honest, or with
a defect that the case must catch. A false pass is a case that passes on the defect; a false fail
is anything failed on the honest device. Runs whose fault was never felt are no trials.

Examples:
  proofhouse chaos --seeds 0..500                       the whole lot
  proofhouse chaos --seeds 7..8 --json                  one seed, for programs
  proofhouse chaos --seeds 0..50 --fault-kind relay-stuck --case power_loss";

const FAULT_HELP: &str = "\
Break the bench on purpose: KIND:UNIT[:with=UNIT][:from=N][:lasts=N][:seed=N], for virtual units only.
It sets in after `from` ops on its channel of that unit (0), lasts for `lasts` ops (to the end of the run), and
does in detail what follows from `seed`. `with` is the other unit where two are mixed up.
Kinds: console-drops, console-doubles, console-corrupts, console-interleaves, tty-goes-with-power, relay-late,
relay-stuck, probe-hangs, probe-gone, probe-wrong, units-swapped, consoles-swapped, lans-swapped, probes-swapped,
supplies-swapped, packets-lost, packets-delayed, connection-reset, peer-silent, disk-slow.
Example: --fault relay-stuck:plug-a:from=3:lasts=2:seed=9";

const PROVE_EXAMPLES: &str = "\
Fails when a case catches nothing or misses a defect it names, when a defect
survives all cases, when an honest device does not pass, when a defect makes an unrelated
provision fail or no case sees one fail that it breaks, or when a case comes to a
verdict although what it needs to know was taken away
(blinds).

A cell of the matrix (a case on a device) that was seen before, and of which nothing has changed
since (case with libraries, device program, profile, harness), is not run again. Of the cells that
no case promises one in 20 is tried, others after each change; --full tries all, --anew uses
nothing that is kept.

Examples:
  proofhouse prove                         the kill matrix: cases x defects
  proofhouse prove --json > matrix.json    the same for programs
  proofhouse prove --case factory_reset    one case against its own defects and blinds
  proofhouse list defects                  what there is to be caught";

const RESUME_HELP: &str = "\
Cases that had ended keep their result; what Ctrl-C left out is run. A case that was under way is begun again from
its start: what it had refuted or not observed stands, what it had shown does not count. All supplies are switched
off first, and what may have happened in the middle of a destructive step is told. The plan decides: bench file,
profile and cases must be what they were. Start it in the folder in which the run was started.

Example:
  proofhouse resume runs/20261122-150405-1a2b";

const LEDGER_HELP: &str = "\
A unit is done by the checks that name it, row by row of the maker's statement. What no case carries out is put to a
person; nothing is left out.

Examples:
  proofhouse ledger runs/20261122-150405-1a2b
  proofhouse ledger runs/20261122-150405-1a2b --state in-part      what is shown for some rows only
  proofhouse ledger runs/20261122-150405-1a2b --unit 5.11-1-2      the units of one test case
  proofhouse ledger runs/20261122-150405-1a2b --csv";

const VERIFY_HELP: &str = "\
The seal finds what was changed by accident or carelessness; it is no signature.

Example:
  proofhouse verify runs/20261122-150405-1a2b";

const REJUDGE_HELP: &str = "\
Each case is carried out again against what was recorded: its ops are answered from the journal, its waits are over at
once. Under the same suite the reports come out byte for byte. Under a corrected one the difference is told by
provision; a case that asks for what was not recorded is named with the place.

Exit codes: as the run's own, by what is judged now; 2 when there is no run or its suite cannot be read.

Examples:
  proofhouse rejudge runs/20261122-150405-1a2b
  proofhouse rejudge runs/20261122-150405-1a2b --suite corrected/en303645";

const DIFF_HELP: &str = "\
Exit codes: 0 alike, 1 something came out otherwise, 2 one of them is no run.

Example:
  proofhouse diff runs/20261122-150405-1a2b runs/20261129-090000-3c4d";

const SCHEMA_HELP: &str = "\
A schema finds wrong keys and values while a file is typed. That two units share a wire, or that a file is missing,
only `proofhouse check` can tell.

Example, with taplo or an editor that stands on it:
  proofhouse schema bench > bench.schema.json
  taplo lint --schema file://$PWD/bench.schema.json lab.toml";

const SUITE_HELP: &str = "\
Suite, default benches and the virtual products' profiles are built into proofhouse: it needs no other file. In a
checkout its own folders are used instead. Every run says which suite it used, by the SHA-256 over its files. In
messages and options `embedded:` names what is built in, such as --bench embedded:fixtures/benches/thermo.toml

Example:
  proofhouse suite export our-suite
  proofhouse run --suite our-suite";

const CHECK_EXAMPLES: &str = "\
Examples:
  proofhouse check                        the default bench
  proofhouse check --bench lab.toml       another bench, with the profile it names";

const DISCOVER_EXAMPLES: &str = "\
Nothing is opened and nothing is sent, but for a question to all (multicast DNS and SSDP) on the links that are named.

Examples:
  proofhouse discover                               serial ports, debug probes, hosts spoken with lately
  proofhouse discover --link 192.168.1.2            and who answers on the network of that own address
  proofhouse discover --write bench.toml            a first bench file, to choose its lines from";

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

const INIT_HELP: &str = "\
The files are for a product of that kind as it is often built; lines marked CHANGE are guesses, to be made true.
They hold no claim and grant nothing that could cost a unit. On a terminal what is not said is asked.

Examples:
  proofhouse init --out lamp                                  a web interface; asks what it has to know
  proofhouse init --kind mqtt --out lamp --address 10.0.0.7 --host 10.0.0.2 --yes
  proofhouse init --kind console --out meter --console 0403:6001";

const DOCTOR_EXAMPLES: &str = "\
Examples:
  proofhouse doctor                       every unit of the default bench
  proofhouse doctor --bench lab.toml      another bench
  proofhouse doctor --fault relay-stuck:plug-a    a virtual bench that is broken: must not be fit";

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Bench file [default: ./bench.toml, else the virtual bench of the checkout, else the built-in one].
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Only these units (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub unit: Vec<String>,
    /// Only these trials: supply, console, network, probe (may be given more than once).
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
    /// Folder that gets the run's folder.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub out: PathBuf,
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
    /// Runs at a time [default: four for each core].
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
    /// Runs at a time [default: two for each core]. It changes no draw.
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
    use super::ledger_state;
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
}
