//! What the queries that read rows have alike: how they are run.

use super::{
    reading,
    rows::{self, Rows},
};
use crate::{
    error::Result,
    executor::Executor,
    model::{DecodeError, Decoder, Model},
    sql::{Call, Intent, SqlWriter, Values},
};

/// A query that reads rows. [`Fetch`] runs it, [`Explain`](crate::Explain) shows how the server would.
pub trait Reads: Send + Sync {
    /// The model that it reads, and so its database.
    type Model: Model;
    /// What a row of it is.
    type Row: Send;

    #[doc(hidden)]
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);

    #[doc(hidden)]
    fn intent(&self) -> Intent;

    #[doc(hidden)]
    fn decoder(&self) -> fn(&mut Decoder<'_>) -> Result<Self::Row, DecodeError>;

    /// The same query, which gives no more rows than this.
    #[doc(hidden)]
    fn at_most(&mut self, rows: u64);
}

pub(super) type DbOf<Q> = <<Q as Reads>::Model as Model>::Db;

/// The query with other text around it.
pub(super) fn around<'q, Q: Reads>(
    query: &'q Q,
    verb: &'static str,
    before: &'static str,
    after: &'static str,
) -> (Call, Values<'q>) {
    let mut sql = SqlWriter::new(Q::Model::TABLE);
    query.write(sql.push(before));
    sql.push(after);
    let sharing = sql.sharing();
    let (text, values) = sql.finish();
    (reading::<Q::Model>(Call::new(text, Q::Model::NAME, verb), query.intent(), sharing), values)
}

/// Runs a query that reads. In scope through the [prelude](crate::prelude).
///
/// Each method fails where no connection can be taken, and with what the server says.
pub trait Fetch: Reads + Sized {
    /// Every row.
    fn all(self, executor: impl Executor<DbOf<Self>>) -> impl Future<Output = Result<Vec<Self::Row>>> + Send {
        async move {
            let (call, values) = around(&self, "all", "", "");
            rows::collect(executor.target(), self.intent(), &call, &values, &[], self.decoder()).await
        }
    }

    /// The only row. [`Error::NotFound`](crate::Error::NotFound) if there is none,
    /// [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    fn one(self, executor: impl Executor<DbOf<Self>>) -> impl Future<Output = Result<Self::Row>> + Send {
        async move {
            let row = self.optional(&executor).await?;
            row.ok_or_else(|| rows::not_found(&executor.target(), Self::Model::NAME))
        }
    }

    /// The only row, if there is one. [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several.
    fn optional(
        mut self,
        executor: impl Executor<DbOf<Self>>,
    ) -> impl Future<Output = Result<Option<Self::Row>>> + Send {
        async move {
            self.at_most(2); // One more than wanted tells that there are too many.
            let (call, values) = around(&self, "optional", "", "");
            rows::single(executor.target(), self.intent(), &call, &values, &[], self.decoder()).await
        }
    }

    /// The first row of several, in the query's order.
    fn first(
        mut self,
        executor: impl Executor<DbOf<Self>>,
    ) -> impl Future<Output = Result<Option<Self::Row>>> + Send {
        async move {
            self.at_most(1);
            let (call, values) = around(&self, "first", "", "");
            rows::single(executor.target(), self.intent(), &call, &values, &[], self.decoder()).await
        }
    }

    /// How many rows there are: of a grouped query, how many groups.
    fn count(self, executor: impl Executor<DbOf<Self>>) -> impl Future<Output = Result<i64>> + Send {
        async move {
            let (call, values) = around(&self, "count", "SELECT count(*) FROM (", ") AS counted");
            rows::scalar(executor.target(), self.intent(), &call, &values).await
        }
    }

    /// Whether there is a row.
    fn exists(self, executor: impl Executor<DbOf<Self>>) -> impl Future<Output = Result<bool>> + Send {
        async move {
            let (call, values) = around(&self, "exists", "SELECT EXISTS (", ")");
            rows::scalar(executor.target(), self.intent(), &call, &values).await
        }
    }

    /// The rows as they arrive, in constant memory; see [`Query::stream`](crate::Query::stream).
    fn stream<'e, E: Executor<DbOf<Self>>>(
        self,
        executor: &'e E,
    ) -> impl Future<Output = Result<Rows<'e, Self::Row>>> + Send
    where
        Self::Row: 'e,
    {
        async move {
            let (call, values) = around(&self, "stream", "", "");
            rows::stream(executor.target(), self.intent(), call, &values, &[], self.decoder()).await
        }
    }
}

impl<Q: Reads> Fetch for Q {}
