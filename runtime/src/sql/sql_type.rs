//! What the SQL type of an expression means for a value beside it: `cost = $1`.

use super::ColumnDef;

/// The SQL type of an expression: that of a column, and of what takes a column's type. Of others it is not known.
///
/// Mostly the server infers the type of `$1` from what stands beside it. Where it would infer another one, the statement
/// has to name the type (<https://www.postgresql.org/docs/current/typeconv-oper.html>).
#[derive(Clone, Copy, Debug, Default)]
pub struct SqlType {
    name: &'static str,
    inference: Inference,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inference {
    /// A bare `$1` beside it is taken for a value of the same type.
    #[default]
    Inferred,
    /// A bare `$1` beside it is taken for a value of another type: `record` beside a composite, `inet` beside a `cidr`.
    Mistaken,
    /// A domain over a type of the database's own, or an array of a domain, which the driver cannot write: both sides are
    /// compared as values of the base type.
    Rebased,
}

/// What the server can do with values of a type, beyond keeping them: sorting them, or telling them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Told {
    /// It sorts them.
    #[default]
    Sorted,
    /// It tells equal values from others.
    Apart,
    /// Neither: two values are compared as `jsonb`.
    AsJson,
    /// Neither: two values are compared by their texts.
    AsText,
}

impl Told {
    /// For values of the type that SQL calls `name`, or for arrays of such values
    /// (<https://www.postgresql.org/docs/current/btree.html>). The shapes that have `=` and `<` compare areas, lengths or
    /// numbers of points by them.
    pub fn of(name: &str) -> Self {
        match own_name(name.strip_suffix("[]").unwrap_or(name)) {
            "json" => Self::AsJson,
            "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle" | "xml" | "jsonpath"
            | "refcursor" | "pg_snapshot" | "txid_snapshot" | "lquery" | "ltxtquery" => Self::AsText,
            "xid" | "cid" => Self::Apart,
            _ => Self::Sorted,
        }
    }
}

impl SqlType {
    /// The type of a condition.
    pub(crate) const BOOL: Self = Self { name: "bool", inference: Inference::Inferred };

    /// The type that values of the program's own are sent as, where it is one of PostgreSQL's own; of others the name alone
    /// does not say what is needed beside a value.
    pub(crate) fn of_values(name: &'static str) -> Self {
        let inference = if name == "cidr" { Inference::Mistaken } else { Inference::Inferred };
        if name.contains('.') { Self::default() } else { Self { name, inference } }
    }

    /// Whether anything is known of the type.
    pub(crate) fn is_known(self) -> bool {
        !self.name.is_empty()
    }

    /// The type of a column.
    pub fn of(column: &ColumnDef) -> Self {
        let name = column.sql_type;
        let inference = match name.ends_with("[]") {
            true if column.cast => Inference::Rebased,
            false if !column.scalar || name == "cidr" => Inference::Mistaken,
            // A domain over a type of the database's own: of one over an enum the server has no operators.
            false if column.cast && name.contains('.') => Inference::Rebased,
            _ => Inference::Inferred,
        };
        Self { name, inference }
    }

    /// What the server can do with values of the type.
    pub(crate) fn told(self) -> Told {
        Told::of(self.name)
    }

    /// The type to which two values are cast to tell whether they are equal, where the server cannot tell of the type
    /// itself. A `cid` has `=`, and no `<>`.
    pub(crate) fn compared_as(self) -> Option<&'static str> {
        match self.told() {
            Told::AsJson => Some("jsonb"),
            Told::AsText => Some("text"),
            Told::Apart if self.name == "cid" => Some("text"),
            Told::Sorted | Told::Apart => None,
        }
    }

    /// The type's name.
    pub(crate) fn name(self) -> &'static str {
        self.name
    }

    /// Whether the server has an aggregate for the smallest and the largest value of the type, as far as it is known.
    pub(crate) fn has_extremes(self) -> bool {
        let name = own_name(self.name);
        let is_range = name.ends_with("range") && !name.contains('.');
        let is_without = matches!(
            name,
            "uuid"
                | "\"bit\""
                | "varbit"
                | "jsonb"
                | "tsvector"
                | "tsquery"
                | "macaddr"
                | "macaddr8"
                | "hstore"
                | "ltree"
        );
        self.told() == Told::Sorted && !is_range && !is_without
    }

    /// The cast of the smallest and the largest value, where the server gives one of another type: an `inet`, a `text`
    /// (`extremes_are_of_the_type_of_their_values`).
    pub(crate) fn of_extreme(self) -> &'static str {
        match self.name {
            "cidr" => "::cidr",
            "\"char\"" => "::\"char\"",
            _ => "",
        }
    }

    /// The cast of a sum or an average to the type of the summed numbers.
    pub(crate) fn of_sum(self) -> &'static str {
        match self.name {
            "int2" => "::int2",
            "int4" => "::int4",
            "int8" => "::int8",
            _ => "",
        }
    }

    /// The test whether a value of the type is NULL. To `IS NULL`, a composite whose fields are all NULL is NULL as well,
    /// and to `IS NOT NULL` one of whose fields is (<https://www.postgresql.org/docs/current/functions-comparison.html>);
    /// `DISTINCT` asks for the value itself, as an `Option` does. The server makes one test of both where the value is
    /// no composite.
    pub(crate) fn is_null(self) -> &'static str {
        if self.may_be_composite() { " IS NOT DISTINCT FROM NULL" } else { " IS NULL" }
    }

    /// The opposite of [`is_null`](Self::is_null).
    pub(crate) fn is_not_null(self) -> &'static str {
        if self.may_be_composite() { " IS DISTINCT FROM NULL" } else { " IS NOT NULL" }
    }

    fn may_be_composite(self) -> bool {
        self.name.is_empty() || (self.inference == Inference::Mistaken && self.name != "cidr")
    }

    /// Whether spaces may fill up a value, and mean nothing: a `char(n)`.
    pub(crate) fn is_padded(self) -> bool {
        self.name == "bpchar"
    }

    pub(crate) fn is_array(self) -> bool {
        self.name.ends_with("[]")
    }

    /// The type to which the expression itself is cast beside a value.
    pub(crate) fn of_itself(self) -> Option<&'static str> {
        (self.inference == Inference::Rebased).then_some(self.name)
    }

    /// The type to which a value beside the expression is cast.
    pub(crate) fn of_value(self) -> Option<&'static str> {
        (self.inference != Inference::Inferred).then_some(self.name)
    }

    /// The type of the values in a range of one of PostgreSQL's own types.
    pub(crate) fn of_bounds(self) -> Option<&'static str> {
        Some(match self.name {
            "int4range" => "int4",
            "int8range" => "int8",
            "numrange" => "numeric",
            "tsrange" => "timestamp",
            "tstzrange" => "timestamptz",
            "daterange" => "date",
            _ => return None,
        })
    }
}

/// The type's name, for one of `ltree` and `hstore` without its schema: an extension may be in any.
fn own_name(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((_, of_extension @ ("lquery" | "ltxtquery" | "ltree" | "hstore"))) => of_extension,
        _ => name,
    }
}
