//! The system catalog's tables and views, as far as conditions in migrations ask for them, from the catalog so far.
//!
//! Manual: "System Catalogs", "The Information Schema". Objects are numbered by their names.

use std::collections::{BTreeMap, HashMap};

use super::{session::Session, types};
use crate::catalog::{Column, QName, Table, TableKind, TypeKind};

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Bool(bool),
    Null,
    /// Not known from the DDL.
    Unknown,
}

pub(super) type Row = BTreeMap<&'static str, Value>;

/// An object's number.
pub(super) fn number(name: &QName) -> String {
    format!("#{}.{}", name.schema, name.name)
}

/// The rows of a table or view; those are left out that cannot have the values that are wanted of them. None where the
/// DDL does not tell the rows.
pub(super) fn rows(
    session: &Session,
    table: &str,
    wanted: &HashMap<String, Vec<String>>,
) -> Option<Vec<Row>> {
    // What is in a schema that the DDL does not create is not known.
    let schemas = ["table_schema", "schemaname", "nspname", "constraint_schema", "sequence_schema"];
    let is_known = |schema: &String| session.catalog.schemas.contains_key(schema);
    if schemas.iter().filter_map(|column| wanted.get(*column)).flatten().any(|schema| !is_known(schema))
        && !table.ends_with("namespace")
        && !table.ends_with("schemata")
    {
        return None;
    }
    let mut rows = Rows { session, wanted, found: Vec::new() };
    match table.trim_start_matches("pg_catalog.") {
        "information_schema.tables" => rows.tables(&["table_schema", "table_name"], |_| true),
        "information_schema.views" => {
            rows.tables(&["table_schema", "table_name"], |table| table.kind == TableKind::View)
        }
        "pg_tables" => rows.tables(&["schemaname", "tablename"], |table| !table.is_view()),
        "pg_views" => rows.tables(&["schemaname", "viewname"], |table| table.kind == TableKind::View),
        "pg_matviews" => {
            rows.tables(&["schemaname", "matviewname"], |table| table.kind == TableKind::MaterializedView);
        }
        "pg_class" => rows.relations(),
        "information_schema.columns" => rows.columns(),
        "pg_attribute" => rows.attributes(),
        "pg_type" => return rows.types(),
        "pg_enum" => rows.labels(),
        "information_schema.domains" => rows.domains(),
        "pg_namespace" => rows.schemas("nspname"),
        "information_schema.schemata" => rows.schemas("schema_name"),
        "pg_constraint" => rows.constraints(true),
        "information_schema.table_constraints" => rows.constraints(false),
        "pg_indexes" => rows.indexes(),
        "pg_sequences" => rows.sequences("schemaname", "sequencename"),
        "information_schema.sequences" => rows.sequences("sequence_schema", "sequence_name"),
        "pg_extension" => return rows.extensions(),
        _ => return None,
    }
    Some(rows.found)
}

struct Rows<'a> {
    session: &'a Session,
    wanted: &'a HashMap<String, Vec<String>>,
    found: Vec<Row>,
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

impl Rows<'_> {
    /// Whether a row with that value can be wanted.
    fn may_be(&self, column: &str, value: &str) -> bool {
        self.wanted.get(column).is_none_or(|wanted| wanted.iter().any(|wanted| wanted == value))
    }

    fn push(&mut self, row: impl IntoIterator<Item = (&'static str, Value)>) {
        self.found.push(row.into_iter().collect());
    }

    fn tables(&mut self, [schema, name]: &[&'static str; 2], is_in: impl Fn(&Table) -> bool) {
        let session = self.session;
        for (table, def) in session.catalog.tables.iter().filter(|(_, def)| is_in(def)) {
            if self.may_be(name, &table.name) && self.may_be(schema, &table.schema) {
                let kind = match def.kind {
                    TableKind::View => text("VIEW"),
                    TableKind::Foreign => text("FOREIGN"),
                    _ => text("BASE TABLE"),
                };
                self.push([(*schema, text(&table.schema)), (*name, text(&table.name)), ("table_type", kind)]);
            }
        }
    }

    fn relations(&mut self) {
        let session = self.session;
        for (table, def) in &session.catalog.tables {
            let kind = match def.kind {
                TableKind::Table => "r",
                TableKind::Partitioned => "p",
                TableKind::Foreign => "f",
                TableKind::View => "v",
                TableKind::MaterializedView => "m",
            };
            self.relation(table, kind);
            for index in index_names(def) {
                self.relation(&QName::new(&table.schema, index), "i");
            }
        }
        for sequence in session.catalog.sequences.keys() {
            self.relation(sequence, "S");
        }
    }

    fn relation(&mut self, name: &QName, kind: &str) {
        if self.may_be("relname", &name.name) {
            self.push([
                ("oid", Value::Text(number(name))),
                ("relname", text(&name.name)),
                ("relnamespace", text(&name.schema)),
                ("relkind", text(kind)),
            ]);
        }
    }

    fn each_column(&mut self, table_key: &str, name_key: &str, mut row: impl FnMut(&QName, &Column) -> Row) {
        let session = self.session;
        for (table, def) in session.catalog.tables.iter() {
            if !self.may_be(table_key, &table.name) {
                continue;
            }
            for column in &def.columns {
                if self.may_be(name_key, &column.name) {
                    self.found.push(row(table, column));
                }
            }
        }
    }

    fn columns(&mut self) {
        self.each_column("table_name", "column_name", |table, column| {
            Row::from([
                ("table_schema", text(&table.schema)),
                ("table_name", text(&table.name)),
                ("column_name", text(&column.name)),
                ("is_nullable", text(if column.nullable { "YES" } else { "NO" })),
                ("data_type", data_type(column)),
                ("udt_name", text(&udt_name(column))),
            ])
        });
    }

    fn attributes(&mut self) {
        self.each_column("", "attname", |table, column| {
            Row::from([
                ("attrelid", Value::Text(number(table))),
                ("attname", text(&column.name)),
                ("attnotnull", Value::Bool(!column.nullable)),
                ("attisdropped", Value::Bool(false)),
                ("attnum", text("1")),
            ])
        });
    }

    /// None where a type of the server's own is asked for.
    fn types(mut self) -> Option<Vec<Row>> {
        if self.wanted.get("typname").is_none_or(|names| names.iter().any(|name| types::is_builtin(name))) {
            return None;
        }
        let session = self.session;
        let rows = session.catalog.tables.keys().map(|name| (name, "c"));
        let defined = session.catalog.types.iter().map(|(name, def)| {
            let kind = match def.kind {
                TypeKind::Enum { .. } => "e",
                TypeKind::Domain { .. } => "d",
                TypeKind::Composite { .. } => "c",
                TypeKind::Range { .. } => "r",
            };
            (name, kind)
        });
        let base = session.base_types.keys().map(|name| (name, "b"));
        for (name, kind) in defined.chain(rows).chain(base) {
            if self.may_be("typname", &name.name) {
                self.push([
                    ("oid", Value::Text(number(name))),
                    ("typname", text(&name.name)),
                    ("typnamespace", text(&name.schema)),
                    ("typtype", text(kind)),
                ]);
            }
        }
        Some(self.found)
    }

    fn labels(&mut self) {
        let session = self.session;
        for (name, def) in &session.catalog.types {
            let TypeKind::Enum { labels } = &def.kind else { continue };
            for label in labels {
                if self.may_be("enumlabel", label) {
                    self.push([("enumtypid", Value::Text(number(name))), ("enumlabel", text(label))]);
                }
            }
        }
    }

    fn domains(&mut self) {
        let session = self.session;
        for (name, def) in &session.catalog.types {
            if matches!(def.kind, TypeKind::Domain { .. }) {
                self.push([("domain_schema", text(&name.schema)), ("domain_name", text(&name.name))]);
            }
        }
    }

    fn schemas(&mut self, name: &'static str) {
        let session = self.session;
        for schema in session.catalog.schemas.keys() {
            self.push([("oid", text(schema)), (name, text(schema))]);
        }
    }

    fn constraints(&mut self, is_system: bool) {
        let session = self.session;
        for (table, def) in &session.catalog.tables {
            if !is_system && !self.may_be("table_name", &table.name) {
                continue;
            }
            let primary = def.primary_key.iter().map(|key| (&key.name, "p"));
            let uniques = def.uniques.iter().map(|key| (&key.name, "u"));
            let foreign = def.foreign_keys.iter().map(|key| (&key.name, "f"));
            let checks = def.checks.iter().map(|check| (&check.name, "c"));
            let exclusions = def.exclusions.iter().map(|check| (&check.name, "x"));
            for (name, kind) in primary.chain(uniques).chain(foreign).chain(checks).chain(exclusions) {
                if is_system {
                    self.constraint(table, name, kind);
                } else if self.may_be("constraint_name", name) {
                    let kind = match kind {
                        "p" => "PRIMARY KEY",
                        "u" => "UNIQUE",
                        "f" => "FOREIGN KEY",
                        _ => "CHECK",
                    };
                    self.push([
                        ("constraint_schema", text(&table.schema)),
                        ("constraint_name", text(name)),
                        ("table_schema", text(&table.schema)),
                        ("table_name", text(&table.name)),
                        ("constraint_type", text(kind)),
                    ]);
                }
            }
        }
    }

    fn constraint(&mut self, table: &QName, name: &str, kind: &str) {
        if self.may_be("conname", name) {
            self.push([
                ("conname", text(name)),
                ("contype", text(kind)),
                ("conrelid", Value::Text(number(table))),
                ("connamespace", text(&table.schema)),
            ]);
        }
    }

    fn indexes(&mut self) {
        let session = self.session;
        for (table, def) in &session.catalog.tables {
            for index in index_names(def) {
                if self.may_be("indexname", index) {
                    self.push([
                        ("schemaname", text(&table.schema)),
                        ("tablename", text(&table.name)),
                        ("indexname", text(index)),
                    ]);
                }
            }
        }
    }

    fn sequences(&mut self, schema: &'static str, name: &'static str) {
        let session = self.session;
        for sequence in session.catalog.sequences.keys() {
            self.push([(schema, text(&sequence.schema)), (name, text(&sequence.name))]);
        }
    }

    /// An extension may be there without the DDL: only one that it creates is known.
    fn extensions(mut self) -> Option<Vec<Row>> {
        let [name] = self.wanted.get("extname")?.as_slice() else { return None };
        self.session.catalog.extensions.contains(name).then(|| {
            self.push([("extname", text(name))]);
            self.found
        })
    }
}

fn index_names(table: &Table) -> impl Iterator<Item = &String> {
    let keys = table.primary_key.iter().chain(&table.uniques).map(|key| &key.name);
    let exclusions = table.exclusions.iter().map(|check| &check.name);
    keys.chain(exclusions).chain(table.indexes.iter().map(|index| &index.name))
}

/// As `information_schema.columns` writes it.
fn data_type(column: &Column) -> Value {
    if column.ty.array {
        return text("ARRAY");
    }
    if column.ty.name.schema != "pg_catalog" {
        return Value::Unknown;
    }
    text(match column.ty.name.name.as_str() {
        "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "varchar" => "character varying",
        "bpchar" => "character",
        "float4" => "real",
        "float8" => "double precision",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "timetz" => "time with time zone",
        "time" => "time without time zone",
        "varbit" => "bit varying",
        other => other,
    })
}

fn udt_name(column: &Column) -> String {
    let array = if column.ty.array { "_" } else { "" };
    format!("{array}{}", column.ty.name.name)
}
