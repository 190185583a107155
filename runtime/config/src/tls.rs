//! The settings for encryption.

use std::path::{Path, PathBuf};

/// When a connection is encrypted, and what is checked of the server's certificate. The modes are libpq's
/// (<https://www.postgresql.org/docs/current/libpq-ssl.html>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// The connection is never encrypted.
    Disable,
    /// The connection is encrypted if the server offers it; its certificate is only checked if a `ca` is given.
    #[default]
    Prefer,
    /// The connection is always encrypted; the server's certificate is only checked if a `ca` is given.
    Require,
    /// The connection is always encrypted; the server's certificate must come from a trusted authority.
    VerifyCa,
    /// The connection is always encrypted; the server's certificate must come from a trusted authority, for this very
    /// host.
    VerifyFull,
}

impl TlsMode {
    /// The name of each mode, as the manifest and a URL's `sslmode` write it.
    pub const NAMES: &[&str] = &["disable", "prefer", "require", "verify-ca", "verify-full"];

    /// The mode with this name; none if there is no such mode.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }
}

/// The settings for the encryption of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// Whether the connection is encrypted, and how much of the server's certificate is checked. When not given: the
    /// URL's `sslmode`; else [`TlsMode::VerifyFull`] if a `ca` is given; else [`TlsMode::Prefer`].
    pub mode: Option<TlsMode>,
    /// A PEM file with the certificate authorities to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// A PEM file with this client's certificate.
    pub cert: Option<PathBuf>,
    /// A PEM file with the private key of this client's certificate.
    pub key: Option<PathBuf>,
}

impl TlsConfig {
    /// Encryption in this mode, trusting the system's certificate authorities.
    pub fn new(mode: TlsMode) -> Self {
        Self { mode: Some(mode), ..Self::default() }
    }

    /// Trusts the certificate authorities of this PEM file instead of the system's.
    #[must_use]
    pub fn ca(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca = Some(path.into());
        self
    }

    /// Sends the server this client certificate, and proves it with its private key; both are PEM files.
    #[must_use]
    pub fn certificate(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.cert = Some(cert.into());
        self.key = Some(key.into());
        self
    }

    /// Makes the relative paths of PEM files relative to `folder`.
    pub fn make_relative_to(&mut self, folder: &Path) {
        for path in [&mut self.ca, &mut self.cert, &mut self.key].into_iter().flatten() {
            *path = folder.join(&path);
        }
    }
}
