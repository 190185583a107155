//! The objects that prevent a drop, and those that `CASCADE` drops as well.
//!
//! Manual: "Dependency Tracking".

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    objects::{Address, Attached, CastContext, Dependency, Id, Kind, Part, Strength},
    reader::Outcome,
    remove,
    session::{DdlCast, Session},
    split::Statement,
};
use crate::{
    catalog::{ForeignKey, QName, Table, TableKind},
    diagnostics::{NOT_PROVABLE, STILL_NEEDED},
};

/// A drop as it was written.
pub(super) struct Drop<'a> {
    /// The objects that the statement names.
    pub(super) originals: Vec<Address>,
    /// The object's name in messages, and its place.
    pub(super) what: &'a str,
    pub(super) span: Range<usize>,
    pub(super) cascade: bool,
}

/// Drops the named objects with their dependents; refuses if another object needs them and `CASCADE` is not written.
pub(super) fn drop(session: &mut Session, statement: &Statement, drop: Drop<'_>) -> Outcome {
    let reached = closure(session, &drop.originals);
    if let Some((dependent, _)) = reached.iter().find(|(_, reach)| !reach.is_sure) {
        let message = format!(
            "ormgen cannot tell from the text whether {} needs `{}`",
            describe(session, dependent),
            drop.what
        );
        let help = statement.ways_on(drop.span.start);
        return Err(Box::new(statement.error(NOT_PROVABLE, message, drop.span).help(help)));
    }
    if !drop.cascade {
        let others: Vec<&Address> =
            reached.iter().filter(|(_, reach)| !reach.is_free).map(|(address, _)| address).collect();
        refuse(session, statement, &format!("`{}` cannot be dropped", drop.what), drop.span, &others)?;
    }
    // What depends on others goes before them.
    for address in reached.keys().rev() {
        remove(session, address);
    }
    Ok(())
}

/// Drops objects without a statement, as the end of a session does.
pub(super) fn drop_all(session: &mut Session, originals: &[Address]) {
    for address in closure(session, originals).keys().rev() {
        remove(session, address);
    }
}

/// The error that other objects prevent a change.
pub(super) fn refuse(
    session: &Session,
    statement: &Statement,
    message: &str,
    span: Range<usize>,
    others: &[&Address],
) -> Outcome {
    let Some(first) = others.first() else { return Ok(()) };
    let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
    Err(Box::new(
        statement
            .error(STILL_NEEDED, format!("{message}: {}{more} needs it", describe(session, first)), span)
            .help("drop what needs it first, or write `CASCADE` where all of it is to go"),
    ))
}

/// How an object was reached.
#[derive(Clone, Copy)]
struct Reach {
    /// The statement named it, or it is dropped without `CASCADE`.
    is_free: bool,
    is_sure: bool,
}

/// All objects that are dropped with these.
fn closure(session: &Session, originals: &[Address]) -> BTreeMap<Address, Reach> {
    let mut reached: BTreeMap<Address, Reach> = BTreeMap::new();
    let mut open: Vec<(Address, Reach)> =
        originals.iter().map(|address| (address.clone(), Reach { is_free: true, is_sure: true })).collect();
    while let Some((address, reach)) = open.pop() {
        let known = reached.get(&address).copied();
        let merged = known.map_or(reach, |known| Reach {
            is_free: known.is_free || reach.is_free,
            is_sure: known.is_sure || reach.is_sure,
        });
        let is_news =
            known.is_none_or(|known| known.is_free != merged.is_free || known.is_sure != merged.is_sure);
        if !is_news {
            continue;
        }
        reached.insert(address.clone(), merged);
        for dependency in needing(session, &address) {
            let is_free = dependency.strength == Strength::Auto && merged.is_free;
            open.push((
                dependency.dependent,
                Reach { is_free, is_sure: dependency.is_sure && merged.is_sure },
            ));
        }
    }
    // A part of what goes as a whole is no obstacle, and need not be taken off.
    let whole: Vec<Id> = reached.keys().filter(|a| a.part == Part::Whole).map(|a| a.id).collect();
    let columns: Vec<Address> =
        reached.keys().filter(|a| matches!(a.part, Part::Column(_))).cloned().collect();
    reached.retain(|address, _| match &address.part {
        Part::Whole => true,
        Part::Default(column) => {
            !whole.contains(&address.id) && !columns.contains(&address.id.column(column))
        }
        _ => !whole.contains(&address.id),
    });
    reached
}

/// The objects and parts that depend on an object or a part of it.
pub(super) fn needing(session: &Session, address: &Address) -> Vec<Dependency> {
    let all = session.objects.dependents(address.id);
    match &address.part {
        Part::Whole if session.objects.kind(address.id) == Kind::Cast => {
            all.iter().cloned().chain(users_of_cast(session, address.id)).collect()
        }
        Part::Whole => all.iter().cloned().chain(keys_over_partition(session, address.id)).collect(),
        Part::Column(column) => {
            all.iter().filter(|dependency| dependency.column.as_ref() == Some(column)).cloned().collect()
        }
        Part::Constraint(name) | Part::Index(name) => keys_to(session, address.id, name),
        Part::Default(_) => Vec::new(),
    }
}

/// The views, each of which may need a cast that is used without being written.
fn users_of_cast(session: &Session, cast: Id) -> Vec<Dependency> {
    let is_written = |cast: &DdlCast| cast.context == CastContext::Explicit;
    if session.casts.iter().find(|other| other.id == cast).is_none_or(is_written) {
        return Vec::new();
    }
    let is_view = |table: &Table| matches!(table.kind, TableKind::View | TableKind::MaterializedView);
    let views = session.catalog.tables.iter().filter(|(_, table)| is_view(table));
    let ids = views.filter_map(|(name, _)| session.objects.relation(name));
    let dependency = |view: Id| Dependency {
        dependent: view.whole(),
        column: None,
        strength: Strength::Normal,
        is_sure: false,
    };
    ids.map(dependency).collect()
}

/// The foreign keys to the partitioned tables that a table is a partition of: to the server each of them points to every
/// partition as well (case `partition_under_foreign_key`).
fn keys_over_partition(session: &Session, table: Id) -> Vec<Dependency> {
    let parent_of = |name: &QName| session.catalog.tables.get(name)?.partition_of.as_ref();
    let ancestors = std::iter::successors(parent_of(session.objects.name(table)), |name| parent_of(name));
    let keys_to = |target: &QName| {
        let points_to_it = |dependency: &&Dependency| {
            let Part::Constraint(name) = &dependency.dependent.part else { return false };
            let owner = session.catalog.tables.get(session.objects.name(dependency.dependent.id));
            let keys = owner.map(|owner| owner.foreign_keys.as_slice()).unwrap_or_default();
            dependency.column.is_none() && keys.iter().any(|key| key.name == *name && key.target == *target)
        };
        let all = session.objects.relation(target).map(|id| session.objects.dependents(id));
        all.unwrap_or_default().iter().filter(points_to_it).cloned().collect::<Vec<_>>()
    };
    ancestors.flat_map(keys_to).collect()
}

/// The foreign keys that need a key or a unique index of their target.
fn keys_to(session: &Session, table: Id, name: &str) -> Vec<Dependency> {
    let target = session.objects.name(table);
    let points_to_it = |dependency: &&Dependency| {
        let Part::Constraint(key) = &dependency.dependent.part else { return false };
        let owner = session.objects.name(dependency.dependent.id);
        let keys = session.catalog.tables.get(owner).map(|owner| owner.foreign_keys.as_slice());
        let needs_it =
            |key: &ForeignKey| key.target == *target && index_behind(session, owner, key) == Some(name);
        dependency.column.is_none()
            && keys.unwrap_or_default().iter().any(|own| own.name == *key && needs_it(own))
    };
    session.objects.dependents(table).iter().filter(points_to_it).cloned().collect()
}

/// The index of its target that a foreign key of a table needs: the one that was chosen when the key was made.
fn index_behind<'s>(session: &'s Session, owner: &QName, key: &ForeignKey) -> Option<&'s str> {
    let chosen = session.state(owner).and_then(|state| state.stands_on.get(&key.name)).copied();
    let chosen = chosen.filter(|index| session.objects.is_there(*index));
    chosen.or_else(|| index_for(session, key)).map(|index| session.objects.name(index).name.as_str())
}

/// The index that a foreign key made now would need: the primary key's where that has its columns, else the first that was
/// made (`transformFkeyCheckAttrs`). It may have them in another order.
pub(super) fn index_for(session: &Session, key: &ForeignKey) -> Option<Id> {
    let target = session.catalog.tables.get(&key.target)?;
    let fits = |columns: &mut dyn Iterator<Item = &String>| {
        columns.collect::<BTreeSet<_>>() == key.target_columns.iter().collect::<BTreeSet<_>>()
    };
    let number = |name: &String| session.objects.relation(&QName::new(&key.target.schema, name));
    if let Some(primary) = target.primary_key.as_ref().filter(|primary| fits(&mut primary.columns.iter())) {
        return number(&primary.name);
    }
    let uniques = target.uniques.iter().filter(|unique| !unique.deferrable);
    let uniques = uniques.filter(|unique| fits(&mut unique.columns.iter())).map(|unique| &unique.name);
    let indexes = target
        .indexes
        .iter()
        .filter(|index| index.unique && !index.partial && index.columns.iter().all(Option::is_some));
    let indexes = indexes.filter(|index| fits(&mut index.columns.iter().flatten())).map(|index| &index.name);
    uniques.chain(indexes).filter_map(number).min()
}

/// The objects that prevent a change of a column's type: views, generated columns, functions, triggers and others that
/// read it.
pub(super) fn readers_of_column(session: &Session, table: &QName, column: &str) -> Vec<Address> {
    let Some(id) = session.objects.relation(table) else { return Vec::new() };
    let reads = |address: &Address| match (&address.part, session.objects.kind(address.id)) {
        (_, Kind::Attached(what)) => what != Attached::Statistics,
        (Part::Column(_), _) => true,
        (Part::Constraint(_), _) => false,
        (_, kind) => matches!(kind, Kind::Table | Kind::Function),
    };
    let all = needing(session, &id.column(column)).into_iter().map(|dependency| dependency.dependent);
    all.filter(reads).collect()
}

/// Removes one object or part from the catalog.
fn remove(session: &mut Session, address: &Address) {
    let name = session.objects.name(address.id).clone();
    match (session.objects.kind(address.id), &address.part) {
        (Kind::Table, Part::Whole) => remove::drop_table(session, &name),
        (Kind::Table, Part::Column(column)) => remove::drop_column(session, &name, column),
        (Kind::Table, Part::Default(column)) => remove::drop_default(session, &name, column),
        (Kind::Table, Part::Constraint(constraint)) => {
            remove::drop_constraint(session, &name, constraint);
        }
        (Kind::Table, Part::Index(index)) => {
            remove::drop_index(session, &QName::new(&name.schema, index));
        }
        (Kind::Sequence, _) => remove::drop_sequence(session, &name),
        (Kind::Composite, Part::Column(attribute)) => remove::drop_attribute(session, &name, attribute),
        (Kind::Type, Part::Constraint(check)) => {
            remove::drop_domain_check(session, &name, check);
        }
        (Kind::Composite | Kind::Type, _) => remove::drop_type(session, &name),
        (Kind::Function, _) => remove::drop_function(session, address.id),
        (Kind::Operator, _) => remove::drop_operator(session, address.id),
        (Kind::Cast, _) => remove::drop_cast(session, address.id),
        (Kind::Attached(_), _) => remove::drop_attached(session, address.id),
        (Kind::Collation, _) => session.objects.remove(address.id),
        (Kind::Index(_), _) => {}
    }
}

/// The name of an object in messages.
fn describe(session: &Session, address: &Address) -> String {
    let name = session.objects.name(address.id);
    let kind = session.objects.kind(address.id);
    match (&address.part, kind) {
        (_, Kind::Attached(Attached::Trigger)) => format!("the trigger `{}`", name.name),
        (_, Kind::Attached(Attached::Policy)) => format!("the policy `{}`", name.name),
        (_, Kind::Attached(Attached::Rule)) => format!("the rule `{}`", name.name),
        (_, Kind::Attached(Attached::Publication)) => format!("the publication `{}`", name.name),
        (_, Kind::Attached(Attached::Statistics)) => format!("the statistics `{}`", name.name),
        (Part::Whole, Kind::Table) => match session.catalog.tables.get(name).map(|table| table.kind) {
            Some(TableKind::View | TableKind::MaterializedView) => format!("the view `{name}`"),
            _ => format!("the table `{name}`"),
        },
        (Part::Whole, Kind::Sequence) => format!("the sequence `{name}`"),
        (Part::Whole, Kind::Function) => format!("the function `{name}`"),
        (Part::Whole, Kind::Operator) => format!("the operator `{}`", name.name),
        (Part::Whole, Kind::Cast) => format!("the cast `{}`", name.name),
        (Part::Whole, Kind::Collation) => format!("the collation `{name}`"),
        (Part::Whole, Kind::Index(_)) => format!("the index `{name}`"),
        (Part::Whole, _) => format!("the type `{name}`"),
        (Part::Column(column), Kind::Table) => format!("the column `{column}` of `{name}`"),
        (Part::Column(attribute), _) => format!("the attribute `{attribute}` of `{name}`"),
        (Part::Default(column), _) => format!("the default of `{column}` of `{name}`"),
        (Part::Constraint(constraint), _) => {
            let table = session.catalog.tables.get(name);
            let is_foreign =
                table.is_some_and(|table| table.foreign_keys.iter().any(|key| key.name == *constraint));
            let what = if is_foreign { "foreign key" } else { "constraint" };
            format!("the {what} `{constraint}` of `{name}`")
        }
        (Part::Index(index), _) => format!("the index `{index}` of `{name}`"),
    }
}
