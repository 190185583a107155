//! `CREATE TYPE` and `ALTER TYPE`. Manual: CREATE TYPE, ALTER TYPE.

use std::ops::Range;

use super::{
    super::{
        reader::{Ident, ObjectName, Outcome, Reader},
        types::{self, TypeName},
    },
    words::{NameChange, accept_cascade, name_change, rename_pair},
};
use crate::diagnostics::{Diagnostic, UNREADABLE_STATEMENT};

/// `CREATE TYPE …`.
pub(crate) struct CreateType {
    pub(crate) name: ObjectName,
    pub(crate) form: TypeForm,
}

/// What sort of type.
pub(crate) enum TypeForm {
    Enum(Vec<WrittenLabel>),
    Range {
        subtype: TypeName,
        multirange: Option<ObjectName>,
    },
    Composite(Vec<WrittenAttribute>),
    /// A shell type, or a base type with the C functions behind it: a name is all that is known of it.
    Base,
}

/// `name type [COLLATE c]` of a composite type.
pub(crate) struct WrittenAttribute {
    pub(crate) name: Ident,
    pub(crate) ty: TypeName,
    pub(crate) collation: Option<ObjectName>,
}

/// `ALTER TYPE …`.
pub(crate) struct AlterType {
    pub(crate) name: ObjectName,
    pub(crate) change: Outcome<TypeChange>,
}

/// What `ALTER TYPE` changes.
pub(crate) enum TypeChange {
    Name(NameChange),
    AddValue {
        if_not_exists: bool,
        label: WrittenLabel,
        /// Another label that it stands before or after.
        neighbour: Option<(LabelSide, WrittenLabel)>,
    },
    RenameValue(WrittenLabel, WrittenLabel),
    RenameAttribute(Ident, Ident),
    Attributes(Vec<AttributeChange>),
    /// `SET (…)`: the functions of a base type.
    PassedOver,
}

/// A label of an enum.
pub(crate) struct WrittenLabel {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

/// Where a label stands beside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelSide {
    Before,
    After,
}

/// One action of `ALTER TYPE` on a composite type.
pub(crate) enum AttributeChange {
    Add { attribute: WrittenAttribute, cascade: bool },
    Drop { if_exists: bool, name: Ident, cascade: bool },
    Alter { attribute: WrittenAttribute, cascade: bool },
}

/// After `TYPE`.
pub(super) fn create(reader: &mut Reader<'_>) -> Outcome<CreateType> {
    let name = reader.object_name()?;
    let form = if reader.accept("as enum") {
        TypeForm::Enum(list(reader, label)?)
    } else if reader.accept("as range") {
        range(reader)?
    } else if reader.accept("as") {
        TypeForm::Composite(list(reader, attribute)?)
    } else {
        if reader.is("(") {
            reader.parenthesized()?;
        }
        TypeForm::Base
    };
    Ok(CreateType { name, form })
}

/// Any number of items in parentheses.
fn list<'s, T>(reader: &mut Reader<'s>, item: impl FnMut(&mut Reader<'s>) -> Outcome<T>) -> Outcome<Vec<T>> {
    reader.expect("(")?;
    let items = if reader.is(")") { Vec::new() } else { reader.list(item)? };
    reader.expect(")")?;
    Ok(items)
}

fn range(reader: &mut Reader<'_>) -> Outcome<TypeForm> {
    let options = reader.parenthesized()?;
    let mut options = reader.within(&options);
    let (mut subtype, mut multirange) = (None, None);
    options.list(|options| {
        if options.accept("subtype =") {
            subtype = Some(types::read(options)?);
        } else if options.accept("multirange_type_name =") {
            multirange = Some(options.object_name()?);
        } else {
            options.expression()?;
        }
        Ok(())
    })?;
    options.finish()?;
    let subtype = subtype.ok_or_else(|| reader.expected("`SUBTYPE = …` between the parentheses"))?;
    Ok(TypeForm::Range { subtype, multirange })
}

fn attribute(reader: &mut Reader<'_>) -> Outcome<WrittenAttribute> {
    let name = reader.ident()?;
    let ty = types::read(reader)?;
    let collation = if reader.accept("collate") { Some(reader.object_name()?) } else { None };
    Ok(WrittenAttribute { name, ty, collation })
}

/// After `TYPE`.
pub(super) fn alter(reader: &mut Reader<'_>) -> Outcome<AlterType> {
    let name = reader.object_name()?;
    Ok(AlterType { name, change: reader.deferred(change) })
}

fn change(reader: &mut Reader<'_>) -> Outcome<TypeChange> {
    if let Some(change) = name_change(reader)? {
        return Ok(TypeChange::Name(change));
    }
    if reader.accept("add value") {
        return add_value(reader);
    }
    if reader.accept("rename value") {
        let old = label(reader)?;
        reader.expect("to")?;
        return Ok(TypeChange::RenameValue(old, label(reader)?));
    }
    if reader.accept("rename attribute") {
        let (old, new) = rename_pair(reader)?;
        accept_cascade(reader);
        return Ok(TypeChange::RenameAttribute(old, new));
    }
    if reader.accept("set (") {
        reader.skip_rest();
        return Ok(TypeChange::PassedOver);
    }
    reader.list(attribute_change).map(TypeChange::Attributes)
}

fn label(reader: &mut Reader<'_>) -> Outcome<WrittenLabel> {
    let span = reader.span();
    Ok(WrittenLabel { text: reader.string()?, span })
}

fn add_value(reader: &mut Reader<'_>) -> Outcome<TypeChange> {
    let if_not_exists = reader.accept("if not exists");
    let added = label(reader)?;
    let side = if reader.accept("before") {
        Some(LabelSide::Before)
    } else {
        reader.accept("after").then_some(LabelSide::After)
    };
    let neighbour = match side {
        Some(side) => Some((side, label(reader)?)),
        None => None,
    };
    Ok(TypeChange::AddValue { if_not_exists, label: added, neighbour })
}

/// The error that there is no `ALTER TYPE … DROP VALUE`.
fn no_drop_value(reader: &Reader<'_>) -> Box<Diagnostic> {
    let message = "PostgreSQL cannot drop a label of an enum: there is no `ALTER TYPE … DROP VALUE`";
    Box::new(reader.statement.error(UNREADABLE_STATEMENT, message, reader.span()).help(
        "leave the label in the enum; or create a new type without it, change the columns to that \
         (`ALTER TABLE … ALTER COLUMN … TYPE … USING …::text::…`), drop the old type and rename the new one",
    ))
}

fn attribute_change(reader: &mut Reader<'_>) -> Outcome<AttributeChange> {
    if reader.accept("add attribute") {
        let attribute = attribute(reader)?;
        return Ok(AttributeChange::Add { attribute, cascade: accept_cascade(reader) });
    }
    if reader.accept("drop attribute") {
        let if_exists = reader.accept("if exists");
        let name = reader.ident()?;
        return Ok(AttributeChange::Drop { if_exists, name, cascade: accept_cascade(reader) });
    }
    if reader.sees("drop value") {
        return Err(no_drop_value(reader));
    }
    reader.expect("alter attribute")?;
    let name = reader.ident()?;
    reader.accept("set data");
    reader.expect("type")?;
    let ty = types::read(reader)?;
    let collation = if reader.accept("collate") { Some(reader.object_name()?) } else { None };
    let attribute = WrittenAttribute { name, ty, collation };
    Ok(AttributeChange::Alter { attribute, cascade: accept_cascade(reader) })
}
