//! What a load balancer and a team ask of the service: whether it is well, and how it is doing.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use metrics_exporter_prometheus::PrometheusHandle;
use ormgen_runtime::{Status, prelude::*};
use serde::Serialize;

use crate::db::Databases;

/// How long a server has to answer a probe.
const PATIENCE: Duration = Duration::from_millis(500);

/// How the service is with one of its servers.
#[derive(Serialize)]
pub struct Health {
    connection: String,
    is_replica: bool,
    is_reachable: bool,
    open: usize,
    idle: usize,
    waiting: usize,
    last_error: Option<String>,
}

impl From<Status> for Health {
    fn from(status: Status) -> Self {
        let is_reachable = status.is_reachable();
        Self {
            connection: status.connection.to_string(),
            is_replica: status.is_replica,
            is_reachable,
            open: status.open,
            idle: status.idle,
            waiting: status.waiting,
            last_error: status.last_error.map(|error| error.message),
        }
    }
}

/// `GET /health`: 200 while every primary answers, else 503. A replica that is down fails no request.
pub async fn health(State(dbs): State<Databases>) -> (StatusCode, Json<Vec<Health>>) {
    let all = dbs.status(PATIENCE).await;
    let is_well = all.iter().all(|status| status.is_reachable() || status.is_replica);
    let code = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(all.into_iter().map(Health::from).collect()))
}

/// `GET /metrics`, as Prometheus reads them.
pub async fn metrics(State(recorder): State<PrometheusHandle>) -> String {
    recorder.run_upkeep();
    recorder.render()
}
