//! What counts as a trial, and until when.

use super::*;
use crate::smallest;

#[test]
fn of_parts_the_worst_and_oldest_counts() {
    let known = |units: &[(&str, &str, Option<&str>)]| Fitness {
        units: units
            .iter()
            .map(|(unit, at, unfit)| {
                let trial = Trial {
                    run: "r".to_owned(),
                    seal: String::new(),
                    at: (*at).to_owned(),
                    unfit: unfit.map(str::to_owned),
                    figures: Vec::new(),
                };
                (UnitName::new(*unit).unwrap(), trial)
            })
            .collect(),
    };
    let one = known(&[("a", "2", None), ("b", "1", Some("why")), ("c", "1", None)]);
    let other = known(&[("a", "1", None), ("b", "2", None)]);
    let both = known(&[("a", "1", None), ("b", "1", Some("why"))]);
    let of = |parts: &[Option<&Fitness>]| of_parts(parts.iter().copied());
    assert_eq!(of(&[Some(&one), Some(&other)]), Some(both.clone()));
    assert_eq!(of(&[Some(&other), Some(&one)]), Some(both));
    assert_eq!(of(&[Some(&one), None]), None);
}

#[test]
fn a_trial_is_good_for_its_time_and_not_before_it() {
    let fresh = |at, now| is_fresh(at, Dur::secs(3600), now);
    assert!(fresh("2026-05-01T10:00:00.250Z", "2026-05-01T11:00:00Z"));
    assert!(fresh("2026-05-01T10:00:00.250Z", "2026-05-01T10:00:00Z"));
    assert!(!fresh("2026-05-01T10:00:00.250Z", "2026-05-01T11:00:01Z"));
    // A clock that was set back, a time that is not recorded.
    assert!(!fresh("2026-05-01T10:00:00.250Z", "2026-04-30T10:00:00Z"));
    assert!(!fresh("", "2026-05-01T10:00:00Z"));
}

fn trial(at: &str, unfit: Option<&str>) -> Trial {
    Trial {
        run: "20260501-100000-1a2b".to_owned(),
        seal: "0".repeat(64),
        at: at.to_owned(),
        unfit: unfit.map(str::to_owned),
        figures: Vec::new(),
    }
}

#[test]
fn a_trial_of_a_time_that_is_still_to_come_is_not_fit_and_says_so() {
    let of = |at: &str, now: &str| as_of(trial(at, None), now).unfit;
    let (before, after) = ("2026-05-01T10:00:00.250Z", "2026-05-01T10:00:01.500Z");
    assert_eq!(of(before, "2026-05-01T10:00:00Z"), None);
    let why = of(after, "2026-05-01T10:00:00Z").unwrap();
    assert!(why.contains(after), "{why}");
    assert!(why.contains("says 2026-05-01T10:00:00Z"), "{why}");
    assert!(why.contains("set back"), "{why}");
    // What is worse stays what it was; of a time that is not recorded nothing is known.
    let unfit = as_of(trial(after, Some("relay")), "2026-05-01T10:00:00Z").unfit;
    assert_eq!(unfit.as_deref(), Some("relay"));
    assert_eq!(of("", "2026-05-01T10:00:00Z"), None);
}

/// The next step is another one than after a trial that went badly: one more trial would come before it by its name.
#[test]
fn a_run_after_a_trial_that_is_still_to_come_is_told_to_mend_the_clock() {
    let unit = UnitName::new("plug-a").unwrap();
    let plan_of = |trial: Trial| {
        let mut plan = smallest::plan(smallest::profile("plug"), vec![unit.clone()]);
        plan.bench.fitness = Some(Dur::secs(86_400));
        plan.fitness = Some(Fitness {
            units: [(unit.clone(), trial)].into(),
        });
        plan
    };
    let far = "2999-01-01T00:00:00Z";
    let to_come = as_of(trial(far, None), &session::wall_clock());
    let told = refused(&plan_of(to_come), Path::new("lab")).unwrap();
    assert!(told.message.contains(far), "{}", told.message);
    assert!(told.message.contains("set back"), "{}", told.message);
    let help = told.help.unwrap();
    assert!(
        help.contains("set the clock of this computer right"),
        "{help}"
    );
    assert!(
        help.contains("move lab/doctor/20260501-100000-1a2b away"),
        "{help}"
    );
    let went_badly = trial(&session::wall_clock(), Some("supply came out as fail"));
    let help = refused(&plan_of(went_badly), Path::new("lab"))
        .unwrap()
        .help
        .unwrap();
    assert!(
        help.contains("try the bench first: proofhouse doctor"),
        "{help}"
    );
}
