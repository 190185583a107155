//! `CREATE TABLE` in all its forms. Manual: CREATE TABLE, CREATE TABLE AS, CREATE FOREIGN TABLE.

use super::{
    super::{
        reader::{Ident, ObjectName, Outcome, Reader},
        split::Expression,
    },
    columns::{self, ColumnDraft, Constraint},
    queries,
};
use crate::catalog::TableKind;

/// `CREATE [TEMP] TABLE …`.
pub(crate) struct CreateTable {
    pub(crate) name: ObjectName,
    pub(crate) temporary: bool,
    pub(crate) if_not_exists: bool,
    /// `ON COMMIT DROP`.
    pub(crate) until_commit: bool,
    pub(crate) body: TableBody,
}

/// Where the columns come from.
pub(crate) enum TableBody {
    Elements(TableElements),
    /// `AS`: the query, and the names that its columns get.
    Query(Vec<Ident>, Expression),
}

/// What stands between the parentheses, and behind them.
pub(crate) struct TableElements {
    pub(crate) elements: Vec<Element>,
    /// `INHERITS`.
    pub(crate) parents: Vec<ObjectName>,
    pub(crate) partition_of: Option<ObjectName>,
    pub(crate) of: Option<ObjectName>,
    pub(crate) kind: TableKind,
    /// `PARTITION BY`: its columns, and whether an expression is among them.
    pub(crate) partition_key: (Vec<String>, bool),
}

/// One element between the parentheses.
pub(crate) enum Element {
    Column(Box<ColumnDraft>),
    Constraint(Constraint),
    Like(Like),
}

/// `LIKE`: the source and what is copied of it.
pub(crate) struct Like {
    pub(crate) source: ObjectName,
    included: Vec<&'static str>,
}

const LIKE_OPTIONS: [&str; 9] = [
    "comments",
    "compression",
    "constraints",
    "defaults",
    "generated",
    "identity",
    "indexes",
    "statistics",
    "storage",
];

impl Like {
    /// Whether this option is copied too.
    pub(crate) fn has(&self, option: &str) -> bool {
        self.included.contains(&option)
    }
}

/// After `TABLE`.
pub(super) fn create(reader: &mut Reader<'_>, kind: TableKind, temporary: bool) -> Outcome<CreateTable> {
    let if_not_exists = reader.accept("if not exists");
    let name = reader.object_name()?;
    let (body, until_commit) = if is_create_as(reader) { query(reader)? } else { elements(reader, kind)? };
    Ok(CreateTable { name, temporary, if_not_exists, until_commit, body })
}

/// Whether a query makes the table: `AS` follows the names of its columns and its options.
fn is_create_as(reader: &Reader<'_>) -> bool {
    let mut ahead = reader.clone();
    if ahead.is("(") {
        ahead.skip_group();
    }
    options(&mut ahead).is_ok() && ahead.is("as")
}

fn query(reader: &mut Reader<'_>) -> Outcome<(TableBody, bool)> {
    let names = if reader.is("(") { reader.ident_list()? } else { Vec::new() };
    let until_commit = options(reader)?;
    reader.expect("as")?;
    Ok((TableBody::Query(names, queries::read(reader)?), until_commit))
}

fn elements(reader: &mut Reader<'_>, kind: TableKind) -> Outcome<(TableBody, bool)> {
    let mut table = TableElements {
        elements: Vec::new(),
        parents: Vec::new(),
        partition_of: None,
        of: None,
        kind,
        partition_key: (Vec::new(), false),
    };
    if reader.accept("partition of") {
        table.partition_of = Some(reader.object_name()?);
    } else if reader.accept("of") {
        table.of = Some(reader.object_name()?);
    }
    let typed = table.partition_of.is_some() || table.of.is_some();
    if reader.is("(") || !typed {
        reader.expect("(")?;
        if !reader.is(")") {
            table.elements = reader.list(|reader| element(reader, typed))?;
        }
        if !reader.accept(")") {
            return Err(reader.expected("`,` or `)`"));
        }
    }
    if table.partition_of.is_some() && !reader.accept("default") {
        bounds(reader)?;
    }
    if reader.accept("inherits") {
        reader.expect("(")?;
        table.parents = reader.list(Reader::object_name)?;
        reader.expect(")")?;
    }
    if reader.accept("partition by") {
        table.kind = TableKind::Partitioned;
        reader.ident()?;
        let key = reader.parenthesized()?;
        table.partition_key = partition_key(&mut reader.within(&key));
    }
    if kind == TableKind::Foreign {
        reader.expect("server")?;
        reader.ident()?;
        if reader.accept("options") {
            reader.parenthesized()?;
        }
    }
    let until_commit = options(reader)?;
    reader.finish()?;
    Ok((TableBody::Elements(table), until_commit))
}

/// The columns of `PARTITION BY (…)`, each with a collation or an operator class perhaps.
fn partition_key(reader: &mut Reader<'_>) -> (Vec<String>, bool) {
    let (mut columns, mut has_expression) = (Vec::new(), false);
    while !reader.is_end() {
        match reader.ident() {
            Ok(column) if !reader.is("(") && !reader.is(".") => columns.push(column.name),
            _ => has_expression = true,
        }
        while !reader.is_end() && !reader.is(",") {
            reader.skip_group();
        }
        reader.accept(",");
    }
    (columns, has_expression)
}

fn element(reader: &mut Reader<'_>, typed: bool) -> Outcome<Element> {
    if reader.accept("like") {
        return like(reader).map(Element::Like);
    }
    if let Some(constraint) = columns::table_constraint(reader)? {
        return Ok(Element::Constraint(constraint));
    }
    let column = if typed { columns::column_options(reader)? } else { columns::column(reader)? };
    Ok(Element::Column(Box::new(column)))
}

/// What follows `LIKE`.
fn like(reader: &mut Reader<'_>) -> Outcome<Like> {
    let mut like = Like { source: reader.object_name()?, included: Vec::new() };
    loop {
        let including = reader.is("including");
        if !including && !reader.is("excluding") {
            return Ok(like);
        }
        reader.advance();
        let chosen: Vec<&'static str> = if reader.accept("all") {
            LIKE_OPTIONS.to_vec()
        } else {
            let Some(option) = LIKE_OPTIONS.into_iter().find(|option| reader.accept(option)) else {
                return Err(reader.expected("`ALL`, `DEFAULTS`, `CONSTRAINTS`, `INDEXES` or another option"));
            };
            vec![option]
        };
        like.included.retain(|option| !chosen.contains(option));
        if including {
            like.included.extend(chosen);
        }
    }
}

/// `FOR VALUES IN (…)`, `FROM (…) TO (…)`, `WITH (…)`: which rows go there shapes no code.
pub(super) fn bounds(reader: &mut Reader<'_>) -> Outcome {
    if reader.accept("default") {
        return Ok(());
    }
    reader.expect("for values")?;
    if reader.accept("from") {
        reader.parenthesized()?;
        reader.expect("to")?;
    } else if !(reader.accept("in") || reader.accept("with")) {
        return Err(reader.expected("`IN`, `FROM` or `WITH`"));
    }
    reader.parenthesized().map(|_| ())
}

/// Where and how the table is kept; whether it is gone once the transaction is committed.
fn options(reader: &mut Reader<'_>) -> Outcome<bool> {
    const PLAIN: [&str; 3] = ["without oids", "on commit delete rows", "on commit preserve rows"];
    let mut until_commit = false;
    loop {
        if reader.accept("using") || reader.accept("tablespace") {
            reader.ident()?;
        } else if reader.sees("with (") {
            reader.advance();
            reader.parenthesized()?;
        } else if reader.accept("on commit drop") {
            until_commit = true;
        } else if !PLAIN.iter().any(|words| reader.accept(words)) {
            return Ok(until_commit);
        }
    }
}
