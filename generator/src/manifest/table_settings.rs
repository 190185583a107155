//! The manifest's settings of single tables, columns and types, and its relations without a foreign key.

use ormgen_config::yaml::{Cursor, Value};

use super::{
    ColumnSettings, FieldSettings, RelationSettings, Rename, Spanned, TableSettings, TypeSettings,
    names::{is_attribute, split_name},
    read::{derive, rust_name},
    reader::ManifestReader,
};
use crate::diagnostics::{
    BAD_ATTRIBUTE, BAD_COLUMN_PATH, BAD_RELATION, Diagnostic, EMPTY_SECTION, NO_EFFECT, Place,
};

const TABLE_KEYS: &[&str] = &["name", "key", "derives", "attributes", "columns", "relations"];
const COLUMN_KEYS: &[&str] = &["name", "type", "nullable", "skip", "attributes"];
const TYPE_KEYS: &[&str] = &["derives", "attributes", "fields"];
const FIELD_KEYS: &[&str] = &["attributes"];
const RELATION_KEYS: &[&str] = &["from", "to", "name", "reverse"];

pub(super) fn table_settings(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Vec<TableSettings> {
    let entries = cursor.entries("settings by table").unwrap_or_default();
    let tables = entries.into_iter().filter_map(|(table, cursor)| {
        let table = Spanned { value: table.to_owned(), place: reader.key_place(&cursor) };
        if split_name(&table.value).is_none_or(|parts| parts.len() > 2) {
            let message = format!("`{}` is not the name of a table", table.value);
            reader.error_at(BAD_COLUMN_PATH, &table.place, message, "write `table` or `schema.table`");
        }
        let fields = cursor.fields("keys such as `name`, `key` and `columns`", TABLE_KEYS)?;
        let columns = fields.get("columns").map(|columns| column_settings(reader, columns));
        let relations = fields.get("relations").map(|relations| renames(reader, relations));
        Some(TableSettings {
            table,
            name: fields
                .get("name")
                .and_then(|name| rust_name(reader, name, "a struct's name, such as `Client`")),
            key: fields.get("key").map(|key| key_columns(reader, key)),
            derives: derives(reader, fields.get("derives")),
            attributes: attributes(reader, fields.get("attributes")),
            columns: columns.unwrap_or_default(),
            relations: relations.unwrap_or_default(),
        })
    });
    tables.collect()
}

fn key_columns(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Spanned<Vec<String>> {
    let columns = reader.texts(Some(cursor), "a list of columns");
    if matches!(cursor.value, Value::List(items) if items.is_empty()) {
        reader.error(EMPTY_SECTION, cursor, "`key` lists no column", "name the columns that tell rows apart");
    }
    reader.spanned(cursor, columns.into_iter().map(|column| column.value).collect())
}

fn column_settings(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Vec<ColumnSettings> {
    let entries = cursor.entries("settings by column").unwrap_or_default();
    let columns = entries.into_iter().filter_map(|(column, cursor)| {
        let fields = cursor.fields("keys such as `name` and `type`", COLUMN_KEYS)?;
        let skip = fields.get("skip").and_then(Cursor::boolean).unwrap_or(false);
        for other in COLUMN_KEYS.iter().filter(|key| skip && **key != "skip") {
            if let Some(setting) = fields.get(other) {
                let message = format!("`{other}` has no effect: `skip: true` leaves the column out");
                let help = format!("remove `{other}`, or `skip: true`");
                reader.note(Diagnostic::warning(NO_EFFECT, message).at(reader.key_place(setting)).help(help));
            }
        }
        Some(ColumnSettings {
            column: Spanned { value: column.to_owned(), place: reader.key_place(&cursor) },
            name: fields
                .get("name")
                .and_then(|name| rust_name(reader, name, "a field's name, such as `kind`")),
            sql_type: fields
                .get("type")
                .and_then(|sql| reader.text(sql, "a SQL type, such as `numeric(10,2)`")),
            nullable: fields.get("nullable").and_then(Cursor::boolean),
            skip,
            attributes: attributes(reader, fields.get("attributes")),
        })
    });
    columns.collect()
}

/// The names of relations in place of those that ormgen gives them.
fn renames(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Vec<Rename> {
    let entries = cursor.entries("constants by the names that ormgen gives them").unwrap_or_default();
    let renames = entries.into_iter().filter_map(|(from, cursor)| {
        let from = Spanned { value: from.to_owned(), place: reader.key_place(&cursor) };
        Some(Rename { from, to: rust_name(reader, &cursor, "a constant's name, such as `RELATED`")? })
    });
    renames.collect()
}

/// Settings of an enum or a composite type, whose schema and name the caller knows.
pub(super) fn type_settings(
    reader: &ManifestReader<'_>,
    cursor: &Cursor<'_>,
    (schema, name, place): (Option<String>, String, Place),
) -> Option<TypeSettings> {
    let fields = cursor.fields("a Rust type, or keys such as `derives` and `attributes`", TYPE_KEYS)?;
    Some(TypeSettings {
        schema,
        name,
        place,
        derives: derives(reader, fields.get("derives")),
        attributes: attributes(reader, fields.get("attributes")),
        fields: fields.get("fields").map(|cursor| field_settings(reader, cursor)).unwrap_or_default(),
    })
}

fn field_settings(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Vec<FieldSettings> {
    let entries = cursor.entries("settings by field").unwrap_or_default();
    let fields = entries.into_iter().filter_map(|(field, cursor)| {
        let keys = cursor.fields("the key `attributes`", FIELD_KEYS)?;
        Some(FieldSettings {
            field: Spanned { value: field.to_owned(), place: reader.key_place(&cursor) },
            attributes: attributes(reader, keys.get("attributes")),
        })
    });
    fields.collect()
}

impl TypeSettings {
    /// Whether it is of the type of this schema and name.
    pub fn is_of(&self, schema: &str, name: &str) -> bool {
        self.name == name && self.schema.as_ref().is_none_or(|own| own == schema)
    }

    /// The type as the manifest names it, for messages.
    pub fn shown(&self) -> String {
        self.schema.iter().chain([&self.name]).map(String::as_str).collect::<Vec<_>>().join(".")
    }
}

fn derives(reader: &ManifestReader<'_>, cursor: Option<&Cursor<'_>>) -> Vec<Spanned<String>> {
    let items = cursor.and_then(|cursor| cursor.items("a list such as `[serde]`"));
    items.unwrap_or_default().iter().filter_map(|item| derive(reader, item)).collect()
}

fn attributes(reader: &ManifestReader<'_>, cursor: Option<&Cursor<'_>>) -> Vec<Spanned<String>> {
    let attributes = reader.texts(cursor, "a list of attributes, such as `[\"serde(skip)\"]`");
    for attribute in attributes.iter().filter(|attribute| !is_attribute(&attribute.value)) {
        let message = format!("`{}` is not an attribute", attribute.value);
        let help = "write what stands between `#[` and `]`, such as `serde(skip)`";
        reader.error_at(BAD_ATTRIBUTE, &attribute.place, message, help);
    }
    attributes
}

/// An app's relations without a foreign key.
pub(super) fn relations(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Vec<RelationSettings> {
    let items = cursor.items("a list of relations").unwrap_or_default();
    let relations = items.iter().filter_map(|item| {
        let fields = item.fields("the keys `from` and `to`", RELATION_KEYS)?;
        let end = |key| fields.require(key).and_then(|end| relation_end(reader, end));
        let (from, to) = (end("from"), end("to"));
        let name = |key| fields.get(key).and_then(|name| rust_name(reader, name, "a constant's name"));
        let (name, reverse) = (name("name"), name("reverse"));
        let relation = RelationSettings { from: from?, to: to?, name, reverse };
        if relation.from.value.1.len() != relation.to.value.1.len() {
            let message = "the two ends of a relation have different numbers of columns";
            reader.error_at(
                BAD_RELATION,
                &relation.to.place,
                message,
                "write as many columns here as in `from`",
            );
            return None;
        }
        Some(relation)
    });
    relations.collect()
}

/// `table.column` or `schema.table.column`; a list of them for a key of several columns.
fn relation_end(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Option<Spanned<(String, Vec<String>)>> {
    let texts = match cursor.value {
        Value::List(_) => reader.texts(Some(cursor), "a list of columns, as `table.column`"),
        _ => vec![reader.text(cursor, "a column, as `table.column`")?],
    };
    let mut end: Option<(String, Vec<String>)> = None;
    for text in &texts {
        let split = split_name(&text.value).filter(|parts| matches!(parts.len(), 2 | 3));
        let Some((column, table)) = split.as_deref().and_then(<[String]>::split_last) else {
            let message = format!("`{}` is not a column of a table", text.value);
            reader.error_at(
                BAD_RELATION,
                &text.place,
                message,
                "write `table.column` or `schema.table.column`",
            );
            return None;
        };
        let table = table.join(".");
        match &mut end {
            None => end = Some((table, vec![column.clone()])),
            Some((known, columns)) if *known == table => columns.push(column.clone()),
            Some((known, _)) => {
                let message = format!("one end of a relation is one table: `{known}` or `{table}`");
                reader.error_at(BAD_RELATION, &text.place, message, "name columns of one table");
                return None;
            }
        }
    }
    if end.is_none() {
        reader.error(EMPTY_SECTION, cursor, "this end of a relation lists no column", "write `table.column`");
    }
    Some(reader.spanned(cursor, end?))
}
