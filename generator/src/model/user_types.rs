//! Enums and composite types.

use std::collections::HashMap;

use super::{
    Composite, Enum, Field, Variant,
    columns::derive_list,
    docs, literal,
    naming::{Request, Resolved, distinct},
    resolve::Facts,
    sql,
    tables::Scope,
};
use crate::{
    catalog::{self, Catalog, Object, QName, TypeKind},
    diagnostics::{Diagnostic, Diagnostics, RENAMED, UNSUPPORTED_TYPE},
};

/// The types that get a Rust name: domains and ranges go by what they are over.
pub(super) fn named(catalog: &Catalog) -> impl Iterator<Item = &QName> {
    catalog
        .types
        .iter()
        .filter(|(_, definition)| {
            matches!(definition.kind, TypeKind::Enum { .. } | TypeKind::Composite { .. })
        })
        .map(|(name, _)| name)
}

/// The database's enums and composites.
pub(super) fn build(
    scope: &Scope<'_>,
    names: &HashMap<QName, String>,
    diagnostics: &mut Diagnostics,
) -> (Vec<Enum>, Vec<Composite>) {
    let mut enums = Vec::new();
    let mut composites = Vec::new();
    for (name, definition) in &scope.loaded.catalog.types {
        let Some(rust) = names.get(name).cloned() else { continue };
        let lines = docs::lines(definition.comment.as_deref());
        match &definition.kind {
            TypeKind::Enum { labels } => {
                enums.push(enumeration(scope, name, rust, lines, labels, diagnostics));
            }
            TypeKind::Composite { fields } => {
                composites.push(composite(scope, name, rust, lines, fields, diagnostics));
            }
            TypeKind::Domain { .. } | TypeKind::Range { .. } => {}
        }
    }
    (enums, composites)
}

fn enumeration(
    scope: &Scope<'_>,
    name: &QName,
    rust: String,
    docs: Vec<String>,
    labels: &[String],
    diagnostics: &mut Diagnostics,
) -> Enum {
    let names = distinct(labels.iter().map(|label| Request::variant(label)));
    for (answer, label) in names.iter().zip(labels) {
        report_part(scope, name, &format!("the label `{label}` of `{name}`"), answer, diagnostics);
    }
    let variants: Vec<Variant> = names
        .into_iter()
        .zip(labels)
        .map(|(name, label)| Variant { name: name.rust, label: literal::string(label) })
        .collect();
    Enum {
        title: format!("Enum `{}`.", docs::code(&name.to_string())),
        alike: alike(&rust, &variants),
        docs,
        sql: literal::string(&name.name),
        sql_name: literal::string(&sql::qualified(name)),
        derives: enum_derives(scope),
        variants,
        name: rust,
    }
}

/// Tells of a label or a field that another's name moved. The manifest has no names for them.
fn report_part(
    scope: &Scope<'_>,
    name: &QName,
    what: &str,
    answer: &Resolved,
    diagnostics: &mut Diagnostics,
) {
    let Some(wanted) = &answer.renamed_from else { return };
    let message = format!("{what} is called `{}`, for `{wanted}` is another's name too", answer.rust);
    diagnostics.push(
        Diagnostic::warning(RENAMED, message)
            .at(scope.loaded.places.get(&Object::Type(name.clone())).cloned())
            .help("rename one in the schema to have a plain name"),
    );
}

/// An enum is small and plain: it has every usual trait.
fn enum_derives(scope: &Scope<'_>) -> String {
    let own = "Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash";
    let all = derive_list(&scope.manifest.output, Facts::ALL);
    let extras = all.split(", ").filter(|extra| !own.split(", ").any(|known| known == *extra));
    [own].into_iter().chain(extras).collect::<Vec<_>>().join(", ")
}

/// What clippy's `enum_variant_names` would say: each variant begins or ends with the same word, or one with the
/// enum's name.
fn alike(name: &str, variants: &[Variant]) -> bool {
    let first = |variant: &Variant| words(&variant.name).first().cloned();
    let last = |variant: &Variant| words(&variant.name).last().cloned();
    let same = |word: &dyn Fn(&Variant) -> Option<String>| {
        variants.len() > 2 && variants.windows(2).all(|pair| word(&pair[0]) == word(&pair[1]))
    };
    let repeats = |variant: &Variant| variant.name.starts_with(name) || variant.name.ends_with(name);
    same(&first) || same(&last) || variants.iter().any(repeats)
}

/// `InProgress` is `In` and `Progress`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if !c.is_uppercase() => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
}

fn composite(
    scope: &Scope<'_>,
    name: &QName,
    rust: String,
    docs: Vec<String>,
    columns: &[catalog::Column],
    diagnostics: &mut Diagnostics,
) -> Composite {
    let names = distinct(columns.iter().map(|column| Request::field(&column.name)));
    let mut facts = Facts::ALL;
    let mut fields = Vec::with_capacity(columns.len());
    for (field, column) in names.into_iter().zip(columns) {
        let what = format!("the field `{}` of `{name}`", column.name);
        report_part(scope, name, &what, &field, diagnostics);
        match scope.resolver.resolve(&column.ty, "", None) {
            Ok(resolved) => {
                facts = facts.and(resolved.facts);
                fields.push(Field {
                    name: field.rust,
                    ty: format!("Option<{}>", resolved.rust).replace("ormgen_runtime::types::", "types::"),
                    docs: docs::lines(column.comment.as_deref()),
                });
            }
            Err(_) => diagnostics.push(
                Diagnostic::error(
                    UNSUPPORTED_TYPE,
                    format!(
                        "the field `{}` of the type `{name}` is of type `{}`, which has no Rust counterpart",
                        column.name, column.ty
                    ),
                )
                .at(scope.loaded.places.get(&Object::Type(name.clone())).cloned())
                .help(format!("name a Rust type for `{}` or for `{name}` under `types:`", column.ty)),
            ),
        }
    }
    Composite {
        title: format!("Composite type `{}`.", docs::code(&name.to_string())),
        docs,
        sql: literal::string(&name.name),
        fields,
        derives: derive_list(&scope.manifest.output, facts),
        name: rust,
    }
}
