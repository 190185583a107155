//! Names in SQL text. Those of generated code come quoted where they need to be.

/// A name quoted for SQL text, whatever characters are in it.
pub(crate) fn quoted(name: &str) -> String {
    ["\"", &name.replace('"', "\"\""), "\""].concat()
}

/// A name as the server stores it.
pub(crate) fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// The last of a qualified name's parts, as the server stores it: `tier` of `public.tier`.
pub(crate) fn last_name(name: &str) -> String {
    let mut is_quoted = false;
    let dot = name.char_indices().filter(|(_, char)| {
        is_quoted ^= *char == '"';
        *char == '.' && !is_quoted
    });
    let start = dot.last().map_or(0, |(at, _)| at + 1);
    unquoted(name.get(start..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_last_name_is_that_of_the_thing_itself() {
        for (name, expected) in [("tier", "tier"), ("public.tier", "tier"), (r#""a.b"."c.""d""#, r#"c."d"#)] {
            assert_eq!(super::last_name(name), expected);
        }
    }
}
