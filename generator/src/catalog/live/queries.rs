//! The queries on `pg_catalog`: one per kind of thing, whatever the number of tables.
//!
//! Manual: "System Catalogs". Every column is cast to a type that the driver knows by itself, so that no query costs a
//! second round trip. What depends on the server's version is decided here and nowhere else.

/// The oldest server that can be read: 12 brought generated columns to the catalog.
pub(super) const OLDEST: u32 = 12;

/// A server's version, as `server_version_num` writes it: 150004 is 15.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::catalog) struct Version(pub(super) u32);

impl Version {
    pub(super) fn major(self) -> u32 {
        self.0 / 10_000
    }
}

pub(super) const VERSION: &str = "SELECT current_setting('server_version_num')::int8";

/// Tables that another session has locked so that no other session can read their definition.
pub(super) const LOCKED: &str = "
SELECT DISTINCT n.nspname::text || '.' || c.relname::text, coalesce(l.pid, 0)
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = current_database()
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'AccessExclusiveLock'
  AND c.relkind IN ('r', 'p', 'f', 'v', 'm') ORDER BY 1 LIMIT 3";

/// How many queries there are.
pub(super) const COUNT: usize = 10;

/// All of them, in the order in which [`Answers`](super::answers::Answers) takes their answers.
pub(super) fn all(version: Version) -> [String; COUNT] {
    [
        schemas(),
        "SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql'".to_owned(),
        relations(),
        columns(version),
        constraints(version),
        indexes(version),
        types(version),
        "SELECT enumtypid, enumlabel::text FROM pg_enum ORDER BY enumtypid, enumsortorder".to_owned(),
        owners(),
        "SELECT inhrelid, inhparent FROM pg_inherits ORDER BY inhrelid, inhseqno".to_owned(),
    ]
}

/// Not the system's, not a session's temporary one.
fn is_user_schema(namespace: &str) -> String {
    format!("{namespace}.nspname !~ '^pg_' AND {namespace}.nspname <> 'information_schema'")
}

/// An extension's own objects belong to it, not to the schema.
fn is_no_members(catalog: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '{catalog}'::regclass AND x.objid = {oid} \
         AND x.deptype = 'e')"
    )
}

fn comment(catalog: &str, oid: &str, column: &str) -> String {
    format!(
        "LEFT JOIN pg_description comment ON comment.classoid = '{catalog}'::regclass \
         AND comment.objoid = {oid} AND comment.objsubid = {column}"
    )
}

fn schemas() -> String {
    format!(
        "SELECT n.nspname::text, comment.description FROM pg_namespace n {} WHERE {} AND {}",
        comment("pg_namespace", "n.oid", "0"),
        is_user_schema("n"),
        is_no_members("pg_namespace", "n.oid"),
    )
}

/// Tables, views and sequences.
fn relations() -> String {
    format!(
        "SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.relispartition, comment.description \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace {} \
         WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND {} AND {}",
        comment("pg_class", "c.oid", "0"),
        is_user_schema("n"),
        is_no_members("pg_class", "c.oid"),
    )
}

/// The five columns that name a use of a type: its schema and name (an array's element), the type's text with and
/// without its modifier, whether it is an array. A true array is what its element names as such.
const TYPE: &str = "un.nspname::text, u.typname::text, \
    CASE WHEN {modifier} >= 0 THEN format_type(u.oid, {modifier}) END, format_type(u.oid, NULL), e.oid IS NOT NULL";

/// What [`TYPE`] reads, for the type whose row is `t`.
const TYPE_TABLES: &str = "LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid \
    LEFT JOIN pg_type u ON u.oid = coalesce(e.oid, t.oid) LEFT JOIN pg_namespace un ON un.oid = u.typnamespace";

/// Columns of tables and views, and fields of composite types.
fn columns(version: Version) -> String {
    // From PostgreSQL 18 on a NOT NULL may be one that was not validated: rows may hold NULL.
    let not_null = if version.major() >= 18 {
        "a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint nn WHERE nn.conrelid = a.attrelid \
         AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum] AND NOT nn.convalidated)"
    } else {
        "a.attnotnull"
    };
    format!(
        "SELECT a.attrelid, a.attname::text, {}, {not_null}, a.attidentity::text, a.attgenerated::text, \
         ad.oid IS NOT NULL, pg_get_expr(ad.adbin, ad.adrelid), ln.nspname::text, l.collname::text, \
         comment.description \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_type t ON t.oid = a.atttypid {TYPE_TABLES} \
         LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum \
         LEFT JOIN pg_collation l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation \
         LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace {} \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND {} AND {} \
         ORDER BY a.attrelid, a.attnum",
        TYPE.replace("{modifier}", "a.atttypmod"),
        comment("pg_class", "a.attrelid", "a.attnum"),
        is_user_schema("n"),
        is_no_members("pg_class", "c.oid"),
    )
}

/// Constraints of tables and domains; NOT NULL (a constraint of its own since 18) is the column's matter. Where a
/// foreign key points to a partitioned table, the server keeps rows for its partitions too: those are its own affair.
fn constraints(version: Version) -> String {
    let nulls = nulls_not_distinct(version);
    // PostgreSQL 18 brought both.
    let (enforced, period) =
        if version.major() >= 18 { ("c.conenforced", "c.conperiod") } else { ("true", "false") };
    format!(
        "SELECT c.conrelid, c.contypid, c.conname::text, c.contype::text, c.condeferrable, c.condeferred, \
         c.convalidated, {enforced}, {period}, {}, {}, fn.nspname::text, f.relname::text, c.confdeltype::text, c.confupdtype::text, \
         c.confmatchtype::text, CASE c.contype WHEN 'c' THEN pg_get_expr(c.conbin, c.conrelid) \
         WHEN 'x' THEN pg_get_constraintdef(c.oid) END, {nulls} \
         FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace \
         LEFT JOIN pg_index i ON i.indexrelid = c.conindid AND c.contype IN ('p', 'u') \
         LEFT JOIN pg_class f ON f.oid = c.confrelid AND c.contype = 'f' \
         LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace \
         WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') AND {} AND NOT EXISTS \
         (SELECT FROM pg_constraint p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid AND c.contype = 'f')",
        names_of("c.conkey", "c.conrelid"),
        names_of("c.confkey", "c.confrelid"),
        is_user_schema("n"),
    )
}

fn names_of(numbers: &str, table: &str) -> String {
    format!(
        "ARRAY(SELECT a.attname::text FROM unnest({numbers}) WITH ORDINALITY k (number, place) \
         JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number ORDER BY k.place)"
    )
}

fn nulls_not_distinct(version: Version) -> &'static str {
    if version.major() >= 15 { "coalesce(i.indnullsnotdistinct, false)" } else { "false" }
}

/// Indexes that no constraint owns. One that is invalid, as a `CREATE INDEX CONCURRENTLY` that failed leaves it, holds nothing
/// together: a unique one has rows of equal values beside it. An index of a partitioned table is invalid until each partition
/// has its own.
fn indexes(version: Version) -> String {
    let nulls = nulls_not_distinct(version);
    format!(
        "SELECT i.indrelid, c.relname::text, i.indisunique, am.amname::text, \
         ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place) \
         LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number \
         WHERE k.place <= i.indnkeyatts ORDER BY k.place), \
         ARRAY(SELECT coalesce(pg_get_indexdef(i.indexrelid, k.place::int, false), '') \
         FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place) \
         WHERE k.number = 0 AND k.place <= i.indnkeyatts ORDER BY k.place), \
         pg_get_expr(i.indpred, i.indrelid), {nulls} \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE {} AND (i.indisvalid OR c.relkind = 'I') AND NOT EXISTS \
         (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))",
        is_user_schema("n"),
    )
}

/// Enums, domains (with what they are over), ranges (likewise) and composite types.
fn types(version: Version) -> String {
    // Before 14 there was no multirange.
    let multirange = if version.major() >= 14 { "r.rngmultitypid" } else { "0::oid" };
    format!(
        "SELECT d.oid, n.nspname::text, d.typname::text, d.typtype::text, comment.description, d.typrelid, \
         d.typnotnull, pg_get_expr(d.typdefaultbin, 0), {}, mn.nspname::text, m.typname::text, \
         ln.nspname::text, l.collname::text \
         FROM pg_type d JOIN pg_namespace n ON n.oid = d.typnamespace \
         LEFT JOIN pg_range r ON r.rngtypid = d.oid \
         LEFT JOIN pg_type t ON t.oid = coalesce(r.rngsubtype, d.typbasetype) {TYPE_TABLES} \
         LEFT JOIN pg_type m ON m.oid = {multirange} LEFT JOIN pg_namespace mn ON mn.oid = m.typnamespace \
         LEFT JOIN pg_collation l ON d.typtype = 'd' AND l.oid = d.typcollation AND l.oid <> t.typcollation \
         LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace \
         LEFT JOIN pg_class c ON c.oid = d.typrelid {} \
         WHERE (d.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND {} AND {}",
        TYPE.replace("{modifier}", "d.typtypmod"),
        comment("pg_type", "d.oid", "0"),
        is_user_schema("n"),
        is_no_members("pg_type", "d.oid"),
    )
}

/// Which column each sequence belongs to: a serial's by "auto", an identity's by "internal" dependency.
fn owners() -> String {
    "SELECT d.objid, n.nspname::text, t.relname::text, a.attname::text \
     FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' \
     JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace \
     JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"
        .to_owned()
}
