//! A shop whose customers and orders are in two databases, with code that is generated at build time.
//!
//! Run it with `CRM_URL` and `ORDERS_URL`, after loading `schemas/shop/crm.sql` into one and the migrations in
//! `schemas/shop/orders` into the other.

/// What `build.rs` generated.
mod db {
    include!(concat!(env!("OUT_DIR"), "/databases.rs"));
}

use db::{
    Databases,
    crm::{Customer, NewCustomer},
    orders::{NewOrder, Order, OrderStatus},
};
use ormgen_runtime::{Result, prelude::*};

#[tokio::main]
async fn main() -> Result<()> {
    // No manifest is needed at run time: the settings are those of the time of the build.
    let dbs = Databases::from_env().await?;

    let ada =
        NewCustomer { email: "ada@example.org".into(), name: "Ada".into(), referrer_id: None, born_on: None };
    let ada = Customer::insert(ada).set(Customer::VISITS, 1).one(&dbs).await?;
    Order::insert(NewOrder { customer_id: ada.id }).set(Order::STATUS, OrderStatus::Paid).one(&dbs).await?;

    let orders = Order::query().filter(Order::STATUS.eq(OrderStatus::Paid)).with(Order::CUSTOMER);
    for (order, customer) in orders.all(&dbs).await? {
        let name = customer.map_or_else(|| "nobody we know".into(), |customer| customer.name);
        println!("order {} was placed by {name}", order.id);
    }

    dbs.close().await;
    Ok(())
}
