//! How long it takes to read a live schema, by the number of tables.
//!
//! `ORMGEN_BENCH_URL=postgres://… cargo bench --bench live`, as a user who may create databases. They are named
//! `ormgen_bench_N`, made when they are missing, and stay.

use std::{env, hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ormgen::catalog::live;
use ormgen_bench::Shape;
use ormgen_runtime::config::ConnectionConfig;
use tokio_postgres::{Client, NoTls};

const TABLES: [usize; 3] = [10, 100, 1000];
const COLUMNS: usize = 12;

async fn connect(url: &str) -> Client {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    tokio::spawn(driver);
    client
}

/// The URL of a database with so many tables.
async fn database(url: &str, tables: usize) -> String {
    let name = format!("ormgen_bench_{tables}");
    let (server, _) = url.rsplit_once('/').expect("the URL names a database");
    let own = format!("{server}/{name}");
    if connect(url).await.batch_execute(&format!("CREATE DATABASE {name}")).await.is_ok() {
        let ddl = ormgen_bench::ddl(Shape { tables, columns: COLUMNS });
        connect(&own).await.batch_execute(&ddl).await.expect("the schema loads");
    }
    own
}

fn introspect(criterion: &mut Criterion) {
    let url = env::var("ORMGEN_BENCH_URL").expect("ORMGEN_BENCH_URL names a database of a scratch server");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("introspect");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for tables in TABLES {
        let connection = ConnectionConfig::new("bench", runtime.block_on(database(&url, tables)));
        group.throughput(Throughput::Elements(tables as u64));
        group.bench_function(BenchmarkId::from_parameter(tables), |bench| {
            bench.iter(|| {
                let catalog = live::read_all(black_box(&[&connection]), |_, _| {}).remove(0);
                assert_eq!(catalog.expect("a catalog").tables.len(), tables);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, introspect);
criterion_main!(benches);
