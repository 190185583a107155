//! Triggers, policies, rules, publications and statistics: none is in the catalog, and each may depend on columns,
//! tables and functions, which then cannot be dropped without `CASCADE`.
//!
//! What is made for a table or a column that is not there is an error, unless the table may be made elsewhere
//! ([`elsewhere`](super::super::elsewhere)).

use super::{
    super::{
        elsewhere,
        expressions::columns_of_text,
        mentions, named_columns,
        objects::{Attached, Id, Kind, Strength},
        reader::{ObjectName, Outcome},
        reads, remove,
        session::Session,
        split::Statement,
        syntax::attached::{Attachment, Policy, Publication, Published, Rule, Statistics, Trigger},
    },
    parts::check_columns,
};
use crate::catalog::QName;

/// Applies a statement about what belongs to a table.
pub(super) fn apply(session: &mut Session, statement: &Statement, written: Attachment) -> Outcome {
    match written {
        Attachment::Trigger(written) => return trigger(session, statement, &written),
        Attachment::Policy(written) => return policy(session, statement, &written),
        Attachment::Rule(written) => return rule(session, statement, &written),
        Attachment::Publication(written) => return publication(session, statement, &written),
        Attachment::Statistics(written) => return statistics(session, statement, &written),
        Attachment::Rename { what, name, on, new } => {
            if let Some(owner) = owner(session, &on) {
                rename(session, what, owner, &name, &new);
            }
        }
        Attachment::RenamePublication { name, new } => {
            let is_meant = |key: &&(Attached, Id, String)| key.0 == Attached::Publication && key.2 == name;
            let owners: Vec<Id> = session.attached.keys().filter(is_meant).map(|key| key.1).collect();
            owners.into_iter().for_each(|owner| rename(session, Attached::Publication, owner, &name, &new));
        }
        Attachment::Unpublish { name, tables } => {
            tables.iter().for_each(|on| detach_from(session, Attached::Publication, on, &name));
        }
        Attachment::RenameStatistics { name, new } => {
            change_statistics(session, &name, |old| QName::new(&old.schema, new));
        }
        Attachment::MoveStatistics { name, schema } => {
            change_statistics(session, &name, |old| QName::new(schema, &old.name));
        }
        Attachment::Drop { what, name, on } => detach_from(session, what, &on, &name),
        Attachment::DropPublications(names) => {
            names.iter().for_each(|name| detach(session, Attached::Publication, None, name));
        }
        Attachment::DropStatistics(names) => {
            for name in &names {
                if let Some((owner, full)) = find_statistics(session, name) {
                    detach(session, Attached::Statistics, Some(owner), &full.to_string());
                }
            }
        }
    }
    Ok(())
}

/// A new object of a table, in place of the one that has its name: it goes with the table.
fn attach(session: &mut Session, what: Attached, table: &QName, name: &str) -> Option<Id> {
    let owner = session.objects.relation(table)?;
    detach(session, what, Some(owner), name);
    let id = session.objects.create(Kind::Attached(what), &QName::new("", name));
    session.attached.insert((what, owner, name.to_owned()), id);
    session.objects.depend(id.whole(), owner, None, Strength::Auto);
    Some(id)
}

/// Takes those of that name out: of one table, or of all.
fn detach(session: &mut Session, what: Attached, owner: Option<Id>, name: &str) {
    let is_meant = |(kind, of, own): &(Attached, Id, String)| {
        *kind == what && own == name && owner.is_none_or(|owner| owner == *of)
    };
    let found: Vec<Id> = match owner {
        Some(owner) => session.attached.get(&(what, owner, name.to_owned())).copied().into_iter().collect(),
        None => session.attached.iter().filter(|(key, _)| is_meant(key)).map(|(_, id)| *id).collect(),
    };
    found.into_iter().for_each(|id| remove::drop_attached(session, id));
}

/// Likewise, of the table that is written there, if it is one.
fn detach_from(session: &mut Session, what: Attached, on: &ObjectName, name: &str) {
    let owner = owner(session, on);
    if owner.is_some() {
        detach(session, what, owner, name);
    }
}

/// The number of a table that is there.
fn owner(session: &Session, on: &ObjectName) -> Option<Id> {
    session.find_table(on).and_then(|table| session.objects.relation(&table))
}

fn trigger(session: &mut Session, statement: &Statement, written: &Trigger) -> Outcome {
    let Some(on) = elsewhere::table(session, statement, &written.on)? else { return Ok(()) };
    check_columns(session, statement, &on, &written.columns)?;
    let Some(id) = attach(session, Attached::Trigger, &on, &written.name) else { return Ok(()) };
    session.trigger_events.insert(id, written.events.clone());
    for column in &written.columns {
        reads::on_column(session, &id.whole(), &on, &column.name);
    }
    for condition in &written.conditions {
        reads::of_row(session, &id.whole(), Some(&on), &statement.text(condition));
    }
    if let Some(function) = &written.function {
        on_function(session, id, function);
    }
    Ok(())
}

/// A trigger's function takes no arguments in its declaration.
fn on_function(session: &mut Session, dependent: Id, name: &ObjectName) {
    let found = session.look_up(name, |name| session.functions.contains_key(name));
    let functions = found.and_then(|name| session.functions.get(&name)).map(Vec::as_slice);
    let function = functions.unwrap_or_default().iter().find(|function| function.inputs.is_empty());
    if let Some(function) = function.map(|function| function.id) {
        session.objects.depend(dependent.whole(), function, None, Strength::Normal);
    }
}

fn policy(session: &mut Session, statement: &Statement, written: &Policy) -> Outcome {
    let Some(on) = elsewhere::table(session, statement, &written.on)? else { return Ok(()) };
    for (_, condition) in &written.conditions {
        named_columns::check(session, statement, &on, condition)?;
    }
    // `ALTER POLICY` keeps what it does not name.
    let known = session.objects.relation(&on);
    let known = known
        .and_then(|owner| session.attached.get(&(Attached::Policy, owner, written.name.clone())).copied());
    let id = known.or_else(|| attach(session, Attached::Policy, &on, &written.name));
    let Some(id) = id else { return Ok(()) };
    for (word, condition) in &written.conditions {
        let part = id.constraint(word);
        session.objects.forget(&part);
        reads::of_expression(session, &part, Some(&on), &statement.text(condition));
    }
    Ok(())
}

fn rule(session: &mut Session, statement: &Statement, written: &Rule) -> Outcome {
    let Some(on) = elsewhere::table(session, statement, &written.on)? else { return Ok(()) };
    let Some(id) = attach(session, Attached::Rule, &on, &written.name) else { return Ok(()) };
    written.columns.iter().for_each(|column| reads::on_column(session, &id.whole(), &on, column));
    let text = statement.text(&written.rest).replace(';', " ");
    mentions::record(session, &id.whole(), &text);
    reads::by_tokens(session, &id.whole(), &text, Some(&on));
    Ok(())
}

fn publication(session: &mut Session, statement: &Statement, written: &Publication) -> Outcome {
    if written.replaces {
        detach(session, Attached::Publication, None, &written.name);
    }
    for table in &written.tables {
        let on = elsewhere::table(session, statement, &table.on)?;
        // As on the server, one table that is not there ends the statement.
        if on.and_then(|on| publish(session, statement, &written.name, (on, table))).is_none() {
            break;
        }
    }
    Ok(())
}

fn publish(
    session: &mut Session,
    statement: &Statement,
    name: &str,
    (on, table): (QName, &Published),
) -> Option<()> {
    let id = attach(session, Attached::Publication, &on, name)?;
    table.columns.iter().for_each(|column| reads::on_column(session, &id.whole(), &on, column));
    if let Some(condition) = &table.condition {
        reads::of_row(session, &id.whole(), Some(&on), &statement.text(condition));
    }
    Some(())
}

fn statistics(session: &mut Session, statement: &Statement, written: &Statistics) -> Outcome {
    let Some(on) = elsewhere::table(session, statement, &written.on)? else { return Ok(()) };
    // One without a name cannot be named by later statements: any name does.
    let name = written.name.as_ref();
    let name = name.map_or_else(String::new, |name| session.new_name(name).to_string());
    let Some(id) = attach(session, Attached::Statistics, &on, &name) else { return Ok(()) };
    for element in &written.elements {
        let text = statement.text(element);
        mentions::record(session, &id.whole(), &text);
        let columns = session.catalog.tables.get(&on).map(|table| columns_of_text(&text, table));
        let Some(owner) = session.objects.relation(&on) else { continue };
        // Manual, CREATE STATISTICS: they go with any of their columns.
        for column in columns.unwrap_or_default() {
            session.objects.depend(id.whole(), owner, Some(&column), Strength::Auto);
        }
    }
    Ok(())
}

/// The statistics of that name, with the table that they are of.
fn find_statistics(session: &Session, name: &ObjectName) -> Option<(Id, QName)> {
    let of = |name: &QName| {
        let name = name.to_string();
        let mut keys = session.attached.keys();
        keys.find(|key| key.0 == Attached::Statistics && key.2 == name).map(|key| key.1)
    };
    let found = session.look_up(name, |name| of(name).is_some())?;
    Some((of(&found)?, found))
}

fn change_statistics(session: &mut Session, name: &ObjectName, new: impl FnOnce(&QName) -> QName) {
    if let Some((owner, old)) = find_statistics(session, name) {
        let new = new(&old).to_string();
        rename(session, Attached::Statistics, owner, &old.to_string(), &new);
    }
}

fn rename(session: &mut Session, what: Attached, owner: Id, old: &str, new: &str) {
    if let Some(id) = session.attached.remove(&(what, owner, old.to_owned())) {
        session.attached.insert((what, owner, new.to_owned()), id);
        session.objects.rename(id, &QName::new("", new));
    }
}
