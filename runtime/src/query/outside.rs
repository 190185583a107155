//! Values from outside, as JSON: each is checked against its column's type before it is sent.

use std::borrow::Cow;

use crate::{
    model::EnumDef,
    sql::ColumnDef,
    types::{JsonValue, Numeric},
};

/// What was expected in place of a value.
type Wanted = Cow<'static, str>;

/// The text of a value that is compared with this column. `enums` are those of the column's database.
pub(super) fn text(
    column: &ColumnDef,
    value: &JsonValue,
    enums: &'static [EnumDef],
) -> Result<String, Wanted> {
    if !column.scalar {
        return Err("no single value".into());
    }
    let check: (fn(&str) -> bool, &'static str) = match (column.sql_type, value) {
        ("int2", JsonValue::Number(_)) => (|text| text.parse::<i16>().is_ok(), "a whole number of 16 bits"),
        ("int4", JsonValue::Number(_)) => (|text| text.parse::<i32>().is_ok(), "a whole number of 32 bits"),
        ("int8", JsonValue::Number(_)) => (|text| text.parse::<i64>().is_ok(), "a whole number of 64 bits"),
        ("int2" | "int4" | "int8", _) => return Err("a whole number".into()),
        ("numeric", JsonValue::Number(_) | JsonValue::String(_)) => {
            (|text| text.parse::<Numeric>().is_ok(), "a number")
        }
        ("float4", JsonValue::Number(_)) => (|text| text.parse().is_ok_and(f32::is_finite), "a number"),
        ("float8", JsonValue::Number(_)) => (|text| text.parse().is_ok_and(f64::is_finite), "a number"),
        ("numeric" | "float4" | "float8", _) => return Err("a number".into()),
        ("bool", JsonValue::Bool(_)) => (|_| true, ""),
        ("bool", _) => return Err("`true` or `false`".into()),
        // The server takes no such character in a `jsonb`.
        ("json" | "jsonb", _) => (|text| !text.contains("\\u0000"), "JSON without the character 0"),
        (_, JsonValue::String(_)) => by_text(column.sql_type),
        _ => return Err("a text".into()),
    };
    let text = match value {
        JsonValue::String(text) if !matches!(column.sql_type, "json" | "jsonb") => text.clone(),
        other => other.to_string(),
    };
    let (fits, expected) = check;
    if text.contains('\0') || !fits(&text) {
        return Err(expected.into());
    }
    match enums.iter().find(|known| known.name == column.sql_type).map(|known| (known.labels)()) {
        Some(labels) if !labels.contains(&&*text) => {
            let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
            Err(format!("one of {}", labels.join(", ")).into())
        }
        _ => Ok(text),
    }
}

/// A text to search for.
pub(super) fn words(value: &JsonValue) -> Result<String, Wanted> {
    match value.as_str() {
        Some(text) if !text.contains('\0') => Ok(text.to_owned()),
        Some(_) => Err("a text without the character 0".into()),
        None => Err("a text".into()),
    }
}

/// The check of a type whose values are texts.
fn by_text(sql_type: &str) -> (fn(&str) -> bool, &'static str) {
    match sql_type {
        "uuid" => (is_uuid, "a UUID"),
        "date" => (|text| is_infinity(text) || is_date(text), "a date such as `2026-03-01`"),
        "time" => (|text| time(text) == Some(""), "a time such as `14:30:00`"),
        "timestamp" => (
            |text| is_infinity(text) || moment(text) == Some(""),
            "a date and a time such as `2026-03-01T14:30:00`",
        ),
        "timestamptz" => (
            |text| is_infinity(text) || moment(text).is_some_and(is_offset),
            "a date and a time such as `2026-03-01T14:30:00Z`",
        ),
        _ => (|_| true, "a text without the character 0"),
    }
}

fn is_infinity(text: &str) -> bool {
    matches!(text, "infinity" | "-infinity")
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    matches!(lengths[..], [32] | [8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    if !(4..=6).contains(&year.len()) {
        return false;
    }
    match (number(year), two(month), two(day)) {
        (Some(year @ 1..=294_275), Some(month @ 1..=12), Some(day @ 1..)) => day <= days(year, month),
        _ => false,
    }
}

/// How many days a month of the Gregorian calendar has.
fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What stands behind a date, and a time if there is one.
fn moment(text: &str) -> Option<&str> {
    let at = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let (date, rest) = text.split_at(at);
    match rest.get(1..) {
        _ if !is_date(date) => None,
        Some(rest) => time(rest),
        None => Some(""),
    }
}

/// What stands behind a time: `14:30`, `14:30:00`, `14:30:00.25`.
fn time(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | ':' | '.')).unwrap_or(text.len());
    let (text, rest) = text.split_at(end);
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<_> = clock.split(':').map(two).collect();
    let fits = match parts[..] {
        [Some(..24), Some(..60)] => clock == text,
        [Some(..24), Some(..60), Some(..60)] => true,
        _ => false,
    };
    (fits && (1..=9).contains(&fraction.len()) && number(fraction).is_some()).then_some(rest)
}

/// Whether this is empty or an offset from UTC: `Z`, `+02`, `-03:30`.
fn is_offset(text: &str) -> bool {
    if matches!(text, "" | "Z" | "z") {
        return true;
    }
    let Some(offset) = text.strip_prefix(['+', '-']) else { return false };
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "00"));
    matches!((two(hours), two(minutes)), (Some(..16), Some(..60)))
}

/// A number of two digits.
fn two(text: &str) -> Option<u32> {
    number(text).filter(|_| text.len() == 2)
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(sql_type: &'static str) -> ColumnDef {
        ColumnDef {
            name: "x",
            sql_type,
            nullable: false,
            cast: false,
            scalar: true,
            generated: false,
            identity: false,
            collation: None,
        }
    }

    #[test]
    fn what_the_server_would_not_take_is_refused() {
        let string = |text: &str| JsonValue::String(text.to_owned());
        for (sql_type, taken, refused) in [
            ("uuid", "0a1b2c3d-0000-4000-8000-00000000000f", "0a1b2c3d-0000-4000-8000-00000000000g"),
            ("uuid", "0a1b2c3d00004000800000000000000F", "0a1b2c3d"),
            ("date", "2024-02-29", "2023-02-29"),
            ("date", "infinity", "rubbish"),
            ("date", "10000-01-31", "2026-13-01"),
            ("time", "23:59:59.999999", "24:60"),
            ("time", "14:30", "14"),
            ("timestamp", "2026-03-01T14:30:00.5", "2026-03-01T14:30:00 rubbish"),
            ("timestamp", "2026-03-01 14:30", "2026-03-01T"),
            ("timestamptz", "2026-03-01T14:30:00Z", "2026-03-01T14:30:00ZZ"),
            ("timestamptz", "2026-03-01", "yesterday evening"),
            ("timestamptz", "2026-03-01T14:30:00.123456+05:30", "2026-03-01T14:30:00+5"),
            ("numeric", "499.270", "4,5"),
            ("numeric", "1234567890.12345678901234567890", ""),
            ("text", "2023-02-29", "a\0b"),
            ("public.other", "anything", "a\0b"),
        ] {
            assert_eq!(text(&column(sql_type), &string(taken), &[]).as_deref(), Ok(taken), "{sql_type}");
            assert!(text(&column(sql_type), &string(refused), &[]).is_err(), "{sql_type}: {refused}");
        }
        for (sql_type, taken, refused) in [("int2", 32_767, 32_768), ("int4", -1, 2_147_483_648_i64)] {
            assert!(text(&column(sql_type), &JsonValue::from(taken), &[]).is_ok(), "{taken}");
            assert!(text(&column(sql_type), &JsonValue::from(refused), &[]).is_err(), "{refused}");
        }
        assert_eq!(text(&column("float4"), &JsonValue::from(1e300), &[]), Err("a number".into()));
    }
}
