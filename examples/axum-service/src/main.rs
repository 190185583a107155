//! A web service over two databases: `PORT=8080 cargo run -p axum-service`.

mod admin;
mod db;
mod error;
mod orders;

use axum::{
    Router,
    routing::{get, post},
};
use ormgen_runtime::prelude::*;
use tokio::net::TcpListener;

use crate::db::Databases;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dbs = Databases::from_env().await?;
    dbs.verify().await?;
    let port = std::env::var("PORT").unwrap_or_else(|_| "0".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app(dbs)).await?;
    Ok(())
}

/// The routes. Each request has a clone of the databases, which shares their pools.
fn app(dbs: Databases) -> Router {
    Router::new()
        .route("/orders", get(orders::page).post(orders::place))
        .route("/orders/export", get(orders::export))
        .route("/orders/{id}", get(orders::one))
        .route("/orders/{id}/pay", post(orders::pay))
        .route("/admin/customers", get(admin::customers))
        .route("/admin/orders", get(admin::orders))
        .route("/admin/products", get(admin::products))
        .with_state(dbs)
}
