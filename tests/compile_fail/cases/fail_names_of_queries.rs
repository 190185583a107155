//! Names that SQL and other libraries have for what a query does.

use ormgen_misuse::shop::{
    Databases,
    crm::Customer,
    orders::{Item, Order, Product},
};
use ormgen_runtime::{Result, functions, prelude::*};

fn rows(id: i64) {
    let _ = Customer::query().where_(Customer::ID.eq(id)).limit(3);
    let _ = Customer::query().filter(Customer::ID.eq(id)).or_filter(Customer::ID.eq(3));
    let _ = Customer::query().exclude(Customer::ID.eq(id));
    let _ = Customer::query().get(id);
    let _ = Customer::query().find_by_id(id);
    let _ = Customer::query().take(3).offset(3);
    let _ = Customer::query().skip(3).limit(3);
    let _ = Customer::query().order_by_desc(Customer::NAME);
    let _ = Customer::query().distinct();
    let _ = Customer::query().paginate(20);
    let _ = Customer::query().for_update_skip_locked();
}

fn columns() {
    let _ = Customer::query().select_only().column(Customer::ID);
    let _ = Customer::query().select(Customer::ID).into_tuple::<i64>();
    let _ = Customer::query().select(Customer::ID).into_model::<i64>();
    let _ = Customer::query().having(functions::count().gt(1));
}

fn related() {
    let _ = Item::query().inner_join(Item::ORDER);
    let _ = Customer::query().find_also_related(Customer::REFERRER);
    let _ = Order::query().prefetch_related(Order::ITEMS).limit(3);
    let _ = Order::query().with(Order::ITEMS.count());
    let _ = Order::query().filter(Order::CUSTOMER.eq(3).and(Order::ID.gt(3)));
    let _ = Order::query().filter(Order::ITEMS.is_null()).order_by(Order::CUSTOMER.desc());
    let _ = Product::query().filter(Product::TAGS.has("new"));
    let _ = Order::query().filter(Order::ITEMS.len().gt(2));
    let _ = Order::query().annotate(Order::ITEMS.count()).annotate(Order::ITEMS.sum(Item::PRICE));
    let _ = Item::query().join(Item::ORDER).select((Item::SKU, Order::STATUS));
}

async fn run(dbs: &Databases) -> Result<()> {
    let all: Vec<Customer> = Customer::query().fetch_all(dbs).await?;
    let collected: Vec<Customer> = Customer::query().collect();
    let one: Customer = Customer::find(3).fetch_one(dbs).await?;
    let optional: Option<Customer> = Customer::find(3).fetch_optional(dbs).await?;
    let rows = Customer::query().fetch(dbs);
    Customer::query().execute(dbs).await?;
    Customer::query().select(Customer::ID).exec(dbs).await?;
    let count: i64 = Customer::query().count_all(dbs).await?;
    Customer::query().set(Customer::VISITS, 3).execute(dbs).await?;
    Customer::query().delete_all(dbs).await?;
    Customer::query().using_db(&dbs.crm).all(dbs).await?;
    let last = Order::query().max(Order::PLACED_AT).one(dbs).await?;
    let sum = Order::query().filter(Order::ID.gt(3)).sum(Order::TOTAL).one(dbs).await?;
    Ok(())
}

fn main() {}
