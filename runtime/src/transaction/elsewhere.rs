//! The names that other libraries have for what a pool does, for the errors that say what to write here.

use super::Transaction;
use crate::{
    expr::{lacks, missing},
    pool::{Connection, Pool},
};

// A pool is often at hand as a reference. The compiler has the error about a name that a type lacks for the type itself
// alone, and so each of these is a method that the type has, but cannot call.
missing!(Acquired "write `pool.connection().await?` for a connection of the program's own");
lacks!(Acquired(; acquire() get_connection() checkout() get()) [D] Pool<D>);

macro_rules! executors {
    ($row:ident $names:tt: $text:tt) => {
        missing!($row $text);
        lacks!($row $names [D] Pool<D>, [D] Connection<D>, [D] Transaction<D>);
    };
}

executors!(Queried(; query(A) query_one(A) query_as(A) fetch_one(A) fetch_all(A) fetch_optional(A)):
    "write the SQL on the database's type: `Crm::sql::<Customer>(\"SELECT …\").all(&pool)`, or `.one`, `.optional`");
executors!(Executed(; execute(A) exec(A)):
    "write the SQL on the database's type: `Crm::sql(\"UPDATE …\").bind(3).execute(&pool)`");

missing!(Nested "write `tx.savepoint(async |savepoint| …).await?` for what may fail on its own within a transaction");
lacks!(Nested(; begin() transaction(F)) [D] Transaction<D>);
