//! Rows that are read one by one as their caller asks for them, in constant memory.
//!
//! Within a transaction the rows come through a cursor, in batches: other statements can run in between, and a caller
//! that stops early leaves no rows to be read. Outside of a transaction they come on a connection of their own, as
//! the driver receives them; while the caller asks for no row, the server has to wait. On a connection of the caller's,
//! where other statements have to run in between, a cursor is declared that needs no transaction: the server stores its
//! rows.

use std::pin::Pin;

use futures_util::TryStreamExt;
use tokio_postgres::{Row, RowStream, Statement};

use super::{Session, tags::Labels, target::Held};
use crate::{error::Result, sql};

/// The rows per batch: so many that the round trips cost little beside them, and few enough to be held in memory.
const AT_A_TIME: &str = "256";

/// The rows of one statement that is being read.
pub(crate) enum Incoming<'a> {
    Direct(Direct<'a>),
    Cursor(Cursor<'a>),
}

impl<'a> Incoming<'a> {
    /// Reads on a connection that no other caller uses.
    pub(super) async fn direct(
        session: Held<'a>,
        statement: &sql::Statement<'_>,
        is_apart: bool,
    ) -> Result<Self> {
        let rows = match is_apart {
            true => session.query_apart(statement).await?,
            false => session.query(statement).await?,
        };
        let rows = Box::pin(rows);
        session.streams(true);
        Ok(Self::Direct(Direct { rows, session, is_apart, is_over: false }))
    }

    /// Reads through a cursor, within a transaction.
    pub(super) async fn cursor(session: &'a Session, statement: &sql::Statement<'_>) -> Result<Self> {
        Ok(Self::Cursor(Cursor::open(session, statement, "").await?))
    }

    /// Reads through a cursor that needs no transaction
    /// (<https://www.postgresql.org/docs/current/sql-declare.html>: `WITH HOLD`).
    pub(super) async fn held_cursor(session: &'a Session, statement: &sql::Statement<'_>) -> Result<Self> {
        Ok(Self::Cursor(Cursor::open(session, statement, " WITH HOLD").await?))
    }

    /// The next row, if there is one more.
    pub(crate) async fn next(&mut self, statement: &sql::Statement<'_>) -> Result<Option<Row>> {
        match self {
            Self::Direct(direct) => direct.next(statement).await,
            Self::Cursor(cursor) => cursor.next(statement).await,
        }
    }
}

/// Rows as the driver receives them.
pub(crate) struct Direct<'a> {
    rows: Pin<Box<RowStream>>,
    session: Held<'a>,
    /// Whether the statement runs outside of a transaction.
    is_apart: bool,
    is_over: bool,
}

impl Direct<'_> {
    async fn next(&mut self, statement: &sql::Statement<'_>) -> Result<Option<Row>> {
        let next = self.rows.try_next().await.map_err(|error| {
            let error = self.session.failed(statement, error);
            if self.is_apart { self.session.apart(statement, error) } else { error }
        });
        self.is_over = !matches!(next, Ok(Some(_)));
        if matches!(next, Ok(None)) && self.is_apart && !self.session.is_free() {
            self.session.streams(false);
            self.session.check_ended().await?;
        }
        next
    }
}

impl Drop for Direct<'_> {
    fn drop(&mut self) {
        self.session.streams(false);
        if !self.is_over {
            self.session.abandon();
        }
    }
}

/// Rows that are fetched through a cursor.
pub(crate) struct Cursor<'a> {
    session: &'a Session,
    number: CursorNumber<'a>,
    fetch: Option<Statement>,
    fetched: std::vec::IntoIter<Row>,
    is_over: bool,
}

impl<'a> Cursor<'a> {
    async fn open(session: &'a Session, statement: &sql::Statement<'_>, hold: &str) -> Result<Self> {
        let number = session.cursor_number();
        let text = format!("DECLARE {} NO SCROLL CURSOR{hold} FOR {}", number.name(), statement.sql);
        let declare = sql::Statement::new(text, statement.values.clone(), statement.intent)
            .named(statement.model, statement.verb);
        // Created before the statement is sent: if the caller goes away meanwhile, dropping it closes the cursor.
        let mut cursor =
            Self { session, number, fetch: None, fetched: Vec::new().into_iter(), is_over: false };
        session.run(&declare, &mut |_| Ok(())).await?;
        // Prepared, because for an unprepared statement the driver looks up unknown types while it waits for the rows
        // of that statement, and would wait for ever.
        let fetch = format!("FETCH FORWARD {AT_A_TIME} FROM {}", cursor.number.name());
        let fetch = session.tagged(&fetch, Labels::of(statement));
        let fetch = session.heard(session.client().prepare(&fetch)).await;
        cursor.fetch = Some(fetch.map_err(|error| session.failed(statement, error))?);
        Ok(cursor)
    }

    async fn next(&mut self, statement: &sql::Statement<'_>) -> Result<Option<Row>> {
        if let Some(row) = self.fetched.next() {
            return Ok(Some(row));
        }
        if !self.is_over
            && let Some(fetch) = &self.fetch
        {
            let rows = self.session.heard(self.session.client().query(fetch, &[])).await;
            let rows = rows.map_err(|error| self.session.failed(statement, error))?;
            self.is_over = rows.is_empty();
            self.fetched = rows.into_iter();
        }
        Ok(self.fetched.next())
    }
}

impl Drop for Cursor<'_> {
    fn drop(&mut self) {
        self.session.send(&format!("CLOSE {}", self.number.name()));
    }
}

/// The number of an open cursor in its session, from 0. A closed cursor's number is used again, so that the same
/// `DECLARE` text stays prepared.
pub(super) struct CursorNumber<'a> {
    session: &'a Session,
    number: u32,
}

impl<'a> CursorNumber<'a> {
    pub fn new(session: &'a Session, number: u32) -> Self {
        Self { session, number }
    }

    fn name(&self) -> String {
        format!("ormgen_{}", self.number)
    }
}

impl Drop for CursorNumber<'_> {
    fn drop(&mut self) {
        self.session.free_cursor(self.number);
    }
}
