//! What may be wrong with a connection's settings. No text here ever holds a URL, a password or a variable's value.

use thiserror::Error;

/// A connection that cannot be used as it is configured.
///
/// It names the connection's alias where one is known, never a URL, a password or a variable's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    alias: Option<String>,
    problem: ConfigProblem,
}

impl ConfigError {
    pub(crate) fn for_connection(mut self, alias: &str) -> Self {
        self.alias.get_or_insert_with(|| alias.to_owned());
        self
    }

    /// The connection at fault.
    pub fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    /// What is wrong with it.
    pub fn problem(&self) -> &ConfigProblem {
        &self.problem
    }
}

impl<P: Into<ConfigProblem>> From<P> for ConfigError {
    fn from(problem: P) -> Self {
        Self { alias: None, problem: problem.into() }
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "connection `{alias}`: {}", self.problem),
            None => self.problem.fmt(f),
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.problem)
    }
}

/// What is wrong with a connection's settings.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// A variable without default is not set.
    #[error("the environment variable `{0}` is not set")]
    UnsetVariable(String),
    /// The manifest has no connection of this name, which the generated code was made with.
    #[error("the manifest has no connection `{0}`, which the code was generated with; generate again")]
    MissingConnection(String),
    /// No service file has a section of that name.
    #[error("no service file defines the service `{0}`")]
    UnknownService(String),
    /// A password file that others than its owner may read has the password: libpq does not use such a file either.
    #[error("the password file `{0}` may be read by others: `chmod 600` makes it the owner's alone")]
    OpenPassFile(String),
    /// A password file or a service file cannot be read.
    #[error("`{path}` cannot be read: {why}")]
    UnreadableFile {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The text is no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The URL is not one of PostgreSQL's.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A part of the manifest is not as it should be.
    #[error("{place}: {message}")]
    Manifest {
        /// The file, with line and column where the mistake has them.
        place: String,
        /// What is wrong.
        message: String,
    },
}

/// Why a text with `${…}` in it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A `$` that is followed by neither `{` nor `$`.
    #[error("`$` stands alone")]
    LoneDollar,
    /// `${VAR` without the brace that closes it.
    #[error("`${{` has no closing `}}`")]
    Unclosed,
    /// Braces without a variable's name, such as `${a b}`.
    #[error("`${{…}}` holds no variable name")]
    BadName,
    /// Too many defaults inside defaults.
    #[error("defaults are nested too deep")]
    TooDeep,
    /// A NUL character, which no PostgreSQL string can hold.
    #[error("the text holds a NUL character")]
    Nul,
}

impl TemplateError {
    /// What to write instead.
    pub fn help(&self) -> &'static str {
        match self {
            Self::LoneDollar => "write `${NAME}` for a variable and `$$` for a dollar",
            Self::Unclosed => "close it: `${NAME}` or `${NAME:-default}`",
            Self::BadName => "a name is letters, digits and `_`, as in `${CRM_URL}` or `${CRM_URL:-default}`",
            Self::TooDeep => "nest at most 16 defaults",
            Self::Nul => "remove it",
        }
    }
}

/// Why a URL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It does not start with `postgres://` or `postgresql://`.
    #[error("the URL does not start with `postgres://`")]
    Scheme,
    /// It holds a space or another white-space character.
    #[error("the URL holds a space")]
    Space,
    /// A user or password with `@` in it.
    #[error("the URL holds more than one `@`")]
    At,
    /// It names no server.
    #[error("the URL names no host")]
    Host,
    /// Its port is no port.
    #[error("the URL's port is not a number from 1 to 65535")]
    Port,
    /// A `%` that two hexadecimal digits do not follow, or that gives no UTF-8.
    #[error("the URL's percent-encoding is broken")]
    Encoding,
    /// A parameter has no `=`.
    #[error("a parameter of the URL has no `=`")]
    ParameterSyntax,
    /// A parameter that this client does not have.
    #[error("the URL's parameter `{0}` is not supported")]
    UnknownParameter(String),
    /// A parameter with a value that it cannot have.
    #[error("the URL's parameter `{0}` has a value that it cannot have")]
    ParameterValue(String),
}

impl UrlError {
    /// What to write instead.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Scheme => "write `postgres://user:${PASSWORD}@host:5432/database`",
            Self::Space => "write a space inside a URL as `%20`",
            Self::At => "write `@` inside a user name, password or database as `%40`",
            Self::Host => {
                "write `postgres://host/database`, or `postgres:///database?host=/run/postgresql` for a Unix socket"
            }
            Self::Port => {
                "write `host:5432`; write `:`, `/` and `@` inside a password as `%3A`, `%2F` and `%40`"
            }
            Self::Encoding => "write `%25` for a percent sign",
            Self::ParameterSyntax => "write `?name=value&name=value`",
            Self::UnknownParameter(_) => {
                "remove it; pool, timeouts and TLS are keys of the connection in the manifest"
            }
            Self::ParameterValue(_) => {
                "https://www.postgresql.org/docs/current/libpq-connect.html names the values of each"
            }
        }
    }
}
