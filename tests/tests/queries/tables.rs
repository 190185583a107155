//! A selection as a table that another query reads, series, subtotals, and rows as structs of the program's own: each beside
//! the same in SQL.

use ormgen_runtime::{
    NotNull, Result,
    functions::{
        avg, count, count_of, days, desc, distance, exists, grouping, json_agg, json_object, lag, lag_or,
        lead_or, max, median, nullable, outer, partition_by, percentile_cont, position, rank, row_number,
        seconds, sql, sum, unnest, window,
    },
    prelude::*,
    row,
    types::{JsonValue, NaiveDate, Point},
};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Crm, Customer},
};
use serde_json::json;

use crate::customers;

#[tokio::test]
async fn rows_are_filtered_by_a_window() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let place = row_number()
        .over(partition_by(Customer::REFERRER_ID).order_by((Customer::VISITS.desc(), Customer::ID.asc())));
    let (rows, (referrer, name, place)) =
        Customer::query().select((Customer::REFERRER_ID, Customer::NAME, place)).into_table();
    let first = rows.clone().filter(place.lte(1)).order_by(name.asc()).select((referrer, name));
    let by_hand: Vec<(Option<i64>, String)> = Crm::sql(
        "SELECT referrer_id, name FROM (SELECT *, row_number() OVER (PARTITION BY referrer_id ORDER BY visits DESC, id) n
         FROM customers) t WHERE n <= 1 ORDER BY name",
    )
    .all(dbs)
    .await
    .unwrap();
    assert_eq!(by_hand.len(), 4);
    assert_eq!(first.clone().all(dbs).await.unwrap(), by_hand);
    assert_eq!(first.count(dbs).await.unwrap(), 4);
    // As it was selected, without a selection of its own.
    let whole = rows.clone().filter(place.eq(2)).one(dbs).await.unwrap();
    assert_eq!(whole, (Some(1), "Bob".to_owned(), 2));
    // A limit is of the rows that are counted; and a table is made of a table.
    assert_eq!(rows.clone().limit(3).select(count()).one(dbs).await.unwrap(), 3);
    let (again, (name, twice)) = rows.filter(place.gt(0)).select((name, place * 2)).into_table();
    assert_eq!(again.filter(twice.eq(4)).select(name).all(dbs).await.unwrap(), ["Bob"]);
}

#[tokio::test]
async fn aggregates_are_made_of_aggregates() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let per_referrer = Customer::query().group_by(Customer::REFERRER_ID);
    let (groups, (referrer, how_many)) = per_referrer.select((Customer::REFERRER_ID, count())).into_table();
    let average = groups.clone().select(avg(how_many)).one(dbs).await.unwrap();
    let by_hand = Crm::sql("SELECT avg(n) FROM (SELECT count(*) n FROM customers GROUP BY referrer_id) t");
    assert_eq!(average, by_hand.one(dbs).await.unwrap());
    // Grouped anew: how many groups are of which size.
    let sizes = groups.clone().group_by(how_many).select((how_many, count())).order_by(how_many.desc());
    assert_eq!(sizes.all(dbs).await.unwrap(), [(2, 1), (1, 3)]);
    // In a condition on other rows, and with one on them.
    let busy = groups.clone().filter(how_many.gt(1).and(referrer.is_not_null())).select(referrer);
    let names = Customer::query().filter(Customer::ID.in_query(busy)).select(Customer::NAME);
    assert_eq!(names.all(dbs).await.unwrap(), ["Ada"]);
    let of_referrer = Customer::query().filter(nullable(Customer::ID).eq(outer(referrer)));
    let named = groups.filter(exists(of_referrer.filter(Customer::VISITS.gt(5))));
    assert_eq!(named.select((referrer, how_many)).all(dbs).await.unwrap(), [(Some(1), 2)]);
}

#[tokio::test]
async fn a_table_of_a_correlated_selection_sees_the_row_around_it() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    // The second of those whom a customer brought, by visits.
    let brought = Customer::query().filter(Customer::REFERRER_ID.eq(outer(Customer::ID)));
    let place = row_number().over(window().order_by((Customer::VISITS.desc(), Customer::ID.asc())));
    let (rows, (name, place)) = brought.select((Customer::NAME, place)).into_table();
    let second = rows.filter(place.eq(2)).select(name).scalar();
    let found = Customer::query().order_by(Customer::ID.asc()).select((Customer::NAME, second));
    let by_hand: Vec<(String, Option<String>)> = Crm::sql(
        "SELECT name, (SELECT t.name FROM (SELECT b.name, row_number() OVER (ORDER BY visits DESC, id) n
         FROM customers b WHERE b.referrer_id = a.id) t WHERE n = 2) FROM customers a ORDER BY id",
    )
    .all(dbs)
    .await
    .unwrap();
    assert_eq!(by_hand[0], ("Ada".to_owned(), Some("Bob".to_owned())));
    assert_eq!(found.all(dbs).await.unwrap(), by_hand);
}

#[tokio::test]
async fn a_series_has_a_row_for_every_step() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let (numbers, number) = Crm::series(0, 4, 1);
    let so_often = Customer::query().filter(Customer::VISITS.eq(outer(number))).select(count()).scalar();
    let found = numbers.order_by(number.asc()).select((number, so_often)).all(dbs).await.unwrap();
    assert_eq!(found, [(0, Some(1)), (1, Some(0)), (2, Some(0)), (3, Some(2)), (4, Some(0))]);
    let day = |day: &str| day.parse::<NaiveDate>().unwrap();
    let (dates, date) = Crm::series(day("2024-02-27"), day("2024-03-02"), days(2));
    let found = dates.filter(date.ne(day("2024-02-29"))).all(dbs).await.unwrap();
    assert_eq!(found, [day("2024-02-27"), day("2024-03-02")]);
    let (times, _) = Crm::series(day("2024-01-01").into(), day("2024-01-02").into(), days(1));
    let times: Vec<ormgen_runtime::types::NaiveDateTime> = times.all(dbs).await.unwrap();
    assert_eq!(times.len(), 2);
    let none = Crm::series(5_i64, 1, 1).0.count(dbs).await.unwrap();
    assert_eq!((none, Crm::series(5_i64, 1, -2).0.count(dbs).await.unwrap()), (0, 3));
}

#[tokio::test]
async fn groups_have_subtotals() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let bands = || Customer::VISITS / 5;
    let grouped = || Customer::query().group_by((Customer::ACTIVE, bands()));
    let selected = (nullable(Customer::ACTIVE), nullable(bands()), grouping(bands()), sum(Customer::VISITS));
    let found =
        grouped().rollup().select(selected.clone()).order_by((grouping(bands()).asc(), bands().asc()));
    type Line = (Option<bool>, Option<i32>, i32, Option<i64>);
    let by_hand: Vec<Line> = Crm::sql(
        "SELECT active, visits / 5, grouping(visits / 5), sum(visits) FROM customers
         GROUP BY ROLLUP (active, visits / 5) ORDER BY 3, 2, 1",
    )
    .all(dbs)
    .await
    .unwrap();
    assert_eq!(by_hand.len(), 5);
    let found = found.order_by(Customer::ACTIVE.asc()).all(dbs).await.unwrap();
    assert_eq!(found, by_hand);
    assert_eq!(grouped().cube().select(selected).count(dbs).await.unwrap(), 8);
}

/// The rows of an alias stand beside those of a series or of a selection: days without any as well.
#[tokio::test]
async fn a_table_is_joined_to_the_rows_of_an_alias() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let (numbers, number) = Crm::series(2, 7, 1);
    let customer = Customer::alias("customer").optional();
    let as_often = move || customer.on(customer.column(Customer::VISITS).eq(number));
    let beside = numbers.clone().left_join(as_often());
    let beside = beside.order_by((number.asc(), customer.column(Customer::ID).asc()));
    let rows: Vec<(i32, Option<Customer>)> = beside.all(dbs).await.unwrap();
    let shown: Vec<_> = rows.iter().map(|(n, row)| (*n, row.as_ref().map_or("-", |row| &row.name))).collect();
    assert_eq!(shown, [(2, "-"), (3, "Cy"), (3, "Dee"), (4, "-"), (5, "-"), (6, "-"), (7, "Eve")]);
    let counted = numbers.clone().left_join(as_often()).group_by(number);
    let counted = counted.select((number, count_of(customer.column(Customer::ID)))).order_by(number.asc());
    let expected = [(2, 0), (3, 2), (4, 0), (5, 0), (6, 0), (7, 1)];
    assert_eq!(counted.all(dbs).await.unwrap(), expected);
    // Filtered and limited before it is joined; in a task, with whole rows of both.
    let few = numbers.filter(number.gt(2)).order_by(number.asc()).limit(2);
    let found = tokio::spawn({
        let dbs = dbs.clone();
        async move { few.join(as_often()).order_by(customer.column(Customer::ID).asc()).all(&dbs).await }
    });
    let found: Vec<(i32, Customer)> = found.await.unwrap().unwrap();
    assert_eq!(found.iter().map(|(n, row)| (*n, row.id)).collect::<Vec<_>>(), [(3, 3), (3, 4)]);
    // Each group's aggregate beside its whole rows.
    let (groups, (referrer, most)) = Customer::query()
        .filter(Customer::REFERRER_ID.is_not_null())
        .group_by(Customer::REFERRER_ID)
        .select((Customer::REFERRER_ID, max(Customer::VISITS)))
        .into_table();
    let best = Customer::alias("best");
    let its_best =
        best.column(Customer::REFERRER_ID).eq(referrer).and(best.column(Customer::VISITS).eq(most));
    let rows =
        groups.join(best.on(its_best)).order_by(best.column(Customer::ID).asc()).all(dbs).await.unwrap();
    let shown: Vec<_> = rows.iter().map(|((_, most), row)| (most.unwrap(), &row.name[..1])).collect();
    assert_eq!(shown, [(3, "C"), (3, "D"), (7, "E")]);
}

/// Several groupings of the same rows, beside an expression with a value, which each of them and the selection repeat.
#[tokio::test]
async fn rows_are_grouped_in_several_ways_at_once() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let bands = || Customer::VISITS / 5;
    let selected = || {
        let active = grouping(Customer::ACTIVE);
        (nullable(Customer::ACTIVE), nullable(bands()), active, grouping(bands()), sum(Customer::VISITS))
    };
    type Line = (Option<bool>, Option<i32>, i32, i32, Option<i64>);
    let by_hand = async |groups: &str| -> Vec<Line> {
        let text: &'static str = Box::leak(
            format!(
            "SELECT active, visits / 5, grouping(active), grouping(visits / 5), sum(visits) FROM customers
             GROUP BY {groups} ORDER BY 3, 4, 2, 1"
        )
            .into_boxed_str(),
        );
        Crm::sql(text).all(dbs).await.unwrap()
    };
    let order = (position(3).asc(), position(4).asc(), position(2).asc(), position(1).asc());
    let grouped = || Customer::query().group_by(Customer::ACTIVE);
    let sets = grouped().also_by(bands()).and_total();
    let found = sets.clone().select(selected()).order_by(order.clone()).all(dbs).await.unwrap();
    assert_eq!(found, by_hand("GROUPING SETS ((active), (visits / 5), ())").await);
    assert_eq!(found.len(), 5);
    // What is said after `also_by` is of these groups.
    let rolled = grouped().also_by(bands()).group_by(Customer::ACTIVE).rollup();
    let found = rolled.select(selected()).order_by(order.clone()).all(dbs).await.unwrap();
    assert_eq!(found, by_hand("GROUPING SETS ((active), ROLLUP (visits / 5, active))").await);
    // Filtered, counted, and made a table.
    let (rows, (.., total)) = sets.clone().select(selected()).into_table();
    assert_eq!(rows.filter(total.eq(25)).count(dbs).await.unwrap(), 2);
    let large = sets.select(selected()).having(sum(Customer::VISITS).gt(9));
    assert_eq!(large.count(dbs).await.unwrap(), 3);
}

row! {
    /// A customer in short.
    #[derive(Clone, Debug, PartialEq)]
    struct Short {
        name: String,
        /// Who brought them.
        referrer_id: Option<i64>,
    }
}

row! {
    #[derive(Debug, PartialEq)]
    struct Alone {
        r#type: i64,
    }
}

#[tokio::test]
async fn rows_are_structs_of_the_programs_own() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let cy = Short { name: "Cy".to_owned(), referrer_id: Some(2) };
    let query = Customer::query().filter(Customer::ID.eq(3)).select((Customer::NAME, Customer::REFERRER_ID));
    assert_eq!(query.clone().read_as::<Short>().one(dbs).await.unwrap(), cy);
    assert_eq!(query.read_as::<Short>().count(dbs).await.unwrap(), 1);
    // By names, whatever the columns' order.
    let text = "SELECT referrer_id, name FROM customers WHERE id = $1";
    assert_eq!(Crm::sql::<Short>(text).bind(3_i64).one(dbs).await.unwrap(), cy);
    assert_eq!(Crm::sql::<Alone>("SELECT 7::int8 AS type").one(dbs).await.unwrap(), Alone { r#type: 7 });
    assert_eq!(
        Customer::query().select(count()).read_as::<Alone>().one(dbs).await.unwrap(),
        Alone { r#type: 5 }
    );
    let error = Crm::sql::<Short>("SELECT name, id FROM customers").all(dbs).await.unwrap_err().to_string();
    assert!(error.contains("not those of `Short`; missing: referrer_id; not of it, or twice: id"), "{error}");
}

#[tokio::test]
async fn more_than_twelve_values_are_tuples_in_a_tuple() {
    let shop = customers().await;
    let c = (Customer::ID, Customer::NAME, Customer::VISITS);
    let row =
        Customer::query().filter(Customer::ID.eq(2)).select((c, (c, c, (c, count().over(window()))), c.1));
    let row = row.one(&shop.dbs).await.unwrap();
    let bob = || (2, "Bob".to_owned(), 0);
    assert_eq!(row, (bob(), (bob(), bob(), (bob(), 1)), "Bob".to_owned()));
}

#[tokio::test]
async fn windows_have_defaults_and_frames() {
    let shop = customers().await;
    let by_id = || window().order_by(Customer::ID.asc());
    let by_visits = || window().order_by(Customer::VISITS.asc());
    let found = Customer::query().order_by(Customer::ID.asc()).select((
        lag(Customer::VISITS, 1).over(by_id()),
        lag_or(Customer::VISITS, 1, -1).over(by_id()),
        lead_or(Customer::NAME, 2, "nobody").over(by_id()),
        sum(Customer::VISITS).over(by_visits().groups(-1..=0)),
        sum(Customer::VISITS).over(by_id().rows(-1..=0)),
    ));
    type Line = (Option<i32>, i32, String, Option<i64>, Option<i64>);
    let by_hand: Vec<Line> = Crm::sql(
        "SELECT lag(visits) OVER w, lag(visits, 1, -1) OVER w, lead(name, 2, 'nobody') OVER w,
                sum(visits) OVER (ORDER BY visits GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW),
                sum(visits) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
         FROM customers WINDOW w AS (ORDER BY id) ORDER BY id",
    )
    .all(&shop.dbs)
    .await
    .unwrap();
    assert_eq!((by_hand[0].1, by_hand[2].3), (-1, Some(6)));
    assert_eq!(found.all(&shop.dbs).await.unwrap(), by_hand);
}

#[tokio::test]
async fn frames_are_of_values_and_leave_rows_out() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    shop.crm
        .batch("UPDATE customers SET created_at = '2024-03-01Z'::timestamptz + id * id * interval '1 day'")
        .await;
    let by_visits = || window().order_by(Customer::VISITS.asc());
    let by_time = || window().order_by(Customer::CREATED_AT.asc());
    // Which customers are in a frame: no two sets of them have the same sum.
    let who = |window| sum((Customer::ID * Customer::ID).cast_to::<i32>()).over(window);
    let found = Customer::query().order_by(Customer::ID.asc()).select((
        who(by_visits().range(-3..=4)),
        who(window().order_by(Customer::VISITS.desc()).range(0..)),
        who(by_visits().range(..=-4)),
        who(by_time().range(days(-8)..=seconds(-1))),
        who(by_time().range(seconds(-3600 * 24 * 5)..=days(7))),
        who(by_visits().rows(..).exclude_current_row()),
        who(by_visits().groups(-1..=1).exclude_group()),
        who(by_visits().exclude_ties()),
    ));
    type Line = [Option<i64>; 8];
    let by_hand = Crm::sql::<(Vec<Option<i64>>,)>(
        "SELECT ARRAY[
            sum((id * id)::int4) OVER (ORDER BY visits RANGE BETWEEN 3 PRECEDING AND 4 FOLLOWING),
            sum((id * id)::int4) OVER (ORDER BY visits DESC RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
            sum((id * id)::int4) OVER (ORDER BY visits RANGE BETWEEN UNBOUNDED PRECEDING AND 4 PRECEDING),
            sum((id * id)::int4) OVER
                (ORDER BY created_at RANGE BETWEEN '8 days' PRECEDING AND '1 second' PRECEDING),
            sum((id * id)::int4) OVER (ORDER BY created_at RANGE BETWEEN '5 days' PRECEDING AND '7 days' FOLLOWING),
            sum((id * id)::int4) OVER (ORDER BY visits ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                EXCLUDE CURRENT ROW),
            sum((id * id)::int4) OVER (ORDER BY visits GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP),
            sum((id * id)::int4) OVER (ORDER BY visits RANGE UNBOUNDED PRECEDING EXCLUDE TIES)]
         FROM customers ORDER BY id",
    );
    let by_hand: Vec<Line> =
        by_hand.all(dbs).await.unwrap().into_iter().map(|(line,)| line.try_into().unwrap()).collect();
    let found = found.all(dbs).await.unwrap().into_iter();
    let found: Vec<Line> = found.map(|(a, b, c, d, e, f, g, h)| [a, b, c, d, e, f, g, h]).collect();
    assert_eq!(found, by_hand);
    // A distance of a type that the values have not is the server's to refuse.
    let wrong = Customer::query().select(who(by_time().range(-1..=1))).all(dbs).await.unwrap_err();
    assert!(wrong.to_string().contains("RANGE"), "{wrong}");
}

#[tokio::test]
async fn json_is_made_of_rows_and_changed() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let object = json_object().field("it's", Customer::NAME).field("by", Customer::REFERRER_ID).build();
    let objects = Customer::query()
        .filter(Customer::VISITS.eq(3))
        .select(json_agg(object).order_by(Customer::ID.desc()));
    let expected = json!([{"it's": "Dee", "by": 1}, {"it's": "Cy", "by": 2}]);
    assert_eq!(objects.one(dbs).await.unwrap(), Some(expected));
    let settings = |row: Customer| row.settings;
    let change = async |to| {
        let update = Customer::query().filter(Customer::ID.eq(1)).update().set(Customer::SETTINGS, to);
        settings(update.all(dbs).await.unwrap().remove(0))
    };
    let red = Customer::SETTINGS.json_merged(json!({"a": {"b": 1}, "c": 2}));
    assert_eq!(change(red).await, json!({"a": {"b": 1}, "c": 2}));
    assert_eq!(
        change(Customer::SETTINGS.json_set(["a", "b"], json!([7]))).await,
        json!({"a": {"b": [7]}, "c": 2})
    );
    assert_eq!(change(Customer::SETTINGS.json_without(["a"])).await, json!({"c": 2}));
    let empty: JsonValue =
        Customer::query().filter(Customer::ID.eq(1)).select(json_object().build()).one(dbs).await.unwrap();
    assert_eq!(empty, json!({}));
}

/// The texts that stand in a statement mean the same where a backslash escapes in plain strings.
#[tokio::test]
async fn keys_with_a_backslash_mean_the_same_for_every_server() {
    let shop = customers().await;
    const KEYS: [&str; 2] = ["a\\b", "k\\', (SELECT 'x')) FROM public.customers --"];
    for setting in ["on", "off"] {
        let tx = shop.dbs.crm.begin().await.unwrap();
        tx.batch(&format!("SET LOCAL standard_conforming_strings = {setting}")).await.unwrap();
        for key in KEYS {
            let object = json_object().field(key, Customer::ID).build();
            let made: JsonValue =
                Customer::query().filter(Customer::ID.eq(1)).select(object).one(&tx).await.unwrap();
            assert_eq!(made, json!({key: 1}), "{setting}");
        }
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn arrays_are_unnested_and_middles_found() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    shop.crm.batch("UPDATE customers SET tags = CASE WHEN id < 3 THEN '{a,b}' ELSE '{b}' END::text[]").await;
    let tags = Customer::query()
        .group_by(unnest(Customer::TAGS))
        .select((unnest(Customer::TAGS), count()))
        .order_by(count().desc());
    assert_eq!(tags.all(dbs).await.unwrap(), [(Some("b".to_owned()), 5), (Some("a".to_owned()), 2)]);
    let found = Customer::query().select((median(Customer::VISITS), percentile_cont(0.9, Customer::VISITS)));
    let by_hand: (Option<f64>, Option<f64>) = Crm::sql(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY visits), percentile_cont(0.9) WITHIN GROUP (ORDER BY visits)
         FROM customers",
    )
    .one(dbs)
    .await
    .unwrap();
    assert_eq!(by_hand.0, Some(3.0));
    assert_eq!(found.one(dbs).await.unwrap(), by_hand);
    let at = || sql("point(").column(Customer::VISITS).text(", 4)").expression::<Point, NotNull>();
    let nearest = Customer::query().order_by(distance(at(), Point { x: 0.0, y: 0.0 }).asc());
    let nearest = nearest.select((Customer::NAME, distance(at(), Point { x: 0.0, y: 0.0 }))).limit(2);
    assert_eq!(nearest.all(dbs).await.unwrap()[0], ("Bob".to_owned(), 4.0));
}

/// The names at the top of each group: in a function for any executor, as a handler or a task calls it.
async fn top(executor: impl Executor<Crm>) -> Result<Vec<(String, i64)>> {
    let place = rank().over(partition_by(Customer::REFERRER_ID).order_by(Customer::VISITS.desc()));
    let (rows, (name, place)) = Customer::query().select((Customer::NAME, place)).into_table();
    rows.filter(place.eq(1)).order_by((name.asc(), place.asc())).select((name, place)).all(executor).await
}

#[tokio::test]
async fn a_table_is_read_in_a_task() {
    let shop = customers().await;
    let dbs: Databases = shop.dbs.clone();
    let found = tokio::spawn(async move { top(&dbs).await }).await.unwrap().unwrap();
    assert_eq!(found.len(), 4);
    // What pages, filters and orders are made of is used twice.
    let (filter, order) = (Customer::VISITS.gt(1), Customer::ID.desc());
    let select = Customer::query().filter(filter.clone()).order_by(order.clone()).select(Customer::ID * 2);
    let again = select.clone();
    assert_eq!(select.all(&shop.dbs).await.unwrap(), again.all(&shop.dbs).await.unwrap());
    let page = Customer::query().filter(filter).order_by(order).keyset(desc(Customer::ID)).limit(1);
    assert_eq!(page.page(&shop.dbs).await.unwrap().next, Some(5));
}
