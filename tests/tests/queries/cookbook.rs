//! The page of questions and answers, examples/cookbook.md: each answer is run, and the text that it sends is the one that
//! the page shows. `ORMGEN_UPDATE_PAGES=1` writes the texts anew.

use ormgen_runtime::{
    Expr, NotNull,
    functions::{
        avg, coalesce, count, count_distinct, days, exists, grouping, json_agg, json_object, lag, lag_or,
        median, outer, partition_by, percentile_cont, position, rank, row_number, sql, sum, to_char, unnest,
        when, window,
    },
    prelude::*,
    types::{DateTime, Decimal, NaiveDate, Utc},
};
use ormgen_tests::generated::shop::crm::{Crm, Customer};
use serde_json::json;

use crate::customers;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/cookbook.md");

/// A question of the page, with its answer in code and in SQL.
struct Recipe {
    question: String,
    code: String,
    sql: String,
}

fn recipes(page: &str) -> Vec<Recipe> {
    let fenced = |section: &str, language: &str| -> String {
        let start = format!("```{language}\n");
        section.split(&start).nth(1).and_then(|rest| rest.split("\n```").next()).unwrap().to_owned()
    };
    let section = |section: &str| Recipe {
        question: section.lines().next().unwrap().to_owned(),
        code: fenced(section, "rust"),
        sql: fenced(section, "sql"),
    };
    page.split("\n## ").skip(1).map(section).collect()
}

/// Code as it is compared: without what formatting changes.
fn plain(code: &str) -> String {
    let code: String = code.chars().filter(|char| !char.is_whitespace()).collect();
    let code = code.replace(",)", ")");
    // Several statements are a block in the test.
    code.strip_prefix('{').and_then(|code| code.strip_suffix('}')).unwrap_or(&code).to_owned()
}

/// What the test has found: the question, its code, and the text that was sent.
type Found = Vec<(&'static str, &'static str, String)>;

/// A value of the program as an expression, so that the server calculates with it.
fn at_time(day: DateTime<Utc>) -> Expr<Customer, DateTime<Utc>, NotNull> {
    sql("").value(day).text("::timestamptz").expression()
}

macro_rules! answer {
    ($found:ident, $dbs:ident, $question:literal, $query:expr, $expected:literal) => {
        let query = $query;
        $found.push(($question, stringify!($query), query.sql()));
        let rows = query.all($dbs).await.unwrap();
        assert_eq!(format!("{rows:?}"), $expected, $question);
    };
}

macro_rules! change {
    ($found:ident, $dbs:ident, $question:literal, $query:expr, $expected:literal) => {
        let change = $query;
        $found.push(($question, stringify!($query), change.sql()));
        assert_eq!(change.execute($dbs).await.unwrap(), $expected, $question);
    };
}

#[tokio::test]
async fn every_question_has_its_answer() {
    let shop = customers().await;
    shop.crm
        .batch(
            "UPDATE customers SET created_at = timestamptz '2024-01-01 12:00Z' + (id - 1) * interval '10 days',
             tags = CASE WHEN id % 2 = 1 THEN '{new,loud}' ELSE '{new}' END::text[]",
        )
        .await;
    let dbs = &shop.dbs;
    let cy = Customer::find(3).one(dbs).await.unwrap();
    let have_ordered = vec![1, 2];
    let [first_date, last_date] = ["2024-01-10", "2024-01-12"].map(|day| day.parse::<NaiveDate>().unwrap());
    let day: DateTime<Utc> = "2024-03-01T00:00:00Z".parse().unwrap();
    let mut found: Found = Vec::new();
    answer!(
        found,
        dbs,
        "Who came more often than ten times?",
        Customer::query().filter(Customer::VISITS.gt(10)).select(Customer::NAME),
        r#"["Ada"]"#
    );
    answer!(
        found,
        dbs,
        "Who was brought by nobody?",
        Customer::query().filter(Customer::REFERRER_ID.is_null()).select(Customer::NAME),
        r#"["Ada"]"#
    );
    answer!(
        found,
        dbs,
        "Who brought somebody who came more than twice?",
        Customer::query()
            .filter(Customer::CUSTOMERS_BY_REFERRER.any(Customer::VISITS.gt(2)))
            .order_by(Customer::ID.asc())
            .select(Customer::NAME),
        r#"["Ada", "Bob", "Dee"]"#
    );
    answer!(
        found,
        dbs,
        "Who never ordered? (Orders live in another database: ask there, then here.)",
        Customer::query()
            .filter(Customer::ID.not_in(&have_ordered))
            .order_by(Customer::ID.asc())
            .select(Customer::NAME),
        r#"["Cy", "Dee", "Eve"]"#
    );
    answer!(
        found,
        dbs,
        "Who came more often than the average?",
        Customer::query()
            .filter(
                Customer::VISITS
                    .cast_to::<Decimal>()
                    .gt(Customer::query().select(avg(Customer::VISITS)).scalar())
            )
            .order_by(Customer::ID.asc())
            .select(Customer::NAME),
        r#"["Ada", "Eve"]"#
    );
    answer!(
        found,
        dbs,
        "Who came as often as somebody else?",
        Customer::query()
            .filter(exists(Customer::query().filter(
                Customer::VISITS.eq(outer(Customer::VISITS)).and(Customer::ID.ne(outer(Customer::ID)))
            ),))
            .order_by(Customer::ID.asc())
            .select(Customer::NAME),
        r#"["Cy", "Dee"]"#
    );
    answer!(
        found,
        dbs,
        "Each customer beside the one who brought them",
        Customer::query()
            .order_by(Customer::ID.asc())
            .select((Customer::NAME, coalesce(Customer::REFERRER.column(Customer::NAME), "nobody"))),
        r#"[("Ada", "nobody"), ("Bob", "Ada"), ("Cy", "Bob"), ("Dee", "Ada"), ("Eve", "Dee")]"#
    );
    answer!(
        found,
        dbs,
        "How many did each one bring, the most first?",
        Customer::query()
            .order_by((Customer::CUSTOMERS_BY_REFERRER.count().desc(), Customer::ID.asc()))
            .select((Customer::NAME, Customer::CUSTOMERS_BY_REFERRER.count())),
        r#"[("Ada", 2), ("Bob", 1), ("Dee", 1), ("Cy", 0), ("Eve", 0)]"#
    );
    answer!(
        found,
        dbs,
        "Whom did each one bring who comes most often?",
        Customer::query().order_by(Customer::ID.asc()).select((
            Customer::NAME,
            Customer::CUSTOMERS_BY_REFERRER.order_by(Customer::VISITS.desc()).first(Customer::NAME),
        )),
        r#"[("Ada", Some("Dee")), ("Bob", Some("Cy")), ("Cy", None), ("Dee", Some("Eve")), ("Eve", None)]"#
    );
    answer!(
        found,
        dbs,
        "How many customers are there in each band of visits?",
        Customer::query()
            .group_by(Customer::VISITS / 5)
            .select((Customer::VISITS / 5, count()))
            .order_by((Customer::VISITS / 5).asc()),
        r#"[(0, 3), (1, 1), (2, 1)]"#
    );
    answer!(
        found,
        dbs,
        "The same, with names for the bands",
        Customer::query()
            .group_by(when(Customer::VISITS.gt(5), "often".to_owned()).otherwise("seldom"))
            .select((when(Customer::VISITS.gt(5), "often".to_owned()).otherwise("seldom"), count()))
            .order_by(position(1).asc()),
        r#"[("often", 2), ("seldom", 3)]"#
    );
    answer!(
        found,
        dbs,
        "Which numbers of visits have several customers?",
        Customer::query()
            .group_by(Customer::VISITS)
            .select((Customer::VISITS, count()))
            .having(count().gt(1)),
        r#"[(3, 2)]"#
    );
    answer!(
        found,
        dbs,
        "Several counts at once",
        Customer::query().select((
            count(),
            count().filter(Customer::VISITS.gt(5)),
            count_distinct(Customer::REFERRER_ID),
            sum(Customer::VISITS),
        )),
        r#"[(5, 2, 3, Some(25))]"#
    );
    answer!(
        found,
        dbs,
        "The second largest number of visits",
        Customer::query()
            .select(Customer::VISITS)
            .distinct()
            .order_by(Customer::VISITS.desc())
            .offset(1)
            .limit(1),
        r#"[7]"#
    );
    answer!(
        found,
        dbs,
        "How often did the three busiest come, together?",
        Customer::query().order_by(Customer::VISITS.desc()).limit(3).select((count(), sum(Customer::VISITS))),
        r#"[(3, Some(22))]"#
    );
    answer!(
        found,
        dbs,
        "Each one's rank",
        Customer::query()
            .order_by((Customer::VISITS.desc(), Customer::ID.asc()))
            .select((Customer::NAME, rank().over(window().order_by(Customer::VISITS.desc())))),
        r#"[("Ada", 1), ("Eve", 2), ("Cy", 3), ("Dee", 3), ("Bob", 5)]"#
    );
    answer!(
        found,
        dbs,
        "A running total, and what came before",
        Customer::query().order_by(Customer::ID.asc()).select((
            Customer::NAME,
            sum(Customer::VISITS).over(window().order_by(Customer::ID.asc())),
            lag(Customer::VISITS, 1).over(window().order_by(Customer::ID.asc())),
        )),
        r#"[("Ada", Some(12), None), ("Bob", Some(12), Some(12)), ("Cy", Some(15), Some(0)), ("Dee", Some(18), Some(3)), ("Eve", Some(25), Some(3))]"#
    );
    answer!(
        found,
        dbs,
        "The busiest of those whom one customer brought",
        Customer::query()
            .filter(Customer::REFERRER_ID.is_not_null())
            .distinct_on(Customer::REFERRER_ID)
            .order_by((Customer::REFERRER_ID.asc(), Customer::VISITS.desc()))
            .select((Customer::REFERRER_ID, Customer::NAME)),
        r#"[(Some(1), "Dee"), (Some(2), "Cy"), (Some(4), "Eve")]"#
    );
    answer!(
        found,
        dbs,
        "How many joined in each month?",
        Customer::query()
            .group_by(to_char(Customer::CREATED_AT, "YYYY-MM"))
            .select((to_char(Customer::CREATED_AT, "YYYY-MM"), count()))
            .order_by(position(1).asc()),
        r#"[("2024-01", 4), ("2024-02", 1)]"#
    );
    answer!(
        found,
        dbs,
        "Who joined in the thirty days before a day?",
        Customer::query()
            .filter(Customer::CREATED_AT.gte(at_time(day) - days(30)).and(Customer::CREATED_AT.lt(day)))
            .order_by(Customer::ID.asc())
            .select(Customer::NAME),
        r#"["Dee", "Eve"]"#
    );
    answer!(
        found,
        dbs,
        "Who is above Cy, the topmost first?",
        Customer::REFERRER
            .ancestors(&cy)
            .order_by(Customer::REFERRER.depth().asc())
            .select((Customer::NAME, Customer::REFERRER.depth())),
        r#"[("Ada", 0), ("Bob", 1)]"#
    );
    answer!(
        found,
        dbs,
        "Names and addresses in one list",
        Customer::query()
            .filter(Customer::ID.eq(1))
            .select(Customer::NAME)
            .union(Customer::query().filter(Customer::ID.eq(1)).select(Customer::EMAIL))
            .order_by(position(1).asc()),
        r#"["Ada", "ada@example.org"]"#
    );
    answer!(
        found,
        dbs,
        "Is there anybody with a name like this, and is it a regular?",
        Customer::query()
            .filter(Customer::NAME.contains_ignore_case("E"))
            .order_by(Customer::ID.asc())
            .select((Customer::NAME, Customer::VISITS.gt(5))),
        r#"[("Dee", false), ("Eve", true)]"#
    );
    answer!(
        found,
        dbs,
        "What the typed API does not have: a fragment, in which a column is still the query's",
        Customer::query()
            .filter(
                sql("(SELECT count(*) FROM customers c WHERE c.visits > ")
                    .column(Customer::VISITS)
                    .text(") = ")
                    .value(1_i64)
                    .filter(),
            )
            .select(Customer::NAME),
        r#"["Eve"]"#
    );
    answer!(
        found,
        dbs,
        "Who brought others who all came less often than they did?",
        Customer::query()
            .filter(Customer::CUSTOMERS_BY_REFERRER.count().gt(0))
            .filter(Customer::CUSTOMERS_BY_REFERRER.none(Customer::VISITS.gte(outer(Customer::VISITS))))
            .select(Customer::NAME),
        r#"["Ada"]"#
    );
    answer!(
        found,
        dbs,
        "Who was brought by the same one as somebody else?",
        Customer::query()
            .filter(exists(
                Customer::query().filter(
                    Customer::REFERRER_ID
                        .eq(outer(Customer::REFERRER_ID))
                        .and(Customer::ID.ne(outer(Customer::ID))),
                ),
            ))
            .order_by(Customer::ID.asc())
            .select(Customer::NAME),
        r#"["Bob", "Dee"]"#
    );
    answer!(
        found,
        dbs,
        "Who has both tags?",
        Customer::query()
            .filter(Customer::TAGS.has_all(["new", "loud"]))
            .order_by(Customer::ID.asc())
            .select(Customer::NAME),
        r#"["Ada", "Cy", "Eve"]"#
    );
    answer!(
        found,
        dbs,
        "How often is each tag given?",
        Customer::query()
            .group_by(unnest(Customer::TAGS))
            .select((unnest(Customer::TAGS), count()))
            .order_by(position(2).desc()),
        r#"[(Some("new"), 5), (Some("loud"), 3)]"#
    );
    answer!(
        found,
        dbs,
        "The two of each group who come most often",
        {
            let place = row_number().over(
                partition_by(Customer::REFERRER_ID).order_by((Customer::VISITS.desc(), Customer::ID.asc())),
            );
            let (rows, (referrer, name, place)) = Customer::query()
                .filter(Customer::REFERRER_ID.is_not_null())
                .select((Customer::REFERRER_ID, Customer::NAME, place))
                .into_table();
            rows.filter(place.lte(2)).order_by((referrer.asc(), place.asc())).select((referrer, name))
        },
        r#"[(Some(1), "Dee"), (Some(1), "Bob"), (Some(2), "Cy"), (Some(4), "Eve")]"#
    );
    answer!(
        found,
        dbs,
        "How many brought one other, how many two?",
        {
            let (groups, how_many) = Customer::query()
                .filter(Customer::REFERRER_ID.is_not_null())
                .group_by(Customer::REFERRER_ID)
                .select(count())
                .into_table();
            groups.group_by(how_many).select((how_many, count())).order_by(how_many.asc())
        },
        r#"[(1, 2), (2, 1)]"#
    );
    answer!(
        found,
        dbs,
        "With whom did the running total pass fourteen?",
        {
            let total = sum(Customer::VISITS).over(window().order_by(Customer::ID.asc()));
            let (rows, (id, name, total)) =
                Customer::query().select((Customer::ID, Customer::NAME, total)).into_table();
            rows.filter(total.gt(14)).order_by(id.asc()).select((name, total)).limit(1)
        },
        r#"[("Cy", Some(15))]"#
    );
    answer!(
        found,
        dbs,
        "How much does each differ from the one before?",
        {
            let before = lag_or(Customer::VISITS, 1, 0).over(window().order_by(Customer::ID.asc()));
            Customer::query().order_by(Customer::ID.asc()).select((Customer::NAME, Customer::VISITS - before))
        },
        r#"[("Ada", 12), ("Bob", -12), ("Cy", 3), ("Dee", 0), ("Eve", 4)]"#
    );
    answer!(
        found,
        dbs,
        "Each one's share of all visits",
        {
            let visits = || Customer::VISITS.cast_to::<f64>();
            Customer::query()
                .order_by(Customer::ID.asc())
                .select((Customer::NAME, visits() / sum(visits()).over(window())))
        },
        r#"[("Ada", Some(0.48)), ("Bob", Some(0.0)), ("Cy", Some(0.12)), ("Dee", Some(0.12)), ("Eve", Some(0.28))]"#
    );
    answer!(
        found,
        dbs,
        "The middle number of visits, and the one that nine in ten stay below",
        Customer::query().select((median(Customer::VISITS), percentile_cont(0.9, Customer::VISITS))),
        r#"[(Some(3.0), Some(10.0))]"#
    );
    answer!(
        found,
        dbs,
        "How many joined on each day, days without any as well?",
        {
            let (dates, date) = Crm::series(first_date, last_date, days(1));
            let joined =
                Customer::query().filter(Customer::CREATED_AT.cast_to::<NaiveDate>().eq(outer(date)));
            dates.order_by(date.asc()).select((date, joined.select(count()).scalar()))
        },
        r#"[(2024-01-10, Some(0)), (2024-01-11, Some(1)), (2024-01-12, Some(0))]"#
    );
    answer!(
        found,
        dbs,
        "Visits by who brought them, and all together",
        Customer::query()
            .filter(Customer::REFERRER_ID.is_not_null())
            .group_by(Customer::REFERRER_ID)
            .rollup()
            .select((Customer::REFERRER_ID, grouping(Customer::REFERRER_ID), sum(Customer::VISITS)))
            .order_by((position(2).asc(), position(1).asc())),
        r#"[(Some(1), 0, Some(3)), (Some(2), 0, Some(3)), (Some(4), 0, Some(7)), (None, 1, Some(13))]"#
    );
    answer!(
        found,
        dbs,
        "Each one with those they brought, as JSON",
        {
            let brought = Customer::query().filter(Customer::REFERRER_ID.eq(outer(Customer::ID))).select(
                json_agg(json_object().field("name", Customer::NAME).build()).order_by(Customer::ID.asc()),
            );
            Customer::query()
                .filter(Customer::ID.lte(2))
                .order_by(Customer::ID.asc())
                .select((Customer::NAME, brought.scalar()))
        },
        r#"[("Ada", Some(Array [Object {"name": String("Bob")}, Object {"name": String("Dee")}])), ("Bob", Some(Array [Object {"name": String("Cy")}]))]"#
    );
    change!(
        found,
        dbs,
        "Everybody gets a dark theme, and keeps their other settings",
        Customer::query()
            .update()
            .set(Customer::SETTINGS, Customer::SETTINGS.json_set(["theme"], json!("dark"))),
        5
    );
    change!(
        found,
        dbs,
        "Everybody gets as many visits as who brought them",
        Customer::query()
            .update()
            .set(Customer::VISITS, coalesce(Customer::REFERRER.column(Customer::VISITS), 0)),
        5
    );
    change!(
        found,
        dbs,
        "The two oldest of those who never came go",
        Customer::query().filter(Customer::VISITS.eq(0)).order_by(Customer::ID.asc()).limit(2).delete(),
        2
    );
    compare(&found);
}

fn compare(found: &Found) {
    let mut page = std::fs::read_to_string(PAGE).unwrap();
    let written = recipes(&page);
    let questions: Vec<_> = written.iter().map(|recipe| recipe.question.as_str()).collect();
    assert_eq!(questions, found.iter().map(|(question, ..)| *question).collect::<Vec<_>>());
    for (Recipe { question, code, sql }, (_, run, sent)) in written.iter().zip(found) {
        assert_eq!(plain(code), plain(run), "{question}");
        if std::env::var_os("ORMGEN_UPDATE_PAGES").is_some() {
            let block = |sql: &str| format!("{code}\n```\n\n```sql\n{sql}\n```");
            page = page.replace(&block(sql), &block(sent));
        } else {
            assert_eq!(sql, sent, "{question}");
        }
    }
    if std::env::var_os("ORMGEN_UPDATE_PAGES").is_some() {
        std::fs::write(PAGE, page).unwrap();
    }
}
