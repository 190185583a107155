//! What goes wrong with a server, what was under way, what its caller is told, and how long it takes until all is well:
//! `tests/faults.md` has the table, and this test every row of it. `ORMGEN_FAULTS=write` writes it anew.

use std::{
    fmt::Write as _,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    time::{Duration, Instant},
};

use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        people::{People, Person},
    },
    people::{databases, people_on, store},
    pgbouncer::PgBouncer,
    proxy::Proxy,
    server::{ScratchServer, TestDb, with_heir},
};

use crate::support::{ask, eventually, soon};

/// A server of its own, with a standby where the fault is about one, and a program that uses it.
struct Stage {
    server: ScratchServer,
    standby: Option<ScratchServer>,
    db: TestDb,
    dbs: Databases,
}

#[derive(Clone, Copy)]
enum With {
    Nothing,
    /// A host that takes over.
    Heir,
    Replica,
}

impl Stage {
    async fn set(with: With) -> Self {
        // What it acknowledged is on its disk: a crash loses nothing.
        let server = ScratchServer::start();
        let db = people_on(&server.server()).await;
        db.batch("INSERT INTO people SELECT n, 'p' || n FROM generate_series(0, 99) AS n").await;
        let url = db.url_of_app().await;
        let standby = (!matches!(with, With::Nothing)).then(|| server.standby(&[]));
        let second = standby.as_ref().map(ScratchServer::server);
        let url = match (&second, with) {
            (Some(second), With::Heir) => with_heir(&url, second),
            _ => url,
        };
        let dbs = databases(&url, |connection| {
            let connection = connection.max_size(4).acquire_timeout(Duration::from_secs(5));
            match (&second, with) {
                (Some(second), With::Replica) => connection.replica(second.database(db.name()).url()),
                _ => connection,
            }
        });
        dbs.people.ready().await.unwrap();
        if matches!(with, With::Replica) {
            let is_fit = || dbs.people.replicas()[0].is_fit;
            eventually("the replica is fit", async || is_fit()).await;
        }
        Self { server, standby, db, dbs }
    }

    async fn terminate_all(&self) {
        const ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        self.db.batch(ALL).await;
    }
}

type Fault = (&'static str, With, for<'s> fn(&'s Stage) -> Pin<Box<dyn Future<Output = ()> + Send + 's>>);

const FAULTS: [Fault; 5] = [
    ("its connections are terminated", With::Nothing, |stage| Box::pin(stage.terminate_all())),
    ("the server is restarted", With::Nothing, |stage| {
        Box::pin(async {
            stage.server.stop_fast();
            stage.server.restart();
        })
    }),
    ("the server crashes, and comes back", With::Nothing, |stage| {
        Box::pin(async {
            stage.server.stop_immediate();
            stage.server.restart();
        })
    }),
    ("the server becomes read-only, its standby is promoted", With::Heir, |stage| {
        Box::pin(async {
            stage.server.set(&["default_transaction_read_only = on"]);
            stage.standby.as_ref().unwrap().promote();
        })
    }),
    ("the server crashes, its standby is promoted", With::Heir, |stage| {
        Box::pin(async {
            stage.server.stop_immediate();
            stage.standby.as_ref().unwrap().promote();
        })
    }),
];

/// What was under way when it went wrong.
const UNDER_WAY: [&str; 4] = ["nothing", "a read", "a write", "a transaction"];

/// What its caller is told: by the kind of error, and by whether the server's words are in it.
fn told(result: &Result<(), Error>) -> &'static str {
    match result {
        Ok(()) => "succeeds",
        Err(error @ Error::ConnectionLost { .. }) if error.to_string().contains("SQLSTATE 57P0") => {
            "the connection was lost, and why"
        }
        Err(Error::ConnectionLost { .. }) => "the connection was lost",
        Err(error) => panic!("{error}"),
    }
}

/// Does what is under way, and has it go wrong in the middle.
async fn meet(stage: &Stage, under_way: &str, fault: &Fault) -> Result<(), Error> {
    let dbs = &stage.dbs;
    let goes_wrong = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        fault.2(stage).await;
    };
    const SLOW: &str = "SELECT pg_sleep(2)::text";
    const WRITE: &str = "INSERT INTO people SELECT 1000, pg_sleep(2)::text";
    match under_way {
        "nothing" => {
            Person::find(1).one(dbs).await?;
            goes_wrong.await;
            Ok(())
        }
        "a read" => tokio::join!(People::sql::<String>(SLOW).one(dbs), goes_wrong).0.map(drop),
        "a write" => tokio::join!(People::sql(WRITE).execute(dbs), goes_wrong).0.map(drop),
        _ => {
            let tx = dbs.people.begin().await?;
            store_in(&tx, 1000).await?;
            goes_wrong.await;
            Person::find(1000).one(&tx).await?;
            tx.commit().await
        }
    }
}

async fn store_in(executor: impl Writer<People>, id: i64) -> Result<(), Error> {
    Person::insert(ormgen_tests::people::person(id)).execute(executor).await.map(drop)
}

/// How long it takes until a find and a write succeed.
async fn until_well(dbs: &Databases) -> Duration {
    let begun = Instant::now();
    let mut id = 2000;
    loop {
        id += 1;
        let found = Person::find(1).one(dbs).await;
        if found.is_ok() && store(dbs, id).await.is_ok() {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "it never gets well: {found:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn row(table: &mut String, cells: [&str; 4], took: Duration) {
    let line = format!("| {} | {} | {} | {} |", cells[0], cells[1], cells[2], cells[3]);
    println!("{line} {took:?}");
    writeln!(table, "{line}").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_the_table() {
    let mut table = String::from(HEAD);
    for fault in &FAULTS {
        for under_way in UNDER_WAY {
            let stage = Stage::set(fault.1).await;
            let result = soon(meet(&stage, under_way, fault)).await;
            let took = until_well(&stage.dbs).await;
            // What was begun before a server became read-only is stored there, and not on its heir.
            let is_stored = result.is_ok() && matches!(under_way, "a write" | "a transaction");
            let is_apart = is_stored && matches!(fault.1, With::Heir);
            let there = match &stage.standby {
                Some(standby) if !is_apart => standby.server().database(stage.db.name()),
                _ => stage.server.server().database(stage.db.name()),
            };
            let stored: i64 = ask(&there, "SELECT count(*) FROM people WHERE id = 1000").await;
            assert_eq!(stored, i64::from(is_stored), "{}: {under_way}", fault.0);
            let told = if is_apart { "succeeds, on the server that it began on" } else { told(&result) };
            assert!(took < Duration::from_secs(1), "{}, {under_way}: well after {took:?}", fault.0);
            row(&mut table, [fault.0, under_way, told, "less than 1 s"], took);
        }
    }
    unseen_rows(&mut table).await;
    frozen_rows(&mut table).await;
    replica_rows(&mut table).await;
    pooler_row(&mut table).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults.md");
    if std::env::var_os("ORMGEN_FAULTS").is_some_and(|what| what == "write") {
        std::fs::write(&path, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(PathBuf::from(&path)).unwrap_or_default(), table);
}

/// The server ends a connection between two statements, and the pool learns of it only as it sends the next one: a read
/// is sent again, a write is not.
async fn unseen_rows(table: &mut String) {
    for (under_way, told) in [
        ("a lone read that follows", "succeeds: the read is sent again"),
        ("a lone write that follows", "the connection was lost"),
    ] {
        let stage = Stage::set(With::Nothing).await;
        let proxy = Proxy::before(stage.db.url()).await;
        let dbs = databases(proxy.url(), |connection| connection.max_size(1));
        Person::find(1).one(&dbs).await.unwrap();
        // Nothing of the server's end arrives before the next statement has been sent.
        proxy.stall();
        stage.terminate_all().await;
        let resumes = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            proxy.resume();
        };
        let work = async {
            match under_way {
                "a lone read that follows" => Person::find(1).one(&dbs).await.map(drop),
                _ => store(&dbs, 1000).await,
            }
        };
        let (result, ()) = soon(async { tokio::join!(work, resumes) }).await;
        let is_read = result.is_ok();
        assert_eq!(is_read, told.starts_with("succeeds"), "{result:?}");
        assert!(is_read || matches!(result, Err(Error::ConnectionLost { .. })), "{result:?}");
        let stored: i64 = ask(&stage.db, "SELECT count(*) FROM people WHERE id = 1000").await;
        assert_eq!(stored, 0);
        let took = until_well(&dbs).await;
        assert!(took < Duration::from_secs(1), "{under_way}: well after {took:?}");
        let fault = "its connection was terminated, and the pool does not know it yet";
        row(table, [fault, under_way, told, "less than 1 s"], took);
    }
}

/// A server stands still, whose machine still takes what is sent. Callers are told within `tcp_user_timeout`.
async fn frozen_rows(table: &mut String) {
    const BOUND: Duration = Duration::from_secs(2);
    for (under_way, told) in [
        ("a read", "the connection was lost, and why"),
        ("a write", "the connection was lost, and why; the write may have taken effect"),
        ("a transaction", "the connection was lost, and why"),
    ] {
        let stage = Stage::set(With::Nothing).await;
        let (_, address) = stage.db.url().split_once('@').unwrap();
        let url = format!("postgres://app:app@{address}?tcp_user_timeout={}", BOUND.as_secs());
        let dbs =
            databases(&url, |connection| connection.max_size(4).acquire_timeout(Duration::from_secs(5)));
        let tx = dbs.people.begin().await.unwrap();
        Person::find(1).one(&dbs).await.unwrap();
        stage.server.freeze();
        let begun = Instant::now();
        let result = soon(async {
            match under_way {
                "a read" => Person::find(1).one(&dbs).await.map(drop),
                "a write" => store(&dbs, 1000).await,
                _ => store_in(&tx, 1000).await,
            }
        });
        let result = result.await;
        let waited = begun.elapsed();
        stage.server.thaw();
        let error = result.expect_err("nobody answers");
        let Error::ConnectionLost { may_have_taken_effect, .. } = error else { panic!("{error}") };
        assert_eq!(may_have_taken_effect, under_way == "a write");
        assert!(
            error.to_string().contains("gave no answer") && waited < BOUND + BOUND,
            "{error}: {waited:?}"
        );
        let took = until_well(&dbs).await;
        assert!(took < Duration::from_secs(1), "{under_way}: well after {took:?}");
        row(
            table,
            ["the server stands still for longer than `tcp_user_timeout`", under_way, told, "less than 1 s"],
            took,
        );
    }
}

/// A replica goes: reads on it are answered by the primary.
async fn replica_rows(table: &mut String) {
    type GoWrong = fn(&ScratchServer);
    let ways: [(&str, GoWrong); 2] = [
        ("a replica is stopped", |standby| standby.stop_fast()),
        ("a replica crashes", |standby| standby.stop_immediate()),
    ];
    for (fault, goes_wrong) in ways {
        let stage = Stage::set(With::Replica).await;
        let find = async || soon(Person::find(1).one(stage.dbs.people.read_only())).await;
        find().await.unwrap();
        goes_wrong(stage.standby.as_ref().unwrap());
        let begun = Instant::now();
        for _ in 0..20 {
            assert_eq!(find().await.unwrap().id, 1);
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
        row(table, [fault, "reads on it", "the primary answers", "less than 1 s"], took);
    }
}

/// A pooler goes, and comes back.
async fn pooler_row(table: &mut String) {
    let stage = Stage::set(With::Nothing).await;
    let mut bouncer = PgBouncer::before(&stage.db, "transaction").await;
    let dbs = databases(bouncer.url(), |connection| connection.max_size(4));
    Person::find(1).one(&dbs).await.unwrap();
    bouncer.restart().await;
    let took = until_well(&dbs).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    row(table, ["a pooler is restarted", "nothing", "succeeds", "less than 1 s"], took);
}

const HEAD: &str = "\
# Faults

What goes wrong, what was under way, what its caller is told, and how long it takes until finds and writes succeed again.
`tests/tests/pool/faults.rs` tries each row on servers of its own, and fails where one is not so.

| fault | under way | its caller | until all is well |
| --- | --- | --- | --- |
";
