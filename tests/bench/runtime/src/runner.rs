//! A peer, whatever its types: gives samples of its work.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

#[cfg(feature = "peers")]
use crate::peers::{Diesel, SeaOrm, Sqlx};
use crate::{
    peers::{AsItComes, ByHand, Copying, Peer, Reading, Result, Urls, User},
    work::Work,
};

/// What a sample gives.
pub type Sampled<'a> = Pin<Box<dyn Future<Output = Result<Sample>> + Send + 'a>>;

/// So many times the same work.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// For one time.
    pub each: Duration,
    /// What the last time counted.
    pub rows: usize,
}

/// A connected peer.
pub trait Runner: Send + Sync {
    /// Its name in the report.
    fn name(&self) -> &'static str;
    /// Does some work `times` times, spread over as many tasks; what it inserts is made before the clock runs.
    fn sample(&self, work: Work, times: usize, tasks: usize) -> Sampled<'_>;
    /// Makes what so many inserts take, and drops it: what that costs is not the insert's.
    fn make_inserts(&self, work: Work, times: usize);
}

/// The names of all peers, in the report's order.
pub const ALL: &[&str] = &[
    ByHand::NAME,
    Copying::NAME,
    AsItComes::NAME,
    #[cfg(feature = "peers")]
    Diesel::NAME,
    #[cfg(feature = "peers")]
    Sqlx::NAME,
    #[cfg(feature = "peers")]
    SeaOrm::NAME,
];

/// Whether a peer does some work: only where it differs from its sibling.
pub fn takes_part(peer: &str, work: Work) -> bool {
    match peer {
        Copying::NAME => matches!(work, Work::Bulk(_)),
        _ => true,
    }
}

/// Every peer, connected. Each is named as the server shows it.
///
/// # Errors
/// Those of connecting.
pub async fn all(urls: &Urls) -> Result<Vec<Box<dyn Runner>>> {
    let mut runners: Vec<Box<dyn Runner>> = Vec::new();
    for name in ALL {
        runners.push(by_name(name, urls).await?);
    }
    Ok(runners)
}

/// One of them.
///
/// # Errors
/// Those of connecting, and for a name that nobody has.
pub async fn by_name(name: &str, urls: &Urls) -> Result<Box<dyn Runner>> {
    Ok(match name {
        ByHand::NAME => Box::new(Connected(connect::<ByHand>(urls).await?)),
        Copying::NAME => Box::new(Connected(connect::<Copying>(urls).await?)),
        AsItComes::NAME => Box::new(Connected(connect::<AsItComes>(urls).await?)),
        #[cfg(feature = "peers")]
        Diesel::NAME => Box::new(Connected(connect::<Diesel>(urls).await?)),
        #[cfg(feature = "peers")]
        Sqlx::NAME => Box::new(Connected(connect::<Sqlx>(urls).await?)),
        #[cfg(feature = "peers")]
        SeaOrm::NAME => Box::new(Connected(connect::<SeaOrm>(urls).await?)),
        unknown => return Err(format!("no peer is called {unknown}").into()),
    })
}

async fn connect<P: Peer>(urls: &Urls) -> Result<P> {
    P::connect(&urls.named(&server_name(P::NAME))).await
}

/// The name that the server shows beside a peer's connections.
pub fn server_name(peer: &str) -> String {
    peer.replace([' ', ','], "-")
}

struct Connected<P>(P);

impl<P: Peer> Runner for Connected<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn sample(&self, work: Work, times: usize, tasks: usize) -> Sampled<'_> {
        let peer = self.0.clone();
        Box::pin(async move {
            if tasks > 1 {
                return at_once(peer, work, times, tasks).await;
            }
            // In a task, not in the runtime's main thread: that is where queries run.
            tokio::spawn(one_by_one(peer, work, times)).await?
        })
    }

    fn make_inserts(&self, work: Work, times: usize) {
        std::hint::black_box(Inserts::<P>::of(work, times));
    }
}

async fn one_by_one<P: Peer>(peer: P, work: Work, times: usize) -> Result<Sample> {
    let mut inserts = Inserts::<P>::of(work, times);
    let mut rows = 0;
    let start = Instant::now();
    for time in 0..times {
        rows = once(&peer, work, time, &mut inserts).await?;
    }
    Ok(Sample { each: per(start.elapsed(), times), rows })
}

async fn at_once<P: Peer>(peer: P, work: Work, times: usize, tasks: usize) -> Result<Sample> {
    let each = times.div_ceil(tasks);
    let go = Arc::new(tokio::sync::Barrier::new(tasks + 1));
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let (peer, go) = (peer.clone(), Arc::clone(&go));
            tokio::spawn(async move {
                go.wait().await;
                let mut rows = 0;
                for time in 0..each {
                    rows = once(&peer, work, task * each + time, &mut Inserts::of(work, 0)).await?;
                }
                Result::Ok(rows)
            })
        })
        .collect();
    let start = Instant::now();
    go.wait().await;
    let mut rows = 0;
    for task in running {
        rows = task.await??;
    }
    Ok(Sample { each: per(start.elapsed(), each * tasks), rows })
}

fn per(elapsed: Duration, times: usize) -> Duration {
    elapsed / u32::try_from(times).unwrap_or(u32::MAX).max(1)
}

/// What is about to be inserted, one batch a time.
struct Inserts<P: Peer> {
    users: Vec<Vec<P::NewUser>>,
    readings: Vec<Vec<P::NewReading>>,
}

impl<P: Peer> Inserts<P> {
    fn of(work: Work, times: usize) -> Self {
        let (mut users, mut readings) = (Vec::new(), Vec::new());
        match work {
            Work::Insert(rows) => {
                users.resize_with(times, || (0..rows).map(|n| P::user(User::number(n))).collect());
            }
            Work::Bulk(rows) => {
                readings.resize_with(times, || (0..rows).map(|n| P::reading(Reading::number(n))).collect());
            }
            _ => {}
        }
        Self { users, readings }
    }
}

async fn once<P: Peer>(peer: &P, work: Work, time: usize, inserts: &mut Inserts<P>) -> Result<usize> {
    match work {
        Work::Users => peer.users().await,
        Work::UsersAndPosts => peer.users_and_posts().await,
        Work::Associations => peer.associations().await,
        Work::Children => peer.children().await,
        // Any order will do, as long as it is the same for all.
        Work::Find => peer.find(i64::try_from(time * 389 % 1000)? + 1).await,
        Work::Both => peer.both().await,
        Work::Reference => peer.reference().await,
        Work::Insert(_) => peer.insert(inserts.users.pop().unwrap_or_default()).await,
        Work::Bulk(_) => peer.bulk(inserts.readings.pop().unwrap_or_default()).await,
    }
}
