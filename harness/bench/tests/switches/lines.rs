//! Emulations of supplies that speak SCPI over TCP.

use super::{Device, Mood, Place};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

/// Serves lines until the process ends: `answer` gives what is said to one.
fn serve(device: Arc<Device>, answer: fn(&Device, &str) -> Option<String>) -> Place {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // One session at a time, as many of them have it.
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                let Ok(line) = line else { break };
                if let Some(said) = answer(&device, &line)
                    && device.mood != Mood::Silent
                {
                    let _ = stream.write_all(format!("{said}\n").as_bytes());
                }
            }
        }
    });
    format!("address = \"127.0.0.1\", port = {port}")
}

pub(super) fn keysight(device: Arc<Device>) -> Place {
    serve(device, |device, line| {
        let (command, list) = line.split_once("(@").unwrap();
        let outlet = list.strip_suffix(')').unwrap().parse().unwrap();
        match command {
            "OUTP ON," => device.set(outlet, true),
            "OUTP OFF," => device.set(outlet, false),
            "OUTP? " => return Some(u8::from(device.is_on(outlet)).to_string()),
            _ => panic!("{line}"),
        }
        None
    })
}

pub(super) fn rigol(device: Arc<Device>) -> Place {
    serve(device, |device, line| {
        let word = |on| if on { "ON" } else { "OFF" };
        if let Some(outlet) = line.strip_prefix(":OUTP? CH") {
            return Some(word(device.is_on(outlet.parse().unwrap())).to_owned());
        }
        let rest = line.strip_prefix(":OUTP CH").unwrap();
        let (outlet, to) = rest.split_once(',').unwrap();
        device.set(outlet.parse().unwrap(), to == "ON");
        None
    })
}

pub(super) fn siglent(device: Arc<Device>) -> Place {
    serve(device, |device, line| {
        if line == "SYST:STAT?" {
            let bits = 1 | u8::from(device.is_on(1)) << 4 | u8::from(device.is_on(2)) << 5;
            return Some(format!("{bits:#x}"));
        }
        let rest = line.strip_prefix("OUTP CH").unwrap();
        let (outlet, to) = rest.split_once(',').unwrap();
        device.set(outlet.parse().unwrap(), to == "ON");
        None
    })
}
