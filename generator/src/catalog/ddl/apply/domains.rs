//! Applies `CREATE DOMAIN` and `ALTER DOMAIN`. Manual: CREATE DOMAIN.

use super::{
    super::{
        dependencies, identifiers, named_columns,
        reader::{Ident, ObjectName, Outcome},
        remove,
        session::{Session, missing_part},
        split::Statement,
        syntax::domains::{AlterDomain, CreateDomain, DomainChange, DomainCheck, DomainOption},
    },
    table_columns::{collation_of, default_text},
    user_types::{add, change_name, user_type, wrong_kind},
};
use crate::catalog::{Check, QName, TypeKind};

/// Applies `CREATE DOMAIN …`.
pub(super) fn create(session: &mut Session, statement: &Statement, written: CreateDomain) -> Outcome {
    let full = session.new_name(&written.name);
    let base = session.sql_type(statement, &written.base);
    let (mut not_null, mut checks, mut collation) = (false, Vec::new(), None);
    // A domain over a domain has its default, unless it gives its own. One over an array of a domain has none.
    let mut default = session.catalog.default_of_domain(&base).map(str::to_owned);
    for option in written.options {
        match option {
            DomainOption::NotNull => not_null = true,
            DomainOption::Default(expression) => {
                named_columns::check_default(session, statement, &expression)?;
                default = default_text(session, &base, statement.text(&expression));
            }
            DomainOption::Collation(written) => {
                collation = collation_of(session, &base, &written);
            }
            DomainOption::Check(check) => checks.push(domain_check(session, statement, &full, check)),
        }
    }
    checks.sort_by(|a: &Check, b| a.name.cmp(&b.name));
    let kind = TypeKind::Domain { base, collation, not_null, default, checks };
    add(session, statement, &full, &written.name, kind)
}

fn domain_check(session: &mut Session, statement: &Statement, domain: &QName, written: DomainCheck) -> Check {
    let name = written.name.map_or_else(
        || {
            identifiers::choose(&domain.name, "", "check", |name| {
                session.constraint_taken(&domain.schema, name)
            })
        },
        |ident| ident.name,
    );
    session.take_constraint_name(&domain.schema, &name);
    Check { name, expression: statement.text(&written.expression) }
}

/// Applies `ALTER DOMAIN …`.
pub(super) fn alter(session: &mut Session, statement: &Statement, written: AlterDomain) -> Outcome {
    let name = user_type(session, statement, &written.name)?;
    let of = (&name, &written.name);
    match written.change? {
        DomainChange::Name(change) => change_name(session, statement, &name, change),
        DomainChange::AddCheck(check) => {
            let check = domain_check(session, statement, &name, check);
            change(session, statement, of, |_, _, checks| {
                checks.push(check);
                checks.sort_by(|a, b| a.name.cmp(&b.name));
            })
        }
        DomainChange::DropConstraint { if_exists, name: constraint } => {
            drop_constraint(session, statement, of, if_exists, &constraint)
        }
        DomainChange::RenameConstraint(old, new) => {
            change(session, statement, of, |_, _, checks| {
                let renamed = checks.iter_mut().filter(|check| check.name == old.name);
                renamed.for_each(|check| check.name.clone_from(&new.name));
                checks.sort_by(|a, b| a.name.cmp(&b.name));
            })?;
            session.free_constraint_name(&name.schema, &old.name);
            session.take_constraint_name(&name.schema, &new.name);
            Ok(())
        }
        DomainChange::Default(expression) => {
            let base = match session.catalog.types.get(of.0).map(|def| &def.kind) {
                Some(TypeKind::Domain { base, .. }) => base.clone(),
                _ => return Err(wrong_kind(statement, of.1, "a domain")),
            };
            if let Some(expression) = &expression {
                named_columns::check_default(session, statement, expression)?;
            }
            let new =
                expression.and_then(|expression| default_text(session, &base, statement.text(&expression)));
            change(session, statement, of, |default, _, _| *default = new)
        }
        DomainChange::NotNull(not_null) => change(session, statement, of, |_, flag, _| *flag = not_null),
        DomainChange::PassedOver => Ok(()),
    }
}

fn drop_constraint(
    session: &mut Session,
    statement: &Statement,
    (name, written): (&QName, &ObjectName),
    if_exists: bool,
    constraint: &Ident,
) -> Outcome {
    if remove::drop_domain_check(session, name, &constraint.name) || if_exists {
        return Ok(());
    }
    let (owner, span) = (&written.name, constraint.span.clone());
    Err(Box::new(missing_part(statement, owner, "constraint", &constraint.name, span, None)))
}

/// Changes a domain's default, NOT NULL or checks.
fn change(
    session: &mut Session,
    statement: &Statement,
    (name, written): (&QName, &ObjectName),
    change: impl FnOnce(&mut Option<String>, &mut bool, &mut Vec<Check>),
) -> Outcome {
    match session.catalog.types.get_mut(name).map(|def| &mut def.kind) {
        Some(TypeKind::Domain { not_null, default, checks, .. }) => change(default, not_null, checks),
        _ => return Err(wrong_kind(statement, written, "a domain")),
    }
    dependencies::of_type(session, name);
    Ok(())
}
