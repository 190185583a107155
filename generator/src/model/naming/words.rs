//! Words in SQL names, and the cases they are written in.

use heck::ToSnakeCase;
use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::UnicodeNormalization;

/// Longer names of nothing but symbols are not spelled out.
const SPELLED_AT_MOST: usize = 4;

/// `customerId`, `Customer ID` → `customer_id`. Not empty; it may be a keyword or start with a digit.
pub(super) fn snake(sql: &str) -> String {
    if is_plain(sql) { sql.to_owned() } else { convert(sql) }
}

/// Whether it is what [`convert`] would make of it: most names are, and those are many.
pub(super) fn is_plain(sql: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    sql.split('_').all(is_word)
}

pub(super) fn convert(sql: &str) -> String {
    let separated = separate(&sql.nfkc().collect::<String>());
    let words: Vec<String> =
        separated.split([' ', '_']).filter(|piece| !piece.is_empty()).map(lower).collect();
    let snake = tidy(&words.join("_"));
    if snake.is_empty() { spell_out(sql) } else { snake }
}

/// As [`snake`], in ASCII: accents are dropped, other letters stand as separators.
pub(super) fn ascii_snake(sql: &str) -> String {
    let is_mark = |c: &char| !c.is_ascii() && is_xid_continue(*c) && !is_xid_start(*c);
    let ascii: String =
        snake(sql).nfkd().filter(|c| !is_mark(c)).map(|c| if c.is_ascii() { c } else { ' ' }).collect();
    if !ascii.contains(char::is_alphanumeric) { "unnamed".to_owned() } else { snake(&ascii) }
}

/// `customer_id` → `CustomerId`.
pub(super) fn camel(snake: &str) -> String {
    let capitalised = snake.split('_').map(|word| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    });
    let name = tidy(&capitalised.collect::<String>());
    // Not an underscore: a module may be called so, and types and modules share one namespace.
    if name.starts_with(is_xid_start) { name } else { format!("N{name}") }
}

/// Whether [`camel`] shows where each word starts: `item_1` and `item1` are both `Item1`, and the latter spells it.
pub(super) fn camel_keeps_words(snake: &str) -> bool {
    snake
        .split('_')
        .skip(1)
        .all(|word| word.starts_with(|first: char| first.to_uppercase().next() != Some(first)))
}

/// `customer_id` → `CUSTOMER_ID`.
pub(super) fn screaming(snake: &str) -> String {
    start(tidy(&snake.to_uppercase()))
}

/// Puts an underscore before what cannot start an identifier.
pub(super) fn start(name: String) -> String {
    if name.starts_with(|c| c == '_' || is_xid_start(c)) { name } else { format!("_{name}") }
}

/// A space for everything that no identifier can hold; symbols that carry meaning become words.
fn separate(text: &str) -> String {
    let text = text.trim();
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let is_sign = c == '-' && (at == 0 || at == last) && text.contains(char::is_alphanumeric);
        match symbol(c) {
            Some(word) if is_sign || "+#%&*<>=".contains(c) => out.extend([" ", word, " "]),
            _ => out.push(if is_kept(c) { c } else { ' ' }),
        }
    }
    out
}

/// What Rust takes and a reader sees: joiners, fillers and variation selectors are legal, and nobody could tell two
/// names apart by them.
fn is_kept(c: char) -> bool {
    let is_invisible = matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200c}'
            | '\u{200d}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}'
    );
    is_xid_continue(c) && !is_invisible
}

/// One piece in lower case, its words apart. heck would cut at what is no letter and no digit, such as the vowel
/// signs of Indic scripts; those scripts have no case to find words by.
fn lower(piece: &str) -> String {
    if piece.chars().all(char::is_alphanumeric) { piece.to_snake_case() } else { piece.to_lowercase() }
}

/// Changing case may leave NFKC, and what is legal.
fn tidy(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { name.nfkc().filter(|c| is_kept(*c)).collect() }
}

/// A name without a letter or a digit.
fn spell_out(sql: &str) -> String {
    match sql.chars().count() {
        0 => "empty".to_owned(),
        1..=SPELLED_AT_MOST => sql
            .chars()
            .map(|c| symbol(c).map_or_else(|| format!("u{:x}", u32::from(c)), str::to_owned))
            .collect::<Vec<_>>()
            .join("_"),
        _ => "unnamed".to_owned(),
    }
}

fn symbol(c: char) -> Option<&'static str> {
    Some(match c {
        ' ' => "space",
        '!' => "not",
        '"' => "double_quote",
        '#' => "hash",
        '$' => "dollar",
        '%' => "percent",
        '&' => "and",
        '\'' => "quote",
        '(' | ')' => "parenthesis",
        '*' => "star",
        '+' => "plus",
        ',' => "comma",
        '-' => "minus",
        '.' => "dot",
        '/' => "slash",
        ':' => "colon",
        ';' => "semicolon",
        '<' => "less",
        '=' => "equal",
        '>' => "greater",
        '?' => "question",
        '@' => "at",
        '[' | ']' => "bracket",
        '\\' => "backslash",
        '^' => "caret",
        '_' => "underscore",
        '`' => "backtick",
        '{' | '}' => "brace",
        '|' => "or",
        '~' => "tilde",
        _ => return None,
    })
}
