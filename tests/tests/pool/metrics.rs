//! What a recorder of metrics is told of caches and of replicas.

use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use ormgen_runtime::{config::ConnectionConfig, prelude::*};
use ormgen_tests::{
    generated::visits::{
        Databases,
        log::{NewVisit, Visit},
        people::{Badge, NewBadge, Person},
    },
    people::{databases, people_on, person},
    server::{ScratchServer, TestDb, server},
};

use crate::support::eventually;

/// Does the work, and whatever it begins in the background, with this recorder alone.
fn recorded(recorder: &PrometheusRecorder, work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(recorder, || runtime.block_on(work));
}

/// The value of a metric with these labels.
fn value(text: &str, metric: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(metric))?;
    line.trim().parse().ok()
}

async fn log_on(server: &ormgen_tests::server::Server) -> TestDb {
    let db = server.create_database("log").await;
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/visits/log.sql");
    db.batch(&std::fs::read_to_string(schema).unwrap()).await;
    db
}

#[test]
fn hits_and_misses_of_a_cache() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let text = || recorder.handle().render();
    recorded(&recorder, async {
        let (people, log) = (people_on(&server(1)).await, log_on(&server(2)).await);
        let urls = [("people", people.url()), ("people_eu", people.url()), ("log", log.url())];
        let dbs = Databases::lazy(urls.map(|(alias, url)| ConnectionConfig::new(alias, url)).into()).unwrap();
        Person::insert_many((1..=3).map(person)).execute(&dbs).await.unwrap();
        Badge::insert(NewBadge { code: "A1".into(), person_id: 1 }).execute(&dbs).await.unwrap();
        let visits = [1, 2, 3].map(|id| NewVisit { person_id: Some(id), badge: "A1".into() });
        Visit::insert_many(visits).execute(&dbs).await.unwrap();
        let load = async || Visit::query().with(Visit::PERSON).all(&dbs).await.unwrap().len();
        assert_eq!(load().await, 3);
        assert_eq!(value(&text(), "ormgen_cache_misses{model=\"Person\"}"), Some(3.0), "{}", text());
        assert_eq!(value(&text(), "ormgen_cache_hits{model=\"Person\"}"), None);
        assert_eq!((load().await, load().await), (3, 3));
        assert_eq!(value(&text(), "ormgen_cache_hits{model=\"Person\"}"), Some(6.0), "{}", text());
        assert_eq!(value(&text(), "ormgen_cache_misses{model=\"Person\"}"), Some(3.0));
    });
}

/// A replica that follows late is behind; one that does not answer has no lag that is known.
#[test]
fn how_far_a_replica_is_behind() {
    let recorder = PrometheusBuilder::new().build_recorder();
    recorded(&recorder, async {
        let primary = ScratchServer::start();
        let db = people_on(&primary.server()).await;
        let standby = primary.standby(&["recovery_min_apply_delay = 3s"]);
        let url = standby.server().database(db.name()).url().to_owned();
        let (_, place) = url.split_once('@').unwrap();
        let (address, _) = place.split_once('/').unwrap();
        let metric = format!("ormgen_replica_lag{{connection=\"people\",server_address=\"{address}\"}}");
        let lag = || value(&recorder.handle().render(), &metric);
        let dbs = databases(db.url(), |connection| connection.replica(url.as_str()));
        dbs.people.ready().await.unwrap();
        eventually("the replica has replayed all", async || lag() == Some(0.0)).await;
        Person::insert(person(1)).execute(&dbs).await.unwrap();
        eventually("the replica is behind", async || lag().is_some_and(|lag| (0.2..3.5).contains(&lag)))
            .await;
        eventually("the replica has replayed all again", async || lag() == Some(0.0)).await;
        standby.stop_fast();
        eventually("the lag is not known", async || lag().is_some_and(f64::is_nan)).await;
        tokio::time::timeout(Duration::from_secs(10), dbs.close()).await.unwrap();
    });
}

/// Of a pool that was closed nothing stays: the sum over all pools is right.
#[test]
fn a_pool_that_was_closed_has_no_connections() {
    let recorder = PrometheusBuilder::new().build_recorder();
    recorded(&recorder, async {
        let db = people_on(&server(1)).await;
        let dbs =
            databases(db.url(), |connection| connection.max_size(2).idle_timeout(Duration::from_millis(200)));
        Person::query().count(&dbs).await.unwrap();
        let (_, place) = db.url().split_once('@').unwrap();
        let (address, _) = place.split_once('/').unwrap();
        let of_pool = format!("connection=\"people\",server_address=\"{address}\"");
        let shown = || {
            let text = recorder.handle().render();
            let value = |metric: String| value(&text, &metric);
            let count = |state| value(format!("db_client_connection_count{{{of_pool},state=\"{state}\"}}"));
            (count("idle"), count("used"), value(format!("db_client_connection_max{{{of_pool}}}")))
        };
        eventually("the pool is shown", async || shown().2 == Some(2.0)).await;
        dbs.close().await;
        eventually("nothing is left", async || shown() == (Some(0.0), Some(0.0), Some(0.0))).await;
    });
}
