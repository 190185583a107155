//! Which row a column means: where text of the program's own has tables of its own in sight, where a table is read
//! beside itself, and where a condition names a row around its own.

use ormgen_runtime::{
    Error,
    functions::{count, exists, max, outer, outer_at, sql},
    prelude::*,
};
use ormgen_tests::generated::shop::{
    crm::{Customer, LoyaltyCard, NewLoyaltyCard},
    orders::{Category, NewCategory},
};

use crate::{customers, letters};

/// Whether somebody was brought by this customer: the inner table has every column that the outer one has, and no alias.
fn has_brought() -> ormgen_runtime::Filter<Customer> {
    sql("EXISTS (SELECT FROM customers WHERE referrer_id = ").column(Customer::ID).text(")").filter()
}

#[tokio::test]
async fn a_column_in_a_fragment_means_the_querys_row() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    assert_eq!(letters(dbs, has_brought()).await, "ABD");
    // Beside a path, within another sub-select, under a `NOT`.
    let referrer = Customer::REFERRER.column(Customer::NAME);
    assert_eq!(letters(dbs, has_brought().and(referrer.eq("Ada"))).await, "BD");
    assert_eq!(letters(dbs, Customer::REFERRER.any(has_brought().and(Customer::VISITS.gt(0)))).await, "BDE");
    assert_eq!(letters(dbs, not(has_brought())).await, "CE");
    // An alias of the text's own that would have been one of ours.
    let t0 = sql("(SELECT count(*) FROM customers AS t0 WHERE t0.referrer_id = ")
        .column(Customer::ID)
        .text(") = 2");
    assert_eq!(letters(dbs, t0.filter()).await, "A");
    // Selected, sorted and grouped by.
    let brought =
        || sql("(SELECT count(*) FROM customers WHERE referrer_id = ").column(Customer::ID).text(")");
    let rows: Vec<(String, i64)> = Customer::query()
        .order_by((brought().expression::<i64, ormgen_runtime::NotNull>().desc(), Customer::ID.asc()))
        .select((Customer::NAME, brought().expression::<i64, ormgen_runtime::NotNull>()))
        .all(dbs)
        .await
        .unwrap();
    let rows: Vec<_> = rows.iter().map(|(name, brought)| (name.as_str(), *brought)).collect();
    assert_eq!(rows, [("Ada", 2), ("Bob", 1), ("Dee", 1), ("Cy", 0), ("Eve", 0)]);
    let groups = Customer::query().group_by(brought().expression::<i64, ormgen_runtime::NotNull>());
    let groups = groups.select((brought().expression::<i64, ormgen_runtime::NotNull>(), count()));
    assert_eq!(
        groups.order_by(count().asc()).order_by(max(Customer::ID).asc()).all(dbs).await.unwrap(),
        [(2, 1), (1, 2), (0, 2)]
    );
}

#[tokio::test]
async fn a_change_with_a_fragment_is_of_the_rows_it_says() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let brought =
        || sql("(SELECT count(*) FROM customers WHERE referrer_id = ").column(Customer::ID).text(")::int4");
    let updated =
        Customer::query().filter(has_brought()).update().set(Customer::VISITS, 100).all(dbs).await.unwrap();
    assert_eq!(updated.len(), 3);
    let set = Customer::query()
        .update()
        .set(Customer::VISITS, brought().expression::<i32, ormgen_runtime::NotNull>());
    let set = set.returning((Customer::NAME, brought().expression::<i32, ormgen_runtime::NotNull>()));
    let mut rows = set.all(dbs).await.unwrap();
    rows.sort();
    assert_eq!(rows.iter().map(|(_, brought)| *brought).collect::<Vec<_>>(), [2, 1, 0, 1, 0]);
    assert_eq!(letters(dbs, Customer::VISITS.eq(1)).await, "BD");
    // By key, and as an answer to a conflict.
    let one = Customer::find(1)
        .update()
        .set(Customer::VISITS, brought().text(" + 40").expression::<i32, ormgen_runtime::NotNull>());
    assert_eq!(one.one(dbs).await.unwrap().visits, 42);
    let again = Customer::insert(ormgen_tests::shop::customer("Bob"))
        .on_conflict(Customer::EMAIL)
        .do_update_set(Customer::VISITS, brought().expression::<i32, ormgen_runtime::NotNull>());
    assert_eq!(again.one(dbs).await.unwrap().visits, 1);
    let new = Customer::insert(ormgen_tests::shop::customer("Fay"));
    let brought =
        new.returning(brought().expression::<i32, ormgen_runtime::NotNull>()).one(dbs).await.unwrap();
    assert_eq!(brought, 0);
    // Those who brought nobody; a column that is compared with itself would delete all.
    let left = Customer::query().filter(not(has_brought())).delete().execute(dbs).await.unwrap();
    assert_eq!((left, letters(dbs, Customer::ID.gt(0)).await.as_str()), (3, "ABD"));
}

#[tokio::test]
async fn rows_loaded_with_others_are_filtered_by_fragments_too() {
    let shop = customers().await;
    let brought = Customer::CUSTOMERS_BY_REFERRER.filter(has_brought()).order_by(Customer::ID.asc());
    for relation in
        [brought, Customer::CUSTOMERS_BY_REFERRER.filter(has_brought()).order_by(Customer::ID.asc()).limit(5)]
    {
        let rows =
            Customer::query().order_by(Customer::ID.asc()).with(relation).all(&shop.dbs).await.unwrap();
        let names: Vec<Vec<_>> =
            rows.iter().map(|(_, brought)| brought.iter().map(|row| row.name.as_str()).collect()).collect();
        assert_eq!(names, [vec!["Bob", "Dee"], vec![], vec![], vec![], vec![]]);
    }
}

#[tokio::test]
async fn outer_names_the_row_around() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    // The same number of visits as somebody else: a table beside itself.
    let others = Customer::query().filter(Customer::ID.ne(outer(Customer::ID)));
    let like_me = others.clone().filter(Customer::VISITS.eq(outer(Customer::VISITS)));
    assert_eq!(letters(dbs, exists(like_me)).await, "CD");
    // A column without `outer` is the nearest: every row has as many visits as itself.
    let like_itself = others.filter(Customer::VISITS.eq(Customer::VISITS));
    assert_eq!(letters(dbs, exists(like_itself)).await, "ABCDE");
    // Along relations: brought by somebody who has brought a second one, with more visits than this one.
    let more = Customer::VISITS.gt(outer_at(2, Customer::VISITS));
    let busier_sibling = Customer::REFERRER.any(Customer::CUSTOMERS_BY_REFERRER.any(more));
    assert_eq!(letters(dbs, busier_sibling).await, "B");
    let inner = Customer::VISITS.gt(Customer::VISITS);
    assert_eq!(letters(dbs, Customer::REFERRER.any(Customer::CUSTOMERS_BY_REFERRER.any(inner))).await, "");
    // As a value: by how many visits the busiest is ahead.
    let top = Customer::query().filter(Customer::ID.ne(outer(Customer::ID))).select(max(Customer::VISITS));
    let ahead: Vec<(String, Option<i32>)> = Customer::query()
        .order_by(Customer::ID.asc())
        .select((Customer::NAME, top.scalar() - Customer::VISITS))
        .all(dbs)
        .await
        .unwrap();
    assert_eq!(ahead.iter().map(|(_, ahead)| ahead.unwrap()).collect::<Vec<_>>(), [-5, 12, 9, 9, 5]);
    // Over another table, which has no row of its own in between.
    let card = NewLoyaltyCard { customer_id: 3, expires_on: "2030-01-01".parse().unwrap() };
    LoyaltyCard::insert(card).set(LoyaltyCard::POINTS, 3).execute(dbs).await.unwrap();
    let card = LoyaltyCard::query().filter(LoyaltyCard::POINTS.eq(outer(Customer::VISITS)));
    assert_eq!(letters(dbs, exists(card.clone())).await, "CD");
    // In changes as well.
    let deleted = Customer::query().filter(exists(card).and(Customer::ID.ne(3))).delete().execute(dbs).await;
    assert_eq!(deleted.unwrap(), 1);
    assert_eq!(letters(dbs, Customer::ID.gt(0)).await, "ABCE");
}

#[tokio::test]
async fn outer_without_such_a_row_around_is_not_sent() {
    let shop = customers().await;
    let error =
        Customer::query().filter(Customer::ID.eq(outer(Customer::ID))).all(&shop.dbs).await.unwrap_err();
    assert!(matches!(error, Error::InvalidQuery { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "connection `crm`: `outer(…)` names a row around the one that the condition is for, and there is no row of \
         that table around it: it has its place within `exists(…)`, `scalar()`, `any(…)` and the like"
    );
    let twice = Customer::query().filter(Customer::ID.eq(outer_at(2, Customer::ID)));
    let deleted = Customer::query().filter(exists(twice)).delete().execute(&shop.dbs).await;
    assert!(matches!(deleted, Err(Error::InvalidQuery { .. })));
    assert_eq!(letters(&shop.dbs, Customer::ID.gt(0)).await, "ABCDE");
}

#[tokio::test]
async fn a_tree_beside_itself() {
    let shop = ormgen_tests::shop::Shop::open().await;
    let dbs = &shop.dbs;
    for (parent_id, name) in [(None, "All"), (Some(1), "Tools"), (Some(2), "Saws"), (Some(1), "Books")] {
        Category::insert(NewCategory { parent_id, name: name.into() }).execute(dbs).await.unwrap();
    }
    // Those whose name comes before that of a sibling.
    let later =
        Category::PARENT_ID.eq(outer(Category::PARENT_ID)).and(Category::NAME.gt(outer(Category::NAME)));
    let first = Category::query().filter(exists(Category::query().filter(later))).all(dbs).await.unwrap();
    assert_eq!(first.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Books"]);
    // A row is taken with its parent's name, where the parent is of the same table as the fragment's.
    let depth =
        sql("(WITH RECURSIVE up AS (SELECT parent_id FROM categories WHERE id = ").column(Category::ID);
    let depth = depth.text(" UNION ALL SELECT c.parent_id FROM up JOIN categories c ON c.id = up.parent_id)");
    let depth = depth.text(" SELECT count(*) FROM up)").expression::<i64, ormgen_runtime::NotNull>();
    let parent = Category::PARENT.column(Category::NAME);
    let rows = Category::query().order_by(Category::ID.asc()).select((depth, parent)).all(dbs).await.unwrap();
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(rows, [(1, None), (2, name("All")), (3, name("Tools")), (2, name("All"))]);
}
