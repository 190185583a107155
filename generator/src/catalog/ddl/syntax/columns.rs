//! Reads a column's definition and the constraints of columns and tables, as drafts that are not applied yet.
//!
//! Manual: CREATE TABLE, "column_constraint", "table_constraint".

use std::ops::Range;

use super::super::{
    lex::TokenKind,
    reader::{Ident, ObjectName, Outcome, Reader},
    split::Expression,
    types::{self, TypeName},
};
use crate::catalog::{Action, Identity};

/// A column as it was written.
#[derive(Clone, Debug)]
pub(crate) struct ColumnDraft {
    pub(crate) name: Ident,
    /// None where the table says it: a partition's or a typed table's column.
    pub(crate) ty: Option<TypeName>,
    pub(crate) not_null: bool,
    /// The name of its NOT NULL, which PostgreSQL keeps from version 18 on.
    pub(crate) not_null_name: Option<Ident>,
    /// Whether children may hold NULL all the same.
    pub(crate) not_null_alone: bool,
    /// `NULL`, which says nothing where nothing contradicts it.
    pub(crate) null: bool,
    /// What may stand once and stands twice.
    pub(crate) twice: Option<Ident>,
    pub(crate) default: Option<Expression>,
    pub(crate) identity: Option<IdentityDraft>,
    /// The expression, and whether it is stored.
    pub(crate) generated: Option<(Expression, bool)>,
    pub(crate) collation: Option<ObjectName>,
    pub(crate) constraints: Vec<Constraint>,
}

/// `GENERATED … AS IDENTITY`.
#[derive(Clone, Debug)]
pub(crate) struct IdentityDraft {
    pub(crate) kind: Identity,
    /// `SEQUENCE NAME`, as pg_dump writes it.
    pub(crate) sequence: Option<ObjectName>,
}

/// A constraint as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    pub(crate) name: Option<Ident>,
    pub(crate) kind: ConstraintKind,
    pub(crate) deferrable: bool,
    pub(crate) deferred: bool,
    pub(crate) no_inherit: bool,
    pub(crate) validated: bool,
    pub(crate) enforced: bool,
    pub(crate) span: Range<usize>,
}

/// What sort of constraint.
#[derive(Clone, Debug)]
pub(crate) enum ConstraintKind {
    Key(KeyDraft),
    ForeignKey(ForeignKeyDraft),
    Check(Expression),
    Exclusion(ExclusionDraft),
    /// `NOT NULL column` among the table's constraints (PostgreSQL 18).
    NotNull(Ident),
}

/// `PRIMARY KEY` or `UNIQUE`.
#[derive(Clone, Debug)]
pub(crate) struct KeyDraft {
    pub(crate) primary: bool,
    pub(crate) columns: Vec<Ident>,
    pub(crate) included: Vec<Ident>,
    pub(crate) nulls_not_distinct: bool,
    /// `USING INDEX`.
    pub(crate) index: Option<Ident>,
}

/// `FOREIGN KEY`.
#[derive(Clone, Debug)]
pub(crate) struct ForeignKeyDraft {
    pub(crate) columns: Vec<Ident>,
    pub(crate) target: ObjectName,
    pub(crate) target_columns: Vec<Ident>,
    pub(crate) on_delete: Action,
    /// `ON DELETE SET NULL (a)`: the columns that are set, where it names them.
    pub(crate) set_columns: Vec<Ident>,
    pub(crate) on_update: Action,
    pub(crate) match_full: bool,
    /// `PERIOD`: the last columns are ranges that need to be covered, not equal.
    pub(crate) period: bool,
}

/// `EXCLUDE`.
#[derive(Clone, Debug)]
pub(crate) struct ExclusionDraft {
    /// Each element's expression, without its operator class and operator.
    pub(crate) elements: Vec<Expression>,
    /// All from the method on.
    pub(crate) definition: Expression,
}

/// `name type constraints`.
pub(super) fn column(reader: &mut Reader<'_>) -> Outcome<ColumnDraft> {
    let mut draft = empty(reader.ident()?);
    draft.ty = Some(types::read(reader)?);
    column_constraints(reader, &mut draft)?;
    Ok(draft)
}

/// `name [WITH OPTIONS] constraints`: the type is the parent's.
pub(super) fn column_options(reader: &mut Reader<'_>) -> Outcome<ColumnDraft> {
    let mut draft = empty(reader.ident()?);
    reader.accept("with options");
    column_constraints(reader, &mut draft)?;
    Ok(draft)
}

fn empty(name: Ident) -> ColumnDraft {
    ColumnDraft {
        name,
        ty: None,
        not_null: false,
        not_null_name: None,
        not_null_alone: false,
        null: false,
        twice: None,
        default: None,
        identity: None,
        generated: None,
        collation: None,
        constraints: Vec::new(),
    }
}

fn column_constraints(reader: &mut Reader<'_>, draft: &mut ColumnDraft) -> Outcome {
    while !reader.is_end() && !matches!(reader.peek(0), "," | ")") {
        let start = reader.at();
        let name = if reader.accept("constraint") { Some(reader.ident()?) } else { None };
        note_twice(reader, draft);
        if reader.accept("not null") {
            (draft.not_null, draft.not_null_name) = (true, name);
            draft.not_null_alone = reader.accept("no inherit");
        } else if reader.accept("null") {
            draft.null = true;
        } else if reader.accept("default") {
            draft.default = Some(reader.default_expression()?);
        } else if reader.accept("collate") {
            draft.collation = Some(reader.object_name()?);
        } else if reader.accept("generated") {
            generated(reader, draft)?;
        } else if reader.accept("compression") || reader.accept("storage") {
            reader.advance();
        } else if reader.accept("options") {
            reader.parenthesized()?;
        } else if let Some(kind) = column_constraint(reader, &draft.name)? {
            let mut constraint = new_constraint(name, kind);
            attributes(reader, &mut constraint)?;
            constraint.span = reader.span_from(start);
            draft.constraints.push(constraint);
        } else {
            return Err(reader.expected("a column constraint, `,` or `)`"));
        }
        skip_not_null_attributes(reader);
    }
    Ok(())
}

/// Notes a clause that the column has already.
fn note_twice(reader: &Reader<'_>, draft: &mut ColumnDraft) {
    let is_generated = draft.identity.is_some() || draft.generated.is_some();
    let has = [
        ("default", draft.default.is_some()),
        ("collate", draft.collation.is_some()),
        ("generated", is_generated),
    ];
    if has.iter().any(|(word, given)| *given && reader.is(word)) {
        draft.twice = Some(Ident { name: reader.peek(0).to_ascii_uppercase(), span: reader.span() });
    }
}

/// What may follow `NOT NULL` and its kin without a meaning to the catalog.
fn skip_not_null_attributes(reader: &mut Reader<'_>) {
    while reader.accept("not deferrable")
        || reader.accept("initially immediate")
        || reader.accept("enforced")
        || reader.accept("not valid")
    {}
}

fn new_constraint(name: Option<Ident>, kind: ConstraintKind) -> Constraint {
    Constraint {
        name,
        kind,
        deferrable: false,
        deferred: false,
        no_inherit: false,
        validated: true,
        enforced: true,
        span: 0..0,
    }
}

/// A constraint on the one column.
fn column_constraint(reader: &mut Reader<'_>, column: &Ident) -> Outcome<Option<ConstraintKind>> {
    let primary = reader.is("primary");
    if reader.accept("primary key") || reader.accept("unique") {
        let nulls_not_distinct = nulls_not_distinct(reader);
        let included = index_parameters(reader)?;
        let columns = vec![column.clone()];
        return Ok(Some(ConstraintKind::Key(KeyDraft {
            primary,
            columns,
            included,
            nulls_not_distinct,
            index: None,
        })));
    }
    if reader.accept("check") {
        return Ok(Some(ConstraintKind::Check(reader.parenthesized()?)));
    }
    if reader.accept("references") {
        return references(reader, vec![column.clone()], false)
            .map(|key| Some(ConstraintKind::ForeignKey(key)));
    }
    if primary {
        reader.advance();
        return Err(reader.expected("`KEY`"));
    }
    Ok(None)
}

/// `ALWAYS AS IDENTITY`, `BY DEFAULT AS IDENTITY`, `ALWAYS AS (…) STORED`.
fn generated(reader: &mut Reader<'_>, draft: &mut ColumnDraft) -> Outcome {
    if !reader.sees("always as (") {
        draft.identity = Some(identity(reader)?);
        return Ok(());
    }
    reader.accept("always as");
    let expression = reader.parenthesized()?;
    let stored = reader.accept("stored");
    // Manual, CREATE TABLE (PostgreSQL 18): VIRTUAL is the default.
    let _ = stored || reader.accept("virtual");
    draft.generated = Some((expression, stored));
    Ok(())
}

/// `ALWAYS AS IDENTITY [(…)]` or `BY DEFAULT AS IDENTITY [(…)]`.
pub(super) fn identity(reader: &mut Reader<'_>) -> Outcome<IdentityDraft> {
    let kind = if reader.accept("always") {
        Identity::Always
    } else {
        reader.expect("by default")?;
        Identity::ByDefault
    };
    reader.expect("as identity")?;
    let mut sequence = None;
    if reader.is("(") {
        let options = reader.parenthesized()?;
        let mut options = reader.within(&options);
        while !options.is_end() {
            if options.accept("sequence name") {
                sequence = Some(options.object_name()?);
            } else {
                options.advance();
            }
        }
    }
    Ok(IdentityDraft { kind, sequence })
}

fn nulls_not_distinct(reader: &mut Reader<'_>) -> bool {
    let not_distinct = reader.accept("nulls not distinct");
    let _ = not_distinct || reader.accept("nulls distinct");
    not_distinct
}

/// `INCLUDE (…)`, `WITH (…)`, `USING INDEX TABLESPACE …`; gives what is included.
fn index_parameters(reader: &mut Reader<'_>) -> Outcome<Vec<Ident>> {
    let included = if reader.accept("include") { reader.ident_list()? } else { Vec::new() };
    if reader.accept("with") {
        reader.parenthesized()?;
    }
    if reader.accept("using index tablespace") {
        reader.ident()?;
    }
    Ok(included)
}

/// What follows `REFERENCES`.
fn references(reader: &mut Reader<'_>, columns: Vec<Ident>, period: bool) -> Outcome<ForeignKeyDraft> {
    let target = reader.object_name()?;
    let target_columns = if reader.is("(") { key_columns(reader)?.0 } else { Vec::new() };
    let mut draft = ForeignKeyDraft {
        columns,
        target,
        target_columns,
        on_delete: Action::NoAction,
        set_columns: Vec::new(),
        on_update: Action::NoAction,
        match_full: false,
        period,
    };
    loop {
        if reader.accept("match full") {
            draft.match_full = true;
        } else if reader.accept("match simple") || reader.accept("match partial") {
        } else if reader.accept("on delete") {
            draft.on_delete = action(reader)?;
            let sets = matches!(draft.on_delete, Action::SetNull | Action::SetDefault);
            if sets && reader.is("(") {
                draft.set_columns = reader.ident_list()?;
            }
        } else if reader.accept("on update") {
            draft.on_update = action(reader)?;
        } else {
            return Ok(draft);
        }
    }
}

fn action(reader: &mut Reader<'_>) -> Outcome<Action> {
    let actions = [
        ("no action", Action::NoAction),
        ("restrict", Action::Restrict),
        ("cascade", Action::Cascade),
        ("set null", Action::SetNull),
        ("set default", Action::SetDefault),
    ];
    match actions.into_iter().find(|(words, _)| reader.accept(words)) {
        Some((_, action)) => Ok(action),
        None => Err(reader.expected("`NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL` or `SET DEFAULT`")),
    }
}

/// `(a, b)`; with PostgreSQL 18 also `(a, b WITHOUT OVERLAPS)` and `(a, PERIOD b)`. Whether it has a `PERIOD`.
fn key_columns(reader: &mut Reader<'_>) -> Outcome<(Vec<Ident>, bool)> {
    reader.expect("(")?;
    let mut period = false;
    let columns = reader.list(|reader| {
        if reader.is("period") && matches!(reader.kind(1), Some(TokenKind::Word | TokenKind::Quoted)) {
            reader.advance();
            period = true;
        }
        let column = reader.ident()?;
        reader.accept("without overlaps");
        Ok(column)
    })?;
    reader.expect(")")?;
    Ok((columns, period))
}

/// A constraint of the table, if one begins here.
pub(super) fn table_constraint(reader: &mut Reader<'_>) -> Outcome<Option<Constraint>> {
    let start = reader.at();
    let named = reader.is("constraint");
    let name = if reader.accept("constraint") { Some(reader.ident()?) } else { None };
    let Some(kind) = table_constraint_kind(reader)? else {
        return if named { Err(reader.expected("a table constraint")) } else { Ok(None) };
    };
    let mut constraint = new_constraint(name, kind);
    attributes(reader, &mut constraint)?;
    constraint.span = reader.span_from(start);
    Ok(Some(constraint))
}

fn table_constraint_kind(reader: &mut Reader<'_>) -> Outcome<Option<ConstraintKind>> {
    if reader.accept("check") {
        return Ok(Some(ConstraintKind::Check(reader.parenthesized()?)));
    }
    if reader.accept("foreign key") {
        let (columns, period) = key_columns(reader)?;
        reader.expect("references")?;
        return references(reader, columns, period).map(|key| Some(ConstraintKind::ForeignKey(key)));
    }
    if reader.sees("exclude using") || reader.sees("exclude (") {
        reader.advance();
        return exclusion(reader).map(|exclusion| Some(ConstraintKind::Exclusion(exclusion)));
    }
    if reader.accept("not null") {
        return Ok(Some(ConstraintKind::NotNull(reader.ident()?)));
    }
    let primary = reader.is("primary");
    if primary || reader.is("unique") {
        reader.advance();
        if primary {
            reader.expect("key")?;
        }
        return key(reader, primary).map(|key| Some(ConstraintKind::Key(key)));
    }
    Ok(None)
}

fn key(reader: &mut Reader<'_>, primary: bool) -> Outcome<KeyDraft> {
    let mut draft = KeyDraft {
        primary,
        columns: Vec::new(),
        included: Vec::new(),
        nulls_not_distinct: false,
        index: None,
    };
    if reader.accept("using index") {
        draft.index = Some(reader.ident()?);
        return Ok(draft);
    }
    draft.nulls_not_distinct = nulls_not_distinct(reader);
    draft.columns = key_columns(reader)?.0;
    draft.included = index_parameters(reader)?;
    Ok(draft)
}

/// What follows `EXCLUDE`.
fn exclusion(reader: &mut Reader<'_>) -> Outcome<ExclusionDraft> {
    let start = reader.at();
    if reader.accept("using") {
        reader.ident()?;
    }
    let mut inside = {
        let list = reader.parenthesized()?;
        reader.within(&list)
    };
    let elements = inside.list(|reader| {
        let element = index_element(reader)?;
        reader.expect("with")?;
        reader.expression()?;
        Ok(element)
    })?;
    inside.finish()?;
    index_parameters(reader)?;
    if reader.accept("where") {
        reader.parenthesized()?;
    }
    let definition = Expression { tokens: start..reader.at(), span: reader.span_from(start) };
    Ok(ExclusionDraft { elements, definition })
}

/// A column or expression of an index, and past its collation, operator class and order.
pub(super) fn index_element(reader: &mut Reader<'_>) -> Outcome<Expression> {
    let start = reader.at();
    // `CAST (…)` begins as a call does, with a word that is no name.
    if reader.is("(") || reader.accept("cast") {
        reader.skip_group();
    } else {
        reader.object_name()?;
        if reader.is("(") {
            reader.skip_group();
        }
    }
    let element = Expression { tokens: start..reader.at(), span: reader.span_from(start) };
    if reader.accept("collate") {
        reader.object_name()?;
    }
    if reader.is_ident() && !["asc", "desc", "nulls", "with"].iter().any(|word| reader.is(word)) {
        reader.object_name()?;
        if reader.is("(") {
            reader.parenthesized()?;
        }
    }
    let _ = reader.accept("asc") || reader.accept("desc");
    let _ = reader.accept("nulls first") || reader.accept("nulls last");
    Ok(element)
}

/// `DEFERRABLE`, `INITIALLY DEFERRED`, `NO INHERIT`, `NOT VALID`.
fn attributes(reader: &mut Reader<'_>, constraint: &mut Constraint) -> Outcome {
    loop {
        if reader.accept("not deferrable")
            || reader.accept("initially immediate")
            || reader.accept("enforced")
        {
        } else if reader.accept("deferrable") {
            constraint.deferrable = true;
        } else if reader.accept("initially deferred") {
            (constraint.deferrable, constraint.deferred) = (true, true);
        } else if reader.accept("no inherit") {
            constraint.no_inherit = true;
        } else if reader.accept("not valid") {
            constraint.validated = false;
        } else if reader.accept("not enforced") {
            (constraint.validated, constraint.enforced) = (false, false);
        } else {
            return Ok(());
        }
    }
}
