//! One step over several databases, and transactions that only read.

use std::time::Duration;

use ormgen_runtime::{
    Error, Isolation, TransactionOptions, config::ConnectionConfig, functions::sql, prelude::*,
};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{Crm, Customer},
        orders::{NewOrder, NewTag, Order, Orders, Tag},
    },
    server::server,
};

use crate::support::{Shop, ask, crm_on, customer, customers, names, soon};

async fn tags(executor: impl Executor<Orders>) -> i64 {
    Tag::query().count(executor).await.unwrap()
}

fn tag(name: &str) -> NewTag {
    NewTag { name: name.into() }
}

#[tokio::test]
async fn all_are_committed_or_none() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let placed: Result<Order, Error> = together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
        let ada = Customer::insert(customer("Ada")).one(crm).await?;
        Order::insert(NewOrder { customer_id: ada.id }).one(orders).await
    })
    .await;
    assert_eq!(placed.unwrap().customer_id, 1);
    assert_eq!((names(dbs).await, Order::query().count(dbs).await.unwrap()), (vec!["Ada".to_owned()], 1));

    let refused: Result<u64, Error> = together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
        Order::query().delete().execute(orders).await?;
        Customer::insert(customer("Bob")).execute(crm).await?;
        Customer::insert(customer("Ada")).execute(crm).await
    })
    .await;
    assert!(matches!(refused, Err(Error::UniqueViolation(_))), "{refused:?}");
    assert_eq!((names(dbs).await, Order::query().count(dbs).await.unwrap()), (vec!["Ada".to_owned()], 1));
}

/// What a commit would refuse is known before the first one.
#[tokio::test]
async fn a_refusal_at_the_end_leaves_nothing_anywhere() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    const DEFERRED: &str =
        "ALTER TABLE customers ALTER CONSTRAINT customers_referrer_id_fkey DEFERRABLE INITIALLY DEFERRED";
    shop.crm.batch(DEFERRED).await;
    let dangling: Result<u64, Error> = together((&dbs.orders, &dbs.crm), async |(orders, crm)| {
        Tag::insert(tag("new")).execute(orders).await?;
        Customer::insert(customer("Ada")).set(Customer::REFERRER_ID, 99).execute(crm).await
    })
    .await;
    assert!(matches!(dangling, Err(Error::ForeignKeyViolation(_))), "{dangling:?}");
    assert_eq!((tags(dbs).await, names(dbs).await.len()), (0, 0));

    let passed_over: Result<(), Error> = together((&dbs.orders, &dbs.crm), async |(orders, crm)| {
        Tag::insert(tag("new")).execute(orders).await?;
        Customer::insert(customer("Ada")).execute(crm).await?;
        let _ = Customer::query().filter(sql("1 / (visits - visits) = 1").filter()).all(crm).await;
        Ok(())
    })
    .await;
    assert!(matches!(passed_over, Err(Error::Aborted { .. })), "{passed_over:?}");
    assert_eq!(tags(dbs).await, 0);
}

/// The second server goes away right after the first has committed.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_on_a_part_only_is_told() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let (admin, runtime) = (shop.orders.connect().await, tokio::runtime::Handle::current());
    let outcome: Result<(), Error> =
        together((&dbs.crm, &dbs.orders, &dbs.crm_eu), async |(crm, orders, eu)| {
            Customer::insert(customer("Ada")).execute(crm).await?;
            Customer::insert(customer("Ada")).execute(eu).await?;
            Tag::insert(tag("new")).execute(orders).await?;
            crm.after_commit(move || {
                tokio::task::block_in_place(|| {
                    let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                         WHERE datname = current_database() AND pid <> pg_backend_pid()";
                    runtime.block_on(admin.batch_execute(end)).unwrap();
                });
            });
            Ok(())
        })
        .await;
    let error = outcome.unwrap_err();
    assert!(!error.is_retryable());
    assert_eq!(error.connection(), Some("orders"));
    let told =
        "the step is stored on `crm` only, and undone on `crm_eu`, as a commit failed: connection `orders`: ";
    assert!(error.to_string().starts_with(told), "{error}");
    let Error::PartlyCommitted(part) = error else { panic!("{error}") };
    assert_eq!((&*part.committed, &*part.rolled_back), (&["crm".into()][..], &["crm_eu".into()][..]));
    assert!(matches!(part.error, Error::NotCommitted { .. }), "{}", part.error);
    assert_eq!((names(&dbs.crm).await.len(), names(&dbs.crm_eu).await.len(), tags(dbs).await), (1, 0, 0));
}

/// Two steps that each held the last connection of one pool and waited for the other's would wait for ever.
#[tokio::test(flavor = "multi_thread")]
async fn steps_in_opposite_orders_do_not_wait_for_each_other() {
    let shop =
        Shop::open_with(|connection| connection.max_size(1).acquire_timeout(Duration::from_secs(10))).await;
    let steps = (0..20).map(|n| {
        let dbs = shop.dbs.clone();
        tokio::spawn(async move {
            let name = format!("c{n}");
            if n % 2 == 0 {
                together((&dbs.crm, &dbs.orders), async |(crm, orders)| {
                    Customer::insert(customer(&name)).execute(crm).await?;
                    Tag::insert(tag(&name)).execute(orders).await
                })
                .await
            } else {
                together((&dbs.orders, &dbs.crm), async |(orders, crm)| {
                    Customer::insert(customer(&name)).execute(crm).await?;
                    Tag::insert(tag(&name)).execute(orders).await
                })
                .await
            }
        })
    });
    for step in steps.collect::<Vec<_>>() {
        soon(step).await.unwrap().unwrap();
    }
    assert_eq!((names(&shop.dbs).await.len(), tags(&shop.dbs).await), (20, 20));
}

#[tokio::test]
async fn a_part_of_a_step_may_only_read() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    Customer::insert_many(customers(3)).execute(dbs).await.unwrap();
    let pools = (dbs.crm.read_only(), &dbs.crm_eu, &dbs.orders, dbs.orders.read_only());
    let seen: Result<_, Error> = together(pools, async |(crm, eu, orders, before)| {
        let all = Customer::query().all(crm).await?;
        for row in &all {
            Customer::insert(customer(&row.name)).execute(eu).await?;
            Order::insert(NewOrder { customer_id: row.id }).execute(orders).await?;
        }
        assert!(is_read_only(crm).await && !is_read_only(eu).await);
        Order::query().count(before).await
    })
    .await;
    assert_eq!(seen.unwrap(), 0, "another transaction");
    assert_eq!((names(&dbs.crm_eu).await.len(), Order::query().count(dbs).await.unwrap()), (3, 3));
}

async fn is_read_only(executor: impl Executor<Crm>) -> bool {
    let on = sql("current_setting('transaction_read_only') = 'on'").filter();
    Customer::query().filter(on).exists(executor).await.unwrap_or_default()
}

/// Where neither needs the other, each keeps its own result.
#[tokio::test]
async fn independent_steps_run_side_by_side() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let (ada, bad): (Result<_, Error>, Result<_, Error>) = tokio::join!(
        dbs.crm.transaction(async |tx| Customer::insert(customer("Ada")).one(tx).await),
        dbs.orders.transaction(async |tx| {
            Tag::insert(tag("a")).execute(tx).await?;
            Tag::insert(tag("a")).execute(tx).await
        }),
    );
    assert_eq!(ada.unwrap().name, "Ada");
    assert!(matches!(bad, Err(Error::UniqueViolation(_))));
    assert_eq!((names(dbs).await.len(), tags(dbs).await), (1, 0));
}

#[tokio::test]
async fn a_snapshot_stays_as_it_is() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let snapshot = TransactionOptions::new().isolation(Isolation::RepeatableRead);
    let tx = dbs.crm.read_only().begin_with(snapshot).await.unwrap();
    Customer::insert(customer("Ada")).execute(dbs).await.unwrap();
    let after = Customer::query().count(&tx).await.unwrap();
    Customer::insert(customer("Bob")).execute(dbs).await.unwrap();
    assert_eq!((after, Customer::query().count(&tx).await.unwrap()), (1, 1));
    tx.commit().await.unwrap();

    let seen = dbs.crm.read_only().transaction(async |tx| {
        assert!(is_read_only(tx).await);
        Customer::query().with(Customer::REFERRER).all(tx).await
    });
    assert_eq!(seen.await.unwrap().len(), 2);
    let failed = dbs.crm.read_only().transaction(async |tx| {
        let _ = Customer::query().filter(sql("1 / (visits - visits) = 1").filter()).all(tx).await;
        Ok::<_, Error>(())
    });
    assert!(matches!(failed.await, Err(Error::Aborted { .. })), "what it read counts for nothing");
}

#[tokio::test]
async fn a_reading_transaction_runs_on_the_primary_where_no_replica_follows_it() {
    let (primary, replica) = (crm_on(&server(1)).await, crm_on(&server(3)).await);
    primary.batch("INSERT INTO customers (email, name) VALUES ('a@example.org', 'primary')").await;
    replica.batch("INSERT INTO customers (email, name) VALUES ('a@example.org', 'replica')").await;
    let dbs = Databases::lazy(vec![
        ConnectionConfig::new("crm", primary.url()).replica(replica.url()),
        ConnectionConfig::new("crm_eu", primary.url()),
        ConnectionConfig::new("orders", primary.url()),
    ])
    .unwrap();
    let tx = dbs.crm.read_only().begin().await.unwrap();
    assert_eq!(names(&tx).await, ["primary"], "what is called a replica is no standby");
    // A replica knows no serializable transactions.
    let serializable = TransactionOptions::new().isolation(Isolation::Serializable).deferrable();
    let tx = dbs.crm.read_only().begin_with(serializable).await.unwrap();
    assert_eq!(names(&tx).await, ["primary"]);
    assert_eq!(ask::<i64>(&primary, "SELECT count(*) FROM customers").await, 1);
}
