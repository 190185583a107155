//! Codes of the model stage.

use super::{Code, CodeInfo};

/// A column's type has no Rust counterpart.
pub const UNSUPPORTED_TYPE: Code = &CodeInfo {
    id: "ORM0301",
    title: "a column's type has no Rust counterpart",
    explanation: "\
Every column becomes a field, so every column's type needs a Rust type. ormgen knows none for this column's type:
the server does not send its values in binary form, or an extension that ormgen does not know defines it.

Name a Rust type that implements `ToSql` and `FromSql` of the crate `postgres-types`:

    types:
      \"public.geometry\": my_geo::Geometry      # for the type
      \"crm.places.shape\": my_geo::Shape        # or for one column

or leave the column out:

    apps:
      crm:
        tables: { places: { columns: { shape: { skip: true } } } }

or all columns of such types, each with a warning:

    types:
      unknown: skipped",
};

/// A type is not defined.
pub const UNDEFINED_TYPE: Code = &CodeInfo {
    id: "ORM0302",
    title: "a column's type is not defined in the schema",
    explanation: "\
The column names a type that no statement of the schema creates. Add the `CREATE TYPE`, `CREATE DOMAIN` or
`CREATE EXTENSION` that defines it to the files that `schema:` names, or name a Rust type for it under `types:`.",
};

/// The type of a view's column cannot be inferred.
pub const UNKNOWN_VIEW_COLUMN: Code = &CodeInfo {
    id: "ORM0303",
    title: "the type of a view's column cannot be inferred from the DDL",
    explanation: "\
A view does not say what type its columns have: that follows from its query. ormgen infers it from the expressions
that it knows, and this column's is not one of them. Write the type in the manifest:

    apps:
      shop:
        tables: { order_totals: { columns: { total: { type: \"numeric(12,2)\", nullable: false } } } }

or read the schema from a server, which has inferred it. `types: { unknown: skipped }` leaves out all columns whose type
has no counterpart or cannot be inferred, each with a warning.",
};

/// A glob that matches nothing.
pub const GLOB_WITHOUT_MATCH: Code = &CodeInfo {
    id: "ORM0310",
    title: "a pattern under `models` matches no table",
    explanation: "\
Each pattern under an app's `models` must match at least one table of its schema: a pattern that matches none is
misspelled, or left over from a table that was dropped. A pattern without a dot is compared with the table's
name in any schema, one with a dot with `schema.table`. A pattern that begins with `!` leaves out what it matches;
where all begin so, they take all other tables:

    models: [\"!*_log\", \"!audit.*\"]",
};

/// An app without tables.
pub const APP_WITHOUT_TABLES: Code = &CodeInfo {
    id: "ORM0311",
    title: "an app has no tables",
    explanation: "\
The files that the app's `schema:` names create no table and no view. Check that it is the right file:
statements that only fill tables (COPY, INSERT) create none.",
};

/// A table of two apps.
pub const TABLE_IN_TWO_APPS: Code = &CodeInfo {
    id: "ORM0312",
    title: "a table belongs to two apps",
    explanation: "\
Apps that share a connection share a database, and each table is a model of one app. Where both read the same
files, choose the tables of each with `models`:

    apps:
      people: { schema: schema.sql, models: [\"customer*\"], default_connection: main }
      sales:  { schema: schema.sql, models: [\"order*\"], default_connection: main }",
};

/// A table that does not exist.
pub const UNKNOWN_TABLE: Code = &CodeInfo {
    id: "ORM0313",
    title: "the manifest names a table that does not exist",
    explanation: "\
An entry under `tables:`, `types:` or `references:` names a table that no app has, or that `models` leaves out.
Write it as `table` or `schema.table`, exactly as PostgreSQL stores the name: `Orders` only if it was created in quotes.",
};

/// A table's name that several schemas have.
pub const AMBIGUOUS_TABLE: Code = &CodeInfo {
    id: "ORM0316",
    title: "the manifest names a table that several schemas have",
    explanation: "\
A table's name without a schema means the table of the app's main schema (`main_schema`, or `public`, say), or else the
only table of that name that is a model. Here several schemas have such a table, none of them is the main schema, and
nobody can know which is meant. Write the schema:

    relations:
      - { from: archive.burials.person_id, to: archive.persons.id }
    references:
      - { from: ledger.invoices.person_id, to: parish.archive.persons.id } # app.schema.table.column",
};

/// A type that its name without a schema does not mean.
pub const HIDDEN_TYPE: Code = &CodeInfo {
    id: "ORM0317",
    title: "a type's name without its schema means a type of PostgreSQL's",
    explanation: "\
With `unqualified: true`, SQL names the types of the app's main schema without it, and the server looks for such names in
`pg_catalog` before the `search_path`. A type that is called as one of PostgreSQL's, `path` or `date`, is not found there:
give it another name, or create it in a schema that all tenants share, whose name SQL then says.",
};

/// A column that does not exist.
pub const UNKNOWN_COLUMN: Code = &CodeInfo {
    id: "ORM0314",
    title: "the manifest names a column that does not exist",
    explanation: "\
An entry under `tables:`, `types:` or `references:` names a column that its table does not have, or a field that its
composite type does not have. Names are compared exactly as PostgreSQL stores them: in lower case, unless they were
created in quotes.",
};

/// A type override for a type that does not exist.
pub const UNKNOWN_TYPE: Code = &CodeInfo {
    id: "ORM0315",
    title: "the manifest overrides a type that does not exist, or that no column has",
    explanation: "\
An entry under `types:` names a SQL type that is neither PostgreSQL's own, nor defined in a schema, nor the type of
any column, so the entry would have no effect. If it is PostgreSQL's own and no column has it, this is a warning. Write the name that PostgreSQL's catalog has for the type, `int4`
rather than `integer`, with its schema where several schemas have a type of that name:

    types:
      numeric: my_decimal::Decimal
      \"gis.geometry\": my_geo::Geometry",
};

/// A Rust name that something else has: one of Rust's own, or another object.
pub const RENAMED: Code = &CodeInfo {
    id: "ORM0320",
    title: "an object has another name in Rust than its SQL name would give",
    explanation: "\
SQL names that differ only in case, punctuation or their schema can give the same Rust name. The object whose
SQL name is spelled as Rust spells it keeps that name; the other gets a suffix made from its own SQL name, so that it
stays the same when tables are added. A table whose name would be one that generated code uses from Rust's prelude
gets `Row` after it: `copies` is `CopyRow`, since `Copy` is a trait. These are warnings: the code compiles. Choose a
better name in the manifest. The same goes for the struct of a table's new rows, `NewOrder`, whose name another struct may
have: it is `InsertOrder` then.

    apps:
      crm:
        tables: { Customers: { name: LegacyCustomer, columns: { \"customerId\": { name: legacy_id } } } }",
};

/// A name from the manifest that another object has.
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
    title: "a foreign key refers to a table of another database",
    explanation: "\
PostgreSQL has no foreign key between two databases: the server would refuse this statement, or the
foreign key would refer to a table of the same name that this schema does not create. Keep the column, drop the constraint, and declare a reference:

    references:
      - { from: orders.orders.customer_id, to: crm.customers.id }",
};

/// A foreign key to a table or column that does not exist.
pub const DANGLING_FOREIGN_KEY: Code = &CodeInfo {
    id: "ORM0331",
    title: "a foreign key refers to a table or column that is not in the schema",
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
`Eq` and `Hash`. The types of this foreign key's columns differ (two integer types are fine), or cannot be compared
for equality, as floating-point numbers. This is a warning: the model has the columns, but no relation.",
};

/// A reference whose types do not fit.
pub const REFERENCE_TYPE: Code = &CodeInfo {
    id: "ORM0341",
    title: "a reference's two columns have different types",
    explanation: "\
A reference is loaded by comparing IDs, so both columns must have the same Rust type, and its values must be
comparable for equality. Change one column's type, or override both with the same Rust type under `types:`.",
};

/// A reference to a column that is not unique.
pub const REFERENCE_TARGET: Code = &CodeInfo {
    id: "ORM0342",
    title: "a relation or a reference refers to columns that are not a key",
    explanation: "\
An ID identifies one row. So the column that a reference refers to, and the columns that a relation of an app refers to,
must be their table's primary key, or have a UNIQUE constraint or a unique index (without WHERE) of their own. If several
rows had the same value, a join would multiply rows, and which of them is the related row would be chance.

A view has no constraints: the manifest says which of its columns identify a row.

    apps:
      crm:
        tables:
          balances: { key: [account_id], columns: { account_id: { nullable: false } } }",
};

/// A `key` that does not fit its table.
pub const KEY_SETTING: Code = &CodeInfo {
    id: "ORM0352",
    title: "a key in the manifest does not fit its table",
    explanation: "\
`key:` names the columns that identify a row of a view, or of a table without a primary key. A table with a primary
key keeps that key. Each column of a `key` must exist and must never be NULL (write `nullable: false` for a view's).",
};

/// A column without a field.
pub const LEFT_OUT: Code = &CodeInfo {
    id: "ORM0354",
    title: "a column or a type is left out, since its values have no Rust type",
    explanation: "\
The manifest says `types: { unknown: skipped }`: a column whose type has no Rust counterpart, or whose type cannot be
inferred from its view's query, has no field, and a composite type with a field of such a type is not generated. This is
a warning for each: the code compiles, and reads and writes all other columns. The docs of the struct name the columns
that it lacks.

Where such a column may not be NULL and has no default, the server refuses every new row, unless a trigger fills the
column; insert with SQL of your own (`raw`), or give the column a Rust type:

    types:
      unknown: skipped
      \"public.geometry\": my_geo::Geometry

A column that is left out by `skip: true` is not warned of, unless a new row needs a value for it (ORM0355).",
};

/// A column that the manifest leaves out needs a value.
pub const SKIPPED_REQUIRED: Code = &CodeInfo {
    id: "ORM0355",
    title: "a column that `skip: true` leaves out needs a value",
    explanation: "\
A column with `skip: true` has no field, so an insert through the model sends no value for it. The column may not be NULL
and has no default: the server refuses every new row (SQLSTATE 23502), unless a trigger fills the column. This is a
warning: the model reads and updates rows all the same.

    CREATE TABLE customers (id bigint PRIMARY KEY, secret text NOT NULL);

    tables: { customers: { columns: { secret: { skip: true } } } }

Remove `skip: true`, or give the column a default in the schema: `ALTER TABLE customers ALTER COLUMN secret SET DEFAULT ''`.
A default also ends the warning where a trigger fills the column, which takes the default's place. Where the program
inserts such rows with SQL of its own, or not at all, nothing needs to change.",
};

/// A type that a generated package cannot name.
pub const OUT_OF_REACH: Code = &CodeInfo {
    id: "ORM0356",
    title: "a generated package cannot name a type or a derive of the manifest",
    explanation: "\
With `layout: crates`, each database is a package of its own. It depends on the runtime and on nothing else that could
have the type (the program depends on the package, not the other way round), so `crate::CustomerId` means nothing in it,
nor does the derive `strum::EnumIter`.

Name a type of the runtime or of the standard library:

    types:
      \"crm.customers.price\": ormgen_runtime::types::Numeric

or leave out `layout: crates`: with modules the generated code is a part of your package, and `crate::CustomerId` and the
types of all packages that it depends on can be named.",
};

/// A value that the schema shows and the field cannot hold.
pub const VALUE_NOT_HELD: Code = &CodeInfo {
    id: "ORM0360",
    title: "a column's schema shows a value that its Rust type cannot hold",
    explanation: "\
The Rust types that columns have by default hold what most columns contain. Where PostgreSQL's type has more values,
reading one of those is an error, never a rounding: a query that meets such a row fails. This column's default, or a
CHECK that names the column, shows such a value.

    valid_to timestamptz NOT NULL DEFAULT 'infinity'

Choose a type with room for it, for the whole manifest or for one column:

    types:
      infinity: kept           # dates and timestamps, and ranges of them, are `OrInfinity<…>`
      arrays: nullable         # arrays are `Vec<Option<T>>`; `any`: `Array<Option<T>>`, of any number of dimensions
      \"crm.shifts.ends\": ormgen_runtime::types::Time      # has 24:00
      \"crm.scores.mean\": ormgen_runtime::types::Numeric   # has NaN

or write `infinity: refused` or `arrays: plain` where you know that no row holds such a value. This is a warning.",
};

/// A Rust type that cannot read the values of its SQL type.
pub const TYPE_NOT_READ: Code = &CodeInfo {
    id: "ORM0361",
    title: "the manifest names a Rust type that cannot hold the values of the SQL type",
    explanation: "\
The driver reads each of Rust's own types from certain SQL types alone: `i16` from `smallint`, `String` from the types of
text. It converts nothing: a `smallint` that is read as `i32` is an error on each row, and no type of PostgreSQL is read
as `u64` or `char`. The same holds for a domain, which is read as the type that it is over.

Remove the entry, or name a type of your own, which implements `FromSql` and `ToSql` as you want it:

    types:
      catalog.year: crate::Year        # struct Year(i32), read from a `smallint`",
};

/// A setting of a view's column that stands at a table's.
pub const VIEW_SETTING: Code = &CodeInfo {
    id: "ORM0362",
    title: "a setting for a view's column stands at a table's column, or contradicts the view",
    explanation: "\
A view does not say what type its columns have, nor whether they may be NULL: `type` and `nullable` say so. A table says
both, and the generated code must be what the table is: a column that is read as another type, or as one that is never
NULL although it may be, fails when a row is read.

The same goes for a view's column whose type follows from the query: the server sends values of that type. `type` is for
a column whose type is not known.

Change the column with a migration, or name another Rust type for it:

    types:
      \"crm.orders.total\": crate::Money",
};

/// Structs with a prefix that most of them share.
pub const MAIN_SCHEMA: Code = &CodeInfo {
    id: "ORM0350",
    title: "the main schema of an app is not the one with the most tables, or only that makes it the main one",
    explanation: "\
The structs of an app's main schema have plain names, those of its other schemas carry the schema's name: beside
`public`, `billing.accounts` is `BillingAccount`. The main schema is the one that every pattern of `models` names; else
the only one that has tables of the app; else `public`, if that has any; else the one with the most tables.

Where another schema is the main one to you, or only the number of its tables makes it that, say so, and the names stay
as they are whatever is added later:

    apps:
      billing: { schema: schemas/billing, main_schema: billing, default_connection: billing }",
};

/// A main schema without a table.
pub const UNKNOWN_SCHEMA: Code = &CodeInfo {
    id: "ORM0351",
    title: "the main schema has no table of the app",
    explanation: "\
`main_schema` names the schema whose structs carry no prefix. None of the app's tables is in it: it is misspelled, or
`models` leaves its tables out.",
};

/// Another name for a relation that is not there.
pub const UNKNOWN_RELATION: Code = &CodeInfo {
    id: "ORM0353",
    title: "the manifest renames a relation that a model does not have",
    explanation: "\
`tables: { …: { relations: { OLD: NEW } } }` gives a relation another name than ormgen would: `OLD` is the constant as
generated code has it without this entry. The model has no such relation, or it is a reference into another database,
whose names are `name` and `reverse` in `references`.",
};

/// A relation of the manifest that a foreign key makes as well.
pub const RELATION_OF_KEY: Code = &CodeInfo {
    id: "ORM0357",
    title: "a relation of the manifest is that of a foreign key",
    explanation: "\
Each foreign key of the schema gives a relation by itself. `relations` of an app names those that no foreign key makes. A
relation that is there twice has two constants, and each gets a name that tells it from the other one: a foreign key that
is added to the schema changes the names in your code. Remove the manifest's entry; the foreign key's relation gets
another name like this:

    apps:
      shop:
        tables: { orders: { relations: { PATRON: BUYER } } }

This is a warning.",
};

/// A reference between columns that compare differently.
pub const REFERENCE_COMPARED: Code = &CodeInfo {
    id: "ORM0363",
    title: "the two columns of a reference compare differently",
    explanation: "\
Each database compares IDs by its own column. Where one of the two ignores something that the other does not, the case of
a `citext` or whatever a collation of the schema's own is made for, a row can be found from one end and not from the other:
`Abc` refers to `ABC`, and `ABC` has no such row. Give both columns the same type, or the same collation.

This is a warning.",
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
    AMBIGUOUS_TABLE,
    HIDDEN_TYPE,
    RENAMED,
    NAME_TAKEN,
    CROSS_DATABASE_FOREIGN_KEY,
    DANGLING_FOREIGN_KEY,
    RELATION_TYPE,
    REFERENCE_TYPE,
    REFERENCE_TARGET,
    MAIN_SCHEMA,
    UNKNOWN_SCHEMA,
    KEY_SETTING,
    UNKNOWN_RELATION,
    LEFT_OUT,
    SKIPPED_REQUIRED,
    OUT_OF_REACH,
    RELATION_OF_KEY,
    VALUE_NOT_HELD,
    TYPE_NOT_READ,
    VIEW_SETTING,
    REFERENCE_COMPARED,
    INTERNAL,
];
