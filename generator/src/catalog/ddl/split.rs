//! Cuts a text into statements, so that a statement that cannot be read does not affect the others.
//!
//! It works as psql does: a semicolon ends a statement outside of quotes, comments, parentheses and the bodies of
//! SQL-standard functions; psql's own commands and the data of `COPY … FROM stdin` are skipped.
//! The only mistakes reported here are quotes, comments and parentheses that are never closed.

use std::{ops::Range, sync::Arc};

use super::lex::{Lexer, Token, TokenKind};
use crate::diagnostics::{Code, Diagnostic, INCLUDED_FILE, NOT_PROVABLE, Place, Source, UNCLOSED};

/// Parentheses nested deeper than this are not read: PostgreSQL itself gives up at about this depth.
pub(super) const MAX_DEPTH: usize = 2_000;

const THROUGH_SERVER: &str = "write the statements that are meant without it, or apply the schema on a server: \
                              `schema: { ddl: …, through: server }`";

/// One statement: its tokens, without the semicolon.
#[derive(Debug)]
pub(super) struct Statement {
    /// The text it stands in.
    pub(super) source: Arc<Source>,
    /// Its tokens; never empty.
    pub(super) tokens: Vec<Token>,
    /// Where it nests too deeply, if it does.
    pub(super) too_deep: Option<Range<usize>>,
    /// Whether a part of it is the value of a variable of psql, which is told and not known.
    pub(super) has_variable: bool,
}

impl Statement {
    /// Its bytes, from the first token to the last.
    pub(super) fn span(&self) -> Range<usize> {
        let start = self.tokens.first().map_or(0, |token| token.span.start);
        start..self.tokens.last().map_or(start, |token| token.span.end)
    }

    /// Whether its first tokens are these words.
    pub(super) fn begins_with(&self, words: &[&str]) -> bool {
        let texts = self.tokens.iter().filter_map(|token| self.source.text.get(token.span.clone()));
        words.len() <= self.tokens.len()
            && texts.zip(words).all(|(text, word)| text.eq_ignore_ascii_case(word))
    }

    /// A stretch of it as a place.
    pub(super) fn place(&self, span: Range<usize>) -> Place {
        Place::new(&self.source, span)
    }

    /// An error at a place of this statement.
    pub(super) fn error(&self, code: Code, message: impl Into<String>, span: Range<usize>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.place(span))
    }

    /// The one place where an expression becomes the text that the catalog keeps.
    pub(super) fn text(&self, expression: &Expression) -> String {
        self.source.text[expression.span.clone()].trim().to_owned()
    }
}

/// A token for a message: no longer than a line should be.
pub(super) fn found(token: &str) -> String {
    let line = token.lines().next().unwrap_or_default();
    if line.chars().count() <= 40 {
        return format!("found `{line}`");
    }
    format!("found `{}…`", line.chars().take(40).collect::<String>())
}

/// A range of a statement's tokens: an expression, kept as it was written.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    /// Its tokens' indices.
    pub(super) tokens: Range<usize>,
    pub(super) span: Range<usize>,
}

/// The statements of a text, one at a time.
pub(super) struct Statements<'a> {
    source: &'a Arc<Source>,
    lexer: Lexer<'a>,
    /// Off once a statement's parentheses never closed: from there on every semicolon ends a statement.
    trust_parentheses: bool,
    /// Inside the part of a migration that undoes it.
    undoing: bool,
    /// Whether a statement other than those that make databases was read.
    has_statements: bool,
    /// The variables of psql that were told.
    variables: Vec<Range<usize>>,
    /// Whether the statement that is being read has one.
    has_variable: bool,
    /// Whether psql has connected to the same database again: a new session begins.
    pub(super) reconnects: bool,
    /// What was wrong on the way.
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> Statements<'a> {
    /// The statements of `source` within `range`.
    pub(super) fn new(source: &'a Arc<Source>, range: Range<usize>) -> Self {
        let text = source.text.get(..range.end).unwrap_or(&source.text);
        let mut start = range.start;
        if start == 0 && text.starts_with('\u{feff}') {
            start = '\u{feff}'.len_utf8();
        }
        Self {
            source,
            lexer: Lexer::new(text, start),
            trust_parentheses: true,
            undoing: false,
            has_statements: false,
            variables: Vec::new(),
            has_variable: false,
            reconnects: false,
            problems: Vec::new(),
        }
    }

    /// Reads up to the semicolon that ends the statement.
    fn read(&mut self) -> Option<Statement> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut nesting = Nesting::default();
        let mut first_semicolon = None;
        let before = self.problems.len();
        // Whether the text ends inside of the statement's last token: what the statement says is not known.
        let mut is_cut = false;
        while let Some(token) = self.lexer.next() {
            self.note_migration_marks();
            match token.kind {
                TokenKind::Meta => {
                    if self.meta_command(&token) && !tokens.is_empty() {
                        break;
                    }
                    continue;
                }
                TokenKind::Unclosed => {
                    self.unclosed(&token);
                    is_cut = true;
                    break;
                }
                _ => {}
            }
            let mut text = &self.source.text[token.span.clone()];
            if text == "\\;" {
                text = ";";
            }
            if text == ":" && !nesting.is_in_brackets() && self.variable(&token) {
                continue;
            }
            if text == ";" && (nesting.is_outside() || !self.trust_parentheses) {
                if tokens.is_empty() {
                    continue;
                }
                return Some(self.finish(tokens, nesting));
            }
            if text == ";" {
                first_semicolon.get_or_insert((tokens.len(), token.span.end));
            }
            nesting.see(text, &token, &tokens, &self.source.text);
            tokens.push(token);
        }
        if let Some((length, end)) = first_semicolon.filter(|_| !nesting.is_outside()) {
            self.trust_parentheses = false;
            self.problems.truncate(before); // What follows the semicolon is read again.
            tokens.truncate(length);
            self.lexer.at = end;
            is_cut = false;
        }
        (!tokens.is_empty() && !is_cut).then(|| self.finish(tokens, nesting))
    }

    fn finish(&mut self, tokens: Vec<Token>, nesting: Nesting) -> Statement {
        let statement = Statement {
            source: Arc::clone(self.source),
            tokens,
            too_deep: nesting.too_deep,
            has_variable: std::mem::take(&mut self.has_variable),
        };
        self.has_statements |= shapes_this_database(&statement);
        if is_copy_from_stdin(&statement) {
            self.skip_copy_data();
        }
        statement
    }

    /// The data end at a line that is `\.`.
    fn skip_copy_data(&mut self) {
        let text = &self.source.text;
        let Some(newline) = text[self.lexer.at..].find('\n') else { return };
        let mut at = self.lexer.at + newline + 1;
        for line in text[at..].split_inclusive('\n') {
            at += line.len();
            if line.trim_end_matches(['\n', '\r']) == "\\." {
                break;
            }
        }
        self.lexer.at = at;
    }

    /// Whether the command ends the statement before it (`\g` and its kin do).
    fn meta_command(&mut self, token: &Token) -> bool {
        let line = self.source.text[token.span.clone()].trim_end();
        let command = line.split_whitespace().next().unwrap_or_default();
        let problem = match command {
            "\\i" | "\\ir" | "\\include" | "\\include_relative" => Some((
                INCLUDED_FILE,
                format!("`{line}` reads another file"),
                "list that file in the app's `schema`, before or after this one",
            )),
            "\\if" => Some((
                NOT_PROVABLE,
                format!("whether the statements behind `{line}` run is decided when psql runs"),
                THROUGH_SERVER,
            )),
            "\\gexec" => Some((
                NOT_PROVABLE,
                "`\\gexec` runs the rows of a query as statements".to_owned(),
                THROUGH_SERVER,
            )),
            // psql ends here, whatever follows.
            "\\q" | "\\quit" => {
                self.lexer.at = self.source.text.len();
                None
            }
            "\\c" | "\\connect" if is_same_database(line) => {
                self.reconnects = true;
                None
            }
            "\\c" | "\\connect" if self.has_statements => Some((
                NOT_PROVABLE,
                format!("the statements behind `{line}` are for another database"),
                "put the statements of each database into files of their own",
            )),
            _ => None,
        };
        if let Some((code, message, help)) = problem {
            let place = Place::new(self.source, token.span.clone());
            self.problems.push(Diagnostic::error(code, message).at(place).help(help));
        }
        command.starts_with("\\g") || command == "\\crosstabview" || command == "\\watch"
    }

    /// A colon with a name right behind it is a variable of psql: the error that its value is not known, once.
    fn variable(&mut self, colon: &Token) -> bool {
        let mut ahead = Lexer::new(&self.source.text, colon.span.end);
        let is_name = |token: &Token| {
            matches!(token.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Text)
                && token.span.start == colon.span.end
        };
        let Some(name) = ahead.next().filter(is_name) else { return false };
        self.has_variable = true;
        let text = |span: &Range<usize>| self.source.text[span.clone()].trim_matches(['"', '\'']).to_owned();
        let name_text = text(&name.span);
        if !self.variables.iter().any(|told| text(told) == name_text) {
            let message = format!("`:{name_text}` is a variable of psql");
            let place = Place::new(self.source, colon.span.start..name.span.end);
            let help = "write its value in its place";
            self.problems.push(Diagnostic::error(NOT_PROVABLE, message).at(place).help(help));
            self.variables.push(name.span);
        }
        true
    }

    fn unclosed(&mut self, token: &Token) {
        let text = &self.source.text[token.span.clone()];
        let what = if text.starts_with("/*") {
            "comment"
        } else if text.contains('"') && !text.contains('\'') {
            "quoted identifier"
        } else {
            "string"
        };
        let opening = token.span.start..token.span.start + text.chars().next().map_or(0, char::len_utf8);
        let help = match what {
            "string" => {
                "close it: what follows it in the file was not read; a quote within a text is written twice, `'it''s'`, and one \
                 that is not may have ended a text before"
            }
            _ => "close it: what follows it in the file was not read",
        };
        let place = Place::new(self.source, opening);
        let message = format!("this {what} is never closed");
        self.problems.push(Diagnostic::error(UNCLOSED, message).at(place).help(help));
    }

    /// Several tools keep what takes a migration back in the same file, below a comment.
    fn note_migration_marks(&mut self) {
        for comment in &self.lexer.comments {
            if let Some(undoing) = migration_mark(&self.source.text[comment.clone()]) {
                self.undoing = undoing;
            }
        }
    }
}

/// Whether psql connects to the database again that it is connected to: none, or `-`, stands in the place of a name.
fn is_same_database(command: &str) -> bool {
    command.split_whitespace().nth(1).is_none_or(|name| name == "-")
}

/// Whether a comment begins the part of a migration that takes it back (dbmate, goose, sql-migrate, shmig,
/// node-pg-migrate, MyBatis, tern), or the part that applies it; none where it is a plain comment.
fn migration_mark(comment: &str) -> Option<bool> {
    let text = comment.strip_prefix("--")?.to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().take(4).collect();
    match words.as_slice() {
        ["migrate:down" | "//@undo", ..]
        | ["//", "@undo", ..]
        | ["+goose" | "+migrate", "down", ..]
        | ["====", "down", "====", ..]
        | ["down", "migration", ..]
        | ["--", "create", "above", ..] => Some(true),
        ["migrate:up", ..]
        | ["+goose" | "+migrate", "up", ..]
        | ["====", "up", "====", ..]
        | ["up", "migration", ..] => Some(false),
        _ => None,
    }
}

impl Iterator for Statements<'_> {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        loop {
            let statement = self.read()?;
            if !self.undoing {
                return Some(statement);
            }
        }
    }
}

/// How deep a statement's tokens are nested so far.
#[derive(Default)]
struct Nesting {
    parentheses: usize,
    /// How many of these are brackets, as long as they are closed in order.
    brackets: usize,
    /// `BEGIN ATOMIC`, and every `CASE` inside it, up to its `END`.
    blocks: usize,
    too_deep: Option<Range<usize>>,
}

impl Nesting {
    fn is_outside(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    /// Where a colon stands between the bounds of a slice.
    fn is_in_brackets(&self) -> bool {
        self.brackets > 0
    }

    fn see(&mut self, text: &str, token: &Token, before: &[Token], source: &str) {
        match text {
            "[" => self.brackets += 1,
            "]" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        match text {
            "(" | "[" => {
                self.parentheses += 1;
                if self.parentheses > MAX_DEPTH {
                    self.too_deep.get_or_insert(token.span.clone());
                }
            }
            ")" | "]" => self.parentheses = self.parentheses.saturating_sub(1),
            _ if token.kind != TokenKind::Word => {}
            _ if self.blocks == 0 => {
                let previous = before.last().map_or("", |token| &source[token.span.clone()]);
                let first = before.first().map_or("", |token| &source[token.span.clone()]);
                if text.eq_ignore_ascii_case("atomic")
                    && previous.eq_ignore_ascii_case("begin")
                    && first.eq_ignore_ascii_case("create")
                {
                    self.blocks = 1;
                }
            }
            _ if text.eq_ignore_ascii_case("case") => self.blocks += 1,
            _ if text.eq_ignore_ascii_case("end") => self.blocks -= 1,
            _ => {}
        }
    }
}

/// Not `SET …`, `CREATE DATABASE …` and the like, which `pg_dump -C` writes before it connects to the database.
fn shapes_this_database(statement: &Statement) -> bool {
    let mut words =
        statement.tokens.iter().map(|token| statement.source.text[token.span.clone()].to_ascii_lowercase());
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    matches!(first.as_str(), "create" | "alter" | "drop")
        && !matches!(second.as_str(), "database" | "role" | "user" | "tablespace")
}

/// `COPY t (a, b) FROM stdin …`, but not `COPY (query) TO …`.
pub(super) fn is_copy_from_stdin(statement: &Statement) -> bool {
    let words = |token: &Token| &statement.source.text[token.span.clone()];
    statement.tokens.first().is_some_and(|token| words(token).eq_ignore_ascii_case("copy"))
        && statement.tokens.windows(2).any(|pair| {
            words(&pair[0]).eq_ignore_ascii_case("from") && words(&pair[1]).eq_ignore_ascii_case("stdin")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (Vec<String>, Vec<&'static str>) {
        let source = Source::new("a.sql", text);
        let mut statements = Statements::new(&source, 0..text.len());
        let found = statements.by_ref().map(|statement| source.text[statement.span()].to_owned()).collect();
        (found, statements.problems.iter().map(|problem| problem.code.id).collect())
    }

    #[test]
    fn statements_end_where_psql_ends_them() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (";;", &[]),
            ("select 1; select 2", &["select 1", "select 2"]),
            ("select ';'; select $a$;$a$", &["select ';'", "select $a$;$a$"]),
            (
                "create rule r as on insert to t do (a; b); x",
                &["create rule r as on insert to t do (a; b)", "x"],
            ),
            (
                "create function f() returns int begin atomic select case when a then b end; end; next",
                &["create function f() returns int begin atomic select case when a then b end; end", "next"],
            ),
            ("begin; create table t (a int); end; x", &["begin", "create table t (a int)", "end", "x"]),
            ("copy t (a) from stdin;\n1;'\n\\.\nselect 1;", &["copy t (a) from stdin", "select 1"]),
            ("\\c other;\n\\restrict abc\nselect 1;", &["select 1"]),
            ("a \\; b\\;\nc", &["a", "b", "c"]),
            ("a;\n\\q\nb;", &["a"]),
            ("select 1 \\gset x\nselect 2;", &["select 1", "select 2"]),
            (
                "create table a (x int; create table b (y int); create table c (z int);",
                &["create table a (x int", "create table b (y int)", "create table c (z int)"],
            ),
            ("-- migrate:up\na;\n-- migrate:down\nb;", &["a"]),
            ("-- +goose Up\na;\n-- +goose Down\nb;\n-- +goose Up\nc;", &["a", "c"]),
            ("--+goose Up\na;\n--+goose Down\nb;", &["a"]),
            ("-- +migrate Up\na;\n-- +migrate Down\nb;", &["a"]),
            ("-- ==== UP ====\na;\n-- ==== DOWN ====\nb;", &["a"]),
            ("-- Up Migration\na;\n-- Down Migration\nb;", &["a"]),
            ("-- // Create.\na;\n-- //@UNDO\nb;", &["a"]),
            ("a;\n---- create above / drop below ----\nb;", &["a"]),
            ("\u{feff}select 1;", &["select 1"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text).0, *expected, "{text}");
        }
    }

    #[test]
    fn what_is_never_closed_is_told() {
        for (text, statements, codes) in [
            ("a; b 'c; d", vec!["a"], vec!["ORM0204"]),
            ("a (b; c; d 'e", vec!["a (b", "c"], vec!["ORM0204"]),
            ("/* a; b", vec![], vec!["ORM0204"]),
            ("\\i other.sql\na;", vec!["a"], vec!["ORM0205"]),
            ("\\if :x\na;\n\\endif", vec!["a"], vec!["ORM0212"]),
            ("select 'a' \\gexec\nb;", vec!["select 'a'", "b"], vec!["ORM0212"]),
            ("create database x; \\c x\na;", vec!["create database x", "a"], vec![]),
            ("create table a;\n\\c x\nb;", vec!["create table a", "b"], vec!["ORM0212"]),
            ("create table a;\n\\c\nb;\n\\c - me\nc;", vec!["create table a", "b", "c"], vec![]),
            ("a :n, :'n'; b c[1:n]", vec!["a :n, :'n'", "b c[1:n]"], vec!["ORM0212"]),
        ] {
            assert_eq!(split(text), (statements.iter().map(|s| (*s).to_owned()).collect(), codes), "{text}");
        }
    }
}
