//! What goes wrong in a request, and what the client is told.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use ormgen_runtime::{Error, query::ByNameError};

/// Why a request fails.
#[derive(Debug)]
pub enum AppError {
    /// The databases say so.
    Database(Error),
    /// The request asks for what the shop does not do.
    Refused(&'static str),
    /// The request names a column, an operator or a value that there is not.
    Unknown(ByNameError),
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<ByNameError> for AppError {
    fn from(error: ByNameError) -> Self {
        Self::Unknown(error)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(why) => (StatusCode::CONFLICT, why).into_response(),
            Self::Unknown(why) => (StatusCode::BAD_REQUEST, why.to_string()).into_response(),
            Self::Database(Error::NotFound { .. }) => StatusCode::NOT_FOUND.into_response(),
            Self::Database(Error::ForeignKeyViolation(_) | Error::CheckViolation(_)) => {
                StatusCode::UNPROCESSABLE_ENTITY.into_response()
            }
            Self::Database(Error::UniqueViolation(_)) => StatusCode::CONFLICT.into_response(),
            Self::Database(error) => {
                eprintln!("{error}");
                status(&error).into_response()
            }
        }
    }
}

/// Whether the client may try again in a while.
fn status(error: &Error) -> StatusCode {
    match error {
        Error::Connect { .. } | Error::PoolTimeout { .. } | Error::TooManyConnections { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        error if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
