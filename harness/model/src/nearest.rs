//! The name somebody probably meant. The one measure of likeness for keys, drivers, verbs and options.

/// Likeness from which a name is offered, 0 to 1.
const LIKE: f64 = 0.6;
/// Characters of a name that are looked at: bounds the work on a file of rubbish, since distance costs the product of
/// the lengths.
const LOOKED_AT: usize = 64;

/// The existing name nearest to the one given, if one is near at all. Case is ignored; a name that contains the other
/// whole, such as `1-AuthMech` and `AuthMech`, is near. Of two that are as near the first is taken.
#[must_use]
pub fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let given = looked_at(given);
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let score = likeness(&given, &looked_at(name));
        if score >= LIKE && best.is_none_or(|(b, _)| score > b) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

/// The existing name that the one given is one slip of the finger away from: a letter too many, missing, another one,
/// or two exchanged. Case is ignored, and an existing name is no slip.
#[must_use]
pub fn slip_of<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let small = looked_at(given);
    let is_slip =
        |name: &&str| *name != given && strsim::damerau_levenshtein(&small, &looked_at(name)) <= 1;
    names.into_iter().find(is_slip)
}

fn looked_at(name: &str) -> String {
    let start: String = name.chars().take(LOOKED_AT).collect();
    start.to_lowercase()
}

fn likeness(given: &str, name: &str) -> f64 {
    let distance = strsim::normalized_damerau_levenshtein(given, name);
    let whole = given.len() >= 3 && (name.contains(given) || given.contains(name));
    if whole && name.len() >= 3 {
        // Near by that alone, and first among equals; but a slip of one letter is nearer: `nicname` is `nickname`, not
        // `name`.
        distance.max(LIKE + 0.2 * distance) + 0.01
    } else {
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::{nearest, slip_of};

    #[test]
    fn slips_of_the_finger_are_understood() {
        let names = ["power", "console", "debug", "lan", "broker", "label"];
        assert_eq!(nearest("conosle", names).as_deref(), Some("console"));
        assert_eq!(nearest("Debug", names).as_deref(), Some("debug"));
        assert_eq!(nearest("wifi", names), None);
        assert_eq!(nearest("", names), None);
        let tables = ["1-AuthMech", "11-ComMech", "7-UpdMech"];
        assert_eq!(nearest("authmech", tables).as_deref(), Some("1-AuthMech"));
        let of_owner = ["name", "nickname", "password"];
        assert_eq!(nearest("nicname", of_owner).as_deref(), Some("nickname"));
        assert_eq!(nearest("1-ComMech", tables).as_deref(), Some("11-ComMech"));
    }

    #[test]
    fn one_slip_is_a_slip_and_another_word_is_none() {
        let names = ["boot", "reset"];
        for slip in ["bot", "boots", "bopt", "obot", "Boot"] {
            assert_eq!(slip_of(slip, names), Some("boot"), "{slip}");
        }
        for other in ["boot", "root-2", "booted", "boot-slow", ""] {
            assert_eq!(slip_of(other, names), None, "{other}");
        }
    }

    #[test]
    fn a_name_without_end_is_no_work_without_end() {
        let long = "x".repeat(1 << 20);
        assert_eq!(nearest(&long, [long.as_str()]).as_deref(), Some(&*long));
    }
}
