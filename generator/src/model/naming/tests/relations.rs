//! The names of relations.

use super::*;

struct KeyCase<'a> {
    child: &'a str,
    columns: &'a [&'a str],
    target: &'a str,
    target_columns: &'a [&'a str],
    unique: bool,
}

fn relations(taken: &[&str], keys: &[KeyCase<'_>]) -> Vec<(String, String)> {
    let owned: Vec<(Vec<String>, Vec<String>)> = keys
        .iter()
        .map(|key| {
            let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            (own(key.columns), own(key.target_columns))
        })
        .collect();
    let links: Vec<Link<'_>> = keys
        .iter()
        .zip(&owned)
        .map(|(key, (columns, target_columns))| Link {
            constraint: "fk",
            child: public(key.child),
            columns,
            target: public(key.target),
            target_columns,
        })
        .collect();
    let taken = || taken.iter().map(|name| Request::taken(name));
    let skip = taken().count();
    let forward = distinct(taken().chain(links.iter().map(Request::relation)));
    let pairs = links.iter().zip(keys).map(|(link, key)| Request::reverse(link, key.unique));
    let backward = distinct(taken().chain(pairs));
    forward.into_iter().zip(backward).skip(skip).map(|(one, other)| (one.rust, other.rust)).collect()
}

#[test]
fn relations_from_one_key() {
    let id: &[&str] = &["id"];
    // child, columns, target, target's columns, unique → forward, backward
    type RelationCase<'a> = (&'a str, &'a [&'a str], &'a str, &'a [&'a str], bool, &'a str, &'a str);
    let cases: [RelationCase<'_>; 21] = [
        ("orders", &["customer_id"], "customers", id, false, "CUSTOMER", "ORDERS"),
        ("order", &["customer_id"], "customer", id, false, "CUSTOMER", "ORDERS"),
        ("orders", &["customerId"], "customers", id, false, "CUSTOMER", "ORDERS"),
        ("orders", &["customer_uuid"], "customers", &["uuid"], false, "CUSTOMER", "ORDERS"),
        ("orders", &["customer_id"], "customers", &["customer_id"], false, "CUSTOMER", "ORDERS"),
        ("orders", &["id_customer"], "customers", id, false, "CUSTOMER", "ORDERS"),
        ("orders", &["customer"], "customers", id, false, "CUSTOMER_ROW", "ORDERS"),
        ("addresses", &["country_code"], "countries", &["code"], false, "COUNTRY", "ADDRESSES"),
        (
            "orders",
            &["billing_address_id"],
            "addresses",
            id,
            false,
            "BILLING_ADDRESS",
            "ORDERS_BY_BILLING_ADDRESS",
        ),
        ("posts", &["created_by"], "users", id, false, "CREATED_BY_USER", "POSTS_CREATED_BY"),
        ("posts", &["owner"], "users", id, false, "OWNER_USER", "POSTS_BY_OWNER"),
        ("categories", &["parent_id"], "categories", id, false, "PARENT", "CATEGORIES_BY_PARENT"),
        ("invoices", &["order_id"], "orders", id, true, "ORDER", "INVOICE"),
        ("products", &["category_id"], "product_categories", id, false, "CATEGORY", "PRODUCTS"),
        ("profiles", &["id"], "users", id, true, "USER", "PROFILE"),
        ("country_facts", &["code"], "countries", &["code"], true, "COUNTRY", "COUNTRY_FACT"),
        (
            "shipments",
            &["order_id", "line_no"],
            "items",
            &["order_id", "line_no"],
            false,
            "ITEM",
            "SHIPMENTS",
        ),
        (
            "orders",
            &["tenant_id", "customer_id"],
            "customers",
            &["tenant_id", "id"],
            false,
            "CUSTOMER",
            "ORDERS",
        ),
        (
            "orders",
            &["tenant_id", "payer_id"],
            "customers",
            &["tenant_id", "id"],
            false,
            "PAYER",
            "ORDERS_BY_PAYER",
        ),
        ("news", &["author_id"], "users", id, false, "AUTHOR", "NEWS_BY_AUTHOR"),
        ("lines", &["2fa_id"], "codes", id, false, "_2FA", "LINES_BY_2FA"),
    ];
    for (child, columns, target, target_columns, unique, forward, backward) in cases {
        let got = relations(&[], &[KeyCase { child, columns, target, target_columns, unique }]);
        assert_eq!(got, [(forward.to_owned(), backward.to_owned())], "{child}{columns:?} to {target}");
    }
}

#[test]
fn relations_give_way_to_columns_and_to_each_other() {
    let key = |columns| KeyCase {
        child: "orders",
        columns,
        target: "customers",
        target_columns: &["id"],
        unique: false,
    };
    let names = relations(&["CUSTOMER"], &[key(&["customer_id"])]);
    assert_eq!(names[0].0, "CUSTOMER_ROW");
    let names = relations(&[], &[key(&["customer_id"]), key(&["customer_uuid"])]);
    assert_eq!((names[0].0.as_str(), names[1].0.as_str()), ("CUSTOMER", "CUSTOMER_ROW"));
    assert_eq!(names[0].1, "ORDERS_BY_CUSTOMER_ID");
    assert_eq!(names[1].1, "ORDERS_BY_CUSTOMER_UUID");
}

#[test]
fn a_second_key_renames_nothing() {
    let key = |columns| KeyCase {
        child: "orders",
        columns,
        target: "addresses",
        target_columns: &["id"],
        unique: false,
    };
    let (billing, shipping): (&[&str], &[&str]) = (&["billing_address_id"], &["shipping_address_id"]);
    let alone = relations(&[], &[key(billing)]);
    let both = relations(&[], &[key(billing), key(shipping)]);
    assert_eq!(alone[0], both[0]);
    assert_eq!(both[1], ("SHIPPING_ADDRESS".to_owned(), "ORDERS_BY_SHIPPING_ADDRESS".to_owned()));
}
