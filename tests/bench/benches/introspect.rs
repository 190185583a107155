//! How long a live schema takes to read, beside what its queries cost the server, by the number of tables:
//!
//!     tests/run --exec cargo bench --manifest-path tests/bench/Cargo.toml --bench introspect
//!
//! The number of queries and their cost are the server's own (`pg_stat_statements`): planning and execution, without
//! the network and without the client.

use std::{env, error::Error, time::Instant};

use ormgen::catalog::live;
use ormgen_bench::Shape;
use ormgen_runtime::config::ConnectionConfig;
use tokio_postgres::{Client, NoTls};

const TABLES: [usize; 4] = [10, 100, 500, 1000];
const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let url =
        env::var("ORMGEN_TEST_PG_1").map_err(|_| "run it with `tests/run --exec`, which starts a server")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("| tables | columns | queries | server, ms | introspect, ms (median of {ROUNDS}) | ratio |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for tables in TABLES {
        let name = format!("bench_{tables}");
        let own = with_database(&url, &name)?;
        runtime.block_on(prepare(&url, &own, &name, tables))?;
        let connection = ConnectionConfig::new("bench", own.as_str());
        let mut millis = Vec::with_capacity(ROUNDS);
        let mut columns = 0;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let catalog =
                live::read_all(&[&connection], |_, _| {}).remove(0).map_err(|error| error.to_string())?;
            millis.push(start.elapsed().as_secs_f64() * 1000.0);
            columns = catalog.tables.values().map(|table| table.columns.len()).sum();
        }
        millis.sort_by(f64::total_cmp);
        let median = millis[ROUNDS / 2];
        let (queries, server) = runtime.block_on(cost(&own))?;
        println!("| {tables} | {columns} | {queries} | {server:.1} | {median:.1} | {:.2} |", median / server);
    }
    Ok(())
}

fn with_database(url: &str, name: &str) -> Result<String, Box<dyn Error>> {
    let (server, _) = url.rsplit_once('/').ok_or("a URL ends with its database")?;
    Ok(format!("{server}/{name}"))
}

/// A new database with so many tables, its statistics up to date, and the server's counters at zero.
async fn prepare(url: &str, own: &str, name: &str, tables: usize) -> Result<(), Box<dyn Error>> {
    let server = connect(url).await?;
    server.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let client = connect(own).await?;
    client.batch_execute(&ormgen_bench::ddl(Shape { tables, columns: 12 })).await?;
    client.batch_execute("ANALYZE; CREATE EXTENSION pg_stat_statements").await?;
    client.batch_execute("SELECT pg_stat_statements_reset()").await?;
    Ok(())
}

/// How many statements one introspection sends, and what they cost the server, in milliseconds.
async fn cost(own: &str) -> Result<(i64, f64), Box<dyn Error>> {
    let client = connect(own).await?;
    let row = client
        .query_one(
            "SELECT count(*), sum(mean_exec_time + mean_plan_time) FROM pg_stat_statements s
             JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
             WHERE query ILIKE 'SELECT%' AND calls >= $1 AND query NOT LIKE '%pg_stat_statements%'",
            &[&i64::try_from(ROUNDS)?],
        )
        .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        // What goes wrong shows at the next statement.
        let _ = connection.await;
    });
    Ok(client)
}
