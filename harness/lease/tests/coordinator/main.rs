//! Places of labgrid's own coordinator and exporter, of the Python index.
//!
//! `.ci/run` installs them into `target/labgrid`. Where they are not, the tests say so and end.

mod access;
mod grid;
mod reservations;

use grid::{Grid, LONG, Running, take};
use proofhouse_lease::{Keeper, Lease, NotLeased, Patience, PlaceLease, Value, Wanted, left};
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

/// labgrid#450: somebody else was given the place, and the tests on it went on.
#[test]
fn labgrid_450_a_place_that_is_taken_away_is_noticed() {
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
fn a_later_lock_of_the_same_user_is_not_this_one_and_is_left_alone() {
    let Some(grid) = Grid::without_exporter() else {
        return;
    };
    let mut lease = grid.named("ann", "bare");
    take(&mut lease, LONG).unwrap();
    // This changes the stamp, and nothing else.
    grid.client("ann", &["-p", "bare", "set-comment", "busy"]);
    lease.confirm(Instant::now() + LONG).unwrap();
    grid.client("ann", &["-p", "bare", "release"]);
    grid.client("ann", &["-p", "bare", "acquire"]);
    let why = lease.confirm(Instant::now() + LONG).unwrap_err();
    assert!(
        matches!(&why, NotLeased::Lost { why, .. } if why.contains("another lock")),
        "{why}"
    );
    assert!(matches!(lease.renew(), Err(NotLeased::Lost { .. })));
    lease.release().unwrap();
    assert_eq!(
        grid.farm("ann").holder_of("bare").unwrap().unwrap().who,
        "desk/ann"
    );
    assert_eq!(grid.notes(), 0);
}

#[test]
fn of_a_coordinator_that_stands_still_nothing_is_known() {
    let Some(grid) = Grid::without_exporter() else {
        return;
    };
    let mut lease = grid.named("ann", "bare");
    take(&mut lease, LONG).unwrap();
    let keeper = Keeper::new(vec![Box::new(lease)]);
    let soon = || Instant::now() + SOON;
    keeper.confirm(&["bare"], soon()).unwrap();
    grid.coordinator.stop();
    let why = keeper.confirm(&["bare"], soon()).unwrap_err();
    assert!(matches!(why, NotLeased::Unreachable { .. }), "{why}");
    // Of other places nothing was asked.
    keeper.confirm(&["lamp-a"], soon()).unwrap();
    let told = keeper.release();
    assert!(
        told.len() == 1 && told[0].contains("place bare may still be held"),
        "{told:?}"
    );
    assert_eq!(grid.notes(), 1, "whoever finds it tries again");
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

/// labgrid#1884 and #1809: what a CI job held that was killed stayed locked until somebody released it by hand.
#[test]
fn labgrid_1884_what_a_killed_process_left_is_given_back_by_the_next() {
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

/// jumpstarter#236: a client was killed, and its lease blocked the exporter for good.
#[test]
fn jumpstarter_236_a_guard_gives_back_what_its_harness_left_and_until_then_nobody_else_does() {
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

/// labgrid#894: of two that clean up, one releases what another job has taken since.
#[test]
fn labgrid_894_another_lock_of_the_same_user_is_left_alone() {
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
