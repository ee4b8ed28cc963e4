//! Measures what reports of a long run cost: `cargo run --release -p proofhouse-report --example
//! report_speed DIR`.
//!
//! `DIR` is a recorded run; its case events are repeated up to 100,000.

use proofhouse_journal::{Recorded, Writer};
use proofhouse_model::{Event, Fact};
use proofhouse_report::{Folded, Style, json, junit, summary};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const EVENTS: usize = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).ok_or("name a run folder")?;
    let recorded = Recorded::read(Path::new(&dir))?;
    let mut events = recorded.events;
    let last = events.pop().ok_or("the run is empty")?;
    let middle: Vec<Event> = events
        .iter()
        .filter(|e| e.task.is_some() && !matches!(e.fact, Fact::Stored { .. }))
        .cloned()
        .collect();
    events.extend(
        middle
            .iter()
            .cycle()
            .take(EVENTS - events.len() - 1)
            .cloned(),
    );
    events.push(last);
    for (seq, event) in events.iter_mut().enumerate() {
        event.seq = seq as u64;
    }
    let scratch = tempfile::tempdir()?;
    let mut writer = Writer::create(scratch.path(), &serde_json::to_vec(&recorded.plan)?)?;
    for event in &events {
        writer.append(event)?;
    }
    let mut out = std::io::stdout().lock();
    let start = Instant::now();
    let read = Recorded::read(scratch.path())?;
    writeln!(
        out,
        "read {} events: {:?}",
        read.events.len(),
        start.elapsed()
    )?;
    let start = Instant::now();
    let bytes = junit::render(&Folded::new(&read.plan, &read.events)).len();
    writeln!(out, "junit, {bytes} bytes: {:?}", start.elapsed())?;
    let start = Instant::now();
    let bytes = json::render(&Folded::new(&read.plan, &read.events))?.len();
    writeln!(out, "json, {bytes} bytes: {:?}", start.elapsed())?;
    let start = Instant::now();
    let lines = summary(&Folded::new(&read.plan, &read.events), &Style::default())
        .lines()
        .count();
    writeln!(out, "console, {lines} lines: {:?}", start.elapsed())?;
    Ok(())
}
