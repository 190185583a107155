//! SQL that is known when the code is generated.

use crate::catalog::{QName, SqlType};

/// A table as SQL names it.
pub(super) fn qualified(name: &QName) -> String {
    format!("{}.{}", quoted(&name.schema), quoted(&name.name))
}

/// An identifier, quoted unless every PostgreSQL reads it as it is.
///
/// As `quote_ident` does: lower-case words need no quotes unless they are key words of other than the
/// non-reserved sort (<https://www.postgresql.org/docs/current/sql-keywords-appendix.html>).
pub(super) fn quoted(name: &str) -> String {
    let starts_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let is_plain =
        starts_plain && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain && RESERVED.binary_search(&name).is_err() {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Key words that are not "non-reserved" in some version from 12 to 18: `pg_get_keywords()`, sorted.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// A type as SQL names it in a cast: no modifier, for a cast would round to it in place of refusing.
pub(super) fn cast_type(ty: &SqlType) -> String {
    let name = if ty.name.schema == "pg_catalog" {
        match ty.name.name.as_str() {
            // Without quotes, `char` is another word for bpchar, and `bit` means `bit(1)` and cuts values off.
            name @ ("char" | "bit") => format!("\"{name}\""),
            name => name.to_owned(),
        }
    } else {
        qualified(&ty.name)
    };
    if ty.array { format!("{name}[]") } else { name }
}

/// `SELECT` of columns, whose names come quoted.
pub(super) fn select(table: &str, columns: &[String]) -> String {
    if columns.is_empty() {
        format!("SELECT FROM {table}")
    } else {
        format!("SELECT {} FROM {table}", columns.join(", "))
    }
}

/// `WHERE` of a key: `id = $1 AND …`.
pub(super) fn by_key(columns: &[String]) -> String {
    let terms: Vec<String> =
        columns.iter().enumerate().map(|(at, name)| format!("{name} = ${}", at + 1)).collect();
    format!(" WHERE {}", terms.join(" AND "))
}

/// A value to be stored: `$1`, or `$1::text` where it needs a cast.
pub(super) struct Stored {
    /// The column, quoted.
    pub name: String,
    /// What to cast to.
    pub cast: Option<String>,
}

/// `INSERT` of one row, returning `returned`.
pub(super) fn insert(table: &str, stored: &[Stored], returned: &[String]) -> String {
    let mut sql = format!("INSERT INTO {table}");
    if stored.is_empty() {
        sql.push_str(" DEFAULT VALUES");
    } else {
        let names: Vec<&str> = stored.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<String> = stored
            .iter()
            .enumerate()
            .map(|(at, column)| match &column.cast {
                Some(ty) => format!("${}::{ty}", at + 1),
                None => format!("${}", at + 1),
            })
            .collect();
        sql.push_str(&format!(" ({}) VALUES ({})", names.join(", "), values.join(", ")));
    }
    // The row is awaited even where it has no column, and SQL wants something after the word.
    let returned = if returned.is_empty() { "NULL".to_owned() } else { returned.join(", ") };
    sql.push_str(&format!(" RETURNING {returned}"));
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_quoted_where_needed() {
        for (name, expected) in [
            ("customers", "customers"),
            ("order", "\"order\""),
            ("user", "\"user\""),
            ("Id", "\"Id\""),
            ("two words", "\"two words\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("größe", "\"größe\""),
            ("1st", "\"1st\""),
            ("a$b", "\"a$b\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(name), expected);
        }
    }

    #[test]
    fn statements_read_well() {
        let column =
            |name: &str, cast: Option<&str>| Stored { name: name.into(), cast: cast.map(Into::into) };
        assert_eq!(
            insert("t", &[column("a", None), column("b", Some("text"))], &["a".into(), "b".into()]),
            "INSERT INTO t (a, b) VALUES ($1, $2::text) RETURNING a, b"
        );
        assert_eq!(insert("t", &[], &["id".into()]), "INSERT INTO t DEFAULT VALUES RETURNING id");
        assert_eq!(select("t", &["a".into()]) + &by_key(&["a".into()]), "SELECT a FROM t WHERE a = $1");
    }
}
