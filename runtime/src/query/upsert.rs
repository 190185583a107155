//! Inserts that mind what is there already: `INSERT … ON CONFLICT`
//! (<https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT>).

use std::marker::PhantomData;

use super::{
    Columns, Insert, InsertMany, Selection,
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
    model::{Column, DecodeError, Decoder, Model, Settable},
    pool::Target,
    sql::{ColumnDef, Parts},
};

/// An insert of one row or of many.
#[doc(hidden)]
pub trait Inserting: Writes {
    /// What an upsert of it tells: whether the row was inserted or updated, or how many of many rows.
    type UpsertDone: Send;

    fn upsert_done(rows: u64) -> Self::UpsertDone;

    /// The columns that it gives.
    fn given_columns(&self) -> Vec<ColumnDef>;

    fn run_with(
        &self,
        target: Target<'_>,
        tail: Tail<'_>,
        returned: Returned<'_>,
        each: Each<'_>,
    ) -> impl Future<Output = Result<u64>> + Send;
}

/// The conflict that [`on_conflict`](Insert::on_conflict) is about.
#[derive(Debug)]
pub enum ByColumns {}

/// The conflict that [`on_constraint`](Insert::on_constraint) is about.
#[derive(Debug)]
pub enum ByConstraint {}

/// Any conflict.
#[derive(Debug)]
pub enum Any {}

/// An insert that minds a conflict. It goes on with what to do then.
#[derive(Debug)]
#[must_use = "it goes on with `do_nothing()`, `do_update(…)` or `get_or_insert(&dbs)`"]
pub struct OnConflict<I, W> {
    pub(super) insert: I,
    pub(super) target: ConflictTarget,
    which: PhantomData<fn() -> W>,
}

/// What an upsert does to the row that is there: nothing.
#[derive(Debug)]
pub enum DoNothing {}

/// What an upsert does to the row that is there: an update. `W` says how the conflict was named.
#[derive(Debug)]
pub struct DoUpdate<W>(PhantomData<fn() -> W>);

/// An insert that knows what to do about a conflict. Of one row, [`execute`](crate::Execute::execute) tells whether it was
/// inserted or updated; of many, how many were: the server refuses to update one row twice.
#[derive(Debug)]
#[must_use = "an upsert does nothing until it is run: `.execute(&dbs).await`"]
pub struct Upsert<I, A> {
    pub(super) insert: I,
    pub(super) conflict: Conflict,
    action: PhantomData<fn() -> A>,
}

/// The same three methods for one row and for many.
macro_rules! on_conflict {
    ($insert:ident) => {
        impl<N: NewRow> $insert<N> {
            /// Minds a row that is there already with the same values in these columns, which a unique index must be
            /// over: `.on_conflict(Customer::EMAIL)`, `.on_conflict((Address::CUSTOMER_ID, Address::KIND))`.
            pub fn on_conflict(self, columns: impl Columns<ModelOf<N>>) -> OnConflict<Self, ByColumns> {
                OnConflict::new(self, ConflictTarget::Columns(columns.defs(), None))
            }

            /// Minds the constraint of this name: `.on_constraint("customers_email_key")`.
            pub fn on_constraint(self, name: &str) -> OnConflict<Self, ByConstraint> {
                OnConflict::new(self, ConflictTarget::constraint(name))
            }

            /// Minds every unique index and exclusion constraint.
            pub fn on_any_conflict(self) -> OnConflict<Self, Any> {
                OnConflict::new(self, ConflictTarget::Any)
            }
        }
    };
}

on_conflict!(Insert);
on_conflict!(InsertMany);

impl<I: Inserting, W> OnConflict<I, W> {
    fn new(insert: I, target: ConflictTarget) -> Self {
        Self { insert, target, which: PhantomData }
    }

    /// Then the row is not stored, and the one that is there stays as it is.
    pub fn do_nothing(self) -> Upsert<I, DoNothing> {
        self.then(None)
    }

    fn then<A>(self, changes: Option<Changes>) -> Upsert<I, A> {
        let conflict = Conflict { target: self.target, changes };
        Upsert { insert: self.insert, conflict, action: PhantomData }
    }
}

impl<I: Inserting> OnConflict<I, ByColumns> {
    /// Minds a unique index that is partial: its condition, as `CREATE INDEX` has it.
    ///
    /// It is text, without values: PostgreSQL must see that the index's condition follows from it, and cannot tell
    /// that of a parameter.
    pub fn index_where(mut self, condition: &'static str) -> Self {
        if let ConflictTarget::Columns(_, index_where) = &mut self.target {
            *index_where = Some(condition);
        }
        self
    }
}

/// A conflict that an update can answer: SQL wants to know which one it is.
#[diagnostic::on_unimplemented(
    message = "an update must know which conflict it answers",
    label = "any conflict allows `do_nothing()` only",
    note = "name the columns with `on_conflict`, or the constraint with `on_constraint`"
)]
pub trait Named {}

impl Named for ByColumns {}
impl Named for ByConstraint {}

impl<I: Inserting, W> OnConflict<I, W> {
    /// Then these columns of the row that is there are set to what was to be inserted: `.do_update(Customer::NAME)`.
    pub fn do_update(self, columns: impl SettableColumns<I::Model>) -> Upsert<I, DoUpdate<W>>
    where
        W: Named,
    {
        let columns = columns.defs();
        self.then(Some(Changes::overwrite(columns)))
    }

    /// Then every column that the insert gives is set to what was to be inserted.
    pub fn do_update_all(self) -> Upsert<I, DoUpdate<W>>
    where
        W: Named,
    {
        let columns = self.insert.given_columns().into_iter().filter(|column| !column.generated);
        let changes = Changes::overwrite(columns);
        self.then(Some(changes))
    }

    /// Then a column of the row that is there is set to a value, or to an expression over that row and the one that
    /// was to be inserted: `.do_update_set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS))`.
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
    /// And sets this column, as [`do_update_set`](OnConflict::do_update_set) does.
    pub fn set<T, K: Settable>(
        mut self,
        column: Column<I::Model, T, K>,
        value: impl Assign<I::Model, T, K>,
    ) -> Self {
        let changes = self.conflict.changes.get_or_insert_default();
        changes.assignments.set(column.def, value.into_assigned());
        self
    }

    /// Only a row for which `filter` holds, and every filter given before, is updated; any other stays as it is, and
    /// is not returned.
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
