//! A task per pool that closes idle connections and keeps `min_idle` open.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use deadpool::managed::{Pool, WeakPool};

use super::{lanes::Lanes, manager::Manager};
use crate::config::PoolConfig;

/// The longest pause between two looks at a pool.
const PAUSE: Duration = Duration::from_secs(30);

/// Starts the task where the settings ask for one. It ends with the pool. Outside a tokio runtime nothing is
/// started: such a pool could not connect either.
pub(super) fn spawn(pool: &Pool<Manager>, settings: &PoolConfig, lanes: Option<&Arc<Lanes>>) {
    let kept_lanes = lanes.is_some_and(|lanes| lanes.keeps_some());
    if settings.min_idle == 0
        && !kept_lanes
        && settings.idle_timeout.is_none()
        && settings.max_lifetime.is_none()
    {
        return;
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let lanes = lanes.map_or_else(Weak::new, Arc::downgrade);
    runtime.spawn(maintain(pool.weak(), lanes, settings.clone()));
}

async fn maintain(pool: WeakPool<Manager>, lanes: Weak<Lanes>, settings: PoolConfig) {
    let shortest = settings.idle_timeout.into_iter().chain(settings.max_lifetime).min();
    let pause = shortest.map_or(PAUSE, |limit| (limit / 4).clamp(Duration::from_millis(50), PAUSE));
    loop {
        let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else { return };
        close_idle(&pool, &settings);
        open_idle(&pool, &settings).await;
        if let Some(lanes) = lanes.upgrade() {
            lanes.close_idle();
            lanes.open_idle().await;
        }
        drop(pool);
        tokio::time::sleep(pause).await;
    }
}

fn close_idle(pool: &Pool<Manager>, settings: &PoolConfig) {
    let mut spare = pool.status().available.saturating_sub(settings.min_idle);
    pool.retain(|session, metrics| {
        let old = settings.max_lifetime.is_some_and(|limit| metrics.age() > limit);
        let idle = settings.idle_timeout.is_some_and(|limit| metrics.last_used() > limit);
        let close = !session.is_usable() || old || (idle && spare > 0);
        spare = spare.saturating_sub(usize::from(close));
        !close
    });
}

/// Takes as many connections as are missing, at the same time, and gives them back.
async fn open_idle(pool: &Pool<Manager>, settings: &PoolConfig) {
    let status = pool.status();
    let missing = settings.min_idle.saturating_sub(status.available).min(status.max_size - status.size);
    let wanted = if missing == 0 { 0 } else { status.available + missing };
    let taken = (0..wanted).map(|_| pool.get());
    // A server that is down is reported to whoever needs it, not here.
    futures_util::future::join_all(taken).await;
}
