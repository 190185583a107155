//! What holds whatever the names are.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;

/// Names as people and as fuzzers write them, with many that collide.
fn sql_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_filter("PostgreSQL has no NUL", |name| !name.contains('\0')),
        "[aA]_?[bB]?[ _-]?[0-9]?",
        "(customer|CUSTOMER|Customer)[_ ]?(id|ID|Id)s?",
        "(user|users|option|type|self|Self|con|İ|ß|ss|ſ|ﬁ|日本)",
        "\\PC{0,8}",
    ]
}

type MakeRequest = fn(&str) -> Request;

const SCOPES: [(&str, MakeRequest); 5] = [
    ("field", |name| Request::field(name)),
    ("constant", |name| Request::constant(name)),
    ("variant", |name| Request::variant(name)),
    ("struct", |name| Request::structure(public(name), true)),
    ("module", |name| Request::module(public(name))),
];

fn by_name(names: &[String], scope: MakeRequest) -> BTreeMap<String, String> {
    let resolved = distinct(names.iter().map(|name| scope(name)));
    names.iter().cloned().zip(resolved.into_iter().map(|name| name.rust)).collect()
}

proptest! {
    #[test]
    fn plain_names_need_no_conversion(name in "[a-z0-9_]{1,16}") {
        prop_assert_eq!(words::is_plain(&name), words::convert(&name) == name);
    }

    #[test]
    fn names_are_valid_distinct_and_without_order(mut names in prop::collection::vec(sql_name(), 0..24)) {
        names.sort();
        names.dedup();
        for (label, scope) in SCOPES {
            let got = by_name(&names, scope);
            if label == "struct" {
                // A module is declared beside it, in ASCII without upper case.
                prop_assert!(got.values().all(|name| !name.starts_with('_') && !name.starts_with(|c: char| c.is_ascii_lowercase())));
            }
            let mut owners: HashMap<String, &str> = HashMap::new();
            for (sql, rust) in &got {
                prop_assert!(is_valid(rust), "{label} {sql:?}: {rust:?}");
                let other = owners.insert(rust.trim_start_matches("r#").to_lowercase(), sql);
                if label == "module" {
                    prop_assert!(other.is_none() && rust.is_ascii(), "{label} {sql:?} and {other:?}: {rust:?}");
                }
            }
            let nfc = |name: &String| unicode_normalization::UnicodeNormalization::nfc(name.as_str()).collect::<String>();
            let mut compared: Vec<String> = got.values().map(nfc).collect();
            compared.sort();
            compared.dedup();
            prop_assert_eq!(compared.len(), got.len(), "{}", label);
            let mut reversed = names.clone();
            reversed.reverse();
            prop_assert_eq!(by_name(&reversed, scope), got, "{}", label);
        }
    }

    #[test]
    fn an_added_name_moves_only_who_has_a_name_that_it_or_one_it_moved_may_claim(
        mut names in prop::collection::vec(sql_name(), 1..16),
        added in sql_name(),
    ) {
        names.retain(|name| *name != added);
        names.sort();
        names.dedup();
        for (label, scope) in SCOPES {
            let before = by_name(&names, scope);
            let mut more = names.clone();
            more.push(added.clone());
            let after = by_name(&more, scope);
            let moved: Vec<_> = before.iter().filter(|(sql, old)| **old != after[*sql]).collect();
            for (sql, old) in &moved {
                // `customer_id` moves `customer_ids`, which then has the name that `customer ids` had.
                let others = moved.iter().map(|(other, _)| *other).filter(|other| other != sql);
                let mut claimants = others.chain([&added]);
                prop_assert!(claimants.any(|other| scope(other).may_claim(old)), "{label}: {added:?} moved {sql:?} from {old:?}");
                prop_assert!(!scope(sql).is_own(), "{label}: {added:?} moved {sql:?}, which is its own name");
            }
        }
    }
}

#[test]
fn an_own_name_is_never_lost() {
    let own = ["id", "type", "self", "customer_id", "a_b_c", "x1"];
    let others = ["ID", "Type", "SELF", "customerId", "A B C", "X1", "_id", "self_"];
    let together: Vec<&str> = own.into_iter().chain(others).collect();
    assert_eq!(fields(&together)[..own.len()], fields(&own)[..]);
}
