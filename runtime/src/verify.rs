//! Checks whether the schema of a running server still fits the generated code.
//!
//! The check is two statements per server, whatever the number of tables, and a third one where there are composite types;
//! where something differs, they are run again.
//! Harmless changes are not reported: an added table or column, a column that has become NOT NULL, a `varchar` of any
//! length that has become a `text`, a longer `varchar`. What hurts some programs only is logged: a label that was added to
//! an enum, as rows with it cannot be read, and a column without which the server takes no new row.

use std::{collections::HashMap, time::Duration};

use crate::{
    error::{Difference, Error, Result},
    model::{Database, EnumDef, TableDef},
    pool::{Pool, Session},
    sql::{ColumnDef, Intent, Statement, Values, unquoted},
};

impl<D: Database> Pool<D> {
    /// The differences between the current schema of each server of this pool, including the replicas that answer,
    /// and the schema that the code was generated from. What the primary and a replica have in common is told once; what
    /// only a replica has is told with its host. Harmless changes are not reported; see
    /// [`verify`](crate::DatabaseSet::verify).
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn differences(&self) -> Result<Vec<Difference>> {
        let mut leases = self.shared().lease_each().await?.into_iter();
        let mut all = match leases.next() {
            Some(primary) => differences::<D>(&primary).await?,
            None => Vec::new(),
        };
        let of_primary = all.len();
        for replica in leases {
            let found = differences::<D>(&replica).await?;
            let own = found.into_iter().filter(|one| !all[..of_primary].contains(one)).collect::<Vec<_>>();
            let server = replica.host();
            all.extend(
                own.into_iter().map(|one| Difference {
                    what: format!("{} (on the replica at {server})", one.what),
                    ..one
                }),
            );
        }
        Ok(all)
    }

    /// Checks that each server of this pool has the schema that the code was generated from: [`verify`](crate::DatabaseSet::verify)
    /// for one pool.
    ///
    /// # Errors
    /// [`Error::Drift`] with a description of every difference; the errors of taking a connection.
    pub async fn verify(&self) -> Result<()> {
        self.differences().await.and_then(fits)
    }
}

/// That a schema fits, or the error that tells how it differs.
pub(crate) fn fits(differences: Vec<Difference>) -> Result<()> {
    if differences.is_empty() { Ok(()) } else { Err(Error::Drift(differences)) }
}

/// Looks up each expected column: whether its table exists, whether the column exists, its type behind domains,
/// whether it may be NULL.
///
/// A value of a domain is sent as a value of the base type, an array of a domain as an array of the base type, so the
/// query resolves both. It takes a type for an array if the type has an element type but no array type of its own:
/// that tells arrays from `point` and `int2vector`.
///
/// A type that becomes another by itself is compared as that one where its own operators are out of the `search_path`: a
/// `citext` as a text, with its case, and without an error.
const COLUMNS: &str = "\
WITH RECURSIVE wanted AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (relation, attribute, type)
), found AS (
    SELECT w.*, c.oid AS class, c.relkind, a.atttypid, a.attnotnull
    FROM wanted AS w
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(w.relation)::oid
    LEFT JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = c.oid AND a.attname = w.attribute AND a.attnum > 0 AND NOT a.attisdropped
), behind (root, oid, elements, mandatory) AS (
    SELECT DISTINCT atttypid, atttypid, false, false FROM found WHERE atttypid IS NOT NULL
    UNION
    SELECT b.root, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END,
        b.elements OR t.typtype <> 'd', b.mandatory OR (t.typnotnull AND NOT b.elements)
    FROM behind AS b
    JOIN pg_catalog.pg_type AS t ON t.oid = b.oid
    WHERE t.typtype = 'd' OR t.typarray = 0 AND t.typelem <> 0
), base AS (
    SELECT b.root, CASE WHEN b.elements THEN t.typarray ELSE t.oid END AS oid, b.mandatory
    FROM behind AS b
    JOIN pg_catalog.pg_type AS t ON t.oid = b.oid
    WHERE t.typtype <> 'd' AND NOT (t.typarray = 0 AND t.typelem <> 0)
)
SELECT f.relation, f.attribute, f.class IS NOT NULL, f.atttypid IS NOT NULL,
    coalesce(
        b.oid = pg_catalog.to_regtype(f.type)::oid
        OR (pg_catalog.format_type(b.oid, NULL) IN ('text', 'character varying')
            AND f.type IN ('varchar', 'bpchar'))
        OR (pg_catalog.format_type(b.oid, NULL) IN ('text[]', 'character varying[]')
            AND f.type IN ('varchar[]', 'bpchar[]')),
        false
    ),
    pg_catalog.format_type(f.atttypid, NULL),
    coalesce(f.attnotnull OR b.mandatory OR f.relkind IN ('v', 'm'), false),
    (
        SELECT n.nspname
        FROM pg_catalog.pg_type AS t
        JOIN pg_catalog.pg_operator AS o ON t.oid IN (b.oid, f.atttypid)
            AND o.oprname = '=' AND o.oprleft IN (t.oid, t.typelem) AND o.oprright = o.oprleft
        JOIN pg_catalog.pg_cast AS i ON i.castsource = o.oprleft AND i.castcontext = 'i'
        JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
        WHERE NOT pg_catalog.pg_operator_is_visible(o.oid)
        LIMIT 1
    )
FROM found AS f
LEFT JOIN base AS b ON b.root = f.atttypid
UNION ALL
SELECT w.name, e.enumlabel, t.oid IS NOT NULL, true, true, NULL, false, NULL
FROM pg_catalog.unnest($4::text[]) AS w (name)
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = pg_catalog.to_regtype(w.name)::oid
LEFT JOIN pg_catalog.pg_enum AS e ON e.enumtypid = t.oid";

/// How many times the schema is looked at until two looks agree, and the pause between them.
const LOOKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// Compares the schema that `session` sees with what the code of database `D` expects.
///
/// The server looks up a name as it is by now, and the columns as they were when the statement began: beside a migration that
/// makes a table or a view anew it seems to be gone. So what differs is looked at once more
/// (`a_migration_that_swaps_tables_is_no_difference`).
async fn differences<D: Database>(session: &Session) -> Result<Vec<Difference>> {
    let mut found = seen_differences::<D>(session).await?;
    for _ in 1..LOOKS {
        if found.is_empty() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        let before = std::mem::replace(&mut found, seen_differences::<D>(session).await?);
        if before == found {
            break;
        }
    }
    log_unknown_mandatory(session, D::TABLES).await?;
    Ok(found)
}

async fn seen_differences<D: Database>(session: &Session) -> Result<Vec<Difference>> {
    let composites: Vec<TableDef> = D::COMPOSITES.iter().map(|composite| composite.relation).collect();
    let relations = [D::TABLES, &composites].concat();
    let mut found = compare(session, &relations, D::ENUMS).await?;
    found.extend(moved_fields(session, &composites).await?);
    Ok(found)
}

/// The columns that a new row must have a value for, and that the code does not know, in the tables in which this role
/// may insert.
const MANDATORY: &str = "\
SELECT w.relation, pg_catalog.quote_ident(a.attname)
FROM pg_catalog.unnest($1::text[]) AS w (relation)
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(w.relation)::oid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
WHERE (a.attnotnull OR t.typnotnull) AND NOT a.atthasdef AND a.attidentity = '' AND t.typdefault IS NULL
    AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
    AND NOT EXISTS (
        SELECT FROM unnest($2::text[], $3::text[]) AS known (relation, attribute)
        WHERE known.relation = w.relation AND known.attribute = a.attname
    )
ORDER BY w.relation, a.attnum";

/// Logs the columns of `tables` without which the server takes no new row, and which the code does not know. It is no
/// difference: the program may only read the table, and a trigger may fill in the column.
async fn log_unknown_mandatory(session: &Session, tables: &[TableDef]) -> Result<()> {
    let columns = || columns_of(tables);
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    let relations: Vec<&str> = columns().map(|(table, _)| table.name).collect();
    let attributes: Vec<String> = columns().map(|(_, column)| unquoted(column.name)).collect();
    let values: Values<'_> = vec![&names, &relations, &attributes];
    let statement = Statement::new(MANDATORY, values, Intent::Read).named("", "verify");
    for row in session.rows(&statement).await? {
        let decode = |error| Error::from_driver(session.alias(), error);
        let (table, column): (&str, &str) =
            (row.try_get(0).map_err(decode)?, row.try_get(1).map_err(decode)?);
        tracing::warn!(
            connection = &**session.alias(),
            "{table} has a new column {column}, which is NOT NULL and has no default: unless a trigger sets it, no row \
             can be inserted before the code is generated anew"
        );
    }
    Ok(())
}

/// The fields of composite types, in the order in which values have them.
const FIELDS: &str = "\
SELECT w.name, pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum)
FROM pg_catalog.unnest($1::text[]) AS w (name)
JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = pg_catalog.to_regclass(w.name)::oid AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY w.name";

/// The composite types that have more fields than before, or have them in another order: a value has no names of fields, and
/// each would be read as another one. Fields that are gone are told elsewhere.
async fn moved_fields(session: &Session, composites: &[TableDef]) -> Result<Vec<Difference>> {
    if composites.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = composites.iter().map(|composite| composite.name).collect();
    let statement = Statement::new(FIELDS, vec![&names], Intent::Read).named("", "verify");
    let mut found = Vec::new();
    for row in session.rows(&statement).await? {
        let decode = |error| Error::from_driver(session.alias(), error);
        let name: &str = row.try_get(0).map_err(decode)?;
        let now: Vec<String> = row.try_get(1).map_err(decode)?;
        let known = composites.iter().find(|composite| composite.name == name);
        let before: Vec<String> =
            known.into_iter().flat_map(|of| of.columns).map(|field| unquoted(field.name)).collect();
        if before != now && before.iter().all(|field| now.contains(field)) {
            found.push(Difference {
                connection: session.alias().clone(),
                object: name.to_owned(),
                what: format!("has the fields {}, which were {}", now.join(", "), before.join(", ")),
            });
        }
    }
    Ok(found)
}

/// The columns of the tables, each with its table.
fn columns_of(tables: &[TableDef]) -> impl Iterator<Item = (&TableDef, &ColumnDef)> {
    tables.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)))
}

async fn compare(
    session: &Session,
    tables: &[TableDef],
    enums: &'static [EnumDef],
) -> Result<Vec<Difference>> {
    let columns = || columns_of(tables);
    let relations: Vec<&str> = columns().map(|(table, _)| table.name).collect();
    let names: Vec<String> = columns().map(|(_, column)| unquoted(column.name)).collect();
    let types: Vec<&str> = columns().map(|(_, column)| column.sql_type).collect();
    let labelled: Vec<&str> = enums.iter().map(|known| known.name).collect();
    let values: Values<'_> = vec![&relations, &names, &types, &labelled];
    let expected: HashMap<(&str, String), &ColumnDef> =
        columns().map(|(table, column)| ((table.name, unquoted(column.name)), column)).collect();
    let statement = Statement::new(COLUMNS, values, Intent::Read).named("", "verify");
    let rows = session.rows(&statement).await?;
    let mut found = Vec::new();
    let mut labels: HashMap<&'static str, Vec<String>> = HashMap::new();
    for row in rows {
        let decode = |error| Error::from_driver(session.alias(), error);
        let object: &str = row.try_get(0).map_err(decode)?;
        let part: Option<String> = row.try_get(1).map_err(decode)?;
        let seen = Observed {
            object_exists: row.try_get(2).map_err(decode)?,
            exists: row.try_get(3).map_err(decode)?,
            type_fits: row.try_get(4).map_err(decode)?,
            ty: row.try_get(5).map_err(decode)?,
            not_null: row.try_get(6).map_err(decode)?,
            hidden_operators: row.try_get(7).map_err(decode)?,
        };
        let what = match (enums.iter().find(|known| known.name == object), part) {
            (Some(known), label) => {
                labels.entry(known.name).or_default().extend(label);
                (!seen.object_exists).then(|| "is not there".to_owned())
            }
            (None, Some(column)) => {
                let key = (object, column);
                expected.get(&key).and_then(|expected| seen.column_difference(expected))
            }
            (None, None) => None,
        };
        if let Some(what) = what {
            let difference =
                Difference { connection: session.alias().clone(), object: object.to_owned(), what };
            if !found.contains(&difference) {
                found.push(difference);
            }
        }
    }
    for known in enums {
        // An enum that does not exist has no labels, and has been reported above.
        let now = labels.remove(known.name).filter(|now| !now.is_empty()).unwrap_or_default();
        let missing = missing_labels(session, known, &now);
        found.extend(missing.into_iter().map(|what| Difference {
            connection: session.alias().clone(),
            object: known.name.to_owned(),
            what,
        }));
    }
    Ok(found)
}

/// The labels that an enum no longer has. They must have been renamed, as PostgreSQL cannot remove a label. Logs
/// labels that are new.
fn missing_labels(session: &Session, known: &EnumDef, now: &[String]) -> Vec<String> {
    if now.is_empty() {
        return Vec::new();
    }
    let before = (known.labels)();
    for label in now.iter().filter(|label| !before.contains(&label.as_str())) {
        tracing::warn!(
            connection = &**session.alias(),
            "the enum {} has a new label `{label}`: rows with it cannot be read before the code is generated anew",
            known.name
        );
    }
    let missing = before.into_iter().filter(|label| !now.iter().any(|now| now == label));
    missing.map(|label| format!("has no label `{label}` any more")).collect()
}

/// What the server says of one expected column or enum.
struct Observed {
    object_exists: bool,
    exists: bool,
    type_fits: bool,
    ty: Option<String>,
    not_null: bool,
    /// The schema of the type's operators, if the session's `search_path` does not reach them.
    hidden_operators: Option<String>,
}

impl Observed {
    fn column_difference(&self, expected: &ColumnDef) -> Option<String> {
        if !self.object_exists {
            return Some("is not there".to_owned());
        }
        if !self.exists {
            return Some(format!("has no column {}", expected.name));
        }
        if !self.type_fits {
            let now = self.ty.as_deref().unwrap_or("another type");
            return Some(format!("has column {} as {now}, which was {}", expected.name, expected.sql_type));
        }
        if let Some(schema) = &self.hidden_operators {
            // Without them the server takes those of another type that the values can be read as: a `citext` is a text.
            return Some(format!(
                "has column {} of the type {}, whose operators are in the schema {schema}, which is not in the \
                 `search_path`: it would be compared as another type",
                expected.name, expected.sql_type
            ));
        }
        (!expected.nullable && !self.not_null)
            .then(|| format!("has column {} that may now be NULL", expected.name))
    }
}
