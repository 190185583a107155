//! The model's data: what the templates print.

use serde::Serialize;

use super::{key_type::KeyType, rust_type::RustType};
use crate::{
    catalog::QName,
    manifest::{Layout, RuntimeSource},
};

/// Everything that the templates print.
#[derive(Clone, Debug, Serialize)]
pub struct Model {
    /// One per database, by name.
    pub databases: Vec<Database>,
    /// One per connection that an app names, in the manifest's order.
    pub connections: Vec<Connection>,
    /// The constants that references between databases add to models, by the models' paths.
    pub references: Vec<References>,
    /// Whether the output is one module tree or a package per database.
    #[serde(skip)]
    pub layout: Layout,
    /// Where generated packages find the runtime.
    #[serde(skip)]
    pub runtime: RuntimeSource,
    /// Whether any model derives serde's traits.
    pub serde: bool,
}

impl Model {
    /// Whether a reference keeps the rows that it loads in memory: the runtime needs its feature `cache` then.
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
    /// Its apps. If there is only one, its models are directly in the database's module.
    pub apps: Vec<AppModel>,
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
pub struct AppModel {
    /// Its name.
    pub name: String,
    /// Its module; none if its models are in the database's module.
    pub module: Option<String>,
    /// The schema whose tables' structs carry no prefix.
    #[serde(skip)]
    pub main_schema: String,
    /// Its tables and views, by name.
    pub tables: Vec<TableModel>,
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
    /// Its settings, without any password.
    #[serde(flatten)]
    pub settings: Settings,
}

/// The settings of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// A Rust expression of them.
    #[serde(rename = "settings")]
    pub expression: String,
    /// Whether the expression has a `Duration`.
    #[serde(skip)]
    pub has_durations: bool,
    /// Whether the expression has a `TlsConfig`.
    #[serde(skip)]
    pub has_tls: bool,
}

/// The references of one model.
#[derive(Clone, Debug, Serialize)]
pub struct References {
    /// The struct, as a child module of the root names it.
    pub path: String,
    /// The trait that has its references as constants, if the struct is in another package.
    pub name: String,
    /// Its references.
    pub references: Vec<Relation>,
}

/// The type of a relation's constant, by how many rows the other end has and where it is. Named as in the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum RelationShape {
    /// One row of another database, which may not exist.
    Reference,
    /// Any number of rows.
    ToMany,
    /// Exactly one row.
    ToOne,
    /// At most one row.
    ToOptional,
}

impl RelationShape {
    /// The name that the runtime gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "Reference",
            Self::ToMany => "ToMany",
            Self::ToOne => "ToOne",
            Self::ToOptional => "ToOptional",
        }
    }
}

/// The direction of a relation: from which of its two tables a foreign key or a reference leads. Forward relations come
/// before backward ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From the table that has the key's columns.
    Forward,
    /// From the table that the key refers to.
    Backward,
}

/// A relation: the constant that the model at one end of a foreign key or a reference has for it.
#[derive(Clone, Debug, Serialize)]
pub struct Relation {
    /// The constant.
    pub constant: String,
    /// How many rows of the other table belong to one row.
    pub shape: RelationShape,
    /// From which end it leads.
    #[serde(skip)]
    pub direction: Direction,
    /// The struct at the other end.
    pub target: String,
    /// The key's type.
    pub key: KeyType,
    /// The constants of this end's columns.
    pub columns: Vec<String>,
    /// The constants of the other end's columns.
    pub target_columns: Vec<String>,
    /// For a backward relation: the constant of the forward one, at the other end. None for a reference.
    pub forward: Option<String>,
    /// Whether the key is the other end's primary key, of one column and of the same type.
    pub by_key: bool,
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
}

/// A relation through a join table: a constant that combines two relations.
#[derive(Clone, Debug, Serialize)]
pub struct ManyToMany {
    /// The constant.
    pub constant: String,
    /// The struct at the other end.
    pub target: String,
    /// The type of this end's key.
    pub key: KeyType,
    /// The type of the other end's key; none where a link needs values beside the keys.
    pub target_key: Option<KeyType>,
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
pub struct TableModel {
    /// Its SQL name.
    #[serde(skip)]
    pub qname: QName,
    /// Its module and file.
    pub module: String,
    /// The kind and name of the table, for the module's doc: ``Table `public.customers`.``
    pub title: String,
    /// The table or view that a row is of, for the struct's doc if the database has no comment.
    pub noun: String,
    /// The struct.
    pub name: String,
    /// The struct's doc, line by line.
    pub docs: Vec<String>,
    /// Whether its rows can be written.
    pub kind: ModelKind,
    /// Its name in SQL, as a Rust literal.
    pub sql: String,
    /// The text after the columns of `SELECT`, as a Rust literal.
    pub from: String,
    /// Its columns, in order.
    pub columns: Vec<ColumnModel>,
    /// Its relations: forward, then backward, by name.
    pub relations: Vec<Relation>,
    /// Its relations through join tables, by name.
    pub many_to_many: Vec<ManyToMany>,
    /// Its key.
    pub key: Option<KeyModel>,
    /// The struct that an insert takes; none if the table takes no new rows.
    pub insert: Option<Insert>,
    /// The struct's derives, comma-separated.
    pub derives: String,
    /// The struct's other attributes.
    pub attributes: Vec<String>,
    /// The columns as statements list them, as a Rust literal; none where there are no columns.
    pub list: Option<String>,
    /// The path from its module to the database's: `super`, or `super::super`.
    pub up: &'static str,
}

/// Whether a model's rows can be written. Named as in the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ModelKind {
    /// Rows can be read and written.
    Table,
    /// Rows can be read.
    View,
}

impl ModelKind {
    /// The name that the runtime gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "Table",
            Self::View => "View",
        }
    }
}

/// A column: a field and a constant.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnModel {
    /// The SQL name, unquoted: for messages.
    #[serde(skip)]
    pub sql_name: String,
    /// The field.
    pub field: String,
    /// The constant.
    pub constant: String,
    /// The doc, line by line.
    pub docs: Vec<String>,
    /// The constant's doc: its type, default and keys.
    pub facts: String,
    /// The field's attributes.
    pub attributes: Vec<String>,
    /// The field's type, `Option` included.
    pub ty: RustType,
    /// The type without `Option`.
    pub value: RustType,
    /// The marker type of its constant; none for a column that is never NULL and can be written.
    pub kind: Option<ColumnKind>,
    /// The SQL name, quoted where needed, as a Rust literal.
    pub sql: String,
    /// The SQL type in which its values are sent and received, as a Rust literal.
    pub sql_type: String,
    /// Whether stored values are cast.
    pub cast: bool,
    /// Whether it is an array or a composite.
    pub compound: bool,
    /// Its collation as SQL writes it, if it is not the database's own, as a Rust literal.
    pub collation: Option<String>,
    /// Whether it is `GENERATED ALWAYS AS IDENTITY`.
    pub identity: bool,
    /// Whether the insert struct has a field for it.
    pub inserted: bool,
    /// Whether it may be NULL.
    #[serde(skip)]
    pub nullable: bool,
    /// Whether its values can be compared for equality, so that rows can be matched by them.
    #[serde(skip)]
    pub comparable: bool,
}

/// The marker type of a column's constant. Named as in the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ColumnKind {
    /// It may be NULL.
    Nullable,
    /// The database computes its values.
    Generated,
    /// It may be NULL, and the database computes its values.
    NullableGenerated,
}

impl ColumnKind {
    /// The name that the runtime gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nullable => "Nullable",
            Self::Generated => "Generated",
            Self::NullableGenerated => "NullableGenerated",
        }
    }
}

/// A primary key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyModel {
    /// Its Rust type: the column's, or a tuple.
    pub ty: String,
    /// Its columns' fields and constants.
    pub columns: Vec<KeyColumn>,
    /// The text after the columns of `SELECT`: ` FROM … WHERE …`, as a Rust literal.
    pub by_key: String,
}

/// A column of a key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyColumn {
    /// The constant.
    pub constant: String,
    /// The expression that reads its value from `self`.
    pub value: String,
}

/// The struct that an insert takes.
#[derive(Clone, Debug, Serialize)]
pub struct Insert {
    /// The struct.
    pub name: String,
    /// The doc, line by line.
    pub docs: Vec<String>,
    /// `INSERT` up to the columns that it returns, as a Rust literal.
    pub sql: String,
    /// Whether it has any column.
    pub binds: bool,
    /// The derives, comma-separated: the row's, and `Default` where every column may be NULL.
    pub derives: String,
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
    /// The other attributes.
    pub attributes: Vec<String>,
    /// Whether clippy would warn that its variants' names begin or end alike.
    pub alike: bool,
}

/// An enum's label.
#[derive(Clone, Debug, Serialize)]
pub struct Variant {
    /// The variant.
    pub name: String,
    /// The label, as a Rust literal.
    pub label: String,
    /// The attributes.
    pub attributes: Vec<String>,
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
    /// The SQL name with its schema, quoted where needed, as a Rust literal.
    pub sql_name: String,
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// The derives, comma-separated.
    pub derives: String,
    /// The other attributes.
    pub attributes: Vec<String>,
}

/// A field of a composite type.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The constant.
    pub constant: String,
    /// The constant's doc: its type.
    pub facts: String,
    /// The type without `Option`.
    pub value: RustType,
    /// The SQL name, quoted where needed, as a Rust literal.
    pub sql: String,
    /// The SQL type in which its values are sent and received, as a Rust literal.
    pub sql_type: String,
    /// Whether stored values are cast.
    pub cast: bool,
    /// Whether it is an array or a composite.
    pub compound: bool,
    /// The attributes.
    pub attributes: Vec<String>,
    /// Its type; always an `Option`, for a composite's fields may be NULL.
    pub ty: RustType,
    /// The doc, line by line.
    pub docs: Vec<String>,
}
