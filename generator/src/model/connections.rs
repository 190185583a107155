//! The connections that `Databases` opens, and their settings as Rust.

use std::time::Duration;

use ormgen_config::{
    ConnectionConfig, DEFAULT_MAX_LAG, Endpoint, PoolConfig, Reads, Reset, Template, TlsConfig, TlsMode,
};

use super::{
    data::{Connection, Database, Settings},
    docs, literal, naming,
};
use crate::manifest::{Manifest, Spanned};

/// Each connection that an app names, with the database it serves.
pub(super) fn build(manifest: &Manifest, databases: &[Database]) -> Vec<Connection> {
    let served = manifest.databases();
    let mut connections = Vec::new();
    for Spanned { value: config, .. } in &manifest.connections {
        let serves = |(alias, apps): &&(&str, Vec<&crate::manifest::App>)| {
            *alias == config.alias
                || apps.iter().flat_map(|app| &app.connections).any(|further| further.value == config.alias)
        };
        // The manifest stage has checked that the connection serves one database only.
        let Some((first, _)) = served.iter().find(serves) else { continue };
        let Some(database) = databases.iter().find(|database| database.alias == *first) else { continue };
        // The manifest stage has warned of a literal password.
        let (safe, _) = config.without_literal_passwords();
        connections.push(Connection {
            alias: literal::string(&config.alias),
            title: format!("`{}`", docs::code(&config.alias)),
            field: naming::field_name(&config.alias),
            module: database.module.clone(),
            marker: database.marker.clone(),
            default: config.alias == *first,
            settings: Settings::of(&safe),
        });
    }
    connections
}

impl Settings {
    /// Leaves out settings that have their default values.
    fn of(config: &ConnectionConfig) -> Self {
        let mut settings = Self { expression: endpoint(config), ..Self::default() };
        for replica in &config.replicas {
            settings.call("replica", &template(replica));
        }
        settings.servers(config);
        settings.pool(&config.pool);
        if let Some(timeout) = config.statement_timeout {
            settings.duration("statement_timeout", Some(timeout));
        }
        if !config.search_path.is_empty() {
            let schemas: Vec<String> = config.search_path.iter().map(|name| literal::string(name)).collect();
            settings.call("search_path", &format!("[{}]", schemas.join(", ")));
        }
        settings.tls(&config.tls);
        settings
    }

    fn servers(&mut self, config: &ConnectionConfig) {
        if config.reads == Reads::Replicas {
            self.call("reads", "ormgen_runtime::config::Reads::Replicas");
        }
        if config.max_lag != DEFAULT_MAX_LAG {
            self.duration("max_lag", Some(config.max_lag));
        }
        if let Some(pooler) = config.pooler {
            self.call("pooler", &format!("ormgen_runtime::config::Pooler::{pooler:?}"));
        }
        if let Some(most) = config.max_connections {
            self.call("max_connections", &most.to_string());
        }
        for (name, value) in &config.tags {
            self.call("tag", &format!("{}, {}", literal::string(name), template(value)));
        }
    }

    /// Adds a call of a method that takes the settings and returns them.
    fn call(&mut self, method: &str, argument: &str) {
        self.expression.push_str(&format!(".{method}({argument})"));
    }

    fn duration(&mut self, method: &str, time: Option<Duration>) {
        self.has_durations |= time.is_some();
        self.call(method, &time.map_or_else(|| "None".to_owned(), duration));
    }

    fn pool(&mut self, pool: &PoolConfig) {
        let usual = PoolConfig::default();
        for (method, size, usual) in
            [("max_size", pool.max_size, usual.max_size), ("min_idle", pool.min_idle, usual.min_idle)]
        {
            if size != usual {
                self.call(method, &size.to_string());
            }
        }
        for (method, time, usual) in [
            ("acquire_timeout", Some(pool.acquire_timeout), Some(usual.acquire_timeout)),
            ("idle_timeout", pool.idle_timeout, usual.idle_timeout),
            ("max_lifetime", pool.max_lifetime, usual.max_lifetime),
        ] {
            if time != usual {
                self.duration(method, time);
            }
        }
        if pool.group_commit != usual.group_commit {
            self.call("group_commit", &pool.group_commit.to_string());
        }
        if pool.reset != usual.reset {
            self.call("reset", &format!("ormgen_runtime::config::Reset::{}", reset_name(pool.reset)));
        }
    }

    fn tls(&mut self, tls: &TlsConfig) {
        if *tls == TlsConfig::default() {
            return;
        }
        let path = |path: &std::path::Path| literal::string(&path.to_string_lossy());
        let mut value = match tls.mode {
            Some(mode) => format!("TlsConfig::new(TlsMode::{})", mode_name(mode)),
            None => "TlsConfig::default()".to_owned(),
        };
        if let Some(ca) = &tls.ca {
            value.push_str(&format!(".ca({})", path(ca)));
        }
        if let (Some(cert), Some(key)) = (&tls.cert, &tls.key) {
            value.push_str(&format!(".certificate({}, {})", path(cert), path(key)));
        }
        self.has_tls = true;
        self.call("tls", &value);
    }
}

/// The first call of the settings: the server and database that the connection leads to.
fn endpoint(config: &ConnectionConfig) -> String {
    let alias = literal::string(&config.alias);
    match &config.endpoint {
        Endpoint::Url(url) => format!("ConnectionConfig::new({alias}, {})", template(url)),
        Endpoint::Parts { host, port, user, password, database } => {
            let mut out = format!("ConnectionConfig::from_parts({alias}, {})", template(host));
            if *port != 5432 {
                out.push_str(&format!(".port({port})"));
            }
            for (method, part) in [("user", user), ("password", password), ("database", database)] {
                if let Some(part) = part {
                    out.push_str(&format!(".{method}({})", template(part)));
                }
            }
            out
        }
    }
}

fn template(template: &Template) -> String {
    literal::string(template.as_written())
}

fn mode_name(mode: TlsMode) -> &'static str {
    match mode {
        TlsMode::Disable => "Disable",
        TlsMode::Prefer => "Prefer",
        TlsMode::Require => "Require",
        TlsMode::VerifyCa => "VerifyCa",
        TlsMode::VerifyFull => "VerifyFull",
    }
}

fn reset_name(reset: Reset) -> &'static str {
    match reset {
        Reset::Rollback => "Rollback",
        Reset::DiscardAll => "DiscardAll",
    }
}

/// A duration as an expression.
pub(super) fn duration(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 {
        format!("Duration::from_secs({})", duration.as_secs())
    } else {
        format!("Duration::from_millis({})", duration.as_millis())
    }
}
