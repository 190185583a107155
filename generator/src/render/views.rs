//! The data for templates: no more than they print, as a file is rendered again when any of its data changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::{
    AppModel, Composite, Connection, Database, Enum, Imports, Model, References, RelationShape, TableModel,
};

#[derive(Serialize)]
pub(super) struct Root<'a> {
    /// How many databases there are.
    databases: usize,
    connections: &'a [Connection],
    durations: bool,
    tls: bool,
    /// The features of the runtime that the generated code needs.
    features: Vec<&'static str>,
}

impl<'a> Root<'a> {
    pub fn new(model: &'a Model) -> Self {
        let settings = || model.connections.iter().map(|connection| &connection.settings);
        Self {
            databases: model.databases.len(),
            connections: &model.connections,
            durations: settings().any(|settings| settings.has_durations),
            tls: settings().any(|settings| settings.has_tls),
            features: [(model.serde, "serde"), (model.has_cache(), "cache")]
                .into_iter()
                .filter_map(|(is_needed, feature)| is_needed.then_some(feature))
                .collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ReferencesFile<'a> {
    references: &'a [References],
    crates: bool,
    /// The shapes in use, each once.
    shapes: BTreeSet<RelationShape>,
}

impl<'a> ReferencesFile<'a> {
    pub fn new(references: &'a [References], crates: bool) -> Self {
        let all = references.iter().flat_map(|of_model| &of_model.references);
        Self { references, crates, shapes: all.map(|reference| reference.shape).collect() }
    }
}

#[derive(Serialize)]
pub(super) struct DatabaseFile<'a> {
    pub alias: &'a str,
    pub marker: &'a str,
    pub apps: Vec<AppFile<'a>>,
    /// The enums' names in Rust and in SQL.
    pub enums: Vec<(&'a str, &'a str)>,
    /// The composites' names.
    pub composites: Vec<&'a str>,
    /// Those that have fields, for the check at start-up.
    pub composites_with_fields: Vec<&'a Composite>,
    /// It is a crate's root, which alone can allow names in letters that look alike.
    pub allows_alike: bool,
}

#[derive(Serialize)]
pub(super) struct AppFile<'a> {
    pub name: &'a str,
    pub module: Option<&'a str>,
    pub tables: Vec<TableNames<'a>>,
}

#[derive(Serialize)]
pub(super) struct TableNames<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub insert: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct TypesFile<'a> {
    pub alias: &'a str,
    pub enums: &'a [Enum],
    pub composites: &'a [Composite],
}

impl<'a> DatabaseFile<'a> {
    pub fn new(database: &'a Database, allows_alike: bool) -> Self {
        Self {
            alias: &database.alias,
            marker: &database.marker,
            apps: database.apps.iter().map(AppFile::new).collect(),
            enums: database.enums.iter().map(|of| (of.name.as_str(), of.sql_name.as_str())).collect(),
            composites: database.composites.iter().map(|of| of.name.as_str()).collect(),
            composites_with_fields: database.composites.iter().filter(|of| !of.fields.is_empty()).collect(),
            allows_alike,
        }
    }
}

impl<'a> AppFile<'a> {
    pub fn new(app: &'a AppModel) -> Self {
        let names = |table: &'a TableModel| TableNames {
            module: &table.module,
            name: &table.name,
            insert: table.insert.as_ref().map(|insert| insert.name.as_str()),
        };
        Self {
            name: &app.name,
            module: app.module.as_deref(),
            tables: app.tables.iter().map(names).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct TableFile<'a> {
    pub table: &'a TableModel,
    pub rt: &'a BTreeMap<&'static str, String>,
    pub imports: &'a [&'static str],
    pub marker: &'a str,
    /// The fields, in groups of [`LONGEST_TUPLE`]: each group is read by one call.
    pub reads: Vec<Vec<&'a str>>,
    /// Whether a field is called `_3` or the like, which clippy refuses as the name of a variable.
    pub numbered: bool,
}

impl<'a> TableFile<'a> {
    pub fn new(table: &'a TableModel, imports: &'a Imports, marker: &'a str) -> Self {
        let fields: Vec<&str> = table.columns.iter().map(|column| column.field.as_str()).collect();
        let reads = fields.chunks(LONGEST_TUPLE).map(<[_]>::to_vec).collect();
        let is_number = |field: &&str| field.chars().all(|c| c == '_' || c.is_ascii_digit());
        let numbered = fields.iter().any(is_number);
        Self { table, rt: &imports.names, imports: &imports.list, marker, reads, numbered }
    }
}

/// The most values that the runtime reads as one tuple.
const LONGEST_TUPLE: usize = 12;

#[derive(Serialize)]
pub(super) struct CrateFile<'a> {
    pub name: &'a str,
    pub runtime: String,
    pub features: Vec<&'static str>,
    pub serde: bool,
    pub dependencies: Vec<&'a str>,
}
