//! What every statement that changes rows has in common: how it is run, and what it gives back.

use std::marker::PhantomData;

use tokio_postgres::Row;

use super::{Selection, rows};
use crate::{
    error::Result,
    executor::Writer,
    model::{DecodeError, Decoder, Model},
    pool::Target,
    sql::{ColumnDef, Parts, SqlWriter},
};

/// A statement that changes rows, or several that stand or fall together.
#[doc(hidden)]
pub trait Write: Send + Sync {
    type Model: Model;

    /// Runs it, hands each row that it returns to `each`, and counts the rows.
    fn run(
        &self,
        target: Target<'_>,
        returned: Returned<'_>,
        each: Each<'_>,
    ) -> impl Future<Output = Result<u64>> + Send;
}

/// What is done with a row that comes back.
pub type Each<'a> = &'a mut (dyn FnMut(&Row) -> Result<(), DecodeError> + Send);

pub(super) type Db<W> = <<W as Write>::Model as Model>::Db;

/// A write of one row at most.
#[diagnostic::on_unimplemented(
    message = "this may return several rows",
    label = "`{Self}` is not of one row alone",
    note = "use `all`; or change the row with a key: `find(key).update()`"
)]
pub trait OfOneRow {}

/// What a statement returns of the rows it changed.
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

    /// For an error that names a column.
    pub(super) fn columns(self) -> &'static [ColumnDef] {
        match self {
            Self::Row(columns) => columns,
            Self::Nothing | Self::Selected(_) => &[],
        }
    }

    /// ` RETURNING …`, where there is anything to return.
    pub fn write(self, sql: &mut SqlWriter<'a>) {
        if !self.is_nothing() {
            self.write_list(sql.push(" RETURNING "));
        }
    }

    pub(super) fn write_list(self, sql: &mut SqlWriter<'a>) {
        match self {
            // A table may have no columns, RETURNING may not.
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

pub(super) async fn execute<W: Write>(write: &W, executor: impl Writer<Db<W>>) -> Result<u64> {
    write.run(executor.target(), Returned::Nothing, &mut |_| Ok(())).await
}

pub(super) async fn all<W: Write>(write: &W, executor: impl Writer<Db<W>>) -> Result<Vec<W::Model>> {
    let mut models = Vec::new();
    let each: Each<'_> = &mut |row| {
        models.push(W::Model::decode(&mut Decoder::new(row))?);
        Ok(())
    };
    write.run(executor.target(), Returned::row::<W::Model>(), each).await?;
    Ok(models)
}

pub(super) async fn optional<W: Write>(write: &W, executor: impl Writer<Db<W>>) -> Result<Option<W::Model>> {
    Ok(all(write, executor).await?.pop())
}

pub(super) async fn one<W: Write>(write: &W, executor: impl Writer<Db<W>>) -> Result<W::Model> {
    let found = optional(write, &executor).await?;
    found.ok_or_else(|| rows::not_found(&executor.target(), W::Model::NAME))
}

/// A write that returns columns or expressions in place of whole rows.
#[derive(Debug)]
#[must_use = "it does nothing until it is run: `.all(&dbs).await`"]
pub struct Returning<W, C> {
    write: W,
    columns: Vec<Parts>,
    selection: PhantomData<fn() -> C>,
}

impl<W: Write, C: Selection<W::Model>> Returning<W, C> {
    pub(super) fn new(write: W, columns: C) -> Self {
        Self { write, columns: columns.into_list(), selection: PhantomData }
    }

    /// Runs it and returns what was asked for of each row.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all(self, executor: impl Writer<Db<W>>) -> Result<Vec<C::Row>> {
        let mut found = Vec::new();
        let each: Each<'_> = &mut |row| {
            found.push(C::decode(&mut Decoder::new(row))?);
            Ok(())
        };
        self.write.run(executor.target(), Returned::Selected(&self.columns), each).await?;
        Ok(found)
    }

    /// Runs it and returns what was asked for of the row, if there is one.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn optional(self, executor: impl Writer<Db<W>>) -> Result<Option<C::Row>>
    where
        W: OfOneRow,
    {
        Ok(self.all(executor).await?.pop())
    }

    /// Runs it and returns what was asked for of the row.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; those of taking a connection and of the server.
    pub async fn one(self, executor: impl Writer<Db<W>>) -> Result<C::Row>
    where
        W: OfOneRow,
    {
        let found = self.all(&executor).await?.pop();
        found.ok_or_else(|| rows::not_found(&executor.target(), W::Model::NAME))
    }
}

/// Runs one statement of a [`Write`].
pub(super) async fn run(
    target: Target<'_>,
    (call, values): (crate::sql::Call, crate::sql::Values<'_>),
    returned: Returned<'_>,
    each: Each<'_>,
) -> Result<u64> {
    rows::change(target, &call, &values, returned, each).await
}
