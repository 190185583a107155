//! SQL statements that the program writes itself, typed by their database.

use std::{fmt, marker::PhantomData};

use postgres_types::{FromSqlOwned, ToSql};
use tokio_postgres::Column;

use super::{
    owned,
    read_as::NamedRow,
    run::{self, Rows},
};
use crate::{
    error::Result,
    executor::{Executor, Writer},
    model::{Database, DecodeError, Decoder, Misfit, Model, Types, tuples},
    sql::{Intent, Own, Statement, unquoted},
};

/// Creates statements from the program's own SQL. In scope through the [prelude](crate::prelude).
pub trait RawSql: Database + Sized {
    /// A statement for this database. Its values are written as `$1`, `$2`, … and [bound](Raw::bind) in that order; the
    /// text is a constant of the program, so no value can be spliced into it.
    ///
    /// `R` is the type of a row: a model (its columns are matched by name; the statement must return all of them and no
    /// others), a tuple (its columns in order), or a single value.
    ///
    /// ```
    /// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
    /// # use shop::*;
    /// # use ormgen_runtime::{Result, prelude::*};
    /// # async fn example(dbs: &Databases) -> Result<()> {
    /// let old = Crm::sql::<String>("SELECT name FROM customers WHERE visits > $1").bind(3).all(dbs).await?;
    /// let per_day: Vec<(i32, i64)> = Crm::sql("SELECT visits, count(*) FROM customers GROUP BY 1").all(dbs).await?;
    /// Crm::sql("UPDATE customers SET visits = 0").execute(dbs).await?;
    /// # Ok(())
    /// # }
    /// ```
    fn sql<R>(text: &'static str) -> Raw<'static, Self, R> {
        Raw { text, values: Vec::new(), types: PhantomData }
    }
}

impl<D: Database> RawSql for D {}

/// A statement from the program's own SQL for the database `D`, with rows of type `R`.
///
/// Without [`returning`](Self::returning) it counts as a read, and may be sent to a replica. On a pool it has a
/// connection to itself, because such a statement may change its session in any way.
#[must_use = "a statement does nothing until it is run: `.all(&dbs).await`"]
pub struct Raw<'v, D, R, A = Reading> {
    text: &'static str,
    values: Vec<Box<dyn ToSql + Sync + Send + 'v>>,
    types: Types<D, R, A>,
}

/// Marks a statement that reads.
#[derive(Debug)]
pub enum Reading {}

/// Marks a statement that changes rows and returns them.
#[derive(Debug)]
pub enum Changing {}

/// The executors on which a statement of this kind runs.
pub trait Access<D, E: ?Sized> {
    #[doc(hidden)]
    const INTENT: Intent;
}

impl<D: Database, E: Executor<D> + ?Sized> Access<D, E> for Reading {
    const INTENT: Intent = Intent::Read;
}

impl<D: Database, E: Writer<D> + ?Sized> Access<D, E> for Changing {
    const INTENT: Intent = Intent::Write;
}

/// A type that a row of a [`Raw`] statement can be read as. `S` tells models, tuples and values apart; a program need
/// not name it.
#[diagnostic::on_unimplemented(
    message = "a row of `{D}` cannot be read as `{Self}`",
    label = "expected a model of `{D}`, a tuple of up to twelve values, or one value",
    note = "a struct of your own is read by its fields' names: declare it within `ormgen_runtime::row! {{ … }}`"
)]
pub trait FromRow<D, S>: Sized + Send {
    /// The position of each value in a row with these columns; empty where the values are read in order.
    #[doc(hidden)]
    fn places(columns: &[Column]) -> Result<Vec<usize>, String>;

    #[doc(hidden)]
    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

impl<'v, D, R, A> Raw<'v, D, R, A> {
    /// Binds the next value: `$1`, then `$2`, … A value may be borrowed: a `&str`, a `&[i32]`.
    pub fn bind(mut self, value: impl ToSql + Sync + Send + 'v) -> Self {
        self.values.push(Box::new(Own(value)));
        self
    }
}

impl<'v, D: Database, R> Raw<'v, D, R> {
    /// Declares that the statement changes rows and returns them (`INSERT … RETURNING`): it then runs where writes run.
    pub fn returning(self) -> Raw<'v, D, R, Changing> {
        Raw { text: self.text, values: self.values, types: PhantomData }
    }
}

impl<D: Database> Raw<'_, D, ()> {
    /// Runs the statement and counts the rows that it affected.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn execute(self, executor: impl Writer<D>) -> Result<u64> {
        run::execute(executor.target_for(Intent::Write)?, &self.statement(Intent::Write, "execute")).await
    }
}

impl<D: Database, R, A> Raw<'_, D, R, A> {
    /// Reads every row.
    ///
    /// # Errors
    /// [`Error::Columns`](crate::Error::Columns) if the statement returns other columns than `R` has, which is noticed
    /// at its first row; the errors of taking a connection and of the server.
    pub async fn all<S, E: Executor<D>>(self, executor: E) -> Result<Vec<R>>
    where
        R: FromRow<D, S>,
        A: Access<D, E>,
    {
        run::all(executor.target_for(A::INTENT)?, &self.statement(A::INTENT, "all"), decoder()).await
    }

    /// Reads the only row, if there is one.
    ///
    /// # Errors
    /// [`Error::TooManyRows`](crate::Error::TooManyRows) if there are several; the errors of [`all`](Self::all).
    pub async fn optional<S, E: Executor<D>>(self, executor: E) -> Result<Option<R>>
    where
        R: FromRow<D, S>,
        A: Access<D, E>,
    {
        run::optional(executor.target_for(A::INTENT)?, &self.statement(A::INTENT, "optional"), decoder())
            .await
    }

    /// Reads the only row.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none; the errors of [`optional`](Self::optional).
    pub async fn one<S, E: Executor<D>>(self, executor: E) -> Result<R>
    where
        R: FromRow<D, S>,
        A: Access<D, E>,
    {
        run::one(executor.target_for(A::INTENT)?, &self.statement(A::INTENT, "one"), decoder()).await
    }

    /// Streams the rows as they arrive, in constant memory; see [`Fetch::stream`](crate::query::Fetch::stream).
    ///
    /// # Errors
    /// The errors of taking a connection and of the server; then those of each row.
    pub async fn stream<'e, S: 'e, E: Executor<D> + ?Sized>(self, executor: &'e E) -> Result<Rows<'e, R>>
    where
        R: FromRow<D, S> + 'e,
        A: Access<D, E>,
    {
        run::stream(executor.target(), self.statement(A::INTENT, "stream"), decoder()).await
    }

    fn statement(&self, intent: Intent, verb: &'static str) -> Statement<'_> {
        let values = self.values.iter().map(|value| &**value as _).collect();
        Statement::new(self.text, values, intent).named(D::NAME, verb).free()
    }
}

impl<D: Database, R, A> Raw<'static, D, R, A> {
    /// Streams the rows from an executor that the stream owns, as it does the bound values; see
    /// [`Fetch::stream_owned`](crate::query::Fetch::stream_owned).
    ///
    /// # Errors
    /// The errors of taking a connection, of the server, and of the first row; then those of each row.
    pub async fn stream_owned<S: 'static, E: Executor<D> + 'static>(
        self,
        executor: E,
    ) -> Result<Rows<'static, R>>
    where
        R: FromRow<D, S> + 'static,
        A: Access<D, E> + 'static,
    {
        owned::owned(move |sender| {
            Box::pin(async move {
                let rows =
                    run::stream(executor.target(), self.statement(A::INTENT, "stream"), decoder()).await;
                owned::forward(rows, &sender).await;
            })
        })
        .await
    }
}

/// A function that reads rows; it finds the positions of the columns at the first row.
fn decoder<D, S, R: FromRow<D, S>>() -> impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send {
    let mut places: Option<Vec<usize>> = None;
    move |row| {
        let places = match &mut places {
            Some(places) => places,
            none => {
                let found = R::places(row.columns());
                none.insert(found.map_err(|what| DecodeError::new(0, Misfit::Columns(what)))?)
            }
        };
        R::decode(&mut row.placed(places))
    }
}

/// Shows the text and the number of values, but no value.
impl<D, R, A> fmt::Debug for Raw<'_, D, R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw").field("text", &self.text).field("values", &self.values.len()).finish()
    }
}

/// Marks a row that is read as a whole model.
#[derive(Debug)]
pub enum ModelRow {}

/// Marks a row that is read as a tuple of values.
#[derive(Debug)]
pub enum TupleRow {}

/// Marks a row that is read as a single value.
#[derive(Debug)]
pub enum ValueRow {}

/// Marks a row that is read as a struct declared by [`row!`](crate::row).
#[derive(Debug)]
pub enum StructRow {}

impl<M: Model> FromRow<M::Db, ModelRow> for M {
    fn places(columns: &[Column]) -> Result<Vec<usize>, String> {
        let wanted: Vec<String> = M::COLUMNS.iter().map(|column| unquoted(column.name)).collect();
        by_name(columns, &wanted, M::NAME)
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        M::decode(row)
    }
}

impl<D, R: NamedRow> FromRow<D, StructRow> for R {
    fn places(columns: &[Column]) -> Result<Vec<usize>, String> {
        let name = |field: &&str| field.strip_prefix("r#").unwrap_or(field).to_owned();
        let wanted: Vec<String> = R::FIELDS.iter().map(name).collect();
        by_name(columns, &wanted, R::NAME)
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        R::read(row)
    }
}

/// The position of each wanted column, if the row has all of them and no others. `owner` is the type whose columns
/// these are.
fn by_name(columns: &[Column], wanted: &[String], owner: &str) -> Result<Vec<usize>, String> {
    let place = |name: &String| columns.iter().position(|column| column.name() == name);
    let missing: Vec<_> = wanted.iter().filter(|name| place(name).is_none()).cloned().collect();
    let places: Vec<usize> = wanted.iter().filter_map(place).collect();
    let more = columns.iter().enumerate().filter(|(at, _)| !places.contains(at));
    let more: Vec<_> = more.map(|(_, column)| column.name().to_owned()).collect();
    let list = |what: &str, names: &[String]| {
        if names.is_empty() { String::new() } else { format!("; {what}: {}", names.join(", ")) }
    };
    if missing.is_empty() && more.is_empty() {
        return Ok(places);
    }
    let (missing, more) = (list("missing", &missing), list("not of it, or twice", &more));
    Err(format!("the statement's columns are not those of `{owner}`{missing}{more}"))
}

/// The empty list of positions, as the columns are read in order, if there are as many as wanted.
fn in_order(columns: &[Column], wanted: usize) -> Result<Vec<usize>, String> {
    match columns.len() {
        given if given == wanted => Ok(Vec::new()),
        given => Err(format!("columns of the statement: {given}; values that a row is read as: {wanted}")),
    }
}

impl<D, T: FromSqlOwned + Send + 'static> FromRow<D, ValueRow> for T {
    fn places(columns: &[Column]) -> Result<Vec<usize>, String> {
        in_order(columns, 1)
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        row.get()
    }
}

macro_rules! tuple {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<Z, $($name: FromSqlOwned + Send + 'static),+> FromRow<Z, TupleRow> for ($($name,)+) {
            fn places(columns: &[Column]) -> Result<Vec<usize>, String> {
                in_order(columns, [$($at),+].len())
            }

            fn decode(row: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                Ok(($(row.get::<$name>()?,)+))
            }
        }
    };
}

tuples!(up to 12: tuple);
