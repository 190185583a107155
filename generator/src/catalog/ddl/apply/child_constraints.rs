//! `DROP CONSTRAINT` and `RENAME CONSTRAINT`, and which constraints of a table's children they reach: those that the
//! children have only from it.

use super::{
    super::{
        dependents::{self, Drop},
        reader::{Ident, Outcome},
        remove, rename as renames,
        session::{Session, missing_part},
        split::Statement,
    },
    inherit, parts,
    target::Target,
};
use crate::catalog::{ForeignKey, QName, Table};

/// Applies `RENAME CONSTRAINT`. Of keys and foreign keys, those of partitions keep their names.
pub(super) fn rename(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    old: &Ident,
    new: Ident,
) -> Outcome {
    if let Some(column) = parts::not_null_named(session, &target.table, &old.name) {
        let not_nulls = &mut session.state_of(&target.table).not_nulls;
        not_nulls.remove(&old.name);
        not_nulls.insert(new.name, column);
        return Ok(());
    }
    let with_children = inherit::passes_on_check(session, &target.table, &old.name);
    if !renames::rename_constraint(session, &target.table, &old.name, &new.name) {
        let (owner, span) = (&target.table.name, old.span.clone());
        return Err(Box::new(missing_part(statement, owner, "constraint", &old.name, span, None)));
    }
    for member in target.members(session).iter().skip(1).filter(|_| with_children) {
        renames::rename_constraint(session, member, &old.name, &new.name);
    }
    Ok(())
}

/// What the parent's constraint is, by which those of its children are found.
enum Original {
    Check,
    Primary,
    Unique(Vec<String>),
    Foreign(ForeignKey),
    /// No child has it from its parent.
    Alone,
}

fn original(session: &Session, table: &QName, name: &str) -> Original {
    let Some(found) = session.catalog.tables.get(table) else { return Original::Alone };
    if inherit::passes_on_check(session, table, name) {
        return Original::Check;
    }
    if !session.is_partitioned(table) {
        return Original::Alone;
    }
    if found.primary_key.as_ref().is_some_and(|key| key.name == name) {
        return Original::Primary;
    }
    if let Some(key) = found.uniques.iter().find(|key| key.name == name) {
        return Original::Unique(key.columns.clone());
    }
    let foreign = found.foreign_keys.iter().find(|key| key.name == name);
    foreign.map_or(Original::Alone, |key| Original::Foreign(key.clone()))
}

/// Applies `DROP CONSTRAINT`.
pub(super) fn drop(
    session: &mut Session,
    statement: &Statement,
    target: &Target,
    name: &Ident,
    if_exists: bool,
    cascade: bool,
) -> Outcome {
    if drop_not_null(session, target, &name.name) {
        return Ok(());
    }
    if !parts::has_constraint(session, &target.table, &name.name) {
        if if_exists {
            return Ok(());
        }
        let owner = &target.table.name;
        let problem = missing_part(statement, owner, "constraint", &name.name, name.span.clone(), None)
            .help("name one of the table's constraints, or write `IF EXISTS` where it may be missing");
        return Err(Box::new(problem));
    }
    let original = original(session, &target.table, &name.name);
    // The keys of partitions go with their parent's, also where `ONLY` is said.
    let is_of_partitions = matches!(original, Original::Primary | Original::Unique(_) | Original::Foreign(_));
    let members = if is_of_partitions { session.family(&target.table) } else { target.members(session) };
    let originals = session.objects.relation(&target.table).map(|id| id.constraint(&name.name));
    let drop = Drop {
        originals: originals.into_iter().collect(),
        what: &name.name,
        span: name.span.clone(),
        cascade,
    };
    dependents::drop(session, statement, drop)?;
    for child in session.children(&target.table).iter().filter(|_| target.only) {
        session.state_of(child).inherited_checks.remove(&name.name);
    }
    for member in members.into_iter().skip(1) {
        if let Some(theirs) = of_child(session, &member, &original, &name.name) {
            remove::drop_constraint(session, &member, &theirs);
        }
    }
    Ok(())
}

/// Takes a NOT NULL off that has this name (PostgreSQL 18); false when there is none.
fn drop_not_null(session: &mut Session, target: &Target, name: &str) -> bool {
    let state = session.state_of(&target.table);
    if state.unvalidated_not_nulls.remove(name).is_some() {
        return true;
    }
    let Some(column) = parts::not_null_named(session, &target.table, name) else { return false };
    let state = session.state_of(&target.table);
    state.not_nulls.remove(name);
    if state.own_not_nulls.remove(&column) {
        parts::set_own_not_null(session, &target.table, &column, false);
    } else {
        parts::set_not_null(session, &target.table, &column, false);
    }
    true
}

/// The child's constraint that goes with its parent's: a check has the parent's name, others may have one of their own.
fn of_child(session: &Session, child: &QName, original: &Original, name: &str) -> Option<String> {
    let table: &Table = session.catalog.tables.get(child)?;
    let key = match original {
        Original::Check => {
            let goes = inherit::has_check_from_parents_alone(session, child, name)
                && !inherit::has_check_from_a_parent(session, child, name);
            return goes.then(|| name.to_owned());
        }
        Original::Primary => table.primary_key.as_ref(),
        Original::Unique(columns) => table.uniques.iter().find(|key| key.columns == *columns),
        Original::Foreign(theirs) => {
            let mut same = table.foreign_keys.iter().filter(|key| inherit::is_same_foreign_key(key, theirs));
            let named = same.clone().find(|key| key.name == name);
            return named.or_else(|| same.next()).map(|key| key.name.clone());
        }
        Original::Alone => None,
    };
    key.map(|key| key.name.clone())
}
