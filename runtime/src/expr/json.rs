//! JSON: comparisons, changes, and documents made of columns.

use super::{
    Aggregate, Anywhere, Expr, Expression, Filter, IntoValue, Place, compare::infix, operand::stands_for,
};
use crate::{
    model::{NotNull, Nullable},
    sql::Parts,
    types,
};

/// A JSON document that a program gives: a [`JsonValue`](types::JsonValue).
///
/// It has one implementation, so that the compiler infers what `serde_json::from_str(text)?` is to be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no JSON document",
    label = "expected a `JsonValue`",
    note = "a document is `json!({{ \"color\": \"red\" }})`, by the macro of the crate `serde_json`",
    note = "a text that is one is parsed: `serde_json::from_str(text)?`; by `.into()` it would be a JSON string",
    note = "a struct that serialises becomes one by `serde_json::to_value(&it)?`"
)]
pub trait JsonDocument {
    #[doc(hidden)]
    fn document(self) -> types::JsonValue;
}

impl JsonDocument for types::JsonValue {
    fn document(self) -> types::JsonValue {
        self
    }
}

/// The object of a document that a program puts together.
type Object = serde_json::Map<String, types::JsonValue>;

impl IntoValue<types::JsonValue> for Object {
    fn into_value(self) -> types::JsonValue {
        self.into()
    }
}

stands_for! { [] Object => types::JsonValue; }

/// Comparisons of `jsonb` (<https://www.postgresql.org/docs/current/functions-json.html>).
pub trait JsonComparable<M, P: Place = Anywhere>: Expression<M, P, Value = types::JsonValue> {
    /// `@>`: contains `value`, at its top level and below.
    fn json_contains(self, value: impl JsonDocument) -> Filter<M, P> {
        infix(self, " @> ", Parts::value(value.document()))
    }

    /// `<@`: is contained in `value`.
    fn json_within(self, value: impl JsonDocument) -> Filter<M, P> {
        infix(self, " <@ ", Parts::value(value.document()))
    }

    /// `?`: has this key, or is an array with this text.
    fn has_key(self, key: impl Into<String>) -> Filter<M, P> {
        infix(self, " ? ", Parts::value(key.into()))
    }

    /// `?|`: has at least one of these keys.
    fn has_any_key<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Filter<M, P> {
        infix(self, " ?| ", Parts::value(texts(keys)))
    }

    /// `?&`: has all of these keys.
    fn has_all_keys<S: Into<String>>(self, keys: impl IntoIterator<Item = S>) -> Filter<M, P> {
        infix(self, " ?& ", Parts::value(texts(keys)))
    }

    /// `@?`: the path finds something in the document.
    fn path_exists(self, path: impl Into<types::JsonPath>) -> Filter<M, P> {
        infix(self, " @? ", Parts::value(path.into()))
    }

    /// `@@`: the path's condition holds for the document.
    fn path_matches(self, path: impl Into<types::JsonPath>) -> Filter<M, P> {
        infix(self, " @@ ", Parts::value(path.into()))
    }

    /// Neither a text nor JSON: it is here for the error that says what to write.
    #[doc(hidden)]
    fn get<K: FindsValue>(self, key: K) -> K::Found {
        key.find(self)
    }

    /// `->>`, or `#>>` for several: the text at these keys (or positions, as text); NULL where there is none.
    fn text_at(self, keys: impl JsonKeys) -> Expr<M, String, Nullable, P> {
        let step = step(keys.keys(), " ->> ", " #>> ");
        Expr::new(self.into_parts().then(step).between("(", ")"))
    }

    /// `->`, or `#>` for several: the JSON at these keys (or positions, as text); NULL where there is none.
    fn json_at(self, keys: impl JsonKeys) -> Expr<M, types::JsonValue, Nullable, P> {
        let step = step(keys.keys(), " -> ", " #> ");
        Expr::new(self.into_parts().then(step).between("(", ")"))
    }

    /// `jsonb_set`: the document with `value` at these keys (or positions, as text). A key that an object does not have
    /// is added, if the keys before it exist.
    ///
    /// `update().set(Customer::SETTINGS, Customer::SETTINGS.json_set(["color"], json!("red")))`
    fn json_set(
        self,
        keys: impl JsonKeys,
        value: impl JsonDocument,
    ) -> Expr<M, types::JsonValue, Self::Kind, P> {
        let change =
            Parts::value(keys.keys()).text("::text[], ").then(Parts::value(value.document())).text("::jsonb");
        Expr::new(self.into_parts().text(", ").then(change).between("jsonb_set(", ")"))
    }

    /// `#-`: the document without what is at these keys (or positions, as text).
    fn json_without(self, keys: impl JsonKeys) -> Expr<M, types::JsonValue, Self::Kind, P> {
        let keys = Parts::value(keys.keys()).text("::text[]");
        Expr::new(self.into_parts().text(" #- ").then(keys).between("(", ")"))
    }

    /// `||`: the keys of both objects, with the values of `other` for keys that both have; or two arrays put together.
    fn json_merged(self, other: impl JsonDocument) -> Expr<M, types::JsonValue, Self::Kind, P> {
        let other = Parts::value(other.document()).text("::jsonb");
        Expr::new(self.into_parts().text(" || ").then(other).between("(", ")"))
    }
}

impl<M, P: Place, E: Expression<M, P, Value = types::JsonValue>> JsonComparable<M, P> for E {}

/// The way to a value in a JSON document: one key, or a list of keys that lead down into it. A position in an array is
/// its number as text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no key of a JSON document, and no list of keys",
    label = "expected a text, or a list of texts: `\"size\"`, `[\"size\", \"width\"]`",
    note = "an iterator of keys is collected: `.collect::<Vec<_>>()`; a position in an array is its number as text, `\"0\"`"
)]
pub trait JsonKeys {
    /// The keys, from the outermost.
    fn keys(self) -> Vec<String>;
}

macro_rules! keys {
    (one: $($text:ty)*) => {$(
        impl JsonKeys for $text {
            fn keys(self) -> Vec<String> {
                vec![self.into()]
            }
        }
    )*};
    (several: $([$($generics:tt)*] $list:ty;)*) => {$(
        impl<S: Into<String> $($generics)*> JsonKeys for $list {
            fn keys(self) -> Vec<String> {
                texts(self.into_iter().cloned())
            }
        }
    )*};
}

keys!(one: &str String &String);
keys! { several:
    [+ Clone, const N: usize] &[S; N];
    [+ Clone] &[S];
    [+ Clone] &Vec<S>;
}

impl<S: Into<String>, const N: usize> JsonKeys for [S; N] {
    fn keys(self) -> Vec<String> {
        texts(self)
    }
}

impl<S: Into<String>> JsonKeys for Vec<S> {
    fn keys(self) -> Vec<String> {
        texts(self)
    }
}

/// A key that would tell whether its value is read as a text or as JSON. Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "`get` does not say whether the value at a key is read as a text or as JSON",
    label = "write `.text_at([…])` or `.json_at([…])`",
    note = "`SETTINGS.text_at([\"color\"]).eq(\"red\")` compares a text, `SETTINGS.text_at([\"size\"]).cast_to::<i32>()` reads a \
            number out of it, and `SETTINGS.json_at([\"size\"])` is JSON again; several keys lead down into the document"
)]
pub trait FindsValue {
    /// What is found.
    type Found;

    #[doc(hidden)]
    fn find<D>(self, document: D) -> Self::Found;
}

/// All values as a JSON array, NULL among them; NULL if there are no rows. With [`json_object`], an array of objects.
pub fn json_agg<M, P: Place, E: Expression<M, P>>(of: E) -> Aggregate<M, types::JsonValue> {
    Aggregate::new("jsonb_agg(", of.into_parts())
}

/// A JSON object of columns and expressions: `json_object().field("name", Customer::NAME).build()`.
pub fn json_object<M>() -> JsonObject<M> {
    JsonObject { fields: Expr::new(Parts::default()) }
}

/// A JSON object in the making; see [`json_object`].
#[derive(Clone, Debug)]
#[must_use = "end it with `build`"]
pub struct JsonObject<M, P = Anywhere> {
    fields: Expr<M, (), NotNull, P>,
}

impl<M, P: Place> JsonObject<M, P> {
    /// Adds a field; an object has at most fifty. A value that is NULL becomes JSON's `null`.
    pub fn field<Q: Place>(
        self,
        name: &'static str,
        value: impl Expression<M, Q>,
    ) -> JsonObject<M, P::With<Q>> {
        let before = self.fields.parts;
        let comma = if before == Parts::default() { "" } else { ", " };
        let field = Parts::constant(name).text(", ").then(value.into_parts());
        JsonObject { fields: Expr::new(before.text(comma).then(field)) }
    }

    /// The object as an expression.
    pub fn build(self) -> Expr<M, types::JsonValue, NotNull, P> {
        Expr::new(self.fields.parts.between("jsonb_build_object(", ")"))
    }
}

fn texts<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

/// Writes one key with the operator `one`, as in the expressions that indexes are made on. A number may be a position,
/// which `one` does not take as text.
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
