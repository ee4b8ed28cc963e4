//! A blocking TCP connection no wait of which outlasts its budget.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Turn;
use socket2::{Domain, Protocol, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

/// How often a wait looks whether it was called off.
const LOOK: Duration = Duration::from_millis(100);

/// An open connection. Reads and writes end with [`ErrorKind::TimedOut`] when the budget is over or called off.
#[derive(Debug)]
pub(crate) struct Socket {
    tcp: TcpStream,
    budget: Budget,
    _turn: Turn,
}

impl Socket {
    /// Connects, without delay for small writes.
    ///
    /// # Errors
    /// The system's; [`ErrorKind::TimedOut`] when the budget is over or called off.
    pub(crate) fn connect(addr: SocketAddr, turn: Turn, budget: Budget) -> io::Result<Self> {
        let socket =
            socket2::Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        match socket.connect(&addr.into()) {
            Ok(()) => {}
            Err(e) if e.raw_os_error() == Some(nix::libc::EINPROGRESS) => {
                writable(&socket, &budget)?;
                socket.take_error()?.map_or(Ok(()), Err)?;
            }
            Err(e) => return Err(e),
        }
        socket.set_nonblocking(false)?;
        socket.set_tcp_nodelay(true)?;
        Ok(Self {
            tcp: socket.into(),
            budget,
            _turn: turn,
        })
    }

    /// From now on its waits have this budget.
    pub(crate) fn hold_to(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&self) {
        let _ = self.tcp.shutdown(Shutdown::Write);
    }

    /// Closes without waiting: thousands of connections a second would use up all ports in their closing time.
    pub(crate) fn drop_now(self) {
        let _ = socket2::SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO));
    }

    /// How long the next step may wait.
    fn step(&self) -> io::Result<Duration> {
        match self.budget.is_over() {
            true => Err(ErrorKind::TimedOut.into()),
            false => Ok(self.budget.left().clamp(Duration::from_millis(1), LOOK)),
        }
    }
}

/// Waits until a connection stands or has failed.
fn writable(socket: &impl AsFd, budget: &Budget) -> io::Result<()> {
    loop {
        if budget.is_over() {
            return Err(ErrorKind::TimedOut.into());
        }
        let step = budget.left().min(LOOK).as_micros().div_ceil(1000);
        let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLOUT)];
        match poll(
            &mut fds,
            PollTimeout::try_from(step).unwrap_or(PollTimeout::MAX),
        ) {
            Ok(0) | Err(nix::Error::EINTR) => {}
            Ok(_) => return Ok(()),
            Err(e) => return Err(e.into()),
        }
    }
}

/// Whether a step of a wait brought nothing yet.
fn is_step(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            self.tcp.set_read_timeout(Some(self.step()?))?;
            match self.tcp.read(into) {
                Err(e) if is_step(&e) => {}
                other => return other,
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.tcp.set_write_timeout(Some(self.step()?))?;
            match self.tcp.write(bytes) {
                Err(e) if is_step(&e) => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofhouse_transport::Cancel;
    use proofhouse_transport::net::Turns;
    use std::net::TcpListener;
    use std::time::Instant;

    const LONG: Duration = Duration::from_secs(60);

    fn no_turn() -> Turn {
        Turns::default().take(&Budget::of(LONG)).unwrap()
    }

    fn pair(budget: Budget) -> (Socket, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let socket = Socket::connect(listener.local_addr().unwrap(), no_turn(), budget).unwrap();
        (socket, listener.accept().unwrap().0)
    }

    #[test]
    fn a_read_ends_at_its_deadline_and_when_called_off() {
        let cancel = Cancel::new();
        let whole = Budget::new(LONG, &cancel);
        let (mut socket, _device) = pair(whole.at_most(Duration::from_millis(30)));
        let late = socket.read(&mut [0; 8]).unwrap_err();
        assert_eq!(late.kind(), ErrorKind::TimedOut);
        socket.hold_to(whole);
        let began = Instant::now();
        let waiting = std::thread::spawn(move || socket.read(&mut [0; 8]).unwrap_err());
        cancel.cancel("enough");
        assert_eq!(waiting.join().unwrap().kind(), ErrorKind::TimedOut);
        assert!(began.elapsed() < LONG);
    }

    #[test]
    fn a_peer_that_takes_nothing_does_not_hold_a_write() {
        let (mut socket, _device) = pair(Budget::of(Duration::from_millis(30)));
        let late = socket.write_all(&vec![0; 64 << 20]).unwrap_err();
        assert_eq!(late.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn a_closed_port_is_refused_and_no_time_is_no_connection() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let at = listener.local_addr().unwrap();
        drop(listener);
        let refused = Socket::connect(at, no_turn(), Budget::of(LONG)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
}
