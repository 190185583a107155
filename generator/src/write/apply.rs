//! Writes and removes files as planned, and undoes all steps when one fails.

use std::{
    collections::BTreeSet,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::{Builder, TempPath};

use super::{
    changes::Changes,
    path::shown,
    plan::{Plan, STAGED},
};
use crate::diagnostics::{Diagnostic, Diagnostics, OUTPUT_UNWRITABLE};

/// Far longer than any build takes from staging its first file to renaming its last.
const STAGED_AT_MOST: Duration = Duration::from_secs(600);

/// A step that failed: what it was, at which path.
type FailedStep = (&'static str, PathBuf, io::Error);

/// Writes and removes files as planned. A file that did not change keeps its content and its times.
///
/// # Errors
/// The step that failed. The old output is restored then: see the module's docs for the limits of that.
pub fn apply(plan: Plan) -> Result<Changes, Diagnostics> {
    sweep(&plan);
    if plan.changes.is_empty() {
        return Ok(plan.changes);
    }
    let mut done = Done { plan: &plan, folders: Vec::new(), files: Vec::new() };
    match done.run() {
        Ok(()) => Ok(plan.changes),
        Err(failure) => {
            let lost = done.take_back();
            Err(report(&plan, &failure, &lost))
        }
    }
}

/// Removes the staged files of a build that was killed before it renamed them. Those of a build that runs now are
/// younger.
fn sweep(plan: &Plan) {
    let Changes { created, changed, removed, unchanged } = &plan.changes;
    let paths = [created, changed, removed, unchanged].into_iter().flatten();
    let folders: BTreeSet<&Path> = paths.filter_map(|path| path.parent()).collect();
    let entries = folders
        .into_iter()
        .filter_map(|folder| fs::read_dir(plan.root.join(folder)).ok())
        .flatten()
        .flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(STAGED.as_bytes())) {
        let is_old = |data: fs::Metadata| {
            let age = data.modified().ok().and_then(|time| time.elapsed().ok());
            data.is_file() && age.is_some_and(|age| age > STAGED_AT_MOST)
        };
        if entry.metadata().is_ok_and(is_old) {
            // A staged file that cannot be removed does no harm, and the next build tries again.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The steps that were done so far, to undo them.
struct Done<'a> {
    plan: &'a Plan,
    /// Folders that were made, outer ones first.
    folders: Vec<PathBuf>,
    /// Files that were put in place or removed, relative to the root.
    files: Vec<&'a Path>,
}

impl<'a> Done<'a> {
    fn run(&mut self) -> Result<(), FailedStep> {
        let staged = self.stage()?;
        self.put_in_place(staged)?;
        self.remove()
    }

    /// Writes every text under a temporary name in its folder.
    fn stage(&mut self) -> Result<Vec<(&'a Path, TempPath)>, FailedStep> {
        let plan = self.plan;
        let mut staged = Vec::with_capacity(plan.texts.len());
        for (path, text) in &plan.texts {
            let full = plan.root.join(path);
            let folder = full.parent().unwrap_or(&plan.root);
            self.make_folder(folder).map_err(|error| ("make the folder", folder.to_owned(), error))?;
            let file =
                stage(&full, folder, text.as_bytes()).map_err(|error| ("write", full.clone(), error))?;
            staged.push((path.as_path(), file));
        }
        Ok(staged)
    }

    fn make_folder(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<&Path> =
            folder.ancestors().take_while(|part| !part.as_os_str().is_empty() && !part.exists()).collect();
        for part in missing.into_iter().rev() {
            fs::create_dir(part)?;
            self.folders.push(part.to_owned());
        }
        Ok(())
    }

    fn put_in_place(&mut self, staged: Vec<(&'a Path, TempPath)>) -> Result<(), FailedStep> {
        for (path, file) in staged {
            let full = self.plan.root.join(path);
            // Another program has made the file since the plan was made: it is not overwritten.
            let is_new = !self.plan.before.contains_key(path);
            let put = if is_new { file.persist_noclobber(&full) } else { file.persist(&full) };
            put.map_err(|error| ("write", full, error.error))?;
            self.files.push(path);
        }
        Ok(())
    }

    /// Removes files, and then the folders that are empty without them.
    fn remove(&mut self) -> Result<(), FailedStep> {
        let plan = self.plan;
        for path in &plan.changes.removed {
            let full = plan.root.join(path);
            fs::remove_file(&full).map_err(|error| ("remove", full, error))?;
            self.files.push(path);
        }
        for path in &plan.changes.removed {
            let above = path.ancestors().skip(1).filter(|part| !part.as_os_str().is_empty());
            for folder in above {
                // A folder that is not empty, or no longer exists, ends the way up.
                if fs::remove_dir(plan.root.join(folder)).is_err() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Undoes all steps, last step first. Returns the files that could not be restored.
    fn take_back(&self) -> Vec<String> {
        let mut lost = Vec::new();
        for path in self.files.iter().rev() {
            let full = self.plan.root.join(path);
            let undone = match self.plan.before.get(*path) {
                Some(old) => restore(&full, old),
                None => fs::remove_file(&full),
            };
            if undone.is_err() {
                lost.push(shown(path));
            }
        }
        for folder in self.folders.iter().rev() {
            // The folder stays if another program has put a file into it meanwhile.
            let _ = fs::remove_dir(folder);
        }
        lost
    }
}

fn restore(full: &Path, old: &[u8]) -> io::Result<()> {
    let folder = full.parent().unwrap_or(Path::new("."));
    stage(full, folder, old)?.persist(full)?;
    Ok(())
}

/// Writes a whole file under a temporary name, with the permissions of the file it will replace, else with the usual
/// ones.
fn stage(full: &Path, folder: &Path, bytes: &[u8]) -> io::Result<TempPath> {
    let mut builder = Builder::new();
    builder.prefix(STAGED);
    #[cfg(unix)]
    let usual = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(usual);
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Ok(data) = fs::symlink_metadata(full) {
        file.as_file().set_permissions(data.permissions())?;
    }
    // Closed here: thousands of files may be staged at once.
    Ok(file.into_temp_path())
}

fn report(plan: &Plan, (step, path, error): &FailedStep, lost: &[String]) -> Diagnostics {
    let shown_path = path.strip_prefix(&plan.root).ok().map(shown).filter(|path| !path.is_empty());
    let shown_path = shown_path.unwrap_or_else(|| path.display().to_string());
    let help = if lost.is_empty() {
        "nothing was changed; check permissions and free space, then build again".to_owned()
    } else {
        format!(
            "these files could not be restored: `{}`; remove the cause and build again",
            lost.join("`, `")
        )
    };
    // tempfile adds the temporary name, which does not help the reader.
    let error = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let mut problems = Diagnostics::new();
    problems.push(
        Diagnostic::error(OUTPUT_UNWRITABLE, format!("cannot {step} `{shown_path}`: {error}"))
            .in_file(path)
            .help(help),
    );
    problems
}
