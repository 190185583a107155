//! Turns SQL's spellings of types into the catalog's names: `integer` is `pg_catalog.int4`.
//!
//! Only the built-in names are known here; the session knows whether a user's type exists.

use super::{
    habits,
    lex::TokenKind,
    reader::{ObjectName, Outcome, Reader},
    split::Statement,
};
use crate::{
    catalog::{
        QName, SqlType,
        builtins::{self, TypeRef},
    },
    diagnostics::{Diagnostic, UNREADABLE_STATEMENT},
};

/// A type as it was written, its name not yet looked up.
#[derive(Clone, Debug)]
pub(super) struct TypeName {
    pub(super) name: ObjectName,
    pub(super) modifier: Option<String>,
    pub(super) array: bool,
    /// `serial` and its kin: an integer with a sequence.
    pub(super) serial: bool,
    /// A set of it (a function's result).
    pub(super) set: bool,
}

/// Reads a type name with its modifier and brackets. Manual: "Data Types".
pub(super) fn read(reader: &mut Reader<'_>) -> Outcome<TypeName> {
    let set = reader.accept("setof");
    let start = reader.at();
    let mut found = match keyword_type(reader)? {
        Some((name, modifier)) => TypeName { name, modifier, array: false, serial: false, set },
        None => named_type(reader)?,
    };
    found.set = set;
    found.name.span = reader.span_from(start);
    if reader.accept("%") {
        return Err(Box::new(
            reader
                .error(
                    UNREADABLE_STATEMENT,
                    "`%TYPE` and `%ROWTYPE` name no type of a column",
                    found.name.span,
                )
                .help("write the type itself"),
        ));
    }
    found.array |= brackets(reader)?;
    found.name.span = reader.span_from(start);
    Ok(found)
}

/// `[]`, `[3]`, `ARRAY`, `ARRAY[3]`; any number of dimensions is one array to PostgreSQL.
fn brackets(reader: &mut Reader<'_>) -> Outcome<bool> {
    let mut array = reader.accept("array");
    while reader.accept("[") {
        array = true;
        if reader.kind(0) == Some(TokenKind::Number) {
            reader.advance();
        }
        reader.expect("]")?;
    }
    Ok(array)
}

fn builtin(name: &str) -> ObjectName {
    ObjectName { schema: Some("pg_catalog".into()), name: name.into(), span: 0..0 }
}

/// A type that the grammar spells with key words: none of these may be a user's type without quotes.
fn keyword_type(reader: &mut Reader<'_>) -> Outcome<Option<(ObjectName, Option<String>)>> {
    if reader.kind(0) != Some(TokenKind::Word) || reader.peek(1) == "." {
        return Ok(None);
    }
    let word = reader.peek(0).to_ascii_lowercase();
    let plain = match word.as_str() {
        "int" | "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "real" => "float4",
        "boolean" => "bool",
        "double" if reader.sees("double precision") => {
            reader.advance();
            "float8"
        }
        "float" | "dec" | "decimal" | "numeric" | "time" | "timestamp" | "interval" | "bit" | "varchar"
        | "char" | "character" | "nchar" | "national" => return modified_type(reader, &word).map(Some),
        _ => return Ok(None),
    };
    reader.advance();
    Ok(Some((builtin(plain), None)))
}

/// A key word type that may have a modifier of its own form.
fn modified_type(reader: &mut Reader<'_>, word: &str) -> Outcome<(ObjectName, Option<String>)> {
    reader.advance();
    let (name, modifier) = match word {
        "float" => (float(reader)?, None),
        "dec" | "decimal" | "numeric" => ("numeric", numeric_modifier(reader)?),
        "time" | "timestamp" => {
            let modifier = modifier(reader)?.map(at_most_microseconds);
            let zoned = reader.accept("with time zone");
            let _ = zoned || reader.accept("without time zone");
            let name = match (word, zoned) {
                ("time", false) => "time",
                ("time", true) => "timetz",
                (_, false) => "timestamp",
                (_, true) => "timestamptz",
            };
            (name, modifier)
        }
        "interval" => ("interval", interval_modifier(reader)?),
        "bit" if reader.accept("varying") => ("varbit", modifier(reader)?),
        "bit" => ("bit", modifier(reader)?.or_else(|| Some("1".into()))),
        "varchar" => ("varchar", modifier(reader)?),
        _ => {
            if word == "national" && !(reader.accept("character") || reader.accept("char")) {
                return Err(reader.expected("`CHARACTER`"));
            }
            if reader.accept("varying") {
                ("varchar", modifier(reader)?)
            } else {
                ("bpchar", modifier(reader)?.or_else(|| Some("1".into())))
            }
        }
    };
    Ok((builtin(name), modifier))
}

/// The server keeps six digits of a second, and takes a greater number for six.
fn at_most_microseconds(digits: String) -> String {
    if digits.parse::<u32>().is_ok_and(|digits| digits > 6) { "6".into() } else { digits }
}

/// `float(1)` to `float(24)` are `real`.
fn float(reader: &mut Reader<'_>) -> Outcome<&'static str> {
    let place = reader.span();
    match modifier(reader)?.map(|digits| digits.parse::<u32>()) {
        None | Some(Ok(25..=53)) => Ok("float8"),
        Some(Ok(1..=24)) => Ok("float4"),
        _ => Err(Box::new(
            reader
                .error(UNREADABLE_STATEMENT, "the precision of `float` is from 1 to 53", place)
                .help("write `real` or `double precision`"),
        )),
    }
}

/// `numeric(10)` has no digits after the point: the server says `numeric(10,0)`.
fn numeric_modifier(reader: &mut Reader<'_>) -> Outcome<Option<String>> {
    Ok(modifier(reader)?.map(|text| if text.contains(',') { text } else { format!("{text},0") }))
}

/// Fields, a precision, or both: `day to second(3)`. Manual: "Interval Input".
fn interval_modifier(reader: &mut Reader<'_>) -> Outcome<Option<String>> {
    const FIELDS: [&str; 13] = [
        "year to month",
        "day to hour",
        "day to minute",
        "day to second",
        "hour to minute",
        "hour to second",
        "minute to second",
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
    ];
    let Some(fields) = FIELDS.iter().find(|fields| reader.accept(fields)) else { return modifier(reader) };
    let precision = if fields.ends_with("second") { modifier(reader)? } else { None };
    Ok(Some(precision.map_or_else(|| (*fields).to_owned(), |digits| format!("{fields}({digits})"))))
}

/// `(10, 2)` as `10,2`.
fn modifier(reader: &mut Reader<'_>) -> Outcome<Option<String>> {
    if !reader.is("(") {
        return Ok(None);
    }
    let inside = reader.parenthesized()?;
    let mut tokens = reader.within(&inside);
    let mut text = String::new();
    while !tokens.is_end() {
        let word = tokens.peek(0);
        let known = matches!(
            tokens.kind(0),
            Some(TokenKind::Number | TokenKind::Word | TokenKind::Text | TokenKind::Quoted)
        ) || matches!(word, "," | "-");
        if !known {
            return Err(tokens.expected("a type's modifier"));
        }
        text.push_str(word.trim_matches('\''));
        tokens.advance();
    }
    Ok(Some(text))
}

/// Any other type: by its name.
fn named_type(reader: &mut Reader<'_>) -> Outcome<TypeName> {
    let quoted = reader.kind(0) == Some(TokenKind::Quoted);
    let mut name = reader.object_name()?;
    let mut serial = false;
    if name.schema.is_none() && !quoted {
        let integer = match name.name.as_str() {
            "serial" | "serial4" => Some("int4"),
            "bigserial" | "serial8" => Some("int8"),
            "smallserial" | "serial2" => Some("int2"),
            _ => None,
        };
        if let Some(integer) = integer {
            (name, serial) = (ObjectName { span: name.span, ..builtin(integer) }, true);
        }
    }
    let mut modifier = modifier(reader)?;
    let mut array = false;
    if name.schema.as_deref().is_none_or(|schema| schema == "pg_catalog") {
        // `timestamptz(3) with time zone` is no type, yet `pg_catalog.timestamptz(3)` and `_text` are.
        if let Some(element) = name.name.strip_prefix('_').filter(|element| is_builtin(element)) {
            (name, array) = (ObjectName { span: name.span, ..builtin(element) }, true);
        }
        if name.name == "numeric" && modifier.as_ref().is_some_and(|text| !text.contains(',')) {
            modifier = modifier.map(|text| format!("{text},0"));
        }
    }
    Ok(TypeName { name, modifier, array, serial, set: false })
}

/// Whether `pg_catalog` has a type of that name.
pub(super) fn is_builtin(name: &str) -> bool {
    builtins::known(TypeRef::builtin(name)).is_some()
}

/// Whether no table may have a column of it. Manual: "Pseudo-Types".
pub(super) fn is_pseudo(name: &str) -> bool {
    name.starts_with("any")
        || name.ends_with("_handler")
        || matches!(
            name,
            "cstring" | "event_trigger" | "internal" | "pg_ddl_command" | "record" | "trigger" | "void"
        )
        || name == "unknown"
}

/// The types that an extension creates, or none where the extension is not known.
pub(super) fn of_extension(extension: &str) -> Option<&'static [&'static str]> {
    Some(match extension {
        "citext" => &["citext"],
        "hstore" => &["hstore", "ghstore"],
        "ltree" => &["ltree", "lquery", "ltxtquery", "ltree_gist"],
        "vector" => &["vector", "halfvec", "sparsevec"],
        "cube" => &["cube"],
        "seg" => &["seg"],
        "isn" => &["ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc"],
        "intarray" => &["query_int", "intbig_gkey"],
        "lo" => &["lo"],
        "pg_trgm" => &["gtrgm"],
        "earthdistance" => &["earth"],
        "tablefunc" => &["tablefunc_crosstab_2", "tablefunc_crosstab_3", "tablefunc_crosstab_4"],
        "postgis" => &[
            "geometry",
            "geography",
            "box2d",
            "box3d",
            "box2df",
            "gidx",
            "spheroid",
            "geometry_dump",
            "valid_detail",
        ],
        "postgis_raster" => &["raster", "rastbandarg", "geomval", "addbandarg", "summarystats"],
        "postgis_topology" => {
            &["topogeometry", "topoelement", "topoelementarray", "validatetopology_returntype"]
        }
        "semver" => &["semver"],
        "ulid" | "pgx_ulid" => &["ulid"],
        "ip4r" => &["ip4", "ip4r", "ip6", "ip6r", "ipaddress", "iprange"],
        "prefix" => &["prefix_range"],
        "rum" | "btree_gin" | "plpgsql" | "uuid-ossp" | "pgcrypto" | "unaccent" | "pg_stat_statements"
        | "dblink" | "postgres_fdw" | "file_fdw" | "fuzzystrmatch" | "intagg" | "dict_int" | "dict_xsyn"
        | "tcn" | "moddatetime" | "insert_username" | "refint" | "autoinc" | "pg_cron" | "pg_partman"
        | "timescaledb" | "pgaudit" | "xml2" | "bloom" | "amcheck" | "pageinspect" | "pg_buffercache"
        | "pg_freespacemap" | "pg_prewarm" | "pgrowlocks" | "pgstattuple" | "pg_visibility" | "sslinfo"
        | "tsm_system_rows" | "tsm_system_time" | "adminpack" | "old_snapshot" | "pg_surgery"
        | "pg_walinspect" | "plpython3u" | "plperl" | "plperlu" | "pltcl" | "plv8" | "pg_repack"
        | "pg_hint_plan" | "http" | "pg_net" | "pgjwt" | "pgsodium" | "supabase_vault" | "pg_graphql"
        | "hypopg" | "index_advisor" | "pg_jsonschema" | "wal2json" | "pg_bigm" | "pgroonga" => &[],
        "btree_gist" => {
            &["gbtreekey2", "gbtreekey4", "gbtreekey8", "gbtreekey16", "gbtreekey32", "gbtreekey_var"]
        }
        _ => return None,
    })
}

/// The known extension that brings a type of that name.
pub(super) fn extension_with(type_name: &str) -> Option<&'static str> {
    [
        "citext",
        "hstore",
        "ltree",
        "vector",
        "cube",
        "seg",
        "isn",
        "lo",
        "postgis",
        "semver",
        "ip4r",
        "postgis_raster",
    ]
    .into_iter()
    .find(|extension| of_extension(extension).is_some_and(|types| types.contains(&type_name)))
}

/// The catalog's type of a name that was looked up.
pub(super) fn sql_type(type_name: &TypeName, name: QName) -> SqlType {
    SqlType { name, modifier: type_name.modifier.clone(), array: type_name.array }
}

/// Which lengths or precisions a type may have, where it has another.
/// Manual: "Character Types", "Arbitrary Precision Numbers", "Bit String Types".
pub(super) fn allowed_length(ty: &SqlType) -> Option<&'static str> {
    let number = ty.modifier.as_deref()?.split(',').next()?.trim().parse::<u64>().ok()?;
    let (most, allowed) = match ty.name.name.as_str() {
        "varchar" | "bpchar" => (10_485_760, "1 to 10485760"),
        "bit" | "varbit" => (83_886_080, "1 to 83886080"),
        "numeric" => (1_000, "1 to 1000"),
        _ => return None,
    };
    (!(1..=most).contains(&number)).then_some(allowed)
}

/// The error that a name is none of a type's.
pub(super) fn unknown(statement: &Statement, name: &ObjectName, nearest: Option<&str>) -> Diagnostic {
    let before = statement.tokens.iter().rfind(|token| token.span.end <= name.span.start);
    let before = before.map(|token| statement.source.text[token.span.clone()].to_ascii_lowercase());
    let is_index = matches!(before.as_deref(), Some("key" | "index" | "fulltext" | "spatial"));
    let help = match (extension_with(&name.name), habits::type_in_place_of(&name.name), nearest) {
        _ if is_index => habits::INDEX.into(),
        _ if name.name == "enum" => {
            "an enum is a type of its own: `CREATE TYPE kind AS ENUM ('a', 'b')`".into()
        }
        (_, Some(own), _) => format!("PostgreSQL's type is `{own}`"),
        (Some(extension), _, _) => {
            format!("it comes from an extension: write `CREATE EXTENSION {extension};` before it")
        }
        (None, None, Some(nearest)) => format!("did you mean `{nearest}`?"),
        (None, None, None) => "create the type in this file, or in one that is listed before it".into(),
    };
    statement
        .error(
            crate::diagnostics::NO_SUCH_OBJECT,
            format!("there is no type `{}`", name.name),
            name.span.clone(),
        )
        .help(help)
}
