//! Encryption below the [`Wire`]: messages are encrypted after the names in them are changed.

use std::{pin::Pin, sync::Arc};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::Wire;

/// Encrypts the stream under a [`Wire`].
pub(in crate::pool) struct Encrypted<T>(pub T);

impl<S, T> TlsConnect<Wire<S>> for Encrypted<T>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: TlsConnect<S, Future: Send> + Send + 'static,
{
    type Stream = Wire<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, wire: Wire<S>) -> Self::Future {
        let (stream, link) = wire.into_parts();
        Box::pin(async move { Ok(Wire::new(self.0.connect(stream).await?, Arc::clone(&link))) })
    }
}

impl<S: TlsStream + Unpin> TlsStream for Wire<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}
