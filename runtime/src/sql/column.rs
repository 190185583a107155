//! What SQL needs to know of a column.

/// What a column is called, whatever its Rust type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name, quoted where SQL needs it.
    pub name: &'static str,
    /// The SQL type that its values travel as: a domain's base type.
    pub sql_type: &'static str,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether a value must be cast to `sql_type` to be stored: the driver cannot write the column's own type.
    pub cast: bool,
    /// Whether it is neither an array nor a composite.
    pub scalar: bool,
    /// Whether the database alone fills it in.
    pub generated: bool,
    /// Whether it is `GENERATED ALWAYS AS IDENTITY`: the one sort of generated column that an insert may overrule.
    pub identity: bool,
}
