//! Who asks, and over what.

use super::NOW;
use super::grid::{Grid, LONG, take};
use proofhouse_lease::{Lease, NotLeased, PlaceLease, Tls, Wanted};

const SIGNED: &str = "x-lg-hostname=desk x-lg-user-agent=proofhouse/0.1.0 x-lg-username=ann";

/// labgrid#1880: a client should have an identity without a stream that it has to keep open.
#[test]
fn labgrid_1880_who_asks_is_said_with_every_call_and_the_newer_call_is_made_where_there_is_one() {
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

/// labgrid#1541 and #1885: coordinators were reached without TLS, by whoever was on the network.
#[test]
fn labgrid_1541_over_tls_the_certificate_is_verified_and_nothing_goes_without_it() {
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
    // A coordinator without TLS is none for who wants it.
    let Some(plain) = Grid::without_exporter() else {
        return;
    };
    let mut access = plain.access("ann");
    access.tls = Some(Tls { authority: cert });
    let farm = proofhouse_lease::Labgrid::new(access).unwrap();
    let lease = &mut PlaceLease::new(&farm, Wanted::Named("bare".to_owned()));
    let why = take(lease, NOW).unwrap_err();
    assert!(matches!(why, NotLeased::Unreachable { .. }), "{why}");
    assert_eq!(plain.farm("ann").holder_of("bare").unwrap(), None);
}
