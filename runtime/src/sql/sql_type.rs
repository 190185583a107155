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
    /// An array of a domain, which the driver cannot write: both sides are compared as arrays of the base type.
    Rebased,
}

impl SqlType {
    /// The type of a column.
    pub fn of(column: &ColumnDef) -> Self {
        let name = column.sql_type;
        let inference = match name.ends_with("[]") {
            true if column.cast => Inference::Rebased,
            false if !column.scalar || name == "cidr" => Inference::Mistaken,
            _ => Inference::Inferred,
        };
        Self { name, inference }
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
