//! What SQL of the program's own would do to the connection that it runs on.
//!
//! A pool gives a connection to one caller after the other. A statement that changes the session (opens a transaction,
//! sets, listens, locks until the session ends) would affect the caller that gets the connection next, or miss the
//! caller that sent it.

use super::words::{Words, plain_names};
use crate::error::{SET_LOCAL, is_of_transactions};

/// What a statement does to its session, as far as its text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It does not change the session.
    None,
    /// It changes the session, by this command or function.
    Changes(&'static str),
    /// Its text does not tell: a procedure's call, a `DO` block.
    Unknown,
}

/// First words of statements that change the session.
const CHANGING: [&str; 22] = [
    "ABORT",
    "BEGIN",
    "CLOSE",
    "COMMIT",
    "DEALLOCATE",
    "DECLARE",
    "DISCARD",
    "END",
    "EXECUTE",
    "FETCH",
    "LISTEN",
    "LOAD",
    "LOCK",
    "MOVE",
    "PREPARE",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "START",
    "UNLISTEN",
];

/// First words of statements that read or change rows: none of them opens a transaction, as each runs within one.
const ROWS: [&str; 9] =
    ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE", "EXPLAIN"];

/// Functions whose effect outlasts the statement and its transaction
/// (<https://www.postgresql.org/docs/current/functions-admin.html>).
const LASTING: [&str; 7] = [
    "PG_ADVISORY_LOCK",
    "PG_ADVISORY_LOCK_SHARED",
    "PG_TRY_ADVISORY_LOCK",
    "PG_TRY_ADVISORY_LOCK_SHARED",
    "PG_ADVISORY_UNLOCK",
    "PG_ADVISORY_UNLOCK_SHARED",
    "PG_ADVISORY_UNLOCK_ALL",
];

/// Of `CHANGING`, the words whose effect ends with the transaction, or that begin or end it or a part of it.
const WITHIN: [&str; 14] = [
    "ABORT",
    "BEGIN",
    "CLOSE",
    "COMMIT",
    "DECLARE",
    "END",
    "EXECUTE",
    "FETCH",
    "LOCK",
    "MOVE",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "START",
];

/// First words of statements that end a transaction, or may.
const ENDING: [&str; 5] = ["ABORT", "COMMIT", "END", "PREPARE", "ROLLBACK"];

impl Effect {
    /// What a text of one or more statements does to its session.
    pub fn of(text: &str) -> Self {
        let text = plain_names(text);
        let mut words = Words::of(&text);
        let mut effect = Self::None;
        while let Some(first) = words.find(|word| *word != ";") {
            match Self::of_statement(first, &mut words) {
                Self::None => {}
                Self::Unknown => effect = Self::Unknown,
                changes => return changes,
            }
        }
        effect
    }

    /// Whether a text does nothing but call `set_config` for settings that end with its transaction: where the text is that
    /// transaction, it sets nothing for anybody.
    pub fn only_sets_locally(text: &str) -> bool {
        let text = plain_names(text);
        let mut words = Words::of(&text);
        if !words.next().is_some_and(|word| is_any(word, &["SELECT"])) {
            return false;
        }
        let mut calls = false;
        while let Some(word) = words.next() {
            let sets = is_any(word, &["SET_CONFIG"]) && is_local(words.clone());
            let is_outside = words.depth() == 0;
            if is_outside && !sets && !is_any(word, &["PG_CATALOG", ";"]) {
                return false;
            }
            calls |= is_outside && sets;
        }
        calls
    }

    /// Whether it changes the session's prepared statements.
    pub fn changes_statements(self) -> bool {
        matches!(self, Self::Changes("PREPARE" | "DEALLOCATE" | "DISCARD"))
    }

    /// Whether it begins or ends a transaction or a savepoint, which SQL within a transaction must not do: the methods
    /// of a transaction do.
    pub fn ends_transaction(self) -> bool {
        matches!(self, Self::Changes(by) if is_of_transactions(by))
    }

    /// Whether a text has an effect on its session that outlasts the transaction that it runs in.
    pub fn outlasts_transaction(text: &str) -> bool {
        let text = plain_names(text);
        let mut words = Words::of(&text);
        while let Some(first) = words.find(|word| *word != ";") {
            let ends_with_it = match words.clone().next() {
                Some(second) if first.eq_ignore_ascii_case("SET") => {
                    is_any(second, &["LOCAL", "CONSTRAINTS", "TRANSACTION"])
                }
                _ => is_any(first, &WITHIN),
            };
            let lasts = matches!(Self::of_statement(first, &mut words.clone()), Self::Changes(_));
            if lasts && !ends_with_it {
                return true;
            }
            words.find(|word| *word == ";");
        }
        false
    }

    /// The command by which a text of one or more statements ends the transaction that it runs in, if one does. To set or
    /// leave a savepoint does not.
    pub fn end_of_transaction(text: &str) -> Option<&'static str> {
        let mut words = Words::of(text);
        while let Some(first) = words.find(|word| *word != ";") {
            let mut rest = words.clone().take_while(|word| *word != ";");
            let second =
                rest.next().filter(|word| !is_any(word, &["WORK", "TRANSACTION"])).or_else(|| rest.next());
            let ends = match find(&ENDING, first) {
                Some("ROLLBACK") => !second.is_some_and(|word| is_any(word, &["TO"])),
                Some("PREPARE") => words.clone().next().is_some_and(|word| is_any(word, &["TRANSACTION"])),
                ending => ending.is_some(),
            };
            if ends {
                return find(&ENDING, first);
            }
            skip_statement(&mut words);
        }
        None
    }

    /// The effect of the statement that begins with the word `first`. Its other words are read to its end.
    fn of_statement(first: &str, words: &mut Words<'_>) -> Self {
        if let Some(changing) = find(&CHANGING, first) {
            let is_local =
                changing == "SET" && words.clone().next().is_some_and(|word| is_any(word, &["LOCAL"]));
            return Self::Changes(if is_local { SET_LOCAL } else { changing });
        }
        let mut is_create = first.eq_ignore_ascii_case("CREATE");
        // `SELECT … INTO` makes a table; an insert may go into a table called `temp`.
        let mut makes_table = false;
        let (mut before, mut before_that) = (first, "");
        while let Some(word) = words.next().filter(|word| *word != ";") {
            if let Some(lasting) = find(&LASTING, word) {
                return Self::Changes(lasting);
            }
            is_create |= is_any(first, &["EXPLAIN"]) && is_any(word, &["CREATE"]);
            let is_temporary = is_any(word, &["TEMP", "TEMPORARY"]);
            let is_of_create = is_create && is_any(before, &["CREATE", "LOCAL", "GLOBAL", "REPLACE"]);
            if is_temporary && is_of_create || is_create && is_any(word, &["PG_TEMP"]) {
                return Self::Changes("CREATE TEMPORARY");
            }
            makes_table = match is_any(before, &["INTO"]) {
                true => !is_any(before_that, &["INSERT", "MERGE"]),
                false => makes_table && is_any(before, &["LOCAL", "GLOBAL", "TABLE"]),
            };
            if makes_table && (is_temporary || is_any(word, &["PG_TEMP"])) {
                return Self::Changes("INTO TEMPORARY");
            }
            // The same as SET (https://www.postgresql.org/docs/current/view-pg-settings.html).
            if is_any(word, &["PG_SETTINGS"]) && is_updated(before, before_that) {
                return Self::Changes("UPDATE pg_settings");
            }
            if is_any(word, &["SET_CONFIG"]) && !is_local(words.clone()) {
                return Self::Changes("SET_CONFIG");
            }
            (before, before_that) = (word, before);
        }
        if find(&ROWS, first).is_some() { Self::None } else { Self::Unknown }
    }
}

/// Reads a statement to its end, which is not within the body of a function: `BEGIN ATOMIC … END`.
fn skip_statement(words: &mut Words<'_>) {
    let (mut open, mut before) = (0_usize, "");
    while let Some(word) = words.next().filter(|word| open > 0 || *word != ";") {
        let opens = is_any(word, &["ATOMIC"]) && is_any(before, &["BEGIN"]);
        if opens || open > 0 && is_any(word, &["CASE"]) {
            open += 1;
        } else if open > 0 && is_any(word, &["END"]) {
            open -= 1;
        }
        before = word;
    }
}

/// Whether the table whose name follows these two words is updated.
fn is_updated(before: &str, before_that: &str) -> bool {
    const UPDATE: [&str; 1] = ["UPDATE"];
    is_any(before, &UPDATE) || is_any(before, &["PG_CATALOG", "ONLY"]) && is_any(before_that, &UPDATE)
}

/// Whether the call of `set_config` whose arguments follow ends with its transaction: its third argument is `true`. Of
/// another expression it is not known.
fn is_local(mut words: Words<'_>) -> bool {
    let depth = words.depth();
    let mut last = "";
    while let Some(word) = words.next().filter(|_| words.depth() > depth) {
        last = word;
    }
    is_any(last, &["TRUE"])
}

fn find(words: &[&'static str], word: &str) -> Option<&'static str> {
    words.iter().copied().find(|known| known.eq_ignore_ascii_case(word))
}

fn is_any(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_a_session_is_told_from_what_does_not() {
        use Effect::{Changes, None, Unknown};
        for (text, expected) in [
            ("SELECT 1", None),
            ("  select 'BEGIN', $$SET x$$, $a$pg_advisory_lock(1)$a$ -- LISTEN", None),
            ("/* BEGIN /* SET */ */ SELECT 1", None),
            ("SELECT E'it\\'s pg_advisory_lock(1)'", None),
            ("(SELECT 1) UNION (SELECT 2)", None),
            ("UPDATE customers SET visits = 0", None),
            ("INSERT INTO temp_table VALUES (1)", None),
            ("WITH x AS (SELECT 1) DELETE FROM y", None),
            ("SELECT set_config('a.b', 'c', true)", None),
            ("SELECT pg_advisory_xact_lock(1)", None),
            ("CREATE TABLE t ()", Unknown),
            ("CALL p()", Unknown),
            ("DO $$BEGIN END$$", Unknown),
            ("", None),
            ("SELECT 1; INSERT INTO t VALUES (';')", None),
            ("SELECT 1;; CREATE INDEX i ON t (x)", Unknown),
            ("CREATE TABLE t (); SET x = 1", Changes("SET")),
            ("begin", Changes("BEGIN")),
            ("/* hello */ -- there\n  Start TRANSACTION", Changes("START")),
            ("SET LOCAL x = 1", Changes("SET LOCAL")),
            ("RESET ALL", Changes("RESET")),
            ("LISTEN a", Changes("LISTEN")),
            ("PREPARE a AS SELECT 1", Changes("PREPARE")),
            ("create temp table t ()", Changes("CREATE TEMPORARY")),
            ("CREATE LOCAL TEMPORARY TABLE t ()", Changes("CREATE TEMPORARY")),
            ("SELECT 1 AS a INTO TEMP t", Changes("INTO TEMPORARY")),
            ("INSERT INTO temporary VALUES (1)", None),
            ("CREATE TABLE pg_temp.t ()", Changes("CREATE TEMPORARY")),
            ("SELECT pg_advisory_lock(1)", Changes("PG_ADVISORY_LOCK")),
            ("SELECT pg_catalog.\"pg_try_advisory_lock\"(1)", Changes("PG_TRY_ADVISORY_LOCK")),
            ("SELECT set_config('a.b', 'c', false)", Changes("SET_CONFIG")),
            ("SELECT set_config('a.b', 'c', false) WHERE true", Changes("SET_CONFIG")),
            ("SELECT upper(set_config('a.b', 'c', true)), x FROM t", None),
            ("SELECT 1 AS a INTO LOCAL TEMP t", Changes("INTO TEMPORARY")),
            ("SELECT * INTO GLOBAL TEMPORARY t FROM u", Changes("INTO TEMPORARY")),
            ("SELECT 1 AS a INTO pg_temp.t", Changes("INTO TEMPORARY")),
            ("SELECT 1 AS a INTO TABLE pg_temp.t", Changes("INTO TEMPORARY")),
            ("SELECT a INTO t FROM temp", None),
            ("EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1", Changes("CREATE TEMPORARY")),
            ("UPDATE pg_settings SET setting = '1' WHERE name = 'a'", Changes("UPDATE pg_settings")),
            ("UPDATE ONLY pg_settings SET setting = '1'", Changes("UPDATE pg_settings")),
            ("SELECT setting FROM pg_catalog.pg_settings", None),
            (r#"SELECT U&"pg\005fadvisory_lock"(1)"#, Changes("PG_ADVISORY_LOCK")),
            (r#"SELECT u&"pg!005fadvisory!+00005flock" UESCAPE '!' (1)"#, Changes("PG_ADVISORY_LOCK")),
            (r#"CREATE TABLE U&"pg\005ftemp".t ()"#, Changes("CREATE TEMPORARY")),
            (r#"SELECT U&"\0022 \D83D\DE00\", 'U&"pg\005fadvisory_lock' FROM t"#, None),
        ] {
            assert_eq!(Effect::of(text), expected, "{text}");
        }
    }

    #[test]
    fn what_sets_for_its_own_transaction_alone_is_told() {
        for (text, expected) in [
            ("SELECT set_config('a.b', $1, true)", true),
            ("select pg_catalog.set_config('a', coalesce($1, ''), true), set_config('b', $2, true);", true),
            ("SELECT set_config('a.b', $1, false)", false),
            ("SELECT set_config('a.b', $1, true) FROM t", false),
            ("SELECT set_config('a.b', $1, true), id", false),
            ("SELECT upper(set_config('a.b', $1, true))", false),
            ("WITH s AS (SELECT set_config('a.b', $1, true)) SELECT id FROM s, t", false),
            ("SELECT set_config('a.b', $1, true); UPDATE t SET a = 1", false),
            ("SELECT", false),
        ] {
            assert_eq!(Effect::only_sets_locally(text), expected, "{text}");
        }
    }

    #[test]
    fn what_ends_its_transaction_is_told() {
        for (text, expected) in [
            ("SET LOCAL x = 1; COMMIT", Some("COMMIT")),
            ("rollback", Some("ROLLBACK")),
            ("ROLLBACK; SELECT a TO", Some("ROLLBACK")),
            ("ROLLBACK WORK", Some("ROLLBACK")),
            ("PREPARE TRANSACTION 'a'", Some("PREPARE")),
            ("END", Some("END")),
            ("ROLLBACK TO a; ROLLBACK TRANSACTION TO SAVEPOINT a; RELEASE a; SAVEPOINT b", None),
            ("PREPARE a AS SELECT 1; SELECT 'COMMIT' AS end; BEGIN", None),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; SELECT 1",
                None,
            ),
        ] {
            assert_eq!(Effect::end_of_transaction(text), expected, "{text}");
        }
    }

    #[test]
    fn what_ends_with_a_transaction_is_told_from_what_outlasts_it() {
        for (text, expected) in [
            ("SELECT 1", false),
            ("SET LOCAL x = 1", false),
            ("set local x = 1; SET CONSTRAINTS ALL DEFERRED; LOCK TABLE t", false),
            ("SAVEPOINT a", false),
            ("SELECT set_config('a.b', 'c', true)", false),
            ("SET x = 1", true),
            ("SET LOCAL x = 1; SET y = 1", true),
            ("SELECT pg_advisory_lock(1)", true),
            ("LISTEN a", true),
            ("CREATE TEMP TABLE t ()", true),
            ("RESET ALL", true),
        ] {
            assert_eq!(Effect::outlasts_transaction(text), expected, "{text}");
        }
    }
}
