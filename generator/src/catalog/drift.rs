//! The differences between two catalogs, field by field, in words.
//!
//! Each catalog is laid out as objects, their parts and fields (`table public.orders`, `column total`, `type` =
//! `numeric(10,2)`); a difference is a field that only one of the lists has. Expressions are compared in their
//! [`normal`] form.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    Catalog, Check, Column, ForeignKey, Index, Key, QName, Table, TableKind, TypeDef, TypeKind, normal,
};

/// A difference: one field that is not the same in both catalogs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `table`, `view`, `type`, `sequence`, `schema` or `extension`.
    pub object: &'static str,
    /// Its name: `public.orders`.
    pub name: String,
    /// The part of the object; none for the object itself.
    pub part: Option<ObjectPart>,
    /// The field, such as `type`; none if only one side has the part or the object.
    pub field: Option<&'static str>,
    /// Its value on the first side; none if it is missing there.
    pub old: Option<String>,
    /// Its value on the second side; none if it is missing there.
    pub new: Option<String>,
}

/// A part of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ObjectPart {
    /// `column`, `field`, `primary key`, `check`, …
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// The fields of an object or of a part of it. A field with its default has no value.
type Fields = BTreeMap<&'static str, String>;

type Parts = BTreeMap<Option<ObjectPart>, Fields>;

type ObjectParts = BTreeMap<(&'static str, String), Parts>;

/// All differences, by object. Both sides are compared in their normal form, and shown as they are.
#[must_use]
pub fn compare(old: &Catalog, new: &Catalog) -> Vec<Difference> {
    let (plain_old, plain_new) = (objects(old), objects(new));
    let (old, new) = (objects(&normal::catalog(old)), objects(&normal::catalog(new)));
    let mut differences = Vec::new();
    let objects: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for key in objects {
        let report = Report { object: key.0, name: &key.1, old: plain_old.get(key), new: plain_new.get(key) };
        match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) => report.parts(old, new, &mut differences),
            (old, _) => differences.push(report.one_sided(None, old.is_some())),
        }
    }
    differences
}

/// Where differences of one object go, with both sides as they are written.
struct Report<'a> {
    object: &'static str,
    name: &'a str,
    old: Option<&'a Parts>,
    new: Option<&'a Parts>,
}

impl Report<'_> {
    fn parts(&self, old: &Parts, new: &Parts, differences: &mut Vec<Difference>) {
        let parts: BTreeSet<&Option<ObjectPart>> = old.keys().chain(new.keys()).collect();
        for part in parts {
            match (old.get(part), new.get(part)) {
                (Some(old), Some(new)) => self.fields(part, old, new, differences),
                (old, _) => differences.push(self.one_sided(part.clone(), old.is_some())),
            }
        }
    }

    fn fields(
        &self,
        part: &Option<ObjectPart>,
        old: &Fields,
        new: &Fields,
        differences: &mut Vec<Difference>,
    ) {
        let fields: BTreeSet<&'static str> = old.keys().chain(new.keys()).copied().collect();
        for field in fields {
            if field == COLUMN_ORDER && !is_reordered(old.get(field), new.get(field)) {
                continue;
            }
            if old.get(field) != new.get(field) {
                let shown = |side: Option<&Parts>| Some(shown(side?.get(part)?.get(field)?));
                differences.push(Difference {
                    object: self.object,
                    name: self.name.to_owned(),
                    part: part.clone(),
                    field: Some(field),
                    old: shown(self.old),
                    new: shown(self.new),
                });
            }
        }
    }

    fn one_sided(&self, part: Option<ObjectPart>, is_old: bool) -> Difference {
        let side = if is_old { self.old } else { self.new };
        // A whole object is described by its name.
        let fields = side.filter(|_| part.is_some()).and_then(|parts| parts.get(&part));
        let text = fields.map(summary).unwrap_or_default();
        let (old, new) = if is_old { (Some(text), None) } else { (None, Some(text)) };
        Difference { object: self.object, name: self.name.to_owned(), part, field: None, old, new }
    }
}

/// A whole part in one line: `type numeric(10,2), default 0, not null`.
fn summary(fields: &Fields) -> String {
    let mut fields: Vec<(&&str, &String)> = fields.iter().collect();
    fields.sort_by_key(|(field, _)| **field != "type");
    let word = |(field, value): (&&str, &String)| match value.as_str() {
        "yes" => (*field).to_owned(),
        value => format!("{field} {}", shown(value)),
    };
    fields.into_iter().map(word).collect::<Vec<_>>().join(", ")
}

/// A value as a person reads it.
fn shown(value: &str) -> String {
    value.replace(SEPARATOR, ", ")
}

const COLUMN_ORDER: &str = "order of columns";

/// Between the items of a list: no name holds it.
pub(super) const SEPARATOR: &str = "\u{1f}";

/// Whether the columns that both have are in different orders.
fn is_reordered(old: Option<&String>, new: Option<&String>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return false };
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split(SEPARATOR).collect(), new.split(SEPARATOR).collect());
    let common = |of: &[&str], other: &[&str]| -> Vec<String> {
        of.iter().filter(|name| other.contains(name)).map(|name| (*name).to_owned()).collect()
    };
    common(&old, &new) != common(&new, &old)
}

fn objects(catalog: &Catalog) -> ObjectParts {
    let Catalog { schemas, extensions, tables, types, sequences } = catalog;
    let mut objects = ObjectParts::new();
    for (name, comment) in schemas {
        let fields = Collected::default().text("comment", comment.as_ref()).fields;
        objects.insert(("schema", name.clone()), [(None, fields)].into());
    }
    for name in extensions {
        objects.insert(("extension", name.clone()), [(None, Fields::new())].into());
    }
    for (name, table) in tables {
        let object = if table.is_view() { "view" } else { "table" };
        objects.insert((object, name.to_string()), table_parts(table));
    }
    for (name, def) in types {
        objects.insert(("type", name.to_string()), type_parts(def));
    }
    for (name, sequence) in sequences {
        let owner = sequence.owned_by.as_ref().map(|(table, column)| format!("{table}.{column}"));
        let fields = Collected::default().text("owned by", owner.as_ref()).fields;
        objects.insert(("sequence", name.to_string()), [(None, fields)].into());
    }
    objects
}

/// Fields, collected one by one.
#[derive(Default)]
struct Collected {
    fields: Fields,
}

impl Collected {
    fn text(mut self, name: &'static str, value: Option<&String>) -> Self {
        if let Some(value) = value {
            self.fields.insert(name, value.clone());
        }
        self
    }

    fn value(self, name: &'static str, value: impl ToString) -> Self {
        self.text(name, Some(&value.to_string()))
    }

    fn flag(self, name: &'static str, value: bool) -> Self {
        if value { self.value(name, "yes") } else { self }
    }

    fn list(self, name: &'static str, values: &[String]) -> Self {
        if values.is_empty() { self } else { self.value(name, values.join(SEPARATOR)) }
    }
}

fn part(kind: &'static str, name: &str) -> Option<ObjectPart> {
    Some(ObjectPart { kind, name: name.to_owned() })
}

fn table_parts(table: &Table) -> Parts {
    let Table {
        kind,
        columns,
        primary_key,
        uniques,
        foreign_keys,
        checks,
        exclusions,
        indexes,
        partition_of,
        inherits,
        comment,
    } = table;
    let inherits: Vec<String> = inherits.iter().map(QName::to_string).collect();
    let order: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let own = Collected::default()
        .value("kind", kind_name(*kind))
        .text("comment", comment.as_ref())
        .text("partition of", partition_of.as_ref().map(QName::to_string).as_ref())
        .list("inherits", &inherits)
        .value(COLUMN_ORDER, order.join(SEPARATOR));
    let mut parts = BTreeMap::from([(None, own.fields)]);
    let mut add = |kind, name: &str, fields| parts.insert(part(kind, name), fields);
    for column in columns {
        add("column", &column.name, column_fields(column));
    }
    if let Some(key) = primary_key {
        add("primary key", &key.name, key_fields(key));
    }
    for key in uniques {
        add("unique constraint", &key.name, key_fields(key));
    }
    for key in foreign_keys {
        add("foreign key", &key.name, foreign_key_fields(key));
    }
    for check in checks {
        add("check", &check.name, check_fields(check));
    }
    for exclusion in exclusions {
        add("exclusion", &exclusion.name, check_fields(exclusion));
    }
    for index in indexes {
        add("index", &index.name, index_fields(index));
    }
    parts
}

fn kind_name(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Table => "table",
        TableKind::Partitioned => "partitioned table",
        TableKind::Foreign => "foreign table",
        TableKind::View => "view",
        TableKind::MaterializedView => "materialized view",
    }
}

fn column_fields(column: &Column) -> Fields {
    let Column { name: _, ty, nullable, default, identity, generated, collation, comment } = column;
    let generated = generated.as_ref().map(|generated| {
        let kind = if generated.stored { "stored" } else { "virtual" };
        format!("{kind} {}", generated.expression)
    });
    let identity = identity.map(|identity| match identity {
        super::Identity::Always => "always".to_owned(),
        super::Identity::ByDefault => "by default".to_owned(),
    });
    Collected::default()
        .value("type", ty)
        .flag("not null", !nullable)
        .text("default", default.as_ref())
        .text("identity", identity.as_ref())
        .text("generated", generated.as_ref())
        .text("collation", collation.as_ref().map(QName::to_string).as_ref())
        .text("comment", comment.as_ref())
        .fields
}

fn key_fields(key: &Key) -> Fields {
    let Key { name: _, columns, deferrable, deferred, nulls_not_distinct } = key;
    Collected::default()
        .list("columns", columns)
        .flag("deferrable", *deferrable)
        .flag("initially deferred", *deferred)
        .flag("nulls not distinct", *nulls_not_distinct)
        .fields
}

fn foreign_key_fields(key: &ForeignKey) -> Fields {
    let ForeignKey {
        name: _,
        columns,
        target,
        target_columns,
        on_delete,
        on_update,
        match_full,
        deferrable,
        deferred,
        validated,
        enforced,
        period,
    } = key;
    Collected::default()
        .list("columns", columns)
        .value("target", target)
        .list("target columns", target_columns)
        .value("on delete", action_name(*on_delete))
        .value("on update", action_name(*on_update))
        .flag("match full", *match_full)
        .flag("deferrable", *deferrable)
        .flag("initially deferred", *deferred)
        .flag("not valid", !validated)
        .flag("not enforced", !enforced)
        .flag("period", *period)
        .fields
}

fn action_name(action: super::Action) -> &'static str {
    match action {
        super::Action::NoAction => "no action",
        super::Action::Restrict => "restrict",
        super::Action::Cascade => "cascade",
        super::Action::SetNull => "set null",
        super::Action::SetDefault => "set default",
    }
}

fn check_fields(check: &Check) -> Fields {
    let Check { name: _, expression } = check;
    Collected::default().value("expression", expression).fields
}

fn index_fields(index: &Index) -> Fields {
    let Index { name: _, unique, method, columns, expressions, partial, predicate, nulls_not_distinct } =
        index;
    let columns: Vec<String> =
        columns.iter().map(|column| column.clone().unwrap_or_else(|| "(an expression)".to_owned())).collect();
    Collected::default()
        .list("columns", &columns)
        .value("method", method)
        .flag("unique", *unique)
        .list("expressions", expressions)
        .flag("partial", *partial && predicate.is_none())
        .text("predicate", predicate.as_ref())
        .flag("nulls not distinct", *nulls_not_distinct)
        .fields
}

fn type_parts(def: &TypeDef) -> Parts {
    let TypeDef { kind, comment } = def;
    let own = Collected::default().text("comment", comment.as_ref());
    let mut parts: Parts = BTreeMap::new();
    let own = match kind {
        TypeKind::Enum { labels } => own.value("kind", "enum").list("labels", labels),
        TypeKind::Domain { base, collation, not_null, default, checks } => {
            for check in checks {
                parts.insert(part("check", &check.name), check_fields(check));
            }
            own.value("kind", "domain")
                .value("base", base)
                .text("collation", collation.as_ref().map(QName::to_string).as_ref())
                .flag("not null", *not_null)
                .text("default", default.as_ref())
        }
        TypeKind::Composite { fields } => {
            for field in fields {
                parts.insert(part("field", &field.name), column_fields(field));
            }
            let order: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            own.value("kind", "composite").value(COLUMN_ORDER, order.join(SEPARATOR))
        }
        TypeKind::Range { subtype, multirange } => {
            own.value("kind", "range").value("subtype", subtype).value("multirange", multirange)
        }
    };
    parts.insert(None, own.fields);
    parts
}

impl Difference {
    /// The part and field that differ, without the object: `column total, type`.
    pub fn place(&self) -> String {
        let part = self.part.as_ref().map(|part| format!("{} {}", part.kind, part.name));
        let words: Vec<String> = part.into_iter().chain(self.field.map(str::to_owned)).collect();
        words.join(", ")
    }

    /// Both sides: `int4 → int8`, `yes → no`, `only on the server (type text)`. The caller names the sides.
    pub fn change(&self, old_side: &str, new_side: &str) -> String {
        let only = |side: &str, value: &str| match value {
            "" => format!("only {side}"),
            value => format!("only {side} ({value})"),
        };
        match (self.field, self.old.as_deref(), self.new.as_deref()) {
            (None, Some(old), _) => only(old_side, old),
            (None, None, new) => only(new_side, new.unwrap_or_default()),
            (_, Some("yes"), None) => "yes → no".to_owned(),
            (_, None, Some("yes")) => "no → yes".to_owned(),
            (_, old, new) => format!("{} → {}", old.unwrap_or("none"), new.unwrap_or("none")),
        }
    }
}

/// In one line: `table public.orders, column total, type: int4 → int8`.
impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.object, self.name)?;
        let place = self.place();
        if !place.is_empty() {
            write!(f, ", {place}")?;
        }
        write!(f, ": {}", self.change("on the first side", "on the second side"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::ddl,
        diagnostics::{Diagnostics, Source},
    };

    fn catalog(sql: &str) -> Catalog {
        ddl::interpret(&[Source::new("t.sql", sql)], &mut Diagnostics::new()).catalog
    }

    #[test]
    fn says_what_differs() {
        let old = catalog(
            "CREATE TABLE t (id int PRIMARY KEY, a numeric(10,2) NOT NULL, gone text, c int DEFAULT 1,
               x text CHECK (x <> ''));
             CREATE TYPE mood AS ENUM ('a', 'b'); CREATE VIEW v AS SELECT id FROM t; CREATE TABLE same (id serial);",
        );
        let new = catalog(
            "CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT '1'::int, a numeric(12,2), x text CHECK ((x != ''::text)),
               added date NOT NULL);
             CREATE TYPE mood AS ENUM ('a', 'c', 'b'); CREATE TABLE v (id int); CREATE TABLE same (id serial);
             CREATE INDEX ON t (a);",
        );
        let lines: Vec<String> = compare(&old, &new).iter().map(Difference::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"));
        assert_eq!(compare(&old, &old), []);
    }
}
