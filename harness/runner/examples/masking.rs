//! How long masking takes, and what a secret costs in memory: `cargo run --example masking`.

use proofhouse_model::SecretKind;
use proofhouse_runner::SecretBook;
use std::io::Write;
use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout();
    let line = b"plug: ready, 12 networks in reach, best one at -67 dBm; state 0x3f <b>on</b>\r\n";
    let text = line.repeat((1 << 20) / line.len());
    let noise = (0..1_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]);
    let noise: Vec<u8> = noise.collect();
    for many in [100_u32, 10_000] {
        let before = resident();
        let mut book = SecretBook::new([7; 16]);
        let start = Instant::now();
        for n in 0..many {
            let value = format!("s{n:05}-Kq9{:010}", n.wrapping_mul(2_654_435_761));
            book.learn("token", SecretKind::Password, value.as_bytes(), None);
        }
        let took = start.elapsed();
        let bytes = resident().saturating_sub(before) / u64::from(many);
        writeln!(
            out,
            "{many} secrets of 20 characters: learnt in {took:?}, {bytes} bytes each"
        )?;
        for (what, bytes) in [("text", &text), ("noise", &noise)] {
            let start = Instant::now();
            let masked = book.mask_bytes(bytes, None).len();
            writeln!(
                out,
                "a MiB of {what}: {:?} ({masked} bytes)",
                start.elapsed()
            )?;
        }
    }
    Ok(())
}

/// Bytes of memory that this process has.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
