//! Where a statement goes, and the connection that it has for itself.

use tokio_postgres::RowStream;

use super::{Answer, Asked, Lease, Session, Shared};
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
            Self::Pool(pool) | Self::Primary(pool) | Self::Exclusive(pool) => pool.alias(),
            Self::Connection(session) | Self::Transaction(session) => session.alias(),
        }
    }

    /// A connection that nobody else has a part in.
    pub(crate) async fn hold(&self, intent: Intent) -> Result<Held<'a>> {
        Ok(match *self {
            Self::Pool(pool) | Self::Exclusive(pool) => Held::Lent(pool.lease(intent).await?),
            Self::Primary(pool) => Held::Lent(pool.lease(Intent::Write).await?),
            Self::Connection(session) | Self::Transaction(session) => Held::Borrowed(session),
        })
    }

    /// Runs a statement on a connection that is shared, where the executor has them and one has room.
    async fn ask(&self, intent: Intent, call: &Call, values: &Values<'_>) -> Result<Asking<'a>> {
        let asked = match *self {
            Self::Pool(pool) => pool.ask(intent, call, values).await?,
            Self::Primary(pool) => pool.ask(Intent::Write, call, values).await?,
            _ => return self.hold(intent).await.map(Asking::Alone),
        };
        Ok(match asked {
            Asked::Answer(answer) => Asking::Answer(answer),
            Asked::Alone(lease) => Asking::Alone(Held::Lent(lease)),
        })
    }

    /// Runs a statement and counts the rows it touched.
    pub(crate) async fn execute(&self, call: &Call, values: &Values<'_>) -> Result<u64> {
        match self.ask(Intent::Write, call, values).await? {
            Asking::Answer(answer) => answer.each(call, |_| Ok(())).await,
            Asking::Alone(session) => session.execute(call, values).await,
        }
    }

    /// Runs a statement; its rows come on a connection that others may use as well, so they have to be read at once.
    pub(crate) async fn query(
        &self,
        intent: Intent,
        call: &Call,
        values: &Values<'_>,
    ) -> Result<Queried<'a>> {
        Ok(match self.ask(intent, call, values).await? {
            Asking::Answer(answer) => Queried::Shared(answer),
            Asking::Alone(session) => {
                let (rows, session) = read(session, call, values).await?;
                Queried::Alone(rows, session)
            }
        })
    }

    /// Runs a statement on a connection of its own; its rows come with the session they come from.
    pub(crate) async fn read(
        &self,
        intent: Intent,
        call: &Call,
        values: &Values<'_>,
    ) -> Result<(RowStream, Reading<'a>)> {
        read(self.hold(intent).await?, call, values).await
    }
}

async fn read<'a>(session: Held<'a>, call: &Call, values: &Values<'_>) -> Result<(RowStream, Reading<'a>)> {
    let rows = session.query(call, values).await?;
    Ok((rows, Reading { session, ended: false }))
}

/// What became of a statement that may share a connection.
enum Asking<'a> {
    Answer(Answer),
    Alone(Held<'a>),
}

/// The rows of a statement.
pub(crate) enum Queried<'a> {
    Shared(Answer),
    Alone(RowStream, Reading<'a>),
}

/// A session whose rows are being read.
pub(crate) struct Reading<'a> {
    session: Held<'a>,
    ended: bool,
}

impl Reading<'_> {
    /// All of them were.
    pub(crate) fn end(mut self) {
        self.ended = true;
    }
}

impl std::ops::Deref for Reading<'_> {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.session.abandon();
        }
    }
}
