//! Finds out that a server has stopped answering, though its machine still takes what is sent to it.
//!
//! A machine that is gone is the kernel's to notice: by keepalives, and by `tcp_user_timeout`. A server whose processes
//! stand still (a machine that was suspended, a disk that hangs) is noticed by nobody: its kernel goes on to confirm what
//! arrives. So where an answer is waited for and nothing comes, the server is asked on a connection of its own whether it
//! is there. One that answers is at work, however long the statement takes. One that does not is given up, and whoever
//! waits is told.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{connector::Place, wire::SessionFacts};

/// A request for encryption, which a server answers before it asks who connects
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).
const QUESTION: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Comes back when the server has said nothing for a time that is no longer than `bound`, while an answer was waited
/// for, and takes no new connection either.
pub(super) async fn noticed(link: Arc<SessionFacts>, place: Place, bound: Duration) {
    // Two parts pass at the most until a silence is noticed, and one for the question.
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

/// Whether the server answers on another connection. One that refuses it, or closes it, is there: what has become of the
/// connection that is silent is then for the kernel to find out.
async fn is_there(place: &Place, within: Duration) -> bool {
    let asked = async {
        match place {
            Place::Tcp { address, .. } => answer(TcpStream::connect(address).await?).await,
            #[cfg(unix)]
            Place::Unix(socket) => answer(tokio::net::UnixStream::connect(socket).await?).await,
            #[cfg(not(unix))]
            Place::Unix(_) => Ok(()),
        }
    };
    timeout(within, asked).await.is_ok()
}

async fn answer(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) -> io::Result<()> {
    stream.write_all(&QUESTION).await?;
    // The answer is one byte, or the end.
    stream.read(&mut [0]).await.map(drop)
}
