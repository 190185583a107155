//! Conditions, columns and sums across relations, joins and subqueries: the rows are those that plain Rust finds, and
//! each query is one statement.

mod columns;
mod conditions;
mod joins;

use ormgen_runtime::{prelude::*, types::Decimal};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{Address, Customer, LoyaltyCard, NewAddress, NewLoyaltyCard},
        orders::{
            Category, Clerk, Invoice, Item, NewCategory, NewClerk, NewInvoice, NewItem, NewOrder, NewProduct,
            NewShipment, Order, OrderStatus, Product, Shipment,
        },
    },
    server::TestDb,
};

use crate::support::{Shop, ask_counted, customer};

/// Orders with and without lines, lines with and without shipments, products in a tree of categories.
async fn orders() -> Shop {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    for (parent_id, name) in [(None, "All"), (Some(1), "Tools"), (Some(2), "Saws"), (None, "Books")] {
        let category = NewCategory { parent_id, name: name.into() };
        Category::insert(category).execute(dbs).await.unwrap();
    }
    for (sku, category_id, price, weight) in [
        ("A-1", 3, 1000, Some(1.5)),
        ("B-2", 3, 250, None),
        ("C-3", 1, 4000, Some(0.2)),
        ("D-4", 4, 90, None),
    ] {
        let name = format!("Product {sku}");
        let product =
            NewProduct { sku: sku.into(), category_id, name, price: Decimal::new(price, 2), weight };
        Product::insert(product).execute(dbs).await.unwrap();
    }
    let lines: [&[(&str, i32, i64)]; 5] = [
        &[("A-1", 1, 900), ("B-2", 6, 250)],
        &[("A-1", 2, 1000)],
        &[],
        &[("B-2", 9, 200), ("C-3", 1, 4000), ("A-1", 5, 1100)],
        &[("C-3", 6, 3900)],
    ];
    for (customer_id, lines) in (1..).zip(lines) {
        let status = if customer_id % 2 == 0 { OrderStatus::Paid } else { OrderStatus::Open };
        let order = Order::insert(NewOrder { customer_id }).set(Order::STATUS, status);
        let order = order.set(Order::TOTAL, Decimal::new(1000, 2)).one(dbs).await.unwrap();
        for (line_no, (sku, quantity, price)) in (1..).zip(lines) {
            let price = Decimal::new(*price, 2);
            let item = NewItem { order_id: order.id, line_no, sku: (*sku).into(), price };
            Item::insert(item).set(Item::QUANTITY, *quantity).execute(dbs).await.unwrap();
        }
    }
    for (order_id, line_no) in [(1, 1), (1, 1), (4, 2)] {
        Shipment::insert(NewShipment { order_id, line_no, sent_at: None }).execute(dbs).await.unwrap();
    }
    for name in ["Kim", "Lee"] {
        Clerk::insert(NewClerk { name: name.into() }).execute(dbs).await.unwrap();
    }
    for (order_id, created_by, approved_by) in [(1, 1, None), (2, 1, Some(2)), (4, 2, Some(2))] {
        let invoice = NewInvoice { order_id, created_by, approved_by };
        Invoice::insert(invoice).execute(dbs).await.unwrap();
    }
    shop.orders.batch("CREATE EXTENSION pg_stat_statements").await;
    shop
}

/// Everyone but Ada was brought by somebody; only Ada has addresses.
async fn customers() -> Shop {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    for (name, referrer) in
        [("Ada", None), ("Bob", Some(1)), ("Cy", Some(2)), ("Dee", Some(1)), ("Eve", Some(4))]
    {
        let insert = Customer::insert(customer(name)).set(Customer::REFERRER_ID, referrer);
        insert.set(Customer::VISITS, 10 - name.len() as i32).execute(dbs).await.unwrap();
    }
    Customer::query()
        .filter(Customer::ID.lte(2))
        .update()
        .set(Customer::VISITS, 3)
        .execute(dbs)
        .await
        .unwrap();
    let (street, postcode) = ("Main Street 1".to_owned(), "1234 AB".to_owned());
    let address = NewAddress { customer_id: 1, street, postcode, city: "Utrecht".into() };
    Address::insert(address).execute(dbs).await.unwrap();
    let card = NewLoyaltyCard { customer_id: 3, expires_on: "2030-01-01".parse().unwrap() };
    LoyaltyCard::insert(card).set(LoyaltyCard::POINTS, 50).execute(dbs).await.unwrap();
    shop
}

/// The statements that this database got since this was last asked, as it keeps them, each as often as it came.
async fn statements(db: &TestDb) -> Vec<String> {
    const SQL: &str = "SELECT coalesce(array_agg(query ORDER BY query), '{}') 
         FROM pg_stat_statements, generate_series(1, calls)
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND query LIKE '%public.%'";
    ask_counted(db, SQL).await
}

/// The only statement since this was last asked.
async fn statement(db: &TestDb) -> String {
    let statements = statements(db).await;
    assert_eq!(statements.len(), 1, "{statements:?}");
    statements.into_iter().next().unwrap()
}

/// All rows of the second database, for plain Rust.
struct Tables {
    orders: Vec<Order>,
    items: Vec<Item>,
    products: Vec<Product>,
    shipments: Vec<Shipment>,
    invoices: Vec<Invoice>,
}

impl Tables {
    async fn read(dbs: &Databases) -> Self {
        Self {
            orders: Order::query().order_by(Order::ID.asc()).all(dbs).await.unwrap(),
            items: Item::query()
                .order_by(Item::ORDER_ID.asc())
                .order_by(Item::LINE_NO.asc())
                .all(dbs)
                .await
                .unwrap(),
            products: Product::query().all(dbs).await.unwrap(),
            shipments: Shipment::query().order_by(Shipment::ID.asc()).all(dbs).await.unwrap(),
            invoices: Invoice::query().all(dbs).await.unwrap(),
        }
    }

    fn items_of(&self, order: &Order) -> impl Iterator<Item = &Item> {
        let id = order.id;
        self.items.iter().filter(move |item| item.order_id == id)
    }

    fn product(&self, item: &Item) -> &Product {
        self.products.iter().find(|product| product.sku == item.sku).unwrap()
    }

    fn order(&self, item: &Item) -> &Order {
        self.orders.iter().find(|order| order.id == item.order_id).unwrap()
    }

    fn item(&self, shipment: &Shipment) -> &Item {
        let key = (shipment.order_id, shipment.line_no);
        self.items.iter().find(|item| (item.order_id, item.line_no) == key).unwrap()
    }

    fn invoice(&self, order: &Order) -> Option<&Invoice> {
        self.invoices.iter().find(|invoice| invoice.order_id == order.id)
    }

    fn ids(&self, holds: impl Fn(&Order) -> bool) -> Vec<i64> {
        self.orders.iter().filter(|order| holds(order)).map(|order| order.id).collect()
    }
}
