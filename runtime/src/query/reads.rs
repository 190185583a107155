//! The traits of all queries that read rows.

use super::{
    Runs, owned, reading,
    run::{self, Rows},
};
use crate::{
    error::Result,
    executor::Executor,
    model::{DecodeError, Decoder, Model},
    sql::{ColumnDef, Intent, Sharing, SqlWriter, Statement, UNSORTED},
};

/// A query that reads rows. [`Fetch`] runs it, [`Explain`](crate::query::Explain) shows the server's plan for it.
pub trait Reads: Send + Sync {
    /// The model that the query reads. It determines the database.
    type Model: Model;
    /// The type of the rows that the query returns.
    type Row: Send;
    /// [`Unlocked`](crate::query::Unlocked), or [`Locked`](crate::query::Locked) for a query that runs only in a
    /// transaction.
    type Scope;

    #[doc(hidden)]
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);

    /// Writes the query for a statement that counts its rows and reads none of their columns.
    #[doc(hidden)]
    fn write_ones<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write(sql);
    }

    #[doc(hidden)]
    fn intent(&self) -> Intent;

    /// The model's columns that each row begins with; empty where a row is not a model.
    #[doc(hidden)]
    fn columns(&self) -> &'static [ColumnDef] {
        &[]
    }

    /// Why the server cannot tell equal rows from others, if it cannot.
    #[doc(hidden)]
    fn why_not_told_apart(&self) -> Option<&'static str> {
        self.columns().iter().any(ColumnDef::is_never_told_apart).then_some(UNSORTED)
    }

    /// A function that reads one row.
    #[doc(hidden)]
    fn decoder(
        &self,
    ) -> impl Fn(&mut Decoder<'_>) -> Result<Self::Row, DecodeError> + Send + Sync + use<Self>;

    /// Limits the query to this many rows.
    #[doc(hidden)]
    fn at_most(&mut self, rows: i64);

    /// The statement that runs the query.
    #[doc(hidden)]
    fn statement(&self, verb: &'static str) -> Statement<'_> {
        around(self, verb, ("", ""), Self::write).rows_of(self.columns())
    }
}

pub(crate) type ReadDb<Q> = <<Q as Reads>::Model as Model>::Db;

/// The statement of the query, as `write` writes it, with the given text before and after it.
pub(super) fn around<'q, Q: Reads + ?Sized>(
    query: &'q Q,
    verb: &'static str,
    (before, after): (&'static str, &'static str),
    write: impl FnOnce(&'q Q, &mut SqlWriter<'q>),
) -> Statement<'q> {
    let mut sql = SqlWriter::new(Q::Model::TABLE);
    write(query, sql.push(before));
    sql.push(after);
    reading::<Q::Model>(sql.finish(query.intent()), Sharing::Read)
        .named(Q::Model::NAME, verb)
        .on(Q::Model::TABLE)
}

/// Runs a query that reads. In scope through the [prelude](crate::prelude).
///
/// Each method fails where no connection can be taken, and with the errors that the server reports.
pub trait Fetch: Reads + Sized {
    /// Reads every row.
    fn all(
        self,
        executor: impl Executor<ReadDb<Self>> + Runs<Self::Scope>,
    ) -> impl Future<Output = Result<Vec<Self::Row>>> + Send {
        async move {
            let statement = self.statement("all");
            run::all(executor.target_for(statement.intent)?, &statement, self.decoder()).await
        }
    }

    /// Reads the only row. [`Error::NotFound`](crate::Error::NotFound) if there is none,
    /// [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    fn one(
        mut self,
        executor: impl Executor<ReadDb<Self>> + Runs<Self::Scope>,
    ) -> impl Future<Output = Result<Self::Row>> + Send {
        async move {
            self.at_most(2); // One more than wanted tells that there are too many.
            let statement = self.statement("one");
            run::one(executor.target_for(statement.intent)?, &statement, self.decoder()).await
        }
    }

    /// Reads the only row, if there is one. [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    fn optional(
        mut self,
        executor: impl Executor<ReadDb<Self>> + Runs<Self::Scope>,
    ) -> impl Future<Output = Result<Option<Self::Row>>> + Send {
        async move {
            self.at_most(2);
            let statement = self.statement("optional");
            run::optional(executor.target_for(statement.intent)?, &statement, self.decoder()).await
        }
    }

    /// Reads the first row in the query's order, if there is one.
    fn first(
        mut self,
        executor: impl Executor<ReadDb<Self>> + Runs<Self::Scope>,
    ) -> impl Future<Output = Result<Option<Self::Row>>> + Send {
        async move {
            self.at_most(1);
            let statement = self.statement("first");
            run::optional(executor.target_for(statement.intent)?, &statement, self.decoder()).await
        }
    }

    /// Counts the rows; of a grouped query, the groups.
    fn count(
        self,
        executor: impl Executor<ReadDb<Self>> + Runs<Self::Scope>,
    ) -> impl Future<Output = Result<i64>> + Send {
        async move {
            let statement =
                around(&self, "count", ("SELECT count(*) FROM (", ") AS counted"), Self::write_ones);
            run::scalar(executor.target_for(statement.intent)?, &statement).await
        }
    }

    /// Whether the query finds a row.
    fn exists(
        self,
        executor: impl Executor<ReadDb<Self>> + Runs<Self::Scope>,
    ) -> impl Future<Output = Result<bool>> + Send {
        async move {
            let statement = around(&self, "exists", ("SELECT EXISTS (", ")"), Self::write_ones);
            run::scalar(executor.target_for(statement.intent)?, &statement).await
        }
    }

    /// Streams the rows as they arrive, in constant memory.
    ///
    /// On a connection or a transaction, every other statement waits until the stream has ended or is dropped: do not
    /// wait for one while the stream is open.
    fn stream<'e, E: Executor<ReadDb<Self>> + Runs<Self::Scope> + ?Sized>(
        self,
        executor: &'e E,
    ) -> impl Future<Output = Result<Rows<'e, Self::Row>>> + Send
    where
        Self: 'e,
    {
        async move { run::stream(executor.target(), self.statement("stream"), self.decoder()).await }
    }

    /// As [`stream`](Self::stream), with an executor that the stream owns: the stream borrows nothing, and so can be
    /// the body of an HTTP response. `Order::query().stream_owned(dbs.clone())`; a clone of `Databases` or of a pool
    /// shares the connections.
    ///
    /// Waits for the first row, so that a statement which cannot be run is an error before the response has begun.
    ///
    /// The stream holds a connection until its last row is read or it is dropped: see "Streams" in the guide's page on
    /// [queries](crate::guide::queries).
    fn stream_owned<E: Executor<ReadDb<Self>> + Runs<Self::Scope> + 'static>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<Rows<'static, Self::Row>>> + Send
    where
        Self: 'static,
    {
        owned::owned(move |sender| {
            Box::pin(async move {
                let rows = run::stream(executor.target(), self.statement("stream"), self.decoder()).await;
                owned::forward(rows, &sender).await;
            })
        })
    }
}

impl<Q: Reads> Fetch for Q {}
