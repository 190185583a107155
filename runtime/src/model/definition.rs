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
    /// The Rust enum.
    pub(crate) rust: RustType,
}

impl EnumDef {
    /// The definition of a Rust enum, whose type SQL names `name`.
    pub const fn of<E: Enum>(name: &'static str) -> Self {
        Self {
            name,
            labels: || E::ALL.iter().map(|variant| variant.label()).collect(),
            rust: RustType::of::<E>(),
        }
    }
}

/// A composite type as the generated code knows it.
#[derive(Clone, Copy, Debug)]
pub struct CompositeDef {
    /// Its fields, which are columns of a relation of its name.
    pub(crate) relation: TableDef,
    /// The Rust struct.
    pub(crate) rust: RustType,
}

impl CompositeDef {
    /// The definition of a Rust struct, whose type SQL names `name`.
    pub const fn of<T: 'static>(name: &'static str, columns: &'static [ColumnDef]) -> Self {
        Self { relation: TableDef { name, columns }, rust: RustType::of::<T>() }
    }
}

/// The Rust type of a type of the database's, and the arrays of it: by its name alone a type is not told from one of
/// another schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RustType(fn() -> [TypeId; 4]);

impl RustType {
    const fn of<T: 'static>() -> Self {
        Self(|| {
            [
                TypeId::of::<T>(),
                TypeId::of::<Option<T>>(),
                TypeId::of::<Vec<T>>(),
                TypeId::of::<Vec<Option<T>>>(),
            ]
        })
    }

    /// Whether it is `T`, which may be an `Option`.
    pub(crate) fn is<T: 'static>(self) -> bool {
        let [of_values, of_options, ..] = self.0();
        [of_values, of_options].contains(&TypeId::of::<T>())
    }

    /// Whether `T` is an array of its values.
    pub(crate) fn is_of_elements<T: 'static>(self) -> bool {
        let [_, _, of_arrays @ ..] = self.0();
        of_arrays.contains(&TypeId::of::<T>())
    }
}
