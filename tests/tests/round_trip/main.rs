//! Every model that the tests have, on a server: rows go there by SQL, come back through the model, go there again
//! through its insert struct, and are the same. `compares` compares each column with its value.

// The adversarial schema has columns in letters of several alphabets that look alike.
#![allow(confusable_idents)]

use std::{fmt::Debug, path::Path};

use ormgen_runtime::{
    Database, Insertable, Keyed, Model, Pool,
    config::ConnectionConfig,
    functions::value,
    generated::{ColumnDef, Table},
    prelude::*,
    query::{Columns, SettableColumns},
};
use ormgen_tests::{
    generated,
    server::{TestDb, server},
};
use tokio_postgres::Client;

mod compares;
mod keys;

mod models {
    #![allow(clippy::clone_on_copy, reason = "one text for all fields")]

    use super::{Check, compares};

    include!(concat!(env!("OUT_DIR"), "/models.rs"));
}

#[tokio::test]
async fn types() {
    let db = database("types", "every_type.sql").await;
    let dbs = generated::typed::Databases::lazy(settings(&db, "every_type")).unwrap();
    models::typed(&Check { pool: dbs.every_type.clone(), client: db.connect().await }).await;
}

#[tokio::test]
async fn views_hold_null_where_a_domain_refuses_it() {
    use generated::typed::every_type::{UnsureText, UnsureTextsKept};

    let db = database("views", "every_type.sql").await;
    let dbs = generated::typed::Databases::lazy(settings(&db, "every_type")).unwrap();
    db.batch("INSERT INTO own_types (id, known_place) VALUES (2, ROW(NULL, 'Ulm', NULL))").await;
    let rows = UnsureText::query().order_by(UnsureText::ID.asc()).all(&dbs).await.unwrap();
    let texts: Vec<_> = rows.into_iter().map(|row| (row.sure_text, row.again)).collect();
    assert_eq!(texts, [(None, None), (Some(String::new()), Some(String::new()))]);
    // As the schema's file filled it: before there was any row.
    let kept = UnsureTextsKept::query().filter(UnsureTextsKept::SURE_TEXT.is_null()).all(&dbs).await.unwrap();
    assert_eq!(kept.len(), 2);
    dbs.verify().await.unwrap();
}

#[tokio::test]
async fn names() {
    let db = database("names", "adversarial.sql").await;
    let dbs = generated::strange::Databases::lazy(settings(&db, "adversarial")).unwrap();
    models::strange(&Check { pool: dbs.adversarial.clone(), client: db.connect().await }).await;
}

#[tokio::test]
async fn reports() {
    let db = database("reports", "analytics.sql").await;
    let dbs = generated::reporting::Databases::lazy(settings(&db, "analytics")).unwrap();
    models::reporting(&Check { pool: dbs.analytics.clone(), client: db.connect().await }).await;
}

#[tokio::test]
async fn extensions() {
    let db = database("extensions", "extensions.sql").await;
    let dbs = generated::extended::Databases::lazy(settings(&db, "extensions")).unwrap();
    models::extended(&Check { pool: dbs.extensions.clone(), client: db.connect().await }).await;
}

#[tokio::test]
async fn dump() {
    let db = database("dump", "as_dumped.sql").await;
    let dbs = generated::dumped::Databases::lazy(settings(&db, "as_dumped")).unwrap();
    models::dumped(&Check { pool: dbs.as_dumped.clone(), client: db.connect().await }).await;
}

#[tokio::test]
async fn links() {
    let db = database("links", "links.sql").await;
    let dbs = generated::linked::Databases::lazy(settings(&db, "links")).unwrap();
    models::linked(&Check { pool: dbs.links.clone(), client: db.connect().await }).await;
}

#[tokio::test]
async fn keys() {
    let db = database("keys", "keys.sql").await;
    let dbs = generated::keyed::Databases::lazy(settings(&db, "keys")).unwrap();
    models::keyed(&Check { pool: dbs.keys.clone(), client: db.connect().await }).await;
}

#[tokio::test]
async fn bank() {
    let db = database("bank", "bank.sql").await;
    let settings = ["bank", "bank_2", "bank_3"].map(|alias| ConnectionConfig::new(alias, db.url()));
    let dbs = generated::banking::Databases::lazy(settings.into()).unwrap();
    models::banking(&Check { pool: dbs.bank.clone(), client: db.connect().await }).await;
}

/// A database with the schema, where no foreign key is checked: each table is tried alone.
async fn database(hint: &str, schema: &str) -> TestDb {
    let db = server(1).create_database(hint).await;
    let said = db.psql(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(schema));
    assert!(!said.contains("ERROR"), "{said}");
    db.batch("CREATE SCHEMA statistics; CREATE EXTENSION pg_stat_statements SCHEMA statistics").await;
    db.batch(&format!("ALTER DATABASE {} SET session_replication_role = replica", db.name())).await;
    db
}

fn settings(db: &TestDb, alias: &str) -> Vec<ConnectionConfig> {
    vec![ConnectionConfig::new(alias, db.url())]
}

/// A database by two ways.
struct Check<D: Database> {
    pool: Pool<D>,
    client: Client,
}

impl<D: Database> Check<D> {
    /// A model's statement and columns are what the server has.
    async fn reads<M: Model<Db = D>>(&self) -> Vec<M> {
        M::query().all(&self.pool).await.unwrap_or_else(|error| panic!("{}: {error:?}", M::TABLE))
    }

    /// A row with a value in each column that an insert gives goes there and back, twice.
    async fn writes<M, N>(&self, again: fn(&M) -> N)
    where
        M: Model<Db = D, Kind = Table> + Debug,
        N: Insertable<Model = M> + Debug + Clone + PartialEq,
    {
        self.clear::<M>().await;
        let is_full = self.insert_sample::<M>(N::COLUMNS).await;
        let row = only(self.reads::<M>().await);
        let sent = again(&row);
        // Not even inside an array or a composite is anything NULL.
        assert!(!is_full || !format!("{sent:?}").contains("None"), "{sent:?}");
        self.clear::<M>().await;
        let returned = M::insert(sent.clone()).one(&self.pool).await;
        let returned = returned.unwrap_or_else(|error| panic!("{}: {error:?}", M::TABLE));
        assert_eq!(again(&returned), sent);
        assert_eq!(again(&only(self.reads::<M>().await)), sent);
        self.clear::<M>().await;
        self.copies(&sent, again).await;
    }

    /// Many of the same row, with nothing that would mind.
    async fn copies<M, N>(&self, row: &N, again: fn(&M) -> N)
    where
        M: Model<Db = D, Kind = Table> + Debug,
        N: Insertable<Model = M> + Debug + Clone + PartialEq,
    {
        let tx = self.pool.begin().await.unwrap();
        tx.batch(&WITHOUT_KEYS.replace("{table}", &M::TABLE.replace('\'', "''"))).await.unwrap();
        let inserted = M::insert_many(vec![row.clone(); MANY]).execute(&tx).await;
        assert_eq!(fine::<M, _>(inserted), MANY as u64);
        let stored = fine::<M, _>(M::query().all(&tx).await);
        assert_eq!(stored.len(), MANY);
        assert!(stored.iter().all(|stored| again(stored) == *row), "{}: {row:?}", M::TABLE);
        tx.rollback().await.unwrap();
        let copies = self.client.query_one(COPIES, &[&M::TABLE]).await.unwrap();
        let (count, has_misfits): (i64, bool) = (copies.get(0), copies.get(1));
        assert!(count > 0 || has_misfits || N::COLUMNS.is_empty(), "{}", M::TABLE);
    }

    /// A whole row is updated, upserted, found, deleted and made anew, each time by its key, and stays the same.
    async fn rewrites<M, N>(&self, key: impl Columns<M> + Copy, settable: impl SettableColumns<M>)
    where
        M: Keyed<Db = D, Kind = Table, Key: 'static> + Debug + Clone + PartialEq,
        N: Insertable<Model = M>,
    {
        self.insert_sample::<M>(N::COLUMNS).await;
        let row = only(self.reads::<M>().await);
        let found = M::find(row.key()).annotate(value(7)).one(&self.pool).await;
        assert_eq!(fine::<M, _>(found), (row.clone(), 7));
        let upsert = || M::insert_row(row.clone()).on_conflict(key);
        let pool = &self.pool;
        let updated = M::update_many([&row]).set_columns(settable).all(pool).await;
        assert_eq!(fine::<M, _>(updated), std::slice::from_ref(&row));
        assert_eq!(fine::<M, _>(upsert().do_update_all().one(pool).await), row);
        assert_eq!(fine::<M, _>(upsert().get_or_insert(pool).await), (row.clone(), false));
        assert_eq!(fine::<M, _>(upsert().do_update_all().update_or_insert(pool).await), (row.clone(), false));
        assert_eq!(fine::<M, _>(row.delete().one(pool).await), row);
        assert_eq!(fine::<M, _>(upsert().get_or_insert(pool).await), (row.clone(), true));
        self.clear::<M>().await;
    }

    async fn clear<M: Model>(&self) {
        self.run(&format!("DELETE FROM {}", M::TABLE)).await;
    }

    /// Inserts a row; whether every column got a value.
    async fn insert_sample<M: Model>(&self, columns: &[ColumnDef]) -> bool {
        let types = "SELECT atttypid, format_type(atttypid, atttypmod) FROM pg_attribute
                     WHERE attrelid = $1::text::regclass AND quote_ident(attname) = quote_ident($2)";
        let mut samples = Vec::new();
        for column in columns {
            let name = unquoted(column.name);
            let row = self.client.query_one(types, &[&M::TABLE, &name]).await.unwrap();
            samples.push(self.sample(row.get(0), row.get(1)).await);
        }
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let values: Vec<&str> = samples.iter().map(|sample| sample.as_deref().unwrap_or("NULL")).collect();
        self.run(&match columns {
            [] => format!("INSERT INTO {} DEFAULT VALUES", M::TABLE),
            _ => format!("INSERT INTO {} ({}) VALUES ({})", M::TABLE, names.join(", "), values.join(", ")),
        })
        .await;
        samples.iter().all(Option::is_some)
    }

    async fn run(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// An expression of a value of that type; `shown` is how SQL writes it. None for an enum without a label.
    async fn sample(&self, ty: u32, shown: String) -> Option<String> {
        let row = self.client.query_one(TYPE, &[&ty]).await.unwrap();
        let name: String = row.get("name");
        let inner: Vec<(u32, String)> =
            row.get::<_, Vec<u32>>("inner").into_iter().zip(row.get::<_, Vec<String>>("shown")).collect();
        let mut values = Vec::new();
        for (ty, shown) in inner {
            values.push(Box::pin(self.sample(ty, shown)).await?);
        }
        let all = values.join(", ");
        Some(match row.get::<_, &str>("kind") {
            "array" => format!("ARRAY[{all}, {all}]::{shown}"),
            "composite" => format!("ROW({all})::{shown}"),
            "domain" => format!("({all})::{shown}"),
            // A range from the value on, without an end.
            "range" => format!("{shown}({all}, NULL)"),
            "multirange" => format!("{shown}({all})"),
            "enum" if row.get("has_labels") => format!("enum_last(NULL::{shown})"),
            "enum" => return None,
            _ => format!("'{}'::{shown}", literal(&name)),
        })
    }
}

/// Enough rows to be copied.
const MANY: usize = 2_500;

/// Lets a table take any row any number of times.
const WITHOUT_KEYS: &str = "DO $without_keys$
    DECLARE
        constraint_name name;
        index_name regclass;
    BEGIN
        FOR constraint_name IN
            SELECT conname FROM pg_constraint
            WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u', 'x')
        LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', '{table}'::regclass, constraint_name);
        END LOOP;
        FOR index_name IN
            SELECT indexrelid FROM pg_index WHERE indrelid = '{table}'::regclass AND indisunique
        LOOP
            EXECUTE format('DROP INDEX %s', index_name);
        END LOOP;
    END $without_keys$";

/// How often rows were copied into a table; and whether it may have columns for which there is no copying.
const COPIES: &str = "
    SELECT coalesce(sum(calls), 0)::bigint, EXISTS (
        SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        JOIN pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
        LEFT JOIN pg_type e ON e.oid = b.typelem
        WHERE a.attrelid = $1::text::regclass AND (t.typname = 'tsquery' OR t.typreceive = 0 OR e.typtype = 'd')
    )
    FROM statistics.pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND starts_with(query, 'COPY ' || $1::text || ' (')";

/// What sort of type it is, and the types in it with the texts that SQL writes them as.
const TYPE: &str = "
    SELECT t.typname::text AS name, i.kind,
           coalesce(array_agg(i.ty ORDER BY i.at) FILTER (WHERE i.ty IS NOT NULL), '{}') AS inner,
           coalesce(array_agg(format_type(i.ty, i.modifier) ORDER BY i.at) FILTER (WHERE i.ty IS NOT NULL), '{}')
               AS shown,
           EXISTS (SELECT FROM pg_enum WHERE enumtypid = t.oid) AS has_labels
    FROM pg_type t, LATERAL (
        SELECT 'composite' AS kind, a.atttypid AS ty, a.atttypmod AS modifier, a.attnum AS at
        FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid
        UNION ALL SELECT 'array', t.typelem, -1, 1 WHERE t.typcategory = 'A' AND t.typname LIKE '\\_%'
        UNION ALL SELECT 'domain', t.typbasetype, t.typtypmod, 1 WHERE t.typtype = 'd'
        UNION ALL SELECT 'range', r.rngsubtype, -1, 1 FROM pg_range r WHERE r.rngtypid = t.oid
        UNION ALL SELECT 'multirange', r.rngtypid, -1, 1 FROM pg_range r WHERE r.rngmultitypid = t.oid
        UNION ALL SELECT 'enum', NULL, -1, 1 WHERE t.typtype = 'e'
        UNION ALL SELECT 'base', NULL, -1, 1
        WHERE t.typtype = 'b' AND NOT (t.typcategory = 'A' AND t.typname LIKE '\\_%')
    ) i
    WHERE t.oid = $1
    GROUP BY t.oid, t.typname, i.kind";

/// A value of a base type as text. Long enough for every length asked for; text is an e-mail address, for checks.
fn literal(ty: &str) -> &'static str {
    match ty {
        "bool" => "true",
        "int2" | "int4" | "int8" | "oid" | "xid" | "xid8" | "cid" => "7",
        "float4" | "float8" => "1.5",
        "numeric" | "money" => "12.50",
        "text" | "varchar" | "bpchar" | "char" | "name" | "citext" | "refcursor" => "a@b",
        "bytea" => r"\x00ff",
        "bit" | "varbit" => "10101010",
        "date" => "2026-02-27",
        "time" => "12:34:56",
        "timetz" => "12:34:56+02",
        "timestamp" => "2026-02-27 12:34:56",
        "timestamptz" => "2026-02-27 12:34:56+00",
        "interval" => "1 year 2 days 00:00:03",
        "uuid" => "11111111-2222-3333-4444-555555555555",
        "json" | "jsonb" => r#"{"a": [1, null]}"#,
        "jsonpath" => "$.a",
        "xml" => "<a/>",
        "tsvector" => "a:1 b",
        "tsquery" => "a & !b",
        "inet" => "10.1.2.3/8",
        "cidr" => "10.0.0.0/8",
        "macaddr" => "08:00:2b:01:02:03",
        "macaddr8" => "08:00:2b:01:02:03:04:05",
        "point" => "(1,2)",
        "line" => "{1,2,3}",
        "lseg" => "[(0,0),(1,1)]",
        "box" => "(1,1),(0,0)",
        "path" => "((0,0),(1,1))",
        "polygon" => "((0,0),(1,1),(1,0))",
        "circle" => "<(1,2),3>",
        "tid" => "(1,2)",
        "pg_lsn" => "0/16B3748",
        "pg_snapshot" | "txid_snapshot" => "10:20:10,14",
        "int2vector" | "oidvector" => "1 2",
        "regclass" => "pg_class",
        "regcollation" => "\"C\"",
        "regconfig" | "regdictionary" => "simple",
        "regnamespace" => "pg_catalog",
        "regoper" => "||/",
        "regoperator" => "+(integer,integer)",
        "regproc" => "pg_backend_pid",
        "regprocedure" => "pg_backend_pid()",
        "regrole" => "pg_monitor",
        "regtype" => "integer",
        "hstore" => "a=>1",
        "ltree" => "a.b",
        "lquery" => "a.*{1,3}.b",
        "ltxtquery" => "a & !b",
        _ => panic!("no value of `{ty}` is known here"),
    }
}

fn fine<M: Model, T>(result: ormgen_runtime::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{}: {error:?}", M::TABLE))
}

fn only<M: Debug>(mut rows: Vec<M>) -> M {
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// The name behind SQL's quotes.
fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}
