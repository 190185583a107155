//! A table beside itself, or beside one that no relation leads to: the rows of an alias, joined and in conditions, are
//! those that SQL written by hand gives.

use std::sync::Arc;

use ormgen_runtime::{
    Column, Error, Expr, Filter, Model, NotNull, Nullable, Result,
    functions::{array_agg, coalesce, count, exists, max, outer, row_number, sql, sum, window},
    prelude::*,
    query::{Kind, Reads as _, SqlValue, TableAlias},
};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{ActiveCustomer, Crm, Customer},
        orders::{Item, Order, Orders, Product},
    },
    shop::{Shop, order, products},
};

use crate::{customers, letters};

/// The first letters of each row's names.
fn shown<'a, const N: usize>(rows: impl IntoIterator<Item = [&'a str; N]>) -> Vec<String> {
    rows.into_iter().map(|row| row.map(|name| name.get(..1).unwrap_or("-")).concat()).collect()
}

fn pairs(rows: &[(Customer, Customer)]) -> Vec<String> {
    shown(rows.iter().map(|(left, right)| [left.name.as_str(), &right.name]))
}

/// What a program's handler would be: it is sent, and it borrows what it is given.
async fn equals(dbs: &Databases, least: &i32, name: &str) -> Result<Vec<(Customer, Customer)>> {
    let other = Customer::alias("other");
    Customer::query()
        .join(
            other.on(other
                .column(Customer::VISITS)
                .eq(Customer::VISITS)
                .and(other.column(Customer::ID).gt(Customer::ID))),
        )
        .filter(Customer::VISITS.gte(least).and(other.column(Customer::NAME).ne(name)))
        .order_by((Customer::ID.asc(), other.column(Customer::ID).asc()))
        .all(dbs)
        .await
}

/// Every two rows of any model that have the same value in a column.
async fn alike<M, T, K, E>(column: Column<M, T>, key: Column<M, i64, K>, executor: E) -> Result<Vec<(M, M)>>
where
    K: Kind,
    M: Model + Unpin + 'static,
    T: SqlValue,
    E: Executor<M::Db>,
{
    let other = M::alias("other");
    let alike = other.column(column).eq(column).and(other.column(key).gt(key));
    M::query().order_by((key.asc(), other.column(key).asc())).join(other.on(alike)).all(executor).await
}

#[tokio::test]
async fn whole_rows_of_both_sides_come_as_pairs() {
    let shop = customers().await;
    let dbs = Arc::new(shop.dbs.clone());
    assert_eq!(pairs(&equals(&dbs, &1, "Nobody").await.unwrap()), ["CD"]);
    assert_eq!(pairs(&equals(&dbs, &4, "Nobody").await.unwrap()), [""; 0]);
    assert_eq!(pairs(&equals(&dbs, &1, "Dee").await.unwrap()), [""; 0]);
    let spawned = tokio::spawn({
        let (dbs, least, name) = (Arc::clone(&dbs), 3, String::from("Cy"));
        async move { equals(&dbs, &least, &name).await }
    });
    assert_eq!(pairs(&spawned.await.unwrap().unwrap()), ["CD"]);
    assert_eq!(pairs(&alike(Customer::VISITS, Customer::ID, &*dbs).await.unwrap()), ["CD"]);
    assert_eq!(alike(Customer::TIER, Customer::ID, &*dbs).await.unwrap().len(), 10);

    // The same query goes on as others do.
    let other = Customer::alias("other");
    let more = other.on(other.column(Customer::VISITS).gt(Customer::VISITS));
    let query =
        Customer::query().join(more.clone()).order_by((Customer::ID.asc(), other.column(Customer::ID).asc()));
    let by_hand = "SELECT left(a.name, 1) || left(b.name, 1) FROM customers a JOIN customers b ON b.visits > a.visits \
        ORDER BY a.id, b.id";
    let expected: Vec<String> = Crm::sql(by_hand).all(&*dbs).await.unwrap();
    assert_eq!(pairs(&query.clone().all(&*dbs).await.unwrap()), expected);
    assert_eq!(query.clone().count(&*dbs).await.unwrap(), 9);
    assert!(query.clone().exists(&*dbs).await.unwrap());
    assert_eq!(pairs(&query.clone().offset(1).limit(2).all(&*dbs).await.unwrap()), expected[1..3]);
    let in_transaction = dbs.crm.transaction(async |tx| query.clone().all(tx).await).await.unwrap();
    assert_eq!(pairs(&in_transaction), expected);
    let brought = query.with(Customer::CUSTOMERS_BY_REFERRER).all(&*dbs).await.unwrap();
    assert_eq!(brought.iter().map(|((_, brought), _)| brought.len()).sum::<usize>(), 6);
    // Locks are those of the query's own rows.
    let locked = Customer::query().for_update().join(more);
    assert_eq!(dbs.crm.transaction(async |tx| locked.all(tx).await).await.unwrap().len(), 9);
}

#[tokio::test]
async fn a_left_join_keeps_rows_without_another() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let other = Customer::alias("other").optional();
    let same =
        other.column(Customer::VISITS).eq(Customer::VISITS).and(other.column(Customer::ID).ne(Customer::ID));
    let query = Customer::query().left_join(other.on(same)).order_by(Customer::ID.asc());
    let rows: Vec<(Customer, Option<Customer>)> = query.clone().all(dbs).await.unwrap();
    let names =
        rows.iter().map(|(own, other)| [&own.name[..], other.as_ref().map_or("", |other| &other.name)]);
    assert_eq!(shown(names), ["A-", "B-", "CD", "DC", "E-"]);
    let alone = query.clone().filter(other.column(Customer::ID).is_null()).all(dbs).await.unwrap();
    assert_eq!(shown(alone.iter().map(|(own, _)| [&own.name[..]])), ["A", "B", "E"]);
    let names: Vec<(String, Option<String>)> =
        query.select((Customer::NAME, other.column(Customer::NAME))).all(dbs).await.unwrap();
    assert_eq!(names[1..3], [("Bob".into(), None), ("Cy".into(), Some("Dee".into()))]);
}

#[tokio::test]
async fn several_aliases_stand_in_one_query() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    // Chains of three, each brought by the one before; the second condition names the first alias.
    let (second, third) = (Customer::alias("second"), Customer::alias("third"));
    let chains = Customer::query()
        .join(second.on(second.column(Customer::REFERRER_ID).eq(Customer::ID)))
        .join(third.on(third.column(Customer::REFERRER_ID).eq(second.column(Customer::ID))))
        .order_by(third.column(Customer::ID).asc())
        .all(dbs)
        .await
        .unwrap();
    let names = chains.iter().map(|(a, b, c)| [&a.name[..], &b.name, &c.name]);
    assert_eq!(shown(names), ["ABC", "ADE"]);
    // One within the condition of another; a name of its own there means the inner row.
    let nobody_between = second.on(second.column(Customer::VISITS).gt(Customer::VISITS).and(
        third
            .on(third
                .column(Customer::VISITS)
                .gt(Customer::VISITS)
                .and(third.column(Customer::VISITS).lt(second.column(Customer::VISITS))))
            .is_empty(),
    ));
    let next = Customer::query()
        .join(nobody_between)
        .order_by((Customer::ID.asc(), second.column(Customer::ID).asc()));
    assert_eq!(pairs(&next.all(dbs).await.unwrap()), ["BC", "BD", "CE", "DE", "EA"]);
    let inner =
        second.on(second.on(second.column(Customer::NAME).eq("Cy")).exists().and(Customer::NAME.eq("Ada")));
    assert_eq!(letters(dbs, inner.exists()).await, "A");
}

#[tokio::test]
async fn conditions_and_values_of_an_aliass_rows() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let other = Customer::alias("other");
    let same = other.on(other
        .column(Customer::VISITS)
        .eq(Customer::VISITS)
        .and(other.column(Customer::ID).ne(Customer::ID)));
    assert_eq!(letters(dbs, same.clone().exists()).await, "CD");
    assert_eq!(letters(dbs, same.clone().is_empty()).await, "ABE");
    assert_eq!(letters(dbs, same.clone().any(Customer::NAME.eq("Dee"))).await, "C");
    assert_eq!(letters(dbs, same.clone().all(Customer::NAME.eq("Dee"))).await, "ABCE");
    // The row that they stand beside, named in their own condition.
    assert_eq!(letters(dbs, same.clone().any(Customer::NAME.gt(outer(Customer::NAME)))).await, "C");
    let fewer = other.on(other.column(Customer::VISITS).lt(Customer::VISITS));
    let values = Customer::query().order_by(Customer::ID.asc()).select((
        fewer.clone().count(),
        fewer.clone().max(Customer::VISITS),
        fewer.clone().sum(other.column(Customer::VISITS)),
        fewer.clone().order_by((Customer::VISITS.desc(), Customer::ID.asc())).first(Customer::NAME),
        fewer.clone().aggregate(array_agg(Customer::NAME)).len(),
    ));
    let by_hand = "SELECT count(b.id), max(b.visits), sum(b.visits), (array_agg(b.name ORDER BY b.visits DESC, b.id))[1], \
        CASE WHEN count(b.id) > 0 THEN count(b.id)::int4 END \
        FROM customers a LEFT JOIN customers b ON b.visits < a.visits GROUP BY a.id ORDER BY a.id";
    type Values = Vec<(i64, Option<i32>, Option<i64>, Option<String>, Option<i32>)>;
    let expected: Values = Crm::sql(by_hand).all(dbs).await.unwrap();
    let found: Values = values.all(dbs).await.unwrap();
    assert_eq!(found, expected);
    // In what writes, and for the row around it in another statement's sub-select.
    let twice = Customer::query().filter(same.clone().exists()).update();
    let raised = twice.set(Customer::VISITS, Customer::VISITS + 100).execute(dbs).await.unwrap();
    assert_eq!(raised, 2);
    let nearest = fewer.clone().order_by(Customer::VISITS.desc()).first(Customer::VISITS);
    let lowered = Customer::find(1).update().set(Customer::VISITS, coalesce(nearest, 0));
    assert_eq!(lowered.all(dbs).await.unwrap()[0].visits, 7);
    let inner = Customer::query().filter(Customer::ID.eq(outer(Customer::ID)).and(fewer.clone().is_empty()));
    assert_eq!(letters(dbs, exists(inner)).await, "B");
    assert_eq!(Customer::query().filter(same.exists()).delete().execute(dbs).await.unwrap(), 4);
    assert_eq!(letters(dbs, fewer.is_empty()).await, "B");
}

#[tokio::test]
async fn the_nearest_rows_come_beside_each_row() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    // The reading before: whole rows of both, or none.
    let before = Customer::alias("before").optional();
    let earlier = before.on(before.column(Customer::ID).lt(Customer::ID)).order_by(Customer::ID.desc());
    let query = Customer::query().order_by(Customer::ID.asc()).left_join(earlier.clone().limit(1));
    let rows: Vec<(Customer, Option<Customer>)> = query.clone().all(dbs).await.unwrap();
    let names =
        rows.iter().map(|(own, other)| [&own.name[..], other.as_ref().map_or("", |other| &other.name)]);
    assert_eq!(shown(names), ["A-", "BA", "CB", "DC", "ED"]);
    let differences =
        query.select(Customer::VISITS - before.column(Customer::VISITS)).all(dbs).await.unwrap();
    assert_eq!(differences, [None, Some(-12), Some(3), Some(0), Some(4)]);
    // At most two; and where the order reads a row that a relation leads to.
    let two = Customer::query().order_by((Customer::ID.asc(), before.column(Customer::ID).asc()));
    let two =
        two.join(earlier.clone().limit(2)).select((Customer::ID, before.column(Customer::ID))).all(dbs).await;
    let expected = [(2, 1), (3, 1), (3, 2), (4, 2), (4, 3), (5, 3), (5, 4)];
    assert_eq!(two.unwrap(), expected.map(|(own, other)| (own, Some(other))));
    let by_name = before.on(before.column(Customer::ID).ne(Customer::ID));
    let by_name = by_name.order_by((Customer::REFERRER.column(Customer::NAME).desc(), Customer::ID.asc()));
    let of_dee = Customer::query()
        .order_by(Customer::ID.asc())
        .join(by_name.limit(2))
        .limit(4)
        .all(dbs)
        .await
        .unwrap();
    assert_eq!(pairs(&of_dee), ["AE", "AC", "BA", "BE"]);
}

#[tokio::test]
async fn relations_lead_on_from_an_aliass_row() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let other = Customer::alias("other");
    let who_brought = |of: TableAlias<Customer>| of.column(Customer::REFERRER.column(Customer::NAME));
    // In the condition, where the row's table is joined later; in the filter and the selection, which join it.
    let condition = who_brought(other).eq(Customer::REFERRER.column(Customer::NAME));
    let query = Customer::query()
        .join(other.on(condition.and(other.column(Customer::ID).gt(Customer::ID))))
        .filter(
            who_brought(other).is_not_null().and(other.column(Customer::CUSTOMERS_BY_REFERRER.count()).gt(0)),
        )
        .select((Customer::NAME, other.column(Customer::NAME), who_brought(other)));
    assert_eq!(query.sql().matches("LEFT JOIN").count(), 3, "{}", query.sql());
    let rows = query.all(dbs).await.unwrap();
    assert_eq!(rows, [("Bob".to_owned(), "Dee".to_owned(), Some("Ada".to_owned()))]);
    // Conditions of a row's own, on the row of the alias.
    let outranked = Customer::CUSTOMERS_BY_REFERRER.any(Customer::VISITS.gt(outer(Customer::VISITS)));
    let beside = other.on(other.column(Customer::ID).eq(Customer::ID).and(other.column(outranked)));
    assert_eq!(letters(dbs, beside.exists()).await, "BD");
    // Beside the row that a relation leads to.
    let rows: Vec<(Customer, (Customer, Customer))> = Customer::query()
        .join(Customer::REFERRER.join(other.on(other.column(Customer::VISITS).gt(Customer::VISITS))))
        .order_by((Customer::ID.asc(), other.column(Customer::ID).asc()))
        .all(dbs)
        .await
        .unwrap();
    let names = rows.iter().map(|(own, (brought, more))| [&own.name[..], &brought.name, &more.name]);
    assert_eq!(shown(names), ["CBA", "CBC", "CBD", "CBE", "EDA", "EDE"]);
}

#[tokio::test]
async fn other_tables_stand_beside_a_row_without_a_relation() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2", "C-3"]).await;
    order(dbs, 1, &["A-1", "B-2"]).await;
    order(dbs, 2, &["B-2"]).await;
    let (item, product) = (Item::alias("item"), Product::alias("product").optional());
    let own_items = item.on(item.column(Item::ORDER_ID).eq(Order::ID));
    let rows: Vec<(Order, Item, Option<Product>)> = Order::query()
        .join(own_items.clone())
        .left_join(
            product
                .on(product.column(Product::SKU).gt(item.column(Item::SKU)))
                .order_by(Product::SKU.asc())
                .limit(1),
        )
        .order_by((Order::ID.asc(), item.column(Item::LINE_NO).asc()))
        .all(dbs)
        .await
        .unwrap();
    let next: Vec<_> = rows
        .iter()
        .map(|(order, item, next)| (order.id, &item.sku[..], next.as_ref().map(|next| &next.sku[..])))
        .collect();
    assert_eq!(next, [(1, "A-1", Some("B-2")), (1, "B-2", Some("C-3")), (2, "B-2", Some("C-3"))]);
    // Baskets: which products are bought together.
    let also = Item::alias("also");
    let together = Item::query()
        .join(
            also.on(also.column(Item::ORDER_ID).eq(Item::ORDER_ID).and(also.column(Item::SKU).gt(Item::SKU))),
        )
        .group_by((Item::SKU, also.column(Item::SKU)))
        .select((Item::SKU, also.column(Item::SKU), count()));
    assert_eq!(together.all(dbs).await.unwrap(), [("A-1".to_owned(), "B-2".to_owned(), 1)]);
    let _: Vec<i64> = Orders::sql("SELECT 1::int8").all(dbs).await.unwrap();
    let lines = own_items.any(Item::PRODUCT.column(Product::NAME).eq("Product A-1"));
    assert_eq!(Order::query().filter(lines).count(dbs).await.unwrap(), 1);
}

#[tokio::test]
async fn joined_rows_are_grouped_and_made_tables() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let other = Customer::alias("other");
    let more = Customer::query().join(other.on(other.column(Customer::VISITS).gt(Customer::VISITS)));
    let groups = more
        .clone()
        .group_by(Customer::NAME)
        .select((Customer::NAME, count(), sum(other.column(Customer::VISITS))))
        .having(max(other.column(Customer::VISITS)).gt(7).and(count().lt(4)))
        .order_by(Customer::NAME.asc());
    let expected = [("Cy", 2, 19), ("Dee", 2, 19), ("Eve", 1, 12)];
    let expected = expected.map(|(name, count, sum)| (name.to_owned(), count, Some(sum)));
    assert_eq!(groups.all(dbs).await.unwrap(), expected);
    assert_eq!(more.clone().select(count()).one(dbs).await.unwrap(), 9);
    // Along a relation as well.
    let brought = Customer::query().join(Customer::CUSTOMERS_BY_REFERRER).group_by(Customer::NAME);
    let brought =
        brought.select((Customer::NAME, count())).order_by(Customer::NAME.asc()).all(dbs).await.unwrap();
    assert_eq!(brought, [("Ada".to_owned(), 2), ("Bob".to_owned(), 1), ("Dee".to_owned(), 1)]);
    // A selection of joined rows is a table, as others are; and beside the rows of a table stand those of an alias.
    let place =
        row_number().over(window().order_by((Customer::VISITS.desc(), other.column(Customer::ID).desc())));
    let (rows, (name, place)) = more.clone().select((other.column(Customer::NAME), place)).into_table();
    let first =
        rows.filter(place.eq(1)).select((name, other.on(other.column(Customer::NAME).lt(name)).count()));
    assert_eq!(first.all(dbs).await.unwrap(), [("Ada".to_owned(), 0)]);
    // A limit that was given before counts joined rows, and SQL's own would count groups.
    let error = more.limit(2).select(count()).all(dbs).await.unwrap_err();
    assert!(
        matches!(error, Error::InvalidQuery { .. })
            && error.to_string().contains("`.select(…).limit(…).into_table()`"),
        "{error}"
    );
}

/// Names that a hand-written fragment may have, and those that ormgen's own text has, are apart.
#[tokio::test]
async fn fragments_neither_capture_an_alias_nor_are_captured() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let other = Customer::alias("other");
    // Tables of the fragment that are called as the alias is, and whose columns are called as its are.
    let fragment = sql("EXISTS (SELECT 1 FROM customers other JOIN customers t1 ON true WHERE other.id = ")
        .column(other.column(Customer::ID))
        .text(" AND t1.id = ")
        .column(Customer::ID)
        .text(" AND other.visits > t1.visits)")
        .filter();
    let query = Customer::query().join(other.on(fragment.clone()));
    let rows = query.order_by((Customer::ID.asc(), other.column(Customer::ID).asc())).all(dbs).await.unwrap();
    assert_eq!(pairs(&rows), ["BA", "BC", "BD", "BE", "CA", "CE", "DA", "DE", "EA"]);
    assert_eq!(letters(dbs, other.on(fragment).exists()).await, "BCDE");
    let deleted = other.on(sql("")
        .column(other.column(Customer::VISITS))
        .text(" > ")
        .column(Customer::VISITS)
        .filter());
    assert_eq!(Customer::query().filter(deleted.is_empty()).delete().execute(dbs).await.unwrap(), 1);
}

#[tokio::test]
async fn what_has_no_row_is_refused_in_our_words() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let other = Customer::alias("other");
    let words = |error: Error| {
        assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
        error.to_string()
    };
    let name = || -> Expr<Customer, String, NotNull> { other.column(Customer::NAME) };
    let nowhere = Customer::query().filter(name().eq("Ada")).all(dbs).await.unwrap_err();
    assert!(words(nowhere).contains("`.join(alias.on(…))`"));
    let selected = Customer::query().select(name()).all(dbs).await.unwrap_err();
    assert!(words(selected).contains("where no row of the alias is read"));
    let outside = Customer::query().filter(name().eq("Ada")).delete().execute(dbs).await.unwrap_err();
    assert!(words(outside).contains("where no row of the alias is read"));
    assert_eq!(Customer::query().count(dbs).await.unwrap(), 5);
    // A condition names what is joined before it, not what is joined later.
    let late = Customer::alias("late");
    let early = Customer::query().join(late.on(name().eq("Ada"))).join(other.on(None::<Filter<Customer>>));
    assert!(words(early.all(dbs).await.unwrap_err()).contains("where no row of the alias is read"));
    let every = || other.on(None::<Filter<Customer>>);
    assert_eq!(Customer::query().join(every()).count(dbs).await.unwrap(), 25);
    let twice = Customer::query().join(every()).join(every()).all(dbs).await.unwrap_err();
    assert!(words(twice).contains("the same alias"));
    // A value that may be NULL is one to the compiler.
    let _: Expr<Customer, String, Nullable> = other.optional().column(Customer::NAME);
    assert_eq!(format!("{other:?}"), r#"TableAlias { table: "Customer", name: "other" }"#);
}

/// A view's own query may call any function, so that a statement that reads one anywhere has a connection to itself.
#[test]
fn a_statement_with_a_view_in_it_shares_no_connection() {
    let sharing = |query: ormgen_runtime::Query<Customer>| format!("{:?}", query.statement("all").sharing);
    let (table, view) = (Customer::alias("table"), ActiveCustomer::alias("view").optional());
    let of_view = || view.column(ActiveCustomer::NAME).eq(Customer::NAME);
    let of_table = || table.column(Customer::NAME).eq(Customer::NAME);
    assert_eq!(sharing(Customer::query().filter(table.on(of_table()).exists())), "Read");
    assert_eq!(sharing(Customer::query().filter(view.on(of_view()).exists())), "Alone");
    assert_eq!(sharing(Customer::query().filter(exists(Customer::query()))), "Read");
    assert_eq!(sharing(Customer::query().filter(exists(ActiveCustomer::query()))), "Alone");
    let joined = Customer::query().join(table.on(of_table()));
    assert_eq!(format!("{:?}", joined.statement("all").sharing), "Read");
    let joined = Customer::query().left_join(view.on(of_view()));
    assert_eq!(format!("{:?}", joined.statement("all").sharing), "Alone");
    let names = || Customer::query().select(Customer::NAME);
    assert_eq!(format!("{:?}", names().union(names()).statement("all").sharing), "Read");
    let with_view = names().union(ActiveCustomer::query().select(coalesce(ActiveCustomer::NAME, "")));
    assert_eq!(format!("{:?}", with_view.statement("all").sharing), "Alone");
}
