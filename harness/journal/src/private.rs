//! Files and folders of a run are their owner's alone: what is masked in them is no reason to show the rest.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Options with which a file of a run is made: nobody else may read it.
#[must_use]
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder of a run that nobody else may look into; missing folders above it as usual. One that is there already
/// stays as it is.
///
/// # Errors
/// No permission, no space.
pub fn private_folder(path: &Path) -> io::Result<()> {
    // What lies in the current folder has a nameless one above it.
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)?;
    }
    let mut maker = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    match maker.create(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// Takes everybody else's rights to a folder away.
///
/// # Errors
/// It is somebody else's.
pub(crate) fn shut_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}
