//! `ALTER TABLE` (and `ALTER VIEW`, `ALTER FOREIGN TABLE`, …). Manual: ALTER TABLE.

use std::ops::Range;

use super::{
    super::{
        lex::TokenKind,
        reader::{Ident, ObjectName, Outcome, Reader},
        split::Expression,
        types::{self, TypeName},
    },
    columns::{self, ColumnDraft, Constraint, IdentityDraft},
    tables,
    words::{accept_cascade, rename_pair},
};
use crate::catalog::Identity;

/// `ALTER TABLE …`.
pub(crate) struct AlterTable {
    pub(crate) if_exists: bool,
    /// `ONLY`: not what inherits from it.
    pub(crate) only: bool,
    pub(crate) name: ObjectName,
    pub(crate) change: Outcome<TableChange>,
    /// The first word of the change.
    pub(crate) change_span: Range<usize>,
}

/// What `ALTER TABLE` changes.
pub(crate) enum TableChange {
    RenameTo(Ident),
    RenameConstraint(Ident, Ident),
    RenameColumn(Ident, Ident),
    SetSchema(Ident),
    Actions(Vec<AlterAction>),
}

/// One action.
#[derive(Clone, Debug)]
pub(crate) enum AlterAction {
    AddColumn {
        if_not_exists: bool,
        column: Box<ColumnDraft>,
    },
    AddConstraint(Box<Constraint>),
    DropColumn {
        if_exists: bool,
        column: Ident,
        cascade: bool,
    },
    DropConstraint {
        if_exists: bool,
        name: Ident,
        cascade: bool,
    },
    AlterConstraint {
        name: Ident,
        changes: Vec<ConstraintChange>,
    },
    ValidateConstraint(Ident),
    AlterColumn {
        column: Ident,
        change: ColumnChange,
    },
    AttachPartition(ObjectName),
    DetachPartition(ObjectName),
    Inherit(ObjectName),
    NoInherit(ObjectName),
    Of(ObjectName),
    NotOf,
    /// Changes how a table is kept or who may use it, and no column.
    PassedOver,
}

/// What `ALTER CONSTRAINT` changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConstraintChange {
    Deferrable(bool),
    Deferred(bool),
    Enforced(bool),
    /// Of a NOT NULL: whether children have it, too.
    Inherited(bool),
}

/// What `ALTER COLUMN` changes.
#[derive(Clone, Debug)]
pub(crate) enum ColumnChange {
    Type {
        ty: TypeName,
        collation: Option<ObjectName>,
        /// Whether it says how the values are converted.
        using: bool,
    },
    SetDefault(Expression),
    DropDefault,
    SetNotNull,
    DropNotNull,
    SetExpression(Expression),
    DropExpression {
        if_exists: bool,
    },
    AddIdentity(IdentityDraft),
    SetIdentity(Identity),
    DropIdentity {
        if_exists: bool,
    },
    /// Statistics, storage and sequence options.
    PassedOver,
}

/// When the server applies an action (`ATPrepCmd`): the passes of one statement run in this order, whatever the order in
/// the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pass {
    Drop,
    AlterType,
    AddColumn,
    Attributes,
    AddConstraint,
    Misc,
}

impl AlterAction {
    pub(crate) fn pass(&self) -> Pass {
        match self {
            Self::DropColumn { .. } | Self::DropConstraint { .. } => Pass::Drop,
            Self::AddColumn { .. } => Pass::AddColumn,
            Self::AddConstraint(_) => Pass::AddConstraint,
            Self::AlterColumn { change, .. } => match change {
                ColumnChange::DropDefault
                | ColumnChange::DropNotNull
                | ColumnChange::DropExpression { .. }
                | ColumnChange::DropIdentity { .. } => Pass::Drop,
                ColumnChange::Type { .. } => Pass::AlterType,
                _ => Pass::Attributes,
            },
            _ => Pass::Misc,
        }
    }
}

/// After `TABLE`; none for `ALL IN TABLESPACE`.
pub(super) fn read(reader: &mut Reader<'_>) -> Outcome<Option<AlterTable>> {
    if reader.accept("all in tablespace") {
        reader.skip_rest();
        return Ok(None);
    }
    let if_exists = reader.accept("if exists");
    let only = reader.accept("only");
    let name = if reader.accept("(") {
        let name = reader.object_name()?;
        reader.expect(")")?;
        name
    } else {
        reader.object_name()?
    };
    reader.accept("*");
    let change_span = reader.span();
    Ok(Some(AlterTable { if_exists, only, name, change: reader.deferred(change), change_span }))
}

fn change(reader: &mut Reader<'_>) -> Outcome<TableChange> {
    if reader.accept("set schema") {
        return reader.ident().map(TableChange::SetSchema);
    }
    if !reader.accept("rename") {
        return reader.list(action).map(TableChange::Actions);
    }
    if reader.accept("to") {
        return reader.ident().map(TableChange::RenameTo);
    }
    if reader.accept("constraint") {
        return rename_pair(reader).map(|(old, new)| TableChange::RenameConstraint(old, new));
    }
    reader.accept("column");
    rename_pair(reader).map(|(old, new)| TableChange::RenameColumn(old, new))
}

fn action(reader: &mut Reader<'_>) -> Outcome<AlterAction> {
    if reader.accept("add") {
        return add(reader);
    }
    if reader.accept("drop constraint") {
        let if_exists = reader.accept("if exists");
        let name = reader.ident()?;
        return Ok(AlterAction::DropConstraint { if_exists, name, cascade: accept_cascade(reader) });
    }
    if reader.accept("drop") {
        reader.accept("column");
        let if_exists = reader.accept("if exists");
        let column = reader.ident()?;
        return Ok(AlterAction::DropColumn { if_exists, column, cascade: accept_cascade(reader) });
    }
    if reader.accept("alter constraint") {
        return alter_constraint(reader);
    }
    if reader.accept("alter") {
        reader.accept("column");
        return alter_column(reader);
    }
    if reader.accept("validate constraint") {
        return reader.ident().map(AlterAction::ValidateConstraint);
    }
    if reader.accept("attach partition") {
        let child = reader.object_name()?;
        tables::bounds(reader)?;
        return Ok(AlterAction::AttachPartition(child));
    }
    if reader.accept("detach partition") {
        let child = reader.object_name()?;
        let _ = reader.accept("concurrently") || reader.accept("finalize");
        return Ok(AlterAction::DetachPartition(child));
    }
    if reader.accept("inherit") {
        return reader.object_name().map(AlterAction::Inherit);
    }
    if reader.accept("no inherit") {
        return reader.object_name().map(AlterAction::NoInherit);
    }
    if reader.accept("of") {
        return reader.object_name().map(AlterAction::Of);
    }
    if reader.accept("not of") {
        return Ok(AlterAction::NotOf);
    }
    pass_over(reader).map(|()| AlterAction::PassedOver)
}

fn add(reader: &mut Reader<'_>) -> Outcome<AlterAction> {
    if let Some(constraint) = columns::table_constraint(reader)? {
        return Ok(AlterAction::AddConstraint(Box::new(constraint)));
    }
    reader.accept("column");
    let if_not_exists = reader.accept("if not exists");
    Ok(AlterAction::AddColumn { if_not_exists, column: Box::new(columns::column(reader)?) })
}

fn alter_constraint(reader: &mut Reader<'_>) -> Outcome<AlterAction> {
    let name = reader.ident()?;
    let mut changes = Vec::new();
    loop {
        if reader.accept("not deferrable") {
            changes.extend([ConstraintChange::Deferrable(false), ConstraintChange::Deferred(false)]);
        } else if reader.accept("deferrable") {
            changes.push(ConstraintChange::Deferrable(true));
        } else if reader.accept("initially deferred") {
            changes.extend([ConstraintChange::Deferrable(true), ConstraintChange::Deferred(true)]);
        } else if reader.accept("initially immediate") {
            changes.push(ConstraintChange::Deferred(false));
        } else if reader.accept("not enforced") {
            changes.push(ConstraintChange::Enforced(false));
        } else if reader.accept("enforced") {
            changes.push(ConstraintChange::Enforced(true));
        } else if reader.accept("inherit") {
            changes.push(ConstraintChange::Inherited(true));
        } else if reader.accept("no inherit") {
            changes.push(ConstraintChange::Inherited(false));
        } else {
            return Ok(AlterAction::AlterConstraint { name, changes });
        }
    }
}

fn alter_column(reader: &mut Reader<'_>) -> Outcome<AlterAction> {
    if reader.kind(0) == Some(TokenKind::Number) {
        // An index's column by its number: only statistics can be set of it.
        reader.advance();
        pass_over_column(reader)?;
        return Ok(AlterAction::PassedOver);
    }
    let column = reader.ident()?;
    let change = column_change(reader)?;
    Ok(AlterAction::AlterColumn { column, change })
}

fn column_change(reader: &mut Reader<'_>) -> Outcome<ColumnChange> {
    if reader.accept("set data type") || reader.accept("type") {
        let ty = types::read(reader)?;
        let collation = if reader.accept("collate") { Some(reader.object_name()?) } else { None };
        let using = reader.accept("using");
        if using {
            reader.expression()?;
        }
        let _ = reader.accept("cascade") || reader.accept("restrict");
        return Ok(ColumnChange::Type { ty, collation, using });
    }
    if reader.accept("set default") {
        return reader.expression().map(ColumnChange::SetDefault);
    }
    if reader.accept("set expression as") {
        return reader.parenthesized().map(ColumnChange::SetExpression);
    }
    if reader.accept("add generated") {
        return columns::identity(reader).map(ColumnChange::AddIdentity);
    }
    if reader.accept("drop expression") {
        return Ok(ColumnChange::DropExpression { if_exists: reader.accept("if exists") });
    }
    if reader.accept("drop identity") {
        return Ok(ColumnChange::DropIdentity { if_exists: reader.accept("if exists") });
    }
    let plain = [
        ("drop default", ColumnChange::DropDefault),
        ("set not null", ColumnChange::SetNotNull),
        ("drop not null", ColumnChange::DropNotNull),
        ("set generated always", ColumnChange::SetIdentity(Identity::Always)),
        ("set generated by default", ColumnChange::SetIdentity(Identity::ByDefault)),
    ];
    if let Some((_, change)) = plain.into_iter().find(|(words, _)| reader.accept(words)) {
        if matches!(change, ColumnChange::SetIdentity(_)) {
            skip_action(reader);
        }
        return Ok(change);
    }
    pass_over_column(reader).map(|()| ColumnChange::PassedOver)
}

fn pass_over_column(reader: &mut Reader<'_>) -> Outcome {
    const KNOWN: [&str; 14] = [
        "set statistics",
        "set storage",
        "set compression",
        "set (",
        "reset (",
        "options (",
        "restart",
        "set increment",
        "set start",
        "set minvalue",
        "set maxvalue",
        "set cache",
        "set no",
        "set cycle",
    ];
    if !KNOWN.iter().any(|words| reader.sees(words)) {
        return Err(reader.expected("an action of `ALTER COLUMN`"));
    }
    skip_action(reader);
    Ok(())
}

/// Actions that change how a table is kept or who may use it, and no column.
fn pass_over(reader: &mut Reader<'_>) -> Outcome {
    const KNOWN: [&str; 18] = [
        "owner to",
        "enable",
        "disable",
        "force row level security",
        "no force row level security",
        "replica identity",
        "cluster on",
        "set without",
        "set tablespace",
        "set logged",
        "set unlogged",
        "set (",
        "set access method",
        "reset (",
        "options (",
        "depends on extension",
        "no depends on extension",
        "set statistics",
    ];
    if !KNOWN.iter().any(|words| reader.sees(words)) {
        return Err(reader.expected("an action of `ALTER TABLE`"));
    }
    skip_action(reader);
    Ok(())
}

fn skip_action(reader: &mut Reader<'_>) {
    while !reader.is_end() && !reader.is(",") {
        reader.skip_group();
    }
}
