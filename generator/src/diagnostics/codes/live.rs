//! Codes of live servers, snapshots and drift.

use super::{Code, CodeInfo};

/// The schema is to be read from a live server, by an ormgen without a client.
pub const LIVE_SCHEMA: Code = &CodeInfo {
    id: "ORM0501",
    title: "`schema: live` needs the cargo feature `live`",
    explanation: "\
`schema: live` reads the schema from the app's default connection. This build of ormgen is without the cargo feature
`live`, so it has no PostgreSQL client. Turn the feature on:

    [build-dependencies]
    ormgen = { version = \"0.1\", features = [\"live\"] }

or, so that a build needs no server, write a snapshot with `ormgen introspect` and name that file:

    apps:
      crm: { schema: schemas/crm.snapshot.yaml, default_connection: crm }",
};

/// A connection's settings cannot be used.
pub const LIVE_SETTINGS: Code = &CodeInfo {
    id: "ORM0502",
    title: "a connection's settings cannot be used",
    explanation: "\
To read a live server, its connection's variables must have values and its URL must be one of PostgreSQL's. A build from
files needs neither: variables are looked up only when something connects.

    connections:
      crm: postgres://app:${CRM_PASSWORD}@db1.internal:5432/crm

    CRM_PASSWORD=… ormgen introspect",
};

/// The server cannot be reached.
pub const LIVE_UNREACHABLE: Code = &CodeInfo {
    id: "ORM0503",
    title: "a server cannot be reached",
    explanation: "\
No server answered at the connection's host and port, or the server takes no connection now: the server is down,
starting, full, or behind a firewall. ormgen reads a connection's primary and does not try its replicas.

Check with `pg_isready --host=… --port=…`. So that a build needs no server at all, use a snapshot:

    ormgen introspect            # writes schemas/crm.snapshot.yaml; commit it
    # and in the manifest: schema: schemas/crm.snapshot.yaml",
};

/// The server refused the login.
pub const LIVE_LOGIN: Code = &CodeInfo {
    id: "ORM0504",
    title: "a server refused the login",
    explanation: "\
The server answered, and does not let this user connect to this database: the password is wrong or missing, the user or the
database does not exist, or `pg_hba.conf` has no line for it. Messages hold the user's name, never the password.

    connections:
      crm: postgres://app:${CRM_PASSWORD}@db1.internal:5432/crm

A character such as `@`, `/` or `%` in a password that stands in a URL is written as `%40`, `%2F`, `%25`; a variable's
value too.",
};

/// No encrypted connection.
pub const LIVE_TLS: Code = &CodeInfo {
    id: "ORM0505",
    title: "no encrypted connection could be made",
    explanation: "\
The connection asks for TLS, and the server has none, or its certificate is not from an authority that is trusted, or is
for another host. The modes are libpq's: `require` takes any certificate, `verify-ca` one of a trusted authority,
`verify-full` one of a trusted authority for this very host. The system's authorities are trusted unless `ca` names
others.

    connections:
      crm:
        url: ${CRM_URL}
        tls: { mode: verify-full, ca: certs/ca.pem }",
};

/// The server is too old.
pub const LIVE_TOO_OLD: Code = &CodeInfo {
    id: "ORM0506",
    title: "a server is too old to be read",
    explanation: "\
ormgen reads the catalogs of PostgreSQL 12 to 18. Schemas from DDL files work with any server:

    pg_dump --schema-only --no-owner --file=schemas/crm.sql …
    # and in the manifest: schema: schemas/crm.sql",
};

/// No permission.
pub const LIVE_PERMISSION: Code = &CodeInfo {
    id: "ORM0507",
    title: "the connection's user may not read the schema",
    explanation: "\
Reading a schema needs CONNECT on the database and SELECT on PostgreSQL's system catalog, which everyone has unless an
administrator took it away. It needs no privilege on the tables themselves. The message says what was refused; grant it:

    GRANT CONNECT ON DATABASE crm TO app;
    GRANT SELECT ON pg_catalog.pg_constraint TO app;

or read the schema as another user, with a connection of its own.",
};

/// Another session holds a lock, or the server is too slow.
pub const LIVE_LOCKED: Code = &CodeInfo {
    id: "ORM0508",
    title: "a schema could not be read in time",
    explanation: "\
Another session holds a lock on a table, as `ALTER TABLE` and `TRUNCATE` do until their transaction ends, or the server
is too busy. ormgen waits five seconds for a lock and `statement_timeout` (60 seconds where the connection sets none)
for an answer, then gives up, so that it never hangs and no other session queues behind it. The message names the
locked tables and the processes that hold the locks. See what these processes do:

    SELECT pid, state, query FROM pg_stat_activity WHERE pid = …;",
};

/// The schema changed while it was read.
pub const LIVE_CHANGED: Code = &CodeInfo {
    id: "ORM0509",
    title: "a schema changed while it was read",
    explanation: "\
Everything is read in one transaction, yet the server prints expressions (defaults, checks) as they are at that moment.
If a table or a column was dropped in between, the parts that were read contradict each other. ormgen then reads the
whole schema again, up to three times; here it changed each time. Wait until the migration is done.",
};

/// Any other error of the server.
pub const LIVE_FAILED: Code = &CodeInfo {
    id: "ORM0510",
    title: "reading a live schema failed",
    explanation: "\
The server refused a query for a reason that ormgen does not know; the message quotes it. If it happens again, read the
schema from DDL, and please report it with the server's version:

    pg_dump --schema-only --no-owner --file=schemas/crm.sql …",
};

/// Sources that cannot be mixed.
pub const MIXED_SOURCES: Code = &CodeInfo {
    id: "ORM0511",
    title: "one database has its schema from two kinds of source",
    explanation: "\
Apps with the same default connection share one database, and a database has one schema: it comes from DDL files, or
from one snapshot, or from the live server. DDL cannot be applied to a snapshot, which does not keep how the schema was
written.

    apps:
      crm:  { schema: schemas/crm.snapshot.yaml, default_connection: crm }
      mail: { schema: schemas/crm.snapshot.yaml, default_connection: crm, models: [\"mail_*\"] }",
};

/// A snapshot that cannot be read.
pub const BAD_SNAPSHOT: Code = &CodeInfo {
    id: "ORM0512",
    title: "a snapshot cannot be read",
    explanation: "\
A snapshot is written by `ormgen introspect`, and is meant to be read and compared by people, not to be edited. This one
does not have the form that `ormgen introspect` writes: a merge left its marks in it, somebody edited it, or it is
another YAML file. Write it
again:

    ormgen introspect

A file that ends in `.yaml` or `.yml` is taken for a snapshot, any other for DDL.",
};

/// A snapshot of another version.
pub const SNAPSHOT_VERSION: Code = &CodeInfo {
    id: "ORM0513",
    title: "a snapshot is of another version",
    explanation: "\
The key `snapshot` says which form the file has. This ormgen does not know that form: a newer one wrote it. Update
ormgen, or write the snapshot again with this one:

    ormgen introspect",
};

/// `introspect --check` found a difference.
pub const SNAPSHOT_STALE: Code = &CodeInfo {
    id: "ORM0514",
    title: "a snapshot is stale",
    explanation: "\
`ormgen introspect --check` writes nothing and fails when `ormgen introspect` would write: the server's schema changed,
or the snapshot was never written. `ormgen diff` tells what changed. To mend it, write it and commit the result:

    ormgen introspect && ormgen build",
};

/// The live schema differs from the one that the code was generated from.
pub const SCHEMA_DRIFT: Code = &CodeInfo {
    id: "ORM0515",
    title: "a live schema is not the one that the code was generated from",
    explanation: "\
`ormgen diff` compares each live server with the schema that the manifest names, field by field; expressions are compared
by meaning as far as their text tells (`a != 1` is `a <> 1`). `-` is what the code was generated from, `+` what the server
has. Either a migration has not been run on that server:

    crm: public.customers.phone: only in the schema files

or the server's schema is newer than the files: write the snapshot again, or dump the schema, and build.",
};

/// A server for the schema could not be used.
pub const SCRATCH_SERVER: Code = &CodeInfo {
    id: "ORM0516",
    title: "a server that applies the schema cannot be used",
    explanation: "\
The manifest says `through` of a schema: its files are applied to an empty database of a PostgreSQL server, which then is \
read. `through: server` starts one from the programs on this machine (the newest, or those in the folder that the \
variable ORMGEN_PG_BIN names) and ends it afterwards; `through: postgres://…` creates a database on that server and \
drops it.

    schema: { ddl: schemas/crm/, through: server }

Install PostgreSQL, or name a server whose user may create databases. `ormgen introspect` writes a snapshot, which later \
builds need no server for.",
};

/// A statement that the server refuses.
pub const SCRATCH_STATEMENT: Code = &CodeInfo {
    id: "ORM0517",
    title: "a statement that the server refuses",
    explanation: "\
The schema's files are applied on a server (`through`), and the server refused one of their statements. The message is \
the server's own, at the place that it names. Nothing behind that statement was applied.

Mend the statement, or put the files in the order in which they are meant. Where an extension is missing, install it \
beside the server, or name a server that has it: `through: postgres://…`.",
};

/// The URL of a connection cannot be replaced by that of a scratch database.
pub const DEV_URL: Code = &CodeInfo {
    id: "ORM0518",
    title: "`ormgen dev` cannot set the URL of a connection",
    explanation: "\
`ormgen dev` makes a scratch database for each connection, and runs the program with variables that hold their URLs. So
the whole URL of a connection has to be one variable, whose default may be the URL that is used elsewhere:

    connections:
      crm: ${CRM_URL:-postgres://app:${CRM_PASSWORD}@db1.internal/crm}

The same holds for each of its `replicas`: they become the same scratch database. Connections whose URL is the same
variable share one database.",
};

/// A scratch database does not get all that the manifest or its files describe.
pub const DEV_SCHEMA: Code = &CodeInfo {
    id: "ORM0519",
    title: "`ormgen dev` does not load a schema, or rows",
    explanation: "\
`ormgen dev` runs the DDL files or migrations of each app on a scratch server. A snapshot (`ormgen introspect`) says what
the schema is, without the functions, triggers and views' queries that DDL has, and `schema: live` names a server that
must not be touched. The database of such an app is made, empty. Make its tables in the command:

    ormgen dev -- sh -c 'migrate && cargo test'

or name the files that made the schema:

    apps:
      crm: { schema: migrations/, default_connection: crm }

Where there are none, `pg_dump --schema-only --no-owner` writes one from a live database.

The rows of `COPY … FROM stdin` are not loaded: a file of data is for `psql`, run as the command behind `--`.",
};

pub(super) const LIVE_CODES: &[Code] = &[
    LIVE_SCHEMA,
    LIVE_SETTINGS,
    LIVE_UNREACHABLE,
    LIVE_LOGIN,
    LIVE_TLS,
    LIVE_TOO_OLD,
    LIVE_PERMISSION,
    LIVE_LOCKED,
    LIVE_CHANGED,
    LIVE_FAILED,
    MIXED_SOURCES,
    BAD_SNAPSHOT,
    SNAPSHOT_VERSION,
    SNAPSHOT_STALE,
    SCHEMA_DRIFT,
    SCRATCH_SERVER,
    SCRATCH_STATEMENT,
    DEV_URL,
    DEV_SCHEMA,
];
