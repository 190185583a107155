//! Executors that run on a pool with one rule changed: which server reads go to, or whether statements share a commit
//! or a connection.

use super::Pool;
use crate::model::Database;

/// A pool whose reads go to the primary. See [`Pool::primary`].
#[derive(Debug)]
pub struct Primary<'a, D: Database>(pub(super) &'a Pool<D>);

/// A pool on which writes of single rows may share a commit. See [`Pool::group_commit`].
#[derive(Debug)]
pub struct GroupCommit<'a, D: Database>(pub(super) &'a Pool<D>);

/// A pool that gives each statement a connection to itself. See [`Pool::exclusive`].
#[derive(Debug)]
pub struct Exclusive<'a, D: Database>(pub(super) &'a Pool<D>);

impl<'a, D: Database> Primary<'a, D> {
    pub(crate) fn pool(&self) -> &'a Pool<D> {
        self.0
    }
}

impl<'a, D: Database> GroupCommit<'a, D> {
    pub(crate) fn pool(&self) -> &'a Pool<D> {
        self.0
    }
}

impl<'a, D: Database> Exclusive<'a, D> {
    pub(crate) fn pool(&self) -> &'a Pool<D> {
        self.0
    }
}
