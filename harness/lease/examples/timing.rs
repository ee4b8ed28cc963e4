//! What taking a place costs: `timing PLACE [TIMES]` takes it and gives it back, each time over a connection of its
//! own, as a run does. The coordinator is that of LG_COORDINATOR.

use proofhouse_lease::{Access, Labgrid, Lease, Patience, PlaceLease, Wanted};
use proofhouse_model::bench_spec::FarmSpec;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let place = args.next().ok_or("which place?")?;
    let times: usize = args.next().map_or(Ok(20), |n| n.parse())?;
    let env = |name: &str| std::env::var(name).ok();
    let access = Access::new(&FarmSpec::default(), Path::new(""), &env)?;
    let patience = Patience {
        most: Duration::from_secs(10),
        called_off: &|| false,
        told: &|_| {},
    };
    let mut took = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        let farm = Labgrid::new(access.clone())?;
        let mut lease = PlaceLease::new(&farm, Wanted::Named(place.clone()));
        lease.acquire(&patience)?;
        let acquired = began.elapsed();
        lease.release()?;
        took.push((began.elapsed(), acquired));
    }
    took.sort();
    let mut out = std::io::stdout().lock();
    for (what, at) in [
        ("least", 0),
        ("median", times / 2),
        ("most", times.saturating_sub(1)),
    ] {
        if let Some((both, acquired)) = took.get(at) {
            writeln!(
                out,
                "{what}: {both:.1?}, of which to have it {acquired:.1?}"
            )?;
        }
    }
    Ok(())
}
