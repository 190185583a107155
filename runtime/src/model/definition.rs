//! The schema that the code was generated from, for [`verify`](crate::DatabaseSet::verify).

use super::Model;
use crate::{sql::ColumnDef, types::Enum};

/// A table or view as the generated code knows it.
#[derive(Clone, Copy, Debug)]
pub struct TableDef {
    /// The name that SQL uses.
    pub name: &'static str,
    /// The table's columns.
    pub columns: &'static [ColumnDef],
}

impl TableDef {
    /// The definition of a model's table.
    pub const fn of<M: Model>() -> Self {
        Self { name: M::TABLE, columns: M::COLUMNS }
    }
}

/// An enum as the generated code knows it.
#[derive(Clone, Copy, Debug)]
pub struct EnumDef {
    /// The name that SQL uses.
    pub name: &'static str,
    /// The labels that the enum had when the code was generated.
    pub(crate) labels: fn() -> Vec<&'static str>,
}

impl EnumDef {
    /// The definition of a Rust enum, whose type SQL names `name`.
    pub const fn of<E: Enum>(name: &'static str) -> Self {
        Self { name, labels: || E::ALL.iter().map(|variant| variant.label()).collect() }
    }
}
