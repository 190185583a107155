//! `CREATE DOMAIN` and `ALTER DOMAIN`. Manual: CREATE DOMAIN, ALTER DOMAIN.

use super::{
    super::{
        reader::{Ident, ObjectName, Outcome, Reader},
        split::Expression,
        types::{self, TypeName},
    },
    words::{NameChange, accept_cascade, name_change, rename_pair},
};

/// `CREATE DOMAIN …`.
pub(crate) struct CreateDomain {
    pub(crate) name: ObjectName,
    pub(crate) base: TypeName,
    pub(crate) options: Vec<DomainOption>,
}

/// What is said of a domain's values.
pub(crate) enum DomainOption {
    NotNull,
    Default(Expression),
    Collation(ObjectName),
    Check(DomainCheck),
}

/// `[CONSTRAINT name] CHECK (…)`.
pub(crate) struct DomainCheck {
    pub(crate) name: Option<Ident>,
    pub(crate) expression: Expression,
}

/// `ALTER DOMAIN …`.
pub(crate) struct AlterDomain {
    pub(crate) name: ObjectName,
    pub(crate) change: Outcome<DomainChange>,
}

/// What `ALTER DOMAIN` changes.
pub(crate) enum DomainChange {
    Name(NameChange),
    AddCheck(DomainCheck),
    DropConstraint {
        if_exists: bool,
        name: Ident,
    },
    RenameConstraint(Ident, Ident),
    /// None drops the default.
    Default(Option<Expression>),
    NotNull(bool),
    /// `VALIDATE CONSTRAINT`.
    PassedOver,
}

/// After `DOMAIN`.
pub(super) fn create(reader: &mut Reader<'_>) -> Outcome<CreateDomain> {
    let name = reader.object_name()?;
    reader.accept("as");
    let base = types::read(reader)?;
    let mut options = Vec::new();
    while !reader.is_end() {
        let constraint = if reader.accept("constraint") { Some(reader.ident()?) } else { None };
        if reader.accept("not null") {
            options.push(DomainOption::NotNull);
        } else if reader.accept("null") {
        } else if reader.accept("default") {
            options.push(DomainOption::Default(reader.default_expression()?));
        } else if reader.accept("collate") {
            options.push(DomainOption::Collation(reader.object_name()?));
        } else if reader.accept("check") {
            let expression = reader.parenthesized()?;
            options.push(DomainOption::Check(DomainCheck { name: constraint, expression }));
            reader.accept("not valid");
        } else {
            return Err(reader.expected("`NOT NULL`, `DEFAULT`, `CHECK` or the end of the statement"));
        }
    }
    Ok(CreateDomain { name, base, options })
}

/// After `DOMAIN`.
pub(super) fn alter(reader: &mut Reader<'_>) -> Outcome<AlterDomain> {
    let name = reader.object_name()?;
    Ok(AlterDomain { name, change: reader.deferred(change) })
}

fn change(reader: &mut Reader<'_>) -> Outcome<DomainChange> {
    if let Some(change) = name_change(reader)? {
        return Ok(DomainChange::Name(change));
    }
    if reader.accept("add") {
        return add(reader);
    }
    if reader.accept("drop constraint") {
        let if_exists = reader.accept("if exists");
        let name = reader.ident()?;
        accept_cascade(reader);
        return Ok(DomainChange::DropConstraint { if_exists, name });
    }
    if reader.accept("rename constraint") {
        return rename_pair(reader).map(|(old, new)| DomainChange::RenameConstraint(old, new));
    }
    if reader.accept("validate constraint") {
        reader.skip_rest();
        return Ok(DomainChange::PassedOver);
    }
    if reader.accept("set default") {
        return reader.expression().map(|default| DomainChange::Default(Some(default)));
    }
    if reader.accept("drop default") {
        return Ok(DomainChange::Default(None));
    }
    let not_null = reader.accept("set not null");
    if !not_null {
        reader.expect("drop not null")?;
    }
    Ok(DomainChange::NotNull(not_null))
}

fn add(reader: &mut Reader<'_>) -> Outcome<DomainChange> {
    let name = if reader.accept("constraint") { Some(reader.ident()?) } else { None };
    if reader.accept("not null") {
        return Ok(DomainChange::NotNull(true));
    }
    reader.expect("check")?;
    let expression = reader.parenthesized()?;
    reader.accept("not valid");
    Ok(DomainChange::AddCheck(DomainCheck { name, expression }))
}
