//! Errors in a connection's settings. No message holds a URL, a password or a variable's value.

use thiserror::Error;

/// The settings of a connection cannot be used.
///
/// The error names the connection's alias if it is known, never a URL, a password or a variable's value.
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

    /// The alias of the connection whose settings are wrong.
    pub fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    /// What is wrong with the settings.
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
    /// A variable that has no default is not set.
    #[error("the environment variable `{0}` is not set")]
    UnsetVariable(String),
    /// A variable that holds a URL is set to an empty text.
    #[error("the environment variable `{0}`, which holds the URL, is empty")]
    EmptyVariable(String),
    /// The generated code needs a connection of this name, and the manifest has none.
    #[error("the manifest has no connection `{0}`, which the code was generated with; generate again")]
    MissingConnection(String),
    /// No service file has a section with this name.
    #[error("no service file defines the service `{0}`")]
    UnknownService(String),
    /// Others than its owner may read the password file that holds the password: libpq does not use such a file
    /// either.
    #[error("the password file `{0}` may be read by others: `chmod 600` makes it the owner's alone")]
    OpenPassFile(String),
    /// A password file or a service file cannot be read.
    #[error("`{path}` cannot be read: {why}")]
    UnreadableFile {
        /// The file.
        path: String,
        /// The operating system's error message.
        why: String,
    },
    /// The text is not a valid template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The URL is not a valid PostgreSQL URL.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A part of the manifest is not valid.
    #[error("{place}: {message}")]
    Manifest {
        /// The file, with line and column if the mistake has them.
        place: String,
        /// What is wrong.
        message: String,
    },
}

/// Why a text is not a valid template.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A `$` that is followed by neither `{` nor `$`.
    #[error("`$` stands alone")]
    LoneDollar,
    /// `${VAR` without the brace that closes it.
    #[error("`${{` has no closing `}}`")]
    Unclosed,
    /// Braces that hold no valid variable name, such as `${a b}`.
    #[error("`${{…}}` holds no variable name")]
    BadName,
    /// Defaults inside defaults are nested too deep.
    #[error("defaults are nested too deep")]
    TooDeep,
    /// A NUL character, which no PostgreSQL string can hold.
    #[error("the text holds a NUL character")]
    Nul,
}

impl TemplateError {
    /// How to correct the text.
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

/// Why a URL is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// The URL has no text.
    #[error("the URL is empty")]
    Empty,
    /// The URL does not start with `postgres://` or `postgresql://`.
    #[error("the URL does not start with `postgres://`")]
    Scheme,
    /// The URL holds a space or another white-space character.
    #[error("the URL holds a space")]
    Space,
    /// The URL has a user or password with an unencoded `@`.
    #[error("the URL holds more than one `@`")]
    At,
    /// The URL names no host.
    #[error("the URL names no host")]
    Host,
    /// The URL's port is not a number from 1 to 65535.
    #[error("the URL's port is not a number from 1 to 65535")]
    Port,
    /// The URL has a `%` that two hexadecimal digits do not follow, or its decoded bytes are not UTF-8.
    #[error("the URL's percent-encoding is broken")]
    Encoding,
    /// A parameter of the URL has no `=`.
    #[error("a parameter of the URL has no `=`")]
    ParameterSyntax,
    /// The URL has a parameter that this client does not support.
    #[error("the URL's parameter `{0}` is not supported")]
    UnknownParameter(String),
    /// A parameter of the URL has a value that is not valid.
    #[error("the URL's parameter `{0}` has a value that it cannot have")]
    ParameterValue(String),
}

impl UrlError {
    /// How to correct the URL.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::Scheme => "write `postgres://user:${PASSWORD}@host:5432/database`",
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
