//! `CREATE DOMAIN` and `ALTER DOMAIN`. Manual: CREATE DOMAIN.

use super::{
    super::{
        dependencies, identifiers,
        reader::{Ident, ObjectName, Outcome, Reader},
        remove,
        session::{Session, missing_part},
        types,
    },
    table_columns::{collation_of, is_null},
    target::{accept_cascade, rename_pair},
    user_types::{add, rename_or_move, user_type, wrong_kind},
};
use crate::catalog::{Check, QName, TypeKind};

/// `CREATE DOMAIN …`, after `DOMAIN`.
pub(super) fn create(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.object_name()?;
    reader.accept("as");
    let written = types::read(reader)?;
    let full = session.new_name(&name);
    let base = session.sql_type(reader.statement, &written);
    let (mut not_null, mut checks) = (false, Vec::new());
    // A domain over a domain has its default, unless it gives its own.
    let mut default = match session.catalog.types.get(&base.name).map(|def| &def.kind) {
        Some(TypeKind::Domain { default, .. }) => default.clone(),
        _ => None,
    };
    while !reader.is_end() {
        let constraint = if reader.accept("constraint") { Some(reader.ident()?) } else { None };
        if reader.accept("not null") {
            not_null = true;
        } else if reader.accept("null") {
        } else if reader.accept("default") {
            let expression = reader.default_expression()?;
            default = Some(reader.text(&expression)).filter(|text| !is_null(text));
        } else if reader.accept("collate") {
            let written = reader.object_name()?;
            if let Some(collation) = collation_of(session, &base, &written) {
                session.domain_collations.insert(full.clone(), collation);
            }
        } else if reader.accept("check") {
            let expression = reader.parenthesized()?;
            let check = domain_check(session, &full, constraint, reader.text(&expression));
            checks.push(check);
            reader.accept("not valid");
        } else {
            return Err(reader.expected("`NOT NULL`, `DEFAULT`, `CHECK` or the end of the statement"));
        }
    }
    checks.sort_by(|a: &Check, b| a.name.cmp(&b.name));
    add(session, reader.statement, &full, &name, TypeKind::Domain { base, not_null, default, checks })
}

fn domain_check(session: &mut Session, domain: &QName, name: Option<Ident>, expression: String) -> Check {
    let name = name.map_or_else(
        || {
            identifiers::choose(&domain.name, "", "check", |name| {
                session.constraint_taken(&domain.schema, name)
            })
        },
        |ident| ident.name,
    );
    session.take_constraint_name(&domain.schema, &name);
    Check { name, expression }
}

/// `ALTER DOMAIN …`, after `DOMAIN`.
pub(super) fn alter(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let written = reader.object_name()?;
    let name = user_type(session, reader.statement, &written)?;
    if rename_or_move(session, reader, &name)? {
        return Ok(());
    }
    if reader.accept("add") {
        return add_constraint(session, reader, &name, &written);
    }
    if reader.accept("drop constraint") {
        return drop_constraint(session, reader, &name, &written);
    }
    if reader.accept("rename constraint") {
        let (old, new) = rename_pair(reader)?;
        return change(session, reader, &name, &written, |_, _, checks| {
            let renamed = checks.iter_mut().filter(|check| check.name == old.name);
            renamed.for_each(|check| check.name.clone_from(&new.name));
            checks.sort_by(|a, b| a.name.cmp(&b.name));
        });
    }
    if reader.accept("validate constraint") {
        reader.skip_rest();
        return Ok(());
    }
    if reader.accept("set default") {
        let expression = reader.expression()?;
        let new = Some(reader.text(&expression)).filter(|text| !is_null(text));
        return change(session, reader, &name, &written, |default, _, _| *default = new);
    }
    if reader.accept("drop default") {
        return change(session, reader, &name, &written, |default, _, _| *default = None);
    }
    let not_null = reader.accept("set not null");
    if !not_null {
        reader.expect("drop not null")?;
    }
    change(session, reader, &name, &written, |_, flag, _| *flag = not_null)
}

fn add_constraint(
    session: &mut Session,
    reader: &mut Reader<'_>,
    name: &QName,
    written: &ObjectName,
) -> Outcome {
    let constraint = if reader.accept("constraint") { Some(reader.ident()?) } else { None };
    if reader.accept("not null") {
        return change(session, reader, name, written, |_, not_null, _| *not_null = true);
    }
    reader.expect("check")?;
    let expression = reader.parenthesized()?;
    reader.accept("not valid");
    reader.finish()?;
    let check = domain_check(session, name, constraint, reader.text(&expression));
    change(session, reader, name, written, |_, _, checks| {
        checks.push(check);
        checks.sort_by(|a, b| a.name.cmp(&b.name));
    })
}

fn drop_constraint(
    session: &mut Session,
    reader: &mut Reader<'_>,
    name: &QName,
    written: &ObjectName,
) -> Outcome {
    let if_exists = reader.accept("if exists");
    let constraint = reader.ident()?;
    accept_cascade(reader);
    reader.finish()?;
    if remove::drop_domain_check(session, name, &constraint.name) || if_exists {
        return Ok(());
    }
    Err(Box::new(missing_part(
        reader.statement,
        &written.name,
        "constraint",
        &constraint.name,
        constraint.span,
        None,
    )))
}

/// Changes a domain's default, NOT NULL or checks.
fn change(
    session: &mut Session,
    reader: &Reader<'_>,
    name: &QName,
    written: &ObjectName,
    change: impl FnOnce(&mut Option<String>, &mut bool, &mut Vec<Check>),
) -> Outcome {
    reader.finish()?;
    match session.catalog.types.get_mut(name).map(|def| &mut def.kind) {
        Some(TypeKind::Domain { not_null, default, checks, .. }) => change(default, not_null, checks),

        _ => return Err(wrong_kind(reader.statement, written, "a domain")),
    }
    dependencies::of_type(session, name);
    Ok(())
}
