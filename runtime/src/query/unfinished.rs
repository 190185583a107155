//! Statements that do not yet say enough to be run. They have the methods that would run them, for the errors that say
//! what is missing.

use super::{Grouped, Keyset, OnConflict, Paged};

/// What would run an upsert that does not say what to do where the row exists already: nothing does.
#[diagnostic::on_unimplemented(
    message = "this insert does not say what becomes of a row that exists already",
    label = "what to do on a conflict comes before this",
    note = "`.do_nothing()` leaves the row as it is; `.do_update(Customer::NAME)`, `.do_update_all()` and \
            `.do_update_set(Customer::VISITS, Customer::VISITS + 1)` change it: `.do_nothing().execute(&dbs)`",
    note = "`.get_or_insert(&dbs)` and `.update_or_insert(&dbs)` return the row, and whether it is new"
)]
pub trait RunsUnanswered {
    /// What would be returned.
    type Done;

    #[doc(hidden)]
    fn run<S>(self, statement: S) -> Self::Done;
}

/// What would run a grouped query that does not say what it reads of each group: nothing does.
#[diagnostic::on_unimplemented(
    message = "this query does not say what it reads of each group",
    label = "`.select(…)` comes before this",
    note = "select the values that the rows are grouped by, and aggregates, which are in `ormgen_runtime::functions`: \
            `Customer::query().group_by(Customer::CITY).select((Customer::CITY, count()))`"
)]
pub trait RunsUnselected {
    /// What would be returned.
    type Done;

    #[doc(hidden)]
    fn run<S>(self, statement: S) -> Self::Done;
}

/// What would read all rows of a query that is read page by page: nothing does.
#[diagnostic::on_unimplemented(
    message = "this query is read page by page",
    label = "`.page(&dbs)` reads a page of it: the rows, and where the next one begins",
    note = "leave out `keyset` to read all rows, to count them, or to sort them by `order_by`"
)]
pub trait RunsByPage {
    /// What would be returned.
    type Done;

    #[doc(hidden)]
    fn run<S>(self, statement: S) -> Self::Done;
}

macro_rules! not_yet {
    ([$($generics:tt)*] $statement:ty: $runs:ident; $($method:ident)*) => {
        impl<$($generics)*> $statement {$(
            #[doc(hidden)]
            pub fn $method<E: $crate::query::$runs>(self, executor: E) -> E::Done {
                executor.run(self)
            }
        )*}
    };
}
pub(crate) use not_yet;

not_yet!([I, W] OnConflict<I, W>: RunsUnanswered; execute all one optional returning);
not_yet!([M, S] Grouped<M, S>: RunsUnselected; all one optional first count exists stream);
not_yet!([Q: Paged, C] Keyset<Q, C>: RunsByPage; all one optional first count exists stream order_by offset);
