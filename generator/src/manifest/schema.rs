//! The files of a schema: lists folders in the order of their tool, and checks each file.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use ormgen_config::yaml::{Cursor, Value};

use super::{
    Schema,
    migrations::{Listing, arrange, natural_order},
    reader::ManifestReader,
    schema_settings::SchemaSettings,
    versions::repeated,
};
use crate::diagnostics::{
    CONFLICTING_SETTINGS, Diagnostic, EMPTY_SECTION, REPEATED_ENTRY, REPEATED_VERSION, SCHEMA_EMPTY,
    SCHEMA_NOT_FOUND, SCHEMA_NOT_TEXT, UNKNOWN_LAYOUT, nearest,
};

/// The greatest depth of folders inside folders; migrations have one level.
const MAX_DEPTH: usize = 4;

/// The access to the file system, which tests replace.
pub(super) trait Disk {
    /// Whether a path is a file or a folder.
    fn look(&self, path: &Path) -> io::Result<DiskEntry>;
    /// A file's bytes.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// What exists at a path.
pub(super) enum DiskEntry {
    File,
    /// A folder: the names of its entries.
    Folder(Vec<String>),
    /// A pipe or a device, whose end may never come.
    Other,
}

/// The file system itself.
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn look(&self, path: &Path) -> io::Result<DiskEntry> {
        let kind = fs::metadata(path)?.file_type();
        if kind.is_file() {
            return Ok(DiskEntry::File);
        }
        if !kind.is_dir() {
            return Ok(DiskEntry::Other);
        }
        let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        Ok(DiskEntry::Folder(names.collect::<io::Result<_>>()?))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }
}

/// Reads the value of `schema`. Paths stay relative to the manifest's folder.
pub(super) fn read_schema(
    reader: &ManifestReader<'_>,
    cursor: &Cursor<'_>,
    folder: &Path,
    disk: &dyn Disk,
    settings: &mut SchemaSettings,
) -> Schema {
    let expected = "a path, a list of paths, or `live`";
    if matches!(cursor.value, Value::Text(text) if text.as_ref() == "live") {
        return Schema::Live;
    }
    let items = match cursor.value {
        Value::List(_) => cursor.items(expected).unwrap_or_default(),
        _ => vec![cursor.clone()],
    };
    if items.is_empty() {
        reader.error(
            EMPTY_SECTION,
            cursor,
            "`schema` lists neither a file nor a folder",
            "name a file or a folder",
        );
    }
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for item in items {
        let Some(path) = item.text(expected) else { continue };
        if path == "live" {
            let help = "write `schema: live`, or remove it from the list; a file of that name is `./live`";
            reader.error(CONFLICTING_SETTINGS, &item, "`live` cannot stand in a list with files", help);
            continue;
        }
        let lister = Lister { reader, cursor: &item, folder, disk };
        for file in lister.files(Path::new(path), settings) {
            if seen.insert(file.clone()) {
                files.push(file);
            } else {
                let message = format!("the schema has the file `{}` twice", file.display());
                reader.error(REPEATED_ENTRY, &item, message, "remove one");
            }
        }
    }
    Schema::Files(files)
}

struct Lister<'a> {
    reader: &'a ManifestReader<'a>,
    cursor: &'a Cursor<'a>,
    folder: &'a Path,
    disk: &'a dyn Disk,
}

impl Lister<'_> {
    fn files(&self, path: &Path, settings: &mut SchemaSettings) -> Vec<PathBuf> {
        match self.disk.look(&self.folder.join(path)) {
            Ok(DiskEntry::File) => {
                let is_empty = self.check_text(path).is_some_and(|text| text.trim().is_empty());
                if is_empty {
                    let help = "write the schema's DDL to it, or name another file";
                    self.note_file(SCHEMA_EMPTY, path, "this schema file is empty", help);
                }
                vec![path.to_owned()]
            }
            Ok(DiskEntry::Folder(names)) => {
                let mut files = Vec::new();
                self.list(path, names, 0, &mut files);
                let files = self.arranged(path, &files, settings);
                self.check_folder(path, &files);
                files
            }
            Ok(DiskEntry::Other) => {
                self.note_other(path);
                Vec::new()
            }
            // `ormgen introspect` writes this snapshot and reads the manifest for it. The catalog stage, which reads
            // the snapshot, reports that it is missing.
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_snapshot(path) => {
                vec![path.to_owned()]
            }
            Err(error) => {
                self.note_missing(path, &error);
                Vec::new()
            }
        }
    }

    /// The files of a folder that the tool applies, in its order.
    fn arranged(&self, path: &Path, files: &[PathBuf], settings: &mut SchemaSettings) -> Vec<PathBuf> {
        let relative = |file: &PathBuf| {
            let inside = file.strip_prefix(path).unwrap_or(file);
            inside.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
        };
        let text = |name: &str| {
            let bytes = self.disk.read(&self.folder.join(path).join(name)).ok()?;
            String::from_utf8(bytes).ok()
        };
        let listing = Listing { files: files.iter().map(relative).collect(), text: &text };
        let Some((layout, files)) = arrange(settings.layout, &listing) else {
            let message =
                format!("ormgen does not know in which order the files of `{}` are applied", path.display());
            let help =
                "name the tool: `schema: { migrations: …, layout: … }`; `natural` counts numbers in names";
            self.reader.error(UNKNOWN_LAYOUT, self.cursor, message, help);
            return files.to_vec();
        };
        for (first, second) in repeated(layout, &files) {
            let message =
                format!("two migrations of `{}` have one version: `{first}` and `{second}`", path.display());
            let help = "give one of them another version: tools of migrations refuse two of one version, or apply only one";
            let place = self.reader.value_place(self.cursor);
            self.reader.note(Diagnostic::warning(REPEATED_VERSION, message).at(place).help(help));
        }
        settings.layouts.push((path.display().to_string(), layout));
        files.iter().map(|file| path.join(file)).collect()
    }

    /// Every SQL file of a folder and of the folders in it.
    fn list(&self, path: &Path, mut names: Vec<String>, depth: usize, files: &mut Vec<PathBuf>) {
        names.sort_by(|a, b| natural_order(a, b));
        for name in names.iter().filter(|name| !name.starts_with('.')) {
            let inner = path.join(name);
            match self.disk.look(&self.folder.join(&inner)) {
                Ok(DiskEntry::File) if is_sql(name) => files.push(inner),
                Ok(DiskEntry::File) => {}
                Ok(DiskEntry::Folder(names)) if depth < MAX_DEPTH => {
                    self.list(&inner, names, depth + 1, files)
                }
                Ok(DiskEntry::Other) if is_sql(name) => self.note_other(&inner),
                Ok(DiskEntry::Folder(_) | DiskEntry::Other) => {}
                Err(error) => self.note_missing(&inner, &error),
            }
        }
    }

    fn check_folder(&self, path: &Path, files: &[PathBuf]) {
        let texts: Vec<Option<String>> = files.iter().map(|file| self.check_text(file)).collect();
        // One empty migration does no harm; a folder of empty ones makes no tables.
        if texts.iter().all(|text| text.as_ref().is_some_and(|text| text.trim().is_empty())) {
            let message =
                format!("the folder `{}` holds no `*.sql` file with anything in it", path.display());
            let help = "put migrations into it, or name another folder; `*.down.sql` does not count";
            let place = self.reader.value_place(self.cursor);
            let path = self.folder.join(path);
            self.reader.note(Diagnostic::error(SCHEMA_EMPTY, message).at(place).in_file(path).help(help));
        }
    }

    /// A file's text. None if the file cannot be read as text, which is then noted.
    fn check_text(&self, path: &Path) -> Option<String> {
        match self.disk.read(&self.folder.join(path)) {
            Err(error) => {
                self.note_missing(path, &error);
                None
            }
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Some(text),
                Err(error) => {
                    let valid = error.utf8_error().valid_up_to();
                    let before = error.as_bytes().get(..valid).unwrap_or_default();
                    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                    let message = format!(
                        "this schema file is not UTF-8: line {line} holds a byte that cannot be in it"
                    );
                    let help =
                        "save it as UTF-8; a dump is made so by `pg_dump --schema-only --encoding=UTF8`";
                    self.note_file(SCHEMA_NOT_TEXT, path, &message, help);
                    None
                }
            },
        }
    }

    fn note_file(&self, code: crate::diagnostics::Code, path: &Path, message: &str, help: &str) {
        self.reader.note(Diagnostic::error(code, message).in_file(self.folder.join(path)).help(help));
    }

    fn note_other(&self, path: &Path) {
        let message = format!("`{}` is neither a file nor a folder", path.display());
        let place = self.reader.value_place(self.cursor);
        let help = "write the schema's DDL to a file: ormgen reads neither pipes nor devices";
        self.reader.note(Diagnostic::error(SCHEMA_NOT_FOUND, message).at(place).help(help));
    }

    fn note_missing(&self, path: &Path, error: &io::Error) {
        let (message, help) = match error.kind() {
            io::ErrorKind::NotFound => (
                format!("there is no file or folder `{}`", path.display()),
                self.nearest_file(path).unwrap_or_else(|| {
                    let todo = if path.extension().is_some() || path.as_os_str().is_empty() {
                        "write the schema's DDL to this file"
                    } else {
                        "this is read as a folder of DDL files or migrations: make it, or name the one that you have"
                    };
                    format!("paths are relative to the manifest's folder; {todo}")
                }),
            ),
            kind => (
                format!("`{}` cannot be read: {kind}", path.display()),
                "give ormgen the permission to read it".to_owned(),
            ),
        };
        let place = self.reader.value_place(self.cursor);
        let path = self.folder.join(path);
        self.reader.note(Diagnostic::error(SCHEMA_NOT_FOUND, message).at(place).in_file(path).help(help));
    }

    /// The file in the missing file's folder with the most similar name.
    fn nearest_file(&self, path: &Path) -> Option<String> {
        let (parent, name) = (path.parent()?, path.file_name()?.to_str()?);
        let Ok(DiskEntry::Folder(names)) = self.disk.look(&self.folder.join(parent)) else { return None };
        let name = nearest(name, names.iter().map(String::as_str))?;
        Some(format!("did you mean `{}`?", parent.join(name).display()))
    }
}

/// Whether a schema's file is a snapshot, by its name.
pub fn is_snapshot(path: &Path) -> bool {
    // JSON is YAML.
    path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}

fn is_sql(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".sql")
}
