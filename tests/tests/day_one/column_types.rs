//! A struct of the program's own around another type is what a column's type has to be.

use ormgen_runtime::{
    config::ConnectionConfig,
    functions::{avg, sum},
    prelude::*,
};
use ormgen_tests::{
    generated::{
        keyed::{
            self,
            keys::{Amount, NewAmount},
        },
        shop::crm::{Crm, Customer},
    },
    keys::{Cents, SmallCents},
    server::server,
};

use crate::support::{Shop, customer};

ormgen_runtime::column_type! {
    /// A customer's key.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
    #[serde(transparent)]
    pub struct CustomerId(pub i64);
}

ormgen_runtime::column_type! {
    #[derive(Debug, Clone, PartialEq)]
    struct Name(String);
}

/// What generated code asks of a column's type.
fn is_a_columns_type<T>(value: &T)
where
    T: for<'a> ormgen_runtime::types::FromSql<'a> + ormgen_runtime::generated::Field + Clone,
{
    let field: &dyn ormgen_runtime::generated::Field = value;
    assert!(field.equals(&value.clone()));
}

#[tokio::test]
async fn a_struct_around_a_type_is_sent_and_read_as_the_type() {
    let shop = Shop::open().await;
    let stored = Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    let id = CustomerId(stored.id);
    is_a_columns_type(&id);
    is_a_columns_type(&Some(Name("Ada".into())));

    let sql = "SELECT id, name, NULL::text, ARRAY[id] FROM customers WHERE id = $1 AND name = $2";
    let read: (CustomerId, Name, Option<Name>, Vec<CustomerId>) =
        Crm::sql(sql).bind(id).bind(Name(stored.name.clone())).one(&shop.dbs).await.unwrap();
    assert_eq!(read, (id, Name(stored.name), None, vec![id]));

    let wrong = Crm::sql::<(CustomerId,)>("SELECT name FROM customers").one(&shop.dbs).await.unwrap_err();
    assert!(wrong.to_string().contains("cannot convert"), "{wrong}");
    assert_eq!(serde_json::to_string(&id).unwrap(), stored.id.to_string());
}

/// A sum is a `numeric` of `int8`, and an `int8` of `int4`.
#[tokio::test]
async fn sums_of_a_type_of_ones_own_are_of_it() {
    let db = server(1).create_database("cents").await;
    db.batch(include_str!("../../../schemas/keys.sql")).await;
    let dbs = keyed::Databases::lazy(vec![ConnectionConfig::new("keys", db.url())]).unwrap();
    let amount = |id, cents| NewAmount { id, owner: 1, cents: Cents(cents), small: Some(SmallCents(id)) };
    Amount::insert_many([amount(1, 100), amount(2, 250), amount(3, 1)]).execute(&dbs).await.unwrap();
    let all = Amount::query().select((sum(Amount::CENTS), avg(Amount::CENTS), sum(Amount::SMALL)));
    let (total, mean, small): (Option<Cents>, Option<Cents>, Option<SmallCents>) =
        all.one(&dbs).await.unwrap();
    assert_eq!((total, mean, small), (Some(Cents(351)), Some(Cents(117)), Some(SmallCents(6))));
    let large = Amount::query().group_by(Amount::ID).having(sum(Amount::CENTS).gt(Cents(99)));
    assert_eq!(large.order_by(Amount::ID).select(Amount::ID).all(&dbs).await.unwrap(), [1, 2]);
    let of_rows =
        Amount::query().filter(Amount::ID.eq(1)).select(Amount::AMOUNTS_BY_OWNER.sum(Amount::CENTS));
    assert_eq!(of_rows.one(&dbs).await.unwrap(), Some(Cents(351)));
    // What is computed is cast to the type, as a number is to another one.
    let computed = Amount::AMOUNTS_BY_OWNER.count().cast_to::<Cents>();
    let update = Amount::find(1).update().set(Amount::CENTS, computed);
    assert_eq!(update.one(&dbs).await.unwrap().cents, Cents(3));
}
