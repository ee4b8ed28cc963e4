//! The DNS server that a unit asks.
//!
//! Over UDP alone. It answers the names that a case told it, says of all others that there are none, keeps every
//! question until somebody waits for it, and can fall silent or tell wrong addresses. It asks nobody itself, so a name
//! that the case did not think of stands in the record and leads nowhere.
//!
//! | driver | is |
//! |---|---|
//! | [`DnsServer`] | in this process, on an address of this host |

mod answer;
#[cfg(test)]
mod tests;

use crate::budget::Budget;
use crate::caps::NET_BIND_SERVICE;
use crate::net::{self, Gate};
use crate::open::Context;
use crate::sync::hold;
use answer::Asked;
use proofhouse_model::observation::{DnsFacts, DnsQuestion, DnsTold};
use proofhouse_model::op::DnsBehaviour;
use proofhouse_model::{Channel, Trouble, Wire};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// Where the server of a virtual unit listens, beside the unit.
const VIRTUAL_PORT: u16 = 10053;
/// Names that a case may tell it.
const NAMES: usize = 256;
/// Addresses of one name: its answer stands in one datagram of any size that is spoken.
const ADDRESSES: usize = 8;
/// Questions kept for whoever waits for them.
const QUESTIONS: usize = 1024;
/// Longest question that is read, bytes.
const LONGEST: usize = 4096;
/// At which nobody is (RFC 5737, RFC 3849).
static NOBODY: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 99)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x99)),
];

/// A server that listens until dropped.
pub struct DnsServer {
    shared: Arc<Shared>,
    at: SocketAddr,
    serving: AbortHandle,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// By names in lower case.
    names: BTreeMap<String, Vec<IpAddr>>,
    how: DnsBehaviour,
    questions: VecDeque<DnsQuestion>,
    malformed: u64,
    forgotten: u64,
}

/// Where the server of a wire listens: one line per driver of the channel. Nothing listens yet.
///
/// # Errors
/// Bench trouble: settings of another driver.
pub fn place(wire: &Wire, context: &Context<'_>) -> Result<SocketAddr, Trouble> {
    match wire.driver.as_str() {
        "virtual" => Ok((context.made(Channel::DNS)?.peer, VIRTUAL_PORT).into()),
        "listen" => {
            let settings = &wire.settings;
            let address = settings.address("address")?;
            Ok((address, settings.whole::<u16>("port")?).into())
        }
        _ => Err(context.unknown(Channel::DNS, wire)),
    }
}

impl DnsServer {
    /// Listens; port 0 takes a free one. Behind a gate, what is asked while that is shut is lost.
    ///
    /// # Errors
    /// Trouble of the bench: the port is taken or may not be, the address is not this host's.
    pub fn open(at: SocketAddr, gate: Option<Gate>) -> Result<Self, Trouble> {
        let runtime = net::runtime()?;
        let socket = runtime
            .block_on(UdpSocket::bind(at))
            .map_err(|e| no_server(at, &e))?;
        let at = socket.local_addr().map_err(|e| no_server(at, &e))?;
        let shared = Arc::new(Shared::default());
        let serving = serve(socket, shared.clone(), gate);
        Ok(Self {
            shared,
            at,
            serving: runtime.spawn(serving).abort_handle(),
        })
    }

    /// Where it listens, and what it could not read or keep.
    #[must_use]
    pub fn facts(&self) -> DnsFacts {
        let state = hold(&self.shared.state);
        DnsFacts {
            host: self.at.ip().to_string(),
            port: self.at.port(),
            malformed: state.malformed,
            forgotten: state.forgotten,
        }
    }

    /// From now on a name has these addresses; without any it has none again.
    ///
    /// # Errors
    /// No name, more than 256 of them, or more than 8 addresses (case).
    pub fn answer(&self, name: &str, addresses: &[IpAddr]) -> Result<(), Trouble> {
        let key = key_of(name);
        if key.is_empty() {
            return Err(Trouble::case(format!("`{name}` is no name of a host")));
        }
        if addresses.len() > ADDRESSES {
            let what = format!("a name is told with at most {ADDRESSES} addresses");
            return Err(Trouble::case(what));
        }
        let mut state = hold(&self.shared.state);
        if addresses.is_empty() {
            state.names.remove(&key);
            return Ok(());
        }
        if state.names.len() >= NAMES && !state.names.contains_key(&key) {
            return Err(Trouble::case(format!(
                "more than {NAMES} names in one case"
            )));
        }
        state.names.insert(key, addresses.to_vec());
        Ok(())
    }

    /// From now on it answers so.
    pub fn behave(&self, how: DnsBehaviour) {
        hold(&self.shared.state).how = how;
    }

    /// The next question since the start of the case; `None` when there was none in time.
    ///
    /// # Errors
    /// The run is being ended.
    pub fn await_question(&self, budget: &Budget) -> Result<Option<DnsQuestion>, Trouble> {
        net::look_until(budget, &self.shared.changed, || {
            hold(&self.shared.state).questions.pop_front()
        })
    }

    /// As at the start of a case: no names, nothing heard, well behaved.
    pub fn reset(&self) {
        *hold(&self.shared.state) = State::default();
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl std::fmt::Debug for DnsServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DnsServer({})", self.at)
    }
}

/// A name as it is compared.
fn key_of(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

async fn serve(socket: UdpSocket, shared: Arc<Shared>, gate: Option<Gate>) {
    let mut buffer = vec![0; LONGEST];
    loop {
        let Ok((n, from)) = socket.recv_from(&mut buffer).await else {
            // Somebody who asked is gone: told here, and no trouble of others.
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        if gate.as_ref().is_some_and(|gate| gate.is_shut().is_some()) {
            continue;
        }
        if let Some(answer) = shared.take(&buffer[..n], from.ip()) {
            // Whoever does not hear it asks again.
            let _ = socket.send_to(&answer, from).await;
        }
    }
}

impl Shared {
    /// Keeps what was asked, and gives the answer where there is to be one.
    fn take(&self, bytes: &[u8], from: IpAddr) -> Option<Vec<u8>> {
        let mut state = hold(&self.state);
        let Some(asked) = Asked::read(bytes) else {
            state.malformed += 1;
            return None;
        };
        let name = asked.name();
        let known = match state.how {
            DnsBehaviour::Wrong => Some(&NOBODY[..]),
            DnsBehaviour::Good | DnsBehaviour::Silent => {
                state.names.get(&key_of(&name)).map(Vec::as_slice)
            }
        };
        let answered = asked.answer(known);
        let (answer, told) = match (state.how, answered) {
            (DnsBehaviour::Silent, _) | (_, None) => (None, DnsTold::Nothing),
            (DnsBehaviour::Wrong, Some((answer, DnsTold::Addresses))) => {
                (Some(answer), DnsTold::WrongAddress)
            }
            (_, Some((answer, told))) => (Some(answer), told),
        };
        let (kind, from) = (asked.kind(), from.to_canonical());
        if state.questions.len() < QUESTIONS {
            state.questions.push_back(DnsQuestion {
                name,
                kind,
                from,
                told,
            });
        } else {
            state.forgotten += 1;
        }
        drop(state);
        self.changed.notify_waiters();
        answer
    }
}

fn no_server(at: SocketAddr, e: &io::Error) -> Trouble {
    let what = format!("the DNS server cannot listen on {at}: {e}");
    let next = match e.kind() {
        io::ErrorKind::PermissionDenied => format!(
            "a port below 1024 takes {NET_BIND_SERVICE}: {}",
            NET_BIND_SERVICE.how_to_get()
        ),
        io::ErrorKind::AddrInUse => {
            "end the other server or run (`ss -lunp` names it), or take another `port`".to_owned()
        }
        _ => "`address` of `peers.dns` has to be one of this host's: `ip address` lists them"
            .to_owned(),
    };
    Trouble::bench(Channel::DNS, what, next)
}
