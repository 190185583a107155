//! One row by its key.

use std::marker::PhantomData;

use super::{Delete, Locked, Update, Whole, change::Condition, lock::Lock, reads::Reads, select::AllRows};
use crate::{
    error::Result,
    model::{DecodeError, Decoder, Keyed, Writable},
    sql::{ColumnDef, Intent, SqlWriter, Statement, Values},
};

/// The row of `M` with a key.
#[must_use = "a query does nothing until it is run: `.one(&dbs).await`"]
pub struct Find<M: Keyed, S = Whole> {
    key: ByKey<M>,
    pub(super) lock: Option<Lock>,
    scope: PhantomData<fn() -> S>,
}

impl<M: Keyed> Find<M> {
    pub(super) fn new(key: M::Key) -> Self {
        Self { key: ByKey(key), lock: None, scope: PhantomData }
    }
}

impl<M: Keyed, S> Find<M, S> {
    pub(super) fn locked(self, lock: Lock) -> Find<M, Locked> {
        Find { key: self.key, lock: Some(lock), scope: PhantomData }
    }

    /// An update of the row.
    pub fn update(self) -> Update<M, ByKey<M>>
    where
        M::Kind: Writable,
        S: AllRows,
    {
        Update::new(self.key)
    }

    /// A delete of the row.
    pub fn delete(self) -> Delete<M, ByKey<M>>
    where
        M::Kind: Writable,
        S: AllRows,
    {
        Delete::new(self.key)
    }
}

impl<M: Keyed, S> Reads for Find<M, S> {
    type Model = M;
    type Row = M;

    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.key.write(sql.push(M::SELECT));
        if let Some(lock) = self.lock {
            lock.write(sql);
        }
    }

    fn intent(&self) -> Intent {
        Lock::intent(self.lock)
    }

    fn columns(&self) -> &'static [ColumnDef] {
        M::COLUMNS
    }

    fn decoder(&self) -> impl Fn(&mut Decoder<'_>) -> Result<M, DecodeError> + Send + Sync + use<M, S> {
        M::decode
    }

    /// A key has one row at most.
    fn at_most(&mut self, _: u64) {}

    fn statement(&self, _: &'static str) -> Statement<'_> {
        let statement = if self.lock.is_some() {
            let mut sql = SqlWriter::new(M::TABLE);
            self.write(&mut sql);
            sql.finish(self.intent())
        } else {
            let mut values = Values::with_capacity(M::KEY.len());
            M::bind(&self.key.0, &mut values);
            Statement::new(M::FIND, values, self.intent())
        };
        statement.named(M::NAME, "find").rows_of(M::COLUMNS)
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
