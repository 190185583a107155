//! Enums as text, and rows as JSON: under the names that SQL has for them.

use ormgen_runtime::{Page, prelude::*};
use ormgen_tests::generated::shop::crm::{Address, AddressKind, Customer, NewAddress, Tier};
use serde_json::{Value, json};

use crate::support::{Shop, ask, customer};

#[test]
fn an_enum_is_its_label() {
    assert_eq!(Tier::ALL.iter().map(|tier| tier.as_str()).collect::<Vec<_>>(), ["bronze", "silver", "gold"]);
    assert_eq!(AddressKind::PickUpPoint.to_string(), "pick-up point");
    assert_eq!(format!("{:>8}", Tier::Gold), "    gold");
    assert_eq!("pick-up point".parse::<AddressKind>().ok(), Some(AddressKind::PickUpPoint));
    let unknown = "lead".parse::<Tier>().expect_err("no such label").to_string();
    assert_eq!(
        unknown,
        "the enum `tier` had no label `lead` when the code was generated: if the database has it now, bring the manifest's schema up to date and run `ormgen build`"
    );
    for kind in AddressKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), Value::from(kind.as_str()));
        assert_eq!(serde_json::from_value::<AddressKind>(json!(kind.as_str())).unwrap(), *kind);
    }
}

#[tokio::test]
async fn a_row_is_what_the_servers_own_json_is() {
    let shop = Shop::open().await;
    let ada = Customer::insert(customer("Ada")).one(&shop.dbs).await.unwrap();
    let new = NewAddress {
        customer_id: ada.id,
        street: "Main Street 1".into(),
        postcode: "1234 AB".into(),
        city: "Delft".into(),
    };
    let new = new.set(Address::KIND, AddressKind::PickUpPoint);
    let stored = Address::insert(new).one(&shop.dbs).await.unwrap();
    let theirs: String = ask(&shop.crm, "SELECT to_jsonb(a)::text FROM addresses AS a").await;
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    assert_eq!(serde_json::to_value(&stored).unwrap(), theirs);
    assert_eq!(theirs["kind"], "pick-up point");
    assert_eq!(serde_json::from_value::<Address>(theirs.clone()).unwrap(), stored);

    let page = Address::query().keyset(Address::ID).limit(1).page(&shop.dbs).await.unwrap();
    let page: &Page<Address, i64> = &page;
    assert_eq!(
        serde_json::to_value(page).unwrap(),
        json!({ "rows": [theirs], "next": null, "previous": null })
    );
}
