//! The end of a run, for the technician at the bench.
//!
//! First what needs somebody: cases that did not come out well, with the next step. Then, where it is asked for, every
//! provision, one word each. Last the counts, what the exit code means, and where to look next. A good run fits a
//! screen.

mod figures;
mod head;
mod left;
mod table;
mod tail;
mod trouble;
mod untried;
mod words;
pub(crate) mod writer;

use crate::view::Folded;
use std::path::Path;
use writer::Page;

/// How the summary is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colours by ANSI codes.
    pub colour: bool,
    /// Columns to fill; below 60 counts as 60, above 140 as 140.
    pub width: usize,
    /// Every provision and row with what it rests on, not only what needs somebody.
    pub verbose: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            colour: false,
            width: 80,
            verbose: false,
        }
    }
}

/// The summary of a run. Every line ends in a line feed, none holds a control character of others.
#[must_use]
pub fn summary(run: &Folded<'_>, style: &Style) -> String {
    set(run, style, None)
}

/// As [`summary`], naming the folder where the run is kept.
#[must_use]
pub fn summary_of(run_dir: &Path, run: &Folded<'_>, style: &Style) -> String {
    let run_dir = run_dir.display().to_string();
    set(run, style, Some(run_dir.trim_end_matches('/')))
}

fn set(run: &Folded<'_>, style: &Style, run_dir: Option<&str>) -> String {
    let view = run.view();
    let mut page = Page::new(style.colour, style.width);
    head::write(&mut page, &view, run_dir, style.verbose);
    trouble::write_broken(&mut page, view.facts);
    for product in &view.products {
        if view.products.len() > 1 {
            head::write_product(&mut page, product);
        }
        trouble::write(&mut page, product, run_dir);
        if style.verbose {
            table::write(&mut page, product);
        }
        if view.plan.catalogue.by_cases {
            figures::write(&mut page, product);
        }
        tail::write(&mut page, product, style.verbose);
    }
    left::write(&mut page, &view);
    tail::write_in_clear(&mut page, view.facts);
    tail::write_outcome(&mut page, &view);
    tail::write_next(&mut page, &view, style.verbose, run_dir);
    page.finish()
}
