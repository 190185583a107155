//! Between the driver and its server: what prepared statements are called there.
//!
//! The driver names its statements `s0`, `s1`, … by a counter of the process. Behind a pooler that shares sessions two
//! programs then mean different statements by one name, and one that asks to read runs what the other prepared: a
//! `DELETE`, say. So the names are changed on their way (<https://www.postgresql.org/docs/current/protocol-flow.html>):
//!
//! - On a session of its own a statement's name is a hash of its text and its types. Whoever else has a statement of
//!   that name means the same text by it.
//! - On any other, statements have no names: the text goes before each use of it, in the same message, with the types
//!   that its values are written as. The server describes the columns again; if they are not those that the driver reads
//!   the rows by, the connection is closed in place of misreading one.
//!
//! A connection begins as if its session were shared ([`SessionFacts`]), so that nothing has a name before the session is known
//! to be its own. Tests: `tests/tests/pool/poolers.rs`.

mod answers;
mod ledger;
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
        atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use answers::Answers;
use ledger::Ledger;
use requests::Requests;
#[cfg(feature = "tls")]
pub(super) use tls::Encrypted;

/// What is known of a connection's session, shared by those who open it and those who carry its messages.
#[derive(Default)]
pub(super) struct SessionFacts {
    /// Whether the session is this connection's own until it ends.
    is_own: AtomicBool,
    /// The process that the other side says serves the connection.
    process: AtomicI32,
    /// Sent before each statement that reads or changes rows, on a session that is not its own: sets the timeout for
    /// that statement alone.
    timeout: OnceLock<Bytes>,
    /// How often something was sent or received.
    traffic: AtomicU64,
    /// Whether the server owes an answer.
    is_waited_for: AtomicBool,
}

impl SessionFacts {
    /// The process that the other side named when the connection was opened (`BackendKeyData`); 0 if it named none.
    pub fn process(&self) -> i32 {
        self.process.load(Ordering::Relaxed)
    }

    /// Has statements named from now on.
    pub fn set_own(&self) {
        self.is_own.store(true, Ordering::Release);
    }

    /// Has statements cancelled that take longer, each by a setting that ends with it.
    pub fn set_timeout(&self, timeout: Duration) {
        // The same again changes nothing.
        let _ = self.timeout.set(requests::set_timeout(timeout));
    }

    /// Changes whenever something is sent or received.
    pub fn traffic(&self) -> u64 {
        self.traffic.load(Ordering::Relaxed)
    }

    /// Whether the server owes an answer.
    pub fn is_waited_for(&self) -> bool {
        self.is_waited_for.load(Ordering::Relaxed)
    }

    fn passed(&self, ledger: &Ledger) {
        self.traffic.fetch_add(1, Ordering::Relaxed);
        self.is_waited_for.store(ledger.is_waited_for(), Ordering::Relaxed);
    }

    pub(self) fn is_own(&self) -> bool {
        self.is_own.load(Ordering::Acquire)
    }
}

/// A stream that carries the driver's messages and changes the statements' names in them.
pub(super) struct Wire<S> {
    stream: S,
    link: Arc<SessionFacts>,
    requests: Requests,
    answers: Answers,
    ledger: Ledger,
}

/// Bytes that wait to be sent before the driver has to wait, too.
const FULL: usize = 64 * 1024;

/// Bytes that are read at a time.
const CHUNK: usize = 8 * 1024;

impl<S> Wire<S> {
    pub fn new(stream: S, link: Arc<SessionFacts>) -> Self {
        Self {
            stream,
            link,
            requests: Requests::default(),
            answers: Answers::default(),
            ledger: Ledger::default(),
        }
    }

    #[cfg(feature = "tls")]
    fn into_parts(self) -> (S, Arc<SessionFacts>) {
        (self.stream, self.link)
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// Sends what waits.
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

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // While a connection is opened, the driver waits for an answer without asking that its message be sent.
        if !this.requests.ready().is_empty() {
            let _ = this.poll_send(cx)?;
        }
        while !this.answers.hand_over(buf) {
            // On a session of its own nothing is added to what the driver asks, so nothing is to be left out.
            if this.link.is_own() && this.answers.is_between() {
                let before = buf.filled().len();
                ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
                this.answers.watch(&buf.filled()[before..], &mut this.ledger);
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
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
