//! The manifest, checked and typed.
//!
//! [`load`] reads the file and lists the schema's files; all else is a function of the text. This stage does not read
//! the content of schemas: a later one checks whether a table or a column exists.

mod check;
mod databases;
mod load;
mod migrations;
mod names;
mod read;
mod reader;
mod relative;
mod scalar;
mod schema;
mod schema_settings;
mod table_settings;
mod versions;

use std::{
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ormgen_config::ConnectionConfig;

use crate::diagnostics::{Place, Source};
pub use load::load;
pub(crate) use load::{Partly, load_partly};
pub use migrations::MigrationLayout;
#[cfg(feature = "cli")]
pub(crate) use names::is_free_name;
pub use names::{join_name, split_name};
pub(crate) use scalar::yaml_scalar;
pub use schema::is_snapshot;
pub use schema_settings::{SchemaSettings, Through};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub place: Place,
}

/// A whole manifest. Every name in it that refers to another part of the manifest has been checked.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its text, with stars in place of literal passwords.
    pub source: Arc<Source>,
    /// The folder it is in; every path in it is relative to this.
    pub folder: PathBuf,
    /// In the file's order.
    pub connections: Vec<Spanned<ConnectionConfig>>,
    /// In the file's order.
    pub apps: Vec<App>,
    /// IDs that cross databases.
    pub references: Vec<Reference>,
    /// Overrides, in the file's order.
    pub types: Vec<TypeOverride>,
    /// The Rust types of whole classes of values.
    pub values: ValueChoices,
    /// Settings of enums and composite types.
    pub type_settings: Vec<TypeSettings>,
    /// Where and how to write.
    pub output: OutputSettings,
}

impl Manifest {
    /// A path in the manifest as the user would write it at the terminal.
    pub fn path(&self, path: &Path) -> PathBuf {
        let mut joined = PathBuf::new();
        for part in self.folder.join(path).components() {
            let above = joined.components().next_back();
            match (part, above) {
                (Component::CurDir, _) => {}
                (Component::ParentDir, Some(Component::Normal(_))) => {
                    joined.pop();
                }
                _ => joined.push(part),
            }
        }
        joined
    }

    /// The connection of that alias.
    pub fn connection(&self, alias: &str) -> Option<&ConnectionConfig> {
        self.connections.iter().map(|spanned| &spanned.value).find(|connection| connection.alias == alias)
    }
}

/// A set of models and the connection that serves them.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name.
    pub name: Spanned<String>,
    /// Where its schema is read from.
    pub schema: Spanned<Schema>,
    /// How the files of its schema are read.
    pub settings: SchemaSettings,
    /// Which tables become models: globs over `table` or `schema.table`, of which those that begin with `!` leave tables
    /// out; `["*"]` when not given.
    pub models: Vec<Spanned<String>>,
    /// The schema whose tables' structs carry no prefix, in place of the one that the naming rule chooses.
    pub main_schema: Option<Spanned<String>>,
    /// Where it says that SQL names what its main schema has without the schema, if it does.
    pub unqualified: Option<Place>,
    /// What its tables' names begin with, and their models' do not.
    pub table_prefix: Option<Spanned<String>>,
    /// The alias that serves its models.
    pub default_connection: Spanned<String>,
    /// Further aliases that may serve them.
    pub connections: Vec<Spanned<String>>,
    /// Settings of single tables.
    pub tables: Vec<TableSettings>,
    /// Relations without a foreign key: a view's, say.
    pub relations: Vec<RelationSettings>,
    /// Whether partitions become models of their own.
    pub partitions: bool,
}

/// Where a schema is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Files in order, each a DDL file or a snapshot (`.yaml`, `.yml`, `.json`), relative to the manifest's
    /// folder: folders are listed already, in natural order.
    Files(Vec<PathBuf>),
    /// The app's default connection.
    Live,
}

/// The settings of one table.
#[derive(Clone, Debug)]
pub struct TableSettings {
    /// The table, as `table` or `schema.table`.
    pub table: Spanned<String>,
    /// The struct's name.
    pub name: Option<Spanned<String>>,
    /// A key for a view or a table that has no primary key.
    pub key: Option<Spanned<Vec<String>>>,
    /// Derives of its structs, beside the output's.
    pub derives: Vec<Spanned<String>>,
    /// Attributes of its structs, without `#[` and `]`.
    pub attributes: Vec<Spanned<String>>,
    /// Settings of single columns.
    pub columns: Vec<ColumnSettings>,
    /// Other names for its relations.
    pub relations: Vec<Rename>,
}

/// A new name for a relation.
#[derive(Clone, Debug)]
pub struct Rename {
    /// The name that ormgen would give its constant.
    pub from: Spanned<String>,
    /// The name that its constant gets.
    pub to: Spanned<String>,
}

/// A relation without a foreign key, between two tables or views of one database.
#[derive(Clone, Debug)]
pub struct RelationSettings {
    /// The table, as `table` or `schema.table`, and the columns that hold the key.
    pub from: Spanned<(String, Vec<String>)>,
    /// The table and the columns that they refer to.
    pub to: Spanned<(String, Vec<String>)>,
    /// The name of its constant.
    pub name: Option<Spanned<String>>,
    /// The name of the constant at the other end.
    pub reverse: Option<Spanned<String>>,
}

/// Settings of an enum or a composite type.
#[derive(Clone, Debug)]
pub struct TypeSettings {
    /// Its schema, where it is given.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it was written.
    pub place: Place,
    /// Its derives, beside the output's.
    pub derives: Vec<Spanned<String>>,
    /// Its attributes, without `#[` and `]`.
    pub attributes: Vec<Spanned<String>>,
    /// Settings of a composite type's fields.
    pub fields: Vec<FieldSettings>,
}

/// The settings of one field of a composite type.
#[derive(Clone, Debug)]
pub struct FieldSettings {
    /// Its name in SQL.
    pub field: Spanned<String>,
    /// Its attributes, without `#[` and `]`.
    pub attributes: Vec<Spanned<String>>,
}

/// The settings of one column.
#[derive(Clone, Debug)]
pub struct ColumnSettings {
    /// Its name.
    pub column: Spanned<String>,
    /// The field's name.
    pub name: Option<Spanned<String>>,
    /// Its SQL type, for a column of a view whose type cannot be known without a server.
    pub sql_type: Option<Spanned<String>>,
    /// Whether it may be NULL, for a column of a view.
    pub nullable: Option<bool>,
    /// Whether the model leaves it out.
    pub skip: bool,
    /// Attributes of its fields, without `#[` and `]`.
    pub attributes: Vec<Spanned<String>>,
}

/// A column, named from the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnPath {
    /// The app.
    pub app: String,
    /// The schema, where it is given.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

/// A reference: an ID column that refers to rows of another database.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The column that holds the ID.
    pub from: Spanned<ColumnPath>,
    /// The column it refers to.
    pub to: Spanned<ColumnPath>,
    /// The name of its constant, in place of the one that ormgen makes of the column's.
    pub name: Option<Spanned<String>>,
    /// The name of the constant at the other end.
    pub reverse: Option<Spanned<String>>,
    /// The cache of the rows that it loads; none are kept when not given.
    pub cache: Option<Cache>,
}

/// The cache of a reference: how many rows it keeps in memory, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The greatest number of rows.
    pub capacity: u64,
    /// The longest time that a row is kept.
    pub time_to_live: Duration,
}

/// A Rust type in place of the usual one.
#[derive(Clone, Debug)]
pub struct TypeOverride {
    /// The type or column that it is for.
    pub target: Spanned<TypeTarget>,
    /// A path such as `rust_decimal::Decimal`; it parses as a Rust type.
    pub rust: Spanned<String>,
}

/// The Rust types of whole classes of values, where the manifest chooses them under `types`: a default holds what most
/// columns contain, and refuses the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueChoices {
    /// `infinity:` for dates and timestamps.
    pub infinity: Option<InfinityChoice>,
    /// `arrays:` for arrays of any type.
    pub arrays: Option<ArrayChoice>,
    /// `unknown:` for columns whose type has no Rust counterpart.
    pub unknown: Option<UnknownChoice>,
}

/// What happens to a column whose type has no Rust counterpart, or to a view's column whose type cannot be inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownChoice {
    /// It is an error.
    Refused,
    /// The model has no field for it, and a warning says so.
    Skipped,
}

/// Whether the Rust types of dates and timestamps can hold `infinity` and `-infinity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InfinityChoice {
    /// They can: `OrInfinity<NaiveDate>`.
    Kept,
    /// They cannot: reading an infinity is an error.
    Refused,
}

/// Which arrays the Rust types of array columns can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayChoice {
    /// One dimension and no NULL: `Vec<T>`.
    Plain,
    /// One dimension: `Vec<Option<T>>`.
    Nullable,
    /// Any dimensions and NULL: `Array<Option<T>>`.
    Any,
}

/// The type or column that an override is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeTarget {
    /// Every column of a SQL type: schema and name as written (`numeric` has no schema).
    Type {
        /// The schema, where it is given.
        schema: Option<String>,
        /// The type's name.
        name: String,
    },
    /// One column.
    Column(ColumnPath),
}

/// The shape of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One module tree.
    Modules,
    /// A Cargo package per database, and one with `Databases`, which depends on them.
    Crates,
}

/// Where generated crates find `ormgen-runtime`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuntimeSource {
    /// From the registry, at this version of ormgen.
    Version,
    /// From a folder, as seen from a generated package's.
    Path(PathBuf),
    /// From a repository.
    Git(String),
}

/// Where and how to write.
#[derive(Clone, Debug)]
pub struct OutputSettings {
    /// The folder, relative to the manifest as written. `src/db` when not given.
    pub path: PathBuf,
    /// Modules or crates.
    pub layout: Layout,
    /// Further derives of models: `serde`, `eq`, `hash`, … as the manifest names them.
    pub derives: Vec<Spanned<String>>,
    /// Where generated crates find the runtime.
    pub runtime: RuntimeSource,
    /// Whether struct names are singular: `customers` becomes `Customer`.
    pub singular: bool,
}

#[cfg(test)]
mod tests;
