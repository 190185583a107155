//! Reads the schemas that a manifest names: one catalog per database.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Loaded, ddl, snapshot};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, MIXED_SOURCES, SCHEMA_NOT_FOUND, Source},
    manifest::{App, Manifest, Schema, is_snapshot},
};

/// Reads the catalog of each database, by its default connection's alias.
///
/// Apps that share a connection share a database, so their files are applied to one catalog, each file once. Live
/// servers are read at the same time. A database of which nothing could be read is left out, and the reason is
/// reported.
pub fn read(manifest: &Manifest, diagnostics: &mut Diagnostics) -> BTreeMap<String, Loaded> {
    let mut sources = Sources { manifest, read: HashMap::new() };
    let (mut catalogs, mut live) = (BTreeMap::new(), Vec::new());
    let mut judge = Judge::new();
    for (alias, apps) in manifest.databases() {
        match origin(&apps, diagnostics) {
            Some(Origin::Ddl(paths)) => {
                let texts: Vec<_> = paths.iter().filter_map(|path| sources.get(path, diagnostics)).collect();
                let loaded = from_ddl(&mut judge, &apps, paths.len(), &texts, diagnostics);
                catalogs.extend(loaded.map(|loaded| (alias.to_owned(), loaded)));
            }
            Some(Origin::Snapshot(path)) => {
                let source = sources.get(path, diagnostics);
                if let Some(loaded) = source.and_then(|source| from_snapshot(&source, diagnostics)) {
                    catalogs.insert(alias.to_owned(), loaded);
                }
            }
            Some(Origin::Live(app)) => live.push((alias, app)),
            None => {}
        }
    }
    catalogs.extend(from_servers(manifest, &live, diagnostics));
    catalogs
}

/// Adds the mistakes in the DDL files of a manifest that has mistakes itself, so that one run reports them all. Leaves
/// out an app whose `schema` has a mistake, and an app that needs a server, as reports about their files might be
/// wrong.
pub(crate) fn check_files(manifest: &Manifest, diagnostics: &mut Diagnostics) {
    let is_mistaken = |app: &App| {
        let mut places = diagnostics.iter().filter_map(|diagnostic| diagnostic.place.as_ref());
        places.any(|place| place.is_within(&app.schema.place))
    };
    let mut sources = Sources { manifest, read: HashMap::new() };
    let mut found = Diagnostics::new();
    for (_, apps) in manifest.databases() {
        if apps.iter().any(|app| app.settings.through.is_some() || is_mistaken(app)) {
            continue;
        }
        if let Some(Origin::Ddl(paths)) = origin(&apps, &mut Diagnostics::new()) {
            let texts: Vec<_> = paths.iter().filter_map(|path| sources.get(path, &mut found)).collect();
            let known = ddl::Known { lacks_files: texts.len() < paths.len(), ..known(&apps) };
            ddl::interpret_with(&texts, &known, &mut found);
        }
    }
    // The manifest stage has looked at each file, and may have reported that it cannot be read.
    let reported: Vec<PathBuf> =
        diagnostics.iter().filter_map(|diagnostic| diagnostic.path.clone()).collect();
    let is_new =
        |diagnostic: &Diagnostic| diagnostic.path.as_ref().is_none_or(|path| !reported.contains(path));
    diagnostics.extend(found.into_iter().filter(is_new));
}

/// The DDL of the database of these apps, to apply it on a server. None, with a warning, if the schema is a snapshot or
/// is read from a live server.
#[cfg(feature = "live")]
pub(super) fn ddl(
    manifest: &Manifest,
    apps: &[&App],
    diagnostics: &mut Diagnostics,
) -> Option<(Vec<Arc<Source>>, ddl::Known)> {
    let mut sources = Sources { manifest, read: HashMap::new() };
    let message = match origin(apps, diagnostics)? {
        Origin::Ddl(paths) => {
            let texts = paths.iter().filter_map(|path| sources.get(path, diagnostics)).collect();
            return Some((texts, known(apps)));
        }
        Origin::Snapshot(_) => "a snapshot has no DDL to load",
        Origin::Live(_) => "the schema of a live server is not copied",
    };
    let place = apps.last()?.schema.place.clone();
    let message =
        format!("{message}, so the scratch database of the app `{}` is empty", apps.last()?.name.value);
    diagnostics.push(Diagnostic::warning(crate::diagnostics::DEV_SCHEMA, message).at(place).help(
        "make its tables in the command: `ormgen dev -- sh -c 'migrate && cargo test'`; or name the migrations or DDL \
         files under `schema`: `pg_dump --schema-only --no-owner` writes one of a live database",
    ));
    None
}

/// The catalog that results on a server from the DDL of each database whose apps say `through`, by its default
/// connection's alias.
#[cfg(all(feature = "cli", feature = "live"))]
pub(crate) fn read_through(manifest: &Manifest, diagnostics: &mut Diagnostics) -> BTreeMap<String, Loaded> {
    let mut sources = Sources { manifest, read: HashMap::new() };
    let mut catalogs = BTreeMap::new();
    let mut judge = Judge::new();
    for (alias, apps) in manifest.databases() {
        if apps.iter().all(|app| app.settings.through.is_none()) {
            continue;
        }
        let Some(Origin::Ddl(paths)) = origin(&apps, diagnostics) else { continue };
        let texts: Vec<_> = paths.iter().filter_map(|path| sources.get(path, diagnostics)).collect();
        let loaded = from_ddl(&mut judge, &apps, paths.len(), &texts, diagnostics);
        catalogs.extend(loaded.map(|loaded| (alias.to_owned(), loaded)));
    }
    catalogs
}

/// The catalog of a database's DDL: as ormgen reads it, or as a server applies it where an app says so. `files` is how
/// many files the DDL has, of which those that could not be read are not among the texts.
fn from_ddl(
    judge: &mut Judge,
    apps: &[&App],
    files: usize,
    texts: &[Arc<Source>],
    diagnostics: &mut Diagnostics,
) -> Option<Loaded> {
    let known = ddl::Known { lacks_files: texts.len() < files, ..known(apps) };
    let Some((app, through)) = apps.iter().find_map(|app| Some((app, app.settings.through.as_ref()?))) else {
        return Some(ddl::interpret_with(texts, &known, diagnostics));
    };
    match judge.read(through, texts, &known) {
        Ok(loaded) => Some(loaded),
        Err(problems) => {
            diagnostics.extend(problems.into_iter().map(|problem| placed(problem, app)));
            None
        }
    }
}

/// The settings that the apps of one database give for its files.
fn known(apps: &[&App]) -> ddl::Known {
    let settings = apps.iter().map(|app| &app.settings);
    ddl::Known {
        search_path: settings
            .clone()
            .map(|settings| settings.search_path.clone())
            .find(|path| !path.is_empty())
            .unwrap_or_default(),
        shapes_nothing: settings.flat_map(|settings| settings.shapes_nothing.clone()).collect(),
        lacks_files: false,
    }
}

/// Gives a problem without a place the place of the app's `schema`.
fn placed(problem: Diagnostic, app: &App) -> Diagnostic {
    if problem.place.is_some() { problem } else { problem.at(app.schema.place.clone()) }
}

#[cfg(feature = "live")]
use super::through::Judge;

#[cfg(not(feature = "live"))]
use WithoutServer as Judge;

/// Stands for the server that applies DDL, in a build without the feature `live`: it refuses every schema.
#[cfg(not(feature = "live"))]
struct WithoutServer;

#[cfg(not(feature = "live"))]
impl WithoutServer {
    fn new() -> Self {
        Self
    }

    fn read(
        &mut self,
        _: &crate::manifest::Through,
        _: &[Arc<Source>],
        _: &ddl::Known,
    ) -> Result<Loaded, Diagnostics> {
        let message = "this build of ormgen cannot apply a schema on a server";
        Err(Diagnostic::error(crate::diagnostics::LIVE_SCHEMA, message)
            .help("turn on ormgen's cargo feature `live`, or name a snapshot that `ormgen introspect` wrote")
            .into())
    }
}

/// The source of a database's schema.
enum Origin<'a> {
    Ddl(Vec<&'a Path>),
    Snapshot(&'a Path),
    /// As that app says.
    Live(&'a App),
}

/// The one origin of a database's schema, or none where its apps name several.
fn origin<'a>(apps: &[&'a App], diagnostics: &mut Diagnostics) -> Option<Origin<'a>> {
    let mut files: Vec<&Path> = Vec::new();
    let mut live = None;
    for app in apps {
        match &app.schema.value {
            Schema::Live => live = Some(*app),
            Schema::Files(paths) => {
                for path in paths.iter().map(PathBuf::as_path) {
                    if !files.contains(&path) {
                        files.push(path);
                    }
                }
            }
        }
    }
    let snapshots = files.iter().filter(|path| is_snapshot(path)).count();
    match (live, files.as_slice()) {
        (Some(app), []) => return Some(Origin::Live(app)),
        (None, [only]) if snapshots == 1 => return Some(Origin::Snapshot(only)),
        (None, _) if snapshots == 0 => return Some(Origin::Ddl(files)),
        _ => {}
    }
    let last = apps.last()?;
    let message = match live {
        Some(_) => format!(
            "the database `{}` has its schema from a live server and from files",
            last.default_connection.value
        ),
        None => format!(
            "the database `{}` has its schema from a snapshot and from other files",
            last.default_connection.value
        ),
    };
    diagnostics.push(
        Diagnostic::error(MIXED_SOURCES, message)
            .at(last.schema.place.clone())
            .help("give all apps of this connection the same `schema`: DDL files, one snapshot, or `live`"),
    );
    None
}

fn from_snapshot(source: &Arc<Source>, diagnostics: &mut Diagnostics) -> Option<Loaded> {
    match snapshot::read(source) {
        Ok(catalog) => Some(Loaded { catalog, ..Loaded::default() }),
        Err(problems) => {
            diagnostics.extend(problems);
            None
        }
    }
}

#[cfg(feature = "live")]
fn from_servers(
    manifest: &Manifest,
    databases: &[(&str, &App)],
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Loaded)> {
    let connections: Vec<_> = databases.iter().filter_map(|(alias, _)| manifest.connection(alias)).collect();
    let results = super::live::read_all(&connections, |_, _| {});
    let mut loaded = Vec::new();
    for ((alias, app), result) in databases.iter().zip(results) {
        match result {
            Ok(catalog) => loaded.push(((*alias).to_owned(), Loaded { catalog, ..Loaded::default() })),
            Err(problems) => {
                let place = &app.default_connection.place;
                diagnostics.extend(problems.into_iter().map(|problem| problem.at(place.clone())));
            }
        }
    }
    loaded
}

#[cfg(not(feature = "live"))]
fn from_servers(
    _: &Manifest,
    databases: &[(&str, &App)],
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Loaded)> {
    use crate::diagnostics::LIVE_SCHEMA;

    diagnostics.extend(databases.iter().map(|(_, app)| {
        Diagnostic::error(LIVE_SCHEMA, "this build of ormgen cannot read the schema of a live server")
            .at(app.schema.place.clone())
            .help("turn on ormgen's cargo feature `live`, or name a snapshot that `ormgen introspect` wrote")
    }));
    Vec::new()
}

/// Files that were read, each once.
struct Sources<'a> {
    manifest: &'a Manifest,
    read: HashMap<PathBuf, Option<Arc<Source>>>,
}

impl Sources<'_> {
    fn get(&mut self, path: &Path, diagnostics: &mut Diagnostics) -> Option<Arc<Source>> {
        let shown = self.manifest.path(path);
        let read = || match std::fs::read_to_string(&shown) {
            Ok(text) => Some(Source::new(&shown, text)),
            Err(error) => {
                diagnostics.push(unreadable(&shown, &error));
                None
            }
        };
        self.read.entry(path.to_owned()).or_insert_with(read).clone()
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let (message, help) = if error.kind() == io::ErrorKind::NotFound && is_snapshot(path) {
        (format!("there is no snapshot `{}`", path.display()), "`ormgen introspect` writes it")
    } else {
        (format!("`{}` cannot be read: {error}", path.display()), "a schema file is text in UTF-8")
    };
    Diagnostic::error(SCHEMA_NOT_FOUND, message).in_file(path).help(help)
}
