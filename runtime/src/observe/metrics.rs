//! Metrics, for whatever recorder the program installs.

use std::{sync::Arc, time::Duration};

use metrics::{Label, counter, histogram};

use super::operation;
use crate::{
    error::{Alias, Error},
    sql::Statement,
};

/// The seconds that each statement took: OpenTelemetry's name for it.
const DURATION: &str = "db.client.operation.duration";
/// How many statements failed.
const ERRORS: &str = "ormgen.errors";

pub(super) fn record(connection: &Alias, statement: &Statement<'_>, took: Duration, error: Option<&Error>) {
    let mut labels = vec![
        Label::new("connection", Arc::clone(connection)),
        Label::from_static_parts("model", statement.model),
        Label::from_static_parts("statement", statement.verb),
        Label::from_static_parts("db.operation.name", operation(statement)),
    ];
    if let Some(error) = error {
        labels.push(Label::from_static_parts("error.type", error.kind()));
        counter!(ERRORS, labels.clone()).increment(1);
    }
    histogram!(DURATION, labels).record(took.as_secs_f64());
}
