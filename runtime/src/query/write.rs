//! The traits of all statements that change rows: how they are run, and what they return.

use std::marker::PhantomData;

use super::{
    Selection,
    run::{self, Each},
};
use crate::{
    error::{Error, Result},
    executor::Writer,
    model::{DecodeError, Decoder, Model},
    pool::Target,
    sql::{ColumnDef, Intent, Parts, SqlWriter, Statement},
};

/// One or more statements that change rows, and take effect together or not at all. [`Execute`] runs them.
pub trait Writes: Send + Sync {
    /// The model whose rows are changed. It determines the database.
    type Model: Model;
    /// The type of what is returned for each changed row.
    type Row: Send;
    /// What [`execute`](Execute::execute) returns: the number of changed rows, where it can be any number.
    type Done: Send;

    /// Runs the write, calls `each` with each returned row, and counts the rows.
    #[doc(hidden)]
    fn run(
        &self,
        target: Target<'_>,
        returned: Returned<'_>,
        each: Each<'_>,
    ) -> impl Future<Output = Result<u64>> + Send;

    /// Whether the returned row is a new one, which nobody else can have removed before.
    #[doc(hidden)]
    const INSERTS: bool = false;

    /// What the statement returns if rows are asked for.
    #[doc(hidden)]
    fn returned(&self) -> Returned<'_> {
        Returned::row::<Self::Model>()
    }

    #[doc(hidden)]
    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError>;

    #[doc(hidden)]
    fn done(rows: u64) -> Self::Done;
}

pub(crate) type WriteDb<W> = <<W as Writes>::Model as Model>::Db;

/// A write that changes at most one row.
#[diagnostic::on_unimplemented(
    message = "this may return several rows",
    label = "`{Self}` is not of one row alone",
    note = "use `all`; or change the row with a key: `find(key).update()`"
)]
pub trait OfOneRow: Writes {}

/// A write that changes exactly one row, unless it fails.
#[diagnostic::on_unimplemented(
    message = "this may return no row, or several",
    label = "`{Self}` is not of exactly one row",
    note = "`.all(&dbs)` returns any number of rows; `.optional(&dbs)` returns the row of a `find(key)` or of an insert, if there \
            is one"
)]
pub trait OfExactlyOneRow: OfOneRow {}

/// Runs a statement that changes rows. In scope through the [prelude](crate::prelude).
///
/// Each method fails where no connection can be taken, and with the errors that the server reports: the constraint that
/// refused a row, for one.
pub trait Execute: Writes + Sized {
    /// Runs the statement without reading any rows.
    fn execute(
        self,
        executor: impl Writer<WriteDb<Self>>,
    ) -> impl Future<Output = Result<Self::Done>> + Send {
        async move {
            let rows =
                self.run(executor.target_for(Intent::Write)?, Returned::Nothing, &mut |_| Ok(())).await?;
            Ok(Self::done(rows))
        }
    }

    /// Runs the statement and returns the rows as they are afterwards; for a delete, as they were before.
    fn all(
        self,
        executor: impl Writer<WriteDb<Self>>,
    ) -> impl Future<Output = Result<Vec<Self::Row>>> + Send {
        async move {
            let mut rows = Vec::new();
            let each: Each<'_> = &mut |row| {
                rows.push(Self::decode(&mut Decoder::new(row))?);
                Ok(())
            };
            self.run(executor.target_for(Intent::Write)?, self.returned(), each).await?;
            Ok(rows)
        }
    }

    /// Runs the statement and returns the row as it is afterwards, if there is one.
    fn optional(
        self,
        executor: impl Writer<WriteDb<Self>>,
    ) -> impl Future<Output = Result<Option<Self::Row>>> + Send
    where
        Self: OfOneRow,
    {
        async move { optional(&self, executor.target_for(Intent::Write)?).await }
    }

    /// Runs the statement and returns the row as it is afterwards. [`Error::NotFound`](crate::Error::NotFound) if there
    /// is none; [`Error::NotReturned`](crate::Error::NotReturned) if an insert returned none.
    fn one(self, executor: impl Writer<WriteDb<Self>>) -> impl Future<Output = Result<Self::Row>> + Send
    where
        Self: OfExactlyOneRow,
    {
        async move {
            let target = executor.target_for(Intent::Write)?;
            match optional(&self, target).await? {
                None if Self::INSERTS => {
                    Err(Error::NotReturned { connection: target.alias().clone(), model: Self::Model::NAME })
                }
                found => run::exactly_one(&target, Self::Model::NAME, found),
            }
        }
    }
}

impl<W: Writes> Execute for W {}

pub(super) async fn optional<W: Writes>(write: &W, target: Target<'_>) -> Result<Option<W::Row>> {
    let mut found = None;
    let each: Each<'_> = &mut |row| {
        found = Some(W::decode(&mut Decoder::new(row))?);
        Ok(())
    };
    write.run(target, write.returned(), each).await?;
    Ok(found)
}

/// Runs one statement of a write, calls `each` with each returned row, and counts the rows.
pub(super) async fn change(
    target: Target<'_>,
    statement: &Statement<'_>,
    returned: Returned<'_>,
    each: Each<'_>,
) -> Result<u64> {
    if returned.is_nothing() {
        return run::execute(target, statement).await;
    }
    let mut count = 0;
    run::for_each(target, statement, &mut |row| {
        count += 1;
        each(row)
    })
    .await?;
    Ok(count)
}

/// What a statement returns of the rows that it changed.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Returned<'a> {
    Nothing,
    /// All columns of a model.
    Row(&'static [ColumnDef]),
    Selected(&'a [Parts]),
}

impl<'a> Returned<'a> {
    /// Every column of `M`.
    pub(super) fn row<M: Model>() -> Self {
        Self::Row(M::COLUMNS)
    }

    pub(super) fn is_nothing(self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// The expressions that are returned.
    pub(super) fn parts(self) -> &'a [Parts] {
        match self {
            Self::Nothing | Self::Row(_) => &[],
            Self::Selected(columns) => columns,
        }
    }

    /// Whether an expression holds SQL text that may refer to other rows.
    pub(super) fn looks_beyond(self) -> bool {
        self.parts().iter().any(Parts::looks_beyond)
    }

    /// The columns of the returned rows, for an error that names one of them.
    pub(super) fn columns(self) -> &'static [ColumnDef] {
        match self {
            Self::Row(columns) => columns,
            Self::Nothing | Self::Selected(_) => &[],
        }
    }

    /// Writes ` RETURNING …`, if anything is to be returned.
    pub fn write(self, sql: &mut SqlWriter<'a>) {
        if !self.is_nothing() {
            self.write_list(sql.push(" RETURNING "));
        }
    }

    pub(super) fn write_list(self, sql: &mut SqlWriter<'a>) {
        match self {
            // A table may have no columns, but `RETURNING` needs at least one expression.
            Self::Nothing | Self::Row([]) => {
                sql.push("NULL");
            }
            Self::Row(columns) => {
                sql.columns(columns);
            }
            Self::Selected(columns) => {
                sql.list(", ", columns, |sql, parts| parts.write(sql));
            }
        }
    }
}

/// A write that returns columns or expressions in place of whole rows.
#[derive(Debug)]
#[must_use = "it does nothing until it is run: `.all(&dbs).await`"]
pub struct Returning<W, C> {
    write: W,
    columns: Vec<Parts>,
    selection: PhantomData<fn() -> C>,
}

impl<W: Writes, C: Selection<W::Model>> Returning<W, C> {
    pub(super) fn new(write: W, columns: C) -> Self {
        Self { write, columns: columns.into_list(), selection: PhantomData }
    }

    /// The change that returns them.
    pub(super) fn change(&self) -> &W {
        &self.write
    }
}

impl<W: Writes, C: Selection<W::Model>> Writes for Returning<W, C> {
    type Model = W::Model;
    type Row = C::Row;
    type Done = W::Done;

    const INSERTS: bool = W::INSERTS;

    fn run(
        &self,
        target: Target<'_>,
        returned: Returned<'_>,
        each: Each<'_>,
    ) -> impl Future<Output = Result<u64>> + Send {
        self.write.run(target, returned, each)
    }

    fn returned(&self) -> Returned<'_> {
        Returned::Selected(&self.columns)
    }

    fn decode(row: &mut Decoder<'_>) -> Result<C::Row, DecodeError> {
        C::decode(row)
    }

    fn done(rows: u64) -> W::Done {
        W::done(rows)
    }
}

impl<W: OfOneRow, C: Selection<W::Model>> OfOneRow for Returning<W, C> {}
impl<W: OfOneRow, C: Selection<W::Model>> OfExactlyOneRow for Returning<W, C> {}
