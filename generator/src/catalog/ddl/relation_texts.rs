//! Texts that mean a relation: `nextval('orders_id_seq')`. One that is a `regclass` is looked up when the statement runs, so
//! that the expression depends on the relation and shows its present name. One that is `text` before it is a `regclass` is
//! looked up each time: nothing depends on it, and no rename changes it (case `sequences_named_by_text`).

/// Whether the text that is the token there is a `regclass`. `word` gives any token, and nothing outside of them.
pub(super) fn is_relation<'t>(at: usize, word: impl Fn(usize) -> &'t str) -> bool {
    let before = |at: usize, by: usize| at.checked_sub(by).map_or("", &word);
    let is_regclass = |at: usize| {
        let name = if word(at).eq_ignore_ascii_case("pg_catalog") { at + 2 } else { at };
        word(name).eq_ignore_ascii_case("regclass")
    };
    let (mut first, mut last) = (at, at);
    while before(first, 1) == "(" && word(last + 1) == ")" && !begins_call(before(first, 2)) {
        (first, last) = (first - 1, last + 1);
    }
    let is_argument = before(first, 1) == "(" && is_about_sequence(before(first, 2));
    match word(last + 1) {
        "::" => is_regclass(last + 2),
        next if next.eq_ignore_ascii_case("as") => is_regclass(last + 2),
        ")" | "," if is_argument => true,
        _ => before(at, 1).eq_ignore_ascii_case("regclass"),
    }
}

fn begins_call(word: &str) -> bool {
    word.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | '"' | '$'))
}

fn is_about_sequence(word: &str) -> bool {
    ["nextval", "currval", "setval"].iter().any(|name| word.trim_matches('"').eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::{super::expressions::words, *};

    #[test]
    fn a_text_is_a_relation_where_it_is_a_regclass() {
        for (text, expected) in [
            ("nextval('s')", true),
            ("pg_catalog.nextval('s'::regclass)", true),
            ("nextval(('s')::pg_catalog.regclass)", true),
            ("nextval((('s')))", true),
            ("setval('s', 1)", true),
            ("nextval(CAST('s' AS regclass))", true),
            ("regclass 's'", true),
            ("nextval('s'::text)", false),
            ("nextval('s'::text::regclass)", false),
            ("nextval(('s'::text)::regclass)", false),
            ("nextval('s' || '')", false),
            ("lower('s')", false),
            ("'s'", false),
        ] {
            let words = words(text);
            let at = words.iter().position(|word| word.text == "'s'").expect("the text");
            let word = |at: usize| words.get(at).map_or("", |word| word.text);
            assert_eq!(is_relation(at, word), expected, "{text}");
        }
    }
}
