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
    /// Whether the column has a collation of the schema's own, which may take different texts for equal.
    pub collated: bool,
    /// Whether the database alone fills in the column.
    pub generated: bool,
    /// Whether the column is `GENERATED ALWAYS AS IDENTITY`: the one sort of generated column that an insert may
    /// override.
    pub identity: bool,
}

impl ColumnDef {
    /// Whether the server cannot tell equal values of the column from others.
    pub(crate) fn is_never_told_apart(&self) -> bool {
        matches!(Told::of(self.sql_type), Told::AsJson | Told::AsText)
    }
}
