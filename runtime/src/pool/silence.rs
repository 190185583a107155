//! Notices that a server no longer answers, although its machine still acknowledges what it is sent.
//!
//! The kernel notices when a machine is gone: by keepalives, and by `tcp_user_timeout`. It does not notice when the
//! server's processes stand still (a suspended machine), because the server's kernel still acknowledges all data. So if an
//! answer is due and no data arrives, a new connection is opened to check whether the server still answers. If it does, it
//! is working, however long the statement takes, or waits for its disk, which no question tells. If it does not, the
//! connection is given up, and the waiting callers get an error.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{connector::PeerAddress, wire::SessionFacts};

/// A request for encryption, which a server answers before it asks who connects
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).
const QUESTION: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Returns when the server was silent for up to `bound` while an answer was due, and takes no new connection either.
pub(super) async fn noticed(link: Arc<SessionFacts>, place: PeerAddress, bound: Duration) {
    // At most two thirds pass until the silence is noticed, and one third for the check.
    let part = bound / 3;
    let mut heard = link.traffic();
    loop {
        sleep(part).await;
        let now = link.traffic();
        let is_silent = link.is_waited_for() && now == heard;
        heard = now;
        if is_silent && !is_there(&place, part).await && link.traffic() == heard {
            return;
        }
    }
}

/// Whether the server answers on another connection. A server that refuses or closes it is running: it is then left
/// to the kernel to find out what happened to the silent connection.
async fn is_there(place: &PeerAddress, within: Duration) -> bool {
    let asked = async {
        match place {
            PeerAddress::Tcp { address, .. } => answer(TcpStream::connect(address).await?).await,
            #[cfg(unix)]
            PeerAddress::Unix(socket) => answer(tokio::net::UnixStream::connect(socket).await?).await,
            #[cfg(not(unix))]
            PeerAddress::Unix(_) => Ok(()),
        }
    };
    timeout(within, asked).await.is_ok()
}

async fn answer(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) -> io::Result<()> {
    stream.write_all(&QUESTION).await?;
    // The answer is one byte, or the end of the stream.
    stream.read(&mut [0]).await.map(drop)
}
