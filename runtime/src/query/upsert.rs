//! Inserts that handle a row which already exists: `INSERT … ON CONFLICT`
//! (<https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT>).

use std::marker::PhantomData;

use super::{
    Columns, Insert, InsertFrom, InsertMany, InsertSource, Selection,
    columns::SettableColumns,
    conflict::{Changes, Conflict, ConflictTarget},
    insert::ModelOf,
    new_row::NewRow,
    run::Each,
    tail::Tail,
    write::{OfExactlyOneRow, OfOneRow, Returned, Returning, Writes},
};
use crate::{
    error::Result,
    expr::{Assign, IntoFilter},
    model::{Column, DecodeError, Decoder, Model, Sealed, Settable, sealed},
    pool::Target,
    sql::{ColumnDef, Parts, Statement},
};

/// An insert of one row or of many.
#[doc(hidden)]
pub trait Inserting: Writes {
    /// What `execute` of an upsert returns: for one row whether it was inserted or updated, for many rows how many
    /// were.
    type UpsertDone: Send;

    fn upsert_done(rows: u64) -> Self::UpsertDone;

    /// The columns that the insert gives.
    fn given_columns(&self) -> Vec<ColumnDef>;

    fn run_with(
        &self,
        target: Target<'_>,
        tail: Tail<'_>,
        returned: Returned<'_>,
        each: Each<'_>,
    ) -> impl Future<Output = Result<u64>> + Send;
}

/// An insert that is one statement, however many rows it inserts.
#[doc(hidden)]
pub trait InOneStatement: Inserting {
    fn with_tail<'a>(&'a self, tail: Tail<'a>) -> Statement<'a>;
}

/// Marks a conflict that is named by its columns: [`on_conflict`](Insert::on_conflict).
#[derive(Debug)]
pub enum ByColumns {}

/// Marks a conflict that is named by the expressions of its index: [`on_index`](Insert::on_index).
#[derive(Debug)]
pub enum ByIndex {}

/// Marks a conflict that is named by its constraint: [`on_constraint`](Insert::on_constraint).
#[derive(Debug)]
pub enum ByConstraint {}

/// Marks that any conflict is handled: [`on_any_conflict`](Insert::on_any_conflict).
#[derive(Debug)]
pub enum AnyConflict {}

/// An insert that handles a conflict with an existing row. It goes on with what to do on a conflict.
#[derive(Debug)]
#[must_use = "it goes on with `do_nothing()`, `do_update(…)` or `get_or_insert(&dbs)`"]
pub struct OnConflict<I, W> {
    pub(super) insert: I,
    pub(super) target: ConflictTarget,
    which: PhantomData<fn() -> W>,
}

/// Marks an upsert that leaves the existing row as it is.
#[derive(Debug)]
pub enum DoNothing {}

/// Marks an upsert that updates the existing row. `W` says how the conflict was named.
#[derive(Debug)]
pub struct DoUpdate<W>(PhantomData<fn() -> W>);

/// An insert with its answer to a conflict. For one row, [`execute`](crate::query::Execute::execute) tells whether it
/// was inserted or updated; for many rows, how many were: the server refuses to update one row twice.
#[derive(Debug)]
#[must_use = "an upsert does nothing until it is run: `.execute(&dbs).await`"]
pub struct Upsert<I, A> {
    pub(super) insert: I,
    pub(super) conflict: Conflict,
    action: PhantomData<fn() -> A>,
}

/// The methods that inserts of one row, of many, and of those of a query share.
macro_rules! on_conflict {
    ([$($generics:tt)*] $insert:ty, $model:ty) => {
        impl<$($generics)*> $insert {
            /// Handles a conflict with an existing row that has the same values in these columns, which must have a
            /// unique index: `.on_conflict(Customer::EMAIL)`, `.on_conflict((Address::CUSTOMER_ID, Address::KIND))`.
            pub fn on_conflict(self, columns: impl Columns<$model>) -> OnConflict<Self, ByColumns> {
                OnConflict::new(self, ConflictTarget::Columns(columns.defs(), None))
            }

            /// Handles a conflict on the unique index over these expressions, written as `CREATE INDEX` has them:
            /// `.on_index("lower(email)")`.
            pub fn on_index(self, expressions: &'static str) -> OnConflict<Self, ByIndex> {
                OnConflict::new(self, ConflictTarget::Index(expressions, None))
            }

            /// Handles a conflict that violates the constraint of this name: `.on_constraint("customers_email_key")`.
            pub fn on_constraint(self, name: &str) -> OnConflict<Self, ByConstraint> {
                OnConflict::new(self, ConflictTarget::constraint(name))
            }

            /// Handles a conflict on any unique index or exclusion constraint.
            pub fn on_any_conflict(self) -> OnConflict<Self, AnyConflict> {
                OnConflict::new(self, ConflictTarget::Any)
            }
        }
    };
}

on_conflict!([N: NewRow] Insert<N>, ModelOf<N>);
on_conflict!([N: NewRow] InsertMany<N>, ModelOf<N>);
on_conflict!([M: Model, Q: InsertSource] InsertFrom<M, Q>, M);

impl<I: Inserting, W> OnConflict<I, W> {
    fn new(insert: I, target: ConflictTarget) -> Self {
        Self { insert, target, which: PhantomData }
    }

    /// On a conflict, does not store the new row and leaves the existing row as it is.
    pub fn do_nothing(self) -> Upsert<I, DoNothing> {
        self.then(None)
    }

    fn then<A>(self, changes: Option<Changes>) -> Upsert<I, A> {
        let conflict = Conflict { target: self.target, changes };
        Upsert { insert: self.insert, conflict, action: PhantomData }
    }
}

/// A conflict that is named by what its index is over, so that the index may be partial.
#[diagnostic::on_unimplemented(
    message = "only a conflict that is named by its index's columns has a condition of that index",
    label = "name them with `on_conflict(…)` or `on_index(…)`"
)]
pub trait Indexed: Named {}

impl Indexed for ByColumns {}
impl Indexed for ByIndex {}

impl<I: Inserting, W: Indexed> OnConflict<I, W> {
    /// Names the condition of the unique index, which is partial, as `CREATE INDEX` has it.
    ///
    /// The condition is text without parameters: PostgreSQL must prove that it implies the index's condition, which it
    /// cannot do with a parameter.
    pub fn index_where(mut self, condition: &'static str) -> Self {
        if let ConflictTarget::Columns(_, place) | ConflictTarget::Index(_, place) = &mut self.target {
            *place = Some(condition);
        }
        self
    }
}

/// A conflict that an update can answer, since the statement names it, as SQL demands.
#[diagnostic::on_unimplemented(
    message = "an update must know which conflict it answers",
    label = "any conflict allows `do_nothing()` only",
    note = "name the columns with `on_conflict`, the constraint with `on_constraint`, or the index with `on_index`"
)]
pub trait Named: Sealed {}

sealed!(ByColumns, ByIndex, ByConstraint);
impl Named for ByColumns {}
impl Named for ByIndex {}
impl Named for ByConstraint {}

impl<I: Inserting, W> OnConflict<I, W> {
    /// On a conflict, sets these columns of the existing row to the values of the new row:
    /// `.do_update(Customer::NAME)`.
    pub fn do_update(self, columns: impl SettableColumns<I::Model>) -> Upsert<I, DoUpdate<W>>
    where
        W: Named,
    {
        let columns = columns.defs();
        self.then(Some(Changes::overwrite(columns)))
    }

    /// On a conflict, sets every column that the insert gives to the value of the new row.
    pub fn do_update_all(self) -> Upsert<I, DoUpdate<W>>
    where
        W: Named,
    {
        let columns = self.insert.given_columns().into_iter().filter(|column| !column.generated);
        let changes = Changes::overwrite(columns);
        self.then(Some(changes))
    }

    /// On a conflict, sets a column of the existing row to a value, or to an expression over that row and the new one:
    /// `.do_update_set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS))`.
    pub fn do_update_set<T, K: Settable>(
        self,
        column: Column<I::Model, T, K>,
        value: impl Assign<I::Model, T, K>,
    ) -> Upsert<I, DoUpdate<W>>
    where
        W: Named,
    {
        self.then(Some(Changes::default())).set(column, value)
    }
}

impl Changes {
    fn overwrite(columns: impl IntoIterator<Item = ColumnDef>) -> Self {
        let mut changes = Self::default();
        for column in columns {
            changes.assignments.set(column, Parts::excluded(column.name));
        }
        changes
    }
}

impl<I: Inserting, W> Upsert<I, DoUpdate<W>> {
    /// Sets one more column, as [`do_update_set`](OnConflict::do_update_set) does.
    pub fn set<T, K: Settable>(
        mut self,
        column: Column<I::Model, T, K>,
        value: impl Assign<I::Model, T, K>,
    ) -> Self {
        let changes = self.conflict.changes.get_or_insert_default();
        changes.assignments.set(column.def, value.into_assigned());
        self
    }

    /// Updates only a row for which `filter` and every filter given before hold; another row stays as it is, and is not
    /// returned.
    pub fn filter(mut self, filter: impl IntoFilter<I::Model>) -> Self {
        let changes = self.conflict.changes.get_or_insert_default();
        let filter = filter.into_filter();
        changes.filter = Some(match changes.filter.take() {
            Some(before) => before.text(" AND ").then(filter.parts).between("(", ")"),
            None => filter.parts,
        });
        self
    }
}

impl<I: Inserting, A> Upsert<I, A> {
    /// Returns columns or expressions in place of whole rows.
    pub fn returning<C: Selection<I::Model>>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<I: InOneStatement, A> Upsert<I, A> {
    /// The SQL text that `execute` sends, for people to read: `$1`, `$2`, … stand in place of the values.
    pub fn sql(&self) -> String {
        let tail = Tail::on_conflict(&self.conflict, I::Model::TABLE, Returned::Nothing);
        self.insert.with_tail(tail).sql.into_owned()
    }
}

impl<I: Inserting, A> Writes for Upsert<I, A> {
    type Model = I::Model;
    type Row = I::Model;
    type Done = I::UpsertDone;

    async fn run(&self, target: Target<'_>, returned: Returned<'_>, each: Each<'_>) -> Result<u64> {
        let tail = Tail::on_conflict(&self.conflict, I::Model::TABLE, returned);
        self.insert.run_with(target, tail, returned, each).await
    }

    fn decode(row: &mut Decoder<'_>) -> Result<Self::Row, DecodeError> {
        I::Model::decode(row)
    }

    fn done(rows: u64) -> Self::Done {
        I::upsert_done(rows)
    }
}

impl<N: NewRow, A> OfOneRow for Upsert<Insert<N>, A> {}
impl<N: NewRow, W> OfExactlyOneRow for Upsert<Insert<N>, DoUpdate<W>> {}
