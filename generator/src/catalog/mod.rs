//! The catalog: the typed form of one database's schema, in PostgreSQL's words.
//!
//! It is the same whatever the source: DDL files ([`ddl`]), a snapshot ([`snapshot`]), a live server (`live`). It holds
//! data only: no Rust name and no file position is in it (positions travel beside it, in [`Places`]).

pub mod builtins;
pub mod ddl;
mod domains;
mod doubt;
pub mod drift;
#[cfg(feature = "live")]
pub mod drift_spelling;
#[cfg(feature = "live")]
pub mod fill;
pub mod identifiers;
mod likeness;
#[cfg(feature = "live")]
pub mod live;
pub mod normal;
mod read;
pub mod snapshot;
#[cfg(feature = "live")]
mod through;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
};

use serde::{Deserialize, Serialize};

pub(crate) use ddl::is_extension_type;
pub use ddl::parse_type;
pub use doubt::Doubt;
pub(crate) use likeness::meant;
pub(crate) use read::check_files;
pub use read::read;
#[cfg(all(feature = "cli", feature = "live"))]
pub(crate) use read::read_through;

use crate::diagnostics::{Diagnostic, Place};

/// A schema-qualified name, unquoted, exactly as PostgreSQL stores it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QName {
    /// The schema, `public` for instance.
    pub schema: String,
    /// The name inside it.
    pub name: String,
}

impl QName {
    /// A name in a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// A name in `pg_catalog`.
    pub fn builtin(name: impl Into<String>) -> Self {
        Self::new("pg_catalog", name)
    }
}

/// `schema.name`, without quotes: for messages, not for SQL.
impl fmt::Display for QName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// The objects of a database that generated code depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Schemas with their comments.
    pub schemas: BTreeMap<String, Option<String>>,
    /// Extensions by name.
    pub extensions: BTreeSet<String>,
    /// Tables and views.
    pub tables: BTreeMap<QName, Table>,
    /// User-defined types.
    pub types: BTreeMap<QName, TypeDef>,
    /// Sequences.
    pub sequences: BTreeMap<QName, Sequence>,
}

/// What sort of relation a [`Table`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A table, a partition included.
    Table,
    /// A partitioned table.
    Partitioned,
    /// A foreign table.
    Foreign,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
}

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Table, view, …
    pub kind: TableKind,
    /// Its columns, in the order of `SELECT *`.
    pub columns: Vec<Column>,
    /// The primary key.
    pub primary_key: Option<Key>,
    /// `UNIQUE` constraints, by name.
    pub uniques: Vec<Key>,
    /// Foreign keys, by name.
    pub foreign_keys: Vec<ForeignKey>,
    /// `CHECK` constraints, by name.
    pub checks: Vec<Check>,
    /// Exclusion constraints, by name, as their definition's text.
    pub exclusions: Vec<Check>,
    /// Indexes that no constraint owns, by name.
    pub indexes: Vec<Index>,
    /// The partitioned table this is a partition of.
    pub partition_of: Option<QName>,
    /// Tables it inherits from (not its partitioned table).
    pub inherits: Vec<QName>,
    /// `COMMENT ON TABLE`.
    pub comment: Option<String>,
}

impl Table {
    /// A table or view of that kind with nothing in it.
    pub fn new(kind: TableKind) -> Self {
        Self {
            kind,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            exclusions: Vec::new(),
            indexes: Vec::new(),
            partition_of: None,
            inherits: Vec::new(),
            comment: None,
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether it is a view or a materialized view.
    pub fn is_view(&self) -> bool {
        matches!(self.kind, TableKind::View | TableKind::MaterializedView)
    }
}

/// A column of a table or view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: SqlType,
    /// Whether the column itself may hold NULL (a domain's NOT NULL is the domain's).
    pub nullable: bool,
    /// `DEFAULT`'s expression as text. A serial column has its `nextval(…)`.
    pub default: Option<String>,
    /// `GENERATED … AS IDENTITY`.
    pub identity: Option<Identity>,
    /// `GENERATED ALWAYS AS (…)`.
    pub generated: Option<GenerationExpression>,
    /// A collation that is not the type's own.
    pub collation: Option<QName>,
    /// `COMMENT ON COLUMN`.
    pub comment: Option<String>,
}

impl Column {
    /// A nullable column with nothing else set.
    pub fn new(name: impl Into<String>, ty: SqlType) -> Self {
        Self {
            name: name.into(),
            ty,
            nullable: true,
            default: None,
            identity: None,
            generated: None,
            collation: None,
            comment: None,
        }
    }
}

/// Whether an insert may give an identity column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Only the sequence gives the value.
    Always,
    /// The sequence gives the value unless the insert does.
    ByDefault,
}

/// A generated column's expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationExpression {
    /// The expression as text.
    pub expression: String,
    /// `STORED`; a `VIRTUAL` one (PostgreSQL 18) is not stored.
    pub stored: bool,
}

/// The type of a column: a catalog name, a modifier, and whether it is an array.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SqlType {
    /// The type's catalog name: `pg_catalog.int4`, never `integer`. The element's for an array.
    pub name: QName,
    /// The modifier's text without its parentheses: `10,2`, `Point,4326`; for an interval also its fields.
    pub modifier: Option<String>,
    /// Whether it is an array. PostgreSQL does not enforce the number of dimensions, so none is kept.
    pub array: bool,
}

impl SqlType {
    /// The type without modifier.
    pub fn new(name: QName) -> Self {
        Self { name, modifier: None, array: false }
    }

    /// A type of `pg_catalog`.
    pub fn builtin(name: &str) -> Self {
        Self::new(QName::builtin(name))
    }

    /// An array of it.
    #[must_use]
    pub fn into_array(self) -> Self {
        Self { array: true, ..self }
    }

    /// Stands for the type of a view's column that could not be inferred.
    pub fn unknown() -> Self {
        Self::builtin("unknown")
    }

    /// Whether this stands for the type of a view's column that could not be inferred.
    pub fn is_unknown(&self) -> bool {
        self.name == QName::builtin("unknown")
    }
}

/// The type as messages show it: `numeric(10,2)[]`, `public.mood`.
impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.schema == "pg_catalog" {
            f.write_str(&self.name.name)?;
        } else {
            write!(f, "{}", self.name)?;
        }
        if let Some(modifier) = &self.modifier {
            write!(f, "({modifier})")?;
        }
        if self.array { f.write_str("[]") } else { Ok(()) }
    }
}

/// A primary key or a `UNIQUE` constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The constraint's name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<String>,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub deferred: bool,
    /// `NULLS NOT DISTINCT` (PostgreSQL 15).
    pub nulls_not_distinct: bool,
}

/// What the server does to a referring row when the row that it refers to is deleted, or its key changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// `NO ACTION`.
    #[default]
    NoAction,
    /// `RESTRICT`.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`.
    SetDefault,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<String>,
    /// The table it refers to.
    pub target: QName,
    /// The columns it refers to, in order. Resolved to the target's primary key if the DDL names none;
    /// empty only while the target is not in the catalog.
    pub target_columns: Vec<String>,
    /// `ON DELETE`.
    pub on_delete: Action,
    /// `ON UPDATE`.
    pub on_update: Action,
    /// `MATCH FULL`.
    pub match_full: bool,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub deferred: bool,
    /// Not `NOT VALID`.
    pub validated: bool,
    /// Not `NOT ENFORCED` (PostgreSQL 18): the server ensures that the target row exists.
    pub enforced: bool,
    /// `PERIOD` (PostgreSQL 18): the last column is a range that the target's rows cover, not one that they equal.
    pub period: bool,
}

/// A constraint that is kept as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The constraint's name.
    pub name: String,
    /// Its expression.
    pub expression: String,
}

/// An index that no constraint owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// `UNIQUE`.
    pub unique: bool,
    /// `btree`, `gin`, …
    pub method: String,
    /// The index's columns in order; none where the index is over an expression.
    pub columns: Vec<Option<String>>,
    /// The expressions that it is over, in order.
    pub expressions: Vec<String>,
    /// Whether it has a `WHERE`.
    pub partial: bool,
    /// The condition of its `WHERE`; an older snapshot does not have it.
    pub predicate: Option<String>,
    /// `NULLS NOT DISTINCT` (PostgreSQL 15).
    pub nulls_not_distinct: bool,
}

impl Index {
    /// Whether it equals another index, apart from names and the spelling of expressions.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let Self {
            name: _,
            unique,
            method,
            columns,
            expressions: _,
            partial,
            predicate: _,
            nulls_not_distinct,
        } = self;
        (unique, method, columns, partial, nulls_not_distinct)
            == (&other.unique, &other.method, &other.columns, &other.partial, &other.nulls_not_distinct)
    }
}

/// A user-defined type and its comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeDef {
    /// Enum, domain, …
    pub kind: TypeKind,
    /// `COMMENT ON TYPE` or `COMMENT ON DOMAIN`.
    pub comment: Option<String>,
}

/// The sort of a user-defined type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeKind {
    /// An enum, its labels in sort order.
    Enum {
        /// The labels.
        labels: Vec<String>,
    },
    /// A domain.
    Domain {
        /// The type that the domain restricts, which may be another domain.
        base: SqlType,
        /// A collation that is not the base type's own.
        collation: Option<QName>,
        /// `NOT NULL`.
        not_null: bool,
        /// `DEFAULT`'s expression.
        default: Option<String>,
        /// Its checks, by name.
        checks: Vec<Check>,
    },
    /// A composite type of its own (a table's row type is not listed).
    Composite {
        /// Its fields in order.
        fields: Vec<Column>,
    },
    /// A range type.
    Range {
        /// The type of the range's bounds.
        subtype: SqlType,
        /// The name of its multirange type (PostgreSQL 14).
        multirange: QName,
    },
}

/// A sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// The column that owns it: a serial column, an identity column, `OWNED BY`.
    pub owned_by: Option<(QName, String)>,
}

/// An object, or a part of one, whose place in the source is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// A table or view.
    Table(QName),
    /// A column of it.
    Column(QName, String),
    /// A constraint of it, by name.
    Constraint(QName, String),
    /// A type.
    Type(QName),
}

/// Where each object was written, for the diagnostics of later stages.
pub type Places = HashMap<Object, Place>;

/// A catalog and where its objects were written.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The schema.
    pub catalog: Catalog,
    /// Empty for a live server.
    pub places: Places,
    /// The types that do not exist and the foreign keys whose target lacks a column, if the source has reported them,
    /// so that later stages do not.
    pub reported: HashSet<Object>,
    /// What is wrong with the names in views' queries that stand for nothing. Each counts only if it leaves the type of
    /// the column unknown whose expression it is in.
    pub missing_names: Vec<Diagnostic>,
    /// The first statement that makes, drops or renames an index that is not unique, if the text does not tell whether
    /// it runs or what it names. No generated code depends on such an index, but the catalog may lack it or have it too
    /// much.
    pub untold_index: Option<Place>,
    /// What the statements that were not applied leave in doubt.
    pub doubt: Doubt,
}
