//! Where a statement goes: what is left of an executor once its type has done its work.

use super::{Lease, Session, Shared, incoming::Incoming, session::EachRow};
use crate::{
    error::{Alias, Result},
    sql::{Call, Intent, Values},
};

/// Where an executor's queries go.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Target<'a> {
    Pool(&'a Shared),
    Primary(&'a Shared),
    Exclusive(&'a Shared),
    GroupCommit(&'a Shared),
    Connection(&'a Session),
    Transaction(&'a Session),
}

/// A session for one statement: borrowed from the executor, or on loan from its pool.
pub(crate) enum Held<'a> {
    Lent(Lease),
    Borrowed(&'a Session),
}

impl Held<'_> {
    /// For statements on this very session.
    pub(crate) fn target(&self) -> Target<'_> {
        Target::Connection(self)
    }
}

impl std::ops::Deref for Held<'_> {
    type Target = Session;
    fn deref(&self) -> &Session {
        match self {
            Self::Lent(lease) => lease,
            Self::Borrowed(session) => session,
        }
    }
}

impl<'a> Target<'a> {
    pub(crate) fn alias(&self) -> &'a Alias {
        match *self {
            Self::Pool(pool) | Self::Primary(pool) | Self::Exclusive(pool) | Self::GroupCommit(pool) => {
                pool.alias()
            }
            Self::Connection(session) | Self::Transaction(session) => session.alias(),
        }
    }

    /// A connection that nobody else has a part in.
    pub(crate) async fn hold(&self, intent: Intent) -> Result<Held<'a>> {
        Ok(match *self {
            Self::Pool(pool) | Self::Exclusive(pool) => Held::Lent(pool.lease(intent).await?),
            Self::Primary(pool) | Self::GroupCommit(pool) => Held::Lent(pool.lease(Intent::Write).await?),
            Self::Connection(session) | Self::Transaction(session) => Held::Borrowed(session),
        })
    }

    /// Runs a statement, hands each row to `each` as it comes, and counts the rows that it touched.
    pub(crate) async fn run(
        &self,
        intent: Intent,
        call: &Call,
        values: &Values<'_>,
        each: EachRow<'_>,
    ) -> Result<u64> {
        match *self {
            Self::Pool(pool) => pool.run(intent, call, values, each, false).await,
            Self::Primary(pool) => pool.run(Intent::Write, call, values, each, false).await,
            Self::GroupCommit(pool) => pool.run(Intent::Write, call, values, each, true).await,
            Self::Exclusive(pool) => pool.lease(intent).await?.run(call, values, each).await,
            Self::Connection(session) => session.run_apart(call, values, each).await,
            Self::Transaction(session) => session.run(call, values, each).await,
        }
    }

    /// Runs a statement whose rows are read as their caller asks for them.
    pub(crate) async fn read(
        &self,
        intent: Intent,
        call: &Call,
        values: &Values<'_>,
    ) -> Result<Incoming<'a>> {
        match *self {
            // A statement that changes rows cannot be behind a cursor
            // (https://www.postgresql.org/docs/current/sql-declare.html).
            Self::Transaction(session) if intent == Intent::Read => {
                Incoming::cursor(session, call, values).await
            }
            _ => Incoming::direct(self.hold(intent).await?, call, values).await,
        }
    }
}
