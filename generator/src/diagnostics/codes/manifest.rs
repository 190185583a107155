//! Codes of the manifest stage: what the manifest's values mean.

use super::{Code, CodeInfo};

/// A name that an alias or an app cannot have.
pub const BAD_NAME: Code = &CodeInfo {
    id: "ORM0109",
    title: "a name that an alias or an app cannot have",
    explanation: "\
A connection's alias and an app's name become names of Rust modules and fields (`dbs.crm_eu`), and app names
stand in paths such as `crm.customers.id`. They are made of letters, digits, `_` and `-`, start with a letter, and
are no word of the Rust language.

    connections:
      type: ${URL}           # wrong: `type` is a Rust keyword; call it `type_db`",
};

/// Two names give one Rust name.
pub const NAME_CLASH: Code = &CodeInfo {
    id: "ORM0110",
    title: "two names give one Rust name",
    explanation: "\
Names are written in snake_case in Rust, so that `crm-eu`, `crmEu` and `crm_eu` are one module. Which of them
would win cannot be guessed. Rename one.",
};

/// A connection that does not exist.
pub const UNKNOWN_CONNECTION: Code = &CodeInfo {
    id: "ORM0111",
    title: "a connection that does not exist",
    explanation: "\
An app's `default_connection` and `connections` name aliases of the section `connections`.

    connections:
      crm: ${CRM_URL}
    apps:
      crm: { schema: schemas/crm.sql, default_connection: crm }",
};

/// A connection that no app uses.
pub const UNUSED_CONNECTION: Code = &CodeInfo {
    id: "ORM0112",
    title: "a connection that no app uses",
    explanation: "\
No app names this connection, so no generated code can reach it. Name it as an app's `default_connection`, or in
its `connections` where it serves the same schema on another server; or remove it.",
};

/// A connection is named twice.
pub const REPEATED_CONNECTION: Code = &CodeInfo {
    id: "ORM0113",
    title: "a connection is named twice",
    explanation: "\
`connections` of an app lists what may serve its models besides the default connection, each once.

    apps:
      crm:
        default_connection: crm
        connections: [crm_eu]          # not `crm` again",
};

/// A broken `${…}`.
pub const BAD_TEMPLATE: Code = &CodeInfo {
    id: "ORM0114",
    title: "a broken `${…}`",
    explanation: "\
`${VAR}` stands for an environment variable, `${VAR:-default}` for one with a default, and `$$` for a dollar. A
`$` alone is an error, because it is as likely a forgotten brace as a dollar.

    crm: postgres://app:${CRM_PASSWORD}@db1/crm
    local: ${LOCAL_URL:-postgres://localhost/crm}",
};

/// A URL that is not one of PostgreSQL.
pub const BAD_URL: Code = &CodeInfo {
    id: "ORM0115",
    title: "a URL that is not one of PostgreSQL",
    explanation: "\
A connection's URL has the form `postgres://user:password@host:port/database?name=value`. User, password and
database are percent-encoded where they hold `@`, `:`, `/`, `?`, `%` or a space. Other databases' URLs do not work:
ormgen is for PostgreSQL alone. What variables stand for is checked when the program connects.

    crm: postgres://app:${CRM_PASSWORD}@db1.internal:5432/crm
    socket: postgres:///crm?host=/run/postgresql",
};

/// A text that is not a duration.
pub const BAD_DURATION: Code = &CodeInfo {
    id: "ORM0116",
    title: "a text that is not a duration",
    explanation: "\
A duration is a whole number with its unit, or several of them from large to small: `500ms`, `5s`, `10m`, `1h30m`,
`2d`, and not 0: where there is to be no limit, `idle_timeout`, `max_lifetime` and `statement_timeout` may be `never`.
The `time_to_live` of a reference's cache is a year at most.

    pool: { acquire_timeout: 5s, idle_timeout: 10m, max_lifetime: never }",
};

/// A number outside its bounds.
pub const BAD_SIZE: Code = &CodeInfo {
    id: "ORM0117",
    title: "a number outside its bounds",
    explanation: "\
`max_size` is at least 1 and at most 262143, the most that PostgreSQL's `max_connections` allows; `min_idle` may be
0; `port` is from 1 to 65535; the `capacity` of a reference's cache is from 1 to 4294967295.
They are whole numbers without quotes or units.

    pool: { max_size: 32, min_idle: 4 }",
};

/// A word that has no meaning for its key.
pub const UNKNOWN_VALUE: Code = &CodeInfo {
    id: "ORM0118",
    title: "a word that has no meaning for its key",
    explanation: "\
Some keys take one of a few words: `layout` is `modules` or `crates`; `tls.mode` is `disable`, `prefer`,
`require`, `verify-ca` or `verify-full`; `pool.reset` is `rollback` or `discard_all`; `derives` lists `serde`, `eq`, `hash`, `ord`, or
derive macros by path, such as `utoipa::ToSchema`.

    output: { layout: crates, derives: [serde] }",
};

/// Settings that do not go together.
pub const CONFLICTING_SETTINGS: Code = &CodeInfo {
    id: "ORM0119",
    title: "settings that do not go together",
    explanation: "\
Two settings contradict each other: a `url` beside `host` or `password`, a `min_idle` above `max_size`, a `ca` beside
`mode: disable`, a `statement_timeout` beside one in the URL, a schema that is `live` and a file too, a `runtime` with
both `path` and `git`. Which one is meant cannot be guessed; keep one.",
};

/// A schema's file or folder does not exist.
pub const SCHEMA_NOT_FOUND: Code = &CodeInfo {
    id: "ORM0120",
    title: "a schema's file or folder does not exist",
    explanation: "\
`schema` is a file with DDL, a folder of migrations, a snapshot, a list of these, or `live`. Paths are relative to
the manifest's folder, not to the folder the command runs in.

    apps:
      crm:    { schema: schemas/crm.sql, default_connection: crm }
      orders: { schema: schemas/orders/, default_connection: orders }",
};

/// A schema with nothing in it.
pub const SCHEMA_EMPTY: Code = &CodeInfo {
    id: "ORM0121",
    title: "a schema with nothing in it",
    explanation: "\
The file is empty, or the folder holds no `*.sql` file that counts (`down.sql` and `*.down.sql` undo migrations
and are left out). No models can come of it; most often the path is a wrong one.

    schemas/orders/1_orders.sql
    schemas/orders/2_items.up.sql
    schemas/orders/2024-01-31-120000_notes/up.sql",
};

/// A schema that is not UTF-8 text.
pub const SCHEMA_NOT_TEXT: Code = &CodeInfo {
    id: "ORM0122",
    title: "a schema that is not UTF-8 text",
    explanation: "\
DDL files and snapshots are UTF-8. A dump in pg_dump's custom format is no text, and a file in another encoding
would give wrong names. Write a plain dump:

    pg_dump --schema-only --encoding=UTF8 --file=schemas/crm.sql crm",
};

/// A pattern that cannot be read.
pub const BAD_GLOB: Code = &CodeInfo {
    id: "ORM0123",
    title: "a pattern that cannot be read",
    explanation: "\
`models` says which tables become models, by patterns over `table` or `schema.table`: `*` is any text, `?` any one
character, `[a-z]` one of a set, `{a,b}` one of several. A list without any pattern would leave an app without models.

    models: [\"*\", \"audit.log_*\"]",
};

/// A path that names no column, table or type.
pub const BAD_COLUMN_PATH: Code = &CodeInfo {
    id: "ORM0124",
    title: "a path that names no column, table or type",
    explanation: "\
A column is named by `app.table.column` or `app.schema.table.column`; a table by `table` or `schema.table`; a SQL
type by `type` or `schema.type`. A name that holds a dot stands in double quotes, as in SQL.

    references:
      - { from: orders.orders.customer_id, to: crm.customers.id }
    types:
      'crm.customers.\"home.page\"': crate::Url",
};

/// An app that does not exist.
pub const UNKNOWN_APP: Code = &CodeInfo {
    id: "ORM0125",
    title: "an app that does not exist",
    explanation: "\
The first part of a column's path is an app of this manifest, not a connection and not a schema. A type override of
three or four parts is for a column and starts with an app too.

    references:
      - { from: orders.orders.customer_id, to: crm.customers.id }
    # `orders` and `crm` are keys of `apps`",
};

/// A reference inside one database.
pub const LOCAL_REFERENCE: Code = &CodeInfo {
    id: "ORM0126",
    title: "a reference inside one database",
    explanation: "\
A reference is for an ID that crosses databases, where PostgreSQL cannot hold a foreign key. Inside one database a
foreign key does more: the server checks it, and ormgen makes a relation of it, which queries can join and filter on.
Apps with the same `default_connection` are one database.

    ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id);

Where the schema is not yours to change, a relation of the app makes as much of the columns, without the server's check:

    apps:
      shop:
        relations:
          - { from: orders.customer_id, to: customers.id }",
};

/// A text that is not a Rust name or type.
pub const BAD_RUST: Code = &CodeInfo {
    id: "ORM0127",
    title: "a text that is not a Rust name or type",
    explanation: "\
`types` gives Rust types as generated code will write them; `name` gives a struct, a field or a constant its name. A
type is reachable from generated code: start it with `crate::` for your own, or with a crate's name.

    types:
      numeric: rust_decimal::Decimal
      crm.customers.settings: crate::Settings",
};

/// Two entries for one thing.
pub const REPEATED_ENTRY: Code = &CodeInfo {
    id: "ORM0128",
    title: "two entries for one thing",
    explanation: "\
The same column has two references, the same columns have two relations to one target, the same type or column has two
overrides, or the same file is in a schema twice.
One of them could not take effect. Remove one.",
};

/// A connection that would serve two databases.
pub const SHARED_CONNECTION: Code = &CodeInfo {
    id: "ORM0129",
    title: "a connection that would serve two databases",
    explanation: "\
Every connection serves one database's models: that is what keeps a query from running on a server where its table
is not. Apps that share a `default_connection` are one database; a connection that is the default of one database, or
listed by one, cannot be listed by another. Give it a second alias with the same URL where one server really holds
both schemas.

    connections:
      crm: ${CRM_URL}
      crm_reports: ${CRM_URL}",
};

/// A password in the manifest.
pub const LITERAL_PASSWORD: Code = &CodeInfo {
    id: "ORM0130",
    title: "a password in the manifest",
    explanation: "\
A manifest is committed and reviewed; a password in it is known to all who can read it. ormgen never writes it to
generated code: there a variable named after the alias takes its place, and a program that connects without the
manifest needs that variable.

    crm: postgres://app:${CRM_PASSWORD}@db1/crm",
};

/// A section with nothing in it.
pub const EMPTY_SECTION: Code = &CodeInfo {
    id: "ORM0131",
    title: "a section with nothing in it",
    explanation: "\
`connections` and `apps` each need at least one entry, `schema` at least one path, and a `key` at least one column.

    connections:
      crm: ${CRM_URL}
    apps:
      crm: { schema: schemas/crm.sql, default_connection: crm }",
};

/// The manifest already exists.
pub const MANIFEST_EXISTS: Code = &CodeInfo {
    id: "ORM0132",
    title: "the manifest already exists",
    explanation: "\
`ormgen init` writes a new manifest and never overwrites one: what is in it may be weeks of work. Edit the manifest
that is there, move it away, or name another path.

    ormgen init other.yaml",
};

/// A file cannot be written.
pub const UNWRITABLE: Code = &CodeInfo {
    id: "ORM0133",
    title: "a file cannot be written",
    explanation: "\
`ormgen init` could not write the manifest or the schema to start from. The message has the operating system's
reason: the folder may be write-protected, or a file may stand where a folder should be.",
};

/// A setting that has no effect.
pub const NO_EFFECT: Code = &CodeInfo {
    id: "ORM0134",
    title: "a setting that has no effect",
    explanation: "\
Another setting of the manifest, or the lack of one, leaves this one nothing to do: the `name` of a column that
`skip: true` leaves out, an `idle_timeout` that is longer than `max_lifetime`, a `runtime` without `layout: crates`.
Remove it, or the setting that stands in its way.

Or an earlier version had this setting, and now it is read and changes nothing. `pool.lanes` was the number of connections that
statements outside transactions shared. Now every connection of a pool may be shared by short reads, and the pool
decides when that is faster. A statement that is to have a connection of its own asks for it:

    let report = Order::query().all(&dbs.orders.exclusive()).await?;",
};

/// A folder of migrations in no layout that is known.
pub const UNKNOWN_LAYOUT: Code = &CodeInfo {
    id: "ORM0135",
    title: "a folder of migrations whose order is not known",
    explanation: "\
Migration tools apply files in different orders: by the text of a name, by the number that it begins with, by a plan. \
ormgen recognises a tool by its files (`migration_lock.toml`, `up.sql` in folders, `V1__name.sql`, …). The files of \
this folder fit no tool, and their order by text is not their order by number.

    a2.sql  a10.sql

Name the tool in the manifest:

    schema: { migrations: db/migrate, layout: prisma }

Layouts are `atlas`, `dbmate`, `diesel`, `drizzle`, `flyway`, `golang-migrate`, `natural`, `numbered`, `postgrator`, \
`prisma`, `sqitch` and `yoyo`. `natural` is for files of no tool: `a2.sql` comes before `a10.sql`.",
};

/// An attribute that is none.
pub const BAD_ATTRIBUTE: Code = &CodeInfo {
    id: "ORM0140",
    title: "a text that is not an attribute, or stands where none can",
    explanation: "\
`attributes` lists what stands between `#[` and `]` before a generated struct, enum or field. A table and its columns have
theirs in the app, an enum or a composite type under `types`.

    apps:
      crm:
        tables:
          customers:
            derives: [\"utoipa::ToSchema\"]
            attributes: [\"serde(deny_unknown_fields)\"]
            columns: { password: { attributes: [\"serde(skip_serializing)\"] } }
    types:
      public.tier: { derives: [\"strum::EnumIter\"], attributes: [\"serde(rename_all = \\\"UPPERCASE\\\")\"] }",
};

/// A relation of the manifest that is not written as one.
pub const BAD_RELATION: Code = &CodeInfo {
    id: "ORM0141",
    title: "a relation's ends are not columns of two tables",
    explanation: "\
`relations` of an app names relations that no foreign key makes, such as a view's: the columns that hold a key, and the
columns that they refer to, as `table.column` or `schema.table.column`; for a key of several columns a list at each end.

    relations:
      - { from: order_totals.order_id, to: orders.id, name: ORDER, reverse: TOTAL }
      - { from: [picks.order_id, picks.line_no], to: [items.order_id, items.line_no] }",
};

/// Two migrations of one version.
pub const REPEATED_VERSION: Code = &CodeInfo {
    id: "ORM0142",
    title: "two migrations have one version",
    explanation: "\
Two files of a folder of migrations have the same version: two branches that were merged, each with a migration of that
number, leave that.

    003_orders.sql  003_invoices.sql

ormgen reads both, in the order of their names. The tool that applies them to a server does not: it refuses the folder, or
applies one of the two and takes the other one for done. Then the server has another schema than the generated code. Give
one of them the next free version. This is a warning.",
};

pub(super) const MANIFEST_CODES: &[Code] = &[
    BAD_NAME,
    NAME_CLASH,
    UNKNOWN_CONNECTION,
    UNUSED_CONNECTION,
    REPEATED_CONNECTION,
    BAD_TEMPLATE,
    BAD_URL,
    BAD_DURATION,
    BAD_SIZE,
    UNKNOWN_VALUE,
    CONFLICTING_SETTINGS,
    SCHEMA_NOT_FOUND,
    SCHEMA_EMPTY,
    SCHEMA_NOT_TEXT,
    BAD_GLOB,
    BAD_COLUMN_PATH,
    UNKNOWN_APP,
    LOCAL_REFERENCE,
    BAD_RUST,
    REPEATED_ENTRY,
    SHARED_CONNECTION,
    LITERAL_PASSWORD,
    EMPTY_SECTION,
    MANIFEST_EXISTS,
    UNWRITABLE,
    NO_EFFECT,
    UNKNOWN_LAYOUT,
    BAD_ATTRIBUTE,
    BAD_RELATION,
    REPEATED_VERSION,
];
