//! A network of one test's own, in which it may lose packets.

use std::{
    env,
    process::{Command, Output, Stdio},
};

use crate::server::{TestDb, unique};

/// Says to a test that it runs in its own network already.
const INSIDE: &str = "ORMGEN_TEST_NETWORK";

/// Runs this test again by itself in a network namespace of its own, where `work` is run; all of it goes when the test
/// ends. `test` is its name, as `--exact` takes it.
///
/// # Panics
/// If the test fails there, and where no such network can be made: without `unshare`, `ip` or the rights that it takes
/// (those of root, or user namespaces that everyone may have).
pub fn in_a_network_of_its_own(test: &str, work: impl Future<Output = ()>) {
    inside("--net", "ip link set lo up", test, work);
}

/// The same where the name `twin` has two addresses, 127.0.0.2 and 127.0.0.1, and the network is that of all tests.
///
/// # Panics
/// Those of [`in_a_network_of_its_own`].
pub fn where_twin_has_two_addresses(test: &str, work: impl Future<Output = ()>) {
    const NAMES: &str = "printf '127.0.0.2 twin\\n127.0.0.1 twin localhost\\n' > \"$HOSTS\" \
         && mount --bind \"$HOSTS\" /etc/hosts";
    inside("--mount", NAMES, test, work);
}

/// Runs this test again in a namespace of its own of this kind, after a command of the shell.
fn inside(namespace: &str, first: &str, test: &str, work: impl Future<Output = ()>) {
    if env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        return runtime.expect("a runtime").block_on(work);
    }
    let program = env::current_exe().expect("the path of this program");
    let hosts = env::temp_dir().join(unique("hosts"));
    let output = Command::new("unshare")
        .args(if is_root() { &[][..] } else { &["--user", "--map-current-user", "--keep-caps"] })
        .arg(namespace)
        .args(["sh", "-c", &format!("{first} && exec \"$@\""), "sh"])
        .arg(program)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .env("HOSTS", &hosts)
        .stdin(Stdio::null())
        .output()
        .expect("`unshare` runs");
    let _ = std::fs::remove_file(hosts);
    let text = shown(&output);
    assert!(output.status.success(), "in a namespace of its own: {text}");
    assert!(text.contains("1 passed"), "`{test}` is this test's name: {text}");
}

/// Loses every packet of the connections that clients have to this database, without a word to either side, as a
/// firewall does that forgot them. New connections work.
///
/// # Panics
/// Outside [`in_a_network_of_its_own`], and without `iptables`.
pub async fn lose_connections_to(db: &TestDb) -> usize {
    const PORTS: &str = "SELECT client_port, inet_server_port() FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    assert!(env::var_os(INSIDE).is_some(), "packets are lost in a network of the test's own only");
    let rows = db.connect().await.query(PORTS, &[]).await.expect("the ports of all connections");
    for row in &rows {
        let (client, server) = (row.get::<_, i32>(0).to_string(), row.get::<_, i32>(1).to_string());
        drop_packets(&["--sport", &client, "--dport", &server]);
        drop_packets(&["--sport", &server, "--dport", &client]);
    }
    rows.len()
}

/// Loses every packet to and from the server of this database; connecting gets no answer either.
///
/// # Panics
/// Those of [`lose_connections_to`].
pub fn lose_server_of(db: &TestDb) {
    assert!(env::var_os(INSIDE).is_some(), "packets are lost in a network of the test's own only");
    let config: tokio_postgres::Config = db.url().parse().expect("the URL is well-formed");
    let port = config.get_ports()[0].to_string();
    drop_packets(&["--dport", &port]);
    drop_packets(&["--sport", &port]);
}

/// Loses nothing any longer.
///
/// # Panics
/// Those of [`lose_connections_to`].
pub fn lose_nothing() {
    assert!(env::var_os(INSIDE).is_some(), "packets are lost in a network of the test's own only");
    let output = Command::new("iptables").args(["-w", "-F", "INPUT"]).output().expect("`iptables` runs");
    assert!(output.status.success(), "{}", shown(&output));
}

fn drop_packets(which: &[&str]) {
    let output = Command::new("iptables")
        .args(["-w", "-A", "INPUT", "-p", "tcp"])
        .args(which)
        .args(["-j", "DROP"])
        .output()
        .expect("`iptables` runs: it is in the distribution's package of that name");
    assert!(output.status.success(), "`iptables`: {}", shown(&output));
}

/// proc(5): the first number behind `Uid:` is the user.
fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").expect("what the kernel says of this process");
    status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next()) == Some("0")
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
