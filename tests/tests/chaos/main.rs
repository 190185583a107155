//! Three servers that are restarted, crashed and stopped, whose connections are ended, and 256 tasks that write to them
//! and go away at random: what was acknowledged is there exactly once, what was not is there once at most, and nothing
//! hangs, grows or is left behind.
//!
//! Half a minute; `ORMGEN_CHAOS_SECONDS` and `ORMGEN_CHAOS_SEED` make it any other length and other numbers.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, its helpers included")]

mod book;
mod monkeys;
mod tasks;
mod watch;

use std::{
    env,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use ormgen_runtime::{config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::banking::Databases,
    server::{ScratchServer, TestDb},
};

use crate::{book::Book, monkeys::Monkeys, tasks::Tasks, watch::Watch};

/// As many tasks as this.
const TASKS: usize = 256;
/// Connections to each server.
const MAX_SIZE: usize = 8;
/// Rows in each database.
const ACCOUNTS: i32 = 200;
/// How long the tasks are at work before the books are looked at.
const ROUND: Duration = Duration::from_secs(7);
/// What no call may take, whatever was done to its server.
const BOUND: Duration = Duration::from_secs(60);

/// One of the servers.
struct Bank {
    server: ScratchServer,
    db: TestDb,
}

impl Bank {
    async fn open() -> Self {
        let server = ScratchServer::start_with(&[
            "deadlock_timeout = 100ms",
            // Whoever has gone is noticed while its statement waits.
            "client_connection_check_interval = 200ms",
        ]);
        let db = server.server().create_database("bank").await;
        let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/bank.sql");
        db.batch(&std::fs::read_to_string(schema).unwrap()).await;
        db.batch(&format!("INSERT INTO accounts SELECT n FROM generate_series(1, {ACCOUNTS}) AS n")).await;
        Self { server, db }
    }
}

/// Prints what it takes to run this again, if it fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to run it again: ORMGEN_CHAOS_SEED={}", self.0);
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{variable}` is a number, not `{text}`")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_done_twice() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed = Seed(number("ORMGEN_CHAOS_SEED").unwrap_or_else(|| u64::from(now.subsec_nanos())));
    let length = Duration::from_secs(number("ORMGEN_CHAOS_SECONDS").unwrap_or(30));
    let banks = Arc::new([Bank::open().await, Bank::open().await, Bank::open().await]);
    let settings = ["bank", "bank_2", "bank_3"].into_iter().zip(banks.iter()).map(|(alias, bank)| {
        ConnectionConfig::new(alias, bank.db.url())
            .max_size(MAX_SIZE)
            .acquire_timeout(Duration::from_secs(10))
    });
    let dbs = Databases::lazy(settings.collect()).unwrap();
    let began = Instant::now();
    let watch = Watch::default();
    let mut round = 0;
    while began.elapsed() < length {
        let until = Instant::now() + ROUND.min(length.saturating_sub(began.elapsed()));
        let seed = seed.0.wrapping_add(round * 1_000);
        let book = Arc::new(Book::default());
        let tasks = Tasks::start(&dbs, &book, seed, until);
        let monkeys = Monkeys::start(&banks, seed, until);
        watch.sizes_until(&dbs, &banks, until).await;
        let done = monkeys.over().await;
        tasks.over().await;
        everything_works(&dbs).await;
        for (number, bank) in banks.iter().enumerate() {
            watch.connections_go_down(bank).await;
            let rows = book.compare(number, &bank.db).await;
            eprintln!("round {round}, server {number}: {rows}; {}", done[number]);
        }
        assert!(book.acknowledged.load(Ordering::Relaxed) > 100, "the servers got little to do");
        watch.memory_of_round();
        round += 1;
    }
    watch.memory_is_flat();
    for (pool, bank) in [(&dbs.bank, &banks[0]), (&dbs.bank_2, &banks[1]), (&dbs.bank_3, &banks[2])] {
        tokio::time::timeout(BOUND, pool.close()).await.expect("the pool is closed in time");
        watch.none_is_left(bank).await;
    }
}

/// When all is quiet again, each pool serves everyone with all of its connections.
async fn everything_works(dbs: &Databases) {
    for pool in [&dbs.bank, &dbs.bank_2, &dbs.bank_3] {
        tasks_end("a pool's connections", async {
            let all = futures_util::future::join_all((0..MAX_SIZE).map(|_| pool.connection())).await;
            all.into_iter().for_each(|connection| drop(connection.unwrap()));
        })
        .await;
        tasks_end("a pool's finds", async {
            let finds = (0..1_000).map(|n| tasks::find(pool, n % ACCOUNTS + 1));
            futures_util::future::join_all(finds).await.into_iter().for_each(|found| found.unwrap());
        })
        .await;
    }
}

async fn tasks_end<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, work).await.unwrap_or_else(|_| panic!("{what}: nothing within {BOUND:?}"))
}
