//! What a query runs on: a set of databases, one pool, one connection, one transaction.
//!
//! An executor is typed by the database it serves, and so is a model: that is the whole of the routing.

use tokio_postgres::RowStream;

use crate::{
    Database, Result,
    error::Alias,
    pool::{Answer, Asked, Lease, Session, Shared},
    sql::{Call, Values},
};

/// Something that can run queries on database `D`: the `Databases`, a `Pool<D>`, a `Connection<D>`, a
/// `Transaction<D>`, or a reference to one, which is how a query takes it.
///
/// The generated code implements it for `Databases`, once per database. Nothing else needs to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not reach the database `{D}`",
    label = "the model lives in `{D}`, which this executor does not serve",
    note = "a model runs on `&dbs`, on a pool of its own database, or on a transaction begun on that pool",
    note = "no transaction spans two databases: begin one on each",
    note = "a reference is loaded on `&dbs`, which reaches both of its databases"
)]
pub trait Executor<D: Database>: Send + Sync {
    /// Where the query goes.
    #[doc(hidden)]
    fn target(&self) -> Target<'_>;
}

impl<D: Database, E: Executor<D>> Executor<D> for &E {
    fn target(&self) -> Target<'_> {
        (**self).target()
    }
}

/// An executor that may also change rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot write to the database `{D}`",
    label = "this executor does not serve `{D}`, or only reads from it",
    note = "a write runs on `&dbs`, on a pool of the model's own database, or on a transaction begun on that pool"
)]
pub trait Writer<D: Database>: Executor<D> {}

impl<D: Database, E: Writer<D>> Writer<D> for &E {}

/// What a statement does to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Intent {
    Read,
    Write,
}

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
