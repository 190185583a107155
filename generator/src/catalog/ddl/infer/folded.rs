//! sqlparser's names as the server stores them: folded to lower case unless quoted, and cut to 63 bytes.

/// A name's parts, folded.
pub(super) fn parts(name: &sqlparser::ast::ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident()).map(fold).collect()
}

/// An identifier as the server stores it.
pub(super) fn fold(ident: &sqlparser::ast::Ident) -> String {
    let name =
        if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() };
    super::super::identifiers::clip(&name).to_owned()
}
