//! SQL identifiers: which words are key words, and how a name is quoted.
//!
//! A word counts as a key word if it is one in any version from PostgreSQL 12 to 18 (`pg_get_keywords()`; manual: "SQL
//! Key Words", Appendix C): unnecessary quotes do not change a name's meaning, missing ones do.

use super::QName;

/// Key words that cannot be a name without quotes: `reserved`. Sorted.
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

/// Key words that may name a column or else a function, never both: PostgreSQL quotes them in what it prints. Sorted.
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
pub fn is_reserved(word: &str) -> bool {
    is_listed(RESERVED, word)
}

/// The name as SQL writes it: in quotes unless every version reads it right without them. As `quote_ident` does:
/// lower-case words need no quotes unless they are key words of other than the unreserved sort.
pub fn quote(name: &str) -> String {
    let starts_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let is_plain =
        starts_plain && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain && !is_listed(RESERVED, name) && !is_listed(RESTRICTED, name) {
        name.to_owned()
    } else {
        in_quotes(name)
    }
}

/// The name in quotes, whether or not it needs them.
pub fn in_quotes(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name in SQL text as the server stores it: the text inside its quotes, or the name in lower case if it has none.
pub fn stored(word: &str) -> String {
    match word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => word.to_ascii_lowercase(),
    }
}

/// The name with its schema as SQL writes it: `public."Order"`.
pub fn quote_qualified(name: &QName) -> String {
    format!("{}.{}", quote(&name.schema), quote(&name.name))
}

fn is_listed(sorted: &[&str], word: &str) -> bool {
    // The longest key word has 17 bytes: a longer name need not be folded.
    word.len() <= 17 && sorted.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_found() {
        assert!(RESERVED.is_sorted() && RESTRICTED.is_sorted());
        assert!(RESERVED.iter().chain(RESTRICTED).all(|word| word.len() <= 17));
        assert!(is_reserved("PRIMARY") && !is_reserved("name") && !is_reserved("values"));
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, expected) in [
            ("customers", "customers"),
            ("a_1", "a_1"),
            ("name", "name"),
            ("order", "\"order\""),
            ("user", "\"user\""),
            ("between", "\"between\""),
            ("json", "\"json\""),
            ("Id", "\"Id\""),
            ("two words", "\"two words\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("größe", "\"größe\""),
            ("1st", "\"1st\""),
            ("a$b", "\"a$b\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote(name), expected);
        }
        assert_eq!(quote_qualified(&QName::new("public", "Order")), "public.\"Order\"");
    }

    #[test]
    fn a_name_is_stored_as_its_quotes_say() {
        for (word, expected) in [
            ("Customers", "customers"),
            (r#""Customers""#, "Customers"),
            (r#""say ""hi""""#, r#"say "hi""#),
            (r#""""#, ""),
        ] {
            assert_eq!(stored(word), expected);
        }
        for name in ["a", "\"", "a\"b", "\"\""] {
            assert_eq!(stored(&in_quotes(name)), name);
        }
    }
}
