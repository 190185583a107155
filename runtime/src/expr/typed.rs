//! The SQL types of values: of those beside an expression, and of those that stand alone.

use postgres_types::{FromSqlOwned, Kind, ToSql, Type};

use super::{Expression, Operand, Place, SqlValue};
use crate::{
    model::Database,
    sql::{ColumnDef, Parts, SqlType, Told, last_name},
};

/// An expression and what it is compared with, or put together with, each cast where the server would otherwise take
/// the value for one of another type.
pub(super) fn sides<M, P: Place, E, R>(left: E, right: R) -> (Parts, Parts)
where
    E: Expression<M, P>,
    R: Operand<M, E::Value>,
{
    let right = beside(left.sql_type(), right);
    (of_itself(left), right)
}

/// As [`sides`], for an operator that tells equal values from others: both sides are cast where the server cannot tell
/// values of their type apart.
pub(super) fn equal_sides<M, P: Place, E, R>(left: E, right: R) -> (Parts, Parts)
where
    E: Expression<M, P>,
    R: Operand<M, E::Value>,
{
    let sql_type = left.sql_type();
    let (left, right) = sides(left, right);
    (told(left, sql_type), told_value(right, sql_type, R::IS_VALUE))
}

/// As [`sides`], each side of the type of the left one; the flag says whether a side is a value.
fn sides_by<M, P: Place, E, R>(left: E, right: R, each: fn(Parts, SqlType, bool) -> Parts) -> (Parts, Parts)
where
    E: Expression<M, P>,
    R: Operand<M, E::Value>,
{
    let sql_type = left.sql_type();
    let (left, right) = sides(left, right);
    (each(left, sql_type, false), each(right, sql_type, R::IS_VALUE))
}

/// As [`sides`], for an operator that knows which value is the smaller one. The statement is not sent where the server
/// does not know of the type.
pub(super) fn ordered_sides<M, P: Place, E, R>(left: E, right: R) -> (Parts, Parts)
where
    E: Expression<M, P>,
    R: Operand<M, E::Value>,
{
    sides_by(left, right, ordered)
}

/// As [`ordered_sides`], for what sorts values as `ORDER BY` does.
pub(super) fn sorted_sides<M, P: Place, E, R>(left: E, right: R) -> (Parts, Parts)
where
    E: Expression<M, P>,
    R: Operand<M, E::Value>,
{
    sides_by(left, right, sorted)
}

fn sorted(side: Parts, sql_type: SqlType, is_value: bool) -> Parts {
    match sql_type.told() {
        Told::Sorted => side,
        Told::AsJson => told_value(side, sql_type, is_value),
        Told::Apart | Told::AsText => side.refused(UNORDERED),
    }
}

/// One side of an operator that knows which value is the smaller one.
pub(crate) fn ordered(side: Parts, sql_type: SqlType, is_value: bool) -> Parts {
    match sql_type.name() {
        // By their lengths, areas and numbers of points.
        "lseg" | "box" | "path" | "circle" => side,
        // It is sorted, and has no `<`.
        name if name == "hstore" || name.ends_with(".hstore") => side.refused(UNORDERED),
        _ => sorted(side, sql_type, is_value),
    }
}

const UNORDERED: &str = "PostgreSQL does not order the values of this column's type: compare them by `eq`, or compare a value \
    in it or its text, `LOCATION.cast_to::<String>().lt(…)`";

/// The expression, cast to a type of which the server tells values apart.
pub(crate) fn told(side: Parts, sql_type: SqlType) -> Parts {
    match sql_type.compared_as() {
        Some(to) => array_of(side.text("::").text(to), sql_type),
        None => side,
    }
}

/// As [`told`], for what is compared with the expression: a value is first one of the expression's own type.
pub(super) fn told_value(side: Parts, sql_type: SqlType, is_value: bool) -> Parts {
    let is_cast = is_value && sql_type.compared_as().is_some() && sql_type.of_value().is_none();
    told(cast(side, is_cast.then_some(sql_type.name())), sql_type)
}

fn array_of(side: Parts, sql_type: SqlType) -> Parts {
    if sql_type.is_array() { side.text("[]") } else { side }
}

/// The expression, cast where no value of its own type can stand beside it.
pub(super) fn of_itself<M, P: Place>(left: impl Expression<M, P>) -> Parts {
    let to = left.sql_type().of_itself();
    cast(left.into_parts(), to)
}

/// An operand beside an expression of this type.
pub(super) fn beside<M, T, R: Operand<M, T>>(left: SqlType, right: R) -> Parts {
    cast(right.into_operand(), cast_beside::<M, T, R>(left))
}

/// An operand as an array of its own beside an expression of this type, which is of arrays.
pub(super) fn array_beside<M, T, R: Operand<M, T>>(left: SqlType, right: R) -> Parts {
    cast(right.into_array(), cast_beside::<M, T, R>(left))
}

/// The type to which an operand is cast beside an expression of this type.
fn cast_beside<M, T, R: Operand<M, T>>(left: SqlType) -> Option<&'static str> {
    if R::IS_VALUE { left.of_value() } else { left.of_itself() }
}

/// How an expression is compared with a list of values.
pub(super) struct Listed {
    /// With all values as one array.
    at_once: &'static str,
    /// With one of them.
    one: &'static str,
    /// Between two such comparisons.
    word: &'static str,
    /// What holds for a list without values.
    of_none: &'static str,
}

pub(super) const ANY: Listed = Listed { at_once: " = ANY(", one: " = ", word: " OR ", of_none: "false" };
pub(super) const ALL: Listed = Listed { at_once: " <> ALL(", one: " <> ", word: " AND ", of_none: "true" };

/// Compares an expression with a list of values, which is sent as one array; or with each of them, where the values are
/// arrays themselves, since an array of arrays would be one array of two dimensions.
pub(super) fn beside_list<M, P: Place, E, T: SqlValue>(left: E, list: Vec<T>, how: &Listed) -> Parts
where
    E: Expression<M, P>,
{
    let sql_type = left.sql_type();
    let left = told(of_itself(left), sql_type);
    if sql_type.is_array() {
        let value = |value| told_value(cast(Parts::value(value), sql_type.of_value()), sql_type, true);
        let each = list.into_iter().map(|one| left.clone().text(how.one).then(value(one)));
        let each = Parts::joined(how.word, each);
        return if each == Parts::default() { each.text(how.of_none) } else { each.between("(", ")") };
    }
    let list = match (sql_type.of_value(), sql_type.compared_as()) {
        (_, Some(to)) => Parts::value(list).text("::").text(sql_type.name()).text("[]::").text(to).text("[]"),
        (Some(name), _) => Parts::value(list).text("::").text(name).text("[]"),
        (None, _) => Parts::value(list),
    };
    left.text(how.at_once).then(list).between("(", "))")
}

pub(crate) fn cast(parts: Parts, to: Option<&'static str>) -> Parts {
    match to {
        Some(name) => parts.text("::").text(name),
        None => parts,
    }
}

/// The SQL type that values of type `T` are sent as: one of PostgreSQL's own, or one that the database `D` has; empty
/// where it is neither.
pub(super) fn type_of<T: ToSql + 'static, D: Database>() -> &'static str {
    let own = BUILTIN.iter().find(|(ty, _)| T::accepts(ty)).map(|(_, name)| *name);
    let of_columns = || D::TABLES.iter().flat_map(|table| table.columns).map(|column| column.sql_type);
    // By its name alone an enum or a composite is not told from one of another schema.
    let exact = || {
        let enums = D::ENUMS.iter().map(|def| (def.name, def.rust));
        let mut all = enums.chain(D::COMPOSITES.iter().map(|def| (def.relation.name, def.rust)));
        let arrays = |of: &str| of_columns().find(|name| name.strip_suffix("[]") == Some(of));
        let (name, rust) = all.find(|(_, rust)| rust.is::<T>() || rust.is_of_elements::<T>())?;
        if rust.is::<T>() { Some(name) } else { arrays(name) }
    };
    let named = || D::ENUMS.iter().find(|def| T::accepts(&named(def.name, Kind::Enum(Vec::new()))));
    let accepted = || of_columns().find(|name| accepts::<T>(name));
    own.or_else(exact).or_else(|| named().map(|def| def.name)).or_else(accepted).unwrap_or_default()
}

/// The SQL type that values of type `T` are read from, and whether it is neither an array nor a composite; as in
/// [`type_of`].
pub(crate) fn read_type<T: FromSqlOwned + 'static, D: Database>() -> (&'static str, bool) {
    if let Some((_, name)) = BUILTIN.iter().find(|(ty, _)| T::accepts(ty)) {
        return (name, !name.ends_with("[]"));
    }
    if let Some(composite) = D::COMPOSITES.iter().find(|def| def.rust.is::<T>()) {
        return (composite.relation.name, false);
    }
    let columns = || D::TABLES.iter().flat_map(|table| table.columns);
    let is_read = |column: &&ColumnDef| {
        !column.scalar && !column.sql_type.ends_with("[]") && reads_composite::<T>(column.sql_type)
    };
    columns().find(is_read).map_or(("", true), |column| (column.sql_type, false))
}

/// Whether values of type `T` are read from the composite that SQL calls `name`, and not from any composite.
fn reads_composite<T: FromSqlOwned>(name: &str) -> bool {
    let composite = |name| named(name, Kind::Composite(Vec::new()));
    T::accepts(&composite(name)) && !T::accepts(&composite(""))
}

/// Whether values of type `T` are sent as the type that SQL calls `name`: a composite, a type of an extension, or an
/// array of such types or of an enum. A Rust type that takes types of any name, as a range of one's own does, tells
/// nothing.
fn accepts<T: ToSql>(name: &str) -> bool {
    let kinds = || [Kind::Composite(Vec::new()), Kind::Simple, Kind::Enum(Vec::new())].into_iter();
    let of = |name: &str, kind| match name.strip_suffix("[]") {
        None => named(name, kind),
        Some(of) => named(of, Kind::Array(named(of, kind))),
    };
    let no_name = if name.ends_with("[]") { "[]" } else { "" };
    kinds().any(|kind| T::accepts(&of(name, kind.clone())) && !T::accepts(&of(no_name, kind)))
}

/// The driver's type of this name in SQL.
fn named(name: &str, kind: Kind) -> Type {
    Type::new(last_name(name), 0, kind, String::new())
}

/// PostgreSQL's own types with their names in SQL. Of several types that take the same Rust type, the first is chosen.
const BUILTIN: &[(Type, &str)] = &[
    (Type::BOOL, "bool"),
    (Type::INT2, "int2"),
    (Type::INT4, "int4"),
    (Type::INT8, "int8"),
    (Type::FLOAT4, "float4"),
    (Type::FLOAT8, "float8"),
    (Type::NUMERIC, "numeric"),
    (Type::TEXT, "text"),
    (Type::BYTEA, "bytea"),
    (Type::DATE, "date"),
    (Type::TIME, "time"),
    (Type::TIMESTAMP, "timestamp"),
    (Type::TIMESTAMPTZ, "timestamptz"),
    (Type::INTERVAL, "interval"),
    (Type::JSONB, "jsonb"),
    (Type::UUID, "uuid"),
    (Type::TIMETZ, "timetz"),
    (Type::MONEY, "money"),
    (Type::INET, "inet"),
    (Type::CIDR, "cidr"),
    (Type::MACADDR, "macaddr"),
    (Type::MACADDR8, "macaddr8"),
    (Type::VARBIT, "varbit"),
    (Type::JSON, "json"),
    (Type::JSONPATH, "jsonpath"),
    (Type::XML, "xml"),
    (Type::TS_VECTOR, "tsvector"),
    (Type::TSQUERY, "tsquery"),
    (Type::POINT, "point"),
    (Type::LINE, "line"),
    (Type::LSEG, "lseg"),
    (Type::BOX, "box"),
    (Type::PATH, "path"),
    (Type::POLYGON, "polygon"),
    (Type::CIRCLE, "circle"),
    (Type::OID, "oid"),
    (Type::XID, "xid"),
    (Type::XID8, "xid8"),
    (Type::CID, "cid"),
    (Type::TID, "tid"),
    (Type::PG_LSN, "pg_lsn"),
    (Type::PG_SNAPSHOT, "pg_snapshot"),
    (Type::REFCURSOR, "refcursor"),
    (Type::INT4_RANGE, "int4range"),
    (Type::INT8_RANGE, "int8range"),
    (Type::NUM_RANGE, "numrange"),
    (Type::TS_RANGE, "tsrange"),
    (Type::TSTZ_RANGE, "tstzrange"),
    (Type::DATE_RANGE, "daterange"),
    (Type::INT4MULTI_RANGE, "int4multirange"),
    (Type::INT8MULTI_RANGE, "int8multirange"),
    (Type::NUMMULTI_RANGE, "nummultirange"),
    (Type::TSMULTI_RANGE, "tsmultirange"),
    (Type::TSTZMULTI_RANGE, "tstzmultirange"),
    (Type::DATEMULTI_RANGE, "datemultirange"),
    (Type::CHAR, "\"char\""),
    (Type::BOOL_ARRAY, "bool[]"),
    (Type::INT2_ARRAY, "int2[]"),
    (Type::INT4_ARRAY, "int4[]"),
    (Type::INT8_ARRAY, "int8[]"),
    (Type::FLOAT4_ARRAY, "float4[]"),
    (Type::FLOAT8_ARRAY, "float8[]"),
    (Type::NUMERIC_ARRAY, "numeric[]"),
    (Type::TEXT_ARRAY, "text[]"),
    (Type::BYTEA_ARRAY, "bytea[]"),
    (Type::DATE_ARRAY, "date[]"),
    (Type::TIME_ARRAY, "time[]"),
    (Type::TIMESTAMP_ARRAY, "timestamp[]"),
    (Type::TIMESTAMPTZ_ARRAY, "timestamptz[]"),
    (Type::INTERVAL_ARRAY, "interval[]"),
    (Type::JSONB_ARRAY, "jsonb[]"),
    (Type::UUID_ARRAY, "uuid[]"),
    (Type::TIMETZ_ARRAY, "timetz[]"),
    (Type::MONEY_ARRAY, "money[]"),
    (Type::INET_ARRAY, "inet[]"),
    (Type::CIDR_ARRAY, "cidr[]"),
    (Type::MACADDR_ARRAY, "macaddr[]"),
    (Type::MACADDR8_ARRAY, "macaddr8[]"),
    (Type::VARBIT_ARRAY, "varbit[]"),
    (Type::JSON_ARRAY, "json[]"),
    (Type::JSONPATH_ARRAY, "jsonpath[]"),
    (Type::XML_ARRAY, "xml[]"),
    (Type::TS_VECTOR_ARRAY, "tsvector[]"),
    (Type::TSQUERY_ARRAY, "tsquery[]"),
    (Type::POINT_ARRAY, "point[]"),
    (Type::LINE_ARRAY, "line[]"),
    (Type::LSEG_ARRAY, "lseg[]"),
    (Type::BOX_ARRAY, "box[]"),
    (Type::PATH_ARRAY, "path[]"),
    (Type::POLYGON_ARRAY, "polygon[]"),
    (Type::CIRCLE_ARRAY, "circle[]"),
    (Type::OID_ARRAY, "oid[]"),
    (Type::XID_ARRAY, "xid[]"),
    (Type::XID8_ARRAY, "xid8[]"),
    (Type::CID_ARRAY, "cid[]"),
    (Type::TID_ARRAY, "tid[]"),
    (Type::PG_LSN_ARRAY, "pg_lsn[]"),
    (Type::PG_SNAPSHOT_ARRAY, "pg_snapshot[]"),
    (Type::REFCURSOR_ARRAY, "refcursor[]"),
    (Type::INT2_VECTOR_ARRAY, "int2vector[]"),
    (Type::OID_VECTOR_ARRAY, "oidvector[]"),
    (Type::INT4_RANGE_ARRAY, "int4range[]"),
    (Type::INT8_RANGE_ARRAY, "int8range[]"),
    (Type::NUM_RANGE_ARRAY, "numrange[]"),
    (Type::TS_RANGE_ARRAY, "tsrange[]"),
    (Type::TSTZ_RANGE_ARRAY, "tstzrange[]"),
    (Type::DATE_RANGE_ARRAY, "daterange[]"),
    (Type::INT4MULTI_RANGE_ARRAY, "int4multirange[]"),
    (Type::INT8MULTI_RANGE_ARRAY, "int8multirange[]"),
    (Type::NUMMULTI_RANGE_ARRAY, "nummultirange[]"),
    (Type::TSMULTI_RANGE_ARRAY, "tsmultirange[]"),
    (Type::TSTZMULTI_RANGE_ARRAY, "tstzmultirange[]"),
    (Type::DATEMULTI_RANGE_ARRAY, "datemultirange[]"),
    (Type::CHAR_ARRAY, "\"char\"[]"),
    // A vector of Rust is an array: these begin at 0, which no array of the program's does.
    (Type::INT2_VECTOR, "int2vector"),
    (Type::OID_VECTOR, "oidvector"),
];
