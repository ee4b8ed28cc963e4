//! What `--help` says below the options of a command.

pub(super) const REPORT_EXAMPLE: &str = "\
Example:
  proofhouse report runs/20261122-150405-1a2b";

pub(super) const RUN_EXAMPLES: &str = "\
A unit of which a wire (relay, console, network, probe) does not answer leaves the run after 2 cases in a row that end
by that (`leave_after` in the bench file), where another unit of its product is in the run; so does one whose place a
farm takes back. Others go on with its cases; those that only it could do are not carried out. One that left by its
wires is tried again every minute (`try_again_after`), and takes cases again once it is who it was.

Examples:
  proofhouse run                                    all cases on the default bench
  proofhouse run --provision 5.11-1                 what serves one provision
  proofhouse run --case open_ports --unit plug-a    one case on one unit
  proofhouse run --defect accepts-downgrade         a virtual device with a defect: must fail
  proofhouse run --bench lab.toml --complete        a lab's whole assessment
  proofhouse run --shard 2/3 --seed 7               one part of three, for `merge`";

pub(super) const MERGE_HELP: &str = "\
The parts must be of one plan: the same suite, profiles, bench file, proofhouse and seed. Each must be whole, sealed and
at its end. They are kept in the merged run as they are, and `verify` looks at them too. A run with defects, blinds or a
fault is about no product and is not merged.

Examples:
  proofhouse merge parts/*/* --out merged
  proofhouse merge runs/20261122-150405-1a2b --out so-far --partial    what one part has come to, and what is missing";

pub(super) const COMPARE_HELP: &str = "\
Case by case, unit by unit with its rows and states, provisions, guide rows, what the devices say they are, figures.
Times and serial numbers are no disagreement.

Example:
  proofhouse compare runs/20261122-150405-1a2b runs/20261129-090000-3c4d";

pub(super) const CHAOS_EXAMPLES: &str = "\
Each seed draws a fault of the bench, its moment and unit, a case, and a device: honest, or with
a defect that the case must catch. A false pass is a case that passes on the defect; a false fail
is anything failed on the honest device. Runs whose fault was never felt are no trials.

Examples:
  proofhouse chaos --seeds 0..500                       the whole lot
  proofhouse chaos --seeds 7..8 --json                  one seed, for programs
  proofhouse chaos --seeds 0..50 --fault-kind relay-stuck --case power_loss";

pub(super) const FAULT_HELP: &str = "\
Break the bench on purpose: KIND:UNIT[:with=UNIT][:from=N][:lasts=N][:seed=N], for virtual units only.
It sets in after `from` ops on its channel of that unit (0), lasts for `lasts` ops (to the end of the run), and
does in detail what follows from `seed`. `with` is the other unit where two are mixed up.
Kinds: console-drops, console-doubles, console-corrupts, console-interleaves, tty-goes-with-power, relay-late,
relay-stuck, probe-hangs, probe-gone, probe-wrong, units-swapped, consoles-swapped, lans-swapped, probes-swapped,
supplies-swapped, packets-lost, packets-delayed, connection-reset, peer-silent, disk-slow, clock-jumps.
Example: --fault relay-stuck:plug-a:from=3:lasts=2:seed=9";

pub(super) const PROVE_EXAMPLES: &str = "\
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

pub(super) const RESUME_HELP: &str = "\
Cases that had ended keep their result; what Ctrl-C left out is run. A case that was under way is begun again from
its start: what it had refuted or not observed stands, what it had shown does not count. All supplies are switched
off first, and what may have happened in the middle of a destructive step is told. The plan decides: bench file,
profile and cases must be what they were. Start it in the folder in which the run was started.

Example:
  proofhouse resume runs/20261122-150405-1a2b";

pub(super) const LEDGER_HELP: &str = "\
A unit is done by the checks that name it, row by row of the maker's statement. What no case carries out is put to a
person; nothing is left out.

Examples:
  proofhouse ledger runs/20261122-150405-1a2b
  proofhouse ledger runs/20261122-150405-1a2b --state in-part      what is shown for some rows only
  proofhouse ledger runs/20261122-150405-1a2b --unit 5.11-1-2      the units of one test case
  proofhouse ledger runs/20261122-150405-1a2b --csv";

pub(super) const EVENTS_HELP: &str = "\
Number, seconds since the run started, case, unit, kind and content, a line each, cut at the width of the terminal. The
journal is checked on the way, and read to its end. `--json` prints its own lines, with all that they hold.

Examples:
  proofhouse events runs/20261122-150405-1a2b 12 15 20..25
  proofhouse events runs/20261122-150405-1a2b 12 --json
  proofhouse events runs/20261122-150405-1a2b | grep checked";

pub(super) const VERIFY_HELP: &str = "\
The seal finds what was changed by accident or carelessness; it is no signature.

Example:
  proofhouse verify runs/20261122-150405-1a2b";

pub(super) const REJUDGE_HELP: &str = "\
Each case is carried out again against what was recorded: its ops are answered from the journal, its waits are over at
once. Under the same suite the reports come out byte for byte; pieces of secrets of up to eight bytes, which stood in
them by chance, are passed over, and it is said where. Under a corrected suite the difference is told by provision; a
case that asks for what was not recorded is named with the place.

Exit codes: as the run's own, by what is judged now; 2 when there is no run or its suite cannot be read.

Examples:
  proofhouse rejudge runs/20261122-150405-1a2b
  proofhouse rejudge runs/20261122-150405-1a2b --suite corrected/en303645
  proofhouse rejudge /archive/20261122-150405-1a2b --started-in ~/bench    a run that was moved";

pub(super) const DIFF_HELP: &str = "\
Exit codes: 0 alike, 1 something came out otherwise, 2 one of them is no run.

Example:
  proofhouse diff runs/20261122-150405-1a2b runs/20261129-090000-3c4d";

pub(super) const SCHEMA_HELP: &str = "\
A schema finds wrong keys and values while a file is typed. That two units share a wire, or that a file is missing,
only `proofhouse check` can tell.

Example, with taplo or an editor that stands on it:
  proofhouse schema bench > bench.schema.json
  taplo lint --schema file://$PWD/bench.schema.json lab.toml";

pub(super) const SUITE_HELP: &str = "\
Suite, default benches and the virtual products' profiles are built into proofhouse: it needs no other file. In a
checkout its own folders are used instead. Every run says which suite it used, by the SHA-256 over its files. In
messages and options `embedded:` names what is built in, such as --bench embedded:fixtures/benches/thermo.toml

Example:
  proofhouse suite export our-suite
  proofhouse run --suite our-suite";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  proofhouse check                        the default bench
  proofhouse check --bench lab.toml       another bench, with the profile it names";

pub(super) const DISCOVER_EXAMPLES: &str = "\
Nothing is opened and nothing is sent, but for a question to all (multicast DNS and SSDP) on the links that are named.

Examples:
  proofhouse discover                               serial ports, debug probes, hosts spoken with lately
  proofhouse discover --link 192.168.1.2            and who answers on the network of that own address
  proofhouse discover --write bench.toml            a first bench file, to choose its lines from";

pub(super) const INIT_HELP: &str = "\
The files are for a product of that kind as it is often built; lines marked CHANGE are guesses, to be made true.
They hold no claim and grant nothing that could cost a unit. On a terminal what is not said is asked.

Examples:
  proofhouse init --out lamp                                  a web interface; asks what it has to know
  proofhouse init --kind mqtt --out lamp --address 10.0.0.7 --host 10.0.0.2 --yes
  proofhouse init --kind console --out meter --console 0403:6001";

pub(super) const DOCTOR_EXAMPLES: &str = "\
A bench file with `fitness = \"24h\"` (from 1m to 720h) lets no run begin unless every unit of its products was found
fit in that time, wired as it is now. `run --out DIR` looks for trials in DIR/doctor: say `doctor --out DIR/doctor`.
A trial that went well in part (--case), of a bench broken on purpose (--fault), of a profile changed since, on another
computer, or one that left the unit out (--unit) is none.

Examples:
  proofhouse doctor                       every unit of the default bench
  proofhouse doctor --bench lab.toml      another bench
  proofhouse doctor --fault relay-stuck:plug-a    a virtual bench that is broken: must not be fit";
