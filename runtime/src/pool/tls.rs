//! Sets up rustls as the manifest's `tls` says.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::certificate::public_key;
use crate::{
    config::{TlsConfig, TlsMode},
    error::{Alias, Error, Result},
    types::BoxError,
};

/// The TLS connector for the driver, which decides by the connection's `sslmode` whether to use it.
///
/// It is made anew when a file of the settings has changed: certificates are replaced before they expire, while the program
/// runs (`files_that_change_are_read_again`).
pub(super) struct TlsConnector {
    settings: TlsConfig,
    alias: Alias,
    made: Mutex<Made>,
}

/// A connector, and the state of the files that it was made from.
struct Made {
    of: Vec<Stamp>,
    connector: MakeRustlsConnect,
}

/// What tells a file from the one that was there before. None if it cannot be read.
type Stamp = Option<(SystemTime, u64)>;

impl TlsConnector {
    pub fn new(settings: &TlsConfig, alias: &Alias) -> Result<Self> {
        let of = stamps(settings);
        match client_config(settings) {
            Ok(config) => {
                let made = Made { of, connector: MakeRustlsConnect::new(config) };
                Ok(Self { settings: settings.clone(), alias: Arc::clone(alias), made: Mutex::new(made) })
            }
            Err(source) => Err(Error::Connect { connection: Arc::clone(alias), source }),
        }
    }

    /// The connector of the files as they are now; the one before, where they cannot be used: one of them may have been
    /// replaced, and the other not yet.
    pub fn current(&self) -> MakeRustlsConnect {
        let now = stamps(&self.settings);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.of != now {
            match client_config(&self.settings) {
                Ok(config) => *made = Made { of: now, connector: MakeRustlsConnect::new(config) },
                Err(error) => tracing::warn!(
                    connection = &*self.alias,
                    %error,
                    "the files for encryption have changed and cannot be used: those read before are"
                ),
            }
        }
        made.connector.clone()
    }
}

fn stamps(settings: &TlsConfig) -> Vec<Stamp> {
    let TlsConfig { ca, cert, key, .. } = settings;
    let stamp = |path: &PathBuf| {
        let file = fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    };
    [ca, cert, key].into_iter().flatten().map(stamp).collect()
}

fn client_config(tls: &TlsConfig) -> Result<ClientConfig, BoxError> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let verifier: Arc<dyn ServerCertVerifier> = match tls.mode.unwrap_or_default() {
        // libpq checks the certificate authority if it was given one, whatever the mode.
        TlsMode::Disable | TlsMode::Prefer | TlsMode::Require if tls.ca.is_none() => {
            Arc::new(Lenient { provider, authority: None })
        }
        TlsMode::VerifyFull => authority(tls, &provider)?,
        _ => Arc::new(Lenient { authority: Some(authority(tls, &provider)?), provider }),
    };
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    Ok(match (&tls.cert, &tls.key) {
        (Some(cert), Some(key)) => builder.with_client_auth_cert(certificates(cert)?, private_key(key)?)?,
        _ => builder.with_no_client_auth(),
    })
}

/// The verifier of certificates against the manifest's certificate authorities, or else the system's.
fn authority(tls: &TlsConfig, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, BoxError> {
    let mut roots = RootCertStore::empty();
    match &tls.ca {
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build()?)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BoxError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_reader_iter(open(path)?)
        .map(|certificate| certificate.map_err(|e| in_file(path, e)))
        .collect();
    match certificates? {
        none if none.is_empty() => Err(in_file(path, "no certificate in it")),
        some => Ok(some),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, BoxError> {
    PrivateKeyDer::from_pem_reader(open(path)?).map_err(|error| in_file(path, error))
}

fn open(path: &Path) -> Result<io::BufReader<File>, BoxError> {
    File::open(path).map(io::BufReader::new).map_err(|error| in_file(path, error))
}

fn in_file(path: &Path, error: impl std::fmt::Display) -> BoxError {
    format!("{}: {error}", path.display()).into()
}

/// Checks less of a certificate than rustls does: nothing for `prefer` and `require`, all but the host's name for
/// `verify-ca` (<https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>).
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    authority: Option<Arc<WebPkiServerVerifier>>,
}

impl Lenient {
    /// Checks a signature with the key of a certificate that rustls cannot parse, in modes that trust nothing else in
    /// it.
    fn verify_by_key(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
        error: rustls::Error,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let is_unread = matches!(
            error,
            rustls::Error::InvalidCertificate(CertificateError::BadEncoding | CertificateError::Other(_))
        );
        let Some(key) = public_key(certificate).filter(|_| is_unread && self.authority.is_none()) else {
            return Err(error);
        };
        let mapping = self.provider.signature_verification_algorithms.mapping.iter();
        let algorithms = mapping.filter(|(scheme, _)| *scheme == signature.scheme);
        let is_valid = algorithms.flat_map(|(_, algorithms)| algorithms.iter()).any(|algorithm| {
            algorithm.public_key_alg_id().as_ref() == key.algorithm
                && algorithm.verify_signature(key.key, message, signature.signature()).is_ok()
        });
        if is_valid { Ok(HandshakeSignatureValid::assertion()) } else { Err(error) }
    }
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        match authority.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verdict = verify_tls12_signature(message, certificate, signature, algorithms);
        verdict.or_else(|error| self.verify_by_key(message, certificate, signature, error))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verdict = verify_tls13_signature(message, certificate, signature, algorithms);
        verdict.or_else(|error| self.verify_by_key(message, certificate, signature, error))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
