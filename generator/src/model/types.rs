//! The Rust types for the built-in types of PostgreSQL, and for those of well-known extensions.
//!
//! This is a table of facts alone: other modules treat overrides, arrays, domains and user-defined types. The tests in
//! `tests/tests/types` check that the facts are true and that no type of a server is missing.

use super::rust_type::{RustType, Traits};
use crate::catalog::{QName, SqlType};

/// The Rust type for a type of `pg_catalog`, or of an extension whatever the schema it was installed in.
///
/// A user-defined type may have an extension type's name: look into the catalog's own types first.
///
/// ```
/// use ormgen::{catalog::QName, model::types::builtin};
///
/// assert_eq!(builtin(&QName::builtin("int4")).unwrap().to_string(), "i32");
/// assert_eq!(builtin(&QName::new("extensions", "citext")).unwrap().to_string(), "String");
/// assert_eq!(builtin(&QName::new("public", "int4")), None);
/// ```
pub fn builtin(name: &QName) -> Option<&'static RustType> {
    let table = match name.schema.as_str() {
        "pg_catalog" => BUILTIN,
        "information_schema" => INFORMATION_SCHEMA,
        _ => EXTENSION,
    };
    table.iter().find(|(sql, _)| *sql == name.name).map(|(_, rust)| rust)
}

/// The reason why no column can have that type of `pg_catalog`; none if columns can.
pub fn unsupported(name: &QName) -> Option<&'static str> {
    if name.schema != "pg_catalog" {
        return None;
    }
    UNSUPPORTED.iter().find(|(sql, _)| *sql == name.name).map(|(_, reason)| *reason)
}

/// The digits that a `Decimal` has, before the point and behind it.
const DECIMAL_DIGITS: i32 = 28;

/// The Rust type of a `numeric` that [fits](fits_decimal).
pub const fn decimal() -> RustType {
    RustType::runtime("Decimal", Traits::ALL)
}

/// Whether each number of that type fits a `Decimal`: a `numeric` with a precision of 28 digits at most, before the
/// point and behind it (<https://www.postgresql.org/docs/current/datatype-numeric.html>). (`NaN` fits none.)
///
/// ```
/// use ormgen::{catalog::SqlType, model::types::fits_decimal};
///
/// let numeric = |modifier: &str| SqlType { modifier: Some(modifier.to_owned()), ..SqlType::builtin("numeric") };
/// assert!(fits_decimal(&numeric("12,2")) && fits_decimal(&numeric("28")) && fits_decimal(&numeric("3,-2")));
/// assert!(!fits_decimal(&numeric("29")) && !fits_decimal(&numeric("3,30")));
/// assert!(!fits_decimal(&SqlType::builtin("numeric")));
/// ```
pub fn fits_decimal(ty: &SqlType) -> bool {
    if ty.name != QName::builtin("numeric") {
        return false;
    }
    let Some(modifier) = &ty.modifier else { return false };
    let mut parts = modifier.split(',').map(|part| part.trim().parse::<i32>());
    match (parts.next(), parts.next()) {
        (Some(Ok(precision)), scale) => {
            let Ok(scale) = scale.unwrap_or(Ok(0)) else { return false };
            // Digits before the point, or behind it; a negative scale is for zeros before the point.
            precision - scale.min(0) <= DECIMAL_DIGITS && scale <= DECIMAL_DIGITS
        }
        _ => false,
    }
}

// What `Vec`, ranges and others are of.
const U8: &[RustType] = &[RustType::prelude("u8", Traits::ALL)];
const I16: &[RustType] = &[RustType::prelude("i16", Traits::ALL)];
const U32: &[RustType] = &[RustType::prelude("u32", Traits::ALL)];
const I32: &[RustType] = &[RustType::prelude("i32", Traits::ALL)];
const I64: &[RustType] = &[RustType::prelude("i64", Traits::ALL)];
const NUMERIC: &[RustType] = &[RustType::runtime("Numeric", Traits::ORD)];
const DATE: &[RustType] = &[RustType::runtime("NaiveDate", Traits::ALL)];
const TIMESTAMP: &[RustType] = &[RustType::runtime("NaiveDateTime", Traits::ALL)];
const UTC: &[RustType] = &[RustType::runtime("Utc", Traits::ALL)];
const TIMESTAMPTZ: &[RustType] = &[RustType::runtime_of("DateTime", UTC, Traits::ALL)];

/// The types of `pg_catalog`, PostgreSQL 12 to 18, by family.
pub const BUILTIN: &[(&str, RustType)] = &[
    ("bool", RustType::prelude("bool", Traits::ALL)),
    // Numbers.
    ("int2", RustType::prelude("i16", Traits::ALL)),
    ("int4", RustType::prelude("i32", Traits::ALL)),
    ("int8", RustType::prelude("i64", Traits::ALL)),
    ("float4", RustType::prelude("f32", Traits::PARTIAL.copy())),
    ("float8", RustType::prelude("f64", Traits::PARTIAL.copy())),
    // One whose precision is known to fit is a `Decimal`: see `fits_decimal`.
    ("numeric", RustType::runtime("Numeric", Traits::ORD)),
    ("money", RustType::runtime("Money", Traits::ALL)),
    // Texts and bytes.
    ("text", RustType::prelude("String", Traits::ORD)),
    ("varchar", RustType::prelude("String", Traits::ORD)),
    ("bpchar", RustType::prelude("String", Traits::ORD)),
    ("name", RustType::prelude("String", Traits::ORD)),
    ("char", RustType::prelude("i8", Traits::ALL)),
    ("bytea", RustType::vec_of(U8, Traits::ORD)),
    ("bit", RustType::runtime("BitString", Traits::ORD)),
    ("varbit", RustType::runtime("BitString", Traits::ORD)),
    ("uuid", RustType::runtime("Uuid", Traits::ALL)),
    ("xml", RustType::runtime("Xml", Traits::HASH)),
    // Dates and times.
    ("date", RustType::runtime("NaiveDate", Traits::ALL)),
    ("time", RustType::runtime("NaiveTime", Traits::ALL)),
    ("timetz", RustType::runtime("TimeTz", Traits::HASH.copy())),
    ("timestamp", RustType::runtime("NaiveDateTime", Traits::ALL)),
    ("timestamptz", RustType::runtime_of("DateTime", UTC, Traits::ALL)),
    ("interval", RustType::runtime("Interval", Traits::HASH.copy())),
    // JSON.
    ("json", RustType::runtime("JsonValue", Traits::HASH)),
    ("jsonb", RustType::runtime("JsonValue", Traits::HASH)),
    ("jsonpath", RustType::runtime("JsonPath", Traits::HASH)),
    // Networks.
    ("inet", RustType::runtime("IpInet", Traits::ALL)),
    ("cidr", RustType::runtime("IpCidr", Traits::ALL)),
    ("macaddr", RustType::runtime("MacAddr", Traits::ALL)),
    ("macaddr8", RustType::runtime("MacAddr8", Traits::ALL)),
    // Geometry.
    ("point", RustType::runtime("Point", Traits::PARTIAL.copy())),
    ("line", RustType::runtime("Line", Traits::PARTIAL.copy())),
    ("lseg", RustType::runtime("LineSegment", Traits::PARTIAL.copy())),
    ("box", RustType::runtime("Rectangle", Traits::PARTIAL.copy())),
    ("path", RustType::runtime("Path", Traits::PARTIAL)),
    ("polygon", RustType::runtime("Polygon", Traits::PARTIAL)),
    ("circle", RustType::runtime("Circle", Traits::PARTIAL.copy())),
    // Ranges.
    ("int4range", RustType::runtime_of("Range", I32, Traits::HASH.copy())),
    ("int8range", RustType::runtime_of("Range", I64, Traits::HASH.copy())),
    ("numrange", RustType::runtime_of("Range", NUMERIC, Traits::HASH)),
    ("daterange", RustType::runtime_of("Range", DATE, Traits::HASH.copy())),
    ("tsrange", RustType::runtime_of("Range", TIMESTAMP, Traits::HASH.copy())),
    ("tstzrange", RustType::runtime_of("Range", TIMESTAMPTZ, Traits::HASH.copy())),
    ("int4multirange", RustType::runtime_of("Multirange", I32, Traits::HASH)),
    ("int8multirange", RustType::runtime_of("Multirange", I64, Traits::HASH)),
    ("nummultirange", RustType::runtime_of("Multirange", NUMERIC, Traits::HASH)),
    ("datemultirange", RustType::runtime_of("Multirange", DATE, Traits::HASH)),
    ("tsmultirange", RustType::runtime_of("Multirange", TIMESTAMP, Traits::HASH)),
    ("tstzmultirange", RustType::runtime_of("Multirange", TIMESTAMPTZ, Traits::HASH)),
    // Text search.
    ("tsvector", RustType::runtime("TsVector", Traits::HASH)),
    ("tsquery", RustType::runtime("TsQuery", Traits::HASH)),
    // The server's own.
    ("oid", RustType::prelude("u32", Traits::ALL)),
    ("regclass", RustType::runtime("Oid", Traits::ALL)),
    ("regcollation", RustType::runtime("Oid", Traits::ALL)),
    ("regconfig", RustType::runtime("Oid", Traits::ALL)),
    ("regdictionary", RustType::runtime("Oid", Traits::ALL)),
    ("regnamespace", RustType::runtime("Oid", Traits::ALL)),
    ("regoper", RustType::runtime("Oid", Traits::ALL)),
    ("regoperator", RustType::runtime("Oid", Traits::ALL)),
    ("regproc", RustType::runtime("Oid", Traits::ALL)),
    ("regprocedure", RustType::runtime("Oid", Traits::ALL)),
    ("regrole", RustType::runtime("Oid", Traits::ALL)),
    ("regtype", RustType::runtime("Oid", Traits::ALL)),
    ("int2vector", RustType::vec_of(I16, Traits::ORD)),
    ("oidvector", RustType::vec_of(U32, Traits::ORD)),
    ("xid", RustType::runtime("Xid", Traits::HASH.copy())),
    ("xid8", RustType::runtime("Xid8", Traits::ALL)),
    ("cid", RustType::runtime("Cid", Traits::HASH.copy())),
    ("tid", RustType::runtime("Tid", Traits::ALL)),
    ("pg_lsn", RustType::runtime("PgLsn", Traits { hash: false, serde: false, ..Traits::ALL })),
    ("pg_snapshot", RustType::runtime("Snapshot", Traits::HASH)),
    ("txid_snapshot", RustType::runtime("Snapshot", Traits::HASH)),
    ("refcursor", RustType::runtime("RefCursor", Traits::ORD)),
];

/// The domains of `information_schema`.
const INFORMATION_SCHEMA: &[(&str, RustType)] = &[
    ("cardinal_number", RustType::prelude("i32", Traits::ALL)),
    ("character_data", RustType::prelude("String", Traits::ORD)),
    ("sql_identifier", RustType::prelude("String", Traits::ORD)),
    ("time_stamp", RustType::runtime_of("DateTime", UTC, Traits::ALL)),
    ("yes_or_no", RustType::prelude("String", Traits::ORD)),
];

/// The types of extensions, by bare name: an extension can be installed in any schema.
pub const EXTENSION: &[(&str, RustType)] = &[
    ("citext", RustType::prelude("String", Traits::ORD)),
    ("hstore", RustType::runtime("HStore", Traits::EQ)),
    ("ltree", RustType::prelude("String", Traits::ORD)),
    ("lquery", RustType::prelude("String", Traits::ORD)),
    ("ltxtquery", RustType::prelude("String", Traits::ORD)),
    ("vector", RustType::runtime("Vector", Traits::PARTIAL)),
];

/// The types of `pg_catalog` that no column of a model can have, and why.
pub const UNSUPPORTED: &[(&str, &str)] = &[
    ("aclitem", "PostgreSQL has no binary form of it"),
    ("gtsvector", "it exists inside indexes only"),
    ("pg_brin_bloom_summary", "it exists inside indexes only"),
    ("pg_brin_minmax_multi_summary", "it exists inside indexes only"),
    ("pg_dependencies", "only the server can make a value of it"),
    ("pg_mcv_list", "only the server can make a value of it"),
    ("pg_ndistinct", "only the server can make a value of it"),
    ("pg_node_tree", "only the server can make a value of it"),
    // PostgreSQL 19 brought both.
    ("oid8", "the driver does not know it yet"),
    ("regdatabase", "the driver does not know it yet"),
    // Gone from newer servers.
    ("smgr", "only the server can make a value of it"),
];

/// Types from third-party crates, by bare name and by the shape that a modifier names; without a shape, for any
/// modifier. Each implements `ToSql`, `FromSql` and `PartialEq`. (`postgis::ewkb::Geometry`, which holds any shape,
/// lacks the last.)
const OF_CRATES: &[(&str, Option<&str>, &str)] = &[
    ("halfvec", None, "pgvector::HalfVector"),
    ("sparsevec", None, "pgvector::SparseVector"),
    ("geometry", Some("point"), "postgis::ewkb::Point"),
    ("geometry", Some("linestring"), "postgis::ewkb::LineString"),
    ("geometry", Some("polygon"), "postgis::ewkb::Polygon"),
    ("geometry", Some("multipoint"), "postgis::ewkb::MultiPoint"),
    ("geometry", Some("multilinestring"), "postgis::ewkb::MultiLineString"),
    ("geometry", Some("multipolygon"), "postgis::ewkb::MultiPolygon"),
];

/// The Rust type of a third-party crate for a type, and whether it fits every column of the type or only columns with
/// this modifier.
///
/// ```
/// use ormgen::{catalog::{QName, SqlType}, model::types::of_crate};
///
/// let geometry = SqlType::new(QName::new("public", "geometry"));
/// let points = SqlType { modifier: Some("Point,4326".to_owned()), ..geometry.clone() };
/// assert_eq!(of_crate(&points), Some((false, "postgis::ewkb::Point")));
/// assert_eq!(of_crate(&geometry), None);
/// ```
pub fn of_crate(ty: &SqlType) -> Option<(bool, &'static str)> {
    // PostGIS has the same values for both.
    let name = if ty.name.name == "geography" { "geometry" } else { ty.name.name.as_str() };
    let modifier = ty.modifier.as_deref().unwrap_or_default().to_ascii_lowercase();
    let shape = modifier.split(',').next().unwrap_or_default().trim();
    let fits = |own: &Option<&str>| own.is_none_or(|own| own == shape);
    let (_, own, path) = OF_CRATES.iter().find(|(known, own, _)| *known == name && fits(own))?;
    (!ty.array && ty.name.schema != "pg_catalog").then_some((own.is_none(), *path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_type_is_listed_twice() {
        let builtin = BUILTIN.iter().map(|(name, _)| *name).chain(UNSUPPORTED.iter().map(|(name, _)| *name));
        let names: Vec<_> = builtin.chain(EXTENSION.iter().map(|(name, _)| *name)).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn a_name_counts_in_its_own_schema_only() {
        assert_eq!(builtin(&QName::builtin("text")).unwrap().to_string(), "String");
        assert_eq!(builtin(&QName::builtin("hstore")), None);
        assert!(builtin(&QName::new("tools", "hstore")).is_some());
        assert_eq!(builtin(&QName::new("public", "text")), None);
        assert!(unsupported(&QName::builtin("aclitem")).is_some());
        assert_eq!(unsupported(&QName::new("public", "aclitem")), None);
    }

    #[test]
    fn every_path_is_a_type() {
        for (name, rust) in BUILTIN.iter().chain(EXTENSION) {
            assert!(syn::parse_str::<syn::Type>(&rust.to_string()).is_ok(), "{name}: {rust}");
        }
    }
}
