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
