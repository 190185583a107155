//! Orders: read by pages, one by one and all at once; placed and paid.

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State},
    response::IntoResponse,
};
use futures_util::TryStreamExt as _;
use ormgen_runtime::{Isolation, Page, Retries, TransactionOptions, prelude::*, types::Decimal};
use serde::{Deserialize, Serialize};

use crate::{
    db::{
        Databases,
        crm::Customer,
        orders::{Item, NewItem, NewOrder, Order, OrderStatus, OrderTotal, Product},
    },
    error::AppError,
};

/// `GET /orders?status=paid&after=17&limit=20`.
#[derive(Deserialize)]
pub struct PageRequest {
    status: Option<OrderStatus>,
    after: Option<i64>,
    limit: Option<u64>,
}

/// The orders after a key, each with its customer and its lines: three statements for a page of any size.
pub async fn page(
    State(dbs): State<Databases>,
    Query(request): Query<PageRequest>,
) -> Result<Json<Page<(Order, Option<Customer>, Vec<Item>), i64>>, AppError> {
    let mut query = Order::query();
    if let Some(status) = request.status {
        query = query.filter(Order::STATUS.eq(status));
    }
    let limit = request.limit.unwrap_or(20).clamp(1, 100);
    let page = query.keyset(Order::ID).with(Order::CUSTOMER).with(Order::ITEMS).after(request.after);
    Ok(Json(page.limit(limit).page(&dbs).await?))
}

/// An order and what it comes to.
#[derive(Serialize)]
pub struct OrderAnswer {
    #[serde(flatten)]
    order: Order,
    customer: Option<Customer>,
    lines: i64,
    sum: Decimal,
}

/// `GET /orders/7`. The sum is a view's, from which a relation of the manifest leads to the order.
pub async fn one(State(dbs): State<Databases>, Path(id): Path<i64>) -> Result<Json<OrderAnswer>, AppError> {
    let total = OrderTotal::query().filter(OrderTotal::ORDER.column(Order::ID).eq(id)).one(&dbs);
    let order = Order::query().filter(Order::ID.eq(id)).with(Order::CUSTOMER).one(&dbs);
    let (total, (order, customer)) = tokio::try_join!(total, order)?;
    let (lines, sum) = (total.lines.unwrap_or_default(), total.total.unwrap_or_default());
    Ok(Json(OrderAnswer { order, customer, lines, sum }))
}

/// `GET /orders/export`: every order, a line of JSON each, in constant memory.
pub async fn export(State(dbs): State<Databases>) -> Result<impl IntoResponse, AppError> {
    let orders = Order::query().order_by(Order::ID.asc()).stream_owned(dbs).await?;
    let lines = orders.map_err(std::io::Error::other).and_then(async |order| {
        let line = serde_json::to_string(&order).map_err(std::io::Error::other)?;
        Ok(line + "\n")
    });
    Ok(([("content-type", "application/x-ndjson")], Body::from_stream(lines)))
}

/// What a customer orders.
#[derive(Deserialize)]
pub struct OrderRequest {
    customer_id: i64,
    /// Left out, the order is open.
    status: Option<OrderStatus>,
    items: Vec<ItemRequest>,
}

/// A line of it.
#[derive(Deserialize)]
pub struct ItemRequest {
    sku: String,
    /// Left out, it is the column's default.
    quantity: Option<i32>,
}

/// `POST /orders`: an order with its lines, or nothing.
pub async fn place(
    State(dbs): State<Databases>,
    Json(request): Json<OrderRequest>,
) -> Result<Json<Order>, AppError> {
    let customer = Customer::find(request.customer_id).one(&dbs).await?;
    let order = dbs
        .orders
        .try_transaction(async |tx| {
            let new = NewOrder { customer_id: customer.id }.set_some(Order::STATUS, request.status);
            let order = Order::insert(new).one(tx).await?;
            let mut rows = Vec::with_capacity(request.items.len());
            for (line_no, item) in (1..).zip(&request.items) {
                let product = Product::find(item.sku.as_str()).one(tx).await?;
                if !product.available {
                    return Err(AppError::Refused("a product is not on sale"));
                }
                let new = NewItem { order_id: order.id, line_no, sku: product.sku, price: product.price };
                rows.push(new.set_some(Item::QUANTITY, item.quantity));
            }
            Item::insert_many(rows).execute(tx).await?;
            Ok(order)
        })
        .await?;
    Ok(Json(order))
}

/// `POST /orders/7/pay`: an open order is paid, once, whoever else is at it.
pub async fn pay(State(dbs): State<Databases>, Path(id): Path<i64>) -> Result<Json<Order>, AppError> {
    let options = TransactionOptions::new().isolation(Isolation::Serializable);
    let order = dbs
        .orders
        .try_retry(options, Retries::new(5), async |tx| {
            let order = Order::find(id).one(tx).await?;
            match order.status {
                OrderStatus::Open => Ok(order.update().set(Order::STATUS, OrderStatus::Paid).one(tx).await?),
                _ => Err(AppError::Refused("only an open order can be paid")),
            }
        })
        .await?;
    Ok(Json(order))
}
