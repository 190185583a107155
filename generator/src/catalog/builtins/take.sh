#!/usr/bin/env bash
# Takes the types, casts, operators, functions and system views of a PostgreSQL server, and of the extensions that come
# with it, into the tables in this folder. Run it against a server of the version that ormgen is to know:
#
#     PGHOST=localhost PGUSER=postgres generator/src/catalog/builtins/take.sh
#
# It makes extensions in a database of its own, which it drops again. Each table is sorted by the bytes of its lines,
# which `builtins.rs` relies on; the server's version is in `version.txt`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
database=ormgen_builtins
psql -d postgres -qX -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database TEMPLATE template0"
trap 'psql -d postgres -qX -c "DROP DATABASE IF EXISTS $database"' EXIT
run() { psql -d "$database" -qXAt -F $'\t' -v ON_ERROR_STOP=1 "$@"; }

missing=()
for extension in btree_gin btree_gist citext cube earthdistance fuzzystrmatch hstore intarray isn lo ltree pg_trgm \
    pgcrypto seg tablefunc unaccent uuid-ossp; do
    if [[ -n $(run -c "SELECT 1 FROM pg_available_extensions WHERE name = '$extension'") ]]; then
        run -c "CREATE EXTENSION \"$extension\" CASCADE"
    else
        echo "the server has no $extension: its functions stay as they are" >&2
        missing+=("$extension")
    fi
done

# `spelled(type)`: `int4`, `int4[]`, `information_schema:sql_identifier`, `citext:citext`.
run <<'SQL'
CREATE FUNCTION extension_of(class regclass, object oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = class AND d.objid = object AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
$$;
CREATE FUNCTION spelled(type oid) RETURNS text LANGUAGE plpgsql STRICT STABLE AS $$
DECLARE t pg_type; e pg_type;
BEGIN
    SELECT * INTO t FROM pg_type WHERE oid = type;
    SELECT * INTO e FROM pg_type WHERE oid = t.typelem AND typarray = t.oid;
    IF e.oid IS NOT NULL THEN RETURN spelled(e.oid) || '[]'; END IF;
    RETURN concat(CASE t.typnamespace
        WHEN 'pg_catalog'::regnamespace THEN ''
        WHEN 'information_schema'::regnamespace THEN 'information_schema:'
        ELSE extension_of('pg_type', t.oid) || ':' END, t.typname);
END $$;
CREATE FUNCTION list(types oid[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(spelled(type), ' ' ORDER BY n), '') FROM unnest(types) WITH ORDINALITY u(type, n)
$$;
CREATE VIEW own_types AS
SELECT t.* FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typcategory <> 'A' AND coalesce(c.relkind, 'c') = 'c'
  AND (t.typnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
       OR extension_of('pg_type', t.oid) IS NOT NULL)
  AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid);
SQL

out() { run | LC_ALL=C sort >"$here/$1"; }

run -c "SELECT 'PostgreSQL ' || current_setting('server_version')" >"$here/version.txt"

# name, category, `preferred`, kind, what a domain or a range is over, a range's multirange
out types.tsv <<'SQL'
SELECT spelled(t.oid), t.typcategory, CASE WHEN t.typispreferred THEN 'preferred' END, t.typtype,
       coalesce(spelled(nullif(t.typbasetype, 0)), spelled(r.rngsubtype), spelled(m.rngsubtype)),
       coalesce(spelled(r.rngmultitypid), spelled(m.rngtypid))
FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_range m ON m.rngmultitypid = t.oid
WHERE t.oid IN (SELECT oid FROM own_types) OR t.typname IN ('int2vector', 'oidvector') AND t.typcategory = 'A'
SQL

# source, target: those that need no `CAST`
out casts.tsv <<'SQL'
SELECT spelled(castsource), spelled(casttarget) FROM pg_cast WHERE castcontext = 'i'
SQL

# name, extension, left, right, result
out operators.tsv <<'SQL'
SELECT oprname, extension_of('pg_operator', oid), spelled(nullif(oprleft, 0)), spelled(oprright), spelled(oprresult)
FROM pg_operator WHERE oprresult <> 0
SQL

# name, extension, kind, number of defaults, `variadic`, arguments, result, columns
for extension in "${missing[@]}"; do
    awk -F'\t' -v extension="$extension" '$2 == extension' "$here/functions.tsv"
done >"$here/kept"
out functions.tsv <<'SQL'
SELECT p.proname, extension_of('pg_proc', p.oid), p.prokind::text, p.pronargdefaults,
       CASE WHEN p.provariadic <> 0 THEN 'variadic' END, list(p.proargtypes::oid[]), spelled(p.prorettype),
       coalesce(
         (SELECT string_agg(coalesce(p.proargnames[n], '') || ' ' || spelled(type), ',' ORDER BY n)
          FROM unnest(p.proallargtypes) WITH ORDINALITY u(type, n) WHERE p.proargmodes[n] IN ('o', 'b', 't')),
         (SELECT string_agg(a.attname || ' ' || spelled(a.atttypid), ',' ORDER BY a.attnum)
          FROM pg_type r JOIN pg_attribute a ON a.attrelid = r.typrelid AND a.attnum > 0
          WHERE r.oid = p.prorettype AND r.typtype = 'c'))
FROM pg_proc p
WHERE p.prokind <> 'p'
  AND (p.pronamespace = 'pg_catalog'::regnamespace OR extension_of('pg_proc', p.oid) IS NOT NULL)
  AND NOT p.proargtypes::oid[] && ARRAY['internal'::regtype::oid, 'cstring'::regtype::oid]
  AND p.prorettype <> ALL (ARRAY['internal', 'cstring', 'trigger', 'event_trigger', 'language_handler',
      'index_am_handler', 'table_am_handler', 'tsm_handler', 'fdw_handler']::regtype[])
SQL
LC_ALL=C sort -o "$here/functions.tsv" "$here/functions.tsv" "$here/kept"
rm "$here/kept"

# name, columns: without those whose type another version of the server has changed
out relations.tsv <<'SQL'
SELECT c.relnamespace::regnamespace || '.' || c.relname,
       string_agg(a.attname || ' ' || spelled(a.atttypid), ',' ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND c.relkind IN ('r', 'v')
  AND a.attname NOT IN ('attstattarget', 'attinhcount', 'attndims', 'coninhcount', 'stxstattarget')
GROUP BY 1
SQL
