//! Every type of the table goes to the server and comes back.

use std::ops::Bound;

use ormgen::model::types::{BUILTIN, EXTENSION};
use ormgen_runtime::types::*;
use ormgen_tests::server::server;
use proptest::prelude::*;

use crate::values::{Checker, and_more};

/// Not in a server's own packages: its format is tested by its bytes, in the runtime.
const NOT_INSTALLED: &[&str] = &["vector"];

#[tokio::test]
async fn every_type_goes_there_and_back() {
    let db = server(1).create_database("round_trip").await;
    let mut checker = Checker::new(db.connect().await);
    checker.look_what_is_lacking().await;
    numbers(&mut checker).await;
    texts(&mut checker).await;
    times(&mut checker).await;
    json(&mut checker).await;
    networks(&mut checker).await;
    geometry(&mut checker).await;
    ranges(&mut checker).await;
    text_search(&mut checker).await;
    identifiers(&mut checker).await;
    extensions(&mut checker).await;
    let unchecked: Vec<_> = BUILTIN
        .iter()
        .chain(EXTENSION)
        .map(|(name, _)| *name)
        .filter(|name| !checker.checked.contains(*name) && !NOT_INSTALLED.contains(name))
        .filter(|name| !checker.lacks(name))
        .collect();
    assert!(unchecked.is_empty(), "{unchecked:?}");
}

async fn numbers(checker: &mut Checker) {
    checker.same("bool", &[false, true]).await;
    checker.same_text("int2", &and_more(&[i16::MIN, 0, i16::MAX], any::<i16>())).await;
    checker.same_text("int4", &and_more(&[i32::MIN, 0, i32::MAX], any::<i32>())).await;
    checker.same_text("int8", &and_more(&[i64::MIN, 0, i64::MAX], any::<i64>())).await;
    let extremes = [f32::MIN, -0.0, f32::MIN_POSITIVE, 1e-45, f32::MAX, f32::INFINITY, f32::NEG_INFINITY];
    checker.same("float4", &and_more(&extremes, prop::num::f32::NORMAL)).await;
    let extremes = [f64::MIN, -0.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY];
    checker.same("float8", &and_more(&extremes, prop::num::f64::NORMAL)).await;
    let money = and_more(&[i64::MIN, 0, i64::MAX], any::<i64>());
    checker.same("money", &money.into_iter().map(Money).collect::<Vec<_>>()).await;

    let least = Decimal::new(1, 28);
    let decimal = (any::<i64>(), 0..19_u32).prop_map(|(number, scale)| Decimal::new(number, scale));
    let decimals =
        [Decimal::MIN, Decimal::MAX, Decimal::ZERO, least, Decimal::new(150, 2), Decimal::new(10_000, 0)];
    checker.same_text("numeric", &and_more(&decimals, decimal)).await;
    let long = format!("-{}.{}", "1234567890".repeat(20), "0987654321".repeat(20));
    let numerics = [
        "NaN",
        "Infinity",
        "-Infinity",
        "0",
        "0.000",
        "1e131071",
        "1e-16383",
        "100000000",
        "-1e4",
        "0.00010",
        &long,
    ];
    checker.read::<Numeric>("numeric", &numerics).await;
    let digits = "-?[0-9]{1,30}(\\.[0-9]{1,30})?(e-?[0-9]{1,2})?";
    let numeric = digits.prop_map(|text| text.parse::<Numeric>().expect("a number"));
    checker.same_text("numeric", &and_more(&[], numeric)).await;

    let bits =
        prop::collection::vec(any::<bool>(), 0..40).prop_map(|bits| bits.into_iter().collect::<BitString>());
    checker.same_text("varbit", &and_more(&[BitString::default()], bits)).await;
    checker.read::<BitString>("bit", &["", "1", "10000000", "101010101"]).await;
}

async fn texts(checker: &mut Checker) {
    let texts =
        || and_more(&[String::new(), "it's \"q\" \\ €😀\n".to_owned()], "[^\0]{0,20}".prop_map(String::from));
    checker.same_text("text", &texts()).await;
    checker.same_text("varchar", &texts()).await;
    checker.same("bpchar", &texts()).await;
    checker.same_text("name", &and_more(&[], "[a-zé]{0,30}".prop_map(String::from))).await;
    checker.same("char", &[i8::MIN, -1, 0, 1, 65, i8::MAX]).await;
    checker.same("bytea", &and_more(&[Vec::new(), (0..=255).collect()], any::<Vec<u8>>())).await;
    checker.same_text("uuid", &and_more(&[], any::<u128>().prop_map(Uuid::from_u128))).await;
    if !checker.lacks("xml") {
        checker.same_text("xml", &["<a b=\"c\">d</a>", "text &amp; more", ""].map(Xml::from)).await;
    }
    checker.same_text("refcursor", &["", "a cursor"].map(RefCursor::from)).await;
}

async fn times(checker: &mut Checker) {
    // The server's first day, and chrono's last.
    let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a date");
    let (first, last) = (date(-4713, 11, 24), date(262_142, 12, 31));
    let noon = NaiveTime::from_hms_micro_opt(12, 0, 0, 1).expect("a time");
    let late = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).expect("a time");
    checker.same("date", &[first, date(1, 1, 1), date(2000, 2, 29), last]).await;
    checker.same("time", &[NaiveTime::MIN, noon, late]).await;
    let times = [first.and_time(NaiveTime::MIN), date(1999, 12, 31).and_time(noon), last.and_time(late)];
    checker.same("timestamp", &times).await;
    checker.same("timestamptz", &times.map(|time| time.and_utc())).await;

    checker.same("date", &[OrInfinity::NegInfinity, OrInfinity::Value(first), OrInfinity::Infinity]).await;
    checker
        .same("timestamp", &[OrInfinity::NegInfinity, OrInfinity::Value(times[1]), OrInfinity::Infinity])
        .await;
    let utc = times[1].and_utc();
    checker
        .same("timestamptz", &[OrInfinity::NegInfinity, OrInfinity::Value(utc), OrInfinity::Infinity])
        .await;

    let literals = [
        "00:00:00+00",
        "24:00:00-15:59:59",
        "13:37:00.5+05:30",
        "23:59:59.999999+15:59:59",
        "1:2:3.000001-0:30",
    ];
    checker.read::<TimeTz>("timetz", &literals).await;
    let zoned = (0..86_400_000_000_i64, -57_599..57_600_i32);
    let zoned = zoned.prop_map(|(microseconds, utc_offset)| TimeTz { microseconds, utc_offset });
    checker.same_text("timetz", &and_more(&[], zoned)).await;

    let literals = [
        "0",
        "1 year",
        "-1 year 2 mons -3 days 4:05:06.7",
        "P1Y2M3DT4H5M6S",
        "1 mon -1 day",
        "-0.000001 sec",
    ];
    checker.read::<Interval>("interval", &literals).await;
    let extremes = [
        Interval::new(i32::MIN, 0, 0),
        Interval::new(0, i32::MIN, 0),
        Interval::new(0, 0, i64::MIN),
        Interval::new(i32::MAX, i32::MIN, i64::MAX),
    ];
    let interval = (any::<i32>(), any::<i32>(), any::<i64>());
    let interval =
        interval.prop_map(|(months, days, microseconds)| Interval::new(months, days, microseconds));
    checker.same_text("interval", &and_more(&extremes, interval)).await;
}

async fn json(checker: &mut Checker) {
    let texts = ["null", "[]", "{}", "1", "-1.5", "\"é\\n\"", r#"{"a": [1, null, {"b": true}], "c": ""}"#];
    let values: Vec<JsonValue> = texts.iter().map(|text| text.parse().expect("JSON")).collect();
    checker.same("json", &values).await;
    checker.same("jsonb", &values).await;
    let paths = ["$", "strict $.a[*] ? (@.b > 1)", "$.\"it's\"[last].size()"];
    checker.read::<JsonPath>("jsonpath", &paths).await;
}

async fn networks(checker: &mut Checker) {
    let inet = ["0.0.0.0/0", "192.168.1.5/24", "255.255.255.255", "::1", "2001:db8::5/32"];
    checker.same("inet", &inet.map(|text| text.parse::<IpInet>().expect("an address"))).await;
    let cidr = ["0.0.0.0/0", "10.0.0.0/8", "10.1.2.3/32", "2001:db8::/32"];
    checker.same("cidr", &cidr.map(|text| text.parse::<IpCidr>().expect("a network"))).await;
    checker.same_text("macaddr", &and_more(&[], any::<[u8; 6]>().prop_map(MacAddr))).await;
    checker.same_text("macaddr8", &and_more(&[], any::<[u8; 8]>().prop_map(MacAddr8))).await;
}

async fn geometry(checker: &mut Checker) {
    let point = (prop::num::f64::NORMAL, -1000.0..1000.0).prop_map(|(x, y)| Point { x, y });
    let points = and_more(
        &[
            Point::new(f64::INFINITY, f64::NEG_INFINITY),
            Point::new(-0.0, 5e-324),
            Point::new(f64::MAX, f64::MIN),
            Point::new(1e15, 1e-5),
            Point::new(123_456_789_012_345.0, 0.0001),
        ],
        point,
    );
    checker.same_text("point", &points).await;
    let lines: Vec<_> = points.iter().map(|point| Line { a: 1.5, b: point.x, c: point.y }).collect();
    checker.same_text("line", &lines).await;
    let pairs = || points.iter().zip(points.iter().skip(1)).map(|(start, end)| (*start, *end));
    let segments: Vec<_> = pairs().map(|(start, end)| LineSegment { start, end }).collect();
    checker.same_text("lseg", &segments).await;
    let boxes: Vec<_> = pairs()
        .map(|(a, b)| Rectangle {
            upper_right: Point::new(a.x.max(b.x), a.y.max(b.y)),
            lower_left: Point::new(a.x.min(b.x), a.y.min(b.y)),
        })
        .collect();
    checker.same_text("box", &boxes).await;
    let circles: Vec<_> = pairs().map(|(center, other)| Circle { center, radius: other.y.abs() }).collect();
    checker.same_text("circle", &circles).await;
    let finite: Vec<Point> = points.iter().filter(|point| point.x.is_finite()).copied().collect();
    let parts = [finite[..1].to_vec(), finite.clone()];
    checker.same_text("polygon", &parts.clone().map(|points| Polygon { points })).await;
    let [one, many] = parts;
    checker
        .same_text("path", &[Path { closed: true, points: one }, Path { closed: false, points: many }])
        .await;
}

async fn ranges(checker: &mut Checker) {
    let date = |day| NaiveDate::from_ymd_opt(2024, 2, day).expect("a date");
    let time = |day| date(day).and_time(NaiveTime::MIN);
    let decimals = [Decimal::new(-15, 1), Decimal::new(200, 2)];
    checker.same_text("int4range", &discrete([i32::MIN, i32::MAX])).await;
    checker.same_text("int8range", &discrete([i64::MIN, 7])).await;
    checker.same_text("daterange", &discrete([date(1), date(29)])).await;
    checker.same_text("numrange", &continuous(decimals)).await;
    checker.same_text("tsrange", &continuous([time(1), time(2)])).await;
    checker.same("tstzrange", &continuous([time(1).and_utc(), time(2).and_utc()])).await;

    checker.same_text("int4multirange", &several([(1..3).into(), (5..9).into()])).await;
    checker.same_text("int8multirange", &several([(..-5_i64).into(), (5..).into()])).await;
    checker.same_text("datemultirange", &several([(date(1)..date(2)).into(), (date(5)..).into()])).await;
    checker
        .same_text("nummultirange", &several([(..decimals[0]).into(), (decimals[1]..=decimals[1]).into()]))
        .await;
    checker.same_text("tsmultirange", &several([(..time(1)).into(), (time(2)..time(3)).into()])).await;
    let utc = |day| time(day).and_utc();
    checker.same("tstzmultirange", &several([(..utc(1)).into(), (utc(2)..utc(3)).into()])).await;
}

/// Ranges in the server's form over a discrete type.
fn discrete<T: Copy>([low, high]: [T; 2]) -> Vec<Range<T>> {
    vec![Range::Empty, (low..high).into(), (low..).into(), (..high).into(), (..).into()]
}

/// Ranges whose bounds the server keeps.
fn continuous<T: Copy>([low, high]: [T; 2]) -> Vec<Range<T>> {
    let open = Range::new(Bound::Excluded(low), Bound::Included(high));
    [discrete([low, high]), vec![open, (low..=high).into(), (low..=low).into()]].concat()
}

fn several<T: Copy>(ranges: [Range<T>; 2]) -> Vec<Multirange<T>> {
    vec![Multirange(Vec::new()), Multirange(ranges.to_vec()), Multirange(vec![Range::from(..)])]
}

async fn text_search(checker: &mut Checker) {
    let documents = ["", "a fat cat", "a:1A,2B,3C,16383 b:4", "'it''s' '\\\\' ' ':7", "é:1"];
    checker.read::<TsVector>("tsvector", &documents).await;
    let searches = [
        "fat & (cat | rat:*AB)",
        "!(a & b) & !!c",
        "a <-> b <3> c",
        "a <-> (b <-> c)",
        "(a | b) <-> c & d",
        "'it''s' | '\\\\'",
        "a & (b & (c & d))",
        "!(a <-> b)",
        "a:D",
    ];
    checker.read::<TsQuery>("tsquery", &searches).await;
    let empty =
        checker.client.query_one("SELECT $1::tsquery, $1::tsquery::text", &[&TsQuery::default()]).await;
    let empty = empty.expect("an empty search");
    assert_eq!((empty.get(0), empty.get(1)), (TsQuery::default(), ""));
    let made = TsQuery::term("a").or(TsQuery::prefix("b")).and(TsQuery::weighted("c", [Weight::B]).negated());
    checker.same_text("tsquery", &[made.followed_by(16_384, TsQuery::term("d"))]).await;
}

async fn identifiers(checker: &mut Checker) {
    checker.same_text("oid", &[0, 1, u32::MAX]).await;
    // An identifier that no object has is shown as the number it is.
    for name in [
        "regclass",
        "regcollation",
        "regconfig",
        "regdictionary",
        "regnamespace",
        "regoper",
        "regoperator",
        "regproc",
        "regprocedure",
        "regrole",
        "regtype",
    ] {
        checker.same_text(name, &[Oid(4_000_000_000), Oid(u32::MAX)]).await;
    }
    checker.same("regclass", &[Oid(0), Oid(1259)]).await;
    checker.same("int2vector", &[vec![1_i16, i16::MIN, i16::MAX], vec![7]]).await;
    checker.same("oidvector", &[vec![1_u32, u32::MAX], vec![7]]).await;
    checker.same_text("xid", &[0, 1, u32::MAX].map(Xid)).await;
    checker.same_text("xid8", &[0, 1, u64::MAX].map(Xid8)).await;
    checker.same_text("cid", &[0, 1, u32::MAX].map(Cid)).await;
    checker.read::<Tid>("tid", &["(0,1)", "(4294967295,65535)"]).await;
    // From PostgreSQL 19 on `0/1` is written `0/00000001`.
    checker.same("pg_lsn", &[0, 1].map(PgLsn::from)).await;
    checker.same_text("pg_lsn", &[0x1_2345_6789, u64::MAX].map(PgLsn::from)).await;
    checker.read::<Snapshot>("pg_snapshot", &["10:20:10,14,15", "10:10:"]).await;
    checker.read::<Snapshot>("txid_snapshot", &["10:20:10,14,15", "10:10:"]).await;
}

async fn extensions(checker: &mut Checker) {
    if !checker.lacks("citext") {
        checker.same_text("citext", &["", "Ab"].map(String::from)).await;
    }
    if !checker.lacks("ltree") {
        checker.same_text("ltree", &["", "Top.Science.Astronomy"].map(String::from)).await;
        checker.same_text("lquery", &["Top.*{1,2}.a@"].map(String::from)).await;
        checker.same_text("ltxtquery", &["a & b"].map(String::from)).await;
    }
    if checker.lacks("hstore") {
        return;
    }
    let pairs = [("a", Some("1")), ("it's", None), ("", Some(""))];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.map(str::to_owned)));
    checker.same("hstore", &[HStore::new(), HStore::from(pairs)]).await;
}

#[tokio::test]
async fn ranges_over_any_type() {
    let db = server(2).create_database("own_ranges").await;
    db.batch(
        "CREATE TYPE floatrange AS RANGE (subtype = float8);
         CREATE TYPE textrange AS RANGE (subtype = text, multirange_type_name = texts)",
    )
    .await;
    let mut checker = Checker::new(db.connect().await);
    checker.same_text("floatrange", &continuous([-1.5, 2.5])).await;
    checker.same_text("floatmultirange", &several([(-1.5..2.5).into(), (3.5..).into()])).await;
    let text = |low: &str, high: &str| Range::from(low.to_owned()..high.to_owned());
    checker.same_text("textrange", &[text("", "a, \"b\""), text("(", "\\")]).await;
    checker.same_text("texts", &[Multirange(vec![text("a", "b"), text("c", "d")])]).await;
}
