//! Triggers, policies, rules, publications and statistics: none is in the catalog, and each may depend on columns,
//! tables and functions, which then cannot be dropped without `CASCADE`.
//!
//! Nothing is reported here: a statement that is not understood shapes no table and is skipped.

use super::super::{
    expressions::columns_of_text,
    mentions,
    objects::{Attached, Id, Kind, Strength},
    reader::{ObjectName, Outcome, Reader},
    reads, remove,
    session::Session,
};
use crate::catalog::QName;

/// `CREATE …`, after its words.
pub(super) fn create(session: &mut Session, reader: &mut Reader<'_>, what: Attached) {
    let _ = match what {
        Attached::Trigger => trigger(session, reader),
        Attached::Policy => policy(session, reader),
        Attached::Rule => rule(session, reader),
        Attached::Publication => publication(session, reader),
        Attached::Statistics => statistics(session, reader),
    };
}

/// `ALTER …`, after its words: a new name, new expressions, other tables.
pub(super) fn alter(session: &mut Session, reader: &mut Reader<'_>, what: Attached) {
    let _ = match what {
        Attached::Trigger | Attached::Rule => renamed(session, reader, what),
        Attached::Policy => {
            let mut again = reader.clone();
            renamed(session, reader, what).or_else(|_| policy(session, &mut again))
        }
        Attached::Publication => alter_publication(session, reader),
        Attached::Statistics => alter_statistics(session, reader),
    };
}

/// `DROP …`, after its words.
pub(super) fn drop(session: &mut Session, reader: &mut Reader<'_>, what: Attached) {
    let _ = match what {
        Attached::Trigger | Attached::Policy | Attached::Rule => drop_of_table(session, reader, what),
        Attached::Publication => drop_publications(session, reader),
        Attached::Statistics => drop_statistics(session, reader),
    };
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

/// An existing table.
fn table(session: &Session, reader: &Reader<'_>, name: &ObjectName) -> Outcome<QName> {
    session.find_table(name).ok_or_else(|| reader.expected("a table that is there"))
}

/// `name {BEFORE | AFTER | INSTEAD OF} … ON table … EXECUTE FUNCTION f()`. Manual: CREATE TRIGGER.
fn trigger(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.ident()?.name;
    let mut columns = Vec::new();
    while !reader.accept("on") {
        if reader.accept("update of") {
            columns.extend(reader.list(Reader::ident)?.into_iter().map(|column| column.name));
        } else if reader.is_end() {
            return Err(reader.expected("`ON`"));
        } else {
            reader.advance();
        }
    }
    let on = reader.object_name()?;
    let on = table(session, reader, &on)?;
    let Some(id) = attach(session, Attached::Trigger, &on, &name) else { return Ok(()) };
    columns.iter().for_each(|column| reads::on_column(session, &id.whole(), &on, column));
    while !reader.is_end() {
        if reader.is("when") {
            reader.advance();
            let condition = reader.parenthesized()?;
            reads::of_row(session, &id.whole(), Some(&on), &reader.text(&condition));
        } else if reader.accept("execute function") || reader.accept("execute procedure") {
            let function = reader.object_name()?;
            on_function(session, id, &function);
            return Ok(());
        } else {
            reader.skip_group();
        }
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

/// `name ON table … [USING (…)] [WITH CHECK (…)]`. Manual: CREATE POLICY.
fn policy(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.ident()?.name;
    reader.expect("on")?;
    let on = reader.object_name()?;
    let on = table(session, reader, &on)?;
    // `ALTER POLICY` keeps what it does not name.
    let known = session.objects.relation(&on);
    let known =
        known.and_then(|owner| session.attached.get(&(Attached::Policy, owner, name.clone())).copied());
    let Some(id) = known.or_else(|| attach(session, Attached::Policy, &on, &name)) else { return Ok(()) };
    while !reader.is_end() {
        let part = ["using", "check"].into_iter().find(|word| reader.accept(word));
        let Some(part) = part.map(|word| id.constraint(word)) else {
            reader.skip_group();
            continue;
        };
        let condition = reader.parenthesized()?;
        session.objects.forget(&part);
        reads::of_expression(session, &part, Some(&on), &reader.text(&condition));
    }
    Ok(())
}

/// `name AS ON event TO table …`. Manual: CREATE RULE.
fn rule(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.ident()?.name;
    reader.expect("as on")?;
    reader.advance();
    reader.expect("to")?;
    let on = reader.object_name()?;
    let on = table(session, reader, &on)?;
    let Some(id) = attach(session, Attached::Rule, &on, &name) else { return Ok(()) };
    of_new_and_old(session, reader.clone(), id, &on);
    let start = reader.at();
    reader.skip_rest();
    let span = reader.span_from(start);
    let text = reader.statement.source.text.get(span).unwrap_or_default().replace(';', " ");
    mentions::record(session, &id.whole(), &text);
    reads::by_tokens(session, &id.whole(), &text, Some(&on));
    Ok(())
}

/// The columns that follow `NEW.` and `OLD.` are the table's own.
fn of_new_and_old(session: &mut Session, mut reader: Reader<'_>, dependent: Id, on: &QName) {
    while !reader.is_end() {
        if (reader.accept("new .") || reader.accept("old ."))
            && let Ok(column) = reader.clone().label()
        {
            reads::on_column(session, &dependent.whole(), on, &column.name);
        }
        reader.advance();
    }
}

/// `name FOR TABLE t (a, b) WHERE (…), …`. Manual: CREATE PUBLICATION.
fn publication(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.ident()?.name;
    reader.expect("for")?;
    published(session, reader, &name)
}

/// The tables of a publication, up to the end.
fn published(session: &mut Session, reader: &mut Reader<'_>, name: &str) -> Outcome {
    loop {
        if reader.is("tables") || reader.is("all") || reader.is("sequences") {
            return Ok(());
        }
        reader.accept("table");
        reader.accept("only");
        let on = reader.object_name()?;
        reader.accept("*");
        let columns = if reader.is("(") { reader.ident_list()? } else { Vec::new() };
        let condition = if reader.accept("where") { Some(reader.parenthesized()?) } else { None };
        let on = table(session, reader, &on)?;
        let Some(id) = attach(session, Attached::Publication, &on, name) else { return Ok(()) };
        columns.iter().for_each(|column| reads::on_column(session, &id.whole(), &on, &column.name));
        if let Some(condition) = condition {
            reads::of_row(session, &id.whole(), Some(&on), &reader.text(&condition));
        }
        if !reader.accept(",") {
            return Ok(());
        }
    }
}

/// `name {ADD | SET | DROP} TABLE …`, `name RENAME TO new`.
fn alter_publication(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.ident()?.name;
    if reader.accept("rename to") {
        let new = reader.ident()?.name;
        let is_meant = |key: &&(Attached, Id, String)| key.0 == Attached::Publication && key.2 == name;
        let owners: Vec<Id> = session.attached.keys().filter(is_meant).map(|key| key.1).collect();
        owners.into_iter().for_each(|owner| rename(session, Attached::Publication, owner, &name, &new));
        return Ok(());
    }
    if reader.accept("drop") {
        reader.accept("table");
        for on in reader.list(Reader::object_name)? {
            let owner = session.find_table(&on).and_then(|table| session.objects.relation(&table));
            if owner.is_some() {
                detach(session, Attached::Publication, owner, &name);
            }
        }
        return Ok(());
    }
    let is_set = reader.accept("set");
    if is_set && reader.is("(") {
        return Ok(());
    }
    if is_set {
        detach(session, Attached::Publication, None, &name);
    } else {
        reader.expect("add")?;
    }
    published(session, reader, &name)
}

fn drop_publications(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    reader.accept("if exists");
    for name in reader.list(Reader::ident)? {
        detach(session, Attached::Publication, None, &name.name);
    }
    Ok(())
}

/// `[name] [(kinds)] ON a, (expression), … FROM table`. Manual: CREATE STATISTICS.
fn statistics(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    reader.accept("if not exists");
    // One without a name cannot be named by later statements: any name does.
    let name = if reader.is("on") || reader.is("(") { None } else { Some(reader.object_name()?) };
    if reader.is("(") {
        reader.parenthesized()?;
    }
    reader.expect("on")?;
    let elements = reader.list(|reader| reader.expression_until(|reader| reader.is("from")))?;
    reader.expect("from")?;
    let on = reader.object_name()?;
    let on = table(session, reader, &on)?;
    let name = name.map_or_else(String::new, |name| session.new_name(&name).to_string());
    let Some(id) = attach(session, Attached::Statistics, &on, &name) else { return Ok(()) };
    for element in &elements {
        let text = reader.text(element);
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

fn alter_statistics(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    let name = reader.object_name()?;
    let Some((owner, old)) = find_statistics(session, &name) else { return Ok(()) };
    let new = if reader.accept("rename to") {
        QName::new(&old.schema, reader.ident()?.name)
    } else {
        reader.expect("set schema")?;
        QName::new(reader.ident()?.name, &old.name)
    };
    rename(session, Attached::Statistics, owner, &old.to_string(), &new.to_string());
    Ok(())
}

fn drop_statistics(session: &mut Session, reader: &mut Reader<'_>) -> Outcome {
    reader.accept("if exists");
    for name in reader.list(Reader::object_name)? {
        if let Some((owner, full)) = find_statistics(session, &name) {
            detach(session, Attached::Statistics, Some(owner), &full.to_string());
        }
    }
    Ok(())
}

/// `[IF EXISTS] name ON table`.
fn drop_of_table(session: &mut Session, reader: &mut Reader<'_>, what: Attached) -> Outcome {
    reader.accept("if exists");
    let name = reader.ident()?.name;
    reader.expect("on")?;
    let on = reader.object_name()?;
    let owner = session.find_table(&on).and_then(|table| session.objects.relation(&table));
    if owner.is_some() {
        detach(session, what, owner, &name);
    }
    Ok(())
}

/// `name ON table RENAME TO new`.
fn renamed(session: &mut Session, reader: &mut Reader<'_>, what: Attached) -> Outcome {
    let name = reader.ident()?.name;
    reader.expect("on")?;
    let on = reader.object_name()?;
    reader.expect("rename to")?;
    let new = reader.ident()?.name;
    if let Some(owner) = session.find_table(&on).and_then(|table| session.objects.relation(&table)) {
        rename(session, what, owner, &name, &new);
    }
    Ok(())
}

fn rename(session: &mut Session, what: Attached, owner: Id, old: &str, new: &str) {
    if let Some(id) = session.attached.remove(&(what, owner, old.to_owned())) {
        session.attached.insert((what, owner, new.to_owned()), id);
        session.objects.rename(id, &QName::new("", new));
    }
}
