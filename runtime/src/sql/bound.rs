//! A value that an expression holds.

use std::{any::Any, fmt};

use postgres_types::ToSql;

use super::Value;

/// A value that an expression holds: it can be sent, and compared with that of another expression.
pub(crate) trait Bound: ToSql + Sync + Send + Any {
    fn as_value(&self) -> Value<'_>;

    /// Whether `other` is the same value of the same type.
    fn is_same(&self, other: &dyn Bound) -> bool;
}

impl<T: ToSql + PartialEq + Sync + Send + 'static> Bound for T {
    fn as_value(&self) -> Value<'_> {
        self
    }

    fn is_same(&self, other: &dyn Bound) -> bool {
        (other as &dyn Any).downcast_ref::<T>().is_some_and(|other| same(self, other))
    }
}

/// Whether the server takes two values for equal, as far as they tell: a `NaN` equals itself there.
pub(crate) fn equal<T: PartialEq>(left: &T, right: &T) -> bool {
    let differs_from_itself = |value: &T| value.ne(value);
    left == right || differs_from_itself(left) && differs_from_itself(right)
}

/// Whether both are the same value. Some values are equal and yet not the same to the server: `1.0` and `1.00`, `0.0` and
/// `-0.0`. Their `Debug` forms, which the driver asks of each value, tell them apart.
pub(crate) fn same<T: PartialEq + fmt::Debug>(left: &T, right: &T) -> bool {
    equal(left, right) && format!("{left:?}") == format!("{right:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_and_not_the_same_is_told_apart() {
        let same = |left: &dyn Bound, right: &dyn Bound| left.is_same(right);
        assert!(same(&5, &5) && same(&"a".to_owned(), &"a".to_owned()));
        assert!(!same(&5, &6) && !same(&5, &5_i64) && !same(&0.0, &-0.0));
        assert!(same(&f64::NAN, &f64::NAN) && !same(&f64::NAN, &1.0));
        let list = |last: f64| vec![f64::NAN, last];
        assert!(same(&list(1.0), &list(1.0)) && !same(&list(1.0), &list(2.0)));
    }
}
