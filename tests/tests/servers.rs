//! The scratch servers are what the other tests believe they are.

use ormgen_tests::server::{ScratchServer, server, tls_ca};

#[tokio::test]
async fn three_servers_are_three() {
    let mut addresses = Vec::new();
    for number in 1..=3 {
        let db = server(number).create_database("Three Servers").await;
        db.batch("CREATE TABLE t (id int)").await;
        let row = db
            .connect()
            .await
            .query_one("SELECT inet_server_port(), current_database()", &[])
            .await
            .expect("a row");
        addresses.push(row.get::<_, i32>(0));
        assert_eq!(row.get::<_, String>(1), db.name());
    }
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 3);
}

#[tokio::test]
async fn only_the_third_server_has_tls() {
    for (number, expected) in [(1, "off"), (2, "off"), (3, "on")] {
        let db = server(number).create_database("tls").await;
        let row = db.connect().await.query_one("SHOW ssl", &[]).await.expect("a row");
        assert_eq!(row.get::<_, String>(0), expected);
    }
    let authority = std::fs::read_to_string(tls_ca()).expect("the authority's file");
    assert!(authority.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[tokio::test]
async fn a_scratch_server_stops_and_comes_back() {
    let scratch = ScratchServer::start();
    let db = scratch.server().create_database("scratch").await;
    let client = db.connect().await;
    scratch.stop_fast();
    client.query_one("SELECT 1", &[]).await.expect_err("the server is down");
    scratch.restart();
    let row = db.connect().await.query_one("SELECT 1", &[]).await.expect("a row");
    assert_eq!(row.get::<_, i32>(0), 1);
    scratch.stop_immediate();
}
