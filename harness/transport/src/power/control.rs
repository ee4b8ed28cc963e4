//! Switching in time: cycles, armed cuts, and a supply that broke.

use super::Power;
use super::cut::{Cut, CutAt, Sign};
use crate::budget::{Budget, Cancel};
use crate::sync::hold;
use proofhouse_model::{Channel, Trouble, TroubleKind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Wake, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest that a cut may take beyond its own times, and those of its supply, before it is given up.
const GRACE: Duration = Duration::from_secs(30);

/// What was on its way when a supply was cut may still arrive for so long.
const LAST_BYTES: Duration = Duration::from_millis(300);

/// A supply that several threads use. Dropped, it is off.
///
/// Rules: one cut at a time. While one is armed, `on` is fine (so a boot can be cut), `cycle` and a
/// second cut are mistakes of the case; while one is under way so is `on`. [`PowerControl::off`]
/// always goes through, calls off whatever was planned, and nothing that was under way switches on
/// after it. A supply whose driver failed is broken, with its first cause, until
/// [`PowerControl::revive`]; `off` still tries.
pub struct PowerControl {
    shared: Arc<Shared>,
    timer: Option<JoinHandle<()>>,
}

struct Shared {
    driver: Mutex<Driver>,
    /// How long one switching may take.
    slowest: Duration,
    plan: Mutex<Plan>,
    changed: Condvar,
    /// Grows with every `off`: whoever planned to switch on before does not.
    offs: AtomicU64,
    /// Ends the wait of a supply that is being switched on.
    switching_on: Mutex<Option<Cancel>>,
    /// What ends when a planned cut has switched off.
    waits: Mutex<Option<Cancel>>,
    /// Switched on last, as far as it was switched here.
    lit: AtomicBool,
}

struct Driver {
    power: Box<dyn Power>,
    broken: Option<Trouble>,
}

struct Plan {
    cut: Cut,
    closing: bool,
}

impl PowerControl {
    /// Takes over a supply; its state is left as it is.
    ///
    /// # Errors
    /// Trouble of the bench when the system gives no thread.
    pub fn new(power: Box<dyn Power>) -> Result<Self, Trouble> {
        let shared = Arc::new(Shared {
            slowest: power.slowest(),
            driver: Mutex::new(Driver {
                power,
                broken: None,
            }),
            plan: Mutex::new(Plan {
                cut: Cut::None,
                closing: false,
            }),
            changed: Condvar::new(),
            offs: AtomicU64::new(0),
            switching_on: Mutex::default(),
            waits: Mutex::default(),
            lit: AtomicBool::new(false),
        });
        let own = shared.clone();
        let timer = std::thread::Builder::new()
            .name("power".into())
            .spawn(move || own.keep_time());
        let timer = timer.map_err(|e| {
            let what = format!("no thread to time the supply: {e}");
            Trouble::bench(Channel::Power, what, "end other programs; see `ulimit -u`")
        })?;
        Ok(Self {
            shared,
            timer: Some(timer),
        })
    }

    /// Switches on; no effect when on.
    ///
    /// # Errors
    /// The supply is broken (bench), a cut is under way (case).
    pub fn on(&self) -> Result<(), Trouble> {
        if matches!(hold(&self.shared.plan).cut, Cut::UnderWay { .. }) {
            return Err(Trouble::case(
                "power on while a cut is under way: await the cut first",
            ));
        }
        self.shared.on(self.shared.offs())
    }

    /// Switches off, and calls off a cut or cycle that is planned or under way. Always tried,
    /// broken or not.
    ///
    /// # Errors
    /// The supply is broken (bench).
    pub fn off(&self) -> Result<(), Trouble> {
        self.shared.call_off();
        self.shared.off()
    }

    /// Off, waits, on.
    ///
    /// # Errors
    /// The supply is broken (bench), a cut is armed or under way (case), it was switched off
    /// meanwhile (cancelled). When the budget is over before `off` is, the supply stays off.
    pub fn cycle(&self, off: Duration, budget: &Budget) -> Result<(), Trouble> {
        self.no_cut("power cycle")?;
        let offs = self.shared.offs();
        self.shared.off()?;
        let _woken = budget.cancel().on_cancel(Waker::from(self.shared.clone()));
        let cancelled = || budget.cancel().is_cancelled();
        self.shared
            .stay_off(off.min(budget.left()), offs, cancelled);
        budget.check(Channel::Power, || "the power cycle".to_owned())?;
        self.shared.on(offs)
    }

    /// Arms a cut and returns at once: off `after` from now, on again `off` later, whatever else
    /// goes on.
    ///
    /// # Errors
    /// The supply is broken (bench), another cut is armed or under way (case).
    pub fn cut_in(&self, after: Duration, off: Duration) -> Result<(), Trouble> {
        let at = Instant::now()
            .checked_add(after)
            .ok_or_else(|| Trouble::case("a cut in too long a time"))?;
        let offs = self.shared.offs();
        self.plan_cut(Cut::Armed { at, off, offs })
    }

    /// Arms a cut that the device itself sets off, and returns at once; [`PowerControl::came`] counts.
    ///
    /// # Errors
    /// As [`PowerControl::cut_in`].
    pub fn cut_at(&self, place: CutAt, off: Duration) -> Result<(), Trouble> {
        let until = Instant::now()
            .checked_add(place.within)
            .ok_or_else(|| Trouble::case("a cut in too long a time"))?;
        self.plan_cut(Cut::AtSign {
            sign: place.sign,
            left: place.nth.max(1),
            after: place.after,
            off,
            offs: self.shared.offs(),
            until,
        })
    }

    /// Tells that so many signs of the device came at a moment. Lines are told by the console's reading thread.
    pub fn came(&self, sign: Sign, many: u32, at: Instant) {
        // What is said without power, by another supply or a neighbour, is no place in what the device does.
        if !self.shared.lit.load(Ordering::SeqCst) {
            return;
        }
        if hold(&self.shared.plan).cut.came(sign, many, at) {
            self.shared.changed.notify_all();
        }
    }

    /// Whether a cut is planned that has not begun: a wait that begins now may be cut short.
    #[must_use]
    pub fn cut_is_ahead(&self) -> bool {
        matches!(
            hold(&self.shared.plan).cut,
            Cut::AtSign { .. } | Cut::Armed { .. }
        )
    }

    /// Has `wait` cancelled when the planned cut has switched off, for as long as the guard lives. One wait at a time.
    #[must_use]
    pub fn ends_with_cut(&self, wait: &Cancel) -> EndsWithCut<'_> {
        *hold(&self.shared.waits) = Some(wait.clone());
        EndsWithCut(&self.shared.waits)
    }

    fn plan_cut(&self, cut: Cut) -> Result<(), Trouble> {
        hold(&self.shared.driver).sound()?;
        self.no_cut("a second cut")?;
        hold(&self.shared.plan).cut = cut;
        self.shared.changed.notify_all();
        Ok(())
    }

    /// As [`PowerControl::off`], but a supply that is known to be off is left alone, and one that broke earlier and
    /// went off now is off: the way to safety at the end of a run.
    ///
    /// # Errors
    /// It may still be on (bench).
    pub fn make_off(&self) -> Result<(), Trouble> {
        self.shared.call_off();
        let mut driver = hold(&self.shared.driver);
        if driver.power.is_on() == Some(false) {
            return Ok(());
        }
        self.shared.lit.store(false, Ordering::SeqCst);
        let switched = driver.power.off();
        driver.remember(switched.clone())?;
        switched
    }

    /// Waits until the armed cut is over and the supply is back; says how late the supply really
    /// was off, or `None` when what was to set it off did not come: it stayed on then.
    ///
    /// # Errors
    /// The supply broke (bench), no cut was armed (case), it was called off by `off` or the run is being ended
    /// (cancelled), the budget is over (deadline); the cut stays armed then.
    pub fn await_cut(&self, budget: &Budget) -> Result<Option<Duration>, Trouble> {
        let _woken = budget.cancel().on_cancel(Waker::from(self.shared.clone()));
        let mut plan = hold(&self.shared.plan);
        if matches!(plan.cut, Cut::None) {
            return Err(Trouble::case(
                "no cut is armed: it was never armed, or power off undid it",
            ));
        }
        while plan.cut.is_open() {
            let both = self.shared.slowest.saturating_mul(2);
            let until = plan.cut.over_by().map(|over| over + GRACE + both);
            let left = until.map_or(Duration::MAX, |u| {
                u.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return Err(Trouble::bench(
                    Channel::Power,
                    "the supply hangs in the middle of a cut",
                    "check the relay; run its commands by hand",
                ));
            }
            budget.check(Channel::Power, || "waiting for the cut".to_owned())?;
            let left = left.min(budget.left());
            let waited = self.shared.changed.wait_timeout(plan, left);
            plan = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        match std::mem::replace(&mut plan.cut, Cut::None) {
            Cut::Done(done) => done,
            _ => Err(called_off()),
        }
    }

    /// The state it was switched to last; `None` when it is not known.
    #[must_use]
    pub fn is_on(&self) -> Option<bool> {
        hold(&self.shared.driver).power.is_on()
    }

    /// How the device ended by itself while on, when the driver can tell.
    #[must_use]
    pub fn exited(&self) -> Option<String> {
        hold(&self.shared.driver).power.exited()
    }

    /// How long one switching may take at most, its turn included.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.shared.slowest
    }

    /// Why the supply cannot be used any more.
    #[must_use]
    pub fn broken(&self) -> Option<Trouble> {
        hold(&self.shared.driver).broken.clone()
    }

    /// Brings a broken supply back on purpose, by switching it off.
    ///
    /// # Errors
    /// It still does not switch.
    pub fn revive(&self) -> Result<(), Trouble> {
        hold(&self.shared.driver).broken = None;
        self.off()
    }

    fn no_cut(&self, what: &str) -> Result<(), Trouble> {
        match hold(&self.shared.plan).cut.is_open() {
            true => Err(Trouble::case(format!(
                "{what} while a cut is armed: await the cut first"
            ))),
            false => Ok(()),
        }
    }
}

impl Shared {
    fn offs(&self) -> u64 {
        self.offs.load(Ordering::SeqCst)
    }

    /// Switches on, unless somebody switched off since `offs` was read.
    fn on(&self, offs: u64) -> Result<(), Trouble> {
        let mut driver = hold(&self.driver);
        let cancel = Cancel::new();
        // Before `offs` is read: whoever switches off after that finds it.
        *hold(&self.switching_on) = Some(cancel.clone());
        if self.offs() != offs {
            return Err(called_off());
        }
        driver.sound()?;
        self.lit.store(true, Ordering::SeqCst);
        let switched = driver.power.on_unless(&cancel);
        if switched.is_err() && self.offs() != offs {
            return Err(called_off());
        }
        driver.remember(switched)
    }

    /// Undoes what is planned or under way: nothing of it switches on any more.
    fn call_off(&self) {
        self.offs.fetch_add(1, Ordering::SeqCst);
        if let Some(switching_on) = hold(&self.switching_on).take() {
            switching_on.cancel("the supply is to go off");
        }
        hold(&self.plan).cut = Cut::None;
        self.changed.notify_all();
    }

    fn off(&self) -> Result<(), Trouble> {
        let mut driver = hold(&self.driver);
        self.lit.store(false, Ordering::SeqCst);
        let switched = driver.power.off();
        driver.remember(switched)?;
        driver.sound()
    }

    /// Waits, and ends early when somebody switched off since, or `over` says so.
    fn stay_off(&self, length: Duration, offs: u64, over: impl Fn() -> bool) {
        let plan = hold(&self.plan);
        let quiet = |plan: &mut Plan| self.offs() == offs && !plan.closing && !over();
        drop(self.changed.wait_timeout_while(plan, length, quiet));
    }

    /// Carries out armed cuts until closed.
    fn keep_time(&self) {
        let mut plan = hold(&self.plan);
        while !plan.closing {
            let now = Instant::now();
            let left = plan.cut.due().map(|due| due.saturating_duration_since(now));
            let left = left.unwrap_or(Duration::MAX);
            if !left.is_zero() {
                let left = left.min(Duration::from_secs(3600));
                let waited = self.changed.wait_timeout(plan, left);
                plan = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if let Cut::Armed { at, off, offs } = plan.cut {
                plan.cut = Cut::UnderWay {
                    until: Instant::now() + off,
                };
                drop(plan);
                let done = self.cut(at, off, offs);
                plan = hold(&self.plan);
                if matches!(plan.cut, Cut::UnderWay { .. }) {
                    plan.cut = Cut::Done(done.map(Some));
                }
                self.changed.notify_all();
            } else if plan.cut.give_up(now) {
                self.changed.notify_all();
            }
        }
    }

    fn cut(&self, at: Instant, off: Duration, offs: u64) -> Result<Duration, Trouble> {
        self.off()?;
        let late = at.elapsed();
        let dark = Instant::now();
        self.stay_off(off.min(LAST_BYTES), offs, || false);
        if let Some(wait) = hold(&self.waits).take() {
            wait.cancel("the supply was cut");
        }
        self.stay_off(off.saturating_sub(dark.elapsed()), offs, || false);
        self.on(offs)?;
        Ok(late)
    }
}

/// A wait that a cut ends; dropped, it no longer does.
#[derive(Debug)]
pub struct EndsWithCut<'a>(&'a Mutex<Option<Cancel>>);

impl Drop for EndsWithCut<'_> {
    fn drop(&mut self) {
        *hold(self.0) = None;
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        drop(hold(&self.plan));
        self.changed.notify_all();
    }
}

impl Driver {
    fn sound(&self) -> Result<(), Trouble> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// The first failure stays; later ones repeat it.
    fn remember(&mut self, switched: Result<(), Trouble>) -> Result<(), Trouble> {
        switched.map_err(|trouble| self.broken.get_or_insert(trouble).clone())
    }
}

impl Drop for PowerControl {
    fn drop(&mut self) {
        hold(&self.shared.plan).closing = true;
        // There is nobody left to tell.
        let _ = self.make_off();
        if let Some(timer) = self.timer.take() {
            let _ = timer.join();
        }
    }
}

impl std::fmt::Debug for PowerControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PowerControl(on: {:?})", self.is_on())
    }
}

fn called_off() -> Trouble {
    let what = "the supply was switched off before it was to come back on";
    Trouble::new(TroubleKind::Cancelled, Channel::Power, what)
}
