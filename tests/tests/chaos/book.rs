//! What the tasks were told, to compare with what is stored.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use ormgen_tests::server::TestDb;

use crate::{ACCOUNTS, BOUND};

/// An operation's number, its server, and the rows that it stores.
struct Operation {
    server: usize,
    rows: i64,
    acknowledged: bool,
    denied: bool,
}

/// What was begun and what was acknowledged in one round.
#[derive(Default)]
pub struct Book {
    next: AtomicI64,
    operations: Mutex<HashMap<i64, Operation>>,
    touches: Mutex<HashMap<(usize, i32), Touches>>,
    /// Operations that were acknowledged.
    pub acknowledged: AtomicUsize,
}

/// Statements of no number that touched an account.
#[derive(Default)]
struct Touches {
    acknowledged: i64,
    begun: i64,
}

impl Book {
    /// Begins an operation that stores so many rows, and gives it a number.
    pub fn begin(&self, server: usize, rows: i64) -> i64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.operations
            .lock()
            .unwrap()
            .insert(number, Operation { server, rows, acknowledged: false, denied: false });
        number
    }

    /// The program was told that it is stored.
    pub fn acknowledge(&self, number: i64) {
        self.operations.lock().unwrap().get_mut(&number).unwrap().acknowledged = true;
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
    }

    /// The program was told that it is not stored.
    pub fn deny(&self, number: i64) {
        self.operations.lock().unwrap().get_mut(&number).unwrap().denied = true;
    }

    /// An account is about to be touched.
    pub fn touch(&self, server: usize, account: i32) {
        self.touches.lock().unwrap().entry((server, account)).or_default().begun += 1;
    }

    /// The program was told that it was.
    pub fn touched(&self, server: usize, account: i32) {
        self.touches.lock().unwrap().entry((server, account)).or_default().acknowledged += 1;
    }

    /// Compares with what a server has, and has it forget: the next round begins with nothing. Says what there was.
    pub async fn compare(&self, server: usize, db: &TestDb) -> String {
        let client = tokio::time::timeout(BOUND, db.connect()).await.expect("the server answers");
        let rows =
            client.query("SELECT number, count(*) FROM operations GROUP BY number", &[]).await.unwrap();
        let stored: HashMap<i64, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let operations = self.operations.lock().unwrap().drain_of(server);
        let (mut acknowledged, mut unknown) = (0, 0);
        for (number, operation) in &operations {
            let there = stored.get(number).copied().unwrap_or_default();
            if operation.acknowledged {
                acknowledged += 1;
                assert_eq!(there, operation.rows, "rows of operation {number}, which was acknowledged");
            } else {
                unknown += usize::from(there > 0);
                assert!(there == 0 || !operation.denied, "operation {number} was said not to be stored");
                let whole = there == 0 || there == operation.rows;
                assert!(whole, "operation {number}, never acknowledged: {there} rows of {}", operation.rows);
            }
        }
        let strange: Vec<_> = stored.keys().filter(|number| !operations.contains_key(number)).collect();
        assert!(strange.is_empty(), "numbers that nobody gave: {strange:?}");
        const WRONG: &str = "SELECT count(*) FROM accounts AS a WHERE balance <>
             (SELECT coalesce(sum(amount), 0) FROM operations WHERE account_id = a.id)";
        let wrong: i64 = client.query_one(WRONG, &[]).await.unwrap().get(0);
        assert_eq!(wrong, 0, "accounts whose balance is not the sum of what was done");
        for row in client.query("SELECT id, touches FROM accounts", &[]).await.unwrap() {
            let (account, there): (i32, i64) = (row.get(0), row.get(1));
            let touches = self.touches.lock().unwrap().remove(&(server, account)).unwrap_or_default();
            assert!(
                (touches.acknowledged..=touches.begun).contains(&there),
                "account {account} was touched {there} times: {} were acknowledged, {} begun",
                touches.acknowledged,
                touches.begun
            );
        }
        let count: i64 = client.query_one("SELECT count(*) FROM accounts", &[]).await.unwrap().get(0);
        assert_eq!(count, i64::from(ACCOUNTS));
        client
            .batch_execute("TRUNCATE operations; UPDATE accounts SET balance = 0, touches = 0")
            .await
            .unwrap();
        format!("{} operations, {acknowledged} acknowledged, {unknown} stored besides", operations.len())
    }
}

trait DrainOf {
    fn drain_of(&mut self, server: usize) -> HashMap<i64, Operation>;
}

impl DrainOf for HashMap<i64, Operation> {
    fn drain_of(&mut self, server: usize) -> HashMap<i64, Operation> {
        let (own, others) = self.drain().partition(|(_, operation)| operation.server == server);
        *self = others;
        own
    }
}
