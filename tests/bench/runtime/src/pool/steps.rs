//! One time of each work, for any peer.

use crate::{
    peers::{Peer, Pooled, Result, User},
    pool::load::{Load, SLOW},
};

/// One of how many reads is slow where slow ones are among fast ones.
const ONE_SLOW_OF: u64 = 20;

/// Rows that have keys, from 1.
const KEYS: u64 = 1000;

/// What does a work once.
pub trait Steps: Clone + Send + Sync + 'static {
    /// The peer's name in the report.
    const NAME: &'static str;
    /// Does it; `number` is as good as random, and decides what key is asked for, and whether this one is slow.
    fn step(&self, load: Load, number: u64) -> impl Future<Output = Result<()>> + Send;
    /// Reads the 20 MB that [`Load::Large`] reads beside its steps.
    fn aside(&self) -> impl Future<Output = Result<()>> + Send;
}

/// A peer that does the common works.
#[derive(Clone)]
pub struct Common<P>(pub P);

/// A peer that does them all.
#[derive(Clone)]
pub struct All<P>(pub P);

impl<P: Peer> Steps for Common<P> {
    const NAME: &'static str = P::NAME;

    async fn step(&self, load: Load, number: u64) -> Result<()> {
        common(&self.0, load, number).await
    }

    async fn aside(&self) -> Result<()> {
        Err(format!("{} reads no documents", P::NAME).into())
    }
}

impl<P: Pooled> Steps for All<P> {
    const NAME: &'static str = P::NAME;

    async fn step(&self, load: Load, number: u64) -> Result<()> {
        let Self(peer) = self;
        let slow = number.is_multiple_of(ONE_SLOW_OF);
        match load {
            Load::Pause(milliseconds) => peer.pause(milliseconds).await,
            Load::Burn => peer.burn().await,
            Load::Transaction => peer.transaction(key(number)?).await,
            Load::SlowAmongFast if slow => peer.pause(SLOW).await,
            Load::SlowValue => peer.pause(if slow { SLOW } else { 0 }).await,
            Load::SlowAmongFast | Load::Large => peer.find(key(number)?).await.and_then(exactly(1)),
            _ => common(peer, load, number).await,
        }
    }

    async fn aside(&self) -> Result<()> {
        self.0.documents().await.and_then(exactly(crate::data::DOCUMENTS))
    }
}

async fn common<P: Peer>(peer: &P, load: Load, number: u64) -> Result<()> {
    match load {
        Load::SelectByKey => peer.find(key(number)?).await.and_then(exactly(1)),
        Load::Rows => peer.users().await.and_then(exactly(1000)),
        Load::Insert(_) => {
            let user = P::user(User::number(usize::try_from(number % KEYS)?));
            peer.insert(vec![user]).await.and_then(exactly(1))
        }
        Load::Update => peer.update(key(number)?).await.and_then(exactly(1)),
        _ => Err(format!("{} does not do {}", P::NAME, load.name()).into()),
    }
}

fn key(number: u64) -> Result<i64> {
    // What decides about slowness does not decide about the key.
    Ok(i64::try_from(number / ONE_SLOW_OF % KEYS)? + 1)
}

/// A peer that did less than it was asked for, or more, was not measured.
fn exactly(expected: usize) -> impl FnOnce(usize) -> Result<()> {
    move |count| {
        if count == expected { Ok(()) } else { Err(format!("{count} rows in place of {expected}").into()) }
    }
}
