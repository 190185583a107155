//! The pool or connection that an executor stands for, and how a statement is run on it.

use tokio_postgres::RowStream;

use super::{Answer, Asked, Lease, Session, Shared};
use crate::{
    error::{Alias, Result},
    sql::{Intent, Statement},
};

/// The pool or connection that an executor's statements are sent to.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Target<'a> {
    Pool(&'a Shared),
    Primary(&'a Shared),
    Exclusive(&'a Shared),
    Connection(&'a Session),
    Transaction(&'a Session),
}

/// A session for one statement: borrowed from the executor, or on loan from its pool.
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
            Self::Pool(pool) | Self::Primary(pool) | Self::Exclusive(pool) => pool.alias(),
            Self::Connection(session) | Self::Transaction(session) => session.alias(),
        }
    }

    /// A connection that no other caller uses meanwhile.
    pub(crate) async fn hold(&self, intent: Intent) -> Result<Held<'a>> {
        Ok(match *self {
            Self::Pool(pool) | Self::Exclusive(pool) => Held::Lent(pool.lease(intent).await?),
            Self::Primary(pool) => Held::Lent(pool.lease(Intent::Write).await?),
            Self::Connection(session) | Self::Transaction(session) => Held::Borrowed(session),
        })
    }

    /// Runs a statement on a connection that is shared, where the executor has them and one has room.
    /// SQL of the caller's own has a connection to itself: it may do anything to its session.
    async fn ask(&self, statement: &Statement<'_>) -> Result<Asking<'a>> {
        let asked = match *self {
            _ if statement.is_free => return self.hold(statement.intent).await.map(Asking::Alone),
            Self::Pool(pool) => pool.ask(statement.intent, statement).await?,
            Self::Primary(pool) => pool.ask(Intent::Write, statement).await?,
            _ => return self.hold(statement.intent).await.map(Asking::Alone),
        };
        Ok(match asked {
            Asked::Answer(answer) => Asking::Answer(answer),
            Asked::Alone(lease) => Asking::Alone(Held::Lent(lease)),
        })
    }

    /// Runs a statement and counts the rows it touched.
    pub(crate) async fn execute(&self, statement: &Statement<'_>) -> Result<u64> {
        match self.ask(statement).await? {
            Asking::Answer(answer) => answer.each(statement, |_| Ok(())).await,
            Asking::Alone(session) => session.execute(statement).await,
        }
    }

    /// Runs a statement whose rows the caller reads at once: they may arrive on a connection that other callers wait for.
    pub(crate) async fn query(&self, statement: &Statement<'_>) -> Result<Queried<'a>> {
        Ok(match self.ask(statement).await? {
            Asking::Answer(answer) => Queried::Shared(answer),
            Asking::Alone(session) => {
                let (rows, session) = read(session, statement).await?;
                Queried::Alone(rows, session)
            }
        })
    }

    /// Runs a statement on a connection of its own, which it keeps until its rows are read.
    pub(crate) async fn read(&self, statement: &Statement<'_>) -> Result<(RowStream, RowSession<'a>)> {
        read(self.hold(statement.intent).await?, statement).await
    }
}

async fn read<'a>(session: Held<'a>, statement: &Statement<'_>) -> Result<(RowStream, RowSession<'a>)> {
    let rows = session.query(statement).await?;
    Ok((rows, RowSession { session, ended: false }))
}

/// The answer to a statement on a shared connection, or the connection that it has to run on.
enum Asking<'a> {
    Answer(Answer),
    Alone(Held<'a>),
}

/// The rows of a statement.
pub(crate) enum Queried<'a> {
    Shared(Answer),
    Alone(RowStream, RowSession<'a>),
}

/// A session whose rows are being read.
pub(crate) struct RowSession<'a> {
    session: Held<'a>,
    ended: bool,
}

impl RowSession<'_> {
    /// Every row was read.
    pub(crate) fn end(mut self) {
        self.ended = true;
    }
}

impl std::ops::Deref for RowSession<'_> {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for RowSession<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.session.abandon();
        }
    }
}
