//! What models and their rows offer.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use ormgen_runtime::{Error, Query, Result, prelude::*};
use ormgen_tests::generated::shop::crm::{Customer, NewCustomer, Tier};
use serde_json::json;

use super::{dbs, letters, sorted};
use crate::support::customer;

fn fay() -> NewCustomer {
    NewCustomer { email: "fay@example.org".into(), name: "Fay".into(), referrer_id: None, born_on: None }
}

#[tokio::test]
async fn rows_are_stored() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let fay = Customer::insert(fay()).one(&dbs).await?;
    assert_eq!((fay.id, fay.tier, fay.active), (6, Tier::Bronze, true));
    let gus = Customer::insert(customer("Gus")).set(Customer::TIER, Tier::Gold).one(&dbs).await?;
    assert_eq!(gus.tier, Tier::Gold);

    let before = Customer::find(6).one(&dbs).await?;
    let mut fay = before.clone();
    fay.name = "Fay Wray".into();
    fay.settings = json!({ "theme": "dark" });
    let fay = fay.save(&before, &dbs).await?;
    assert_eq!((fay.name.as_str(), &fay.settings["theme"]), ("Fay Wray", &json!("dark")));
    let updated = fay.update().set(Customer::VISITS, 3).set(Customer::NAME, "Fay").one(&dbs).await?;
    assert_eq!((updated.visits, updated.name.as_str()), (3, "Fay"));

    let mut stale = before;
    stale.refresh(&dbs).await?;
    assert_eq!(stale, updated);
    assert_eq!(updated.key(), 6);
    let hal = Customer { id: 100, email: "hal@example.org".into(), ..updated.clone() };
    let hal = Customer::insert_row(hal).one(&dbs).await?;
    assert_eq!((hal.id, hal.visits), (100, 3));
    assert_eq!(hal.delete().execute(&dbs).await?, 1);
    assert_eq!(Customer::find(100).optional(&dbs).await?, None);
    Ok(())
}

#[tokio::test]
async fn rows_are_found_or_stored() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let get = || Customer::insert(fay()).on_conflict(Customer::EMAIL).get_or_insert(&dbs);
    let (fay, is_new) = get().await?;
    assert_eq!((fay.name.as_str(), is_new), ("Fay", true));
    assert_eq!(get().await?, (fay.clone(), false));
    let (again, is_new) = Customer::insert(NewCustomer { name: "Fay Wray".into(), ..super::models::fay() })
        .on_conflict(Customer::EMAIL)
        .do_update(Customer::NAME)
        .update_or_insert(&dbs)
        .await?;
    assert_eq!((again.id, again.name.as_str(), is_new), (fay.id, "Fay Wray", false));
    let one =
        Customer::insert(super::models::fay()).on_conflict(Customer::EMAIL).do_update_all().one(&dbs).await?;
    assert_eq!((one.id, one.name.as_str()), (fay.id, "Fay"));
    Ok(())
}

/// A manager is a function.
fn active() -> Query<Customer> {
    Customer::query().filter(Customer::ACTIVE)
}

#[tokio::test]
async fn models_are_told_about() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let frequent = active().filter(Customer::VISITS.gt(3)).all(&dbs).await?;
    assert_eq!(sorted(&letters(&frequent)), "ae");
    let columns: Vec<_> = Customer::COLUMNS.iter().map(|column| (column.name, column.sql_type)).collect();
    assert_eq!(columns[..2], [("id", "int8"), ("email", "text")]);
    assert_eq!((Customer::NAME.def.nullable, Customer::BORN_ON.def.nullable), (false, true));
    Ok(())
}

#[tokio::test]
async fn the_database_refuses() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let bad = Customer::insert(NewCustomer { email: "no address".into(), ..fay() }).one(&dbs).await;
    assert!(
        matches!(bad, Err(Error::CheckViolation(violation)) if violation.constraint.as_deref() == Some("email_has_at"))
    );
    let twice = Customer::insert(customer("Ada")).one(&dbs).await;
    assert!(matches!(twice, Err(Error::UniqueViolation(_))));
    let nobody = Customer::find(1).update().set(Customer::REFERRER_ID, 99).one(&dbs).await;
    assert!(matches!(nobody, Err(Error::ForeignKeyViolation(_))));
    Ok(())
}

#[tokio::test]
async fn hooks_follow_the_commit() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let mails = Arc::new(AtomicU32::new(0));
    let sign_up = async |name: &str| {
        let mails = mails.clone();
        dbs.crm
            .transaction(async |tx| {
                Customer::insert(customer(name)).execute(tx).await?;
                tx.after_commit(move || {
                    mails.fetch_add(1, Ordering::SeqCst);
                });
                Customer::query()
                    .filter(Customer::NAME.eq("Ida"))
                    .update()
                    .set(Customer::VISITS, -1)
                    .execute(tx)
                    .await
            })
            .await
    };
    sign_up("Jan").await?;
    assert_eq!(mails.load(Ordering::SeqCst), 1);
    assert!(matches!(sign_up("Ida").await, Err(Error::CheckViolation(_))));
    assert_eq!(mails.load(Ordering::SeqCst), 1, "nothing was committed");
    Ok(())
}
