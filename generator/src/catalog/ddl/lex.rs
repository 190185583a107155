//! PostgreSQL's lexical rules: text to tokens with byte offsets.
//!
//! It never fails: a quote or comment that is not closed becomes one token to the end of the text, with a kind of its
//! own. The lexer does not know what the tokens mean. Manual: "SQL Syntax", "Lexical Structure".

use std::ops::Range;

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A key word or an identifier without quotes.
    Word,
    /// `"…"` or `U&"…"`.
    Quoted,
    /// Any string constant: `'…'`, `E'…'`, `U&'…'`, `N'…'`, `B'…'`, `X'…'`, `$tag$…$tag$`.
    Text,
    /// A number.
    Number,
    /// `$1`.
    Parameter,
    /// One or more of `+-*/<>=~!@#%^&|?` and the back quote.
    Operator,
    /// One of `( ) [ ] , ; . :` or `::`, `:=`.
    Mark,
    /// A psql meta-command: from its backslash to the end of the line.
    Meta,
    /// A string, quoted identifier or comment that the text ends in.
    Unclosed,
    /// A character that PostgreSQL's lexer does not know.
    Other,
}

/// A token's kind and its bytes in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

/// Walks over a text; `at` may be moved to any character boundary.
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// The next byte to read.
    pub(super) at: usize,
    /// The comments passed since the last token: migration tools put their marks there.
    pub(super) comments: Vec<Range<usize>>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, comments: Vec::new() }
    }

    /// The next token, without the blanks and comments before it.
    pub(super) fn next(&mut self) -> Option<Token> {
        self.comments.clear();
        loop {
            self.at += count(self.rest(), |byte| byte.is_ascii_whitespace() || byte == 0x0b);
            let start = self.at;
            if self.rest().is_empty() {
                return None;
            } else if self.rest().starts_with(b"--") {
                // A lone carriage return ends a comment as well (`non_newline` in the server's lexer).
                self.at += count(self.rest(), |byte| !matches!(byte, b'\n' | b'\r'));
                self.comments.push(start..self.at);
            } else if self.rest().starts_with(b"/*") {
                if !self.block_comment() {
                    return Some(Token { kind: TokenKind::Unclosed, span: start..self.at });
                }
            } else {
                let kind = self.token();
                return Some(Token { kind, span: start..self.at });
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.rest().get(ahead).copied().unwrap_or_default()
    }

    /// Comments nest. False when the text ends before the comment does.
    fn block_comment(&mut self) -> bool {
        let mut depth = 0usize;
        loop {
            match self.rest() {
                [] => return false,
                [b'/', b'*', ..] => (depth, self.at) = (depth + 1, self.at + 2),
                [b'*', b'/', ..] => {
                    (depth, self.at) = (depth - 1, self.at + 2);
                    if depth == 0 {
                        return true;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// Reads one token. The text is not at its end, nor at a blank or comment.
    fn token(&mut self) -> TokenKind {
        match (self.peek(0), self.peek(1), self.peek(2)) {
            (b'\'', _, _) => self.quoted(1, b'\'', false, TokenKind::Text),
            (b'e' | b'E', b'\'', _) => self.quoted(2, b'\'', true, TokenKind::Text),
            (b'b' | b'B' | b'x' | b'X' | b'n' | b'N', b'\'', _) => {
                self.quoted(2, b'\'', false, TokenKind::Text)
            }
            (b'u' | b'U', b'&', b'\'') => self.quoted(3, b'\'', false, TokenKind::Text),
            (b'u' | b'U', b'&', b'"') => self.quoted(3, b'"', false, TokenKind::Quoted),
            (b'"', _, _) => self.quoted(1, b'"', false, TokenKind::Quoted),
            (b'$', _, _) => self.dollar(),
            // psql ends a statement here as well, and sends it with the next one.
            (b'\\', b';', _) => self.take(2, TokenKind::Mark),
            (b'\\', _, _) => {
                self.at += count(self.rest(), |byte| byte != b'\n');
                TokenKind::Meta
            }
            (b':', b':' | b'=', _) => self.take(2, TokenKind::Mark),
            (b'.', b'0'..=b'9', _) | (b'0'..=b'9', _, _) => self.number(),
            (b'(' | b')' | b'[' | b']' | b',' | b';' | b'.' | b':', _, _) => self.take(1, TokenKind::Mark),
            (byte, _, _) if is_word_start(byte) => {
                self.at += count(self.rest(), is_word_part);
                TokenKind::Word
            }
            (byte, _, _) if is_operator(byte) => self.operator(),
            _ => {
                self.at += 1;
                while !self.text.is_char_boundary(self.at) {
                    self.at += 1;
                }
                TokenKind::Other
            }
        }
    }

    fn take(&mut self, bytes: usize, kind: TokenKind) -> TokenKind {
        self.at += bytes;
        kind
    }

    /// A quote is written inside by doubling it, and in `E'…'` also with a backslash.
    fn quoted(&mut self, opening: usize, quote: u8, backslashes: bool, kind: TokenKind) -> TokenKind {
        self.at += opening;
        loop {
            match self.rest() {
                [] => return TokenKind::Unclosed,
                [b'\\', _, ..] if backslashes => self.at += 2,
                [first, second, ..] if *first == quote && *second == quote => self.at += 2,
                [first, ..] if *first == quote => return self.take(1, kind),
                _ => self.at += 1,
            }
        }
    }

    /// `$tag$…$tag$` or `$1`.
    fn dollar(&mut self) -> TokenKind {
        let digits = count(&self.rest()[1..], |byte| byte.is_ascii_digit());
        if digits > 0 {
            return self.take(1 + digits, TokenKind::Parameter);
        }
        let tag = count(&self.rest()[1..], |byte| is_word_part(byte) && byte != b'$');
        if self.peek(1 + tag) != b'$' {
            return self.take(1, TokenKind::Other);
        }
        let delimiter = &self.text[self.at..self.at + tag + 2];
        let body = self.at + delimiter.len();
        match self.text[body..].find(delimiter) {
            Some(length) => {
                self.at = body + length + delimiter.len();
                TokenKind::Text
            }
            None => {
                self.at = self.text.len();
                TokenKind::Unclosed
            }
        }
    }

    fn number(&mut self) -> TokenKind {
        self.at += count(self.rest(), |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if self.peek(0) == b'.' && self.peek(1) != b'.' {
            self.at += 1 + count(&self.rest()[1..], |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        }
        let last = self.text.as_bytes().get(self.at - 1).copied().unwrap_or_default();
        if matches!(last, b'e' | b'E') && matches!(self.peek(0), b'+' | b'-') && self.peek(1).is_ascii_digit()
        {
            self.at += 1 + count(&self.rest()[1..], |byte| byte.is_ascii_digit() || byte == b'_');
        }
        TokenKind::Number
    }

    /// As long as can be, but a comment's start ends it; `+` and `-` may be last only after certain others.
    fn operator(&mut self) -> TokenKind {
        let mut length = count(self.rest(), is_operator);
        let run = &self.rest()[..length];
        if let Some(comment) = run.windows(2).position(|pair| pair == b"--" || pair == b"/*") {
            length = comment.max(1);
        }
        let special = run[..length].iter().any(|byte| b"~!@#%^&|`?".contains(byte));
        while length > 1 && !special && matches!(run[length - 1], b'+' | b'-') {
            length -= 1;
        }
        self.take(length, TokenKind::Operator)
    }
}

fn count(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !belongs(*byte)).unwrap_or(bytes.len())
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|?`".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
        let mut lexer = Lexer::new(text, 0);
        std::iter::from_fn(|| lexer.next()).map(|token| (token.kind, &text[token.span])).collect()
    }

    #[test]
    fn every_lexical_form_is_one_token() {
        use TokenKind::*;
        let cases: &[(&str, &[(TokenKind, &str)])] = &[
            ("a$1 ü_9", &[(Word, "a$1"), (Word, "ü_9")]),
            (r#""a""b" U&"d\0061t""#, &[(Quoted, r#""a""b""#), (Quoted, r#"U&"d\0061t""#)]),
            (
                r"'it''s' E'a\'b' N'x' B'01'",
                &[(Text, "'it''s'"), (Text, r"E'a\'b'"), (Text, "N'x'"), (Text, "B'01'")],
            ),
            ("$$a;b$$ $x$ $$ $x$ $1", &[(Text, "$$a;b$$"), (Text, "$x$ $$ $x$"), (Parameter, "$1")]),
            ("/* a /* b */ c */ 1 -- x\n2", &[(Number, "1"), (Number, "2")]),
            ("1 -- x\r2 -- y\r\n3", &[(Number, "1"), (Number, "2"), (Number, "3")]),
            (
                "1.5e-3 .5 10 0x1F 1_000",
                &[(Number, "1.5e-3"), (Number, ".5"), (Number, "10"), (Number, "0x1F"), (Number, "1_000")],
            ),
            ("a::b[1]", &[(Word, "a"), (Mark, "::"), (Word, "b"), (Mark, "["), (Number, "1"), (Mark, "]")]),
            (
                "a=-1 @- <->--x",
                &[
                    (Word, "a"),
                    (Operator, "="),
                    (Operator, "-"),
                    (Number, "1"),
                    (Operator, "@-"),
                    (Operator, "<->"),
                ],
            ),
            ("\\c db;\nx", &[(Meta, "\\c db;"), (Word, "x")]),
            ("x 'open", &[(Word, "x"), (Unclosed, "'open")]),
            ("/* open", &[(Unclosed, "/* open")]),
            ("$a$ open", &[(Unclosed, "$a$ open")]),
            ("{ $ }", &[(Other, "{"), (Other, "$"), (Other, "}")]),
        ];
        for (text, expected) in cases {
            assert_eq!(tokens(text), *expected, "{text}");
        }
    }
}
