//! A chip that notes every write, on a socket of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proofhouse_fixtures::kit::swd::{Chip, Fault, Options, Server, serve};
use proofhouse_model::profile::DebugFacts;
use proofhouse_transport::swd::{DebugPort, DebugTarget};

/// Name and body of a test.
pub type Test = (&'static str, fn());

/// Long enough for a busy machine; no test waits this long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const FLASH: usize = 1024 * 1024;
const FICR_UID: u32 = 0x1000_0060;

/// 1 MiB of flash and a unique id.
pub struct TestChip {
    pub flash: Vec<u32>,
    pub uid: Mutex<[u32; 2]>,
    /// No access port lets one read.
    pub protected: AtomicBool,
    /// Flash is refused, and nothing else.
    pub flash_shut: AtomicBool,
    pub writes: AtomicU32,
    pub erased: AtomicBool,
}

impl TestChip {
    pub fn new(protected: bool) -> Arc<Self> {
        let words = u32::try_from(FLASH / 4).unwrap();
        Arc::new(Self {
            flash: (0..words)
                .map(|i| i.wrapping_mul(0x9E37_79B9) ^ 0x2000_1000)
                .collect(),
            uid: Mutex::new([0x8877_6655, 0x4433_2211]),
            protected: AtomicBool::new(protected),
            flash_shut: AtomicBool::new(false),
            writes: AtomicU32::new(0),
            erased: AtomicBool::new(false),
        })
    }

    pub fn bytes(&self, at: usize, len: usize) -> Vec<u8> {
        let all = self.flash[at / 4..(at + len).div_ceil(4)]
            .iter()
            .flat_map(|w| w.to_le_bytes());
        all.skip(at % 4).take(len).collect()
    }

    /// Nobody wrote, nobody erased.
    pub fn assert_untouched(&self, server: &Server) {
        assert_eq!(self.writes.load(Ordering::SeqCst), 0, "memory was written");
        assert!(!self.erased.load(Ordering::SeqCst), "the chip was erased");
        assert_eq!(server.counts().erases, 0, "ERASEALL was sent");
    }
}

impl Chip for TestChip {
    fn read_word(&self, addr: u32) -> Result<u32, Fault> {
        match addr {
            FICR_UID => Ok(self.uid.lock().unwrap()[0]),
            0x1000_0064 => Ok(self.uid.lock().unwrap()[1]),
            _ if self.flash_shut.load(Ordering::SeqCst) => Err(Fault),
            _ => self.flash.get(addr as usize / 4).copied().ok_or(Fault),
        }
    }
    fn write_word(&self, _: u32, _: u32) -> Result<(), Fault> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    fn protected(&self) -> bool {
        self.protected.load(Ordering::SeqCst)
    }
    fn erase_all(&self) {
        self.erased.store(true, Ordering::SeqCst);
    }
}

/// A socket path that is free and short.
pub fn socket() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let n = NEXT.fetch_add(1, Ordering::SeqCst);
    std::env::temp_dir().join(format!("ph-port-{}-{n}", std::process::id()))
}

/// The driver for the chip behind `path`.
pub fn port(path: &Path) -> DebugPort {
    let facts = DebugFacts {
        chip: Some("nRF52840_xxAA".into()),
        flash: vec![(0, FLASH as u64)],
        ..DebugFacts::default()
    };
    let probe = format!("20b7:9db1:unix:{}", path.display());
    let target = DebugTarget::with_facts(probe, &facts);
    DebugPort::new(target)
}

/// A chip with power, and the driver for it.
pub fn bench(protected: bool, options: Options) -> (Arc<TestChip>, Server, DebugPort) {
    let chip = TestChip::new(protected);
    let path = socket();
    let server = serve(&path, chip.clone(), options).unwrap();
    (chip, server, port(&path))
}
