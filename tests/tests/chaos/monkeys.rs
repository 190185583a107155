//! Those who ill-treat the servers, one each.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ormgen_tests::{
    dice::Dice,
    server::{ScratchServer, signal},
};
use tokio::task::JoinHandle;

use crate::{BOUND, Bank};

/// All of them.
pub struct Monkeys(Vec<JoinHandle<String>>);

impl Monkeys {
    /// Starts them.
    pub fn start(banks: &Arc<[Bank; 3]>, seed: u64, until: Instant) -> Self {
        let monkeys = (0..3).map(|number| {
            let banks = Arc::clone(banks);
            tokio::spawn(async move {
                let mut dice = Dice::new(seed.wrapping_add(500 + number as u64));
                let mut done = Vec::new();
                loop {
                    tokio::time::sleep(Duration::from_millis(300 + dice.roll(1_200))).await;
                    if Instant::now() >= until {
                        return done.join(", ");
                    }
                    done.push(ill_treat(&banks, number, &mut dice).await);
                }
            })
        });
        Self(monkeys.collect())
    }

    /// Waits until they have left their servers running, and says what each did.
    pub async fn over(self) -> Vec<String> {
        let mut all = Vec::new();
        for monkey in self.0 {
            all.push(tokio::time::timeout(BOUND * 2, monkey).await.expect("a monkey ends").unwrap());
        }
        all
    }
}

const BACKENDS: &str = "FROM pg_stat_activity WHERE datname = current_database()
     AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

async fn ill_treat(banks: &Arc<[Bank; 3]>, number: usize, dice: &mut Dice) -> &'static str {
    let bank = &banks[number];
    match dice.roll(7) {
        0 => {
            by_sql(bank, &format!("SELECT pg_terminate_backend(pid) {BACKENDS}")).await;
            "ended all connections"
        }
        1 => {
            by_sql(bank, &format!("SELECT pg_terminate_backend(pid) {BACKENDS} AND pid % 2 = 0")).await;
            "ended half of the connections"
        }
        2 => {
            by_sql(bank, &format!("SELECT pg_cancel_backend(pid) {BACKENDS}")).await;
            "cancelled what was under way"
        }
        3 => {
            blocking(banks, number, |server| {
                server.stop_fast();
                server.restart();
            })
            .await;
            "restarted"
        }
        4 => {
            blocking(banks, number, |server| {
                server.stop_immediate();
                server.restart();
            })
            .await;
            "crashed"
        }
        5 => {
            blocking(banks, number, ScratchServer::freeze).await;
            tokio::time::sleep(Duration::from_millis(200 + dice.roll(1_800))).await;
            blocking(banks, number, ScratchServer::thaw).await;
            "stopped for a while"
        }
        _ => {
            freeze_some(bank, dice).await;
            "stopped some of its processes for a while"
        }
    }
}

async fn by_sql(bank: &Bank, sql: &str) {
    let client = tokio::time::timeout(BOUND, bank.db.connect()).await.expect("the server answers");
    client.batch_execute(sql).await.unwrap();
}

async fn freeze_some(bank: &Bank, dice: &mut Dice) {
    let client = tokio::time::timeout(BOUND, bank.db.connect()).await.expect("the server answers");
    let rows = client.query(&format!("SELECT pid {BACKENDS} AND pid % 3 = 0"), &[]).await.unwrap();
    let pids: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    pids.iter().for_each(|pid| signal(*pid, "STOP"));
    tokio::time::sleep(Duration::from_millis(200 + dice.roll(1_800))).await;
    pids.iter().for_each(|pid| signal(*pid, "CONT"));
}

async fn blocking(banks: &Arc<[Bank; 3]>, number: usize, work: impl FnOnce(&ScratchServer) + Send + 'static) {
    let banks = Arc::clone(banks);
    tokio::task::spawn_blocking(move || work(&banks[number].server)).await.unwrap();
}
