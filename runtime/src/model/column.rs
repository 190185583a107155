//! Columns: the constants that queries are written with.

use std::{fmt, marker::PhantomData};

use super::{Sealed, sealed};
use crate::sql::ColumnDef;

/// The type parameters of a column or an expression, which holds no values of them.
pub(crate) type Types<M, T, K> = PhantomData<fn() -> (M, T, K)>;

/// A column of model `M` that holds values of type `T`.
///
/// `K` says whether the column may be NULL and whether a program can set it: [`NotNull`], [`Nullable`], [`Generated`],
/// [`NullableGenerated`].
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Column, Filter};
///
/// /// A search in any text column of any model.
/// fn search<M>(column: Column<M, String>, words: &str) -> Filter<M> {
///     column.contains_ignore_case(words)
/// }
///
/// let query = Customer::query().filter(search(Customer::NAME, "ada"));
/// # let _ = query;
/// ```
pub struct Column<M, T, K = NotNull> {
    /// The column's name, SQL type and properties, without its Rust type.
    pub def: ColumnDef,
    types: Types<M, T, K>,
}

impl<M, T, K: Kind> Column<M, T, K> {
    /// A column called `name`, whose values are sent and received as `sql_type`.
    pub const fn new(name: &'static str, sql_type: &'static str) -> Self {
        let def = ColumnDef {
            name,
            sql_type,
            nullable: K::NULLABLE,
            cast: false,
            scalar: true,
            collation: None,
            generated: K::GENERATED,
            identity: false,
        };
        Self { def, types: PhantomData }
    }

    /// This column, with its values cast to its SQL type where they are stored.
    #[must_use]
    pub const fn cast(mut self) -> Self {
        self.def.cast = true;
        self
    }

    /// This column, marked as an array or a composite.
    #[must_use]
    pub const fn compound(mut self) -> Self {
        self.def.scalar = false;
        self
    }

    /// This column, with this collation, as SQL writes it.
    #[must_use]
    pub const fn collate(mut self, collation: &'static str) -> Self {
        self.def.collation = Some(collation);
        self
    }

    /// This column, marked as `GENERATED ALWAYS AS IDENTITY`.
    #[must_use]
    pub const fn identity(mut self) -> Self {
        self.def.identity = true;
        self
    }
}

impl<M, T, K> Clone for Column<M, T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, K> Copy for Column<M, T, K> {}

impl<M, T, K> fmt::Debug for Column<M, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({})", self.def.name)
    }
}

/// The kind of a column or an expression: whether it may be NULL, and whether a program can set it.
pub trait Kind: Sealed {
    /// Whether it may be NULL.
    const NULLABLE: bool;
    /// Whether the database alone fills it in.
    const GENERATED: bool;
    /// The type of the column's field in a row: an `Option` where the column may be NULL.
    type InRow<T>;
    /// The kind of an expression that is NULL where this column is: [`NotNull`] or [`Nullable`], since an expression
    /// cannot be set.
    type Plain: Kind;
    /// The kind of an expression that is NULL where this or the other one, of kind `K`, is NULL: `a + b`.
    type Or<K: Kind>: Kind;
    /// The kind of an expression that is NULL where both are NULL: `coalesce(a, b)`.
    type And<K: Kind>: Kind;

    /// The value of a row's field, if it is not NULL.
    #[doc(hidden)]
    fn value<T>(in_row: Self::InRow<T>) -> Option<T>;
}

/// The kind of a column that is never NULL.
#[derive(Debug)]
pub enum NotNull {}

/// The kind of a column that may be NULL: its field is an `Option`.
#[derive(Debug)]
pub enum Nullable {}

/// The kind of a column that is never NULL and is filled in by the database alone.
#[derive(Debug)]
pub enum Generated {}

/// The kind of a column that may be NULL and is filled in by the database alone.
#[derive(Debug)]
pub enum NullableGenerated {}

sealed!(NotNull, Nullable, Generated, NullableGenerated);

impl Kind for NotNull {
    const NULLABLE: bool = false;
    const GENERATED: bool = false;
    type InRow<T> = T;
    type Plain = NotNull;
    type Or<K: Kind> = K::Plain;
    type And<K: Kind> = NotNull;

    fn value<T>(in_row: T) -> Option<T> {
        Some(in_row)
    }
}

impl Kind for Nullable {
    const NULLABLE: bool = true;
    const GENERATED: bool = false;
    type InRow<T> = Option<T>;
    type Plain = Nullable;
    type Or<K: Kind> = Nullable;
    type And<K: Kind> = K::Plain;

    fn value<T>(in_row: Option<T>) -> Option<T> {
        in_row
    }
}

impl Kind for Generated {
    const NULLABLE: bool = false;
    const GENERATED: bool = true;
    type InRow<T> = T;
    type Plain = NotNull;
    type Or<K: Kind> = K::Plain;
    type And<K: Kind> = NotNull;

    fn value<T>(in_row: T) -> Option<T> {
        Some(in_row)
    }
}

impl Kind for NullableGenerated {
    const NULLABLE: bool = true;
    const GENERATED: bool = true;
    type InRow<T> = Option<T>;
    type Plain = Nullable;
    type Or<K: Kind> = Nullable;
    type And<K: Kind> = K::Plain;

    fn value<T>(in_row: Option<T>) -> Option<T> {
        in_row
    }
}

/// The kind of a column that a program may set.
#[diagnostic::on_unimplemented(
    message = "this column is generated by the database and cannot be set",
    label = "only the database writes it"
)]
pub trait Settable: Kind {}

impl Settable for NotNull {}
impl Settable for Nullable {}
