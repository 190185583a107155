//! Functions, aggregates, and the expressions that hold them.

use ormgen_runtime::{
    NotNull, Result,
    functions::{
        abs, array_agg, avg, coalesce, concat, count, count_distinct, count_of, length, lower, max, min, now,
        nullif, random, row_number, sql, sum, trim, upper, when, window,
    },
    prelude::*,
    types::Decimal,
};
use ormgen_tests::generated::shop::{
    crm::{Customer, Tier},
    orders::{Item, Order, OrderStatus, Product},
};

use super::{dbs, letters};

#[tokio::test]
async fn functions_of_one_row() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let ada = Customer::query().filter(Customer::ID.eq(1)).select((
        lower(Customer::NAME),
        upper(Customer::NAME),
        length(Customer::NAME),
        concat(concat(Customer::NAME, " & "), Customer::EMAIL),
        coalesce(Customer::REFERRER_ID, 0),
        abs(Customer::VISITS - 20),
        nullif(Customer::VISITS, 12),
    ));
    let ada = ada.one(&dbs).await?;
    assert_eq!((ada.0.as_str(), ada.1.as_str(), ada.2), ("ada lovelace", "ADA LOVELACE", 12));
    assert_eq!((ada.3.as_str(), ada.4, ada.5, ada.6), ("Ada Lovelace & ada@example.org", 0, 8, None));
    let bob = Customer::query().filter(trim(Customer::NAME).eq("Bob")).all(&dbs).await?;
    assert_eq!(letters(&bob), "b");

    let mut shuffled = Customer::query().order_by(random().asc()).select(Customer::ID).all(&dbs).await?;
    shuffled.sort_unstable();
    assert_eq!(shuffled, [1, 2, 3, 4, 5]);
    let one_of_them = Customer::query().order_by(random().asc()).first(&dbs).await?;
    assert!(one_of_them.is_some());
    Ok(())
}

#[tokio::test]
async fn functions_of_many_rows() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let counts = Customer::query().select((
        count(),
        count_of(Customer::BORN_ON),
        count_distinct(Customer::VISITS),
        count().filter(Customer::ACTIVE),
    ));
    assert_eq!(counts.one(&dbs).await?, (5, 3, 4, 4));
    let sums = Customer::query().select((
        sum(Customer::VISITS),
        avg(Customer::VISITS),
        min(Customer::VISITS),
        max(Customer::VISITS),
        sum(Customer::VISITS).distinct(),
    ));
    let (sum_of, average, least, most, distinct) = sums.one(&dbs).await?;
    assert_eq!((sum_of, average.map(|of| of.normalize())), (Some(25), Some(Decimal::from(5))));
    assert_eq!((least, most, distinct), (Some(0), Some(12), Some(22)));
    let tiers = Customer::query().select(array_agg(Customer::TIER).order_by(Customer::ID.asc()));
    let tiers = tiers.one(&dbs).await?;
    assert_eq!(tiers.map(|tiers| tiers[..2].to_vec()), Some(vec![Tier::Gold, Tier::Bronze]));

    let dearest = Order::query().order_by(Order::ID.asc()).annotate(Order::ITEMS.max(Item::PRICE));
    let dearest: Vec<_> = dearest.all(&dbs).await?.into_iter().map(|(_, price)| price).collect();
    assert_eq!(dearest, [Some(20), Some(25), None, Some(1)].map(|price| price.map(Decimal::from)));
    let many = Order::query().annotate(Order::ITEMS.matching(Item::QUANTITY.gt(1)).count());
    let many: i64 = many.all(&dbs).await?.into_iter().map(|(_, lines)| lines).sum();
    assert_eq!(many, 3);
    let numbered = Customer::query()
        .order_by(Customer::ID.asc())
        .annotate(row_number().over(window().order_by(Customer::EMAIL.desc())))
        .all(&dbs)
        .await?;
    assert_eq!(numbered.iter().map(|(_, number)| *number).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    Ok(())
}

#[tokio::test]
async fn expressions() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let frequent =
        Customer::query().filter((Customer::VISITS * 2).gt(Customer::VISITS + 5)).all(&dbs).await?;
    assert_eq!(super::sorted(&letters(&frequent)), "ae");
    let odd = Customer::query().filter((Customer::VISITS % 2).eq(1)).all(&dbs).await?;
    assert_eq!(super::sorted(&letters(&odd)), "cde");
    Customer::query().update().set(Customer::VISITS, Customer::VISITS + 1).execute(&dbs).await?;
    let touched = Customer::find(1).update().set(Customer::UPDATED_AT, now()).one(&dbs).await?;
    assert!(touched.visits == 13 && touched.updated_at > touched.created_at);

    let level = || {
        when(Customer::VISITS.gt(10), "often".to_owned())
            .when(Customer::VISITS.gt(1), "sometimes")
            .otherwise("never")
    };
    let levels: Vec<String> =
        Customer::query().order_by(Customer::ID.asc()).select(level()).all(&dbs).await?;
    assert_eq!(levels, ["often", "never", "sometimes", "sometimes", "sometimes"]);
    let changed = Customer::query().update().set(Customer::NAME, level()).all(&dbs).await?;
    assert_eq!(changed.iter().filter(|row| row.name == "sometimes").count(), 3);

    // Values of every type, alone and beside a column.
    let paid =
        when(Order::STATUS.eq(OrderStatus::Paid), 2).when(Order::TOTAL.gt(Decimal::ZERO), 1).otherwise(0);
    let orders = Order::query().order_by(Order::ID.asc()).annotate((
        paid,
        when(Order::INVOICE.exists(), true).otherwise(false),
        when(Order::TOTAL.gt(Decimal::from(45)), Order::TOTAL).otherwise(Decimal::ONE),
        when(Order::ID.eq(1), now()).end(),
        when(Order::ID.eq(1), 0.5).end(),
    ));
    let orders: Vec<_> = orders.all(&dbs).await?.into_iter().map(|(_, beside)| beside).collect();
    assert_eq!(
        orders.iter().map(|row| (row.0, row.1)).collect::<Vec<_>>(),
        [(1, false), (2, true), (0, false), (1, false)]
    );
    assert_eq!((orders[0].2, orders[1].2), (Decimal::ONE, Decimal::from(50)));
    assert!(orders[0].3.is_some() && orders[1].3.is_none() && orders[0].4 == Some(0.5));

    let close = Customer::query()
        .filter(sql("mod(").column(Customer::VISITS).text(", ").value(5).text(") = 3").filter())
        .all(&dbs)
        .await?;
    assert_eq!(super::sorted(&letters(&close)), "ae");
    let months: Vec<String> = Customer::query()
        .order_by(Customer::ID.asc())
        .select(
            sql("to_char(").column(Customer::CREATED_AT).text(", 'YYYY-MM')").expression::<String, NotNull>(),
        )
        .all(&dbs)
        .await?;
    assert_eq!(months[2], "2024-05");
    let average = Product::query().select(avg(Product::PRICE)).scalar();
    let dear = Product::query().filter(Product::PRICE.gt(average)).all(&dbs).await?;
    assert_eq!(dear.iter().map(|product| &*product.sku).collect::<Vec<_>>(), ["B-2"]);
    Ok(())
}

#[tokio::test]
async fn text_search() -> Result<()> {
    let (_shop, dbs) = dbs().await;
    let found = Customer::query()
        .filter(Customer::SEARCH.search("simple", "ada or eve"))
        .order_by(Customer::SEARCH.search_rank("simple", "eve").desc())
        .all(&dbs)
        .await?;
    assert_eq!(letters(&found), "ea");
    let marked = Customer::query().filter(Customer::NAME.search("simple", "lovelace")).annotate((
        Customer::NAME.search_rank("simple", "lovelace"),
        Customer::NAME.search_headline("simple", "lovelace"),
    ));
    let (_, (rank, headline)) = marked.one(&dbs).await?;
    assert!(rank > 0.0 && headline == "Ada <b>Lovelace</b>", "{rank} {headline}");
    let none = Customer::query().filter(Customer::ID.eq(2));
    let none = none.select(Customer::NAME.search_rank("simple", "lovelace")).one(&dbs).await?;
    assert_eq!(none, 0.0);
    Ok(())
}
