//! No input makes the interpreter panic, overflow its stack or take long.

use proptest::prelude::*;

use super::{super::lex::Lexer, load, problems};

const EVERYTHING: &str = include_str!("everything.sql");
const VIEWS: &str = include_str!("views.sql");

/// What may be done to a list of words.
#[derive(Clone, Debug)]
enum Change {
    Delete(usize),
    Duplicate(usize),
    Swap(usize, usize),
    Replace(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<usize>();
    prop_oneof![
        at.prop_map(Change::Delete),
        at.prop_map(Change::Duplicate),
        (at, at).prop_map(|(a, b)| Change::Swap(a, b)),
        (at, at).prop_map(|(a, b)| Change::Replace(a, b)),
    ]
}

/// The text's words, changed and put together again.
fn mutated(text: &str, start: usize, changes: &[Change]) -> String {
    let mut lexer = Lexer::new(text, 0);
    let words: Vec<&str> = std::iter::from_fn(|| lexer.next()).map(|token| &text[token.span]).collect();
    let start = start % words.len();
    let mut words: Vec<&str> = words[start..].iter().take(400).copied().collect();
    for change in changes {
        let length = words.len().max(1);
        match change {
            Change::Delete(at) if !words.is_empty() => drop(words.remove(at % length)),
            Change::Duplicate(at) if !words.is_empty() => words.insert(at % length, words[at % length]),
            Change::Swap(a, b) if !words.is_empty() => words.swap(a % length, b % length),
            Change::Replace(a, b) if !words.is_empty() => words[a % length] = words[b % length],
            _ => {}
        }
    }
    words.join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text(text in any::<String>()) {
        load(&[&text]);
    }

    #[test]
    fn any_text_of_the_characters_that_matter(text in "[a-c0-9 '\"$;.,()*/\\\\:\\[\\]\n%=<>-]{0,200}") {
        load(&[&text, &format!("CREATE TABLE {text}"), &format!("CREATE VIEW v AS SELECT {text}")]);
    }

    #[test]
    fn changed_schemas(start in any::<usize>(), views in any::<bool>(), changes in prop::collection::vec(change(), 0..12)) {
        let text = if views { VIEWS } else { EVERYTHING };
        load(&[&mutated(text, start, &changes)]);
    }

    #[test]
    fn a_schema_cut_anywhere(at in any::<usize>()) {
        let mut at = at % EVERYTHING.len();
        while !EVERYTHING.is_char_boundary(at) {
            at -= 1;
        }
        load(&[&EVERYTHING[..at]]);
    }
}

#[test]
fn what_is_deep_or_long_is_told_or_read() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let shapes = "CREATE TABLE t (a int); ";
    let blocks = |times: usize| {
        (0..times).fold(shapes.to_owned(), |inner, at| {
            format!("DO $a{at}$ BEGIN EXECUTE $b{at}${inner}$b{at}$; END $a{at}$;")
        })
    };
    let cases: &[(String, &str)] = &[
        (format!("CREATE TABLE t (a int CHECK ({}));", nested("(", "a", ")", 100_000)), "ORM0203"),
        (format!("CREATE VIEW v AS SELECT {};", nested("(", "1", ")", 100_000)), "ORM0203"),
        (format!("CREATE VIEW v AS SELECT {};", nested("(", "1", ")", 1_500)), "ORM0203"),
        (format!("CREATE VIEW v AS SELECT {} AS a;", vec!["1"; 100_000].join("+")), "ORM0203"),
        (format!("CREATE VIEW v AS SELECT {} AS a;", vec!["1"; 20_000].join("+")), ""),
        (format!("CREATE VIEW v AS SELECT 1{} AS a;", "::int".repeat(10_000)), ""),
        (format!("CREATE VIEW v AS {};", vec!["SELECT 1 AS a"; 5_000].join(" UNION ")), ""),
        (format!("CREATE TABLE t (a int); CREATE INDEX ON t (({}));", vec!["a"; 20_000].join("+")), ""),
        (format!("CREATE VIEW v AS SELECT {}1 AS a;", "- ".repeat(20_000)), "ORM0203"),
        (nested("/*", "x", "*/", 100_000), ""),
        ("/*".repeat(100_000), "ORM0204"),
        (format!("{}1", "SELECT (".repeat(5_000)), ""),
        (format!("DO $$BEGIN {} END$$;", nested("BEGIN ", shapes, "END; ", 20_000)), "ORM0201"),
        (format!("DO $$BEGIN {} END$$;", nested("IF true THEN ", shapes, "END IF; ", 20_000)), "ORM0201"),
        (format!("DO $$BEGIN {} END$$;", nested("LOOP ", shapes, "END LOOP; ", 20_000)), "ORM0201"),
        (blocks(3_000), "ORM0203"),
        (blocks(10), ""),
    ];
    for (text, code) in cases {
        let (_, diagnostics) = load(&[text]);
        let found = problems(&diagnostics);
        let shown = &text[..text.len().min(60)];
        match *code {
            "" => assert_eq!(found, Vec::<String>::new(), "{shown}"),
            code => assert!(found.len() == 1 && found[0].starts_with(code), "{shown}: {found:?}"),
        }
    }
}

#[test]
fn stars_do_not_multiply() {
    let mut text = "CREATE VIEW v AS WITH a0 AS (SELECT 1 AS x)".to_owned();
    for level in 1..60 {
        text += &format!(", a{level} AS (SELECT * FROM a{0} p, a{0} q)", level - 1);
    }
    let (_, diagnostics) = load(&[&(text + " SELECT 1 AS one FROM a59;")]);
    assert_eq!(diagnostics.iter().map(|d| d.code.id).collect::<Vec<_>>(), ["ORM0209"]);
}
