//! Scripts that eat memory, time or stack, loaded and carried out as the harness does it: each ends as trouble of its
//! case or a mistake of its file, within seconds, and the harness and the next script go on.

#[path = "../../script/tests/common/mod.rs"]
mod common;

use common::{Fake, case_of, told, write};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Channel, Diagnostic, Observation, Op, Trouble, TroubleKind};
use proofhouse_script::{Case, Host, Limits, Sandbox, run_case};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Far above what any limit here lets pass, far below what nobody waits for; a debug build on a busy machine.
const SECONDS: Duration = Duration::from_secs(60);

fn sandbox(limits: Limits) -> Arc<Sandbox> {
    Sandbox::new(env!("CARGO_BIN_EXE_proofhouse").into(), limits)
}

fn quick() -> Limits {
    Limits {
        running: Duration::from_secs(2),
        loading: Duration::from_secs(2),
        ..Limits::default()
    }
}

fn load(sandbox: &Arc<Sandbox>, files: &[(&str, &str)]) -> (Vec<Case>, Vec<Diagnostic>, String) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let (cases, found) = sandbox.load_suite_cases(folder.path(), None);
    let text = told(folder.path(), &found);
    (cases, found, text)
}

fn trouble(end: CaseEnd) -> Trouble {
    match end {
        CaseEnd::Stopped { trouble, .. } => trouble,
        other => panic!("{other:?}"),
    }
}

/// Peak of resident memory of this process and of its largest child that was waited for, in KiB.
fn peaks() -> (i64, i64) {
    use nix::sys::resource::{UsageWho, getrusage};
    let peak = |who| getrusage(who).unwrap().max_rss();
    (peak(UsageWho::RUSAGE_SELF), peak(UsageWho::RUSAGE_CHILDREN))
}

/// What hostile cases do.
/// `one` keeps Starlark from working them out while it loads them.
const AT_RUN: [&str; 18] = [
    "v = []\nfor _ in range((200000 * one)):\n    v = [v]\nbench.note(str(v))",
    "v = []\nfor _ in range((200000 * one)):\n    v = (v,)\nbench.note(\"%s\" % v)",
    "a = []\nb = []\nfor _ in range((300000 * one)):\n    a = [a]\n    b = [b]\nbench.note(str(a == b))",
    "v = [0] * (2000000000 * one)\nbench.note(str(len(v)))",
    "v = \"x\" * (2000000000 * one)\nbench.note(str(len(v)))",
    "v = \"x\" * (100000 * one)\nv = v.replace(\"x\", v)\nbench.note(str(len(v)))",
    "v = (\"x\" * (100000 * one)).join([\"y\"] * (100000 * one))\nbench.note(str(len(v)))",
    "v = \"x\"\nfor _ in range(60):\n    v = v + v\nbench.note(str(len(v)))",
    "v = [1]\nfor _ in range(60):\n    v = v + v\nbench.note(str(len(v)))",
    "v = list(range((2000000000 * one)))\nbench.note(str(len(v)))",
    "v = {}\nfor i in range((1000000000 * one)):\n    v[i] = [i]\nbench.note(str(len(v)))",
    "v = sorted(range((2000000000 * one)))\nbench.note(str(len(v)))",
    "v = 3\nfor _ in range(60):\n    v = v * v\nbench.note(str(v))",
    "v = 3\nfor _ in range(60):\n    v = v * v\nbench.note(str(v % 7))",
    "n = 0\nfor i in range((2000000000 * one)):\n    n = n + i\nbench.note(str(n))",
    "v = \"{}\" * (1000000 * one)\nbench.note(v.format(*([\"x\" * (100000 * one)] * (1000000 * one))))",
    "v = [[0] * 1000 for _ in range((1000000 * one))]\nbench.note(str(len(v)))",
    "v = (\"a,\" * (50000000 * one)).split(\",\")\nbench.note(str(len(v)))",
];

/// What its trouble says, one of these.
const WORDS: [&str; 4] = [
    "memory",
    "stack overflows",
    "computes without an end",
    "recursion",
];

#[test]
fn a_hostile_case_ends_as_trouble_of_the_case_and_the_next_one_runs() {
    let sandbox = sandbox(quick());
    let start = Instant::now();
    for body in AT_RUN {
        let body = &*format!("one = min(1, len(bench.profile.name))\n{body}");
        let files = [
            ("cases/x.star", case_of(body)),
            ("cases/y.star", case_of("bench.power.on()")),
        ];
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let (cases, _, text) = load(&sandbox, &files);
        let [case, next] = &cases[..] else {
            // Already its types cannot be worked out.
            assert!(
                text.contains("without an end: 2 s and more while it is loaded"),
                "{body}\n{text}"
            );
            assert_eq!(cases.len(), 1, "{body}\n{text}");
            continue;
        };
        let begun = Instant::now();
        let trouble = trouble(run_case(case, None, Arc::new(Fake::new())));
        assert_eq!(trouble.kind, TroubleKind::Case, "{body}: {trouble}");
        let told = WORDS.iter().any(|words| trouble.what.contains(words));
        assert!(told, "{body}: {trouble}");
        assert!(begun.elapsed() < SECONDS, "{body}: {:?}", begun.elapsed());
        let next = run_case(next, None, Arc::new(Fake::new()));
        assert_eq!(next, CaseEnd::Complete, "after {body}");
    }
    let (ours, theirs) = peaks();
    assert!(ours < 400 << 10, "the harness took {ours} KiB");
    assert!(theirs < 700 << 10, "a worker took {theirs} KiB");
    assert!(start.elapsed() < 10 * SECONDS);
}

/// The same at the top of a file.
const AT_LOAD: [&str; 9] = [
    "V = [0] * 2000000000",
    "V = \"x\" * 2000000000",
    "V = list(range(2000000000))",
    "V = (\"x\" * 100000).replace(\"x\", \"y\" * 100000)",
    "V = (\"x\" * 100000).join([\"y\"] * 100000)",
    "V = [[0] * 1000 for _ in range(1000000)]",
    "V = sorted(range(2000000000))",
    "V = len([1 for a in range(30000) for b in range(30000)])",
    "V = \"{}{}{}{}\".format(*([\"x\" * 400000000] * 4))",
];

#[test]
fn a_hostile_file_is_a_mistake_and_the_others_are_loaded() {
    let sandbox = sandbox(quick());
    for top in AT_LOAD {
        let hostile = format!("{top}\n{}", case_of("bench.power.on()"));
        let honest = case_of("bench.power.on()");
        let begun = Instant::now();
        let files = [
            ("cases/a.star", &*honest),
            ("cases/b.star", &hostile),
            ("cases/c.star", &honest),
        ];
        let (cases, found, text) = load(&sandbox, &files);
        assert_eq!(cases.len(), 2, "{top}\n{text}");
        assert!(
            found.iter().all(|d| d.file.ends_with("b.star")),
            "{top}\n{text}"
        );
        assert!(!found.is_empty() && begun.elapsed() < SECONDS, "{top}");
    }
}

#[test]
fn a_hostile_library_ends_one_worker_and_is_told_once() {
    let sandbox = sandbox(quick());
    let user = format!(
        "load(\"lib/bad.star\", \"V\")\n{}",
        case_of("bench.note(str(V))")
    );
    let honest = case_of("bench.power.on()");
    let mut files = vec![("lib/bad.star", "V = [0] * 2000000000\n")];
    let names: Vec<String> = (0..20).map(|n| format!("cases/u{n:02}.star")).collect();
    files.extend(names.iter().map(|name| (name.as_str(), user.as_str())));
    files.push(("cases/z.star", &honest));
    let begun = Instant::now();
    let (cases, found, text) = load(&sandbox, &files);
    assert_eq!(cases.len(), 1, "{text}");
    assert_eq!(found.len(), 1, "{text}");
    assert!(found[0].file.ends_with("lib/bad.star"), "{text}");
    assert!(begun.elapsed() < SECONDS);
}

#[test]
fn what_a_script_may_take_can_be_changed() {
    let body = "v = \"x\" * (100000000 * min(1, len(bench.profile.name)))\nbench.note(str(len(v)))";
    for (memory_mib, passes) in [(64, false), (1024, true)] {
        let limits = Limits {
            memory_mib,
            ..Limits::default()
        };
        let (cases, _, _) = load(&sandbox(limits), &[("cases/x.star", &case_of(body))]);
        let end = run_case(&cases[0], None, Arc::new(Fake::new()));
        assert_eq!(
            end == CaseEnd::Complete,
            passes,
            "{memory_mib} MiB: {end:?}"
        );
    }
}

#[test]
fn payloads_of_64_mib_go_both_ways_and_come_out_as_they_went_in() {
    let image: Vec<u8> = (0..64_usize << 20).map(|n| (n % 251) as u8).collect();
    let body = "image = bench.file(\"update\")\n\
                bench.lan.http(\"POST\", \"/up\", port = 443, body = image)\n\
                check.equal(len(image), 67108864, holds = \"whole\", otherwise = \"cut\")";
    let (cases, _, text) = load(
        &sandbox(Limits::default()),
        &[("cases/x.star", &case_of(body))],
    );
    assert_eq!(cases.len(), 1, "{text}");
    let mut host = Fake::new();
    host.files.insert("update".to_owned(), image.clone());
    let host = Arc::new(host);
    let end = run_case(&cases[0], None, Arc::clone(&host) as Arc<dyn Host>);
    assert_eq!(end, CaseEnd::Complete);
    match &host.ops()[..] {
        [Op::Http(op)] => assert!(*op.body == image[..]),
        other => panic!("{} ops", other.len()),
    }
    assert_eq!(host.checks().len(), 1);
}

#[test]
fn a_worker_is_used_again_and_one_that_died_is_replaced() {
    let sandbox = sandbox(quick());
    let texts: Vec<_> = (0..40)
        .map(|n| {
            (
                format!("cases/c{n:02}.star"),
                case_of("bench.power.on()\nbench.device.ready(within = \"1s\")"),
            )
        })
        .collect();
    let files: Vec<_> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let (cases, _, text) = load(&sandbox, &files);
    assert_eq!(cases.len(), 40, "{text}");
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[(
            "device.star",
            "def ready(bench: Bench, within):\n    bench.console.skip()\n",
        )],
    );
    let (device, found) = sandbox.load_device_script(folder.path(), None);
    assert!(found.is_empty(), "{}", told(folder.path(), &found));
    drop(folder); // what runs is what was loaded, whatever became of the disk
    for case in &cases {
        let end = run_case(case, device.as_ref(), Arc::new(Fake::new()));
        assert_eq!(end, CaseEnd::Complete);
    }
    let workers = workers_of(std::process::id());
    assert!(workers.len() <= 16, "{workers:#?}");
}

#[test]
fn a_case_whose_time_is_over_ends_with_that_also_inside_a_long_built_in() {
    // The deadline comes before the limit of processor time.
    let limits = Limits {
        running: Duration::from_secs(3600),
        ..Limits::default()
    };
    let body =
        "bench.power.on()\nv = 3\nfor _ in range(60):\n    v = v * v\nbench.note(str(v % 7))";
    let (cases, _, text) = load(&sandbox(limits), &[("cases/x.star", &case_of(body))]);
    assert_eq!(cases.len(), 1, "{text}");
    let host = Fake::new();
    host.stop_after_polls
        .store(2, std::sync::atomic::Ordering::SeqCst);
    let begun = Instant::now();
    let trouble = trouble(run_case(&cases[0], None, Arc::new(host)));
    assert_ne!(trouble.kind, TroubleKind::Case, "{trouble}");
    assert!(begun.elapsed() < SECONDS);
}

/// Whether every thread of a process is stopped.
fn all_stopped(pid: i32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads.flatten().all(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with('T'))
    })
}

/// It takes no processor time, and its case has an hour.
#[test]
fn a_worker_that_was_stopped_ends_its_case_and_the_next_one_runs() {
    // As much memory as no other test gives, to tell this worker from theirs.
    let limits = Limits {
        memory_mib: 259,
        running: Duration::from_secs(1),
        ..Limits::default()
    };
    let ours = || pids_of(&format!("__script-worker {} 259 ", std::process::id()));
    let body = case_of("bench.power.on()\nbench.note(\"still here\")");
    let (cases, _, text) = load(&sandbox(limits), &[("cases/x.star", &body)]);
    assert_eq!(cases.len(), 1, "{text}");
    let begun = Instant::now();
    let stops = move |_: usize, _: &Op| {
        let found = ours();
        assert_eq!(found.len(), 1, "{found:?}");
        for pid in found {
            kill(Pid::from_raw(pid), Signal::SIGSTOP).unwrap();
            // A thread of it may run on for a moment, and hear the answer.
            while !all_stopped(pid) {
                assert!(begun.elapsed() < SECONDS, "{pid} does not stop");
                std::thread::yield_now();
            }
        }
        Ok(Observation::Done)
    };
    let host = Arc::new(Fake::answering(stops));
    let trouble = trouble(run_case(
        &cases[0],
        None,
        Arc::clone(&host) as Arc<dyn Host>,
    ));
    assert_eq!(trouble.kind, TroubleKind::Case, "{trouble}");
    let said = "the script was ended: its process answers no longer";
    assert_eq!(trouble.what, said);
    assert!(host.notes().is_empty() && begun.elapsed() < SECONDS);
    assert!(ours().is_empty(), "it is still there: {:?}", ours());
    let end = run_case(&cases[0], None, Arc::new(Fake::new()));
    assert_eq!(end, CaseEnd::Complete);
}

#[test]
fn troubles_of_the_device_and_what_was_observed_come_through() {
    let body = "t = bench.attempt(lambda: bench.console.line(\"version\"))\n\
                bench.note(str(t.ok) + str(t.kind))\n\
                bench.power.on()";
    let (cases, _, text) = load(
        &sandbox(Limits::default()),
        &[("cases/x.star", &case_of(body))],
    );
    assert_eq!(cases.len(), 1, "{text}");
    let silent = |_: usize, op: &Op| match op {
        Op::Console(_) => Err(common::silent()),
        _ => Ok(Observation::Done),
    };
    let host = Arc::new(Fake::answering(silent));
    let end = run_case(&cases[0], None, Arc::clone(&host) as Arc<dyn Host>);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.notes().len(), 1);
    let refused = Fake::answering(|_, _| {
        Err(Trouble::new(
            TroubleKind::DeviceRefused,
            Channel::Power,
            "no power",
        ))
    });
    let trouble = trouble(run_case(&cases[0], None, Arc::new(refused)));
    assert_eq!(trouble.kind, TroubleKind::DeviceRefused);
}

/// The suite of the checkout with one file more.
fn suite_with(file: &str, text: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().flatten() {
            let (here, there) = (entry.path(), to.join(entry.file_name()));
            match here.is_dir() {
                true => copy(&here, &there),
                false => drop(std::fs::copy(&here, &there).unwrap()),
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("test-suites/en303645"), folder.path());
    write(folder.path(), &[(file, text)]);
    folder
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn check(suite: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command
        .current_dir(root())
        .arg("check")
        .arg("--suite")
        .arg(suite);
    command
}

#[test]
fn check_names_the_hostile_file_and_ends() {
    let hostile = format!("V = [0] * 2000000000\n{}", case_of("bench.power.on()"));
    let suite = suite_with("cases/zz_hostile.star", &hostile);
    let out = check(suite.path()).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(
        said.contains("zz_hostile.star") && said.contains("memory"),
        "{said}"
    );
}

#[test]
fn a_worker_ends_with_its_harness_however_that_ends() {
    // Busy with a file that takes all the time it may, and deaf to everything.
    let busy = "V = len([1 for a in range(30000) for b in range(30000)])";
    let suite = suite_with(
        "cases/aa_busy.star",
        &format!("{busy}\n{}", case_of("bench.power.on()")),
    );
    let mut harness = check(suite.path()).spawn().unwrap();
    let until = Instant::now() + SECONDS;
    let workers = || workers_of(harness.id());
    while workers().is_empty() {
        assert!(Instant::now() < until, "no worker was started");
        std::thread::yield_now();
    }
    harness.kill().unwrap();
    let gone = Instant::now() + Duration::from_secs(10);
    while !workers_of(harness.id()).is_empty() {
        assert!(Instant::now() < gone, "a worker outlives its harness");
        std::thread::yield_now();
    }
    harness.wait().unwrap();
}

/// Workers that were started by a process, by what their command line says.
fn workers_of(parent: u32) -> Vec<String> {
    let words = format!("__script-worker {parent} ");
    let lines = processes().into_iter().map(|(_, line)| line);
    lines.filter(|line| line.contains(&words)).collect()
}

/// Processes whose command line says this.
fn pids_of(words: &str) -> Vec<i32> {
    let found = processes().into_iter().filter(|(_, l)| l.contains(words));
    found.map(|(pid, _)| pid).collect()
}

/// Every process with its command line.
fn processes() -> Vec<(i32, String)> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let read = entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&line).replace('\0', " ")))
    });
    read.collect()
}
