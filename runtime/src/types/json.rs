//! JSON whose numbers are kept exactly: as text, or refused.

use std::{fmt, str, sync::OnceLock};

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type};

use super::{BoxError, wire::WireResult};

/// The only version of `jsonb`'s binary format: `jsonb_send`.
const VERSION: u8 = 1;

/// A value of type `json` or `jsonb` as its text, with every digit of its numbers.
///
/// [`JsonValue`](super::JsonValue) holds a number that is not a 64-bit integer as an `f64`, and reading a number with
/// more digits is an error. This type holds any number: parse its text with a library that keeps all digits. Two
/// values are equal when their texts are.
///
/// ```
/// # use ormgen_runtime::types::JsonText;
/// let json = JsonText::from(r#"{"balance": 123456789012345678901234567890}"#);
/// assert!(json.0.contains("1234567890"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JsonText(pub String);

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for JsonText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for JsonText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl<'a> FromSql<'a> for JsonText {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> WireResult<Self> {
        Ok(Self(str::from_utf8(text_of(ty, raw)?)?.to_owned()))
    }

    postgres_types::accepts!(JSON, JSONB);
}

impl ToSql for JsonText {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> WireResult<IsNull> {
        if *ty == Type::JSONB {
            out.put_u8(VERSION);
        }
        out.put_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    postgres_types::accepts!(JSON, JSONB);
    postgres_types::to_sql_checked!();
}

/// The JSON text in a value that the server sent.
fn text_of<'a>(ty: &Type, raw: &'a [u8]) -> WireResult<&'a [u8]> {
    match raw.split_first() {
        _ if *ty != Type::JSONB => Ok(raw),
        Some((&VERSION, text)) => Ok(text),
        _ => Err("the version of `jsonb` is not known".into()),
    }
}

/// Refuses a JSON text with a number that has more digits than [`JsonValue`](super::JsonValue) keeps.
pub(super) fn check(ty: &Type, raw: &[u8]) -> WireResult<()> {
    let text = text_of(ty, raw)?;
    if keeps_numbers(text) || has_every_digit() {
        return Ok(());
    }
    Err(BoxError::from(
        "a number in the JSON has more digits than an `f64` keeps: `types::JsonText` holds it, and so does `JsonValue` \
         with the feature `json-numbers`",
    ))
}

/// Whether serde_json's feature `arbitrary_precision` is on: Cargo turns a feature on for a whole program.
fn has_every_digit() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    const LONG: &str = "0.1234567890123456789012345678901234567890";
    *ANSWER.get_or_init(|| {
        let written = LONG.parse::<super::JsonValue>().map(|value| value.to_string());
        written.is_ok_and(|text| text == LONG)
    })
}

/// Whether each number is a 64-bit integer, or the same number as the text of its `f64`.
fn keeps_numbers(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = match first {
            b'"' => after_string(after),
            b'-' | b'0'..=b'9' => {
                let end = rest.iter().position(|byte| !is_of_number(*byte)).unwrap_or(rest.len());
                let (number, after) = rest.split_at(end);
                if !keeps(number) {
                    return false;
                }
                after
            }
            _ => after,
        };
    }
    true
}

/// The text after the end of the string that has begun.
fn after_string(mut text: &[u8]) -> &[u8] {
    while let Some(end) = text.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        // A character after a backslash is part of the string.
        let escaped = usize::from(text.get(end) == Some(&b'\\'));
        text = text.get(end + 1 + escaped..).unwrap_or_default();
        if escaped == 0 {
            return text;
        }
    }
    &[]
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The number of digits that every `f64` keeps: `f64::DIGITS`.
const SAFE_LENGTH: usize = 15;

fn keeps(number: &[u8]) -> bool {
    if number.len() <= SAFE_LENGTH && !number.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return true;
    }
    let Ok(text) = str::from_utf8(number) else { return false };
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return true;
    }
    // serde_json itself refuses a number that is not an `f64` at all.
    let Ok(float) = text.parse::<f64>() else { return true };
    significant(text) == significant(&format!("{float:e}"))
}

/// The digits of a number without zeros at either end, and the power of ten of the last digit.
fn significant(number: &str) -> (String, i64) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", integer.trim_start_matches(['-', '+']));
    let kept = digits.trim_end_matches('0');
    let power = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let last = power(digits.len() - kept.len()) - power(fraction.len());
    match kept.trim_start_matches('0') {
        "" => (String::new(), 0),
        kept => (kept.to_owned(), last.saturating_add(exponent.parse().unwrap_or(i64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_an_f64_does_not_keep_are_found() {
        let kept = [
            "1",
            "-0",
            "0.1",
            "1.50",
            "123456789.000012",
            "9223372036854775807",
            "18446744073709551615",
            "-9223372036854775808",
            "1e20",
            "100000000000000000000",
            "1.7976931348623157e308",
            "2.2250738585072014e-308",
            "5e-324",
            "0.30000000000000004",
            "0e99",
            "0.00000000000000000000000000",
            r#"{"123456789012345678901234567890": "0.1234567890123456789"}"#,
            r#"["a\"1234567890123456789012345678", 1]"#,
            r#"["\\", 1]"#,
        ];
        for text in kept {
            assert!(keeps_numbers(text.as_bytes()), "{text}");
        }
        let lost = [
            "123456789012345678901234567890",
            "18446744073709551617",
            "0.1234567890123456789",
            "[1, {\"a\": -1.0000000000000000000001}]",
            "1e-400",
            "123456789012345678901e3",
            r#"["\\", 123456789012345678901234567890]"#,
        ];
        for text in lost {
            assert!(!keeps_numbers(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_text_keeps_its_version() {
        let text = JsonText::from("[1]");
        let mut out = BytesMut::new();
        assert!(text.to_sql(&Type::JSONB, &mut out).is_ok());
        assert_eq!(out.as_ref(), b"\x01[1]");
        assert_eq!(JsonText::from_sql(&Type::JSONB, &out).ok(), Some(text));
        assert!(JsonText::from_sql(&Type::JSONB, b"\x02[1]").is_err());
        assert_eq!(JsonText::from_sql(&Type::JSON, b"[1]").ok(), Some("[1]".into()));
    }
}
