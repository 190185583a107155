//! How the server goes about a query (<https://www.postgresql.org/docs/current/using-explain.html>).

use super::{
    reads::{ReadDb, Reads, around},
    run,
};
#[cfg(feature = "json")]
use crate::types::JsonValue;
use crate::{error::Result, executor::Executor};

/// The plan of a query that reads.
///
/// `explain_analyze` runs the query to measure it: its rows are thrown away, but a lock it asks for is taken, and a
/// function that it calls does what it does.
pub trait Explain: Reads + Sized {
    /// Its text as `all` sends it, for people to read: `$1`, `$2`, … stand where the values go, which are no part of it.
    /// `one`, `optional` and `first` add a `LIMIT`.
    fn sql(&self) -> String {
        self.statement("sql").sql.into_owned()
    }

    /// The plan, as text.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    fn explain(self, executor: impl Executor<ReadDb<Self>>) -> impl Future<Output = Result<String>> + Send {
        text(self, executor, "EXPLAIN ")
    }

    /// The plan and what running it took, as text. The query is run.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    fn explain_analyze(
        self,
        executor: impl Executor<ReadDb<Self>>,
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
        executor: impl Executor<ReadDb<Self>>,
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
        executor: impl Executor<ReadDb<Self>>,
    ) -> impl Future<Output = Result<JsonValue>> + Send {
        json(self, executor, "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ")
    }
}

impl<Q: Reads> Explain for Q {}

async fn text<Q: Reads>(query: Q, executor: impl Executor<ReadDb<Q>>, how: &'static str) -> Result<String> {
    let statement = around(&query, "explain", (how, ""), Q::write);
    let lines: Vec<String> = run::all(executor.target(), &statement, |row| row.get()).await?;
    Ok(lines.join("\n"))
}

#[cfg(feature = "json")]
async fn json<Q: Reads>(
    query: Q,
    executor: impl Executor<ReadDb<Q>>,
    how: &'static str,
) -> Result<JsonValue> {
    run::scalar(executor.target(), &around(&query, "explain", (how, ""), Q::write)).await
}
