//! The tables.

use ormgen_config::{Pooler, Reads, Reset, TlsMode};

use super::{ManifestKey, Section, Shape};

/// A variable in it is read when a program connects.
const URL: Shape = Shape::Text;
const COLUMN: Shape = Shape::Pattern(r"^[^.]+(\.[^.]+){2,3}$");
const LAYOUTS: &[&str] = &[
    "atlas",
    "dbmate",
    "diesel",
    "drizzle",
    "flyway",
    "golang-migrate",
    "natural",
    "numbered",
    "postgrator",
    "prisma",
    "sqitch",
    "yoyo",
];

const fn required(name: &'static str, shape: Shape, about: &'static str) -> ManifestKey {
    ManifestKey { name, shape, is_required: true, about }
}

const fn key(name: &'static str, shape: Shape, about: &'static str) -> ManifestKey {
    ManifestKey { name, shape, is_required: false, about }
}

pub(super) const MANIFEST: Section = Section {
    path: "",
    about: "Connections and apps are required; the rest has defaults.",
    keys: &[
        required(
            "connections",
            Shape::Named(&Shape::Either(&[URL, Shape::Section(&CONNECTION)])),
            "Servers by alias: a URL, or the keys of a connection. `${VAR}` and `${VAR:-default}` are read from the \
             environment when a program connects; nothing needs to be set to generate code.",
        ),
        required(
            "apps",
            Shape::Named(&Shape::Section(&APP)),
            "Sets of models by name, each with the schema that it is generated from and the connection that serves it.",
        ),
        key(
            "references",
            Shape::List(&Shape::Section(&REFERENCE)),
            "IDs that point into another database, where no foreign key can.",
        ),
        key(
            "types",
            Shape::Named(&Shape::Either(&[Shape::Text, Shape::Section(&TYPE)])),
            "Rust types of your own, by SQL type (`numeric`, `public.mood`: a SCHEMA and a type, without an app) or by column \
             (`crm.customers.settings`: an APP, a table and a column); and `infinity: kept` or \
             `refused`, `arrays: plain`, `nullable` or `any`, `unknown: refused` or `skipped` (columns whose type has no Rust \
             counterpart). Enums and composite types take `derives` and `attributes`.",
        ),
        key("output", Shape::Section(&OUTPUT), "Where the generated code goes, and its form."),
    ],
};

const CONNECTION: Section = Section {
    path: "connections.NAME",
    about: "A server, by `url` or by its parts, and how programs connect to it.",
    keys: &[
        key("url", URL, "`postgres://user:password@host:port/database?option=value`."),
        key(
            "host",
            Shape::Text,
            "In place of `url`: a host name, an address, or the folder of a Unix socket.",
        ),
        key("port", Shape::Number(1), "5432 when not given."),
        key("user", Shape::Text, "The operating system's user when not given."),
        key("password", Shape::Text, "A variable: `${CRM_PASSWORD}`. A literal password is warned of."),
        key("database", Shape::Text, "The user's name when not given."),
        key(
            "replicas",
            Shape::Either(&[Shape::Texts, Shape::Section(&REPLICAS)]),
            "URLs of servers that follow the first one and take reads.",
        ),
        key(
            "pooler",
            Shape::Words(Pooler::NAMES),
            "What pooler stands before the server; found out when not given.",
        ),
        key(
            "max_connections",
            Shape::Number(1),
            "The most connections that the program opens to this server in all.",
        ),
        key("pool", Shape::Section(&POOL), "How the connection's pool is tuned."),
        key("statement_timeout", Shape::DurationOrNever, "The server cancels statements that take longer."),
        key(
            "search_path",
            Shape::Texts,
            "The schemas in which the server looks for names that have none, in this order; the server's own setting when not \
             given. With `unqualified` at an app it says whose tables its models mean.",
        ),
        key("tls", Shape::Section(&TLS), "Encryption; what it does not say, the URL's `sslmode` says."),
        key(
            "tags",
            Shape::Named(&Shape::Text),
            "sqlcommenter's tags, such as `application: shop`: each statement's text has them as a comment, with its model and \
             verb, for the server's views and log. A value may be a variable, such as `${RELEASE}`. No statement has a comment \
             when not given.",
        ),
    ],
};

const REPLICAS: Section = Section {
    path: "connections.NAME.replicas",
    about: "The long form of a list of URLs.",
    keys: &[
        required(
            "urls",
            Shape::Texts,
            "The replicas' URLs, each of one server: of several behind one URL, `max_lag` is checked on one.",
        ),
        key("reads", Shape::Words(Reads::NAMES), "Where plain reads go: to the `primary` when not given."),
        key("max_lag", Shape::Duration, "A replica further behind than this takes no reads."),
    ],
};

const POOL: Section = Section {
    path: "connections.NAME.pool",
    about: "Each pool has connections to one server, and its replicas.",
    keys: &[
        key("max_size", Shape::Number(1), "The greatest number of connections; 10 when not given."),
        key("min_idle", Shape::Number(0), "Connections kept open even when idle; 0 when not given."),
        key(
            "acquire_timeout",
            Shape::Duration,
            "How long a caller waits for a connection; `30s` when not given.",
        ),
        key(
            "idle_timeout",
            Shape::DurationOrNever,
            "A connection idle for longer is closed; `10m` when not given.",
        ),
        key(
            "max_lifetime",
            Shape::DurationOrNever,
            "A connection older than this is closed when it is next free; `30m` when not given.",
        ),
        key(
            "group_commit",
            Shape::Boolean,
            "Single-row writes that wait at the same time share one transaction and one commit; `false` when not given.",
        ),
        key(
            "reset",
            Shape::Words(Reset::NAMES),
            "What is done with a connection on which SQL of your own ran, before another caller gets it; `rollback` \
             when not given, which resets what the text changes; `discard_all` also what functions change that it calls.",
        ),
        key("lanes", Shape::Number(1), "Has no effect any more; a warning says so."),
    ],
};

const TLS: Section = Section {
    path: "connections.NAME.tls",
    about: "Encryption and certificates. A Unix socket is not encrypted, whatever this says. Files that change while the \
            program runs are read again for the next connection.",
    keys: &[
        key(
            "mode",
            Shape::Words(TlsMode::NAMES),
            "`prefer` when not given; `verify-full` where a `ca` is given.",
        ),
        key("ca", Shape::Text, "A PEM file of the authority to trust, in place of the system's."),
        key("cert", Shape::Text, "The client's certificate, a PEM file; with `key`."),
        key("key", Shape::Text, "The client's private key, a PEM file; with `cert`."),
    ],
};

const APP: Section = Section {
    path: "apps.NAME",
    about: "A set of models. Apps with the same default connection share a database and its module.",
    keys: &[
        required(
            "schema",
            Shape::Either(&[Shape::Text, Shape::Texts, Shape::Section(&SCHEMA)]),
            "A DDL file, a folder of migrations, a list of these, a snapshot that `ormgen introspect` wrote, or `live`.",
        ),
        required("default_connection", Shape::Text, "The alias of the connection that serves the models."),
        key("connections", Shape::Texts, "Further aliases: servers that hold the same schema."),
        key(
            "models",
            Shape::Texts,
            "Which tables become models: patterns over `table` or `schema.table`; all when not given. `\"!log_*\"` leaves tables out.",
        ),
        key(
            "tables",
            Shape::Named(&Shape::Section(&TABLE)),
            "Settings of single tables, as `table` or `schema.table`. Where several schemas have a table, its name alone means \
             the main schema's.",
        ),
        key("main_schema", Shape::Text, "The schema whose name is no prefix of its models' names."),
        key(
            "unqualified",
            Shape::Boolean,
            "Whether SQL names the tables, views and types of the main schema without it, so that each connection's \
             `search_path` says which schema they are in: one for each tenant, say. `false` when not given.",
        ),
        key(
            "table_prefix",
            Shape::Text,
            "What the names of its tables begin with, and those of models and relations do not: `tbl_`, say.",
        ),
        key(
            "relations",
            Shape::List(&Shape::Section(&RELATION)),
            "Relations that no foreign key makes: of views, for instance.",
        ),
        key(
            "partitions",
            Shape::Boolean,
            "Whether partitions become models of their own; `false` when not given.",
        ),
    ],
};

const SCHEMA: Section = Section {
    path: "apps.NAME.schema",
    about: "The long form of a schema that is read from files.",
    keys: &[
        key("ddl", Shape::Either(&[Shape::Text, Shape::Texts]), "DDL files."),
        key(
            "migrations",
            Shape::Either(&[Shape::Text, Shape::Texts]),
            "In place of `ddl`: folders of migrations.",
        ),
        key(
            "layout",
            Shape::Words(LAYOUTS),
            "The tool whose migrations these are; recognised when not given.",
        ),
        key(
            "through",
            Shape::Text,
            "`server`, or the URL of one: PostgreSQL itself applies the files to an empty database, which is then read.",
        ),
        key("shapes_nothing", Shape::Texts, "Statements to pass over, as `file:line`."),
        key(
            "search_path",
            Shape::Texts,
            "The schemas that names without one are looked for in; `public` when not given.",
        ),
    ],
};

const TABLE: Section = Section {
    path: "apps.NAME.tables.TABLE",
    about: "What ormgen cannot know, or should do otherwise.",
    keys: &[
        key("name", Shape::Text, "The struct's name."),
        key(
            "key",
            Shape::Texts,
            "The columns that tell rows apart, for a view or a table without primary key.",
        ),
        key("columns", Shape::Named(&Shape::Section(&COLUMN_SETTINGS)), "Settings of single columns."),
        key("derives", Shape::Texts, "Extras on this model, as in `output.derives`."),
        key("attributes", Shape::Texts, "Attributes on the struct: what stands between `#[` and `]`."),
        key(
            "relations",
            Shape::Named(&Shape::Text),
            "Other names for relations, by the names that ormgen gives them.",
        ),
    ],
};

const RELATION: Section = Section {
    path: "apps.NAME.relations[]",
    about: "Columns that mean rows of another table, as `table.column`, or a list of them for a key of several columns.",
    keys: &[
        required("from", Shape::Either(&[Shape::Text, Shape::Texts]), "The columns that hold the key."),
        required(
            "to",
            Shape::Either(&[Shape::Text, Shape::Texts]),
            "The columns that they mean: a key of their table, or a view's `key`.",
        ),
        key("name", Shape::Text, "The constant's name."),
        key("reverse", Shape::Text, "The name of the constant on the other model."),
    ],
};

const TYPE: Section = Section {
    path: "types.TYPE",
    about: "An enum or a composite type, whose Rust type is generated.",
    keys: &[
        key("derives", Shape::Texts, "Extras on the type, as in `output.derives`."),
        key("attributes", Shape::Texts, "Attributes on the type: what stands between `#[` and `]`."),
        key("fields", Shape::Named(&Shape::Section(&FIELD)), "Settings of a composite type's fields."),
    ],
};

const FIELD: Section = Section {
    path: "types.TYPE.fields.FIELD",
    about: "Settings of one field of a composite type, by its name in SQL.",
    keys: &[key("attributes", Shape::Texts, "Attributes on the field: what stands between `#[` and `]`.")],
};

const COLUMN_SETTINGS: Section = Section {
    path: "apps.NAME.tables.TABLE.columns.COLUMN",
    about: "Settings of one column.",
    keys: &[
        key("name", Shape::Text, "The field's name."),
        key("type", Shape::Text, "The SQL type of a view's column that cannot be known without a server."),
        key("nullable", Shape::Boolean, "Whether a view's column may be NULL; it may when not given."),
        key(
            "skip",
            Shape::Boolean,
            "Leaves the column out of the model. Where a new row needs a value for it (`NOT NULL`, no default), a warning says so.",
        ),
        key("attributes", Shape::Texts, "Attributes on the field: what stands between `#[` and `]`."),
    ],
};

const REFERENCE: Section = Section {
    path: "references[]",
    about: "A column that holds IDs of rows in another database, as `app.table.column`.",
    keys: &[
        required("from", COLUMN, "The column that holds the ID."),
        required("to", COLUMN, "The column that it points to."),
        key("name", Shape::Text, "The constant's name, in place of one made from the column's."),
        key("reverse", Shape::Text, "The name of the constant on the model that it points to."),
        key(
            "cache",
            Shape::Section(&CACHE),
            "How many of the rows that it leads to are kept, and how long: feature `cache`.",
        ),
    ],
};

const CACHE: Section = Section {
    path: "references[].cache",
    about: "Both are required: without a bound a cache grows for ever, without a time it never shows what others write.",
    keys: &[
        required("capacity", Shape::Number(1), "The greatest number of rows."),
        required("time_to_live", Shape::Duration, "The longest time that a row is kept."),
    ],
};

const OUTPUT: Section = Section {
    path: "output",
    about: "Where the generated code goes, and its form. `build.rs` writes to `OUT_DIR` instead.",
    keys: &[
        key("path", Shape::Text, "The folder; `src/db` when not given."),
        key(
            "layout",
            Shape::Words(&["modules", "crates"]),
            "One tree of modules when not given, or a Cargo package for each database.",
        ),
        key(
            "derives",
            Shape::Texts,
            "Extras on models: `serde`, `eq`, `hash`, `ord`, or the path of a derive macro.",
        ),
        key("runtime", Shape::Section(&RUNTIME), "Where generated packages find `ormgen-runtime`."),
        key(
            "singular",
            Shape::Boolean,
            "Whether structs have singular names: `customers` gives `Customer`; `true` when not given.",
        ),
    ],
};

const RUNTIME: Section = Section {
    path: "output.runtime",
    about: "One of these; the registry, at ormgen's own version, when not given.",
    keys: &[
        key("path", Shape::Text, "A folder."),
        key("git", Shape::Text, "A repository's URL."),
        key("version", Shape::Text, "ormgen's own version, which is the default."),
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::diagnostics::{Diagnostics, UNKNOWN_KEY, UNKNOWN_VALUE};

    /// No key and no word is near it.
    const WRONG: &str = "qqqqqqqqqqqqqqqq";

    /// What the manifest's readers say they know where `WRONG` is written into the section at this path.
    fn known(path: &str, line: &str, code: crate::diagnostics::Code) -> BTreeSet<String> {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("manifest.yaml");
        let mut text = String::new();
        let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
        let mut indent = String::new();
        for part in parts {
            match part.strip_suffix("[]") {
                Some(list) => text.push_str(&format!("{indent}{list}:\n{indent}- first: 1\n")),
                None => text.push_str(&format!("{indent}{part}:\n")),
            }
            indent.push_str("  ");
            if part == "NAME" && path.starts_with("connections.") {
                text.push_str(&format!("{indent}url: postgres://localhost/x\n"));
            }
        }
        text.push_str(&format!("{indent}{line}\n"));
        std::fs::write(&manifest, &text).unwrap();
        let diagnostics: Diagnostics = crate::manifest::load(&manifest).unwrap_err();
        let found = diagnostics.iter().find(|it| it.code == code && it.message.contains(WRONG));
        let found = found.unwrap_or_else(|| panic!("{text}\n{diagnostics}"));
        let help = found.help.clone().unwrap_or_default();
        let words =
            help.split('`').enumerate().filter(|(index, _)| index % 2 == 1).map(|(_, word)| word.to_owned());
        words.collect()
    }

    fn check(section: &'static Section, checked: &mut usize) {
        let listed: BTreeSet<String> = section.keys.iter().map(|key| key.name.to_owned()).collect();
        let line = format!("{WRONG}: 1");
        assert_eq!(known(section.path, &line, UNKNOWN_KEY), listed, "keys of `{}`", section.path);
        *checked += 1;
        for key in section.keys {
            check_shape(section, key, key.shape, checked);
        }
    }

    fn check_shape(section: &'static Section, key: &ManifestKey, shape: Shape, checked: &mut usize) {
        match shape {
            Shape::Section(below) => check(below, checked),
            Shape::List(inner) | Shape::Named(inner) => check_shape(section, key, *inner, checked),
            Shape::Either(shapes) => shapes.iter().for_each(|it| check_shape(section, key, *it, checked)),
            Shape::Words(words) => {
                let line = format!("{}: {WRONG}", key.name);
                let listed = words.iter().map(|word| (*word).to_owned()).collect();
                assert_eq!(known(section.path, &line, UNKNOWN_VALUE), listed, "words of `{}`", key.name);
            }
            _ => {}
        }
    }

    #[test]
    fn every_key_that_a_manifest_may_have_is_listed_and_no_other() {
        let mut checked = 0;
        check(&MANIFEST, &mut checked);
        assert!(checked > 10, "{checked} sections");
    }

    #[test]
    fn a_key_is_required_by_the_schema_as_by_the_reader() {
        let schema = crate::reference::json_schema();
        assert_eq!(schema["required"], serde_json::json!(["connections", "apps"]));
        let app = &schema["properties"]["apps"]["additionalProperties"];
        assert_eq!(app["required"], serde_json::json!(["schema", "default_connection"]));
    }
}
