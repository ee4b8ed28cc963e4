//! Shells on a console.

use super::datagrams::PING;
use super::web::http_server;
use super::*;

/// A shell: prompts once per line, except where told otherwise.
struct Shell {
    lines: Vec<Vec<u8>>,
    prompts: u32,
    mute: fn(&[u8]) -> bool,
    stuck: Cell<bool>,
    crash_at: usize,
    crashed: Switch,
}

impl Shell {
    fn new(mute: fn(&[u8]) -> bool) -> Self {
        Self {
            lines: Vec::new(),
            prompts: 0,
            mute,
            stuck: Cell::new(false),
            crash_at: usize::MAX,
            crashed: Switch::default(),
        }
    }
}

impl ConsoleTarget for Shell {
    fn send_line(&mut self, line: &[u8], _: &Budget) -> Result<(), Trouble> {
        assert!(!line.contains(&b'\n') && !line.contains(&b'\r'));
        self.lines.push(line.to_vec());
        if line.ends_with(b"\x03") {
            self.stuck.set(false);
        }
        if line.len() >= self.crash_at {
            self.crashed.0.store(true, Ordering::SeqCst);
        } else if (self.mute)(line) {
            self.stuck.set(true);
        } else if !self.stuck.get() {
            self.prompts += 1;
        }
        Ok(())
    }

    fn answered(&mut self, _: &Budget) -> Result<bool, Trouble> {
        let came = self.prompts > 0;
        self.prompts = self.prompts.saturating_sub(1);
        Ok(came)
    }
}

#[test]
fn a_console_answers_each_line_of_an_input() {
    let mut shell = Shell::new(|_| false);
    let plan = campaign(&["set name abc"], 400);
    let batch = fuzz(
        &plan,
        Wire::Console(&mut shell),
        &NoWitness,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    assert_eq!((batch.sent, batch.answered, &batch.down), (400, 400, &None));
    assert!(
        shell.lines.len() > 410,
        "inputs with line ends are several lines"
    );
    assert_eq!(shell.prompts, 0);
}

#[test]
fn an_open_quote_is_silent_and_not_down() {
    let mut shell = Shell::new(|line| line.iter().filter(|b| **b == b'"').count() % 2 == 1);
    let batch = fuzz(
        &campaign(&["set name abc"], 200),
        Wire::Console(&mut shell),
        &NoWitness,
        &Way::default(),
        &limit(),
    );
    let batch = batch.unwrap();
    assert!(batch.silent > 0 && batch.down.is_none(), "{batch:?}");
    sums_up(&batch);
}

#[test]
fn a_console_that_hangs_and_one_that_crashes() {
    let mut shell = Shell::new(|line| line.len() > 255 || line.ends_with(b"\x03"));
    let plan = campaign(&["set name abc"], 200);
    let batch = fuzz(
        &plan,
        Wire::Console(&mut shell),
        &NoWitness,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    let down = batch.down.unwrap();
    assert_eq!(down.witness, "no-answer");
    assert!(down.input.len() > 255);

    let mut shell = Shell::new(|_| false);
    shell.crash_at = 1024;
    let crashed = shell.crashed.clone();
    let batch = fuzz(
        &plan,
        Wire::Console(&mut shell),
        &crashed,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    let down = batch.down.unwrap();
    assert_eq!(
        (down.witness.as_str(), down.input.len() >= 1024),
        ("crash", true)
    );
    assert!(down.seen.contains("stack overflow"));
    // A witness that has already seen something can accuse no input.
    let early = fuzz(
        &plan,
        Wire::Console(&mut Shell::new(|_| false)),
        &crashed,
        &Way::default(),
        &limit(),
    );
    assert_eq!(early.unwrap_err().kind, TroubleKind::Case);
}

#[test]
fn a_quick_restart_is_caught_by_the_boot_banner() {
    struct Banner(Switch);
    impl CrashWitness for Banner {
        fn seen_since_start(&self) -> Option<String> {
            None
        }
        fn banner_since_start(&self) -> Option<String> {
            self.0
                .seen_since_start()
                .map(|_| "booting plug 1.2".to_owned())
        }
    }
    let switch = Switch::default();
    let restarted = Mutex::new(switch.clone());
    let (addr, _) = http_server(move |h| {
        if h.windows(300).any(|w| w.iter().all(|b| *b == b'a')) {
            restarted.lock().unwrap().0.store(true, Ordering::SeqCst);
        }
        false
    });
    let wire = Wire::Http { addr, tls: false };
    let batch = fuzz(
        &campaign(&[POST], 400),
        wire,
        &Banner(switch),
        &Way::default(),
        &limit(),
    )
    .unwrap();
    let down = batch.down.unwrap();
    assert_eq!(down.witness, "banner");
    assert!(down.input.lossy().contains("aaaa"));
}

#[test]
fn nothing_is_said_of_a_device_that_was_down_before() {
    let addr = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let plan = campaign(&[POST], 10);
    for wire in [
        Wire::Http { addr, tls: false },
        Wire::Tcp {
            addr,
            met: &mut Met::default(),
        },
    ] {
        let trouble = fuzz(&plan, wire, &NoWitness, &Way::default(), &limit()).unwrap_err();
        assert_eq!(
            (trouble.kind, trouble.channel),
            (TroubleKind::DeviceRefused, Some(Channel::Lan))
        );
    }
    let quiet = UdpSocket::bind("127.0.0.1:0").unwrap();
    let quick = Campaign {
        patience: Duration::from_millis(50),
        ..plan.clone()
    };
    let wire = Wire::Udp {
        addr: quiet.local_addr().unwrap(),
        ping: Bytes::from(PING.to_vec()),
    };
    assert_eq!(
        fuzz(&quick, wire, &NoWitness, &Way::default(), &limit())
            .unwrap_err()
            .kind,
        TroubleKind::DeviceSilent
    );
    let over = Budget::of(Duration::ZERO);
    let (addr, _) = http_server(|_| false);
    let wire = Wire::Http { addr, tls: false };
    let trouble = fuzz(&plan, wire, &NoWitness, &Way::default(), &over).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Deadline);
}
