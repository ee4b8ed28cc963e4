//! The file of a switch whose requests stand in the bench file.

use crate::read::Table;
use proofhouse_model::Switch;
use proofhouse_model::switch::{Form, Template, Told, Values};

/// A path with the requests of a bench file in its places.
pub fn sample(path: &Template) -> String {
    let root = || "/".to_owned();
    let told = Told {
        on: root(),
        off: root(),
        read: root(),
        ..Told::default()
    };
    let values = Values {
        told,
        ..Values::default()
    };
    path.fill(&values, Form::Url)
}

/// Either the bench file tells all of it, or nothing.
pub fn is_whole(root: &Table<'_>, switch: &Switch) -> Option<()> {
    if switch.is_told() || !switch.has_told() {
        return Some(());
    }
    let message = "what a bench file tells is not mixed with what stands here";
    root.log().note(root.span(), message, |d| {
        d.expected(
            "`get` with \"{on}\" in [on], with \"{off}\" in [off], with \"{read}\" in [state], and `told = true` there",
        )
    });
    None
}
