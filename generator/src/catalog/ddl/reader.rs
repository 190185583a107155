//! A cursor over one statement's tokens, which the readers of all constructs use.
//!
//! It reads names, strings and expressions, and does not know what they refer to.

use std::ops::Range;

use super::{
    identifiers::clip,
    lex::{Token, TokenKind},
    literals::{decode_unicode, string_value, unquote},
    split::{Expression, Statement, found},
};
use crate::{
    catalog::identifiers::{in_quotes, is_reserved, stored},
    diagnostics::{Code, Diagnostic, Place, UNREADABLE_STATEMENT},
};

/// The result of reading or applying a statement, or its diagnostic.
pub(super) type Outcome<T = ()> = Result<T, Box<Diagnostic>>;

/// A name as PostgreSQL stores it, and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Ident {
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

/// A name of one to three parts.
#[derive(Clone, Debug)]
pub(super) struct ObjectName {
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

/// The cursor.
#[derive(Clone)]
pub(super) struct Reader<'s> {
    pub(super) statement: &'s Statement,
    at: usize,
    end: usize,
}

impl<'s> Reader<'s> {
    pub(super) fn new(statement: &'s Statement) -> Self {
        Self { statement, at: 0, end: statement.tokens.len() }
    }

    /// A cursor over an expression's tokens.
    pub(super) fn over(statement: &'s Statement, expression: &Expression) -> Self {
        Self { statement, at: expression.tokens.start, end: expression.tokens.end }
    }

    /// Likewise, over an expression of the same statement.
    pub(super) fn within(&self, expression: &Expression) -> Self {
        Self::over(self.statement, expression)
    }

    /// A cursor from here on; [`end_before`](Self::end_before) says where it ends.
    pub(super) fn element(&self) -> Self {
        self.clone()
    }

    /// Ends it before the token where the other cursor is.
    pub(super) fn end_before(&mut self, other: &Self) {
        self.end = other.at;
    }

    /// The index of the next token.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.end
    }

    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.end);
    }

    fn token(&self, ahead: usize) -> Option<&'s Token> {
        if self.at + ahead < self.end { self.statement.tokens.get(self.at + ahead) } else { None }
    }

    pub(super) fn kind(&self, ahead: usize) -> Option<TokenKind> {
        self.token(ahead).map(|token| token.kind)
    }

    /// The text of a token from here; empty past the end.
    pub(super) fn peek(&self, ahead: usize) -> &'s str {
        self.token(ahead).map_or("", |token| &self.statement.source.text[token.span.clone()])
    }

    /// The next token's bytes; past the end, those of the last.
    pub(super) fn span(&self) -> Range<usize> {
        let last = self.end.saturating_sub(1);
        self.statement.tokens.get(self.at.min(last)).map_or(0..0, |token| token.span.clone())
    }

    /// The bytes from the token at index `start` to the last one read.
    pub(super) fn span_from(&self, start: usize) -> Range<usize> {
        let first = self.statement.tokens.get(start).map_or(0, |token| token.span.start);
        let last = self.statement.tokens.get(self.at.saturating_sub(1)).map_or(first, |token| token.span.end);
        first..last.max(first)
    }

    pub(super) fn place(&self, span: Range<usize>) -> Place {
        self.statement.place(span)
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.is_at(0, word)
    }

    fn is_at(&self, ahead: usize, word: &str) -> bool {
        self.peek(ahead).eq_ignore_ascii_case(word)
    }

    /// Whether these words or marks come next; given with a blank between them.
    pub(super) fn sees(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(ahead, word)| self.is_at(ahead, word))
    }

    /// Reads these words, all or none.
    pub(super) fn accept(&mut self, words: &str) -> bool {
        let seen = self.sees(words);
        if seen {
            self.at += words.split(' ').count();
        }
        seen
    }

    pub(super) fn expect(&mut self, words: &str) -> Outcome {
        if self.accept(words) { Ok(()) } else { Err(self.expected(&format!("`{}`", words.to_uppercase()))) }
    }

    /// The error that something else is expected here.
    pub(super) fn expected(&self, what: &str) -> Box<Diagnostic> {
        let found = if self.is_end() { "the statement ends".to_owned() } else { found(self.peek(0)) };
        self.statement.expected(what, &found, self.span())
    }

    /// An error at a place of this statement.
    pub(super) fn error(&self, code: Code, message: impl Into<String>, span: Range<usize>) -> Diagnostic {
        self.statement.error(code, message, span)
    }

    /// Nothing may be left of the statement.
    pub(super) fn finish(&self) -> Outcome {
        if self.is_end() { Ok(()) } else { Err(self.expected("the end of the statement")) }
    }

    /// Moves to the end: the rest of the statement does not affect the catalog.
    pub(super) fn skip_rest(&mut self) {
        self.at = self.end;
    }

    /// All tokens from here to the end.
    pub(super) fn rest(&mut self) -> Expression {
        let start = self.at;
        self.skip_rest();
        Expression { tokens: start..self.at, span: self.span_from(start) }
    }

    /// Reads the rest of the statement, which does not matter where the object is not there (`IF EXISTS`, a handler in
    /// a `DO` block): the error is told by who finds the object.
    pub(super) fn deferred<T>(&mut self, read: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let part = read(self).and_then(|part| self.finish().map(|()| part));
        self.skip_rest();
        part
    }

    /// Whether a name can be read here.
    pub(super) fn is_ident(&self) -> bool {
        match self.kind(0) {
            Some(TokenKind::Quoted) => true,
            Some(TokenKind::Word) => !is_reserved(self.peek(0)),
            _ => false,
        }
    }

    /// A name: folded to lower case unless quoted, and cut to 63 bytes.
    pub(super) fn ident(&mut self) -> Outcome<Ident> {
        let word = self.peek(0);
        if !self.is_ident() && self.kind(0) == Some(TokenKind::Word) {
            let quoted = in_quotes(&word.to_ascii_lowercase());
            let message = format!("expected a name, found `{word}`, a reserved word of SQL");
            let help =
                format!("if it is a name, write it in quotes: `{quoted}`; otherwise mend the statement");
            return Err(Box::new(self.error(UNREADABLE_STATEMENT, message, self.span()).help(help)));
        }
        if !self.is_ident() {
            return Err(self.expected("a name"));
        }
        self.label()
    }

    /// A name where reserved words are names too (after `AS`, after a dot).
    pub(super) fn label(&mut self) -> Outcome<Ident> {
        let span = self.span();
        let text = self.peek(0);
        let name = match self.kind(0) {
            Some(TokenKind::Word) => text.to_ascii_lowercase(),
            Some(TokenKind::Quoted) if text.starts_with('"') => stored(text),
            Some(TokenKind::Quoted) => decode_unicode(&unquote(&text[2..], '"'), self.escape_character()),
            _ => return Err(self.expected("a name")),
        };
        if name.is_empty() {
            return Err(self.expected("a name that is not empty"));
        }
        self.advance();
        if self.is("uescape") && self.kind(1) == Some(TokenKind::Text) {
            self.at += 2;
        }
        Ok(Ident { name: clip(&name).to_owned(), span })
    }

    /// The character that `UESCAPE` gives for the token here.
    fn escape_character(&self) -> char {
        let given = self.is_at(1, "uescape").then(|| self.peek(2).trim_matches('\'').chars().next());
        given.flatten().unwrap_or('\\')
    }

    /// `name`, `schema.name` or `database.schema.name`.
    pub(super) fn object_name(&mut self) -> Outcome<ObjectName> {
        let start = self.at;
        let mut parts = vec![self.ident()?.name];
        while self.accept(".") {
            parts.push(self.label()?.name);
        }
        let span = self.span_from(start);
        let (name, schema) = (parts.pop().unwrap_or_default(), parts.pop());
        Ok(ObjectName { schema, name, span })
    }

    /// One or more, with commas between.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Outcome<T>) -> Outcome<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.accept(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `(a, b)`.
    pub(super) fn ident_list(&mut self) -> Outcome<Vec<Ident>> {
        self.expect("(")?;
        let idents = self.list(Self::ident)?;
        self.expect(")")?;
        Ok(idents)
    }

    /// A string constant's value; constants on lines of their own are one.
    pub(super) fn string(&mut self) -> Outcome<String> {
        if self.kind(0) != Some(TokenKind::Text) {
            return Err(self.expected("a string"));
        }
        let mut value = string_value(self.peek(0), self.escape_character());
        let mut end = self.span().end;
        self.advance();
        while self.kind(0) == Some(TokenKind::Text)
            && self.statement.source.text[end..self.span().start].contains('\n')
        {
            value.push_str(&string_value(self.peek(0), '\\'));
            end = self.span().end;
            self.advance();
        }
        if self.accept("uescape") {
            self.advance();
        }
        Ok(value)
    }

    /// `( … )`, with what is inside.
    pub(super) fn parenthesized(&mut self) -> Outcome<Expression> {
        if !self.is("(") {
            return Err(self.expected("`(`"));
        }
        let opening = self.at;
        self.skip_group();
        let closing = self.at - 1;
        if self
            .statement
            .tokens
            .get(closing)
            .is_none_or(|token| closing == opening || !self.is_mark(token, ")"))
        {
            return Err(self.expected("`)`"));
        }
        let first = self.statement.tokens.get(opening).map_or(0, |token| token.span.end);
        let last = self.statement.tokens.get(closing).map_or(first, |token| token.span.start);
        Ok(Expression { tokens: opening + 1..closing, span: first..last })
    }

    fn is_mark(&self, token: &Token, mark: &str) -> bool {
        &self.statement.source.text[token.span.clone()] == mark
    }

    /// Passes one token, or all from an opening parenthesis or bracket to its closing one.
    pub(super) fn skip_group(&mut self) {
        let mut depth = 0usize;
        loop {
            match self.peek(0) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "" => return,
                _ => {}
            }
            self.advance();
            if depth == 0 || self.is_end() {
                return;
            }
        }
    }

    /// An expression up to a comma or closing parenthesis outside of it, or the end.
    pub(super) fn expression(&mut self) -> Outcome<Expression> {
        self.expression_until(|_| false)
    }

    /// An expression up to a token at which `stop` holds.
    pub(super) fn expression_until(&mut self, stop: impl Fn(&Self) -> bool) -> Outcome<Expression> {
        let start = self.at;
        while !self.is_end() && !matches!(self.peek(0), "," | ")" | "]") && !stop(self) {
            self.skip_group();
        }
        if self.at == start {
            return Err(self.expected("an expression"));
        }
        Ok(Expression { tokens: start..self.at, span: self.span_from(start) })
    }

    /// A column's `DEFAULT`: it ends where the column's next constraint begins.
    ///
    /// Manual, CREATE TABLE: the grammar restricts it so that those words need parentheses inside it.
    pub(super) fn default_expression(&mut self) -> Outcome<Expression> {
        let start = self.at;
        let mut cases = 0usize;
        let mut operand_due = true;
        while !self.is_end() && !matches!(self.peek(0), "," | ")" | "]") {
            let word = self.peek(0);
            if word.eq_ignore_ascii_case("case") {
                cases += 1;
            } else if word.eq_ignore_ascii_case("end") {
                cases = cases.saturating_sub(1);
            } else if cases == 0
                && !operand_due
                && self.kind(0) == Some(TokenKind::Word)
                && ends_default(word)
            {
                break;
            }
            operand_due = self.kind(0) == Some(TokenKind::Operator);
            self.skip_group();
        }
        if self.at == start {
            return Err(self.expected("an expression"));
        }
        Ok(Expression { tokens: start..self.at, span: self.span_from(start) })
    }

    pub(super) fn text(&self, expression: &Expression) -> String {
        self.statement.text(expression)
    }
}

/// The words that begin what may follow a column's default.
fn ends_default(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "constraint",
        "not",
        "null",
        "check",
        "unique",
        "primary",
        "references",
        "generated",
        "collate",
        "default",
        "deferrable",
        "initially",
        "compression",
        "using",
    ];
    WORDS.iter().any(|candidate| word.eq_ignore_ascii_case(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalog::ddl::split::Statements, diagnostics::Source};

    fn with_reader<T>(text: &str, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let source = Source::new("a.sql", text);
        let statement = Statements::new(&source, 0..text.len()).next().expect("a statement");
        read(&mut Reader::new(&statement))
    }

    #[test]
    fn names_are_folded_unquoted_and_cut() {
        let long = "é".repeat(40);
        for (text, expected) in [
            ("Customers", "customers"),
            (r#""Customers""#, "Customers"),
            (r#""a ""b"" c""#, r#"a "b" c"#),
            (r#"U&"d\0061t\+000061""#, "data"),
            (r#"U&"d!0061ta" UESCAPE '!'"#, "data"),
            ("ÄRZTE", "Ärzte".replace('ä', "Ä").as_str()),
            (long.as_str(), &"é".repeat(31)),
        ] {
            assert_eq!(with_reader(text, |reader| reader.ident().expect("a name").name), expected, "{text}");
        }
    }

    #[test]
    fn strings_have_their_value() {
        for (text, expected) in [
            ("'it''s'", "it's"),
            (r"E'a\tb\'c\x41\101\u00e9'", "a\tb'cAAé"),
            (r"U&'\0441\+01F600'", "с😀"),
            ("$x$a'b$x$", "a'b"),
            ("N'x'", "x"),
            ("'a'\n  'b'", "ab"),
            (r"'a\n'", r"a\n"),
        ] {
            assert_eq!(with_reader(text, |reader| reader.string().expect("a string")), expected, "{text}");
        }
    }

    #[test]
    fn a_default_ends_where_the_next_constraint_begins() {
        for (text, expected) in [
            ("0 NOT NULL", "0"),
            ("NULL", "NULL"),
            ("NULL::text NULL", "NULL::text"),
            ("1 + NULL NOT NULL", "1 + NULL"),
            ("(a IS NOT NULL) CHECK (a)", "(a IS NOT NULL)"),
            ("CASE WHEN x IS NULL THEN 1 END UNIQUE", "CASE WHEN x IS NULL THEN 1 END"),
            ("'x'::varchar(10) COLLATE \"C\"", "'x'::varchar(10)"),
            ("now() AT TIME ZONE 'utc', b int", "now() AT TIME ZONE 'utc'"),
            ("ARRAY[1, 2]::int[] PRIMARY KEY", "ARRAY[1, 2]::int[]"),
        ] {
            let read = |reader: &mut Reader<'_>| {
                let expression = reader.default_expression().expect("an expression");
                reader.text(&expression)
            };
            assert_eq!(with_reader(text, read), expected, "{text}");
        }
    }
}
