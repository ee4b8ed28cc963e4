use super::*;
use proofhouse_model::TroubleKind;
use proofhouse_transport::net::Way;
use proofhouse_transport::{Budget, Cancel};
use socket2::{Domain, Socket, Type};
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

fn limit() -> Budget {
    Budget::of(Duration::from_secs(60))
}

/// An address of its own per test, so that no other socket of this machine gets in the way.
fn host(last: u8) -> IpAddr {
    IpAddr::from([127, 77, 1, last])
}

#[test]
fn every_open_port_of_65535_is_found_and_no_other() {
    let here = host(1);
    let some = || TcpListener::bind((here, 0)).unwrap();
    let (quiet, talker, flood) = (some(), some(), some());
    let edge = (60_000..=65_535)
        .rev()
        .find_map(|p| TcpListener::bind((here, p)).ok());
    let edge = edge.unwrap();
    let port = |l: &TcpListener| l.local_addr().unwrap().port();
    let mut want = [
        (port(&quiet), Vec::new()),
        (port(&talker), b"SSH-2.0-plug\r\n".to_vec()),
        (port(&flood), vec![b'x'; 256]),
        (port(&edge), Vec::new()),
    ];
    want.sort();
    thread::spawn(move || talker.accept().unwrap().0.write_all(b"SSH-2.0-plug\r\n"));
    thread::spawn(move || flood.accept().unwrap().0.write_all(&[b'x'; 10_000]));
    let seen = scan_ports(here, &[(0, 65_535)], &[], 1, &Way::default(), &limit()).unwrap();
    let open = seen.tcp_open.into_iter();
    let open: Vec<_> = open.map(|(p, b)| (p, b.to_vec())).collect();
    assert_eq!(open, want);
    assert!(seen.tcp_refused > 65_000);
    assert_eq!(seen.tcp_silent, 0);
}

/// As a service with a list of those it serves: it takes everybody, and breaks off at once.
#[test]
fn a_port_that_takes_a_connection_and_breaks_it_off_is_open() {
    let here = host(9);
    let listener = TcpListener::bind((here, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = Socket::from(stream.unwrap());
            stream.set_linger(Some(Duration::ZERO)).unwrap();
        }
    });
    for seed in 0..50 {
        let seen = scan_ports(here, &[(port, port)], &[], seed, &Way::default(), &limit()).unwrap();
        let open: Vec<_> = seen.tcp_open.iter().map(|(p, _)| *p).collect();
        assert_eq!(open, [port], "with seed {seed}");
    }
}

/// A listener whose queue is full drops further connects: the same as a filtered port.
fn silent_port(host: IpAddr) -> (Socket, Vec<TcpStream>, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(host, 0).into()).unwrap();
    socket.listen(0).unwrap();
    let addr = socket.local_addr().unwrap().as_socket().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&addr, Duration::from_millis(200)) {
        held.push(stream);
    }
    (socket, held, addr.port())
}

#[test]
fn a_dropped_port_is_silent_and_not_refused() {
    let (_socket, _held, port) = silent_port(host(2));
    let closed = (1..=40).filter(|p| *p != port).map(|p| (p, p));
    let tcp: Vec<_> = closed.chain([(port, port)]).collect();
    let seen = scan_ports(host(2), &tcp, &[], 1, &Way::default(), &limit()).unwrap();
    assert_eq!((seen.tcp_refused, seen.tcp_silent), (40, 1));
    assert!(seen.tcp_open.is_empty());
}

#[test]
fn an_address_that_says_nothing_is_never_a_clean_list() {
    let (_socket, _held, port) = silent_port(host(3));
    let trouble =
        scan_ports(host(3), &[(port, port)], &[], 1, &Way::default(), &limit()).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceSilent);
    assert!(trouble.what.contains("no route"), "{trouble}");
}

/// What is silent is told by number, and that it was asked more than once.
#[test]
fn a_survey_names_what_stayed_silent() {
    let (_socket, _held, port) = silent_port(host(7));
    let closed = if port > 40 { 1..=20 } else { 41..=60 };
    let tcp: Vec<_> = closed.chain([port]).map(|p| (p, p)).collect();
    let seen = survey(host(7), &tcp, &[], 1, true, &Way::default(), &limit()).unwrap();
    assert_eq!((seen.asked, seen.ports.tcp_refused), ((21, 0), 20));
    assert_eq!(
        (seen.tcp_silent.as_slice(), seen.ports.tcp_silent),
        (&[port][..], 1)
    );
    assert_eq!((seen.tries, seen.given_up), (3, 0));
    assert!(
        !seen.half_open,
        "loopback answers before a raw socket would hear it"
    );
    assert!(!seen.is_limited(), "{seen:?}");
}

/// One that takes a single connection and is silent ever after: of what was silent beside it nothing is known.
#[test]
fn what_was_silent_beside_a_silent_witness_is_given_up() {
    let here = host(10);
    let (_socket, _held, silent) = silent_port(here);
    let (witness, _filled, open) = silent_port(here);
    let _room_for_one = witness.accept().unwrap();
    let tcp = [(open, open), (silent, silent)];
    let seen = survey(here, &tcp, &[], 1, false, &Way::default(), &limit()).unwrap();
    let found: Vec<u16> = seen.ports.tcp_open.iter().map(|(port, _)| *port).collect();
    assert_eq!(found, [open]);
    assert_eq!(seen.tcp_silent, [silent]);
    assert_eq!(seen.given_up, 1, "{seen:?}");
}

#[test]
fn a_witness_that_falls_silent_is_told_as_a_limit() {
    let witness = |asked, silent| {
        let port = 22;
        Some(PortWitness {
            port,
            asked,
            silent,
        })
    };
    let ports = PortScan {
        tcp_open: Vec::new(),
        tcp_refused: 1,
        tcp_silent: 1,
        witness: witness(9, 0),
        udp_open: Vec::new(),
        udp_closed: 0,
        udp_silent: Vec::new(),
    };
    let honest = Survey {
        ports,
        asked: (2, 0),
        half_open: false,
        tcp_silent: vec![9],
        tries: 3,
        given_up: 0,
        refusing: witness(9, 1),
    };
    assert!(!honest.is_limited(), "lost packets are none");
    let mut refusals = honest.clone();
    refusals.refusing = witness(9, 8);
    let mut late = honest.clone();
    late.given_up = 1;
    let mut connections = honest;
    connections.ports.witness = witness(6, 6);
    assert!([refusals, late, connections].iter().all(Survey::is_limited));
}

#[test]
fn udp_tells_open_closed_and_silent() {
    let bind = || UdpSocket::bind((host(4), 0)).unwrap();
    let (echo, mute, gone) = (bind(), bind(), bind());
    let port = |s: &UdpSocket| s.local_addr().unwrap().port();
    let (open, silent, closed) = (port(&echo), port(&mute), port(&gone));
    drop(gone);
    thread::spawn(move || {
        let mut buf = [0; 100];
        let (_, from) = echo.recv_from(&mut buf).unwrap();
        echo.send_to(b"hello", from).unwrap();
    });
    let seen = scan_ports(
        host(4),
        &[],
        &[silent, open, closed, open],
        1,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    assert_eq!(seen.udp_open, [open]);
    assert_eq!(seen.udp_closed, 1);
    assert_eq!(seen.udp_silent, [silent]);
    let only_silent =
        scan_ports(host(4), &[], &[silent], 1, &Way::default(), &limit()).unwrap_err();
    assert_eq!(only_silent.kind, TroubleKind::DeviceSilent);
}

/// TFTP answers from a port of its own; many services know one question only.
#[test]
fn udp_answers_from_another_port_and_to_a_later_question_are_heard() {
    let serve = |port: u16, takes: fn(&[u8]) -> bool, fresh: bool| {
        let socket = UdpSocket::bind((host(6), port)).unwrap();
        thread::spawn(move || {
            let mut buf = [0; 2000];
            while let Ok((len, from)) = socket.recv_from(&mut buf) {
                let other = UdpSocket::bind((host(6), 0)).unwrap();
                let by = if fresh { &other } else { &socket };
                if takes(&buf[..len]) {
                    by.send_to(b"answer", from).unwrap();
                }
            }
        });
    };
    serve(69, |asked| asked[..2] == [0, 1], true);
    serve(
        5353,
        |asked| asked.windows(4).any(|it| it == b"arpa"),
        false,
    );
    serve(10001, |asked| asked == [2, 8, 0, 0], false);
    serve(161, |_| false, false);
    let ports = [69, 161, 500, 5353, 10001];
    let seen = scan_ports(host(6), &[], &ports, 1, &Way::default(), &limit()).unwrap();
    assert_eq!(seen.udp_open, [69, 5353, 10001]);
    assert_eq!((seen.udp_closed, seen.udp_silent), (1, vec![161]));
}

#[test]
fn a_scan_that_could_not_finish_gives_no_list() {
    let straight = Way::default();
    let over = Budget::of(Duration::ZERO);
    let trouble = scan_ports(host(5), &[(1, 65_535)], &[], 1, &straight, &over).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Deadline);
    let cancel = Cancel::new();
    let called_off = Budget::new(Duration::from_secs(60), &cancel);
    cancel.cancel("enough");
    let trouble = scan_ports(host(5), &[(1, 65_535)], &[], 1, &straight, &called_off).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Cancelled);
    let none = scan_ports(host(5), &[], &[0], 1, &Way::default(), &limit()).unwrap_err();
    assert_eq!(none.kind, TroubleKind::Case);
}
