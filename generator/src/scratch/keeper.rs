//! The keeper: a process that cleans up after a scratch server. It outlives the process that started it, however that
//! ends.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
};

/// Waits until its standard input ends, which happens when the starting process ends; then stops the server and removes
/// the folder. It ignores the signals of a terminal.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
folder=$1
shift
"$@" >/dev/null 2>&1
rm -rf -- "$folder"
"#;

/// The file that is locked while a keeper lives.
const LOCK: &str = "lock";

/// A running keeper: stops the server and removes its folder when it is dropped or this process ends.
#[derive(Debug)]
pub(super) struct Keeper(Child);

impl Keeper {
    /// Starts a keeper of `folder` that will run the command `stop`.
    pub fn start(folder: &Path, stop: &[String]) -> Result<Self, String> {
        let lock =
            lock(folder).map_err(|error| format!("`{}` cannot be locked: {error}", folder.display()))?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "keeper"]).arg(folder).args(stop).current_dir("/");
        // The keeper holds the lock as long as its output is open.
        command.stdin(Stdio::piped()).stdout(lock).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(|error| format!("`sh` cannot be run: {error}"))?;
        Ok(Self(child))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // The data are removed with the server: a failure would have no consequence and nobody to report to.
        let _ = self.0.wait();
    }
}

/// Makes the folder's lock file and locks it. The file gets its name after it is locked, so that no process finds it
/// unlocked.
fn lock(folder: &Path) -> std::io::Result<File> {
    let new = folder.join("lock.new");
    let file = File::create_new(&new)?;
    file.try_lock()?;
    fs::rename(new, folder.join(LOCK))?;
    Ok(file)
}

/// The lock of a folder that a dead keeper of this user left behind; none if the keeper lives, or the folder belongs to
/// another user.
pub(super) fn lock_leftover(folder: &Path) -> Option<File> {
    let path = folder.join(LOCK);
    if !fs::symlink_metadata(folder).ok()?.is_dir() || !is_mine(&path) {
        return None;
    }
    let file = File::options().write(true).open(path).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

/// Whether a file, itself and not what a link leads to, belongs to the user of this process.
#[cfg(unix)]
fn is_mine(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    // A new file belongs to whoever makes it.
    let me = tempfile::tempfile().and_then(|file| file.metadata()).map(|data| data.uid());
    let owner = fs::symlink_metadata(path).map(|data| (data.is_file(), data.uid()));
    matches!((me, owner), (Ok(me), Ok((true, owner))) if me == owner)
}

#[cfg(not(unix))]
fn is_mine(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_removed_when_its_keeper_ends_and_left_alone_before() {
        let folder = tempfile::tempdir().unwrap().keep();
        let keeper =
            Keeper::start(&folder, &["touch".into(), folder.with_extension("stopped").display().to_string()]);
        let keeper = keeper.unwrap();
        assert!(lock_leftover(&folder).is_none(), "a keeper lives");
        drop(keeper);
        assert!(!folder.exists());
        fs::remove_file(folder.with_extension("stopped")).unwrap();
    }

    #[test]
    fn a_folder_whose_keeper_was_killed_is_a_leftover() {
        let folder = tempfile::tempdir().unwrap();
        assert!(lock_leftover(folder.path()).is_none(), "no keeper was ever there");
        let mut keeper = Keeper::start(folder.path(), &["true".into()]).unwrap();
        keeper.0.kill().unwrap();
        drop(keeper);
        // `cat`, its child, may hold the lock for a moment more.
        let found = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            lock_leftover(folder.path()).is_some()
        });
        assert!(found);
    }
}
