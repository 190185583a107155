//! A catalog from DDL text: a small interpreter that applies statements in order, as a server would.
//!
//! A text is cut into statements ([`split`]); each is classified by its leading words ([`classify`]), read into data
//! ([`syntax`]) and applied ([`apply`]) to the state that a server's session would have ([`session`]). [`infer`] finds
//! the columns of views. A statement that cannot be read is skipped, and the others are still applied. No I/O happens
//! here, and nothing panics.

mod apply;
mod attribute_rename;
mod classify;

mod column_rename;
mod comparable;
mod defaults;
mod dependencies;
mod dependents;
mod elsewhere;
mod expressions;
#[cfg(feature = "live")]
mod forward;
mod habits;
mod identifiers;
mod index_names;
mod infer;
mod judge;
mod labels;
mod lex;
mod literals;
mod lookup;
mod mentions;
mod named_columns;
mod not_null_names;
mod objects;
mod reader;
mod reads;
mod relation_texts;
mod remove;
mod rename;
mod session;
mod split;
mod syntax;
mod system_tables;
mod table_state;
#[cfg(test)]
mod tests;
mod types;
mod unreadable;

use std::sync::Arc;

#[cfg(feature = "live")]
pub(crate) use self::forward::{Forward, is_about_databases, is_about_roles};
pub(crate) use self::lookup::is_extension_type;
pub use self::lookup::parse_type;
use self::{
    classify::{StatementKind, classify},
    reader::Reader,
    session::{Session, TEMPORARY},
    split::{Statement, Statements},
};
use super::{Loaded, Object, QName};
use crate::diagnostics::{Diagnostic, Diagnostics, IMPOSSIBLE_DEFINITION, Source};

/// The settings of a schema that its text does not have.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The schemas in which names without a schema are looked up; `public` if there are none.
    pub search_path: Vec<String>,
    /// Statements that, by the manifest's word, shape nothing, as `file:line`.
    pub shapes_nothing: Vec<String>,
    /// Whether files of the schema could not be read, which is reported.
    pub lacks_files: bool,
}

/// Applies every statement of `sources`, in order, to an empty catalog.
pub fn interpret(sources: &[Arc<Source>], diagnostics: &mut Diagnostics) -> Loaded {
    interpret_with(sources, &Known::default(), diagnostics)
}

/// Likewise, with these settings.
pub fn interpret_with(sources: &[Arc<Source>], known: &Known, diagnostics: &mut Diagnostics) -> Loaded {
    let mut session = Session::new();
    if !known.search_path.is_empty() {
        session.default_path.clone_from(&known.search_path);
    }
    session.shapes_nothing.clone_from(&known.shapes_nothing);
    if known.lacks_files {
        session.doubt.add_any();
    }
    for source in sources {
        run(&mut session, source);
    }
    let told = session.diagnostics.len();
    resolve_foreign_keys(&mut session);
    let found = session.diagnostics.split_off(told);
    session.diagnostics.extend(found.into_iter().filter(|mistake| !session.doubt.covers(mistake)));
    diagnostics.extend(session.diagnostics);
    Loaded {
        catalog: session.catalog,
        places: session.places,
        reported: session.reported,
        missing_names: session.missing_names,
        untold_index: session.untold_index,
        doubt: session.doubt,
    }
}

/// The statements of an open transaction, which are applied when it is committed.
#[derive(Default)]
struct Transaction {
    held: Vec<Statement>,
    /// Savepoints with how many statements came before them.
    savepoints: Vec<(String, usize)>,
}

fn begin_session(session: &mut Session) {
    session.search_path.clone_from(&session.default_path);
    session.texts_have_escapes = false;
    session.path_after_transaction = None;
}

/// Applies one source. A new file begins with the default search path, as a new connection does.
fn run(session: &mut Session, source: &Arc<Source>) {
    begin_session(session);
    let mut statements = Statements::new(source, 0..source.text.len());
    let mut transaction: Option<Transaction> = None;
    while let Some(statement) = statements.next() {
        judge::judge_text(session, std::mem::take(&mut statements.problems));
        if std::mem::take(&mut statements.reconnects) {
            // The session before ends here: what it did not commit is gone.
            transaction = None;
            forget_temporary(session);
            begin_session(session);
        }
        if is_said_to_shape_nothing(session, &statement) {
            continue;
        }
        let mut reader = Reader::new(&statement);
        match (classify(&mut reader), &mut transaction) {
            (StatementKind::Begin, None) => transaction = Some(Transaction::default()),
            // What a transaction that is rolled back did is not there.
            (StatementKind::Rollback, open) => *open = chained(&statement, open.is_some()),
            (StatementKind::Commit, open) => {
                let next = chained(&statement, open.is_some());
                commit(session, std::mem::replace(open, next));
            }
            (StatementKind::Savepoint, Some(open)) => {
                let name = reader.label().map(|ident| ident.name).unwrap_or_default();
                open.savepoints.push((name, open.held.len()));
            }
            (StatementKind::RollbackTo, Some(open)) => {
                let name = reader.label().map(|ident| ident.name).unwrap_or_default();
                if let Some((_, length)) = open.savepoints.iter().rev().find(|(other, _)| *other == name) {
                    open.held.truncate(*length);
                }
            }
            (_, Some(open)) => open.held.push(statement),
            (_, None) => {
                apply_all(session, &[statement]);
                drop_on_commit(session);
            }
        }
    }
    commit(session, transaction);
    forget_temporary(session);
    judge::judge_text(session, statements.problems);
}

/// The transaction that `AND CHAIN` begins at the end of another one.
fn chained(statement: &Statement, is_open: bool) -> Option<Transaction> {
    let mut reader = Reader::new(statement);
    while !reader.is_end() && !reader.sees("and chain") {
        reader.advance();
    }
    (is_open && !reader.is_end()).then(Transaction::default)
}

/// Whether one of the lines of a statement is among those that shape nothing.
fn is_said_to_shape_nothing(session: &Session, statement: &Statement) -> bool {
    if session.shapes_nothing.is_empty() {
        return false;
    }
    let (first, _) = statement.source.line_column(statement.span().start);
    let (last, _) = statement.source.line_column(statement.span().end);
    session.shapes_nothing.iter().any(|entry| {
        let Some((file, line)) = entry.rsplit_once(':') else { return false };
        let line = line.parse::<usize>().unwrap_or_default();
        statement.source.path.ends_with(file) && (first..=last).contains(&line)
    })
}

/// Applies the statements of a committed transaction. A search path that was set for the transaction ends with it.
fn commit(session: &mut Session, transaction: Option<Transaction>) {
    apply_all(session, &transaction.unwrap_or_default().held);
    if let Some(path) = session.path_after_transaction.take() {
        session.search_path = path;
    }
    drop_on_commit(session);
}

fn drop_on_commit(session: &mut Session) {
    let going: Vec<_> =
        std::mem::take(&mut session.dropped_on_commit).into_iter().map(objects::Id::whole).collect();
    dependents::drop_all(session, &going);
}

fn apply_all(session: &mut Session, statements: &[Statement]) {
    for statement in statements {
        let before = session.diagnostics.len();
        let is_known = !statement.has_variable;
        let problem = if is_known { apply::statement(session, &Reader::new(statement)).err() } else { None };
        let is_applied = is_known && problem.is_none();
        problem.into_iter().for_each(|problem| session.report(problem));
        judge::judge(session, statement, before, is_applied);
    }
}

/// Looks again for the targets of foreign keys that did not exist when the keys were written.
fn resolve_foreign_keys(session: &mut Session) {
    for unresolved in std::mem::take(&mut session.unresolved) {
        session.search_path.clone_from(&unresolved.search_path);
        let Some(target) = session.find_table(&unresolved.target) else { continue };
        let keys = session.catalog.tables.get(&unresolved.table).map(|table| table.foreign_keys.as_slice());
        let Some(key) =
            keys.unwrap_or_default().iter().find(|key| key.name == unresolved.constraint).cloned()
        else {
            continue;
        };
        let key = apply::with_target_columns(session, super::ForeignKey { target, ..key });
        check_target(session, &unresolved.table, &key);
        for member in session.family(&unresolved.table) {
            let table = session.catalog.tables.get_mut(&member);
            let keys = table.map(|table| table.foreign_keys.iter_mut());
            for own in keys.into_iter().flatten().filter(|own| own.name == key.name) {
                own.clone_from(&key);
            }
        }
    }
}

/// Checks that a target that was created later has as many columns as the key, with the names that the key gives.
fn check_target(session: &mut Session, table: &QName, key: &super::ForeignKey) {
    let Some(target) = session.catalog.tables.get(&key.target) else { return };
    let unknown = key.target_columns.iter().find(|column| target.column(column).is_none());
    let mut help = "name the columns that the foreign key points to".to_owned();
    let message = match unknown {
        Some(column) => format!("`{}` has no column `{column}`", key.target),
        None if !key.target_columns.is_empty() && key.target_columns.len() != key.columns.len() => format!(
            "the foreign key `{}` has {} column(s), and its target {}",
            key.name,
            key.columns.len(),
            key.target_columns.len()
        ),
        None => match comparable::uncomparable(session, table, key) {
            Some((message, remedy)) => {
                help = remedy;
                message
            }
            None => return,
        },
    };
    let place = session.places.get(&Object::Constraint(table.clone(), key.name.clone())).cloned();
    let problem = Diagnostic::error(IMPOSSIBLE_DEFINITION, message).at(place).help(help);
    session.report(problem);
    let family = session.family(table);
    session.reported.extend(family.into_iter().map(|member| Object::Constraint(member, key.name.clone())));
}

/// Drops temporary tables at the end of a session: each file counts as one session.
fn forget_temporary(session: &mut Session) {
    let temporary = |name: &QName| name.schema == TEMPORARY;
    let relations = session.catalog.tables.keys().chain(session.catalog.sequences.keys());
    let ids = relations.filter(|name| temporary(name)).filter_map(|name| session.objects.relation(name));
    let addresses: Vec<_> = ids.map(objects::Id::whole).collect();
    dependents::drop_all(session, &addresses);
    session.catalog.schemas.remove(TEMPORARY);
}
