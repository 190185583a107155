//! Codes of the ddl stage.

use super::{Code, CodeInfo};

/// A statement that shapes a table could not be read.
pub const UNREADABLE_STATEMENT: Code = &CodeInfo {
    id: "ORM0201",
    title: "a statement that shapes a table could not be read",
    explanation: "\
A statement that creates or changes a table, a type or a view is not written as in PostgreSQL's manual, or in a \
form that ormgen does not know. The whole statement was left out, and because tables would be missing without it, \
nothing is generated. The mark is on the first word that was not expected. What may only follow from it (statements \
and lines of the manifest that name the statement's table) is not told in the same run.

    CREATE TABLE customers (id bigint PRIMARY, name text);
                                            ^ expected `KEY`

Mend the statement. If PostgreSQL accepts it as it stands, write the same thing in another form (a constraint as an \
ALTER TABLE of its own, for instance), or give the app a snapshot of the live database: `ormgen introspect`.",
};

/// A statement of a kind that is not known.
pub const UNKNOWN_STATEMENT: Code = &CodeInfo {
    id: "ORM0202",
    title: "a statement of a kind that is not known",
    explanation: "\
Every statement is either applied to the catalog or passed over because it cannot shape a table (functions, \
triggers, grants, data). This one begins with words that belong to neither list, so ormgen cannot know whether \
it shapes a table.

    CREAT TABLE customers (id bigint);

Mend the spelling, or move the statement to a file that is not part of the app's `schema`.",
};

/// Parentheses that nest too deeply.
pub const NESTED_TOO_DEEPLY: Code = &CodeInfo {
    id: "ORM0203",
    title: "an expression that nests too deeply",
    explanation: "\
The statement nests parentheses, brackets or queries deeper than can be read; PostgreSQL refuses such a statement \
too (\"stack depth limit exceeded\").

    CREATE VIEW v AS SELECT ((((((((…1…))))))));

Remove superfluous parentheses, or split the view into several.",
};

/// A string, quoted identifier or comment that is never closed.
pub const UNCLOSED: Code = &CodeInfo {
    id: "ORM0204",
    title: "a string, quoted identifier or comment that is never closed",
    explanation: "\
The file ends inside a string, a quoted identifier or a comment. Everything after its opening quote \
or mark belongs to it, so the rest of the file was not read.

    COMMENT ON TABLE customers IS 'the people;

Close it. Block comments nest: each `/*` needs its own `*/`. A quote inside a string is written twice.",
};

/// A psql command that reads another file.
pub const INCLUDED_FILE: Code = &CodeInfo {
    id: "ORM0205",
    title: "a psql command that reads another file",
    explanation: "\
psql's `\\i` and `\\ir` read another file in place. Only the files that the manifest names are read here, so what \
that file creates would be missing.

    \\i tables/customers.sql

List the files in the manifest instead, in order: `schema: [tables/customers.sql, main.sql]`.",
};

/// A table, column, type or other object that does not exist.
pub const NO_SUCH_OBJECT: Code = &CodeInfo {
    id: "ORM0206",
    title: "an object that does not exist",
    explanation: "\
A statement names a table, column, type, schema or constraint that no statement before it has created. PostgreSQL \
would refuse it too. Files are applied in the order of the manifest's list, and the files of a folder in natural \
order (2 before 10).

    ALTER TABLE custmers ADD COLUMN email text;   -- the table is `customers`

Mend the name, or put the file that creates the object before this one. Types of an extension need its \
`CREATE EXTENSION` in one of the files.",
};

/// An object that already exists.
pub const DUPLICATE_OBJECT: Code = &CodeInfo {
    id: "ORM0207",
    title: "an object that already exists",
    explanation: "\
A statement creates what an earlier statement has created. PostgreSQL would refuse it too. Often two files of a list \
hold the same table, or a dump was put beside the migrations that lead to it.

    CREATE TABLE customers (id bigint);
    CREATE TABLE customers (id bigint, name text);

Remove one of the two, or write `IF NOT EXISTS` in the second to keep the first.",
};

/// An object that other objects depend on is dropped or changed.
pub const STILL_NEEDED: Code = &CodeInfo {
    id: "ORM0208",
    title: "an object that other objects depend on",
    explanation: "\
A statement drops or changes what a view, a foreign key, a column's type or a default depends on. PostgreSQL would \
refuse it, so the statement was not applied.

    CREATE VIEW active AS SELECT id FROM customers;
    DROP TABLE customers;

Drop the objects that depend on it first, or write `CASCADE` to drop them as well.",
};

/// A view whose columns cannot be known.
pub const UNKNOWN_VIEW_COLUMNS: Code = &CodeInfo {
    id: "ORM0209",
    title: "a view whose columns cannot be known",
    explanation: "\
The columns of a view come from its query. A `*` over something whose columns the schema's files do not tell (a \
function they do not define, a system view) leaves even their names unknown.

    CREATE VIEW jobs AS SELECT * FROM all_jobs();

Name the columns, in the query or after the view's name, with a cast where the type should be known: \
`SELECT j.id::bigint, j.name::text FROM all_jobs() AS j`. Or leave the view out of the app's `models`, or give the \
app a snapshot of the live database: `ormgen introspect`.",
};

/// A definition that contradicts itself or another.
pub const IMPOSSIBLE_DEFINITION: Code = &CodeInfo {
    id: "ORM0210",
    title: "a definition that contradicts itself or another",
    explanation: "\
A statement is well-formed but cannot be what is meant, and PostgreSQL would refuse it: two primary keys, a foreign \
key with more columns than its target names, an identity column that is also generated.

    CREATE TABLE items (id bigint PRIMARY KEY, sku text PRIMARY KEY);

The message names the two parts that contradict each other; remove one of them. A key of two columns is written after \
the columns: `PRIMARY KEY (id, sku)`.",
};

/// A view of which only the outline is read.
pub const VIEW_IN_OUTLINE: Code = &CodeInfo {
    id: "ORM0211",
    title: "a view of which only the outline is read",
    explanation: "\
The view's query uses a construct that is not understood, at the place that is marked. Its select list is, so the \
view has all its columns; but where a column's type follows from the rest of the query it is unknown, which is an \
error only for the columns that become part of a model.

    CREATE VIEW pairs AS SELECT p.a::int AS a FROM ROWS FROM (f(1), f(2)) AS p(a, b);

Cast the columns in the select list, or give their types in the manifest under `types`.",
};

/// What a text alone does not prove.
pub const NOT_PROVABLE: Code = &CodeInfo {
    id: "ORM0212",
    title: "a statement whose effect the text does not prove",
    explanation: "\
What a statement does to the schema depends on something that only a server knows: on the rows of a table, on roles, \
on a text that is put together when the statement runs, on a function that creates tables. ormgen applies what it can \
prove from the text; for the rest it does not guess.

    DO $$ BEGIN
      IF EXISTS (SELECT 1 FROM orders WHERE total < 0) THEN ALTER TABLE orders DROP COLUMN total; END IF;
    END $$;

There are two ways on. Let a server apply the schema to an empty database, and read the result:

    schema: { ddl: schemas/crm/, through: server }

Or, where the statement changes no table, type or view, say so by its file and line:

    schema: { ddl: schemas/crm/, shapes_nothing: [\"7_audit.sql:12\"] }",
};

pub(super) const DDL_CODES: &[Code] = &[
    UNREADABLE_STATEMENT,
    UNKNOWN_STATEMENT,
    NESTED_TOO_DEEPLY,
    UNCLOSED,
    INCLUDED_FILE,
    NO_SUCH_OBJECT,
    DUPLICATE_OBJECT,
    STILL_NEEDED,
    UNKNOWN_VIEW_COLUMNS,
    IMPOSSIBLE_DEFINITION,
    VIEW_IN_OUTLINE,
    NOT_PROVABLE,
];
