//! Time and peak memory of a big journal, each step in a process of its own:
//!
//! ```text
//! cargo run --release -p proofhouse-report --example big_run -- make RECORDED DIR MEGABYTES
//! cargo run --release -p proofhouse-report --example big_run -- verify DIR
//! cargo run --release -p proofhouse-report --example big_run -- report DIR
//! ```
//!
//! `RECORDED` is any run folder, such as `fixtures/journals/honest`: its events are repeated until the journal is as
//! large as asked, with a console that says 4 KiB between each two.

use proofhouse_journal::{EVENTS_FILE, Recorded, Writer, verify};
use proofhouse_model::{Bytes, Event, Fact};
use proofhouse_report::{Folded, Style, render_all, summary};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let start = Instant::now();
    let what = match args[..] {
        ["make", from, to, megabytes] => make(from.as_ref(), to.as_ref(), megabytes.parse()?)?,
        ["verify", dir] => format!("{} events", verify(dir.as_ref())?.events),
        ["report", dir] => report(dir.as_ref())?,
        _ => return Err("make RECORDED DIR MEGABYTES, verify DIR or report DIR".into()),
    };
    let took = start.elapsed();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what}: {took:?}, peak {} MB", peak_kb() / 1000)?;
    Ok(())
}

fn make(from: &Path, to: &Path, megabytes: u64) -> Result<String, Box<dyn Error>> {
    let Recorded { plan, events, .. } = Recorded::read(from)?;
    let is_of_task = |e: &&Event| e.task.is_some() && e.blobs().is_empty();
    let middle: Vec<&Event> = events.iter().filter(is_of_task).collect();
    let (first, last) = (events.first(), events.last());
    let mut writer = Writer::create(to, &serde_json::to_vec(&plan)?)?;
    let append = |writer: &mut Writer, event: &Event| {
        let seq = writer.next_seq();
        writer.append(&Event {
            seq,
            ..event.clone()
        })
    };
    append(&mut writer, first.ok_or("the run is empty")?)?;
    let file = to.join(EVENTS_FILE);
    for round in 0.. {
        for event in &middle {
            append(&mut writer, event)?;
            let said = Fact::Heard {
                bytes: Bytes::from("a line of a console\r\n".repeat(195).as_str()),
                lost: round,
            };
            let heard = Event {
                fact: said,
                task: None,
                ..(*event).clone()
            };
            append(&mut writer, &heard)?;
        }
        if std::fs::metadata(&file)?.len() >= megabytes * 1_000_000 {
            break;
        }
    }
    append(&mut writer, last.ok_or("the run is empty")?)?;
    writer.seal()?;
    Ok(format!("{} events", writer.next_seq()))
}

fn report(dir: &Path) -> Result<String, Box<dyn Error>> {
    let run = Folded::read(dir)?;
    let files = render_all(&run)?;
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let lines = summary(&run, &Style::default()).lines().count();
    Ok(format!("reports of {bytes} bytes, {lines} lines"))
}

/// Most memory this process ever had, in kB; 0 where the system does not tell.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let number = line.and_then(|l| l.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}
