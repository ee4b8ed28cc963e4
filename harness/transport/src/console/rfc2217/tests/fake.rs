//! A serial server that shows what it is told, and may be told to be a bad one.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::spawn;

/// What it does otherwise than it should.
#[derive(Clone, Default)]
pub struct Manner {
    /// An option it does not take.
    pub refuse: Option<u8>,
    /// Says nothing at all.
    pub silent: bool,
    /// Sets another rate than it is asked for.
    pub rate: Option<u32>,
    /// A command it does not answer.
    pub unanswered: Option<u8>,
    /// Says that somebody else is connected, and hangs up.
    pub busy: bool,
    /// What the device said before anybody connected.
    pub greeting: &'static [u8],
}

/// What it saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Data(u8),
    Option(u8, u8),
    Set(u8, Vec<u8>),
}

#[derive(Default)]
struct State {
    seen: VecDeque<Seen>,
    connection: Option<TcpStream>,
}

pub struct Fake {
    pub port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Fake {
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let shared = state.clone();
        spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                stream.set_nodelay(true).unwrap();
                shared.0.lock().unwrap().connection = Some(stream.try_clone().unwrap());
                // Ends with the connection, whatever breaks it.
                let _ = serve(stream, &manner, &shared);
            }
        });
        Self { port, state }
    }

    /// The connection that is open.
    pub fn connection(&self) -> TcpStream {
        let state = self.state.0.lock().unwrap();
        state.connection.as_ref().unwrap().try_clone().unwrap()
    }

    fn take<T>(&self, mut pick: impl FnMut(&mut VecDeque<Seen>) -> Option<T>) -> T {
        let mut state = self.state.0.lock().unwrap();
        loop {
            if let Some(found) = pick(&mut state.seen) {
                return found;
            }
            let (next, waited) = self.state.1.wait_timeout(state, super::LONG).unwrap();
            assert!(!waited.timed_out(), "the server saw only {:?}", next.seen);
            state = next;
        }
    }

    /// The next settings, data left aside.
    pub fn settings(&self, count: usize) -> Vec<(u8, Vec<u8>)> {
        let mut out = Vec::new();
        while out.len() < count {
            out.push(self.take(|seen| {
                let at = seen.iter().position(|s| matches!(s, Seen::Set(..)))?;
                match seen.remove(at) {
                    Some(Seen::Set(command, value)) => Some((command, value)),
                    _ => None,
                }
            }));
        }
        out
    }

    /// The next bytes of data.
    pub fn data(&self, count: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while out.len() < count {
            out.push(self.take(|seen| {
                let at = seen.iter().position(|s| matches!(s, Seen::Data(_)))?;
                match seen.remove(at) {
                    Some(Seen::Data(byte)) => Some(byte),
                    _ => None,
                }
            }));
        }
        out
    }

    /// Whether data came.
    pub fn came(&self) -> bool {
        let state = self.state.0.lock().unwrap();
        state.seen.iter().any(|s| matches!(s, Seen::Data(_)))
    }

    pub fn wait_for(&self, wanted: &Seen) {
        self.take(|seen| seen.iter().any(|s| s == wanted).then_some(()));
    }
}

/// One connection, byte by byte.
fn serve(
    mut stream: TcpStream,
    manner: &Manner,
    shared: &(Mutex<State>, Condvar),
) -> std::io::Result<()> {
    if manner.busy {
        stream.write_all(b"Port already in use\r\n")?;
        stream.shutdown(std::net::Shutdown::Write)?;
        // What comes is read to its end: a reset would take the words along.
        return std::io::copy(&mut stream, &mut std::io::sink()).map(drop);
    }
    stream.write_all(manner.greeting)?;
    let mut bytes = std::io::BufReader::new(stream.try_clone()?).bytes();
    let mut next = || {
        bytes
            .next()
            .unwrap_or(Err(std::io::ErrorKind::UnexpectedEof.into()))
    };
    loop {
        let seen = match next()? {
            255 => match next()? {
                255 => Seen::Data(255),
                250 => {
                    let mut part = Vec::new();
                    loop {
                        match next()? {
                            255 => match next()? {
                                240 => break,
                                other => part.push(other),
                            },
                            other => part.push(other),
                        }
                    }
                    assert_eq!(part[0], 44);
                    Seen::Set(part[1], part[2..].to_vec())
                }
                verb => Seen::Option(verb, next()?),
            },
            plain => Seen::Data(plain),
        };
        if !manner.silent {
            answer(&mut stream, manner, &seen)?;
        }
        shared.0.lock().unwrap().seen.push_back(seen);
        shared.1.notify_all();
    }
}

fn answer(stream: &mut TcpStream, manner: &Manner, seen: &Seen) -> std::io::Result<()> {
    match seen {
        Seen::Option(verb @ (251 | 253), option) => {
            let fine = manner.refuse != Some(*option);
            let answer = match (verb, fine) {
                (251, true) => 253,
                (251, false) => 254,
                (_, true) => 251,
                (_, false) => 252,
            };
            stream.write_all(&[255, answer, *option])
        }
        Seen::Set(command, _) if manner.unanswered == Some(*command) => Ok(()),
        Seen::Set(command, value) => {
            let rate = manner.rate.filter(|_| *command == 1);
            let value = rate.map_or(value.clone(), |rate| rate.to_be_bytes().to_vec());
            let mut out = vec![255, 250, 44, command + 100];
            for byte in value {
                out.extend(std::iter::repeat_n(byte, if byte == 255 { 2 } else { 1 }));
            }
            out.extend([255, 240]);
            stream.write_all(&out)
        }
        _ => Ok(()),
    }
}
