//! Columns of different types side by side: dates and times, and numbers. What compiles means what the server makes of it.

use ormgen_runtime::{
    Filter,
    config::ConnectionConfig,
    functions::{at_time_zone, coalesce, days, max, months, now, outer, today, when},
    prelude::*,
    types::{Decimal, NaiveDate, NaiveDateTime, Numeric},
};
use ormgen_tests::{
    generated::{
        shop::orders::{Invoice, Item},
        typed::{
            Databases,
            every_type::{EveryType, NewNumber, Number, Time},
        },
    },
    server::{TestDb, server},
};

/// Times of yesterday, today and a month ago; a row of numbers.
async fn typed() -> (TestDb, Databases) {
    let db = server(1).create_database("pairs").await;
    db.batch(include_str!("../../../schemas/every_type.sql")).await;
    db.batch(
        "INSERT INTO times (id, date, \"timestamp\", timestamptz)
         SELECT id, current_date - ago, current_date - ago + time '12:00', current_date - ago + time '12:00'
         FROM (VALUES (1, 0), (2, 1), (3, 31)) AS t (id, ago);
         INSERT INTO numbers (id, int2, int4, int8, numeric_plain, numeric_scaled, float4, float8)
         VALUES (1, 7, 7, 8, 2.5, 7, 1.5, 7)",
    )
    .await;
    let settings = vec![ConnectionConfig::new("every_type", db.url())];
    (db, Databases::lazy(settings).unwrap())
}

#[tokio::test]
async fn a_date_is_compared_with_a_time() {
    let (_db, dbs) = typed().await;
    let found = async |filter: Filter<Time>| {
        let rows = Time::query().filter(filter).order_by(Time::ID.asc()).all(&dbs).await.unwrap();
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(found(Time::DATE.gt(today() - days(30))).await, [1, 2]);
    assert_eq!(found(Time::DATE.lte(today() - months(1))).await, [3]);
    assert_eq!(found(Time::DATE.between(today() - days(1), today())).await, [1, 2]);
    assert_eq!(
        found(Time::DATE.between(today() - days(40), now().cast_to::<NaiveDateTime>() - days(2))).await,
        [3]
    );
    assert_eq!(found(Time::DATE.eq(today() - days(1))).await, [2]);
    assert_eq!(found(Time::DATE.ne(today() - days(1))).await, [1, 3]);
    assert_eq!(found(Time::DATE.is_not_distinct_from(today() - days(1))).await, [2]);
    // The other way round, column by column, and a time with zone by the clock of one.
    assert_eq!(found(Time::TIMESTAMP.gte(today())).await, [1]);
    assert_eq!(found((today() - days(30)).lt(Time::DATE)).await, [1, 2]);
    assert_eq!(found(Time::DATE.lt(Time::TIMESTAMP)).await, [1, 2, 3]);
    assert_eq!(found(at_time_zone(Time::TIMESTAMPTZ, "UTC").gt(today() - days(3))).await, [1, 2]);
    assert_eq!(found(Time::TIMESTAMPTZ.gt((today() - days(3)).cast_to())).await, [1, 2]);
    assert_eq!(found((Time::DATE - Time::TIMESTAMP).lt(days(0))).await, [1, 2, 3]);

    // A row beside another, a value of a group, and what an index on the dates serves.
    let other = Time::alias("other");
    let within = other.on(other.column(Time::DATE).lt(Time::DATE + days(-2)));
    assert_eq!(found(within.exists()).await, [1, 2]);
    let before = Time::query().filter(Time::DATE.lt(outer(Time::DATE) - days(2))).select(max(Time::ID));
    assert_eq!(
        Time::query().filter(Time::ID.eq(2)).select(before.scalar()).one(&dbs).await.unwrap(),
        Some(3)
    );
    let groups =
        Time::query().group_by(Time::ID).select(Time::ID).having(max(Time::DATE).lt(today() - days(2)));
    assert_eq!(groups.all(&dbs).await.unwrap(), [3]);

    // A date is set to a date.
    let first = Time::find(1).update();
    let set = first.set(Time::DATE, (today() - days(30)).cast_to::<NaiveDate>()).returning(Time::DATE);
    let by_hand: NaiveDate = EveryType::sql("SELECT current_date - 30").one(&dbs).await.unwrap();
    assert_eq!(set.one(&dbs).await.unwrap(), Some(by_hand));
    let set = Time::find(1).update().set(Time::DATE, today() - 30).returning(Time::DATE);
    assert_eq!(set.one(&dbs).await.unwrap(), Some(by_hand));
}

/// Each two types of numbers, with each operator, beside the same written by hand.
#[tokio::test]
async fn numbers_of_two_types() {
    let (_db, dbs) = typed().await;
    let _ = |new: NewNumber| new;
    let mut tried = 0;
    macro_rules! each {
        ($($left:ident $left_name:literal: $($right:ident $right_name:literal $to:ty),+;)+) => {$($({
            let (left, right, dbs) = (Number::$left, Number::$right, &dbs);
            // Each in a future of its own: all of them in one would need a large stack.
            Box::pin(async {
            let all = Number::query().select((left + right, left - right, left * right, left / right));
            let found: (Option<$to>, Option<$to>, Option<$to>, Option<$to>) = all.one(dbs).await.unwrap();
            let sql = concat!("SELECT ", $left_name, "+", $right_name, ", ", $left_name, "-", $right_name, ", ",
                $left_name, "*", $right_name, ", ", $left_name, "/", $right_name, " FROM numbers");
            assert_eq!(found, EveryType::sql(sql).one(dbs).await.unwrap(), "{sql}");
            let compared = Number::query().select((left.eq(right), left.lt(right), left.between(right, right)));
            let sql = concat!("SELECT ", $left_name, "=", $right_name, ", ", $left_name, "<", $right_name, ", ",
                $left_name, "=", $right_name, " FROM numbers");
            assert_eq!(compared.one(dbs).await.unwrap(), EveryType::sql(sql).one(dbs).await.unwrap(), "{sql}");
            })
            .await;
            tried += 1;
        })+)+};
    }
    each! {
        INT2 "int2": INT2 "int2" i16, INT4 "int4" i32, INT8 "int8" i64, FLOAT4 "float4" f64, FLOAT8 "float8" f64,
            NUMERIC_PLAIN "numeric_plain" Numeric, NUMERIC_SCALED "numeric_scaled" Decimal;
        INT4 "int4": INT2 "int2" i32, INT4 "int4" i32, INT8 "int8" i64, FLOAT4 "float4" f64, FLOAT8 "float8" f64,
            NUMERIC_PLAIN "numeric_plain" Numeric, NUMERIC_SCALED "numeric_scaled" Decimal;
        INT8 "int8": INT2 "int2" i64, INT4 "int4" i64, INT8 "int8" i64, FLOAT4 "float4" f64, FLOAT8 "float8" f64,
            NUMERIC_PLAIN "numeric_plain" Numeric, NUMERIC_SCALED "numeric_scaled" Decimal;
        FLOAT4 "float4": INT2 "int2" f64, INT4 "int4" f64, INT8 "int8" f64, FLOAT4 "float4" f32, FLOAT8 "float8" f64,
            NUMERIC_PLAIN "numeric_plain" f64, NUMERIC_SCALED "numeric_scaled" f64;
        FLOAT8 "float8": INT2 "int2" f64, INT4 "int4" f64, INT8 "int8" f64, FLOAT4 "float4" f64, FLOAT8 "float8" f64,
            NUMERIC_PLAIN "numeric_plain" f64, NUMERIC_SCALED "numeric_scaled" f64;
        NUMERIC_PLAIN "numeric_plain": INT2 "int2" Numeric, INT4 "int4" Numeric, INT8 "int8" Numeric,
            FLOAT4 "float4" f64, FLOAT8 "float8" f64, NUMERIC_PLAIN "numeric_plain" Numeric,
            NUMERIC_SCALED "numeric_scaled" Numeric;
        NUMERIC_SCALED "numeric_scaled": INT2 "int2" Decimal, INT4 "int4" Decimal, INT8 "int8" Decimal,
            FLOAT4 "float4" f64, FLOAT8 "float8" f64, NUMERIC_PLAIN "numeric_plain" Numeric,
            NUMERIC_SCALED "numeric_scaled" Decimal;
    }
    assert_eq!(tried, 49);
    let rest =
        (Number::INT4 % Number::INT2, Number::INT2 % Number::NUMERIC_SCALED, Number::NUMERIC_SCALED % 4);
    let found = Number::query().select(rest).one(&dbs).await.unwrap();
    assert_eq!(found, (Some(0), Some(Decimal::ZERO), Some(Decimal::from(3))));
    // What a whole number and a price come to, as one writes it.
    let _ = Item::query().select(Item::QUANTITY * Item::PRICE);
    let _ = Invoice::query().filter(Invoice::DUE_ON.lt(Invoice::ISSUED_ON + months(1)));
}

#[tokio::test]
async fn a_case_of_texts_takes_plain_texts() {
    let (_db, dbs) = typed().await;
    let speed = || when(Time::ID.gt(2), "high").when(Time::ID.gt(1), String::from("mid")).otherwise("low");
    let all = Time::query().order_by(Time::ID.asc()).select((speed(), coalesce(speed(), "none")));
    let found = all.all(&dbs).await.unwrap();
    assert_eq!(found.iter().map(|(speed, _)| speed.as_str()).collect::<Vec<_>>(), ["low", "mid", "high"]);
    let name = String::from("high");
    let borrowed = when(Time::ID.gt(2), &name).otherwise(name.as_str());
    assert_eq!(Time::query().filter(borrowed.eq("high")).count(&dbs).await.unwrap(), 3);
    // The first value decides, whichever types compare with it.
    let dates = when(Time::ID.eq(1), Time::DATE).otherwise(today());
    assert_eq!(Time::query().filter(dates.eq(today())).count(&dbs).await.unwrap(), 3);
    let big = when(Time::ID.gt(2), 5_i64).otherwise(0);
    assert_eq!(Time::query().filter(big.eq(5)).count(&dbs).await.unwrap(), 1);
}
