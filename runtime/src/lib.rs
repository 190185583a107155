//! What the code that ormgen generates calls: pools bound to databases, typed queries, transactions.
//!
//! A program names the generated modules and this crate's [`prelude`]. Nothing here is generated, and nothing
//! knows a particular database: generic code lives here once, so that generated code stays short.
//!
//! The modules are a stack of floors, and imports run down only:
//! `databases → verify → transaction → relation → query → expr → executor → pool → cache → model → sql → types → error →
//! config`.

pub mod types;

mod cache;
mod databases;
mod error;
mod executor;
mod expr;
mod model;
mod pool;
mod query;
mod relation;
mod sql;
mod transaction;
mod verify;

/// Connections and their settings, as a manifest writes them.
pub use ormgen_config as config;

#[cfg(feature = "json")]
pub use self::expr::JsonComparable;
pub use self::{
    databases::{AnyPool, Connections, DatabaseSet},
    error::{Alias, Difference, Error, PartlyCommitted, Result, Violation},
    executor::{Executor, Writer},
    expr::{
        Aggregate, ArrayComparable, Assign, CastTarget, Castable, Comparable, Expr, Expression, Expressions,
        Filter, InRange, IntoFilter, Operand, Order, Orderable, Position, RangeComparable, SearchText,
        Searchable, TextComparable, Window, WindowFunction, not,
    },
    model::{
        Column, Database, DecodeError, Decoder, EnumDef, Field, Fields, Generated, Insertable, Keyed, Model,
        NotNull, Nullable, NullableGenerated, SameDatabase, Table, TableDef, View,
    },
    pool::{Closed, Connection, Exclusive, GroupCommit, Pool, Primary, ReadOnly, Target},
    query::{
        Access, Annotated, ByKey, Changing, Columns, Combine, Cut, Delete, Descending, DoNothing, DoUpdate,
        Execute, Explain, Fetch, Find, FromRow, FullRow, Grouped, Insert, InsertMany, IntoKey, Keyset,
        Locked, NeverNull, OfExactlyOneRow, OfOneRow, OnConflict, Page, Queries, Query, QueryComparable, Raw,
        RawSql, Reading, Reads, Returning, Row, Rows, RowsOf, Select, Selection, Set, SettableColumns,
        SortKey, SortTerm, Update, UpdateMany, Upsert, Whole, Writes,
    },
    relation::{
        Append, AtMostOne, Beside, CacheSettings, CacheStats, IntoLinkKey, Joined, JoinedRow, Linked, Load,
        LoadAll, LoadOn, Loads, Many, ManyToMany, Matching, One, Optional, Orphans, Reach, Reference,
        Referenced, Related, Relates, Relation, RelationKey, Relink, Relinked, Required, Several, Shape,
        Subject, ToMany, ToOne, ToOptional, With,
    },
    sql::{ColumnDef, Value, Values},
    transaction::{
        Begin, Isolation, Pools, ReadTransaction, Retries, Savepoint, Transaction, TransactionOptions,
        together,
    },
};

/// SQL's functions, aggregates, `CASE`, and SQL of one's own, for use in filters and selections.
pub mod functions {
    pub use crate::expr::{
        Case, Sql, Summed, abs, array_agg, avg, bool_and, bool_or, coalesce, concat, count, count_distinct,
        count_of, dense_rank, excluded, first_value, lag, last_value, lead, length, lower, max, min, ntile,
        nullif, partition_by, position, random, rank, row_number, sql, string_agg, sum, trim, upper, when,
        window,
    };
    #[cfg(feature = "chrono")]
    pub use crate::expr::{Field, Temporal, extract, now, today};
    pub use crate::query::{desc, exists};
}

#[doc(hidden)] // The generator's, no promise to anyone else.
pub use self::pool::connect;

/// What a program that queries needs in scope: `use ormgen_runtime::prelude::*;`
pub mod prelude {
    #[cfg(feature = "json")]
    pub use crate::JsonComparable as _;
    pub use crate::{
        ArrayComparable as _, Castable as _, Combine as _, Comparable as _, DatabaseSet as _, Execute as _,
        Executor, Explain as _, Expression as _, Fetch as _, InRange as _, Insertable as _, Keyed as _,
        Model, Orderable as _, Pool, Queries as _, QueryComparable as _, RangeComparable as _, RawSql as _,
        ReadTransaction, Relates as _, Row as _, Searchable as _, Subject as _, TextComparable as _,
        Transaction, Writer, not, together,
    };
}
