//! JUnit: what stands where, counts, and that no text breaks the file.

mod common;

use common::plans::{self, provision};
use common::readers::read_everywhere;
use common::runs::{OLD_LOGIN, Run, cut_off, honest, leaky, shown};
use common::strict::{fits, hold_to_the_strictest_schema};
use common::xml::{Suite, agree_with_another_parser, suites};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Event, Finding, Plan, Support};
use proofhouse_report::{Folded, Outcome, junit, outcome};

fn read(plan: &Plan, events: &[Event]) -> Vec<Suite> {
    let xml = junit::render(&Folded::new(plan, events));
    let out = suites(&xml);
    agree_with_another_parser(&xml, &out);
    hold_to_the_strictest_schema(&xml);
    read_everywhere(&xml, &out);
    out
}

/// Suite, test case, how it came: all test cases of a suite.
fn came(suites: &[Suite], suite: &str) -> Vec<(String, String)> {
    let found = suites.iter().find(|s| s.name() == suite);
    let cases = &found.unwrap_or_else(|| panic!("no suite {suite}")).cases;
    cases
        .iter()
        .map(|c| (c.name().to_owned(), c.came()))
        .collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    wanted.iter().map(owned).collect()
}

/// The same behind what the suite comes to as a whole.
fn whole(verdict: &str, rest: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut out = pairs(&[("verdict", verdict)]);
    out.extend(pairs(rest));
    out
}

#[test]
fn every_provision_has_its_suite_in_printed_order() {
    for (plan, events) in [honest(), leaky(), cut_off()] {
        let suites = read(&plan, &events);
        let wanted: Vec<_> = plan
            .catalogue
            .provisions
            .iter()
            .map(|p| format!("EN303645 {}", p.id))
            .chain(["ACSC acsc-6-g4", "ACSC acsc-1-b2"].map(str::to_owned))
            .collect();
        let got: Vec<_> = suites.iter().map(Suite::name).collect();
        assert_eq!(got, wanted);
        assert!(suites.iter().all(|s| !s.cases.is_empty()));
    }
}

#[test]
fn counts_times_and_properties_hold() {
    for (plan, events) in [honest(), leaky(), cut_off()] {
        for suite in read(&plan, &events) {
            let name = suite.name();
            assert_eq!(suite.number("tests"), suite.cases.len(), "{name}");
            for (attribute, status) in [
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            ] {
                assert_eq!(suite.number(attribute), suite.count(status), "{name}");
            }
            let seconds = |t: &String| t.parse::<f64>().unwrap();
            let sum: f64 = suite
                .cases
                .iter()
                .map(|c| seconds(&c.attributes["time"]))
                .sum();
            assert!(
                (sum - seconds(&suite.attributes["time"])).abs() < 1e-6,
                "{name}"
            );
            assert_eq!(suite.attributes["hostname"], "bench-pc");
            assert_eq!(suite.attributes["package"], "acme-plug");
            assert!(suite.attributes["timestamp"].starts_with("2026-11-20T15:00:00"));
            for case in &suite.cases {
                let class = &case.attributes["classname"];
                assert!(class.matches('.').count() <= 2, "{class}");
                let told = case.status == "passed" || !case.text.trim().is_empty();
                assert!(told, "{name}: {} has no element text", case.name());
            }
            let whole = match name.starts_with("ACSC") {
                true => "state",
                false => "verdict",
            };
            assert_eq!(suite.cases[0].name(), "verdict", "{name}");
            for property in [whole, "specimens", "plan.sha256", "product", "bench"] {
                assert!(
                    suite.properties.contains_key(property),
                    "{name}: {property}"
                );
            }
        }
    }
}

#[test]
fn each_standing_has_its_form() {
    let (plan, events) = leaky();
    let suites = read(&plan, &events);
    let papers = ("pending-papers", "skipped pending");
    for (suite, verdict, wanted) in [
        ("4-1", "failure CLAIM", vec![]),
        (
            "5.1-1",
            "skipped pending",
            vec![("default-passwords", "passed"), papers],
        ),
        (
            "5.1-5",
            "error INCONCLUSIVE",
            vec![("brute-force", "error INCONCLUSIVE"), papers],
        ),
        ("5.2-2", "skipped pending", vec![papers]),
        ("5.3-1", "skipped not-met", vec![]),
        (
            "5.3-2",
            "skipped pending",
            vec![("update-tamper", "passed"), papers],
        ),
        (
            "5.3-9",
            "failure FAIL",
            vec![("update-tamper", "failure FAIL")],
        ),
        (
            "5.6-1",
            "error ERROR",
            vec![
                ("debug-lock", "error ERROR"),
                ("open-ports", "skipped pending"),
            ],
        ),
        ("5.6-4", "error ERROR", vec![("debug-lock", "error ERROR")]),
        ("5.8-3", "skipped not-run", vec![]),
        (
            "5.11-1",
            "failure FAIL",
            vec![("factory-reset", "failure FAIL"), papers],
        ),
        ("6-2", "skipped not-applicable", vec![]),
    ] {
        assert_eq!(
            came(&suites, &format!("EN303645 {suite}")),
            whole(verdict, &wanted),
            "{suite}"
        );
    }
    let guide = came(&suites, "ACSC acsc-6-g4");
    let wanted = [("debug-lock", "error ERROR")];
    assert_eq!(guide, whole("error ERROR", &wanted));
}

#[test]
fn a_failure_tells_all_that_is_needed() {
    let (plan, events) = leaky();
    let suites = read(&plan, &events);
    let suite = suites
        .iter()
        .find(|s| s.name() == "EN303645 5.3-9")
        .unwrap();
    let text = &suite.cases[1].text;
    for wanted in [
        "5.3-9 (R)",
        "verdict   fail",
        "plug-a",
        "a flipped bit goes unnoticed",
        r"it said \x{1b}[2J\x{00} ]]> <b>&amp; 🔌 \x{ffff}\x{202e}\r\nand more",
        "flipped images taken = 3 images, at most 0",
        "rests on  events 16, 18",
        "cases/update-tamper.star:17",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    // The check made for the other provision has no business here.
    assert!(!text.contains("a stolen image"), "{text}");
    // The case serves several provisions, and its time counts once.
    let name = suite.cases[1].name();
    let cases = suites
        .iter()
        .flat_map(|s| &s.cases)
        .filter(|c| c.name() == name);
    let mut times: Vec<&str> = cases.map(|c| c.attributes["time"].as_str()).collect();
    times.sort_unstable();
    assert_eq!(times.pop(), Some("1.500"));
    assert!(
        !times.is_empty() && times.iter().all(|t| *t == "0.000"),
        "{times:?}"
    );
}

#[test]
fn an_assessment_that_must_be_complete_shows_what_is_open_as_error() {
    let (mut plan, events) = leaky();
    plan.complete = true;
    let suites = read(&plan, &events);
    let all = suites.iter().flat_map(|s| &s.cases);
    let pending: Vec<_> = all
        .clone()
        .filter(|c| c.name().starts_with("pending"))
        .collect();
    assert!(!pending.is_empty());
    assert!(pending.iter().all(|c| c.came() == "error PENDING"));
    let skipped: Vec<_> = all
        .filter(|c| c.status == "skipped")
        .map(|c| c.type_.as_str())
        .collect();
    assert_eq!(skipped, ["not-met", "not-applicable"]);
    let ports = came(&suites, "EN303645 5.6-1");
    assert_eq!(
        ports,
        whole(
            "error ERROR",
            &[
                ("debug-lock", "error ERROR"),
                ("open-ports", "error PENDING")
            ]
        )
    );
    let unclaimed = &came(&suites, "EN303645 5.8-3")[0];
    assert_eq!(unclaimed.1, "error NO-CLAIM");
}

/// One test case that says so and what to do, whatever else would be open; red as exit code 3 is, and no failure.
#[test]
fn a_missing_claim_is_one_error_with_its_next_step() {
    let (mut plan, events) = honest();
    let unclaimed = |id| move |c: &proofhouse_model::Claim| c.provision != provision(id);
    plans::profile_of(&mut plan)
        .claims
        .retain(unclaimed("5.8-3"));
    for complete in [false, true] {
        plan.complete = complete;
        let run = Folded::new(&plan, &events);
        assert_eq!(outcome(&run), Outcome::Undecided);
        let suites = read(&plan, &events);
        let suite = suites
            .iter()
            .find(|s| s.name() == "EN303645 5.8-3")
            .unwrap();
        assert_eq!(
            (
                suite.cases.len(),
                suite.count("error"),
                suite.count("failure")
            ),
            (1, 1, 0)
        );
        let told = &suite.cases[0];
        assert_eq!(
            (told.name(), told.came().as_str()),
            ("verdict", "error NO-CLAIM")
        );
        let next = "the profile makes no claim about 5.8-3: add an ICS row with Y, N or N/A and its ground";
        assert!(told.text.contains(next), "{}", told.text);
        assert_eq!(suite.properties["standing"], "no-claim");
    }
    // Asked for a part only, the run passes, and so says the file.
    plan.complete = false;
    plan.left_out[0].by_filter = true;
    assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::Passed);
    let row = came(&read(&plan, &events), "EN303645 5.8-3");
    assert_eq!(row, [("verdict".to_owned(), "skipped not-run".to_owned())]);
    // What a case refuted fails without a claim, too, and the claim is still asked for.
    plans::profile_of(&mut plan)
        .claims
        .retain(unclaimed("5.11-1"));
    let mut run = Run::of(plan);
    run.case("factory-reset", "plug-a").ask("reset", b"ok");
    run.check(Finding::Refuted, OLD_LOGIN, "200");
    run.complete();
    let (plan, events) = run.finish();
    assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::Failed);
    let row = came(&read(&plan, &events), "EN303645 5.11-1");
    let wanted = [
        ("claim", "error NO-CLAIM"),
        ("factory-reset", "failure FAIL"),
    ];
    assert_eq!(row, whole("failure FAIL", &wanted));
}

#[test]
fn a_claim_of_not_applicable_does_not_hide_what_was_refuted() {
    let mut plan = plans::plan();
    plans::case_of(&mut plan, 0)
        .provisions
        .push(provision("6-2"));
    let mut run = Run::of(plan);
    run.case("default-passwords", "plug-a");
    run.check(
        Finding::Refuted,
        ("the device asks nobody", "the device asks for consent"),
        "seen",
    );
    run.complete();
    let (plan, events) = run.finish();
    let row = came(&read(&plan, &events), "EN303645 6-2");
    let wanted = [
        ("claim", "failure CLAIM"),
        ("default-passwords", "failure FAIL"),
    ];
    assert_eq!(row, whole("failure FAIL", &wanted));
}

#[test]
fn no_text_breaks_the_file() {
    let nasty: String = (0..=0x2_u32)
        .chain(0x7..=0x20)
        .chain([
            0x7f, 0x85, 0x9b, 0x2028, 0x202e, 0xfffd, 0xfffe, 0xffff, 0x1_fffe, 0x1_f50c,
        ])
        .filter_map(char::from_u32)
        .chain("]]>]]]]>><![CDATA[<!-- &#0; \" ' </testsuite> %n".chars())
        .collect();
    let mut plan = plans::plan();
    plan.catalogue.provisions[1].title.clone_from(&nasty);
    plan.catalogue.guides[0].rows[0].title.clone_from(&nasty);
    plans::profile_of(&mut plan)
        .product
        .model
        .clone_from(&nasty);
    plan.bench.name.clone_from(&nasty);
    for claim in &mut plans::profile_of(&mut plan).claims {
        claim.detail.clone_from(&nasty);
    }
    for at in 0..plan.tasks.len() {
        plans::case_of(&mut plan, at).title.clone_from(&nasty);
        plans::case_of(&mut plan, at).file.clone_from(&nasty);
    }
    plan.left_out[0].why.clone_from(&nasty);
    let mut run = Run::of(plan);
    for (case, finding) in [
        ("default-passwords", Finding::Refuted),
        ("brute-force", Finding::NotObserved),
        ("update-tamper", Finding::Shown),
    ] {
        run.case(case, "plug-a");
        run.check(finding, (&nasty, &nasty), &nasty);
        run.complete();
    }
    run.case("debug-lock", "plug-a");
    run.end(CaseEnd::Skipped { why: nasty.clone() });
    run.not_run("factory-reset", &nasty);
    let (plan, events) = run.finish();
    let suites = read(&plan, &events); // parsed by two parsers
    let text = &suites[1].cases[1].text;
    assert!(
        text.contains("]]>]]]]>><![CDATA[<!-- &#0; \" ' </testsuite> %n"),
        "{text}"
    );
    assert!(
        text.contains(r"\x{00}\x{01}\x{02}\x{07}\x{08}\t\n\x{0b}\x{0c}\r"),
        "{text}"
    );
}

#[test]
fn an_empty_journal_still_makes_a_report() {
    let suites = read(&plans::plan(), &[]);
    assert_eq!(suites.len(), 14);
    let row = came(&suites, "EN303645 5.3-9");
    let wanted = [("update-tamper", "error ERROR")];
    assert_eq!(row, whole("error ERROR", &wanted));
}

#[test]
fn a_flood_of_checks_stays_readable() {
    let mut run = Run::of(plans::plan());
    run.case("brute-force", "plug-a");
    for n in 0..500 {
        run.check(
            Finding::Refuted,
            ("no try went through", &format!("try {n} went through")),
            &"x".repeat(50_000),
        );
    }
    run.complete();
    shown(&mut run, "default-passwords");
    let (plan, events) = run.finish();
    let suites = read(&plan, &events);
    let suite = suites
        .iter()
        .find(|s| s.name() == "EN303645 5.1-5")
        .unwrap();
    let text = &suite.cases[1].text;
    assert!(text.len() < 30_000, "{} bytes", text.len());
    assert!(text.contains("480 checks like these"), "{text}");
    assert!(suite.cases[0].message.chars().count() < 400);
}

#[test]
fn support_of_a_claim_is_a_property() {
    let (plan, events) = honest();
    let suites = read(&plan, &events);
    for claim in &plan.products[&plans::acme()].profile.claims {
        let wanted = match claim.support {
            Support::Yes => "Y",
            Support::No => "N",
            Support::NotApplicable => "N/A",
        };
        let name = format!("EN303645 {}", claim.provision);
        let suite = suites.iter().find(|s| s.name() == name).unwrap();
        assert_eq!(suite.properties["claim"], wanted);
    }
}

#[test]
fn the_strictest_schema_refuses_what_readers_refused() {
    let around = |inner: &str| {
        format!(
            r#"<testsuites><testsuite name="a" tests="1" failures="0" errors="0">{inner}</testsuite></testsuites>"#
        )
    };
    assert_eq!(
        fits(&around(r#"<testcase name="t" time="1.250"/>"#)),
        Ok(())
    );
    for (inner, why) in [
        (r#"<testcase name="t" time="1.2500"/>"#, "time="),
        (r#"<testcase name="t" time="1e3"/>"#, "time="),
        (r#"<testcase name="t" file="a" line="3"/>"#, "file="),
        (r#"<testcase time="1"/>"#, "lacks name="),
        ("<testcase name=\"t\">text</testcase>", "text in"),
        (
            "<properties><property name=\"x\"/></properties>",
            "lacks value=",
        ),
        ("<rest/>", "not known"),
    ] {
        let found = fits(&around(inner)).unwrap_err();
        assert!(found.contains(why), "{inner}: {found}");
    }
}

#[test]
fn the_root_has_the_totals_of_all_suites() {
    let (plan, events) = leaky();
    let xml = junit::render(&Folded::new(&plan, &events));
    let suites = suites(&xml);
    let text = String::from_utf8(xml).unwrap();
    let root = text.lines().nth(1).unwrap();
    let of = |status: &str| suites.iter().map(|s| s.count(status)).sum::<usize>();
    let tests: usize = suites.iter().map(|s| s.cases.len()).sum();
    let (failures, errors) = (of("failure"), of("error"));
    assert!(failures > 0 && errors > 0, "{root}");
    let ms = |s: &Suite| {
        s.attributes["time"]
            .replace('.', "")
            .parse::<u64>()
            .unwrap()
    };
    let ms: u64 = suites.iter().map(ms).sum();
    let wanted = format!(
        r#"<testsuites name="proofhouse" tests="{tests}" failures="{failures}" errors="{errors}" time="{}.{:03}">"#,
        ms / 1000,
        ms % 1000
    );
    assert_eq!(root, wanted);
}

#[test]
fn names_are_ids_and_the_sentence_stands_in_the_text() {
    for (plan, events) in [honest(), leaky(), cut_off()] {
        for case in read(&plan, &events).iter().flat_map(|s| &s.cases) {
            let id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(case.name().chars().all(id), "{}", case.name());
        }
    }
    let (plan, events) = leaky();
    let suites = read(&plan, &events);
    let suite = suites
        .iter()
        .find(|s| s.name() == "EN303645 5.3-9")
        .unwrap();
    let case = &plan
        .tasks
        .iter()
        .find(|t| t.case.id.as_str() == "update-tamper")
        .unwrap()
        .case;
    let sentence = format!("case      update-tamper: {}", case.title);
    assert!(suite.cases[1].text.contains(&sentence));
    assert_eq!(suite.attributes["file"], case.file);
}
