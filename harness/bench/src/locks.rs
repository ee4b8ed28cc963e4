//! Wires are taken before they are touched, over all processes and users of this host.
//!
//! A wire is a file in one folder that all users share, named by the hash of what the wire is; who holds its lock holds
//! the wire, and the system lets go of it when that process ends, however it ends. What is written in the file says who
//! that is; without its lock it means nothing, and with it it is the word of somebody whom nobody has checked. Whoever
//! lets go of a wire takes its file away while the lock is still held, so whoever then gets the lock of a file that no
//! longer stands in the folder begins again.

mod names;

pub use names::{on_one_port, wires_of};
use proofhouse_model::seeded::fnv1a;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The same for every user, whatever their own temporary folder is.
const FOLDER: &str = "/tmp/proofhouse-locks";
/// Longest note read, in bytes.
const LONGEST: u64 = 4 << 10;
/// Most characters shown of one part of it.
const SHOWN: usize = 200;
/// How often a file is made that its last holder takes away at the same moment.
const TRIES: usize = 100;

/// One wire, in the one spelling by which two benches are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WireName {
    /// What it is called, such as `port`.
    pub what: String,
    /// Which one.
    pub which: String,
    /// Others may hold it as well, if they too hold it shared: what several wires have in common.
    #[serde(default)]
    pub shared: bool,
}

/// Who holds wires.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process that runs.
    pub pid: u32,
    /// Name or number of its user.
    pub user: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// Its run folder.
    pub run: String,
}

/// A wire that another run holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The wire.
    pub wire: WireName,
    /// Who has it; nothing where that cannot be read.
    pub by: Holder,
}

/// Wires that are held for as long as this lives.
#[derive(Debug)]
pub struct Held {
    files: Vec<HeldFile>,
    holder: Holder,
}

/// One file whose lock is ours.
#[derive(Debug)]
struct HeldFile {
    path: PathBuf,
    file: File,
    shared: bool,
}

/// Why wires could not be taken.
#[derive(Debug)]
pub enum NotHeld {
    /// Somebody else has one.
    Taken(Box<Taken>),
    /// The folder of locks cannot be used.
    Io(PathBuf, std::io::Error),
}

/// Takes all of them, or none.
///
/// # Errors
/// The first that another process holds, or that cannot be locked.
pub fn hold(wires: &[WireName], holder: &Holder) -> Result<Held, NotHeld> {
    hold_in(Path::new(FOLDER), wires, holder)
}

fn hold_in(folder: &Path, wires: &[WireName], holder: &Holder) -> Result<Held, NotHeld> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |e| NotHeld::Io(path, e)
    };
    shared_folder(folder).map_err(io(folder))?;
    let mut files = Vec::new();
    for wire in wires {
        let path = folder.join(file_name(wire));
        let mut file = match lock(&path, wire.shared).map_err(io(&path))? {
            Lock::Ours(file) => file,
            Lock::Theirs(mut file) => {
                let by = note_of(&mut file);
                let wire = wire.clone();
                let held = held_so_far(files, holder);
                drop(held);
                return Err(NotHeld::Taken(Box::new(Taken { wire, by })));
            }
        };
        note(&mut file, holder).map_err(io(&path))?;
        let shared = wire.shared;
        files.push(HeldFile { path, file, shared });
    }
    Ok(held_so_far(files, holder))
}

fn held_so_far(files: Vec<HeldFile>, holder: &Holder) -> Held {
    let holder = holder.clone();
    Held { files, holder }
}

/// A file of the folder, and whose lock it is.
enum Lock {
    Ours(File),
    Theirs(File),
}

/// Locks the file that stands there, made where it is missing.
fn lock(path: &Path, shared: bool) -> std::io::Result<Lock> {
    for _ in 0..TRIES {
        let file = match open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound && folder_of(path).is_dir() => continue,
            Err(e) => return Err(e),
        };
        let locked = match shared {
            true => file.try_lock_shared(),
            false => file.try_lock(),
        };
        match locked {
            Ok(()) if stands_there(path, &file) => return Ok(Lock::Ours(file)),
            // Its last holder took it away between the two steps.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Lock::Theirs(file)),
            Err(TryLockError::Error(e)) => return Err(e),
        }
    }
    Err(std::io::Error::other(
        "its file is taken away again and again",
    ))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Whether this file is still the one of that name.
fn stands_there(path: &Path, file: &File) -> bool {
    let id = |meta: std::fs::Metadata| (meta.dev(), meta.ino());
    let there = std::fs::symlink_metadata(path).map(id);
    there.is_ok_and(|there| file.metadata().is_ok_and(|own| id(own) == there))
}

impl Held {
    /// Takes a wire again whose file was cleared away; whether all of them are held still.
    pub fn renew(&mut self) -> bool {
        let mut held = true;
        for HeldFile { path, file, shared } in &mut self.files {
            if stands_there(path, file) {
                continue;
            }
            let again = path.parent().map_or(Ok(()), shared_folder);
            match again.and_then(|()| lock(path, *shared)) {
                Ok(Lock::Ours(mut again)) => {
                    // The lock is what counts.
                    let _ = note(&mut again, &self.holder);
                    *file = again;
                }
                _ => held = false,
            }
        }
        held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for HeldFile { path, file, shared } in &self.files {
            // One that others hold as well is theirs to take away.
            if *shared && file.try_lock().is_err() {
                continue;
            }
            // While it is locked nobody else can have it. Another user's file stays, with an empty note.
            let _ = file.set_len(0);
            if stands_there(path, file) {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

fn file_name(wire: &WireName) -> String {
    let text = format!("{}\0{}", wire.what, wire.which);
    format!(
        "{}-{:016x}",
        wire.what.replace(' ', "-"),
        fnv1a(text.bytes())
    )
}

/// Everybody may add a file, nobody may take away another's.
fn shared_folder(folder: &Path) -> std::io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o1777).create(folder) {
        // The mask of this process may have narrowed it.
        Ok(()) => std::fs::set_permissions(folder, PermissionsExt::from_mode(0o1777)),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            match std::fs::symlink_metadata(folder)?.is_dir() {
                true => Ok(()),
                false => Err(std::io::Error::other("it is no folder")),
            }
        }
        Err(e) => Err(e),
    }
}

/// The file of a wire, made when it is missing; no link is followed. A system may refuse to create what another user
/// owns in a shared folder, so it is opened first.
fn open(path: &Path) -> std::io::Result<File> {
    let flags = nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK;
    let mut opens = OpenOptions::new();
    opens.read(true).write(true).custom_flags(flags.bits());
    let file = match opens.open(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            match opens.clone().create_new(true).mode(0o666).open(path) {
                Ok(file) => {
                    file.set_permissions(PermissionsExt::from_mode(0o666))?;
                    Ok(file)
                }
                // Another process made it meanwhile.
                Err(e) if e.kind() == ErrorKind::AlreadyExists => opens.open(path),
                Err(e) => Err(e),
            }
        }
        opened => opened,
    }?;
    let found = file.metadata()?;
    match found.is_file() && found.nlink() <= 1 {
        true => Ok(file),
        false => Err(std::io::Error::other("it is no ordinary file of its own")),
    }
}

fn note(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    file.set_len(0)?;
    file.write_all(&serde_json::to_vec(holder)?)
}

fn note_of(file: &mut File) -> Holder {
    let mut text = Vec::new();
    let read = file.take(LONGEST).read_to_end(&mut text);
    read.ok()
        .and_then(|_| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let WireName { what, which, .. } = &self.wire;
        write!(f, "the {what} {which} is in use")?;
        let Holder {
            pid,
            user,
            since,
            run,
        } = &self.by;
        if *pid == 0 {
            return f.write_str(" by another run");
        }
        write!(
            f,
            " by process {pid} of {} since {}, for the run in {}",
            shown(user),
            shown(since),
            shown(run)
        )
    }
}

/// A part of a note for a terminal: everybody may write one.
fn shown(text: &str) -> String {
    let start: String = text.chars().take(SHOWN).collect();
    let more = if start.len() < text.len() { "..." } else { "" };
    format!("{}{more}", start.escape_debug())
}

#[cfg(test)]
mod tests;
