//! Get-or-create and update-or-create.

use std::collections::HashSet;

use ormgen_runtime::{Error, Isolation, TransactionOptions, functions::excluded, prelude::*};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Address, Customer, NewAddress, Tier},
    orders::{Category, NewCategory, NewTag, Tag},
};

use crate::{
    many::{views, with_arrays},
    support::{Shop, ask, customer},
};

async fn get(dbs: &Databases, name: &str) -> (Customer, bool) {
    let insert = Customer::insert(customer(name)).on_conflict(Customer::EMAIL);
    insert.get_or_insert(dbs).await.unwrap()
}

#[tokio::test]
async fn get_or_insert() {
    let shop = Shop::open().await;
    let (ada, is_new) = get(&shop.dbs, "Ada").await;
    assert!(is_new);
    assert_eq!(get(&shop.dbs, "Ada").await, (ada.clone(), false));

    let tx = shop.dbs.crm.begin().await.unwrap();
    let bob =
        Customer::insert(customer("Bob")).on_conflict(Customer::EMAIL).get_or_insert(&tx).await.unwrap();
    let again =
        Customer::insert(customer("Bob")).on_conflict(Customer::EMAIL).get_or_insert(&tx).await.unwrap();
    assert_eq!((bob.1, again), (true, (bob.0, false)));
    tx.rollback().await.unwrap();
    assert_eq!(Customer::query().count(&shop.dbs).await.unwrap(), 1);

    // What is set beside the struct counts too.
    let set = Customer::insert(customer("Cy")).set(Customer::EMAIL, "ada@example.org");
    assert_eq!(set.on_conflict(Customer::EMAIL).get_or_insert(&shop.dbs).await.unwrap(), (ada, false));
}

#[tokio::test]
async fn update_or_insert() {
    let shop = Shop::open().await;
    let store = async |name: &str, visits: i32| {
        let insert =
            Customer::insert(customer("Ada")).set(Customer::NAME, name).set(Customer::VISITS, visits);
        let upsert = insert
            .on_conflict(Customer::EMAIL)
            .do_update(Customer::NAME)
            .set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS));
        let (row, is_new) = upsert.update_or_insert(&shop.dbs).await.unwrap();
        (row.id, row.name, row.visits, is_new)
    };
    assert_eq!(store("A", 1).await, (1, "A".into(), 1, true));
    assert_eq!(store("B", 2).await, (1, "B".into(), 3, false));

    let filtered = Customer::insert(customer("Ada")).on_conflict(Customer::EMAIL).do_update_all();
    let filtered = filtered.filter(Customer::VISITS.gt(3)).update_or_insert(&shop.dbs).await;
    assert!(matches!(filtered, Err(Error::NotFound { .. })));
    let all = Customer::insert(customer("Ada")).on_conflict(Customer::EMAIL).do_update_all();
    assert_eq!(all.update_or_insert(&shop.dbs).await.unwrap().0.name, "Ada");
}

/// The existing row is changed as one upsert would change it, with the columns' defaults where the insert gives nothing.
#[tokio::test]
async fn columns_that_are_not_given_get_their_defaults() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    let upsert = || {
        let insert = Customer::insert(customer("Ada")).on_conflict(Customer::EMAIL);
        insert.do_update((Customer::NAME, Customer::VISITS, Customer::TIER))
    };
    let changed = || Customer::query().update().set(Customer::VISITS, 7).set(Customer::TIER, Tier::Gold);
    for is_new in [true, false] {
        let (row, was_new) = upsert().update_or_insert(dbs).await.unwrap();
        assert_eq!((row.visits, row.tier, was_new), (0, Tier::Bronze, is_new));
        changed().execute(dbs).await.unwrap();
    }
    assert_eq!(upsert().one(dbs).await.unwrap().tier, Tier::Bronze);
    let insert = Customer::insert(customer("Ada")).on_conflict(Customer::EMAIL);
    let added = insert.do_update_set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS));
    let error = added.update_or_insert(dbs).await.unwrap_err();
    assert!(matches!(&error, Error::NotGiven { column, .. } if column == "Customer.visits"), "{error}");
}

#[tokio::test]
async fn nulls_that_conflict_are_found() {
    let shop = Shop::open().await;
    let insert = |parent_id| {
        Category::insert(NewCategory { parent_id, name: "Tools".into() })
            .on_conflict((Category::PARENT_ID, Category::NAME))
    };
    for (parent, expected) in
        [(None, (1, true)), (None, (1, false)), (Some(1), (3, true)), (Some(1), (3, false))]
    {
        let (row, is_new) = insert(parent).get_or_insert(&shop.dbs).await.unwrap();
        assert_eq!((row.id, is_new), expected);
    }
    let update = insert(None).do_update_set(Category::POSITION, Category::POSITION + 1);
    let (row, is_new) = update.update_or_insert(&shop.dbs).await.unwrap();
    assert_eq!((row.id, row.position, is_new), (1, 1, false));
}

#[tokio::test]
async fn a_conflict_about_a_default_cannot_be_settled() {
    let shop = Shop::open().await;
    get(&shop.dbs, "Ada").await;
    let address = NewAddress {
        customer_id: 1,
        street: "Main Street 1".into(),
        postcode: "1234 AB".into(),
        city: "Utrecht".into(),
    };
    let insert = Address::insert(address).on_conflict((Address::CUSTOMER_ID, Address::KIND));
    let error = insert.get_or_insert(&shop.dbs).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "connection `crm`: the insert leaves `Address.kind` to its default, so the existing row cannot be looked for, \
         or changed, by it: give the column a value with `.set(…)`"
    );
    assert_eq!(Address::query().count(&shop.dbs).await.unwrap(), 0);
}

/// Fifty at once: one row, one who made it, and all see the same.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_agree() {
    let shop = Shop::open_with(|connection| connection.max_size(20)).await;
    for round in 0..5 {
        let name = format!("Ada{round}");
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let (dbs, name) = (shop.dbs.clone(), name.clone());
                tokio::spawn(async move { get(&dbs, &name).await })
            })
            .collect();
        let (mut created, mut rows) = (0, HashSet::new());
        for task in tasks {
            let (row, is_new) = task.await.unwrap();
            created += usize::from(is_new);
            rows.insert((row.id, row.name));
        }
        assert_eq!((created, rows.len()), (1, 1));
    }
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let dbs = shop.dbs.clone();
            tokio::spawn(async move {
                let insert = Customer::insert(customer("Bob")).set(Customer::VISITS, 1);
                let upsert = insert.on_conflict(Customer::EMAIL);
                let upsert =
                    upsert.do_update_set(Customer::VISITS, Customer::VISITS + excluded(Customer::VISITS));
                upsert.update_or_insert(&dbs).await.unwrap().1
            })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        created += usize::from(task.await.unwrap());
    }
    let bob = Customer::query().filter(Customer::NAME.eq("Bob")).one(&shop.dbs).await.unwrap();
    assert_eq!((created, bob.visits), (1, 50));
}

/// Others delete the row all the time: whoever asks gets one all the same, and every new one was made once.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_vanishes_is_made_anew() {
    let shop = Shop::open().await;
    let deleter = {
        let dbs = shop.dbs.clone();
        tokio::spawn(async move {
            let mut deleted = 0;
            for _ in 0..300 {
                deleted += Tag::query().delete().execute(&dbs).await.unwrap();
            }
            deleted
        })
    };
    let mut created = 0;
    for _ in 0..300 {
        let insert = Tag::insert(NewTag { name: "a".into() }).on_conflict(Tag::NAME);
        created += u64::from(insert.get_or_insert(&shop.dbs).await.unwrap().1);
    }
    // Counted once nobody deletes any more: a row is deleted or left, not both.
    let deleted = deleter.await.unwrap();
    let left = Tag::query().count(&shop.dbs).await.unwrap();
    assert_eq!(deleted + left as u64, created);
}

/// The first transaction has inserted and not committed: the second waits, then sees its row, or makes its own.
#[tokio::test(flavor = "multi_thread")]
async fn one_transaction_waits_for_the_other() {
    let shop = Shop::open().await;
    for commits in [false, true] {
        let tx = shop.dbs.crm.begin().await.unwrap();
        Customer::insert(customer("Ada")).execute(&tx).await.unwrap();
        let other = shop.dbs.clone();
        let waiting = tokio::spawn(async move {
            let tx = other.crm.begin().await.unwrap();
            let insert = Customer::insert(customer("Ada")).on_conflict(Customer::EMAIL);
            let (_, is_new) = insert.get_or_insert(&tx).await.unwrap();
            tx.rollback().await.unwrap();
            is_new
        });
        const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        crate::support::eventually("it waits", async || ask::<i64>(&shop.crm, WAITING).await > 0).await;
        if commits {
            tx.commit().await.unwrap()
        } else {
            tx.rollback().await.unwrap()
        }
        assert_eq!(waiting.await.unwrap(), !commits);
    }
}

/// A snapshot that is older than the row cannot show it: the server says so, and the whole can be run again.
#[tokio::test]
async fn an_older_snapshot_is_told() {
    let shop = Shop::open().await;
    let options = TransactionOptions::new().isolation(Isolation::RepeatableRead);
    let tx = shop.dbs.crm.begin_with(options).await.unwrap();
    Customer::query().count(&tx).await.unwrap();
    get(&shop.dbs, "Ada").await;
    let insert = Customer::insert(customer("Ada")).on_conflict(Customer::EMAIL);
    let error = insert.get_or_insert(&tx).await.unwrap_err();
    assert!(matches!(error, Error::Serialization { .. }), "{error}");
}

/// A partitioned table, whose system columns cannot be returned.
#[tokio::test]
async fn rows_of_partitions() {
    use ormgen_tests::generated::reporting::analytics::AnalyticsPageView as View;
    let dbs = with_arrays().await;
    let row = View::insert_many(views(1)).all(&dbs).await.unwrap().remove(0);
    let insert = |path: &str| {
        let row = View { path: path.into(), ..row.clone() };
        View::insert_row(row).on_conflict((View::ID, View::SEEN_AT))
    };
    assert_eq!(insert("/new").get_or_insert(&dbs).await.unwrap(), (row.clone(), false));
    let update = insert("/new").do_update((View::PATH, View::LOAD_TIMES)).update_or_insert(&dbs);
    assert_eq!(update.await.unwrap(), (View { path: "/new".into(), ..row.clone() }, false));
    row.delete().execute(&dbs).await.unwrap();
    let update = insert("/again").do_update_all().update_or_insert(&dbs).await.unwrap();
    assert_eq!((update.0.path.as_str(), update.1), ("/again", true));
}
