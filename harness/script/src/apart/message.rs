//! What the harness and a worker say to each other. One asks, the other answers: nothing crosses on the line.

use super::frame::Carries;
use crate::identity::Said;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{
    BlobId, Bytes, CaseMeta, Channel, Check, Diagnostic, Dur, Measurement, Observation, Op,
    Profile, SecretKind, Trouble,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Text of each file of a script by its path in the folder.
pub(crate) type Texts = BTreeMap<String, String>;

/// A folder that scripts are loaded from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// What stands before its files' names when they are shown, if not the folder.
    pub(crate) called: Option<String>,
}

/// A script that was loaded before, by the hash of its texts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Script {
    pub(crate) folder: Folder,
    pub(crate) file: String,
    pub(crate) sha256: String,
    /// Its files, where this worker has not had them yet: what runs is what was planned, whatever became of the disk.
    pub(crate) texts: Option<Texts>,
}

/// What a script can know without asking.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) profile: Profile,
    pub(crate) units: Vec<Unit>,
    pub(crate) seed: u64,
}

/// A specimen it holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) channels: Vec<Channel>,
}

/// An operation of a device script that the harness calls itself, for a specimen.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum DeviceCall {
    Ready { specimen: usize, within: Dur },
    Identity { specimen: usize },
}

/// What the harness asks of a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    LoadCase {
        folder: Folder,
        file: String,
        /// Files that ended a worker, with how: not to be looked at again.
        spoilt: BTreeMap<String, String>,
    },
    LoadDevice {
        folder: Folder,
    },
    Run {
        case: Script,
        device: Option<Script>,
        world: World,
    },
    Device {
        device: Script,
        call: DeviceCall,
        world: World,
    },
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Told {
    /// It is ready for its first question.
    Ready,
    /// It looks at this file now. No answer is waited for.
    Under(String),
    /// The script asks this of its host.
    Call(Box<Call>),
    /// What it was asked is done.
    Done(Done),
}

/// The end of what was asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) came: Came,
    /// It keeps so much memory that another worker should be next.
    pub(super) spent: bool,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Came {
    Case {
        loaded: Option<Box<(CaseMeta, Texts)>>,
        found: Vec<Diagnostic>,
    },
    Device {
        loaded: Option<LoadedDevice>,
        found: Vec<Diagnostic>,
    },
    Ran(CaseEnd),
    Said(Result<Said, Trouble>),
}

/// A device script that was loaded.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LoadedDevice {
    pub(super) ops: Vec<String>,
    pub(super) sha256: String,
    pub(super) texts: Texts,
}

/// What a script asks of its host.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Call {
    Perform(usize, Op),
    Checked(Check),
    /// On these calls, from the first to before the second.
    CheckedOn(Check, u64, u64),
    Measured(Measurement),
    Noted(String),
    Limited(String),
    FreshSecret(String, SecretKind, usize),
    NameSecret(String, Bytes),
    Guesses(String),
    Matched(Bytes, String, bool),
    Blob(BlobId),
    File(String),
    Clock,
    NowMs,
    RanOut(u64, Dur),
    Pause(Dur),
    Stopped,
}

/// What the host answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    Saw(Box<Observation>),
    Done,
    Text(String),
    Flag(bool),
    Bytes(Option<Bytes>),
    Number(u64),
    Trouble(Trouble),
}

impl Carries for Ask {
    fn bytes_mut(&mut self) -> Vec<&mut Bytes> {
        Vec::new()
    }
}

impl Carries for Told {
    fn bytes_mut(&mut self) -> Vec<&mut Bytes> {
        match self {
            Self::Call(call) => match &mut **call {
                Call::Perform(_, op) => op.bytes_mut(),
                Call::NameSecret(_, bytes) | Call::Matched(bytes, ..) => vec![bytes],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

impl Carries for Reply {
    fn bytes_mut(&mut self) -> Vec<&mut Bytes> {
        match self {
            Self::Saw(saw) => saw.bytes_mut(),
            Self::Bytes(Some(bytes)) => vec![bytes],
            _ => Vec::new(),
        }
    }
}
