//! The names that SQL and other libraries have for what a change does, and for what a model does, for the errors that
//! say what to write here.

use super::{
    Delete, Insert, InsertMany, OfQuery, OnConflict, RowsToUpdate, Update, UpdateMany, Upsert,
    upsert::{ByConstraint, ByIndex, DoUpdate},
};
use crate::{
    expr::{lacks, missing},
    model::Model,
};

macro_rules! changes {
    ($row:ident $names:tt: $text:tt) => {
        missing!($row $text);
        lacks!($row $names [M, C] Update<M, C>, [M, C] Delete<M, C>, [N] Insert<N>, [N] InsertMany<N>,
            [M, U] UpdateMany<M, U>, [I, W] Upsert<I, W>);
    };
}

// A condition on a type in which a reference is would be told without its own words: these names are methods with arguments.
changes!(RunChange(; exec(A) run(A)):
    "write `.execute(&dbs)` to run a change, `.one(&dbs)` or `.all(&dbs)` for the changed rows");
changes!(ReturnAll(; fetch_all(A) get_results(A) load(A)): "write `.all(&dbs)` for the rows as they are after the change");
changes!(ReturnOne(; fetch_one(A) get_result(A)): "write `.one(&dbs)` for the row as it is after the change");
changes!(SetMany(set_many set_all values): "write a `.set(Customer::NAME, name)` for each column");

missing!(NameColumns "say which columns are stored of the rows: `.set_columns((Customer::NAME, Customer::VISITS))`");
lacks!(NameColumns(; execute(A) all(A) returning(A) set(A B)) [M, U] RowsToUpdate<M, U>);

missing!(FilterChange "write the condition before the change: `Customer::query().filter(…).update()`");
lacks!(FilterChange(where_ and_where; filter(A)) [M: Model] Update<M, OfQuery<M>>, [M: Model] Delete<M, OfQuery<M>>);

missing!(LimitChange
    "write the limit before the change: `Order::query().order_by(Order::ID).limit(100).delete()`");
lacks!(LimitChange(order_by limit offset) [M: Model] Update<M, OfQuery<M>>, [M: Model] Delete<M, OfQuery<M>>);

missing!(FilterConflict
    "write `.do_update(Customer::NAME).filter(…)` to update some rows, `.index_where(\"…\")` for a partial index");
lacks!(FilterConflict(; where_(A) filter(A)) [I, W] OnConflict<I, W>);

missing!(SetConflict
    "write `.do_update(Customer::NAME)` for the new row's value, `.do_update_set(Customer::VISITS, 0)` for another");
lacks!(SetConflict(update update_column update_columns; set(A B)) [I, W] OnConflict<I, W>);

missing!(SetMore "write `.set(Customer::VISITS, 0)` for each further column");
lacks!(SetMore(; do_update(A) do_update_set(A B)) [I, W] Upsert<I, W>);

missing!(FilterUpsert "write `.filter(…)` to update only a row for which it holds");
lacks!(FilterUpsert(; where_(A) and_where(A)) [I, W] Upsert<I, W>);

missing!(LooksUp
    "the row is looked for by the columns of a conflict, `.on_conflict(Customer::EMAIL)`; by an index or a constraint, \
     `.on_index(\"lower(email)\").do_update(Customer::NAME).one(&dbs)` gives it, new or not");
lacks!(LooksUp(; get_or_insert(A) update_or_insert(A))
    [I] OnConflict<I, ByIndex>, [I] OnConflict<I, ByConstraint>,
    [I] Upsert<I, DoUpdate<ByIndex>>, [I] Upsert<I, DoUpdate<ByConstraint>>);

/// What another library has as a function of a model: nothing is.
pub trait OfModel {
    type Callee;

    const CALLEE: Self::Callee;
}

/// A model, for the error about another type that has no function of such a name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no function of this name",
    label = "there is no function of this name"
)]
pub trait AnyModel {}

impl<M: Model> AnyModel for M {}

/// Gives models the names of functions.
///
/// They belong to `&M`. The compiler comes upon them where it finds none of the name for `M`, not even in a trait of
/// the program's own, and then says that `M` has none. No `N` can be inferred, so that it does not advise `<&M>::all`.
/// They are constants, so that they are called with any arguments, and taken for nobody's methods.
macro_rules! models {
    ($($row:ident($($name:ident)+): $text:tt;)+) => {
        $(
            #[diagnostic::on_unimplemented(message = $text, label = "there is no function of this name")]
            #[doc(hidden)]
            #[allow(non_upper_case_globals, reason = "they have the names of functions")]
            pub trait $row<N> {
                type Callee;

                $(const $name: Self::Callee;)+
            }

            #[diagnostic::do_not_recommend]
            impl<M: AnyModel, N: OfModel> $row<N> for &M {
                type Callee = N::Callee;

                $(const $name: N::Callee = N::CALLEE;)+
            }
        )+

        /// The traits, for the prelude.
        #[doc(hidden)]
        pub mod models {
            pub use super::{$($row as _),+};
        }
    };
}

models! {
    AllRows(all find_all get_all fetch_all): "write `{Self}::query().all(&dbs)`";
    Begun(filter where_ find_by select order_by limit join):
        "write `{Self}::query()` before it: `{Self}::query().filter(…)`";
    RowByKey(get find_by_id get_by_id find_one): "write `{Self}::find(key).one(&dbs)`, or `.optional(&dbs)`";
    FirstRow(first): "write `{Self}::query().order_by(…).first(&dbs)`";
    CountedRows(count): "write `{Self}::query().count(&dbs)`";
    CreatedRow(create): "write `{Self}::insert(…).one(&dbs)`, with the `New…` struct of the table";
    CreatedRows(insert_all bulk_create bulk_insert create_many):
        "write `{Self}::insert_many(…).execute(&dbs)`, with the `New…` structs of the table";
    FoundOrCreated(get_or_create find_or_create):
        "write `{Self}::insert(…).on_conflict(…).get_or_insert(&dbs)`";
    ChangedRows(update_all): "write `{Self}::query().update().set(…).execute(&dbs)`";
    DeletedRow(delete_by_id): "write `{Self}::find(key).delete().execute(&dbs)`";
    DeletedMany(delete_many delete_in delete_by_ids): "write `{Self}::find_many(keys).delete().execute(&dbs)`, or a filter in a query";
    DeletedRows(delete_all): "write `{Self}::query().delete().execute(&dbs)`";
}
