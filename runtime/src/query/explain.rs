//! The server's plan for a query (<https://www.postgresql.org/docs/current/using-explain.html>).

use super::{
    reads::{ReadDb, Reads, around},
    run,
};
#[cfg(feature = "json")]
use crate::types::JsonValue;
use crate::{error::Result, executor::Executor, sql::Statement};

/// Shows the SQL text and the query plan of a query that reads rows.
///
/// `explain_analyze` runs the query to measure it: its rows are thrown away, but the locks that it asks for are taken,
/// and the functions that it calls have their effects.
pub trait Explain: Reads + Sized {
    /// The SQL text that `all` sends, for people to read: `$1`, `$2`, … stand in place of the values, which are no part
    /// of the text. `one`, `optional` and `first` add a `LIMIT`.
    fn sql(&self) -> String {
        self.statement("sql").sql.into_owned()
    }

    /// Gives the query plan as text.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    fn explain(self, executor: impl Executor<ReadDb<Self>>) -> impl Future<Output = Result<String>> + Send {
        text(self, executor, "EXPLAIN ")
    }

    /// Runs the query, and gives the query plan and the measured times as text.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    fn explain_analyze(
        self,
        executor: impl Executor<ReadDb<Self>>,
    ) -> impl Future<Output = Result<String>> + Send {
        text(self, executor, "EXPLAIN (ANALYZE, BUFFERS) ")
    }

    /// Gives the query plan as JSON.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    #[cfg(feature = "json")]
    fn explain_json(
        self,
        executor: impl Executor<ReadDb<Self>>,
    ) -> impl Future<Output = Result<JsonValue>> + Send {
        json(self, executor, "EXPLAIN (FORMAT JSON) ")
    }

    /// Runs the query, and gives the query plan and the measured times as JSON.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    #[cfg(feature = "json")]
    fn explain_analyze_json(
        self,
        executor: impl Executor<ReadDb<Self>>,
    ) -> impl Future<Output = Result<JsonValue>> + Send {
        json(self, executor, "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ")
    }
}

impl<Q: Reads> Explain for Q {}

fn explained<'q, Q: Reads>(query: &'q Q, how: &'static str) -> Statement<'q> {
    around(query, "explain", ("", ""), |query, sql| query.write(sql.push_before(how)))
}

async fn text<Q: Reads>(query: Q, executor: impl Executor<ReadDb<Q>>, how: &'static str) -> Result<String> {
    let statement = explained(&query, how);
    let lines: Vec<String> = run::all(executor.target(), &statement, |row| row.get()).await?;
    Ok(lines.join("\n"))
}

#[cfg(feature = "json")]
async fn json<Q: Reads>(
    query: Q,
    executor: impl Executor<ReadDb<Q>>,
    how: &'static str,
) -> Result<JsonValue> {
    run::scalar(executor.target(), &explained(&query, how)).await
}
