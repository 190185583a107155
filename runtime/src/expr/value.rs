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
    note = "a list that may be missing is no list: `.filter(ids.map(|ids| Customer::ID.is_in(ids)))`",
    note = "a `String` is parsed into the column's type: `text.parse::<{T}>()?`",
    note = "a date beside a time is the time that it begins at: `day.and_time(NaiveTime::MIN).and_utc()`",
    note = "a whole number of another type is converted into the column's: `i64::from(n)`, `i32::try_from(n)?`, \
            `i16::try_from(n)?`"
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
