//! Servers that follow a primary, by streaming: reads see what was written unless they are told that they need not.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ormgen_runtime::{
    Error, Expr, NotNull, Seen,
    config::{ConnectionConfig, Reads},
    functions::sql,
    prelude::*,
};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, person},
    server::{ScratchServer, Server, TestDb},
};

use crate::support::{ask, eventually, soon};

/// A primary and the servers that follow it.
struct World {
    primary: ScratchServer,
    standbys: Vec<ScratchServer>,
    db: TestDb,
    dbs: Databases,
}

impl World {
    /// With a standby for each of these settings.
    async fn open(standbys: &[&[&str]], settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> Self {
        // Only what is on the primary's disk is sent on: a commit must not leave that for later.
        let primary = ScratchServer::start();
        let db = people_on(&primary.server()).await;
        db.batch("INSERT INTO people SELECT n, 'p' || n FROM generate_series(0, 99) AS n").await;
        let standbys: Vec<_> = standbys.iter().map(|settings| primary.standby(settings)).collect();
        let url = |server: &ScratchServer| server.server().database(db.name()).url().to_owned();
        let dbs = databases(db.url(), |connection| {
            settings(standbys.iter().fold(connection, |connection, standby| connection.replica(url(standby))))
        });
        dbs.people.ready().await.unwrap();
        Self { primary, standbys, db, dbs }
    }

    /// Waits until as many replicas are fit.
    async fn fit(&self, count: usize) {
        let fit = || self.dbs.people.replicas().iter().filter(|replica| replica.is_fit).count();
        let waited = async {
            while fit() != count {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), waited).await.is_err() {
            let logs = self.standbys.iter().map(ScratchServer::log).collect::<Vec<_>>().join("\n\n");
            panic!("{count} replicas are to be fit: {:#?}\n{logs}", self.dbs.people.replicas());
        }
    }
}

fn port(server: &Server) -> i64 {
    let address = server.url().split_once('@').unwrap().1;
    address.split([':', '/']).nth(1).unwrap().parse().unwrap()
}

/// The port of the server that answers.
async fn answers(executor: impl Executor<People>) -> i64 {
    let port: Expr<Person, i64, NotNull> = sql("inet_server_port()::bigint").expression();
    soon(Person::query().select(port).limit(1).one(executor)).await.unwrap()
}

const LATE: &[&str] = &["recovery_min_apply_delay = 400ms"];

/// The primary by default: an update, then a find, and the same row again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_sees_what_was_written_before_it() {
    let world = World::open(&[LATE, LATE], |connection| connection).await;
    world.fit(2).await;
    let dbs = &world.dbs;
    for n in 0..5 {
        let name = format!("changed {n}");
        let mut row = Person::find(7).update().set(Person::NAME, name.clone()).one(dbs).await.unwrap();
        assert_eq!(Person::find(7).one(dbs).await.unwrap().name, name);
        row.refresh(dbs).await.unwrap();
        assert_eq!(row.name, name);
        assert_eq!(Person::find(7).one(&dbs.people).await.unwrap().name, name);
        assert_eq!(Person::find(7).one(dbs.people.exclusive()).await.unwrap().name, name);
        let raw = People::sql::<String>("SELECT name FROM people WHERE id = 7");
        assert_eq!(raw.one(dbs).await.unwrap(), name);
        assert_ne!(Person::find(7).one(dbs.people.read_only()).await.unwrap().name, name, "it is late");
    }
}

/// `reads: replicas`: what belongs to a write stays on the primary all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_that_belong_to_a_write_stay_on_the_primary() {
    let world = World::open(&[LATE], |connection| connection.reads(Reads::Replicas)).await;
    world.fit(1).await;
    let dbs = &world.dbs;
    let (primary, replica) = (port(&world.primary.server()), port(&world.standbys[0].server()));
    assert_eq!(answers(dbs).await, replica);
    assert_eq!(answers(&dbs.people).await, replica);
    assert_eq!(answers(dbs.people.primary()).await, primary);
    assert_eq!(answers(dbs.people.exclusive()).await, primary);
    assert_eq!(answers(&dbs.people.begin().await.unwrap()).await, primary);
    assert_eq!(answers(&dbs.people.connection().await.unwrap()).await, primary);
    let raw = People::sql::<i64>("SELECT inet_server_port()::bigint");
    assert_eq!(raw.one(dbs).await.unwrap(), primary);

    let before = Person::find(7).one(dbs).await.unwrap();
    let mut row = before.clone();
    row.name = "saved".into();
    let mut row = row.save(&before, dbs).await.unwrap();
    row.refresh(dbs).await.unwrap();
    assert_eq!(row.name, "saved");
    // The replica has no such row yet.
    Person::insert(person(1000)).execute(dbs).await.unwrap();
    let existing = Person::insert(person(1000)).on_conflict(Person::ID).get_or_insert(dbs);
    assert!(matches!(soon(existing).await.unwrap(), (_, false)));
    assert!(matches!(Person::find(1000).one(dbs).await, Err(Error::NotFound { .. })));
    let locked = dbs.people.transaction(async |tx| Person::find(1000).for_update().one(tx).await);
    assert_eq!(locked.await.unwrap().id, 1000);
}

/// A replica that is down is left out, and comes back; a program starts without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_down_fails_nobody() {
    let world =
        World::open(&[&[], &[]], |c| c.reads(Reads::Replicas).acquire_timeout(Duration::from_secs(3))).await;
    world.fit(2).await;
    let dbs = world.dbs.clone();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let readers = (0..8_i64).map(|task| {
        let (dbs, stopped) = (dbs.clone(), stopped.clone());
        tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while !*stopped.borrow() {
                let asked = Instant::now();
                assert_eq!(Person::find(task).one(&dbs).await.unwrap().id, task);
                slowest = slowest.max(asked.elapsed());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            slowest
        })
    });
    let readers: Vec<_> = readers.collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    for standby in &world.standbys {
        let begun = Instant::now();
        standby.stop_immediate();
        world.fit(1).await;
        println!("a replica that is down is left out after {:?}", begun.elapsed());
        standby.restart();
        let begun = Instant::now();
        world.fit(2).await;
        println!("a replica that is up again is read from after {:?}", begun.elapsed());
    }
    world.standbys.iter().for_each(ScratchServer::stop_fast);
    world.fit(0).await;
    assert_eq!(answers(&dbs).await, port(&world.primary.server()));
    stop.send(true).unwrap();
    let slowest = soon(join_all(readers)).await.into_iter().map(|reader| reader.unwrap()).max();
    println!("the slowest read meanwhile took {slowest:?}");
    assert!(slowest < Some(Duration::from_secs(3)), "{slowest:?}");

    // A program that starts now.
    let down = world.standbys[0].server().database(world.db.name());
    let starting = databases(world.db.url(), |connection| connection.replica(down.url()));
    soon(starting.people.ready()).await.unwrap();
    assert!(soon(starting.people.differences()).await.unwrap().is_empty());
    assert_eq!(answers(starting.people.read_only()).await, port(&world.primary.server()));
}

/// One that was promoted, or is too far behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_does_not_follow_is_left_out() {
    let world = World::open(&[&[], &[]], |c| c.reads(Reads::Replicas).max_lag(Duration::from_secs(1))).await;
    world.fit(2).await;
    let dbs = &world.dbs;
    let late = world.standbys[0].server().database(world.db.name());
    late.batch("SELECT pg_wal_replay_pause()").await;
    let write = async |name: &str| {
        Person::find(1).update().set(Person::NAME, name.to_owned()).execute(dbs).await.unwrap();
    };
    let begun = Instant::now();
    write("behind").await;
    world.fit(1).await;
    println!("a replica that is late for more than 1 s is left out after {:?}", begun.elapsed());
    assert!(begun.elapsed() > Duration::from_millis(600), "{:?}", begun.elapsed());
    assert!(!dbs.people.replicas()[0].is_fit);
    for _ in 0..10 {
        assert_eq!(answers(dbs).await, port(&world.standbys[1].server()));
    }
    late.batch("SELECT pg_wal_replay_resume()").await;
    world.fit(2).await;
    // Nothing is written: nobody is late.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(dbs.people.replicas().iter().all(|replica| replica.is_fit), "{:?}", dbs.people.replicas());
    world.standbys[1].promote();
    world.fit(1).await;
    assert!(!dbs.people.replicas()[1].is_fit);
    for _ in 0..10 {
        assert_eq!(answers(dbs).await, port(&world.standbys[0].server()));
    }
}

/// After a failover, one that follows the old primary, which still writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_of_another_primary_is_left_out() {
    let old = ScratchServer::start_with(&["wal_keep_size = 128MB"]);
    let db = people_on(&old.server()).await;
    db.batch("INSERT INTO people VALUES (1, 'old')").await;
    let new = old.standby(&[]);
    new.promote();
    let replica = old.standby(&[]);
    let (there, replica) = (new.server().database(db.name()), replica.server().database(db.name()));
    there.batch("UPDATE people SET name = 'new'").await;
    const MORE: &str = "CREATE TABLE more AS SELECT repeat('x', 100) FROM generate_series(1, 50000)";
    // The old one's log is ahead of that of the new one.
    db.batch(MORE).await;
    let end = ask::<String>(&there, "SELECT pg_current_wal_insert_lsn()::text").await;
    let is_ahead = format!("SELECT pg_last_wal_replay_lsn() - '{end}' > 1000000");
    eventually("the replica is ahead", async || ask::<bool>(&replica, &is_ahead).await).await;
    let dbs = databases(there.url(), |connection| connection.replica(replica.url()));
    dbs.people.ready().await.unwrap();
    for _ in 0..5 {
        assert!(!dbs.people.replicas()[0].is_fit);
        assert_eq!(Person::find(1).one(dbs.people.read_only()).await.unwrap().name, "new");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The pool asks for the primary's position however long its own connections are in use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_is_late_however_busy_the_primary_is() {
    let world = World::open(&[&[]], |c| c.max_size(2).max_lag(Duration::from_secs(1))).await;
    world.fit(1).await;
    let people = &world.dbs.people;
    let busy = soon(join_all([people.begin(), people.begin()])).await;
    let replica = world.standbys[0].server().database(world.db.name());
    replica.batch("SELECT pg_wal_replay_pause()").await;
    world.db.batch("UPDATE people SET name = 'new' WHERE id = 1").await;
    world.fit(0).await;
    drop(busy);
    assert_eq!(Person::find(1).one(people.read_only()).await.unwrap().name, "new");
    // A replica whose own connections are in use is as fit as before.
    replica.batch("SELECT pg_wal_replay_resume()").await;
    world.fit(1).await;
    let busy = soon(join_all([0, 1].map(|_| people.read_only().begin()))).await;
    assert_eq!(people.replicas()[0].busy, 2);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(people.replicas()[0].is_fit);
    drop(busy);
}

/// Its URL leads to two servers, each of which has its own position.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_has_is_asked_on_the_connection_that_reads() {
    let world = World::open(&[&[], &[]], |connection| connection).await;
    let balancer = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (user, _) = world.db.url().split_once('@').unwrap();
    let address = balancer.local_addr().unwrap();
    let url = format!("{user}@{address}/{}?sslmode=disable", world.db.name());
    let servers = [0, 1].map(|n| u16::try_from(port(&world.standbys[n].server())).unwrap());
    tokio::spawn(async move {
        for server in servers.iter().cycle() {
            let (mut client, _) = balancer.accept().await.unwrap();
            let mut server = tokio::net::TcpStream::connect(("127.0.0.1", *server)).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    let dbs = databases(world.db.url(), |connection| connection.replica(url.as_str()));
    dbs.people.ready().await.unwrap();
    let late = world.standbys[0].server().database(world.db.name());
    late.batch("SELECT pg_wal_replay_pause()").await;
    for n in 0..10 {
        let name = format!("n{n}");
        Person::find(1).update().set(Person::NAME, name.clone()).execute(&dbs).await.unwrap();
        let seen = dbs.people.seen().await.unwrap();
        for _ in 0..5 {
            let reads = soon(join_all([0; 4].map(|_| Person::find(1).one(dbs.people.after(seen))))).await;
            assert!(reads.into_iter().all(|person| person.unwrap().name == name));
        }
    }
}

/// The one that has less to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_least_busy_replica_is_read_from() {
    let world = World::open(&[&[], &[]], |connection| connection).await;
    world.fit(2).await;
    let dbs = &world.dbs;
    let first = dbs.people.read_only().begin().await.unwrap();
    let busy = answers(&first).await;
    let ports: Vec<i64> = world.standbys.iter().map(|standby| port(&standby.server())).collect();
    assert!(ports.contains(&busy));
    for _ in 0..20 {
        assert_ne!(answers(dbs.people.read_only()).await, busy);
    }
    drop(first);
    // In turn, as soon as the dropped transaction has been rolled back.
    for port in ports {
        eventually("each is read from", async || answers(dbs.people.read_only()).await == port).await;
    }
}

/// Its log is not sent to the replicas before it commits, or something else does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_transaction_makes_no_replica_late() {
    let world = World::open(&[&[]], |connection| connection.max_lag(Duration::from_millis(500))).await;
    world.fit(1).await;
    let tx = world.dbs.people.begin().await.unwrap();
    Person::insert(person(1000)).execute(&tx).await.unwrap();
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(world.dbs.people.replicas()[0].is_fit);
    }
    tx.commit().await.unwrap();
    let seen = world.dbs.people.seen().await.unwrap();
    assert!(soon(Person::find(1000).optional(world.dbs.people.after(seen))).await.unwrap().is_some());
}

/// PostgreSQL 19 waits by itself, an older one is asked again and again; the write is seen while a replica is promoted,
/// too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_waits_itself_where_it_can() {
    let world = World::open(&[&[LATE[0], "log_statement = all"]], |connection| connection).await;
    world.fit(1).await;
    let (dbs, standby) = (&world.dbs, &world.standbys[0]);
    let has_wait =
        ask::<bool>(&world.db, "SELECT current_setting('server_version_num')::int >= 190000").await;
    let read = async |n: i32| {
        let name = format!("told {n}");
        Person::find(3).update().set(Person::NAME, &name).execute(dbs).await.unwrap();
        let seen = dbs.people.seen().await.unwrap();
        assert_eq!(soon(Person::find(3).one(dbs.people.after(seen))).await.unwrap().name, name);
    };
    read(0).await;
    assert_eq!(standby.log().contains("WAIT FOR LSN"), has_wait);

    let reads = async {
        for n in 1..20 {
            read(n).await;
        }
    };
    tokio::join!(reads, async { tokio::task::block_in_place(|| standby.promote()) });
    world.fit(0).await;
    read(20).await;
}

/// A write, and a read elsewhere that is told of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_was_told_of_a_write_sees_it() {
    let world = World::open(&[LATE], |connection| connection).await;
    world.fit(1).await;
    let dbs = &world.dbs;
    let (primary, replica) = (port(&world.primary.server()), port(&world.standbys[0].server()));
    for n in 0..5 {
        let name = format!("told {n}");
        Person::find(3).update().set(Person::NAME, name.clone()).execute(dbs).await.unwrap();
        // As a cookie carries it.
        let cookie = dbs.people.seen().await.unwrap().to_string();
        let seen: Seen<People> = cookie.parse().unwrap();
        assert_eq!(Person::find(3).one(dbs.people.after(seen)).await.unwrap().name, name);
        assert_eq!(answers(dbs.people.after(seen)).await, primary, "the replica is late");
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(answers(dbs.people.after(seen)).await, replica);
        let tx = dbs.people.after(seen).begin().await.unwrap();
        assert_eq!(Person::find(3).one(&tx).await.unwrap().name, name);
    }
    // One that is not late is waited for.
    let quick = World::open(&[&[]], |connection| connection).await;
    quick.fit(1).await;
    let mut from_replica = 0;
    for n in 0..50 {
        let name = format!("quick {n}");
        Person::find(3).update().set(Person::NAME, name.clone()).execute(&quick.dbs).await.unwrap();
        let seen = quick.dbs.people.seen().await.unwrap();
        assert_eq!(Person::find(3).one(quick.dbs.people.after(seen)).await.unwrap().name, name);
        let answered = answers(quick.dbs.people.after(seen)).await;
        from_replica += i64::from(answered == port(&quick.standbys[0].server()));
    }
    println!("{from_replica} of 50 reads after a write came from the replica");
    assert!(from_replica > 25, "{from_replica}");
    assert_eq!(ask::<i64>(&quick.db, "SELECT count(*) FROM people").await, 100);
}

/// Also where no replica is fit, so that the primary serves the read: it would store the row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_that_changes_something_is_refused_where_only_reads_run() {
    let world = World::open(&[&[]], |connection| connection).await;
    world.fit(1).await;
    let alone = databases(world.db.url(), |connection| connection);
    let seen = world.dbs.people.seen().await.unwrap();
    let insert = || People::sql::<i64>("INSERT INTO people VALUES (1000, 'x') RETURNING id");
    let hidden = "WITH x AS (INSERT INTO people VALUES (1000, 'x') RETURNING id) SELECT id FROM x";
    let searched =
        "WITH RECURSIVE x (n) AS (SELECT 1) SEARCH DEPTH FIRST BY n SET o DELETE FROM people RETURNING id";
    for pool in [&world.dbs.people, &alone.people] {
        for only_reads in [pool.read_only(), pool.after(seen)] {
            let refused = [
                insert().one(only_reads).await.map(drop),
                insert().stream(&only_reads).await.map(drop),
                People::sql::<i64>(hidden).all(only_reads).await.map(drop),
                People::sql::<i64>(searched).all(only_reads).await.map(drop),
                People::sql::<i64>("SELECT id FROM people FOR UPDATE").all(only_reads).await.map(drop),
                People::sql::<i64>("DO 'BEGIN DELETE FROM people; END'").all(only_reads).await.map(drop),
                People::sql::<i64>("SELECT pg_advisory_xact_lock(1)").all(only_reads).await.map(drop),
            ];
            for refused in refused {
                assert!(matches!(refused, Err(Error::WriteOnReadOnly { .. })), "{refused:?}");
            }
            let next: Expr<Person, i64, NotNull> = sql("nextval('nowhere')").expression();
            let refused = Person::query().select(next).all(only_reads).await.unwrap_err();
            assert_eq!(
                refused.to_string(),
                "connection `people`: `NEXTVAL` changes or locks something, and this executor only reads: run the \
                 statement on `&dbs`, on the pool, or on the pool's `primary()`"
            );
            let read = People::sql::<i64>("SELECT count(*) FROM people").one(only_reads).await;
            assert_eq!(read.unwrap(), 100);
        }
    }
    insert().returning().one(&alone).await.unwrap();
}
