//! The types of what is computed: CASE over all types, arithmetic with dates, padded texts; limits before aggregates,
//! and updates that set nothing.

use ormgen_runtime::{Pool, config::ConnectionConfig};
use ormgen_runtime::{
    functions::{
        DatePart, count, epoch, extract, hours, max, minutes, nullable, seconds, stddev, sum, value,
        variance, when,
    },
    prelude::*,
    types::{Interval, NaiveDate},
};
use ormgen_tests::{
    generated::{
        extended::extensions::{Extensions, Labelled, NewLabelled},
        shop::{
            crm::{Address, AddressKind, Customer, NewAddress, Tier},
            orders::{Category, NewCategory},
        },
    },
    server::server,
};

use crate::{customers, letters};

#[tokio::test]
async fn a_case_has_the_type_of_its_values() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    // An enum: selected, compared, stored.
    let tier = || when(Customer::VISITS.gt(5), Tier::Gold).when(Customer::VISITS.gt(0), Tier::Silver);
    assert_eq!(letters(dbs, tier().otherwise(Tier::Bronze).eq(Tier::Silver)).await, "CD");
    let tiers = Customer::query().order_by(Customer::ID.asc()).select(tier().end());
    let tiers = tiers.all(dbs).await.unwrap();
    assert_eq!(tiers, [Some(Tier::Gold), None, Some(Tier::Silver), Some(Tier::Silver), Some(Tier::Gold)]);
    let set = Customer::query().update().set(Customer::TIER, tier().otherwise(Customer::TIER));
    set.execute(dbs).await.unwrap();
    assert_eq!(letters(dbs, Customer::TIER.eq(Tier::Gold)).await, "AE");
    let set = Customer::query().update().set(Customer::TIER, tier().otherwise(Tier::Bronze));
    assert_eq!(set.execute(dbs).await.unwrap(), 5);
    // A domain, a date, numbers beside columns of their type.
    let email = when(Customer::VISITS.gt(5), Customer::EMAIL).otherwise("nobody@example.org");
    assert_eq!(letters(dbs, email.eq(Customer::EMAIL)).await, "AE");
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let born = when(Customer::VISITS.gt(5), day("2000-01-01")).otherwise(day("2001-01-01"));
    assert_eq!(letters(dbs, born.lt(day("2000-06-01"))).await, "AE");
    let visits = when(Customer::VISITS.gt(5), Customer::VISITS).otherwise(&1);
    assert_eq!(letters(dbs, visits.eq(1)).await, "BCD");
}

#[tokio::test]
async fn a_case_with_a_citext_compares_without_case() {
    let database = server(1).create_database("citext").await;
    database.batch(include_str!("../../../schemas/extensions.sql")).await;
    let pool: Pool<Extensions> = Pool::new(&ConnectionConfig::new("extensions", database.url())).unwrap();
    database.batch("INSERT INTO labelled (name, path) VALUES ('Ada', 'a'), ('Bob', 'b')").await;
    let name = || when(Labelled::ID.gt(1), Labelled::NAME).otherwise("ADA");
    let found = |filter| Labelled::query().filter(filter).order_by(Labelled::ID.asc()).all(&pool);
    let names = |rows: Vec<Labelled>| rows.into_iter().map(|row| row.name).collect::<Vec<_>>();
    assert_eq!(names(found(name().eq(Labelled::NAME)).await.unwrap()), ["Ada", "Bob"]);
    assert_eq!(names(found(name().eq("bob")).await.unwrap()), ["Bob"]);
    let _ = |new: NewLabelled| new;
}

#[tokio::test]
async fn dates_and_times_calculate_as_dates_and_times() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    shop.crm
        .batch(
            "UPDATE customers SET born_on = date '2000-01-01' + id::int4,
             created_at = timestamptz '2020-01-01Z', updated_at = timestamptz '2020-01-03 12:00Z'",
        )
        .await;
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let ada = || Customer::query().filter(Customer::ID.eq(1));
    let (days, before, later, midday, age, moved) = ada()
        .select((
            Customer::BORN_ON - day("1999-12-31"),
            Customer::BORN_ON - 7,
            Customer::BORN_ON + 1,
            Customer::BORN_ON + Interval::new(0, 0, 43_200_000_000),
            Customer::UPDATED_AT - Customer::CREATED_AT,
            Customer::UPDATED_AT - Interval::new(0, 2, 0),
        ))
        .one(dbs)
        .await
        .unwrap();
    assert_eq!((days, before, later), (Some(2), Some(day("1999-12-26")), Some(day("2000-01-03"))));
    assert_eq!(midday.unwrap().to_string(), "2000-01-02 12:00:00");
    assert_eq!(
        (age, moved.to_rfc3339().as_str()),
        (Interval::new(0, 2, 43_200_000_000), "2020-01-01T12:00:00+00:00")
    );
    let back = ada().select((
        Customer::UPDATED_AT - hours(2) * Customer::VISITS,
        value(minutes(30)) * Customer::VISITS,
        Customer::CREATED_AT + seconds(1) * (Customer::VISITS + 1),
    ));
    let (earlier, wait, _) = back.one(dbs).await.unwrap();
    assert_eq!(earlier.to_rfc3339(), "2020-01-02T12:00:00+00:00");
    assert_eq!(wait, Interval::new(0, 0, 12 * 1_800_000_000));
    let span = Customer::query().select(max(Customer::BORN_ON) - day("2000-01-01")).one(dbs).await.unwrap();
    assert_eq!(span, Some(5));
    let long = (Customer::UPDATED_AT - Customer::CREATED_AT).gt(Interval::new(0, 2, 0));
    assert_eq!(letters(dbs, long).await, "ABCDE");
}

#[tokio::test]
async fn intervals_are_measured_and_values_spread() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    shop.crm
        .batch(
            "UPDATE customers SET created_at = timestamptz '2020-01-01Z',
             updated_at = timestamptz '2020-01-03 12:00Z'",
        )
        .await;
    let ada = || Customer::query().filter(Customer::ID.eq(1));
    for part in [DatePart::Weekday, DatePart::IsoWeekday, DatePart::YearDay] {
        let of_interval = ada().select(extract(part, Customer::UPDATED_AT - Customer::CREATED_AT));
        assert!(of_interval.one(dbs).await.is_err(), "{part:?}");
    }
    let long = ada().select((epoch(value(Interval::new(1, 0, 0))), epoch(value(Interval::new(12, 0, 0)))));
    assert_eq!(long.one(dbs).await.unwrap(), (30.0 * 86_400.0, 365.25 * 86_400.0));
    let lasts = (
        epoch(Customer::UPDATED_AT - Customer::CREATED_AT),
        epoch(Customer::CREATED_AT),
        extract(DatePart::Day, Customer::UPDATED_AT - Customer::CREATED_AT),
        value("1:30").cast_to::<Interval>(),
    );
    let lasts = ada().select(lasts).one(dbs).await.unwrap();
    assert_eq!(lasts, (216_000.0, 1_577_836_800.0, 2, Interval::new(0, 0, 5_400_000_000)));
    let spread = (
        stddev(Customer::VISITS),
        variance(Customer::VISITS),
        stddev(Customer::VISITS).filter(Customer::ID.eq(1)),
    );
    let (deviation, square, of_one) = Customer::query().select(spread).one(dbs).await.unwrap();
    assert_eq!(deviation.unwrap().round_dp(4).to_string(), "4.6368");
    assert_eq!((square.unwrap().normalize().to_string().as_str(), of_one), ("21.5", None));
}

#[tokio::test]
async fn the_end_of_a_padded_text_is_that_of_its_words() {
    let shop = customers().await;
    shop.crm.batch("ALTER TABLE addresses ALTER country TYPE char(5)").await;
    let address =
        NewAddress { customer_id: 1, street: "S".into(), postcode: "1".into(), city: "Delft".into() };
    Address::insert(address).set(Address::COUNTRY, "NL").execute(&shop.dbs).await.unwrap();
    for filter in [
        Address::COUNTRY.ends_with("L"),
        Address::COUNTRY.ends_with_ignore_case("l"),
        Address::COUNTRY.starts_with("N"),
        Address::COUNTRY.eq("NL").and(Address::KIND.eq(AddressKind::Home)),
    ] {
        assert_eq!(Address::query().filter(filter.clone()).count(&shop.dbs).await.unwrap(), 1, "{filter:?}");
    }
}

#[tokio::test]
async fn a_limit_before_an_aggregate_is_of_rows() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let three = || Customer::query().order_by(Customer::VISITS.desc()).limit(3);
    assert_eq!(three().count(dbs).await.unwrap(), 3);
    let row = three().select((count(), sum(Customer::VISITS))).one(dbs).await.unwrap();
    assert_eq!(row, (3, Some(22)));
    let rows = three()
        .filter(Customer::VISITS.lt(12))
        .select((count(), max(Customer::REFERRER.column(Customer::NAME))));
    assert_eq!(rows.one(dbs).await.unwrap(), (3, Some("Dee".to_owned())));
    let groups = three().group_by(Customer::VISITS.gt(5)).select((Customer::VISITS.gt(5), count()));
    let mut groups = groups.all(dbs).await.unwrap();
    groups.sort_unstable();
    assert_eq!(groups, [(false, 1), (true, 2)]);
    let offset = Customer::query().order_by(Customer::ID.asc()).offset(4).select(max(Customer::NAME));
    assert_eq!(offset.one(dbs).await.unwrap(), Some("Eve".to_owned()));
    let apart = Customer::query().distinct_on(Customer::VISITS).select(count());
    assert_eq!(apart.one(dbs).await.unwrap(), 4);
    // A limit after it is of what it gives.
    let rows = Customer::query().group_by(Customer::VISITS).select((Customer::VISITS, count()));
    assert_eq!(rows.order_by(Customer::VISITS.asc()).limit(2).all(dbs).await.unwrap(), [(0, 1), (3, 2)]);
}

#[tokio::test]
async fn an_update_that_sets_nothing_tells_the_rows_it_is_for() {
    let shop = customers().await;
    let busy = || Customer::query().filter(Customer::VISITS.gt(2));
    assert_eq!(busy().update().execute(&shop.dbs).await.unwrap(), 4);
    assert_eq!(busy().update().all(&shop.dbs).await.unwrap().len(), 4);
    assert_eq!(Customer::find(1).update().execute(&shop.dbs).await.unwrap(), 1);
    assert_eq!(Customer::find(99).update().execute(&shop.dbs).await.unwrap(), 0);
}

#[tokio::test]
async fn a_change_of_some_rows() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let quiet = || Customer::query().order_by((Customer::VISITS.asc(), Customer::ID.asc()));
    let changed =
        quiet().limit(2).update().set(Customer::VISITS, Customer::VISITS + 100).all(dbs).await.unwrap();
    assert_eq!(changed.len(), 2);
    assert_eq!(letters(dbs, Customer::VISITS.gte(100)).await, "BC");
    let locked = Customer::query().filter(Customer::VISITS.gte(100)).order_by(Customer::ID.desc()).limit(1);
    let taken = locked.for_update().skip_locked().update().set(Customer::VISITS, 1).all(dbs).await.unwrap();
    assert_eq!(taken.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Cy"]);
    let deleted = Customer::query().filter(Customer::REFERRER.column(Customer::NAME).eq("Ada")).offset(1);
    let deleted = deleted.order_by(Customer::ID.asc()).delete().all(dbs).await.unwrap();
    assert_eq!(deleted.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Dee"]);
    assert_eq!(letters(dbs, Customer::ID.gt(0)).await, "ABCE");
}

#[tokio::test]
async fn conditions_are_values_and_related_rows_have_a_latest() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let busy = || Customer::CUSTOMERS_BY_REFERRER.any(Customer::VISITS.gt(2));
    let latest = Customer::CUSTOMERS_BY_REFERRER.order_by(Customer::VISITS.desc()).first(Customer::NAME);
    let rows = Customer::query().order_by((busy().desc(), Customer::ID.asc()));
    let rows = rows.select((Customer::NAME, busy(), latest.clone())).all(dbs).await.unwrap();
    let rows: Vec<_> =
        rows.iter().map(|(name, busy, latest)| (&name[..1], *busy, latest.as_deref())).collect();
    let expected = [
        ("A", true, Some("Dee")),
        ("B", true, Some("Cy")),
        ("D", true, Some("Eve")),
        ("C", false, None),
        ("E", false, None),
    ];
    assert_eq!(rows, expected);
    assert_eq!(letters(dbs, latest.eq("Eve")).await, "D");
    let groups = Customer::query().group_by(busy()).select((busy(), count())).order_by(busy().asc());
    assert_eq!(groups.all(dbs).await.unwrap(), [(false, 2), (true, 3)]);
    let unknown = Customer::query().filter(Customer::ID.eq(1)).select(Customer::REFERRER_ID.gt(0));
    assert!(!unknown.one(dbs).await.unwrap());
}

#[tokio::test]
async fn trees_are_walked_up_and_down() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let [ada, cy, dee] = [1, 3, 4].map(Customer::find);
    let (ada, cy, dee) =
        (ada.one(dbs).await.unwrap(), cy.one(dbs).await.unwrap(), dee.one(dbs).await.unwrap());
    let names = async |query: ormgen_runtime::Query<Customer>| {
        let query = query.order_by((Customer::REFERRER.depth().asc(), Customer::ID.asc()));
        let rows = query.all(dbs).await.unwrap();
        rows.iter().map(|row| row.name[..1].to_owned()).collect::<String>()
    };
    assert_eq!(names(Customer::REFERRER.ancestors(&cy)).await, "AB");
    assert_eq!(names(Customer::REFERRER.descendants(&ada)).await, "BDCE");
    assert_eq!(names(Customer::REFERRER.descendants(&dee).filter(Customer::VISITS.gt(5))).await, "E");
    assert_eq!(names(Customer::REFERRER.ancestors(&ada)).await, "");
    let depths = Customer::query().order_by(Customer::ID.asc()).select(Customer::REFERRER.depth());
    assert_eq!(depths.all(dbs).await.unwrap(), [0, 1, 2, 1, 2]);
    assert_eq!(letters(dbs, Customer::REFERRER.depth().eq(2)).await, "CE");
    // In a circle it ends.
    Customer::find(1).update().set(Customer::REFERRER_ID, 3).execute(dbs).await.unwrap();
    let ada = Customer::find(1).one(dbs).await.unwrap();
    assert_eq!(Customer::REFERRER.ancestors(&ada).count(dbs).await.unwrap(), 3);
    let deleted = Customer::REFERRER.descendants(&dee).delete().execute(dbs).await.unwrap();
    assert_eq!(deleted, 1);
}

#[tokio::test]
async fn rows_are_inserted_from_a_query() {
    let shop = ormgen_tests::shop::Shop::open().await;
    let dbs = &shop.dbs;
    for (parent_id, name) in [(None, "All"), (Some(1), "Tools")] {
        Category::insert(NewCategory { parent_id, name: name.into() }).execute(dbs).await.unwrap();
    }
    let columns = (Category::PARENT_ID, Category::NAME);
    let copies =
        || Category::query().order_by(Category::ID.asc()).select((nullable(Category::ID), Category::NAME));
    let copied = Category::insert_from(columns, copies().limit(1)).all(dbs).await.unwrap();
    assert_eq!((copied[0].parent_id, copied[0].name.as_str()), (Some(1), "All"));
    // What is there is left out.
    let again = Category::insert_from(columns, copies()).on_any_conflict().do_nothing();
    assert_eq!(
        again.sql(),
        "INSERT INTO public.categories AS _0 (parent_id, name) SELECT id, name FROM public.categories \
         ORDER BY public.categories.id ASC ON CONFLICT DO NOTHING"
    );
    assert_eq!(again.returning(Category::PARENT.column(Category::NAME)).all(dbs).await.unwrap().len(), 2);
    let twice = Category::insert_from(columns, copies()).execute(dbs).await.unwrap_err();
    assert!(matches!(twice, ormgen_runtime::Error::UniqueViolation(_)), "{twice}");
}

/// One NULL among the values of SQL's `NOT IN` lets no row through.
#[tokio::test]
async fn null_is_none_of_a_querys_values() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let referrers = || Customer::query().select(Customer::REFERRER_ID);
    assert_eq!(letters(dbs, Customer::ID.in_query(referrers())).await, "ABD");
    assert_eq!(letters(dbs, !Customer::ID.in_query(referrers())).await, "CE");
    assert_eq!(letters(dbs, Customer::ID.not_in_query(referrers())).await, "CE");
    assert_eq!(letters(dbs, !Customer::ID.not_in_query(referrers())).await, "ABD");
    let among_them = Customer::REFERRER_ID.in_query(referrers());
    assert_eq!(letters(dbs, among_them.clone()).await, "BCDE");
    let is_known = Customer::query().order_by(Customer::ID).select(!among_them);
    assert_eq!(is_known.all(dbs).await.unwrap(), [false; 5]);
    // The server still looks the values up once, and not for each row.
    let found = Customer::query().filter(Customer::ID.in_query(referrers()));
    let plan = found.explain(dbs).await.unwrap();
    assert!(plan.contains("Join"), "{plan}");
}
