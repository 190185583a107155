//! `DO` blocks. Migrations guard a statement with them, as PostgreSQL has no `CREATE TYPE IF NOT EXISTS`:
//!
//! ```sql
//! DO $$ BEGIN CREATE TYPE mood AS ENUM ('ok'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
//! ```
//!
//! A block is run as the server would run it, as far as the text proves what happens: conditions on the system catalog
//! are answered from the catalog so far ([`guards`](super::guards)), and an exception undoes the statements of its
//! block. If the text does not prove whether a statement that shapes a table runs, that is an error.

use std::{ops::Range, sync::Arc};

use super::{
    super::{
        classify::{StatementKind, classify},
        lex::TokenKind,
        literals::string_value,
        reader::{Outcome, Reader},
        session::Session,
        split::{Statement, Statements, found},
        syntax::procedural::{self, Block, Handler, Step},
    },
    effects::{self, Effect, not_provable},
    guards, indirect,
};
use crate::diagnostics::{
    DUPLICATE_OBJECT, Diagnostic, IMPOSSIBLE_DEFINITION, NESTED_TOO_DEEPLY, NO_SUCH_OBJECT, STILL_NEEDED,
    Source,
};

/// How many blocks may run one inside the other, by `EXECUTE`: far less than there is room for on the stack
/// (`what_is_deep_or_long_is_told_or_read`).
const MAX_BLOCKS: usize = 20;

/// Reads and applies one statement that the block holds.
type Apply = fn(&mut Session, &Reader<'_>) -> Outcome;

/// Whether the steps behind one are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Next,
    /// `RETURN`, or an error that nobody handles.
    Ended,
    /// It depends on something that the text does not tell.
    MayHaveEnded,
}

/// Runs the block whose text is the token there.
pub(super) fn run(session: &mut Session, statement: &Statement, span: Range<usize>, apply: Apply) -> Outcome {
    let text = &statement.source.text[span.clone()];
    if !text.starts_with('$') {
        // The body of a quoted block has its quotes doubled: its places are not those of the file.
        let body = string_value(text, '\\');
        let source = Source::new(statement.source.path.clone(), body);
        let length = source.text.len();
        return run_body(session, (statement, span.clone()), &source, 0..length, apply)
            .map_err(|problem| Box::new(problem.at(statement.place(span))));
    }
    let delimiter = text[1..].find('$').map_or(0, |at| at + 2);
    let body = span.start + delimiter..span.end.saturating_sub(delimiter);
    run_body(session, (statement, span), &statement.source, body, apply)
}

fn run_body(
    session: &mut Session,
    (outside, span): (&Statement, Range<usize>),
    source: &Arc<Source>,
    body: Range<usize>,
    apply: Apply,
) -> Outcome {
    let statements: Vec<Statement> = Statements::new(source, body.clone()).collect();
    if let Some(block) = procedural::read(&statements) {
        if session.open_blocks == MAX_BLOCKS {
            let message = "blocks run one inside the other more deeply than ormgen follows them";
            let problem = outside.error(NESTED_TOO_DEEPLY, message, span);
            return Err(Box::new(problem.help("run the statements of the inner blocks in the outer one")));
        }
        session.open_blocks += 1;
        let ran = Runner { apply }.block(session, &block);
        session.open_blocks -= 1;
        return ran.map(|_| ());
    }
    // What is not understood is passed over only where it cannot shape anything.
    if effects::names_a_shape(&source.text[body.clone()]) {
        let found = found(&outside.source.text[span.clone()]);
        return Err(outside.expected("a block that ormgen can follow: `BEGIN … END`", &found, span));
    }
    if effects::names_an_index(&source.text[body]) {
        session.untold_index.get_or_insert(outside.place(span));
    }
    Ok(())
}

struct Runner {
    apply: Apply,
}

impl Runner {
    fn block(&self, session: &mut Session, block: &Block<'_>) -> Outcome<Flow> {
        if block.handlers.is_empty() {
            return self.steps(session, &block.steps);
        }
        let before = session.clone();
        match self.steps(session, &block.steps) {
            Ok(flow) => {
                let place = block.steps.iter().find_map(fails_on_data);
                match place {
                    Some(place) if block.handlers.iter().any(catches_data_errors) => Err(not_provable(
                        &place,
                        "whether this statement fails depends on the rows of the table, and the block goes on if it does",
                    )),
                    _ => Ok(flow),
                }
            }
            Err(problem) => match block.handlers.iter().find(|handler| catches(handler, &problem)) {
                Some(handler) => {
                    *session = before;
                    self.steps(session, &handler.steps)
                }
                None => Err(problem),
            },
        }
    }

    fn steps(&self, session: &mut Session, steps: &[Step<'_>]) -> Outcome<Flow> {
        let mut flow = Flow::Next;
        for step in steps {
            if flow == Flow::MayHaveEnded {
                let step = std::slice::from_ref(step);
                if let Some(place) = first(session, step, Effect::Shapes) {
                    return Err(not_provable(
                        &place,
                        "whether the block comes to this statement is decided when it runs",
                    ));
                }
                note_indexes(session, step);
                continue;
            }
            match self.step(session, step)? {
                Flow::Next => {}
                Flow::Ended => return Ok(if flow == Flow::Next { Flow::Ended } else { flow }),
                Flow::MayHaveEnded => flow = Flow::MayHaveEnded,
            }
        }
        Ok(flow)
    }

    fn step(&self, session: &mut Session, step: &Step<'_>) -> Outcome<Flow> {
        match step {
            Step::Sql(reader) => self.sql(session, reader).map(|()| Flow::Next),
            Step::Perform(reader) => effects::check_calls(session, reader).map(|()| Flow::Next),
            Step::Execute(reader) => self.execute(session, reader).map(|()| Flow::Next),
            Step::If(branches) => self.branches(session, branches),
            Step::Repeated(steps) => self.unless_it_shapes(session, steps),
            Step::Block(block) => self.block(session, block),
            Step::Return | Step::Raise => Ok(Flow::Ended),
            Step::Nothing => Ok(Flow::Next),
        }
    }

    fn sql(&self, session: &mut Session, reader: &Reader<'_>) -> Outcome {
        match effects::of_sql(session, reader) {
            Effect::Shapes | Effect::Indexes => (self.apply)(session, reader),
            Effect::None => {
                effects::check_calls(session, reader)?;
                indirect::check(session, reader)
            }
            Effect::NotProvable => Err(not_provable(reader, "ormgen does not know what this statement does")),
        }
    }

    fn branches(
        &self,
        session: &mut Session,
        branches: &[(Option<Reader<'_>>, Vec<Step<'_>>)],
    ) -> Outcome<Flow> {
        for (at, (condition, steps)) in branches.iter().enumerate() {
            let holds = match condition {
                Some(condition) => guards::holds(session, condition),
                None => Some(true),
            };
            match holds {
                Some(true) => return self.steps(session, steps),
                Some(false) => {}
                None => {
                    let rest = branches.get(at..).unwrap_or_default();
                    let mut flow = Flow::Next;
                    for (_, steps) in rest {
                        flow = match self.unless_it_shapes(session, steps)? {
                            Flow::Next => flow,
                            _ => Flow::MayHaveEnded,
                        };
                    }
                    return Ok(flow);
                }
            }
        }
        Ok(Flow::Next)
    }

    /// Steps that may run or not, or several times.
    fn unless_it_shapes(&self, session: &mut Session, steps: &[Step<'_>]) -> Outcome<Flow> {
        if let Some(place) = first(session, steps, Effect::Shapes) {
            return Err(not_provable(&place, "whether this statement runs is decided when the block runs"));
        }
        note_indexes(session, steps);
        Ok(if steps.iter().any(may_end) { Flow::MayHaveEnded } else { Flow::Next })
    }

    fn execute(&self, session: &mut Session, reader: &Reader<'_>) -> Outcome {
        let Some(text) = whole_literal(reader) else {
            return match effects::of_dynamic(session, reader) {
                Effect::None => Ok(()),
                Effect::Indexes => {
                    session.untold_index.get_or_insert(reader.place(reader.span()));
                    Ok(())
                }
                _ => Err(not_provable(
                    reader,
                    "the text that this statement runs is put together when the block runs",
                )),
            };
        };
        let source = Source::new(reader.statement.source.path.clone(), text);
        let statements: Vec<Statement> = Statements::new(&source, 0..source.text.len()).collect();
        for statement in &statements {
            self.sql(session, &Reader::new(statement))
                .map_err(|problem| Box::new(problem.at(reader.place(reader.span()))))?;
        }
        Ok(())
    }
}

/// The value of a text that is one constant, with or without `INTO` or `USING` behind it.
fn whole_literal(reader: &Reader<'_>) -> Option<String> {
    let mut ahead = reader.clone();
    let value = ahead.string().ok()?;
    (ahead.is_end() || ahead.is("into") || ahead.is("using")).then_some(value)
}

/// Keeps the place of a statement that may make or drop an index, if these steps have one.
fn note_indexes(session: &mut Session, steps: &[Step<'_>]) {
    if session.untold_index.is_none() {
        let place = first(session, steps, Effect::Indexes).map(|reader| reader.place(reader.span()));
        session.untold_index = place;
    }
}

/// The first statement of these that has that effect or one of which more must be known.
fn first<'s>(session: &Session, steps: &[Step<'s>], least: Effect) -> Option<Reader<'s>> {
    let calls = |reader: &Reader<'_>| match effects::check_calls(session, reader) {
        Ok(()) => Effect::None,
        Err(_) => Effect::NotProvable,
    };
    steps.iter().find_map(|step| match step {
        Step::Sql(reader) => {
            (effects::of_sql(session, reader).max(calls(reader)) >= least).then(|| reader.clone())
        }
        Step::Perform(reader) => (calls(reader) >= least).then(|| reader.clone()),
        Step::Execute(reader) => {
            let effect = match whole_literal(reader) {
                Some(text) => effects::of_text(session, &text),
                None => effects::of_dynamic(session, reader),
            };
            (effect >= least).then(|| reader.clone())
        }
        Step::If(branches) => branches.iter().find_map(|(_, steps)| first(session, steps, least)),
        Step::Repeated(steps) => first(session, steps, least),
        Step::Block(block) => {
            let handlers = block.handlers.iter().find_map(|handler| first(session, &handler.steps, least));
            first(session, &block.steps, least).or(handlers)
        }
        Step::Return | Step::Raise | Step::Nothing => None,
    })
}

fn may_end(step: &Step<'_>) -> bool {
    match step {
        Step::Return => true,
        Step::If(branches) => branches.iter().any(|(_, steps)| steps.iter().any(may_end)),
        Step::Repeated(steps) => steps.iter().any(may_end),
        Step::Block(block) => block.steps.iter().any(may_end),
        // An error that nobody handles ends the migration, and then nothing is there.
        _ => false,
    }
}

/// A statement that fails or not by the rows that it finds.
fn fails_on_data<'s>(step: &Step<'s>) -> Option<Reader<'s>> {
    let Step::Sql(reader) = step else { return None };
    let mut ahead = reader.clone();
    let kind = classify(&mut ahead);
    if kind == (StatementKind::CreateIndex { unique: true }) {
        return Some(reader.clone());
    }
    const WORDS: [&str; 7] = ["check", "unique", "primary", "foreign", "references", "type", "not"];
    if kind != StatementKind::AlterTable {
        return None;
    }
    while !ahead.is_end() {
        // A new column is empty: what is asked of it holds.
        if ahead.is("column") || ahead.is("if") {
            ahead.advance();
        }
        if WORDS.iter().any(|word| ahead.is(word)) && ahead.kind(0) == Some(TokenKind::Word) {
            return Some(reader.clone());
        }
        ahead.skip_group();
    }
    None
}

fn catches_data_errors(handler: &Handler<'_>) -> bool {
    handler.conditions.iter().any(|condition| condition == "others" || condition.ends_with("_violation"))
}

/// Whether the handler is for what went wrong. Manual: "PostgreSQL Error Codes".
fn catches(handler: &Handler<'_>, problem: &Diagnostic) -> bool {
    let is_for = |condition: &String| {
        let condition = named_condition(condition);
        let begins = |word: &str| condition.starts_with(word);
        match problem.code {
            code if code == DUPLICATE_OBJECT => begins("duplicate_") || condition == "others",
            code if code == NO_SUCH_OBJECT => {
                begins("undefined_") || condition == "invalid_schema_name" || condition == "others"
            }
            code if code == STILL_NEEDED => begins("dependent_") || condition == "others",
            code if code == IMPOSSIBLE_DEFINITION => begins("invalid_") || condition == "others",
            _ => false,
        }
    };
    handler.conditions.iter().any(is_for)
}

/// A condition that is given by its SQLSTATE.
fn named_condition(condition: &str) -> &str {
    match condition.trim_matches('\'') {
        "42710" => "duplicate_object",
        "42p07" => "duplicate_table",
        "42701" => "duplicate_column",
        "42p06" => "duplicate_schema",
        "42p01" => "undefined_table",
        "42703" => "undefined_column",
        "42704" => "undefined_object",
        other => other,
    }
}
