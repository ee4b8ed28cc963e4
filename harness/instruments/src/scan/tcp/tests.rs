use super::*;
use proofhouse_model::Dur;
use proofhouse_model::observation::PortWitness;
use proofhouse_model::profile::Pace as Declared;
use proofhouse_transport::net::Turns;
use std::io;

fn scan<'a>(route: &'a Way, budget: &'a Budget) -> Scan<'a> {
    Scan::new(IpAddr::from([127, 0, 0, 1]), route, budget).unwrap()
}

fn long() -> Budget {
    Budget::of(Duration::from_secs(60))
}

#[test]
fn a_scan_slows_down_when_a_port_that_answered_is_silent_too_and_leaves_what_it_has_no_time_for() {
    let (route, budget) = (Way::default(), long());
    let mut scan = scan(&route, &budget);
    let fresh = |port| Todo::fresh(port, Why::ToSee);
    scan.queue = (1..=9000).map(fresh).collect();
    scan.witness.seen(22, true);
    let mut widest = 0;
    while scan.slowed.is_none() {
        widest = widest.max(scan.window());
        let todo = scan.queue.pop_front().unwrap();
        scan.no_answer(todo);
    }
    assert!(scan.window() * 2 <= widest);
    assert!(!scan.is_hopeless(), "it is given a trial");
    let long_ago = Instant::now().checked_sub(SLOW_TRIAL * 2).unwrap();
    scan.slowed = Some((long_ago, 0));
    assert!(scan.is_hopeless());
    scan.give_up();
    assert_eq!((scan.open(), scan.seen.silent.len()), (0, 9000));
    assert_eq!(scan.seen.given_up, 9000);
}

/// What was silent to every try while the device did not keep up may be open: it is asked again.
#[test]
fn ports_are_silent_by_themselves_only_once_the_witness_answers() {
    let (route, budget) = (Way::default(), long());
    for answers in [true, false] {
        let mut scan = scan(&route, &budget);
        scan.witness.seen(22, true);
        let mut last = Todo::fresh(9, Why::ToSee);
        last.attempt = TRIES_OF_FEW;
        scan.no_answer(last);
        assert_eq!((scan.unsure.as_slice(), scan.ended), (&[9][..], 0));
        scan.ask_witnesses(Witness::ask);
        while let Some(todo) = scan.queue.pop_front() {
            if todo.why == Why::ToSee {
                scan.queue.push_front(todo);
                break;
            }
            scan.witnessed(todo.why, answers);
        }
        assert!(scan.unsure.is_empty());
        let (silent, again) = (scan.seen.silent.len(), scan.queue.len());
        assert_eq!((silent, again), if answers { (1, 0) } else { (0, 1) });
    }
}

/// It may not have kept up again.
#[test]
fn what_the_witness_was_not_heard_about_is_given_up_where_the_device_did_not_keep_up() {
    let (route, budget) = (Way::default(), long());
    for (slowed, given_up) in [(false, 0), (true, 2)] {
        let mut scan = scan(&route, &budget);
        scan.slowed = slowed.then(|| (Instant::now(), 0));
        scan.unsure = vec![9, 8];
        let seen = scan.told();
        assert_eq!(seen.silent, [8, 9]);
        assert_eq!(seen.given_up, given_up);
    }
}

/// The pause is owed after it.
#[test]
fn a_connection_that_is_taken_and_broken_off_was_one() {
    let declared = Declared {
        one_at_a_time: true,
        between: Dur::secs(60),
    };
    let route = Way {
        turns: Turns::of(declared),
        ..Way::default()
    };
    let budget = long();
    for (kind, was_one) in [
        (ErrorKind::ConnectionRefused, false),
        (ErrorKind::ConnectionReset, true),
    ] {
        let mut scan = scan(&route, &budget);
        scan.turn = Some(route.turns.take(&budget).unwrap());
        let todo = Todo::fresh(22, Why::ToSee);
        let ended = io::Error::from(kind);
        scan.failed(todo, Duration::ZERO, &ended).unwrap();
        assert_eq!(scan.turn.is_some(), was_one, "{kind:?}");
    }
}

/// One round of lost packets is no sign of a device that does not keep up.
#[test]
fn a_doubtful_witness_is_asked_once_more() {
    let (route, budget) = (Way::default(), long());
    let mut scan = scan(&route, &budget);
    scan.witness.seen(22, true);
    scan.ask_witnesses(Witness::ask);
    let first: Vec<Todo> = scan.queue.drain(..).collect();
    first
        .iter()
        .for_each(|todo| scan.witnessed(todo.why, false));
    assert!(scan.slowed.is_none() && !scan.queue.is_empty());
    let second: Vec<Todo> = scan.queue.drain(..).collect();
    second
        .iter()
        .for_each(|todo| scan.witnessed(todo.why, true));
    assert!(scan.slowed.is_none() && scan.queue.is_empty());
}

/// An open port answers while refusals are limited, so it cannot tell that closed ports are silent for that.
#[test]
fn a_port_that_refused_is_asked_beside_an_open_one() {
    let (route, budget) = (Way::default(), long());
    let mut scan = scan(&route, &budget);
    let refused = io::Error::from(ErrorKind::ConnectionRefused);
    let closed = Todo::fresh(21, Why::ToSee);
    scan.failed(closed, Duration::ZERO, &refused).unwrap();
    scan.witness.seen(22, true);
    scan.ask_witnesses(Witness::ask);
    while let Some(todo) = scan.queue.pop_front() {
        scan.witnessed(todo.why, todo.why == Why::Witness);
    }
    let seen = scan.told();
    let told = |facts: Option<PortWitness>| facts.map(|it| (it.port, it.asked, it.silent));
    assert_eq!(told(seen.witness), Some((22, 3, 0)));
    assert_eq!(told(seen.refusing), Some((21, 3, 3)));
}

#[test]
fn a_silent_port_among_many_that_refuse_is_tried_more_often() {
    let (route, budget) = (Way::default(), long());
    for (refused, tries) in [(0, TRIES), (1000, TRIES_OF_FEW)] {
        let mut scan = scan(&route, &budget);
        scan.seen.refused = refused;
        scan.no_answer(Todo::fresh(9, Why::ToSee));
        let mut tried = 1;
        while let Some(todo) = scan.queue.pop_front() {
            tried += 1;
            scan.no_answer(todo);
        }
        assert_eq!((tried, scan.told().silent), (tries, vec![9]));
    }
}

#[test]
fn likely_ports_come_first_and_none_is_lost() {
    let all: Vec<u16> = (1..=9000).collect();
    let mut ordered = likely_first(&all, &mut Seeded::new(1));
    assert!(ordered[..LIKELY.len()].contains(&22));
    ordered.sort_unstable();
    assert_eq!(ordered, all);
}

#[test]
fn a_port_that_always_meets_itself_counts_as_refused() {
    let (route, budget) = (Way::default(), long());
    let mut scan = scan(&route, &budget);
    let mut todo = Some(Todo::fresh(40000, Why::ToSee));
    for _ in 0..4 {
        scan.met_itself(todo.take().unwrap());
        todo = scan.queue.pop_front();
    }
    assert!(todo.is_none());
    assert_eq!(scan.seen.refused, 1);
}
