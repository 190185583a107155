//! What the code that ormgen generates calls: pools bound to databases, typed queries, transactions.
//!
//! A program names the generated modules and this crate's [`prelude`]. Nothing here is generated, and nothing
//! knows a particular database: generic code lives here once, so that generated code stays short.

pub mod config;

#[cfg(feature = "client")]
pub mod types;

#[cfg(feature = "client")]
mod column;
#[cfg(feature = "client")]
mod databases;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod executor;
#[cfg(feature = "client")]
mod expr;
#[cfg(feature = "client")]
mod model;
#[cfg(feature = "client")]
mod pool;
#[cfg(feature = "client")]
mod query;
#[cfg(feature = "client")]
mod relation;
#[cfg(feature = "client")]
mod sql;
#[cfg(feature = "client")]
mod transaction;

#[cfg(feature = "client")]
pub use self::{
    column::{Column, ColumnDef, Generated, NotNull, Nullable, NullableGenerated},
    databases::{AnyPool, Connections, DatabaseSet},
    error::{Alias, Error, Result, Violation},
    executor::{Executor, Target, Writer},
    expr::{
        Assign, Comparable, Expr, Expression, Filter, IntoFilter, Operand, Order, Orderable, TextComparable,
        not,
    },
    model::{Database, DecodeError, Decoder, Insertable, Keyed, Model, Table, View},
    pool::{Connection, Pool, Primary, ReadOnly},
    query::{ByKey, Cut, Delete, Find, Insert, InsertMany, IntoKey, Queries, Query, Update, Whole, With},
    relation::{
        Append, Load, LoadAll, Many, One, Optional, Relation, RelationKey, ToMany, ToOne, ToOptional,
    },
    sql::{Value, Values},
    transaction::Transaction,
};

#[cfg(feature = "client")]
#[doc(hidden)] // The generator's, no promise to anyone else.
pub use self::pool::connect;

/// What a program that queries needs in scope: `use ormgen_runtime::prelude::*;`
#[cfg(feature = "client")]
pub mod prelude {
    pub use crate::{
        Comparable as _, DatabaseSet as _, Executor, Expression as _, Insertable as _, Keyed as _, Model,
        Orderable as _, Pool, Queries as _, TextComparable as _, Transaction, Writer, not,
    };
}
