//! An executor that only reads: on a replica if one is fit.

use std::{fmt, marker::PhantomData};

use super::{Lease, Shared, Target};
use crate::{error::Result, model::Database, sql::Intent};

/// A pool that only reads. See [`Pool::read_only`](crate::Pool::read_only).
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{ReadOnly, Result};
///
/// async fn report(crm: ReadOnly<'_, Crm>) -> Result<i64> {
///     Customer::query().filter(Customer::VISITS.gt(0)).count(crm).await
/// }
///
/// async fn example(dbs: &Databases) -> Result<i64> {
///     report(dbs.crm.read_only()).await
/// }
/// ```
pub struct ReadOnly<'a, D> {
    pool: &'a Shared,
    after: Option<u64>,
    database: PhantomData<fn() -> D>,
}

impl<'a, D: Database> ReadOnly<'a, D> {
    pub(super) fn new(pool: &'a Shared, after: Option<u64>) -> Self {
        Self { pool, after, database: PhantomData }
    }

    /// The pool, and the log position that a replica must have replayed.
    pub(crate) fn parts(&self) -> (&'a Shared, Option<u64>) {
        (self.pool, self.after)
    }

    pub(crate) fn target(&self) -> Target<'a> {
        Target::ReadOnly(self.pool, self.after)
    }

    /// A connection to the primary if the caller needs it, else to a replica.
    pub(crate) async fn lease(&self, needs_primary: bool) -> Result<Lease> {
        if needs_primary {
            self.pool.lease(Intent::Write).await
        } else {
            self.pool.lease_to_read(self.after).await
        }
    }
}

impl<D> Clone for ReadOnly<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for ReadOnly<'_, D> {}

impl<D: Database> fmt::Debug for ReadOnly<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOnly").field("database", &D::NAME).field("connection", self.pool.alias()).finish()
    }
}
