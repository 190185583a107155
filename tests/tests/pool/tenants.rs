//! Models whose tables are in a schema for each tenant: which rows a statement reads and changes, its connection says.

use std::time::Duration;

use futures_util::future::join_all;
use ormgen_runtime::{Error, Pool, config::ConnectionConfig, prelude::*, together};
use ormgen_tests::{
    generated::tenants::{
        Databases,
        chain::{Member, NewMember},
        north::{
            Added, Climber, Grade, HardRoute, NewAdded, NewClimber, NewRoute, NewWanted, North, Place, Route,
            Wanted,
        },
    },
    pgbouncer::PgBouncer,
    server::{TestDb, server},
};

use crate::support::soon;

const GYM: &str = include_str!("../../../schemas/tenants/gym.sql");

/// A database with these gyms, each in a schema of its own, and another one with the chain's members.
async fn gyms(schemas: &[&str]) -> (TestDb, TestDb, Databases) {
    let (gyms, chain) = (server(1).create_database("gyms").await, server(2).create_database("chain").await);
    for schema in schemas {
        gyms.batch(&format!("CREATE SCHEMA {schema}; SET search_path = {schema}; {GYM}")).await;
    }
    chain.batch(include_str!("../../../schemas/tenants/chain.sql")).await;
    let dbs = Databases::lazy(vec![
        ConnectionConfig::new("north", gyms.url()).search_path(["north", "public"]).max_size(2),
        ConnectionConfig::new("south", gyms.url()).search_path(["south", "public"]).max_size(2),
        ConnectionConfig::new("chain", chain.url()),
    ]);
    (gyms, chain, dbs.unwrap())
}

fn route(code: &str, grade: Grade) -> NewRoute {
    let start = Some(Place { wall: Some(code.to_lowercase()), metre: Some(3) });
    NewRoute { code: code.into(), grade, start, harder_than: None }
}

/// Changes a gym in each way that statements have, and reads it again.
async fn work_in(gym: &Pool<North>, name: &str) {
    let stored = Route::insert(route(name, Grade::Hard)).one(gym).await.unwrap();
    let many = (0..40).map(|n| route(&format!("{name}{n}"), Grade::Easy)).collect::<Vec<_>>();
    assert_eq!(Route::insert_many(many).execute(gym).await.unwrap(), 40);
    let again = Route::insert(route(name, Grade::Easy)).on_conflict(Route::CODE).do_update(Route::GRADE);
    assert_eq!(again.one(gym).await.unwrap().id, stored.id);
    let (route, is_new) =
        Route::insert(route(name, Grade::Easy)).on_conflict(Route::CODE).get_or_insert(gym).await.unwrap();
    assert_eq!((route.id, is_new), (stored.id, false));
    assert_eq!(route.update().set(Route::GRADE, Grade::Hard).one(gym).await.unwrap().grade, Grade::Hard);

    let climber = Climber::insert(NewClimber { member_id: 7 }).one(gym).await.unwrap();
    let added = Added::insert(NewAdded { route_id: stored.id, climber_id: climber.id });
    added.execute(gym).await.unwrap();
    let others = Route::query().filter(Route::GRADE.eq(Grade::Easy)).limit(2).select(Route::ID).all(gym);
    Climber::ROUTES.of(&climber).set(others.await.unwrap()).execute(gym).await.unwrap();
    assert_eq!(Climber::ROUTES.of(&climber).all(gym).await.unwrap().len(), 2);
    let rows = Climber::query().with(Climber::ROUTES).all(gym).await.unwrap();
    assert_eq!(rows.iter().map(|(_, routes)| routes.len()).collect::<Vec<_>>(), [2]);
    let by_climbers = Route::query().filter(Route::CLIMBERS.any(Climber::MEMBER_ID.eq(7)));
    assert_eq!(by_climbers.count(gym).await.unwrap(), 2);
    let harder =
        Route::query().filter(Route::CODE.eq(format!("{name}7"))).update().set(Route::HARDER_THAN, route.id);
    assert_eq!(harder.execute(gym).await.unwrap(), 1);
    assert_eq!(Route::HARDER_THAN_ROUTE.descendants(&stored).all(gym).await.unwrap().len(), 1);

    // A table that is called as the keys in a statement of many finds.
    Wanted::insert_many((0..100).map(|id| NewWanted { id, note: format!("{name}{id}") }))
        .execute(gym)
        .await
        .unwrap();
    let finds = (0..100).map(|id| Wanted::find(id).one(gym));
    for (id, found) in join_all(finds).await.into_iter().enumerate() {
        assert_eq!(found.unwrap().note, format!("{name}{id}"));
    }
    let mut rows = Wanted::find_many([1, 2]).all(gym).await.unwrap();
    rows.iter_mut().for_each(|row| row.note.push('!'));
    assert_eq!(Wanted::update_many(&rows).set_columns(Wanted::NOTE).execute(gym).await.unwrap(), 2);
    assert_eq!(Wanted::query().filter(Wanted::ID.gte(50)).delete().execute(gym).await.unwrap(), 50);
}

/// The codes of the hard routes, the number of all, and the notes that were changed.
async fn seen_by(gym: &Pool<North>) -> (Vec<String>, i64, Vec<String>) {
    let hard = HardRoute::query().select(HardRoute::CODE).all(gym).await.unwrap();
    let changed =
        Wanted::query().filter(Wanted::NOTE.ends_with("!")).order_by(Wanted::ID).select(Wanted::NOTE);
    let hard = hard.into_iter().flatten().collect();
    (hard, Route::query().count(gym).await.unwrap(), changed.all(gym).await.unwrap())
}

fn expected(name: &str) -> (Vec<String>, i64, Vec<String>) {
    (vec![name.to_owned()], 41, vec![format!("{name}1!"), format!("{name}2!")])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_connection_works_in_the_schema_of_its_tenant() {
    let (gyms, _chain, dbs) = gyms(&["north", "south", "\"west\"\"s $1\""]).await;
    // A tenant that the manifest does not know.
    let west = ConnectionConfig::new("west", gyms.url()).search_path(["west\"s $1"]).max_size(2);
    let west = Pool::<North>::new(&west).unwrap();
    soon(async { tokio::join!(work_in(&dbs.north, "N"), work_in(&dbs.south, "S"), work_in(&west, "W")) })
        .await;
    for (gym, name) in [(&dbs.north, "N"), (&dbs.south, "S"), (&west, "W")] {
        assert_eq!(seen_by(gym).await, expected(name));
        gym.verify().await.unwrap();
        let status = gym.status(Duration::from_secs(5)).await;
        assert!(status.len() == 1 && status[0].is_reachable(), "{status:?}");
    }

    // `Databases` with that tenant in place of another: references lead to what all share.
    let at_west = Databases { north: west.clone(), ..dbs.clone() };
    Member::insert(NewMember { id: 7, name: "Ada".into() }).execute(&dbs).await.unwrap();
    let climbers = Climber::query().with(Climber::MEMBER).all(&at_west).await.unwrap();
    assert_eq!(climbers.len(), 1);
    assert_eq!(climbers[0].1.as_ref().map(|member| member.name.as_str()), Some("Ada"));

    // Of several tenants a change is told by itself.
    gyms.batch("ALTER TABLE south.wanted DROP COLUMN note").await;
    dbs.north.verify().await.unwrap();
    let drift = dbs.south.verify().await.unwrap_err();
    assert!(matches!(&drift, Error::Drift(differences) if differences.len() == 1), "{drift}");
    west.close().await;
}

/// What the program's own SQL sets on a connection does not stay for the next caller.
#[tokio::test]
async fn a_connection_comes_back_to_its_schema() {
    let (_gyms, _chain, dbs) = gyms(&["north", "south"]).await;
    Wanted::insert(NewWanted { id: 1, note: "north".into() }).execute(&dbs.north).await.unwrap();
    Wanted::insert(NewWanted { id: 1, note: "south".into() }).execute(&dbs.south).await.unwrap();
    for _ in 0..3 {
        let session = dbs.north.connection().await.unwrap();
        session.batch("SET search_path = south").await.unwrap();
        assert_eq!(Wanted::find(1).one(&session).await.unwrap().note, "south");
        drop(session);
        assert_eq!(Wanted::find(1).one(&dbs.north).await.unwrap().note, "north");
    }
    // A setting of one transaction, whose statements the session has already prepared in the other schema.
    let in_south = dbs.north.transaction(async |tx| {
        North::sql::<String>("SELECT set_config('search_path', $1, true)").bind("south").one(tx).await?;
        Wanted::find(1).one(tx).await
    });
    assert_eq!(in_south.await.unwrap().note, "south");
    assert_eq!(Wanted::find(1).one(&dbs.north).await.unwrap().note, "north");

    // Both at once.
    let both = together((&dbs.north, &dbs.south), async |(north, south)| {
        let moved = Wanted::find(1).delete().one(north).await?;
        Wanted::insert(NewWanted { id: 2, note: moved.note }).execute(south).await
    });
    both.await.unwrap();
    assert_eq!(Wanted::query().count(&dbs.north).await.unwrap(), 0);
    assert_eq!(Wanted::find(2).one(&dbs.south).await.unwrap().note, "north");
}

/// Enums and composite types of each schema's own, in statements that a session prepares once: refused by the server, and not
/// taken for each other.
#[tokio::test]
async fn types_of_a_schemas_own_are_not_shared_by_a_session() {
    let (gyms, _chain, _) = gyms(&["north", "south"]).await;
    let pool = Pool::<North>::new(&ConnectionConfig::new("north", gyms.url()).max_size(1)).unwrap();
    for (schema, is_refused) in [("north", false), ("south", true), ("north", false)] {
        let work = pool.transaction(async |tx| {
            North::sql::<String>("SELECT set_config('search_path', $1, true)").bind(schema).one(tx).await?;
            Route::insert(route("A", Grade::Hard)).on_conflict(Route::CODE).do_nothing().execute(tx).await
        });
        let done = soon(work).await.map_err(|error| error.to_string());
        let is_of_another =
            |error: &String| error.contains("is of type grade but expression is of type north.grade");
        assert!(if is_refused { done.as_ref().is_err_and(is_of_another) } else { done.is_ok() }, "{done:?}");
    }
}

/// Behind a pooler that gives a session to another client after each transaction, the setting would be the next client's.
#[tokio::test]
async fn behind_a_pooler_that_shares_sessions_the_setting_is_refused() {
    let (gyms, _chain, _) = gyms(&["north"]).await;
    for (mode, is_refused) in [("transaction", true), ("session", false)] {
        let pooler = PgBouncer::before(&gyms, mode).await;
        let config = ConnectionConfig::new("north", pooler.url()).search_path(["north"]);
        let config = if is_refused { config } else { config.pooler(ormgen_runtime::config::Pooler::Session) };
        let pool = Pool::<North>::new(&config).unwrap();
        match Wanted::query().count(&pool).await {
            Ok(0) => assert!(!is_refused),
            Err(error @ Error::Connect { .. }) => {
                assert!(is_refused);
                let text = ormgen_runtime::Error::to_string(&error);
                let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                assert!(format!("{text} {source}").contains("ALTER ROLE"), "{text} {source}");
            }
            other => panic!("{mode}: {other:?}"),
        }
    }
}

/// A pool runs each statement as a transaction of its own.
#[tokio::test]
async fn what_is_set_for_one_transaction_is_refused_on_a_pool() {
    let (_gyms, _chain, dbs) = gyms(&["north"]).await;
    let set = || North::sql::<String>("SELECT set_config('app.tenant', $1, true)").bind("north");
    let refused = set().one(&dbs.north).await.unwrap_err();
    assert!(
        matches!(&refused, Error::SessionState { .. }) && refused.to_string().contains("`transaction(…)`"),
        "{refused}"
    );
    let refused = North::sql::<()>("SET LOCAL search_path = south").execute(&dbs.north).await.unwrap_err();
    assert!(refused.to_string().contains("`transaction(…)`"), "{refused}");
    dbs.north.transaction(async |tx| set().one(tx).await).await.unwrap();
    let connection = dbs.north.connection().await.unwrap();
    connection.batch("BEGIN").await.unwrap();
    set().one(&connection).await.unwrap();
    let kept = North::sql::<String>("SELECT current_setting('app.tenant')").one(&connection).await;
    assert_eq!(kept.unwrap(), "north");
}

/// A name with a zero byte would end the text that sets it.
#[test]
fn a_schemas_name_has_no_zero_byte() {
    let config = ConnectionConfig::new("north", "postgres://h/gyms").search_path(["a\0b"]);
    assert!(matches!(Pool::<North>::new(&config), Err(Error::Config(_))));
}
