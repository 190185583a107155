//! Reading alone: from a replica where there is one.

use std::{fmt, marker::PhantomData};

use super::Shared;
use crate::model::Database;

/// A pool that only reads. See [`Pool::read_only`](crate::Pool::read_only).
pub struct ReadOnly<'a, D> {
    pool: &'a Shared,
    database: PhantomData<fn() -> D>,
}

impl<'a, D: Database> ReadOnly<'a, D> {
    pub(super) fn new(pool: &'a Shared) -> Self {
        Self { pool, database: PhantomData }
    }

    pub(crate) fn shared(&self) -> &'a Shared {
        self.pool
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
