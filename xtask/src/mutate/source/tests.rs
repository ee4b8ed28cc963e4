use super::*;

const CASE: &str = "\
def run(bench: Bench):
    \"\"\"What it does.\"\"\"
    x = 1
    check.true(x == 1, holds = \"a ) in a text\") # the maker's
    measure(\"n\", x, \"s\")
    if x:
        measure(
            \"n\",
            x,
            at_most = 3,  # a bracket ) and the maker's word
            otherwise = \"more\",
        )
    require(bench, x, \"why\")
    held = require_silent_when_off(bench, {\"ready\": x})
    for n, row in enumerate(bench.profile.ixit(\"1-AuthMech\")):
        y = row
    for port in [1, 2]:
        deep(port)
    for port in [1, 2]:
        x = not_deep(port)

def deep(port):
    other()

def other():
    check.empty([], otherwise = \"y\")
    check.confirmed(
        look = lambda: x(1, 2),
        # The maker's, as told.
        holds = \"it does\",
        settle = as_it_stands,
        wire = lambda: operates(bench),
    )
    return x and check.confirmed(
        look = x,
        settle = lambda: into(bench),
        wire = right,
    )
";

fn found() -> Vec<Cut> {
    cuts(CASE, true, &checking([CASE].into_iter()))
}

#[test]
fn everything_that_can_be_cut_out_is_found_by_its_kind() {
    let found = found();
    let told: Vec<_> = found
        .iter()
        .map(|c| (c.kind.name(), c.line, &*c.what))
        .collect();
    let wanted = [
        ("checks", 1, "run does nothing"),
        ("checks", 4, "without check.true"),
        ("checks", 7, "without measure"),
        ("checks", 26, "without check.empty"),
        ("checks", 27, "without check.confirmed"),
        ("checks", 34, "without check.confirmed"),
        (
            "rows",
            15,
            "first only of enumerate(bench.profile.ixit(\"1-AuthMech\"))",
        ),
        ("rows", 17, "first only of [1, 2]"),
        ("controls", 13, "without require"),
        ("controls", 14, "without require_silent_when_off"),
        ("controls", 27, "single look"),
        ("controls", 32, "wire taken for granted"),
        ("controls", 36, "settle does nothing"),
        ("controls", 37, "wire taken for granted"),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn lines_stay_and_what_is_cut_stands_there_unrun() {
    for cut in found().into_iter().skip(1) {
        let made = cut.made_in(CASE);
        let lines = |text: &str| text.matches('\n').count();
        assert_eq!(lines(&made), lines(CASE), "{made}");
    }
    let made = |at: usize| found()[at].made_in(CASE);
    assert!(
        made(0).starts_with("def run(bench: Bench):\n    pass\n\ndef not_run(bench: Bench):\n")
    );
    assert!(made(1).contains("    False and check.true(x == 1, holds"));
    assert!(made(5).contains("return x and (True or check.confirmed(\n"));
    assert!(made(6).contains("in list(enumerate(bench.profile.ixit(\"1-AuthMech\")))[:1]:"));
    assert!(
        made(9)
            .contains("held = (0 if True else require_silent_when_off(bench, {\"ready\": x}))\n")
    );
    let look = "check.true((lambda seen: seen[0] if type(seen) == \"tuple\" else seen)\
        ((lambda: x(1, 2))()), holds = \"it does\"";
    assert!(made(10).contains(look), "{}", made(10));
    assert!(
        made(11).contains("wire = [lambda: operates(bench), lambda: \"taken for granted\"][1],\n")
    );
    assert!(made(13).contains("wire = [right, lambda: \"taken for granted\"][1],\n"));
}
