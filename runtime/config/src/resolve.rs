//! Resolves a connection of the manifest into server addresses: replaces variables by their values, and splits URLs.

use std::{fmt, time::Duration};

use super::{
    ConnectionConfig, Endpoint, Secret, Template, TlsConfig, TlsMode,
    error::{ConfigError, ConfigProblem, TemplateError, UrlError},
    libpq::{self, PassFile},
    parameters, url,
};

const DEFAULT_PORT: u16 = 5432;

/// The servers of a connection, with each variable replaced by its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedConnection {
    /// The server that takes reads and writes.
    pub primary: ServerAddress,
    /// The servers that take reads.
    pub replicas: Vec<ServerAddress>,
}

/// How to connect to one server, and as which user. Its `Debug` form shows hosts, user and database only.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// Hosts to try in order, each a name, an address or a Unix socket's folder, with its port. Where the URL has
    /// `hostaddr=`, a host's address is the one at the same place there.
    pub hosts: Vec<(String, u16)>,
    /// The user who connects; the operating system's user when none.
    pub user: Option<String>,
    /// The password from the URL, its service or `PGPASSWORD`; none if a password file holds it, or the server asks
    /// for none (`trust`, `peer`, a certificate).
    pub password: Option<Secret>,
    /// The database; named like the user when none.
    pub database: Option<String>,
    /// The server cancels statements that take longer.
    pub statement_timeout: Option<Duration>,
    /// The schemas in which the server looks for names that have none; the server's own setting when empty.
    pub search_path: Vec<String>,
    /// The settings for encryption from the manifest, else from the URL; `mode` is always set.
    pub tls: TlsConfig,
    /// The URL's other parameters, under tokio-postgres's names.
    parameters: Vec<(String, String)>,
    /// The password file, if no password is given.
    passfile: Option<PassFile>,
    /// The operating system's user, who connects if the URL names no user.
    system_user: Option<String>,
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerAddress")
            .field("hosts", &self.hosts)
            .field("user", &self.user)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

impl ServerAddress {
    /// Whether the URL has a parameter with this name.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.parameters.iter().any(|(known, _)| known == name)
    }
}

impl ConnectionConfig {
    /// Resolves the addresses of this connection's servers: replaces each variable by what `lookup` gives for it
    /// (usually `|name| std::env::var(name).ok()`).
    ///
    /// # Errors
    /// If a variable is not set, or a URL is not a valid PostgreSQL URL. The error names the alias, and holds neither
    /// a URL nor a password.
    pub fn resolve(
        &self,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<ResolvedConnection, ConfigError> {
        let resolve = || -> Result<ResolvedConnection, ConfigError> {
            if self.search_path.iter().any(|schema| schema.contains('\0')) {
                return Err(TemplateError::Nul.into());
            }
            let primary = match &self.endpoint {
                Endpoint::Url(url) => self.server_of_url(url, &lookup)?,
                Endpoint::Parts { host, port, user, password, database } => {
                    let text = |part: &Option<Template>| -> Result<Option<String>, ConfigError> {
                        part.as_ref().map(|part| Ok(part.resolve(&lookup)?.expose().to_owned())).transpose()
                    };
                    let password = password.as_ref().map(|password| password.resolve(&lookup)).transpose()?;
                    ServerAddress {
                        hosts: vec![(host.resolve(&lookup)?.expose().to_owned(), *port)],
                        user: text(user)?,
                        passfile: passfile(password.as_ref(), None, &lookup)?,
                        password,
                        database: text(database)?,
                        statement_timeout: self.statement_timeout,
                        search_path: self.search_path.clone(),
                        tls: self.tls.over(&TlsConfig::default()),
                        parameters: Vec::new(),
                        system_user: lookup("USER"),
                    }
                    .with_password_of_environment(&lookup)
                }
            };
            let replicas = self.replicas.iter().map(|url| self.server_of_url(url, &lookup));
            Ok(ResolvedConnection { primary, replicas: replicas.collect::<Result<_, _>>()? })
        };
        resolve().map_err(|error| error.for_connection(&self.alias))
    }

    /// Resolves the tags of this connection's statements. Only a program that sends them needs their variables; whoever
    /// only looks at the server does not.
    ///
    /// # Errors
    /// If a variable is not set.
    pub fn resolve_tags(
        &self,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<(String, String)>, ConfigError> {
        let resolve = |(name, value): &(String, Template)| {
            let value = value.resolve(&lookup).map_err(|error| error.for_connection(&self.alias))?;
            Ok((name.clone(), value.expose().to_owned()))
        };
        self.tags.iter().map(resolve).collect()
    }

    fn server_of_url(
        &self,
        url: &Template,
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> Result<ServerAddress, ConfigError> {
        let resolved = url.resolve_url(lookup)?;
        if let (true, [variable, ..]) = (resolved.expose().is_empty(), &*url.variables()) {
            return Err(ConfigProblem::EmptyVariable((*variable).to_owned()).into());
        }
        let mut parts = url::split(resolved.expose())?;
        libpq::fill_from_service(&mut parts, lookup)?;
        let places = parts.places();
        if places.is_empty() {
            return Err(UrlError::Host.into());
        }
        let hosts = places.into_iter().map(|(host, port)| {
            Ok((host, port.map_or(Ok(None), |port| url::parse_port(&port))?.unwrap_or(DEFAULT_PORT)))
        });
        let hosts = hosts.collect::<Result<_, UrlError>>()?;
        let (tls, mut parameters) = parameters::take_tls(parts.parameters)?;
        let named = parameters.iter().position(|(name, _)| name == libpq::PASSFILE);
        let named = named.map(|at| parameters.remove(at).1);
        let password = parts.password.map(Secret::new);
        Ok(ServerAddress {
            hosts,
            user: parts.user,
            passfile: passfile(password.as_ref(), named, lookup)?,
            password,
            system_user: lookup("USER"),
            database: parts.database,
            statement_timeout: self.statement_timeout,
            search_path: self.search_path.clone(),
            tls: self.tls.over(&tls),
            parameters,
        }
        .with_password_of_environment(lookup))
    }
}

/// Finds the password file, if there is no password.
fn passfile(
    password: Option<&Secret>,
    named: Option<String>,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Option<PassFile>, ConfigError> {
    match password {
        Some(_) => Ok(None),
        None if password_of_environment(lookup).is_some() => Ok(None),
        None => PassFile::find(named, lookup),
    }
}

/// The environment variable that holds the password if no URL gives one.
const PASSWORD: &str = "PGPASSWORD";

/// The password in the environment. An empty one is none, as for libpq.
fn password_of_environment(lookup: &impl Fn(&str) -> Option<String>) -> Option<Secret> {
    lookup(PASSWORD).filter(|password| !password.is_empty()).map(Secret::new)
}

impl ServerAddress {
    fn with_password_of_environment(mut self, lookup: &impl Fn(&str) -> Option<String>) -> Self {
        self.password = self.password.or_else(|| password_of_environment(lookup));
        self
    }

    /// The password to use for one of this server's hosts.
    ///
    /// # Errors
    /// If others than its owner may read the password file.
    pub fn password_for(&self, host: &str, port: u16) -> Result<Option<Secret>, ConfigError> {
        let (None, Some(file)) = (&self.password, &self.passfile) else { return Ok(self.password.clone()) };
        let user = self.user.as_deref().or(self.system_user.as_deref()).unwrap_or_default();
        file.password(host, port, self.database.as_deref().unwrap_or(user), user)
    }

    /// The password that the password file now has for one of this server's hosts, if it is a password file that has it.
    pub fn password_of_file(&self, host: &str, port: u16) -> Option<Secret> {
        let passfile = Some(self.passfile.as_ref().filter(|_| self.password.is_none())?.again()?);
        Self { passfile, ..self.clone() }.password_for(host, port).ok()?
    }
}

impl TlsConfig {
    /// These settings, filled up with those of `other`. If the result has a `ca` but no mode, everything is verified.
    fn over(&self, other: &Self) -> Self {
        let ca = self.ca.as_ref().or(other.ca.as_ref());
        let fallback = if ca.is_some() { TlsMode::VerifyFull } else { TlsMode::Prefer };
        Self {
            mode: Some(self.mode.or(other.mode).unwrap_or(fallback)),
            ca: ca.cloned(),
            cert: self.cert.clone().or_else(|| other.cert.clone()),
            key: self.key.clone().or_else(|| other.key.clone()),
        }
    }
}

#[cfg(feature = "tokio-postgres")]
impl ServerAddress {
    /// Makes tokio-postgres's configuration of this address. [`tls`](Self::tls) beyond "encrypt or not" is left to
    /// the TLS connector; [`statement_timeout`](Self::statement_timeout) is left to the code that connects, as
    /// poolers refuse or drop it when it is among the options of a connection.
    ///
    /// # Errors
    /// If a parameter of the URL has a value that is not valid; the error names only the parameter.
    pub fn to_pg_config(&self) -> Result<tokio_postgres::Config, ConfigError> {
        use tokio_postgres::config::SslMode;

        let mut config = parameters::parse(&self.parameters)?;
        for (host, port) in &self.hosts {
            // On Unix, tokio-postgres takes a host that starts with `/` for the folder of a socket.
            config.host(host).port(*port);
        }
        if let Some(user) = &self.user {
            config.user(user);
        }
        // tokio-postgres uses one password for all hosts of a configuration, so the code that connects makes one for
        // each host.
        let (host, port) = self.hosts.first().map_or(("", DEFAULT_PORT), |(host, port)| (host, *port));
        if let Some(password) = self.password_for(host, port)? {
            config.password(password.expose());
        }
        if let Some(database) = &self.database {
            config.dbname(database);
        }
        // As in libpq, a connection to a Unix socket is never encrypted: no server offers it there, and no data
        // leaves the machine.
        // https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-SSLMODE
        let is_socket = !self.hosts.is_empty() && self.hosts.iter().all(|(host, _)| host.starts_with('/'));
        let mode = if is_socket { TlsMode::Disable } else { self.tls.mode.unwrap_or_default() };
        config.ssl_mode(match mode {
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
        });
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn address(url: &str) -> ServerAddress {
        ConnectionConfig::new("crm", url).resolve(|_| None).unwrap().primary
    }

    #[test]
    fn an_empty_variable_is_named() {
        for (url, expected) in [
            (
                "${CRM_URL}",
                "connection `crm`: the environment variable `CRM_URL`, which holds the URL, is empty",
            ),
            ("${A:-${B}}", "connection `crm`: the environment variable `A`, which holds the URL, is empty"),
            ("", "connection `crm`: the URL is empty"),
        ] {
            let error = ConnectionConfig::new("crm", url).resolve(|_| Some(String::new())).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn only_tags_need_the_variables_of_tags() {
        let crm = ConnectionConfig::new("crm", "postgres://h").tag("release", "${RELEASE}");
        crm.resolve(|_| None).unwrap();
        let error = crm.resolve_tags(|_| None).unwrap_err();
        assert_eq!(error.to_string(), "connection `crm`: the environment variable `RELEASE` is not set");
    }

    /// As libpq: otherwise the authorities that somebody asked for would not be asked.
    #[test]
    fn the_systems_authorities_need_verify_full() {
        for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
            for query in
                [format!("sslmode={mode}&sslrootcert=system"), format!("sslrootcert=system&sslmode={mode}")]
            {
                let crm = ConnectionConfig::new("crm", format!("postgres://h?{query}").as_str());
                let error = crm.resolve(|_| None).unwrap_err();
                assert!(error.to_string().contains("`sslmode`"), "{query}: {error}");
            }
        }
    }

    #[test]
    fn merges_tls() {
        let tls =
            |mode, ca: Option<&str>| TlsConfig { mode, ca: ca.map(PathBuf::from), ..TlsConfig::default() };
        for (url, manifest, expected) in [
            ("postgres://h", tls(None, None), tls(Some(TlsMode::Prefer), None)),
            ("postgres://h", tls(None, Some("ca")), tls(Some(TlsMode::VerifyFull), Some("ca"))),
            ("postgres://h?sslmode=allow", tls(None, None), tls(Some(TlsMode::Prefer), None)),
            (
                "postgres://h?sslmode=verify-ca&sslrootcert=u",
                tls(None, None),
                tls(Some(TlsMode::VerifyCa), Some("u")),
            ),
            ("postgres://h?sslrootcert=system", tls(None, None), tls(Some(TlsMode::VerifyFull), None)),
            (
                "postgres://h?sslmode=disable",
                tls(Some(TlsMode::Require), None),
                tls(Some(TlsMode::Require), None),
            ),
            (
                "postgres://h?sslmode=require",
                tls(Some(TlsMode::Prefer), None),
                tls(Some(TlsMode::Prefer), None),
            ),
        ] {
            let config = ConnectionConfig::new("crm", url).tls(manifest);
            assert_eq!(config.resolve(|_| None).unwrap().primary.tls, expected, "{url}");
        }
    }

    #[test]
    fn errors_name_the_alias_and_no_secret() {
        for (config, expected) in [
            (
                ConnectionConfig::new("crm", "postgres://a:${P}@h"),
                "connection `crm`: the environment variable `P` is not set",
            ),
            (
                ConnectionConfig::new("crm", "postgres://a:hunter2@h:x"),
                "connection `crm`: the URL's port is not a number from 1 to 65535",
            ),
            (
                ConnectionConfig::new("crm", "postgres://h?sslmode=hunter2"),
                "connection `crm`: the URL's parameter `sslmode` has a value that it cannot have",
            ),
            (ConnectionConfig::new("crm", "$hunter2"), "connection `crm`: `$` stands alone"),
            (
                ConnectionConfig::new("crm", "postgres://h").replica("${R}"),
                "connection `crm`: the environment variable `R` is not set",
            ),
        ] {
            let error = config.resolve(|_| None).unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert!(!format!("{error:?} {config:?}").contains("hunter2"));
        }
    }

    #[test]
    fn shows_no_password() {
        let server = address("postgres://app:hunter2@h1:1,h2/crm?options=hunter2");
        assert_eq!(
            format!("{server:?}"),
            r#"ServerAddress { hosts: [("h1", 1), ("h2", 5432)], user: Some("app"), database: Some("crm"), .. }"#
        );
    }

    #[cfg(feature = "tokio-postgres")]
    mod driver {
        use std::time::Duration;

        use tokio_postgres::config::{Host, SslMode};

        use super::{super::*, address};

        #[test]
        fn gives_tokio_postgres_the_whole_url() {
            let config = address(
                "postgres://a%40b:p%27w@h1:5433,h2/my%20db?application_name=it%27s%20me&connect_timeout=7\
                 &options=-c%20search_path%3Dx&sslmode=verify-full&target_session_attrs=read-write",
            )
            .to_pg_config()
            .unwrap();
            assert_eq!(config.get_hosts(), [Host::Tcp("h1".into()), Host::Tcp("h2".into())]);
            assert_eq!(config.get_ports(), [5433, 5432]);
            assert_eq!(config.get_user(), Some("a@b"));
            assert_eq!(config.get_password(), Some(&b"p'w"[..]));
            assert_eq!(config.get_dbname(), Some("my db"));
            assert_eq!(config.get_application_name(), Some("it's me"));
            assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(7)));
            assert_eq!(config.get_options(), Some("-c search_path=x"));
            assert_eq!(config.get_ssl_mode(), SslMode::Require);
        }

        #[test]
        fn a_socket_is_not_encrypted() {
            let mode = |url| address(url).to_pg_config().unwrap().get_ssl_mode();
            assert_eq!(mode("postgres:///crm?host=/run/postgresql&sslmode=require"), SslMode::Disable);
            assert_eq!(mode("postgres:///crm?host=/run/postgresql,db1&sslmode=require"), SslMode::Require);
        }

        #[test]
        fn merges_options_and_takes_parts_as_they_are() {
            let config = ConnectionConfig::new("crm", "postgres://h?options=-c%20a%3Db")
                .statement_timeout(Duration::from_millis(1500));
            let server = config.resolve(|_| None).unwrap().primary;
            assert_eq!(server.statement_timeout, Some(Duration::from_millis(1500)));
            assert_eq!(server.to_pg_config().unwrap().get_options(), Some("-c a=b"));

            let config = ConnectionConfig::from_parts("crm", "/run/postgresql")
                .port(5433)
                .user("a b")
                .password("${P}")
                .database("d/b")
                .statement_timeout(Duration::from_secs(10));
            let lookup = |name: &str| (name == "P").then(|| "p@w:%/".to_owned());
            let config = config.resolve(lookup).unwrap().primary.to_pg_config().unwrap();
            #[cfg(unix)]
            assert_eq!(config.get_hosts(), [Host::Unix("/run/postgresql".into())]);
            assert_eq!(config.get_ports(), [5433]);
            assert_eq!(config.get_password(), Some(&b"p@w:%/"[..]));
            assert_eq!(config.get_dbname(), Some("d/b"));
            assert_eq!(config.get_options(), None);
        }

        #[test]
        fn names_the_parameter_at_fault() {
            let error = address("postgres://h?connect_timeout=hunter2").to_pg_config().unwrap_err();
            assert_eq!(
                error.to_string(),
                "the URL's parameter `connect_timeout` has a value that it cannot have"
            );
        }
    }
}
