//! The page's later questions.

use ormgen_runtime::{
    functions::{
        at_time_zone, avg, coalesce, count, days, exists, grouping, json_agg, json_object, lag_or, median,
        months, nullable, outer, partition_by, percentile_cont, position, row_number, sql, string_agg, sum,
        unnest, window,
    },
    prelude::*,
    types::NaiveDate,
};
use ormgen_tests::generated::shop::{
    Databases,
    crm::{Crm, Customer, LoyaltyCard, Tier},
};
use serde_json::json;

use super::Found;

pub(super) async fn questions_24_to_26(found: &mut Found, dbs: &Databases) {
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
}

pub(super) async fn a_table_beside_itself(found: &mut Found, dbs: &Databases) {
    answer!(
        found,
        dbs,
        "Each customer beside those who came as often",
        {
            let alike = Customer::query()
                .filter(
                    Customer::VISITS.eq(outer(Customer::VISITS)).and(Customer::ID.ne(outer(Customer::ID))),
                )
                .select(string_agg(Customer::NAME, ", "));
            Customer::query().order_by(Customer::ID.asc()).select((Customer::NAME, alike.scalar()))
        },
        r#"[("Ada", None), ("Bob", None), ("Cy", Some("Dee")), ("Dee", Some("Cy")), ("Eve", None)]"#
    );
    answer!(
        found,
        dbs,
        "Which two came equally often? (A table beside itself: a row for each pair.)",
        {
            let other = Customer::alias("other");
            let later = other
                .column(Customer::VISITS)
                .eq(Customer::VISITS)
                .and(other.column(Customer::ID).gt(Customer::ID));
            Customer::query().join(other.on(later)).select((Customer::NAME, other.column(Customer::NAME)))
        },
        r#"[("Cy", "Dee")]"#
    );
}

pub(super) async fn rows_before_a_row(found: &mut Found, dbs: &Databases) {
    answer!(
        found,
        dbs,
        "Each customer beside the one before (`.left_join` without `.select` gives both whole rows)",
        {
            let before = Customer::alias("before").optional();
            let earlier = before
                .on(before.column(Customer::ID).lt(Customer::ID))
                .order_by(Customer::ID.desc())
                .limit(1);
            Customer::query()
                .left_join(earlier)
                .order_by(Customer::ID.asc())
                .select((Customer::NAME, before.column(Customer::NAME)))
        },
        r#"[("Ada", None), ("Bob", Some("Ada")), ("Cy", Some("Bob")), ("Dee", Some("Cy")), ("Eve", Some("Dee"))]"#
    );
    answer!(
        found,
        dbs,
        "Who came more often than everybody who was there before?",
        {
            let earlier = Customer::alias("earlier");
            let as_often = earlier
                .column(Customer::ID)
                .lt(Customer::ID)
                .and(earlier.column(Customer::VISITS).gte(Customer::VISITS));
            Customer::query().filter(earlier.on(as_often).is_empty()).select(Customer::NAME)
        },
        r#"["Ada"]"#
    );
}

pub(super) async fn questions_27_to_30(found: &mut Found, dbs: &Databases) {
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
}

pub(super) async fn questions_31_to_34(found: &mut Found, dbs: &Databases) {
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
}

pub(super) async fn questions_35_to_36(found: &mut Found, dbs: &Databases) {
    let [first_date, last_date] = ["2024-01-10", "2024-01-12"].map(|day| day.parse::<NaiveDate>().unwrap());
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
}

pub(super) async fn groups_and_frames(found: &mut Found, dbs: &Databases) {
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
        "Visits by who brought them, by whether they are active, and all together",
        Customer::query()
            .group_by(Customer::REFERRER_ID)
            .also_by(Customer::ACTIVE)
            .and_total()
            .select((Customer::REFERRER_ID, nullable(Customer::ACTIVE), sum(Customer::VISITS)))
            .order_by((position(1).asc(), position(2).asc(), position(3).asc()))
            .limit(4),
        r#"[(Some(1), None, Some(3)), (Some(2), None, Some(3)), (Some(4), None, Some(7)), (None, Some(true), Some(25))]"#
    );
    answer!(
        found,
        dbs,
        "How many others came about as often, at most four times more or less?",
        {
            let near = window().order_by(Customer::VISITS.asc()).range(-4..=4).exclude_current_row();
            let others = count().over(near);
            Customer::query().order_by(Customer::ID.asc()).select((Customer::NAME, others))
        },
        r#"[("Ada", 0), ("Bob", 2), ("Cy", 3), ("Dee", 3), ("Eve", 2)]"#
    );
}

pub(super) async fn questions_37_to_38(found: &mut Found, dbs: &Databases) {
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
}

pub(super) async fn questions_39_to_40(found: &mut Found, dbs: &Databases) {
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
    change!(
        found,
        dbs,
        "Who came ten times becomes gold and gets a card, in one statement",
        {
            let gold =
                Customer::query().filter(Customer::VISITS.gte(10)).update().set(Customer::TIER, Tier::Gold);
            let joined = Customer::CREATED_AT.cast_to::<NaiveDate>();
            LoyaltyCard::insert_from(
                (LoyaltyCard::CUSTOMER_ID, LoyaltyCard::EXPIRES_ON),
                gold.returning((Customer::ID, joined)),
            )
        },
        2
    );
}

pub(super) async fn named_queries(found: &mut Found, dbs: &Databases) {
    answer!(
        found,
        dbs,
        "Who brought more others than most did? (A query with a name, read twice.)",
        {
            let (groups, (referrer, how_many)) = Customer::query()
                .group_by(Customer::REFERRER_ID)
                .select((Customer::REFERRER_ID, count()))
                .into_cte();
            let average = groups.clone().select(avg(how_many)).scalar();
            groups.filter(how_many.gt(average)).select((referrer, how_many))
        },
        "[(Some(1), 2)]"
    );
    answer!(
        found,
        dbs,
        "Each one beside the next by visits (A selection beside itself.)",
        {
            let place = row_number().over(window().order_by((Customer::VISITS.desc(), Customer::ID.asc())));
            let (places, (name, place)) = Customer::query().select((Customer::NAME, place)).into_cte();
            let next = places.alias("next");
            places
                .join(next.on(next.column(place).eq(place + 1)))
                .order_by(place.asc())
                .select((name, next.column(name)))
        },
        r#"[("Ada", "Eve"), ("Eve", "Cy"), ("Cy", "Dee"), ("Dee", "Bob")]"#
    );
}

pub(super) async fn dates_and_changes(found: &mut Found, dbs: &Databases) {
    answer!(
        found,
        dbs,
        "Which card ends within a month of the day that its holder joined? (A date beside a time.)",
        LoyaltyCard::query()
            .filter(
                LoyaltyCard::EXPIRES_ON
                    .lt(at_time_zone(LoyaltyCard::CUSTOMER.column(Customer::CREATED_AT), "UTC") + months(1)),
            )
            .order_by(LoyaltyCard::CUSTOMER_ID.asc())
            .select(LoyaltyCard::CUSTOMER_ID),
        "[2, 4]"
    );
    answer!(
        found,
        dbs,
        "Those who came least often go: who of them came most often? (What a delete returns, sorted.)",
        {
            let seldom = Customer::query().filter(Customer::VISITS.lt(5)).delete();
            let (gone, (name, visits)) = seldom.returning((Customer::NAME, Customer::VISITS)).into_cte();
            gone.select((name, visits)).order_by((visits.desc(), name.asc())).limit(1)
        },
        r#"[("Eve", 3)]"#
    );
}
