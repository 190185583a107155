//! What SQL needs to know of a column.

use super::Told;

/// A column's name, SQL type and properties, without its Rust type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDef {
    /// The column's name, quoted where SQL needs it.
    pub name: &'static str,
    /// The SQL type that its values are sent and received as: for a domain, its base type.
    pub sql_type: &'static str,
    /// Whether the column may be NULL.
    pub nullable: bool,
    /// Whether a value must be cast to `sql_type` to be stored, since the driver cannot write the column's own type.
    pub cast: bool,
    /// Whether the column is neither an array nor a composite.
    pub scalar: bool,
    /// The column's collation, as SQL writes it, if it is not the database's own.
    pub collation: Option<&'static str>,
    /// Whether the database alone fills in the column.
    pub generated: bool,
    /// Whether the column is `GENERATED ALWAYS AS IDENTITY`: the one sort of generated column that an insert may
    /// override.
    pub identity: bool,
}

/// The types whose values are equal for the server exactly if they are for the program. Others may be as well: for a key
/// of theirs the server says which row belongs to which, which costs a join with the keys.
const EXACT: [&str; 13] = [
    "bool",
    "int2",
    "int4",
    "int8",
    "oid",
    "uuid",
    "text",
    "varchar",
    "name",
    "bytea",
    "date",
    "timestamp",
    "timestamptz",
];

impl ColumnDef {
    /// Whether values that are equal for the server are equal for the program too. They are not where a type ignores
    /// something: `citext` the case, `char(n)` the padding, `interval` the unit, a collation of the schema's own
    /// whatever it is made for. All collations that the server brings are deterministic.
    pub(crate) fn is_exact(&self) -> bool {
        let is_of_server = |collation: &str| collation.starts_with("pg_catalog.");
        self.collation.is_none_or(is_of_server) && EXACT.contains(&self.sql_type)
    }

    /// Whether the server cannot tell equal values of the column from others.
    pub(crate) fn is_never_told_apart(&self) -> bool {
        matches!(Told::of(self.sql_type), Told::AsJson | Told::AsText)
    }
}
