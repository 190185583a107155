//! A form of the catalog in which two spellings of one thing are equal.
//!
//! A server prints expressions from its parse tree; a file has them as somebody typed them. So expressions (defaults,
//! checks, generated columns, exclusions) are brought to one form. It is for comparing only: nobody else reads it.
//! Tables, columns, types and keys are left exactly as they are.

mod expression;

use std::collections::BTreeMap;

use super::{Catalog, Column, QName, SqlType, Table, TypeDef, TypeKind};
use expression::{Scope, normal};

/// The catalog with every expression in its normal form, and without what every database has.
#[must_use]
pub fn catalog(catalog: &Catalog) -> Catalog {
    let mut catalog = catalog.clone();
    // `initdb` writes it, and older pg_dumps repeat it.
    if let Some(comment) = catalog.schemas.get_mut("public") {
        comment.take_if(|comment| comment == "standard public schema");
    }
    catalog.extensions.remove("plpgsql");
    let types = catalog.types.clone();
    for (name, table) in &mut catalog.tables {
        normalize_table(&types, name, table);
    }
    for (name, def) in &mut catalog.types {
        normalize_type(name, def);
    }
    catalog
}

type Types = BTreeMap<QName, TypeDef>;

fn normalize_table(types: &Types, name: &QName, table: &mut Table) {
    let bases: Vec<(String, String)> = table
        .columns
        .iter()
        .filter_map(|column| Some((column.name.clone(), base_of(types, &column.ty)?)))
        .collect();
    let domains = bases.iter().map(|(column, base)| (column.as_str(), base.clone())).collect();
    let scope = Scope { schema: &name.schema, domains };
    for column in &mut table.columns {
        normalize_column(&scope, column);
    }
    for check in &mut table.checks {
        check.expression = normal(&scope, &check.expression);
    }
    for exclusion in &mut table.exclusions {
        exclusion.expression = expression::words(&exclusion.expression);
    }
}

/// What a domain is over in the end, by its bare name.
fn base_of(types: &Types, ty: &SqlType) -> Option<String> {
    let mut base = None;
    let mut name = &ty.name;
    // Domains over domains end; a snapshot that somebody edited may have a circle.
    for _ in 0..types.len() {
        let Some(TypeKind::Domain { base: next, .. }) = types.get(name).map(|def| &def.kind) else { break };
        base = Some(next.name.name.clone());
        name = &next.name;
    }
    base.filter(|_| !ty.array)
}

fn normalize_type(name: &QName, def: &mut TypeDef) {
    let scope = Scope { schema: &name.schema, domains: BTreeMap::new() };
    match &mut def.kind {
        TypeKind::Domain { base, default, checks, .. } => {
            if let Some(text) = default {
                *text = of_type(&scope, base, text);
            }
            for check in checks {
                check.expression = normal(&scope, &check.expression);
            }
        }
        TypeKind::Composite { fields } => {
            for field in fields {
                normalize_column(&scope, field);
            }
        }
        TypeKind::Enum { .. } | TypeKind::Range { .. } => {}
    }
}

fn normalize_column(scope: &Scope<'_>, column: &mut Column) {
    if let Some(text) = &mut column.default {
        *text = of_type(scope, &column.ty, text);
    }
    if let Some(generated) = &mut column.generated {
        generated.expression = normal(scope, &generated.expression);
    }
}

/// A value of a known type: the server prints literals as that type does.
fn of_type(scope: &Scope<'_>, ty: &SqlType, text: &str) -> String {
    let text = normal(scope, text);
    if ty.array || ty.name.schema != "pg_catalog" {
        return text;
    }
    let Some(literal) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) else { return text };
    match ty.name.name.as_str() {
        "bool" => match literal.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" | "yes" | "on" | "y" => "true".to_owned(),
            "f" | "false" | "0" | "no" | "off" | "n" => "false".to_owned(),
            _ => text,
        },
        "timestamp" | "timestamptz" if literal.len() == "2000-01-01".len() => format!("'{literal} 00:00:00'"),
        "bpchar" => format!("'{}'", literal.trim_end()),
        _ => text,
    }
}
