//! The catalogs in Rust's words: names, types, keys, relations. Templates only print what is decided here.
//!
//! Pure: it takes a manifest and catalogs and gives a [`Model`]. It reads no file and writes no Rust but the
//! short pieces (a type, a literal, a path) that a template cannot put together without logic.

mod apps;
mod columns;
mod connections;
mod docs;
mod find;
mod literal;
mod many_to_many;
pub mod naming;
mod overrides;
mod references;
mod relations;
mod resolve;
mod sql;
mod tables;
pub mod types;
mod user_types;

use std::collections::BTreeMap;

#[cfg(all(feature = "cli", feature = "live"))]
pub(crate) use apps::Patterns;
use serde::Serialize;

use crate::{
    catalog::{Loaded, QName},
    diagnostics::Diagnostics,
    manifest::{Layout, Manifest, RuntimeSource},
};

/// Everything that the templates print.
#[derive(Clone, Debug, Serialize)]
pub struct Model {
    /// One per database, by name.
    pub databases: Vec<Database>,
    /// One per connection that an app names, in the manifest's order.
    pub connections: Vec<Connection>,
    /// What the references between databases add to models, by their paths.
    pub references: Vec<References>,
    /// One module tree, or a package per database.
    #[serde(skip)]
    pub layout: Layout,
    /// Where generated packages find the runtime.
    #[serde(skip)]
    pub runtime: RuntimeSource,
    /// Whether any model derives serde's traits.
    pub serde: bool,
}

impl Model {
    /// Whether a reference keeps what it loads: the runtime needs its feature `cache` then.
    pub(crate) fn has_cache(&self) -> bool {
        self.references
            .iter()
            .flat_map(|of_model| &of_model.references)
            .any(|reference| reference.cache.is_some())
    }
}

/// One database: a module with a marker type.
#[derive(Clone, Debug, Serialize)]
pub struct Database {
    /// Its default connection's alias.
    pub alias: String,
    /// Its module.
    pub module: String,
    /// Its marker type.
    pub marker: String,
    /// Its apps; the models stand directly in the database's module where there is one app alone.
    pub apps: Vec<App>,
    /// Enums, by name.
    pub enums: Vec<Enum>,
    /// Composite types, by name.
    pub composites: Vec<Composite>,
}

impl Database {
    /// Whether fields or constants have letters that are not ASCII: some look alike, and rustc warns of those.
    pub fn has_foreign_letters(&self) -> bool {
        let columns = self.apps.iter().flat_map(|app| &app.tables).flat_map(|table| &table.columns);
        let fields = self.composites.iter().flat_map(|composite| &composite.fields).map(|field| &field.name);
        let variants = self.enums.iter().flat_map(|of| &of.variants).map(|variant| &variant.name);
        columns.map(|column| &column.field).chain(fields).chain(variants).any(|name| !name.is_ascii())
    }
}

/// The models of one app.
#[derive(Clone, Debug, Serialize)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Its module; none where its models stand in the database's.
    pub module: Option<String>,
    /// Its tables and views, by name.
    pub tables: Vec<Table>,
}

/// A connection: a field of `Databases`.
#[derive(Clone, Debug, Serialize)]
pub struct Connection {
    /// Its name in the manifest, as a Rust literal.
    pub alias: String,
    /// Its name in the manifest, for docs.
    pub title: String,
    /// Its field.
    pub field: String,
    /// The module of the database it serves.
    pub module: String,
    /// The marker of the database it serves.
    pub marker: String,
    /// Whether queries on `&Databases` go to it.
    pub default: bool,
    /// A Rust expression of its settings, without any password.
    pub settings: String,
}

/// The references of one model.
#[derive(Clone, Debug, Serialize)]
pub struct References {
    /// The struct, as a child module of the root names it.
    pub path: String,
    /// The struct's name.
    pub name: String,
    /// Its references.
    pub references: Vec<Relation>,
}

/// A foreign key or a reference, seen from one end: a constant.
#[derive(Clone, Debug, Serialize)]
pub struct Relation {
    /// The constant.
    pub constant: String,
    /// `ToOne`, `ToOptional` or `ToMany`.
    pub shape: &'static str,
    /// The struct at the other end.
    pub target: String,
    /// The key's type: a tuple.
    pub key: String,
    /// The constants of this end's columns.
    pub columns: Vec<String>,
    /// The constants of the other end's columns.
    pub target_columns: Vec<String>,
    /// A closure that reads the key from this end's row.
    pub from: String,
    /// A closure that reads the key from the other end's row.
    pub to: String,
    /// The settings of a reference's cache, as an expression.
    pub cache: Option<String>,
    /// The doc.
    pub docs: String,
    /// The foreign key: its table and its name. None for a reference.
    #[serde(skip)]
    pub foreign_key: Option<(QName, String)>,
    /// Forward relations stand before backward ones.
    #[serde(skip)]
    pub order: u8,
}

/// A join table, seen from one end: a constant made of two others.
#[derive(Clone, Debug, Serialize)]
pub struct ManyToMany {
    /// The constant.
    pub constant: String,
    /// The struct at the other end.
    pub target: String,
    /// The type of this end's key: a tuple.
    pub key: String,
    /// The type of the other end's key: a tuple.
    pub target_key: String,
    /// The constant of the relation to the join table.
    pub near: String,
    /// The join table's struct.
    pub join: String,
    /// The constant of the join table's relation to the other end.
    pub far: String,
    /// The doc.
    pub docs: String,
}

/// A table or view: a module with its struct.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Its SQL name.
    #[serde(skip)]
    pub qname: QName,
    /// Its module and file.
    pub module: String,
    /// What it is, for the module's doc: ``Table `public.customers`.``
    pub title: String,
    /// What a row is of, for the struct's doc where the database has no comment.
    pub noun: String,
    /// The struct.
    pub name: String,
    /// The struct's doc, line by line.
    pub docs: Vec<String>,
    /// `Table` or `View`.
    pub kind: &'static str,
    /// As SQL names it, as a Rust literal.
    pub sql: String,
    /// `SELECT`, as a Rust literal.
    pub select: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its relations: forward, then backward, by name.
    pub relations: Vec<Relation>,
    /// Its relations through join tables, by name.
    pub many_to_many: Vec<ManyToMany>,
    /// Its key.
    pub key: Option<Key>,
    /// What an insert takes.
    pub insert: Option<Insert>,
    /// The struct's derives, comma-separated.
    pub derives: String,
    /// The path from its module to the database's: `super`, or `super::super`.
    pub up: &'static str,
    /// The names of the runtime's that its file uses, as they are written there: `Column`, or
    /// `ormgen_runtime::generated::Column` where the struct itself is a `Column`.
    pub runtime: BTreeMap<&'static str, String>,
    /// What its file imports of the runtime.
    pub imports: Vec<String>,
}

/// A column: a field and a constant.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// The SQL name, unquoted: for messages.
    #[serde(skip)]
    pub sql_name: String,
    /// The field.
    pub field: String,
    /// The constant.
    pub constant: String,
    /// The doc, line by line.
    pub docs: Vec<String>,
    /// The field's type, `Option` included.
    pub ty: String,
    /// The type without `Option`.
    pub value: String,
    /// `Nullable`, …; none for a plain column.
    pub kind: Option<&'static str>,
    /// The SQL name, quoted where needed, as a Rust literal.
    pub sql: String,
    /// The SQL type that its values travel as, as a Rust literal.
    pub sql_type: String,
    /// Whether stored values are cast.
    pub cast: bool,
    /// Whether it is an array or a composite.
    pub compound: bool,
    /// Whether it is `GENERATED ALWAYS AS IDENTITY`.
    pub identity: bool,
    /// Whether an insert gives it.
    pub inserted: bool,
    /// Whether it may be NULL.
    #[serde(skip)]
    pub nullable: bool,
    /// Whether its type is `Copy`.
    #[serde(skip)]
    pub copy: bool,
    /// Whether its type is `Eq` and `Hash`.
    #[serde(skip)]
    pub hash: bool,
}

/// A primary key.
#[derive(Clone, Debug, Serialize)]
pub struct Key {
    /// Its type: the column's, or a tuple.
    pub ty: String,
    /// Its columns' fields and constants.
    pub columns: Vec<KeyColumn>,
    /// `SELECT … WHERE`, as a Rust literal.
    pub find: String,
}

/// A column of a key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyColumn {
    /// The field.
    pub field: String,
    /// The constant.
    pub constant: String,
    /// Whether `self.field` can be copied.
    pub copy: bool,
}

/// What an insert takes.
#[derive(Clone, Debug, Serialize)]
pub struct Insert {
    /// The struct.
    pub name: String,
    /// The doc, line by line.
    pub docs: Vec<String>,
    /// `INSERT`, as a Rust literal.
    pub sql: String,
    /// Whether it has any column.
    pub binds: bool,
}

/// A PostgreSQL enum.
#[derive(Clone, Debug, Serialize)]
pub struct Enum {
    /// What it is, for the doc.
    pub title: String,
    /// The Rust enum.
    pub name: String,
    /// The doc, line by line.
    pub docs: Vec<String>,
    /// The SQL name, unquoted, as a Rust literal.
    pub sql: String,
    /// As SQL names it, as a Rust literal.
    pub sql_name: String,
    /// Its labels in order.
    pub variants: Vec<Variant>,
    /// The derives, comma-separated.
    pub derives: String,
    /// Whether its variants' names resemble each other so much that clippy would say so.
    pub alike: bool,
}

/// An enum's label.
#[derive(Clone, Debug, Serialize)]
pub struct Variant {
    /// The variant.
    pub name: String,
    /// The label, as a Rust literal.
    pub label: String,
}

/// A composite type.
#[derive(Clone, Debug, Serialize)]
pub struct Composite {
    /// What it is, for the doc.
    pub title: String,
    /// The struct.
    pub name: String,
    /// The doc, line by line.
    pub docs: Vec<String>,
    /// The SQL name, unquoted, as a Rust literal.
    pub sql: String,
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// The derives, comma-separated.
    pub derives: String,
}

/// A field of a composite type.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type; always an `Option`, for a composite's fields may be NULL.
    pub ty: String,
    /// The doc, line by line.
    pub docs: Vec<String>,
}

/// The model of a manifest and its catalogs: one per database, by its default connection's alias.
///
/// What it gives is complete only if `diagnostics` holds no error afterwards.
pub fn build(
    manifest: &Manifest,
    catalogs: &BTreeMap<String, Loaded>,
    diagnostics: &mut Diagnostics,
) -> Model {
    let mut databases = Vec::new();
    for (alias, apps) in apps::by_database(manifest) {
        let Some(loaded) = catalogs.get(alias) else { continue };
        let mut database = tables::database(manifest, alias, &apps, loaded, diagnostics);
        let others: Vec<(&str, &Loaded)> = catalogs
            .iter()
            .filter(|(other, _)| *other != alias)
            .map(|(other, loaded)| (other.as_str(), loaded))
            .collect();
        relations::add(&mut database, &apps, loaded, &others, diagnostics);
        many_to_many::add(&mut database, &apps, loaded);
        databases.push(database);
    }
    let finder = find::Finder { manifest, databases: &databases, catalogs };
    overrides::check(&finder, diagnostics);
    let references = references::build(&finder, diagnostics);
    let apps = databases.iter_mut().flat_map(|database| &mut database.apps);
    apps.flat_map(|app| &mut app.tables).for_each(tables::name_runtime);
    Model {
        connections: connections::build(manifest, &databases),
        databases,
        references,
        layout: manifest.output.layout,
        runtime: manifest.output.runtime.clone(),
        serde: columns::derives_serde(&manifest.output),
    }
}
