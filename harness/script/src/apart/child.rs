//! The worker process: loads and carries out scripts, one after the other, each of which may end it.

use super::Limits;
use super::child_host::{ChildHost, Line};
use super::frame;
use super::guard::{self, Clock, Memory};
use super::message::{Ask, Came, DeviceCall, Done, Folder, LoadedDevice, Script, Told, World};
use crate::globals::{Kind, globals};
use crate::host::Host;
use crate::identity::{ask_identity, make_ready};
use crate::load::{
    Case, DEVICE_FILE, DeviceScript, LOADER_STACK, Root, Session, load_case, load_device_in,
    on_deep_stack, sha256, texts,
};
use crate::run::run_case;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Diagnostic, Trouble};
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::io::{BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Stack of the thread that carries out a script, as cases have always had it.
const STACK: usize = 16 << 20;

/// Runs the worker until the harness closes the line or ends.
///
/// For the hidden word [`super::WORKER_WORD`] of the binary, and for nothing else: it owns standard input. `args` are
/// what follows that word.
#[must_use]
pub fn worker_main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let Some((parent, limits)) = settings(args) else {
        return ExitCode::FAILURE;
    };
    guard::die_with(parent);
    // A panic is caught and told as trouble of the script. What it left behind nobody knows: this worker is not used
    // again, so that what it says of it is short, and read where it dies of it.
    static PANICKED: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|panic| {
        if !PANICKED.swap(true, Ordering::SeqCst) {
            let _ = writeln!(std::io::stderr(), "{panic}");
        }
    }));
    let Ok(mut child) = Child::new(limits) else {
        return ExitCode::FAILURE;
    };
    child.say(Told::Ready);
    while let Some(ask) = child.asked() {
        let came = child.handle(ask);
        child.clock.waits();
        let spent = child.memory.is_spent() || PANICKED.load(Ordering::SeqCst);
        child.say(Told::Done(Done { came, spent }));
    }
    ExitCode::SUCCESS
}

fn settings(mut args: impl Iterator<Item = OsString>) -> Option<(i32, Limits)> {
    let mut number = || args.next()?.to_str()?.parse::<u64>().ok();
    let parent = i32::try_from(number()?).ok()?;
    let limits = Limits {
        memory_mib: number()?,
        loading: Duration::from_millis(number()?),
        running: Duration::from_millis(number()?),
    };
    Some((parent, limits))
}

struct Child {
    line: Arc<Mutex<Line>>,
    clock: Arc<Clock>,
    memory: Memory,
    limits: Limits,
    sessions: HashMap<Folder, Session>,
    /// What was loaded, by the hash of its texts.
    cases: BTreeMap<String, Case>,
    devices: BTreeMap<String, DeviceScript>,
}

impl Child {
    fn new(limits: Limits) -> std::io::Result<Self> {
        let stream = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
        let clock = guard::watch(stream.try_clone()?)?;
        for kind in [Kind::Case, Kind::Library, Kind::Device] {
            globals(kind);
        }
        let stream = BufReader::with_capacity(64 * 1024, stream);
        Ok(Self {
            line: Arc::new(Mutex::new(Line { stream })),
            clock,
            memory: Memory::new(limits),
            limits,
            sessions: HashMap::new(),
            cases: BTreeMap::new(),
            devices: BTreeMap::new(),
        })
    }

    fn say(&self, told: Told) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.say(told);
    }

    /// The next question; `None` when the harness has none any more.
    fn asked(&self) -> Option<Ask> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        frame::read(&mut line.stream).ok().flatten()
    }

    fn handle(&mut self, ask: Ask) -> Came {
        match ask {
            Ask::LoadCase {
                folder,
                file,
                spoilt,
            } => self.load_case(folder, &file, spoilt),
            Ask::LoadDevice { folder } => self.load_device(folder),
            Ask::Run {
                case,
                device,
                world,
            } => Came::Ran(self.run(&case, device.as_ref(), world)),
            Ask::Device {
                device,
                call,
                world,
            } => Came::Said(self.call(&device, call, world)),
        }
    }

    /// From here on a file is loaded.
    fn loads(&self) {
        self.memory.bound(LOADER_STACK);
        self.clock.computes(self.limits.loading);
    }

    fn session(&mut self, folder: Folder) -> &mut Session {
        let line = Arc::clone(&self.line);
        self.sessions.entry(folder).or_insert_with_key(|folder| {
            let root = Root::called(&folder.path, folder.called.as_deref());
            let mut session = Session::new(root);
            session.under = Some(Box::new(move |file| {
                let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
                line.say(Told::Under(file.to_owned()));
            }));
            session
        })
    }

    fn load_case(&mut self, folder: Folder, file: &str, spoilt: BTreeMap<String, String>) -> Came {
        self.loads();
        let session = self.session(folder);
        session.spoilt = spoilt;
        session.take_texts(None);
        let loaded = on_deep_stack(|| load_case(session, file));
        let found = std::mem::take(&mut session.found);
        let (loaded, found) = or_no_thread(session, file, loaded, found);
        let loaded = loaded.map(|(case, loaded)| {
            let meta = case.meta.clone();
            self.cases.insert(meta.sha256.clone(), case);
            Box::new((meta, texts(&loaded)))
        });
        Came::Case { loaded, found }
    }

    fn load_device(&mut self, folder: Folder) -> Came {
        self.loads();
        let session = self.session(folder);
        session.take_texts(None);
        let loaded = on_deep_stack(|| load_device_in(session));
        let found = std::mem::take(&mut session.found);
        let (loaded, found) = or_no_thread(session, DEVICE_FILE, loaded, found);
        let loaded = loaded.map(|(script, loaded)| {
            let (sha256, texts) = (sha256(&loaded), texts(&loaded));
            let ops = script.ops().into_iter().map(str::to_owned).collect();
            self.devices.insert(sha256.clone(), script);
            LoadedDevice { ops, sha256, texts }
        });
        Came::Device { loaded, found }
    }

    /// A case that was loaded here before, or is now, from the texts that come with it.
    fn case(&mut self, script: &Script) -> Result<Case, Trouble> {
        if let Some(case) = self.cases.get(&script.sha256) {
            return Ok(case.clone());
        }
        self.loads();
        let session = self.session(script.folder.clone());
        session.take_texts(script.texts.clone());
        let loaded = on_deep_stack(|| load_case(session, &script.file));
        let found = std::mem::take(&mut session.found);
        let (case, loaded) = again(script, loaded, &found)?;
        if sha256(&loaded) != script.sha256 {
            return Err(Trouble::case("its texts are not those that were planned"));
        }
        self.cases.insert(script.sha256.clone(), case.clone());
        Ok(case)
    }

    /// Likewise for a device script.
    fn device(&mut self, script: &Script) -> Result<DeviceScript, Trouble> {
        if let Some(device) = self.devices.get(&script.sha256) {
            return Ok(device.clone());
        }
        self.loads();
        let session = self.session(script.folder.clone());
        session.take_texts(script.texts.clone());
        let loaded = on_deep_stack(|| load_device_in(session));
        let found = std::mem::take(&mut session.found);
        let (device, loaded) = again(script, loaded, &found)?;
        if sha256(&loaded) != script.sha256 {
            return Err(Trouble::case("its texts are not those that were planned"));
        }
        self.devices.insert(script.sha256.clone(), device.clone());
        Ok(device)
    }

    fn host(&self, world: World) -> Arc<dyn Host> {
        Arc::new(ChildHost {
            world,
            line: Arc::clone(&self.line),
            clock: Arc::clone(&self.clock),
            limits: self.limits,
            looked: Mutex::new(Instant::now()),
        })
    }

    fn run(&mut self, case: &Script, device: Option<&Script>, world: World) -> CaseEnd {
        let loaded = self
            .case(case)
            .and_then(|case| Ok((case, device.map(|d| self.device(d)).transpose()?)));
        let stopped = |trouble| CaseEnd::Stopped {
            trouble,
            place: Some(case.file.clone()),
        };
        match loaded {
            Ok((case, device)) => {
                let host = self.host(world);
                self.acts(|| run_case(&case, device.as_ref(), host))
                    .unwrap_or_else(stopped)
            }
            Err(trouble) => stopped(trouble),
        }
    }

    fn call(
        &mut self,
        device: &Script,
        call: DeviceCall,
        world: World,
    ) -> Result<crate::Said, Trouble> {
        let device = self.device(device)?;
        let host = self.host(world);
        self.acts(|| match call {
            DeviceCall::Ready { specimen, within } => {
                make_ready(&device, &host, specimen, within).map(|()| crate::Said::new())
            }
            DeviceCall::Identity { specimen } => ask_identity(&device, &host, specimen),
        })?
    }

    /// Carries out a script within its limits.
    fn acts<T: Send>(&self, act: impl FnOnce() -> T + Send) -> Result<T, Trouble> {
        self.memory.bound(STACK);
        self.clock.computes(self.limits.running);
        let acted = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread
                .spawn_scoped(scope, act)?
                .join()
                .map_err(|_| std::io::Error::other("a verb of the harness panicked"))
        });
        acted.map_err(|why| Trouble::case(format!("the script is not carried out: {why}")))
    }
}

fn or_no_thread<T>(
    session: &Session,
    file: &str,
    loaded: std::io::Result<Result<T, ()>>,
    mut found: Vec<Diagnostic>,
) -> (Option<T>, Vec<Diagnostic>) {
    match loaded {
        Ok(loaded) => (loaded.ok(), found),
        Err(why) => {
            found.push(session.root.ended(file, &why.to_string()));
            (None, found)
        }
    }
}

/// What loads once loads again, so a mistake here is one of ours.
fn again<T>(
    script: &Script,
    loaded: std::io::Result<Result<T, ()>>,
    found: &[Diagnostic],
) -> Result<T, Trouble> {
    let why = match loaded {
        Ok(Ok(loaded)) => return Ok(loaded),
        Ok(Err(())) => found
            .first()
            .map_or("no reason", |d| d.message.as_str())
            .to_owned(),
        Err(why) => why.to_string(),
    };
    let file = &script.file;
    Err(Trouble::case(format!(
        "{file} was loaded once and is not again: {why}"
    )))
}
