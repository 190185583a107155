//! How often the hot paths allocate, beside the same by hand with tokio-postgres.
//!
//! A count is the same on every machine, where a time is not. Everything runs in the test's own thread, the tasks that
//! drive the connections too, so that all of it is counted and nothing else. Counts differ by a little from run to run,
//! as rows arrive in pieces of any size: the bounds leave room for that.

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
};

use allocation_counter::measure;
use futures_util::TryStreamExt;
use ormgen_runtime::{config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::shop::{
        Databases,
        orders::{Category, NewCategory},
    },
    migrations,
    server::server,
};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Row, types::ToSql};

/// Times that something is counted; the first ones, which prepare statements, are not.
const TIMES: usize = 20;

/// What one row more may differ from the same by hand: the pieces that rows arrive in.
const NOISE: f64 = 0.05;

/// Categories: 100 of them have 20 others each.
struct Bench {
    runtime: Runtime,
    dbs: Databases,
    client: Client,
}

impl Bench {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (dbs, client) = runtime.block_on(async {
            let database = server(1).create_database("allocations").await;
            for migration in migrations("shop/orders") {
                database.batch(&migration).await;
            }
            database.batch(CATEGORIES).await;
            let connections = ["crm", "crm_eu", "orders"];
            let connections = connections.map(|alias| ConnectionConfig::new(alias, database.url()));
            (Databases::lazy(connections.into()).unwrap(), database.connect().await)
        });
        Self { runtime, dbs, client }
    }

    /// Allocations of one time, `before` left out. On a machine that has much to do a connection may be asked whether it is still
    /// there, which allocates, too: of several measurements the least counts.
    fn count<T, F: Future<Output = ()>>(&self, before: impl Fn() -> T, work: impl Fn(T) -> F) -> f64 {
        let round = || (0..TIMES).for_each(|_| self.runtime.block_on(work(before())));
        round();
        let all = (0..3).map(|_| measure(round).count_total).min().unwrap_or_default();
        let before = measure(|| (0..TIMES).for_each(|_| drop(before()))).count_total;
        (all - before) as f64 / TIMES as f64
    }

    /// What 1,000 rows more cost, for each of them.
    fn a_row<F: Future<Output = ()>>(&self, work: impl Fn(usize) -> F) -> f64 {
        let of = |rows| self.count(|| rows, &work);
        (of(2000) - of(1000)) / 1000.0
    }
}

const CATEGORIES: &str = "
    INSERT INTO categories (name) SELECT 'Category ' || n FROM generate_series(1, 100) n;
    INSERT INTO categories (parent_id, name)
        SELECT id, 'Category ' || n FROM categories, generate_series(1, 20) n";

/// A category as one would write it by hand.
struct ByHand {
    _id: i32,
    _parent_id: Option<i32>,
    _name: String,
    _position: i16,
}

fn read(row: &Row) -> ByHand {
    ByHand { _id: row.get(0), _parent_id: row.get(1), _name: row.get(2), _position: row.get(3) }
}

/// Every row, decoded as it arrives.
async fn by_hand(
    client: &Client,
    statement: &tokio_postgres::Statement,
    values: &[&(dyn ToSql + Sync)],
) -> Vec<ByHand> {
    let mut found = Vec::new();
    let mut rows = pin!(client.query_raw(statement, values.iter().copied()).await.unwrap());
    while let Some(row) = rows.try_next().await.unwrap() {
        found.push(read(&row));
    }
    found
}

/// Categories that nobody inserted before.
fn new_categories(count: usize) -> Vec<NewCategory> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = || NUMBER.fetch_add(1, Ordering::Relaxed);
    (0..count).map(|_| NewCategory { parent_id: None, name: format!("New {}", number()) }).collect()
}

#[test]
fn a_row_costs_its_own_fields_and_what_the_driver_makes() {
    let bench = Bench::open();
    let sql = "SELECT id, parent_id, name, position FROM categories LIMIT $1";
    let statement = bench.runtime.block_on(bench.client.prepare(sql)).unwrap();
    let hand = bench.a_row(async |rows: usize| {
        let limit = i64::try_from(rows).unwrap();
        assert_eq!(black_box(by_hand(&bench.client, &statement, &[&limit]).await).len(), rows);
    });
    let ormgen = bench.a_row(async |rows: usize| {
        let found = Category::query().limit(rows as u64).all(&bench.dbs).await.unwrap();
        assert_eq!(black_box(found).len(), rows);
    });
    assert!(ormgen <= hand + NOISE, "{ormgen} a row, {hand} by hand");
    assert!(hand <= 4.0, "by hand {hand} a row: is anything else counted?");
}

#[test]
fn one_row_by_its_key_costs_a_few_more_than_by_hand() {
    let bench = Bench::open();
    let sql = "SELECT id, parent_id, name, position FROM categories WHERE id = $1";
    let statement = bench.runtime.block_on(bench.client.prepare(sql)).unwrap();
    let hand = bench.count(
        || (),
        async |()| {
            let row = bench.client.query_one(&statement, &[&7]).await.unwrap();
            black_box(read(&row));
        },
    );
    let ormgen = bench.count(
        || (),
        async |()| {
            black_box(Category::find(7).one(&bench.dbs).await.unwrap());
        },
    );
    assert!(ormgen <= hand + MORE_OF_A_STATEMENT, "{ormgen} a statement, {hand} by hand");
}

#[test]
fn an_insert_costs_a_few_more_than_by_hand() {
    let bench = Bench::open();
    let sql = "INSERT INTO categories (parent_id, name) VALUES ($1, $2)";
    let statement = bench.runtime.block_on(bench.client.prepare(sql)).unwrap();
    let one = || new_categories(1).pop().unwrap();
    let hand = bench.count(one, async |new| {
        let stored = bench.client.execute(&statement, &[&new.parent_id, &new.name]).await;
        assert_eq!(stored.unwrap(), 1);
    });
    let ormgen = bench.count(one, async |new| {
        assert_eq!(Category::insert(new).execute(&bench.dbs).await.unwrap(), 1);
    });
    assert!(ormgen <= hand + MORE_OF_A_STATEMENT, "{ormgen} a statement, {hand} by hand");
}

#[test]
fn one_row_more_of_many_inserted_costs_nothing() {
    let bench = Bench::open();
    let of = |rows| {
        bench.count(
            || new_categories(rows),
            async |new| {
                assert_eq!(Category::insert_many(new).execute(&bench.dbs).await.unwrap(), rows as u64);
            },
        )
    };
    let row = (of(2000) - of(1000)) / 1000.0;
    assert!(row <= NOISE, "{row} a row");
}

#[test]
fn rows_loaded_with_others_cost_what_they_would_alone() {
    let bench = Bench::open();
    let alone = bench.a_row(async |rows: usize| {
        black_box(Category::query().limit(rows as u64).all(&bench.dbs).await.unwrap());
    });
    let with = async |(parents, expected): (u64, usize)| {
        let query = Category::query().filter(Category::PARENT_ID.is_null()).limit(parents);
        let loaded = query.with(Category::CATEGORIES_BY_PARENT).all(&bench.dbs).await.unwrap();
        let children: usize = black_box(loaded).iter().map(|(_, children)| children.len()).sum();
        assert_eq!(children, expected);
    };
    let few = bench.count(|| (50, 1000), with);
    let many = bench.count(|| (100, 2000), with);
    // Each parent has a list, which grows a few times.
    let row = (many - few) / 1050.0;
    assert!(row <= alone + MORE_OF_RELATED, "{row} a row, {alone} alone");
}

/// What the session needs beside the driver: its statement's text, and the place of its rows.
const MORE_OF_A_STATEMENT: f64 = 2.5;
/// The list of a parent's children, for each of 20.
const MORE_OF_RELATED: f64 = 0.4;
