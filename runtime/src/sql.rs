//! SQL text, the values that go beside it, and the buffer that dynamic statements are written into.
//!
//! A value never enters the text: it becomes `$n`. Identifiers come from generated code, already quoted.

use std::{borrow::Cow, error::Error as StdError, fmt};

use bytes::BytesMut;
use postgres_types::{Format, IsNull, Kind, ToSql, Type};

use crate::scope::Scope;

/// A value on its way to the server.
pub type Value<'a> = &'a (dyn ToSql + Sync);

/// The values of one statement, in the order of `$1`, `$2`, …
pub type Values<'a> = Vec<Value<'a>>;

/// A value that an expression owns.
pub type Owned = Box<dyn ToSql + Sync + Send>;

/// A statement and what to call it in a span.
#[derive(Debug)]
pub(crate) struct Call {
    /// The text.
    pub sql: Cow<'static, str>,
    /// The model's name.
    pub model: &'static str,
    /// What is done with it: `find`, `insert`, …
    pub verb: &'static str,
    /// Whether it may be about any table: SQL of the caller's own.
    pub is_free: bool,
    /// With what others it may be sent.
    pub sharing: Sharing,
}

/// With what others a statement may be sent while it waits for a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sharing {
    /// It has a connection to itself: it may do anything.
    Alone,
    /// It reads tables and calls nothing that could do more, so that it may even be sent again.
    Read,
    /// So does this one, which finds a row by its key; and the text that finds many: it takes an array for each value,
    /// and gives each row's place in them as one more column, the last.
    Find(fn() -> String),
    /// It changes one row: it may share a commit, where the program asked for that.
    Commit,
}

impl Call {
    pub fn new(sql: impl Into<Cow<'static, str>>, model: &'static str, verb: &'static str) -> Self {
        Self { sql: sql.into(), model, verb, is_free: false, sharing: Sharing::Alone }
    }

    /// The same, of the caller's own text.
    pub fn free(self) -> Self {
        Self { is_free: true, ..self }
    }

    /// The same, which may be sent with others.
    pub fn sharing(self, sharing: Sharing) -> Self {
        Self { sharing, ..self }
    }
}

/// A value as the driver takes it: one bound to a domain is written as the domain's base type.
///
/// PostgreSQL sends and receives a domain as its base type, but names the domain where it describes a
/// statement's parameters, and the driver's types know base types only.
pub(crate) struct Param<'a>(pub &'a Value<'a>);

/// The driver logs the values of each statement by their `Debug` form.
impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.0.to_sql_checked(base(ty), out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        self.0.encode_format(base(ty))
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

/// What a domain is over, through all its layers.
pub(crate) fn base(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        _ => ty,
    }
}

/// The type that a value is read as: without the domains at its surface, and without those of an array's elements.
///
/// A column of a domain comes as what the domain is over, but an array of a domain comes as such
/// (<https://www.postgresql.org/docs/current/domains.html>); its elements look the same.
pub(crate) fn plain(ty: &Type) -> Cow<'_, Type> {
    let ty = base(ty);
    match ty.kind() {
        Kind::Array(element) if matches!(element.kind(), Kind::Domain(_)) => {
            let array = Kind::Array(base(element).clone());
            Cow::Owned(Type::new(ty.name().to_owned(), ty.oid(), array, ty.schema().to_owned()))
        }
        _ => Cow::Borrowed(ty),
    }
}

/// Bytes that few statements are longer than.
const USUAL_LENGTH: usize = 256;

/// A statement in the making.
#[derive(Debug)]
pub struct SqlWriter<'a> {
    text: String,
    values: Values<'a>,
    /// What a column is called.
    pub(crate) scope: Scope,
}

impl<'a> SqlWriter<'a> {
    /// A statement that reads or changes this table.
    pub fn new(table: &'static str) -> Self {
        Self { text: String::with_capacity(USUAL_LENGTH), values: Values::new(), scope: Scope::new(table) }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub fn value(&mut self, value: Value<'a>) -> &mut Self {
        self.values.push(value);
        self.text.push('$');
        push_number(&mut self.text, self.values.len() as u64);
        self
    }

    /// Each item, with `separator` between them.
    pub fn list<T>(
        &mut self,
        separator: &str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.push(separator);
            }
            each(self, item);
        }
        self
    }

    pub fn number(&mut self, number: u64) -> &mut Self {
        push_number(&mut self.text, number);
        self
    }

    pub fn finish(self) -> (String, Values<'a>) {
        (self.text, self.values)
    }
}

/// Most numbers are those of values and tables: one digit.
fn push_number(text: &mut String, number: u64) {
    match u32::try_from(number).ok().and_then(|number| char::from_digit(number, 10)) {
        Some(digit) => text.push(digit),
        // Writing to a String cannot fail.
        None => drop(fmt::Write::write_fmt(text, format_args!("{number}"))),
    }
}
