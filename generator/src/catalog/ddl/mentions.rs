//! What an expression or a query depends on besides tables and columns: functions, types and sequences, found by its
//! tokens.
//!
//! PostgreSQL knows the function after its analysis. Here a call depends on every function of that name and number of
//! arguments; if there are several, the dependency is recorded as uncertain.

use super::{
    identifiers::clip,
    lex::{Lexer, TokenKind},
    literals::{string_value, unquote},
    objects::{Address, Id, Strength},
    reader::ObjectName,
    relation_texts::is_relation,
    session::Session,
};
use crate::catalog::builtins;

/// A token's kind and text.
type Piece<'t> = (TokenKind, &'t str);

/// Notes what the text needs.
pub(super) fn record(session: &mut Session, dependent: &Address, text: &str) {
    let mut lexer = Lexer::new(text, 0);
    let tokens: Vec<Piece<'_>> =
        std::iter::from_fn(|| lexer.next()).map(|token| (token.kind, &text[token.span])).collect();
    let word = |at: usize| tokens.get(at).map_or("", |(_, text)| *text);
    let mut at = 0;
    while at < tokens.len() {
        let (name, next) = qualified(&tokens, at);
        match name {
            Some(name) => {
                named(session, dependent, &tokens, &name, at, next);
                at = next;
            }
            None => {
                match tokens.get(at) {
                    Some((TokenKind::Operator, operator)) => depend_on_operator(session, dependent, operator),
                    Some((TokenKind::Text, literal)) if is_relation(at, word) => {
                        depend_on_relation(session, dependent, literal);
                    }
                    _ => {}
                }
                at += 1;
            }
        }
    }
}

/// Finds the object that one name refers to, by the tokens before and after it.
fn named(
    session: &mut Session,
    dependent: &Address,
    tokens: &[Piece<'_>],
    name: &ObjectName,
    at: usize,
    next: usize,
) {
    let text = |at: usize| tokens.get(at).map_or("", |(_, text)| *text);
    let before = at.checked_sub(1).map_or("", text);
    if before == "::" || before.eq_ignore_ascii_case("as") {
        depend_on_type(session, dependent, name);
        depend_on_casts(session, dependent, name);
    } else if text(next) == "(" {
        depend_on_function(session, dependent, name, arguments(tokens, next));
    } else if tokens.get(next).is_some_and(|(kind, _)| *kind == TokenKind::Text) {
        depend_on_type(session, dependent, name);
    }
}

/// `name`, `schema.name`, and the token behind it.
fn qualified(tokens: &[Piece<'_>], at: usize) -> (Option<ObjectName>, usize) {
    let ident = |at: usize| match tokens.get(at) {
        Some((TokenKind::Word, word)) => Some(clip(&word.to_ascii_lowercase()).to_owned()),
        Some((TokenKind::Quoted, word)) if word.starts_with('"') => {
            Some(clip(&unquote(word, '"')).to_owned())
        }
        _ => None,
    };
    let Some(mut name) = ident(at) else { return (None, at + 1) };
    let (mut schema, mut next) = (None, at + 1);
    while tokens.get(next).is_some_and(|(_, text)| *text == ".")
        && let Some(part) = ident(next + 1)
    {
        schema = Some(std::mem::replace(&mut name, part));
        next += 2;
    }
    (Some(ObjectName { schema, name, span: 0..0 }), next)
}

/// How many arguments stand between the parentheses that open there.
fn arguments(tokens: &[Piece<'_>], open: usize) -> usize {
    let (mut depth, mut commas) = (0usize, 0);
    for (at, (_, text)) in tokens.iter().enumerate().skip(open) {
        match *text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "," if depth == 1 => commas += 1,
            _ => {}
        }
        if depth == 0 {
            return if at == open + 1 { 0 } else { commas + 1 };
        }
    }
    commas + 1
}

fn depend_on_type(session: &mut Session, dependent: &Address, name: &ObjectName) {
    if let Some(id) = session.find_type(name).and_then(|name| session.objects.user_type(&name)) {
        add(session, dependent, id);
    }
}

/// A relation that a literal names: `nextval('app.orders_id_seq'::regclass)`.
fn depend_on_relation(session: &mut Session, dependent: &Address, literal: &str) {
    let value = string_value(literal, '\\');
    let mut lexer = Lexer::new(&value, 0);
    let tokens: Vec<Piece<'_>> =
        std::iter::from_fn(|| lexer.next()).map(|token| (token.kind, &value[token.span])).collect();
    let (Some(name), _) = qualified(&tokens, 0) else { return };
    if let Some(id) = session.find_relation(&name).and_then(|name| session.objects.relation(&name)) {
        add(session, dependent, id);
    }
}

/// Records the function of that name that takes so many arguments; if there are several, that it is one of them.
pub(super) fn depend_on_function(
    session: &mut Session,
    dependent: &Address,
    name: &ObjectName,
    count: usize,
) {
    let called: Vec<Id> = session.functions_called(name, count).map(|function| function.id).collect();
    depend_on_one_of(session, dependent, &called, true);
}

/// Records what depends on one of these objects: surely, if there is only one and nothing else can be meant.
fn depend_on_one_of(session: &mut Session, dependent: &Address, meant: &[Id], no_other: bool) {
    match meant {
        [only] if no_other => add(session, dependent, *only),
        several => several.iter().for_each(|id| session.objects.may_depend(dependent.clone(), *id, None)),
    }
}

/// Whether an operator of the server has the name as well, the operands decide: they are not known here.
fn depend_on_operator(session: &mut Session, dependent: &Address, name: &str) {
    let Some(operators) = session.operators.get(name) else { return };
    let called: Vec<Id> = operators.iter().map(|operator| operator.id).collect();
    depend_on_one_of(session, dependent, &called, builtins::operators(name).next().is_none());
}

/// The casts to the type that stands there, of which the operand decides.
fn depend_on_casts(session: &mut Session, dependent: &Address, ty: &ObjectName) {
    let Some(target) = session.find_type(ty).filter(|_| !session.casts.is_empty()) else { return };
    let casts: Vec<Id> =
        session.casts.iter().filter(|cast| cast.target.name == target).map(|cast| cast.id).collect();
    for cast in casts.into_iter().filter(|cast| *cast != dependent.id) {
        session.objects.may_depend(dependent.clone(), cast, None);
    }
}

fn add(session: &mut Session, dependent: &Address, on: Id) {
    if dependent.id != on {
        session.objects.depend(dependent.clone(), on, None, Strength::Normal);
    }
}
