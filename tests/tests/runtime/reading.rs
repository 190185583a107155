//! Reading beyond filter and order: locks, the first of each kind, many keys, set operations, plans.

use futures_util::TryStreamExt;
use ormgen_runtime::{
    Error,
    functions::{count, desc, lower, max, partition_by, position, row_number, sum},
    prelude::*,
    query::RowLock,
    types::Decimal,
};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Address, Customer, Tier},
    orders::{Item, Order, OrderStatus},
};

use crate::support::{Shop, ask, customers, order, products, soon};

/// Six orders of three customers; the notes tell them apart.
async fn six() -> Shop {
    let shop = Shop::open().await;
    shop.orders
        .batch(
            "INSERT INTO orders (customer_id, status, total, notes, placed_at)
             VALUES (1, 'open', 10, 'a', '2024-01-03'), (1, 'paid', 20, 'b', '2024-01-01'),
                    (2, 'paid', 30, 'c', '2024-01-02'), (2, 'open', 40, 'd', '2024-01-02'),
                    (2, 'paid', 50, 'e', '2024-01-01'), (3, 'sent', 60, 'f', '2024-01-02')",
        )
        .await;
    shop
}

fn notes(orders: &[Order]) -> String {
    orders.iter().map(|order| order.notes.as_str()).collect()
}

/// A row that is found by its key is read as any row of a query is.
#[tokio::test]
async fn parts_of_a_found_row() {
    let shop = six().await;
    let dbs = &shop.dbs;
    let find = || Order::find(2).filter(Order::STATUS.ne(OrderStatus::Sent));
    let parts: (String, i64) = find().select((Order::NOTES, Order::ITEMS.count())).one(dbs).await.unwrap();
    assert_eq!(parts, ("b".to_owned(), 0));
    let (order, items) = find().annotate(Order::ITEMS.count()).one(dbs).await.unwrap();
    assert_eq!((order.notes.as_str(), items), ("b", 0));
    assert!(find().left_join(Order::INVOICE).one(dbs).await.unwrap().1.is_none());
    assert!(find().join(Order::INVOICE).optional(dbs).await.unwrap().is_none());
    let missing = Order::find(9).select(Order::NOTES).one(dbs).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn locks_wait_fail_or_pass_over() {
    let shop = six().await;
    let dbs = &shop.dbs;
    let by_id = || Order::query().order_by(Order::ID.asc());
    let first = dbs.orders.begin().await.unwrap();
    assert_eq!(Order::find(1).for_update().one(&first).await.unwrap().notes, "a");
    let free = by_id().filter(Order::ID.lt(3)).for_update().skip_locked();

    let second = dbs.orders.begin().await.unwrap();
    assert_eq!(notes(&soon(free.all(&second)).await.unwrap()), "b");
    let skipped = Order::find(1).for_share().skip_locked().optional(&second);
    assert_eq!(soon(skipped).await.unwrap(), None);
    let queue = by_id().for_no_key_update().skip_locked().limit(1);
    assert_eq!(notes(&soon(queue.all(&second)).await.unwrap()), "b");
    // A step that is taken or not: the query's type is the same.
    for (lock, expected) in [(Some(RowLock::Update), None), (None, Some(1))] {
        let query = Order::find(1).lock(lock).skip_locked();
        let found = soon(query.optional(&second)).await.unwrap();
        assert_eq!(found.map(|order| order.id), expected);
    }
    // A lock may come last, whatever the rows are read with.
    let joined = Order::query().left_join(Order::INVOICE).filter(Order::ID.eq(1)).for_update().skip_locked();
    assert!(soon(joined.with(Order::ITEMS).all(&second)).await.unwrap().is_empty());
    let loaded = by_id().with(Order::ITEMS).limit(2).for_share().skip_locked();
    assert_eq!(soon(loaded.all(&second)).await.unwrap()[0].0.notes, "b");
    let found = Order::find(1).with(Order::ITEMS).for_no_key_update().skip_locked();
    assert_eq!(soon(found.optional(&second)).await.unwrap(), None);
    let counted = by_id().annotate(Order::ITEMS.count()).limit(1).for_update().nowait();
    assert!(matches!(soon(counted.all(&second)).await, Err(Error::LockNotAvailable { .. })));
    let second = {
        second.rollback().await.unwrap();
        dbs.orders.begin().await.unwrap()
    };
    // What is selected of a row is selected of a locked row, too.
    let locked = Order::find(1).for_update().skip_locked().select(Order::NOTES);
    assert_eq!(soon(locked.optional(&second)).await.unwrap(), None);
    let within = second.savepoint(async |tx| Order::find(2).for_update().with(Order::ITEMS).one(tx).await);
    assert_eq!(within.await.unwrap().0.notes, "b");
    let refused = soon(Order::find(1).for_key_share().nowait().one(&second)).await.unwrap_err();
    assert!(refused.to_string().contains("55P03"), "{refused}");
    second.rollback().await.unwrap();
    first.rollback().await.unwrap();

    // A lock on a key lets through what does not change it.
    let (first, second) = (dbs.orders.begin().await.unwrap(), dbs.orders.begin().await.unwrap());
    Order::find(1).for_key_share().one(&first).await.unwrap();
    soon(Order::find(1).for_no_key_update().nowait().one(&second)).await.unwrap();
    let refused = soon(by_id().for_update().nowait().all(&second)).await.unwrap_err();
    assert!(refused.to_string().contains("55P03"), "{refused}");
    second.rollback().await.unwrap();

    // A selection locks the rows that it is made of.
    let second = dbs.orders.begin().await.unwrap();
    let selected = by_id().for_update().skip_locked().select(Order::NOTES);
    assert_eq!(soon(selected.all(&second)).await.unwrap(), ["b", "c", "d", "e", "f"]);
}

#[tokio::test]
async fn the_first_of_each() {
    let shop = six().await;
    let latest = Order::query()
        .distinct_on(Order::CUSTOMER_ID)
        .order_by(Order::CUSTOMER_ID.asc())
        .order_by(Order::PLACED_AT.desc())
        .order_by(Order::ID.desc());
    assert_eq!(notes(&latest.all(&shop.dbs).await.unwrap()), "adf");
    let each = || Order::query().distinct_on((Order::CUSTOMER_ID, Order::STATUS));
    assert_eq!(each().count(&shop.dbs).await.unwrap(), 5);
    assert!(each().filter(Order::ID.gt(5)).exists(&shop.dbs).await.unwrap());
    let dearest = Order::query()
        .select((Order::STATUS, Order::TOTAL))
        .distinct_on(Order::STATUS)
        .order_by(Order::STATUS.asc())
        .order_by(Order::TOTAL.desc());
    let euros = |euros: i64| Decimal::new(euros * 100, 2);
    assert_eq!(
        dearest.all(&shop.dbs).await.unwrap(),
        [(OrderStatus::Open, euros(40)), (OrderStatus::Paid, euros(50)), (OrderStatus::Sent, euros(60))]
    );
}

/// Every page from the first to the last, then back from the last to the first.
async fn pages<K>(dbs: &Databases, key: impl Fn() -> K, size: u64) -> Vec<String>
where
    K: ormgen_runtime::query::SortKey<Order>,
{
    let mut pages = Vec::new();
    let mut next = None;
    let last = loop {
        let page = Order::query().keyset(key()).after(next).limit(size).page(dbs).await.unwrap();
        pages.push(notes(&page.rows));
        match page.next {
            Some(cursor) => next = Some(cursor),
            None => break page,
        }
    };
    let mut back = vec![notes(&last.rows)];
    let mut previous = last.previous;
    while let Some(cursor) = previous {
        let page = Order::query().keyset(key()).before(cursor).limit(size).page(dbs).await.unwrap();
        assert!(page.next.is_some());
        back.push(notes(&page.rows));
        previous = page.previous;
    }
    back.reverse();
    // The pages before a page are as full as can be counted from it, so only the rows are the same.
    assert_eq!(back.concat(), pages.concat());
    pages
}

/// A page that would lose a row is refused: two rows have the key of its end.
#[tokio::test]
async fn a_page_does_not_end_between_rows_with_one_key() {
    let shop = six().await;
    let dbs = &shop.dbs;
    let customers = Order::query().order_by(Order::CUSTOMER_ID.asc()).select(Order::CUSTOMER_ID);
    let customers: Vec<i64> = customers.all(dbs).await.unwrap();
    assert_eq!(customers[0], customers[1]);
    for (limit, is_lost) in [(1, true), (6, false), (9, false)] {
        let page = Order::query().keyset(Order::CUSTOMER_ID).limit(limit);
        let with = Order::query().keyset(Order::CUSTOMER_ID).limit(limit).with(Order::ITEMS);
        let error = page.page(dbs).await.err().map(|error| error.to_string());
        assert_eq!(with.page(dbs).await.err().map(|error| error.to_string()), error);
        assert_eq!(error.is_some_and(|error| error.contains("end with the primary key")), is_lost);
    }
    // Backwards, too.
    let before = Order::query().keyset(desc(Order::CUSTOMER_ID)).before(customers[0] - 1).limit(1);
    assert!(matches!(before.page(dbs).await, Err(Error::InvalidQuery { .. })));
}

#[tokio::test]
async fn pages_by_key_hold_every_row_once() {
    let shop = six().await;
    let dbs = &shop.dbs;
    assert_eq!(pages(dbs, || Order::ID, 4).await, ["abcd", "ef"]);
    assert_eq!(pages(dbs, || desc(Order::ID), 3).await, ["fed", "cba"]);
    assert_eq!(pages(dbs, || (Order::PLACED_AT, Order::ID), 2).await, ["be", "cd", "fa"]);
    assert_eq!(pages(dbs, || (desc(Order::PLACED_AT), desc(Order::ID)), 2).await, ["af", "dc", "eb"]);
    for size in 1..=7 {
        let both_ways = pages(dbs, || (desc(Order::PLACED_AT), Order::ID), size).await;
        assert_eq!(both_ways.concat(), "acdfbe");
        let three = pages(dbs, || (Order::STATUS, desc(Order::TOTAL), Order::ID), size).await;
        assert_eq!(three.concat(), "daecbf");
        let expression = pages(dbs, || (desc(Order::TOTAL * Decimal::from(-1)), Order::ID), size).await;
        assert_eq!(expression.concat(), "abcdef");
    }
    // Filters go with it, and rows that come between two pages do not move what comes after.
    let page = |after| {
        let paid = Order::query().filter(Order::STATUS.eq(OrderStatus::Paid).or(Order::NOTES.eq("new")));
        paid.keyset(desc(Order::ID)).after(after).limit(2).page(dbs)
    };
    let first = page(None).await.unwrap();
    assert_eq!((notes(&first.rows), first.next, first.previous), ("ec".into(), Some(3), None));
    shop.orders.batch("INSERT INTO orders (customer_id, notes) VALUES (9, 'new')").await;
    let second = page(first.next).await.unwrap();
    assert_eq!((notes(&second.rows), second.next, second.previous), ("b".into(), None, Some(2)));
}

#[tokio::test]
async fn pages_by_a_key_that_may_be_null() {
    let shop = Shop::open().await;
    Customer::insert_many(customers(6)).execute(&shop.dbs).await.unwrap();
    shop.crm
        .batch(
            "UPDATE customers SET referrer_id = CASE id WHEN 2 THEN 1 WHEN 3 THEN 1 WHEN 5 THEN 4 END;
             UPDATE customers SET born_on = '2000-01-01' WHERE id IN (1, 2, 4)",
        )
        .await;
    /// The rows as one sort gives them, and the same by pages of each size, there and back.
    macro_rules! same {
        ($key:expr, $expected:expr) => {
            for size in 1..=7 {
                let (mut there, mut back) = (Vec::new(), Vec::new());
                let mut after = None;
                let last = loop {
                    let query = Customer::query().keyset($key).after(after).limit(size);
                    let page = query.page(&shop.dbs).await.unwrap();
                    there.extend(page.rows.iter().map(|row| row.id));
                    if page.next.is_none() {
                        break page;
                    }
                    after = page.next;
                };
                back.extend(last.rows.iter().rev().map(|row| row.id));
                let mut before = last.previous;
                while let Some(cursor) = before {
                    let query = Customer::query().keyset($key).before(cursor).limit(size);
                    let page = query.page(&shop.dbs).await.unwrap();
                    back.extend(page.rows.iter().rev().map(|row| row.id));
                    before = page.previous;
                }
                back.reverse();
                assert_eq!((there, back), ($expected.to_vec(), $expected.to_vec()), "size {size}");
            }
        };
    }
    same!((Customer::REFERRER_ID, Customer::ID), [2, 3, 5, 1, 4, 6]);
    same!((desc(Customer::REFERRER_ID), Customer::ID), [1, 4, 6, 5, 2, 3]);
    same!((desc(Customer::REFERRER_ID), desc(Customer::ID)), [6, 4, 1, 5, 3, 2]);
    same!((Customer::BORN_ON, desc(Customer::REFERRER_ID), Customer::ID), [1, 4, 2, 6, 5, 3]);
    same!((Customer::TIER, Customer::REFERRER_ID, desc(Customer::ID)), [3, 2, 5, 6, 4, 1]);
}

#[tokio::test]
async fn a_page_begins_in_an_index() {
    let shop = six().await;
    shop.orders
        .batch(
            "INSERT INTO orders (customer_id, placed_at)
             SELECT n, timestamptz '2020-01-01' + n * interval '1 minute' FROM generate_series(1, 5000) AS n;
             CREATE INDEX ON orders (placed_at, id); CREATE INDEX ON orders (placed_at, id DESC); ANALYZE orders;",
        )
        .await;
    let cursor = Order::query().keyset(Order::ID).limit(3000).page(&shop.dbs).await.unwrap();
    let last = cursor.rows.last().unwrap();
    let one_way = Order::query().keyset((Order::PLACED_AT, Order::ID)).after((last.placed_at, last.id));
    let plan = one_way.limit(10).explain(&shop.dbs).await.unwrap();
    assert!(plan.contains("Index Cond: (ROW(placed_at, id) > ROW("), "{plan}");
    let both_ways =
        Order::query().keyset((Order::PLACED_AT, desc(Order::ID))).after((last.placed_at, last.id));
    let plan = both_ways.limit(10).explain(&shop.dbs).await.unwrap();
    assert!(plan.contains("Index Cond: (placed_at >= "), "{plan}");
}

#[tokio::test]
async fn many_keys_at_once() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2"]).await;
    let first = order(dbs, 7, &["A-1", "B-2"]).await;
    let second = order(dbs, 7, &["B-2"]).await;
    let found =
        Order::find_many([first.id, second.id, 99]).order_by(Order::ID.desc()).all(dbs).await.unwrap();
    assert_eq!(found.iter().map(|order| order.id).collect::<Vec<_>>(), [second.id, first.id]);
    assert_eq!(Order::find_many(Vec::<i64>::new()).count(dbs).await.unwrap(), 0);
    let skus = ["B-2", "no sku"];
    let product = ormgen_tests::generated::shop::orders::Product::find_many(skus).one(dbs).await.unwrap();
    assert_eq!(product.sku, "B-2");
    // Of a key of two columns the pairs, not every combination.
    let keys = [(first.id, 2), (second.id, 1), (second.id, 2)];
    let items = Item::find_many(keys).order_by(Item::ORDER_ID.asc()).all(dbs).await.unwrap();
    assert_eq!(items.iter().map(|item| item.key()).collect::<Vec<_>>(), keys[..2]);
    // It is a query like any other.
    let with = Order::find_many([first.id]).with(Order::ITEMS).one(dbs).await.unwrap();
    assert_eq!(with.1.len(), 2);
    assert_eq!(Item::find_many(keys).delete().execute(dbs).await.unwrap(), 2);
}

#[tokio::test]
async fn set_operations() {
    let shop = six().await;
    let dbs = &shop.dbs;
    let paid = || Order::query().filter(Order::STATUS.eq(OrderStatus::Paid));
    let second = || Order::query().filter(Order::CUSTOMER_ID.eq(2));
    let rows = paid().union(second()).order_by(Order::ID.desc()).limit(3).all(dbs).await.unwrap();
    assert_eq!(notes(&rows), "edc");
    let rows = paid().union(second()).order_by(Order::NOTES.asc()).offset(1).all(dbs).await.unwrap();
    assert_eq!(notes(&rows), "cde");
    assert_eq!(paid().union_all(second()).count(dbs).await.unwrap(), 6);
    assert_eq!(paid().intersect(second()).count(dbs).await.unwrap(), 2);
    assert_eq!(paid().except(second()).one(dbs).await.unwrap().notes, "b");
    assert!(!second().except(second()).exists(dbs).await.unwrap());
    // What is limited or sorted inside stays so, and sets are made of sets in the order they are written.
    let inner = paid().order_by(Order::ID.asc()).limit(1).union(second().order_by(Order::ID.desc()).limit(1));
    assert_eq!(notes(&inner.order_by(position(1).asc()).all(dbs).await.unwrap()), "be");
    let left = second().union(paid()).except(second());
    assert_eq!(left.first(dbs).await.unwrap().unwrap().notes, "b");
    let right = second().union(paid().except(second()));
    assert_eq!(right.count(dbs).await.unwrap(), 4);

    // Selections of different tables, where the rows are of one type.
    let ids = || Order::query().select((Order::ID, Order::CUSTOMER_ID));
    let by_customer = Order::query().group_by(Order::CUSTOMER_ID).select((Order::CUSTOMER_ID, count()));
    let both = ids().union_all(by_customer).order_by(position(2).desc()).order_by(position(1).asc());
    assert_eq!(both.limit(2).all(dbs).await.unwrap(), [(2, 3), (6, 3)]);
    let streamed: Vec<i64> = Order::query()
        .select(Order::ID)
        .union(Item::query().select(Item::ORDER_ID))
        .order_by(Order::ID.asc())
        .stream(dbs)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(streamed, [1, 2, 3, 4, 5, 6]);
    let error = ids().union(ids()).one(dbs).await.unwrap_err();
    assert!(matches!(error, Error::TooManyRows { model: "Order", .. }), "{error}");
}

#[tokio::test]
async fn selections_are_read_like_queries() {
    let shop = six().await;
    let dbs = &shop.dbs;
    let per_customer = || {
        Order::query()
            .group_by(Order::CUSTOMER_ID)
            .select((Order::CUSTOMER_ID, sum(Order::TOTAL)))
            .having(count().gt(1))
            .order_by(sum(Order::TOTAL).desc())
            .order_by(max(Order::PLACED_AT).asc())
    };
    let total = |total: i64| Some(Decimal::new(total * 100, 2));
    assert_eq!(per_customer().all(dbs).await.unwrap(), [(2, total(120)), (1, total(30))]);
    assert_eq!(per_customer().order_by(position(2).asc()).first(dbs).await.unwrap(), Some((2, total(120))));
    assert_eq!(per_customer().count(dbs).await.unwrap(), 2);
    assert!(per_customer().exists(dbs).await.unwrap());
    assert!(matches!(per_customer().optional(dbs).await, Err(Error::TooManyRows { .. })));
    assert_eq!(per_customer().having(count().gt(2)).optional(dbs).await.unwrap(), Some((2, total(120))));
    assert_eq!(per_customer().having(count().gt(9)).optional(dbs).await.unwrap(), None);
    assert!(matches!(per_customer().having(count().gt(9)).one(dbs).await, Err(Error::NotFound { .. })));
    let streamed: Vec<_> = per_customer().stream(dbs).await.unwrap().try_collect().await.unwrap();
    assert_eq!(streamed, [(2, total(120)), (1, total(30))]);
    // One column is its own type, and a group is of one value or of several.
    let ids: Vec<i64> = Order::query().select(Order::ID).order_by(Order::ID.asc()).all(dbs).await.unwrap();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6]);
    let pairs = Order::query().group_by((Order::CUSTOMER_ID, Order::STATUS)).select(count());
    assert_eq!(pairs.order_by(position(1).desc()).all(dbs).await.unwrap(), [2, 1, 1, 1, 1]);
    // Twelve at once.
    let number = || row_number().over(partition_by(Order::STATUS).order_by(Order::ID.asc()));
    let wide = Order::query().filter(Order::ID.eq(3)).select((
        Order::ID,
        Order::CUSTOMER_ID,
        Order::STATUS,
        Order::TOTAL,
        Order::NOTES,
        Order::PLACED_AT,
        Order::ID + 1,
        Order::ID * 2,
        number(),
        lower(Order::NOTES),
        Order::ID,
        Order::NOTES,
    ));
    let row = wide.one(dbs).await.unwrap();
    assert_eq!((row.0, row.6, row.7, row.8, row.11), (3, 4, 6, 1, "c".to_owned()));
    let tiers = Customer::query().select(Customer::TIER).distinct().all(dbs).await.unwrap();
    assert_eq!(tiers, Vec::<Tier>::new());
    assert_eq!(Address::query().select(Address::CITY).first(dbs).await.unwrap(), None);
}

#[tokio::test]
async fn plans() {
    let shop = six().await;
    let dbs = &shop.dbs;
    let query = || Order::query().filter(Order::NOTES.eq("a").and(Order::CUSTOMER_ID.eq(1)));
    let plan = query().explain(dbs).await.unwrap();
    assert!(plan.contains(" on orders ") && plan.contains("cost=") && !plan.contains("actual"), "{plan}");
    assert!(plan.lines().count() > 1, "{plan}");
    let plan = query().explain_analyze(dbs).await.unwrap();
    assert!(plan.contains("actual") && plan.contains("Execution Time"), "{plan}");
    let plan = Order::query().select(count()).explain_json(dbs).await.unwrap();
    assert_eq!(plan[0]["Plan"]["Node Type"], "Aggregate");
    let plan = query().union(query()).explain_analyze_json(dbs).await.unwrap();
    assert!(plan[0]["Execution Time"].is_number(), "{plan}");
    let plan = Order::find(1).explain(dbs).await.unwrap();
    assert!(plan.contains("orders"), "{plan}");
    // A plan alone touches no row; nothing that reads changes one.
    assert_eq!(ask::<i64>(&shop.orders, "SELECT count(*) FROM orders").await, 6);
}
