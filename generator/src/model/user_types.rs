//! Enums and composite types.

use std::collections::HashMap;

use super::{
    context::DatabaseContext,
    data::{Composite, Enum, Field, Variant},
    derives, docs, literal,
    naming::{Request, Resolved, distinct},
    resolve::ColumnType,
    serde_names, unsupported,
};
use crate::{
    catalog::{self, Catalog, Object, QName, TypeKind, identifiers},
    diagnostics::{Diagnostic, Diagnostics, RENAMED, UNKNOWN_COLUMN, nearest},
    manifest::FieldSettings,
};

/// The types that get a Rust name. Domains and ranges get none, as they use the Rust types of the types they are over.
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
    context: &DatabaseContext<'_>,
    names: &HashMap<QName, String>,
    diagnostics: &mut Diagnostics,
) -> (Vec<Enum>, Vec<Composite>) {
    let mut enums = Vec::new();
    let mut composites = Vec::new();
    for (name, definition) in &context.loaded.catalog.types {
        let Some(rust) = names.get(name).cloned() else { continue };
        let lines = docs::lines(definition.comment.as_deref());
        match &definition.kind {
            TypeKind::Enum { labels } => {
                enums.push(enumeration(context, name, rust, lines, labels, diagnostics));
            }
            TypeKind::Composite { fields } => {
                composites.extend(composite(context, name, rust, lines, fields, diagnostics));
            }
            TypeKind::Domain { .. } | TypeKind::Range { .. } => {}
        }
    }
    (enums, composites)
}

fn enumeration(
    context: &DatabaseContext<'_>,
    name: &QName,
    rust: String,
    docs: Vec<String>,
    labels: &[String],
    diagnostics: &mut Diagnostics,
) -> Enum {
    let names = distinct(labels.iter().map(|label| Request::variant(label)));
    for (answer, label) in names.iter().zip(labels) {
        report_part(context, name, &format!("the label `{label}` of `{name}`"), answer, diagnostics);
    }
    let mut variants: Vec<Variant> = names
        .into_iter()
        .zip(labels)
        .map(|(name, label)| Variant {
            name: name.rust,
            label: literal::string(label),
            attributes: Vec::new(),
        })
        .collect();
    let settings = context.type_settings(name);
    let derives =
        derives::of_enum(&context.manifest.output, settings.map_or(&[], |settings| &settings.derives));
    let own = settings.map_or(&[][..], |settings| &settings.attributes);
    report_unknown(settings.map_or(&[], |settings| &settings.fields), name, &[], diagnostics);
    Enum {
        attributes: serde_names::of_enum(own, labels, &mut variants, &derives),
        title: format!("Enum `{}`.", docs::code(&name.to_string())),
        alike: alike(&rust, &variants),
        docs,
        sql: literal::string(&name.name),
        sql_name: literal::string(&context.sql_names.of(name)),
        derives,
        variants,
        name: rust,
    }
}

/// Reports a label or a field that gets a suffix because another has its name. The manifest cannot name them.
fn report_part(
    context: &DatabaseContext<'_>,
    name: &QName,
    what: &str,
    answer: &Resolved,
    diagnostics: &mut Diagnostics,
) {
    if answer.renamed_from.is_none() {
        return;
    }
    let message = format!("{what} is called `{}` in Rust, since {}", answer.rust, answer.reason());
    diagnostics.push(
        Diagnostic::warning(RENAMED, message)
            .at(context.place(&Object::Type(name.clone())))
            .help("rename one of the two in the schema"),
    );
}

/// Whether clippy's `enum_variant_names` would warn: each variant begins or ends with the same word, or one with the
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

/// A composite type; none if a field has no counterpart, as the server sends a composite's value as a whole.
fn composite(
    context: &DatabaseContext<'_>,
    name: &QName,
    rust: String,
    docs: Vec<String>,
    columns: &[catalog::Column],
    diagnostics: &mut Diagnostics,
) -> Option<Composite> {
    let names = distinct(columns.iter().map(|column| Request::field(&column.name)));
    let constants = distinct(columns.iter().map(|column| Request::constant(&column.name)));
    let settings = context.type_settings(name);
    let (mut fields, mut is_whole) = (Vec::with_capacity(columns.len()), true);
    for ((field, constant), column) in names.into_iter().zip(constants).zip(columns) {
        let what = format!("the field `{}` of `{name}`", column.name);
        report_part(context, name, &what, &field, diagnostics);
        match context.resolver.resolve(&column.ty, "", None) {
            Ok(ty) => fields.push(one(column, field.rust, constant.rust, ty)),
            // A Rust type of the user's own stands for the whole.
            Err(_) if context.resolver.is_overridden(name) => return None,
            Err(unsupported) => {
                diagnostics.extend(unsupported::field(context, name, column, &unsupported));
                is_whole = false;
            }
        }
    }
    if !is_whole {
        return None;
    }
    let derives = derives::of_struct(
        &context.manifest.output,
        settings.map_or(&[], |settings| &settings.derives),
        fields.iter().map(|field| field.ty.traits()),
    );
    let has_serde = serde_names::has_serde(&derives);
    let own = settings.map_or(&[][..], |settings| &settings.fields);
    report_unknown(own, name, columns, diagnostics);
    for (field, column) in fields.iter_mut().zip(columns) {
        let own = own.iter().find(|own| own.field.value == column.name);
        let own = own.map_or(&[][..], |own| &own.attributes);
        field.attributes = serde_names::of_field(&field.name, &column.name, own, has_serde);
    }
    Some(Composite {
        attributes: settings.map(|settings| serde_names::given(&settings.attributes)).unwrap_or_default(),
        title: format!("Composite type `{}`.", docs::code(&name.to_string())),
        docs,
        sql: literal::string(&name.name),
        sql_name: literal::string(&context.sql_names.of(name)),
        derives,
        fields,
        name: rust,
    })
}

/// A field, without its attributes.
fn one(column: &catalog::Column, name: String, constant: String, ty: ColumnType) -> Field {
    Field {
        attributes: Vec::new(),
        name,
        constant,
        facts: format!("`{}`.", docs::code(&column.ty.to_string())),
        ty: ty.rust.clone().into_option(),
        value: ty.rust,
        sql: literal::string(&identifiers::quote(&column.name)),
        sql_type: literal::string(&ty.sql_type),
        cast: ty.cast,
        compound: ty.compound,
        docs: docs::lines(column.comment.as_deref()),
    }
}

/// Reports settings of fields that the type does not have.
fn report_unknown(
    given: &[FieldSettings],
    name: &QName,
    columns: &[catalog::Column],
    diagnostics: &mut Diagnostics,
) {
    let known = || columns.iter().map(|column| column.name.as_str());
    for FieldSettings { field, .. } in given {
        if known().any(|known| known == field.value) {
            continue;
        }
        let help = match nearest(&field.value, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if columns.is_empty() => "only a composite type has fields".to_owned(),
            None => "name a field of the composite type, as SQL names it".to_owned(),
        };
        let message = format!("the type `{name}` has no field `{}`", field.value);
        diagnostics.push(Diagnostic::error(UNKNOWN_COLUMN, message).at(field.place.clone()).help(help));
    }
}
