//! What must not grow: connections and memory.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use ormgen_runtime::Pool;
use ormgen_tests::generated::banking::{Databases, bank};
use tokio_postgres::{Client, NoTls};

use crate::{Bank, MAX_SIZE};

/// Looks at the pools and at this process.
#[derive(Default)]
pub struct Watch {
    /// Kilobytes, at the end of each round.
    memory: Mutex<Vec<usize>>,
}

/// Longer than the server needs to notice that the other side of a connection has gone, whatever it is at.
const NOTICED: Duration = Duration::from_secs(8);

const CONNECTIONS: &str = "SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

impl Watch {
    /// Until that time, no pool has more connections than it may: as it says itself, and as its server does, which
    /// counts one that was given up until it notices.
    pub async fn sizes_until(&self, dbs: &Databases, banks: &[Bank; 3], until: Instant) {
        let pools: [&Pool<bank::Bank>; 3] = [&dbs.bank, &dbs.bank_2, &dbs.bank_3];
        let mut too_many_since = [None; 3];
        while Instant::now() < until {
            for (number, pool) in pools.into_iter().enumerate() {
                assert!(pool.size() <= MAX_SIZE, "server {number}: {} connections", pool.size());
                // It may be down, or stand still: then nothing is known.
                let counted = tokio::time::timeout(Duration::from_millis(500), count(&banks[number])).await;
                let Ok(Some(counted)) = counted else { continue };
                if counted <= MAX_SIZE as i64 {
                    too_many_since[number] = None;
                } else if too_many_since[number].get_or_insert_with(Instant::now).elapsed() > NOTICED {
                    panic!("server {number} has {counted} connections, for {NOTICED:?}");
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// All is quiet: the server has no more connections than the pool may have.
    pub async fn connections_go_down(&self, bank: &Bank) {
        self.wait_for(bank, MAX_SIZE as i64).await;
    }

    /// The pool is closed.
    pub async fn none_is_left(&self, bank: &Bank) {
        self.wait_for(bank, 0).await;
    }

    async fn wait_for(&self, bank: &Bank, most: i64) {
        let until = Instant::now() + NOTICED * 2;
        loop {
            let counted = count(bank).await.expect("the server answers");
            if counted <= most {
                return;
            }
            assert!(Instant::now() < until, "{counted} connections are left, and {most} may be");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Takes down how much memory this process has.
    pub fn memory_of_round(&self) {
        self.memory.lock().unwrap().push(resident());
    }

    /// It does not grow from round to round: the last one has little more than the first one, in which all was new.
    pub fn memory_is_flat(&self) {
        let memory = self.memory.lock().unwrap();
        eprintln!("memory after each round, in kB: {memory:?}");
        let (first, last) = (memory[0], memory[memory.len() - 1]);
        assert!(last < first + first / 2 + 16_384, "it grew from {first} kB to {last} kB: {memory:?}");
    }
}

async fn count(bank: &Bank) -> Option<i64> {
    let config: tokio_postgres::Config = bank.db.url().parse().unwrap();
    let (client, driver) = config.connect(NoTls).await.ok()?;
    let driver = tokio::spawn(driver);
    let counted = ask(&client).await;
    driver.abort();
    counted
}

async fn ask(client: &Client) -> Option<i64> {
    client.query_one(CONNECTIONS, &[]).await.ok().map(|row| row.get(0))
}

/// Kilobytes of this process in memory (proc(5): the second number of `statm`, in pages).
fn resident() -> usize {
    const PAGE: usize = 4;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * PAGE
}
