//! What the documents say of drivers is what the table of drivers says.

mod common;

use common::repo;
use proofhouse_model::drivers::drivers_markdown;

/// Documents that may show the table; it is printed by `proofhouse list drivers`.
const DOCUMENTS: [&str; 2] = ["README.md", "harness/README.md"];

#[test]
fn the_table_of_drivers_is_shown_as_it_is_printed() {
    let text = |name: &&str| std::fs::read_to_string(repo(name)).ok();
    let shown = DOCUMENTS.iter().filter_map(text);
    let head = drivers_markdown().lines().next().unwrap().to_owned();
    let with_table: Vec<_> = shown.filter(|text| text.contains(&head)).collect();
    assert!(
        !with_table.is_empty(),
        "no document shows the table of drivers"
    );
    for text in with_table {
        let wanted = drivers_markdown();
        assert!(
            text.contains(&wanted),
            "paste `proofhouse list drivers`:\n{wanted}"
        );
    }
}
