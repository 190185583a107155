//! How a server spells an expression: a temporary table with the same columns gets it, the server prints it, and the
//! transaction is rolled back.
//!
//! Nothing stays on the server, and no row is read. Manual: `pg_get_expr`.

use std::env;

use ormgen_config::ConnectionConfig;
use tokio_postgres::Client;

use super::{block_on, connect};
use crate::catalog::{Column, QName, SqlType, identifiers::quote};

/// An expression, and the object that it belongs to.
#[derive(Clone, Debug)]
pub(in crate::catalog) enum CatalogExpression {
    /// The default of a table's column.
    Default { table: QName, column: String, text: String },
    /// The expression of a generated column.
    Generated { table: QName, column: Column, text: String },
    /// The expression of a check.
    Check { table: QName, text: String },
    /// An exclusion's definition, from `EXCLUDE` on.
    Exclusion { table: QName, text: String },
    /// The expressions of an index; their spellings have the separator of [`drift`](crate::catalog::drift) between
    /// them.
    Index { table: QName, texts: Vec<String> },
    /// A domain's default.
    DomainDefault { domain: QName, base: SqlType, text: String },
    /// The expression of a domain's check.
    DomainCheck { domain: QName, base: SqlType, text: String },
}

/// The server's own spelling of each expression, in order; none for an expression that it refuses. An error, in words,
/// if the server cannot be asked: a standby, a role that may not make temporary tables.
pub(in crate::catalog) fn spell(
    connection: &ConnectionConfig,
    search_path: &[String],
    expressions: &[CatalogExpression],
) -> Result<Vec<Option<String>>, String> {
    block_on(async || {
        let resolved = connection.resolve(|name| env::var(name).ok()).map_err(|error| error.to_string())?;
        let client =
            connect(&resolved.primary, connection).await.map_err(|_| "it cannot be reached".to_owned())?;
        let words = |error: tokio_postgres::Error| {
            error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
        };
        client.batch_execute("BEGIN; CREATE TEMPORARY TABLE ormgen_may_i ()").await.map_err(words)?;
        let mut spelled = Vec::with_capacity(expressions.len());
        for expression in expressions {
            client.batch_execute("SAVEPOINT ormgen").await.map_err(words)?;
            // An expression that the server refuses has no spelling: then the texts are compared as they are.
            spelled.push(one(&client, search_path, expression).await.ok());
            client.batch_execute("ROLLBACK TO ormgen").await.map_err(words)?;
        }
        client.batch_execute("ROLLBACK").await.map_err(words)?;
        Ok(spelled)
    })?
}

/// The table or domain that the expression is given to.
const SCRATCH: &str = "pg_temp.ormgen_scratch";

async fn one(
    client: &Client,
    search_path: &[String],
    expression: &CatalogExpression,
) -> Result<String, tokio_postgres::Error> {
    let (schema, make, read) = statements(expression);
    let path: Vec<String> = std::iter::once(schema)
        .chain(search_path.iter().map(String::as_str))
        .chain(["public"])
        .map(quote)
        .collect();
    client.batch_execute(&format!("SET LOCAL search_path TO {}; {make}", path.join(", "))).await?;
    // As the schema is read: with no search path every name is printed with its schema.
    client
        .batch_execute(
            "SET LOCAL search_path TO ''; SET LOCAL timezone TO 'UTC'; SET LOCAL datestyle TO 'ISO'; \
             SET LOCAL intervalstyle TO 'postgres'; SET LOCAL extra_float_digits TO 1; \
             SET LOCAL bytea_output TO 'hex'; SET LOCAL quote_all_identifiers TO off",
        )
        .await?;
    client.query_typed_one(&read, &[]).await?.try_get(0)
}

/// The schema whose names count first, the statements that make the thing, and the query for its text.
fn statements(expression: &CatalogExpression) -> (&str, String, String) {
    let like = |table: &QName| {
        format!("CREATE TABLE {SCRATCH} (LIKE {}.{})", quote(&table.schema), quote(&table.name))
    };
    let default = format!(
        "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = '{SCRATCH}'::regclass ORDER BY adnum DESC LIMIT 1"
    );
    let constraint = |column: &str, what: &str| {
        format!(
            "SELECT {what} FROM pg_constraint WHERE {column} = '{SCRATCH}'::{} AND conname = 'ormgen'",
            if column == "contypid" { "regtype" } else { "regclass" }
        )
    };
    match expression {
        CatalogExpression::Default { table, column, text } => {
            let make =
                format!("{}; ALTER TABLE {SCRATCH} ALTER {} SET DEFAULT {text}", like(table), quote(column));
            (&table.schema, make, default)
        }
        CatalogExpression::Generated { table, column, text } => {
            let stored = column.generated.as_ref().is_none_or(|generated| generated.stored);
            let kind = if stored { "STORED" } else { "VIRTUAL" };
            let make = format!(
                "{}; ALTER TABLE {SCRATCH} DROP {name}, ADD {name} {} GENERATED ALWAYS AS ({text}) {kind}",
                like(table),
                type_name(&column.ty),
                name = quote(&column.name),
            );
            (&table.schema, make, default)
        }
        CatalogExpression::Check { table, text } => (
            &table.schema,
            format!("{}; ALTER TABLE {SCRATCH} ADD CONSTRAINT ormgen CHECK ({text})", like(table)),
            constraint("conrelid", "pg_get_expr(conbin, conrelid)"),
        ),
        CatalogExpression::Exclusion { table, text } => (
            &table.schema,
            format!("{}; ALTER TABLE {SCRATCH} ADD CONSTRAINT ormgen {text}", like(table)),
            constraint("conrelid", "pg_get_constraintdef(oid)"),
        ),
        CatalogExpression::Index { table, texts } => {
            // An index would need to know the operator classes; a check does not, whatever the type.
            let checks = texts.iter().enumerate().map(|(at, text)| {
                format!("ALTER TABLE {SCRATCH} ADD CONSTRAINT ormgen_{at:02} CHECK (({text}) IS NOT NULL)")
            });
            let make: Vec<String> = std::iter::once(like(table)).chain(checks).collect();
            let read = format!(
                "SELECT string_agg(regexp_replace(pg_get_expr(conbin, conrelid), '^\\((.*) IS NOT NULL\\)$', '\\1'), \
                 chr(31) ORDER BY conname) FROM pg_constraint \
                 WHERE conrelid = '{SCRATCH}'::regclass AND conname LIKE 'ormgen\\___'"
            );
            (&table.schema, make.join("; "), read)
        }
        CatalogExpression::DomainDefault { domain, base, text } => (
            &domain.schema,
            format!("CREATE DOMAIN {SCRATCH} AS {} DEFAULT {text}", type_name(base)),
            format!("SELECT pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE oid = '{SCRATCH}'::regtype"),
        ),
        CatalogExpression::DomainCheck { domain, base, text } => (
            &domain.schema,
            format!("CREATE DOMAIN {SCRATCH} AS {} CONSTRAINT ormgen CHECK ({text})", type_name(base)),
            constraint("contypid", "pg_get_expr(conbin, conrelid)"),
        ),
    }
}

/// A type as SQL writes it.
fn type_name(ty: &SqlType) -> String {
    let name = format!("{}.{}", quote(&ty.name.schema), quote(&ty.name.name));
    let array = if ty.array { "[]" } else { "" };
    match &ty.modifier {
        // An interval's fields have no parentheses: `interval day to second(3)`.
        Some(fields) if ty.name.name == "interval" && fields.starts_with(|c: char| c.is_alphabetic()) => {
            format!("interval {fields}{array}")
        }
        Some(modifier) => format!("{name}({modifier}){array}"),
        None => format!("{name}{array}"),
    }
}
