//! The manifest, checked and typed.
//!
//! [`load`] reads the file and lists the schema's files; all else is a function of the text. This stage does not read
//! the content of schemas: a later one checks whether a table or a column exists.

mod check;
mod databases;
mod migrations;
mod names;
mod read;
mod reader;
mod relative;
mod scalar;
mod schema;
mod schema_settings;
mod table_settings;

use std::{
    fs::File,
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ormgen_config::{
    ConnectionConfig,
    yaml::{self, Cursor, Fields, MAX_SIZE, Mistakes, Node, Value},
};

use crate::diagnostics::{Diagnostic, Diagnostics, Place, Source, TOO_MUCH_YAML, UNREADABLE_MANIFEST};
pub use migrations::MigrationLayout;
#[cfg(feature = "cli")]
pub(crate) use names::is_free_name;
pub use names::{join_name, split_name};
use reader::ManifestReader;
use relative::relative;
pub(crate) use scalar::yaml_scalar;
pub use schema::is_snapshot;
use schema::{Disk, RealDisk};
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
    /// Which tables become models: globs over `table` or `schema.table`; `["*"]` when not given.
    pub models: Vec<Spanned<String>>,
    /// The schema whose tables' structs carry no prefix, in place of the one that the naming rule chooses.
    pub main_schema: Option<Spanned<String>>,
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

/// Reads and checks a manifest, and returns it with its warnings.
///
/// # Errors
/// All its mistakes, with the warnings, in the file's order. Their [`Source`] holds the text with stars in place
/// of literal passwords, so that no drawn excerpt shows one.
pub fn load(path: &Path) -> Result<(Manifest, Diagnostics), Diagnostics> {
    match load_partly(path)? {
        (Some(manifest), diagnostics) if !diagnostics.has_errors() => Ok((manifest, diagnostics)),
        (_, diagnostics) => Err(diagnostics),
    }
}

/// As [`load`]; if there are mistakes, also returns the part of the manifest that could be read.
pub(crate) fn load_partly(path: &Path) -> Result<(Option<Manifest>, Diagnostics), Diagnostics> {
    let (manifest, diagnostics) = parse_partly(path, &read_file(path)?, &RealDisk);
    let Some(mut manifest) = manifest else { return Err(diagnostics) };
    if let (RuntimeSource::Path(runtime), Ok(base)) =
        (&manifest.output.runtime, std::path::absolute(&manifest.folder))
    {
        // A package is a folder of its own in the output.
        let package = manifest.output.path.join("package");
        manifest.output.runtime = RuntimeSource::Path(relative(&base, &package, runtime));
    }
    Ok((Some(manifest), diagnostics))
}

fn read_file(path: &Path) -> Result<String, Diagnostics> {
    let refuse =
        |code, message: String, help| Diagnostic::error(code, message).in_file(path).help(help).into();
    let mut bytes = Vec::new();
    let limit = MAX_SIZE as u64 + 1;
    if let Err(error) = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
        let (message, help) = match error.kind() {
            io::ErrorKind::NotFound => {
                ("the manifest does not exist".to_owned(), "`ormgen init` writes a manifest to start from")
            }
            io::ErrorKind::IsADirectory => (
                "the manifest is a folder".to_owned(),
                "name the file in it: `ormgen build folder/manifest.yaml`",
            ),
            io::ErrorKind::PermissionDenied => (
                "the manifest cannot be read: permission denied".to_owned(),
                "give the user who runs ormgen the permission to read the file and to enter its folder",
            ),
            kind => (format!("the manifest cannot be read: {kind}"), "see that its disk can be read"),
        };
        return Err(refuse(UNREADABLE_MANIFEST, message, help));
    }
    if bytes.len() > MAX_SIZE {
        let message = "the manifest is larger than 1 MiB".to_owned();
        return Err(refuse(TOO_MUCH_YAML, message, "check that the path is a manifest's"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("the manifest is not UTF-8: line {line} holds a byte that cannot be in it");
        refuse(UNREADABLE_MANIFEST, message, "save it as UTF-8")
    })
}

/// The manifest of a text; `path` says where it is, for messages and for the paths in it.
fn parse_partly(path: &Path, text: &str, disk: &dyn Disk) -> (Option<Manifest>, Diagnostics) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mistakes = Mistakes::default();
    let root = yaml::read(text, &mistakes);
    let source = Source::new(path, yaml::mask(text, root.as_ref()));
    let reader = ManifestReader::new(&source);
    let manifest = match root {
        Some(root) if !matches!(root.value, Value::Null) => manifest(&reader, &root, mistakes, disk),
        _ => {
            if mistakes.is_empty() {
                let diagnostic =
                    Diagnostic::error(UNREADABLE_MANIFEST, "the manifest is empty").in_file(path);
                reader.note(diagnostic.help("`ormgen init` writes a manifest to start from"));
            }
            reader.note_all(mistakes);
            None
        }
    };
    (manifest, reader.into_diagnostics())
}

/// Reads every section, then checks how they fit together. `mistakes` has those of the YAML. Notes all mistakes, and
/// returns what could be read.
fn manifest(
    reader: &ManifestReader<'_>,
    root: &Node,
    mistakes: Mistakes,
    disk: &dyn Disk,
) -> Option<Manifest> {
    let read = Cursor::new(root, &mistakes)
        .fields("keys such as `connections` and `apps`", read::KEYS)
        .map(|fields| sections(reader, &fields, disk));
    reader.note_all(mistakes);
    let (manifest, aliases) = read?;
    check::names(reader, "a connection", aliases.iter());
    check::names(reader, "an app", manifest.apps.iter().map(|app| &app.name));
    check::connections(reader, &manifest.apps, &aliases);
    check::references(reader, &manifest.references, &manifest.apps);
    check::types(reader, &manifest.types, &manifest.apps);
    if !reader.has_errors() {
        check::unused(reader, &manifest.apps, &aliases);
    }
    Some(manifest)
}

/// The manifest as far as it can be read, and every connection's alias.
fn sections(
    reader: &ManifestReader<'_>,
    fields: &Fields<'_>,
    disk: &dyn Disk,
) -> (Manifest, Vec<Spanned<String>>) {
    let source = Arc::clone(reader.source);
    let folder = source.path.parent().unwrap_or(Path::new("")).to_owned();
    let (connections, aliases) =
        fields.require("connections").map(|section| read::connections(reader, section)).unwrap_or_default();
    let apps = fields.require("apps").map(|section| read::apps(reader, section, &folder, disk));
    let references = fields.get("references").map(|section| read::references(reader, section));
    let read::Types { overrides: types, settings: type_settings, values } =
        fields.get("types").map(|section| read::types(reader, section)).unwrap_or_default();
    let manifest = Manifest {
        source,
        folder,
        connections,
        apps: apps.unwrap_or_default(),
        references: references.unwrap_or_default(),
        types,
        values,
        type_settings,
        output: read::output(reader, fields.get("output")),
    };
    (manifest, aliases)
}

/// The manifest of a text, if nothing is wrong with it.
#[cfg(test)]
fn parse(path: &Path, text: &str, disk: &dyn Disk) -> Result<(Manifest, Diagnostics), Diagnostics> {
    match parse_partly(path, text, disk) {
        (Some(manifest), diagnostics) if !diagnostics.has_errors() => Ok((manifest, diagnostics)),
        (_, diagnostics) => Err(diagnostics),
    }
}

#[cfg(test)]
mod tests;
