//! Bad networks, with real sockets at both ends.

use super::{faulty, op_on, set_in, unit};
use crate::faulty::Faulty;
use crate::faulty::net::{Front, route};
use proofhouse_model::{Channel, SocketKind};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);

/// A service that says back what it hears, as often as it is connected to.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut from = client.try_clone().unwrap();
                let mut to = client;
                std::io::copy(&mut from, &mut to)
            });
        }
    });
    at
}

fn connect(to: SocketAddr, within: Duration) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, within)?;
    stream.set_read_timeout(Some(within))?;
    Ok(stream)
}

fn say(stream: &mut TcpStream, within: Duration) -> std::io::Result<[u8; 4]> {
    stream.set_read_timeout(Some(within))?;
    stream.write_all(b"ping")?;
    let mut back = [0; 4];
    stream.read_exact(&mut back)?;
    Ok(back)
}

/// A fault that has not set in, with the means to make it.
fn through(spec: &str) -> (Arc<Faulty>, Arc<super::Told>, proofhouse_model::Route) {
    let (faulty, told) = faulty(spec);
    let route = route(&faulty);
    (faulty, told, route)
}

/// The first seed whose weather lets nothing through at all (`dead`) or not.
fn seed(kind: &str, dead: bool) -> String {
    let spec = |n: u64| format!("{kind}:plug-a:from=1:lasts=1:seed={n}");
    let is = |n: &u64| {
        let (faulty, _) = faulty(&spec(*n));
        faulty.dice(40).one_in(3) == dead
    };
    spec((0..100).find(is).unwrap())
}

fn next_op(faulty: &Faulty) {
    faulty.before(&unit(), &op_on(Channel::Lan));
}

#[test]
fn in_fine_weather_everything_arrives_and_a_closed_port_refuses() {
    let (_, told, route) = through(&seed("packets-lost", true));
    let at = echo();
    let by = route.of(SocketKind::Tcp, at);
    assert_ne!(by, at);
    assert_eq!(
        &say(&mut connect(by, LONG).unwrap(), LONG).unwrap(),
        b"ping"
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let by = route.of(SocketKind::Tcp, closed);
    assert_eq!(
        connect(by, LONG).unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
    assert!(told.all().is_empty());
}

#[test]
fn a_dead_network_stalls_what_is_open_and_answers_nothing_new_until_it_is_over() {
    let (faulty, told, route) = through(&seed("packets-lost", true));
    let at = echo();
    next_op(&faulty);
    let mut open = connect(route.of(SocketKind::Tcp, at), LONG).unwrap();
    assert_eq!(&say(&mut open, LONG).unwrap(), b"ping");
    next_op(&faulty);
    let silent = say(&mut open, SHORT).unwrap_err().kind();
    assert!(
        matches!(silent, ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{silent}"
    );
    let fresh = connect(route.of(SocketKind::Tcp, at), SHORT).unwrap_err();
    assert_eq!(fresh.kind(), ErrorKind::TimedOut);
    assert_eq!(told.all().len(), 1);
    next_op(&faulty);
    open.set_read_timeout(Some(LONG)).unwrap();
    let mut back = [0; 4];
    open.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"ping", "what was held up arrives");
}

#[test]
fn lost_packets_of_a_connection_are_sent_again_and_nothing_is_missing() {
    let (faulty, told, route) = through(&seed("packets-lost", false));
    next_op(&faulty);
    next_op(&faulty);
    let mut stream = connect(route.of(SocketKind::Tcp, echo()), LONG).unwrap();
    while told.all().is_empty() {
        assert_eq!(&say(&mut stream, LONG).unwrap(), b"ping");
    }
    assert!(told.all()[0].contains("sent again"), "{:?}", told.all());
}

#[test]
fn delayed_packets_are_late_by_what_the_seed_says() {
    let (faulty, told, route) = through("packets-delayed:plug-a:seed=3");
    set_in(&faulty);
    let delay = faulty_delay(&faulty);
    let mut stream = connect(route.of(SocketKind::Tcp, echo()), LONG).unwrap();
    let start = Instant::now();
    assert_eq!(&say(&mut stream, LONG).unwrap(), b"ping");
    assert!(
        start.elapsed() >= delay * 2,
        "there and back: {:?}",
        start.elapsed()
    );
    assert_eq!(told.all(), ["plug-a packets-delayed: packets come late"]);
}

/// The least delay of this weather.
fn faulty_delay(faulty: &Arc<Faulty>) -> Duration {
    crate::faulty::net::Weather::new(faulty).delay()
}

#[test]
fn a_connection_is_reset_for_real() {
    let (faulty, told, route) = through("connection-reset:plug-a:seed=1");
    set_in(&faulty);
    let at = echo();
    let reset = (0..200).find_map(|_| {
        let stream = connect(route.of(SocketKind::Tcp, at), LONG);
        let said = stream.and_then(|mut s| (0..20).try_for_each(|_| say(&mut s, LONG).map(drop)));
        said.err().map(|e| e.kind())
    });
    let kinds = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
    assert!(reset.is_some_and(|kind| kinds.contains(&kind)), "{reset:?}");
    assert!(told.all()[0].contains("reset"), "{:?}", told.all());
}

/// A UDP service that says back what it hears.
fn udp_echo() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 100];
        while let Ok((n, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&buffer[..n], from);
        }
    });
    at
}

fn ask(by: SocketAddr, within: Duration) -> std::io::Result<usize> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(by)?;
    socket.set_read_timeout(Some(within))?;
    socket.send(b"ping")?;
    socket.recv(&mut [0; 100])
}

#[test]
fn datagrams_are_lost_late_or_refused() {
    let at = udp_echo();
    let (dead, told, route) = through(&seed("packets-lost", true));
    assert_eq!(
        route.of(SocketKind::Udp, at),
        at,
        "fine weather needs no relay"
    );
    next_op(&dead);
    next_op(&dead);
    let by = route.of(SocketKind::Udp, at);
    assert_ne!(by, at);
    let silent = ask(by, SHORT).unwrap_err().kind();
    assert!(
        matches!(silent, ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{silent}"
    );
    assert_eq!(told.all(), ["plug-a packets-lost: a datagram is lost"]);

    let (late, _, route) = through("packets-delayed:plug-a:seed=3");
    set_in(&late);
    let start = Instant::now();
    assert_eq!(ask(route.of(SocketKind::Udp, at), LONG).unwrap(), 4);
    assert!(start.elapsed() >= faulty_delay(&late) * 2);

    let (reset, _, route) = through("connection-reset:plug-a:seed=1");
    set_in(&reset);
    let refused = (0..200).find_map(|_| ask(route.of(SocketKind::Udp, at), LONG).err());
    assert_eq!(
        refused.map(|e| e.kind()),
        Some(ErrorKind::ConnectionRefused)
    );
}

#[test]
fn a_silent_peer_takes_connections_and_says_nothing() {
    let (faulty, told) = faulty("peer-silent:plug-a:from=1");
    let front = Front::open("127.0.0.1:0".parse().unwrap(), echo(), &faulty).unwrap();
    let at = SocketAddr::from(([127, 0, 0, 1], front.port));
    let mut before = connect(at, LONG).unwrap();
    assert_eq!(&say(&mut before, LONG).unwrap(), b"ping");
    for _ in 0..2 {
        faulty.before(&unit(), &op_on(Channel::MQTT));
    }
    let mut after = connect(at, LONG).unwrap();
    for stream in [&mut before, &mut after] {
        let silent = say(stream, SHORT).unwrap_err().kind();
        assert!(
            matches!(silent, ErrorKind::WouldBlock | ErrorKind::TimedOut),
            "{silent}"
        );
    }
    assert_eq!(told.all(), ["plug-a peer-silent: the broker says nothing"]);
}
