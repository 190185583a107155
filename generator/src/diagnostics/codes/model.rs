//! Codes of the model stage.

use super::{Code, CodeInfo};

/// A column's type has no Rust counterpart.
pub const UNSUPPORTED_TYPE: Code = &CodeInfo {
    id: "ORM0301",
    title: "a column's type has no Rust counterpart",
    explanation: "\
Every column becomes a field, so every column's type needs a Rust type. This one has none that ormgen knows: it is
a type whose values the server does not send in binary form, or one that an unknown extension brings.

Name a Rust type that implements `ToSql` and `FromSql` of the crate `postgres-types`:

    types:
      \"public.geometry\": my_geo::Geometry      # for the type
      \"crm.places.shape\": my_geo::Shape        # or for one column

or leave the column out, knowingly:

    apps:
      crm:
        tables: { places: { columns: { shape: { skip: true } } } }",
};

/// A type is not defined.
pub const UNDEFINED_TYPE: Code = &CodeInfo {
    id: "ORM0302",
    title: "a column's type is not defined in the schema",
    explanation: "\
The column names a type that no statement of the schema creates. Add the `CREATE TYPE`, `CREATE DOMAIN` or
`CREATE EXTENSION` that brings it to the files that `schema:` names, or name a Rust type for it under `types:`.",
};

/// A view's column has a type that cannot be known.
pub const UNKNOWN_VIEW_COLUMN: Code = &CodeInfo {
    id: "ORM0303",
    title: "the type of a view's column cannot be told from the DDL",
    explanation: "\
A view does not say what type its columns have: that follows from its query. ormgen follows the expressions it
knows; this one it does not. Say the type in the manifest:

    apps:
      shop:
        tables: { order_totals: { columns: { total: { type: \"numeric(12,2)\", nullable: false } } } }

or read the schema from a server, which knows.",
};

/// A glob that matches nothing.
pub const GLOB_WITHOUT_MATCH: Code = &CodeInfo {
    id: "ORM0310",
    title: "a pattern under `models` matches no table",
    explanation: "\
Each pattern under an app's `models` must match at least one table of its schema: one that matches none is
a misspelling, or is left over from a table that is gone. A pattern without a dot is compared with the table's
name in any schema, one with a dot with `schema.table`.",
};

/// An app without tables.
pub const APP_WITHOUT_TABLES: Code = &CodeInfo {
    id: "ORM0311",
    title: "an app has no tables",
    explanation: "\
The files that the app's `schema:` names create no table and no view. Is it the right file? Statements that
only fill tables (COPY, INSERT) do not create any.",
};

/// A table of two apps.
pub const TABLE_IN_TWO_APPS: Code = &CodeInfo {
    id: "ORM0312",
    title: "a table belongs to two apps",
    explanation: "\
Apps that share a connection share a database, and each table is a model of one app. Where both read the same
files, say which tables are whose:

    apps:
      people: { schema: schema.sql, models: [\"customer*\"], default_connection: main }
      sales:  { schema: schema.sql, models: [\"order*\"], default_connection: main }",
};

/// A table that is not there.
pub const UNKNOWN_TABLE: Code = &CodeInfo {
    id: "ORM0313",
    title: "the manifest names a table that is not there",
    explanation: "\
What `tables:`, `types:` or `references:` say is for a table that no app has, or that `models` leaves out. Write
it as `table` or `schema.table`, exactly as PostgreSQL stores the name: `Orders` only if it was created in quotes.",
};

/// A column that is not there.
pub const UNKNOWN_COLUMN: Code = &CodeInfo {
    id: "ORM0314",
    title: "the manifest names a column that is not there",
    explanation: "\
What `tables:`, `types:` or `references:` say is for a column that its table does not have. Names are compared
exactly as PostgreSQL stores them: in lower case, unless they were created in quotes.",
};

/// A type override for a type that is not there.
pub const UNKNOWN_TYPE: Code = &CodeInfo {
    id: "ORM0315",
    title: "the manifest overrides a type that is not there",
    explanation: "\
An entry under `types:` is for a SQL type that is neither PostgreSQL's own, nor defined in a schema, nor the type of
any column: it would do nothing. Types go by the names that PostgreSQL's catalog has for them, `int4` rather than
`integer`, and with their schema where several have the name:

    types:
      numeric: my_decimal::Decimal
      \"gis.geometry\": my_geo::Geometry",
};

/// A name that was moved out of another's way.
pub const RENAMED: Code = &CodeInfo {
    id: "ORM0320",
    title: "two names became one in Rust, so one was changed",
    explanation: "\
SQL names that differ only in case, punctuation or their schema can give the same Rust name. The one that is
spelled as Rust spells it keeps the plain name; the other gets a suffix made from its own SQL name, so that it
stays the same when tables are added. This is a warning: the code builds. Choose a better name in the manifest:

    apps:
      crm:
        tables: { Customers: { name: LegacyCustomer, columns: { \"customerId\": { name: legacy_id } } } }",
};

/// A name from the manifest that cannot be given.
pub const NAME_TAKEN: Code = &CodeInfo {
    id: "ORM0321",
    title: "a name that the manifest gives is taken",
    explanation: "\
The manifest names a struct, a field or a reference with a name that another object of the same module or struct
has, or that Rust does not take. Choose another name.",
};

/// A foreign key into another database.
pub const CROSS_DATABASE_FOREIGN_KEY: Code = &CodeInfo {
    id: "ORM0330",
    title: "a foreign key points into another database",
    explanation: "\
PostgreSQL has no foreign key between two databases: this statement would fail there, or point to a table of
the same name that this schema does not create. Keep the column, drop the constraint, and declare a reference:

    references:
      - { from: orders.orders.customer_id, to: crm.customers.id }",
};

/// A foreign key to nowhere.
pub const DANGLING_FOREIGN_KEY: Code = &CodeInfo {
    id: "ORM0331",
    title: "a foreign key points to a table or column that is not in the schema",
    explanation: "\
The table that the foreign key names is created by no statement of this app, nor of an app that shares its
connection; or it has no such column. Add the file that creates it to `schema:`, or correct the name.",
};

/// A foreign key whose columns cannot be compared in Rust.
pub const RELATION_TYPE: Code = &CodeInfo {
    id: "ORM0332",
    title: "a foreign key gives no relation",
    explanation: "\
A relation is loaded by comparing keys in Rust, so the columns at both ends must have the same Rust type, with
equality and a hash. This foreign key's have not: their SQL types differ (two integer types are fine), or have no
equality in Rust, as floating-point numbers. This is a warning: the columns are there, the relation is not.",
};

/// A reference whose types do not fit.
pub const REFERENCE_TYPE: Code = &CodeInfo {
    id: "ORM0341",
    title: "a reference's two columns have different types",
    explanation: "\
A reference is loaded by comparing IDs, so both columns must have the same Rust type, and it must be one that
can be compared for equality. Change one column's type, or override both with the same Rust type under `types:`.",
};

/// A reference to a column that is not unique.
pub const REFERENCE_TARGET: Code = &CodeInfo {
    id: "ORM0342",
    title: "a reference points to a column that is not a key",
    explanation: "\
An ID must say which row it means, so the column that a reference points to must be its table's primary key, or
have a UNIQUE constraint of its own.",
};

/// What a table's settings say does not fit it.
pub const KEY_SETTING: Code = &CodeInfo {
    id: "ORM0352",
    title: "a key in the manifest does not fit its table",
    explanation: "\
`key:` names the columns that tell a row of a view, or of a table without a primary key. A table that has
a primary key keeps it; a key's column must be there and must not be NULL (say `nullable: false` of a view's).",
};

/// A mistake of ormgen's own.
pub const INTERNAL: Code = &CodeInfo {
    id: "ORM0399",
    title: "ormgen made a mistake",
    explanation: "\
What ormgen generated for this schema is not Rust, or one of its templates failed. That is never the schema's
fault. Please report it, with the smallest schema that shows it. Nothing was written.",
};

pub(super) const MODEL_CODES: &[Code] = &[
    UNSUPPORTED_TYPE,
    UNDEFINED_TYPE,
    UNKNOWN_VIEW_COLUMN,
    GLOB_WITHOUT_MATCH,
    APP_WITHOUT_TABLES,
    TABLE_IN_TWO_APPS,
    UNKNOWN_TABLE,
    UNKNOWN_COLUMN,
    UNKNOWN_TYPE,
    RENAMED,
    NAME_TAKEN,
    CROSS_DATABASE_FOREIGN_KEY,
    DANGLING_FOREIGN_KEY,
    RELATION_TYPE,
    REFERENCE_TYPE,
    REFERENCE_TARGET,
    KEY_SETTING,
    INTERNAL,
];
