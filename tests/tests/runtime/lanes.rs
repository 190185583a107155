//! Lanes: connections that the statements outside transactions share.

mod relief;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{
    TryStreamExt,
    future::{BoxFuture, join, join_all, poll_immediate, try_join, try_join_all},
};
use ormgen_runtime::{Error, Expr, NotNull, config::ConnectionConfig, functions::sql, prelude::*};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{ActiveCustomer, Address, Crm, Customer},
    },
    server::ScratchServer,
};
use tokio_postgres::Client;

use crate::{
    statements::PREPARED,
    support::{Shop, ask, connections_to, crm_on, customer, customers, eventually, soon},
};

/// A shop of that many customers.
async fn filled(rows: usize, settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> Shop {
    let shop = Shop::open_with(settings).await;
    Customer::insert_many(customers(rows)).execute(&shop.dbs).await.unwrap();
    shop
}

/// One lane, and one connection that is not shared.
fn one_and_one(connection: ConnectionConfig) -> ConnectionConfig {
    connection.max_size(2).lanes(1)
}

/// Which of the server's processes serves a statement on this executor.
async fn pid(executor: impl Executor<Crm>) -> i32 {
    let pid: Expr<Customer, i32, NotNull> = sql("pg_backend_pid()").expression();
    soon(Customer::query().select(pid).limit(1).one(executor)).await.unwrap()
}

/// Keeps the row of that customer locked.
async fn lock(shop: &Shop, id: i64) -> Client {
    let locker = shop.crm.connect().await;
    locker.batch_execute("BEGIN").await.unwrap();
    locker.execute("SELECT 1 FROM customers WHERE id = $1 FOR UPDATE", &[&id]).await.unwrap();
    locker
}

async fn visit(dbs: &Databases, id: i64) -> ormgen_runtime::Result<u64> {
    let update = Customer::query().filter(Customer::ID.eq(id)).update();
    update.set(Customer::VISITS, Customer::VISITS + 1).execute(dbs).await
}

async fn visits(dbs: &Databases, id: i64) -> i32 {
    soon(Customer::find(id).one(dbs)).await.unwrap().visits
}

/// Statements that wait for a lock, as the server sees it.
async fn waiting(shop: &Shop) -> i64 {
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    ask(&shop.crm, WAITING).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_number_of_tasks_share_two_connections() {
    let shop = filled(100, |connection| connection.max_size(3).lanes(2)).await;
    // The only connection that is not shared is taken.
    let held = shop.dbs.crm.connection().await.unwrap();
    let tasks = (0..200_i64).map(|task| {
        let dbs = shop.dbs.clone();
        tokio::spawn(async move {
            for n in 0..20 {
                let id = (task * 7 + n) % 100 + 1;
                let row = Customer::find(id).one(&dbs).await.unwrap();
                assert_eq!((row.id, row.name), (id, format!("c{}", id - 1)));
                visit(&dbs, id).await.unwrap();
            }
        })
    });
    for task in soon(join_all(tasks)).await {
        task.unwrap();
    }
    assert_eq!((connections_to(&shop.crm).await, shop.dbs.crm.size()), (3, 3));
    drop(held);
    let all = Customer::query().all(&shop.dbs).await.unwrap();
    assert_eq!(all.iter().map(|row| row.visits).sum::<i32>(), 200 * 20);
}

#[tokio::test]
async fn a_second_lane_is_opened_when_the_first_is_at_work() {
    let shop = filled(2, |connection| connection).await;
    // The rows came on a connection of their own.
    let before = shop.dbs.crm.size();
    for _ in 0..5 {
        visit(&shop.dbs, 1).await.unwrap();
    }
    assert_eq!(shop.dbs.crm.size(), before + 1);
    let locker = lock(&shop, 1).await;
    let stalled = tokio::spawn({
        let dbs = shop.dbs.clone();
        async move { visit(&dbs, 1).await }
    });
    eventually("it waits for the lock", async || waiting(&shop).await == 1).await;
    eventually("another lane", async || {
        assert_eq!(visits(&shop.dbs, 2).await, 0);
        shop.dbs.crm.size() > before + 1
    })
    .await;
    locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(soon(stalled).await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn statements_pass_one_that_is_stalled() {
    let shop = filled(2, one_and_one).await;
    let locker = lock(&shop, 1).await;
    let stalled = tokio::spawn({
        let dbs = shop.dbs.clone();
        async move { visit(&dbs, 1).await }
    });
    eventually("it waits for the lock", async || waiting(&shop).await == 1).await;
    for _ in 0..20 {
        soon(visit(&shop.dbs, 2)).await.unwrap();
    }
    assert!(!stalled.is_finished());
    locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(soon(stalled).await.unwrap().unwrap(), 1);
    assert_eq!((visits(&shop.dbs, 1).await, visits(&shop.dbs, 2).await), (1, 20));
}

/// What was sent behind a statement that does not end is answered all the same: the one in front makes way.
#[tokio::test]
async fn statements_behind_one_that_is_stalled_are_answered() {
    let shop = filled(2, one_and_one).await;
    let dbs = &shop.dbs;
    visit(dbs, 2).await.unwrap();
    visits(dbs, 2).await;
    let locker = lock(&shop, 1).await;
    // Both are sent at once, on the one lane.
    let stalled = visit(dbs, 1);
    let behind = async {
        let behind = (0..100).map(|_| visits(dbs, 2));
        assert_eq!(soon(join_all(behind)).await, [1; 100]);
        eventually("the other one waits again, elsewhere", async || waiting(&shop).await == 1).await;
        locker.batch_execute("ROLLBACK").await.unwrap();
    };
    let (stalled, ()) = soon(join(stalled, behind)).await;
    // It was begun twice and done once.
    assert_eq!((stalled.unwrap(), visits(dbs, 1).await), (1, 1));
    eventually("the locker's and two", async || connections_to(&shop.crm).await == 3).await;
}

/// The holder of a lock asks for something on the lane where others wait for the lock.
#[tokio::test]
async fn a_transaction_may_use_the_pool() {
    let shop = filled(2, |connection| connection).await;
    let dbs = &shop.dbs;
    for _ in 0..5 {
        let tx = dbs.crm.begin().await.unwrap();
        Customer::find(1).for_update().one(&tx).await.unwrap();
        let others = join_all((0..6).map(|_| visit(dbs, 1)));
        let holder = async {
            visits(dbs, 2).await;
            soon(visit(dbs, 2)).await.unwrap();
            tx.commit().await.unwrap();
        };
        let (others, ()) = soon(join(others, holder)).await;
        assert_eq!(others.into_iter().map(Result::unwrap).sum::<u64>(), 6);
    }
    assert_eq!((visits(dbs, 1).await, visits(dbs, 2).await), (30, 5));
}

#[tokio::test]
async fn a_stalled_statement_with_nowhere_to_go_ends_in_time() {
    let timeout = Duration::from_secs(1);
    let shop = filled(2, |connection| one_and_one(connection).acquire_timeout(timeout)).await;
    let dbs = &shop.dbs;
    visit(dbs, 2).await.unwrap();
    visits(dbs, 2).await;
    let held = dbs.crm.connection().await.unwrap();
    let _locker = lock(&shop, 1).await;
    let mut tries = 0;
    let (stalled, behind) = loop {
        let stalled = async { Ok(visit(dbs, 1).await) };
        match soon(try_join(stalled, Customer::find(2).one(dbs))).await {
            Ok(both) => break both,
            // This process was held up between the two, so the lane stood still already when the second one was sent.
            Err(error) => assert!(matches!(error, Error::PoolTimeout { .. }) && tries < 5, "{error:?}"),
        }
        tries += 1;
        eventually("the first one is stopped", async || waiting(&shop).await == 0).await;
    };
    assert!(matches!(stalled, Err(Error::PoolTimeout { waited, .. }) if waited == timeout), "{stalled:?}");
    assert_eq!(behind.visits, 1);
    // Alone it is in nobody's way, and waits as long as it likes.
    let alone = tokio::time::timeout(timeout * 3, visit(dbs, 1)).await;
    assert!(alone.is_err(), "{alone:?}");
    // Nobody waits for it any longer.
    eventually("it is stopped", async || waiting(&shop).await == 0).await;
    drop(held);
    assert_eq!(visits(dbs, 2).await, 1);
}

#[tokio::test]
async fn all_lanes_and_connections_in_use() {
    let timeout = Duration::from_secs(1);
    let shop = filled(1, |connection| one_and_one(connection).acquire_timeout(timeout)).await;
    let _held = shop.dbs.crm.connection().await.unwrap();
    let _locker = lock(&shop, 1).await;
    let stalled = tokio::spawn({
        let dbs = shop.dbs.clone();
        async move { visit(&dbs, 1).await }
    });
    eventually("it waits for the lock", async || waiting(&shop).await == 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let error = soon(Customer::query().count(&shop.dbs)).await.unwrap_err();
    assert!(matches!(error, Error::PoolTimeout { waited, .. } if waited == timeout), "{error}");
    stalled.abort();
}

/// A caller that does not read its answer, here because it is not polled, holds up nobody.
#[tokio::test]
async fn an_answer_that_nobody_reads() {
    let shop = filled(5_000, one_and_one).await;
    let _held = shop.dbs.crm.connection().await.unwrap();
    let dbs = &shop.dbs;
    Customer::query().all(dbs).await.unwrap();
    let mut unread = Box::pin(Customer::query().all(dbs));
    assert!(poll_immediate(&mut unread).await.is_none());
    for _ in 0..10 {
        assert_eq!(soon(Customer::query().count(dbs)).await.unwrap(), 5_000);
    }
    // The same before it is prepared.
    let mut unprepared = Box::pin(Address::query().all(dbs));
    assert!(poll_immediate(&mut unprepared).await.is_none());
    assert!(soon(Address::query().all(dbs)).await.unwrap().is_empty());
    assert_eq!(soon(unread).await.unwrap().len(), 5_000);
    assert!(soon(unprepared).await.unwrap().is_empty());
}

/// Callers that sent their statements, are not polled and go on later, among them some with more than the driver keeps.
#[tokio::test]
async fn answers_of_any_size_that_nobody_reads_for_a_while() {
    let shop = filled(5_000, one_and_one).await;
    let _held = shop.dbs.crm.connection().await.unwrap();
    let dbs = &shop.dbs;
    let some = |limit| Customer::query().order_by(Customer::ID.asc()).limit(limit);
    some(1).all(dbs).await.unwrap();
    let mut unread = Vec::new();
    for limit in [1, 5_000, 0, 3, 5_000].repeat(8) {
        let mut rows = Box::pin(some(limit).all(dbs));
        assert!(poll_immediate(&mut rows).await.is_none());
        unread.push((usize::try_from(limit).unwrap(), rows));
    }
    for _ in 0..10 {
        assert_eq!(soon(Customer::find(7).one(dbs)).await.unwrap().id, 7);
    }
    // The last one first; some of them never.
    for (n, (limit, rows)) in unread.into_iter().enumerate().rev() {
        if n % 3 > 0 {
            let rows = soon(rows).await.unwrap();
            assert_eq!(rows.len(), limit);
            assert!(rows.windows(2).all(|two| two[0].id < two[1].id));
        }
    }
    assert_eq!(soon(Customer::query().count(dbs)).await.unwrap(), 5_000);
}

/// The same numbers every time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

async fn dropped_at_random(seed: u64) {
    let shop = filled(50, |connection| connection.max_size(4).lanes(2)).await;
    let dbs = &shop.dbs;
    let mut dice = Dice(seed);
    for _ in 0..400 {
        let id = i64::try_from(dice.roll(50)).unwrap() + 1;
        let mut statement: BoxFuture<'_, ()> = match dice.roll(5) {
            0 => Box::pin(async move { assert_eq!(Customer::find(id).one(dbs).await.unwrap().id, id) }),
            1 => Box::pin(async move { assert_eq!(visit(dbs, id).await.unwrap(), 1) }),
            2 => Box::pin(async move { assert_eq!(Customer::query().all(dbs).await.unwrap().len(), 50) }),
            3 => Box::pin(async move {
                let tx = dbs.crm.begin().await.unwrap();
                assert_eq!(Customer::find(id).one(&tx).await.unwrap().id, id);
            }),
            _ => Box::pin(async move {
                let mut rows = Customer::query().limit(u64::try_from(id).unwrap()).stream(dbs).await.unwrap();
                while rows.try_next().await.unwrap().is_some() {}
            }),
        };
        for _ in 0..dice.roll(12) {
            if poll_immediate(&mut statement).await.is_some() {
                break;
            }
            match dice.roll(3) {
                0 => tokio::time::sleep(Duration::from_micros(dice.roll(500))).await,
                _ => tokio::task::yield_now().await,
            }
        }
    }
    let answers = (0..200_i64).map(|n| Customer::find(n % 50 + 1).one(dbs));
    for (n, row) in (0_i64..).zip(soon(try_join_all(answers)).await.unwrap()) {
        assert_eq!(row.id, n % 50 + 1);
    }
    assert!(dbs.crm.size() <= 4 && connections_to(&shop.crm).await <= 4);
    soon(dbs.close()).await;
    eventually("none is left", async || connections_to(&shop.crm).await == 0).await;
}

#[tokio::test]
async fn futures_dropped_at_random_points() {
    for seed in [1, 7, 42] {
        dropped_at_random(seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn futures_dropped_at_random_points_on_several_threads() {
    for seed in [3, 11, 99] {
        dropped_at_random(seed).await;
    }
}

async fn hundreds_in_flight(stop: impl FnOnce(&ScratchServer) + Send + 'static) {
    let scratch = ScratchServer::start();
    let db = crm_on(&scratch.server()).await;
    let connection = |alias| ConnectionConfig::new(alias, db.url()).max_size(6);
    let dbs = Databases::lazy(["crm", "crm_eu", "orders"].map(connection).into()).unwrap();
    Customer::insert(customer("Ada")).execute(&dbs).await.unwrap();
    let locker = db.connect().await;
    locker.batch_execute("BEGIN; LOCK TABLE customers").await.unwrap();
    let waiting: Vec<_> = (0..800)
        .map(|_| {
            let dbs = dbs.clone();
            tokio::spawn(async move { Customer::query().all(&dbs).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let stopped = tokio::task::spawn_blocking(move || {
        stop(&scratch);
        scratch
    });
    let scratch = stopped.await.unwrap();
    for query in waiting {
        let error = soon(query).await.unwrap().unwrap_err();
        let lost = matches!(error, Error::ConnectionLost { .. } | Error::Connect { .. });
        assert!(lost && error.connection() == Some("crm"), "{error}");
    }
    // While it is down, each of many says so.
    for count in soon(join_all((0..50).map(|_| Customer::query().count(&dbs)))).await {
        let error = count.unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error}");
        assert!(error.to_string().contains("the server could not be reached: "), "{error}");
    }
    let scratch = tokio::task::spawn_blocking(move || {
        scratch.restart();
        scratch
    });
    let scratch = scratch.await.unwrap();
    for count in soon(join_all((0..50).map(|_| Customer::query().count(&dbs)))).await {
        assert_eq!(count.unwrap(), 1);
    }
    soon(dbs.close()).await;
    drop(scratch);
}

#[tokio::test]
async fn a_server_that_is_shut_down_with_hundreds_in_flight() {
    hundreds_in_flight(ScratchServer::stop_fast).await;
}

#[tokio::test]
async fn a_server_that_crashes_with_hundreds_in_flight() {
    hundreds_in_flight(ScratchServer::stop_immediate).await;
}

#[tokio::test]
async fn what_is_set_on_a_connection_is_not_on_a_lane() {
    let shop = filled(1, |connection| connection.max_size(4).lanes(2)).await;
    let dbs = &shop.dbs;
    let (first, second) = (dbs.crm.connection().await.unwrap(), dbs.crm.begin().await.unwrap());
    first.batch("CREATE TEMP TABLE customers AS SELECT * FROM public.customers LIMIT 0").await.unwrap();
    first.batch("SET application_name = 'not for all'").await.unwrap();
    let own = BTreeSet::from([pid(&first).await, pid(&second).await]);
    assert_eq!(own.len(), 2);
    let shared: BTreeSet<i32> = join_all((0..50).map(|_| pid(dbs))).await.into_iter().collect();
    assert!(shared.len() <= 2 && shared.is_disjoint(&own), "{shared:?} {own:?}");
    let name =
        || -> Expr<Customer, String, NotNull> { sql("current_setting('application_name')").expression() };
    assert_eq!(Customer::query().select(name()).one(&first).await.unwrap(), "not for all");
    assert_eq!(Customer::query().select(name()).one(dbs).await.unwrap(), "");
}

#[tokio::test]
async fn a_query_can_ask_for_a_connection_of_its_own() {
    let shop =
        filled(3, |connection| one_and_one(connection).acquire_timeout(Duration::from_millis(500))).await;
    let pool = &shop.dbs.crm;
    let lane = pid(pool).await;
    assert_eq!(pid(pool).await, lane);
    assert_eq!(pid(pool.primary()).await, lane);
    assert_eq!(pid(pool.read_only()).await, lane);
    let own = pid(pool.exclusive()).await;
    assert_ne!(own, lane);
    assert_eq!(Customer::query().delete().execute(pool.exclusive()).await.unwrap(), 3);
    // Transactions, streams, inserts of many rows and SQL of one's own have one without asking.
    let held = pool.connection().await.unwrap();
    assert_eq!(Customer::query().count(pool).await.unwrap(), 0);
    for error in [
        Customer::query().count(pool.exclusive()).await.unwrap_err(),
        Customer::query().stream(pool).await.map(drop).unwrap_err(),
        Customer::insert_many(customers(2)).execute(pool).await.unwrap_err(),
        pool.begin().await.map(drop).unwrap_err(),
        Crm::sql("SET application_name = 'not for all'").execute(pool).await.unwrap_err(),
        Crm::sql::<i32>("SELECT 1").all(pool).await.unwrap_err(),
        Crm::sql::<i32>("SELECT 1").one(pool).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::PoolTimeout { .. }), "{error}");
    }
    drop(held);
}

#[tokio::test]
async fn without_lanes_every_statement_has_a_connection() {
    let shop = filled(1, |connection| connection.max_size(3).lanes(0)).await;
    let locker = lock(&shop, 1).await;
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let dbs = shop.dbs.clone();
            tokio::spawn(async move { visit(&dbs, 1).await })
        })
        .collect();
    eventually("three connections", async || waiting(&shop).await == 3).await;
    assert_eq!(shop.dbs.crm.size(), 3);
    locker.batch_execute("ROLLBACK").await.unwrap();
    for done in soon(join_all(tasks)).await {
        assert_eq!(done.unwrap().unwrap(), 1);
    }
}

#[tokio::test]
async fn a_pool_of_one_has_no_lane() {
    let shop = filled(1, |connection| connection.max_size(1).lanes(5)).await;
    for done in soon(join_all((0..50).map(|_| visit(&shop.dbs, 1)))).await {
        assert_eq!(done.unwrap(), 1);
    }
    let tx = shop.dbs.crm.begin().await.unwrap();
    assert_eq!(Customer::find(1).one(&tx).await.unwrap().visits, 50);
    tx.commit().await.unwrap();
    assert_eq!((connections_to(&shop.crm).await, shop.dbs.crm.size()), (1, 1));
}

#[tokio::test]
async fn close_waits_for_what_is_on_a_lane() {
    let shop = filled(1, |connection| connection).await;
    shop.dbs.crm.ready().await.unwrap();
    let locker = lock(&shop, 1).await;
    let under_way = tokio::spawn({
        let dbs = shop.dbs.clone();
        async move { visit(&dbs, 1).await }
    });
    eventually("it waits for the lock", async || waiting(&shop).await == 1).await;
    let closing = tokio::spawn({
        let dbs = shop.dbs.clone();
        async move { dbs.close().await }
    });
    // It begins before anything else is asked, which could wait behind the lock.
    tokio::task::yield_now().await;
    eventually("no more is taken", async || {
        matches!(Customer::query().count(&shop.dbs).await, Err(Error::PoolClosed { .. }))
    })
    .await;
    assert!(!closing.is_finished() && !under_way.is_finished());
    locker.batch_execute("COMMIT").await.unwrap();
    assert_eq!(soon(under_way).await.unwrap().unwrap(), 1);
    soon(closing).await.unwrap();
    drop(locker);
    eventually("none is left", async || connections_to(&shop.crm).await == 0).await;
    assert_eq!(shop.dbs.crm.size(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_statement_is_prepared_once_a_lane() {
    let shop = filled(1, |connection| connection.max_size(3).lanes(2)).await;
    shop.crm.batch(PREPARED).await;
    let _held = shop.dbs.crm.connection().await.unwrap();
    let statements = (0..100).map(|_| {
        let dbs = shop.dbs.clone();
        tokio::spawn(async move {
            visit(&dbs, 1).await.unwrap();
            Customer::query().filter(Customer::VISITS.gt(0)).all(&dbs).await.unwrap();
        })
    });
    for done in soon(join_all(statements)).await {
        done.unwrap();
    }
    // Both lanes are asked, or one of them twice.
    let lanes = (0..20).map(|_| async {
        let pid: Expr<ActiveCustomer, i32, NotNull> = sql("pg_backend_pid()").expression();
        ActiveCustomer::query().select((pid, ActiveCustomer::NAME)).all(&shop.dbs).await.unwrap()
    });
    let mut prepared: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for rows in soon(join_all(lanes)).await {
        let pid = rows[0].0;
        let texts = rows.into_iter().filter_map(|(_, text)| text);
        prepared.insert(pid, texts.filter(|text| text.contains("public.customers")).collect());
    }
    assert!((1..=2).contains(&prepared.len()), "{prepared:?}");
    for texts in prepared.values() {
        let distinct: BTreeSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len(), "{texts:#?}");
    }
    assert!(prepared.values().any(|texts| texts.len() == 2), "{prepared:#?}");
}

#[tokio::test]
async fn a_lane_grows_old() {
    let lifetime = Duration::from_millis(400);
    let shop =
        filled(1, |connection| one_and_one(connection).idle_timeout(None).max_lifetime(lifetime)).await;
    let mut pids = BTreeSet::new();
    // In use all the time: nobody notices.
    soon(async {
        while pids.len() < 4 {
            pids.extend(join_all((0..20).map(|_| pid(&shop.dbs))).await);
            assert!(shop.dbs.crm.size() <= 2);
        }
    })
    .await;
    eventually("none is left", async || connections_to(&shop.crm).await == 0).await;
}

#[tokio::test]
async fn an_idle_lane_is_closed() {
    let shop = filled(1, |connection| connection.idle_timeout(Duration::from_secs(1))).await;
    let lane = pid(&shop.dbs).await;
    eventually("idle connections go", async || connections_to(&shop.crm).await == 0).await;
    assert_eq!(shop.dbs.crm.size(), 0);
    assert_ne!(pid(&shop.dbs).await, lane);
}

#[tokio::test]
async fn a_lost_lane_is_replaced() {
    let shop = filled(1, one_and_one).await;
    for _ in 0..5 {
        let lane = pid(&shop.dbs).await;
        let ended: bool = shop
            .crm
            .connect()
            .await
            .query_one("SELECT pg_terminate_backend($1)", &[&lane])
            .await
            .unwrap()
            .get(0);
        assert!(ended);
        eventually("another lane", async || match Customer::query().count(&shop.dbs).await {
            Ok(count) => count == 1,
            Err(Error::ConnectionLost { .. }) => false,
            Err(error) => panic!("{error}"),
        })
        .await;
        assert_ne!(pid(&shop.dbs).await, lane);
    }
    assert!(shop.dbs.crm.size() <= 2);
}
