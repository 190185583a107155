//! SQL of the program's own, mapped onto models, tuples and single values.

use futures_util::TryStreamExt;
use ormgen_runtime::{Error, prelude::*};
use ormgen_tests::generated::shop::{
    crm::{Crm, Customer, Tier},
    orders::{Order, Orders},
};

use crate::support::{Shop, customers};

#[tokio::test]
async fn rows_are_models_tuples_or_values() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    Customer::insert_many(customers(4)).execute(dbs).await.unwrap();
    let changed = Crm::sql("UPDATE customers SET visits = id * $1, tier = $2 WHERE id > $3");
    assert_eq!(changed.bind(10i64).bind(Tier::Gold).bind(1i64).execute(dbs).await.unwrap(), 3);

    let models = Crm::sql::<Customer>("SELECT * FROM customers WHERE visits > $1 ORDER BY id").bind(20);
    let models = models.all(dbs).await.unwrap();
    assert_eq!(
        models,
        Customer::query().filter(Customer::ID.gt(2)).order_by(Customer::ID.asc()).all(dbs).await.unwrap()
    );
    // By name, whatever their order.
    let turned = "SELECT search, updated_at, created_at, born_on, referrer_id, tags, settings, visits, active, tier, name,
                  email, id FROM customers WHERE id = $1";
    let one = Crm::sql::<Customer>(turned).bind(3i64).one(dbs).await.unwrap();
    assert_eq!(one, models[0]);

    let pairs: Vec<(Tier, i64)> =
        Crm::sql("SELECT tier, count(*) FROM customers GROUP BY 1 ORDER BY 1").all(dbs).await.unwrap();
    assert_eq!(pairs, [(Tier::Bronze, 1), (Tier::Gold, 3)]);
    let count: i64 = Crm::sql("SELECT count(*) FROM customers").one(&dbs.crm).await.unwrap();
    assert_eq!(count, 4);
    let nobody = Crm::sql::<Option<i64>>("SELECT referrer_id FROM customers WHERE id = 1").one(dbs);
    assert_eq!(nobody.await.unwrap(), None);
    let none = Crm::sql::<(i64,)>("SELECT id FROM customers WHERE false").optional(dbs).await.unwrap();
    assert_eq!(none, None);
    let names = Crm::sql::<String>("SELECT name FROM customers ORDER BY id").stream(&dbs.crm).await.unwrap();
    assert_eq!(names.try_collect::<Vec<_>>().await.unwrap(), ["c0", "c1", "c2", "c3"]);

    // What changes rows and returns them runs where writes run; in a transaction it is a part of it.
    let tx = dbs.crm.begin().await.unwrap();
    let gone = Crm::sql::<Customer>("DELETE FROM customers WHERE id = $1 RETURNING *").bind(4i64).returning();
    assert_eq!(gone.one(&tx).await.unwrap().name, "c3");
    tx.rollback().await.unwrap();
    assert_eq!(Customer::query().count(dbs).await.unwrap(), 4);
}

#[tokio::test]
async fn what_does_not_fit_is_told() {
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    Customer::insert_many(customers(2)).execute(dbs).await.unwrap();
    Orders::sql("INSERT INTO orders (customer_id) VALUES (1)").execute(dbs).await.unwrap();

    let narrow =
        Orders::sql::<Order>("SELECT id, customer_id, status, total, placed_at FROM orders").all(dbs);
    let error = narrow.await.unwrap_err();
    assert!(matches!(error, Error::Columns { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "connection `orders`: the statement's columns are not those of `Order`; missing: notes"
    );
    let wide = Orders::sql::<Order>("SELECT *, 1 AS more, id FROM orders").all(dbs).await.unwrap_err();
    assert_eq!(
        wide.to_string(),
        "connection `orders`: the statement's columns are not those of `Order`; not of it, or twice: more, id"
    );
    let count =
        Crm::sql::<(i64, String)>("SELECT id, name, email FROM customers").all(dbs).await.unwrap_err();
    assert_eq!(
        count.to_string(),
        "connection `crm`: columns of the statement: 3; values that a row is read as: 2"
    );
    let type_ = Crm::sql::<i32>("SELECT id FROM customers").all(dbs).await.unwrap_err();
    let said = type_.to_string();
    assert!(said.contains("the value of column 1 does not fit its Rust type"), "{said}");
    assert!(said.contains("`i32`") && said.contains("`int8`"), "{said}");
    let null = Crm::sql::<i64>("SELECT referrer_id FROM customers").all(dbs).await.unwrap_err();
    assert!(matches!(null, Error::Decode { .. }) && null.to_string().contains("only an `Option`"), "{null}");
    let several = Crm::sql::<i64>("SELECT id FROM customers").one(dbs).await.unwrap_err();
    assert!(matches!(several, Error::TooManyRows { model: "crm", .. }), "{several}");

    // A value too few, one too many, and one of another type: an error each, and the connection goes on.
    for (statement, why) in [
        (Crm::sql::<i64>("SELECT id FROM customers WHERE id = $1"), "expected 1 parameters but got 0"),
        (Crm::sql("SELECT id FROM customers WHERE id = 1").bind(1i64), "expected 0 parameters but got 1"),
        (
            Crm::sql("SELECT id FROM customers WHERE name = $1 AND id = $2").bind("Ada").bind("one"),
            "value of `$2`",
        ),
        (Crm::sql("SELECT id FROM customers WHERE id = $1").bind(1_i32), "bind `i64`, or name the type"),
    ] {
        let error = statement.all(dbs).await.unwrap_err();
        assert!(matches!(error, Error::InvalidSql { .. }) && error.to_string().contains(why), "{error}");
    }
    let shown = format!("{:?}", Crm::sql::<i64>("SELECT $1").bind("secret"));
    assert!(!shown.contains("secret"), "{shown}");
}
