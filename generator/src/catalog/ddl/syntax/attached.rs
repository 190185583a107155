//! Triggers, policies, rules, publications and statistics.
//!
//! What is not understood here shapes no table and is left out.

use super::super::{
    objects::Attached,
    reader::{Ident, ObjectName, Outcome, Reader},
    split::Expression,
};

/// A statement about what belongs to a table.
pub(crate) enum Attachment {
    Trigger(Trigger),
    Policy(Policy),
    Rule(Rule),
    Publication(Publication),
    Statistics(Statistics),
    /// `name ON table RENAME TO new`.
    Rename {
        what: Attached,
        name: String,
        on: ObjectName,
        new: String,
    },
    RenamePublication {
        name: String,
        new: String,
    },
    Unpublish {
        name: String,
        tables: Vec<ObjectName>,
    },
    RenameStatistics {
        name: ObjectName,
        new: String,
    },
    MoveStatistics {
        name: ObjectName,
        schema: String,
    },
    /// `name ON table`.
    Drop {
        what: Attached,
        name: String,
        on: ObjectName,
    },
    DropPublications(Vec<String>),
    DropStatistics(Vec<ObjectName>),
}

/// `CREATE TRIGGER …`.
pub(crate) struct Trigger {
    pub(crate) name: String,
    /// `INSERT`, `UPDATE` and others.
    pub(crate) events: Vec<&'static str>,
    /// `UPDATE OF`.
    pub(crate) columns: Vec<Ident>,
    pub(crate) on: ObjectName,
    /// `WHEN`.
    pub(crate) conditions: Vec<Expression>,
    pub(crate) function: Option<ObjectName>,
}

/// `CREATE POLICY …` or `ALTER POLICY …`.
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) on: ObjectName,
    /// `USING (…)` and `WITH CHECK (…)`, with their words.
    pub(crate) conditions: Vec<(&'static str, Expression)>,
}

/// `CREATE RULE …`.
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) on: ObjectName,
    /// The columns that follow `NEW.` and `OLD.`: they are the table's own.
    pub(crate) columns: Vec<String>,
    /// All behind the table.
    pub(crate) rest: Expression,
}

/// `CREATE PUBLICATION …` or `ALTER PUBLICATION … ADD`.
pub(crate) struct Publication {
    pub(crate) name: String,
    /// `SET`: its tables are these alone.
    pub(crate) replaces: bool,
    pub(crate) tables: Vec<Published>,
}

/// `TABLE t (a, b) WHERE (…)`.
pub(crate) struct Published {
    pub(crate) on: ObjectName,
    pub(crate) columns: Vec<String>,
    pub(crate) condition: Option<Expression>,
}

/// `CREATE STATISTICS …`.
pub(crate) struct Statistics {
    pub(crate) name: Option<ObjectName>,
    pub(crate) elements: Vec<Expression>,
    pub(crate) on: ObjectName,
}

/// `CREATE …`, after its words.
pub(super) fn create(reader: &mut Reader<'_>, what: Attached) -> Outcome<Option<Attachment>> {
    Ok(Some(match what {
        Attached::Trigger => Attachment::Trigger(trigger(reader)?),
        Attached::Policy => Attachment::Policy(policy(reader)?),
        Attached::Rule => Attachment::Rule(rule(reader)?),
        Attached::Publication => {
            let name = reader.ident()?.name;
            reader.expect("for")?;
            Attachment::Publication(Publication { name, replaces: false, tables: published(reader) })
        }
        Attached::Statistics => Attachment::Statistics(statistics(reader)?),
    }))
}

/// `ALTER …`, after its words: a new name, new expressions, other tables.
pub(super) fn alter(reader: &mut Reader<'_>, what: Attached) -> Outcome<Option<Attachment>> {
    match what {
        Attached::Trigger | Attached::Rule => renamed(reader, what).map(Some),
        Attached::Policy => match renamed(&mut reader.clone(), what) {
            Ok(renamed) => Ok(Some(renamed)),
            Err(_) => policy(reader).map(|policy| Some(Attachment::Policy(policy))),
        },
        Attached::Publication => alter_publication(reader),
        Attached::Statistics => alter_statistics(reader).map(Some),
    }
}

/// `DROP …`, after its words.
pub(super) fn drop(reader: &mut Reader<'_>, what: Attached) -> Outcome<Option<Attachment>> {
    reader.accept("if exists");
    Ok(Some(match what {
        Attached::Trigger | Attached::Policy | Attached::Rule => {
            let name = reader.ident()?.name;
            reader.expect("on")?;
            Attachment::Drop { what, name, on: reader.object_name()? }
        }
        Attached::Publication => {
            let names = reader.list(Reader::ident)?;
            Attachment::DropPublications(names.into_iter().map(|name| name.name).collect())
        }
        Attached::Statistics => Attachment::DropStatistics(reader.list(Reader::object_name)?),
    }))
}

/// `name {BEFORE | AFTER | INSTEAD OF} … ON table … EXECUTE FUNCTION f()`. Manual: CREATE TRIGGER.
fn trigger(reader: &mut Reader<'_>) -> Outcome<Trigger> {
    const EVENTS: [&str; 4] = ["insert", "update", "delete", "truncate"];
    let name = reader.ident()?.name;
    let (mut events, mut columns) = (Vec::new(), Vec::new());
    while !reader.accept("on") {
        events.extend(EVENTS.iter().filter(|event| reader.is(event)));
        if reader.accept("update of") {
            columns.extend(reader.list(Reader::ident)?);
        } else if reader.is_end() {
            return Err(reader.expected("`ON`"));
        } else {
            reader.advance();
        }
    }
    let on = reader.object_name()?;
    let mut trigger = Trigger { name, events, columns, on, conditions: Vec::new(), function: None };
    while !reader.is_end() {
        if reader.accept("when") {
            match reader.parenthesized() {
                Ok(condition) => trigger.conditions.push(condition),
                Err(_) => break,
            }
        } else if reader.accept("execute function") || reader.accept("execute procedure") {
            trigger.function = reader.object_name().ok();
            break;
        } else {
            reader.skip_group();
        }
    }
    Ok(trigger)
}

/// `name ON table … [USING (…)] [WITH CHECK (…)]`. Manual: CREATE POLICY.
fn policy(reader: &mut Reader<'_>) -> Outcome<Policy> {
    let name = reader.ident()?.name;
    reader.expect("on")?;
    let on = reader.object_name()?;
    let mut conditions = Vec::new();
    while !reader.is_end() {
        let Some(word) = ["using", "check"].into_iter().find(|word| reader.accept(word)) else {
            reader.skip_group();
            continue;
        };
        match reader.parenthesized() {
            Ok(condition) => conditions.push((word, condition)),
            Err(_) => break,
        }
    }
    Ok(Policy { name, on, conditions })
}

/// `name AS ON event TO table …`. Manual: CREATE RULE.
fn rule(reader: &mut Reader<'_>) -> Outcome<Rule> {
    let name = reader.ident()?.name;
    reader.expect("as on")?;
    reader.advance();
    reader.expect("to")?;
    let on = reader.object_name()?;
    let columns = of_new_and_old(reader.clone());
    Ok(Rule { name, on, columns, rest: reader.rest() })
}

fn of_new_and_old(mut reader: Reader<'_>) -> Vec<String> {
    let mut columns = Vec::new();
    while !reader.is_end() {
        if reader.accept("new .") || reader.accept("old .") {
            columns.extend(reader.clone().label().ok().map(|column| column.name));
        }
        reader.advance();
    }
    columns
}

/// The tables of a publication, up to the end or to what is not understood.
fn published(reader: &mut Reader<'_>) -> Vec<Published> {
    let mut tables = Vec::new();
    loop {
        if reader.is("tables") || reader.is("all") || reader.is("sequences") {
            return tables;
        }
        let Ok(table) = published_table(reader) else { return tables };
        tables.push(table);
        if !reader.accept(",") {
            return tables;
        }
    }
}

fn published_table(reader: &mut Reader<'_>) -> Outcome<Published> {
    reader.accept("table");
    reader.accept("only");
    let on = reader.object_name()?;
    reader.accept("*");
    let columns = if reader.is("(") { reader.ident_list()? } else { Vec::new() };
    let columns = columns.into_iter().map(|column| column.name).collect();
    let condition = if reader.accept("where") { Some(reader.parenthesized()?) } else { None };
    Ok(Published { on, columns, condition })
}

/// `name {ADD | SET | DROP} TABLE …`, `name RENAME TO new`.
fn alter_publication(reader: &mut Reader<'_>) -> Outcome<Option<Attachment>> {
    let name = reader.ident()?.name;
    if reader.accept("rename to") {
        return Ok(Some(Attachment::RenamePublication { name, new: reader.ident()?.name }));
    }
    if reader.accept("drop") {
        reader.accept("table");
        return Ok(Some(Attachment::Unpublish { name, tables: reader.list(Reader::object_name)? }));
    }
    let replaces = reader.accept("set");
    if replaces && reader.is("(") {
        return Ok(None);
    }
    if !replaces {
        reader.expect("add")?;
    }
    Ok(Some(Attachment::Publication(Publication { name, replaces, tables: published(reader) })))
}

/// `[name] [(kinds)] ON a, (expression), … FROM table`. Manual: CREATE STATISTICS.
fn statistics(reader: &mut Reader<'_>) -> Outcome<Statistics> {
    reader.accept("if not exists");
    let name = if reader.is("on") || reader.is("(") { None } else { Some(reader.object_name()?) };
    if reader.is("(") {
        reader.parenthesized()?;
    }
    reader.expect("on")?;
    let elements = reader.list(|reader| reader.expression_until(|reader| reader.is("from")))?;
    reader.expect("from")?;
    Ok(Statistics { name, elements, on: reader.object_name()? })
}

fn alter_statistics(reader: &mut Reader<'_>) -> Outcome<Attachment> {
    let name = reader.object_name()?;
    if reader.accept("rename to") {
        return Ok(Attachment::RenameStatistics { name, new: reader.ident()?.name });
    }
    reader.expect("set schema")?;
    Ok(Attachment::MoveStatistics { name, schema: reader.ident()?.name })
}

/// `name ON table RENAME TO new`.
fn renamed(reader: &mut Reader<'_>, what: Attached) -> Outcome<Attachment> {
    let name = reader.ident()?.name;
    reader.expect("on")?;
    let on = reader.object_name()?;
    reader.expect("rename to")?;
    Ok(Attachment::Rename { what, name, on, new: reader.ident()?.name })
}
