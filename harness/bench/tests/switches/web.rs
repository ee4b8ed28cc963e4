//! A small HTTP server for emulations.

use super::{Device, Mood, PASSWORD, Place};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

/// A request.
pub(super) struct Asked {
    /// Such as `GET /x?y=1`.
    pub(super) line: String,
    /// Header lines.
    pub(super) headers: Vec<String>,
    /// All of it.
    pub(super) body: String,
}

/// Status, headers and body.
pub(super) type Answer = (u16, Vec<String>, String);

impl Asked {
    /// A header by its name in small letters.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&String| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
        let line = self.headers.iter().find(named)?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

pub(super) fn ok(body: impl Into<String>) -> Answer {
    (200, Vec::new(), body.into())
}

pub(super) fn no(status: u16, header: &str) -> Answer {
    (status, vec![header.to_owned()], "no".to_owned())
}

/// Serves until the process ends; gives the place for a bench file.
pub(super) fn serve(device: Arc<Device>, answer: fn(&Device, &Asked) -> Answer) -> Place {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // A caller that gave up does not end the device.
            let Some(asked) = read(&stream) else { continue };
            if device.mood == Mood::Silent {
                held.push(stream);
                continue;
            }
            let (status, headers, body) = answer(&device, &asked);
            let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
            );
        }
    });
    format!("address = \"127.0.0.1\", port = {port}, password = \"{PASSWORD}\"")
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let line = |reader: &mut BufReader<&TcpStream>| {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line(&mut reader)?;
    let mut headers = Vec::new();
    loop {
        match line(&mut reader)? {
            end if end.is_empty() => break,
            header => headers.push(header),
        }
    }
    let mut asked = Asked {
        line: first.strip_suffix(" HTTP/1.1")?.to_owned(),
        headers,
        body: String::new(),
    };
    let length = asked
        .header("content-length")
        .map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).unwrap();
    Some(asked)
}
