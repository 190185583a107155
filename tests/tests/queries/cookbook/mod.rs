//! The page of questions and answers, examples/cookbook.md: each answer is run, and the text that it sends is the one that
//! the page shows. `ORMGEN_UPDATE_PAGES=1` writes the texts anew.

use ormgen_runtime::{
    functions::{
        avg, coalesce, count, count_distinct, days, exists, lag, outer, position, rank, sum, to_char, value,
        when, window,
    },
    prelude::*,
    types::{DateTime, Decimal, Utc},
};
use ormgen_tests::generated::shop::{Databases, crm::Customer};

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

mod further;

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
    let mut found = Found::new();
    questions_1_to_5(&mut found, dbs).await;
    questions_6_to_10(&mut found, dbs).await;
    questions_11_to_14(&mut found, dbs).await;
    questions_15_to_19(&mut found, dbs).await;
    questions_20_to_23(&mut found, dbs).await;
    further::questions_24_to_26(&mut found, dbs).await;
    further::a_table_beside_itself(&mut found, dbs).await;
    further::rows_before_a_row(&mut found, dbs).await;
    further::questions_27_to_30(&mut found, dbs).await;
    further::questions_31_to_34(&mut found, dbs).await;
    further::questions_35_to_36(&mut found, dbs).await;
    further::groups_and_frames(&mut found, dbs).await;
    further::questions_37_to_38(&mut found, dbs).await;
    further::named_queries(&mut found, dbs).await;
    further::questions_39_to_40(&mut found, dbs).await;
    further::dates_and_changes(&mut found, dbs).await;
    compare(&found);
}

async fn questions_1_to_5(found: &mut Found, dbs: &Databases) {
    let have_ordered = vec![1, 2];
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
}

async fn questions_6_to_10(found: &mut Found, dbs: &Databases) {
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
}

async fn questions_11_to_14(found: &mut Found, dbs: &Databases) {
    answer!(
        found,
        dbs,
        "The same, with names for the bands",
        Customer::query()
            .group_by(when(Customer::VISITS.gt(5), "often").otherwise("seldom"))
            .select((when(Customer::VISITS.gt(5), "often").otherwise("seldom"), count()))
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
}

async fn questions_15_to_19(found: &mut Found, dbs: &Databases) {
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
}

async fn questions_20_to_23(found: &mut Found, dbs: &Databases) {
    let cy = Customer::find(3).one(dbs).await.unwrap();
    let day: DateTime<Utc> = "2024-03-01T00:00:00Z".parse().unwrap();
    answer!(
        found,
        dbs,
        "Who joined in the thirty days before a day?",
        Customer::query()
            .filter(Customer::CREATED_AT.gte(value(day) - days(30)).and(Customer::CREATED_AT.lt(day)))
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
