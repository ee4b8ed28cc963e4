//! Notes of places that are held, and what is done about those whose process is gone.
//!
//! A note is a file in the state folder of the user. Its process holds a lock on it, which the system takes away when
//! that process ends, however it ends; the guard of a run holds it as well. A note that nobody holds is of a run that
//! died: its place is given back, if it is held by the same name still, with the stamp that it had then. Another lock
//! of the same user has another stamp and is left alone.

use crate::trouble::plain;
use crate::{Access, Identity, Labgrid, NotLeased, Tls};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest note read, in bytes.
const LONGEST: u64 = 16 << 10;
/// Most notes looked at.
const MOST: usize = 1000;

/// What a note says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Text {
    coordinator: String,
    /// Certificates that are trusted, where it speaks TLS.
    authority: Option<PathBuf>,
    place: String,
    host: String,
    user: String,
    token: Option<String>,
    pid: u32,
    /// The coordinator's stamp once it was taken; nothing before.
    changed: Option<f64>,
}

/// The note of a place that is about to be taken, or is held.
pub struct Note {
    path: PathBuf,
    inner: Mutex<(File, Text)>,
}

impl Note {
    /// Writes and holds one.
    pub(crate) fn write(
        access: &Access,
        place: &str,
        token: Option<&str>,
    ) -> Result<Self, NotLeased> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let folder = &access.notes;
        let pid = std::process::id();
        let text = Text {
            coordinator: access.coordinator.clone(),
            authority: access.tls.as_ref().map(|tls| tls.authority.clone()),
            place: place.to_owned(),
            host: access.me.host.clone(),
            user: access.me.user.clone(),
            token: token.map(str::to_owned),
            pid,
            changed: None,
        };
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let stamp = stamp.unwrap_or_default().as_nanos();
        let path = folder.join(format!("{pid}-{stamp}-{n}.json"));
        let unusable = |e: std::io::Error| {
            let path = path.display();
            NotLeased::Environment(format!("the place cannot be noted in {path}: {e}"))
        };
        let mut make = std::fs::DirBuilder::new();
        make.recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(unusable)?;
        let mut open = OpenOptions::new();
        let open = open.read(true).write(true).create_new(true).mode(0o600);
        let mut file = open.open(&path).map_err(unusable)?;
        file.lock_shared().map_err(unusable)?;
        put(&mut file, &text).map_err(unusable)?;
        Ok(Self {
            path,
            inner: Mutex::new((file, text)),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the stamp that the coordinator has for the place now.
    pub(crate) fn stamp(&self, changed: f64) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, text) = &mut *inner;
        if text.changed != Some(changed) {
            text.changed = Some(changed);
            // Without it the place is not given back by itself, and whoever finds the note is told so.
            let _ = put(file, text);
        }
    }

    /// The place is given back.
    pub(crate) fn forget(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn put(file: &mut File, text: &Text) -> std::io::Result<()> {
    let bytes = serde_json::to_vec(text)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&bytes)?;
    file.set_len(bytes.len() as u64)
}

fn get(file: &mut File) -> Option<Text> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Notes of another process that are held as well: while this lives, nobody takes them for those of a dead run.
#[derive(Default)]
pub struct Kept(Vec<(PathBuf, File)>);

/// Holds notes of a process that lives.
#[must_use]
pub fn keep(notes: &[PathBuf]) -> Kept {
    let hold = |path: &PathBuf| {
        let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        file.try_lock_shared().ok()?;
        Some((path.clone(), file))
    };
    Kept(notes.iter().filter_map(hold).collect())
}

impl Kept {
    /// Gives their places back, since that process is gone; says what could not be.
    #[must_use]
    pub fn give_back(self) -> Vec<String> {
        let mut told = Vec::new();
        for (path, mut file) in self.0 {
            if let Some(text) = get(&mut file).filter(|_| path.exists()) {
                told.extend(settle(&path, &text, None).err().map(|said| plain(&said)));
            }
        }
        told
    }
}

/// Gives back what dead runs of this user left at this coordinator; says what was found.
#[must_use]
pub fn sweep(access: &Access) -> Vec<String> {
    let entries = std::fs::read_dir(&access.notes)
        .into_iter()
        .flatten()
        .flatten();
    let mut told = Vec::new();
    for entry in entries.take(MOST) {
        let path = entry.path();
        let Ok(mut file) = OpenOptions::new().read(true).write(true).open(&path) else {
            continue;
        };
        // Its process lives, or its guard is at work.
        if file.try_lock().is_err() {
            continue;
        }
        let Some(text) = get(&mut file) else {
            let _ = std::fs::remove_file(&path);
            continue;
        };
        if text.coordinator != access.coordinator {
            continue;
        }
        match settle(&path, &text, Some(access)) {
            Ok(said) => told.extend(said.map(|said| plain(&said))),
            Err(said) => told.push(plain(&said)),
        }
    }
    told
}

/// Gives back the place of a note, if it is the one that is held still.
fn settle(path: &Path, text: &Text, access: Option<&Access>) -> Result<Option<String>, String> {
    let place = &text.place;
    let access = access.cloned().unwrap_or_else(|| Access {
        coordinator: text.coordinator.clone(),
        tls: text.authority.clone().map(|authority| Tls { authority }),
        me: Identity {
            host: text.host.clone(),
            user: text.user.clone(),
        },
        token: None,
        notes: PathBuf::new(),
    });
    let failed = |why: NotLeased| {
        format!(
            "place {place} may still be held for a run that died: {why}; `labgrid-client -p {place} release` frees it"
        )
    };
    let owner = format!("{}/{}", text.host, text.user);
    let farm = Labgrid::new(access).map_err(failed)?;
    let state = farm.state_of(place).map_err(failed)?;
    let said = match state {
        Some(held) if held.holder.who == owner && Some(held.changed) == text.changed => {
            farm.give_back(place, &owner, text.token.as_deref())
                .map_err(failed)?;
            Some(format!(
                "place {place} was left held by a run that died, process {}: given back",
                text.pid
            ))
        }
        Some(held) if held.holder.who == owner => Some(format!(
            "a run that died, process {}, had asked for place {place}, which is held by {}: whether for it cannot be \
             told; if nobody uses it: labgrid-client -p {place} release",
            text.pid, held.holder
        )),
        _ => None,
    };
    let _ = std::fs::remove_file(path);
    Ok(said)
}
