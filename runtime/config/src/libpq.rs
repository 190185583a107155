//! Reads settings that a URL leaves out from libpq's other places: `PGPASSWORD`, password files and service files.
//!
//! Their order is libpq's: the URL, then the service that it names, then the environment, then the password file
//! (<https://www.postgresql.org/docs/current/libpq-pgpass.html>,
//! <https://www.postgresql.org/docs/current/libpq-pgservice.html>).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Secret,
    error::{ConfigError, ConfigProblem},
    url::{UrlParts, add_parameter},
};

/// The parameter of a URL that names a service.
const SERVICE: &str = "service";
/// The parameter of a URL that names a password file.
pub(super) const PASSFILE: &str = "passfile";

/// Whether a URL's parameter names a file of libpq's.
#[cfg(feature = "tokio-postgres")]
pub(super) fn is_of_libpq(parameter: &str) -> bool {
    matches!(parameter, SERVICE | PASSFILE)
}

/// Adds the settings that the URL leaves out from the service that it names.
pub(super) fn fill_from_service(
    parts: &mut UrlParts,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<(), ConfigError> {
    let Some(at) = parts.parameters.iter().position(|(name, _)| name == SERVICE) else { return Ok(()) };
    let (_, service) = parts.parameters.remove(at);
    let mut filled = UrlParts::default();
    for (name, value) in read_service(&service, lookup)? {
        add_parameter(&mut filled, &name, value)?;
    }
    parts.user = parts.user.take().or(filled.user);
    parts.password = parts.password.take().or(filled.password);
    parts.database = parts.database.take().or(filled.database);
    let has_ports = !parts.ports.is_empty() || parts.hosts.iter().any(|(_, port)| port.is_some());
    if !has_ports {
        parts.ports = filled.ports;
    }
    if parts.hosts.is_empty() {
        parts.hosts = filled.hosts;
    }
    for (name, value) in filled.parameters {
        if !parts.parameters.iter().any(|(known, _)| *known == name) {
            parts.parameters.push((name, value));
        }
    }
    Ok(())
}

/// The settings of a service.
fn read_service(
    service: &str,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, ConfigError> {
    let own = lookup("PGSERVICEFILE")
        .map(PathBuf::from)
        .or_else(|| lookup("HOME").map(|home| Path::new(&home).join(".pg_service.conf")));
    let folder = lookup("PGSYSCONFDIR").unwrap_or_else(|| "/etc/postgresql-common".to_owned());
    let shared = Path::new(&folder).join("pg_service.conf");
    for file in own.into_iter().chain([shared]) {
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(&file, &error)),
        };
        if let Some(settings) = section(&text, service) {
            return Ok(settings);
        }
    }
    Err(ConfigProblem::UnknownService(service.to_owned()).into())
}

fn section(text: &str, service: &str) -> Option<Vec<(String, String)>> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.find(|line| line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) == Some(service))?;
    let settings = lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
    Some(settings.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect())
}

/// The lines of a password file, as they were when it was last read.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PassFile {
    path: PathBuf,
    /// Whether others than its owner may read the file: libpq does not use such a file.
    is_open: bool,
    lines: Vec<Line>,
}

/// A line of a password file: host, port, database and user, where `*` matches any value, and the password.
#[derive(Clone, PartialEq, Eq)]
struct Line {
    place: [String; 4],
    password: Secret,
}

impl PassFile {
    /// Reads the file that the URL names, or `PGPASSFILE`, or `~/.pgpass`; none if there is no such file, or if the last
    /// one, which nobody has asked for, cannot be read: a service may have the home of another user.
    pub fn find(
        named: Option<String>,
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, ConfigError> {
        let named = named.or_else(|| lookup("PGPASSFILE")).map(PathBuf::from);
        let is_named = named.is_some();
        let at_home = || lookup("HOME").map(|home| Path::new(&home).join(".pgpass"));
        let Some(path) = named.or_else(at_home) else { return Ok(None) };
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self::of(path, &text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound || !is_named => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    fn of(path: PathBuf, text: &str) -> Self {
        let is_open = is_open(&path);
        Self { path, is_open, lines: text.lines().filter_map(Line::parse).collect() }
    }

    /// Reads the file again, as libpq does for each connection: its passwords may have been replaced by others. None if it
    /// cannot be read now.
    pub fn again(&self) -> Option<Self> {
        let text = fs::read_to_string(&self.path).ok()?;
        Some(Self::of(self.path.clone(), &text))
    }

    /// The password of the first line that matches.
    pub fn password(
        &self,
        host: &str,
        port: u16,
        database: &str,
        user: &str,
    ) -> Result<Option<Secret>, ConfigError> {
        let port = port.to_string();
        let matches = |own: &str, wanted: &str| own == "*" || own == wanted;
        // A Unix socket matches the name of its folder, and `localhost` where the folder is the usual one
        // (https://www.postgresql.org/docs/current/libpq-pgpass.html): which one that is depends on how libpq was built.
        let is_local = host.starts_with('/');
        let fits = |line: &&Line| {
            let [own, rest @ ..] = &line.place;
            (matches(own, host) || is_local && own == "localhost")
                && rest.iter().zip([&*port, database, user]).all(|(own, wanted)| matches(own, wanted))
        };
        match self.lines.iter().find(fits) {
            Some(_) if self.is_open => Err(ConfigProblem::OpenPassFile(shown(&self.path)).into()),
            line => Ok(line.map(|line| line.password.clone())),
        }
    }
}

impl Line {
    /// Parses five fields with colons between them; a backslash makes the next character part of the field.
    fn parse(line: &str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let mut fields = vec![String::new()];
        let mut characters = line.chars();
        while let Some(c) = characters.next() {
            match c {
                ':' if fields.len() < 5 => fields.push(String::new()),
                '\\' => fields.last_mut()?.extend(characters.next()),
                c => fields.last_mut()?.push(c),
            }
        }
        let password = Secret::new(fields.pop()?);
        Some(Self { place: fields.try_into().ok()?, password })
    }
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    ConfigProblem::UnreadableFile { path: shown(path), why: error.to_string() }.into()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConnectionConfig;

    /// A temporary home folder, which is removed when this is dropped.
    struct Home(PathBuf);

    impl Home {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ormgen-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, text: &str, mode: u32) {
            use std::os::unix::fs::PermissionsExt;
            let path = self.0.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }

        fn lookup(&self, others: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
            let home = shown(&self.0);
            move |name| match name {
                "HOME" => Some(home.clone()),
                name => others.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()),
            }
        }
    }

    impl Drop for Home {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// The passwords that a connection to this URL uses, one for each host.
    fn passwords(
        url: &str,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Option<String>>, ConfigError> {
        let server = ConnectionConfig::new("crm", url).resolve(lookup)?.primary;
        let hosts = server.hosts.iter();
        hosts
            .map(|(host, port)| {
                Ok(server.password_for(host, *port)?.map(|secret| secret.expose().to_owned()))
            })
            .collect()
    }

    #[test]
    fn a_password_comes_from_the_first_place_that_has_one() {
        let home = Home::new("pgpass");
        let lines = "# comment\nother:*:*:*:no\nh1:5432:crm:app:one\\:\\\\two\n*:*:crm:app:any\nlocalhost:*:*:*:sock\n";
        home.write(".pgpass", lines, 0o600);
        let one = |password: &str| Ok(vec![Some(password.to_owned())]);
        assert_eq!(passwords("postgres://app@h1/crm", home.lookup(&[])), one("one:\\two"));
        assert_eq!(passwords("postgres://app@h2/crm", home.lookup(&[])), one("any"));
        assert_eq!(passwords("postgres://x@%2Frun%2Fpg/crm", home.lookup(&[])), one("sock"));
        assert_eq!(passwords("postgres://x@h2/crm", home.lookup(&[])), Ok(vec![None]));
        assert_eq!(passwords("postgres://app:own@h1/crm", home.lookup(&[])), one("own"));
        assert_eq!(passwords("postgres://app@h1/crm", home.lookup(&[("PGPASSWORD", "env")])), one("env"));
        let both = passwords("postgres://app@h1,h2/crm", home.lookup(&[]));
        assert_eq!(both, Ok(vec![Some("one:\\two".into()), Some("any".into())]));
        // The database is named like the user if the URL names none.
        home.write("passes", "*:*:app:app:named\n", 0o600);
        let file = shown(&home.0.join("passes"));
        assert_eq!(passwords(&format!("postgres://app@h1?passfile={file}"), home.lookup(&[])), one("named"));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let home = Home::new("open");
        home.write(".pgpass", "*:*:*:*:hunter2\n", 0o644);
        let error = passwords("postgres://app@h/crm", home.lookup(&[])).unwrap_err().to_string();
        assert!(error.contains("may be read by others") && !error.contains("hunter2"), "{error}");
        assert!(passwords("postgres://app:own@h/crm", home.lookup(&[])).is_ok());
    }

    #[test]
    fn a_service_fills_in_what_the_url_leaves_out() {
        let home = Home::new("service");
        let text = "[other]\nhost=x\n\n[crm]\n# comment\nport=5433\nhost=db.internal\nuser=app\npassword=p@w\n\
                    dbname=crm\nsslmode=require\n[last]\nhost=y\n";
        home.write(".pg_service.conf", text, 0o644);
        let resolve = |url: &str| ConnectionConfig::new("crm", url).resolve(home.lookup(&[]));
        let server = resolve("postgres:///?service=crm").unwrap().primary;
        assert_eq!(server.hosts, [("db.internal".to_owned(), 5433)]);
        assert_eq!((server.user.as_deref(), server.database.as_deref()), (Some("app"), Some("crm")));
        assert_eq!(server.password.as_ref().map(Secret::expose), Some("p@w"));
        assert_eq!(server.tls.mode, Some(crate::TlsMode::Require));
        let server = resolve("postgres://me@h/mine?service=crm&sslmode=disable").unwrap().primary;
        // The service's port stays, as the URL gives none (`tests/tests/runtime/libpq.rs`).
        assert_eq!(server.hosts, [("h".to_owned(), 5433)]);
        assert_eq!((server.user.as_deref(), server.database.as_deref()), (Some("me"), Some("mine")));
        assert_eq!(server.tls.mode, Some(crate::TlsMode::Disable));
        let error = resolve("postgres:///?service=crn").unwrap_err();
        assert_eq!(error.to_string(), "connection `crm`: no service file defines the service `crn`");
    }

    #[test]
    fn a_variable_in_a_password_is_taken_as_it_is() {
        let lookup = |name: &str| match name {
            "PW" => Some("p@w:/%?#".to_owned()),
            "WHOLE" => Some("postgres://app:p%40w@h/crm".to_owned()),
            _ => None,
        };
        let one = |password: &str| Ok(vec![Some(password.to_owned())]);
        assert_eq!(passwords("postgres://app:${PW}@h/crm", lookup), one("p@w:/%?#"));
        assert_eq!(passwords("postgres://app:a${PW:-x}b@h/crm", lookup), one("ap@w:/%?#b"));
        assert_eq!(passwords("postgres://app:${NO:-d%40e}@h/crm", lookup), one("d@e"));
        assert_eq!(passwords("postgres://app@h/crm?password=${PW}", lookup), one("p@w:/%?#"));
        assert_eq!(passwords("${WHOLE}", lookup), one("p@w"));
    }
}
