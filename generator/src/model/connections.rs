//! The connections that `Databases` opens, and their settings as Rust.

use std::time::Duration;

use ormgen_config::{ConnectionConfig, PoolConfig, Reset, Target, Template, TlsConfig, TlsMode};

use super::{Connection, Database, apps, literal, naming};
use crate::manifest::{Manifest, Spanned};

/// Each connection that an app names, with the database it serves.
pub(super) fn build(manifest: &Manifest, databases: &[Database]) -> Vec<Connection> {
    let groups = apps::by_database(manifest);
    let mut connections = Vec::new();
    for Spanned { value: config, .. } in &manifest.connections {
        let serves = |(alias, apps): &&(&str, Vec<&crate::manifest::App>)| {
            *alias == config.alias
                || apps.iter().flat_map(|app| &app.connections).any(|further| further.value == config.alias)
        };
        // The manifest stage has seen to it that it serves one database only.
        let Some((first, _)) = groups.iter().find(serves) else { continue };
        let Some(database) = databases.iter().find(|database| database.alias == *first) else { continue };
        // The manifest stage has warned of a literal password.
        let (safe, _) = config.without_literal_passwords();
        connections.push(Connection {
            alias: literal::string(&config.alias),
            title: format!("`{}`", super::docs::code(&config.alias)),
            field: naming::field_name(&config.alias),
            module: database.module.clone(),
            marker: database.marker.clone(),
            default: config.alias == *first,
            settings: settings(&safe),
        });
    }
    connections
}

/// A Rust expression of the settings; what is as usual is left out.
fn settings(config: &ConnectionConfig) -> String {
    let text = |template: &Template| literal::string(template.as_written());
    let alias = literal::string(&config.alias);
    let mut out = match &config.target {
        Target::Url(url) => format!("ConnectionConfig::new({alias}, {})", text(url)),
        Target::Parts { host, port, user, password, database } => {
            let mut out = format!("ConnectionConfig::from_parts({alias}, {})", text(host));
            if *port != 5432 {
                out.push_str(&format!(".port({port})"));
            }
            for (method, part) in [("user", user), ("password", password), ("database", database)] {
                if let Some(part) = part {
                    out.push_str(&format!(".{method}({})", text(part)));
                }
            }
            out
        }
    };
    for replica in &config.replicas {
        out.push_str(&format!(".replica({})", text(replica)));
    }
    pool(&config.pool, &mut out);
    if let Some(timeout) = config.statement_timeout {
        out.push_str(&format!(".statement_timeout({})", duration(timeout)));
    }
    tls(&config.tls, &mut out);
    out
}

fn pool(pool: &PoolConfig, out: &mut String) {
    let usual = PoolConfig::default();
    if pool.max_size != usual.max_size {
        out.push_str(&format!(".max_size({})", pool.max_size));
    }
    if pool.min_idle != usual.min_idle {
        out.push_str(&format!(".min_idle({})", pool.min_idle));
    }
    if pool.acquire_timeout != usual.acquire_timeout {
        out.push_str(&format!(".acquire_timeout({})", duration(pool.acquire_timeout)));
    }
    if pool.idle_timeout != usual.idle_timeout {
        out.push_str(&format!(".idle_timeout({})", limit(pool.idle_timeout)));
    }
    if pool.max_lifetime != usual.max_lifetime {
        out.push_str(&format!(".max_lifetime({})", limit(pool.max_lifetime)));
    }
    if pool.group_commit != usual.group_commit {
        out.push_str(&format!(".group_commit({})", pool.group_commit));
    }
    if pool.reset != usual.reset {
        out.push_str(&format!(".reset(ormgen_runtime::config::Reset::{})", reset_name(pool.reset)));
    }
}

fn tls(tls: &TlsConfig, out: &mut String) {
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
    out.push_str(&format!(".tls({value})"));
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

fn limit(limit: Option<Duration>) -> String {
    limit.map_or_else(|| "None".to_owned(), duration)
}

pub(super) fn duration(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 {
        format!("Duration::from_secs({})", duration.as_secs())
    } else {
        format!("Duration::from_millis({})", duration.as_millis())
    }
}
