//! Applies `DROP …` of what the catalog holds.

use super::{
    super::{
        classify::Dropped,
        dependents::{self, Drop},
        objects::{Id, Kind},
        reader::{ObjectName, Outcome},
        remove,
        session::{Session, missing},
        split::Statement,
        syntax::drops::DropObjects,
    },
    schemas, user_types,
};
use crate::{
    catalog::TableKind,
    diagnostics::{IMPOSSIBLE_DEFINITION, STILL_NEEDED},
};

/// Applies `DROP …`.
pub(super) fn drop(session: &mut Session, statement: &Statement, written: &DropObjects) -> Outcome {
    let DropObjects { what, if_exists, ref names, cascade } = *written;
    match what {
        Dropped::Table | Dropped::ForeignTable | Dropped::View | Dropped::MaterializedView => {
            tables(session, statement, what, names, if_exists, cascade)
        }
        _ => names.iter().try_for_each(|name| match what {
            Dropped::Index => index(session, statement, name, if_exists, cascade),
            Dropped::Sequence => sequence(session, statement, name, if_exists, cascade),
            Dropped::Type => user_types::drop(session, statement, name, if_exists, cascade),
            Dropped::Schema => schemas::drop(session, statement, name, if_exists, cascade),
            _ => schemas::drop_extension(session, statement, name, cascade),
        }),
    }
}

fn tables(
    session: &mut Session,
    statement: &Statement,
    what: Dropped,
    names: &[ObjectName],
    if_exists: bool,
    cascade: bool,
) -> Outcome {
    let mut found = Vec::new();
    for name in names {
        let Some(full) = session.find_table(name) else {
            if if_exists {
                continue;
            }
            return session.table_name(statement, name).map(|_| ());
        };
        let kind = session.catalog.tables.get(&full).map(|table| table.kind);
        let (fits, right) = match kind {
            Some(TableKind::View) => (what == Dropped::View, "VIEW"),
            Some(TableKind::MaterializedView) => (what == Dropped::MaterializedView, "MATERIALIZED VIEW"),
            Some(TableKind::Foreign) => (what == Dropped::ForeignTable, "FOREIGN TABLE"),
            _ => (what == Dropped::Table, "TABLE"),
        };
        if !fits {
            let message = format!("`{}` is a {}", name.name, right.to_lowercase());
            return Err(Box::new(
                statement
                    .error(IMPOSSIBLE_DEFINITION, message, name.span.clone())
                    .help(format!("write `DROP {right}`")),
            ));
        }
        found.push((full, name.span.clone()));
    }
    let Some((first, span)) = found.first().cloned() else { return Ok(()) };
    let ids = found.iter().filter_map(|(name, _)| session.objects.relation(name));
    let originals = ids.map(Id::whole).collect();
    dependents::drop(session, statement, Drop { originals, what: &first.name, span, cascade })
}

fn index(
    session: &mut Session,
    statement: &Statement,
    name: &ObjectName,
    if_exists: bool,
    cascade: bool,
) -> Outcome {
    let found = session.find_relation(name);
    let table = found.as_ref().and_then(|found| match session.objects.relation_kind(found) {
        Some(Kind::Index(table)) => Some(session.objects.name(table).clone()),
        _ => None,
    });
    let (Some(found), Some(table)) = (found, table) else {
        // It may be one of which the text does not tell whether it is there.
        return if if_exists || session.untold_index.is_some() {
            Ok(())
        } else {
            Err(Box::new(missing(statement, "index", &name.name, name.span.clone(), None)))
        };
    };
    if super::parts::has_constraint(session, &table, &found.name) {
        let message = format!("`{}` cannot be dropped: a constraint of `{}` needs it", name.name, table.name);
        return Err(Box::new(
            statement
                .error(STILL_NEEDED, message, name.span.clone())
                .help(format!("write `ALTER TABLE {} DROP CONSTRAINT {}`", table.name, found.name)),
        ));
    }
    // The indexes that partitions have through this one go with it.
    let index =
        session.catalog.tables.get(&table).and_then(|t| t.indexes.iter().find(|i| i.name == found.name));
    let dropped = index.cloned();
    let is_partitioned = session.is_partitioned(&table);
    let originals = session.objects.relation(&table).map(|id| id.index(&found.name)).into_iter().collect();
    let drop = Drop { originals, what: &name.name, span: name.span.clone(), cascade };
    dependents::drop(session, statement, drop)?;
    for member in session.family(&table).into_iter().skip(1).filter(|_| is_partitioned) {
        let indexes =
            session.catalog.tables.get(&member).map(|table| table.indexes.as_slice()).unwrap_or_default();
        let same = indexes
            .iter()
            .find(|index| dropped.as_ref().is_some_and(|dropped| index.is_like(dropped)))
            .map(|index| crate::catalog::QName::new(&member.schema, &index.name));
        if let Some(same) = same {
            remove::drop_index(session, &same);
        }
    }
    Ok(())
}

fn sequence(
    session: &mut Session,
    statement: &Statement,
    name: &ObjectName,
    if_exists: bool,
    cascade: bool,
) -> Outcome {
    let Some(full) = session.find_relation(name).filter(|full| session.catalog.sequences.contains_key(full))
    else {
        return if if_exists {
            Ok(())
        } else {
            Err(Box::new(missing(statement, "sequence", &name.name, name.span.clone(), None)))
        };
    };
    let originals = session.objects.relation(&full).map(Id::whole).into_iter().collect();
    dependents::drop(
        session,
        statement,
        Drop { originals, what: &name.name, span: name.span.clone(), cascade },
    )
}
