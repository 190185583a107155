//! Common table expressions, `WITH …`: a query that is read in several places, a change whose rows are sorted and counted by
//! the same statement; and derived tables beside themselves. Each beside the same in SQL.

use ormgen_runtime::{
    Error,
    functions::{avg, count, exists, max, outer, position, row_number, sum, window},
    prelude::*,
};
use ormgen_tests::generated::shop::{
    crm::{Address, Crm, Customer, LoyaltyCard},
    orders::{Item, Order, Product, Tag},
};
use ormgen_tests::shop::{order, products};

use crate::{customers, letters};

#[tokio::test]
async fn a_query_is_written_once_and_read_twice() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let per_referrer =
        || Customer::query().group_by(Customer::REFERRER_ID).select((Customer::REFERRER_ID, count()));
    let (groups, (referrer, how_many)) = per_referrer().into_cte();
    let average = groups.clone().select(avg(how_many)).scalar();
    let above = groups.clone().filter(how_many.gt(average)).select((referrer, how_many));
    assert_eq!(
        above.sql(),
        "WITH _rows1 (c1, c2) AS (SELECT referrer_id, count(*) FROM public.customers GROUP BY referrer_id) \
         SELECT _0.c1, _0.c2 FROM _rows1 AS _0 WHERE (_0.c2 > (SELECT avg(c2) FROM _rows1 AS _1))"
    );
    assert_eq!(above.clone().all(dbs).await.unwrap(), [(Some(1), 2)]);
    // Whatever is made of the query.
    assert_eq!(above.clone().count(dbs).await.unwrap(), 1);
    assert!(above.clone().exists(dbs).await.unwrap());
    assert!(above.clone().explain(dbs).await.unwrap().contains("CTE Scan"));
    let both = above.clone().union_all(above.clone()).order_by(position(1).asc());
    assert_eq!(both.sql().matches("AS (SELECT referrer_id").count(), 1);
    assert_eq!(both.all(dbs).await.unwrap(), [(Some(1), 2), (Some(1), 2)]);

    // One made of another, with values in both; in conditions of a query, of an update, of a change's source.
    let (again, (who, _)) = groups
        .clone()
        .filter(how_many.gte(1).and(referrer.is_not_null()))
        .select((referrer, how_many))
        .into_cte();
    let busy = || again.clone().filter(who.gt(1)).select(who);
    let found = Customer::query().filter(Customer::ID.in_query(busy()).or(Customer::NAME.eq("Eve")));
    assert!(found.sql().starts_with("WITH _rows1 (c1, c2) AS (SELECT "), "{}", found.sql());
    assert_eq!(letters(dbs, Customer::ID.in_query(busy())).await, "BD");
    assert_eq!(
        found.clone().select(Customer::NAME).order_by(Customer::ID.asc()).all(dbs).await.unwrap().len(),
        3
    );
    let updated = found.update().set(Customer::VISITS, Customer::VISITS + 100).execute(dbs).await.unwrap();
    assert_eq!(updated, 3);
    assert_eq!(letters(dbs, Customer::VISITS.gte(100)).await, "BDE");
    let joined = Customer::CREATED_AT.cast_to();
    let cards = Customer::query().filter(Customer::ID.in_query(busy())).select((Customer::ID, joined));
    let cards = LoyaltyCard::insert_from((LoyaltyCard::CUSTOMER_ID, LoyaltyCard::EXPIRES_ON), cards);
    assert_eq!(cards.execute(dbs).await.unwrap(), 2);

    // It stands before the statement, so that no row of the statement is around it.
    let (of_outer, (id,)) = Customer::query()
        .filter(Customer::ID.eq(outer(Customer::REFERRER_ID)))
        .select((Customer::ID,))
        .into_cte();
    let inside = Customer::query()
        .filter(exists(Customer::query().filter(Customer::ID.in_query(of_outer.select(id)))));
    assert!(matches!(inside.all(dbs).await.unwrap_err(), Error::InvalidQuery { .. }));
}

#[tokio::test]
async fn what_a_change_returns_is_sorted_and_counted() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let delete = || {
        let seldom = Customer::query().filter(Customer::VISITS.lt(4)).delete();
        seldom.returning((Customer::NAME, Customer::VISITS)).into_cte()
    };
    let undone = dbs.crm.transaction(async |tx| {
        let (gone, (name, visits)) = delete();
        let most = gone.select((name, visits)).order_by((visits.desc(), name.asc())).limit(2);
        assert_eq!(
            most.sql(),
            "WITH _rows1 (c1, c2) AS (DELETE FROM public.customers WHERE (visits < $1) RETURNING name, visits) \
             SELECT c1, c2 FROM _rows1 AS _0 ORDER BY _0.c2 DESC, _0.c1 ASC LIMIT 2"
        );
        assert_eq!(most.all(tx).await?, [("Cy".to_owned(), 3), ("Dee".to_owned(), 3)]);
        assert_eq!(Customer::query().count(tx).await?, 2);
        Customer::find(-1).one(tx).await
    });
    assert!(undone.await.is_err());
    assert_eq!(Customer::query().count(dbs).await.unwrap(), 5);
    // Totals of it; and all of it takes effect, also what the rest of the statement leaves out.
    let renamed = Customer::query().update().set(Customer::VISITS, Customer::VISITS + 1);
    let (renamed, (name, visits)) = renamed.returning((Customer::NAME, Customer::VISITS)).into_cte();
    let totals = renamed.clone().select((count(), sum(visits), max(visits))).one(dbs).await.unwrap();
    assert_eq!(totals, (5, Some(30), Some(13)));
    assert_eq!(renamed.clone().filter(name.eq("Nobody")).all(dbs).await.unwrap(), []);
    assert_eq!(renamed.clone().first(dbs).await.unwrap().map(|(_, visits)| visits > 2), Some(true));
    assert_eq!(renamed.clone().count(dbs).await.unwrap(), 5);
    assert_eq!(letters(dbs, Customer::VISITS.gte(16)).await, "A");
    let per_number = renamed.group_by(visits).select((visits, count())).order_by(visits.asc());
    assert_eq!(per_number.all(&dbs.crm).await.unwrap(), [(5, 1), (8, 2), (12, 1), (17, 1)]);
    // Beside rows of another table, and streamed.
    let (gone, (name, _)) = delete();
    assert_eq!(gone.select(name).all(dbs).await.unwrap(), [] as [&str; 0]);
    let (inserted, (id, name)) = Customer::insert(ormgen_tests::shop::customer("Zoe"))
        .returning((Customer::ID, Customer::NAME))
        .into_cte();
    let before = Customer::alias("before");
    let beside = inserted.join(before.on(before.column(Customer::ID).lt(id)));
    let beside =
        beside.select((name, before.column(Customer::NAME))).order_by(before.column(Customer::ID).asc());
    let rows: Vec<_> =
        futures_util::TryStreamExt::try_collect(beside.stream(dbs).await.unwrap()).await.unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[0], ("Zoe".to_owned(), "Ada".to_owned()));
    let _ = |address: Address| address;
}

/// A change has a condition that reads a common table expression, and gives the rows of an insert.
#[tokio::test]
async fn rows_are_moved_by_a_condition_that_is_named() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2", "C-3"]).await;
    order(dbs, 1, &["A-1"]).await;
    let (sold, sku) = Item::query().select(Item::SKU).distinct().into_cte();
    let unsold = Product::query().filter(Product::SKU.not_in_query(sold.select(sku))).delete();
    let moved = Tag::insert_from(Tag::NAME, unsold.returning(Product::SKU));
    assert_eq!(
        moved.sql(),
        "WITH _rows1 (c1) AS (SELECT DISTINCT sku FROM public.items), _rows2 AS (DELETE FROM public.products AS _0 \
         WHERE (_0.sku NOT IN (SELECT c1 FROM _rows1 AS _1)) RETURNING _0.sku) \
         INSERT INTO public.tags (name) SELECT * FROM _rows2"
    );
    assert_eq!(moved.execute(dbs).await.unwrap(), 2);
    assert_eq!(Product::query().count(dbs).await.unwrap(), 1);
    assert_eq!(Order::query().count(dbs).await.unwrap(), 1);
}

#[tokio::test]
async fn a_derived_table_stands_beside_itself() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let selected = || {
        let place = row_number().over(window().order_by((Customer::VISITS.desc(), Customer::ID.asc())));
        Customer::query().filter(Customer::VISITS.gt(0)).select((Customer::NAME, place))
    };
    let by_hand: Vec<(String, Option<String>)> = Crm::sql(
        "WITH t AS (SELECT name, row_number() OVER (ORDER BY visits DESC, id) n FROM customers WHERE visits > 0)
         SELECT a.name, b.name FROM t a LEFT JOIN t b ON b.n = a.n + 1 ORDER BY a.n",
    )
    .all(dbs)
    .await
    .unwrap();
    assert_eq!(by_hand.len(), 4);
    for (places, (name, place)) in [selected().into_table(), selected().into_cte()] {
        let next = places.alias("next").optional();
        let pairs = places.clone().left_join(next.on(next.column(place).eq(place + 1)));
        let names = pairs.clone().order_by(place.asc()).select((name, next.column(name)));
        assert_eq!(
            names.sql().matches("row_number()").count(),
            if names.sql().starts_with("WITH") { 1 } else { 2 }
        );
        assert_eq!(names.all(dbs).await.unwrap(), by_hand);
        // Whole rows of both, and rows that are only looked at.
        let whole = pairs.filter(place.eq(1)).one(dbs).await.unwrap();
        assert_eq!((whole.0, whole.1.map(|row| row.0)), (("Ada".to_owned(), 1), Some(("Eve".to_owned(), 2))));
        let before = places.alias("before");
        let later = || before.on(before.column(place).lt(place));
        let counted =
            places.clone().filter(later().exists()).order_by(place.asc()).select((name, later().count()));
        let expected = [("Eve", 1), ("Cy", 2), ("Dee", 3)].map(|(name, count)| (name.to_owned(), count));
        assert_eq!(counted.all(dbs).await.unwrap(), expected);
        // Beside the rows of a model; of only some of its rows; two names of one table.
        let top = places.clone().limit(2).order_by(place.asc()).alias("top");
        let joined = Customer::query().join(top.on(top.column(name).eq(Customer::NAME)));
        let joined = joined.order_by(Customer::ID.asc()).select((Customer::NAME, top.column(place)));
        assert_eq!(joined.all(dbs).await.unwrap(), [("Ada".to_owned(), 1), ("Eve".to_owned(), 2)]);
        let (one, two) = (places.alias("one"), places.alias("two"));
        let three = places
            .clone()
            .join(one.on(one.column(place).eq(place + 1)))
            .join(two.on(two.column(place).eq(one.column(place) + 1)));
        let three = three.order_by(place.asc()).select((name, one.column(name), two.column(name)));
        assert_eq!(three.all(dbs).await.unwrap().len(), 2);
    }
}
