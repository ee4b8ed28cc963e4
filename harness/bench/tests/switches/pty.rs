//! Emulations of relays and supplies on a serial port, each behind a pseudo-terminal.

use super::{Device, Mood, Place};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;
use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Serves until the process ends. `heard` is given what came and has not been understood yet; it takes off what it
/// understands and gives what is said to it.
fn serve(mut heard: impl FnMut(&mut Vec<u8>) -> Vec<u8> + Send + 'static, mood: Mood) -> Place {
    let pair = openpty(None, None).unwrap();
    let mut raw = tcgetattr(&pair.slave).unwrap();
    cfmakeraw(&mut raw);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &raw).unwrap();
    let path = ttyname(&pair.slave).unwrap();
    let mut master = File::from(pair.master);
    std::thread::spawn(move || {
        // Kept open, as an adapter stays plugged in.
        let _slave = pair.slave;
        let mut came = Vec::new();
        let mut buffer = [0; 64];
        while let Ok(n) = master.read(&mut buffer) {
            came.extend_from_slice(&buffer[..n]);
            let said = heard(&mut came);
            if mood != Mood::Silent {
                master.write_all(&said).unwrap();
            }
        }
    });
    format!("serial = \"{}\"", path.display())
}

/// Takes a frame off: relay and whether it is to be on.
fn frame(came: &mut Vec<u8>) -> Option<(usize, bool)> {
    if came.first() != Some(&0xa0) || came.len() < 4 {
        return None;
    }
    let all: Vec<u8> = came.drain(..4).collect();
    assert_eq!(all[3], all[0].wrapping_add(all[1]).wrapping_add(all[2]));
    Some((all[1].into(), all[2] == 1))
}

pub(super) fn lcus(device: Arc<Device>) -> Place {
    let mood = device.mood;
    let heard = move |came: &mut Vec<u8>| {
        let mut said = Vec::new();
        loop {
            if let Some((relay, on)) = frame(came) {
                device.set(relay, on);
            } else if came.first() == Some(&0xff) {
                came.remove(0);
                for n in 1..=4 {
                    let on = if device.is_on(n) { "ON" } else { "OFF" };
                    said.extend(format!("CH{n}: {on}\r\n").bytes());
                }
            } else {
                return said;
            }
        }
    };
    serve(heard, mood)
}

/// One that answers nothing; what it heard is told.
pub(super) fn lcus1(device: Arc<Device>) -> (Place, Receiver<bool>) {
    let (tell, told): (Sender<bool>, _) = channel();
    let mood = device.mood;
    let heard = move |came: &mut Vec<u8>| {
        while let Some((relay, on)) = frame(came) {
            device.set(relay, on);
            let _ = tell.send(on);
        }
        Vec::new()
    };
    (serve(heard, mood), told)
}

pub(super) fn korad(device: Arc<Device>) -> Place {
    let mood = device.mood;
    let heard = move |came: &mut Vec<u8>| {
        let mut said = Vec::new();
        loop {
            let known: [&[u8]; 3] = [b"OUT1", b"OUT0", b"STATUS?"];
            let Some(command) = known.into_iter().find(|c| came.starts_with(c)) else {
                return said;
            };
            came.drain(..command.len());
            match command {
                b"OUT1" => device.set(1, true),
                b"OUT0" => device.set(1, false),
                // Constant voltage, no beep, and the output.
                _ => said.push(1 | u8::from(device.is_on(1)) << 6),
            }
        }
    };
    serve(heard, mood)
}
