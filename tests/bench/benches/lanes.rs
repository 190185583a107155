//! Rows by key per second, by the number of tasks that ask at the same time: lanes, a connection to each statement,
//! and both written by hand.
//!
//!     tests/run --exec cargo bench --manifest-path tests/bench/Cargo.toml --bench lanes
//!
//! The rounds are interleaved and their order turns, as a machine is never quiet. Ratios are to the pool by hand.

use std::{
    env,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use deadpool_postgres::{ManagerConfig, RecyclingMethod};
use ormgen_runtime::{config::ConnectionConfig, prelude::*};
use tokio_postgres::{Client, NoTls, Statement};

#[path = "../../../examples/quickstart/src/db/mod.rs"]
#[allow(dead_code, reason = "one table of it is used")]
mod db;
use db::{Databases, db1::Tournament};

type Failure = Box<dyn Error + Send + Sync>;

const TASKS: [usize; 4] = [1, 8, 64, 256];
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(800);
const ROWS: i32 = 1000;
const SCHEMA: &str = include_str!("../../../schemas/quickstart/db1.sql");
const SELECT: &str = "SELECT id, name, created_at FROM tournaments WHERE id = $1";

/// Who asks for the rows.
#[derive(Clone)]
enum Way {
    Ormgen(Databases),
    Pool(deadpool_postgres::Pool),
    Shared(Arc<[(Client, Statement)]>, Arc<AtomicUsize>),
}

impl Way {
    async fn row(&self, id: i32) -> Result<String, Failure> {
        Ok(match self {
            Self::Ormgen(dbs) => Tournament::find(id).one(dbs).await?.name,
            Self::Pool(pool) => {
                let client = pool.get().await?;
                let statement = client.prepare_cached(SELECT).await?;
                read(&client.query_one(&statement, &[&id]).await?)?
            }
            Self::Shared(clients, next) => {
                let (client, statement) = &clients[next.fetch_add(1, Ordering::Relaxed) % clients.len()];
                read(&client.query_one(statement, &[&id]).await?)?
            }
        })
    }
}

/// The whole row, as a model is made of it.
fn read(row: &tokio_postgres::Row) -> Result<String, Failure> {
    let (_, name, _): (i32, String, chrono::DateTime<chrono::Utc>) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(name)
}

fn main() -> Result<(), Failure> {
    let url =
        env::var("ORMGEN_TEST_PG_1").map_err(|_| "run it with `tests/run --exec`, which starts a server")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(&url))
}

async fn run(url: &str) -> Result<(), Failure> {
    let own = prepare(url).await?;
    let ways = [
        ("pool of 10, by hand", Way::Pool(pool(&own)?)),
        ("2 shared connections, by hand", shared(&own).await?),
        ("ormgen, lanes: 0", Way::Ormgen(databases(&own, 0)?)),
        ("ormgen, lanes: 1", Way::Ormgen(databases(&own, 1)?)),
        ("ormgen, lanes: 2", Way::Ormgen(databases(&own, 2)?)),
        ("ormgen, lanes: 4", Way::Ormgen(databases(&own, 4)?)),
    ];
    println!("| tasks | way | rows per second (median of {ROUNDS}) | ratio | slowest to fastest round |");
    println!("| --- | --- | --- | --- | --- |");
    for tasks in TASKS {
        let mut rates = vec![Vec::new(); ways.len()];
        for round in 0..=ROUNDS {
            for turn in 0..ways.len() {
                let at = (turn + round) % ways.len();
                let rate = measure(&ways[at].1, tasks).await?;
                // The first one warms up.
                if round > 0 {
                    rates[at].push(rate);
                }
            }
        }
        rates.iter_mut().for_each(|rates| rates.sort_by(f64::total_cmp));
        for ((name, _), sorted) in ways.iter().zip(&rates) {
            let (median, base) = (sorted[ROUNDS / 2], rates[0][ROUNDS / 2]);
            let spread = format!("{:.0} to {:.0}", sorted[0], sorted[ROUNDS - 1]);
            println!("| {tasks} | {name} | {median:.0} | {:.2} | {spread} |", median / base);
        }
    }
    Ok(())
}

async fn measure(way: &Way, tasks: usize) -> Result<f64, Failure> {
    let start = Instant::now();
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let way = way.clone();
            tokio::spawn(async move {
                let (mut rows, mut id) = (0_u32, i32::try_from(task)?);
                while start.elapsed() < ROUND {
                    id = (id * 7 + 13) % ROWS;
                    let name = way.row(id + 1).await?;
                    if name != format!("t{}", id + 1) {
                        return Err(format!("{name} is not the row {id}").into());
                    }
                    rows += 1;
                }
                Ok::<u32, Failure>(rows)
            })
        })
        .collect();
    let mut rows = 0;
    for task in running {
        rows += task.await??;
    }
    Ok(f64::from(rows) / start.elapsed().as_secs_f64())
}

async fn prepare(url: &str) -> Result<String, Failure> {
    let (server, _) = url.rsplit_once('/').ok_or("a URL ends with its database")?;
    let own = format!("{server}/bench_lanes");
    connect(url).await?.batch_execute("CREATE DATABASE bench_lanes").await?;
    let client = connect(&own).await?;
    client.batch_execute(SCHEMA).await?;
    let fill = "INSERT INTO tournaments (name) SELECT 't' || n FROM generate_series(1, $1::integer) AS n";
    client.execute(fill, &[&ROWS]).await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    Ok(own)
}

fn databases(url: &str, lanes: usize) -> Result<Databases, Failure> {
    let connection = |alias| ConnectionConfig::new(alias, url).lanes(lanes);
    Ok(Databases::lazy(["db1", "db2"].map(connection).into())?)
}

fn pool(url: &str) -> Result<deadpool_postgres::Pool, Failure> {
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = deadpool_postgres::Manager::from_config(url.parse()?, NoTls, config);
    Ok(deadpool_postgres::Pool::builder(manager).max_size(10).build()?)
}

async fn shared(url: &str) -> Result<Way, Failure> {
    let mut clients = Vec::new();
    for _ in 0..2 {
        let client = connect(url).await?;
        let statement = client.prepare(SELECT).await?;
        clients.push((client, statement));
    }
    Ok(Way::Shared(clients.into(), Arc::default()))
}

async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
