//! `CREATE INDEX` and `ALTER INDEX`. Manual: CREATE INDEX, ALTER INDEX.

use super::{
    super::{
        reader::{Ident, ObjectName, Outcome, Reader},
        split::Expression,
    },
    columns::index_element,
};

/// `CREATE [UNIQUE] INDEX …`.
pub(crate) struct CreateIndex {
    pub(crate) unique: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) name: Option<Ident>,
    /// `ON ONLY`: not on the table's partitions.
    pub(crate) only: bool,
    pub(crate) table: ObjectName,
    pub(crate) method: String,
    pub(crate) elements: Vec<Expression>,
    /// `INCLUDE`.
    pub(crate) included: Vec<Expression>,
    pub(crate) nulls_not_distinct: bool,
    /// `WHERE`.
    pub(crate) condition: Option<Expression>,
}

/// `ALTER INDEX …`.
pub(crate) struct AlterIndex {
    pub(crate) if_exists: bool,
    pub(crate) name: ObjectName,
    pub(crate) change: Outcome<IndexChange>,
}

/// What `ALTER INDEX` changes.
pub(crate) enum IndexChange {
    RenameTo(Ident),
    /// Where an index is kept or how it is searched, or its tie to the index of the partitioned table.
    PassedOver,
}

/// After `INDEX`.
pub(super) fn create(reader: &mut Reader<'_>, unique: bool) -> Outcome<CreateIndex> {
    reader.accept("concurrently");
    let if_not_exists = reader.accept("if not exists");
    let name = if reader.is("on") { None } else { Some(reader.ident()?) };
    reader.expect("on")?;
    let only = reader.accept("only");
    let table = reader.object_name()?;
    let method = if reader.accept("using") { reader.ident()?.name } else { "btree".into() };
    let elements = element_list(reader)?;
    let included = if reader.accept("include") { element_list(reader)? } else { Vec::new() };
    let nulls_not_distinct = reader.accept("nulls not distinct");
    let _ = nulls_not_distinct || reader.accept("nulls distinct");
    if reader.accept("with") {
        reader.parenthesized()?;
    }
    if reader.accept("tablespace") {
        reader.ident()?;
    }
    let condition = if reader.accept("where") { Some(reader.expression()?) } else { None };
    Ok(CreateIndex {
        unique,
        if_not_exists,
        name,
        only,
        table,
        method,
        elements,
        included,
        nulls_not_distinct,
        condition,
    })
}

fn element_list(reader: &mut Reader<'_>) -> Outcome<Vec<Expression>> {
    let list = reader.parenthesized()?;
    let mut inside = reader.within(&list);
    let elements = inside.list(index_element)?;
    inside.finish()?;
    Ok(elements)
}

/// After `INDEX`; none for `ALL IN TABLESPACE`.
pub(super) fn alter(reader: &mut Reader<'_>) -> Outcome<Option<AlterIndex>> {
    if reader.accept("all in tablespace") {
        reader.skip_rest();
        return Ok(None);
    }
    let if_exists = reader.accept("if exists");
    let name = reader.object_name()?;
    Ok(Some(AlterIndex { if_exists, name, change: reader.deferred(change) }))
}

fn change(reader: &mut Reader<'_>) -> Outcome<IndexChange> {
    if reader.accept("rename to") {
        return reader.ident().map(IndexChange::RenameTo);
    }
    let known = ["attach partition", "set", "reset", "alter", "depends on", "no depends on"];
    if known.iter().any(|words| reader.accept(words)) {
        reader.skip_rest();
        return Ok(IndexChange::PassedOver);
    }
    Err(reader.expected("`RENAME TO`, `ATTACH PARTITION`, `SET`, `RESET` or `ALTER COLUMN`"))
}
