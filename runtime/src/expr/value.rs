//! Rust values where an expression takes them.

use postgres_types::{FromSqlOwned, ToSql};

/// A value that a column can hold: the driver can send and read it, and it can be compared with another, since two
/// expressions are the same to the server only if their values are.
pub trait SqlValue: ToSql + FromSqlOwned + PartialEq + Sync + Send + 'static {}

impl<T: ToSql + FromSqlOwned + PartialEq + Sync + Send + 'static> SqlValue for T {}

/// A value of type `T`, or what stands for one: a reference to it, and `&str` for a `String`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of type `{T}`",
    label = "expected `{T}`, or a reference to one",
    note = "a value of another type is converted into the column's: a whole number by `i64::from(n)`, `i32::try_from(n)?`, \
            `i16::try_from(n)?`, a text by `text.parse::<{T}>()?`, a `char` or a `Uuid` beside a text by `.to_string()`",
    note = "where `{T}` is a type of your own around another, make one of each value: `values.into_iter().map({T})`",
    note = "a time beside a `timestamp` without time zone is `time.naive_utc()`; a date beside a time is \
            `day.and_time(NaiveTime::MIN)`, with `.and_utc()` beside a `timestamptz`",
    note = "a list that may be missing is no list: `.filter(ids.map(|ids| Customer::ID.is_in(ids)))`"
)]
pub trait IntoValue<T> {
    /// The value.
    fn into_value(self) -> T;
}

impl<T> IntoValue<T> for T {
    fn into_value(self) -> T {
        self
    }
}

impl<T: Clone> IntoValue<T> for &T {
    fn into_value(self) -> T {
        self.clone()
    }
}

/// Turns each item into a value.
pub(crate) fn values<T>(values: impl IntoIterator<Item: IntoValue<T>>) -> Vec<T> {
    values.into_iter().map(IntoValue::into_value).collect()
}
