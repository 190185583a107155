//! PostgreSQL's identifiers: how long they are, which words need quotes, how the server prints them, and which names it
//! makes where the DDL gives none. Manual: "Identifiers and Key Words", "SQL Key Words" (Appendix C).

use crate::catalog::QName;

/// The longest name in bytes: NAMEDATALEN - 1. Manual: "Identifiers and Key Words".
const MAX_NAME: usize = 63;

/// Cut to at most 63 bytes, between two characters.
pub(super) fn clip(name: &str) -> &str {
    clip_to(name, MAX_NAME)
}

fn clip_to(name: &str, bytes: usize) -> &str {
    let mut end = name.len().min(bytes);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// `first_second_label`: the longer of the first two is cut until all fit into 63 bytes (`makeObjectName`).
fn object_name(first: &str, second: &str, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(!second.is_empty());
    let room = MAX_NAME.saturating_sub(overhead);
    let (mut one, mut two) = (first.len(), second.len());
    while one + two > room {
        if one > two { one -= 1 } else { two -= 1 }
    }
    let mut name = clip_to(first, one).to_owned();
    for part in [clip_to(second, two), label] {
        if !part.is_empty() {
            name.push('_');
            name.push_str(part);
        }
    }
    name
}

/// The first of `…_label`, `…_label1`, `…_label2` that is free.
pub(super) fn choose(first: &str, second: &str, label: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = object_name(first, second, label);
    let mut number = 0u32;
    while is_taken(&name) {
        number += 1;
        name = object_name(first, second, &format!("{label}{number}"));
    }
    name
}

/// Column names as one part of a name (`ChooseIndexNameAddition`).
pub(super) fn join_columns<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for column in columns {
        if joined.len() > MAX_NAME {
            break;
        }
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
    }
    joined
}

/// An index's column names: a name that was there already gets a number (`ChooseIndexColumnNames`).
pub(super) fn index_column_names(names: &[String]) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut candidate = name.clone();
        let mut number = 0u32;
        while chosen.contains(&candidate) {
            number += 1;
            let digits = number.to_string();
            candidate = format!("{}{digits}", clip_to(name, MAX_NAME - digits.len()));
        }
        chosen.push(candidate);
    }
    chosen
}

/// A range type's multirange (`makeMultirangeTypeName`).
pub(super) fn multirange(range: &str) -> String {
    match range.find("range") {
        Some(at) => clip(&format!("{}multi{}", &range[..at], &range[at..])).to_owned(),
        None => format!("{}_multirange", clip_to(range, MAX_NAME - "_multirange".len())),
    }
}

/// A name as PostgreSQL prints it: in quotes only where it must be.
pub(crate) fn quote(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !is_keyword(name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The default of a serial column, as the server prints it.
pub(super) fn nextval(sequence: &QName) -> String {
    let name = format!("{}.{}", quote(&sequence.schema), quote(&sequence.name)).replace('\'', "''");
    let escape = if name.contains('\\') { "E" } else { "" };
    format!("nextval({escape}'{}'::regclass)", name.replace('\\', "\\\\"))
}

/// May not be a name without quotes.
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
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "grant",
    "group",
    "having",
    "in",
    "initially",
    "intersect",
    "into",
    "lateral",
    "leading",
    "limit",
    "localtime",
    "localtimestamp",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "placing",
    "primary",
    "references",
    "returning",
    "select",
    "session_user",
    "some",
    "symmetric",
    "system_user",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "when",
    "where",
    "window",
    "with",
];

/// May be a column's or a function's name, yet the server quotes them in what it prints.
const RESTRICTED: &[&str] = &[
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "char",
    "character",
    "coalesce",
    "collation",
    "concurrently",
    "cross",
    "current_schema",
    "dec",
    "decimal",
    "exists",
    "extract",
    "float",
    "freeze",
    "full",
    "greatest",
    "grouping",
    "ilike",
    "inner",
    "inout",
    "int",
    "integer",
    "interval",
    "is",
    "isnull",
    "join",
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
    "least",
    "left",
    "like",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "notnull",
    "nullif",
    "numeric",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "position",
    "precision",
    "real",
    "right",
    "row",
    "setof",
    "similar",
    "smallint",
    "substring",
    "tablesample",
    "time",
    "timestamp",
    "treat",
    "trim",
    "values",
    "varchar",
    "verbose",
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

/// Whether the word is reserved, whatever its case.
pub(super) fn is_reserved(word: &str) -> bool {
    find(RESERVED, word)
}

/// Whether the server quotes the name for being a key word.
pub(super) fn is_keyword(name: &str) -> bool {
    find(RESERVED, name) || find(RESTRICTED, name)
}

fn find(sorted: &[&str], word: &str) -> bool {
    // The longest is 17 bytes; a longer word need not be folded.
    word.len() <= 17 && sorted.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_as_the_server_cuts_them() {
        let (a, b) = ("a".repeat(50), "b".repeat(50));
        for (first, second, label, expected) in [
            ("t", "", "pkey", "t_pkey".to_owned()),
            ("t", "c", "key", "t_c_key".to_owned()),
            (&a, &b, "fkey", format!("{}_{}_fkey", "a".repeat(29), "b".repeat(28))),
            (&a, "c", "seq", format!("{a}_c_seq")),
            (&"é".repeat(31), "", "pkey", format!("{}_pkey", "é".repeat(29))),
        ] {
            assert_eq!(object_name(first, second, label), expected);
        }
    }

    #[test]
    fn taken_names_are_numbered() {
        assert_eq!(choose("t", "a", "key", |name| ["t_a_key", "t_a_key1"].contains(&name)), "t_a_key2");
        let names = ["a", "a", "lower", "a"].map(str::to_owned);
        assert_eq!(index_column_names(&names), ["a", "a1", "lower", "a2"]);
        assert_eq!(multirange("float_range"), "float_multirange");
        assert_eq!(multirange("span"), "span_multirange");
    }

    #[test]
    fn names_are_quoted_only_where_they_must_be() {
        for (name, expected) in [
            ("a_1", "a_1"),
            ("Order", "\"Order\""),
            ("order", "\"order\""),
            ("name", "name"),
            ("1a", "\"1a\""),
            ("é", "\"é\""),
            ("between", "\"between\""),
        ] {
            assert_eq!(quote(name), expected);
        }
        assert_eq!(nextval(&QName::new("public", "O'x_seq")), "nextval('public.\"O''x_seq\"'::regclass)");
    }

    #[test]
    fn the_lists_are_sorted_and_found() {
        assert!(RESERVED.is_sorted() && RESTRICTED.is_sorted());
        assert!(
            is_reserved("PRIMARY") && !is_reserved("name") && is_keyword("values") && !is_keyword("value")
        );
    }
}
