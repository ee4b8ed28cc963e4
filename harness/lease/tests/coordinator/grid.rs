//! A farm of labgrid's own programs, for the time of a test.

use proofhouse_lease::{
    Access, Identity, Labgrid, Lease, NotLeased, Patience, PlaceLease, Taken, Tls, Wanted,
};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// Far longer than anything here takes, on any machine.
pub const LONG: Duration = Duration::from_secs(60);

/// A program that ends with this, and what it says.
pub struct Running {
    child: Child,
    pub lines: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (tell, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        Self { child, lines }
    }

    /// It stands still from now on, with its connections open.
    pub fn stop(&self) {
        let mut kill = Command::new("kill");
        let done = kill.args(["-STOP", &self.child.id().to_string()]).status();
        assert!(done.unwrap().success());
    }

    /// The rest of the first line that begins so.
    pub fn word(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(LONG);
            let line = line.unwrap_or_else(|_| panic!("nothing begins with `{start}`"));
            if let Some(rest) = line.split(start).nth(1) {
                return rest.trim().to_owned();
            }
        }
    }
}

/// labgrid in a virtual environment: `PROOFHOUSE_LABGRID`, else `target/labgrid`. Says so where it is not there.
fn programs() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/labgrid");
    let folder = std::env::var_os("PROOFHOUSE_LABGRID").map_or(default, PathBuf::from);
    if folder.join("bin/labgrid-coordinator").exists() {
        return Some(folder.join("bin"));
    }
    let words = "skipped: there is no labgrid here, so nothing was shown (.ci/run installs it)\n";
    std::io::stderr().write_all(words.as_bytes()).unwrap();
    None
}

pub struct Grid {
    pub folder: TempDir,
    programs: PathBuf,
    pub coordinator: Running,
    pub address: String,
    exporter: Option<Running>,
    tls: Option<Tls>,
}

/// Places as the coordinator keeps them: `lamp-a` and `lamp-b` have the same tag, `bare` has nothing on it.
const PLACES: &str = "
lamp-a:
  aliases: [first]
  comment: ''
  tags: {board: lamp, side: a}
  matches: [{exporter: desk, group: lamp-a, cls: '*', name: null, rename: null}]
  created: 1.0
  changed: 1.0
lamp-b:
  aliases: []
  comment: ''
  tags: {board: lamp, side: b}
  matches: [{exporter: desk, group: lamp-b, cls: NetworkSerialPort, name: null, rename: console}]
  created: 1.0
  changed: 1.0
bare:
  aliases: []
  comment: ''
  tags: {}
  matches: []
  created: 1.0
  changed: 1.0
";

const EXPORTS: &str = "
lamp-a:
  NetworkSerialPort: {host: 127.0.0.1, port: 4001, speed: 57600, protocol: raw}
  NetworkPowerPort: {model: shelly_gen2, host: 'http://127.0.0.1:8080', index: 1}
lamp-b:
  NetworkSerialPort: {host: 127.0.0.1, port: 4002}
";

/// Of a desk whose other lamp is away.
pub const WITHOUT_LAMP_A: &str = "
lamp-b:
  NetworkSerialPort: {host: 127.0.0.1, port: 4002}
";

impl Grid {
    /// A coordinator as it is released, and an exporter.
    pub fn start() -> Option<Self> {
        let mut grid = Self::without_exporter()?;
        grid.export();
        Some(grid)
    }

    pub fn without_exporter() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().unwrap();
        let command = Self::released(&programs, "127.0.0.1:0");
        Some(Self::around(folder, programs, command, None))
    }

    fn released(programs: &Path, at: &str) -> Command {
        let mut command = Command::new(programs.join("labgrid-coordinator"));
        command.args(["-l", at]);
        command
    }

    /// A coordinator with what releases do not have yet.
    pub fn newer(args: &[&str], folder: TempDir, tls: Option<Tls>) -> Option<Self> {
        let programs = programs()?;
        let mut command = Command::new(programs.join("python"));
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coordinator/server.py"));
        command.args(args);
        Some(Self::around(folder, programs, command, tls))
    }

    fn around(folder: TempDir, programs: PathBuf, mut command: Command, tls: Option<Tls>) -> Self {
        std::fs::write(folder.path().join("places.yaml"), PLACES).unwrap();
        let coordinator = Running::start(command.current_dir(folder.path()));
        let address = coordinator.word("listening on ");
        Self {
            folder,
            programs,
            coordinator,
            address,
            exporter: None,
            tls,
        }
    }

    /// The exporter of both lamps.
    pub fn export(&mut self) {
        self.export_only(EXPORTS);
    }

    /// An exporter of these.
    pub fn export_only(&mut self, exports: &str) {
        let file = self.folder.path().join("exports.yaml");
        std::fs::write(&file, exports).unwrap();
        let mut command = Command::new(self.programs.join("labgrid-exporter"));
        command
            .args(["-c", &self.address, "--name", "desk"])
            .arg(&file);
        self.exporter = Some(Running::start(command.current_dir(self.folder.path())));
    }

    pub fn no_export(&mut self) {
        self.exporter = None;
    }

    /// The coordinator dies and is started again where it was.
    pub fn start_again(&mut self) {
        let mut command = Self::released(&self.programs, &self.address);
        let _ = self.coordinator.child.kill();
        let _ = self.coordinator.child.wait();
        self.coordinator = Running::start(command.current_dir(self.folder.path()));
        self.coordinator.word("listening on ");
    }

    /// labgrid's own client, as a user of this host name.
    pub fn client(&self, user: &str, args: &[&str]) {
        let mut command = Command::new(self.programs.join("labgrid-client"));
        command.args(["-x", &self.address]).args(args);
        let command = command.env("LG_HOSTNAME", "desk").env("LG_USERNAME", user);
        let done = command.output().unwrap();
        assert!(
            done.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&done.stdout)
        );
    }

    /// The same client makes a reservation; gives its token.
    pub fn reserves(&self, user: &str, tags: &str) -> String {
        let mut command = Command::new(self.programs.join("labgrid-client"));
        command.args(["-x", &self.address, "reserve", "--shell", tags]);
        let command = command.env("LG_HOSTNAME", "desk").env("LG_USERNAME", user);
        let said = command.output().unwrap().stdout;
        let said = String::from_utf8(said).unwrap();
        let (_, token) = said
            .split_once("LG_TOKEN=")
            .unwrap_or_else(|| panic!("{said}"));
        token.trim().to_owned()
    }

    pub fn access(&self, user: &str) -> Access {
        Access {
            coordinator: self.address.clone(),
            tls: self.tls.clone(),
            me: Identity {
                host: "desk".to_owned(),
                user: user.to_owned(),
            },
            token: None,
            notes: self.folder.path().join("notes"),
        }
    }

    pub fn farm(&self, user: &str) -> Arc<Labgrid> {
        Labgrid::new(self.access(user)).unwrap()
    }

    pub fn named(&self, user: &str, place: &str) -> PlaceLease {
        PlaceLease::new(&self.farm(user), Wanted::Named(place.to_owned()))
    }

    pub fn tagged(&self, user: &str, tags: &[(&str, &str)]) -> PlaceLease {
        let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        PlaceLease::new(&self.farm(user), Wanted::Tagged(tags.collect()))
    }

    /// How many places are noted as held.
    pub fn notes(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("notes")).map_or(0, Iterator::count)
    }
}

/// With that much patience.
pub fn take(lease: &mut dyn Lease, most: Duration) -> Result<Taken, NotLeased> {
    lease.acquire(&Patience {
        most,
        called_off: &|| false,
        told: &|_| {},
    })
}
