//! One build of a manifest's folder at a time: two at once would take their steps back over each other's.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::output::Output;

/// Waits until no other build of the manifest's folder runs, and keeps others waiting for as long as the result lives. The
/// lock is on the folder itself, so that it leaves no file. None where the file system has no locks.
pub(super) fn alone(output: &Output, manifest: &Path) -> Option<File> {
    let folder = manifest.parent().filter(|folder| !folder.as_os_str().is_empty());
    // A folder cannot be opened on Windows.
    let folder = File::open(folder.unwrap_or(Path::new("."))).ok()?;
    match folder.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            output.note("another build of this folder runs: waiting for its end");
            folder.lock().ok()?;
        }
        Err(TryLockError::Error(_)) => return None,
    }
    Some(folder)
}
