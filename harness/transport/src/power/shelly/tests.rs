//! Against a stand-in that speaks HTTP as Shelly documents it.

use super::*;
use crate::power::tests::conforms;
use proofhouse_model::TroubleKind;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// What the stand-in does to a call.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    /// As documented.
    Honest,
    /// Its relay does not move.
    Stuck,
    /// Somebody set a password.
    Locked,
    /// It is something else.
    Other,
    /// It takes the call and says nothing.
    Silent,
}

#[derive(Default)]
struct Seen {
    on: bool,
    calls: Vec<String>,
    /// Kept open, so that silence is no refusal.
    held: Vec<TcpStream>,
}

/// A device with one switch, number 0. Its thread ends with the process.
fn device(mood: Mood) -> (SocketAddr, Arc<Mutex<Seen>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let at = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let of_device = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap(), mood, &mut lock(&of_device));
        }
    });
    (at, seen)
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, mood: Mood, seen: &mut Seen) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    // A caller that gave up must not end the device.
    let Some(Ok(call)) = lines.next() else { return };
    // The rest of the head; what is left unread would end the connection with a reset.
    if !lines.any(|line| line.is_ok_and(|line| line.is_empty())) {
        return;
    }
    seen.calls.push(call.clone());
    let (status, body) = match (mood, call.as_str()) {
        (Mood::Silent, _) => return seen.held.push(stream),
        (Mood::Locked, _) => ("401 Unauthorized", String::new()),
        (Mood::Other, _) => ("200 OK", "<html>\u{1b}[2J printer</html>".to_owned()),
        (_, "GET /rpc/Switch.Set?id=0&on=true HTTP/1.1") => set(mood, seen, true),
        (_, "GET /rpc/Switch.Set?id=0&on=false HTTP/1.1") => set(mood, seen, false),
        (_, "GET /rpc/Switch.GetStatus?id=0 HTTP/1.1") => {
            let on = seen.on;
            let body =
                format!("{{\"id\":0,\"source\":\"HTTP_in\",\"output\":{on},\"apower\":8.9}}");
            ("200 OK", body)
        }
        _ => {
            let body = "{\"code\":-105,\"message\":\"Argument 'id', value 3 not found!\"}";
            ("500 Internal Server Error", body.to_owned())
        }
    };
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
    let _ = stream.write_all(answer.as_bytes());
}

fn set(mood: Mood, seen: &mut Seen, on: bool) -> (&'static str, String) {
    let was_on = seen.on;
    seen.on = if mood == Mood::Stuck { was_on } else { on };
    ("200 OK", format!("{{\"was_on\":{was_on}}}"))
}

fn refusal(mut power: ShellyPower, what: &str) {
    let trouble = power.on().unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert_eq!(trouble.channel, Some(Channel::Power));
    assert!(trouble.what.contains(what), "{trouble}");
    assert!(!trouble.what.contains('\u{1b}'), "{trouble}");
    assert_eq!(power.is_on(), None);
}

#[test]
fn a_shelly_is_a_supply() {
    let (at, seen) = device(Mood::Honest);
    conforms(&mut ShellyPower::new(at, 0), || lock(&seen).on);
    let calls = lock(&seen).calls.clone();
    // Every switching is read back.
    let sets = calls.iter().filter(|c| c.contains("Set")).count();
    assert_eq!((calls.len(), sets), (14, 7), "{calls:?}");
}

#[test]
fn a_relay_that_does_not_move_is_found() {
    let (at, _seen) = device(Mood::Stuck);
    refusal(
        ShellyPower::new(at, 0),
        "says it is off after it was switched on",
    );
}

#[test]
fn what_cannot_be_switched_is_named() {
    let (at, _seen) = device(Mood::Honest);
    refusal(
        ShellyPower::new(at, 3),
        "with status 500: {\\\"code\\\":-105",
    );
    let (at, _seen) = device(Mood::Locked);
    refusal(ShellyPower::new(at, 0), "asks for a password");
    let (at, _seen) = device(Mood::Other);
    refusal(ShellyPower::new(at, 0), "answers with no JSON: <html>");
    let (at, _seen) = device(Mood::Silent);
    let hasty = ShellyPower::new(at, 0).within(Dur::ms(30));
    refusal(hasty, "cannot be asked: no whole answer");
    // Nothing listens there any more.
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let at = gone.local_addr().unwrap();
    drop(gone);
    refusal(ShellyPower::new(at, 0), "cannot be asked: nothing listens");
}
