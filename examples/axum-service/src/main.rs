//! A web service over two databases: `PORT=8080 cargo run -p axum-service`.

mod admin;
mod db;
mod error;
mod orders;
mod watch;

use axum::{
    Router,
    routing::{get, post},
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use ormgen_runtime::prelude::*;
use tokio::net::TcpListener;

use crate::db::Databases;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recorder = PrometheusBuilder::new().install_recorder()?;
    let dbs = Databases::from_env().await?;
    dbs.verify().await?;
    let port = std::env::var("PORT").unwrap_or_else(|_| "0".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on {}", listener.local_addr()?);
    // No new requests; those that are under way are answered. Then no new statements; those that run may end.
    axum::serve(listener, app(dbs.clone(), recorder)).with_graceful_shutdown(asked_to_stop()).await?;
    let closed = dbs.close().await;
    println!("closed; connections that were not given back: {}", closed.left.len());
    Ok(())
}

/// The routes. Each request has a clone of the databases, which shares their pools.
fn app(dbs: Databases, recorder: PrometheusHandle) -> Router {
    Router::new()
        .route("/orders", get(orders::page).post(orders::place))
        .route("/orders/export", get(orders::export))
        .route("/orders/{id}", get(orders::one))
        .route("/orders/{id}/pay", post(orders::pay))
        .route("/health", get(watch::health))
        .route("/admin/customers", get(admin::customers))
        .route("/admin/orders", get(admin::orders))
        .route("/admin/products", get(admin::products))
        .with_state(dbs)
        .route("/metrics", get(watch::metrics).with_state(recorder))
}

/// Comes back at Ctrl-C, and at SIGTERM, which is how a service is stopped by whatever runs it.
async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => signals.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        _ = interrupted => {}
        _ = terminated => {}
    }
}
