//! The server's answers, row by row, in Rust types. No decision is made here.

use tokio_postgres::{Error, Row, types::FromSql};

use super::queries::COUNT;

/// All answers.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) schemas: Vec<(String, Option<String>)>,
    pub(super) extensions: Vec<String>,
    pub(super) relations: Vec<RelationRow>,
    pub(super) columns: Vec<Attribute>,
    pub(super) constraints: Vec<ConstraintRow>,
    pub(super) indexes: Vec<IndexRow>,
    pub(super) types: Vec<TypeRow>,
    /// Enum and label, in sort order.
    pub(super) labels: Vec<(u32, String)>,
    /// Sequence, and the schema, table and column that it belongs to.
    pub(super) owners: Vec<(u32, String, String, String)>,
    /// Child and parent, a child's parents in order.
    pub(super) parents: Vec<(u32, u32)>,
}

#[derive(Debug)]
pub(super) struct RelationRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) is_partition: bool,
    pub(super) comment: Option<String>,
}

/// A use of a type. All fields are none if there is no type.
#[derive(Debug)]
pub(super) struct TypeUse {
    pub(super) schema: Option<String>,
    pub(super) name: Option<String>,
    /// With its modifier; none where it has none.
    pub(super) modified: Option<String>,
    /// Without.
    pub(super) plain: Option<String>,
    pub(super) is_array: bool,
}

#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) relation: u32,
    pub(super) name: String,
    pub(super) ty: TypeUse,
    pub(super) not_null: bool,
    pub(super) identity: String,
    pub(super) generated: String,
    pub(super) has_expression: bool,
    pub(super) expression: Option<String>,
    pub(super) collation: (Option<String>, Option<String>),
    pub(super) comment: Option<String>,
}

#[derive(Debug)]
pub(super) struct ConstraintRow {
    pub(super) relation: u32,
    pub(super) domain: u32,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
    pub(super) validated: bool,
    pub(super) enforced: bool,
    pub(super) period: bool,
    pub(super) columns: Vec<String>,
    pub(super) target_columns: Vec<String>,
    pub(super) target: (Option<String>, Option<String>),
    pub(super) on_delete: String,
    pub(super) on_update: String,
    pub(super) matching: String,
    pub(super) expression: Option<String>,
    pub(super) nulls_not_distinct: bool,
}

#[derive(Debug)]
pub(super) struct IndexRow {
    pub(super) relation: u32,
    pub(super) name: String,
    pub(super) unique: bool,
    pub(super) method: String,
    pub(super) columns: Vec<Option<String>>,
    pub(super) expressions: Vec<String>,
    pub(super) predicate: Option<String>,
    pub(super) nulls_not_distinct: bool,
}

#[derive(Debug)]
pub(super) struct TypeRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) comment: Option<String>,
    /// A composite type's row in `pg_class`.
    pub(super) relation: u32,
    pub(super) not_null: bool,
    pub(super) default: Option<String>,
    /// What a domain or a range is over.
    pub(super) base: TypeUse,
    pub(super) multirange: (Option<String>, Option<String>),
    /// A domain's, if it is not that of its base type.
    pub(super) collation: (Option<String>, Option<String>),
}

/// A row's values, one after the other.
struct Values<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Values<'a> {
    fn take<T: FromSql<'a>>(&mut self) -> Result<T, Error> {
        let at = self.next;
        self.next += 1;
        self.row.try_get(at)
    }

    fn type_use(&mut self) -> Result<TypeUse, Error> {
        Ok(TypeUse {
            schema: self.take()?,
            name: self.take()?,
            modified: self.take()?,
            plain: self.take()?,
            is_array: self.take()?,
        })
    }
}

fn each<T>(rows: &[Row], read: impl Fn(&mut Values<'_>) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    rows.iter().map(|row| read(&mut Values { row, next: 0 })).collect()
}

impl Answers {
    /// From the answers to [`queries::all`](super::queries::all), in its order.
    pub(super) fn read(answers: &[Vec<Row>; COUNT]) -> Result<Self, Error> {
        let [schemas, extensions, relations, columns, constraints, indexes, types, labels, owners, parents] =
            answers;
        Ok(Self {
            schemas: each(schemas, |row| Ok((row.take()?, row.take()?)))?,
            extensions: each(extensions, |row| row.take())?,
            relations: each(relations, relation)?,
            columns: each(columns, attribute)?,
            constraints: each(constraints, constraint)?,
            indexes: each(indexes, index)?,
            types: each(types, type_row)?,
            labels: each(labels, |row| Ok((row.take()?, row.take()?)))?,
            owners: each(owners, |row| Ok((row.take()?, row.take()?, row.take()?, row.take()?)))?,
            parents: each(parents, |row| Ok((row.take()?, row.take()?)))?,
        })
    }
}

fn relation(row: &mut Values<'_>) -> Result<RelationRow, Error> {
    Ok(RelationRow {
        oid: row.take()?,
        schema: row.take()?,
        name: row.take()?,
        kind: row.take()?,
        is_partition: row.take()?,
        comment: row.take()?,
    })
}

fn attribute(row: &mut Values<'_>) -> Result<Attribute, Error> {
    Ok(Attribute {
        relation: row.take()?,
        name: row.take()?,
        ty: row.type_use()?,
        not_null: row.take()?,
        identity: row.take()?,
        generated: row.take()?,
        has_expression: row.take()?,
        expression: row.take()?,
        collation: (row.take()?, row.take()?),
        comment: row.take()?,
    })
}

fn constraint(row: &mut Values<'_>) -> Result<ConstraintRow, Error> {
    Ok(ConstraintRow {
        relation: row.take()?,
        domain: row.take()?,
        name: row.take()?,
        kind: row.take()?,
        deferrable: row.take()?,
        deferred: row.take()?,
        validated: row.take()?,
        enforced: row.take()?,
        period: row.take()?,
        columns: row.take()?,
        target_columns: row.take()?,
        target: (row.take()?, row.take()?),
        on_delete: row.take()?,
        on_update: row.take()?,
        matching: row.take()?,
        expression: row.take()?,
        nulls_not_distinct: row.take()?,
    })
}

fn index(row: &mut Values<'_>) -> Result<IndexRow, Error> {
    Ok(IndexRow {
        relation: row.take()?,
        name: row.take()?,
        unique: row.take()?,
        method: row.take()?,
        columns: row.take()?,
        expressions: row.take()?,
        predicate: row.take()?,
        nulls_not_distinct: row.take()?,
    })
}

fn type_row(row: &mut Values<'_>) -> Result<TypeRow, Error> {
    Ok(TypeRow {
        oid: row.take()?,
        schema: row.take()?,
        name: row.take()?,
        kind: row.take()?,
        comment: row.take()?,
        relation: row.take()?,
        not_null: row.take()?,
        default: row.take()?,
        base: row.type_use()?,
        multirange: (row.take()?, row.take()?),
        collation: (row.take()?, row.take()?),
    })
}
