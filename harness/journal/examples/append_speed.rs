//! Measures what one append costs: `cargo run --release -p proofhouse-journal --example
//! append_speed`.

use proofhouse_journal::{EVENTS_FILE, Writer};
use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{Bytes, Dur, Event, Fact, Op, TaskId, UnitName};
use std::io::Write;
use std::time::Instant;

const EVENTS: usize = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let mut journal = Writer::create(dir.path(), b"{}")?;
    let mut event = Event {
        seq: 0,
        at_us: 1_234_567,
        wall: "2026-11-20T15:04:05.678Z".to_owned(),
        task: Some(TaskId::at(0)),
        unit: Some(UnitName::new("plug-a")?),
        fact: Fact::OpStarted {
            op: Op::Console(ConsoleOp::Ask {
                line: Bytes::from("x".repeat(130).as_str()),
                pattern: "plug> ".to_owned(),
                within: Dur::secs(5),
            }),
        },
    };
    let mut took = Vec::with_capacity(EVENTS);
    for seq in 0..EVENTS {
        event.seq = seq as u64;
        let start = Instant::now();
        journal.append(&event)?;
        took.push(start.elapsed());
    }
    let start = Instant::now();
    journal.sync()?;
    let sync = start.elapsed();
    took.sort_unstable();
    let length = std::fs::metadata(dir.path().join(EVENTS_FILE))?.len();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{EVENTS} appends of {} bytes: median {:?}, 99 % {:?}, worst {:?}; sync {sync:?}",
        length / EVENTS as u64,
        took[EVENTS / 2],
        took[EVENTS * 99 / 100],
        took[EVENTS - 1],
    )?;
    let megabyte = vec![7_u8; 1 << 20];
    let start = Instant::now();
    journal.blob(&megabyte)?;
    writeln!(out, "blob of 1 MiB: {:?}", start.elapsed())?;

    Ok(())
}
