//! Connections that are there and dead: packets that are lost, servers that stand still. Nobody waits for them for
//! longer than for a while, and whoever comes later gets a connection that works.

use std::{
    collections::BTreeSet,
    process::Command,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use ormgen_runtime::{
    Error,
    config::{ConnectionConfig, Reads},
    prelude::*,
};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    network::{
        in_a_network_of_its_own, lose_connections_to, lose_nothing, lose_server_of,
        where_twin_has_two_addresses,
    },
    people::{databases, people_on, person, store},
    proxy::Proxy,
    server::{ScratchServer, TestDb, server, signal},
};

use crate::support::{ask, eventually};

/// How long a call takes at most whose connection is dead: what keepalives and the kernel need to find out, and more.
const BOUND: Duration = Duration::from_secs(120);

/// Longer than a connection is trusted without being asked.
const SILENCE: Duration = Duration::from_secs(3);

async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, future).await.expect("an answer, or an error, within two minutes")
}

/// Connections of a pool, all of which are open.
const CONNECTIONS: usize = 10;

fn settings(connection: ConnectionConfig) -> ConnectionConfig {
    connection.max_size(CONNECTIONS).acquire_timeout(Duration::from_secs(15))
}

/// People, and connections to them that are idle.
async fn warm(db: &TestDb, url: &str) -> Databases {
    let dbs = databases(url, settings);
    if Person::query().count(&dbs).await.unwrap() == 0 {
        Person::insert_many((0..100).map(person)).execute(&dbs).await.unwrap();
    }
    let all = join_all((0..CONNECTIONS).map(|_| dbs.people.connection())).await;
    for connection in &all {
        let connection = connection.as_ref().unwrap();
        Person::find(1).one(connection).await.unwrap();
    }
    drop(all);
    let _: i64 = ask(db, "SELECT count(*) FROM people").await;
    dbs
}

async fn find_all(dbs: &Databases) -> Vec<Result<Person, Error>> {
    bounded(join_all((0..100).map(|id| Person::find(id).one(dbs)))).await
}

async fn all_are_found(dbs: &Databases) {
    let failed: Vec<_> = find_all(dbs).await.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{} of 100 failed: {}", failed.len(), failed[0]);
}

fn is_about_the_network(error: &Error) -> bool {
    matches!(error, Error::ConnectionLost { .. } | Error::Connect { .. } | Error::PoolTimeout { .. })
}

/// Writes with their numbers: whatever each one was told, it is stored once or not at all, and once where it was told so.
async fn store_all(db: &TestDb, dbs: &Databases, from: i64, succeed: bool) {
    let done = bounded(join_all((from..from + 50).map(|id| store(dbs, id)))).await;
    let stored: Vec<i64> = {
        let rows = db.connect().await.query("SELECT id FROM people WHERE id >= $1", &[&from]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let distinct: BTreeSet<i64> = stored.iter().copied().collect();
    assert_eq!(distinct.len(), stored.len());
    for (id, done) in (from..).zip(done) {
        match done {
            Ok(()) => assert!(distinct.contains(&id), "{id} was acknowledged"),
            Err(error) => assert!(!succeed && is_about_the_network(&error), "{id}: {error}"),
        }
    }
}

/// A firewall forgets connections that were idle: packets on them are lost, and nobody says so. Connecting works.
#[test]
fn idle_connections_that_a_firewall_forgot() {
    in_a_network_of_its_own("network::idle_connections_that_a_firewall_forgot", async {
        let server = ScratchServer::start();
        let db = people_on(&server.server()).await;
        let dbs = warm(&db, db.url()).await;
        tokio::time::sleep(SILENCE).await;
        assert_eq!(lose_connections_to(&db).await, CONNECTIONS);
        let began = Instant::now();
        all_are_found(&dbs).await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(20), "they were asked before they were trusted: {took:?}");
        all_are_found(&dbs).await;
        store_all(&db, &dbs, 1_000, true).await;
        assert!(dbs.people.size() <= CONNECTIONS);
        bounded(dbs.close()).await;
    });
}

/// It forgets them between two statements: what was sent is lost, and what is sent later works.
#[test]
fn busy_connections_that_a_firewall_forgot() {
    in_a_network_of_its_own("network::busy_connections_that_a_firewall_forgot", async {
        let server = ScratchServer::start();
        let db = people_on(&server.server()).await;
        let dbs = warm(&db, db.url()).await;
        assert_eq!(lose_connections_to(&db).await, CONNECTIONS);
        let lost = find_all(&dbs);
        let written = store_all(&db, &dbs, 1_000, false);
        let (found, ()) = tokio::join!(lost, written);
        for found in found {
            if let Err(error) = found {
                assert!(is_about_the_network(&error), "{error}");
            }
        }
        // A second wave, when the first one is over: none of it fails.
        all_are_found(&dbs).await;
        store_all(&db, &dbs, 2_000, true).await;
        bounded(dbs.close()).await;
    });
}

/// Not even connecting gets an answer; then the network is back.
#[test]
fn a_server_behind_a_network_that_is_gone() {
    in_a_network_of_its_own("network::a_server_behind_a_network_that_is_gone", async {
        let server = ScratchServer::start();
        let db = people_on(&server.server()).await;
        let dbs = warm(&db, db.url()).await;
        tokio::time::sleep(SILENCE).await;
        lose_server_of(&db);
        let began = Instant::now();
        for found in find_all(&dbs).await {
            let error = found.expect_err("nothing arrives");
            assert!(is_about_the_network(&error), "{error}");
        }
        assert!(began.elapsed() < Duration::from_secs(45), "{:?} with 15 s set", began.elapsed());
        lose_nothing();
        eventually("the pool works again", async || Person::find(1).one(&dbs).await.is_ok()).await;
        all_are_found(&dbs).await;
        store_all(&db, &dbs, 1_000, true).await;
        lose_server_of(&db);
        // Closing needs no answer.
        bounded(dbs.close()).await;
        lose_nothing();
    });
}

/// The kernel asks the other side of a connection that is silent, in seconds and not in hours.
#[tokio::test]
async fn keepalives_are_set() {
    let db = people_on(&server(1)).await;
    let dbs = databases(db.url(), |connection| connection);
    Person::query().count(&dbs).await.unwrap();
    const PORT: &str = "SELECT client_port FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let port: i32 = ask(&db, PORT).await;
    let sockets = Command::new("ss")
        .args(["-Htno", &format!("sport = :{port}")])
        .output()
        .expect("`ss` runs: it is in the distribution's package `iproute2`");
    let sockets = String::from_utf8_lossy(&sockets.stdout).into_owned();
    // `timer:(keepalive,28sec,0)`, or in minutes: ss(8).
    let timer = sockets.split("timer:(keepalive,").nth(1).and_then(|timer| timer.split(',').next());
    let timer = timer.unwrap_or_else(|| panic!("a keepalive timer: {sockets}"));
    assert!(timer.contains("sec") && !timer.contains("min"), "it is asked in {timer}");
}

/// A proxy that forgets: what is sent is taken, and nobody answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_whose_other_side_says_nothing() {
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = warm(&db, proxy.url()).await;
    for from in [1_000, 2_000] {
        tokio::time::sleep(SILENCE).await;
        proxy.forget();
        all_are_found(&dbs).await;
        tokio::time::sleep(SILENCE).await;
        proxy.forget();
        store_all(&db, &dbs, from, true).await;
    }
    assert!(dbs.people.size() <= CONNECTIONS);
    bounded(dbs.close()).await;
}

/// One of the server's processes stands still: the others serve everyone, and it is replaced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_of_the_server_that_stands_still() {
    let server = ScratchServer::start();
    let db = people_on(&server.server()).await;
    let dbs = warm(&db, db.url()).await;
    tokio::time::sleep(SILENCE).await;
    const SOME: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
         AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid LIMIT 4";
    let client = db.connect().await;
    let frozen: Vec<i32> = client.query(SOME, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(frozen.len(), 4);
    frozen.iter().for_each(|pid| signal(*pid, "STOP"));
    for _ in 0..3 {
        all_are_found(&dbs).await;
    }
    store_all(&db, &dbs, 1_000, true).await;
    // Whoever asks for all of them gets ten that work.
    let all = bounded(join_all((0..CONNECTIONS).map(|_| dbs.people.connection()))).await;
    for connection in all {
        let pid = People::sql::<i32>("SELECT pg_backend_pid()").one(&connection.unwrap()).await.unwrap();
        assert!(!frozen.contains(&pid));
    }
    frozen.iter().for_each(|pid| signal(*pid, "CONT"));
    bounded(dbs.close()).await;
}

/// No further connection can be had: the one that there is serves everyone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_no_further_connections() {
    let server = ScratchServer::start();
    let db = people_on(&server.server()).await;
    db.batch("INSERT INTO people SELECT n, 'p' || n FROM generate_series(0, 99) AS n").await;
    let dbs = databases(db.url(), |connection| connection.max_size(4));
    Person::find(1).one(&dbs).await.unwrap();
    let client = db.connect().await;
    server.freeze_postmaster();
    all_are_found(&dbs).await;
    let done = bounded(join_all((1_000..1_050).map(|id| store(&dbs, id)))).await;
    server.thaw();
    for done in done {
        done.unwrap();
    }
    let stored = client.query_one("SELECT count(*) FROM people WHERE id >= 1000", &[]).await.unwrap();
    assert_eq!(stored.get::<_, i64>(0), 50);
    bounded(dbs.close()).await;
}

/// The whole server stands still for a while: whoever waits is answered, or told within a bound; nothing is done twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_for_a_while() {
    let server = ScratchServer::start();
    let db = people_on(&server.server()).await;
    let dbs = warm(&db, db.url()).await;
    for from in [1_000, 2_000] {
        server.freeze();
        let calls = async {
            tokio::join!(find_all(&dbs), bounded(join_all((from..from + 50).map(|id| store(&dbs, id)))))
        };
        let thaw = async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            server.thaw();
        };
        let ((found, written), ()) = tokio::join!(calls, thaw);
        for error in found.into_iter().filter_map(Result::err) {
            assert!(is_about_the_network(&error), "{error}");
        }
        let acknowledged: Vec<i64> =
            (from..).zip(&written).filter(|(_, done)| done.is_ok()).map(|(id, _)| id).collect();
        for error in written.into_iter().filter_map(Result::err) {
            assert!(is_about_the_network(&error), "{error}");
        }
        let rows = db.connect().await.query("SELECT id FROM people WHERE id >= $1", &[&from]).await.unwrap();
        let stored: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        assert!(acknowledged.iter().all(|id| stored.contains(id)), "what was acknowledged is stored");
        eventually("the pool works", async || Person::find(1).one(&dbs).await.is_ok()).await;
        all_are_found(&dbs).await;
    }
    bounded(dbs.close()).await;
}

/// A server that never answers again: closing does not wait for it for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_is_bounded() {
    let db = people_on(&server(1)).await;
    let proxy = Proxy::before(db.url()).await;
    let dbs = warm(&db, proxy.url()).await;
    let tx = dbs.people.begin().await.unwrap();
    proxy.stall();
    let tasks: Vec<_> = (0..5)
        .map(|n| {
            let dbs = dbs.clone();
            tokio::spawn(async move {
                match n {
                    0 => store(&dbs, 1_000).await,
                    1 => {
                        let many = (2_000..9_000).map(person);
                        Person::insert_many(many).execute(&dbs).await.map(drop)
                    }
                    _ => Person::find(n).one(&dbs).await.map(drop),
                }
            })
        })
        .collect();
    let dropped = tokio::time::timeout(Duration::from_millis(200), Person::query().all(&tx)).await;
    assert!(dropped.is_err(), "nobody answers");
    drop(tx);
    bounded(dbs.close()).await;
    let error = Person::find(1).one(&dbs).await.unwrap_err();
    assert!(matches!(error, Error::PoolClosed { .. }), "{error}");
    // Those that hang are told when their connections end.
    proxy.cut();
    for task in tasks {
        let error = bounded(task).await.unwrap().unwrap_err();
        assert!(is_about_the_network(&error) || matches!(error, Error::PoolClosed { .. }), "{error}");
    }
}

/// One of a name's addresses takes connections and says nothing, as a machine does whose server stands still.
#[test]
fn a_name_of_which_one_address_is_dead() {
    where_twin_has_two_addresses("network::a_name_of_which_one_address_is_dead", async {
        let db = people_on(&server(1)).await;
        let dead = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = dead.local_addr().unwrap().port();
        let alive = tokio::net::TcpListener::bind(("127.0.0.2", port)).await.unwrap();
        let (user, address) = db.url().split_once('@').unwrap();
        let address = address.split_once('/').unwrap().0.to_owned();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = alive.accept().await {
                let mut server = tokio::net::TcpStream::connect(&address).await.unwrap();
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
            }
        });
        for hosts in [format!("twin:{port}"), format!("twin:{port},127.0.0.1:{port}")] {
            let url = format!("{user}@{hosts}/{}?sslmode=disable", db.name());
            let dbs = databases(&url, |connection| connection.acquire_timeout(Duration::from_secs(10)));
            let begun = Instant::now();
            bounded(Person::query().count(&dbs)).await.unwrap();
            println!("{hosts} is reached after {:?}", begun.elapsed());
        }
        drop(dead);
    });
}

/// Those before the one that answers take longer to give up than any caller waits.
#[tokio::test]
async fn hosts_that_are_dead_for_longer_than_callers_wait() {
    let db = people_on(&server(1)).await;
    let dead = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (user, address) = db.url().split_once('@').unwrap();
    let url = format!("{user}@{},{address}?sslmode=disable", dead.local_addr().unwrap());
    let dbs = databases(&url, |connection| connection.acquire_timeout(Duration::from_secs(1)));
    let error = Person::query().count(&dbs).await.unwrap_err();
    // No other caller has any.
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(error.to_string().ends_with("no answer within 1s"), "{error}");
    let begun = Instant::now();
    eventually("the pool has a connection", async || Person::query().count(&dbs).await.is_ok()).await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// Packets to and from a replica are lost: reads go to the primary, also those that waited for the replica already.
#[test]
fn a_replica_that_is_lost_fails_nobody() {
    in_a_network_of_its_own("network::a_replica_that_is_lost_fails_nobody", async {
        let primary = ScratchServer::start();
        let db = people_on(&primary.server()).await;
        db.batch("INSERT INTO people SELECT n, 'p' || n FROM generate_series(0, 99) AS n").await;
        let standby = primary.standby(&[]);
        let replica = standby.server().database(db.name());
        let dbs = databases(db.url(), |connection| {
            let connection = connection.replica(replica.url()).reads(Reads::Replicas);
            connection.max_size(2).acquire_timeout(Duration::from_secs(3))
        });
        dbs.people.ready().await.unwrap();
        eventually("the replica is fit", async || dbs.people.replicas()[0].is_fit).await;
        tokio::time::sleep(SILENCE).await;
        lose_server_of(&replica);
        let reads = (0..60).map(async |n: u32| {
            tokio::time::sleep(Duration::from_millis(50) * n).await;
            Person::find(i64::from(n)).one(&dbs).await
        });
        for read in bounded(join_all(reads)).await {
            read.unwrap();
        }
        lose_nothing();
    });
}
