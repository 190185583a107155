//! Locks on the rows that a query reads
//! (<https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE>).

use std::sync::Arc;

use super::{Annotated, Find, Query, Unlocked};
use crate::{
    model::{Keyed, Model},
    pool::Connection,
    sql::{Intent, SqlWriter},
};

/// Marks a query that locks the rows it reads.
#[derive(Debug)]
pub enum Locked {}

/// An executor on which queries of the scope `S` run. A query that locks nothing runs on any executor, one that is
/// [`Locked`] only in a transaction: PostgreSQL releases a row's lock when the transaction ends, and outside of one at
/// once. A [`Connection`] runs it too, because the program may have sent a `BEGIN` on it.
///
/// A function that locks rows takes a `&Transaction<Crm>`, or any executor with this bound:
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// use ormgen_runtime::{
///     Executor, Result,
///     prelude::*,
///     query::{Locked, Runs},
/// };
///
/// async fn take(id: i64, tx: impl Executor<Crm> + Runs<Locked>) -> Result<Customer> {
///     Customer::find(id).for_update().one(tx).await
/// }
/// ```
///
/// Outside of a transaction it does not compile:
///
/// ```compile_fail,E0277
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{Result, prelude::*};
/// async fn take(id: i64, dbs: &Databases) -> Result<Customer> {
///     Customer::find(id).for_update().one(dbs).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "this query locks or changes rows, and `{Self}` does not run it",
    label = "locked rows need a transaction, changed rows an executor that may write",
    note = "to lock rows, begin a transaction: `dbs.crm.transaction(async |tx| Customer::find(7).for_update().one(tx).await)`",
    note = "a function that locks rows takes a `&Transaction<Crm>`, or an `impl Executor<Crm> + Runs<Locked>` (both of \
            `ormgen_runtime::query`), which a savepoint is too",
    note = "what a delete, an update or an insert returns, `.returning(…).into_cte()`, is read where such a change runs: on \
            `&dbs`, a pool or a transaction, not on `read_only()`"
)]
pub trait Runs<S> {}

impl<E: ?Sized> Runs<Unlocked> for E {}
impl<D> Runs<Locked> for Connection<D> {}
impl<E: Runs<Locked> + ?Sized> Runs<Locked> for &E {}
impl<E: Runs<Locked> + ?Sized> Runs<Locked> for &mut E {}
impl<E: Runs<Locked> + ?Sized> Runs<Locked> for Arc<E> {}
impl<E: Runs<Locked> + ?Sized> Runs<Locked> for Box<E> {}

/// How strongly a query locks the rows that it reads
/// (<https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowLock {
    /// `FOR UPDATE`: conflicts with changes and with every other row lock.
    Update,
    /// `FOR NO KEY UPDATE`: conflicts with changes; other transactions may insert rows that refer to the locked ones.
    NoKeyUpdate,
    /// `FOR SHARE`: conflicts with changes, but not with other shared locks.
    Share,
    /// `FOR KEY SHARE`: conflicts with deletes and with changes of keys.
    KeyShare,
}

impl RowLock {
    const fn words(self) -> &'static str {
        match self {
            Self::Update => " FOR UPDATE",
            Self::NoKeyUpdate => " FOR NO KEY UPDATE",
            Self::Share => " FOR SHARE",
            Self::KeyShare => " FOR KEY SHARE",
        }
    }
}

/// The strength of a row lock, and what to do about rows that another transaction has locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    strength: RowLock,
    wait: &'static str,
}

impl Lock {
    pub fn new(strength: RowLock) -> Self {
        Self { strength, wait: "" }
    }

    pub fn waiting(self, wait: &'static str) -> Self {
        Self { wait, ..self }
    }

    pub fn write(self, sql: &mut SqlWriter<'_>) {
        sql.push(self.strength.words()).of_first().push(self.wait);
    }

    /// Rows are locked to be changed afterwards: they are read on the server that takes the writes.
    pub fn intent(lock: Option<Self>) -> Intent {
        if lock.is_some() { Intent::Write } else { Intent::Read }
    }
}

/// What a query does about rows that another transaction has locked, beside waiting for them.
pub(crate) const NOWAIT: &str = " NOWAIT";
pub(crate) const SKIP_LOCKED: &str = " SKIP LOCKED";

/// The locking methods that queries share. Each has a method `locked` that makes it a query with a lock, and then one
/// `waiting` that says what it does about rows that are locked.
macro_rules! locks {
    ([$($generics:tt)*] $scope:ident: $query:ty => $locked:ty) => {
        impl<$($generics)*, $scope> $query {
            /// Locks the rows with a strength that is chosen at run time: `.lock(is_order.then_some(RowLock::Update))`.
            /// `None` locks nothing, but the query's type is that of one with a lock, so it runs only in a transaction.
            pub fn lock(self, strength: impl Into<Option<$crate::query::RowLock>>) -> $locked {
                self.locked(strength.into().map($crate::query::Lock::new))
            }

            /// Locks the rows against changes and against every other lock until the transaction ends.
            pub fn for_update(self) -> $locked {
                self.lock($crate::query::RowLock::Update)
            }

            /// Locks the rows against changes until the transaction ends, but lets other transactions insert rows that
            /// refer to them.
            pub fn for_no_key_update(self) -> $locked {
                self.lock($crate::query::RowLock::NoKeyUpdate)
            }

            /// Locks the rows against changes, but not against other shared locks, until the transaction ends.
            pub fn for_share(self) -> $locked {
                self.lock($crate::query::RowLock::Share)
            }

            /// Locks the rows against deletes and against changes of their keys until the transaction ends.
            pub fn for_key_share(self) -> $locked {
                self.lock($crate::query::RowLock::KeyShare)
            }
        }

        impl<$($generics)*> $locked {
            /// Fails at once if another transaction has locked one of the rows, instead of waiting for it.
            pub fn nowait(self) -> Self {
                self.waiting($crate::query::NOWAIT)
            }

            /// Skips the rows that another transaction has locked, instead of waiting for them.
            pub fn skip_locked(self) -> Self {
                self.waiting($crate::query::SKIP_LOCKED)
            }
        }
    };
}
pub(crate) use locks;

locks!([M: Model] S: Query<M, S> => Query<M, Locked>);
locks!([M: Keyed] S: Find<M, S> => Find<M, Locked>);
locks!([M: Model, C] S: Annotated<M, S, C> => Annotated<M, Locked, C>);
