//! Comparisons of JSON.

use super::{Expr, Expression, Filter, compare::infix};
use crate::{model::Nullable, sql::Parts, types};

/// Comparisons of `jsonb` (<https://www.postgresql.org/docs/current/functions-json.html>).
pub trait JsonComparable<M>: Expression<M, Value = types::JsonValue> {
    /// `@>`: holds this, at its top level and below.
    fn json_contains(self, value: types::JsonValue) -> Filter<M> {
        infix(self, " @> ", Parts::value(value))
    }

    /// `<@`: is held by this.
    fn json_within(self, value: types::JsonValue) -> Filter<M> {
        infix(self, " <@ ", Parts::value(value))
    }

    /// `?`: has this key, or is an array with this text.
    fn has_key(self, key: impl Into<String>) -> Filter<M> {
        infix(self, " ? ", Parts::value(key.into()))
    }

    /// `?|`: has at least one of these keys.
    fn has_any_key<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Filter<M> {
        infix(self, " ?| ", Parts::value(texts(keys)))
    }

    /// `?&`: has all of these keys.
    fn has_all_keys<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Filter<M> {
        infix(self, " ?& ", Parts::value(texts(keys)))
    }

    /// `@?`: the path finds something in it.
    fn path_exists(self, path: types::JsonPath) -> Filter<M> {
        infix(self, " @? ", Parts::value(path))
    }

    /// `@@`: the path's condition holds for it.
    fn path_matches(self, path: types::JsonPath) -> Filter<M> {
        infix(self, " @@ ", Parts::value(path))
    }

    /// `->>`, or `#>>` for several: the text at these keys (or positions, as text); NULL where there is none.
    fn text_at<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Expr<M, String, Nullable> {
        let step = step(texts(keys), " ->> ", " #>> ");
        Expr::new(self.into_parts().then(step).between("(", ")"))
    }

    /// `->`, or `#>` for several: the JSON at these keys (or positions, as text); NULL where there is none.
    fn json_at<S: Into<String>>(
        self,
        keys: impl IntoIterator<Item = S>,
    ) -> Expr<M, types::JsonValue, Nullable> {
        let step = step(texts(keys), " -> ", " #> ");
        Expr::new(self.into_parts().then(step).between("(", ")"))
    }
}

impl<M, E: Expression<M, Value = types::JsonValue>> JsonComparable<M> for E {}

fn texts<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

/// One key is a step of its own, as indexes are made on it. A number may be a position, which as a step is no text.
fn step(mut keys: Vec<String>, one: &'static str, several: &'static str) -> Parts {
    match keys.pop() {
        Some(key) if keys.is_empty() && key.parse::<i64>().is_err() => {
            Parts::default().text(one).then(Parts::value(key))
        }
        last => {
            keys.extend(last);
            Parts::default().text(several).then(Parts::value(keys))
        }
    }
}
