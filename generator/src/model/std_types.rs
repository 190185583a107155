//! Which of Rust's own types, and of well-known crates', can hold the values of which SQL types: the driver implements its traits for no others. An
//! override that names another one compiles, and fails on each row.

use super::types;
use crate::catalog::{Catalog, QName, SqlType, TypeKind};

/// Rust's own types. Each holds the SQL types that have it without an override, and no others.
const OWN: [&str; 17] = [
    "bool", "char", "String", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
    "usize", "f32", "f64",
];

/// Types of other crates, with the SQL types that their values are read from: `postgres-types` implements its traits for
/// these alone (<https://docs.rs/postgres-types/latest/postgres_types/trait.FromSql.html#types>).
const FOREIGN: [(&str, &[&str]); 12] = [
    ("uuid::Uuid", &["uuid"]),
    ("chrono::NaiveDate", &["date"]),
    ("chrono::NaiveTime", &["time"]),
    ("chrono::NaiveDateTime", &["timestamp"]),
    ("chrono::DateTime", &["timestamptz"]),
    ("rust_decimal::Decimal", &["numeric"]),
    ("time::Date", &["date"]),
    ("time::Time", &["time"]),
    ("time::PrimitiveDateTime", &["timestamp"]),
    ("time::OffsetDateTime", &["timestamptz"]),
    ("std::time::SystemTime", &["timestamp", "timestamptz"]),
    ("std::net::IpAddr", &["inet"]),
];

/// Whether values of that SQL type cannot be read as the Rust type, as far as it is known: the Rust type is Rust's own or
/// a well-known crate's, and the SQL type is PostgreSQL's, an extension's that ormgen knows, or the schema's.
pub(super) fn refuses(catalog: &Catalog, ty: &SqlType, rust: &str) -> bool {
    let base = catalog.plain_type(ty);
    let is_json = matches!(base.name.name.as_str(), "json" | "jsonb") && base.name.schema == "pg_catalog";
    // JSON goes through serde, which knows more types than the driver.
    if !is_known(catalog, &base.name) || (is_json && !base.array) {
        return false;
    }
    match (inside("Vec", rust), base.array) {
        (Some("u8"), false) => base.name != QName::builtin("bytea"),
        (Some(element), true) => {
            let element = inside("Option", element).unwrap_or(element);
            refuses_one(&base.name, element)
        }
        (Some(element), false) => match base.name.name.as_str() {
            "int2vector" => refuses_one(&QName::builtin("int2"), element),
            "oidvector" => refuses_one(&QName::builtin("oid"), element),
            _ => true,
        },
        (None, true) => is_own(rust) || read_by(rust).is_some(),
        (None, false) => refuses_one(&base.name, rust),
    }
}

/// The types that hold values of that SQL type: the one that columns have without an override, if it is not generated.
pub(super) fn usual(catalog: &Catalog, ty: &SqlType) -> Option<String> {
    let base = catalog.plain_type(ty);
    let rust = types::builtin(&base.name)?.to_string();
    Some(if base.array { format!("Vec<{rust}>") } else { rust })
}

/// Whether it is known what the values of a type are. An extension's type that ormgen does not know may be a domain.
fn is_known(catalog: &Catalog, name: &QName) -> bool {
    match catalog.types.get(name) {
        Some(definition) => !matches!(definition.kind, TypeKind::Domain { .. }),
        None => name.schema != "information_schema" && types::builtin(name).is_some(),
    }
}

fn refuses_one(name: &QName, rust: &str) -> bool {
    if let Some(read) = read_by(rust) {
        return name.schema != "pg_catalog" || !read.contains(&name.name.as_str());
    }
    is_own(rust) && types::builtin(name).is_none_or(|usual| usual.to_string() != rust)
}

/// The SQL types that a type of another crate is read from. The runtime has those of `uuid`, `chrono` and `rust_decimal`
/// under its own path as well.
fn read_by(rust: &str) -> Option<&'static [&'static str]> {
    let path = rust.split('<').next()?.trim().trim_start_matches("::");
    let of_runtime = path.strip_prefix("ormgen_runtime::").unwrap_or(path).strip_prefix("types::");
    let is_it = |(foreign, _): &&(&str, &[&str])| match of_runtime {
        Some(name) => ["uuid", "chrono", "rust_decimal"].iter().any(|of| *foreign == format!("{of}::{name}")),
        None => *foreign == path,
    };
    FOREIGN.iter().find(is_it).map(|(_, read)| *read)
}

fn is_own(rust: &str) -> bool {
    OWN.contains(&rust)
}

/// The `T` of `Vec<T>`.
fn inside<'r>(generic: &str, rust: &'r str) -> Option<&'r str> {
    let argument = rust.trim().strip_prefix(generic)?.trim_start().strip_prefix('<')?.strip_suffix('>')?;
    Some(argument.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::parse_type;

    #[test]
    fn each_of_rusts_own_types_holds_what_the_table_of_types_says() {
        let catalog = Catalog::default();
        for (name, rust) in types::BUILTIN {
            let ty = SqlType::builtin(name);
            assert!(!refuses(&catalog, &ty, &rust.to_string()), "{name}: {rust}");
            let many = SqlType { array: true, ..ty };
            assert!(!refuses(&catalog, &many, &format!("Vec<Option<{rust}>>")), "{name}[]: {rust}");
        }
    }

    #[test]
    fn what_cannot_hold_a_value_is_refused() {
        for (ty, rust, is_refused) in [
            ("smallint", "i32", true),
            ("smallint", "crate::Year", false),
            ("text", "i64", true),
            ("varchar(3)", "String", false),
            ("uuid", "String", true),
            ("bigint", "u64", true),
            ("\"char\"", "char", true),
            ("bytea", "Vec<u8>", false),
            ("text", "Vec<u8>", true),
            ("text[]", "String", true),
            ("text[]", "Vec<String>", false),
            ("text[]", "Vec<Option<i32>>", true),
            ("text[]", "crate::Tags", false),
            ("text", "Vec<crate::Tag>", true),
            ("jsonb", "Vec<String>", false),
            ("jsonb[]", "Vec<String>", true),
            ("numeric(10,2)", "f64", true),
            ("timestamptz", "std::time::SystemTime", false),
            ("char(36)", "uuid::Uuid", true),
            ("uuid", "::uuid::Uuid", false),
            ("uuid", "ormgen_runtime::types::Uuid", false),
            ("char(36)", "types::Uuid", true),
            ("timestamp", "chrono::DateTime<chrono::Utc>", true),
            ("timestamptz", "chrono::DateTime<chrono::Utc>", false),
            ("timestamptz[]", "Vec<chrono::NaiveDateTime>", true),
            ("jsonb", "uuid::Uuid", false),
            ("timestamptz", "my::chrono::NaiveDate", false),
        ] {
            let catalog = Catalog::default();
            let ty = parse_type(ty, &catalog).unwrap();
            assert_eq!(refuses(&catalog, &ty, rust), is_refused, "{ty} {rust}");
        }
    }
}
