//! Reads the schemas that a manifest names: one catalog per database.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Loaded, ddl};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, LIVE_SCHEMA, SCHEMA_NOT_FOUND, Source},
    manifest::{Manifest, Schema},
};

/// The catalog of each database, by its default connection's alias.
///
/// Apps that share a connection share a database, so their files are applied to one catalog, each file once.
pub fn read(manifest: &Manifest, diagnostics: &mut Diagnostics) -> BTreeMap<String, Loaded> {
    let mut files: BTreeMap<String, Vec<&Path>> = BTreeMap::new();
    for app in &manifest.apps {
        let of_database = files.entry(app.default_connection.value.clone()).or_default();
        match &app.schema.value {
            Schema::Files(paths) => {
                let new: Vec<&Path> =
                    paths.iter().map(PathBuf::as_path).filter(|path| !of_database.contains(path)).collect();
                of_database.extend(new);
            }
            Schema::Live => diagnostics.push(
                Diagnostic::error(LIVE_SCHEMA, "reading the schema of a live server is not supported yet")
                    .at(app.schema.place.clone())
                    .help("write it to a file with `pg_dump --schema-only` and name the file here"),
            ),
        }
    }
    let mut sources = Sources { folder: &manifest.folder, read: HashMap::new() };
    files
        .into_iter()
        .map(|(alias, paths)| {
            let texts: Vec<_> = paths.iter().filter_map(|path| sources.get(path, diagnostics)).collect();
            (alias, ddl::interpret(&texts, diagnostics))
        })
        .collect()
}

/// Files that were read, each once.
struct Sources<'a> {
    folder: &'a Path,
    read: HashMap<PathBuf, Option<Arc<Source>>>,
}

impl Sources<'_> {
    fn get(&mut self, path: &Path, diagnostics: &mut Diagnostics) -> Option<Arc<Source>> {
        let read = || match std::fs::read_to_string(self.folder.join(path)) {
            Ok(text) => Some(Source::new(path, text)),
            Err(error) => {
                diagnostics.push(
                    Diagnostic::error(
                        SCHEMA_NOT_FOUND,
                        format!("`{}` cannot be read: {error}", path.display()),
                    )
                    .in_file(path)
                    .help("a schema file is text in UTF-8"),
                );
                None
            }
        };
        self.read.entry(path.to_owned()).or_insert_with(read).clone()
    }
}
