//! Which Rust type stands for a built-in type of PostgreSQL, or of a well-known extension.
//!
//! A table of facts, nothing else: overrides, arrays, domains and user-defined types are the model's business. That
//! the facts are true, and that no type of a server is missing, is tested in `tests/tests/types.rs`.

use crate::catalog::QName;

/// A Rust type and what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RustType {
    /// Its full path: `i32`, `ormgen_runtime::types::Decimal`.
    pub path: &'static str,
    /// Whether it is `Copy`.
    pub copy: bool,
    /// Whether it is `Eq`.
    pub eq: bool,
    /// Whether it is `Hash`.
    pub hash: bool,
    /// Whether it is `Ord`.
    pub ord: bool,
    /// Whether it is `Serialize` and `Deserialize` with the runtime's feature `serde`.
    pub default_serde: bool,
}

impl RustType {
    /// A type that is only `PartialEq`, as floating-point numbers are.
    const fn partial(path: &'static str) -> Self {
        Self { path, copy: false, eq: false, hash: false, ord: false, default_serde: true }
    }

    const fn eq(path: &'static str) -> Self {
        Self { eq: true, ..Self::partial(path) }
    }

    const fn hash(path: &'static str) -> Self {
        Self { hash: true, ..Self::eq(path) }
    }

    const fn ord(path: &'static str) -> Self {
        Self { ord: true, ..Self::hash(path) }
    }

    const fn copy(self) -> Self {
        Self { copy: true, ..self }
    }
}

/// The Rust type for a type of `pg_catalog`, or of an extension whatever the schema it was installed in.
///
/// A user-defined type may have an extension type's name: look into the catalog's own types first.
///
/// ```
/// use ormgen::{catalog::QName, model::types::builtin};
///
/// assert_eq!(builtin(&QName::builtin("int4")).map(|ty| ty.path), Some("i32"));
/// assert_eq!(builtin(&QName::new("extensions", "citext")).map(|ty| ty.path), Some("String"));
/// assert_eq!(builtin(&QName::new("public", "int4")), None);
/// ```
pub fn builtin(name: &QName) -> Option<RustType> {
    let table = if name.schema == "pg_catalog" { BUILTIN } else { EXTENSION };
    table.iter().find(|(sql, _)| *sql == name.name).map(|(_, rust)| *rust)
}

/// Why a column cannot be of that type of `pg_catalog`, where it cannot.
pub fn unsupported(name: &QName) -> Option<&'static str> {
    if name.schema != "pg_catalog" {
        return None;
    }
    UNSUPPORTED.iter().find(|(sql, _)| *sql == name.name).map(|(_, reason)| *reason)
}

/// The types of `pg_catalog`, PostgreSQL 12 to 18, by family.
pub const BUILTIN: &[(&str, RustType)] = &[
    ("bool", RustType::ord("bool").copy()),
    // Numbers.
    ("int2", RustType::ord("i16").copy()),
    ("int4", RustType::ord("i32").copy()),
    ("int8", RustType::ord("i64").copy()),
    ("float4", RustType::partial("f32").copy()),
    ("float8", RustType::partial("f64").copy()),
    ("numeric", RustType::ord("ormgen_runtime::types::Decimal").copy()),
    ("money", RustType::ord("ormgen_runtime::types::Money").copy()),
    // Texts and bytes.
    ("text", RustType::ord("String")),
    ("varchar", RustType::ord("String")),
    ("bpchar", RustType::ord("String")),
    ("name", RustType::ord("String")),
    ("char", RustType::ord("i8").copy()),
    ("bytea", RustType::ord("Vec<u8>")),
    ("bit", RustType::ord("ormgen_runtime::types::BitString")),
    ("varbit", RustType::ord("ormgen_runtime::types::BitString")),
    ("uuid", RustType::ord("ormgen_runtime::types::Uuid").copy()),
    ("xml", RustType::hash("ormgen_runtime::types::Xml")),
    // Dates and times.
    ("date", RustType::ord("ormgen_runtime::types::NaiveDate").copy()),
    ("time", RustType::ord("ormgen_runtime::types::NaiveTime").copy()),
    ("timetz", RustType::hash("ormgen_runtime::types::TimeTz").copy()),
    ("timestamp", RustType::ord("ormgen_runtime::types::NaiveDateTime").copy()),
    ("timestamptz", RustType::ord("ormgen_runtime::types::DateTime<ormgen_runtime::types::Utc>").copy()),
    ("interval", RustType::hash("ormgen_runtime::types::Interval").copy()),
    // JSON.
    ("json", RustType::hash("ormgen_runtime::types::JsonValue")),
    ("jsonb", RustType::hash("ormgen_runtime::types::JsonValue")),
    ("jsonpath", RustType::hash("ormgen_runtime::types::JsonPath")),
    // Networks.
    ("inet", RustType::ord("ormgen_runtime::types::IpInet").copy()),
    ("cidr", RustType::ord("ormgen_runtime::types::IpCidr").copy()),
    ("macaddr", RustType::ord("ormgen_runtime::types::MacAddr").copy()),
    ("macaddr8", RustType::ord("ormgen_runtime::types::MacAddr8").copy()),
    // Geometry.
    ("point", RustType::partial("ormgen_runtime::types::Point").copy()),
    ("line", RustType::partial("ormgen_runtime::types::Line").copy()),
    ("lseg", RustType::partial("ormgen_runtime::types::LineSegment").copy()),
    ("box", RustType::partial("ormgen_runtime::types::Rectangle").copy()),
    ("path", RustType::partial("ormgen_runtime::types::Path")),
    ("polygon", RustType::partial("ormgen_runtime::types::Polygon")),
    ("circle", RustType::partial("ormgen_runtime::types::Circle").copy()),
    // Ranges.
    ("int4range", RustType::hash("ormgen_runtime::types::Range<i32>").copy()),
    ("int8range", RustType::hash("ormgen_runtime::types::Range<i64>").copy()),
    ("numrange", RustType::hash("ormgen_runtime::types::Range<ormgen_runtime::types::Decimal>").copy()),
    ("daterange", RustType::hash("ormgen_runtime::types::Range<ormgen_runtime::types::NaiveDate>").copy()),
    ("tsrange", RustType::hash("ormgen_runtime::types::Range<ormgen_runtime::types::NaiveDateTime>").copy()),
    (
        "tstzrange",
        RustType::hash(
            "ormgen_runtime::types::Range<ormgen_runtime::types::DateTime<ormgen_runtime::types::Utc>>",
        )
        .copy(),
    ),
    ("int4multirange", RustType::hash("ormgen_runtime::types::Multirange<i32>")),
    ("int8multirange", RustType::hash("ormgen_runtime::types::Multirange<i64>")),
    ("nummultirange", RustType::hash("ormgen_runtime::types::Multirange<ormgen_runtime::types::Decimal>")),
    ("datemultirange", RustType::hash("ormgen_runtime::types::Multirange<ormgen_runtime::types::NaiveDate>")),
    (
        "tsmultirange",
        RustType::hash("ormgen_runtime::types::Multirange<ormgen_runtime::types::NaiveDateTime>"),
    ),
    (
        "tstzmultirange",
        RustType::hash(
            "ormgen_runtime::types::Multirange<ormgen_runtime::types::DateTime<ormgen_runtime::types::Utc>>",
        ),
    ),
    // Text search.
    ("tsvector", RustType::hash("ormgen_runtime::types::TsVector")),
    ("tsquery", RustType::hash("ormgen_runtime::types::TsQuery")),
    // The server's own.
    ("oid", RustType::ord("u32").copy()),
    ("regclass", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regcollation", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regconfig", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regdictionary", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regnamespace", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regoper", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regoperator", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regproc", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regprocedure", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regrole", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("regtype", RustType::ord("ormgen_runtime::types::Oid").copy()),
    ("int2vector", RustType::ord("Vec<i16>")),
    ("oidvector", RustType::ord("Vec<u32>")),
    ("xid", RustType::hash("ormgen_runtime::types::Xid").copy()),
    ("xid8", RustType::ord("ormgen_runtime::types::Xid8").copy()),
    ("cid", RustType::hash("ormgen_runtime::types::Cid").copy()),
    ("tid", RustType::ord("ormgen_runtime::types::Tid").copy()),
    (
        "pg_lsn",
        RustType {
            path: "ormgen_runtime::types::PgLsn",
            copy: true,
            eq: true,
            hash: false,
            ord: true,
            default_serde: false,
        },
    ),
    ("pg_snapshot", RustType::hash("ormgen_runtime::types::Snapshot")),
    ("txid_snapshot", RustType::hash("ormgen_runtime::types::Snapshot")),
    ("refcursor", RustType::ord("ormgen_runtime::types::RefCursor")),
];

/// The types of extensions, by bare name: an extension can be installed in any schema.
pub const EXTENSION: &[(&str, RustType)] = &[
    ("citext", RustType::ord("String")),
    ("hstore", RustType::eq("ormgen_runtime::types::HStore")),
    ("ltree", RustType::ord("String")),
    ("lquery", RustType::ord("String")),
    ("ltxtquery", RustType::ord("String")),
    ("vector", RustType::partial("ormgen_runtime::types::Vector")),
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
    // Gone from newer servers.
    ("smgr", "only the server can make a value of it"),
];

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
        assert_eq!(builtin(&QName::builtin("text")).map(|ty| ty.path), Some("String"));
        assert_eq!(builtin(&QName::builtin("hstore")), None);
        assert!(builtin(&QName::new("tools", "hstore")).is_some());
        assert_eq!(builtin(&QName::new("public", "text")), None);
        assert!(unsupported(&QName::builtin("aclitem")).is_some());
        assert_eq!(unsupported(&QName::new("public", "aclitem")), None);
    }

    #[test]
    fn every_path_is_a_type() {
        for (name, rust) in BUILTIN.iter().chain(EXTENSION) {
            assert!(syn::parse_str::<syn::Type>(rust.path).is_ok(), "{name}: {}", rust.path);
        }
    }
}
