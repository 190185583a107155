//! The parameters of a URL, as libpq names them, and their values.

use std::path::PathBuf;

use super::{TlsConfig, TlsMode, error::UrlError};
#[cfg(feature = "tokio-postgres")]
use super::{error::ConfigError, libpq};

pub(super) type Parameters = Vec<(String, String)>;

/// Checks the values of a URL's parameters, without the files and services that they name.
pub(super) fn check(parameters: Parameters) -> Result<(), UrlError> {
    let (_, rest) = take_tls(parameters)?;
    #[cfg(feature = "tokio-postgres")]
    for (name, value) in rest.iter().filter(|(name, _)| !libpq::is_of_libpq(name)) {
        parse_parameter(name, value)?;
    }
    #[cfg(not(feature = "tokio-postgres"))]
    drop(rest);
    Ok(())
}

/// Takes libpq's TLS parameters out of a URL's parameters: tokio-postgres knows only some of them.
pub(super) fn take_tls(parameters: Parameters) -> Result<(TlsConfig, Parameters), UrlError> {
    let mut tls = TlsConfig::default();
    let mut rest = Vec::new();
    let mut is_by_system = false;
    for (name, value) in parameters {
        match name.as_str() {
            "sslmode" => tls.mode = Some(ssl_mode(&value).ok_or(UrlError::ParameterValue(name))?),
            "sslrootcert" if value == "system" => is_by_system = true,
            "sslrootcert" => tls.ca = Some(PathBuf::from(value)),
            "sslcert" => tls.cert = Some(PathBuf::from(value)),
            "sslkey" => tls.key = Some(PathBuf::from(value)),
            _ => rest.push((name, value)),
        }
    }
    // `system` asks for the system's certificate authorities, which are the default here, and with any other mode than
    // verify-full it is a mistake: whoever asks for authorities believes that they are asked
    // (https://www.postgresql.org/docs/current/libpq-connect.html).
    if is_by_system && *tls.mode.get_or_insert(TlsMode::VerifyFull) != TlsMode::VerifyFull {
        return Err(UrlError::ParameterValue("sslmode".to_owned()));
    }
    Ok((tls, rest))
}

fn ssl_mode(value: &str) -> Option<TlsMode> {
    // libpq's `allow` is its `prefer` with the two attempts in the other order; here they are the same.
    if value == "allow" { Some(TlsMode::Prefer) } else { TlsMode::parse(value) }
}

/// Has tokio-postgres parse the parameters as a key/value connection string, one by one to know which of them is
/// wrong.
#[cfg(feature = "tokio-postgres")]
pub(super) fn parse(parameters: &[(String, String)]) -> Result<tokio_postgres::Config, ConfigError> {
    let mut all = String::new();
    for (name, value) in parameters {
        all.push_str(&parse_parameter(name, value)?);
    }
    Ok(all.parse().map_err(|_| UrlError::ParameterSyntax)?)
}

/// The parameter in a key/value connection string, in which tokio-postgres can read it.
#[cfg(feature = "tokio-postgres")]
fn parse_parameter(name: &str, value: &str) -> Result<String, UrlError> {
    let value = value.replace('\\', r"\\").replace('\'', r"\'");
    let parameter = format!("{name}='{value}' ");
    // The parser's error text is not passed on: it may quote the parameter's value.
    match parameter.parse::<tokio_postgres::Config>() {
        Ok(_) => Ok(parameter),
        Err(_) => Err(UrlError::ParameterValue(name.to_owned())),
    }
}
