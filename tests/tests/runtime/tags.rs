//! Tags in the texts of statements: the server's log shows them where the settings ask for them, and nowhere else.

use futures_util::TryStreamExt;
use ormgen_runtime::{
    Pool,
    config::{ConnectionConfig, Pooler},
    prelude::*,
};
use ormgen_tests::{
    generated::shop::crm::{Crm, Customer},
    server::ScratchServer,
};

use crate::support::{ask, crm_on, customer, customers, soon};

/// A value that no text may show.
const EMAIL: &str = "kept.secret@example.org";

/// How often one row is looked for.
const FINDS: usize = 20;

/// Reads and writes of every sort.
async fn work(crm: &Pool<Crm>) {
    let mut secret = customer("Ada");
    secret.email = EMAIL.into();
    let ada = Customer::insert(secret).one(crm).await.unwrap();
    for _ in 0..FINDS {
        assert_eq!(Customer::find(ada.id).one(crm).await.unwrap().email, EMAIL);
    }
    assert_eq!(Customer::query().filter(Customer::EMAIL.eq(EMAIL)).count(crm).await.unwrap(), 1);
    assert_eq!(Customer::insert_many(customers(4)).execute(crm).await.unwrap(), 4);
    let more: Vec<_> = customers(3004).split_off(4);
    assert_eq!(soon(Customer::insert_many(more).execute(crm)).await.unwrap(), 3000);
    let tx = crm.begin().await.unwrap();
    let rows: Vec<Customer> = Customer::query().stream(&tx).await.unwrap().try_collect().await.unwrap();
    assert_eq!(rows.len(), 3005);
    Customer::find(ada.id).update().set(Customer::VISITS, 7).execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
    for text in ["SELECT count(*) FROM customers", "SELECT count(*) FROM customers -- all"] {
        let count: i64 = Crm::sql(text).one(crm).await.unwrap();
        assert_eq!(count, 3005);
    }
    assert_eq!(Customer::find(ada.id).delete().execute(crm).await.unwrap(), 1);
}

/// The texts that a server ran for a program with these settings, as its log has them.
async fn texts(settings: impl Fn(ConnectionConfig) -> ConnectionConfig) -> Vec<String> {
    let server = ScratchServer::start_with(&["log_statement = all", "log_parameter_max_length = 0"]);
    let db = crm_on(&server.server()).await;
    let before = server.log().len();
    let config = settings(ConnectionConfig::new("crm", db.url()).max_size(1));
    let crm = Pool::<Crm>::new(&config).unwrap();
    work(&crm).await;
    if config.pooler.is_none() {
        let connection = crm.connection().await.unwrap();
        let finds = "SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'WHERE .?id.? = .1'
            AND statement ~ '^SELECT'";
        let finds: i64 = Crm::sql(finds).one(&connection).await.unwrap();
        assert_eq!(finds, 1, "a find is prepared once, however often it runs");
    }
    soon(crm.close()).await;
    assert_eq!(ask::<i64>(&db, "SELECT count(*) FROM customers").await, 3004);
    let log = server.log();
    log[before..]
        .lines()
        .filter_map(|line| Some(line.split_once("LOG:  ")?.1.split_once(": ")?.1.to_owned()))
        .collect()
}

#[tokio::test]
async fn the_server_shows_who_sent_a_statement() {
    for pooler in [None, Some(Pooler::Transaction)] {
        let tagged = |config: ConnectionConfig| {
            config
                .pooler(pooler)
                .tag("application", "it's a ${ORMGEN_TEST_NO_NAME:-shop}")
                .tag("team", "*/; DROP")
        };
        let texts = texts(tagged).await;
        let count = |begin: &str, action: &str, controller: &str| {
            let end = format!(
                " /*action='{action}',application='it%27s%20a%20shop',controller='{controller}',\
                 db_driver='tokio-postgres',framework='ormgen%3A{}',team='%2A%2F%3B%20DROP'*/",
                env!("CARGO_PKG_VERSION")
            );
            texts.iter().filter(|text| text.starts_with(begin) && text.ends_with(&end)).count()
        };
        for (begin, action, controller, expected) in [
            ("SELECT ", "find", "Customer", FINDS),
            ("SELECT ", "count", "Customer", 1),
            ("INSERT INTO ", "insert", "Customer", 1),
            ("INSERT INTO ", "insert_many", "Customer", 1),
            ("COPY ", "insert_many", "Customer", 1),
            ("DECLARE ", "stream", "Customer", 1),
            ("FETCH ", "stream", "Customer", 13),
            ("UPDATE ", "update", "Customer", 1),
            ("DELETE ", "delete", "Customer", 1),
            ("SELECT count(*) FROM customers", "one", "crm", 1),
        ] {
            let found = count(begin, action, controller);
            assert_eq!(found, expected, "{begin}, {action} of {controller}, {pooler:?}: {texts:#?}");
        }
        assert!(texts.iter().any(|text| text == "SELECT count(*) FROM customers -- all"), "{texts:#?}");
        assert!(!texts.iter().any(|text| text.contains("kept")), "{texts:#?}");
    }
}

#[tokio::test]
async fn without_the_setting_no_text_has_a_comment() {
    for pooler in [None, Some(Pooler::Transaction)] {
        let texts = texts(|config| config.pooler(pooler)).await;
        assert!(texts.iter().any(|text| text.starts_with("COPY ")), "{texts:#?}");
        assert!(!texts.iter().any(|text| text.contains("/*")), "{texts:#?}");
    }
}
