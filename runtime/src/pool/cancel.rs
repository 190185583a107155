//! Asks a server to cancel the running statement of a connection, as libpq does: the request's own connection is kept
//! until the server closes it.
//!
//! PgBouncer 1.18 crashes on a request whose sender closes the connection at once ("bad client state"), and takes the
//! connections of all programs down; the driver closes it at once (`tests/tests/pool/pgbouncer.rs`).

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{connector::PeerAddress, server::Server, session::Session};

/// Asks the server to cancel the statement. The server may do so a little later, or not at all.
pub(super) async fn request(server: &Server, session: &Session) {
    if let Err(error) = send(server, session).await {
        tracing::debug!(connection = &**session.alias(), error, "a statement could not be cancelled");
    }
}

async fn send(server: &Server, session: &Session) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (token, place) = session.cancel_token();
    match place {
        PeerAddress::Tcp { address, host } => {
            let stream = UntilClosed(TcpStream::connect(address).await?);
            token.cancel_query_raw(stream, server.connector().encryption(host)?).await?;
        }
        #[cfg(unix)]
        PeerAddress::Unix(socket) => {
            let stream = UntilClosed(tokio::net::UnixStream::connect(socket).await?);
            token.cancel_query_raw(stream, tokio_postgres::NoTls).await?;
        }
        #[cfg(not(unix))]
        PeerAddress::Unix(_) => {}
    }
    Ok(())
}

/// A stream that waits for the other side to close it when it is shut down.
pub(super) struct UntilClosed<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for UntilClosed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for UntilClosed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; 64];
        loop {
            let mut buf = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut self.0).poll_read(cx, &mut buf)) {
                Ok(()) if buf.filled().is_empty() => return Poll::Ready(Ok(())),
                Ok(()) => {}
                // The server may close without reading to the end: a connection reset is an end, too.
                Err(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}
