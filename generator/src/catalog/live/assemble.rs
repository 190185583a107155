//! Builds the catalog from the server's rows, in the spelling of the DDL source.

use std::collections::{BTreeMap, HashMap};

use super::answers::{Answers, Attribute, ConstraintRow, IndexRow, RelationRow, TypeRow, TypeUse};
use crate::catalog::{
    Action, Catalog, Check, Column, ForeignKey, GenerationExpression, Identity, Index, Key, QName, Sequence,
    SqlType, Table, TableKind, TypeDef, TypeKind,
};

/// The rows do not fit together: the schema changed while it was read. The server's functions that print expressions
/// look at the catalog as it is, not at the transaction's snapshot.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changed;

/// `COMMENT ON SCHEMA public` as `initdb` sets it, not the user.
const STANDARD_COMMENT: &str = "standard public schema";

/// The catalog of all rows.
pub(super) fn assemble(answers: Answers) -> Result<Catalog, Changed> {
    let mut tables: HashMap<u32, (QName, Table)> = HashMap::new();
    let mut sequences: HashMap<u32, (QName, Sequence)> = HashMap::new();
    for relation in &answers.relations {
        let name = QName::new(&relation.schema, &relation.name);
        match table_kind(relation) {
            Some(kind) => {
                let table = Table { comment: relation.comment.clone(), ..Table::new(kind) };
                tables.insert(relation.oid, (name, table));
            }
            None => {
                sequences.insert(relation.oid, (name, Sequence { owned_by: None }));
            }
        }
    }
    let mut types = types_of(answers.types, answers.labels)?;
    add_columns(&mut tables, &mut types, answers.columns)?;
    for row in answers.constraints {
        if let Some(TypeKind::Domain { checks, .. }) = types.kind_of(row.domain) {
            checks.push(check(row)?);
        } else if let Some((_, table)) = tables.get_mut(&row.relation) {
            add_constraint(table, row)?;
        }
    }
    for row in answers.indexes {
        if let Some((_, table)) = tables.get_mut(&row.relation) {
            table.indexes.push(index(row));
        }
    }
    let partitions = answers.relations.iter().filter(|relation| relation.is_partition);
    link_parents(&mut tables, &answers.parents, &partitions.map(|relation| relation.oid).collect::<Vec<_>>());
    for (oid, schema, table, column) in answers.owners {
        if let Some((_, sequence)) = sequences.get_mut(&oid) {
            sequence.owned_by = Some((QName::new(schema, table), column));
        }
    }
    Ok(Catalog {
        schemas: answers.schemas.into_iter().map(own_comment).collect(),
        extensions: answers.extensions.into_iter().collect(),
        tables: tables.into_values().map(|(name, table)| (name, sorted(table))).collect(),
        types: types.by_oid.into_values().map(|(name, def)| (name, sorted_checks(def))).collect(),
        sequences: sequences.into_values().collect::<BTreeMap<_, _>>(),
    })
}

/// User-defined types by their row in `pg_type`.
#[derive(Default)]
struct TypesByOid {
    by_oid: HashMap<u32, (QName, TypeDef)>,
    /// A composite type's row in `pg_class`, with its row in `pg_type`.
    composites: HashMap<u32, u32>,
}

impl TypesByOid {
    fn kind_of(&mut self, oid: u32) -> Option<&mut TypeKind> {
        self.by_oid.get_mut(&oid).map(|(_, def)| &mut def.kind)
    }
}

fn types_of(rows: Vec<TypeRow>, labels: Vec<(u32, String)>) -> Result<TypesByOid, Changed> {
    let mut types = TypesByOid::default();
    for row in rows {
        let name = QName::new(&row.schema, &row.name);
        if row.kind == "c" {
            types.composites.insert(row.relation, row.oid);
        }
        types.by_oid.insert(row.oid, (name, type_def(row)?));
    }
    for (oid, label) in labels {
        if let Some(TypeKind::Enum { labels }) = types.kind_of(oid) {
            labels.push(label);
        }
    }
    Ok(types)
}

/// Gives each table its columns, and each composite type its fields.
fn add_columns(
    tables: &mut HashMap<u32, (QName, Table)>,
    types: &mut TypesByOid,
    attributes: Vec<Attribute>,
) -> Result<(), Changed> {
    for attribute in attributes {
        let relation = attribute.relation;
        let composite = types.composites.get(&relation).copied();
        if let Some(TypeKind::Composite { fields }) = composite.and_then(|oid| types.kind_of(oid)) {
            fields.push(column(attribute)?);
        } else if let Some((_, table)) = tables.get_mut(&relation) {
            table.columns.push(column(attribute)?);
        }
    }
    Ok(())
}

fn own_comment((schema, comment): (String, Option<String>)) -> (String, Option<String>) {
    let is_standard = schema == "public" && comment.as_deref() == Some(STANDARD_COMMENT);
    (schema, comment.filter(|_| !is_standard))
}

/// None for a sequence. Manual: "pg_class".
fn table_kind(relation: &RelationRow) -> Option<TableKind> {
    Some(match relation.kind.as_str() {
        "r" => TableKind::Table,
        "p" => TableKind::Partitioned,
        "f" => TableKind::Foreign,
        "v" => TableKind::View,
        "m" => TableKind::MaterializedView,
        _ => return None,
    })
}

fn link_parents(tables: &mut HashMap<u32, (QName, Table)>, parents: &[(u32, u32)], partitions: &[u32]) {
    for (child, parent) in parents {
        let Some(parent) = tables.get(parent).map(|(name, _)| name.clone()) else { continue };
        let Some((_, table)) = tables.get_mut(child) else { continue };
        if partitions.contains(child) {
            table.partition_of = Some(parent);
        } else {
            table.inherits.push(parent);
        }
    }
}

fn column(row: Attribute) -> Result<Column, Changed> {
    // An expression that exists but cannot be printed existed when the snapshot was taken.
    if row.has_expression && row.expression.is_none() {
        return Err(Changed);
    }
    let is_generated = matches!(row.generated.as_str(), "s" | "v");
    let (default, generated) = match row.expression {
        Some(text) if is_generated => {
            let expression = unwrapped(&text).to_owned();
            (None, Some(GenerationExpression { expression, stored: row.generated == "s" }))
        }
        default => (default, None),
    };
    Ok(Column {
        ty: sql_type(row.ty)?,
        nullable: !row.not_null,
        default,
        identity: match row.identity.as_str() {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        },
        generated,
        collation: qname(row.collation),
        comment: row.comment,
        name: row.name,
    })
}

fn qname((schema, name): (Option<String>, Option<String>)) -> Option<QName> {
    Some(QName { schema: schema?, name: name? })
}

fn sql_type(ty: TypeUse) -> Result<SqlType, Changed> {
    let modifier = match (&ty.plain, &ty.modified) {
        (Some(plain), Some(modified)) => modifier(plain, modified),
        _ => None,
    };
    let name = qname((ty.schema, ty.name)).ok_or(Changed)?;
    Ok(SqlType { name, modifier, array: ty.is_array })
}

/// The modifier in a type's text: `10,2` of `numeric(10,2)`, `3` of
/// `timestamp(3) without time zone`, `day to second(3)` of `interval day to second(3)`.
fn modifier(plain: &str, modified: &str) -> Option<String> {
    let before = plain.char_indices().zip(modified.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    let (head, tail) = plain.split_at(before.unwrap_or(plain.len()).min(modified.len()));
    let found = modified.strip_prefix(head)?.strip_suffix(tail)?.trim();
    let inner = found.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(found);
    Some(inner.to_owned()).filter(|inner| !inner.is_empty())
}

fn type_def(row: TypeRow) -> Result<TypeDef, Changed> {
    let kind = match row.kind.as_str() {
        "e" => TypeKind::Enum { labels: Vec::new() },
        "d" => TypeKind::Domain {
            base: sql_type(row.base)?,
            collation: qname(row.collation),
            not_null: row.not_null,
            default: row.default,
            checks: Vec::new(),
        },
        "r" => TypeKind::Range {
            subtype: sql_type(row.base)?,
            multirange: qname(row.multirange)
                .unwrap_or_else(|| QName::new(&row.schema, multirange_name(&row.name))),
        },
        _ => TypeKind::Composite { fields: Vec::new() },
    };
    Ok(TypeDef { kind, comment: row.comment })
}

/// The name that a server would give (manual: CREATE TYPE, "Range Types"), for servers before 14, which have none.
fn multirange_name(range: &str) -> String {
    if range.contains("range") {
        range.replacen("range", "multirange", 1)
    } else {
        format!("{range}_multirange")
    }
}

fn check(row: ConstraintRow) -> Result<Check, Changed> {
    let expression = unwrapped(&row.expression.ok_or(Changed)?).to_owned();
    Ok(Check { name: row.name, expression })
}

fn add_constraint(table: &mut Table, row: ConstraintRow) -> Result<(), Changed> {
    match row.kind.as_str() {
        "p" => table.primary_key = Some(key(row)),
        "u" => table.uniques.push(key(row)),
        "f" => table.foreign_keys.push(foreign_key(row)?),
        "c" => table.checks.push(check(row)?),
        _ => table.exclusions.push(exclusion(row)?),
    }
    Ok(())
}

fn key(row: ConstraintRow) -> Key {
    Key {
        name: row.name,
        columns: row.columns,
        deferrable: row.deferrable,
        deferred: row.deferred,
        nulls_not_distinct: row.nulls_not_distinct,
    }
}

fn foreign_key(row: ConstraintRow) -> Result<ForeignKey, Changed> {
    Ok(ForeignKey {
        name: row.name,
        columns: row.columns,
        target: qname(row.target).ok_or(Changed)?,
        target_columns: row.target_columns,
        on_delete: action(&row.on_delete),
        on_update: action(&row.on_update),
        match_full: row.matching == "f",
        deferrable: row.deferrable,
        deferred: row.deferred,
        validated: row.validated,
        enforced: row.enforced,
        period: row.period,
    })
}

/// Manual: "pg_constraint", `confdeltype`.
fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

/// `EXCLUDE USING gist (…) WHERE (…)`, without the clauses that any constraint can have.
fn exclusion(row: ConstraintRow) -> Result<Check, Changed> {
    let text = row.expression.ok_or(Changed)?;
    let mut text = text.as_str();
    for suffix in [" NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE"] {
        text = text.strip_suffix(suffix).unwrap_or(text);
    }
    Ok(Check { name: row.name, expression: text.to_owned() })
}

fn index(row: IndexRow) -> Index {
    Index {
        name: row.name,
        unique: row.unique,
        method: row.method,
        columns: row.columns,
        expressions: row.expressions.iter().map(|text| unwrapped(text).to_owned()).collect(),
        partial: row.predicate.is_some(),
        predicate: row.predicate,
        nulls_not_distinct: row.nulls_not_distinct,
    }
}

/// The text without one pair of parentheses around all of it, which the server puts there.
pub(in crate::catalog) fn unwrapped(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return text };
    let (mut depth, mut quote) = (0i32, None);
    for c in inner.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return text;
        }
    }
    inner
}

fn sorted(mut table: Table) -> Table {
    table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
    table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    table.checks.sort_by(|a, b| a.name.cmp(&b.name));
    table.exclusions.sort_by(|a, b| a.name.cmp(&b.name));
    table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    table
}

fn sorted_checks(mut def: TypeDef) -> TypeDef {
    if let TypeKind::Domain { checks, .. } = &mut def.kind {
        checks.sort_by(|a, b| a.name.cmp(&b.name));
    }
    def
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_modifiers() {
        for (plain, modified, expected) in [
            ("numeric", "numeric(10,2)", Some("10,2")),
            ("character varying", "character varying(20)", Some("20")),
            ("character", "character(1)", Some("1")),
            ("timestamp without time zone", "timestamp(3) without time zone", Some("3")),
            ("time with time zone", "time(0) with time zone", Some("0")),
            ("interval", "interval day to second(3)", Some("day to second(3)")),
            ("interval", "interval(3)", Some("3")),
            ("interval", "interval year to month", Some("year to month")),
            ("public.geometry", "public.geometry(Point,4326)", Some("Point,4326")),
            ("numeric", "numeric", None),
        ] {
            assert_eq!(modifier(plain, modified).as_deref(), expected, "{modified}");
        }
    }

    #[test]
    fn unwraps_one_pair_of_parentheses() {
        for (text, expected) in [
            ("(a > 0)", "a > 0"),
            ("((a > 0) AND (b > 0))", "(a > 0) AND (b > 0)"),
            ("(a) = (b)", "(a) = (b)"),
            ("(a = ')(')", "a = ')('"),
            ("a", "a"),
            ("", ""),
        ] {
            assert_eq!(unwrapped(text), expected, "{text}");
        }
    }

    #[test]
    fn an_expression_that_vanished_is_a_change() {
        let row = ConstraintRow {
            relation: 1,
            domain: 0,
            name: "c".into(),
            kind: "c".into(),
            deferrable: false,
            deferred: false,
            validated: true,
            enforced: true,
            period: false,
            columns: Vec::new(),
            target_columns: Vec::new(),
            target: (None, None),
            on_delete: " ".into(),
            on_update: " ".into(),
            matching: " ".into(),
            expression: None,
            nulls_not_distinct: false,
        };
        assert_eq!(check(row), Err(Changed));
    }
}
