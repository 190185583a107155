//! The schema that the code was generated from, for [`verify`](crate::DatabaseSet::verify).

use std::any::TypeId;

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
    /// The Rust enum, and the arrays of it: by its name alone an enum is not told from one of another schema.
    types: fn() -> [TypeId; 3],
}

impl EnumDef {
    /// The definition of a Rust enum, whose type SQL names `name`.
    pub const fn of<E: Enum>(name: &'static str) -> Self {
        Self {
            name,
            labels: || E::ALL.iter().map(|variant| variant.label()).collect(),
            types: || [TypeId::of::<E>(), TypeId::of::<Vec<E>>(), TypeId::of::<Vec<Option<E>>>()],
        }
    }

    /// Whether `T` is the Rust enum.
    pub(crate) fn is<T: 'static>(&self) -> bool {
        let [of_values, ..] = (self.types)();
        of_values == TypeId::of::<T>()
    }

    /// Whether `T` is an array of the Rust enum's values.
    pub(crate) fn is_of_elements<T: 'static>(&self) -> bool {
        let [_, of_arrays @ ..] = (self.types)();
        of_arrays.contains(&TypeId::of::<T>())
    }
}
