//! The first line that a person would write: with borrowed and owned values, with steps that may be left out, in a
//! handler, a spawned task and a generic function.

use std::{borrow::Cow, sync::Arc};

use ormgen_runtime::{
    Expression, Filter, Query, Result,
    functions::{count, desc, lower, position, row_number, value, window},
    prelude::*,
    query::ByNameError,
    types::JsonValue,
};
use ormgen_tests::{
    generated::shop::{
        Databases,
        crm::{Crm, Customer, Tier},
        orders::{Category, Item, NewCategory, Order, Orders, Product, ProductTag, Tag},
    },
    shop::{order, products},
};

use serde_json::json;

use crate::{customers, letters};

#[tokio::test]
#[allow(clippy::needless_borrows_for_generic_args, reason = "what people write is what is tried")]
async fn texts_are_taken_as_they_come() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let owned = "Ada".to_owned();
    let names = vec!["Ada".to_owned(), "Bob".to_owned()];
    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
    let ids = vec![1, 2];
    for (expected, filter) in [
        ("A", Customer::NAME.eq(&owned)),
        ("A", Customer::NAME.eq(owned.clone())),
        ("A", Customer::NAME.eq(owned.as_str())),
        ("A", Customer::NAME.eq(&owned.as_str())),
        ("A", Customer::NAME.eq(Cow::Borrowed("Ada"))),
        ("AB", Customer::NAME.is_in(["Ada", "Bob"])),
        ("AB", Customer::NAME.is_in(&["Ada", "Bob"])),
        ("AB", Customer::NAME.is_in(&names)),
        ("AB", Customer::NAME.is_in(names.iter())),
        ("AB", Customer::NAME.is_in(names.clone())),
        ("AB", Customer::NAME.is_in(&borrowed)),
        ("AB", Customer::NAME.is_in(borrowed.clone())),
        ("AB", Customer::ID.is_in(&ids)),
        ("AB", Customer::ID.is_in(ids.iter().copied())),
        ("CDE", Customer::ID.not_in(&ids)),
        ("A", Customer::ID.eq(&1)),
        ("A", Customer::NAME.like(&owned)),
        ("A", Customer::NAME.contains(&owned)),
        ("A", Customer::NAME.contains(owned.clone())),
        ("A", Customer::NAME.starts_with(&owned).and(Customer::NAME.ends_with("a"))),
        ("", Customer::TAGS.has_any(["x"])),
        ("", Customer::TAGS.has_any(&["x", "y"])),
        ("", Customer::TAGS.has_all(&names)),
        ("", Customer::TAGS.has_all(borrowed.clone())),
        ("", Customer::TAGS.has(&owned).or(Customer::TAGS.has("x"))),
        ("ABCDE", Customer::TAGS.has_only(names.clone())),
        ("AB", Filter::any(names.iter().map(|name| Customer::NAME.eq(name)))),
        ("", Filter::all([Customer::NAME.eq("Ada"), Customer::NAME.eq("Bob")])),
        ("", Filter::any([Customer::ACTIVE; 0])),
        ("ABCDE", Filter::all(None::<Filter<Customer>>)),
        (
            "BCDE",
            Customer::REFERRER_ID.is_distinct_from(1).and(Customer::ID.ne(1)).or(Customer::REFERRER_ID.eq(1)),
        ),
        ("ACE", Customer::REFERRER_ID.is_distinct_from(1)),
        ("BD", Customer::REFERRER_ID.is_not_distinct_from(1)),
        ("BD", Customer::REFERRER_ID.is_not_distinct_from(Some(1))),
        ("A", Customer::REFERRER_ID.is_not_distinct_from(None::<i64>)),
        ("ABCDE", Customer::NAME.is_distinct_from(None::<&str>)),
        ("A", Customer::NAME.is_not_distinct_from(names.first())),
    ] {
        assert_eq!(letters(dbs, filter.clone()).await, expected, "{filter:?}");
    }
    let renamed = Customer::find(1).update().set(Customer::NAME, &owned).set(Customer::TAGS, names.clone());
    assert_eq!(renamed.one(dbs).await.unwrap().tags, names);
    let renamed = Customer::find(1).update().set(Customer::TAGS, &borrowed[..]);
    assert_eq!(renamed.one(dbs).await.unwrap().tags, names);
    let emptied = Customer::find(2).update().set(Customer::TAGS, Vec::new());
    assert!(emptied.one(dbs).await.unwrap().tags.is_empty());
    assert_eq!(letters(dbs, Customer::TAGS.has("Bob").and(Customer::TAGS.eq(["Ada", "Bob"]))).await, "A");
}

/// What a visitor asked for, as it arrives.
#[derive(Clone, Default)]
struct Search {
    name: Option<String>,
    tier: Option<Tier>,
    newest_first: bool,
    limit: Option<u64>,
    offset: Option<u64>,
}

fn search(search: &Search) -> Query<Customer> {
    let mut query = Customer::query()
        .filter(search.name.as_deref().map(|name| Customer::NAME.contains_ignore_case(name)))
        .filter(search.tier.map(|tier| Customer::TIER.eq(tier)));
    if search.newest_first {
        query = query.order_by(Customer::ID.desc());
    }
    if let Some(limit) = search.limit {
        query = query.limit(limit);
    }
    query.offset(search.offset)
}

#[tokio::test]
async fn a_step_may_be_left_out() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let names = async |ask: Search| {
        let query = search(&ask);
        // A page and its total are of one query.
        let total = query.clone().count(dbs).await.unwrap();
        let rows = query.order_by(Customer::ID.asc()).all(dbs).await.unwrap();
        (rows.iter().map(|row| row.name[..1].to_owned()).collect::<String>(), total)
    };
    assert_eq!(names(Search::default()).await, ("ABCDE".to_owned(), 5));
    let e = Search { name: Some("E".into()), newest_first: true, ..Search::default() };
    assert_eq!(names(e.clone()).await, ("ED".to_owned(), 2));
    assert_eq!(names(Search { limit: Some(1), offset: Some(1), ..e }).await, ("D".to_owned(), 1));
    let none = Search { tier: Some(Tier::Gold), ..Search::default() };
    assert_eq!(names(none).await, (String::new(), 0));
    let orders = [Customer::VISITS.desc(), Customer::ID.asc()].to_vec();
    let rows = Customer::query()
        .order_by(orders)
        .order_by(None::<ormgen_runtime::OrderBy<Customer>>)
        .limit(None::<u32>);
    assert_eq!(rows.first(dbs).await.unwrap().unwrap().id, 1);
}

/// A search in any text column of any model, owned and borrowed.
async fn find_in<M: Model<Db = Crm>>(
    column: impl Expression<M, Value = String> + Copy,
    words: &[String],
    dbs: &Databases,
) -> Result<Vec<M>> {
    let filter = Filter::any(words.iter().map(|word| column.eq(word)));
    M::query().filter(filter.or(column.is_in(words))).all(dbs).await
}

#[tokio::test]
async fn in_tasks_and_generic_functions() {
    let shop = customers().await;
    let dbs = Arc::new(shop.dbs.clone());
    let words = vec!["Ada".to_owned()];
    assert_eq!(find_in(Customer::NAME, &words, &dbs).await.unwrap().len(), 1);
    let ask = Search { name: Some("a".into()), ..Search::default() };
    let handler = {
        let (dbs, words) = (Arc::clone(&dbs), words.clone());
        tokio::spawn(async move {
            let found = find_in(Customer::NAME, &words, &dbs).await?.len();
            let page = search(&ask).keyset((desc(Customer::VISITS), Customer::ID)).with(Customer::REFERRER);
            let page = page.filter(Customer::NAME.is_in(&words)).limit(2).page(&*dbs).await?;
            let rows =
                search(&ask).annotate(Customer::CUSTOMERS_BY_REFERRER.count()).with(Customer::REFERRER);
            let rows = rows.filter(Customer::ACTIVE).order_by(Customer::ID.asc()).all(&*dbs).await?;
            let one = Customer::find(2).with(Customer::REFERRER).one(&*dbs).await?;
            Ok::<_, ormgen_runtime::Error>((found, page.rows.len(), rows, one))
        })
    };
    let (found, page, rows, (bob, referrer)) = handler.await.unwrap().unwrap();
    assert_eq!((found, page), (1, 1));
    let [((ada, none), brought)] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((ada.name.as_str(), none.is_none(), *brought), ("Ada", true, 2));
    assert_eq!((bob.name.as_str(), referrer.unwrap().name.as_str()), ("Bob", "Ada"));
}

#[tokio::test]
async fn rows_with_values_and_with_related_rows() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    products(dbs, &["A-1", "B-2"]).await;
    let first = order(dbs, 1, &["A-1", "B-2"]).await;
    order(dbs, 2, &["A-1"]).await;
    // The commonest endpoint: one row with what belongs to it, from here and from the other database.
    let (product, category) = Product::find("A-1").with(Product::CATEGORY).one(dbs).await.unwrap();
    assert_eq!(product.category_id, category.id);
    assert!(Product::find("Z-9").with(Product::CATEGORY).optional(dbs).await.unwrap().is_none());
    let lines = Order::ITEMS.count();
    let both = Order::query()
        .with(Order::ITEMS)
        .with(Order::CUSTOMER)
        .annotate((lines.clone(), Order::ITEMS.max(Item::SKU)));
    let both = both.filter(Order::ITEMS.any(Item::SKU.eq("B-2"))).limit(10).all(dbs).await.unwrap();
    let [((one, items, customer), (lines_of_it, last))] = &both[..] else { panic!("{both:?}") };
    assert_eq!((one, items.len(), *lines_of_it, last.as_deref()), (&first, 2, 2, Some("B-2")));
    assert_eq!(customer.as_ref().unwrap().name, "Ada");
    // Pages of such rows.
    let keyset = || {
        Order::query().annotate(lines.clone()).with(Order::CUSTOMER).keyset((desc(lines.clone()), Order::ID))
    };
    let page = keyset().limit(1).page(dbs).await.unwrap();
    assert_eq!((page.rows[0].1, page.next, page.previous), (2, Some((2, first.id)), None));
    let page = keyset().after(page.next).limit(1).page(dbs).await.unwrap();
    assert_eq!((page.rows[0].1, page.rows[0].0.0.id, page.next), (1, first.id + 1, None));
    let plain = Order::query()
        .annotate(lines)
        .keyset(Order::ID)
        .filter(Order::ID.gt(first.id))
        .page(dbs)
        .await
        .unwrap();
    assert_eq!(plain.rows.len(), 1);
    // A selection that is filtered afterwards.
    let ids = Order::query().select(Order::ID).filter(Order::CUSTOMER_ID.eq(2)).all(dbs).await.unwrap();
    assert_eq!(ids, [first.id + 1]);
    let counts =
        Item::query().group_by(Item::SKU).select((Item::SKU, count())).filter(Item::ORDER_ID.eq(first.id));
    assert_eq!(counts.all(dbs).await.unwrap().len(), 2);
    let _ = (Category::ID, ProductTag::TAG_ID);
}

/// A page of any model, as an administrator's program asks for it.
async fn list<M: Model>(
    ask: &JsonValue,
    executor: impl Executor<M::Db>,
) -> std::result::Result<Result<Vec<JsonValue>>, ByNameError> {
    let text = |key: &str| ask[key].as_str().unwrap_or_default().to_owned();
    let query = M::query().filter(M::conditions(&ask["filters"])?).order_by(M::order(&text("sort"))?);
    Ok(query.limit(ask["limit"].as_u64()).select_json(text("fields").split(','))?.all(executor).await)
}

#[tokio::test]
async fn columns_by_names_from_outside() {
    let shop = customers().await;
    let dbs = shop.dbs.clone();
    let ask = async |ask: JsonValue| {
        let dbs = dbs.clone();
        tokio::spawn(async move { list::<Customer>(&ask, &dbs).await.map(|rows| rows.unwrap()) })
            .await
            .unwrap()
    };
    let names = async |filters: JsonValue| {
        let rows = ask(json!({ "sort": "id", "fields": "name", "filters": filters })).await?;
        Ok::<_, ByNameError>(rows.iter().map(|row| &row["name"].as_str().unwrap()[..1]).collect::<String>())
    };
    let page = json!({
        "sort": "-visits", "fields": "name,visits,created_at", "limit": 1,
        "filters": [{ "column": "visits", "operator": "lt", "value": 12 }],
    });
    let rows = ask(page).await.unwrap();
    assert_eq!((rows.len(), &rows[0]["name"], &rows[0]["visits"]), (1, &json!("Eve"), &json!(7)));
    assert!(rows[0]["created_at"].is_string());
    let one = |column: &str, operator: &str, value: JsonValue| json!([{ "column": column, "operator": operator, "value": value }]);
    for (expected, filters) in [
        ("ABCDE", JsonValue::Null),
        ("CD", one("visits", "eq", json!(3))),
        ("AB", one("name", "in", json!(["Ada", "Bob"]))),
        ("", one("name", "in", json!([]))),
        ("DE", one("name", "contains", json!("E"))),
        ("E", one("name", "like", json!("E%"))),
        ("A", one("referrer_id", "is_null", json!(true))),
        ("ABCDE", one("tier", "eq", json!("bronze"))),
        ("ABCDE", one("created_at", "gt", json!("2020-01-01"))),
        ("ABCDE", one("active", "eq", json!(true))),
        ("", one("name", "eq", json!("'; DROP TABLE customers; --"))),
    ] {
        assert_eq!(names(filters.clone()).await.unwrap(), expected, "{filters}");
    }
    for (expected, filters) in [
        ("`Customer` has no column `nmae`", one("nmae", "eq", json!("x"))),
        ("the column `visits` is compared with a whole number", one("visits", "eq", json!("3 OR true"))),
        ("the column `visits` is compared with a whole number of 32 bits", one("visits", "lt", json!(1.5))),
        ("the column `active` is compared with `true` or `false`", one("active", "eq", json!(1))),
        (
            "the column `tier` is compared with one of `bronze`, `silver`, `gold`",
            one("tier", "in", json!(["gold", "golden"])),
        ),
        (
            "the column `created_at` is compared with a date and a time such as `2026-03-01T14:30:00Z`",
            one("created_at", "gt", json!("rubbish")),
        ),
        (
            "the column `name` is compared with a text without the character 0",
            one("name", "like", json!("a\0")),
        ),
        ("the column `tags` is compared with no single value", one("tags", "eq", json!("x"))),
        ("conditions are a list of `{\"column\": …, \"operator\": …, \"value\": …}`", json!({ "name": "x" })),
    ] {
        assert_eq!(names(filters).await.unwrap_err().to_string(), expected);
    }
    assert!(
        Customer::condition("id", "==", &json!(1))
            .unwrap_err()
            .to_string()
            .starts_with("there is no operator `==`")
    );
    assert_eq!(Customer::order("-no").unwrap_err(), Customer::order("no").unwrap_err());
}

/// A `numeric` goes back as it came: as the text that a row's JSON has.
#[tokio::test]
async fn a_number_of_many_digits_by_name() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    order(dbs, 1, &[]).await;
    let long = "1234567890.12345678";
    Orders::sql("ALTER TABLE orders ALTER total TYPE numeric").execute(dbs).await.unwrap();
    Orders::sql("UPDATE orders SET total = $1::text::numeric").bind(long).execute(dbs).await.unwrap();
    for value in [json!(long), json!("1234567890.123456780"), json!(1_234_567_890.123_456_7)] {
        let operator = if value.is_string() { "eq" } else { "gt" };
        let filter = Order::condition("total", operator, &value).unwrap();
        let rows = Order::query().filter(filter).select_json(["total"]).unwrap().all(dbs).await.unwrap();
        assert_eq!(rows, [json!({ "total": long })], "{value}");
    }
    let error = Order::condition("total", "eq", &json!("much")).unwrap_err();
    assert_eq!(error.to_string(), "the column `total` is compared with a number");
}

#[tokio::test]
async fn an_order_without_a_direction_is_ascending() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let first = async |query: Query<Customer>| query.first(dbs).await.unwrap().unwrap().name;
    assert_eq!(first(Customer::query().order_by(Customer::VISITS)).await, "Bob");
    assert_eq!(first(Customer::query().order_by((Customer::ACTIVE, Customer::VISITS.desc()))).await, "Ada");
    assert_eq!(first(Customer::query().order_by(lower(Customer::NAME))).await, "Ada");
    assert_eq!(first(Customer::query().order_by(Customer::VISITS * -1)).await, "Ada");
    assert_eq!(
        first(Customer::query().order_by((Customer::VISITS.gt(0), Customer::NAME.desc()))).await,
        "Bob"
    );
    assert_eq!(first(Customer::query().order_by(Some(Customer::NAME))).await, "Ada");
    let brought = Customer::CUSTOMERS_BY_REFERRER.order_by(Customer::VISITS).limit(1);
    let ada = Customer::query().order_by(Customer::ID).with(brought).first(dbs).await.unwrap().unwrap();
    assert_eq!(ada.1[0].name, "Bob");
    let visits = Customer::query().group_by(Customer::VISITS).select((Customer::VISITS, count()));
    let visits = visits.order_by((count(), Customer::VISITS)).all(dbs).await.unwrap();
    assert_eq!(visits[..2], [(0, 1), (7, 1)]);
    let by_place = Customer::query().select(Customer::NAME).order_by(position(1));
    assert_eq!(by_place.all(dbs).await.unwrap()[4], "Eve");
    let numbered = row_number().over(window().order_by(Customer::VISITS));
    let numbered = Customer::query().order_by(numbered).select(Customer::NAME).all(dbs).await.unwrap();
    assert_eq!(numbered[0], "Bob");
}

#[tokio::test]
async fn values_are_selected() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let owned = "owned".to_owned();
    let of = Customer::query().filter(Customer::ID.eq(1));
    let row = of.select((
        Customer::NAME,
        value("text"),
        value(&owned),
        value(7_i64),
        value(Tier::Gold),
        value(true),
    ));
    let expected = ("Ada".to_owned(), "text".to_owned(), owned.clone(), 7_i64, Tier::Gold, true);
    assert_eq!(row.one(dbs).await.unwrap(), expected);
    let copied = Tag::insert_from(
        Tag::NAME,
        Category::query().select(value("imported")).union(Category::query().select(value("imported"))),
    );
    assert_eq!(copied.execute(dbs).await.unwrap(), 0);
    Category::insert(NewCategory { name: "Tools".into(), parent_id: None }).execute(dbs).await.unwrap();
    let copied = Tag::insert_from(Tag::NAME, Category::query().select(value("imported")));
    assert_eq!(copied.all(dbs).await.unwrap()[0].name, "imported");
    let gone = Tag::query().delete().returning((value("gone"), Tag::NAME)).all(dbs).await.unwrap();
    assert_eq!(gone, [("gone".to_owned(), "imported".to_owned())]);
    let both = Customer::query().filter(Customer::ID.eq(1)).select((value("a"), Customer::NAME));
    let both =
        both.union_all(Customer::query().filter(Customer::ID.eq(2)).select((value("b"), Customer::NAME)));
    assert_eq!(
        both.order_by(position(1).desc()).all(dbs).await.unwrap()[0],
        ("b".to_owned(), "Bob".to_owned())
    );
    assert_eq!(letters(dbs, value("Ada").eq(Customer::NAME)).await, "A");
}

#[tokio::test]
async fn groups_are_named_before_or_after_the_selection() {
    let shop = customers().await;
    let dbs = &shop.dbs;
    let after = Customer::query().select((Customer::VISITS, count())).group_by(Customer::VISITS);
    let before = Customer::query().group_by(Customer::VISITS).select((Customer::VISITS, count()));
    assert_eq!(after.sql(), before.sql());
    let some = after.having(count().gt(1)).order_by(Customer::VISITS).limit(3).all(dbs).await.unwrap();
    assert_eq!(some, [(3, 2)]);
    // A limit before the groups counts rows, one behind them counts groups.
    let three = Customer::query().order_by(Customer::ID).limit(3);
    let rows = three.select(Customer::REFERRER_ID).group_by(Customer::REFERRER_ID).all(dbs).await.unwrap();
    assert_eq!(rows.len(), 3);
    let groups = Customer::query().select(Customer::VISITS).limit(4).group_by(Customer::VISITS).limit(2);
    assert_eq!(groups.all(dbs).await.unwrap().len(), 2);
    // Sorted and limited before the selection, as SQL does not care: these are groups already.
    let most = Customer::query().limit(5).group_by(Customer::VISITS).order_by(count().desc()).limit(Some(1));
    let most = most.offset(0).select((Customer::VISITS, count()));
    assert_eq!(most.all(dbs).await.unwrap(), [(3, 2)]);
    let joined = Customer::query()
        .join(Customer::REFERRER)
        .select((Customer::REFERRER.column(Customer::NAME), count()));
    let joined = joined.group_by(Customer::REFERRER.column(Customer::NAME)).order_by(count().desc());
    assert_eq!(joined.all(dbs).await.unwrap()[0], (Some("Ada".to_owned()), 2));
    let (rows, (visits, number)) =
        Customer::query().select((Customer::VISITS, count())).group_by(Customer::VISITS).into_table();
    let most = rows.filter(number.gt(1)).select((visits, number)).all(dbs).await.unwrap();
    assert_eq!(most, [(3, 2)]);
}
