//! The plan of what to write and remove. Reads the output folder, writes nothing.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use super::{
    changes::Changes,
    mark::{RUST_MARK, is_ours},
    path::shown,
};
use crate::{
    diagnostics::{
        Diagnostic, Diagnostics, FOREIGN_FILE, OUTPUT_NOT_A_FOLDER, OUTPUT_STALE, OUTPUT_UNREADABLE,
        PATH_CLASH, SYMLINK_IN_OUTPUT,
    },
    render::Earlier,
};

/// Marks a folder as a cache (<https://bford.info/cachedir/>); Cargo puts it into `target`.
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// What the names of staged files begin with: of those of a build that was killed, which are none of the output
/// (`super::apply` removes them).
pub(super) const STAGED: &str = ".ormgen-";

/// What a build will do to the output folder.
#[derive(Debug)]
pub struct Plan {
    pub(super) root: PathBuf,
    pub(super) changes: Changes,
    /// The new texts of the created and the changed files.
    pub(super) texts: BTreeMap<PathBuf, String>,
    /// The present content of the changed and the removed files, to restore it when a build fails.
    pub(super) before: BTreeMap<PathBuf, Vec<u8>>,
}

/// Reads the texts that an earlier run wrote below `root`. Leaves out a file that cannot be read: [`plan`] reports it.
pub fn earlier(root: &Path) -> Earlier {
    let mut texts = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for (path, is_folder) in entries(root, &folder).unwrap_or_default() {
            if is_folder {
                folders.push(path);
            } else if let Ok(Some(bytes)) = read_if_ours(&root.join(&path)) {
                texts.extend(String::from_utf8(bytes));
            }
        }
    }
    Earlier::new(texts)
}

/// What is at a path.
enum Existing {
    Nothing,
    Text(Vec<u8>),
}

/// Compares `files`, by paths relative to `root`, with the files that exist.
///
/// # Errors
/// All reasons why the files cannot be written: files that ormgen did not write, links, paths that exclude each
/// other, files that cannot be read.
pub fn plan(root: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Plan, Diagnostics> {
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let mut plan = Plan {
        root: root.to_owned(),
        changes: Changes::default(),
        texts: BTreeMap::new(),
        before: BTreeMap::new(),
    };
    let mut problems = clashes(root, files);
    problems.extend(root_problem(root));
    if problems.is_empty() {
        for (path, text) in files {
            problems.extend(plan.compare(path, text).err().map(|problem| *problem));
        }
        problems.extend(plan.find_unwanted(files));
    }
    if problems.is_empty() { Ok(plan) } else { Err(problems) }
}

impl Plan {
    /// What [`apply`](super::apply) would do.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// One error for each file that a build would create, change or remove: the result of `--check`.
    pub fn stale(&self) -> Diagnostics {
        let Changes { created, changed, removed, .. } = &self.changes;
        let kinds =
            [(created, "is missing"), (changed, "is out of date"), (removed, "is no longer generated")];
        let mut stale = Diagnostics::new();
        for (paths, what) in kinds {
            stale.extend(paths.iter().map(|path| {
                Diagnostic::error(OUTPUT_STALE, format!("`{}` {what}", shown(path)))
                    .in_file(self.root.join(path))
                    .help("run `ormgen build` and commit the result")
            }));
        }
        stale
    }

    fn compare(&mut self, path: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
        let kind = match look(&self.root, path)? {
            Existing::Nothing => &mut self.changes.created,
            Existing::Text(old) if is_same(&old, text) => {
                self.changes.unchanged.push(path.to_owned());
                return Ok(());
            }
            Existing::Text(old) if is_ours(&old) => {
                self.before.insert(path.to_owned(), old);
                &mut self.changes.changed
            }
            Existing::Text(_) => return Err(foreign(&self.root, path, "file")),
        };
        kind.push(path.to_owned());
        self.texts.insert(path.to_owned(), text.to_owned());
        Ok(())
    }

    /// Finds ormgen's files that are not in `files`.
    fn find_unwanted(&mut self, files: &BTreeMap<PathBuf, String>) -> Diagnostics {
        let by_lower: HashMap<String, &Path> =
            files.keys().map(|path| (lower(path), path.as_path())).collect();
        let mut problems = Diagnostics::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let entries = match entries(&self.root, &folder) {
                Ok(entries) => entries,
                Err(error) => {
                    problems.push(*unreadable(&self.root, &folder, &error));
                    continue;
                }
            };
            for (path, is_folder) in entries {
                let wanted = by_lower.get(&lower(&path));
                if is_folder {
                    folders.push(path);
                } else if !wanted.is_some_and(|wanted| is_one_file(&self.root, wanted, &path)) {
                    problems.extend(self.unwanted(path).err().map(|problem| *problem));
                }
            }
        }
        self.changes.removed.sort();
        problems
    }

    fn unwanted(&mut self, path: PathBuf) -> Result<(), Box<Diagnostic>> {
        let full = self.root.join(&path);
        let old = read_if_ours(&full).map_err(|error| unreadable(&self.root, &path, &error))?;
        if let Some(old) = old {
            self.before.insert(path.clone(), old);
            self.changes.removed.push(path);
        }
        Ok(())
    }
}

/// Errors for the new paths that exclude each other, or lead out of the folder.
fn clashes(root: &Path, files: &BTreeMap<PathBuf, String>) -> Diagnostics {
    let mut problems = Diagnostics::new();
    // Each path in lower case, and each folder above one: as spelled first, and whether it is a file.
    let mut seen: HashMap<String, (&Path, bool)> = HashMap::new();
    for path in files.keys() {
        let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || path.as_os_str().is_empty() {
            let message = format!("the generated path `{}` leads out of the output folder", path.display());
            problems.push(Diagnostic::error(PATH_CLASH, message).in_file(root));
            continue;
        }
        let parts = path.ancestors().filter(|part| !part.as_os_str().is_empty());
        for (part, is_file) in parts.zip(std::iter::once(true).chain(std::iter::repeat(false))) {
            let (first, was_file) = *seen.entry(lower(part)).or_insert((part, is_file));
            if first == part && is_file == was_file {
                continue;
            }
            let message =
                format!("`{}` and `{}` cannot both exist in the output folder", shown(first), shown(part));
            problems.push(Diagnostic::error(PATH_CLASH, message).in_file(root.join(path)).help(
                "give the connections or tables that they come from names that differ by more than case",
            ));
            break;
        }
    }
    problems
}

/// A file in the place of the output folder, or of a folder above it.
fn root_problem(root: &Path) -> Option<Diagnostic> {
    for part in root.ancestors().filter(|part| !part.as_os_str().is_empty()) {
        match fs::metadata(part) {
            Ok(data) if data.is_dir() => return None,
            Ok(_) => {
                return Some(
                    Diagnostic::error(
                        OUTPUT_NOT_A_FOLDER,
                        format!("`{}` is a file, not a folder", part.display()),
                    )
                    .in_file(part)
                    .help("name another folder in `output.path`, or remove the file"),
                );
            }
            // `NotADirectory`: a file is further up in the path; a later iteration finds it.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Some(*unreadable(part, Path::new(""), &error)),
        }
    }
    None
}

/// What exists at `path`. A link on the way to it, and anything at `path` that is no file, is an error.
fn look(root: &Path, path: &Path) -> Result<Existing, Box<Diagnostic>> {
    let mut parts: Vec<&Path> = path.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
    parts.reverse();
    for part in parts {
        let full = root.join(part);
        let kind = match fs::symlink_metadata(&full) {
            Ok(data) => data.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Existing::Nothing),
            Err(error) => return Err(unreadable(root, part, &error)),
        };
        if kind.is_symlink() {
            return Err(linked(root, part));
        }
        match (part == path, kind.is_dir()) {
            (true, true) => return Err(foreign(root, path, "folder")),
            (true, false) if kind.is_file() => {
                return fs::read(&full).map(Existing::Text).map_err(|error| unreadable(root, path, &error));
            }
            (false, true) => {}
            _ => return Err(foreign(root, part, "file")),
        }
    }
    Ok(Existing::Nothing)
}

/// The files in a folder, and the folders in it that may hold generated files: relative to `root`, without links.
fn entries(root: &Path, folder: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let full = root.join(folder);
    let read = match fs::read_dir(&full) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut list = Vec::new();
    for entry in read {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        let begins_with = |text: &str| name.as_encoded_bytes().starts_with(text.as_bytes());
        let is_cache = || begins_with(".") || entry.path().join(CACHE_TAG).exists();
        if (kind.is_file() && !begins_with(STAGED)) || (kind.is_dir() && !is_cache()) {
            list.push((folder.join(name), kind.is_dir()));
        }
    }
    Ok(list)
}

/// The file's bytes, if its first line has ormgen's mark. Of any other file only the first line is read.
fn read_if_ours(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    (&mut file).take(RUST_MARK.len() as u64 + 1).read_to_end(&mut bytes)?;
    if !is_ours(&bytes) {
        return Ok(None);
    }
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Whether the file holds the text, also if git's `autocrlf` has changed the line ends.
fn is_same(old: &[u8], text: &str) -> bool {
    let is_cr = |at: usize| old.get(at) == Some(&b'\r') && old.get(at + 1) == Some(&b'\n');
    if old.len() == text.len() {
        return old == text.as_bytes();
    }
    let without = old.iter().enumerate().filter(|(at, _)| !is_cr(*at)).map(|(_, byte)| byte);
    without.eq(text.as_bytes())
}

/// Whether an existing path and a wanted one are the same file: they may differ by case where case is ignored.
fn is_one_file(root: &Path, wanted: &Path, found: &Path) -> bool {
    wanted == found
        || matches!(
            (fs::canonicalize(root.join(wanted)), fs::canonicalize(root.join(found))),
            (Ok(one), Ok(other)) if one == other
        )
}

fn lower(path: &Path) -> String {
    shown(path).to_lowercase()
}

fn foreign(root: &Path, path: &Path, kind: &str) -> Box<Diagnostic> {
    let message = format!("`{}` is a {kind} that ormgen did not write", shown(path));
    let help = format!("name a folder of its own in `output.path`, or move the {kind} away");
    Box::new(Diagnostic::error(FOREIGN_FILE, message).in_file(root.join(path)).help(help))
}

fn unreadable(root: &Path, path: &Path, error: &io::Error) -> Box<Diagnostic> {
    let full = root.join(path);
    let message = format!("`{}` cannot be read: {error}", full.display());
    Box::new(
        Diagnostic::error(OUTPUT_UNREADABLE, message)
            .in_file(full)
            .help("check its owner and its permissions"),
    )
}

fn linked(root: &Path, path: &Path) -> Box<Diagnostic> {
    let message = format!("`{}` is a symbolic link", shown(path));
    let help = "replace the link by a real file or folder, or remove it";
    Box::new(Diagnostic::error(SYMLINK_IN_OUTPUT, message).in_file(root.join(path)).help(help))
}
