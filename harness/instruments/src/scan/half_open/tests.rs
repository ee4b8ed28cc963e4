use super::*;
use proofhouse_model::seeded::Seeded;
use std::collections::VecDeque;

/// What a device lets through or sends at most: so many a second, and so many at once.
struct Limit {
    each_second: f64,
    most: f64,
    left: f64,
    at: Duration,
}

impl Limit {
    fn of(each_second: f64, most: f64) -> Self {
        Self {
            each_second,
            most,
            left: most,
            at: Duration::ZERO,
        }
    }

    fn takes(&mut self, now: Duration) -> bool {
        let since = now.saturating_sub(self.at).as_secs_f64();
        self.left = (self.left + since * self.each_second).min(self.most);
        self.at = now;
        let takes = self.left >= 1.0;
        if takes {
            self.left -= 1.0;
        }
        takes
    }
}

/// A device on a wire with a clock of its own: a SYN takes 5 us, an answer is there after 1 ms.
struct Device {
    open: Vec<u16>,
    /// Closed ports say nothing.
    drops: bool,
    /// Of a thousand packets so many are lost, each way.
    lost: usize,
    syns: Option<Limit>,
    refusals: Option<Limit>,
    numbers: Seeded,
    clock: Duration,
    answers: VecDeque<(Duration, Answer)>,
    asked: Vec<u16>,
}

impl Device {
    fn new(open: &[u16]) -> Self {
        Self {
            open: open.to_vec(),
            drops: false,
            lost: 0,
            syns: None,
            refusals: None,
            numbers: Seeded::new(1),
            clock: Duration::ZERO,
            answers: VecDeque::new(),
            asked: Vec::new(),
        }
    }
}

impl Wire for Device {
    fn ask(&mut self, port: u16) -> Result<(), Trouble> {
        self.clock += Duration::from_micros(5);
        self.asked.push(port);
        let now = self.clock;
        let lost = self.numbers.below(1000) < self.lost || self.numbers.below(1000) < self.lost;
        if lost || self.syns.as_mut().is_some_and(|limit| !limit.takes(now)) {
            return Ok(());
        }
        let open = self.open.contains(&port);
        let refuses = |limit: &mut Limit| limit.takes(now);
        if open || (!self.drops && self.refusals.as_mut().is_none_or(refuses)) {
            let answer = Answer { port, open };
            self.answers
                .push_back((now + Duration::from_millis(1), answer));
        }
        Ok(())
    }

    fn hear(&mut self, wait: Duration) -> Result<Option<Answer>, Trouble> {
        match self
            .answers
            .pop_front_if(|(at, _)| *at <= self.clock + wait)
        {
            Some((at, answer)) => {
                self.clock = self.clock.max(at);
                Ok(Some(answer))
            }
            None => {
                self.clock += wait;
                Ok(None)
            }
        }
    }

    fn now(&self) -> Duration {
        self.clock
    }
}

const OPEN: [u16; 3] = [22, 443, 3900];

fn ports() -> Vec<u16> {
    (1..=4000).collect()
}

fn swept(device: &mut Device) -> Seen<u16> {
    sweep(device, &ports(), &Budget::of(Duration::from_secs(600))).unwrap()
}

#[test]
fn refusals_settle_a_port_at_once() {
    let mut device = Device::new(&OPEN);
    let seen = swept(&mut device);
    assert_eq!((seen.open.as_slice(), seen.refused), (&OPEN[..], 3997));
    assert_eq!((seen.silent.len(), device.asked.len()), (0, 4000));
    assert!(
        device.clock < Duration::from_millis(200),
        "{:?}",
        device.clock
    );
}

#[test]
fn every_open_port_is_found_in_20_of_20_scans_while_packets_are_lost() {
    for seed in 0..20 {
        for drops in [true, false] {
            let mut device = Device::new(&OPEN);
            (device.lost, device.drops) = (20, drops);
            device.numbers = Seeded::new(seed);
            let seen = swept(&mut device);
            assert_eq!(seen.open, OPEN, "seed {seed}, drops: {drops}");
            assert_eq!(seen.given_up, 0);
        }
    }
}

#[test]
fn what_is_dropped_is_asked_three_times_and_told_as_silent() {
    let mut device = Device::new(&OPEN);
    device.drops = true;
    let seen = swept(&mut device);
    assert_eq!((seen.open.as_slice(), seen.refused), (&OPEN[..], 0));
    assert_eq!((seen.silent.len(), seen.given_up), (3997, 0));
    for port in &seen.silent {
        let times = device.asked.iter().filter(|it| *it == port).count();
        assert_eq!(times, usize::from(TRIES), "{port}");
    }
    assert!(device.clock < Duration::from_secs(1), "{:?}", device.clock);
    let witness = seen.witness.unwrap();
    assert!(
        OPEN.contains(&witness.port) && witness.silent == 0,
        "{witness:?}"
    );
}

/// A hundred refusals a second: closed ports look filtered, and what had refused does, too.
#[test]
fn a_limit_of_refusals_is_seen_by_a_port_that_had_refused() {
    let mut device = Device::new(&OPEN);
    device.refusals = Some(Limit::of(100.0, 100.0));
    let seen = swept(&mut device);
    assert_eq!(seen.open, OPEN);
    assert!(!seen.silent.is_empty());
    let refusing = seen.refusing.unwrap();
    assert!(refusing.silent * 2 > refusing.asked, "{refusing:?}");
    assert_eq!(seen.witness.unwrap().silent, 0);
}

/// Twenty thousand SYNs a second are taken, and the first round is ten times as fast.
#[test]
fn a_device_that_does_not_keep_up_is_asked_more_slowly_until_it_does() {
    let mut device = Device::new(&OPEN);
    device.syns = Some(Limit::of(20_000.0, 200.0));
    let seen = swept(&mut device);
    assert_eq!((seen.open.as_slice(), seen.refused), (&OPEN[..], 3997));
    assert!(seen.silent.is_empty(), "{:?}", seen.silent);
}

#[test]
fn a_device_that_says_nothing_is_silent_everywhere_without_a_witness() {
    let mut device = Device::new(&[]);
    device.drops = true;
    let seen = swept(&mut device);
    assert_eq!((seen.silent.len(), seen.refused), (4000, 0));
    assert!(seen.witness.is_none() && seen.refusing.is_none());
    let over = Budget::of(Duration::ZERO);
    assert!(sweep(&mut device, &ports(), &over).is_err());
}
