//! Reading: by key, by filter, in an order, some of the rows.

use ormgen_runtime::{Error, Filter, prelude::*, types::Decimal};
use ormgen_tests::generated::shop::{
    crm::{ActiveCustomer, Customer, Tier},
    orders::{Item, NewProductTag, NewTag, Order, OrderStatus, Product, ProductTag, Tag},
};
use serde_json::json;

use crate::support::{Shop, customer, order, products};

#[tokio::test]
async fn find_by_every_sort_of_key() {
    let shop = Shop::open().await;
    products(&shop.dbs, &["A-1", "B-2"]).await;
    let placed = order(&shop.dbs, 7, &["A-1", "B-2"]).await;
    let tag = Tag::insert(NewTag { name: "new".into() }).one(&shop.dbs).await.unwrap();
    let tagged = NewProductTag { product_sku: "A-1".into(), tag_id: tag.id };
    let tagged = ProductTag::insert(tagged).one(&shop.dbs).await.unwrap();

    assert_eq!(Order::find(placed.id).one(&shop.dbs).await.unwrap(), placed);
    assert_eq!(Product::find("B-2").one(&shop.dbs).await.unwrap().sku, "B-2");
    assert_eq!(Product::find("B-2".to_owned()).one(&shop.dbs).await.unwrap().sku, "B-2");
    assert_eq!(Item::find((placed.id, 2)).one(&shop.dbs).await.unwrap().sku, "B-2");
    assert_eq!(ProductTag::find(tagged.key()).one(&shop.dbs).await.unwrap(), tagged);

    assert_eq!(Order::find(0).optional(&shop.dbs).await.unwrap(), None);
    assert_eq!(Item::find((placed.id, 9)).optional(&shop.dbs).await.unwrap(), None);
    // Not even a key that breaks its domain's check is more than not found.
    assert_eq!(Product::find("no sku").optional(&shop.dbs).await.unwrap(), None);
    let error = Order::find(0).one(&shop.dbs).await.unwrap_err();
    assert!(matches!(&error, Error::NotFound { model: "Order", .. }), "{error}");
    assert_eq!(error.to_string(), "connection `orders`: no `Order` was found");
    let locked = shop.dbs.orders.transaction(async |tx| Order::find(placed.id).for_update().one(tx).await);
    assert_eq!(locked.await.unwrap().id, placed.id);
}

/// Five customers, of whom much differs.
async fn five() -> Shop {
    let shop = Shop::open().await;
    shop.crm
        .batch(
            r#"INSERT INTO customers (email, name, tier, active, visits, settings, tags, referrer_id, born_on)
               VALUES ('ada@a.org', 'Ada', 'gold', true, 10, '{"n": 1}', '{x,y}', NULL, '1990-01-01'),
                      ('bob@b.org', 'bob', 'silver', false, 5, '{}', '{}', 1, NULL),
                      ('50@c.org', '50% off', 'bronze', true, 0, '{}', '{}', 1, '2000-02-29'),
                      ('505@c.org', '505 off', 'bronze', true, 3, '{}', '{}', 2, '2000-12-31'),
                      ('path@d.org', 'c:\dir_1', 'bronze', false, 7, '{}', '{}', NULL, NULL)"#,
        )
        .await;
    shop
}

/// The rows that a filter lets through, by number.
async fn through(shop: &Shop, filter: Filter<Customer>) -> Vec<i64> {
    let query = Customer::query().filter(filter).order_by(Customer::ID.asc());
    query.all(&shop.dbs).await.unwrap().into_iter().map(|customer| customer.id).collect()
}

#[tokio::test]
async fn filters() {
    let shop = five().await;
    let date = |text: &str| text.parse::<ormgen_runtime::types::NaiveDate>().unwrap();
    let cases: Vec<(Filter<Customer>, &[i64])> = vec![
        // Each comparison, on each sort of type.
        (Customer::ID.eq(2), &[2]),
        (Customer::ID.ne(2), &[1, 3, 4, 5]),
        (Customer::VISITS.lt(5), &[3, 4]),
        (Customer::VISITS.lte(5), &[2, 3, 4]),
        (Customer::VISITS.gt(5), &[1, 5]),
        (Customer::VISITS.gte(5), &[1, 2, 5]),
        (Customer::EMAIL.eq("ada@a.org"), &[1]),
        (Customer::EMAIL.eq("ada@a.org".to_owned()), &[1]),
        (Customer::TIER.eq(Tier::Bronze), &[3, 4, 5]),
        (Customer::TIER.gt(Tier::Bronze), &[1, 2]),
        (Customer::SETTINGS.eq(json!({ "n": 1 })), &[1]),
        (Customer::TAGS.eq(vec!["x".to_owned(), "y".to_owned()]), &[1]),
        (Customer::BORN_ON.eq(date("2000-02-29")), &[3]),
        (Customer::BORN_ON.gt(date("1999-12-31")), &[3, 4]),
        (Customer::ACTIVE.eq(false), &[2, 5]),
        // Sets and spans.
        (Customer::ID.is_in([1, 4, 99]), &[1, 4]),
        (Customer::ID.is_in([0; 0]), &[]),
        (Customer::ID.not_in([1, 4]), &[2, 3, 5]),
        (Customer::ID.not_in(Vec::<i64>::new()), &[1, 2, 3, 4, 5]),
        (Customer::TIER.is_in([Tier::Gold, Tier::Silver]), &[1, 2]),
        (Customer::EMAIL.is_in(["ada@a.org".to_owned(), "bob@b.org".to_owned()]), &[1, 2]),
        (Customer::VISITS.between(3, 7), &[2, 4, 5]),
        (Customer::VISITS.between(7, 3), &[]),
        // NULL equals nothing.
        (Customer::REFERRER_ID.is_null(), &[1, 5]),
        (Customer::REFERRER_ID.is_not_null(), &[2, 3, 4]),
        (Customer::REFERRER_ID.eq(1), &[2, 3]),
        (Customer::REFERRER_ID.ne(1), &[4]),
        (not(Customer::REFERRER_ID.eq(1)), &[4]),
        (Customer::REFERRER_ID.is_in([1, 2]), &[2, 3, 4]),
        // Text.
        (Customer::NAME.like("%d%"), &[1, 5]),
        (Customer::NAME.like("___"), &[1, 2]),
        (Customer::NAME.ilike("B%"), &[2]),
        (Customer::NAME.like("50% off"), &[3, 4]),
        (Customer::NAME.contains("50% o"), &[3]),
        (Customer::NAME.contains("r_1"), &[5]),
        (Customer::NAME.contains("i_"), &[]),
        (Customer::NAME.contains(r":\d"), &[5]),
        (Customer::NAME.contains(""), &[1, 2, 3, 4, 5]),
        (Customer::NAME.starts_with("50%"), &[3]),
        (Customer::NAME.starts_with(r"c:\"), &[5]),
        (Customer::NAME.ends_with("_1"), &[5]),
        (Customer::NAME.ends_with("5 off"), &[4]),
        (Customer::NAME.eq("' OR 1=1 --"), &[]),
        (Customer::EMAIL.like("%@c.org"), &[3, 4]),
        (Customer::EMAIL.ends_with("@c.org"), &[3, 4]),
        // Columns and arithmetic.
        (Customer::REFERRER_ID.eq(Customer::ID - 1), &[2]),
        (Customer::VISITS.eq(Customer::VISITS), &[1, 2, 3, 4, 5]),
        (Customer::EMAIL.eq(Customer::NAME), &[]),
        (Customer::UPDATED_AT.lte(Customer::CREATED_AT), &[1, 2, 3, 4, 5]),
        ((Customer::VISITS + 1).eq(4), &[4]),
        (((Customer::VISITS + 1) * 2).eq(12), &[2]),
        ((Customer::VISITS + Customer::VISITS * 2).eq(9), &[4]),
        ((Customer::VISITS - 1 - 1).eq(1), &[4]),
        ((Customer::VISITS / 2).eq(5), &[1]),
        // Composition: what is written together stays together.
        (Customer::ACTIVE.eq(true).and(Customer::VISITS.gt(0)), &[1, 4]),
        (Customer::ID.eq(1).or(Customer::ID.eq(2)).and(Customer::ACTIVE), &[1]),
        (Customer::ID.eq(1).or(Customer::ID.eq(2).and(Customer::ACTIVE)), &[1]),
        (Customer::ACTIVE.eq(false).and(Customer::ID.eq(2).or(Customer::ID.eq(1))), &[2]),
        (not(Customer::ACTIVE), &[2, 5]),
        (not(Customer::ACTIVE.eq(true).or(Customer::ID.eq(5))), &[2]),
        (not(Customer::ACTIVE).or(Customer::ID.eq(1)), &[1, 2, 5]),
        (!(Customer::ID.eq(1)).and(Customer::ID.lt(3)), &[2, 3, 4, 5]),
        (!!Customer::ID.eq(1), &[1]),
    ];
    for (filter, expected) in cases {
        let shown = format!("{filter:?}");
        assert_eq!(through(&shop, filter).await, expected, "{shown}");
    }
    // A column that is a condition by itself, and filters one after the other.
    let query = Customer::query().filter(Customer::ACTIVE).filter(Customer::ID.gt(1).or(Customer::ID.lt(0)));
    assert_eq!(query.count(&shop.dbs).await.unwrap(), 2);
}

#[tokio::test]
async fn filters_on_numbers_and_keywords() {
    let shop = Shop::open().await;
    products(&shop.dbs, &["A-1", "B-2"]).await;
    let gold = Product::query().filter(Product::PRICE.gte(Decimal::TEN));
    assert_eq!(gold.count(&shop.dbs).await.unwrap(), 2);
    let dear = Product::query().filter(Product::GROSS_PRICE.gt(Product::PRICE * Decimal::TWO));
    assert_eq!(dear.count(&shop.dbs).await.unwrap(), 0);
    let skus = Product::query().filter(Product::SKU.is_in(["B-2".to_owned()]));
    assert_eq!(skus.one(&shop.dbs).await.unwrap().sku, "B-2");
    let prices = Product::query().filter(Product::PRICE.is_in([Decimal::TEN]));
    assert_eq!(prices.count(&shop.dbs).await.unwrap(), 2);
    let orders = Order::query().filter(Order::STATUS.not_in([OrderStatus::Open]));
    assert!(!orders.exists(&shop.dbs).await.unwrap());
}

#[tokio::test]
async fn order_limit_and_offset() {
    let shop = five().await;
    let ids = async |query: Vec<Customer>| query.into_iter().map(|customer| customer.id).collect::<Vec<_>>();
    let cases: Vec<(Vec<ormgen_runtime::OrderBy<Customer>>, &[i64])> = vec![
        (vec![Customer::VISITS.asc()], &[3, 4, 2, 5, 1]),
        (vec![Customer::VISITS.desc()], &[1, 5, 2, 4, 3]),
        (vec![Customer::TIER.desc(), Customer::ID.desc()], &[1, 2, 5, 4, 3]),
        (vec![Customer::REFERRER_ID.asc(), Customer::ID.asc()], &[2, 3, 4, 1, 5]),
        (vec![Customer::REFERRER_ID.desc(), Customer::ID.asc()], &[1, 5, 4, 2, 3]),
        (vec![Customer::REFERRER_ID.asc().nulls_first(), Customer::ID.asc()], &[1, 5, 2, 3, 4]),
        (vec![Customer::REFERRER_ID.desc().nulls_last(), Customer::ID.asc()], &[4, 2, 3, 1, 5]),
        (vec![(Customer::VISITS * -1).asc()], &[1, 5, 2, 4, 3]),
        (vec![Customer::ACTIVE.desc(), (Customer::ID * 3).desc()], &[4, 3, 1, 5, 2]),
        (vec![(-Customer::ID).asc()], &[5, 4, 3, 2, 1]),
    ];
    for (order, expected) in cases {
        let query = order.into_iter().fold(Customer::query(), |query, order| query.order_by(order));
        assert_eq!(ids(query.all(&shop.dbs).await.unwrap()).await, expected);
    }
    let page = |limit, offset| Customer::query().order_by(Customer::ID.asc()).limit(limit).offset(offset);
    for (limit, offset, expected) in
        [(2, 0, &[1, 2][..]), (2, 2, &[3, 4]), (2, 4, &[5]), (2, 6, &[]), (0, 0, &[]), (i64::MAX, 3, &[4, 5])]
    {
        assert_eq!(ids(page(limit, offset).all(&shop.dbs).await.unwrap()).await, expected);
        assert_eq!(page(limit, offset).count(&shop.dbs).await.unwrap(), expected.len() as i64);
        assert_eq!(page(limit, offset).exists(&shop.dbs).await.unwrap(), !expected.is_empty());
    }
    // A filter may be added after a limit; it comes first, as in SQL.
    let query = page(1, 0).filter(Customer::ID.gt(3));
    assert_eq!(ids(query.all(&shop.dbs).await.unwrap()).await, [4]);
}

#[tokio::test]
async fn one_optional_and_first() {
    let shop = five().await;
    let none = || Customer::query().filter(Customer::ID.eq(0));
    let one = || Customer::query().filter(Customer::ID.eq(2));
    let several = || Customer::query().order_by(Customer::ID.desc());

    assert_eq!(one().one(&shop.dbs).await.unwrap().name, "bob");
    assert_eq!(one().optional(&shop.dbs).await.unwrap().unwrap().name, "bob");
    assert_eq!(none().optional(&shop.dbs).await.unwrap(), None);
    assert_eq!(none().first(&shop.dbs).await.unwrap(), None);
    assert_eq!(several().first(&shop.dbs).await.unwrap().unwrap().id, 5);
    assert_eq!(several().limit(0).first(&shop.dbs).await.unwrap(), None);
    assert_eq!(several().offset(4).one(&shop.dbs).await.unwrap().id, 1);
    assert_eq!(several().limit(1).one(&shop.dbs).await.unwrap().id, 5);

    assert!(matches!(none().one(&shop.dbs).await, Err(Error::NotFound { model: "Customer", .. })));
    for error in
        [several().one(&shop.dbs).await.unwrap_err(), several().optional(&shop.dbs).await.unwrap_err()]
    {
        assert!(matches!(error, Error::TooManyRows { model: "Customer", .. }), "{error}");
        assert_eq!(error.connection(), Some("crm"));
    }
    assert!(!none().exists(&shop.dbs).await.unwrap());
    assert!(several().exists(&shop.dbs).await.unwrap());
    assert_eq!((none().count(&shop.dbs).await.unwrap(), several().count(&shop.dbs).await.unwrap()), (0, 5));
}

#[tokio::test]
async fn a_view_is_read_like_a_table() {
    let shop = five().await;
    let active = ActiveCustomer::query().filter(ActiveCustomer::TIER.eq(Tier::Gold));
    let active = active.one(shop.dbs.crm.read_only()).await.unwrap();
    assert_eq!((active.id, active.email.as_deref()), (Some(1), Some("ada@a.org")));
    assert_eq!(ActiveCustomer::query().count(&shop.dbs).await.unwrap(), 3);
}

#[tokio::test]
async fn queries_run_at_the_same_time() {
    let shop = Shop::open().await;
    Customer::insert(customer("Ada")).execute(&shop.dbs).await.unwrap();
    let (customers, orders, one) = tokio::join!(
        Customer::query().all(&shop.dbs),
        Order::query().all(&shop.dbs),
        Customer::query().one(&shop.dbs),
    );
    assert_eq!((customers.unwrap().len(), orders.unwrap().len()), (1, 0));
    assert_eq!(one.unwrap().name, "Ada");
    // On one transaction they are sent one after the other without waiting.
    let tx = shop.dbs.crm.begin().await.unwrap();
    let (inserted, count) =
        tokio::join!(Customer::insert(customer("Bob")).one(&tx), Customer::query().count(&tx));
    inserted.unwrap();
    assert!((1..=2).contains(&count.unwrap()));
    tx.commit().await.unwrap();
}
