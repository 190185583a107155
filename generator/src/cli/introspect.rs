//! `ormgen introspect`: snapshots of live servers, and of servers that DDL is applied on (`through`). Nothing is
//! written unless every server could be read, and a file that is no snapshot is never written over.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use ormgen_config::ConnectionConfig;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{output::Output, progress::Progress, status::Status};
use crate::{
    catalog::{self, Catalog, live, snapshot},
    diagnostics::{
        Diagnostic, Diagnostics, FOREIGN_FILE, OUTPUT_UNREADABLE, OUTPUT_UNWRITABLE, SNAPSHOT_STALE,
    },
    manifest::{self, Manifest, Schema},
    model::naming,
};

/// The folder of the schemas, beside the manifest.
const FOLDER: &str = "schemas";

pub(super) fn run(output: &Output, manifest: &Path, out: Option<&Path>, check: bool) -> Status {
    let (manifest, warnings) = match manifest::load(manifest) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            output.diagnostics(&diagnostics);
            return Status::Wrong;
        }
    };
    let folder = out.map_or_else(|| manifest.folder.join(FOLDER), Path::to_owned);
    let result = all(output, &manifest, &folder).and_then(|snapshots| {
        if check {
            up_to_date(&snapshots)?
        } else {
            write(&snapshots)?
        }
        Ok(snapshots)
    });
    let ok = result.is_ok();
    let mut diagnostics = warnings;
    match result {
        Ok(snapshots) => {
            if !diagnostics.is_empty() {
                output.warnings(&diagnostics);
            }
            tell(output, &manifest, &snapshots, check, &diagnostics);
        }
        Err(errors) => {
            diagnostics.extend(errors);
            output.diagnostics(&diagnostics);
        }
    }
    if ok { Status::Done } else { Status::Wrong }
}

/// A new snapshot, and whether it differs from the existing file.
pub(super) struct Snapshot {
    pub alias: String,
    pub path: PathBuf,
    text: String,
    pub tables: usize,
    /// Of several schemas, the one with the most tables: a new manifest names it as the main one.
    pub main_schema: Option<String>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Changed,
    Unchanged,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Reads every server, and compares the snapshots with the existing files.
fn all(output: &Output, manifest: &Manifest, folder: &Path) -> Result<Vec<Snapshot>, Diagnostics> {
    let (mut all, mut errors) = (Vec::new(), Diagnostics::new());
    let applied = catalog::read_through(manifest, &mut errors);
    if errors.has_errors() {
        return Err(errors);
    }
    for (alias, loaded) in &applied {
        match of_catalog(alias, folder, &loaded.catalog) {
            Ok(snapshot) => all.push(snapshot),
            Err(problems) => errors.extend(problems),
        }
    }
    let aliases = manifest.databases().into_iter().map(|(alias, _)| alias);
    let aliases = aliases.filter(|alias| !applied.contains_key(*alias));
    let connections: Vec<&ConnectionConfig> =
        aliases.filter_map(|alias| manifest.connection(alias)).collect();
    match snapshots(output, &connections, folder) {
        Ok(live) => all.extend(live),
        Err(problems) => errors.extend(problems),
    }
    if errors.has_errors() { Err(errors) } else { Ok(all) }
}

/// The same of the servers of these connections.
pub(super) fn snapshots(
    output: &Output,
    connections: &[&ConnectionConfig],
    folder: &Path,
) -> Result<Vec<Snapshot>, Diagnostics> {
    let aliases: Vec<&str> = connections.iter().map(|connection| connection.alias.as_str()).collect();
    let results = {
        let _progress = Progress::start(output, &aliases.join(", "));
        live::read_all(connections, |alias, result| read_one(output, alias, result))
    };
    let (mut snapshots, mut errors) = (Vec::new(), Diagnostics::new());
    for (connection, result) in connections.iter().zip(results) {
        match result.and_then(|catalog| of_catalog(&connection.alias, folder, &catalog)) {
            Ok(snapshot) => snapshots.push(snapshot),
            Err(problems) => errors.extend(problems),
        }
    }
    if errors.has_errors() { Err(errors) } else { Ok(snapshots) }
}

fn read_one(output: &Output, alias: &str, result: &Result<Catalog, Diagnostics>) {
    if output.is_watched() {
        let what = match result {
            Ok(catalog) => format!("read {} tables", catalog.tables.len()),
            Err(_) => "failed".to_owned(),
        };
        // Over the line that tells the time.
        output.note(&format!("\r\x1b[K{alias}: {what}"));
    }
}

fn of_catalog(alias: &str, folder: &Path, catalog: &Catalog) -> Result<Snapshot, Diagnostics> {
    let path = folder.join(format!("{alias}.snapshot.yaml"));
    let text = snapshot::write(catalog)?;
    let state = match fs::read_to_string(&path) {
        Ok(old) if old == text => State::Unchanged,
        Ok(old) if old.starts_with(snapshot::MARK) => State::Changed,
        Ok(_) => return Err(foreign(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => State::New,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(foreign(&path)),
        Err(error) => {
            let message = format!("the snapshot cannot be read: {error}");
            let help = "check its owner and its permissions";
            return Err(Diagnostic::error(OUTPUT_UNREADABLE, message).in_file(path).help(help).into());
        }
    };
    Ok(Snapshot {
        alias: alias.to_owned(),
        path,
        text,
        tables: catalog.tables.len(),
        main_schema: main_schema(catalog),
        state,
    })
}

/// The schema with the most tables, if there are several.
fn main_schema(catalog: &Catalog) -> Option<String> {
    let mut schemas: BTreeMap<&str, usize> = BTreeMap::new();
    for name in catalog.tables.keys() {
        *schemas.entry(&name.schema).or_default() += 1;
    }
    naming::largest_schema(&schemas).filter(|_| schemas.len() > 1).map(str::to_owned)
}

fn foreign(path: &Path) -> Diagnostics {
    Diagnostic::error(FOREIGN_FILE, "a file that ormgen did not write is where the snapshot would go")
        .in_file(path)
        .help("move it away, or name another folder with `--out`")
        .into()
}

fn up_to_date(snapshots: &[Snapshot]) -> Result<(), Diagnostics> {
    let mut stale = Diagnostics::new();
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.state != State::Unchanged) {
        let what = if snapshot.state == State::New { "is missing" } else { "is out of date" };
        let message = format!("the snapshot of `{}` {what}", snapshot.alias);
        stale.push(
            Diagnostic::error(SNAPSHOT_STALE, message)
                .in_file(&snapshot.path)
                .help("run `ormgen introspect` and commit the result"),
        );
    }
    if stale.is_empty() { Ok(()) } else { Err(stale) }
}

/// Writes what changed: every text beside its place first, so that a full disk shows before any file is replaced.
pub(super) fn write(snapshots: &[Snapshot]) -> Result<(), Diagnostics> {
    let mut staged = Vec::new();
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.state != State::Unchanged) {
        let file =
            stage(&snapshot.path, &snapshot.text).map_err(|error| unwritable(&snapshot.path, &error))?;
        staged.push((file, &snapshot.path));
    }
    for (file, path) in staged {
        file.persist(path).map_err(|error| unwritable(path, &error.error))?;
    }
    Ok(())
}

fn stage(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // The permissions of any new file; the process's umask reduces them.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnostics {
    Diagnostic::error(OUTPUT_UNWRITABLE, format!("the snapshot cannot be written: {error}"))
        .in_file(path)
        .help("see that its folder can be written to, or name another with `--out`")
        .into()
}

fn tell(output: &Output, manifest: &Manifest, snapshots: &[Snapshot], check: bool, warnings: &Diagnostics) {
    for snapshot in snapshots {
        let Snapshot { alias, path, tables, state, .. } = snapshot;
        let state = if check { "up to date" } else { state.word() };
        let plural = if *tables == 1 { "table" } else { "tables" };
        output.note(&format!("{alias}: {tables} {plural}, {} ({state})", path.display()));
    }
    let unused: Vec<&Snapshot> =
        snapshots.iter().filter(|snapshot| !is_used(manifest, &snapshot.path)).collect();
    if !check && !unused.is_empty() {
        output.note("\nTo generate from a snapshot, name it in the manifest:");
        for snapshot in unused {
            output.note(&format!("  schema: {}", relative(manifest, &snapshot.path).display()));
        }
    }
    output.json_only(|| {
        let files: Vec<Value> = snapshots
            .iter()
            .map(|it| json!({ "connection": it.alias, "path": it.path, "tables": it.tables, "state": it.state.word() }))
            .collect();
        json!({ "ok": true, "diagnostics": crate::diagnostics::to_json(warnings), "snapshots": files })
    });
}

/// The path as the manifest would write it.
fn relative(manifest: &Manifest, path: &Path) -> PathBuf {
    path.strip_prefix(&manifest.folder).unwrap_or(path).to_owned()
}

fn is_used(manifest: &Manifest, path: &Path) -> bool {
    let wanted = relative(manifest, path);
    manifest.apps.iter().any(|app| match &app.schema.value {
        Schema::Files(files) => {
            files.iter().any(|file| *file == wanted || manifest.folder.join(file) == path)
        }
        Schema::Live => false,
    })
}
