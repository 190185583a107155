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
mod scope;
#[cfg(feature = "client")]
mod sql;
#[cfg(feature = "client")]
mod transaction;
#[cfg(feature = "client")]
mod verify;

#[cfg(all(feature = "client", feature = "json"))]
pub use self::expr::JsonComparable;
#[cfg(feature = "client")]
pub use self::{
    column::{Column, ColumnDef, Generated, NotNull, Nullable, NullableGenerated},
    databases::{AnyPool, Connections, DatabaseSet},
    error::{Alias, Error, Result, Violation},
    executor::{Executor, Target, Writer},
    expr::{
        ArrayComparable, Assign, AtMostOne, Comparable, Expr, Expression, Filter, InRange, IntoFilter,
        Matching, Operand, Order, Orderable, RangeComparable, Related, SameDatabase, SearchText, Searchable,
        Shape, TextComparable, not,
    },
    model::{Database, DecodeError, Decoder, Insertable, Keyed, Model, Table, View},
    pool::{Connection, Pool, Primary, ReadOnly},
    query::{
        Beside, ByKey, Cut, Delete, Find, Grouped, Insert, InsertMany, IntoKey, JoinedRow, NeverNull,
        Queries, Query, QueryComparable, Rows, Select, Selection, Update, Whole, With,
    },
    relation::{
        Append, Load, LoadAll, Many, One, Optional, Relation, RelationKey, ToMany, ToOne, ToOptional,
    },
    sql::{Value, Values},
    transaction::{Isolation, Retries, Savepoint, Transaction, TransactionOptions},
    verify::{Difference, EnumDef, TableDef},
};

/// SQL's functions, aggregates, `CASE`, and SQL of one's own, for use in filters and selections.
#[cfg(feature = "client")]
pub mod functions {
    pub use crate::expr::{
        Case, Sql, Summed, abs, avg, coalesce, concat, count, count_distinct, count_of, length, lower, max,
        min, sql, sum, trim, upper, when,
    };
    #[cfg(feature = "chrono")]
    pub use crate::expr::{Field, Temporal, extract, now, today};
    pub use crate::query::exists;
}

#[cfg(feature = "client")]
#[doc(hidden)] // The generator's, no promise to anyone else.
pub use self::pool::connect;

/// What a program that queries needs in scope: `use ormgen_runtime::prelude::*;`
#[cfg(feature = "client")]
pub mod prelude {
    #[cfg(feature = "json")]
    pub use crate::JsonComparable as _;
    pub use crate::{
        ArrayComparable as _, Comparable as _, DatabaseSet as _, Executor, Expression as _, InRange as _,
        Insertable as _, Keyed as _, Model, Orderable as _, Pool, Queries as _, QueryComparable as _,
        RangeComparable as _, Related as _, Searchable as _, TextComparable as _, Transaction, Writer, not,
    };
}
