//! A proxy before a server: it adds a round trip, limits how fast results arrive, or lets nothing pass; and it counts
//! requests to cancel.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

/// Stands before a server until it is dropped, and closes its connections then.
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    server: String,
    rules: watch::Sender<Rules>,
    /// Connections so far: each has its number.
    opened: AtomicUsize,
    /// Requests to cancel so far.
    cancels: AtomicUsize,
    /// Those whose client hung up before the server did.
    hung_up: AtomicUsize,
}

/// What becomes of bytes that arrive.
#[derive(Clone, Debug, Default)]
struct Rules {
    round_trip: Duration,
    /// From the server, on each connection.
    bytes_per_second: Option<u64>,
    /// Connections before this one stand still.
    forgotten: usize,
    /// Connections before this one are closed.
    cut: usize,
    /// All connections stand still, new ones too.
    stalled: bool,
    /// Requests to cancel wait.
    cancels_held: bool,
}

impl Rules {
    fn passes(&self, number: usize) -> bool {
        !self.stalled && number >= self.forgotten
    }
}

impl Proxy {
    /// Stands before the server of this URL.
    ///
    /// # Panics
    /// If the URL names no user, host and database.
    pub async fn before(url: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let (before_host, host_on) = url.split_once('@').expect("the URL names a user");
        let (server, database) = host_on.split_once('/').expect("and a database");
        let address = listener.local_addr().expect("the port is known");
        // In plain, so that the first message is the one that tells what a connection is for.
        let url = format!("{before_host}@{address}/{database}?sslmode=disable");
        let (opened, cancels, hung_up) = Default::default();
        let (rules, _) = watch::channel(Rules::default());
        let shared = Arc::new(Shared { server: server.to_owned(), rules, opened, cancels, hung_up });
        let accepting = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let number = shared.opened.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(serve(client, Arc::clone(&shared), number));
                }
            }
        });
        Self { url, shared, accepting }
    }

    /// The URL of the server behind it, through it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What is sent from now on takes this long there and back.
    pub fn round_trip(&self, time: Duration) {
        self.rule(|rules| rules.round_trip = time);
    }

    /// Each connection carries this many bytes a second at most from the server.
    pub fn limit(&self, bytes_per_second: u64) {
        self.rule(|rules| rules.bytes_per_second = Some(bytes_per_second));
    }

    /// Nothing passes any longer on the connections there are; new ones work. So does a firewall that forgot them.
    pub fn forget(&self) {
        let opened = self.shared.opened.load(Ordering::SeqCst);
        self.rule(|rules| rules.forgotten = opened);
    }

    /// Nothing passes, on whatever connection, until [`resume`](Self::resume).
    pub fn stall(&self) {
        self.rule(|rules| rules.stalled = true);
    }

    /// Passes on what is sent, and what was sent meanwhile.
    pub fn resume(&self) {
        self.rule(|rules| rules.stalled = false);
    }

    /// Closes the connections there are.
    pub fn cut(&self) {
        let opened = self.shared.opened.load(Ordering::SeqCst);
        self.rule(|rules| rules.cut = opened);
    }

    /// Keeps requests to cancel from now on, or passes on those that were kept.
    pub fn hold_cancels(&self, held: bool) {
        self.rule(|rules| rules.cancels_held = held);
    }

    /// How many connections were opened so far, requests to cancel left out.
    pub fn connections(&self) -> usize {
        self.shared.opened.load(Ordering::SeqCst) - self.cancels()
    }

    /// How many requests to cancel came so far.
    pub fn cancels(&self) -> usize {
        self.shared.cancels.load(Ordering::SeqCst)
    }

    /// How many of them came from a client that hung up without waiting for the server.
    pub fn cancels_hung_up(&self) -> usize {
        self.shared.hung_up.load(Ordering::SeqCst)
    }

    fn rule(&self, change: impl FnOnce(&mut Rules)) {
        self.shared.rules.send_modify(change);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.rule(|rules| rules.cut = usize::MAX);
    }
}

/// What a `CancelRequest` has in place of a version: "Message Formats" in PostgreSQL's documentation.
const CANCEL: [u8; 4] = 80_877_102_i32.to_be_bytes();

/// How long a request to cancel is on its way at least: a client that does not wait has hung up by then.
const CANCEL_TAKES: Duration = Duration::from_millis(200);

/// One connection, until either side ends it, in whatever way, or it is cut.
async fn serve(client: TcpStream, shared: Arc<Shared>, number: usize) {
    let mut rules = shared.rules.subscribe();
    tokio::select! {
        // That a side has gone is no news here.
        _ = pass(client, &shared, number) => {}
        _ = rules.wait_for(|rules| rules.cut > number) => {}
    }
}

async fn pass(mut client: TcpStream, shared: &Shared, number: usize) -> io::Result<()> {
    let mut head = [0; 8];
    client.read_exact(&mut head).await?;
    if head[4..] == CANCEL {
        return pass_cancel(client, shared, head).await;
    }
    let mut server = TcpStream::connect(&shared.server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    server.write_all(&head).await?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = pump(from_client, to_server, shared.rules.subscribe(), number, false);
    let back = pump(from_server, to_client, shared.rules.subscribe(), number, true);
    tokio::try_join!(there, back).map(drop)
}

async fn pass_cancel(mut client: TcpStream, shared: &Shared, head: [u8; 8]) -> io::Result<()> {
    shared.cancels.fetch_add(1, Ordering::SeqCst);
    let mut rest = [0; 8];
    client.read_exact(&mut rest).await?;
    if tokio::time::timeout(CANCEL_TAKES, client.read_u8()).await.is_ok() {
        shared.hung_up.fetch_add(1, Ordering::SeqCst);
    }
    let mut rules = shared.rules.subscribe();
    rules.wait_for(|rules| !rules.cancels_held).await.map_err(io::Error::other)?;
    let mut server = TcpStream::connect(&shared.server).await?;
    server.write_all(&head).await?;
    server.write_all(&rest).await?;
    // The server closes the connection once it has passed the request on.
    server.read_to_end(&mut Vec::new()).await.map(drop)
}

/// Carries bytes one way.
async fn pump(
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    rules: watch::Receiver<Rules>,
    number: usize,
    limited: bool,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(256);
    let read = read(from, sender, rules.clone());
    let write = write(to, receiver, rules, number, limited);
    // The reader ends first: then the writer writes what is left, and closes.
    tokio::try_join!(read, write).map(drop)
}

type Chunk = (Instant, Vec<u8>);

async fn read(
    mut from: impl AsyncRead + Unpin,
    sender: mpsc::Sender<Chunk>,
    rules: watch::Receiver<Rules>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        let due = Instant::now() + rules.borrow().round_trip / 2;
        if length == 0 || sender.send((due, buffer[..length].to_vec())).await.is_err() {
            return Ok(());
        }
    }
}

async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut receiver: mpsc::Receiver<Chunk>,
    mut rules: watch::Receiver<Rules>,
    number: usize,
    limited: bool,
) -> io::Result<()> {
    while let Some((due, bytes)) = receiver.recv().await {
        tokio::time::sleep_until(due).await;
        let rate = rules
            .wait_for(|rules| rules.passes(number))
            .await
            .map_err(io::Error::other)?
            .bytes_per_second
            .filter(|_| limited);
        if let Some(rate) = rate {
            tokio::time::sleep(Duration::from_secs_f64(bytes.len() as f64 / rate as f64)).await;
        }
        to.write_all(&bytes).await?;
    }
    // A side that is forgotten does not learn of the other one's end.
    rules.wait_for(|rules| rules.passes(number)).await.map_err(io::Error::other)?;
    to.shutdown().await
}
