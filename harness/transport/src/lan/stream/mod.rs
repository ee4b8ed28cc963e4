//! Raw TCP and TLS connections, read as they come and waited on like a console.

#[cfg(test)]
mod tests;

use crate::budget::Budget;
use crate::matcher::{Matcher, NoMatch};
use crate::net::{self, BoxWire, Host, Turn, tls};
use crate::sync::hold;
use proofhouse_model::observation::Matched;
use proofhouse_model::{Channel, Pattern, Trouble, TroubleKind};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::task::JoinHandle;

/// Connections open at once.
pub const MOST: usize = 16;
/// Longest that the device may take to accept one `send`.
const SEND_WITHIN: Duration = Duration::from_secs(5);
/// Longest that an orderly close may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// The raw connections to one unit, by number from 1 on. Dropped, all of them are closed.
pub struct Streams {
    unit: Host,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    open: BTreeMap<u32, Arc<Open>>,
    last: u32,
}

struct Open {
    to: SocketAddr,
    matcher: Arc<Matcher>,
    write: tokio::sync::Mutex<WriteHalf<BoxWire>>,
    reader: JoinHandle<()>,
    _turn: Turn,
}

impl Streams {
    /// No connections yet.
    #[must_use]
    pub fn new(unit: impl Into<Host>) -> Self {
        Self {
            unit: unit.into(),
            table: Mutex::default(),
        }
    }

    /// Connects; brings the number, and for TLS the SHA-256 of the certificate shown.
    ///
    /// # Errors
    /// Refused, silent, no proper TLS (garbled), this host's network (bench), more than [`MOST`] at
    /// once (case).
    pub fn open(
        &self,
        port: u16,
        tls: bool,
        budget: &Budget,
    ) -> Result<(u32, Option<String>), Trouble> {
        if hold(&self.table).open.len() >= MOST {
            let what = format!("more than {MOST} connections at once: close one first");
            return Err(Trouble::case(what));
        }
        let turn = self.unit.way.turns.take(budget)?;
        let to = self.unit.at(port, budget)?;
        let late = || {
            let what = format!("{to} did not answer within {}", budget.given());
            Trouble::silent(Channel::Lan, what)
        };
        let opening = net::open_by(to, tls, &self.unit);
        let (wire, certificate) = net::run(budget, late, opening)?;
        let (read, write) = tokio::io::split(wire);
        let matcher = Matcher::new();
        let reader = net::runtime()?.spawn(listen(read, to, matcher.clone()));
        let open = Open {
            to,
            matcher,
            write: tokio::sync::Mutex::new(write),
            reader,
            _turn: turn,
        };
        let mut table = hold(&self.table);
        table.last += 1;
        let number = table.last;
        table.open.insert(number, Arc::new(open));
        Ok((number, certificate))
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The device closed (refused) or takes no more (silent); no such connection (case).
    pub fn send(&self, number: u32, bytes: &[u8], budget: &Budget) -> Result<(), Trouble> {
        let open = self.get(number)?;
        let to = open.to;
        let budget = budget.at_most(SEND_WITHIN);
        let late = || {
            let given = budget.given();
            Trouble::silent(
                Channel::Lan,
                format!("{to} did not take what was sent within {given}"),
            )
        };
        net::run(&budget, late, async {
            let mut write = open.write.lock().await;
            write
                .write_all(bytes)
                .await
                .map_err(|e| tls::blame(&e, to))?;
            write.flush().await.map_err(|e| tls::blame(&e, to))
        })
    }

    /// Waits for a pattern, or for any bytes when there is none, and consumes up to the end of the
    /// match. What came before a close can still be waited for.
    ///
    /// # Errors
    /// Not seen in time (silent), closed by the device first (refused), no such connection (case).
    pub fn expect(
        &self,
        number: u32,
        pattern: Option<&Pattern>,
        budget: &Budget,
    ) -> Result<Matched, Trouble> {
        let open = self.get(number)?;
        let seen = match pattern {
            Some(pattern) => open.matcher.expect(pattern, budget),
            None => open.matcher.expect_any(budget),
        };
        seen.map_err(|miss| match miss {
            NoMatch::Ended(why) => why,
            NoMatch::Timeout => {
                let what = pattern.map_or("nothing".into(), |p| format!("no `{}`", p.as_str()));
                let s = budget.given().std().as_secs_f32();
                Trouble::silent(
                    Channel::Lan,
                    format!("{what} came from {} within {s} s", open.to),
                )
            }
        })
    }

    /// Closes a connection in an orderly way.
    ///
    /// # Errors
    /// No such connection (case).
    pub fn close(&self, number: u32, budget: &Budget) -> Result<(), Trouble> {
        let open = self.get(number)?;
        hold(&self.table).open.remove(&number);
        let late = || Trouble::silent(Channel::Lan, "no orderly close");
        // Nobody waits for it: the connection is gone either way.
        let _ = net::run(&budget.at_most(CLOSE_WITHIN), late, async {
            let _ = open.write.lock().await.shutdown().await;
            Ok(())
        });
        Ok(())
    }

    /// How many are open.
    #[must_use]
    pub fn count(&self) -> usize {
        hold(&self.table).open.len()
    }

    /// Closes all, as at the end of a case.
    pub fn close_all(&self) {
        hold(&self.table).open.clear();
    }

    fn get(&self, number: u32) -> Result<Arc<Open>, Trouble> {
        let open = hold(&self.table).open.get(&number).cloned();
        open.ok_or_else(|| Trouble::case(format!("there is no open connection number {number}")))
    }
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Streams({}, {} open)",
            self.unit.spec(),
            hold(&self.table).open.len()
        )
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn listen(mut read: ReadHalf<BoxWire>, to: SocketAddr, matcher: Arc<Matcher>) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        match read.read(&mut buffer).await {
            Ok(n) if n > 0 => matcher.feed(&buffer[..n]),
            Ok(_) => {
                let what = format!(
                    "{to} closed the connection after {} bytes",
                    matcher.position()
                );
                return matcher.end(Trouble::new(TroubleKind::DeviceRefused, Channel::Lan, what));
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return matcher.end(tls::blame(&e, to)),
        }
    }
}
