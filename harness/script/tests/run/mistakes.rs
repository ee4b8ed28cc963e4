//! What ends a case: mistakes, stops and endless loops.

use super::*;

#[test]
fn an_endless_loop_ends_when_the_host_says_so() {
    let fake = Fake::new();
    fake.stop_after_polls.store(5, Ordering::Relaxed);
    let body = "n = 0\nfor i in range(1000000000):\n    n += i";
    let (end, _) = run(fake, None, body);
    let (trouble, place) = stopped(&end);
    assert_eq!(trouble.kind, TroubleKind::Deadline);
    assert!(place.starts_with("cases/x.star"), "{place}");
}

#[test]
fn a_stop_is_not_caught_by_attempt() {
    let fake = Fake::new();
    fake.stop_after_polls.store(3, Ordering::Relaxed);
    let body = "bench.attempt(lambda: [x for x in range(1000000000)])\nbench.note(\"went on\")";
    let (end, host) = run(fake, None, body);
    assert_eq!(stopped(&end).0.kind, TroubleKind::Deadline);
    assert!(host.notes().is_empty());
}

#[test]
fn script_mistakes_end_the_case_with_their_place() {
    for (body, wanted) in [
        ("x = [1]\nbench.note(str(x[3]))", "out of bound"),
        ("x = {}\nbench.note(x[\"k\"])", "was not found"),
        (
            "x = bench.profile.values[\"port\"]\nbench.note(x)",
            "parameter `text`",
        ),
        ("w = \"ten\"\nbench.idle(w)", "is not a duration"),
        (
            "bench.console.skip()\nbench.profile.limit(\"reset\")",
            "add it to [limits]",
        ),
        ("x = 1\nfail(\"no good\") if x else None", "no good"),
    ] {
        let (end, _) = run(Fake::new(), None, body);
        let (trouble, place) = stopped(&end);
        assert_eq!(trouble.kind, TroubleKind::Case, "{body}");
        assert!(trouble.what.contains(wanted), "{body}: {trouble}");
        assert_eq!(place, format!("cases/x.star:{}", BODY + 1), "{body}");
    }
}

#[test]
fn deep_recursion_is_bounded_even_through_natives() {
    let body = "def again():\n    bench.attempt(again)\nagain()";
    let text = case_of(body);
    let cases = suite(&[("cases/x.star", &text)]);
    let host = std::sync::Arc::new(Fake::new());
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let case = cases[0].clone();
    let end = thread
        .spawn(move || proofhouse_script::run_case(&case, None, host))
        .unwrap();
    let end = end.join().unwrap();
    assert!(stopped(&end).0.what.contains("stack overflow"), "{end:?}");
}

#[test]
fn a_panic_in_a_verb_ends_the_case_only() {
    let fake = Fake::answering(|_, _| panic!("driver bug"));
    let (end, _) = run(fake, None, "bench.power.on()");
    let (trouble, place) = stopped(&end);
    assert!(trouble.what.contains("driver bug"));
    assert_eq!(place, "cases/x.star");
}

#[test]
fn a_wrong_observation_is_the_harnesss_fault() {
    let fake = Fake::answering(|_, _| Ok(Observation::Done));
    let (end, _) = run(fake, None, "bench.console.expect(\"x\")");
    assert_eq!(stopped(&end).0.kind, TroubleKind::Bench);
}
