//! Whether the server of a network probe serves a newcomer. probe-rs waits for its first answer without limit.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// "Who are you?" to the probe itself, as probe-rs asks it first, in the framing of its network probe.
const WHO: [u8; 4] = [1, 1, 1, 0];

/// Whether it takes the connection and does not answer within that time, as one that serves somebody else.
///
/// # Errors
/// It cannot be reached, so nothing is known.
pub fn serves_another(address: &str, within: Duration) -> io::Result<bool> {
    if let Some(path) = address.strip_prefix("unix:") {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(within))?;
        stream.set_write_timeout(Some(within))?;
        return ask(stream);
    }
    let place = address.strip_prefix("tcp:").unwrap_or(address);
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for place in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, within) {
            Ok(stream) => {
                stream.set_read_timeout(Some(within))?;
                stream.set_write_timeout(Some(within))?;
                return ask(stream);
            }
            Err(e) => last = e,
        }
    }
    Err(last)
}

/// A server that shuts the door is as busy as one that does not answer.
fn ask(mut stream: impl Read + Write) -> io::Result<bool> {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, TimedOut, WouldBlock};
    let mut first = [0];
    let asked = stream.write_all(&WHO);
    match asked.and_then(|()| stream.read(&mut first)) {
        Ok(len) => Ok(len == 0),
        Err(e)
            if matches!(
                e.kind(),
                WouldBlock | TimedOut | BrokenPipe | ConnectionReset
            ) =>
        {
            Ok(true)
        }
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn one_that_answers_is_free_and_one_that_is_silent_or_shuts_the_door_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("tcp:{}", listener.local_addr().unwrap());
        // Nobody takes the connection out of the queue, as with a server that serves one at a time.
        assert!(serves_another(&address, Duration::from_millis(50)).unwrap());
        let first = listener.accept().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (mut client, _) = listener.accept().unwrap();
                let mut asked = [0; 4];
                client.read_exact(&mut asked).unwrap();
                assert_eq!(asked, WHO);
                client.write_all(&[1]).unwrap();
                drop(listener.accept().unwrap());
            });
            assert!(!serves_another(&address, LONG).unwrap());
            assert!(serves_another(&address, LONG).unwrap(), "it hung up");
        });
        drop((first, listener));
        assert!(serves_another(&address, LONG).is_err(), "nobody is there");
        assert!(serves_another("unix:/nonexistent/probe", LONG).is_err());
    }
}
