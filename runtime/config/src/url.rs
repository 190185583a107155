//! Splits and checks PostgreSQL's connection URLs
//! (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>).
//!
//! A URL whose variables have no value yet is checked as far as possible: [`UNKNOWN`] stands for such a value.

use percent_encoding::percent_decode_str;

use super::error::UrlError;

/// Stands for a variable's value that is not known yet. No connection string can hold this character.
pub(super) const UNKNOWN: char = '\0';

/// The parameters that a URL may have, besides `PLACE_PARAMETERS`.
const PARAMETERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    HOSTADDR,
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "passfile",
    "service",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
];

/// The parameters that repeat other parts of a URL: host, port, user, password and database.
const PLACE_PARAMETERS: &[&str] = &["host", "port", "user", "password", "dbname"];

/// The parameter with the address of each host, which then is not looked up by its name.
const HOSTADDR: &str = "hostaddr";

/// The parts of a URL, percent-decoded.
#[derive(Default)]
pub(super) struct UrlParts {
    pub user: Option<String>,
    pub password: Option<String>,
    /// Each host, with its port if the URL gives one.
    pub hosts: Vec<(String, Option<String>)>,
    /// The ports that a parameter gives: one for all hosts, or one for each.
    pub ports: Vec<String>,
    pub database: Option<String>,
    /// The URL's other parameters, in the order of the URL.
    pub parameters: Vec<(String, String)>,
}

impl UrlParts {
    /// Each host and its port, if one is given. A parameter's ports replace those beside the hosts; an address stands for
    /// a host without a name.
    pub fn places(&self) -> Vec<(String, Option<String>)> {
        let addresses = self.parameters.iter().filter(|(name, _)| name == HOSTADDR);
        let addresses = addresses.flat_map(|(_, value)| value.split(','));
        let hosts: Vec<(String, Option<String>)> = match &self.hosts[..] {
            [] => addresses.map(|address| (address.to_owned(), None)).collect(),
            hosts => hosts.to_vec(),
        };
        let port = |at: usize| self.ports.get(at).or(self.ports.first()).cloned();
        hosts.into_iter().enumerate().map(|(at, (host, own))| (host, port(at).or(own))).collect()
    }
}

/// Splits a URL and checks each part as far as its value is known.
pub(super) fn split(url: &str) -> Result<UrlParts, UrlError> {
    if url.is_empty() {
        return Err(UrlError::Empty);
    }
    if url.contains(char::is_whitespace) {
        return Err(UrlError::Space);
    }
    let rest = ["postgres://", "postgresql://"]
        .iter()
        .find_map(|prefix| url.strip_prefix(prefix))
        .ok_or(UrlError::Scheme)?;
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let (authority, database) =
        place.split_once('/').map_or((place, None), |(authority, database)| (authority, Some(database)));
    if database.is_some_and(|database| database.contains('@')) {
        return Err(UrlError::At);
    }

    let mut parts = UrlParts { database: optional(database)?, ..UrlParts::default() };
    let servers = match authority.rsplit_once('@') {
        None => authority,
        Some((credentials, _)) if credentials.contains('@') => return Err(UrlError::At),
        Some((credentials, servers)) => {
            let (user, password) = credentials
                .split_once(':')
                .map_or((credentials, None), |(user, password)| (user, Some(password)));
            parts.user = optional(Some(user))?;
            parts.password = optional(password)?;
            servers
        }
    };
    if !servers.is_empty() {
        parts.hosts = servers.split(',').map(host_and_port).collect::<Result<_, _>>()?;
    }
    check_ports(&parts)?;
    let before_at = query.and_then(|query| query.rsplit_once('@')).map(|(before, _)| before);
    if before_at.is_some_and(|before| before.split('&').any(|parameter| !is_known(parameter))) {
        // Most likely a password with an unencoded `?`: an error that named the rest as a parameter would show the
        // password.
        return Err(UrlError::At);
    }
    for parameter in query.unwrap_or_default().split('&').filter(|parameter| !parameter.is_empty()) {
        let Some((name, value)) = parameter.split_once('=') else {
            if parameter.contains(UNKNOWN) {
                continue;
            }
            return Err(UrlError::ParameterSyntax);
        };
        add_parameter(&mut parts, &decode(name)?, decode(value)?)?;
    }
    check(&parts)?;
    Ok(parts)
}

fn check(parts: &UrlParts) -> Result<(), UrlError> {
    let names_a_host = |name: &str| matches!(name, HOSTADDR | "service") || name.contains(UNKNOWN);
    let elsewhere = parts.parameters.iter().any(|(name, _)| names_a_host(name));
    if (parts.hosts.is_empty() && !elsewhere) || parts.hosts.iter().any(|(host, _)| host.is_empty()) {
        return Err(UrlError::Host);
    }
    check_ports(parts)
}

fn check_ports(parts: &UrlParts) -> Result<(), UrlError> {
    let of_hosts = parts.hosts.iter().filter_map(|(_, port)| port.as_ref());
    of_hosts.chain(&parts.ports).try_for_each(|port| parse_port(port).map(|_| ()))
}

fn is_known(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    PARAMETERS.contains(&name) || PLACE_PARAMETERS.contains(&name)
}

/// Parses a port; none if it holds a variable whose value is not yet known.
pub(super) fn parse_port(port: &str) -> Result<Option<u16>, UrlError> {
    if port.contains(UNKNOWN) {
        return Ok(None);
    }
    port.parse().ok().filter(|port| *port > 0).map(Some).ok_or(UrlError::Port)
}

fn host_and_port(text: &str) -> Result<(String, Option<String>), UrlError> {
    // An IPv6 address is written in brackets, because it contains colons.
    let (host, port) = match text.strip_prefix('[').map(|text| text.split_once(']')) {
        Some(None) => return Err(UrlError::Host),
        Some(Some((host, ""))) => (host, None),
        Some(Some((host, port))) => (host, Some(port.strip_prefix(':').ok_or(UrlError::Port)?)),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    Ok((decode(host)?, port.map(decode).transpose()?))
}

/// Stores a parameter of a URL or of a service in the part of the URL that it sets.
pub(super) fn add_parameter(parts: &mut UrlParts, name: &str, value: String) -> Result<(), UrlError> {
    match name {
        "user" => parts.user = Some(value),
        "password" => parts.password = Some(value),
        "dbname" => parts.database = Some(value),
        "host" => parts.hosts = value.split(',').map(|host| (host.to_owned(), None)).collect(),
        "port" => parts.ports = value.split(',').map(str::to_owned).collect(),
        name if PARAMETERS.contains(&name) || name.contains(UNKNOWN) => {
            parts.parameters.push((name.to_owned(), value));
        }
        _ => return Err(UrlError::UnknownParameter(name.to_owned())),
    }
    Ok(())
}

fn optional(part: Option<&str>) -> Result<Option<String>, UrlError> {
    part.filter(|part| !part.is_empty()).map(decode).transpose()
}

fn decode(part: &str) -> Result<String, UrlError> {
    let mut digits = part.split('%').skip(1);
    let broken = digits.any(|rest| {
        let (first, second) = (rest.chars().next(), rest.chars().nth(1));
        !matches!((first, second), (Some(UNKNOWN), _) | (Some(_), Some(UNKNOWN)))
            && ![first, second].iter().all(|c| c.is_some_and(|c| c.is_ascii_hexdigit()))
    });
    if broken {
        return Err(UrlError::Encoding);
    }
    if part.contains(UNKNOWN) {
        return Ok(part.to_owned());
    }
    let decoded = percent_decode_str(part).decode_utf8().map_err(|_| UrlError::Encoding)?;
    if decoded.contains('\0') { Err(UrlError::Encoding) } else { Ok(decoded.into_owned()) }
}

/// The byte ranges of the passwords in a URL, or in a text that was written in place of a URL. If in doubt, a range
/// covers more than the password.
pub(super) fn password_ranges(url: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let start = url.find("://").map_or(0, |at| at + 3);
    let place_end = at_or_end(url, start, &['?']);
    let authority_end = at_or_end(url, start, &['/', '?']);
    let credentials = |end: usize| {
        let at = start + url.get(start..end)?.rfind('@')?;
        let colon = start + url.get(start..at)?.find(':')?;
        Some(colon + 1..at)
    };
    // An unencoded `/` or `?` in a password ends the authority early: look for a later `@`, as clients do.
    let is_port = url.get(start..authority_end).is_some_and(|authority| {
        authority.rsplit_once(':').is_none_or(|(_, port)| port.chars().all(|c| c.is_ascii_digit()))
    });
    let has_at = |end: usize| url.get(start..end).is_some_and(|text| text.contains('@'));
    let range = if has_at(authority_end) {
        credentials(authority_end)
    } else if has_at(place_end) {
        credentials(place_end)
    } else if is_port {
        None
    } else {
        credentials(url.len())
    };
    ranges.extend(range);

    // A password in `?password=…`, or in `password=…` of a key/value connection string.
    let mut at = 0;
    while let Some(equals) = url.get(at..).and_then(|rest| rest.find('=')).map(|found| found + at) {
        at = equals + 1;
        let name_start = url
            .get(..equals)
            .and_then(|before| before.trim_end().rfind(['?', '&', ' ', '\t', '\n', '\0']))
            .map_or(0, |found| found + 1);
        let name = url.get(name_start..equals).unwrap_or_default().trim();
        let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
        if name.ends_with("password") {
            let end = at_or_end(url, at, &['&']);
            ranges.push(at..end);
            at = end;
        }
    }
    ranges
}

fn at_or_end(text: &str, start: usize, stops: &[char]) -> usize {
    text.get(start..).and_then(|rest| rest.find(stops)).map_or(text.len(), |found| start + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits() {
        let parts =
            split("postgresql://a%40b:p%3Aw@h1:5433,[::1]:5434,h2/d%20b?sslmode=require&user=u&x=").err();
        assert_eq!(parts, Some(UrlError::UnknownParameter("x".into())));
        let parts =
            split("postgresql://a%40b:p%3Aw@h1:5433,[::1]:5434,h2/d%20b?sslmode=require&dbname=z").unwrap();
        assert_eq!(parts.user.as_deref(), Some("a@b"));
        assert_eq!(parts.password.as_deref(), Some("p:w"));
        assert_eq!(parts.database.as_deref(), Some("z"));
        let hosts: Vec<_> = parts.hosts.iter().map(|(host, port)| (host.as_str(), port.as_deref())).collect();
        assert_eq!(hosts, [("h1", Some("5433")), ("::1", Some("5434")), ("h2", None)]);
        assert_eq!(parts.parameters, [("sslmode".to_owned(), "require".to_owned())]);
    }

    #[test]
    fn checks() {
        for (url, expected) in [
            ("postgres://localhost", None),
            ("postgresql://app@localhost:5432/crm", None),
            ("postgres:///crm?host=/run/postgresql", None),
            ("postgres://%2Frun%2Fpostgresql/crm", None),
            ("postgres://\0", None),
            ("postgres://app:\0@\0:\0/\0?\0", None),
            ("postgres://h/d?application_name=a@b", None),
            ("mysql://h/d", Some(UrlError::Scheme)),
            ("localhost", Some(UrlError::Scheme)),
            ("", Some(UrlError::Empty)),
            ("postgres://app:a b@h/d", Some(UrlError::Space)),
            ("postgres://app:a@b@h/d", Some(UrlError::At)),
            ("postgres://app:12/34@h/d", Some(UrlError::At)),
            ("postgres:///d", Some(UrlError::Host)),
            ("postgres://app@/d", Some(UrlError::Host)),
            ("postgres://[::1/d", Some(UrlError::Host)),
            ("postgres://h:x/d", Some(UrlError::Port)),
            ("postgres://h:0/d", Some(UrlError::Port)),
            ("postgres://h:65536/d", Some(UrlError::Port)),
            ("postgres://h:/d", Some(UrlError::Port)),
            ("postgres://app:p/w@h/d", Some(UrlError::At)),
            ("postgres://app:12?se=cret@h/d", Some(UrlError::At)),
            ("postgres://app:x?se=cret@h/d", Some(UrlError::Port)),
            ("postgres://app:p%w@h/d", Some(UrlError::Encoding)),
            ("postgres://app:%ff@h/d", Some(UrlError::Encoding)),
            ("postgres://app:%00@h/d", Some(UrlError::Encoding)),
            ("postgres://h/d?x", Some(UrlError::ParameterSyntax)),
        ] {
            assert_eq!(split(url).err(), expected, "{url}");
        }
    }

    #[test]
    fn finds_passwords() {
        for (url, expected) in [
            ("postgres://app:secret@h/d", &["secret"][..]),
            ("postgres://app@h:5432/d", &[]),
            ("postgres://h:5432/d?application_name=a@b", &[]),
            ("postgres://app:a@b@h/d", &["a@b"]),
            ("postgres://app:a/b@h/d", &["a/b"]),
            ("postgres://app:12/34@h/d", &["12/34"]),
            ("postgres://app:a?b@h/d", &["a?b"]),
            ("postgres://h/d?password=s&x=y", &["s"]),
            ("postgres://h/d?pass%77ord=s", &["s"]),
            ("app:secret@h/d", &["secret"]),
            ("host=h password=se cret", &["se cret"]),
            ("host=h password = secret", &[" secret"]),
        ] {
            let found: Vec<&str> = password_ranges(url).into_iter().map(|range| &url[range]).collect();
            assert_eq!(found, expected, "{url}");
        }
    }
}
