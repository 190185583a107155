//! The settings of a schema besides its files: `schema: { ddl: …, through: server, … }`.

use ormgen_config::yaml::{Cursor, Value};

use super::{
    migrations::{LAYOUTS, MigrationLayout},
    reader::{ManifestReader, suggest},
};
use crate::diagnostics::{CONFLICTING_SETTINGS, UNKNOWN_VALUE};

const KEYS: &[&str] = &["ddl", "migrations", "layout", "through", "shapes_nothing", "search_path"];

/// How the files of a schema are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaSettings {
    /// The tool whose layout the folders of migrations have; recognised where it is not given.
    pub layout: Option<MigrationLayout>,
    /// The server that applies the files to an empty database, which then is read.
    pub through: Option<Through>,
    /// Statements that the DDL source skips, as `file:line`.
    pub shapes_nothing: Vec<String>,
    /// The schemas in which names without a schema are looked up; `public` when not given.
    pub search_path: Vec<String>,
    /// The layout of each folder that was listed, for `build --verbose`.
    pub layouts: Vec<(String, MigrationLayout)>,
}

/// Where a scratch database is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// On a server that is started from the programs on this machine, and ended afterwards.
    Server,
    /// On the server of this URL, which may hold variables.
    Url(String),
}

impl SchemaSettings {
    /// The cursor to the files, if they are given, and the settings beside them.
    pub(super) fn read<'a>(reader: &ManifestReader<'_>, cursor: &Cursor<'a>) -> (Option<Cursor<'a>>, Self) {
        if !matches!(cursor.value, Value::Map(_)) {
            return (Some(cursor.clone()), Self::default());
        }
        let Some(fields) = cursor.fields("keys such as `ddl` and `through`", KEYS) else {
            return (None, Self::default());
        };
        let (ddl, migrations) = (fields.get("ddl"), fields.get("migrations"));
        if let (Some(_), Some(second)) = (ddl, migrations) {
            let message = "a schema is read from `ddl` or from `migrations`";
            reader.error(CONFLICTING_SETTINGS, second, message, "keep one of the two");
        }
        let files = ddl.or(migrations).cloned();
        if files.is_none() {
            fields.require("ddl");
        }
        let settings = Self {
            layout: fields.get("layout").and_then(|layout| read_layout(reader, layout)),
            through: fields.get("through").and_then(read_through),
            shapes_nothing: texts(reader, fields.get("shapes_nothing")),
            search_path: texts(reader, fields.get("search_path")),
            layouts: Vec::new(),
        };
        (files, settings)
    }
}

fn read_layout(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Option<MigrationLayout> {
    let text = cursor.text("the name of a migration tool")?;
    let found = LAYOUTS.iter().find(|(name, _)| *name == text).map(|(_, layout)| *layout);
    if found.is_none() {
        let help = suggest(text, LAYOUTS.iter().map(|(name, _)| *name));
        reader.error(UNKNOWN_VALUE, cursor, format!("unknown value `{text}`"), help);
    }
    found
}

fn read_through(cursor: &Cursor<'_>) -> Option<Through> {
    let text = cursor.text("`server`, or the URL of one")?;
    Some(if text == "server" { Through::Server } else { Through::Url(text.to_owned()) })
}

fn texts(reader: &ManifestReader<'_>, cursor: Option<&Cursor<'_>>) -> Vec<String> {
    reader.texts(cursor, "a list of texts").into_iter().map(|text| text.value).collect()
}
