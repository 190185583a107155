//! Every type × its extremes × what happens, as a table that is kept in `tests/values.md`; `ORMGEN_UPDATE=1` writes it anew.
//!
//! A value that is read must be the one that is there, or an error: no row of the table may say that it becomes another.

use std::{env, fmt::Debug, fs};

use ormgen::{catalog::QName, model::types::builtin};
use ormgen_runtime::{Error, Pool, config::ConnectionConfig, prelude::*, types::*};
use ormgen_tests::{
    generated::extreme::extremes::Extremes,
    server::{TestDb, server},
};
use tokio_postgres::{
    Client,
    types::{FromSqlOwned, ToSql as DriverToSql},
};

/// What the table shows of values that come back as another text, and why that is no other value.
const SAME_VALUE: &[(&str, &str, &str)] = &[
    ("jsonb", "1.10", "the same number; `jsonb` alone keeps the zero"),
    ("json", "1.10", "the same number; `json` alone keeps the zero"),
    ("int4[]", "[0:1]={1,2}", "`Vec` has no subscripts of its own: `Array` keeps them"),
];

/// A server, and the table so far.
struct Table {
    client: Client,
    pool: Pool<Extremes>,
    rows: Vec<String>,
    wrong: Vec<String>,
}

impl Table {
    async fn new(db: &TestDb) -> Self {
        let pool = Pool::new(&ConnectionConfig::new("extremes", db.url())).expect("a pool");
        Self { client: db.connect().await, pool, rows: Vec::new(), wrong: Vec::new() }
    }

    /// What happens to values of a type that are read as `T` and sent back.
    async fn read<T>(&mut self, ty: &str, rust: &str, literals: &[&str])
    where
        T: FromSqlOwned + DriverToSql + Sync + Send + Debug + 'static,
    {
        for literal in literals {
            let outcome = self.outcome::<T>(ty, literal).await;
            let known = SAME_VALUE.iter().find(|(own, value, _)| *own == ty && value == literal);
            let outcome = match (outcome, known) {
                (Outcome::Held, _) => "held".to_owned(),
                (Outcome::Refused(why), _) => format!("error: {why}"),
                (Outcome::Becomes(text), Some((.., why))) => format!("held as `{text}`: {why}"),
                (outcome, _) => {
                    self.wrong.push(format!("{ty} {literal} as {rust}: {outcome:?}"));
                    continue;
                }
            };
            let shown = |text: &str| text.replace('|', "\\|");
            self.rows.push(format!(
                "| `{ty}` | `{}` | `{}` | {outcome} |",
                shown(literal),
                rust.replace(' ', "")
            ));
        }
    }

    async fn outcome<T>(&self, ty: &str, literal: &str) -> Outcome
    where
        T: FromSqlOwned + DriverToSql + Sync + Send + Debug + 'static,
    {
        let escaped = literal.replace('\'', "''");
        let shown = if matches!(ty, "json" | "jsonb") { "::jsonb::text" } else { "::text" };
        let there = self.client.query_one(&format!("SELECT ('{escaped}'::{ty}){shown}"), &[]).await;
        let there: String = there.unwrap_or_else(|error| panic!("{ty} {literal}: {error:?}")).get(0);
        // A statement's text is known when a program is compiled: here it is made, and kept for good.
        let sql: &'static str = format!("SELECT '{escaped}'::{ty}").leak();
        match Extremes::sql::<T>(sql).one(&self.pool).await {
            Ok(value) => {
                let back = self.client.query_one(&format!("SELECT ($1::{ty}){shown}"), &[&value]).await;
                let back: String = back.unwrap_or_else(|error| panic!("{ty} {literal}: {error:?}")).get(0);
                if back == there { Outcome::Held } else { Outcome::Becomes(back) }
            }
            Err(Error::Decode { source, .. }) => Outcome::Refused(innermost(&source)),
            Err(error) => panic!("{ty} {literal}: {error}"),
        }
    }

    /// What becomes of a value of Rust's that is sent.
    async fn send(&mut self, ty: &str, rust: &str, what: &str, value: &(dyn DriverToSql + Sync)) {
        let row = self.client.query_one(&format!("SELECT ($1::{ty})::text"), &[value]).await;
        let outcome = match row {
            Ok(row) => format!("stored as `{}`", row.get::<_, String>(0)),
            // The lines behind the first are DETAIL and HINT.
            Err(error) => format!("error: {}", innermost(&error).lines().next().unwrap_or_default()),
        };
        self.rows.push(format!("| `{rust}` | {what} | `{ty}` | {outcome} |"));
    }

    fn section(&mut self, title: &str, columns: [&str; 3]) {
        let [first, second, third] = columns;
        self.rows.push(format!("\n## {title}\n\n| {first} | {second} | {third} | what happens |"));
        self.rows.push("| --- | --- | --- | --- |".to_owned());
    }
}

#[derive(Debug)]
enum Outcome {
    Held,
    Becomes(String),
    Refused(String),
}

fn innermost(error: &tokio_postgres::Error) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Reads values of SQL types as the Rust types that columns of them have by default.
macro_rules! defaults {
    ($table:ident: $($sql:literal as $rust:ty: [$($literal:literal),+];)+) => {$(
        is_default($sql, stringify!($rust));
        $table.read::<$rust>($sql, stringify!($rust), &[$($literal),+]).await;
    )+};
}

/// Reads values as the types that the manifest may choose.
macro_rules! chosen {
    ($table:ident: $($sql:literal as $rust:ty: [$($literal:literal),+];)+) => {$(
        $table.read::<$rust>($sql, stringify!($rust), &[$($literal),+]).await;
    )+};
}

/// The generator's table says the same. (It knows no arrays, and no precision of `numeric`.)
fn is_default(sql: &str, rust: &str) {
    let name = sql.trim_matches('"');
    if name.contains(['[', '(']) {
        return;
    }
    let listed = builtin(&QName::builtin(name)).unwrap_or_else(|| panic!("`{name}` is not in the table"));
    let plain = |text: &str| text.replace("ormgen_runtime::types::", "").replace(' ', "");
    assert_eq!(plain(&listed.to_string()), plain(rust), "{sql}");
}

#[tokio::test]
async fn every_extreme_is_held_or_refused() {
    let db = server(1).create_database("extremes").await;
    let mut table = Table::new(&db).await;
    table.section("Read as the default type", ["type", "value", "Rust type"]);
    numbers(&mut table).await;
    times(&mut table).await;
    others(&mut table).await;
    arrays(&mut table).await;
    table.section("Read as a type that the manifest chooses", ["type", "value", "Rust type"]);
    choices(&mut table).await;
    table.section("Sent", ["Rust type", "value", "column"]);
    sent(&mut table).await;
    assert!(table.wrong.is_empty(), "{:#?}", table.wrong);
    compare(&table.rows);
}

async fn numbers(table: &mut Table) {
    defaults! { table:
        "bool" as bool: ["true", "false"];
        "int2" as i16: ["-32768", "32767"];
        "int4" as i32: ["-2147483648", "2147483647"];
        "int8" as i64: ["-9223372036854775808", "9223372036854775807"];
        "float4" as f32: ["NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38"];
        "float8" as f64: ["NaN", "Infinity", "-Infinity", "-0", "5e-324", "1.7976931348623157e308"];
        "numeric" as Numeric: [
            "NaN", "Infinity", "-Infinity", "12345678901234567890123456789.5", "1e-60", "1e131071", "0.000"
        ];
        "numeric(28,10)" as Decimal: ["999999999999999999.9999999999", "-0.0000000001", "NaN"];
        "numeric(3,-2)" as Decimal: ["99900"];
        "money" as Money: ["-92233720368547758.08", "92233720368547758.07"];
        "oid" as u32: ["4294967295"];
        "xid" as Xid: ["4294967295"];
        "xid8" as Xid8: ["18446744073709551615"];
        "cid" as Cid: ["4294967295"];
        "tid" as Tid: ["(4294967295,65535)"];
        "pg_lsn" as PgLsn: ["FFFFFFFF/FFFFFFFF"];
    }
}

async fn times(table: &mut Table) {
    defaults! { table:
        "date" as NaiveDate: ["4713-11-24 BC", "262142-12-31", "5874897-12-31", "infinity", "-infinity"];
        "time" as NaiveTime: ["00:00:00", "23:59:59.999999", "24:00:00"];
        "timetz" as TimeTz: ["24:00:00-15:59:59", "00:00:00+15:59:59"];
        "timestamp" as NaiveDateTime: [
            "4713-11-24 00:00:00 BC", "262142-12-31 23:59:59.999999", "294276-12-31 23:59:59.999999", "infinity",
            "-infinity"
        ];
        "timestamptz" as DateTime<Utc>: [
            "4713-11-24 00:00:00+00 BC", "262142-12-31 23:59:59.999999+00", "294276-12-31 23:59:59.999999+00",
            "infinity", "-infinity"
        ];
        "interval" as Interval: ["178000000 years", "-178000000 years", "2147483647 days -00:00:00.000001"];
        "daterange" as Range<NaiveDate>: ["empty", "(,)", "[2020-01-01,)", "[2020-01-01,infinity)"];
        "tsrange" as Range<NaiveDateTime>: ["empty", "[2020-01-01 00:00:00,infinity)"];
        "tstzrange" as Range<DateTime<Utc>>: ["(,)", "[-infinity,2020-01-01 00:00:00+00]"];
        "datemultirange" as Multirange<NaiveDate>: ["{}", "{[2020-01-01,infinity)}"];
        "tsmultirange" as Multirange<NaiveDateTime>: ["{(,)}", "{[-infinity,2020-01-01)}"];
        "tstzmultirange" as Multirange<DateTime<Utc>>: ["{(,)}", "{[2020-01-01 00:00:00+00,infinity]}"];
    }
}

async fn others(table: &mut Table) {
    defaults! { table:
        "text" as String: ["", "a'b\\ €😀"];
        "varchar" as String: [""];
        "bpchar" as String: ["ab  "];
        "name" as String: ["ab"];
        "\"char\"" as i8: ["", "a"];
        "bytea" as Vec<u8>: ["\\x", "\\x00ff"];
        "bit" as BitString: ["1"];
        "varbit" as BitString: ["", "101010101"];
        "uuid" as Uuid: ["ffffffff-ffff-ffff-ffff-ffffffffffff"];
        "json" as JsonValue: [
            "18446744073709551615", "1.10", "0.1", "123456789012345678901234567890", "0.1234567890123456789", "1e-400"
        ];
        "jsonb" as JsonValue: [
            "18446744073709551615", "1.10", "1e20", "123456789012345678901234567890",
            "{\"a\": [-1.0000000000000000000001]}"
        ];
        "inet" as IpInet: ["0.0.0.0/0", "2001:db8::5/32"];
        "cidr" as IpCidr: ["0.0.0.0/0", "::/0"];
        "macaddr" as MacAddr: ["ff:ff:ff:ff:ff:ff"];
        "macaddr8" as MacAddr8: ["ff:ff:ff:ff:ff:ff:ff:ff"];
        "point" as Point: ["(NaN,Infinity)", "(-0,5e-324)"];
        "line" as Line: ["{1,-0,NaN}"];
        "lseg" as LineSegment: ["[(0,0),(Infinity,1)]"];
        "box" as Rectangle: ["(1,1),(0,0)"];
        "path" as Path: ["[(0,0)]", "((0,0),(1,1))"];
        "polygon" as Polygon: ["((0,0),(1,1),(1,0))"];
        "circle" as Circle: ["<(0,0),Infinity>"];
        "int4range" as Range<i32>: ["empty", "(,)", "[-2147483648,2147483647)"];
        "int8range" as Range<i64>: ["empty", "[-9223372036854775808,9223372036854775807)"];
        "numrange" as Range<Numeric>: ["[0,Infinity)", "[1e-60,NaN]", "(,12345678901234567890123456789.5)"];
        "int4multirange" as Multirange<i32>: ["{}", "{[1,3),[5,)}"];
        "int8multirange" as Multirange<i64>: ["{(,)}"];
        "nummultirange" as Multirange<Numeric>: ["{[0,1e60],[1e70,Infinity]}"];
        "tsvector" as TsVector: ["", "'a':1A,16383"];
        "tsquery" as TsQuery: ["'a' <16384> 'b'"];
        "jsonpath" as JsonPath: ["$.\"a\"[*]"];
        "pg_snapshot" as Snapshot: ["10:20:10,14"];
    }
}

async fn arrays(table: &mut Table) {
    defaults! { table:
        "int4[]" as Vec<i32>: ["{}", "{1,2}", "{1,NULL}", "{{1,2},{3,4}}", "[0:1]={1,2}"];
        "numeric[]" as Vec<Numeric>: ["{NaN,1e60}"];
        "numeric(12,2)[]" as Vec<Decimal>: ["{1.50}", "{1.50,NaN}"];
        "time[]" as Vec<NaiveTime>: ["{23:59:59,24:00:00}"];
        "jsonb[]" as Vec<JsonValue>: ["{123456789012345678901234567890}"];
        "timestamptz[]" as Vec<DateTime<Utc>>: ["{infinity}"];
    }
}

async fn choices(table: &mut Table) {
    chosen! { table:
        "date" as OrInfinity<NaiveDate>: ["infinity", "-infinity", "2020-01-01"];
        "timestamp" as OrInfinity<NaiveDateTime>: ["infinity", "-infinity", "2020-01-01 00:00:00"];
        "timestamptz" as OrInfinity<DateTime<Utc>>: ["infinity", "-infinity", "2020-01-01 00:00:00+00"];
        "tstzrange" as Range<OrInfinity<DateTime<Utc>>>: ["[2020-01-01 00:00:00+00,infinity)", "[-infinity,infinity]"];
        "datemultirange" as Multirange<OrInfinity<NaiveDate>>: ["{[2020-01-01,infinity)}"];
        "time" as Time: ["24:00:00", "00:00:00"];
        "json" as JsonText: ["123456789012345678901234567890", "1.10"];
        "jsonb" as JsonText: ["{\"a\": [-1.0000000000000000000001]}"];
        "numeric(28,10)" as Numeric: ["NaN"];
        "numeric" as Decimal: ["79228162514264337593543950335", "12345678901234567890123456789.5", "1e-60", "NaN"];
        "numrange" as Range<Decimal>: ["[1.5,2.5)", "[0,1e60)"];
        "int4[]" as Vec<Option<i32>>: ["{1,NULL}", "{{1,2},{3,4}}"];
        "int4[]" as Array<Option<i32>>: ["{1,NULL}", "{{1,NULL},{3,4}}", "[0:1]={1,2}"];
        "numeric[]" as Array<Option<Decimal>>: ["{1.5,NULL}", "{1e60}"];
        "timestamptz[]" as Array<Option<OrInfinity<DateTime<Utc>>>>: ["{infinity,NULL}"];
    }
}

async fn sent(table: &mut Table) {
    let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a date");
    let late = date(2026, 12, 31).and_hms_nano_opt(23, 59, 59, 123_456_789).expect("a time");
    let leap = date(2016, 12, 31).and_hms_nano_opt(23, 59, 59, 1_500_000_000).expect("a leap second");
    table.send("timestamptz", "DateTime<Utc>", "nanoseconds: `23:59:59.123456789`", &late.and_utc()).await;
    table.send("timestamptz", "DateTime<Utc>", "a leap second: `23:59:60.5`", &leap.and_utc()).await;
    table.send("timestamptz", "DateTime<Utc>", "`MAX_UTC`", &DateTime::<Utc>::MAX_UTC).await;
    table.send("date", "NaiveDate", "`MAX`", &NaiveDate::MAX).await;
    table.send("date", "NaiveDate", "`MIN`", &NaiveDate::MIN).await;
    table.send("time", "NaiveTime", "nanoseconds: `23:59:59.123456789`", &late.time()).await;
    table.send("time", "NaiveTime", "a leap second: `23:59:60.5`", &leap.time()).await;
    table.send("numeric", "Decimal", "`MAX`", &Decimal::MAX).await;
    table.send("numeric", "Decimal", "10^-28", &Decimal::new(1, 28)).await;
    table
        .send("numeric(12,2)", "Decimal", "more decimals than the column: `1.999`", &Decimal::new(1999, 3))
        .await;
    table
        .send("numeric(3,1)", "Decimal", "more digits than the column: `100.0`", &Decimal::new(1000, 1))
        .await;
    table.send("text", "String", "a zero byte", &"a\0b").await;
    table.send("varchar(2)", "String", "more characters than an explicit cast keeps", &"abc").await;
    table.send("float8", "f64", "`NaN`", &f64::NAN).await;
    table.send("float8", "f64", "`-0.0`", &-0.0_f64).await;
}

fn compare(rows: &[String]) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("values.md");
    let text = format!(
        "# Values\n\nWhat happens to the extremes of each type. A value is held exactly, or reading it is an error: it is never \
         rounded.\n`held` means that the value was read, sent back, and is the same for the server. Written by\n\
         `tests/tests/types/extremes.rs` with `ORMGEN_UPDATE=1`.\n{}\n",
        rows.join("\n")
    );
    if env::var_os("ORMGEN_UPDATE").is_some() {
        fs::write(&path, &text).expect("the table can be written");
    }
    let kept = fs::read_to_string(&path).expect("tests/values.md");
    assert_eq!(kept, text, "tests/values.md differs: ORMGEN_UPDATE=1 writes it anew");
}
