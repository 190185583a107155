//! Names and paths as the manifest writes them: aliases, `app.table.column`, Rust names and types.

use heck::ToSnakeCase;

use super::ColumnPath;

/// The parts of a dotted name. A part in double quotes may hold dots, and quotes doubled, as in SQL.
/// None when a part is empty or a quote is not closed.
///
/// ```
/// use ormgen::manifest::split_name;
/// assert_eq!(split_name(r#"crm."my.table""#).unwrap(), ["crm", "my.table"]);
/// ```
pub fn split_name(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, tail) = if let Some(quoted) = rest.strip_prefix('"') {
            take_quoted(quoted)?
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            (rest.get(..end)?.to_owned(), rest.get(end..)?)
        };
        if part.is_empty() || part.trim() != part {
            return None;
        }
        parts.push(part);
        match tail.strip_prefix('.') {
            Some(tail) => rest = tail,
            None if tail.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

/// A dotted name from its parts, as [`split_name`] reads it back: a part that holds a dot or a quote stands in quotes.
///
/// ```
/// use ormgen::manifest::join_name;
/// assert_eq!(join_name(["crm", "my.table"]), r#"crm."my.table""#);
/// ```
pub fn join_name<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let written = |part: &str| {
        if part.contains(['.', '"']) || part.trim() != part {
            format!("\"{}\"", part.replace('"', "\"\""))
        } else {
            part.to_owned()
        }
    };
    parts.into_iter().map(written).collect::<Vec<_>>().join(".")
}

/// The text before the closing quote, and the text after it.
fn take_quoted(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        part.push_str(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
        match rest.strip_prefix('"') {
            Some(tail) => {
                part.push('"');
                rest = tail;
            }
            None => return Some((part, rest)),
        }
    }
}

/// A column from the parts of `app.table.column` or `app.schema.table.column`.
pub(super) fn column_path(parts: Vec<String>) -> Option<ColumnPath> {
    match <[String; 3]>::try_from(parts) {
        Ok([app, table, column]) => Some(ColumnPath { app, schema: None, table, column }),
        Err(parts) => {
            let [app, schema, table, column] = <[String; 4]>::try_from(parts).ok()?;
            Some(ColumnPath { app, schema: Some(schema), table, column })
        }
    }
}

/// Whether an alias or an app may have this name.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Whether a name can be that of an alias and an app, and of their modules in Rust.
#[cfg(feature = "cli")]
pub(crate) fn is_free_name(name: &str) -> bool {
    is_name(name) && is_rust_name(&module_name(name))
}

/// The Rust module of an alias or an app.
pub(super) fn module_name(name: &str) -> String {
    name.to_snake_case()
}

/// Whether it is a Rust identifier and no keyword.
pub(super) fn is_rust_name(name: &str) -> bool {
    // `gen` is reserved since edition 2024.
    name != "gen" && syn::parse_str::<syn::Ident>(name).is_ok()
}

/// Whether the text parses as a Rust type.
pub(super) fn is_rust_type(text: &str) -> bool {
    // syn reads nested types by recursion; 32 levels are more than people write and less than the stack bears.
    let nesting = text.chars().filter(|c| "<([{&*!".contains(*c)).count();
    nesting <= 32 && syn::parse_str::<syn::Type>(text).is_ok()
}

/// A name in a Rust type that stands without a path and is none that Rust knows everywhere: generated code would not find
/// it. `Json` is the wrapper that ormgen puts around the types of JSON columns itself.
pub(super) fn bare_name(text: &str) -> Option<String> {
    let ty = syn::parse_str::<syn::Type>(text).ok()?;
    bare_name_of(&ty)
}

fn bare_name_of(ty: &syn::Type) -> Option<String> {
    const KNOWN: [&str; 23] = [
        "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
        "usize", "f32", "f64", "String", "Vec", "Option", "Box", "Result", "Json",
    ];
    match ty {
        syn::Type::Path(path) => {
            let is_bare = path.qself.is_none() && path.path.leading_colon.is_none();
            let only = path.path.segments.first().filter(|_| is_bare && path.path.segments.len() == 1);
            let name = only.map(|only| only.ident.to_string());
            name.filter(|name| !KNOWN.contains(&name.as_str())).or_else(|| {
                let arguments = path.path.segments.iter().filter_map(|segment| match &segment.arguments {
                    syn::PathArguments::AngleBracketed(list) => Some(&list.args),
                    _ => None,
                });
                arguments.flatten().find_map(|argument| match argument {
                    syn::GenericArgument::Type(ty) => bare_name_of(ty),
                    _ => None,
                })
            })
        }
        syn::Type::Array(array) => bare_name_of(&array.elem),
        syn::Type::Slice(slice) => bare_name_of(&slice.elem),
        syn::Type::Paren(inner) => bare_name_of(&inner.elem),
        syn::Type::Reference(inner) => bare_name_of(&inner.elem),
        syn::Type::Tuple(tuple) => tuple.elems.iter().find_map(bare_name_of),
        _ => None,
    }
}

/// Whether the text is a path of names alone, such as `utoipa::ToSchema`.
pub(super) fn is_rust_path(text: &str) -> bool {
    text.strip_prefix("::").unwrap_or(text).split("::").all(|name| name == "crate" || is_rust_name(name))
}

/// Whether the text is valid between `#[` and `]`.
pub(super) fn is_attribute(text: &str) -> bool {
    let parse = |text: &str| syn::parse::Parser::parse_str(syn::Attribute::parse_outer, text);
    parse(&format!("#[{text}]")).is_ok_and(|attributes| attributes.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_names() {
        for (text, expected) in [
            ("a", Some(&["a"][..])),
            ("a.b.c", Some(&["a", "b", "c"])),
            ("a.\"b.c\".d", Some(&["a", "b.c", "d"])),
            ("\"a\"\"b\"", Some(&["a\"b"])),
            ("größe.Straße x", Some(&["größe", "Straße x"])),
            ("", None),
            ("a.", None),
            (".a", None),
            ("a..b", None),
            ("a. b", None),
            ("\"a", None),
            ("\"a\"b", None),
            ("\"\"", None),
        ] {
            assert_eq!(
                split_name(text).as_deref(),
                expected
                    .map(|parts| { parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>() })
                    .as_deref(),
                "{text}"
            );
        }
    }

    #[test]
    fn knows_names_and_types() {
        for (name, expected) in [
            ("crm", true),
            ("crm-eu", true),
            ("größe", true),
            ("2nd", false),
            ("a.b", false),
            ("a b", false),
            ("", false),
        ] {
            assert_eq!(is_name(name), expected, "{name}");
        }
        for (name, expected) in [
            ("Client", true),
            ("type", false),
            ("self", false),
            ("gen", false),
            ("a-b", false),
            ("_", false),
            ("", false),
        ] {
            assert_eq!(is_rust_name(name), expected, "{name}");
        }
        for (text, expected) in [
            ("rust_decimal::Decimal", true),
            ("crate::Money<{ 2 }>", true),
            ("Vec<Option<u8>>", true),
            ("rust_decimal:Decimal", false),
            ("", false),
            ("fn", false),
        ] {
            assert_eq!(is_rust_type(text), expected, "{text}");
        }
        assert!(!is_rust_type(&"Vec<".repeat(100_000)));
        assert!(!is_rust_type(&format!("{}u8", "&".repeat(100_000))));
    }
}
