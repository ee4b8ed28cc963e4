//! The conditions of EN 303 645 V2.1.1 (Table B.1) as the maker's own tables answer them.

use super::rows::{Row, of};
use crate::Profile;

/// How the tables answer a condition, and the rows that say so.
pub(super) struct Answer {
    pub(super) holds: bool,
    pub(super) rows: Vec<String>,
}

/// Some row says yes; every row says no; or the tables do not say.
fn some<'a>(
    rows: impl Iterator<Item = Row<'a>>,
    says: impl Fn(Row<'a>) -> Option<bool>,
) -> Option<Answer> {
    let mut seen = 0;
    let mut unsaid = false;
    let mut yes = Vec::new();
    for row in rows {
        seen += 1;
        match says(row) {
            Some(true) => yes.push(row.name()),
            Some(false) => {}
            None => unsaid = true,
        }
    }
    match (yes.is_empty(), unsaid || seen == 0) {
        (false, _) => Some(Answer {
            holds: true,
            rows: yes,
        }),
        (true, false) => Some(Answer {
            holds: false,
            rows: Vec::new(),
        }),
        (true, true) => None,
    }
}

fn is_there(profile: &Profile, table: &str) -> Option<Answer> {
    if profile.without_rows.contains_key(table) {
        let rows = vec![format!("{table} none")];
        return Some(Answer { holds: false, rows });
    }
    let rows: Vec<_> = of(profile, table).map(Row::name).collect();
    (!rows.is_empty()).then_some(Answer { holds: true, rows })
}

/// A password row: one that the user chooses, or one that the maker sets.
pub(super) fn factor(row: Row<'_>) -> Option<&str> {
    row.text("factor")
        .or(row.text("label").map(|_| "password-machine"))
}

/// How the statement answers a condition of its number; nothing where it does not say.
pub(super) fn answer(number: u8, profile: &Profile) -> Option<Answer> {
    let rows = |table| of(profile, table);
    let constrained = profile.product.constrained.is_some();
    let said = |holds| Answer {
        holds,
        rows: vec!["[product] constrained".to_owned()],
    };
    match number {
        1 => some(rows("1-AuthMech"), |r| {
            factor(r).map(|f| f.starts_with("password"))
        }),
        2 => some(rows("1-AuthMech"), |r| {
            factor(r).map(|f| f == "password-machine")
        }),
        3 => some(rows("6-SoftComp"), |r| {
            r.names("updates").map(|all| all.is_empty())
        }),
        4 => constrained.then(|| said(true)),
        // "does not count as constrained": what is said of it says no.
        5 => Some(match constrained {
            true => said(false),
            false => Answer {
                holds: true,
                rows: vec!["[product] without `constrained`".to_owned()],
            },
        }),
        6 => is_there(profile, "24-TelData"),
        7 => some(rows("21-PersData"), |r| r.yes("consent")),
        8 => some(rows("1-AuthMech"), |r| {
            factor(r).map(|f| f == "password-user")
        }),
        9 => some(rows("7-UpdMech"), |r| {
            let automatic = r.yes("automatic")?;
            Some(automatic || r.text("notifies")? != "none")
        }),
        // What it is used for narrows that, where it is said.
        10 => some(rows("10-SecParam"), |r| {
            let identity = r
                .names("used-for")
                .is_none_or(|uses| uses.contains(&"identity"));
            r.yes("hard-coded").map(|fixed| fixed && identity)
        }),
        11 => some(rows("7-UpdMech"), |r| {
            r.text("route").map(|route| route == "network")
        }),
        12 => is_there(profile, "7-UpdMech"),
        13 => match &profile.debug {
            Some(debug) if debug.standard_cable => {
                let rows = vec!["[debug] standard-cable".to_owned()];
                Some(Answer { holds: true, rows })
            }
            _ => some(rows("15-Intf"), |r| {
                Some(r.yes("debug")? && r.yes("reachable")?)
            }),
        },
        _ => None,
    }
}
