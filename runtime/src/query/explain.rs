//! How the server goes about a query (<https://www.postgresql.org/docs/current/using-explain.html>).

use super::{
    reads::{DbOf, Reads, around},
    rows,
};
#[cfg(feature = "json")]
use crate::types::JsonValue;
use crate::{error::Result, executor::Executor, model::Decoder};

/// The plan of a query that reads.
///
/// `explain_analyze` runs the query to measure it: its rows are thrown away, but a lock it asks for is taken, and a
/// function that it calls does what it does.
pub trait Explain: Reads + Sized {
    /// Its text as `all` sends it, for people to read: `$1`, `$2`, … stand where the values go, which are no part of it.
    /// `one`, `optional` and `first` add a `LIMIT`.
    fn sql(&self) -> String {
        around(self, "sql", "", "").0.sql.into_owned()
    }

    /// The plan, as text.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    fn explain(self, executor: impl Executor<DbOf<Self>>) -> impl Future<Output = Result<String>> + Send {
        text(self, executor, "EXPLAIN ")
    }

    /// The plan and what running it took, as text. The query is run.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    fn explain_analyze(
        self,
        executor: impl Executor<DbOf<Self>>,
    ) -> impl Future<Output = Result<String>> + Send {
        text(self, executor, "EXPLAIN (ANALYZE, BUFFERS) ")
    }

    /// The plan, as JSON.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    #[cfg(feature = "json")]
    fn explain_json(
        self,
        executor: impl Executor<DbOf<Self>>,
    ) -> impl Future<Output = Result<JsonValue>> + Send {
        json(self, executor, "EXPLAIN (FORMAT JSON) ")
    }

    /// The plan and what running it took, as JSON. The query is run.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    #[cfg(feature = "json")]
    fn explain_analyze_json(
        self,
        executor: impl Executor<DbOf<Self>>,
    ) -> impl Future<Output = Result<JsonValue>> + Send {
        json(self, executor, "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ")
    }
}

impl<Q: Reads> Explain for Q {}

async fn text<Q: Reads>(query: Q, executor: impl Executor<DbOf<Q>>, how: &'static str) -> Result<String> {
    let (call, values) = around(&query, "explain", how, "");
    let line = |row: &mut Decoder<'_>| row.get::<String>();
    let lines = rows::collect(executor.target(), query.intent(), &call, &values, &[], line).await?;
    Ok(lines.join("\n"))
}

#[cfg(feature = "json")]
async fn json<Q: Reads>(query: Q, executor: impl Executor<DbOf<Q>>, how: &'static str) -> Result<JsonValue> {
    let (call, values) = around(&query, "explain", how, "");
    rows::scalar(executor.target(), query.intent(), &call, &values).await
}
