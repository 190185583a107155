//! Encryption: the modes of libpq.

use std::path::Path;

use ormgen_runtime::{
    Error, Pool, Result,
    config::{ConnectionConfig, TlsConfig, TlsMode},
    prelude::*,
};
use ormgen_tests::{
    generated::shop::crm::{Crm, Customer},
    server::{ScratchServer, TestDb, server, tls_ca},
};

use crate::support::{ask, crm_on};

/// Whether the connection that answered was encrypted.
async fn encrypted(db: &TestDb, url: &str, tls: TlsConfig) -> Result<bool> {
    const SSL: &str = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let pool = Pool::<Crm>::new(&ConnectionConfig::new("crm", url).tls(tls))?;
    let held = pool.connection().await?;
    Customer::query().count(&held).await?;
    let encrypted = ask(db, SSL).await;
    drop(held);
    pool.close().await;
    crate::support::eventually("it is closed", async || crate::support::connections_to(db).await == 0).await;
    Ok(encrypted)
}

fn other_authority() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtime/other_authority.pem")
}

fn named(url: &str, host: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{}{separator}hostaddr=127.0.0.1", url.replacen("127.0.0.1", host, 1))
}

#[tokio::test]
async fn a_server_with_tls() {
    use TlsMode::{Disable, Prefer, Require, VerifyCa, VerifyFull};
    let db = crm_on(&server(3)).await;
    let (right, wrong) = (tls_ca(), other_authority());
    let local = named(db.url(), "localhost");
    let elsewhere = named(db.url(), "elsewhere.example");
    let tls = TlsConfig::new;
    let cases = [
        ("by default", db.url(), TlsConfig::default(), Some(true)),
        ("disable", db.url(), tls(Disable), Some(false)),
        ("prefer", &elsewhere, tls(Prefer), Some(true)),
        ("require", &elsewhere, tls(Require), Some(true)),
        ("verify-ca", db.url(), tls(VerifyCa).ca(&right), Some(true)),
        ("verify-ca of another host", &elsewhere, tls(VerifyCa).ca(&right), Some(true)),
        ("verify-full", &local, tls(VerifyFull).ca(&right), Some(true)),
        ("verify-full of an address", db.url(), tls(VerifyFull).ca(&right), Some(true)),
        ("an authority alone", &local, TlsConfig::default().ca(&right), Some(true)),
        ("verify-full of another host", &elsewhere, tls(VerifyFull).ca(&right), None),
        ("an authority alone, another host", &elsewhere, TlsConfig::default().ca(&right), None),
        ("verify-ca by another", db.url(), tls(VerifyCa).ca(&wrong), None),
        ("verify-full by another", &local, tls(VerifyFull).ca(&wrong), None),
        ("require by another", &local, tls(Require).ca(&wrong), None),
        ("verify-full by the system's authorities", &local, tls(VerifyFull), None),
        ("verify-ca by the system's authorities", &local, tls(VerifyCa), None),
    ];
    for (name, url, tls, expected) in cases {
        match (encrypted(&db, url, tls).await, expected) {
            (Ok(encrypted), Some(expected)) => assert_eq!(encrypted, expected, "{name}"),
            (Err(error), None) => {
                assert!(matches!(error, Error::Connect { .. }), "{name}: {error}");
                assert!(error.to_string().contains("certificate"), "{name}: {error}");
            }
            (result, expected) => panic!("{name}: {result:?} instead of {expected:?}"),
        }
    }
}

/// As Citus makes one for itself. Nothing in it is believed with `prefer` and `require`, and libpq connects.
#[tokio::test]
async fn a_certificate_of_x509s_first_version() {
    let folder = tls_ca().parent().expect("a folder").to_owned();
    let file = |name: &str, setting: &str| format!("{setting} = '{}'", folder.join(name).display());
    let (certificate, key) = (file("odd.pem", "ssl_cert_file"), file("odd.key", "ssl_key_file"));
    for newest in ["TLSv1.2", "TLSv1.3"] {
        let version = format!("ssl_max_protocol_version = '{newest}'");
        let scratch = ScratchServer::start_with(&["ssl = on", &certificate, &key, &version]);
        let db = crm_on(&scratch.server()).await;
        for mode in [TlsMode::Prefer, TlsMode::Require] {
            let encrypted = encrypted(&db, db.url(), TlsConfig::new(mode)).await;
            assert!(matches!(encrypted, Ok(true)), "{newest}, {mode:?}: {encrypted:?}");
        }
        for mode in [TlsMode::VerifyCa, TlsMode::VerifyFull] {
            let refused = encrypted(&db, db.url(), TlsConfig::new(mode).ca(tls_ca())).await;
            assert!(matches!(refused, Err(Error::Connect { .. })), "{newest}, {mode:?}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn a_server_without_tls() {
    let db = crm_on(&server(1)).await;
    for (mode, expected) in [
        (TlsMode::Disable, Some(false)),
        (TlsMode::Prefer, Some(false)),
        (TlsMode::Require, None),
        (TlsMode::VerifyFull, None),
    ] {
        match (encrypted(&db, db.url(), TlsConfig::new(mode)).await, expected) {
            (Ok(encrypted), Some(expected)) => assert_eq!(encrypted, expected, "{mode:?}"),
            (Err(error), None) => assert_eq!(
                error.to_string(),
                "connection `crm`: the server could not be reached: server does not support TLS"
            ),
            (result, expected) => panic!("{mode:?}: {result:?} instead of {expected:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told() {
    let db = crm_on(&server(3)).await;
    let none = TlsConfig::new(TlsMode::VerifyFull).ca("no/such/file.pem");
    let error = encrypted(&db, db.url(), none).await.unwrap_err();
    assert!(error.to_string().contains("no/such/file.pem"), "{error}");
    let empty = tempfile::NamedTempFile::new().unwrap();
    let error = encrypted(&db, db.url(), TlsConfig::default().ca(empty.path())).await.unwrap_err();
    assert!(error.to_string().ends_with("no certificate in it"), "{error}");
}

/// As those do whose certificates are valid for a day.
#[tokio::test]
async fn files_that_change_are_read_again() {
    let db = crm_on(&server(3)).await;
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let replace = |by: &Path| std::fs::copy(by, &ca).unwrap();
    replace(&other_authority());
    let config = ConnectionConfig::new("crm", named(db.url(), "localhost"));
    let pool = Pool::<Crm>::new(&config.tls(TlsConfig::new(TlsMode::VerifyFull).ca(&ca))).unwrap();
    let refused = Customer::query().count(&pool).await;
    assert!(matches!(refused, Err(Error::Connect { .. })), "{refused:?}");
    replace(&tls_ca());
    assert_eq!(Customer::query().count(&pool).await.unwrap(), 0);
    // One that is being written, or is gone for a moment, is not used.
    for break_it in [|path: &Path| std::fs::write(path, ""), |path: &Path| std::fs::remove_file(path)] {
        break_it(&ca).unwrap();
        db.batch(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
        assert_eq!(Customer::query().count(&pool).await.unwrap(), 0);
    }
    pool.close().await;
}
