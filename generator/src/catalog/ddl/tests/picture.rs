//! A catalog as text, for comparing and for snapshots.

use std::fmt::Write;

use super::{super::super::*, load, problems};

/// One line for each thing, in the catalog's order.
pub(super) fn picture(catalog: &Catalog) -> String {
    let mut out = String::new();
    for (name, comment) in &catalog.schemas {
        let _ = writeln!(out, "schema {name}{}", remark(comment));
    }
    for name in &catalog.extensions {
        let _ = writeln!(out, "extension {name}");
    }
    for (name, def) in &catalog.types {
        let _ = writeln!(out, "type {name} {}{}", type_kind(&def.kind), remark(&def.comment));
    }
    for (name, sequence) in &catalog.sequences {
        let owner = sequence.owned_by.as_ref().map(|(table, column)| format!(" of {table}.{column}"));
        let _ = writeln!(out, "sequence {name}{}", owner.unwrap_or_default());
    }
    for (name, def) in &catalog.tables {
        out.push_str(&table(name, def));
    }
    out
}

fn remark(comment: &Option<String>) -> String {
    comment.as_ref().map(|text| format!(" -- {text:?}")).unwrap_or_default()
}

fn type_kind(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Enum { labels } => format!("enum {labels:?}"),
        TypeKind::Domain { base, collation, not_null, default, checks } => {
            let collation = collation.as_ref().map(|it| format!(" collate {it}")).unwrap_or_default();
            let not_null = if *not_null { " not null" } else { "" };
            let default = default.as_ref().map(|text| format!(" default {text}")).unwrap_or_default();
            let checks: String = checks.iter().map(|c| format!(" {} ({})", c.name, c.expression)).collect();
            format!("domain {base}{collation}{not_null}{default}{checks}")
        }
        TypeKind::Composite { fields } => {
            let fields: Vec<String> = fields.iter().map(column).collect();
            format!("({})", fields.join(", "))
        }
        TypeKind::Range { subtype, multirange } => format!("range of {subtype}, {multirange}"),
    }
}

fn column(column: &Column) -> String {
    let mut out = format!("{} {}", column.name, column.ty);
    if !column.nullable {
        out.push_str(" not null");
    }
    if let Some(default) = &column.default {
        let _ = write!(out, " default {default}");
    }
    if let Some(identity) = &column.identity {
        let _ = write!(out, " identity {identity:?}");
    }
    if let Some(generated) = &column.generated {
        let _ =
            write!(out, " as ({}){}", generated.expression, if generated.stored { " stored" } else { "" });
    }
    if let Some(collation) = &column.collation {
        let _ = write!(out, " collate {collation}");
    }
    out + &remark(&column.comment)
}

fn table(name: &QName, table: &Table) -> String {
    let mut out =
        format!("{:?} {name}", table.kind).to_lowercase().replace(&name.to_string().to_lowercase(), "");
    out = out.trim_end().to_owned();
    let _ = write!(out, " {name}");
    if let Some(parent) = &table.partition_of {
        let _ = write!(out, " partition of {parent}");
    }
    for parent in &table.inherits {
        let _ = write!(out, " inherits {parent}");
    }
    out += &remark(&table.comment);
    out.push('\n');
    let mut lines: Vec<String> = table.columns.iter().map(column).collect();
    lines.extend(table.primary_key.iter().map(|k| key("primary key", k)));
    lines.extend(table.uniques.iter().map(|k| key("unique", k)));
    lines.extend(table.foreign_keys.iter().map(foreign_key));
    lines.extend(table.checks.iter().map(|check| format!("check {} ({})", check.name, check.expression)));
    lines.extend(
        table.exclusions.iter().map(|check| format!("exclusion {} {}", check.name, check.expression)),
    );
    lines.extend(table.indexes.iter().map(index));
    for line in lines {
        let _ = writeln!(out, "    {line}");
    }
    out
}

fn key(what: &str, key: &Key) -> String {
    let nulls = if key.nulls_not_distinct { " nulls not distinct" } else { "" };
    format!("{what} {} ({}){nulls}{}", key.name, key.columns.join(", "), timing(key.deferrable, key.deferred))
}

fn timing(deferrable: bool, deferred: bool) -> &'static str {
    match (deferrable, deferred) {
        (_, true) => " deferred",
        (true, false) => " deferrable",
        _ => "",
    }
}

fn foreign_key(key: &ForeignKey) -> String {
    let mut out = format!("foreign key {} ({}) to ", key.name, key.columns.join(", "));
    let _ = write!(out, "{} ({})", key.target, key.target_columns.join(", "));
    for (what, action) in [("delete", key.on_delete), ("update", key.on_update)] {
        if action != Action::NoAction {
            let _ = write!(out, " on {what} {action:?}");
        }
    }
    out.push_str(if key.match_full { " full" } else { "" });
    out.push_str(timing(key.deferrable, key.deferred));
    out.push_str(if key.validated { "" } else { " not valid" });
    out
}

fn index(index: &Index) -> String {
    let columns: Vec<&str> = index.columns.iter().map(|c| c.as_deref().unwrap_or("(…)")).collect();
    let unique = if index.unique { "unique index" } else { "index" };
    let partial = if index.partial { " partial" } else { "" };
    let nulls = if index.nulls_not_distinct { " nulls not distinct" } else { "" };
    format!("{unique} {} {} ({}){partial}{nulls}", index.name, index.method, columns.join(", "))
}

#[test]
fn a_schema_with_every_construct() {
    let (loaded, diagnostics) = load(&[include_str!("everything.sql")]);
    assert_eq!(problems(&diagnostics), Vec::<String>::new());
    insta::assert_snapshot!("everything", picture(&loaded.catalog));
}

#[test]
fn what_changes_leave_behind() {
    let (loaded, diagnostics) = load(&[include_str!("changes.sql")]);
    assert_eq!(problems(&diagnostics), Vec::<String>::new());
    insta::assert_snapshot!("changes", picture(&loaded.catalog));
}

#[test]
fn the_columns_of_every_form_of_view() {
    let (loaded, diagnostics) = load(&[include_str!("views.sql")]);
    assert_eq!(problems(&diagnostics), Vec::<String>::new());
    let mut views = loaded.catalog.clone();
    views.tables.retain(|_, table| table.is_view());
    insta::assert_snapshot!("views", picture(&views));
}

#[test]
fn everything_in_the_catalog_has_a_place() {
    for text in [include_str!("everything.sql"), include_str!("views.sql"), include_str!("changes.sql")] {
        let (loaded, _) = load(&[text]);
        let mut missing = Vec::new();
        let mut seen = 0;
        let mut look = |object: Object| {
            seen += 1;
            if !loaded.places.contains_key(&object) {
                missing.push(object);
            }
        };
        for name in loaded.catalog.types.keys() {
            look(Object::Type(name.clone()));
        }
        for (name, table) in &loaded.catalog.tables {
            look(Object::Table(name.clone()));
            table.columns.iter().for_each(|column| look(Object::Column(name.clone(), column.name.clone())));
            let keys = table.primary_key.iter().chain(&table.uniques).map(|key| &key.name);
            let keys = keys.chain(table.foreign_keys.iter().map(|key| &key.name));
            let checks = table.checks.iter().chain(&table.exclusions).map(|check| &check.name);
            keys.chain(checks)
                .for_each(|constraint| look(Object::Constraint(name.clone(), constraint.clone())));
        }
        assert_eq!(missing, Vec::new());
        assert_eq!(loaded.places.len(), seen, "places of what is not in the catalog are left");
    }
}
