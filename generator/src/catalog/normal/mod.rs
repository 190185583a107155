//! The normal form of a catalog, in which two spellings of one expression are equal.
//!
//! A server prints expressions from its parse tree; a file has them as their author typed them. So expressions
//! (defaults, checks, generated columns, exclusions, indexes) are brought to one form, to compare them. The docs of
//! generated code show a normal form only if a person would write it so. Tables, columns, types and keys are left
//! exactly as they are.

mod expression;

use std::collections::BTreeMap;

use super::{Catalog, Column, QName, SqlType, Table, TypeDef, TypeKind};
use expression::{Surroundings, normal};

/// The catalog with every expression in its normal form, and without the objects that every database has.
#[must_use]
pub fn catalog(catalog: &Catalog) -> Catalog {
    let mut catalog = catalog.clone();
    // `initdb` writes it, and older pg_dumps repeat it.
    if let Some(comment) = catalog.schemas.get_mut("public") {
        comment.take_if(|comment| comment == "standard public schema");
    }
    catalog.extensions.remove("plpgsql");
    let mut tables = std::mem::take(&mut catalog.tables);
    for (name, table) in &mut tables {
        normalize_table(&catalog, name, table);
    }
    catalog.tables = tables;
    for (name, def) in &mut catalog.types {
        normalize_type(name, def);
    }
    catalog
}

/// The normal form of a column's default.
#[must_use]
pub fn default(table: &QName, column: &Column) -> Option<String> {
    let around = Surroundings { schema: &table.schema, domains: BTreeMap::new() };
    Some(of_type(&around, &column.ty, column.default.as_ref()?))
}

fn normalize_table(catalog: &Catalog, name: &QName, table: &mut Table) {
    let base = |column: &Column| {
        catalog.domains(&column.ty).next()?;
        Some((column.name.clone(), catalog.base_type(&column.ty).name.name))
    };
    let bases: Vec<(String, String)> = table.columns.iter().filter_map(base).collect();
    let domains = bases.iter().map(|(column, base)| (column.as_str(), base.clone())).collect();
    let around = Surroundings { schema: &name.schema, domains };
    for column in &mut table.columns {
        normalize_column(&around, column);
    }
    for check in &mut table.checks {
        check.expression = normal(&around, &check.expression);
    }
    for exclusion in &mut table.exclusions {
        exclusion.expression = expression::words(&exclusion.expression);
    }
    for index in &mut table.indexes {
        let texts = index.expressions.iter_mut().chain(&mut index.predicate);
        texts.for_each(|text| *text = normal(&around, text));
    }
}

fn normalize_type(name: &QName, def: &mut TypeDef) {
    let around = Surroundings { schema: &name.schema, domains: BTreeMap::new() };
    match &mut def.kind {
        TypeKind::Domain { base, default, checks, .. } => {
            if let Some(text) = default {
                *text = of_type(&around, base, text);
            }
            for check in checks {
                check.expression = normal(&around, &check.expression);
            }
        }
        TypeKind::Composite { fields } => {
            for field in fields {
                normalize_column(&around, field);
            }
        }
        TypeKind::Enum { .. } | TypeKind::Range { .. } => {}
    }
}

fn normalize_column(around: &Surroundings<'_>, column: &mut Column) {
    if let Some(text) = &mut column.default {
        *text = of_type(around, &column.ty, text);
    }
    if let Some(generated) = &mut column.generated {
        generated.expression = normal(around, &generated.expression);
    }
}

/// A value of a known type: the server prints literals as that type does.
fn of_type(around: &Surroundings<'_>, ty: &SqlType, text: &str) -> String {
    let text = normal(around, text);
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
