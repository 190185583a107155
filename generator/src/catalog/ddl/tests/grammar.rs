//! Why statements are read by a reader of our own: sqlparser, which reads the queries in them, refuses these. Where one is
//! taken some day, ARCHITECTURE.md says something that is no longer so.

use sqlparser::{dialect::PostgreSqlDialect, parser::Parser};

#[test]
fn sqlparser_refuses_statements_that_shape_tables() {
    for statement in [
        "CREATE TABLE t (LIKE u INCLUDING ALL)",
        "CREATE TABLE t OF ty",
        "CREATE TABLE t (a int, b daterange, FOREIGN KEY (a, PERIOD b) REFERENCES u (a, PERIOD b))",
        "ALTER TYPE ty ADD ATTRIBUTE a int CASCADE",
        "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID",
        "ALTER TABLE t INHERIT u",
        "ALTER TABLE t OF ty",
        "ALTER SEQUENCE s OWNED BY t.a",
    ] {
        assert!(Parser::parse_sql(&PostgreSqlDialect {}, statement).is_err(), "{statement}");
    }
}
