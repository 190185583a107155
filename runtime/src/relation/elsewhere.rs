//! The names that SQL and other libraries have for what a query does, and a relation where a column is meant, for the
//! errors that say what to write here.

use super::{ManyToMany, Matching, Relation, With};
use crate::{
    expr::{lacks, missing},
    model::Keyed,
    query::{Annotated, Find, Grouped, Query, Raw, Select},
};

macro_rules! queries {
    ($row:ident $names:tt: $text:tt) => {
        missing!($row $text);
        lacks!($row $names [M, S] Query<M, S>, [M: Keyed, S] Find<M, S>, [M, S, C] Select<M, S, C>,
            [M, S, C] Annotated<M, S, C>, [M, S] Grouped<M, S>, [Q, L] With<Q, L>);
    };
}

queries!(Where(where_ filter_by find_by and_where and_filter):
    "write `.filter(Customer::NAME.eq(\"Ada\"))`; several filters all hold");
queries!(OrWhere(or_filter or_where): "write both conditions in one filter: `.filter(a.or(b))`");
queries!(Exclude(exclude filter_not where_not): "write `.filter(!Customer::NAME.eq(\"Ada\"))`");
queries!(FoundByKey(find_by_id find_by_key; get(A) find(A)): "write `Customer::find(id).one(&dbs)` for the row with a key");
queries!(FetchAll(fetch_all find_all get_results load to_list; collect()): "write `.all(&dbs)` to read every row");
queries!(FetchOne(fetch_one get_result get_one): "write `.one(&dbs)` to read the only row");
queries!(FetchOptional(fetch_optional get_or_none one_or_none first_or_none):
    "write `.optional(&dbs)` for the only row if there is one, `.first(&dbs)` for the first of several");
queries!(FetchRows(fetch load_stream):
    "write `.all(&dbs)` to read every row, `.stream(&dbs)` to read them as they arrive");
queries!(RunQuery(exec run; execute(A)): "write `.all(&dbs)`, `.one(&dbs)` or `.optional(&dbs)` to run a query");
queries!(NumberOfRows(count_all num_items): "write `.count(&dbs)`");
queries!(Take(top; take(A)): "write `.limit(20)` for at most so many rows");
queries!(Skip(start_at; skip(A)): "write `.offset(20)` to leave out so many rows");
queries!(Having(having):
    "write `.group_by(Order::CUSTOMER_ID).having(functions::count().gt(1)).select(…)`");
queries!(JoinRows(inner_join join_on joins): "write `.join(Item::ORDER)`: each row becomes a pair");
queries!(OuterJoin(outer_join left_outer_join find_also_related):
    "write `.left_join(Customer::REFERRER)`: each row becomes a pair");
queries!(Preloaded(find_with_related include preload select_related prefetch_related eager_load; includes(A)):
    "write `.with(Order::ITEMS)` to load related rows: each row becomes a tuple");
queries!(OrderedBy(order_by_asc order_by_desc order_asc order_desc then_by then_order_by sort sort_by; order(A)):
    "write `.order_by(Customer::NAME.desc())`, or `.order_by((Customer::VISITS.desc(), Customer::NAME))`");
queries!(Distinct(distinct):
    "write `.select(Customer::NAME).distinct()`, or `.distinct_on(Customer::NAME)` for whole rows");
queries!(SelectedColumns(select_only column columns into_tuple values values_list pluck):
    "write `.select((Customer::ID, Customer::NAME))`: it gives tuples");
queries!(IntoStruct(into_model into_partial_model into_struct):
    "write `.select((a, b)).read_as::<Line>()`, with a struct of `row!`");
queries!(Paginate(paginate page):
    "write `.limit(20).offset(20 * page).all(&dbs)`, or `.keyset(Order::ID).limit(20).page(&dbs)`");
queries!(LockRows(for_update_skip_locked lock_exclusive lock_for_update with_for_update select_for_update):
    "write `.for_update()`, and `.skip_locked()` or `.nowait()` after it");
queries!(UpdateAll(set_many update_all; set(A B)): "write `.update().set(Customer::VISITS, 0).execute(&dbs)`");
queries!(AggregatedRows(avg average; max(A) min(A) sum(A)):
    "write `.select(functions::max(Order::TOTAL)).one(&dbs)`, or `.group_by(…)` before it for one value a group");
queries!(OtherPool(using_db using on_connection on_pool):
    "give the pool to the method that runs the query, as in `.all(&dbs.crm_eu)`: any pool of the model's database will do");
queries!(DeleteAll(delete_all): "write `.delete().execute(&dbs)`");

missing!(AnnotatedAgain "write one `annotate` with a tuple: `.annotate((Order::ITEMS.count(), Order::ITEMS.sum(Item::PRICE)))`");
lacks!(AnnotatedAgain(annotate) [M, S, C] Annotated<M, S, C>);

missing!(SelectedBeside
    "write the values into `annotate`, whose rows are whole: `.annotate((Order::ITEMS.count(), …))`; or `select` without it: \
     `Order::query().select((Order::ID, Order::ITEMS.count()))`");
lacks!(SelectedBeside(select) [M, S, C] Annotated<M, S, C>, [M, S, C, L] With<Annotated<M, S, C>, L>);

// What is read is not known yet.
lacks!(FetchAll(; fetch_all(E) load(E)) [D, T, W] Raw<'_, D, T, W>);
lacks!(FetchOne(; fetch_one(E)) [D, T, W] Raw<'_, D, T, W>);
lacks!(FetchOptional(; fetch_optional(E)) [D, T, W] Raw<'_, D, T, W>);
lacks!(FetchRows(; fetch(E)) [D, T, W] Raw<'_, D, T, W>);

macro_rules! relations {
    ($row:ident $names:tt: $text:tt) => {
        missing!($row $text);
        lacks!($row $names [M, T, K, S] Relation<M, T, K, S>, [M, T, K, L] ManyToMany<M, T, K, L>);
    };
}

relations!(Compared(; eq(A) ne(A) is_in(A) not_in(A)):
    "write the column that holds the key, as in `Order::CUSTOMER_ID.eq(3)`: a relation is not compared");
relations!(HasRows(has_any; has(A) contains(A) some(A)):
    "write `.any(Tag::NAME.eq(\"new\"))` for a condition on related rows");
relations!(NoRows(none_of not_any): "write `.none(Tag::NAME.eq(\"new\"))` where the condition holds for no related row");
relations!(Counted(; len()): "write `Order::ITEMS.count()` for how many related rows there are");
relations!(Missing(is_missing missing is_none is_some is_present is_set; is_null() is_not_null()):
    "write `.is_empty()` where there is no related row, `.exists()` where there is one; or the column that holds the key, \
     `Order::CUSTOMER_ID.is_null()`");
relations!(Sorted(; asc() desc()):
    "write a column, as in `Order::CUSTOMER_ID.desc()`; that of a related row is `Item::ORDER.column(Order::TOTAL)`");

missing!(OfFirst
    "write `filter` in place of `matching`: `Order::ITEMS.filter(…).order_by(Item::PRICE.desc()).first(Item::SKU)`");
lacks!(OfFirst(order_by limit; first(A)) [M, N] Matching<M, N>);
