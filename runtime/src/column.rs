//! Columns: the constants that queries are written with.

use std::{fmt, marker::PhantomData};

/// The types that a column or an expression is of, without a value of them.
pub(crate) type Types<M, T, K> = PhantomData<fn() -> (M, T, K)>;

/// A column of model `M` that holds values of type `T`.
///
/// `K` says whether it may be NULL and whether it can be set: [`NotNull`], [`Nullable`], [`Generated`],
/// [`NullableGenerated`].
pub struct Column<M, T, K = NotNull> {
    pub(crate) def: ColumnDef,
    types: Types<M, T, K>,
}

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

impl<M, T, K: Kind> Column<M, T, K> {
    /// A column of that name, whose values travel as `sql_type`.
    pub const fn new(name: &'static str, sql_type: &'static str) -> Self {
        let def = ColumnDef {
            name,
            sql_type,
            nullable: K::NULLABLE,
            cast: false,
            scalar: true,
            generated: K::GENERATED,
            identity: false,
        };
        Self { def, types: PhantomData }
    }

    /// The same, its values cast where they are stored.
    #[must_use]
    pub const fn cast(mut self) -> Self {
        self.def.cast = true;
        self
    }

    /// The same, for an array or a composite.
    #[must_use]
    pub const fn compound(mut self) -> Self {
        self.def.scalar = false;
        self
    }

    /// The same, for `GENERATED ALWAYS AS IDENTITY`.
    #[must_use]
    pub const fn identity(mut self) -> Self {
        self.def.identity = true;
        self
    }

    /// What it is called.
    pub const fn def(&self) -> ColumnDef {
        self.def
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

/// What sort of column: may it be NULL, can it be set.
pub trait Kind {
    /// Whether it may be NULL.
    const NULLABLE: bool;
    /// Whether the database alone fills it in.
    const GENERATED: bool;
    /// What a value of it is in a row: an `Option` where it may be NULL.
    type Field<T>;
    /// The kind of an expression that is NULL where this is: nobody sets it, so it is [`NotNull`] or [`Nullable`].
    type Plain: Kind;
    /// That of one that is NULL where this is or a value of `K` is: `a + b`.
    type Or<K: Kind>: Kind;
    /// That of one that is NULL where both are: `coalesce(a, b)`.
    type And<K: Kind>: Kind;

    /// The value, if it is not NULL.
    #[doc(hidden)]
    fn value<T>(field: Self::Field<T>) -> Option<T>;
}

/// Never NULL.
#[derive(Debug)]
pub enum NotNull {}

/// May be NULL: its field is an `Option`.
#[derive(Debug)]
pub enum Nullable {}

/// Never NULL, and filled in by the database alone.
#[derive(Debug)]
pub enum Generated {}

/// May be NULL, and is filled in by the database alone.
#[derive(Debug)]
pub enum NullableGenerated {}

impl Kind for NotNull {
    const NULLABLE: bool = false;
    const GENERATED: bool = false;
    type Field<T> = T;
    type Plain = NotNull;
    type Or<K: Kind> = K::Plain;
    type And<K: Kind> = NotNull;

    fn value<T>(field: T) -> Option<T> {
        Some(field)
    }
}

impl Kind for Nullable {
    const NULLABLE: bool = true;
    const GENERATED: bool = false;
    type Field<T> = Option<T>;
    type Plain = Nullable;
    type Or<K: Kind> = Nullable;
    type And<K: Kind> = K::Plain;

    fn value<T>(field: Option<T>) -> Option<T> {
        field
    }
}

impl Kind for Generated {
    const NULLABLE: bool = false;
    const GENERATED: bool = true;
    type Field<T> = T;
    type Plain = NotNull;
    type Or<K: Kind> = K::Plain;
    type And<K: Kind> = NotNull;

    fn value<T>(field: T) -> Option<T> {
        Some(field)
    }
}

impl Kind for NullableGenerated {
    const NULLABLE: bool = true;
    const GENERATED: bool = true;
    type Field<T> = Option<T>;
    type Plain = Nullable;
    type Or<K: Kind> = Nullable;
    type And<K: Kind> = K::Plain;

    fn value<T>(field: Option<T>) -> Option<T> {
        field
    }
}

/// A column that a program may set.
#[diagnostic::on_unimplemented(
    message = "this column is generated by the database and cannot be set",
    label = "only the database writes it"
)]
pub trait Settable: Kind {}

impl Settable for NotNull {}
impl Settable for Nullable {}
