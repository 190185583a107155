//! Where a server was looked for that could not be reached.

use std::{error::Error as StdError, io, iter::successors};

use crate::error::Error;

/// The same error with the host and port in the reason that the system gives: `localhost:5432`.
pub(super) fn named(host: &str, port: u16, error: Error) -> Error {
    let Error::Connect { connection, source } = error else { return error };
    let first: &(dyn StdError + 'static) = &*source;
    let by_system =
        successors(Some(first), |&cause| cause.source()).find_map(|cause| cause.downcast_ref::<io::Error>());
    let source = match by_system {
        Some(reason) => reason_at(host, port, reason).into(),
        None => source,
    };
    Error::Connect { connection, source }
}

fn reason_at(host: &str, port: u16, reason: &io::Error) -> io::Error {
    io::Error::new(reason.kind(), format!("`{host}:{port}`: {reason}"))
}
