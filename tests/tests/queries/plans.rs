//! The server goes about each query as it would about one written by hand.

use ormgen_runtime::{
    Pool,
    config::ConnectionConfig,
    functions::{desc, partition_by, row_number},
    prelude::*,
};
use ormgen_tests::{
    generated::shop::{
        crm::{Crm, Customer},
        orders::{Category, Item, Orders, Product, Tag},
    },
    server::{TestDb, server},
    shop::{Shop, crm_on},
};

/// Twenty thousand customers, with indexes of the usual kinds.
async fn many_customers() -> (TestDb, Pool<Crm>) {
    let database = crm_on(&server(1)).await;
    database
        .batch(
            "INSERT INTO customers (email, name, visits, tags, settings, referrer_id, born_on)
             SELECT 'c' || n || '@example.org', CASE WHEN n % 100 = 0 THEN 'rare ' ELSE 'usual ' END || n, n % 50,
                    ARRAY['tag' || n % 500], jsonb_build_object('color', 'c' || n % 500),
                    CASE WHEN n > 10 THEN n % 10 + 1 END, CASE WHEN n % 20 > 0 THEN date '2000-01-01' + n % 5000 END
             FROM generate_series(1, 20000) n;
             CREATE INDEX ON customers USING gin (to_tsvector('english', name));
             CREATE INDEX ON customers USING gin (tags);
             CREATE INDEX ON customers ((settings ->> 'color'));
             CREATE INDEX ON customers (born_on, id);
             ANALYZE customers;",
        )
        .await;
    let pool = Pool::new(&ConnectionConfig::new("crm", database.url())).unwrap();
    (database, pool)
}

fn assert_plan(plan: &str, holds: bool, what: &str) {
    assert_eq!(plan.contains(what), holds, "{what}: {plan}");
}

#[tokio::test]
async fn indexes_on_expressions_and_arrays_are_found() {
    let (_database, pool) = many_customers().await;
    for (filter, index) in [
        (Customer::NAME.search("english", "rare"), "customers_to_tsvector_idx"),
        (Customer::TAGS.has("tag7"), "customers_tags_idx"),
        (Customer::SETTINGS.text_at(["color"]).eq("c7"), "customers_expr_idx"),
    ] {
        let plan = Customer::query().filter(filter.clone()).explain(&pool).await.unwrap();
        assert_plan(&plan, true, index);
        assert!(Customer::query().filter(filter).count(&pool).await.unwrap() > 10);
    }
}

#[tokio::test]
async fn the_first_rows_of_each_group_are_numbered_no_further() {
    let (_database, pool) = many_customers().await;
    let place = row_number().over(partition_by(Customer::REFERRER_ID).order_by(Customer::BORN_ON.asc()));
    let (rows, (id, place)) = Customer::query().select((Customer::ID, place)).into_table();
    let first = rows.filter(place.lte(2)).select(id);
    assert_plan(&first.clone().explain(&pool).await.unwrap(), true, "Run Condition");
    assert_eq!(first.count(&pool).await.unwrap(), 22);
}

#[tokio::test]
async fn a_count_does_not_sort() {
    let (_database, pool) = many_customers().await;
    let sorted = || Customer::query().order_by((Customer::VISITS.asc(), Customer::NAME.asc()));
    let plan: Vec<String> =
        Crm::sql("EXPLAIN SELECT count(*) FROM (SELECT 1 FROM customers ORDER BY visits, name) AS counted")
            .all(&pool)
            .await
            .unwrap();
    assert!(plan.join("\n").contains("Sort"), "the server sorts what it is asked to: {plan:?}");
    for (query, expected) in [(sorted(), 20000), (sorted().limit(7), 7), (sorted().offset(19990), 10)] {
        assert_eq!(query.clone().count(&pool).await.unwrap(), expected);
        assert!(query.exists(&pool).await.unwrap());
    }
    let selected = sorted().select(Customer::NAME).limit(3);
    assert_eq!(selected.count(&pool).await.unwrap(), 3);
}

/// What the server kept of the last statements that count.
async fn counted(database: &TestDb) -> Vec<String> {
    let client = database.connect().await;
    let sql = "SELECT query FROM pg_stat_statements WHERE query LIKE '%counted%'
               AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn the_text_of_a_count_has_no_order() {
    let (database, pool) = many_customers().await;
    database.batch("CREATE EXTENSION pg_stat_statements").await;
    Customer::query().order_by(Customer::NAME.asc()).limit(7).count(&pool).await.unwrap();
    Customer::query().order_by(Customer::NAME.asc()).select(Customer::NAME).count(&pool).await.unwrap();
    let texts = counted(&database).await;
    assert!(texts.len() == 2 && texts.iter().all(|text| !text.contains("ORDER BY")), "{texts:?}");
}

#[tokio::test]
async fn what_is_selected_and_sorted_by_is_computed_once() {
    let (_database, pool) = many_customers().await;
    let brought = || Customer::CUSTOMERS_BY_REFERRER.matching(Customer::VISITS.gt(40)).count();
    let query = Customer::query().filter(Customer::ID.lte(10));
    let plan =
        query.clone().order_by(brought().desc()).select((Customer::NAME, brought())).explain(&pool).await;
    let plan = plan.unwrap();
    // Named where it is sorted by, and where it is: a second one would be named as often. Before PostgreSQL 19 the name
    // is `SubPlan 1`, from then on `SubPlan expr_1`.
    assert_eq!(plan.matches("SubPlan").count(), 2, "{plan}");
    let plan = query.order_by(brought().desc()).annotate(brought()).explain(&pool).await.unwrap();
    assert_eq!(plan.matches("SubPlan").count(), 2, "{plan}");
}

#[tokio::test]
async fn a_page_by_a_column_that_may_be_null_begins_where_it_begins() {
    let (_database, pool) = many_customers().await;
    let page = || Customer::query().keyset((Customer::BORN_ON, Customer::ID)).limit(10);
    let deep = Customer::query().filter(Customer::BORN_ON.is_not_null());
    let deep = deep.order_by((Customer::BORN_ON.asc(), Customer::ID.asc())).offset(15000).first(&pool).await;
    let deep = deep.unwrap().unwrap();
    let cursor = (deep.born_on, deep.id);
    let plan = page().after(cursor).explain(&pool).await.unwrap();
    assert_plan(&plan, true, "Index Cond");
    assert_plan(&plan, false, "Seq Scan");
    // The pages are the rows, each once and in their order, past the border to NULL and back.
    let all = Customer::query().order_by((Customer::BORN_ON.asc(), Customer::ID.asc())).select(Customer::ID);
    let all = all.all(&pool).await.unwrap();
    let (mut seen, mut cursor, mut last) = (Vec::new(), None, None);
    loop {
        let page = Customer::query().keyset((Customer::BORN_ON, Customer::ID)).after(cursor).limit(1999);
        let page = page.page(&pool).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.id));
        let Some(next) = page.next else {
            last = page.rows.last().map(|row| (row.born_on, row.id)).or(last);
            break;
        };
        cursor = Some(next);
    }
    assert_eq!(seen, all);
    let (mut back, mut cursor) = (Vec::new(), last);
    while let Some(before) = cursor {
        let page = Customer::query().keyset((Customer::BORN_ON, Customer::ID)).before(before).limit(1999);
        let page = page.page(&pool).await.unwrap();
        back.splice(0..0, page.rows.iter().map(|row| row.id));
        cursor = page.previous;
    }
    assert_eq!(back, all[..all.len() - 1]);
    let down = Customer::query().keyset((desc(Customer::BORN_ON), desc(Customer::ID))).limit(10);
    let plan = down.after((deep.born_on, deep.id)).explain(&pool).await.unwrap();
    assert_plan(&plan, true, "Index Cond");
}

/// Two thousand products with a thousand tags, and lines of orders.
async fn many_products() -> (Shop, Pool<Orders>) {
    let shop = Shop::open().await;
    shop.orders
        .batch(
            "INSERT INTO categories (name) VALUES ('All');
             INSERT INTO products (sku, category_id, name, price)
             SELECT 'A-' || n, 1, 'Product ' || n, n FROM generate_series(1, 2000) n;
             INSERT INTO tags (name) SELECT 'tag ' || n FROM generate_series(1, 1000) n;
             INSERT INTO product_tags SELECT 'A-' || n, m FROM generate_series(1, 2000) n, generate_series(1, 10) m;
             INSERT INTO orders (customer_id) SELECT n FROM generate_series(1, 2000) n;
             INSERT INTO items (order_id, line_no, sku, price)
             SELECT n, m, 'A-' || n, 1 FROM generate_series(1, 2000) n, generate_series(1, 5) m;
             ANALYZE;",
        )
        .await;
    let pool = Pool::new(&ConnectionConfig::new("orders", shop.orders.url())).unwrap();
    (shop, pool)
}

#[tokio::test]
async fn links_alone_answer_what_is_asked_of_keys() {
    let (_shop, pool) = many_products().await;
    let any = || Product::TAGS.any(Tag::ID.eq(8));
    let count = || Product::TAGS.count();
    let of_some = || Product::TAGS.matching(Tag::ID.is_in([1, 2])).count();
    for query in [
        Product::query().filter(any()).select((Product::SKU, Product::TAGS.count())),
        Product::query().filter(count().gt(3)).select((Product::SKU, count())),
        Product::query().filter(not(any())).select((Product::SKU, of_some())),
    ] {
        let plan = query.explain(&pool).await.unwrap();
        assert_plan(&plan, false, "on tags");
        assert_plan(&plan, true, "product_tags");
    }
    // What only the row itself tells is read there.
    let named =
        Product::query().filter(Product::TAGS.any(Tag::NAME.eq("tag 8"))).explain(&pool).await.unwrap();
    assert_plan(&named, true, "tags_name_key");
    assert_eq!(Product::query().filter(any()).count(&pool).await.unwrap(), 2000);
    let tags = Product::query()
        .filter(Product::SKU.eq("A-1"))
        .select((count(), of_some()))
        .one(&pool)
        .await
        .unwrap();
    assert_eq!(tags, (10, 2));
}

#[tokio::test]
async fn a_change_reads_related_rows_side_by_side() {
    let (shop, pool) = many_products().await;
    shop.orders.batch("CREATE EXTENSION pg_stat_statements").await;
    let price = || Item::PRODUCT.column(Product::PRICE);
    let set = Item::query().filter(price().gt(ormgen_runtime::types::Decimal::new(1000, 0)));
    assert_eq!(set.update().set(Item::PRICE, price()).execute(&pool).await.unwrap(), 5000);
    let right = Item::query().filter(Item::PRICE.eq(price())).count(&pool).await.unwrap();
    assert_eq!(right, 5000 + 5, "those of the product that costs 1 had its price before");
    let name = Item::PRODUCT.column(Product::CATEGORY.column(Category::NAME));
    let deleted = Item::query().filter(
        name.eq("All").and(Item::LINE_NO.eq(5)).and(price().lte(ormgen_runtime::types::Decimal::new(3, 0))),
    );
    let deleted = deleted.delete().returning((Item::ORDER_ID, price())).all(&pool).await.unwrap();
    assert_eq!(deleted.len(), 3);
    let client = shop.orders.connect().await;
    let sql = "SELECT query FROM pg_stat_statements WHERE query ~ '^(UPDATE|DELETE)'
               AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY query";
    let texts: Vec<String> = client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(
        texts,
        [
            "DELETE FROM public.items AS _0 USING public.products AS _1, public.categories AS _2 \
             WHERE _1.sku = _0.sku AND _2.id = _1.category_id \
             AND (((_2.name = $1) AND (_0.line_no = $2)) AND (_1.price <= $3)) RETURNING _0.order_id, _1.price",
            "UPDATE public.items AS _0 SET price = _1.price::numeric FROM public.products AS _1 \
             WHERE _1.sku = _0.sku AND (_1.price > $1)",
        ]
    );
    // A row that may be missing leaves out none: it is read in a sub-select.
    let up = Category::PARENT.column(Category::NAME);
    let renamed =
        Category::query().update().set(Category::NAME, ormgen_runtime::functions::coalesce(up, "top"));
    assert_eq!(renamed.all(&pool).await.unwrap()[0].name, "top");
}

#[tokio::test]
async fn a_change_of_some_rows_finds_them_by_their_places() {
    let (database, _pool) = many_customers().await;
    let some = Customer::query().order_by(Customer::ID.asc()).limit(5).for_update().skip_locked();
    let client = database.connect().await;
    let plan = client.query(&format!("EXPLAIN {}", some.delete().sql()), &[]).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    assert_plan(&plan, true, "Tid Scan");
    assert_plan(&plan, false, "Seq Scan");
}

#[tokio::test]
async fn rows_that_another_transaction_has_locked_are_left_alone() {
    let (_database, pool) = many_customers().await;
    let tx = pool.begin().await.unwrap();
    let first = || Customer::query().filter(Customer::ID.lte(5)).for_update().skip_locked();
    let taken = Customer::query().filter(Customer::ID.lte(2)).for_update().all(&tx).await.unwrap();
    // With a limit and without one.
    let rest =
        first().order_by(Customer::ID.asc()).limit(2).update().set(Customer::VISITS, 1).all(&pool).await;
    assert_eq!(rest.unwrap().iter().map(|row| row.id).collect::<Vec<_>>(), [3, 4]);
    let rest = first().update().set(Customer::VISITS, 2).execute(&pool).await.unwrap();
    assert_eq!((taken.len(), rest), (2, 3));
    tx.rollback().await.unwrap();
}
