//! Filters, functions and selections, each against the server's own answer.

use ormgen_runtime::{
    Expr, NotNull, Nullable, Pool,
    config::ConnectionConfig,
    functions::{
        DatePart, abs, array_agg, avg, bool_and, bool_or, coalesce, concat, count, count_distinct, count_of,
        dense_rank, extract, first_value, lag, last_value, lead, length, lower, max, min, now, ntile, nullif,
        partition_by, random, rank, row_number, sql, string_agg, sum, trim, upper, when, window,
    },
    prelude::*,
    types::{Decimal, JsonValue},
};
use ormgen_tests::{
    generated::shop::crm::{Crm, Customer, NewCustomer, Tier},
    server::{TestDb, server},
};

/// Five customers of the shop.
async fn crm() -> (TestDb, Pool<Crm>) {
    let database = server(1).create_database("expressions").await;
    database.batch(include_str!("../../schemas/shop/crm.sql")).await;
    database
        .batch(
            r#"INSERT INTO customers (email, name, tier, active, visits, settings, tags, born_on) VALUES
             ('ada@example.org', 'Ada Lovelace', 'gold', true, 12, '{"theme": "dark", "mail": {"news": true}}', '{vip,math}', '1815-12-10'),
             ('bob@example.org', ' Bob ', 'bronze', false, 0, '{}', '{}', NULL),
             ('cy_99@example.com', 'Cy 100%', 'silver', true, 3, '{"theme": "light"}', '{vip}', '1990-02-28'),
             ('dee@example.com', 'dee', 'bronze', true, 3, '["a", "b"]', '{new,math}', '2001-12-31'),
             ('eve@example.net', 'Eve', 'silver', true, 7, 'null', '{new}', NULL);"#,
        )
        .await;
    let pool = Pool::new(&ConnectionConfig::new("crm", database.url())).expect("the URL is good");
    (database, pool)
}

/// The first letters of the customers' addresses that a filter lets through.
async fn letters(pool: &Pool<Crm>, filter: ormgen_runtime::Filter<Customer>) -> String {
    let rows = Customer::query().filter(filter).order_by(Customer::EMAIL.asc()).all(pool).await;
    rows.expect("the query runs").iter().map(|customer| customer.email[..1].to_owned()).collect()
}

#[tokio::test]
async fn filters_let_through_what_they_say() {
    let (_database, pool) = crm().await;
    let json = |text: &str| -> JsonValue { text.parse().expect("JSON") };
    let day = |text: &str| -> ormgen_runtime::types::NaiveDate { text.parse().expect("a date") };
    let cases: Vec<(&str, ormgen_runtime::Filter<Customer>)> = vec![
        ("a", Customer::NAME.eq_ignore_case("ADA lovelace")),
        ("c", Customer::NAME.contains("0%")),
        ("e", Customer::NAME.contains("E")),
        ("de", Customer::NAME.starts_with_ignore_case("d").or(Customer::NAME.starts_with_ignore_case("EV"))),
        ("ad", Customer::NAME.ends_with_ignore_case("E").and(not(Customer::NAME.eq("Eve")))),
        ("c", Customer::EMAIL.contains_ignore_case("Y_9")),
        ("bd", Customer::EMAIL.matches("^[bd]")),
        ("bd", Customer::EMAIL.matches_ignore_case("^[BD]")),
        ("acde", Customer::TAGS.has_any(vec!["vip".to_owned(), "new".to_owned()])),
        ("a", Customer::TAGS.has_all(vec!["vip".to_owned(), "math".to_owned()])),
        ("bc", Customer::TAGS.has_only(vec!["vip".to_owned()])),
        ("ad", Customer::TAGS.has("math")),
        ("a", Customer::SETTINGS.json_contains(json(r#"{"mail": {"news": true}}"#))),
        ("bc", Customer::SETTINGS.json_within(json(r#"{"theme": "light", "more": 1}"#))),
        ("acd", Customer::SETTINGS.has_any_key(["theme", "a"])),
        ("a", Customer::SETTINGS.has_all_keys(["theme", "mail"])),
        ("d", Customer::SETTINGS.has_key("b")),
        ("a", Customer::SETTINGS.path_exists("$.mail.news")),
        ("c", Customer::SETTINGS.path_matches(r#"$.theme == "light""#.to_owned())),
        ("a", Customer::SETTINGS.text_at(["mail", "news"]).eq("true")),
        ("c", Customer::SETTINGS.json_at(["theme"]).eq(json(r#""light""#))),
        ("cde", Customer::VISITS.in_range(3..12)),
        ("acde", Customer::VISITS.in_range(3..=12)),
        ("b", Customer::VISITS.in_range(..3)),
        ("ae", Customer::VISITS.in_range(7..)),
        ("ac", Customer::SEARCH.search("simple", "lovelace or 100").and(Customer::ACTIVE)),
        ("a", Customer::NAME.search("english", "\"ada lovelace\"")),
        ("ad", extract(DatePart::Month, Customer::BORN_ON).eq(12)),
        ("c", extract(DatePart::Year, Customer::BORN_ON).between(1900, 2000)),
        ("be", coalesce(Customer::BORN_ON, day("1000-01-01")).lt(day("1500-01-01"))),
        ("b", length(trim(Customer::NAME)).lt(length(Customer::NAME))),
        ("d", lower(Customer::NAME).eq(Customer::NAME)),
        ("", upper(Customer::NAME).eq(Customer::NAME)),
        ("e", concat(Customer::NAME, Customer::NAME).eq("EveEve")),
        ("ae", abs(Customer::VISITS - 10).lte(3)),
        ("acde", (Customer::VISITS * 2).gt(Customer::VISITS + 1)),
        ("abcde", Customer::CREATED_AT.lte(now())),
        ("ae", when(Customer::VISITS.gt(5), "many".to_owned()).otherwise("few").eq("many")),
        ("ae", when(Customer::VISITS.gt(5), 2).otherwise(1).eq(2)),
        ("bcd", when(Customer::VISITS.gt(5), true).otherwise(false).eq(false)),
        ("b", nullif(Customer::VISITS, 0).is_null()),
        ("abcde", random().gte(0.0).and(random().lt(1.0))),
        ("b", Customer::TIER.eq(Tier::Bronze).and(not(Customer::ACTIVE))),
        ("ace", Customer::TIER.gt(Tier::Bronze)),
        ("ae", sql("mod(").column(Customer::VISITS).text(", ").value(5).text(") = 2").filter()),
    ];
    for (at, (expected, filter)) in cases.into_iter().enumerate() {
        let text = format!("{filter:?}");
        assert_eq!(letters(&pool, filter).await, expected, "case {at}: {text}");
    }
}

#[tokio::test]
async fn selections_are_typed_tuples() {
    let (_database, pool) = crm().await;
    let names: Vec<(String, Option<ormgen_runtime::types::NaiveDate>)> = Customer::query()
        .filter(Customer::VISITS.lt(3))
        .select((Customer::NAME, Customer::BORN_ON))
        .all(&pool)
        .await
        .expect("columns");
    assert_eq!(names, [(" Bob ".to_owned(), None)]);

    type PerTier = (Tier, i64, Option<i64>, Option<Decimal>, Option<i32>);
    let per_tier: Vec<PerTier> = Customer::query()
        .group_by(Customer::TIER)
        .select((
            Customer::TIER,
            count(),
            sum(Customer::VISITS),
            avg(Customer::VISITS),
            max(Customer::VISITS).filter(Customer::ACTIVE),
        ))
        .having(count().gt(1))
        .order_by(sum(Customer::VISITS).desc())
        .all(&pool)
        .await
        .expect("groups");
    let average = |text: &str| Some(text.parse::<Decimal>().expect("a number"));
    assert_eq!(
        per_tier,
        [
            (Tier::Silver, 2, Some(10), average("5.0000000000000000"), Some(7)),
            (Tier::Bronze, 2, Some(3), average("1.5000000000000000"), Some(3)),
        ]
    );

    let visits =
        Customer::query().select(Customer::VISITS).distinct().order_by(Customer::VISITS.asc()).limit(3);
    assert_eq!(visits.all(&pool).await.expect("one column"), [0, 3, 7]);
    let (different, born, youngest) = Customer::query()
        .select((count_distinct(Customer::VISITS), count_of(Customer::BORN_ON), min(Customer::BORN_ON)))
        .one(&pool)
        .await
        .expect("one row");
    assert_eq!((different, born, youngest.map(|day| day.to_string())), (4, 3, Some("1815-12-10".to_owned())));
    let rank: Expr<Customer, i64, NotNull> =
        sql("row_number() OVER (ORDER BY ").column(Customer::EMAIL).text(")").expression();
    let theme: Expr<Customer, String, Nullable> = Customer::SETTINGS.text_at(["theme"]);
    let first = Customer::query().select((rank, theme)).order_by(Customer::EMAIL.asc()).first(&pool).await;
    assert_eq!(first.expect("a row"), Some((1, Some("dark".to_owned()))));
}

#[tokio::test]
async fn updates_take_expressions() {
    let (_database, pool) = crm().await;
    let changed = Customer::query()
        .filter(Customer::TIER.eq(Tier::Gold))
        .update()
        .set(Customer::VISITS, Customer::VISITS + 1)
        .set(Customer::NAME, upper(Customer::NAME))
        .set(Customer::UPDATED_AT, now())
        .all(&pool)
        .await
        .expect("one row changes");
    assert_eq!(
        changed.iter().map(|row| (row.visits, row.name.as_str())).collect::<Vec<_>>(),
        [(13, "ADA LOVELACE")]
    );
    let nobody = NewCustomer { email: "f@g.h".into(), name: "F".into(), referrer_id: None, born_on: None };
    let stored = Customer::insert(nobody).set(Customer::UPDATED_AT, now()).one(&pool).await.expect("a row");
    assert_eq!(stored.updated_at, stored.created_at);
}

#[tokio::test]
async fn aggregates_of_some_rows_in_some_order() {
    let (_database, pool) = crm().await;
    let all = Customer::query().select((
        sum(Customer::VISITS).distinct(),
        sum(Customer::VISITS).filter(Customer::ACTIVE).filter(Customer::TIER.ne(Tier::Gold)),
        count().filter(Customer::VISITS.gt(3)),
        count_of(Customer::BORN_ON),
        bool_and(Customer::ACTIVE),
        bool_or(Customer::VISITS.gt(11)),
        string_agg(lower(Customer::EMAIL), ", ")
            .order_by(Customer::EMAIL.desc())
            .filter(Customer::VISITS.eq(3)),
        array_agg(Customer::TIER).distinct().order_by(Customer::TIER.desc()),
        array_agg(Customer::REFERRER_ID).filter(Customer::VISITS.lt(3)),
        max(Customer::VISITS) - min(Customer::VISITS),
    ));
    let row = all.one(&pool).await.expect("one row");
    assert_eq!(
        (row.0, row.1, row.2, row.3, row.4, row.5),
        (Some(22), Some(13), 2, 3, Some(false), Some(true))
    );
    assert_eq!(row.6.as_deref(), Some("dee@example.com, cy_99@example.com"));
    assert_eq!(row.7, Some(vec![Tier::Gold, Tier::Silver, Tier::Bronze]));
    assert_eq!((row.8, row.9), (Some(vec![None]), Some(12)));

    let none = Customer::query().filter(Customer::VISITS.lt(0));
    let none =
        none.select((count(), sum(Customer::VISITS), array_agg(Customer::NAME), bool_and(Customer::ACTIVE)));
    assert_eq!(none.one(&pool).await.expect("one row"), (0, None, None, None));
    let tiers = Customer::query().group_by(Customer::TIER).select((Customer::TIER, count()));
    let tiers = tiers
        .having(bool_and(Customer::ACTIVE))
        .order_by(count().desc())
        .order_by(avg(Customer::VISITS).asc());
    assert_eq!(tiers.all(&pool).await.expect("groups"), [(Tier::Silver, 2), (Tier::Gold, 1)]);
}

#[tokio::test]
async fn windows_see_the_rows_around_a_row() {
    let (_database, pool) = crm().await;
    let by_visits = || partition_by(Customer::TIER).order_by(Customer::VISITS.desc());
    let ranked = Customer::query().order_by(Customer::EMAIL.asc()).select((
        row_number().over(by_visits()),
        rank().over(window().order_by(Customer::VISITS.asc())),
        dense_rank().over(window().order_by(Customer::VISITS.asc())),
        sum(Customer::VISITS).over(partition_by((Customer::TIER, Customer::ACTIVE))),
        count().filter(Customer::ACTIVE).over(window()),
    ));
    assert_eq!(
        ranked.all(&pool).await.expect("five rows"),
        [
            (1, 5, 4, Some(12), 4),
            (2, 1, 1, Some(0), 4),
            (2, 2, 2, Some(10), 4),
            (1, 2, 2, Some(3), 4),
            (1, 4, 3, Some(10), 4),
        ]
    );
    let by_email = || window().order_by(Customer::EMAIL.asc());
    let around = Customer::query().order_by(Customer::EMAIL.asc()).select((
        lag(Customer::VISITS, 1).over(by_email()),
        lead(Customer::VISITS, 2).over(by_email()),
        first_value(Customer::VISITS).over(by_email()),
        last_value(Customer::VISITS).over(by_email()),
        last_value(Customer::VISITS).over(by_email().rows(..)),
        sum(Customer::VISITS).over(by_email().rows(-1..=1)),
        sum(Customer::VISITS).over(by_email().rows(..1)),
        sum(Customer::VISITS).over(by_email().rows(1..)),
        first_value(Customer::VISITS).over(by_email().rows(-2..0)),
        ntile(2).over(by_email()),
    ));
    assert_eq!(
        around.all(&pool).await.expect("five rows"),
        [
            (None, Some(3), Some(12), Some(12), Some(7), Some(12), Some(12), Some(13), None, 1),
            (Some(12), Some(3), Some(12), Some(0), Some(7), Some(15), Some(12), Some(13), Some(12), 1),
            (Some(0), Some(7), Some(12), Some(3), Some(7), Some(6), Some(15), Some(10), Some(12), 1),
            (Some(3), None, Some(12), Some(3), Some(7), Some(13), Some(18), Some(7), Some(0), 2),
            (Some(3), None, Some(12), Some(7), Some(7), Some(10), Some(25), None, Some(3), 2),
        ]
    );
    // The same order may be asked of the query.
    let last =
        Customer::query().select(Customer::EMAIL).order_by(row_number().over(by_email()).desc()).first(&pool);
    assert_eq!(last.await.expect("a row").as_deref(), Some("eve@example.net"));
}

/// What is made of a value and of NULL is an `Option`, on whichever side NULL stands; of values alone it is none.
#[tokio::test]
async fn null_on_either_side_is_an_option() {
    let (_database, pool) = crm().await;
    let one = || Customer::query().filter(Customer::VISITS.eq(12));
    let theme = || Customer::SETTINGS.text_at(["no", "theme"]);
    let id = one().select(Customer::ID).one(&pool).await.expect("a row");

    type Sums = (Option<i64>, Option<i64>, Option<i64>, Option<i64>, i64);
    let sums: Sums = one()
        .select((
            Customer::ID + Customer::REFERRER_ID,
            Customer::REFERRER_ID * 2,
            Customer::ID - 1 - Customer::REFERRER_ID,
            Customer::ID / nullif(Customer::ID, Customer::ID),
            Customer::ID + Customer::ID * 2,
        ))
        .one(&pool)
        .await
        .expect("sums");
    assert_eq!(sums, (None, None, None, None, id * 3));

    type Texts = (Option<String>, Option<String>, String, Option<String>, Option<i32>);
    let texts: Texts = one()
        .select((
            concat(Customer::NAME, theme()),
            concat(theme(), "!"),
            concat(Customer::NAME, "!"),
            lower(concat(Customer::NAME, upper(theme()))),
            length(trim(theme())),
        ))
        .one(&pool)
        .await
        .expect("texts");
    assert_eq!(texts, (None, None, "Ada Lovelace!".to_owned(), None, None));
}

/// A default is an `Option` only where it may be NULL itself; a CASE where one of its branches is, or where it has no ELSE.
#[tokio::test]
async fn null_in_a_default_or_a_branch_is_an_option() {
    let (_database, pool) = crm().await;
    let one = || Customer::query().filter(Customer::VISITS.eq(12));
    let theme = || Customer::SETTINGS.text_at(["no", "theme"]);
    let id = one().select(Customer::ID).one(&pool).await.expect("a row");

    type Defaults = (Option<i64>, i64, i64, Option<String>, Option<i32>, Option<i32>);
    let defaults: Defaults = one()
        .select((
            coalesce(Customer::REFERRER_ID, nullif(Customer::ID, Customer::ID)),
            coalesce(Customer::REFERRER_ID, Customer::ID),
            coalesce(Customer::ID, Customer::REFERRER_ID),
            coalesce(theme(), theme()),
            (Customer::REFERRER_ID + 1).cast_to::<i32>(),
            extract(DatePart::Year, when(Customer::ACTIVE.is_null(), Customer::BORN_ON).end()),
        ))
        .one(&pool)
        .await
        .expect("defaults");
    assert_eq!(defaults, (None, id, id, None, None, None));

    type Cases = (Option<i64>, Option<i64>, Option<i64>, i64, Option<i64>);
    let cases: Cases = one()
        .select((
            when(Customer::ACTIVE, Customer::REFERRER_ID).otherwise(1),
            when(not(Customer::ACTIVE), 1).otherwise(Customer::REFERRER_ID),
            when(not(Customer::ACTIVE), 1).when(Customer::ACTIVE, Customer::REFERRER_ID).otherwise(2),
            when(not(Customer::ACTIVE), 1).when(Customer::ACTIVE, Customer::ID).otherwise(2),
            when(not(Customer::ACTIVE), Customer::ID).end(),
        ))
        .one(&pool)
        .await
        .expect("cases");
    assert_eq!(cases, (None, None, None, id, None));
}

#[tokio::test]
async fn null_in_an_aggregate_is_an_option() {
    let (_database, pool) = crm().await;
    type Counts = (Option<i64>, i64, Option<i64>, Vec<Option<i64>>);
    let counts: Counts = Customer::query()
        .filter(Customer::VISITS.eq(12))
        .select((
            count_of(Customer::REFERRER_ID) + max(Customer::REFERRER_ID),
            count() + count_of(Customer::REFERRER_ID),
            sum(Customer::VISITS) - max(Customer::REFERRER_ID),
            coalesce(array_agg(Customer::ID + Customer::REFERRER_ID), Vec::new()),
        ))
        .one(&pool)
        .await
        .expect("counts");
    assert_eq!(counts, (None, 1, None, vec![None]));

    let referrer = Customer::REFERRER;
    type Reached = (Option<i64>, Option<i64>, Option<String>, i64, Option<i64>, Option<i64>);
    let reached: Reached = Customer::query()
        .filter(Customer::VISITS.eq(12))
        .select((
            referrer.column(Customer::ID) + 1,
            Customer::ID + referrer.column(Customer::ID),
            concat(Customer::NAME, referrer.column(Customer::NAME)),
            Customer::CUSTOMERS_BY_REFERRER.count() + 1,
            Customer::ID + Customer::CUSTOMERS_BY_REFERRER.max(Customer::ID),
            count().over(window()) + lag(Customer::ID, 1).over(window()),
        ))
        .one(&pool)
        .await
        .expect("over a relation");
    assert_eq!(reached, (None, None, None, 1, None, None));
}

#[tokio::test]
async fn only_what_is_given_is_set() {
    let (_database, pool) = crm().await;
    let ada = Customer::query().filter(Customer::EMAIL.starts_with("ada")).one(&pool).await.unwrap();
    let patch = |name: Option<&'static str>, visits: Option<i32>| {
        Customer::find(ada.id).update().set_some(Customer::NAME, name).set_some(Customer::VISITS, visits)
    };
    let changed = patch(None, Some(99)).one(&pool).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.visits), ("Ada Lovelace", 99));
    let changed = patch(Some("Ada"), None).one(&pool).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.visits), ("Ada", 99));
    // Nothing is given: the row is read as it is.
    assert_eq!(patch(None, None).one(&pool).await.unwrap(), changed);

    let new = |email: &str| NewCustomer {
        email: format!("{email}@example.org"),
        name: "New".to_owned(),
        referrer_id: None,
        born_on: None,
    };
    let insert = |visits| Customer::insert(new("f")).set_some(Customer::VISITS, visits);
    assert_eq!(insert(Some(5)).one(&pool).await.unwrap().visits, 5);
    let many = |letters: [&str; 2], visits: Option<i32>| {
        Customer::insert_many(letters.map(new)).set_some(Customer::VISITS, visits)
    };
    let rows = many(["g", "h"], Some(4)).all(&pool).await.unwrap();
    assert!(rows.iter().all(|row| row.visits == 4));
    let rows = many(["i", "j"], None).all(&pool).await.unwrap();
    assert!(rows.iter().all(|row| row.visits == 0));
}

#[tokio::test]
async fn a_column_of_bool_is_a_condition() {
    let (_database, pool) = crm().await;
    assert_eq!(letters(&pool, Customer::ACTIVE.and(Customer::VISITS.gt(3))).await, "ae");
    assert_eq!(letters(&pool, Customer::ACTIVE.or(Customer::VISITS.eq(0))).await, "abcde");
    assert_eq!(letters(&pool, coalesce(Customer::ACTIVE, false).and(Customer::VISITS.gt(3))).await, "ae");
    assert_eq!(letters(&pool, Customer::VISITS.gt(3).and(Customer::ACTIVE)).await, "ae");
}
