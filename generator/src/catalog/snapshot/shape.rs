//! The structure of a snapshot file, and its conversion from and to the catalog. Values equal to their defaults are
//! left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::names;
use crate::catalog::{
    Action, Catalog, Check, Column, ForeignKey, GenerationExpression, Identity, Index, Key, QName, Sequence,
    Table, TableKind, TypeDef, TypeKind,
};

/// The version of the form that this ormgen writes, the only one that it reads.
pub const VERSION: u32 = 1;

/// A text in the file that is not what it should be.
pub(super) struct ShapeError {
    pub(super) message: String,
    /// A text to look for in the file.
    pub(super) near: Option<String>,
}

impl ShapeError {
    fn in_text(text: &str) -> impl FnOnce(String) -> Self + '_ {
        move |message| Self { message, near: Some(text.to_owned()) }
    }
}

type Read<T> = Result<T, ShapeError>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a snapshot")]
pub(super) struct SnapshotShape {
    snapshot: u32,
    #[serde(default)]
    schemas: BTreeMap<String, Option<String>>,
    #[serde(default)]
    extensions: BTreeSet<String>,
    #[serde(default)]
    types: BTreeMap<String, TypeShape>,
    #[serde(default)]
    tables: BTreeMap<String, TableShape>,
    /// Each with the column that owns it.
    #[serde(default)]
    sequences: BTreeMap<String, Option<String>>,
}

/// Exactly one of the first four is there.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeShape {
    #[serde(default, rename = "enum", skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    composite: Option<Vec<ColumnShape>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collation: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    not_null: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Check>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    multirange: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableShape {
    #[serde(default = "table_kind", skip_serializing_if = "is_table")]
    kind: TableKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partition_of: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inherits: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<ColumnShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primary_key: Option<KeyShape>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    uniques: Vec<KeyShape>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKeyShape>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Check>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exclusions: Vec<Check>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<IndexShape>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnShape {
    name: String,
    #[serde(rename = "type")]
    ty: String,
    #[serde(default, skip_serializing_if = "is_false")]
    not_null: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    /// A stored generated column's expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored: Option<String>,
    /// A virtual generated column's expression.
    #[serde(default, rename = "virtual", skip_serializing_if = "Option::is_none")]
    not_stored: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyShape {
    name: String,
    columns: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    nulls_not_distinct: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    deferrable: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    deferred: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ForeignKeyShape {
    name: String,
    columns: Vec<String>,
    target: String,
    target_columns: Vec<String>,
    #[serde(default, skip_serializing_if = "is_no_action")]
    on_delete: Action,
    #[serde(default, skip_serializing_if = "is_no_action")]
    on_update: Action,
    #[serde(default, skip_serializing_if = "is_false")]
    match_full: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    deferrable: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    deferred: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    not_valid: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    not_enforced: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    period: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexShape {
    name: String,
    /// None where it is over an expression.
    columns: Vec<Option<String>>,
    #[serde(default, skip_serializing_if = "is_false")]
    unique: bool,
    #[serde(default = "btree", skip_serializing_if = "is_btree")]
    method: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    expressions: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    partial: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    predicate: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    nulls_not_distinct: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn table_kind() -> TableKind {
    TableKind::Table
}

fn is_table(kind: &TableKind) -> bool {
    *kind == TableKind::Table
}

fn is_no_action(action: &Action) -> bool {
    *action == Action::NoAction
}

fn btree() -> String {
    "btree".to_owned()
}

fn is_btree(method: &String) -> bool {
    method == "btree"
}

impl From<&Catalog> for SnapshotShape {
    fn from(catalog: &Catalog) -> Self {
        let owner = |(table, column): &(QName, String)| names::column(table, column);
        Self {
            snapshot: VERSION,
            schemas: catalog.schemas.clone(),
            extensions: catalog.extensions.clone(),
            types: catalog.types.iter().map(|(name, def)| (names::qname(name), def.into())).collect(),
            tables: catalog.tables.iter().map(|(name, table)| (names::qname(name), table.into())).collect(),
            sequences: catalog
                .sequences
                .iter()
                .map(|(name, sequence)| (names::qname(name), sequence.owned_by.as_ref().map(owner)))
                .collect(),
        }
    }
}

impl From<&TypeDef> for TypeShape {
    fn from(def: &TypeDef) -> Self {
        let base = Self { comment: def.comment.clone(), ..Self::default() };
        match &def.kind {
            TypeKind::Enum { labels } => Self { labels: Some(labels.clone()), ..base },
            TypeKind::Domain { base: over, collation, not_null, default, checks } => Self {
                domain: Some(names::sql_type(over)),
                collation: collation.as_ref().map(names::qname),
                not_null: *not_null,
                default: default.clone(),
                checks: checks.clone(),
                ..base
            },
            TypeKind::Composite { fields } => {
                Self { composite: Some(fields.iter().map(ColumnShape::from).collect()), ..base }
            }
            TypeKind::Range { subtype, multirange } => Self {
                range: Some(names::sql_type(subtype)),
                multirange: Some(names::qname(multirange)),
                ..base
            },
        }
    }
}

impl From<&Table> for TableShape {
    fn from(table: &Table) -> Self {
        Self {
            kind: table.kind,
            comment: table.comment.clone(),
            partition_of: table.partition_of.as_ref().map(names::qname),
            inherits: table.inherits.iter().map(names::qname).collect(),
            columns: table.columns.iter().map(ColumnShape::from).collect(),
            primary_key: table.primary_key.as_ref().map(KeyShape::from),
            uniques: table.uniques.iter().map(KeyShape::from).collect(),
            foreign_keys: table.foreign_keys.iter().map(ForeignKeyShape::from).collect(),
            checks: table.checks.clone(),
            exclusions: table.exclusions.clone(),
            indexes: table.indexes.iter().map(IndexShape::from).collect(),
        }
    }
}

impl From<&Column> for ColumnShape {
    fn from(column: &Column) -> Self {
        let expression = |stored: bool| {
            let generated = column.generated.as_ref().filter(|generated| generated.stored == stored);
            generated.map(|generated| generated.expression.clone())
        };
        Self {
            name: column.name.clone(),
            ty: names::sql_type(&column.ty),
            not_null: !column.nullable,
            default: column.default.clone(),
            identity: column.identity,
            stored: expression(true),
            not_stored: expression(false),
            collation: column.collation.as_ref().map(names::qname),
            comment: column.comment.clone(),
        }
    }
}

impl From<&Key> for KeyShape {
    fn from(key: &Key) -> Self {
        Self {
            name: key.name.clone(),
            columns: key.columns.clone(),
            nulls_not_distinct: key.nulls_not_distinct,
            deferrable: key.deferrable,
            deferred: key.deferred,
        }
    }
}

impl From<&ForeignKey> for ForeignKeyShape {
    fn from(key: &ForeignKey) -> Self {
        Self {
            name: key.name.clone(),
            columns: key.columns.clone(),
            target: names::qname(&key.target),
            target_columns: key.target_columns.clone(),
            on_delete: key.on_delete,
            on_update: key.on_update,
            match_full: key.match_full,
            deferrable: key.deferrable,
            deferred: key.deferred,
            not_valid: !key.validated,
            not_enforced: !key.enforced,
            period: key.period,
        }
    }
}

impl From<&Index> for IndexShape {
    fn from(index: &Index) -> Self {
        Self {
            name: index.name.clone(),
            columns: index.columns.clone(),
            unique: index.unique,
            method: index.method.clone(),
            expressions: index.expressions.clone(),
            partial: index.partial,
            predicate: index.predicate.clone(),
            nulls_not_distinct: index.nulls_not_distinct,
        }
    }
}

fn qname(text: &str) -> Read<QName> {
    names::parse_qname(text).map_err(ShapeError::in_text(text))
}

impl SnapshotShape {
    pub(super) fn into_catalog(self) -> Read<Catalog> {
        let sequence = |(name, owner): (String, Option<String>)| {
            let owned_by = owner.map(|text| names::parse_column(&text).map_err(ShapeError::in_text(&text)));
            Ok((qname(&name)?, Sequence { owned_by: owned_by.transpose()? }))
        };
        Ok(Catalog {
            schemas: self.schemas,
            extensions: self.extensions,
            tables: self
                .tables
                .into_iter()
                .map(|(name, it)| Ok((qname(&name)?, it.into_table()?)))
                .collect::<Read<_>>()?,
            types: self
                .types
                .into_iter()
                .map(|(name, it)| Ok((qname(&name)?, it.into_def(&name)?)))
                .collect::<Read<_>>()?,
            sequences: self.sequences.into_iter().map(sequence).collect::<Read<_>>()?,
        })
    }
}

impl TypeShape {
    fn into_def(self, name: &str) -> Read<TypeDef> {
        let ty = |text: &str| names::parse_type(text).map_err(ShapeError::in_text(text));
        let kind = match (self.labels, self.domain, self.composite, self.range, self.multirange) {
            (Some(labels), None, None, None, None) => TypeKind::Enum { labels },
            (None, Some(base), None, None, None) => TypeKind::Domain {
                base: ty(&base)?,
                collation: self.collation.as_deref().map(qname).transpose()?,
                not_null: self.not_null,
                default: self.default,
                checks: self.checks,
            },
            (None, None, Some(fields), None, None) => TypeKind::Composite {
                fields: fields.into_iter().map(ColumnShape::into_column).collect::<Read<_>>()?,
            },
            (None, None, None, Some(subtype), Some(multirange)) => {
                TypeKind::Range { subtype: ty(&subtype)?, multirange: qname(&multirange)? }
            }
            _ => {
                let message = format!(
                    "the type `{name}` must be one of `enum`, `domain`, `composite`, `range` with `multirange`"
                );
                return Err(ShapeError::in_text(name)(message));
            }
        };
        Ok(TypeDef { kind, comment: self.comment })
    }
}

impl TableShape {
    fn into_table(self) -> Read<Table> {
        Ok(Table {
            kind: self.kind,
            columns: self.columns.into_iter().map(ColumnShape::into_column).collect::<Read<_>>()?,
            primary_key: self.primary_key.map(KeyShape::into_key),
            uniques: self.uniques.into_iter().map(KeyShape::into_key).collect(),
            foreign_keys: self
                .foreign_keys
                .into_iter()
                .map(ForeignKeyShape::into_key)
                .collect::<Read<_>>()?,
            checks: self.checks,
            exclusions: self.exclusions,
            indexes: self.indexes.into_iter().map(IndexShape::into_index).collect(),
            partition_of: self.partition_of.as_deref().map(qname).transpose()?,
            inherits: self.inherits.iter().map(|text| qname(text)).collect::<Read<_>>()?,
            comment: self.comment,
        })
    }
}

impl ColumnShape {
    fn into_column(self) -> Read<Column> {
        let stored = self.stored.map(|expression| GenerationExpression { expression, stored: true });
        let not_stored = self.not_stored.map(|expression| GenerationExpression { expression, stored: false });
        Ok(Column {
            ty: names::parse_type(&self.ty).map_err(ShapeError::in_text(&self.ty))?,
            name: self.name,
            nullable: !self.not_null,
            default: self.default,
            identity: self.identity,
            generated: stored.or(not_stored),
            collation: self.collation.as_deref().map(qname).transpose()?,
            comment: self.comment,
        })
    }
}

impl KeyShape {
    fn into_key(self) -> Key {
        Key {
            name: self.name,
            columns: self.columns,
            deferrable: self.deferrable,
            deferred: self.deferred,
            nulls_not_distinct: self.nulls_not_distinct,
        }
    }
}

impl ForeignKeyShape {
    fn into_key(self) -> Read<ForeignKey> {
        Ok(ForeignKey {
            target: qname(&self.target)?,
            name: self.name,
            columns: self.columns,
            target_columns: self.target_columns,
            on_delete: self.on_delete,
            on_update: self.on_update,
            match_full: self.match_full,
            deferrable: self.deferrable,
            deferred: self.deferred,
            validated: !self.not_valid,
            enforced: !self.not_enforced,
            period: self.period,
        })
    }
}

impl IndexShape {
    fn into_index(self) -> Index {
        Index {
            name: self.name,
            unique: self.unique,
            method: self.method,
            columns: self.columns,
            expressions: self.expressions,
            partial: self.partial,
            predicate: self.predicate,
            nulls_not_distinct: self.nulls_not_distinct,
        }
    }
}
