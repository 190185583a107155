//! The runtime of ormgen, which generated code and the programs that use it call: pools bound to databases, typed
//! queries, transactions.
//!
//! ormgen writes one Rust module per database: a struct for each table, a `New…` struct for the values of an insert,
//! and `Databases` with a [`Pool`] for each connection. A program names these, this crate's [`prelude`], and little
//! else:
//!
//! ```
//! # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
//! # use shop::*;
//! use ormgen_runtime::{Result, prelude::*};
//!
//! async fn example() -> Result<()> {
//!     let dbs = Databases::from_env().await?;
//!
//!     // Inserts a row, and returns it as the database stored it.
//!     let ada = Customer::insert(NewCustomer { name: "Ada".into() }).one(&dbs).await?;
//!
//!     // Queries are made of the model's columns, and run on `&dbs`, on a pool, or on a transaction.
//!     let regulars: Vec<Customer> = Customer::query()
//!         .filter(Customer::VISITS.gt(10).and(Customer::NAME.starts_with("A")))
//!         .order_by(Customer::NAME.asc())
//!         .limit(20)
//!         .all(&dbs)
//!         .await?;
//!     println!("{} regulars", regulars.len());
//!
//!     // A transaction whose closure returns an error is rolled back.
//!     dbs.crm
//!         .transaction(async |tx| {
//!             let ada = Customer::find(ada.id).for_update().one(tx).await?;
//!             ada.update().set(Customer::VISITS, Customer::VISITS + 1).execute(tx).await
//!         })
//!         .await?;
//!     Ok(())
//! }
//! ```
//!
//! # Where to look
//! - [`guide`]: a tutorial, a page a topic, and every key of a manifest.
//! - [`prelude`]: the traits that queries are written with. [`Fetch`](query::Fetch) runs what reads and
//!   [`Execute`](query::Execute) what writes; [`Queries`](query::Queries) begins a query.
//! - The names below are those that a program writes in its signatures.
//! - [`query`] has the types that queries return and the traits in their bounds, [`relation`] those of related rows.
//! - [`functions`] has SQL's functions, aggregates, and fragments of hand-written SQL.
//! - [`types`] has Rust types for PostgreSQL's types, [`config`] the settings of connections.
//! - [`testing`] makes databases of a test's own.
//!
//! # Inside
//! The modules are a stack of floors, or layers, and each imports only from those below, to the right of it:
//! `testing → databases → verify → transaction → relation → query → expr → executor → pool → cache → model → observe →
//! sql → types → error → config`. Nothing here is generated, and nothing knows a particular database: generic code lives
//! here once, so that generated code stays short.

pub mod guide;
pub mod query;
pub mod relation;
pub mod testing;
pub mod types;

mod cache;
mod databases;
mod error;
mod executor;
mod expr;
mod model;
mod observe;
mod pool;
mod sql;
mod transaction;
mod verify;

/// Connections and their settings, as a manifest writes them.
pub use ormgen_config as config;

// The names that a program writes itself. The other types of bounds and results are in `query` and `relation`.
#[doc(inline)]
pub use self::{
    databases::DatabaseSet,
    error::{Alias, Difference, Error, PartlyCommitted, Result, Violation},
    executor::{Executor, Writer},
    expr::{Expr, Expression, Filter, OrderBy, not},
    model::{Column, Database, Insertable, Keyed, Model, NotNull, Nullable},
    observe::log_slow_statements,
    pool::{Closed, Connection, LastError, NotSeen, Pool, ReadOnly, ReplicaStatus, Seen, Status},
    query::{Insert, Page, Query},
    relation::{Reference, Relation},
    transaction::{
        Begin, Isolation, Pools, ReadTransaction, Retries, Savepoint, Streaming, Transaction,
        TransactionOptions, together, try_together,
    },
};

/// SQL's functions, aggregates, `CASE`, and fragments of hand-written SQL, for use in filters and selections.
pub mod functions {
    #[cfg(feature = "decimal")]
    pub use crate::expr::round_to;
    pub use crate::expr::{
        Case, Distant, Fractional, NULL, Null, Sql, Summed, abs, array_agg, array_append, array_remove, avg,
        bool_and, bool_or, ceil, coalesce, concat, count, count_distinct, count_of, dense_rank, distance,
        excluded, first_value, floor, greatest, grouping, lag, lag_or, last_value, lead, lead_or, least,
        left, length, lower, lower_bound, max, median, min, ntile, nullable, nullif, outer, outer_at,
        partition_by, percentile_cont, position, random, rank, replace, right, round, row_number, sql,
        stddev, string_agg, substr, sum, trim, unnest, upper, upper_bound, value, variance, when, window,
    };
    #[cfg(feature = "chrono")]
    pub use crate::expr::{
        DatePart, IntoDatePart, PointInTime, Temporal, at_time_zone, date_trunc, days, epoch, extract, hours,
        minutes, months, now, seconds, to_char, today,
    };
    #[cfg(feature = "json")]
    pub use crate::expr::{JsonObject, json_agg, json_object};
    pub use crate::query::{asc, desc, exists};
}

/// Declares a struct of the program's own, into which rows are read.
///
/// [`read_as`](crate::query::AsRows::read_as) turns each row of a selection into such a struct, value by value in the
/// order of the fields, and the compiler checks the types. Rows of hand-written SQL are read by column names: they must
/// be the names of all fields and no others, which is checked at the first row.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{Result, prelude::*};
/// ormgen_runtime::row! {
///     /// How many customers a city has.
///     #[derive(Debug, PartialEq)]
///     pub struct PerCity {
///         pub city: Option<String>,
///         pub customers: i64,
///     }
/// }
///
/// # async fn example(dbs: &Databases) -> Result<()> {
/// let cities: Vec<PerCity> =
///     Crm::sql("SELECT count(*) AS customers, city FROM customers GROUP BY city").all(dbs).await?;
/// # let _ = cities;
/// # Ok(())
/// # }
/// ```
///
/// A field whose value may be NULL is an `Option`. Attributes of the struct and its fields (derives, docs) are kept. A
/// field with a raw name such as `r#type` is read from the column `type`.
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $ty:ty),+ $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $ty,)+
        }

        impl $crate::query::NamedRow for $name {
            const NAME: &'static str = stringify!($name);
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn read(
                row: &mut $crate::generated::Decoder<'_>,
            ) -> ::std::result::Result<Self, $crate::generated::DecodeError> {
                Ok(Self { $($field: row.get()?),+ })
            }
        }

        $crate::row!(@from $name $($field $ty),+);
    };
    // A selection of one value gives the value itself, not a tuple.
    (@from $name:ident $field:ident $ty:ty) => {
        impl $crate::query::FromSelected<$ty> for $name {
            fn from_selected($field: $ty) -> Self {
                Self { $field }
            }
        }
    };
    (@from $name:ident $($field:ident $ty:ty),+) => {
        impl $crate::query::FromSelected<($($ty,)+)> for $name {
            fn from_selected(($($field,)+): ($($ty,)+)) -> Self {
                Self { $($field),+ }
            }
        }
    };
}

/// The items that generated code calls. They change with the generator and are not meant for other callers.
#[doc(hidden)]
pub mod generated {
    pub use crate::{
        databases::{AnyPool, Connections, UntypedPool},
        model::{
            Column, CompositeDef, Database, DecodeError, Decoder, EnumDef, Field, Fields, Generated,
            Insertable, Keyed, Model, NotNull, Nullable, NullableGenerated, Table, TableDef, View,
        },
        pool::{Target, connect},
        relation::{CacheSettings, ManyToMany, ReadOnlyLinks, Reference, ToMany, ToOne, ToOptional},
        sql::{ColumnDef, Value, Values},
        types,
    };

    /// A constant for each setting of a manifest that needs a feature of this crate: generated code names the constant,
    /// so that the compiler's error says which feature is missing.
    pub mod feature {
        /// `derives: [serde]`.
        #[cfg(feature = "serde")]
        pub const SERDE: () = ();
        /// `cache` of a reference.
        #[cfg(feature = "cache")]
        pub const CACHE: () = ();
    }
}

/// The names that a program needs in scope to write queries: `use ormgen_runtime::prelude::*;`
pub mod prelude {
    #[doc(hidden)]
    pub use crate::query::elsewhere::models::*;
    pub use crate::{
        databases::DatabaseSet as _,
        executor::{Executor, Writer},
        expr::{
            ArrayComparable as _, Castable as _, Comparable as _, Expression as _, HasFields as _,
            InRange as _, NULL, Orderable as _, RangeComparable as _, Searchable as _, TextComparable as _,
            not,
        },
        model::{Insertable as _, Keyed, Model},
        pool::Pool,
        query::{
            AsRows as _, Combine as _, Execute as _, Explain as _, Fetch as _, GiveValues as _,
            GroupSelected as _, Queries as _, QueryComparable as _, RawSql as _, Row as _, Series as _,
        },
        relation::{Relates as _, Subject as _},
        transaction::{ReadTransaction, Transaction, together},
    };
    #[cfg(feature = "json")]
    pub use crate::{expr::JsonComparable as _, query::ByName as _};
}
