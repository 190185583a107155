//! Whether SQL of the program's own changes the database, as far as its text tells.
//!
//! Only functions are not known from their calls: any of them may write. Of PostgreSQL's own, the usual ones are known.

use super::words::{Words, plain_names};

/// First words of statements that change rows, tables or other objects, or that a replica refuses.
const CHANGING: [&str; 22] = [
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "TRUNCATE",
    "CREATE",
    "ALTER",
    "DROP",
    "COMMENT",
    "GRANT",
    "REVOKE",
    "REASSIGN",
    "REFRESH",
    "REINDEX",
    "CLUSTER",
    "VACUUM",
    "ANALYZE",
    "IMPORT",
    "SECURITY",
    "NOTIFY",
    // It gives no rows: whatever it does is an effect.
    "DO",
    "CHECKPOINT",
];

/// Of `CHANGING`, those that may stand behind `WITH` or within it.
const ROWS: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "MERGE"];

/// First words of what reads.
const READING: [&str; 3] = ["SELECT", "VALUES", "TABLE"];

/// Functions of PostgreSQL that a replica refuses, and those that lock.
const FUNCTIONS: [&str; 21] = [
    "NEXTVAL",
    "SETVAL",
    "PG_NOTIFY",
    "LO_CREATE",
    "LO_CREAT",
    "LO_FROM_BYTEA",
    "LO_PUT",
    "LO_UNLINK",
    "LO_IMPORT",
    "LO_TRUNCATE",
    "LO_TRUNCATE64",
    "LOWRITE",
    "PG_LOGICAL_EMIT_MESSAGE",
    "PG_CURRENT_XACT_ID",
    "TXID_CURRENT",
    "PG_SWITCH_WAL",
    "PG_CREATE_RESTORE_POINT",
    "PG_ADVISORY_XACT_LOCK",
    "PG_ADVISORY_XACT_LOCK_SHARED",
    "PG_TRY_ADVISORY_XACT_LOCK",
    "PG_TRY_ADVISORY_XACT_LOCK_SHARED",
];

/// The command or function by which a text of one or more statements changes the database, if its words tell of one.
pub(crate) fn changes(text: &str) -> Option<&'static str> {
    let text = plain_names(text);
    let mut words = Words::of(&text);
    while let Some(first) = words.find(|word| *word != ";") {
        let found = by_statement(first, &mut words);
        if found.is_some() {
            return found;
        }
    }
    None
}

/// What changes the database in the statement that begins with the word `first`. If nothing does, its other words are
/// read to its end.
fn by_statement(first: &str, words: &mut Words<'_>) -> Option<&'static str> {
    if is(first, "EXPLAIN") {
        return by_explained(words);
    }
    if let Some(changing) = find(&CHANGING, first) {
        return Some(changing);
    }
    let (is_copy, mut is_with) = (is(first, "COPY"), is(first, "WITH"));
    // Whether the words are those of `SEARCH …` or `CYCLE …`, which may stand behind a part of `WITH`.
    let mut is_search = false;
    let mut before = first;
    while let Some(word) = words.next().filter(|word| *word != ";") {
        if let Some(function) = find(&FUNCTIONS, word).filter(|_| words.is_call()) {
            return Some(function);
        }
        // Behind a dot or `AS`, every word is a name.
        let is_key_word = !words.is_quoted() && words.before() != '.';
        let begins_part = words.before() == '('
            && (is(before, "AS") || is(before, "MATERIALIZED") || is_copy && is(before, "COPY"));
        let is_behind_part = is_with && words.depth() == 0 && words.before() == ')';
        is_search |= is_behind_part && (is(word, "SEARCH") || is(word, "CYCLE"));
        let begins_main = is_behind_part
            || is_with && is_search && words.depth() == 0 && words.before() != ',' && !names_follow(before);
        if is_key_word && (begins_part || begins_main) {
            if let Some(changing) = find(&ROWS, word) {
                return Some(changing);
            }
            is_with &= !(begins_main && find(&READING, word).is_some());
        }
        if is_key_word && !is(before, "AS") {
            if is(word, "INTO") {
                return Some("INTO");
            }
            if is(word, "FOR") && locks(words.clone()) {
                return Some("FOR UPDATE");
            }
            if is_copy && is(word, "FROM") && words.depth() == 0 {
                return Some("COPY");
            }
        }
        before = word;
    }
    None
}

/// What changes the database in the statement that `EXPLAIN` stands before: the server runs it only where it analyzes.
fn by_explained(words: &mut Words<'_>) -> Option<&'static str> {
    let mut analyzes = false;
    while let Some(word) = words.next().filter(|word| *word != ";") {
        if is(word, "ANALYZE") {
            analyzes = true;
        } else if words.depth() == 0 && !is(word, "VERBOSE") {
            let found = by_statement(word, words);
            return found.filter(|_| analyzes);
        }
    }
    None
}

/// Whether the words behind `FOR` lock rows: `UPDATE`, `NO KEY UPDATE`, `SHARE`, `KEY SHARE`.
fn locks(mut words: Words<'_>) -> bool {
    words
        .find(|word| !is(word, "NO") && !is(word, "KEY"))
        .is_some_and(|word| is(word, "UPDATE") || is(word, "SHARE"))
}

/// Whether this word of `SEARCH …` or `CYCLE …` stands before a name or a value.
fn names_follow(word: &str) -> bool {
    ["BY", "SET", "USING", "TO", "DEFAULT", "CYCLE"].iter().any(|before| is(word, before))
}

fn is(word: &str, other: &str) -> bool {
    word.eq_ignore_ascii_case(other)
}

fn find(words: &[&'static str], word: &str) -> Option<&'static str> {
    words.iter().copied().find(|known| is(word, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_database_is_told_from_what_reads() {
        for (text, expected) in [
            ("SELECT 1", None),
            ("", None),
            ("(SELECT 1) UNION (SELECT 2)", None),
            ("SELECT 'INSERT INTO t', \"into\", x.into, 1 AS into, update, delete FROM t", None),
            ("WITH x AS (SELECT 1) SELECT count(*) delete FROM x", None),
            ("WITH x (delete, insert) AS (SELECT 1, 2), update AS (TABLE x) SELECT * FROM x, update", None),
            ("WITH x AS (SELECT delete FROM t) SELECT trim(delete FROM name) FROM x", None),
            ("SELECT substring(name FROM 1 FOR 2), nextval FROM t", None),
            ("COPY (SELECT 1 FROM t) TO STDOUT", None),
            ("EXPLAIN DELETE FROM t", None),
            ("EXPLAIN (ANALYZE, BUFFERS) SELECT 1", None),
            ("SHOW work_mem", None),
            ("SELECT write_something()", None),
            ("CALL p()", None),
            ("insert into t values (1) returning id", Some("INSERT")),
            ("-- a comment\n /* and */ UPDATE t SET a = 1", Some("UPDATE")),
            ("SELECT 1; DELETE FROM t", Some("DELETE")),
            ("WITH x AS (SELECT 1) MERGE INTO t USING x ON true WHEN MATCHED THEN DELETE", Some("MERGE")),
            ("WITH x AS (INSERT INTO t VALUES (1) RETURNING id) SELECT id FROM x", Some("INSERT")),
            ("WITH x AS NOT MATERIALIZED (/* a */ UPDATE t SET a = 1 RETURNING id) TABLE x", Some("UPDATE")),
            ("WITH a AS (SELECT 1), b (c) AS (DELETE FROM t RETURNING 1) SELECT * FROM a, b", Some("DELETE")),
            (
                "WITH RECURSIVE x AS (SELECT 1) SEARCH DEPTH FIRST BY a, b SET o UPDATE t SET a = 1",
                Some("UPDATE"),
            ),
            (
                "WITH RECURSIVE x AS (SELECT 1) CYCLE a SET c TO 1 DEFAULT 0 USING p DELETE FROM t",
                Some("DELETE"),
            ),
            ("WITH x AS (SELECT 1) CYCLE delete SET update USING insert SELECT delete FROM x", None),
            ("COPY (DELETE FROM t RETURNING id) TO STDOUT", Some("DELETE")),
            ("SELECT lo_create(0)", Some("LO_CREATE")),
            ("SELECT a INTO t FROM u", Some("INTO")),
            ("SELECT a FROM t FOR NO KEY UPDATE SKIP LOCKED", Some("FOR UPDATE")),
            ("SELECT * FROM (SELECT a FROM t FOR SHARE) x", Some("FOR UPDATE")),
            ("SELECT nextval('s')", Some("NEXTVAL")),
            ("SELECT pg_catalog.\"setval\"('s', 1)", Some("SETVAL")),
            ("COPY t FROM STDIN", Some("COPY")),
            ("EXPLAIN ANALYZE VERBOSE DELETE FROM t", Some("DELETE")),
            ("CREATE TABLE t ()", Some("CREATE")),
            ("TRUNCATE t", Some("TRUNCATE")),
            ("REFRESH MATERIALIZED VIEW v", Some("REFRESH")),
            ("DO $$BEGIN END$$", Some("DO")),
            ("SELECT pg_advisory_xact_lock(1)", Some("PG_ADVISORY_XACT_LOCK")),
            ("SELECT U&\"nextv\\0061l\"('s')", Some("NEXTVAL")),
            ("SELECT pg_current_xact_id_if_assigned(), checkpoint FROM pg_control_checkpoint()", None),
        ] {
            assert_eq!(changes(text), expected, "{text}");
        }
    }
}
