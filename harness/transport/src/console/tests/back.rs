//! Ports that vanish and come back.

use super::*;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use proofhouse_model::TroubleKind;
use std::os::fd::AsFd;

/// A link that opens whatever pty is plugged in at the moment.
struct Socket(Arc<Mutex<Option<Pty>>>);

impl Link for Socket {
    fn name(&self) -> String {
        "socket".into()
    }

    fn open(&mut self) -> Result<Box<dyn Wire>, Trouble> {
        let plugged = self.0.lock().unwrap();
        let missing = || Trouble::bench(Channel::Console, "unplugged", "plug it in");
        Tty::new(plugged.as_ref().ok_or_else(missing)?.path(), 115_200).open()
    }
}

/// pytest-embedded#416: after a port had come back, what the device said was read, and every write failed.
#[test]
fn pytest_embedded_416_a_port_that_comes_back_in_time_is_read_and_written_again() {
    let socket = Arc::new(Mutex::new(Some(pty_pair().unwrap())));
    let settings = Settings {
        reopen: LONG,
        ..settings()
    };
    let link = Socket(socket.clone());
    let console = Console::open(link, settings, Box::new(|_| {})).unwrap();
    let mut device: File = socket
        .lock()
        .unwrap()
        .as_ref()
        .unwrap()
        .device_end()
        .unwrap()
        .into();
    device.write_all(b"before").unwrap();
    console
        .expect(&pattern("before"), &Budget::of(LONG))
        .unwrap();
    drop(device);
    *socket.lock().unwrap() = None;
    let device = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| console.expect(&pattern("after"), &Budget::of(LONG)));
        let pty = pty_pair().unwrap();
        let device: File = pty.device_end().unwrap().into();
        *socket.lock().unwrap() = Some(pty);
        // Sent again and again: what comes before the port is opened is stale by definition.
        while !waiting.is_finished() {
            let _ = (&device).write_all(b"after ");
            let _ = console.watch(&pattern("nothing"), &Budget::of(SHORT));
        }
        waiting.join().unwrap().unwrap();
        device
    });
    for n in 0..50 {
        let line = format!("write {n}\n");
        console.send(line.as_bytes(), &Budget::of(LONG)).unwrap();
        assert_eq!(what_came(&device, line.len()), line.as_bytes());
    }
    assert_eq!(console.reopened(), 1);
}

/// So many bytes of what was sent to a device, or fewer where no more come.
fn what_came(mut device: &File, length: usize) -> Vec<u8> {
    let mut came = vec![0; length];
    let mut have = 0;
    while have < length {
        let mut ready = [PollFd::new(device.as_fd(), PollFlags::POLLIN)];
        if poll(&mut ready, PollTimeout::from(60_000_u16)) != Ok(1) {
            break;
        }
        match device.read(&mut came[have..]).unwrap() {
            0 => break,
            more => have += more,
        }
    }
    came.truncate(have);
    came
}

#[test]
fn a_port_that_stays_away_is_bench_trouble_that_sticks_until_revived() {
    let socket = Arc::new(Mutex::new(Some(pty_pair().unwrap())));
    let link = Socket(socket.clone());
    let console = Console::open(link, settings(), Box::new(|_| {})).unwrap();
    *socket.lock().unwrap() = None;
    let trouble = console
        .expect(&pattern("never"), &Budget::of(LONG))
        .unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(
        trouble.what.contains("vanished") && trouble.what.contains("unplugged"),
        "{trouble}"
    );
    *socket.lock().unwrap() = Some(pty_pair().unwrap());
    assert_eq!(
        console.send(b"x", &Budget::of(LONG)).unwrap_err(),
        trouble,
        "broken stays broken"
    );
    console.revive().unwrap();
    let device = socket
        .lock()
        .unwrap()
        .as_ref()
        .unwrap()
        .device_end()
        .unwrap();
    File::from(device).write_all(b"again").unwrap();
    console
        .expect(&pattern("again"), &Budget::of(LONG))
        .unwrap();
}

#[test]
fn a_port_of_the_device_itself_may_be_missing_while_the_supply_is_off() {
    let folder = std::env::temp_dir().join(format!("proofhouse-usb-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("tty");
    let _ = std::fs::remove_file(&path);
    let off = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let asked = off.clone();
    let is_off = move || asked.load(std::sync::atomic::Ordering::SeqCst);
    let link = Tty::new(path.display().to_string(), 115_200);
    let quiet: Sink = Box::new(|_| {});
    let around = Around {
        output: quiet,
        off: Box::new(is_off),
        ..Around::default()
    };
    let console = Console::open_with(link, settings(), around).unwrap();
    let late = console.expect(&pattern("U-Boot"), &Budget::of(settings().reopen * 3));
    assert_eq!(late.unwrap_err().kind, TroubleKind::DeviceSilent);
    assert_eq!(console.broken(), None, "off for longer than it may be gone");

    // On, and nobody has listened to it yet: that is no word about the unit.
    off.store(false, std::sync::atomic::Ordering::SeqCst);
    let never = console.expect(&pattern("U-Boot"), &Budget::of(settings().reopen / 4));
    let never = never.unwrap_err();
    assert_eq!(never.kind, TroubleKind::Bench, "{never}");
    assert!(never.what.contains("was never open"), "{never}");
    off.store(true, std::sync::atomic::Ordering::SeqCst);

    let pty = pty_pair().unwrap();
    let mut device: File = pty.device_end().unwrap().into();
    device.write_all(b"U-Boot 2023").unwrap();
    std::os::unix::fs::symlink(pty.path(), &path).unwrap();
    off.store(false, std::sync::atomic::Ordering::SeqCst);
    // What a port that has just appeared received before it was opened is the beginning of the boot.
    console
        .expect(&pattern("U-Boot 2023"), &Budget::of(LONG))
        .unwrap();

    std::fs::remove_file(&path).unwrap();
    drop((device, pty));
    let gone = console
        .expect(&pattern("never"), &Budget::of(LONG))
        .unwrap_err();
    assert_eq!(gone.kind, TroubleKind::Bench, "on, and still missing");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// dutctl#119: the adapter goes with the power of the unit. That it went and came back is told, between what was heard
/// before and after, and so is what nobody had heard when the console was opened.
#[test]
fn dutctl_119_a_port_that_goes_with_the_power_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tty");
    let (first, second) = (pty_pair().unwrap(), pty_pair().unwrap());
    std::os::unix::fs::symlink(first.path(), &path).unwrap();
    let mut device = File::from(first.device_end().unwrap());
    device.write_all(b"of another day").unwrap();
    // The kernel brings them over by and by, and counts what has arrived.
    let port = File::open(first.path()).unwrap();
    let mut ready = [PollFd::new(port.as_fd(), PollFlags::POLLIN)];
    assert_eq!(poll(&mut ready, PollTimeout::NONE), Ok(1));
    let told = Arc::new(Mutex::new(Vec::new()));
    let (said, changed) = (told.clone(), told.clone());
    let around = Around {
        output: Box::new(move |h| {
            said.lock()
                .unwrap()
                .push(String::from_utf8_lossy(h.bytes).into_owned())
        }),
        port: Box::new(move |change| changed.lock().unwrap().push(format!("{change:?}"))),
        ..Around::default()
    };
    let how = Settings {
        reopen: LONG,
        ..settings()
    };
    let link = Tty::new(path.display().to_string(), 115_200);
    let console = Console::open_with(link, how, around).unwrap();
    device.write_all(b"before").unwrap();
    console
        .expect(&pattern("before"), &Budget::of(LONG))
        .unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| console.expect(&pattern("after"), &Budget::of(LONG)));
        std::fs::remove_file(&path).unwrap();
        drop((device, first));
        File::from(second.device_end().unwrap())
            .write_all(b"after")
            .unwrap();
        std::os::unix::fs::symlink(second.path(), &path).unwrap();
        waiting.join().unwrap().unwrap();
    });
    let told = told.lock().unwrap();
    let [flushed, before, gone, back, after] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((&flushed[..], &before[..]), ("Flushed(14)", "before"));
    assert!(gone.starts_with("Gone("), "{gone}");
    assert_eq!((&back[..], &after[..]), ("Back", "after"));
}

/// A silence that nobody could hear is none: a case may take it for the absence of what it must not see.
#[test]
fn a_watch_over_a_port_that_is_gone_sees_nothing_and_says_so() {
    let socket = Arc::new(Mutex::new(Some(pty_pair().unwrap())));
    let (told, changes) = std::sync::mpsc::channel();
    let off = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let asked = off.clone();
    let around = Around {
        off: Box::new(move || asked.load(std::sync::atomic::Ordering::SeqCst)),
        port: Box::new(move |change| told.send(change).unwrap()),
        ..Around::default()
    };
    let how = Settings {
        reopen: LONG,
        ..settings()
    };
    let console = Console::open_with(Socket(socket.clone()), how, around).unwrap();
    let watch = || console.watch(&pattern("login: "), &Budget::of(SHORT));
    let plug = |pty| *socket.lock().unwrap() = pty;
    assert!(matches!(watch().unwrap(), Observation::Unseen { .. }));

    let deaf = console.shared.deaf();
    plug(None);
    assert!(matches!(changes.recv().unwrap(), PortChange::Gone(_)));
    let trouble = watch().unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceSilent);
    assert!(trouble.what.contains("was gone for a while"), "{trouble}");
    plug(Some(pty_pair().unwrap()));
    assert_eq!(changes.recv().unwrap(), PortChange::Back);
    console.send(b"x", &Budget::of(LONG)).unwrap();
    assert_eq!(
        console.shared.deaf(),
        deaf + 1,
        "a watch that began before this saw nothing either"
    );
    assert!(matches!(watch().unwrap(), Observation::Unseen { .. }));

    // Without a supply nothing can be said.
    off.store(true, std::sync::atomic::Ordering::SeqCst);
    plug(None);
    assert!(matches!(changes.recv().unwrap(), PortChange::Gone(_)));
    assert!(matches!(watch().unwrap(), Observation::Unseen { .. }));
    plug(Some(pty_pair().unwrap()));
    assert_eq!(changes.recv().unwrap(), PortChange::Back);
    console.send(b"x", &Budget::of(LONG)).unwrap();
    assert_eq!(console.shared.deaf(), deaf + 1);
}
