//! One row by its key.

use std::borrow::Cow;

use super::{Delete, Update, call, change::Condition, rows, select::Lock};
use crate::{
    Result,
    executor::{Executor, Intent},
    model::{Keyed, Writable},
    sql::{Call, SqlWriter, Values},
};

/// The row of `M` with a key.
#[must_use = "a query does nothing until it is run: `.one(&dbs).await`"]
pub struct Find<M: Keyed> {
    key: ByKey<M>,
    lock: Option<Lock>,
}

impl<M: Keyed> Find<M> {
    pub(super) fn new(key: M::Key) -> Self {
        Self { key: ByKey(key), lock: None }
    }

    /// Locks the row against changes until the transaction ends.
    pub fn for_update(mut self) -> Self {
        self.lock = Some(Lock::Update);
        self
    }

    /// Locks the row against changes, but not against other shared locks, until the transaction ends.
    pub fn for_share(mut self) -> Self {
        self.lock = Some(Lock::Share);
        self
    }

    /// The row.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is none.
    pub async fn one(self, executor: impl Executor<M::Db>) -> Result<M> {
        let (call, values) = self.select();
        rows::one(executor.target(), self.intent(), &call, &values).await
    }

    /// The row, if there is one.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn optional(self, executor: impl Executor<M::Db>) -> Result<Option<M>> {
        let (call, values) = self.select();
        rows::optional(executor.target(), self.intent(), &call, &values).await
    }

    /// An update of the row.
    pub fn update(self) -> Update<M, ByKey<M>>
    where
        M::Kind: Writable,
    {
        Update::new(self.key)
    }

    /// A delete of the row.
    pub fn delete(self) -> Delete<M, ByKey<M>>
    where
        M::Kind: Writable,
    {
        Delete::new(self.key)
    }

    fn intent(&self) -> Intent {
        if self.lock.is_some() { Intent::Write } else { Intent::Read }
    }

    fn select(&self) -> (Call, Values<'_>) {
        let mut values = Values::with_capacity(M::KEY.len());
        M::bind(&self.key.0, &mut values);
        let sql = match self.lock {
            None => Cow::Borrowed(M::FIND),
            Some(lock) => Cow::Owned([M::FIND, lock.text()].concat()),
        };
        (call::<M>(sql, "find"), values)
    }
}

/// The condition that a row has this key.
pub struct ByKey<M: Keyed>(M::Key);

impl<M: Keyed> Condition for ByKey<M> {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        write_key::<M>(sql, &self.0);
    }
}

pub(super) fn write_key<'a, M: Keyed>(sql: &mut SqlWriter<'a>, key: &'a M::Key) {
    let mut values = Values::with_capacity(M::KEY.len());
    M::bind(key, &mut values);
    sql.push(" WHERE ").list(" AND ", M::KEY.iter().zip(values), |sql, (column, value)| {
        sql.push(column.name).push(" = ").value(value);
    });
}
