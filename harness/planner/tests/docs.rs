//! What the documents say of drivers is what the table of drivers says.

mod common;

use common::repo;
use proofhouse_model::drivers::drivers_markdown;

#[test]
fn the_table_of_drivers_is_shown_as_it_is_printed() {
    let document = std::fs::read_to_string(repo("harness/README.md")).unwrap();
    let wanted = drivers_markdown();
    assert!(
        document.contains(&wanted),
        "paste `proofhouse list drivers`:\n{wanted}"
    );
}
