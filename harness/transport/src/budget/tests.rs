use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_pause_ends_early_when_cancelled_and_the_first_reason_stays() {
    let cancel = Cancel::new();
    let other = cancel.clone();
    let waiting = std::thread::spawn(move || other.pause(LONG));
    cancel.cancel("first");
    cancel.cancel("second");
    assert!(waiting.join().unwrap());
    assert_eq!(cancel.reason().as_deref(), Some("first"));
    let trouble = cancel.check().unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Cancelled);
    assert_eq!(trouble.what, "first");
}

#[test]
fn a_pause_that_is_not_cancelled_says_so() {
    assert!(!Cancel::new().pause(Duration::from_millis(1)));
}

#[test]
fn a_budget_ends_by_time_and_by_flag() {
    let cancel = Cancel::new();
    let doing = || "a test".to_owned();
    let over = Budget::new(Duration::ZERO, &cancel);
    let kind = |b: &Budget| b.check(Channel::Lan, doing).unwrap_err().kind;
    assert_eq!(kind(&over), TroubleKind::Deadline);
    let long = Budget::new(LONG, &cancel);
    assert!(long.check(Channel::Lan, doing).is_ok());
    cancel.cancel("called off");
    assert_eq!(kind(&long), TroubleKind::Cancelled);
    assert_eq!(long.pause(LONG).unwrap_err().kind, TroubleKind::Cancelled);
}

#[test]
fn a_part_never_outlasts_the_whole() {
    let whole = Budget::new(LONG, &Cancel::new());
    let part = whole.at_most(Duration::from_secs(60));
    assert_eq!(part.given(), Dur::secs(60));
    assert!(part.deadline() < whole.deadline());
    let more = part.at_most(LONG);
    assert_eq!(more.deadline(), part.deadline());
    assert!(more.given() <= part.given());
}

#[test]
fn a_pause_longer_than_the_budget_ends_at_its_deadline() {
    let budget = Budget::new(Duration::from_millis(5), &Cancel::new());
    assert_eq!(budget.pause(LONG).unwrap_err().kind, TroubleKind::Deadline);
    let enough = Budget::new(LONG, &Cancel::new());
    assert!(enough.pause(Duration::from_millis(1)).is_ok());
}

#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn wakers_are_called_while_they_are_registered() {
    let cancel = Cancel::new();
    let (kept, dropped) = (Arc::new(Bell::default()), Arc::new(Bell::default()));
    let _kept = cancel.on_cancel(Waker::from(kept.clone()));
    drop(cancel.on_cancel(Waker::from(dropped.clone())));
    cancel.cancel("now");
    assert!(kept.0.load(Ordering::SeqCst));
    assert!(!dropped.0.load(Ordering::SeqCst));
}

#[test]
fn a_future_waits_for_it() {
    let cancel = Cancel::new();
    let other = cancel.clone();
    let runtime = crate::net::runtime().unwrap();
    let waiting = runtime.spawn(async move { other.cancelled().await });
    cancel.cancel("enough");
    assert_eq!(runtime.block_on(waiting).unwrap().what, "enough");
}
