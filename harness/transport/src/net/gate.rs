//! A gate on the way to a virtual unit, and from it to the peers of the bench. While it is shut, new sockets lead
//! nowhere, and what is open stalls or has broken off.

mod doors;
#[cfg(test)]
mod tests;

use super::BoxWire;
use crate::sync::hold;
use doors::Doors;
use proofhouse_model::{CutKind, Route};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A gate; open at first. Cloning shares it.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    shut: Option<CutKind>,
    /// How often what was open broke off.
    broken: u64,
    /// Where new sockets lead while it is shut; made when it is shut first.
    doors: Option<Doors>,
    /// Who is to look again when it moves, by seat.
    waits: BTreeMap<u64, Waker>,
    seats: u64,
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    Open,
    /// Nothing comes and nothing goes.
    Stalled,
    /// It broke off.
    Broken,
}

impl Gate {
    /// Shuts it. By a cut of the link, what is open breaks off and new connections are refused; by any other kind, what
    /// is open stalls and nothing new is answered.
    ///
    /// # Errors
    /// The system gives no sockets.
    pub fn shut(&self, kind: CutKind) -> io::Result<()> {
        let mut state = hold(&self.0);
        if state.doors.is_none() {
            state.doors = Some(Doors::make()?);
        }
        state.shut = Some(kind);
        state.broken += u64::from(kind == CutKind::Link);
        drop(state);
        self.moved();
        Ok(())
    }

    /// Opens it.
    pub fn open(&self) {
        hold(&self.0).shut = None;
        self.moved();
    }

    /// What it is shut for.
    #[must_use]
    pub fn is_shut(&self) -> Option<CutKind> {
        hold(&self.0).shut
    }

    /// The way to the unit: `beyond` where there is one, and nowhere while the gate is shut.
    #[must_use]
    pub fn route(&self, beyond: Option<Route>) -> Route {
        let (gate, beyond) = (self.clone(), beyond.unwrap_or_default());
        Route::new(move |kind, to| {
            let state = hold(&gate.0);
            let nowhere = state.shut.zip(state.doors.as_ref());
            let nowhere = nowhere.map(|(cut, doors)| doors.of(cut, kind));
            drop(state);
            nowhere.unwrap_or_else(|| beyond.of(kind, to))
        })
    }

    /// Does the work of one connection for as long as that may go on; `None` when it broke off.
    pub(crate) async fn pass<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let seat = self.seat();
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|cx| match seat.look(cx) {
            Passage::Open => work.as_mut().poll(cx).map(Some),
            Passage::Stalled => Poll::Pending,
            Passage::Broken => Poll::Ready(None),
        })
        .await
    }

    fn moved(&self) {
        let waits = std::mem::take(&mut hold(&self.0).waits);
        waits.into_values().for_each(Waker::wake);
    }

    fn seat(&self) -> Seat {
        let mut state = hold(&self.0);
        state.seats += 1;
        Seat {
            number: state.seats,
            born: state.broken,
            gate: self.clone(),
        }
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gate({:?})", self.is_shut())
    }
}

/// The place of one direction of a connection at the gate.
struct Seat {
    gate: Gate,
    number: u64,
    /// How often connections had broken off when it came.
    born: u64,
}

impl Seat {
    /// Whoever looks is woken when the gate moves.
    fn look(&self, cx: &Context<'_>) -> Passage {
        let mut state = hold(&self.gate.0);
        let last = state.waits.insert(self.number, cx.waker().clone());
        let passage = match state.shut {
            _ if state.broken != self.born => Passage::Broken,
            None => Passage::Open,
            Some(CutKind::Link) => Passage::Broken,
            Some(_) => Passage::Stalled,
        };
        // A waker may own what comes by here when it goes.
        drop(state);
        drop(last);
        passage
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let last = hold(&self.gate.0).waits.remove(&self.number);
        drop(last);
    }
}

/// A connection through a gate.
pub(crate) struct Gated {
    wire: BoxWire,
    reads: Seat,
    writes: Seat,
}

impl Gated {
    /// From now on through the gate.
    pub(crate) fn new(wire: BoxWire, gate: &Gate) -> Self {
        Self {
            wire,
            reads: gate.seat(),
            writes: gate.seat(),
        }
    }
}

/// What becomes of a call on the connection behind a gate.
fn through<T>(passage: Passage, call: impl FnOnce() -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    match passage {
        Passage::Open => call(),
        Passage::Stalled => Poll::Pending,
        Passage::Broken => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
    }
}

impl AsyncRead for Gated {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        through(this.reads.look(cx), || {
            Pin::new(&mut this.wire).poll_read(cx, buf)
        })
    }
}

impl AsyncWrite for Gated {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        through(this.writes.look(cx), || {
            Pin::new(&mut this.wire).poll_write(cx, buf)
        })
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        through(this.writes.look(cx), || {
            Pin::new(&mut this.wire).poll_flush(cx)
        })
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        through(this.writes.look(cx), || {
            Pin::new(&mut this.wire).poll_shutdown(cx)
        })
    }
}
