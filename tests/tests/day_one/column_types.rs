//! A struct of the program's own around another type is what a column's type has to be.

use ormgen_runtime::prelude::*;
use ormgen_tests::generated::shop::crm::{Crm, Customer};

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
