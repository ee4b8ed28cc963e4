//! ETSI EN 303 645 as a suite.
//!
//! There is no Rust here: provisions, crosswalks and cases are data and scripts beside this file, and the test targets
//! run them. `cargo test -p en303645 --test cases -- --list` lists the cases.
