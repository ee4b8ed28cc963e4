//! Places that the coordinator chooses.

use super::grid::{Grid, LONG, WITHOUT_LAMP_A, take};
use super::{NOW, SOON};
use proofhouse_lease::{Lease, NotLeased, Patience, PlaceLease, Wanted};
use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::time::Instant;

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

/// labgrid#1477: the coordinator gives a reservation the place whose exporter is away, and it cannot be acquired.
#[test]
fn labgrid_1477_a_reservation_of_a_place_that_nobody_exports_takes_another_one() {
    let Some(mut grid) = Grid::without_exporter() else {
        return;
    };
    grid.export_only(WITHOUT_LAMP_A);
    let lamps = [("board", "lamp")];
    let mut b = grid.named("ann", "lamp-b");
    take(&mut b, LONG).unwrap();
    // The only one that the coordinator can give now.
    let why = take(&mut grid.tagged("bob", &lamps), NOW).unwrap_err();
    let NotLeased::NotThere { place, what, .. } = &why else {
        panic!("{why}")
    };
    assert_eq!(place, "lamp-a");
    assert!(
        what.contains("nothing is exported for desk/lamp-a"),
        "{why}"
    );
    let mut any = grid.tagged("bob", &lamps);
    let (tell, told) = channel();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            any.acquire(&Patience {
                most: LONG,
                called_off: &|| false,
                told: &|said| tell.send(said.to_owned()).unwrap(),
            })
        });
        let said = told.recv_timeout(LONG).unwrap();
        assert!(said.contains("place lamp-a: nothing is exported"), "{said}");
        b.release().unwrap();
        assert_eq!(waits.join().unwrap().unwrap().place, "lamp-b");
    });
    any.renew().unwrap();
    let farm = grid.farm("ann");
    assert_eq!(farm.holder_of("lamp-b").unwrap().unwrap().who, "desk/bob");
    assert_eq!(farm.holder_of("lamp-a").unwrap(), None);
    any.release().unwrap();
    assert_eq!(farm.holder_of("lamp-b").unwrap(), None);
    assert_eq!(grid.notes(), 0);
    grid.no_export();
}

/// jumpstarter#643: who used a lease that had expired waited for it for good.
#[test]
fn jumpstarter_643_a_reservation_that_is_over_is_an_error_and_no_wait() {
    let Some(grid) = Grid::start() else { return };
    let mut access = grid.access("ann");
    let farm = proofhouse_lease::Labgrid::new(access.clone()).unwrap();
    let why = take(&mut PlaceLease::new(&farm, Wanted::Reserved), NOW).unwrap_err();
    assert!(why.to_string().contains("LG_TOKEN"), "{why}");
    access.token = Some("NOSUCHTOKEN".to_owned());
    let farm = proofhouse_lease::Labgrid::new(access).unwrap();
    let began = Instant::now();
    let why = take(&mut PlaceLease::new(&farm, Wanted::Reserved), LONG).unwrap_err();
    assert!(began.elapsed() < LONG, "{why}");
    assert!(
        matches!(&why, NotLeased::Refused { why, .. } if why.contains("NOSUCHTOKEN")),
        "{why}"
    );
}

#[test]
fn a_reservation_that_was_made_before_is_found_by_its_token_or_its_tags() {
    let Some(grid) = Grid::start() else { return };
    let by_tags = |user: &str, token: Option<String>, (key, value): (&str, &str)| {
        let mut access = grid.access(user);
        access.token = token;
        let farm = proofhouse_lease::Labgrid::new(access).unwrap();
        let tags = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        PlaceLease::new(&farm, Wanted::ReservedWith(tags))
    };
    let lamp = ("board", "lamp");
    let why = take(&mut by_tags("ann", None, lamp), NOW).unwrap_err();
    assert!(
        matches!(&why, NotLeased::Environment(why) if why.contains("desk/ann has none for board=lamp")
            && why.contains("labgrid-client reserve board=lamp")),
        "{why}"
    );
    grid.reserves("eve", "side=b");
    let mut eves = by_tags("eve", None, ("side", "b"));
    assert_eq!(take(&mut eves, LONG).unwrap().place, "lamp-b");
    let token = grid.reserves("ann", "board=lamp");
    // It is Ann's alone.
    let why = take(&mut by_tags("bob", None, lamp), NOW).unwrap_err();
    assert!(why.to_string().contains("desk/bob has none"), "{why}");
    // Of two, the token tells which.
    grid.reserves("ann", "board=lamp");
    let why = take(&mut by_tags("ann", None, lamp), NOW).unwrap_err();
    assert!(why.to_string().contains("2 reservations"), "{why}");
    let mut anns = by_tags("ann", Some(token), lamp);
    assert_eq!(take(&mut anns, LONG).unwrap().place, "lamp-a");
    assert_eq!((anns.release(), eves.release()), (Ok(()), Ok(())));
}
