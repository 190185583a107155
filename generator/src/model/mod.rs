//! The catalogs in Rust's words: names, types, keys, relations. Templates only print what is decided here.
//!
//! Pure: it takes a manifest and catalogs and gives a [`Model`]. It reads no file and writes no Rust but the
//! short pieces (a type, a literal, a path) that a template cannot put together without logic.

mod apps;
mod column_docs;
mod column_types;
mod columns;
mod connections;
mod context;
mod data;
mod derives;
mod docs;
mod find;
mod imports;
mod key_type;
mod keys;
mod limits;
mod literal;
mod main_schema;
mod many_to_many;
mod names;
pub mod naming;
mod overrides;
mod own_relations;
mod qualify;
mod references;
mod relations;
mod renames;
mod resolve;
mod rust_type;
mod serde_names;
mod spots;
mod sql;
mod std_types;
mod tables;
mod target;
mod type_settings;
pub mod types;
mod unqualified;
mod unsupported;
mod user_types;

use std::collections::BTreeMap;

#[cfg(all(feature = "cli", feature = "live"))]
pub(crate) use apps::Patterns;
pub use data::{
    AppModel, ColumnKind, ColumnModel, Composite, Connection, Database, Direction, Enum, Field, Insert,
    KeyColumn, KeyModel, ManyToMany, Model, ModelKind, References, Relation, RelationShape, Settings,
    TableModel, Variant,
};
pub use imports::Imports;
pub use key_type::KeyType;
pub use rust_type::{RustType, Traits};

use crate::{catalog::Loaded, diagnostics::Diagnostics, manifest::Manifest};

/// Builds the model from a manifest and its catalogs, one per database, by its default connection's alias.
///
/// The model is complete only if `diagnostics` holds no error afterwards.
pub fn build(
    manifest: &Manifest,
    catalogs: &BTreeMap<String, Loaded>,
    diagnostics: &mut Diagnostics,
) -> Model {
    let manifest = &qualify::tables(manifest, catalogs, diagnostics);
    let mut databases = Vec::new();
    for (alias, apps) in manifest.databases() {
        let Some(loaded) = catalogs.get(alias) else { continue };
        let mut database = tables::database(manifest, alias, &apps, loaded, diagnostics);
        let others: Vec<(&str, &Loaded)> = catalogs
            .iter()
            .filter(|(other, _)| *other != alias)
            .map(|(other, loaded)| (other.as_str(), loaded))
            .collect();
        let own = relations::add(&mut database, &apps, loaded, &others, diagnostics);
        many_to_many::add(&mut database, &apps, loaded, &own);
        for (app, of_app) in apps.iter().zip(&database.apps) {
            of_app.tables.iter().for_each(|table| renames::check(app, table, diagnostics));
        }
        databases.push(database);
    }
    let finder = find::Finder { manifest, databases: &databases, catalogs };
    overrides::check(&finder, diagnostics);
    type_settings::check(&finder, diagnostics);
    let references = references::build(&finder, diagnostics);
    Model {
        connections: connections::build(manifest, &databases),
        databases,
        references,
        layout: manifest.output.layout,
        runtime: manifest.output.runtime.clone(),
        serde: derives::has_serde(manifest),
    }
}
