//! Qualified names and types as one text: `public.orders`, `numeric(10,2)[]`, `"my.schema"."Mood"`.

use crate::catalog::{QName, SqlType, identifiers::in_quotes};

/// Why a text is no name, in words.
pub(super) type Problem = String;

/// `schema.name`.
pub(super) fn qname(name: &QName) -> String {
    format!("{}.{}", part(&name.schema), part(&name.name))
}

/// `schema.table.column`.
pub(super) fn column(table: &QName, column: &str) -> String {
    format!("{}.{}", qname(table), part(column))
}

/// A type; without a schema it is `pg_catalog`'s.
pub(super) fn sql_type(ty: &SqlType) -> String {
    let name = if ty.name.schema == "pg_catalog" { part(&ty.name.name) } else { qname(&ty.name) };
    let modifier = ty.modifier.as_ref().map(|modifier| format!("({modifier})")).unwrap_or_default();
    format!("{name}{modifier}{}", if ty.array { "[]" } else { "" })
}

pub(super) fn parse_qname(text: &str) -> Result<QName, Problem> {
    match parts(text)? {
        (names, "") => match <[String; 2]>::try_from(names) {
            Ok([schema, name]) => Ok(QName { schema, name }),
            Err(_) => Err(format!("`{text}` is not of the form `schema.name`")),
        },
        _ => Err(format!("`{text}` is not of the form `schema.name`")),
    }
}

pub(super) fn parse_column(text: &str) -> Result<(QName, String), Problem> {
    match parts(text)? {
        (names, "") => match <[String; 3]>::try_from(names) {
            Ok([schema, table, column]) => Ok((QName { schema, name: table }, column)),
            Err(_) => Err(format!("`{text}` is not of the form `schema.table.column`")),
        },
        _ => Err(format!("`{text}` is not of the form `schema.table.column`")),
    }
}

pub(super) fn parse_type(text: &str) -> Result<SqlType, Problem> {
    let wrong = || format!("`{text}` is not a type such as `int4`, `numeric(10,2)` or `public.mood[]`");
    let (names, rest) = parts(text)?;
    let name = match names.as_slice() {
        [name] => QName::builtin(name),
        [schema, name] => QName::new(schema, name),
        _ => return Err(wrong()),
    };
    let (rest, array) = rest.strip_suffix("[]").map_or((rest, false), |rest| (rest, true));
    let modifier = match rest {
        "" => None,
        rest => {
            Some(rest.strip_prefix('(').and_then(|it| it.strip_suffix(')')).ok_or_else(wrong)?.to_owned())
        }
    };
    Ok(SqlType { name, modifier, array })
}

/// One name, in quotes if it could be read as more than one name.
fn part(name: &str) -> String {
    if name.is_empty() || name.contains(['.', '"', '(', ')', '[', ']']) {
        in_quotes(name)
    } else {
        name.to_owned()
    }
}

/// The names that a text starts with, and what follows them.
fn parts(text: &str) -> Result<(Vec<String>, &str), Problem> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_name(quoted).ok_or_else(|| format!("a quote is open in `{text}`"))?,
            None => {
                let end = rest.find(['.', '"', '(', ')', '[', ']']).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                if name.is_empty() {
                    return Err(format!("a name is missing in `{text}`"));
                }
                (name.to_owned(), after)
            }
        };
        names.push(name);
        match after.strip_prefix('.') {
            Some(after) => rest = after,
            None => return Ok((names, after)),
        }
    }
}

fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (schema, name, modifier, array, text) in [
            ("pg_catalog", "int4", None, false, "int4"),
            ("pg_catalog", "numeric", Some("10,2"), true, "numeric(10,2)[]"),
            ("pg_catalog", "interval", Some("day to second(3)"), false, "interval(day to second(3))"),
            ("public", "mood", None, true, "public.mood[]"),
            ("my.schema", "a\"b(1)[]", None, false, "\"my.schema\".\"a\"\"b(1)[]\""),
            ("two words", "größe", None, false, "two words.größe"),
        ] {
            let ty = SqlType { name: QName::new(schema, name), modifier: modifier.map(Into::into), array };
            assert_eq!(sql_type(&ty), text);
            assert_eq!(parse_type(text), Ok(ty));
        }
        let table = QName::new("a.b", "c");
        assert_eq!(parse_column(&column(&table, "d\"")), Ok((table.clone(), "d\"".to_owned())));
        assert_eq!(parse_qname(&qname(&table)), Ok(table));
    }

    #[test]
    fn refuses_what_is_none() {
        for text in ["", ".", "a.", "\"a", "a.b.c", "a(1", "a)", "a[]b", "(1)"] {
            assert!(parse_type(text).is_err(), "{text}");
        }
        assert!(parse_qname("a").is_err() && parse_qname("a.b()").is_err() && parse_column("a.b").is_err());
    }
}
