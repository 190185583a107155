//! Empty functions in place of the metrics, where the feature `metrics` is off.

use std::time::Duration;

use super::ConnectionCounts;
use crate::{
    error::{Alias, Error},
    sql::Statement,
};

pub(super) fn record(_: &Alias, _: &Statement<'_>, _: Duration, _: Option<&Error>) {}
pub(crate) fn waited(_: &Alias, _: Duration) {}
#[cfg(feature = "cache")]
pub(crate) fn looked_up(_: &'static str, _: bool) {}
pub(crate) fn pool(_: &Alias, _: &str, _: ConnectionCounts) {}
pub(crate) fn lag(_: &Alias, _: &str, _: Option<Duration>) {}
