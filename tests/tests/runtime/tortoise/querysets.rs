//! Queryset methods.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use ormgen_runtime::{
    Error, Result,
    functions::{count, sum, when},
    prelude::*,
    types::{Decimal, NaiveDate},
};
use ormgen_tests::generated::shop::{
    crm::{Crm, Customer, Tier},
    orders::{Category, Item, Order, OrderStatus, Product},
};

use super::{dbs, letters, notes, shop, sorted};
use crate::support::{customer, customers, soon};

#[tokio::test]
async fn rows_are_chosen() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let all = Customer::query().all(&dbs).await?;
    assert_eq!(sorted(&letters(&all)), "abcde");
    let some = Customer::query().filter(Customer::VISITS.gt(3)).all(&dbs).await?;
    assert_eq!(sorted(&letters(&some)), "ae");
    let both = Customer::query().filter(Customer::ACTIVE).filter(Customer::VISITS.lt(10)).all(&dbs).await?;
    assert_eq!(sorted(&letters(&both)), "cde");
    let others = Customer::query().filter(not(Customer::TIER.eq(Tier::Bronze))).all(&dbs).await?;
    assert_eq!(sorted(&letters(&others)), "ace");

    assert_eq!(Customer::query().count(&dbs).await?, 5);
    assert!(!Customer::query().filter(Customer::VISITS.gt(99)).exists(&dbs).await?);
    let one = Customer::query().filter(Customer::EMAIL.eq("eve@example.net")).one(&dbs).await?;
    assert_eq!(one.id, 5);
    let several = Customer::query().filter(Customer::VISITS.eq(3)).one(&dbs).await;
    assert!(matches!(several, Err(Error::TooManyRows { .. })), "{several:?}");
    let gone = Customer::find(99).one(&dbs).await;
    assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    assert_eq!(Customer::find(99).optional(&dbs).await?, None);
    let none = Customer::query().filter(Customer::EMAIL.eq("nobody")).optional(&dbs).await?;
    assert_eq!(none, None);

    let by_id: HashMap<i64, Customer> =
        Customer::find_many([1, 3, 99]).all(&dbs).await?.into_iter().map(|row| (row.id, row)).collect();
    assert_eq!((by_id.len(), by_id[&3].visits), (2, 3));
    let emails = ["ada@example.org", "dee@example.com"].map(String::from);
    let found = Customer::query().filter(Customer::EMAIL.is_in(emails)).all(&dbs).await?;
    assert_eq!(sorted(&letters(&found)), "ad");
    Ok(())
}

#[tokio::test]
async fn rows_come_in_order() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let by_id = || Customer::query().order_by(Customer::ID.asc());
    let query = Customer::query().order_by(Customer::VISITS.desc()).order_by(Customer::NAME.asc());
    assert_eq!(letters(&query.all(&dbs).await?[..2]), "ae");
    let query =
        Customer::query().order_by(Customer::BORN_ON.asc().nulls_first()).order_by(Customer::ID.asc());
    assert_eq!(letters(&query.all(&dbs).await?), "beacd");
    let query = Product::query()
        .order_by(Product::CATEGORY.column(Category::NAME).asc())
        .order_by(Product::NAME.asc());
    let names: Vec<_> = query.all(&dbs).await?.into_iter().map(|product| product.name).collect();
    assert_eq!(names, ["Saw", "Hammer", "Nail"]);

    let first = Customer::query().order_by(Customer::ID.asc()).first(&dbs).await?;
    assert_eq!(letters(&first), "a");
    let last = Customer::query().order_by(Customer::ID.desc()).first(&dbs).await?;
    assert_eq!(letters(&last), "e");
    let latest = Customer::query().order_by(Customer::CREATED_AT.desc()).first(&dbs).await?;
    assert_eq!(letters(&latest), "e");
    let earliest = Customer::query().order_by(Customer::CREATED_AT.asc()).first(&dbs).await?;
    assert_eq!(letters(&earliest), "a");
    let page = Customer::query().order_by(Customer::ID.asc()).offset(1).limit(2).all(&dbs).await?;
    assert_eq!(letters(&page), "bc");
    let page = by_id().keyset(Customer::ID).after(3).limit(2).page(&dbs).await?;
    assert_eq!((letters(&page.rows), page.next), ("de".into(), None));

    let mut streamed = Customer::query().order_by(Customer::ID.asc()).stream(&dbs).await?;
    let mut seen = String::new();
    while let Some(customer) = streamed.try_next().await? {
        seen.push_str(&customer.email[..1]);
    }
    assert_eq!(seen, "abcde");
    Ok(())
}

#[tokio::test]
async fn values_take_the_place_of_rows() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let by_id = || Customer::query().order_by(Customer::ID.asc());
    let pairs: Vec<(String, Option<NaiveDate>)> =
        by_id().select((Customer::NAME, Customer::BORN_ON)).all(&dbs).await?;
    assert_eq!((pairs.len(), &pairs[1]), (5, &(" Bob ".to_owned(), None)));
    let names: Vec<String> = by_id().select(Customer::NAME).all(&dbs).await?;
    assert_eq!(names[3..], ["dee", "Eve"]);
    let across: Vec<(String, String)> = Product::query()
        .order_by(Product::SKU.asc())
        .select((Product::NAME, Product::CATEGORY.column(Category::NAME)))
        .all(&dbs)
        .await?;
    assert_eq!(across[1], ("Saw".into(), "Saws".into()));
    let mut tiers = Customer::query().select(Customer::TIER).distinct().all(&dbs).await?;
    tiers.sort_unstable_by_key(|tier| format!("{tier:?}"));
    assert_eq!(tiers, [Tier::Bronze, Tier::Gold, Tier::Silver]);

    let lines: Vec<(Order, i64)> =
        Order::query().order_by(Order::ID.asc()).annotate(Order::ITEMS.count()).all(&dbs).await?;
    let lines: Vec<_> = lines.into_iter().map(|(order, lines)| (order.notes, lines)).collect();
    assert_eq!(lines, [("a".into(), 2), ("b".into(), 1), ("c".into(), 0), ("d".into(), 1)]);
    let sums = Order::query()
        .filter(Order::ITEMS.count().gt(1))
        .annotate((Order::ITEMS.sum(Item::PRICE), Order::TOTAL - Decimal::ONE));
    let (order, (sum_of, less)) = sums.one(&dbs).await?;
    assert_eq!((order.notes.as_str(), sum_of, less), ("a", Some(Decimal::from(30)), Decimal::from(39)));
    let busiest = Order::query().order_by(Order::ITEMS.count().desc()).first(&dbs).await?;
    assert_eq!(notes(&busiest), "a");

    let per_tier: Vec<(Tier, i64, Option<i64>)> = Customer::query()
        .group_by(Customer::TIER)
        .select((Customer::TIER, count(), sum(Customer::VISITS)))
        .having(count().gt(1))
        .order_by(Customer::TIER.asc())
        .all(&dbs)
        .await?;
    assert_eq!(per_tier, [(Tier::Bronze, 2, Some(3)), (Tier::Silver, 2, Some(10))]);
    Ok(())
}

/// What is beside a row goes with whatever chooses rows.
#[tokio::test]
async fn annotated_rows_are_read_like_others() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let category = || Item::PRODUCT.column(Product::CATEGORY.column(Category::NAME));
    let query = || {
        let items = Item::query().filter(category().eq("Saws")).order_by(Item::ORDER_ID.desc());
        items.annotate((category(), Item::QUANTITY * 2))
    };
    let rows: Vec<(Item, (String, i32))> = query().all(&dbs).await?;
    let seen: Vec<_> = rows.iter().map(|(item, (of, twice))| (item.order_id, of.as_str(), *twice)).collect();
    assert_eq!(seen, [(2, "Saws", 4), (1, "Saws", 2)]);
    assert_eq!(query().first(&dbs).await?.as_ref(), rows.first());
    assert_eq!((query().count(&dbs).await?, query().exists(&dbs).await?), (2, true));
    assert!(matches!(query().one(&dbs).await, Err(Error::TooManyRows { .. })));
    assert_eq!(query().stream(&dbs).await?.try_collect::<Vec<_>>().await?, rows);
    // Of the first row of each customer only.
    let first = Order::query().distinct_on(Order::CUSTOMER_ID).order_by(Order::CUSTOMER_ID.asc());
    let first =
        first.order_by(Order::ID.asc()).annotate(when(Order::INVOICE.exists(), true).otherwise(false));
    let first: Vec<_> = first.all(&dbs).await?.into_iter().map(|(order, has)| (order.notes, has)).collect();
    assert_eq!(first, [("a".into(), false), ("c".into(), false), ("d".into(), false)]);
    let locked = Order::query().filter(Order::ID.lt(3)).for_update().annotate(Order::ITEMS.count());
    let locked = dbs.orders.transaction(async |tx| locked.all(tx).await).await?;
    assert_eq!(locked.iter().map(|(_, count)| count).sum::<i64>(), 3);
    Ok(())
}

#[tokio::test]
async fn rows_are_changed() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let query = || Customer::query().filter(Customer::TIER.eq(Tier::Silver));
    let update = query().update().set(Customer::VISITS, Customer::VISITS + 1);
    assert_eq!(update.execute(&dbs).await?, 2);
    let changed =
        query().update().set(Customer::ACTIVE, false).set(Customer::BORN_ON, None).all(&dbs).await?;
    assert_eq!(changed.iter().map(|row| row.visits).sum::<i32>(), 12);
    assert_eq!(Customer::query().filter(Customer::ID.eq(4)).delete().execute(&dbs).await?, 1);
    let first = query().order_by(Customer::ID.asc()).limit(1).update().set(Customer::ACTIVE, false);
    assert_eq!(first.execute(&dbs).await?, 1);

    let created = Customer::insert_many(customers(3)).execute(&dbs).await?;
    assert_eq!(created, 3);
    let ignored = Customer::insert_many(customers(4)).on_any_conflict().do_nothing().execute(&dbs).await?;
    assert_eq!(ignored, 1);
    let again = customers(4).into_iter().map(|mut row| {
        row.name.push('!');
        row
    });
    let upserted =
        Customer::insert_many(again).on_conflict(Customer::EMAIL).do_update(Customer::NAME).all(&dbs).await?;
    assert!(upserted.len() == 4 && upserted.iter().all(|row| row.name.ends_with('!')));

    let mut rows = upserted;
    for row in &mut rows {
        row.visits = 9;
        row.name.clear();
    }
    let updated = Customer::update_many(&rows).set_columns(Customer::VISITS).execute(&dbs).await?;
    assert_eq!(updated, 4);
    let now = Customer::find(rows[0].id).one(&dbs).await?;
    assert_eq!((now.visits, now.name.as_str()), (9, "c0!"), "its name is not among the columns");
    Ok(())
}

#[tokio::test]
async fn rows_are_locked() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let tx = dbs.orders.begin().await?;
    let open = || Order::query().filter(Order::STATUS.eq(OrderStatus::Open)).order_by(Order::ID.asc());
    assert_eq!(notes(&Order::query().filter(Order::ID.eq(1)).for_update().all(&tx).await?), "a");

    let other = dbs.orders.begin().await?;
    let free = open().for_update().skip_locked().all(&other).await?;
    assert_eq!(notes(&free), "d");
    let no_key = open().for_no_key_update().skip_locked().limit(1).all(&other).await?;
    assert_eq!(notes(&no_key), "d");
    let refused = soon(open().for_update().nowait().all(&other)).await.unwrap_err();
    assert!(refused.to_string().contains("55P03"), "{refused}");
    other.rollback().await?;
    // Only the rows of its own table, `of=("item",)`.
    let other = dbs.orders.begin().await?;
    let items = Item::query()
        .filter(Item::ORDER.column(Order::STATUS).eq(OrderStatus::Open))
        .for_update()
        .nowait()
        .all(&other)
        .await?;
    assert_eq!(items.len(), 3);
    other.rollback().await?;
    tx.rollback().await
}

#[tokio::test]
async fn queries_are_shown_and_written_by_hand() -> Result<()> {
    const SEEN: &str = "SELECT count(*) FROM pg_stat_statements WHERE query = $1
         AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let shop = shop().await;
    let dbs = shop.dbs.clone();
    Customer::insert(customer("Fay")).execute(&dbs.crm_eu).await?;
    let there = Customer::query().all(&dbs.crm_eu).await?;
    assert_eq!(letters(&there), "f");
    let rows: Vec<Customer> =
        Crm::sql("SELECT * FROM customers WHERE visits > $1 ORDER BY id").bind(3).all(&dbs).await?;
    assert_eq!(letters(&rows), "ae");

    let text = Order::query().filter(Order::NOTES.eq("a")).limit(3).sql();
    assert_eq!(
        text,
        "SELECT id, customer_id, status, total, placed_at, notes FROM public.orders WHERE (notes = $1) LIMIT 3"
            .replace("placed_at, notes FROM", "notes, placed_at FROM")
    );
    let query = || Customer::query().filter(Customer::VISITS.gt(3));
    let plan = query().explain(&dbs).await?;
    assert!(plan.contains("Filter: (visits > "), "{plan}");
    let plan = query().explain_analyze_json(&dbs).await?;
    assert!(plan[0]["Execution Time"].is_number(), "{plan}");

    // The text is the one that the server gets.
    shop.crm.batch("CREATE EXTENSION pg_stat_statements").await;
    let find = Customer::find(7);
    let texts = [query().sql(), find.sql(), Customer::query().sql(), query().select(count()).sql()];
    assert_eq!(texts[1], format!("{} WHERE id = $1", texts[2]));
    query().all(&dbs).await?;
    find.optional(&dbs).await?;
    Customer::query().all(&dbs).await?;
    query().select(count()).all(&dbs).await?;
    for text in texts {
        let seen: i64 = Crm::sql(SEEN).bind(text.clone()).one(&dbs).await?;
        assert_eq!(seen, 1, "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn queries_hold_queries() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let sold = || Item::query().filter(Item::QUANTITY.gt(2)).select(Item::SKU);
    let products = Product::query().filter(Product::SKU.in_query(sold())).all(&dbs).await?;
    assert_eq!(products.iter().map(|product| &*product.sku).collect::<Vec<_>>(), ["C-3"]);
    let others = Product::query().filter(Product::SKU.not_in_query(sold())).count(&dbs).await?;
    assert_eq!(others, 2);
    let dear = Order::query().filter(Order::ID.eq(2)).select(Order::TOTAL).scalar();
    let cheaper = Order::query().filter(Order::TOTAL.lt(dear)).order_by(Order::ID.asc()).all(&dbs).await?;
    assert_eq!(notes(&cheaper), "acd");
    Ok(())
}
