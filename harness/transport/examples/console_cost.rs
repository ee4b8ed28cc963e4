//! What a console costs: `cargo run --release -p proofhouse-transport --example console_cost`.
//!
//! The device is this program again, at the other end of a pseudo-terminal. Printed are the time of a send and its
//! answer, and the processor time of this process for 10 s of output at 1 Mbit/s in which it waits for a pattern.

use nix::sys::resource::{UsageWho, getrusage};
use proofhouse_model::Pattern;
use proofhouse_transport::Budget;
use proofhouse_transport::console::{Console, Settings, Tty, pty_pair};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 2000;
const FLOOD: Duration = Duration::from_secs(10);
/// 1 Mbit/s with start and stop bits, in lines of 50 bytes.
const LINES_PER_S: f64 = 2000.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some("device") {
        return Ok(device()?);
    }
    let pty = pty_pair()?;
    let end = pty.device_end()?;
    let mut device = Command::new(std::env::current_exe()?)
        .arg("device")
        .stdin(Stdio::from(end.try_clone()?))
        .stdout(Stdio::from(end))
        .spawn()?;
    let link = Tty::new(pty.path(), 115_200);
    let console = Console::open(link, Settings::default(), Box::new(|_| {}))?;
    let prompt = Pattern::new("PROMPT-\\d+# ")?;
    let budget = || Budget::of(Duration::from_secs(30));
    console.ask(b"", &prompt, &budget())?;
    let (mut took, before) = (Vec::new(), cpu()?);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        console.ask(b"version", &prompt, &budget())?;
        took.push(began.elapsed());
    }
    let each = (cpu()? - before) / u32::try_from(ROUNDS)?;
    took.sort();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "send and answer: median {:?}, p99 {:?}, {each:?} of processor time each",
        took[ROUNDS / 2],
        took[ROUNDS * 99 / 100]
    )?;
    let before = cpu()?;
    console.ask(b"flood", &Pattern::new("flooded# ")?, &budget())?;
    writeln!(
        out,
        "1 Mbit/s for {FLOOD:?}: {:?} of processor time, {} bytes",
        cpu()? - before,
        console.position()
    )?;
    device.kill()?;
    device.wait()?;
    Ok(())
}

/// Processor time of this process.
fn cpu() -> Result<Duration, Box<dyn std::error::Error>> {
    let used = getrusage(UsageWho::RUSAGE_SELF)?;
    let whole = |t: nix::sys::time::TimeVal| {
        Duration::from_secs(t.tv_sec().unsigned_abs())
            + Duration::from_micros(t.tv_usec().unsigned_abs())
    };
    Ok(whole(used.user_time()) + whole(used.system_time()))
}

/// Answers each line with its echo and a prompt; `flood` with 10 s of lines first.
fn device() -> std::io::Result<()> {
    let (mut input, mut out) = (std::io::stdin(), std::io::stdout());
    let (mut line, mut byte, mut count) = (Vec::new(), [0], 0);
    while input.read(&mut byte)? == 1 {
        line.push(byte[0]);
        if byte[0] != b'\n' {
            continue;
        }
        count += 1;
        if line.starts_with(b"flood") {
            let began = Instant::now();
            let mut sent = 0.0;
            while began.elapsed() < FLOOD {
                let due = began.elapsed().as_secs_f64() * LINES_PER_S;
                while sent < due {
                    out.write_all(b"[   12.345678] usb 1-1: new high-speed device no 7\r\n")?;
                    sent += 1.0;
                }
                out.flush()?;
                std::thread::sleep(Duration::from_millis(1));
            }
            write!(out, "flooded# ")?;
        } else {
            out.write_all(&line)?;
            write!(out, "1.4.2\r\nPROMPT-{count}# ")?;
        }
        out.flush()?;
        line.clear();
    }
    Ok(())
}
