//! The pool or connection that an executor stands for, and how it runs a statement.

use std::sync::Arc;

use futures_util::FutureExt;

use super::{Lease, Session, Shared, incoming::Incoming, session::EachRow};
use crate::{
    error::{Alias, Error, Result, SET_LOCAL},
    sql::{Effect, Intent, Statement, changes},
};

/// The pool or connection that an executor's statements are sent to.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Target<'a> {
    Pool(&'a Shared),
    Primary(&'a Shared),
    Exclusive(&'a Shared),
    GroupCommit(&'a Shared),
    /// A pool that only reads, and the log position that a replica must have replayed.
    ReadOnly(&'a Shared, Option<u64>),
    Connection(&'a Session),
    Transaction(&'a Session),
}

/// The session that a statement runs in: borrowed from the executor, or leased from its pool.
pub(crate) enum Held<'a> {
    Lent(Lease),
    Borrowed(&'a Session),
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
            Self::Pool(pool)
            | Self::Primary(pool)
            | Self::Exclusive(pool)
            | Self::GroupCommit(pool)
            | Self::ReadOnly(pool, _) => pool.alias(),
            Self::Connection(session) | Self::Transaction(session) => session.alias(),
        }
    }

    /// The same target, but with reads on the primary too, unless the program explicitly asked for a replica.
    pub(crate) fn at_primary(self) -> Self {
        match self {
            Self::Pool(pool) => Self::Primary(pool),
            other => other,
        }
    }

    /// A session that no other caller uses meanwhile.
    pub(crate) async fn hold(&self, intent: Intent) -> Result<Held<'a>> {
        Ok(match *self {
            Self::Pool(pool) => Held::Lent(pool.lease(intent).await?),
            Self::Primary(pool) | Self::GroupCommit(pool) | Self::Exclusive(pool) => {
                Held::Lent(pool.lease(Intent::Write).await?)
            }
            Self::ReadOnly(pool, after) => Held::Lent(pool.lease_to_read(after).await?),
            Self::Connection(session) | Self::Transaction(session) => Held::Borrowed(session),
        })
    }

    /// Runs a statement, hands each row to `each` as it comes, and counts the rows that it touched.
    pub(crate) async fn run(&self, statement: &Statement<'_>, each: EachRow<'_>) -> Result<u64> {
        self.check_reading(statement)?;
        if statement.is_free {
            let session = self.hold_free(statement).await?;
            return match self {
                Self::Transaction(_) => session.run(statement, each).await,
                Self::Connection(_) => session.run_apart(statement, each).await,
                // On a pool, SQL of the program's own begins no transaction either.
                _ => {
                    let touched = session.run_apart(statement, each).await?;
                    session.check_ended().await.map(|()| touched)
                }
            };
        }
        self.mark_fragments(statement)?;
        match *self {
            Self::Pool(pool) => pool.run(statement.intent, statement, each, false).await,
            Self::Primary(pool) => pool.run(Intent::Write, statement, each, false).await,
            Self::GroupCommit(pool) => pool.run(Intent::Write, statement, each, true).await,
            Self::Exclusive(pool) => pool.lease(Intent::Write).await?.run_apart(statement, each).await,
            // A read that locks rows precedes a write, and a replica refuses it.
            Self::ReadOnly(pool, _) if statement.intent == Intent::Write => {
                pool.run(Intent::Write, statement, each, false).await
            }
            Self::ReadOnly(pool, after) => pool.read(after, statement, each).boxed().await,
            Self::Connection(session) => session.run_apart(statement, each).await,
            Self::Transaction(session) => session.run(statement, each).await,
        }
    }

    /// Runs a statement whose rows are read one by one, as the caller asks for them.
    pub(crate) async fn read(&self, statement: &Statement<'_>) -> Result<Incoming<'a>> {
        self.check_reading(statement)?;
        self.mark_fragments(statement)?;
        let is_apart = !matches!(self, Self::Transaction(_));
        match *self {
            // A cursor cannot be declared for a statement that changes rows
            // (https://www.postgresql.org/docs/current/sql-declare.html).
            Self::Transaction(session) if statement.intent == Intent::Read => {
                self.check(statement)?;
                Incoming::cursor(session, statement).await
            }
            Self::Connection(session) if statement.is_interleaved => {
                Incoming::held_cursor(session, statement).await
            }
            _ if statement.is_free => {
                Incoming::direct(self.hold_free(statement).await?, statement, is_apart).await
            }
            _ => Incoming::direct(self.hold(statement.intent).await?, statement, is_apart).await,
        }
    }

    /// On an executor that only reads, refuses text of the caller's own that changes something: the primary, which
    /// serves these reads where no replica is fit, would store it.
    fn check_reading(&self, statement: &Statement<'_>) -> Result<()> {
        let is_checked =
            matches!(self, Self::ReadOnly(..)) && statement.calls_unknown && statement.intent == Intent::Read;
        let changed_by = if is_checked { changes(&statement.sql) } else { None };
        match changed_by {
            Some(statement) => {
                Err(Error::WriteOnReadOnly { connection: Arc::clone(self.alias()), statement })
            }
            None => Ok(()),
        }
    }

    /// A session for the caller's own SQL text, marked with what the text may change in the session.
    async fn hold_free(&self, statement: &Statement<'_>) -> Result<Held<'a>> {
        let effect = self.check(statement)?;
        // The text may call functions that a replica refuses.
        let session = self.at_primary().hold(statement.intent).await?;
        // On a `connection()`, the place for it, a function may change the session, too: its call does not tell.
        if effect != Effect::None || matches!(self, Self::Connection(_)) {
            session.mark_free(effect);
        }
        Ok(session)
    }

    /// Checks a statement of ormgen's with fragments of the caller's own, and marks a session of the caller's with what
    /// they may change in it: `pg_try_advisory_lock(id)` locks for as long as the session lasts.
    fn mark_fragments(&self, statement: &Statement<'_>) -> Result<()> {
        if statement.is_free || !statement.calls_unknown {
            return Ok(());
        }
        let effect = self.check(statement)?;
        match (self, effect) {
            (Self::Connection(session), _) | (Self::Transaction(session), Effect::Changes(_)) => {
                session.mark_free(effect);
            }
            _ => {}
        }
        Ok(())
    }

    /// What the caller's own SQL text changes in its session. On a pool, it must not change anything; in a
    /// transaction, it must not end the transaction.
    fn check(&self, statement: &Statement<'_>) -> Result<Effect> {
        let effect = if statement.calls_unknown { Effect::of(&statement.sql) } else { Effect::None };
        if let Self::Transaction(session) = self
            && effect != Effect::None
            && !session.is_own()
            && Effect::outlasts_transaction(&statement.sql)
        {
            return Err(Error::SharedSession { connection: Arc::clone(self.alias()) });
        }
        let is_refused = match self {
            Self::Connection(_) => false,
            Self::Transaction(_) => effect.ends_transaction(),
            _ => matches!(effect, Effect::Changes(_)),
        };
        match effect {
            Effect::Changes(statement) if is_refused => {
                Err(Error::SessionState { connection: Arc::clone(self.alias()), statement })
            }
            Effect::None
                if statement.calls_unknown
                    && !self.is_within()
                    && Effect::only_sets_locally(&statement.sql) =>
            {
                Err(Error::SessionState { connection: Arc::clone(self.alias()), statement: SET_LOCAL })
            }
            effect => Ok(effect),
        }
    }

    /// Whether its caller's statements may be parts of one transaction.
    fn is_within(&self) -> bool {
        matches!(self, Self::Connection(_) | Self::Transaction(_))
    }
}
