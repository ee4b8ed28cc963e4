//! Places of labgrid's own coordinator and exporter, of the Python index.
//!
//! `.ci/run` installs them into `target/labgrid`. Where they are not, the tests say so and end.

mod grid;

use grid::{Grid, LONG, Running, take};
use proofhouse_lease::{Keeper, Lease, NotLeased, Patience, PlaceLease, Tls, Value, Wanted, left};
use std::io::Read;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const NOW: Duration = Duration::ZERO;
const SOON: Duration = Duration::from_secs(2);

#[test]
fn a_place_is_taken_with_what_stands_on_it_and_given_back() {
    let Some(grid) = Grid::start() else { return };
    let mut lease = grid.named("ann", "lamp-a");
    let taken = take(&mut lease, LONG).unwrap();
    assert_eq!(taken.place, "lamp-a");
    let [serial, power] = ["NetworkSerialPort", "NetworkPowerPort"].map(|class| {
        let mut all = taken.resources.iter();
        all.find(|r| r.class == class)
            .unwrap_or_else(|| panic!("{taken:?}"))
    });
    assert_eq!(taken.resources.len(), 2);
    assert_eq!(
        (serial.text("host"), serial.whole("port")),
        (Some("127.0.0.1"), Some(4001))
    );
    assert_eq!(
        (serial.text("protocol"), serial.whole("speed")),
        (Some("raw"), Some(57600))
    );
    assert_eq!(power.params["index"], Value::Whole(1));
    assert_eq!(power.text("host"), Some("http://127.0.0.1:8080"));
    let holder = lease.holder().unwrap().unwrap();
    assert_eq!(holder.who, "desk/ann");
    assert!(holder.since.starts_with("20"), "{holder}");
    assert_eq!(grid.notes(), 1);
    lease.renew().unwrap();
    lease.release().unwrap();
    assert_eq!(lease.holder().unwrap(), None);
    assert_eq!(grid.notes(), 0);
    // Nothing is held, so there is nothing to renew or to give back.
    lease.renew().unwrap();
    lease.release().unwrap();
}

#[test]
fn an_alias_names_a_place_and_a_match_renames_what_stands_there() {
    let Some(grid) = Grid::start() else { return };
    let mut first = grid.named("ann", "first");
    assert_eq!(take(&mut first, LONG).unwrap().place, "lamp-a");
    let mut b = grid.named("ann", "lamp-b");
    let taken = take(&mut b, LONG).unwrap();
    assert_eq!(taken.resources[0].name, "console");
    assert_eq!(taken.resources[0].params.get("protocol"), None);
}

#[test]
fn who_holds_a_place_is_told_and_it_is_had_when_they_let_go() {
    let Some(grid) = Grid::start() else { return };
    let mut anns = grid.named("ann", "lamp-a");
    take(&mut anns, LONG).unwrap();
    let mut bobs = grid.named("bob", "lamp-a");
    let why = take(&mut bobs, NOW).unwrap_err();
    let NotLeased::Held { place, holder, .. } = &why else {
        panic!("{why}")
    };
    assert_eq!(
        (place.as_str(), holder.who.as_str()),
        ("lamp-a", "desk/ann")
    );
    assert!(!holder.since.is_empty());
    // Bob has nothing, so he gives nothing back: it is Ann's still.
    bobs.release().unwrap();
    anns.renew().unwrap();
    assert_eq!(anns.holder().unwrap().unwrap().who, "desk/ann");

    let (tell, told) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let taken = bobs.acquire(&Patience {
                most: LONG,
                called_off: &|| false,
                told: &|said| tell.send(said.to_owned()).unwrap(),
            });
            taken.unwrap();
            assert_eq!(bobs.holder().unwrap().unwrap().who, "desk/bob");
        });
        let said = told.recv_timeout(LONG).unwrap();
        assert!(said.contains("held by desk/ann since 20"), "{said}");
        anns.release().unwrap();
    });
    assert_eq!(grid.farm("ann").holder_of("lamp-a").unwrap(), None);
}

#[test]
fn a_wait_is_called_off() {
    let Some(grid) = Grid::start() else { return };
    let mut anns = grid.named("ann", "bare");
    take(&mut anns, LONG).unwrap();
    let mut bobs = grid.named("bob", "bare");
    let why = bobs.acquire(&Patience {
        most: LONG,
        called_off: &|| true,
        told: &|_| {},
    });
    assert!(matches!(why, Err(NotLeased::CalledOff(_))), "{why:?}");
}

#[test]
fn a_place_that_is_not_there_is_told_with_the_nearest() {
    let Some(grid) = Grid::without_exporter() else {
        return;
    };
    let why = take(&mut grid.named("ann", "lamb-a"), LONG).unwrap_err();
    assert!(
        matches!(&why, NotLeased::NoPlace { nearest: Some(near), .. } if near == "lamp-a"),
        "{why}"
    );
    let why = take(&mut grid.tagged("ann", &[("board", "toaster")]), LONG).unwrap_err();
    assert!(
        matches!(&why, NotLeased::NoPlace { place, .. } if place == "with board=toaster"),
        "{why}"
    );
}

#[test]
fn tags_find_the_place_that_is_free() {
    let Some(grid) = Grid::start() else { return };
    let lamps = [("board", "lamp")];
    let mut a = grid.named("ann", "lamp-a");
    take(&mut a, LONG).unwrap();
    let mut any = grid.tagged("bob", &lamps);
    assert_eq!(take(&mut any, LONG).unwrap().place, "lamp-b");
    any.renew().unwrap();
    let why = take(&mut grid.tagged("eve", &lamps), SOON).unwrap_err();
    let NotLeased::NoneFree { places, .. } = &why else {
        panic!("{why}")
    };
    assert!(places.contains("lamp-a is held by desk/ann"), "{why}");
    assert!(places.contains("lamp-b is held by desk/bob"), "{why}");
    // The reservation goes with the lease: the next one has it at once, whoever asks.
    any.release().unwrap();
    let mut next = grid.named("eve", "lamp-b");
    take(&mut next, LONG).unwrap();
}

#[test]
fn the_reservation_of_the_environment_is_a_place() {
    let Some(grid) = Grid::start() else { return };
    let mut access = grid.access("ann");
    let farm = proofhouse_lease::Labgrid::new(access.clone()).unwrap();
    let why = take(&mut PlaceLease::new(&farm, Wanted::Reserved), NOW).unwrap_err();
    assert!(why.to_string().contains("LG_TOKEN"), "{why}");
    access.token = Some("NOSUCHTOKEN".to_owned());
    let farm = proofhouse_lease::Labgrid::new(access).unwrap();
    let why = take(&mut PlaceLease::new(&farm, Wanted::Reserved), NOW).unwrap_err();
    assert!(
        matches!(&why, NotLeased::Refused { why, .. } if why.contains("NOSUCHTOKEN")),
        "{why}"
    );
}

#[test]
fn what_is_not_exported_is_named_and_waited_for() {
    let Some(mut grid) = Grid::without_exporter() else {
        return;
    };
    let mut lease = grid.named("ann", "lamp-b");
    let why = take(&mut lease, NOW).unwrap_err();
    let NotLeased::NotThere { place, what, .. } = &why else {
        panic!("{why}")
    };
    assert_eq!(place, "lamp-b");
    assert!(what.contains("desk/lamp-b/NetworkSerialPort"), "{why}");
    assert_eq!(
        lease.holder().unwrap(),
        None,
        "it was not taken for nothing"
    );
    grid.export();
    let taken = take(&mut lease, LONG).unwrap();
    assert_eq!(taken.resources.len(), 1);
    lease.release().unwrap();
    grid.no_export();
}

#[test]
fn a_place_that_is_taken_away_is_noticed() {
    let Some(grid) = Grid::start() else { return };
    let mut lease = grid.named("ann", "lamp-a");
    take(&mut lease, LONG).unwrap();
    let keeper = Keeper::new(vec![Box::new(lease)]);
    let (tell, told) = channel();
    let watch = keeper.watch(Box::new(move |why| tell.send(why.clone()).unwrap()));
    watch.unwrap();
    grid.client("bob", &["-p", "lamp-a", "release", "--kick"]);
    grid.client("bob", &["-p", "lamp-a", "acquire"]);
    let why = told.recv_timeout(LONG).unwrap();
    assert!(
        matches!(&why, NotLeased::Lost { place, .. } if place == "lamp-a"),
        "{why}"
    );
    // What is Bob's now is not given back for Ann.
    assert_eq!(keeper.release(), Vec::<String>::new());
    assert_eq!(
        grid.farm("ann").holder_of("lamp-a").unwrap().unwrap().who,
        "desk/bob"
    );
    assert_eq!(grid.notes(), 0);
}

#[test]
fn a_coordinator_that_was_started_again_has_forgotten_who_held_what() {
    let Some(mut grid) = Grid::without_exporter() else {
        return;
    };
    let mut lease = grid.named("ann", "bare");
    take(&mut lease, LONG).unwrap();
    lease.renew().unwrap();
    grid.start_again();
    let until = Instant::now() + LONG;
    let why = loop {
        match lease.renew() {
            Err(why) => break why,
            Ok(()) => assert!(Instant::now() < until),
        }
    };
    assert!(
        matches!(&why, NotLeased::Lost { why, .. } if why.contains("nobody has it")),
        "{why}"
    );
}

#[test]
fn a_coordinator_that_is_not_there_is_named() {
    let Some(grid) = Grid::without_exporter() else {
        return;
    };
    let mut lease = grid.named("ann", "bare");
    drop(grid.coordinator);
    let why = take(&mut lease, NOW).unwrap_err();
    assert!(
        matches!(&why, NotLeased::Unreachable { coordinator, .. } if *coordinator == grid.address),
        "{why}"
    );
}

/// No test of its own: the process that another test kills while it holds a place.
#[test]
fn holds_a_place_until_it_is_killed() {
    let Ok(said) = std::env::var("PROOFHOUSE_TEST_HOLDS") else {
        return;
    };
    let [coordinator, notes] = said.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let access = proofhouse_lease::Access {
        coordinator: String::from(coordinator),
        tls: None,
        me: proofhouse_lease::Identity {
            host: "desk".to_owned(),
            user: "ann".to_owned(),
        },
        token: None,
        notes: String::from(notes).into(),
    };
    let farm = proofhouse_lease::Labgrid::new(access).unwrap();
    let mut lease = PlaceLease::new(&farm, Wanted::Named("bare".to_owned()));
    take(&mut lease, LONG).unwrap();
    std::io::Write::write_all(&mut std::io::stdout(), b"\nit is held\n").unwrap();
    let _ = std::io::stdin().read(&mut [0]);
}

fn holds(grid: &Grid) -> Running {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let notes = grid.folder.path().join("notes");
    let said = format!("{} {}", grid.address, notes.display());
    command.args(["--exact", "holds_a_place_until_it_is_killed", "--nocapture"]);
    let holds = Running::start(command.env("PROOFHOUSE_TEST_HOLDS", said));
    holds.word("it is held");
    holds
}

#[test]
fn what_a_killed_process_left_is_given_back_by_the_next() {
    let Some(grid) = Grid::without_exporter() else {
        return;
    };
    let holds = holds(&grid);
    assert_eq!(
        left::sweep(&grid.access("ann")),
        Vec::<String>::new(),
        "its process lives"
    );
    assert!(grid.farm("ann").holder_of("bare").unwrap().is_some());
    drop(holds);
    assert!(
        grid.farm("ann").holder_of("bare").unwrap().is_some(),
        "a coordinator forgets nothing"
    );
    let told = left::sweep(&grid.access("ann"));
    assert!(
        told.len() == 1 && told[0].contains("place bare") && told[0].contains("given back"),
        "{told:?}"
    );
    assert_eq!(grid.farm("ann").holder_of("bare").unwrap(), None);
    assert_eq!(
        (grid.notes(), left::sweep(&grid.access("ann")).len()),
        (0, 0)
    );
}

#[test]
fn a_guard_gives_back_what_its_harness_left_and_until_then_nobody_else_does() {
    let Some(grid) = Grid::without_exporter() else {
        return;
    };
    let holds = holds(&grid);
    let notes = std::fs::read_dir(grid.folder.path().join("notes")).unwrap();
    let notes: Vec<_> = notes.map(|entry| entry.unwrap().path()).collect();
    let guard = left::keep(&notes);
    drop(holds);
    assert_eq!(left::sweep(&grid.access("ann")), Vec::<String>::new());
    assert!(
        grid.farm("ann").holder_of("bare").unwrap().is_some(),
        "supplies may be on still"
    );
    assert_eq!(guard.give_back(), Vec::<String>::new());
    assert_eq!(grid.farm("ann").holder_of("bare").unwrap(), None);
    assert_eq!(grid.notes(), 0);
}

#[test]
fn another_lock_of_the_same_user_is_left_alone() {
    let Some(grid) = Grid::without_exporter() else {
        return;
    };
    drop(holds(&grid));
    grid.client("ann", &["-p", "bare", "release"]);
    grid.client("ann", &["-p", "bare", "acquire"]);
    let told = left::sweep(&grid.access("ann"));
    assert!(
        told.len() == 1 && told[0].contains("held by desk/ann"),
        "{told:?}"
    );
    assert_eq!(
        grid.farm("ann").holder_of("bare").unwrap().unwrap().who,
        "desk/ann"
    );
    assert_eq!(grid.notes(), 0, "told once");
}

const SIGNED: &str = "x-lg-hostname=desk x-lg-user-agent=proofhouse/0.1.0 x-lg-username=ann";

#[test]
fn who_asks_is_said_with_every_call_and_the_newer_call_is_made_where_there_is_one() {
    for (args, wanted, other) in [
        (["--one-place"].as_slice(), "GetPlace", "GetPlaces"),
        (&[], "GetPlaces", "GetPlace"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let Some(grid) = Grid::newer(args, folder, None) else {
            return;
        };
        let mut lease = grid.named("ann", "bare");
        take(&mut lease, LONG).unwrap();
        assert_eq!(lease.holder().unwrap().unwrap().who, "desk/ann");
        lease.release().unwrap();
        let mut calls = Vec::new();
        while calls.last().is_none_or(|call| call != "ReleasePlace") {
            let line = grid.coordinator.word("call ");
            let (call, metadata) = line.split_once(' ').unwrap();
            assert_eq!(metadata, SIGNED, "{call}");
            calls.push(call.to_owned());
        }
        assert!(calls.iter().any(|call| call == "AcquirePlace"), "{calls:?}");
        assert!(calls.iter().any(|call| call == wanted), "{calls:?}");
        // The older coordinator is asked for the newer call once, and says that it has none.
        let asked = calls.iter().filter(|call| *call == other).count();
        assert_eq!(asked, usize::from(args.is_empty()), "{calls:?}");
    }
}

#[test]
fn over_tls_the_certificate_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(at("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(at("other.pem"), other.cert.pem()).unwrap();
    let [cert, key, strange] = ["cert.pem", "key.pem", "other.pem"].map(at);
    let args = ["--tls", cert.to_str().unwrap(), key.to_str().unwrap()];
    let tls = Some(Tls {
        authority: cert.clone(),
    });
    let Some(grid) = Grid::newer(&args, folder, tls) else {
        return;
    };
    let mut lease = grid.named("ann", "bare");
    take(&mut lease, LONG).unwrap();
    lease.release().unwrap();
    for tls in [Some(Tls { authority: strange }), None] {
        let mut access = grid.access("ann");
        access.tls = tls;
        let farm = proofhouse_lease::Labgrid::new(access).unwrap();
        let lease = &mut PlaceLease::new(&farm, Wanted::Named("bare".to_owned()));
        let why = take(lease, NOW).unwrap_err();
        assert!(matches!(why, NotLeased::Unreachable { .. }), "{why}");
    }
}
