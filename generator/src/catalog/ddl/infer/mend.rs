//! Rewrites tokens of PostgreSQL's grammar that sqlparser does not read into ones that it does and that mean the
//! same for the names and types of columns. The server itself prints views in some of these forms.

use sqlparser::{
    dialect::PostgreSqlDialect,
    tokenizer::{Token, TokenWithSpan, Tokenizer},
};

use super::{
    json_calls::as_plain_calls,
    mend_calls,
    tokens::{any, any_mark, is, is_mark},
};

/// The field that stands for all fields.
pub(super) const STAR: &str = "*";
/// The function that `ROWS FROM (f(), g())` is read as a call of.
pub(super) const ROWS_FROM: &str = "rows from";
/// The name under which a call gives the list that is written behind `VARIADIC`.
pub(super) const VARIADIC: &str = "variadic list";
/// The function that `ROLLUP`, `CUBE` and `GROUPING SETS` are read as calls of.
const GROUPING: &str = "grouping sets";
/// What stands before the alias of `USING (a) AS alias` where it is read as a last column of the list.
pub(super) const USING_ALIAS: &str = "alias of using ";

/// The tokens as sqlparser should see them.
pub(super) fn mended(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let significant: Vec<TokenWithSpan> = whole_operators(tokens)
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .collect();
    let significant = as_plain_calls(&significant);
    let mut kept: Vec<TokenWithSpan> = Vec::with_capacity(significant.len());
    let mut at = 0;
    while let Some(token) = significant.get(at) {
        let skipped = superfluous(&significant, at);
        if skipped > 0 {
            at += skipped;
            continue;
        }
        if is(&significant, at, "as") && closes_using(&kept) {
            name_using(&mut kept, significant.get(at + 1));
            at += 2;
            continue;
        }
        if let Some(tokens) = mend_calls::serialized(&significant, at) {
            kept.extend(tokens.map(|other| TokenWithSpan { token: other, ..token.clone() }));
            at += 1;
            continue;
        }
        if let Some((call, length)) = mend_calls::declared(&significant, at)
            && let Some(start) = primary(&kept, kept.len())
        {
            kept.truncate(start);
            kept.extend(call.into_iter().map(|other| TokenWithSpan { token: other, ..token.clone() }));
            at += length;
            continue;
        }
        // `x::type COLLATE "name"`, which sqlparser reads behind other expressions alone
        if is(&significant, at, "collate")
            && let Some(cast) = cast_at_end(&kept)
        {
            kept.insert(cast, TokenWithSpan { token: Token::LParen, ..token.clone() });
            kept.push(TokenWithSpan { token: Token::RParen, ..token.clone() });
        }
        let (other, words) = in_other_words(&significant, at).unwrap_or_else(|| (token.token.clone(), 1));
        let mut token = TokenWithSpan { token: other, ..token.clone() };
        at += words;
        if is(std::slice::from_ref(&token), 0, "variadic") {
            kept.push(TokenWithSpan { token: Token::make_word(VARIADIC, Some('"')), ..token });
            token.token = Token::RArrow;
        }
        kept.push(token);
    }
    kept
}

/// The token that stands for the words that begin there, and how many they are.
fn in_other_words(tokens: &[TokenWithSpan], at: usize) -> Option<(Token, usize)> {
    let quoted = |name: &str| Token::make_word(name, Some('"'));
    if is_grouping(tokens, at) {
        return Some((quoted(GROUPING), if is(tokens, at, "grouping") { 2 } else { 1 }));
    }
    if is_empty_grouping(tokens, at) {
        return Some((Token::make_word("NULL", None), 2));
    }
    if is(tokens, at, "collation") && is(tokens, at + 1, "for") {
        return Some((Token::make_word("pg_collation_for", None), 2));
    }
    // `IS DOCUMENT` is a condition as good as any.
    let follows_is = |at: usize| at > 0 && is(tokens, at - 1, "is");
    if is(tokens, at, "document")
        && (follows_is(at) || (at > 0 && is(tokens, at - 1, "not") && follows_is(at - 1)))
    {
        return Some((Token::make_word("TRUE", None), 1));
    }
    if is_row_star(tokens, at) {
        return Some((quoted(STAR), 1));
    }
    if is(tokens, at, "rows") && is(tokens, at + 1, "from") {
        return Some((quoted(ROWS_FROM), 2));
    }
    mend_calls::in_other_words(tokens, at)
}

/// Cuts operators as the server does: `===` is one, where sqlparser finds `==` and `=`; `>=-` is two.
fn whole_operators(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut whole: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if !is_operator(&token.token) {
            whole.push(token);
            continue;
        }
        let mut text = token.token.to_string();
        while let Some(next) = tokens.next_if(|next| is_operator(&next.token)) {
            text.push_str(&next.token.to_string());
        }
        let operators =
            lexemes(&text).into_iter().map(|text| TokenWithSpan { token: operator(text), ..token });
        whole.extend(operators);
    }
    whole
}

/// Whether the token is made of the characters of operators.
fn is_operator(token: &Token) -> bool {
    let is_made_of =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| b"+-*/<>=~!@#%^&|`?".contains(&byte));
    match token {
        Token::Word(_) | Token::Whitespace(_) | Token::Placeholder(_) | Token::Number(..) => false,
        Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_) => false,
        Token::CustomBinaryOperator(text) => is_made_of(text),
        other => is_made_of(&other.to_string()),
    }
}

/// Manual: "Operators". An operator is as long as it can be; a sign at its end belongs to it only where it has one of some
/// characters before.
fn lexemes(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let signs_apart = rest.trim_end_matches(['+', '-']);
        let keeps_sign = signs_apart.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?']);
        // What is nothing but signs is cut into each of them.
        let length = match signs_apart.len() {
            _ if keeps_sign => rest.len(),
            0 => 1,
            length => length,
        };
        let (operator, after) = rest.split_at(length);
        found.push(operator);
        rest = after;
    }
    found
}

/// sqlparser's own token, or one of an operator that it does not know.
fn operator(text: &str) -> Token {
    let known = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize();
    match known.as_deref() {
        Ok([token]) if *token != Token::DoubleEq => token.clone(),
        _ => Token::CustomBinaryOperator(text.to_owned()),
    }
}

/// `(row).*`, and `t.*::type`: the star is a field of that name.
fn is_row_star(tokens: &[TokenWithSpan], at: usize) -> bool {
    let after_dot = at >= 2 && is_mark(tokens, at, &Token::Mul) && is_mark(tokens, at - 1, &Token::Period);
    after_dot && (is_mark(tokens, at - 2, &Token::RParen) || is_mark(tokens, at + 1, &Token::DoubleColon))
}

/// How many tokens from here say nothing of the columns.
fn superfluous(tokens: &[TokenWithSpan], at: usize) -> usize {
    let before = |words: &[&str]| at > 0 && any(tokens, at - 1, words);
    // `TRIM(BOTH FROM x)`
    if is(tokens, at, "from") && before(&["both", "leading", "trailing"]) {
        return 1;
    }
    // `FROM ONLY t`, but not `FETCH FIRST ROW ONLY`
    if is(tokens, at, "only") && !before(&["row", "rows"]) {
        return 1;
    }
    // `f(VARIADIC name => list)`
    if is(tokens, at, "variadic") && any_mark(tokens, at + 2, &[Token::RArrow, Token::Assignment]) {
        return 1;
    }
    // `BETWEEN SYMMETRIC a AND b`, `XMLELEMENT(NAME x)`
    if is(tokens, at, "symmetric") && before(&["between"]) {
        return 1;
    }
    if is(tokens, at, "name") && at >= 2 && any(tokens, at - 2, &["xmlelement", "xmlpi"]) {
        return 1;
    }
    // `GROUP BY DISTINCT a`
    if is(tokens, at, "distinct") && before(&["by"]) {
        return 1;
    }
    // A window frame's `EXCLUDE TIES`
    if is(tokens, at, "exclude") && any(tokens, at + 1, &["ties", "group"]) {
        return 2;
    }
    if is(tokens, at, "exclude") && any(tokens, at + 1, &["current", "no"]) {
        return 3;
    }
    // `FETCH FIRST (5) ROWS`
    let fetched =
        |at: usize| at >= 2 && is(tokens, at - 2, "fetch") && any(tokens, at - 1, &["first", "next"]);
    if is_mark(tokens, at, &Token::LParen) && fetched(at) {
        return 1;
    }
    if is_mark(tokens, at, &Token::RParen) && at >= 4 && fetched(at - 2) {
        return 1;
    }
    mend_calls::superfluous(tokens, at)
}

/// `ROLLUP (a, (b).c)`, `CUBE (…)` and `GROUPING SETS (…)` are read as calls: the elements of sqlparser's own are lists or
/// names, and none is within another.
fn is_grouping(tokens: &[TokenWithSpan], at: usize) -> bool {
    match is(tokens, at, "grouping") {
        true => is(tokens, at + 1, "sets"),
        false => any(tokens, at, &["rollup", "cube"]) && begins_group(tokens, at),
    }
}

/// Whether it is an item of `GROUP BY`, as far as the tokens before it tell: a function may be called `cube`.
fn begins_group(tokens: &[TokenWithSpan], at: usize) -> bool {
    let mut depth = 0usize;
    let mut before = (0..at).rev();
    let by = before.find(|&at| match &tokens[at].token {
        Token::RParen => {
            depth += 1;
            false
        }
        Token::LParen => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0 && any(tokens, at, &["by", "select", "from", "where", "having"]),
    });
    let follows =
        at > 0 && (is(tokens, at - 1, "by") || any_mark(tokens, at - 1, &[Token::Comma, Token::LParen]));
    follows && by.is_some_and(|by| by > 0 && is(tokens, by, "by") && is(tokens, by - 1, "group"))
}

/// `()` among groupings.
fn is_empty_grouping(tokens: &[TokenWithSpan], at: usize) -> bool {
    let is_empty = is_mark(tokens, at, &Token::LParen) && is_mark(tokens, at + 1, &Token::RParen);
    let begins = at > 0 && any_mark(tokens, at - 1, &[Token::Comma, Token::LParen]);
    is_empty && begins
}

/// `USING (a) AS alias`: the alias stands for a row of the list's columns.
fn name_using(kept: &mut Vec<TokenWithSpan>, alias: Option<&TokenWithSpan>) {
    let (Some(closing), Some(alias)) = (kept.pop(), alias) else { return };
    if let Token::Word(word) = &alias.token {
        let name = match word.quote_style {
            Some(_) => word.value.clone(),
            None => word.value.to_lowercase(),
        };
        kept.push(TokenWithSpan { token: Token::Comma, ..closing.clone() });
        let token = Token::make_word(&format!("{USING_ALIAS}{name}"), Some('"'));
        kept.push(TokenWithSpan { token, ..closing.clone() });
    }
    kept.push(closing);
}

/// Where a cast begins that has just ended: `x::character varying(3)[]`, `f(x)::a::b`.
fn cast_at_end(kept: &[TokenWithSpan]) -> Option<usize> {
    let mut at = kept.len();
    let mut is_cast = false;
    loop {
        at = primary(kept, at)?;
        let is_type = at > 0 && is_mark(kept, at - 1, &Token::DoubleColon);
        if !is_type {
            return is_cast.then_some(at);
        }
        is_cast = true;
        at -= 1;
    }
}

/// Where a name, a call, a literal or something in brackets begins that ends before that place.
fn primary(kept: &[TokenWithSpan], end: usize) -> Option<usize> {
    let mut at = end;
    while at > 0 && is_mark(kept, at - 1, &Token::RBracket) {
        at = opening(kept, at - 1)?;
    }
    let is_group = at > 0 && is_mark(kept, at - 1, &Token::RParen);
    if is_group {
        at = opening(kept, at - 1)?;
    }
    let word = |at: usize| at > 0 && matches!(kept[at - 1].token, Token::Word(_));
    if !word(at) || (is_group && any(kept, at - 1, &BEFORE_GROUPS)) {
        return if is_group { Some(at) } else { at.checked_sub(1) };
    }
    at -= if is(kept, at - 1, "varying") { 2 } else { 1 };
    while at > 0 && is_mark(kept, at - 1, &Token::Period) && word(at - 1) {
        at -= 2;
    }
    Some(at)
}

/// Words before a parenthesis that are no function.
const BEFORE_GROUPS: [&str; 20] = [
    "select", "distinct", "all", "and", "or", "not", "case", "when", "then", "else", "where", "having", "on",
    "by", "in", "like", "ilike", "between", "is", "from",
];

/// Where the bracket opens that is closed there.
fn opening(kept: &[TokenWithSpan], closing: usize) -> Option<usize> {
    let mut depth = 0usize;
    kept.get(..=closing)?.iter().rposition(|token| {
        match token.token {
            Token::RParen | Token::RBracket => depth += 1,
            Token::LParen | Token::LBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// `JOIN … USING (a, b) AS alias`: whether a list of `USING` has just been closed.
fn closes_using(kept: &[TokenWithSpan]) -> bool {
    let closing = kept.len().checked_sub(1).filter(|at| is_mark(kept, *at, &Token::RParen));
    let opening = closing.and_then(|at| opening(kept, at));
    opening.is_some_and(|at| at > 0 && is(kept, at - 1, "using"))
}
