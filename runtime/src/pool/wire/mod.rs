//! Sits between the driver and its server, and changes the names of prepared statements.
//!
//! The driver names its statements `s0`, `s1`, … by a counter of the process. Behind a pooler that shares sessions,
//! two programs would use one name for different statements, and a program that wants to read would run what the
//! other prepared: a `DELETE`, for example. So the names in the messages are changed
//! (<https://www.postgresql.org/docs/current/protocol-flow.html>):
//!
//! - On a session that is not shared, a statement's name is a hash of its text and its types, and the driver's
//!   number. Any other statement with that name has the same text.
//! - On a shared session, statements are unnamed: the text is sent before each use, in the same batch, with the types
//!   that the values are encoded as. The server describes the columns again; if they are not the ones that the driver
//!   decodes the rows by, the connection is closed, so that no row is misread.
//!
//! - Rows for a `COPY` follow a query text, not a bound statement, where the server's process is the one that was named
//!   when the connection was opened: pgpool-II never answers a `COPY` of the extended protocol. A pooler that shares
//!   sessions names another process; there the statement is bound. PgBouncer 1.18 gives the session to another client
//!   when the query text is answered, and closes the connection when the answer to the Sync behind the rows arrives: the
//!   caller would wait for ever (`everything_works_behind_a_pooler`).
//!
//! A connection begins as if its session were shared ([`SessionFacts`]), so that no statement is named before it is
//! known that the session is not shared. Tests: `tests/tests/pool/poolers.rs` and
//! `pgpool.rs`.

mod answers;
mod ledger;
mod notices;
mod requests;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use answers::Answers;
use ledger::Ledger;
use requests::{Requests, StatementTimeout};
#[cfg(feature = "tls")]
pub(super) use tls::Encrypted;

/// What is known about a connection's session, shared by the code that opens it and the stream that carries its
/// messages.
#[derive(Default)]
pub(super) struct SessionFacts {
    /// Whether the session belongs to this connection alone until the connection ends.
    is_own: AtomicBool,
    /// The number of the server process that, as the other side says, serves the connection.
    process: AtomicI32,
    /// Whether that process has answered: no pooler shares the session, whatever the manifest says.
    is_served_directly: AtomicBool,
    /// The first letter of what the server said it has done last: `R` for a ROLLBACK.
    last_done: AtomicU8,
    /// What the server said last about a transaction: `T` if one is open, `E` if it failed, `I` if none is.
    transaction: AtomicU8,
    /// The server has warned that standbys it waits for may lack what it committed.
    may_lack_standbys: AtomicBool,
    /// The timeout of each statement; on a shared session, it is sent with each that reads or changes rows.
    timeout: OnceLock<StatementTimeout>,
    /// Changes with each send or receive.
    traffic: AtomicU64,
    /// Whether an answer of the server is due.
    is_waited_for: AtomicBool,
}

impl SessionFacts {
    /// The server process that was named when the connection was opened (`BackendKeyData`); 0 if none was named.
    pub fn process(&self) -> i32 {
        self.process.load(Ordering::Relaxed)
    }

    /// Has statements named from now on, as the session is not shared.
    pub fn set_own(&self) {
        self.is_own.store(true, Ordering::Release);
    }

    /// Notes that the process that was named when the connection was opened has answered.
    pub fn set_served_directly(&self) {
        self.is_served_directly.store(true, Ordering::Release);
    }

    /// Whether the server, asked to commit, has last rolled back: it reports no error then, only another tag
    /// (<https://www.postgresql.org/docs/current/sql-commit.html>), which the driver drops.
    pub fn has_rolled_back(&self) -> bool {
        self.last_done.load(Ordering::Acquire) == b'R'
    }

    /// Whether a transaction was open after the last statement that the server has answered, or had failed by then.
    pub fn is_in_transaction(&self) -> bool {
        matches!(self.transaction.load(Ordering::Acquire), b'T' | b'E')
    }

    /// Whether the server has warned, since the last call, that it no longer waits for the standbys that are to have what
    /// it committed: an administrator has cancelled the wait.
    pub fn take_lack_of_standbys(&self) -> bool {
        self.may_lack_standbys.load(Ordering::Acquire) && self.may_lack_standbys.swap(false, Ordering::AcqRel)
    }

    /// Has each statement cancelled that takes longer, by a setting that ends with the statement.
    pub fn set_timeout(&self, timeout: Duration) {
        // Setting the same timeout again changes nothing.
        let _ = self.timeout.set(StatementTimeout::new(timeout));
    }

    /// A number that changes whenever something is sent or received.
    pub fn traffic(&self) -> u64 {
        self.traffic.load(Ordering::Relaxed)
    }

    /// Whether an answer of the server is due.
    pub fn is_waited_for(&self) -> bool {
        self.is_waited_for.load(Ordering::Relaxed)
    }

    fn passed(&self, ledger: &Ledger) {
        self.traffic.fetch_add(1, Ordering::Relaxed);
        self.is_waited_for.store(ledger.is_waited_for(), Ordering::Relaxed);
    }

    fn done(&self, tag: u8) {
        self.last_done.store(tag, Ordering::Release);
    }

    fn lacks_standbys(&self) {
        self.may_lack_standbys.store(true, Ordering::Release);
    }

    fn ready(&self, transaction: u8) {
        self.transaction.store(transaction, Ordering::Release);
    }

    pub(self) fn is_own(&self) -> bool {
        self.is_own.load(Ordering::Acquire)
    }

    pub(self) fn is_served_directly(&self) -> bool {
        self.is_served_directly.load(Ordering::Acquire)
    }
}

/// A stream that carries the driver's messages and changes the names of statements in them.
pub(super) struct Wire<S> {
    stream: S,
    link: Arc<SessionFacts>,
    requests: Requests,
    answers: Answers,
    ledger: Ledger,
    /// Runs from when the connection was closed on this side.
    closing: Option<Pin<Box<Sleep>>>,
}

/// How long a connection that is closed waits for the server to end it, too. Until then the server counts it among its
/// connections: one that is opened in its place might be refused (`pools_share_a_limit`).
const UNTIL_ENDED: Duration = Duration::from_secs(1);

/// How many bytes may wait to be sent before the driver has to wait.
const FULL: usize = 64 * 1024;

/// How many bytes are read at a time.
const CHUNK: usize = 8 * 1024;

impl<S> Wire<S> {
    pub fn new(stream: S, link: Arc<SessionFacts>) -> Self {
        Self {
            stream,
            link,
            requests: Requests::default(),
            answers: Answers::default(),
            ledger: Ledger::default(),
            closing: None,
        }
    }

    #[cfg(feature = "tls")]
    fn into_parts(self) -> (S, Arc<SessionFacts>) {
        (self.stream, self.link)
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// Sends the bytes that wait to be sent.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.requests.ready().is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, self.requests.ready()))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.requests.sent(sent);
            self.link.passed(&self.ledger);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Waits until the server ends the connection, whatever it still sends.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut space = [MaybeUninit::uninit(); CHUNK];
            let mut chunk = ReadBuf::uninit(&mut space);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk));
            if read.is_err() || chunk.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // While a connection is being opened, the driver waits for an answer without flushing its message.
        if !this.requests.ready().is_empty() {
            let _ = this.poll_send(cx)?;
        }
        while !this.answers.hand_over(buf) {
            // On a session that is not shared, no messages but those of a `COPY` differ from the driver's, so no other
            // answers have to be changed.
            if this.link.is_own() && this.answers.is_between() && !this.ledger.has_copy() {
                let before = buf.filled().len();
                ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
                this.answers.watch(&buf.filled()[before..], &mut this.ledger, &this.link);
                this.link.passed(&this.ledger);
                return Poll::Ready(Ok(()));
            }
            let mut space = [MaybeUninit::uninit(); CHUNK];
            let mut chunk = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut chunk))?;
            if chunk.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.answers.take(chunk.filled(), &mut this.ledger, &this.link)?;
            this.link.passed(&this.ledger);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.requests.ready().len() > FULL {
            ready!(self.poll_send(cx))?;
        }
        let this = &mut *self;
        this.requests.take(buf, &mut this.ledger, &this.link);
        if this.requests.asks_for_encryption() {
            this.answers.expect_one_byte();
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let mut timer = match this.closing.take() {
            Some(timer) => timer,
            None => {
                ready!(this.poll_send(cx))?;
                ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
                Box::pin(tokio::time::sleep(UNTIL_ENDED))
            }
        };
        if timer.as_mut().poll(cx).is_ready() || this.poll_end(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        this.closing = Some(timer);
        Poll::Pending
    }
}
