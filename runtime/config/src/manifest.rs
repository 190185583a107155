//! Reads the `connections:` of a manifest. Only the generator reads the other parts.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    ConnectionConfig, Endpoint, PoolConfig, Pooler, Reads, Reset, Template, TlsConfig, TlsMode,
    error::{ConfigError, ConfigProblem},
    yaml::{self, Cursor, Fields, MAX_SIZE, Mistake, MistakeKind, Mistakes, Value},
};

const KEYS: &[&str] = &[
    "url",
    "host",
    "port",
    "user",
    "password",
    "database",
    "replicas",
    "pooler",
    "max_connections",
    "pool",
    "statement_timeout",
    "search_path",
    "tls",
    "tags",
];
const REPLICA_KEYS: &[&str] = &["urls", "reads", "max_lag"];
const PART_KEYS: &[&str] = &["host", "port", "user", "password", "database"];
const POOL_KEYS: &[&str] = &[
    "max_size",
    "min_idle",
    "acquire_timeout",
    "idle_timeout",
    "max_lifetime",
    "group_commit",
    "reset",
    "lanes",
];
const TLS_KEYS: &[&str] = &["mode", "ca", "cert", "key"];

/// The most that PostgreSQL's `max_connections` can be
/// (<https://www.postgresql.org/docs/current/runtime-config-connection.html>).
const MAX_CONNECTIONS: u64 = 262_143;

/// The most that PostgreSQL's `statement_timeout` can be: it is an `int4` of milliseconds.
const MAX_TIMEOUT: Duration = Duration::from_millis(i32::MAX as u64);

/// Reads the connections of a manifest. Paths of certificates become relative to the working folder, as `path` is.
///
/// # Errors
/// If the file cannot be read, is not YAML, or has a mistake in a connection. The error has the file, line and
/// column, and the connection's alias; it holds no password.
pub fn read_manifest(path: impl AsRef<Path>) -> Result<Vec<ConnectionConfig>, ConfigError> {
    let path = path.as_ref();
    let text = read_text(path).map_err(|message| manifest_error(path.display().to_string(), &message))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut connections = connections(path, &text)?;
    for connection in &mut connections {
        connection.tls.make_relative_to(folder);
    }
    Ok(connections)
}

fn read_text(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_SIZE as u64 + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() > MAX_SIZE { Err("the file is larger than 1 MiB".to_owned()) } else { Ok(text) }
}

/// The connections of a manifest's text, or the first mistake in it.
fn connections(path: &Path, text: &str) -> Result<Vec<ConnectionConfig>, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mistakes = Mistakes::default();
    let check = || match mistakes.first_error() {
        None => Ok(()),
        Some(mistake) => Err(mistake_error(path, text, &mistake)),
    };
    let root = yaml::read(text, &mistakes).unwrap_or_default();
    check()?;
    let top = Cursor::new(&root, &mistakes);
    let sections = top.entries("keys with values").unwrap_or_default();
    check()?;
    let mut connections = Vec::new();
    match sections.into_iter().find(|(key, _)| *key == "connections") {
        None => top.note(MistakeKind::MissingKey { key: "connections" }),
        Some((_, section)) => {
            for (alias, connection) in section.entries("connections by alias").unwrap_or_default() {
                connections.extend(read_connection(alias, &connection));
                check().map_err(|error| error.for_connection(alias))?;
            }
        }
    }
    check()?;
    Ok(connections)
}

fn mistake_error(path: &Path, text: &str, mistake: &Mistake) -> ConfigError {
    let before = text.get(..mistake.place.start).unwrap_or_default();
    let line = before.split('\n').count();
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    manifest_error(format!("{}:{line}:{column}", path.display()), &mistake.kind.to_string())
}

fn manifest_error(place: String, message: &str) -> ConfigError {
    // A message may repeat a word of the manifest.
    ConfigProblem::Manifest { place, message: yaml::mask_words(message) }.into()
}

/// Reads one connection, in short or long form. None if it cannot be read; the cursor notes the mistakes.
pub fn read_connection(alias: &str, cursor: &Cursor<'_>) -> Option<ConnectionConfig> {
    if let Value::Text(_) = cursor.value {
        return Some(ConnectionConfig::to(alias, Endpoint::Url(read_url(cursor)?)));
    }
    let fields = cursor.fields("a URL, or keys such as `url` and `pool`", KEYS)?;
    let mut config = ConnectionConfig::to(alias, read_endpoint(&fields)?);
    if let Some(replicas) = fields.get("replicas") {
        read_replicas(replicas, &mut config);
    }
    let pooler = fields.get("pooler");
    let pooler =
        pooler.and_then(|pooler| pooler.word("one of `none`, `session`, `transaction`", Pooler::NAMES));
    config.pooler = pooler.and_then(Pooler::parse);
    let most = fields.get("max_connections").and_then(|most| most.size(1, MAX_CONNECTIONS));
    config.max_connections = most.and_then(|most| usize::try_from(most).ok());
    if let Some(pool) = fields.get("pool") {
        read_pool(pool, &mut config);
    }
    if let Some(timeout) = fields.get("statement_timeout") {
        config.statement_timeout = timeout.duration_or_never(MAX_TIMEOUT).flatten();
        if is_set_in_url(&config, "statement_timeout") {
            timeout.note_at_key(MistakeKind::Conflict {
                message: "a URL of this connection sets `statement_timeout` too, in its `options`",
                help: "keep one of the two",
            });
        }
    }
    if let Some(schemas) = fields.get("search_path") {
        config.search_path = read_search_path(schemas);
        if is_set_in_url(&config, "search_path") {
            schemas.note_at_key(MistakeKind::Conflict {
                message: "a URL of this connection sets `search_path` too, in its `options`",
                help: "keep one of the two",
            });
        }
    }
    if let Some(tls) = fields.get("tls") {
        config.tls = read_tls(tls);
    }
    if let Some(tags) = fields.get("tags") {
        config.tags = read_tags(tags);
    }
    Some(config)
}

/// Whether a URL's `options` set this parameter of the server. What a variable holds is not known here.
fn is_set_in_url(config: &ConnectionConfig, parameter: &str) -> bool {
    let primary = if let Endpoint::Url(url) = &config.endpoint { Some(url) } else { None };
    let mut urls = primary.into_iter().chain(&config.replicas);
    let sets_it = |(_, options): (&str, &str)| options.contains(parameter);
    urls.any(|url| url.as_written().split_once('?').is_some_and(sets_it))
}

fn read_search_path(cursor: &Cursor<'_>) -> Vec<String> {
    if is_empty_list(cursor) {
        cursor.note_at_key(MistakeKind::NoEffect {
            message: "an empty `search_path` has no effect",
            help: "name the schemas, or remove it",
        });
    }
    let schemas = cursor.items("a list of schemas, such as `[north, public]`").unwrap_or_default();
    schemas.iter().filter_map(|schema| schema.text("a schema's name")).map(str::to_owned).collect()
}

fn read_tags(cursor: &Cursor<'_>) -> Vec<(String, Template)> {
    let tags = cursor.entries("names with values, such as `application: shop`").unwrap_or_default();
    let tag = |(name, value): (&str, Cursor<'_>)| Some((name.to_owned(), value.template("a text")?));
    tags.into_iter().filter_map(tag).collect()
}

/// Reads `replicas:`, which is a list of URLs, or a map with the list and further settings.
fn read_replicas(cursor: &Cursor<'_>, config: &mut ConnectionConfig) {
    let urls = |list: &Cursor<'_>| -> Vec<Template> {
        list.items("a list of URLs").unwrap_or_default().iter().filter_map(read_url).collect()
    };
    if !matches!(cursor.value, Value::Map(_)) {
        config.replicas = urls(cursor);
        if is_empty_list(cursor) {
            cursor.note_at_key(NO_REPLICAS);
        }
        return;
    }
    let Some(fields) = cursor.fields("a list of URLs, or keys such as `urls`", REPLICA_KEYS) else { return };
    config.replicas = fields.require("urls").map(urls).unwrap_or_default();
    let reads =
        fields.get("reads").and_then(|reads| reads.word("one of `primary`, `replicas`", Reads::NAMES));
    config.reads = reads.and_then(Reads::parse).unwrap_or_default();
    let lag = fields.get("max_lag").and_then(|lag| lag.duration(Duration::MAX));
    config.max_lag = lag.unwrap_or(config.max_lag);
    if let Some(urls) = fields.get("urls").filter(|urls| is_empty_list(urls)) {
        urls.note_at_key(match config.reads {
            Reads::Primary => NO_REPLICAS,
            Reads::Replicas => MistakeKind::Conflict {
                message: "the reads go to the replicas, and `urls` lists none",
                help: "add the URL of a replica, or remove `replicas`",
            },
        });
    }
}

fn is_empty_list(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.value, Value::List(items) if items.is_empty())
}

const NO_REPLICAS: MistakeKind = MistakeKind::NoEffect {
    message: "this list has no URL of a replica",
    help: "add one, or remove `replicas`",
};

fn read_url(cursor: &Cursor<'_>) -> Option<Template> {
    let url = cursor.template("a URL")?;
    match url.validate_url() {
        Ok(()) => Some(url),
        Err(error) => {
            cursor.note(MistakeKind::Url(error));
            None
        }
    }
}

/// Reads where the server is. Reads every part even if another one cannot be read, so that all mistakes are found.
fn read_endpoint(fields: &Fields<'_>) -> Option<Endpoint> {
    let template = |key: &str, expected| fields.get(key).and_then(|part| part.template(expected));
    let host = template("host", "a host's name");
    let port = fields.get("port").and_then(|port| port.size(1, u16::MAX.into()));
    let user = template("user", "a user's name");
    let password = template("password", "a password, in quotes");
    let database = template("database", "a database's name");
    if fields.get("url").is_none() && fields.get("host").is_some() {
        let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(5432);
        return Some(Endpoint::Parts { host: host?, port, user, password, database });
    }
    for part in PART_KEYS.iter().filter_map(|key| fields.get(key)) {
        if fields.get("url").is_some() {
            part.note_at_key(MistakeKind::Conflict {
                    message: "a connection has either a `url` or `host`, `port`, `user`, `password` and `database`",
                    help: "remove this key and write its value into the URL, or remove `url`",
                },
            );
        }
    }
    Some(Endpoint::Url(read_url(fields.require("url")?)?))
}

fn read_pool(cursor: &Cursor<'_>, config: &mut ConnectionConfig) {
    let Some(fields) = cursor.fields("keys such as `max_size`", POOL_KEYS) else { return };
    let pool = &mut config.pool;
    let size = |key: &str, least| {
        let size = fields.get(key).and_then(|value| value.size(least, MAX_CONNECTIONS));
        size.and_then(|size| usize::try_from(size).ok())
    };
    pool.max_size = size("max_size", 1).unwrap_or(pool.max_size);
    pool.min_idle = size("min_idle", 0).unwrap_or(pool.min_idle);
    let timeout = fields.get("acquire_timeout").and_then(|value| value.duration(Duration::MAX));
    pool.acquire_timeout = timeout.unwrap_or(pool.acquire_timeout);
    let timeout = fields.get("idle_timeout").and_then(|value| value.duration_or_never(Duration::MAX));
    pool.idle_timeout = timeout.unwrap_or(pool.idle_timeout);
    let lifetime = fields.get("max_lifetime").and_then(|value| value.duration_or_never(Duration::MAX));
    pool.max_lifetime = lifetime.unwrap_or(pool.max_lifetime);
    pool.group_commit = fields.get("group_commit").and_then(Cursor::boolean).unwrap_or(pool.group_commit);
    let reset =
        fields.get("reset").and_then(|reset| reset.word("one of `rollback`, `discard_all`", Reset::NAMES));
    pool.reset = reset.and_then(Reset::parse).unwrap_or(pool.reset);
    if let Some(lanes) = fields.get("lanes") {
        lanes.note_at_key(MistakeKind::NoEffect {
            message: "`lanes` has no effect: every connection of the pool may be shared by short reads",
            help: "remove it; `dbs.NAME.exclusive()` gives a statement a connection of its own",
        });
    }
    check_sizes(&fields, config);
    check_times(&fields, &config.pool);
}

/// Notes sizes of a pool that it cannot have.
fn check_sizes(fields: &Fields<'_>, config: &ConnectionConfig) {
    let PoolConfig { max_size, min_idle, .. } = config.pool;
    let is_limited = |size: usize| config.max_connections.is_some_and(|most| size > most);
    if let Some(field) = fields.get("min_idle") {
        if min_idle > max_size {
            field.note(MistakeKind::Conflict {
                message: "`min_idle` is greater than `max_size`",
                help: "make it at most `max_size`, which is 10 when not given",
            });
        } else if is_limited(min_idle) {
            field.note(MistakeKind::Conflict {
                message: "`min_idle` is greater than the connection's `max_connections`",
                help: "make it at most `max_connections`, which all pools to the server share",
            });
        }
    }
    if let Some(field) = fields.get("max_size").filter(|_| is_limited(max_size)) {
        field.note(MistakeKind::NoEffect {
            message: "the pool never has this many connections: `max_connections` allows fewer",
            help: "make `max_size` at most `max_connections`, or raise that",
        });
    }
}

/// Notes an idle time that no connection lives to see.
fn check_times(fields: &Fields<'_>, pool: &PoolConfig) {
    let (Some(idle), Some(lifetime)) = (pool.idle_timeout, pool.max_lifetime) else { return };
    if let Some(field) = fields.get("idle_timeout").filter(|_| idle > lifetime) {
        field.note(MistakeKind::NoEffect {
            message: "`idle_timeout` has no effect: `max_lifetime` ends each connection before",
            help: "make it shorter than `max_lifetime`, which is `30m` when not given",
        });
    }
}

fn read_tls(cursor: &Cursor<'_>) -> TlsConfig {
    let Some(fields) = cursor.fields("keys such as `mode`", TLS_KEYS) else { return TlsConfig::default() };
    let expected = "one of `disable`, `prefer`, `require`, `verify-ca`, `verify-full`";
    let mode = fields.get("mode").and_then(|mode| mode.word(expected, TlsMode::NAMES));
    let path = |key: &str| fields.get(key).and_then(|path| path.text("a path")).map(PathBuf::from);
    for (one, other) in [("cert", "key"), ("key", "cert")] {
        if fields.get(one).is_some() {
            fields.require(other);
        }
    }
    let mode = mode.and_then(TlsMode::parse);
    let files = TLS_KEYS.iter().filter(|key| **key != "mode").filter_map(|key| fields.get(key));
    for file in files.filter(|_| mode == Some(TlsMode::Disable)) {
        file.note_at_key(MistakeKind::Conflict {
            message: "a connection with the mode `disable` is not encrypted, and uses no certificate or key",
            help: "remove this key, or choose another mode, such as `verify-full`",
        });
    }
    TlsConfig { mode, ca: path("ca"), cert: path("cert"), key: path("key") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ConnectionConfig>, String> {
        let folder = std::env::temp_dir().join(format!("ormgen-config-{}-{:p}", std::process::id(), text));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("manifest.yaml");
        std::fs::write(&path, text).unwrap();
        let result = read_manifest(&path).map_err(|error| error.to_string());
        std::fs::remove_dir_all(&folder).unwrap();
        let folder = format!("{}/", folder.display());
        result.map_err(|error| error.replace(&folder, ""))
    }

    #[test]
    fn reads_connections_and_nothing_else() {
        let connections = read(
            "
            connections:
              crm: postgres://app:${CRM_PASSWORD}@db1.internal:5432/crm
              orders:
                url: ${ORDERS_URL:-postgres://localhost/orders}
                replicas: [\"${ORDERS_REPLICA_URL}\"]
                pool: { max_size: 32, min_idle: 4, acquire_timeout: 5s, idle_timeout: never, max_lifetime: 30m, lanes: 3 }
                statement_timeout: 10s
                tls: { mode: verify-full, ca: /certs/ca.pem }
              grouped: { url: postgres://h, pool: { group_commit: true, reset: discard_all } }
              parts: { host: db, port: 5433, user: app, password: \"${P}\", database: crm }
              tenant: { url: postgres://h, search_path: [north, public] }
              pooled: { url: postgres://h, pooler: transaction, max_connections: 40, tags: { application: shop } }
              near: { url: postgres://h, replicas: { urls: [postgres://i, postgres://j], reads: replicas, max_lag: 2s } }
            apps: what it likes
            ",
        )
        .unwrap();
        let expected = [
            ConnectionConfig::new("crm", "postgres://app:${CRM_PASSWORD}@db1.internal:5432/crm"),
            ConnectionConfig::new("orders", "${ORDERS_URL:-postgres://localhost/orders}")
                .replica("${ORDERS_REPLICA_URL}")
                .max_size(32)
                .min_idle(4)
                .acquire_timeout(Duration::from_secs(5))
                .idle_timeout(None)
                .max_lifetime(Duration::from_secs(1800))
                .statement_timeout(Duration::from_secs(10))
                .tls(TlsConfig::new(TlsMode::VerifyFull).ca("/certs/ca.pem")),
            ConnectionConfig::new("grouped", "postgres://h").group_commit(true).reset(Reset::DiscardAll),
            ConnectionConfig::from_parts("parts", "db")
                .port(5433)
                .user("app")
                .password("${P}")
                .database("crm"),
            ConnectionConfig::new("tenant", "postgres://h").search_path(["north", "public"]),
            ConnectionConfig::new("pooled", "postgres://h")
                .pooler(Pooler::Transaction)
                .max_connections(40)
                .tag("application", "shop"),
            ConnectionConfig::new("near", "postgres://h")
                .replica("postgres://i")
                .replica("postgres://j")
                .reads(Reads::Replicas)
                .max_lag(Duration::from_secs(2)),
        ];
        assert_eq!(connections, expected);
    }

    #[test]
    fn says_what_is_wrong_and_where_without_values() {
        for (text, expected) in [
            ("x: 1", "manifest.yaml:1:1: the key `connections` is missing"),
            ("connections: 1", "manifest.yaml:1:14: expected connections by alias, found a number"),
            (
                "connections:\n  crm: hunter2",
                "connection `crm`: manifest.yaml:2:8: the URL does not start with `postgres://`",
            ),
            (
                "connections: { crm: { uri: hunter2 } }",
                "connection `crm`: manifest.yaml:1:23: unknown key `uri`",
            ),
            (
                "connections: { crm: { 'postgres://app:hunter2@db': 1 } }",
                "connection `crm`: manifest.yaml:1:23: unknown key `postgres://app:*******@db`",
            ),
            (
                "connections: { größe: { url: postgres://h, replicas: [postgres://h, $x] } }",
                "connection `größe`: manifest.yaml:1:69: `$` stands alone",
            ),
            (
                "connections: { crm: { url: postgres://h, pooler: transactions } }",
                "connection `crm`: manifest.yaml:1:50: unknown value `transactions`",
            ),
            (
                "connections: { crm: { url: postgres://h, replicas: { url: postgres://i } } }",
                "connection `crm`: manifest.yaml:1:54: unknown key `url`",
            ),
            (
                "connections: { crm: { host: h, password: 12345 } }",
                "connection `crm`: manifest.yaml:1:42: expected a password, in quotes, found a number",
            ),
            (
                "connections: { crm: postgres://h, crm: postgres://i }",
                "manifest.yaml:1:35: the key `crm` stands twice in one map",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        }
        assert!(read("connections: [").unwrap_err().starts_with("manifest.yaml:1:15: this is not YAML: "));
        assert!(read(&"x".repeat(MAX_SIZE + 1)).unwrap_err().contains("larger than 1 MiB"));
        assert!(read_manifest("/nowhere/manifest.yaml").is_err());
    }

    #[test]
    fn certificates_are_relative_to_the_manifest() {
        let folder = std::env::temp_dir().join(format!("ormgen-certs-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("manifest.yaml");
        std::fs::write(&path, "connections: { crm: { url: postgres://h, tls: { ca: certs/ca.pem } } }")
            .unwrap();
        let connections = read_manifest(&path).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(connections[0].tls.ca, Some(folder.join("certs/ca.pem")));
    }
}
