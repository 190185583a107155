//! Rows with what belongs to them, and how many statements that takes.

use ormgen_runtime::{Error, config::ConnectionConfig, prelude::*, types::NaiveDate};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{Address, Customer, LoyaltyCard, NewAddress, NewLoyaltyCard},
        orders::{
            Category, Clerk, Invoice, Item, NewCategory, NewClerk, NewInvoice, NewShipment, Order, Product,
            Shipment,
        },
    },
    server::TestDb,
};

use crate::support::{Shop, ask_counted, customer, order, products};

/// Three customers, the first of whom brought the others; two orders of the first, one of someone unknown.
pub async fn filled() -> Shop {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let ada = Customer::insert(customer("Ada")).one(dbs).await.unwrap();
    for name in ["Bob", "Eve"] {
        Customer::insert(customer(name)).set(Customer::REFERRER_ID, ada.id).execute(dbs).await.unwrap();
    }
    let address = NewAddress {
        customer_id: ada.id,
        street: "Main Street 1".into(),
        postcode: "1234 AB".into(),
        city: "Utrecht".into(),
    };
    Address::insert(address).execute(dbs).await.unwrap();
    let expires_on = NaiveDate::from_ymd_opt(2030, 1, 1).unwrap();
    LoyaltyCard::insert(NewLoyaltyCard { customer_id: 2, expires_on }).execute(dbs).await.unwrap();

    products(dbs, &["A-1", "B-2"]).await;
    for (customer, skus) in [(ada.id, &["A-1", "B-2"][..]), (ada.id, &["A-1"]), (99, &[])] {
        order(dbs, customer, skus).await;
    }
    for line_no in [1, 1, 2] {
        let shipment = NewShipment { order_id: 1, line_no, sent_at: None };
        Shipment::insert(shipment).execute(dbs).await.unwrap();
    }
    for name in ["Kim", "Lee"] {
        Clerk::insert(NewClerk { name: name.into() }).execute(dbs).await.unwrap();
    }
    let invoice = NewInvoice { order_id: 2, created_by: 1, approved_by: None };
    Invoice::insert(invoice).execute(dbs).await.unwrap();
    for db in [&shop.crm, &shop.orders] {
        db.batch("CREATE EXTENSION pg_stat_statements").await;
    }
    shop
}

/// How many statements about tables of the shop this database got since this was last asked.
pub async fn statements(db: &TestDb) -> i64 {
    const SQL: &str = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND query LIKE 'SELECT %FROM public.%'";
    ask_counted(db, SQL).await
}

#[tokio::test]
async fn one_row_beside_each() {
    let shop = filled().await;
    let dbs = &shop.dbs;
    statements(&shop.orders).await;
    let query = Item::query().order_by(Item::ORDER_ID.asc()).order_by(Item::LINE_NO.asc());
    let lines: Vec<(Item, Product)> = query.with(Item::PRODUCT).all(dbs).await.unwrap();
    let lines: Vec<_> = lines.iter().map(|(item, product)| (item.order_id, product.name.as_str())).collect();
    assert_eq!(lines, [(1, "Product A-1"), (1, "Product B-2"), (2, "Product A-1")]);
    assert_eq!(statements(&shop.orders).await, 2);

    // By a key of two columns.
    let query = Shipment::query().order_by(Shipment::ID.asc()).with(Shipment::ITEM);
    let shipments: Vec<(Shipment, Item)> = query.all(dbs).await.unwrap();
    let shipments: Vec<_> = shipments.iter().map(|(_, item)| (item.order_id, item.line_no)).collect();
    assert_eq!(shipments, [(1, 1), (1, 1), (1, 2)]);
    assert_eq!(statements(&shop.orders).await, 2);
}

#[tokio::test]
async fn at_most_one_row_beside_each() {
    let shop = filled().await;
    let dbs = &shop.dbs;
    statements(&shop.crm).await;
    let query = Customer::query().order_by(Customer::ID.asc());
    // A table's own rows.
    let customers: Vec<(Customer, Option<Customer>)> = query.with(Customer::REFERRER).all(dbs).await.unwrap();
    let referrers: Vec<_> =
        customers.iter().map(|(_, referrer)| referrer.as_ref().map(|row| row.id)).collect();
    assert_eq!(referrers, [None, Some(1), Some(1)]);
    assert_eq!(statements(&shop.crm).await, 2);

    // The other end of a unique key.
    let query = Customer::query().order_by(Customer::ID.asc()).with(Customer::LOYALTY_CARD);
    let cards: Vec<_> = query.all(dbs).await.unwrap().into_iter().map(|(_, card)| card.is_some()).collect();
    assert_eq!(cards, [false, true, false]);

    let invoice = Invoice::query().with(Invoice::CREATED_BY_CLERK).with(Invoice::APPROVED_BY_CLERK);
    let (_, created, approved) = invoice.one(dbs).await.unwrap();
    assert_eq!((created.name.as_str(), approved), ("Kim", None));

    // Where no row points anywhere, nothing is asked.
    statements(&shop.crm).await;
    let ada = Customer::query().filter(Customer::ID.eq(1)).with(Customer::REFERRER).one(dbs).await.unwrap();
    assert_eq!((ada.1, statements(&shop.crm).await), (None, 1));
    let none = Customer::query().filter(Customer::ID.eq(0)).with(Customer::ADDRESSES).all(dbs).await.unwrap();
    assert_eq!((none.len(), statements(&shop.crm).await), (0, 1));
}

#[tokio::test]
async fn many_rows_beside_each() {
    let shop = filled().await;
    let dbs = &shop.dbs;
    statements(&shop.crm).await;
    let query = Customer::query().order_by(Customer::ID.asc()).with(Customer::CUSTOMERS_BY_REFERRER);
    let brought: Vec<(Customer, Vec<Customer>)> = query.all(dbs).await.unwrap();
    assert_eq!(brought.iter().map(|(_, rows)| rows.len()).collect::<Vec<_>>(), [2, 0, 0]);
    assert_eq!(statements(&shop.crm).await, 2);

    statements(&shop.orders).await;
    let query = Item::query().order_by(Item::ORDER_ID.asc()).order_by(Item::LINE_NO.asc());
    let shipments = query.with(Item::SHIPMENTS).all(dbs).await.unwrap();
    assert_eq!(shipments.iter().map(|(_, rows)| rows.len()).collect::<Vec<_>>(), [2, 1, 0]);
    // By a key of a domain over text.
    let query = Product::query().order_by(Product::SKU.asc()).with(Product::ITEMS);
    let items = query.all(dbs).await.unwrap();
    assert_eq!(items.iter().map(|(_, rows)| rows.len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(statements(&shop.orders).await, 4);

    let tools = Category::query().one(dbs).await.unwrap();
    let saws = NewCategory { parent_id: Some(tools.id), name: "Saws".into() };
    Category::insert(saws).execute(dbs).await.unwrap();
    let query = Category::query().order_by(Category::ID.asc());
    let query = query.with(Category::PARENT).with(Category::CATEGORIES_BY_PARENT).with(Category::PRODUCTS);
    let tree = query.all(dbs).await.unwrap();
    let tree: Vec<_> = tree
        .iter()
        .map(|(_, parent, children, products)| (parent.is_some(), children.len(), products.len()))
        .collect();
    assert_eq!(tree, [(false, 1, 2), (true, 0, 0)]);
}

#[tokio::test]
async fn references_reach_into_the_other_database() {
    let shop = filled().await;
    let dbs = &shop.dbs;
    for db in [&shop.crm, &shop.orders] {
        statements(db).await;
    }
    let query = Order::query().order_by(Order::ID.asc());
    let orders: Vec<(Order, Option<Customer>, Vec<Item>)> =
        query.with(Order::CUSTOMER).with(Order::ITEMS).all(dbs).await.unwrap();
    let seen: Vec<_> = orders
        .iter()
        .map(|(order, customer, items)| {
            (order.customer_id, customer.as_ref().map(|customer| customer.name.as_str()), items.len())
        })
        .collect();
    assert_eq!(seen, [(1, Some("Ada"), 2), (1, Some("Ada"), 1), (99, None, 0)]);
    assert_eq!((statements(&shop.orders).await, statements(&shop.crm).await), (2, 1));

    let query = Customer::query().order_by(Customer::ID.asc());
    let query = query.with(Customer::ORDERS).with(Customer::ADDRESSES).with(Customer::LOYALTY_CARD);
    let customers = query.all(dbs).await.unwrap();
    let seen: Vec<_> = customers
        .iter()
        .map(|(_, orders, addresses, card)| (orders.len(), addresses.len(), card.is_some()))
        .collect();
    assert_eq!(seen, [(2, 1, false), (0, 0, true), (0, 0, false)]);
    assert_eq!((statements(&shop.orders).await, statements(&shop.crm).await), (1, 3));
}

#[tokio::test]
async fn one_first_and_optional_load_no_more_than_they_give() {
    let shop = filled().await;
    let dbs = &shop.dbs;
    let query = || Order::query().order_by(Order::ID.desc()).with(Order::ITEMS);
    assert_eq!(query().first(dbs).await.unwrap().unwrap().0.id, 3);
    for error in [query().one(dbs).await.map(drop), query().optional(dbs).await.map(drop)] {
        assert!(matches!(error, Err(Error::TooManyRows { model: "Order", .. })));
    }
    let none = || Order::query().filter(Order::ID.eq(0)).with(Order::ITEMS);
    assert!(none().first(dbs).await.unwrap().is_none());
    assert!(none().optional(dbs).await.unwrap().is_none());
    assert!(matches!(none().one(dbs).await, Err(Error::NotFound { model: "Order", .. })));
    let one = Order::query().filter(Order::ID.eq(1)).with(Order::ITEMS).with(Order::INVOICE);
    let (_, items, invoice) = one.one(dbs).await.unwrap();
    assert_eq!((items.len(), invoice), (2, None));
}

/// Relations of one database load wherever its models do.
#[tokio::test]
async fn relations_load_in_a_transaction_and_on_a_pool_of_one() {
    let shop = filled().await;
    let tx = shop.dbs.orders.begin().await.unwrap();
    order(&shop.dbs, 1, &[]).await;
    Item::query().delete().execute(&tx).await.unwrap_err(); // shipments point to them
    drop(tx);
    let tx = shop.dbs.orders.begin().await.unwrap();
    Shipment::query().delete().execute(&tx).await.unwrap();
    let query = || Item::query().with(Item::PRODUCT).with(Item::ORDER).with(Item::SHIPMENTS);
    let inside = query().all(&tx).await.unwrap();
    assert!(inside.iter().all(|(_, _, _, shipments)| shipments.is_empty()));
    tx.rollback().await.unwrap();
    let outside = query().all(&shop.dbs.orders).await.unwrap();
    assert_eq!(outside.iter().map(|(_, _, _, shipments)| shipments.len()).sum::<usize>(), 3);

    let [crm, eu, orders] = [("crm", &shop.crm), ("crm_eu", &shop.crm_eu), ("orders", &shop.orders)]
        .map(|(alias, db)| ConnectionConfig::new(alias, db.url()).max_size(1));
    let narrow = Databases::lazy(vec![crm, eu, orders]).unwrap();
    assert_eq!(crate::support::soon(query().all(&narrow)).await.unwrap().len(), 3);
    assert_eq!(query().all(narrow.orders.read_only()).await.unwrap().len(), 3);
}

/// A row that went between the two statements: its foreign key can break only where it was broken on purpose.
#[tokio::test]
async fn a_missing_row_is_an_error_that_names_its_model() {
    let shop = filled().await;
    shop.crm.batch("ALTER TABLE addresses DROP CONSTRAINT addresses_customer_id_fkey").await;
    shop.crm.batch("UPDATE addresses SET customer_id = 99").await;
    let error = Address::query().with(Address::CUSTOMER).all(&shop.dbs).await.unwrap_err();
    let Error::Dangling { model: "Customer", column: "customer_id", missing: 1, .. } = &error else {
        panic!("{error}")
    };
}
