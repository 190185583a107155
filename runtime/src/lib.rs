//! What the code that ormgen generates calls: pools bound to databases, typed queries, transactions.
//!
//! A program names the generated modules and this crate's [`prelude`]. Nothing here is generated, and nothing
//! knows a particular database: generic code lives here once, so that generated code stays short.

pub mod config;

#[cfg(feature = "client")]
pub mod types;

#[cfg(feature = "client")]
mod cache;
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
mod field;
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
    cache::{CacheSettings, CacheStats},
    column::{Column, ColumnDef, Generated, NotNull, Nullable, NullableGenerated},
    databases::{AnyPool, Connections, DatabaseSet},
    error::{Alias, Error, Result, Violation},
    executor::{Executor, Target, Writer},
    expr::{
        Aggregate, ArrayComparable, Assign, AtMostOne, CastTarget, Castable, Comparable, Expr, Expression,
        Expressions, Filter, InRange, IntoFilter, Matching, Operand, Order, Orderable, Position,
        RangeComparable, Reach, SameDatabase, SearchText, Searchable, Subject, TextComparable, Window,
        WindowFunction, not,
    },
    field::{Field, Fields},
    model::{Database, DecodeError, Decoder, Insertable, Keyed, Model, Table, View},
    pool::{Closed, Connection, Exclusive, GroupCommit, Pool, Primary, ReadOnly},
    query::{
        Access, Annotated, Beside, ByKey, Changing, Columns, Combine, Cut, Delete, Descending, DoNothing,
        DoUpdate, Explain, Fetch, Find, FromRow, FullRow, Grouped, Insert, InsertMany, IntoKey, Joined,
        JoinedRow, Keyset, Locked, NeverNull, OnConflict, Page, Queries, Query, QueryComparable, Raw, RawSql,
        Reading, Reads, Returning, Row, RowsOf, Select, Selection, Set, SettableColumns, SortKey, SortTerm,
        Update, UpdateMany, Upsert, Whole, With,
    },
    relation::{
        Append, IntoLinkKey, Linked, Load, LoadAll, LoadOn, Loads, Many, ManyToMany, One, Optional, Orphans,
        Reference, Referenced, Related, Relates, Relation, RelationKey, Relink, Relinked, Required, Several,
        Shape, ToMany, ToOne, ToOptional,
    },
    sql::{Value, Values},
    transaction::{
        Begin, Isolation, PartlyCommitted, Pools, ReadTransaction, Retries, Savepoint, Transaction,
        TransactionOptions, together,
    },
    verify::{Difference, EnumDef, TableDef},
};

/// SQL's functions, aggregates, `CASE`, and SQL of one's own, for use in filters and selections.
#[cfg(feature = "client")]
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

#[cfg(feature = "client")]
#[doc(hidden)] // The generator's, no promise to anyone else.
pub use self::pool::connect;

/// What a program that queries needs in scope: `use ormgen_runtime::prelude::*;`
#[cfg(feature = "client")]
pub mod prelude {
    #[cfg(feature = "json")]
    pub use crate::JsonComparable as _;
    pub use crate::{
        ArrayComparable as _, Castable as _, Combine as _, Comparable as _, DatabaseSet as _, Executor,
        Explain as _, Expression as _, Fetch as _, InRange as _, Insertable as _, Keyed as _, Model,
        Orderable as _, Pool, Queries as _, QueryComparable as _, RangeComparable as _, RawSql as _,
        ReadTransaction, Relates as _, Row as _, Searchable as _, Subject as _, TextComparable as _,
        Transaction, Writer, not, together,
    };
}
