//! Random views: of those that a server takes, each column has the server's type, or its type is asked for.
//!
//! `ORMGEN_VIEWS` says how many seeds are tried (20 where it is not set), `ORMGEN_VIEW` which single one. Each seed makes
//! [`VIEWS`] views of a column. `ORMGEN_VIEW_EXTENSIONS` names extensions whose types take part, `citext,hstore`.

use ormgen::catalog::{Catalog, QName, live};
use ormgen_runtime::config::ConnectionConfig;

use super::{Connection, Judge, interpret, random::Random};

/// Views that are tried for a seed; the server refuses more than half of them.
const VIEWS: usize = 150;

#[test]
fn columns_of_random_views_have_the_servers_types_or_ask_for_one() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seeds = match number("ORMGEN_VIEW") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ORMGEN_VIEWS").unwrap_or(20),
    };
    let judge = Judge::start();
    let server = judge.database("views");
    let mut ddl = schema();
    server.run(&ddl).expect("the tables and types of the test");
    let pool = Pool::of(&server);
    let mut views: Vec<(String, String)> = Vec::new();
    for seed in seeds {
        let mut random = Random::new(seed);
        for at in 0..VIEWS {
            let name = format!("v_{seed}_{at}");
            let sql = format!("CREATE VIEW {name} AS {}", query(&mut random, &pool));
            if server.run(&sql).is_ok() {
                ddl.push_str(&format!("{sql};\n"));
                views.push((name, sql));
            }
        }
    }
    let (ours, errors) = interpret(&[("views.sql".to_owned(), ddl)]);
    let is_asked = |error: &String| error.starts_with("ORM0209 ");
    assert!(errors.iter().all(is_asked), "{}", errors.join("\n"));
    let url = judge.server.url("views");
    let theirs =
        live::read_all(&[&ConnectionConfig::new("judge", url)], |_, _| {}).remove(0).expect("a catalog");
    let (mut wrong, mut asked) = (Vec::new(), Vec::new());
    for (name, sql) in &views {
        let (ours, theirs) = (column_type(&ours, name), column_type(&theirs, name));
        if ours == "unknown" {
            asked.push(format!("{theirs}: {sql}"));
        } else if ours != theirs {
            wrong.push(format!("{ours}, the server {theirs}: {sql}"));
        }
    }
    println!("{} views, {} ask for a type, {} are wrong", views.len(), asked.len(), wrong.len());
    if std::env::var_os("ORMGEN_VIEW_ASKED").is_some() {
        println!("{}", asked.join("\n"));
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked.len() * 20 < views.len(), "one in twenty may ask for a type: {}", asked.join("\n"));
}

fn column_type(catalog: &Catalog, view: &str) -> String {
    let view = catalog.tables.get(&QName::new("public", view));
    view.map_or_else(|| "unknown".to_owned(), |view| view.columns[0].ty.to_string())
}

fn extensions() -> Vec<String> {
    let named = std::env::var("ORMGEN_VIEW_EXTENSIONS").unwrap_or_default();
    named.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

const TYPES: [&str; 88] = [
    "bool",
    "int2",
    "int4",
    "int8",
    "numeric",
    "float4",
    "float8",
    "money",
    "text",
    "varchar",
    "bpchar",
    "name",
    "\"char\"",
    "bytea",
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "json",
    "jsonb",
    "jsonpath",
    "xml",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "bit varying",
    "point",
    "line",
    "lseg",
    "box",
    "path",
    "polygon",
    "circle",
    "tsvector",
    "tsquery",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "int4multirange",
    "nummultirange",
    "tstzmultirange",
    "datemultirange",
    "oid",
    "regclass",
    "regtype",
    "xid8",
    "pg_lsn",
    "int2[]",
    "int4[]",
    "int8[]",
    "numeric[]",
    "text[]",
    "varchar[]",
    "date[]",
    "timestamptz[]",
    "jsonb[]",
    "uuid[]",
    "float8[]",
    "bool[]",
    "daterange[]",
    "varchar(20)",
    "numeric(10,2)",
    "char(5)",
    "timestamp(3)",
    "time(2)",
    "bit(3)",
    "varbit(8)",
    "interval day to second(2)",
    "varchar(9)[]",
    "numeric(6,1)[]",
    "mood",
    "mood[]",
    "dom_int",
    "dom_text",
    "dom_dom",
    "dom_array",
    "dom_mood",
    "dom_int[]",
    "pair",
    "pair[]",
    "textrange",
];

fn schema() -> String {
    let mut sql = "CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN dom_int AS int CHECK (VALUE > 0);
CREATE DOMAIN dom_text AS varchar(20);
CREATE DOMAIN dom_dom AS dom_int;
CREATE DOMAIN dom_array AS int[];
CREATE DOMAIN dom_mood AS mood;
CREATE TYPE pair AS (a int, b text);
CREATE TYPE textrange AS RANGE (subtype = text);
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION f(numeric, int DEFAULT 1) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION g(anyelement, anyelement) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION g(anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1[1]';
CREATE FUNCTION h(anycompatible, anycompatiblearray) RETURNS anycompatiblearray LANGUAGE sql AS 'SELECT $2';
CREATE FUNCTION h(VARIADIC int[]) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION lower(int) RETURNS mood LANGUAGE sql AS 'SELECT NULL::mood';
CREATE FUNCTION abs(text) RETURNS pair LANGUAGE sql AS 'SELECT NULL::pair';
CREATE FUNCTION p(pair) RETURNS dom_int LANGUAGE sql AS 'SELECT NULL::dom_int';
"
    .to_owned();
    for extension in extensions() {
        sql.push_str(&format!("CREATE EXTENSION \"{extension}\";\n"));
    }
    let columns: Vec<String> = columns().iter().enumerate().map(|(at, ty)| format!("c{at} {ty}")).collect();
    sql.push_str(&format!("CREATE TABLE t ({});\n", columns.join(", ")));
    sql
}

/// The types of the table's columns.
fn columns() -> Vec<String> {
    let of_extensions = ["citext", "hstore", "ltree", "cube", "isbn"];
    let extensions = extensions();
    let has = |ty: &&str| {
        extensions.iter().any(|extension| extension == ty || (extension == "isn" && *ty == "isbn"))
    };
    TYPES.into_iter().chain(of_extensions.into_iter().filter(has)).map(str::to_owned).collect()
}

/// What expressions are made of.
struct Pool {
    /// The columns of the table, with the server's name of their type.
    columns: Vec<(String, String)>,
    /// Functions: a letter for their kind, their name, and the types of their arguments.
    functions: Vec<(char, String, Vec<String>)>,
    /// The names of operators, and the types of their operands.
    operators: Vec<(String, Vec<String>)>,
}

impl Pool {
    fn of(server: &Connection<'_>) -> Self {
        let columns = server.rows(
            "SELECT attname, attname, atttypid::regtype::text FROM pg_attribute
             WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum",
        );
        let functions = server.rows(
            "SELECT prokind::text, quote_ident(proname), array_to_string(proargtypes::regtype[], ',') FROM pg_proc
             WHERE prokind <> 'p' AND pronargs > 0 AND proname !~ '^(pg_|_pg|binary_upgrade|lo_|dblink)'
               AND NOT proargtypes::oid[] && ARRAY['internal'::regtype::oid, 'cstring'::regtype::oid]
             ORDER BY oid",
        );
        let operators = server.rows(
            "SELECT oprname, oprname, concat_ws(',', nullif(oprleft, 0)::regtype, oprright::regtype) FROM pg_operator
             ORDER BY oid",
        );
        let types = |list: &str| list.split(',').map(str::to_owned).collect::<Vec<String>>();
        let of_kind = |[kind, name, list]: [String; 3]| (kind.chars().next().unwrap(), name, types(&list));
        Self {
            columns: columns.into_iter().map(|[name, _, ty]| (name, ty)).collect(),
            functions: functions.into_iter().map(of_kind).collect(),
            operators: operators.into_iter().map(|[name, _, list]| (name, types(&list))).collect(),
        }
    }

    fn column(&self, random: &mut Random) -> String {
        self.columns[random.below(self.columns.len())].0.clone()
    }

    /// A column of that type, if there is one.
    fn column_of(&self, random: &mut Random, ty: &str) -> Option<String> {
        let fitting: Vec<&String> =
            self.columns.iter().filter(|(_, other)| other == ty).map(|(name, _)| name).collect();
        (!fitting.is_empty()).then(|| fitting[random.below(fitting.len())].clone())
    }

    fn function(&self, random: &mut Random, kinds: &[char]) -> &(char, String, Vec<String>) {
        loop {
            let function = &self.functions[random.below(self.functions.len())];
            if kinds.contains(&function.0) {
                return function;
            }
        }
    }
}

fn query(random: &mut Random, pool: &Pool) -> String {
    match random.below(12) {
        0 => format!("SELECT {} AS c FROM t", aggregate(random, pool)),
        1 => format!("SELECT {} OVER (ORDER BY c2) AS c FROM t", window(random, pool)),
        2 => {
            let (a, b) = (expression(random, pool, 1), expression(random, pool, 1));
            format!(
                "SELECT {a} AS c FROM t {} SELECT {b} FROM t",
                random.of(&["UNION", "UNION ALL", "EXCEPT"])
            )
        }
        3 => {
            let inner = expression(random, pool, 1);
            format!(
                "SELECT {} AS c FROM (SELECT {inner} AS q FROM t) s",
                random.of(&["q", "ARRAY[q]", "q || 'x'", "max(q)", "coalesce(q, NULL)", "(q)"])
            )
        }
        4 => {
            let (_, name, types) = pool.function(random, &['f']);
            format!("SELECT f.* FROM t, {} f", call(random, pool, name, types, 0))
        }
        _ => format!("SELECT {} AS c FROM t", expression(random, pool, 2)),
    }
}

fn aggregate(random: &mut Random, pool: &Pool) -> String {
    match random.below(5) {
        0 => format!(
            "{} WITHIN GROUP (ORDER BY {})",
            random.of(&[
                "percentile_cont(0.5)",
                "percentile_disc(ARRAY[0.1, 0.9])",
                "mode()",
                "percentile_disc(0.5)",
                "rank(1)"
            ]),
            pool.column(random)
        ),
        1 => format!(
            "{}({})",
            random.of(&[
                "max",
                "min",
                "sum",
                "avg",
                "array_agg",
                "count",
                "jsonb_agg",
                "bit_or",
                "range_agg"
            ]),
            expression(random, pool, 1)
        ),
        _ => {
            let (_, name, types) = pool.function(random, &['a']);
            call(random, pool, name, types, 1)
        }
    }
}

fn window(random: &mut Random, pool: &Pool) -> String {
    match random.below(3) {
        0 => random.of(&["rank()", "row_number()", "percent_rank()", "ntile(3)", "count(*)"]).to_owned(),
        _ => {
            let (_, name, types) = pool.function(random, &['w', 'a']);
            call(random, pool, name, types, 0)
        }
    }
}

fn call(random: &mut Random, pool: &Pool, name: &str, types: &[String], depth: usize) -> String {
    let arguments: Vec<String> = types.iter().map(|ty| argument(random, pool, ty, depth)).collect();
    format!("{name}({})", arguments.join(", "))
}

/// Something that may be given where that type is declared.
fn argument(random: &mut Random, pool: &Pool, ty: &str, depth: usize) -> String {
    match random.below(10) {
        0 => literal(random),
        1 if depth > 0 => expression(random, pool, depth - 1),
        2 => pool.column(random),
        _ => pool.column_of(random, ty).unwrap_or_else(|| {
            if ty.starts_with("any") || depth == 0 {
                pool.column(random)
            } else {
                expression(random, pool, depth - 1)
            }
        }),
    }
}

fn literal(random: &mut Random) -> String {
    random
        .of(&[
            "'1'",
            "'x'",
            "NULL",
            "1",
            "-1",
            "1.5",
            "5000000000",
            "-2147483648",
            "true",
            "'{1}'",
            "'[1,2)'",
            "'2020-01-01'",
            "'1 day'",
            "date '2020-01-01'",
            "interval '1 day'",
            "timestamptz '2020-01-01'",
            "B'101'",
            "char 'ab'",
            "ARRAY[1, 2]",
            "ARRAY['a', NULL]",
            "1e3",
            "current_date",
            "now()",
            "current_timestamp(3)",
            "current_user",
        ])
        .to_owned()
}

/// What is made of one column, `X`.
const OF_ONE_COLUMN: [&str; 18] = [
    "extract(year FROM X)",
    "X AT TIME ZONE 'UTC'",
    "substring(X FROM 1 FOR 2)",
    "trim(X)",
    "position('a' IN X)",
    "overlay(X PLACING 'a' FROM 1)",
    "trim(LEADING 'x' FROM X)",
    "(SELECT X)",
    "ARRAY(SELECT X)",
    "(X IS NULL)",
    "(X)[1:2]",
    "ceil(X)",
    "(X COLLATE \"C\")",
    "(- X)",
    "date(X)",
    "text(X)",
    "int4(X)",
    "dom_int(X)",
];

fn expression(random: &mut Random, pool: &Pool, depth: usize) -> String {
    if depth == 0 {
        return if random.chance(75) { pool.column(random) } else { literal(random) };
    }
    let inner = |random: &mut Random| expression(random, pool, depth - 1);
    match random.below(20) {
        0..=4 => {
            let (_, name, types) = pool.function(random, &['f']);
            call(random, pool, name, types, depth)
        }
        5..=8 => {
            let (name, types) = &pool.operators[random.below(pool.operators.len())];
            let operands: Vec<String> = types.iter().map(|ty| argument(random, pool, ty, depth)).collect();
            match operands.as_slice() {
                [only] => format!("({name} {only})"),
                _ => format!("({} {name} {})", operands[0], operands[1]),
            }
        }
        9 | 10 => {
            let name = random
                .of(&["+", "-", "*", "/", "%", "||", "=", "->", "->>", "&&", "@>", "^", "#", "<<", "~"]);
            format!("({} {name} {})", inner(random), inner(random))
        }
        11 => format!("{}::{}", pool.column(random), random.of(&TYPES)),
        12 => {
            let column = pool.column(random);
            let (a, b) =
                if random.chance(50) { (column.clone(), literal(random)) } else { (inner(random), column) };
            format!("CASE WHEN c0 THEN {a} ELSE {b} END")
        }
        13 => {
            let (a, b) = (inner(random), inner(random));
            format!("{}({a}, {b})", random.of(&["coalesce", "nullif", "greatest", "least"]))
        }
        14 => format!("nullif({}, {})", pool.column(random), literal(random)),
        15 => {
            let column = pool.column(random);
            let other = if random.chance(50) { literal(random) } else { inner(random) };
            random
                .of(&[
                    "coalesce($1, $2)",
                    "ARRAY[$1, $2]",
                    "ARRAY[$1]",
                    "($1 || $2)",
                    "($2 || $1)",
                    "CASE WHEN c0 THEN $1 END",
                    "ARRAY[ARRAY[$1], ARRAY[$2]]",
                ])
                .replace("$1", &column)
                .replace("$2", &other)
        }
        16 => format!("({})[1]", inner(random)),
        17 => random.of(&OF_ONE_COLUMN).replace('X', &pool.column(random)),
        18 => format!("(c85).{}", random.of(&["a", "b"])),
        _ => pool.column(random),
    }
}
