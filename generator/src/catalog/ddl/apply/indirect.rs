//! The functions that a statement on data runs without naming them: those of the defaults, checks, triggers and rules of the
//! tables that it changes, and those of the views that it reads.

use std::collections::{HashMap, HashSet};

use super::{
    super::{
        objects::{Attached, Dependency, Id, Kind, Part, Strength},
        reader::{ObjectName, Outcome, Reader},
        session::Session,
        split::Statement,
        syntax::data::{self, TouchedTable, Verb},
    },
    effects::not_provable,
};
use crate::catalog::{QName, TableKind};

/// When a table or a view runs a function.
enum When {
    Read,
    Refresh,
    /// A row gets no value for that column.
    Default(String),
    /// A row is written.
    Check,
    Trigger(Vec<&'static str>),
    /// A rule rewrites what changes the table.
    Rule,
}

/// A table with when it runs which function.
type Runs = HashMap<Id, Vec<(When, Id)>>;

/// A statement must not run a function that may create or change tables by way of a table that it names.
pub(super) fn check(session: &Session, reader: &Reader<'_>) -> Outcome {
    if session.shaping_functions.is_empty() {
        return Ok(());
    }
    let runs = runs(session);
    let tables = if runs.is_empty() { Vec::new() } else { data::tables(reader) };
    for TouchedTable { verb, name, at, behind } in tables {
        if let Some(function) = run_by(session, &runs, verb, &name, &behind) {
            let function = &session.objects.name(function).name;
            let message = format!(
                "the function `{function}`, which the statement runs by way of `{}`, may create or change tables",
                name.name
            );
            return Err(not_provable(&at, &message));
        }
    }
    Ok(())
}

/// A trigger that is off runs nothing: `ALTER TABLE … DISABLE TRIGGER`.
pub(super) fn note_disabled(session: &mut Session, statement: &Statement, table: &QName) {
    let mut reader = Reader::new(statement);
    while !reader.is_end() && !reader.sees("disable trigger") {
        reader.advance();
    }
    let owner = session.objects.relation(table).filter(|_| !reader.is_end());
    let of_table = |key: &&(Attached, Id, String)| key.0 == Attached::Trigger && Some(key.1) == owner;
    let off: Vec<Id> = session.attached.iter().filter(|(key, _)| of_table(key)).map(|(_, id)| *id).collect();
    off.iter().for_each(|id| drop(session.trigger_events.remove(id)));
}

/// The function that this runs. The reader is behind the table's name.
fn run_by(session: &Session, runs: &Runs, verb: Verb, name: &ObjectName, behind: &Reader<'_>) -> Option<Id> {
    let table = session.find_table(name)?;
    let tables = match verb {
        Verb::Read | Verb::Refresh | Verb::Truncate => vec![table.clone()],
        Verb::Insert if !session.is_partitioned(&table) => with_parents(session, &table),
        Verb::Insert | Verb::Update | Verb::Delete => {
            session.family(&table).into_iter().chain(with_parents(session, &table)).collect()
        }
    };
    let mut columns = behind.clone();
    if columns.is("(") {
        columns.skip_group();
    }
    if columns.is("to") {
        return None; // `COPY t TO …` reads.
    }
    let mut found = tables.iter().filter_map(|table| runs.get(&session.objects.relation(table)?)).flatten();
    let is_run = |when: &When| match when {
        When::Read => verb != Verb::Truncate && verb != Verb::Refresh,
        When::Refresh => verb == Verb::Refresh,
        When::Default(column) => verb == Verb::Insert && lacks(session, &table, column, behind),
        When::Check => verb == Verb::Insert || verb == Verb::Update,
        When::Trigger(events) => events.iter().any(|event| is_event(verb, event, behind)),
        When::Rule => matches!(verb, Verb::Insert | Verb::Update | Verb::Delete),
    };
    found.find(|(when, _)| is_run(when)).map(|(_, function)| *function)
}

/// The table, and the partitioned tables that it belongs to: a partition has their triggers.
fn with_parents(session: &Session, table: &QName) -> Vec<QName> {
    let mut all = vec![table.clone()];
    while let Some(parent) =
        all.last().and_then(|last| session.catalog.tables.get(last)?.partition_of.clone())
    {
        all.push(parent);
    }
    all
}

fn is_event(verb: Verb, event: &str, behind: &Reader<'_>) -> bool {
    match verb {
        Verb::Insert => {
            let mut ahead = behind.clone();
            while !ahead.is_end() && !ahead.sees("do update") {
                ahead.advance();
            }
            event == "insert" || (event == "update" && !ahead.is_end())
        }
        Verb::Update => event == "update",
        Verb::Delete => event == "delete",
        Verb::Truncate => event == "truncate",
        Verb::Read | Verb::Refresh => false,
    }
}

/// Whether an `INSERT` or `COPY` surely gives a column no value; its table's name is before the cursor.
fn lacks(session: &Session, table: &QName, column: &str, behind: &Reader<'_>) -> bool {
    let mut ahead = behind.clone();
    if ahead.accept("as") {
        ahead.advance();
    }
    if ahead.is("(")
        && let Ok(columns) = ahead.ident_list()
    {
        return columns.iter().all(|given| given.name != column);
    }
    if ahead.accept("overriding") {
        ahead.advance();
        ahead.advance();
    }
    if ahead.sees("default values") {
        return true;
    }
    let at = session.catalog.tables.get(table);
    let at = at.and_then(|table| table.columns.iter().position(|known| known.name == column));
    if !ahead.accept("values (") {
        return false;
    }
    let mut given = 1;
    while !ahead.is_end() && !ahead.is(")") {
        given += usize::from(ahead.is(","));
        ahead.skip_group();
    }
    at.is_some_and(|at| at >= given)
}

/// All that may run a function which may create or change tables.
fn runs(session: &Session) -> Runs {
    let named = session.shaping_functions.iter().filter_map(|name| session.functions.get(name));
    let mut open: Vec<(Id, Id)> = named.flatten().map(|function| (function.id, function.id)).collect();
    let mut seen: HashSet<Id> = open.iter().map(|(id, _)| *id).collect();
    let mut runs = Runs::new();
    while let Some((id, function)) = open.pop() {
        let is_sure = |need: &&Dependency| need.is_sure && need.strength == Strength::Normal;
        for need in session.objects.dependents(id).iter().filter(is_sure) {
            let owner = need.dependent.id;
            if let Some((table, when)) = when(session, id, need) {
                runs.entry(table).or_default().push((when, function));
            }
            let goes_on = match session.objects.kind(owner) {
                Kind::Function => true,
                // A domain with such a check; a view that reads such a view.
                Kind::Type => matches!(need.dependent.part, Part::Constraint(_) | Part::Whole),
                Kind::Table => {
                    need.dependent.part == Part::Whole && kind_of(session, owner) == Some(TableKind::View)
                }
                _ => false,
            };
            if goes_on && seen.insert(owner) {
                open.push((owner, function));
            }
        }
    }
    runs
}

fn kind_of(session: &Session, table: Id) -> Option<TableKind> {
    session.catalog.tables.get(session.objects.name(table)).map(|table| table.kind)
}

/// When the dependent runs a function that it, or a view or a domain that it uses, calls.
fn when(session: &Session, on: Id, need: &Dependency) -> Option<(Id, When)> {
    let id = need.dependent.id;
    let is_of_view = session.objects.kind(on) == Kind::Table;
    match (session.objects.kind(id), &need.dependent.part) {
        (Kind::Table, Part::Whole) => match kind_of(session, id)? {
            TableKind::View => Some((id, When::Read)),
            TableKind::MaterializedView => Some((id, When::Refresh)),
            _ => None,
        },
        (Kind::Table, _) if is_of_view => None,
        (Kind::Table, Part::Default(column)) => Some((id, When::Default(column.clone()))),
        (Kind::Table, Part::Constraint(_)) => Some((id, When::Check)),
        (Kind::Table, Part::Column(_)) if session.objects.kind(on) == Kind::Type => Some((id, When::Check)),
        (Kind::Attached(what @ (Attached::Trigger | Attached::Rule)), _) if !is_of_view => {
            let owner = session.attached.iter().find(|(_, other)| **other == id).map(|(key, _)| key.1)?;
            let when = match what {
                Attached::Trigger => When::Trigger(session.trigger_events.get(&id)?.clone()),
                _ => When::Rule,
            };
            Some((owner, when))
        }
        _ => None,
    }
}
