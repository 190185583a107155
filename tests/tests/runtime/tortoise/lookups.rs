//! Lookups, and `Q`.

use ormgen_runtime::{
    Filter, Result,
    functions::{DatePart, extract},
    prelude::*,
    types::{JsonPath, NaiveDate},
};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Customer, Tier},
};
use serde_json::json;

use super::{dbs, letters, sorted};
use crate::support::{Shop, customer};

/// The letters that each filter is to let through, and those that it does.
async fn check(dbs: &Databases, cases: Vec<(&str, Filter<Customer>)>) -> Result<()> {
    for (at, (expected, filter)) in cases.into_iter().enumerate() {
        let text = format!("case {at}: {filter:?}");
        let found = Customer::query().filter(filter).all(dbs).await?;
        assert_eq!(sorted(&letters(&found)), expected, "{text}");
    }
    Ok(())
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

#[tokio::test]
async fn values_are_compared() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let cases = vec![
        ("cd", Customer::VISITS.eq(3)),
        ("abe", Customer::VISITS.ne(3)),
        ("bcd", Customer::VISITS.is_in([0, 3])),
        ("ae", Customer::VISITS.not_in([0, 3])),
        ("be", Customer::BORN_ON.is_null()),
        ("acd", Customer::BORN_ON.is_not_null()),
        ("ae", Customer::VISITS.gt(3)),
        ("acde", Customer::VISITS.gte(3)),
        ("b", Customer::VISITS.lt(3)),
        ("bcd", Customer::VISITS.lte(3)),
        ("cde", Customer::VISITS.between(3, 7)),
        ("cd", Customer::VISITS.in_range(3..7)),
        ("cd", Customer::BORN_ON.between(day(1990, 1, 1), day(2001, 12, 31))),
        ("ae", Customer::VISITS.cast_to::<i64>().gt(Customer::ID)),
    ];
    check(&dbs, cases).await
}

#[tokio::test]
async fn text_is_compared() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let cases = vec![
        ("a", Customer::NAME.contains("Love")),
        ("a", Customer::NAME.contains_ignore_case("LOVE")),
        ("a", Customer::NAME.starts_with("Ada")),
        ("a", Customer::NAME.starts_with_ignore_case("ada")),
        ("c", Customer::NAME.ends_with("100%")),
        ("ade", Customer::NAME.ends_with_ignore_case("E")),
        ("d", Customer::NAME.eq_ignore_case("DEE")),
        ("ade", Customer::NAME.like("%e")),
        ("ade", Customer::NAME.ilike("%E")),
        ("de", Customer::NAME.matches("^(dee|Eve)$")),
        ("de", Customer::NAME.matches_ignore_case("^(DEE|EVE)$")),
        ("a", Customer::NAME.search("simple", "lovelace")),
        ("ac", Customer::SEARCH.search("simple", "lovelace or cy")),
    ];
    check(&dbs, cases).await
}

#[tokio::test]
async fn parts_of_dates_are_compared() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let cases = vec![
        ("abc", extract(DatePart::Year, Customer::CREATED_AT).eq(2024)),
        ("ab", extract(DatePart::Quarter, Customer::CREATED_AT).eq(1)),
        ("b", extract(DatePart::Month, Customer::CREATED_AT).eq(2)),
        ("ae", extract(DatePart::Week, Customer::CREATED_AT).eq(1)),
        ("ab", extract(DatePart::Day, Customer::CREATED_AT).eq(5)),
        ("d", extract(DatePart::Weekday, Customer::CREATED_AT).eq(6)),
        ("d", extract(DatePart::IsoWeekday, Customer::CREATED_AT).eq(6)),
        ("abc", extract(DatePart::IsoYear, Customer::CREATED_AT).eq(2024)),
        ("b", extract(DatePart::YearDay, Customer::CREATED_AT).eq(36)),
        ("b", extract(DatePart::Hour, Customer::CREATED_AT).eq(8)),
        ("c", extract(DatePart::Minute, Customer::CREATED_AT).eq(10)),
        ("e", extract(DatePart::Second, Customer::CREATED_AT).eq(59)),
        ("a", extract(DatePart::Microsecond, Customer::CREATED_AT).eq(9_250_000)),
        ("cd", extract(DatePart::Year, Customer::BORN_ON).gt(1900)),
        ("b", Customer::CREATED_AT.cast_to::<NaiveDate>().eq(day(2024, 2, 5))),
    ];
    check(&dbs, cases).await
}

#[tokio::test]
async fn json_and_arrays_are_compared() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let cases = vec![
        ("a", Customer::SETTINGS.json_contains(json!({ "mail": { "news": true } }))),
        ("bc", Customer::SETTINGS.json_within(json!({ "theme": "light", "size": 1 }))),
        ("c", Customer::SETTINGS.text_at(["theme"]).eq("light")),
        ("a", Customer::SETTINGS.text_at(["theme"]).starts_with("da")),
        ("a", Customer::SETTINGS.text_at(["mail", "news"]).eq("true")),
        ("d", Customer::SETTINGS.text_at(["0"]).eq("a")),
        ("bde", Customer::SETTINGS.text_at(["theme"]).is_null()),
        ("a", Customer::SETTINGS.json_at(["size"]).gt(json!(2))),
        ("ac", Customer::SETTINGS.has_key("theme")),
        ("a", Customer::SETTINGS.path_exists(JsonPath("$.size ? (@ > 2)".into()))),
        ("ad", Customer::TAGS.has_all(vec!["math".to_owned()])),
        ("bce", Customer::TAGS.has_only(vec!["vip".to_owned(), "new".to_owned()])),
        ("acde", Customer::TAGS.has_any(vec!["vip".to_owned(), "new".to_owned()])),
        ("ac", Customer::TAGS.has("vip")),
        ("d", Customer::TAGS.len().gt(2)),
        ("b", Customer::TAGS.len().eq(0)),
        ("b", Customer::TAGS.is_empty()),
    ];
    check(&dbs, cases).await
}

#[tokio::test]
async fn conditions_are_put_together() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let cases = vec![
        ("ace", Customer::NAME.eq("Eve").or(Customer::TAGS.has("vip"))),
        ("a", Customer::TIER.eq(Tier::Gold).and(Customer::ACTIVE)),
        ("b", not(Customer::ACTIVE)),
        ("bcd", !(Customer::VISITS.gt(3))),
        ("be", Customer::VISITS.eq(0).or(Customer::VISITS.gt(5).and(not(Customer::TIER.eq(Tier::Gold))))),
        // As in SQL, what NULL makes unknown stays so.
        ("cd", not(Customer::BORN_ON.lt(day(1900, 1, 1)))),
        ("bcde", Customer::BORN_ON.gte(day(1900, 1, 1)).or(Customer::BORN_ON.is_null())),
    ];
    check(&dbs, cases).await?;

    // Conditions that come up while the program runs: an empty list is no condition.
    let asked: Vec<Filter<Customer>> = vec![Customer::VISITS.gt(3), Customer::TIER.eq(Tier::Silver)];
    let query = asked.into_iter().fold(Customer::query(), |query, filter| query.filter(filter));
    assert_eq!(letters(&query.all(&dbs).await?), "e");
    Ok(())
}

/// What is looked for stands for itself, whatever it holds; in a pattern it is a pattern.
#[tokio::test]
async fn wildcards_stand_for_themselves() -> Result<()> {
    const NAMES: [&str; 10] = ["50%", "50 x", r"50\%", r"50\", "a_b", "aXb", r"a\_b", "%", "_", r"\"];
    let shop = Shop::open().await;
    let dbs = &shop.dbs;
    for (at, name) in NAMES.iter().enumerate() {
        let mut row = customer(&format!("n{at}"));
        row.name = (*name).to_owned();
        Customer::insert(row).execute(dbs).await?;
    }
    let found = async |filter: Filter<Customer>| -> Result<Vec<String>> {
        let query = Customer::query().filter(filter).order_by(Customer::ID.asc());
        query.select(Customer::NAME).all(dbs).await
    };
    // Each name and each of these is looked for in each name, in every way; plain Rust knows the answer.
    for text in NAMES.iter().chain(&["5", "0%", "_b", r"\%", r"\_", "A_", "a%", "", "X"]) {
        type Holds<'t> = Box<dyn Fn(&str) -> bool + 't>;
        let lower = text.to_lowercase();
        let cases: Vec<(&str, Filter<Customer>, Holds<'_>)> = vec![
            ("contains", Customer::NAME.contains(text), Box::new(|name| name.contains(text))),
            ("starts", Customer::NAME.starts_with(text), Box::new(|name| name.starts_with(text))),
            ("ends", Customer::NAME.ends_with(text), Box::new(|name| name.ends_with(text))),
            ("eq", Customer::NAME.eq(*text), Box::new(|name| name == *text)),
            (
                "contains_ignore_case",
                Customer::NAME.contains_ignore_case(text),
                Box::new(|name| name.to_lowercase().contains(&lower)),
            ),
            (
                "starts_with_ignore_case",
                Customer::NAME.starts_with_ignore_case(text),
                Box::new(|name| name.to_lowercase().starts_with(&lower)),
            ),
            (
                "ends_with_ignore_case",
                Customer::NAME.ends_with_ignore_case(text),
                Box::new(|name| name.to_lowercase().ends_with(&lower)),
            ),
            (
                "eq_ignore_case",
                Customer::NAME.eq_ignore_case(text),
                Box::new(|name| name.to_lowercase() == lower),
            ),
        ];
        for (how, filter, holds) in cases {
            let expected: Vec<_> = NAMES.iter().copied().filter(|name| holds(name)).collect();
            assert_eq!(found(filter).await?, expected, "{how} {text:?}");
        }
    }
    // Patterns: `%` is any text, `_` any character, `\` takes that from what follows.
    assert_eq!(found(Customer::NAME.like("50%")).await?, NAMES[..4]);
    assert_eq!(found(Customer::NAME.like(r"50\%")).await?, ["50%"]);
    assert_eq!(found(Customer::NAME.like("a_b")).await?, ["a_b", "aXb"]);
    assert_eq!(found(Customer::NAME.ilike("A_B")).await?, ["a_b", "aXb"]);
    assert_eq!(found(Customer::NAME.ilike(r"A\_B")).await?, ["a_b"]);
    assert_eq!(found(Customer::NAME.like(r"\\")).await?, [r"\"]);
    assert_eq!(found(Customer::NAME.like("_")).await?, ["%", "_", r"\"]);
    Ok(())
}
