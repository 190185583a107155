//! The examples, run as a user runs them, against two servers.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use ormgen_tests::{
    cli::program,
    server::{ScratchServer, Server, TestDb, server, signal},
};

#[tokio::test]
async fn quickstart() {
    let db1 = server(1).create_database("quickstart").await;
    let db2 = server(2).create_database("quickstart").await;
    db1.batch(&schema("quickstart/db1.sql")).await;
    db2.batch(&schema("quickstart/db2.sql")).await;

    let printed = run("quickstart", &[("DB1_URL", &db1), ("DB2_URL", &db2)]);
    assert_eq!(
        printed,
        "Semi-final: Semi-final was worth seeing.\n\
         Final: Final was worth seeing.\n\
         Ada on Semi-final\n\
         Ada on Final\n"
    );
    // The rows of each are on its own server.
    assert_eq!(count(&db1, "SELECT count(*) FROM events").await, 2);
    assert_eq!(count(&db2, "SELECT count(*) FROM reports").await, 2);
}

#[tokio::test]
async fn shop() {
    let (crm, orders) = shop_databases("shop").await;
    let urls = [("CRM_URL", &crm), ("ORDERS_URL", &orders)];
    assert_eq!(
        run("shop", &urls),
        "there is no such product; nothing was stored\n\
         Ada ordered 2 x Hammer, 1 x Saw for 52.50\n\
         Bob ordered 3 x Saw for 67.50\n\
         Ada spent 83.50\n\
         Bob spent 67.50\n\
         on sale in Tools: Hammer\n\
         on sale in Tools: Saw\n\
         0 orders of unknown customers\n"
    );
    assert_eq!(count(&crm, "SELECT sum(visits) FROM customers").await, 3);
    assert_eq!(count(&orders, "SELECT count(*) FROM orders WHERE status = 'paid'").await, 1);
}

#[tokio::test]
async fn build_rs() {
    let (crm, orders) = shop_databases("build_rs").await;
    // An ID of its own tells the rows of one database from those of the other.
    orders.batch("ALTER TABLE orders ALTER COLUMN id RESTART WITH 7").await;

    let printed = run("build-rs", &[("CRM_URL", &crm), ("ORDERS_URL", &orders)]);
    assert_eq!(printed, "order 7 was placed by Ada\n");
    assert_eq!(count(&crm, "SELECT count(*) FROM customers").await, 1);
    assert_eq!(count(&orders, "SELECT count(*) FROM orders WHERE status = 'paid'").await, 1);
}

/// The service, asked as a client asks it.
#[tokio::test]
async fn axum_service() {
    let (crm, orders) = shop_databases("axum").await;
    crm.batch("INSERT INTO customers (email, name) VALUES ('ada@example.org', 'Ada')").await;
    let products = "INSERT INTO categories (name) VALUES ('Tools');
         INSERT INTO products (sku, category_id, name, price) VALUES ('A-1', 1, 'Hammer', 10);
         INSERT INTO products (sku, category_id, name, price, available) VALUES ('A-2', 1, 'Saw', 20, false)";
    orders.batch(products).await;
    let service = Service::start(&[("CRM_URL", &crm), ("ORDERS_URL", &orders)]);

    let order = r#"{"customer_id": 1, "items": [{"sku": "A-1", "quantity": 3}, {"sku": "A-1"}]}"#;
    let (status, placed) = service.ask("POST", "/orders", order);
    assert_eq!((status, &placed["status"], &placed["id"]), (200, &"open".into(), &1.into()), "{placed}");
    let (status, sent) =
        service.ask("POST", "/orders", r#"{"customer_id": 1, "status": "sent", "items": []}"#);
    assert_eq!((status, &sent["status"]), (200, &"sent".into()));
    // Nothing of an order that cannot be had is stored.
    let refused = r#"{"customer_id": 1, "items": [{"sku": "A-1"}, {"sku": "A-2"}]}"#;
    assert_eq!(service.ask("POST", "/orders", refused).0, 409);
    assert_eq!(service.ask("POST", "/orders", r#"{"customer_id": 2, "items": []}"#).0, 404);
    assert_eq!(count(&orders, "SELECT count(*) FROM orders").await, 2);

    let (status, one) = service.ask("GET", "/orders/1", "");
    assert_eq!((status, &one["lines"], &one["sum"]), (200, &2.into(), &"40.0000".into()), "{one}");
    assert_eq!((&one["customer"]["name"], &one["customer"]["tier"]), (&"Ada".into(), &"bronze".into()));
    assert_eq!(service.ask("GET", "/orders/9", "").0, 404);

    // Two clients pay at the same time: one of them is told that it is paid.
    let paid = std::thread::scope(|scope| {
        let clients = [(); 2].map(|()| scope.spawn(|| service.ask("POST", "/orders/1/pay", "").0));
        clients.map(|client| client.join().expect("an answer"))
    });
    assert!(paid == [200, 409] || paid == [409, 200], "{paid:?}");

    let (_, page) = service.ask("GET", "/orders?limit=1", "");
    assert_eq!((page["rows"].as_array().map(Vec::len), &page["next"]), (Some(1), &1.into()), "{page}");
    let (order, customer, items) = (&page["rows"][0][0], &page["rows"][0][1], &page["rows"][0][2]);
    assert_eq!((&order["status"], &customer["name"]), (&"paid".into(), &"Ada".into()));
    assert_eq!((&items[0]["quantity"], &items[1]["quantity"]), (&3.into(), &1.into()));
    let (_, page) = service.ask("GET", "/orders?status=sent", "");
    assert_eq!((&page["rows"][0][0]["id"], &page["next"]), (&sent["id"], &serde_json::Value::Null));
    assert_eq!(service.ask("GET", "/orders?status=lost", "").0, 400);

    lists_of_an_administrator(&service);

    let lines = service.text("GET", "/orders/export", "").1;
    let statuses = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    assert_eq!(statuses.map(|order| order["status"].clone()).collect::<Vec<_>>(), ["paid", "sent"]);
}

/// A server is restarted under the service; then the service is stopped while it answers.
#[tokio::test]
async fn an_axum_service_in_production() {
    let own = ScratchServer::start();
    let (crm, orders) = shop_databases_on("axum_health", &own.server(), &server(2)).await;
    crm.batch("INSERT INTO customers (email, name) VALUES ('ada@example.org', 'Ada')").await;
    orders.batch("INSERT INTO orders (customer_id) SELECT 1 FROM generate_series(1, 30)").await;
    let mut service = Service::start(&[("CRM_URL", &crm), ("ORDERS_URL", &orders)]);

    let (status, health) = service.ask("GET", "/health", "");
    assert_eq!(
        (status, &health[0]["connection"], &health[1]["connection"]),
        (200, &"crm".into(), &"orders".into())
    );
    assert_eq!(service.ask("GET", "/orders/1", "").0, 200);

    own.stop_fast();
    let (status, health) = service.ask("GET", "/health", "");
    assert_eq!(
        (status, &health[0]["is_reachable"], &health[1]["is_reachable"]),
        (503, &false.into(), &true.into())
    );
    assert!(health[0]["last_error"].as_str().is_some_and(|error| error.contains("connection")), "{health}");
    assert_eq!(service.ask("GET", "/orders/1", "").0, 503);
    own.restart();
    let became_well = (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        service.ask("GET", "/health", "").0 == 200
    });
    assert!(became_well);
    assert_eq!(service.ask("GET", "/orders/1", "").0, 200, "without the service's being restarted");

    let metrics = service.text("GET", "/metrics", "").1;
    for expected in [
        "db_client_operation_duration_count{connection=\"orders\",model=\"Order\",statement=",
        "ormgen_errors{connection=\"crm\",",
        "db_client_connection_count{connection=\"crm\",server_address=\"127.0.0.1:",
        "db_client_connection_wait_time_count{connection=\"orders\"}",
        "db_client_connection_max{connection=\"orders\",",
    ] {
        assert!(metrics.contains(expected), "{expected}:\n{metrics}");
    }

    // A client that reads slowly is served to the end.
    let mut slow = TcpStream::connect(&service.address).expect("it listens");
    write!(slow, "GET /orders/export HTTP/1.0\r\n\r\n").expect("it reads");
    let mut first = [0; 1];
    slow.read_exact(&mut first).expect("it answers");
    signal(service.process.id().cast_signed(), "TERM");
    let mut rest = String::new();
    slow.read_to_string(&mut rest).expect("it answers to the end");
    assert_eq!(rest.lines().filter(|line| line.starts_with('{')).count(), 30);
    assert!(service.process.wait().expect("it ends").success());
    let mut said = String::new();
    service.printed.read_to_string(&mut said).expect("its last words");
    assert_eq!(said, "closed; connections that were not given back: 0\n");
}

/// What is sorted, filtered and shown by names from outside, of any model.
fn lists_of_an_administrator(service: &Service) {
    let list = |query: &str| service.ask("GET", &format!("/admin/{query}"), "");
    let found = list("products?fields=sku,price&sort=-sku");
    assert_eq!(
        found,
        (200, serde_json::json!([{"sku": "A-2", "price": "20.0000"}, {"sku": "A-1", "price": "10.0000"}]))
    );
    let sale = "%5B%7B%22column%22:%22available%22,%22operator%22:%22eq%22,%22value%22:true%7D%5D";
    let found = list(&format!("products?fields=name&filter={sale}&limit=5"));
    assert_eq!(found, (200, serde_json::json!([{"name": "Hammer"}])));
    assert_eq!(list("orders?fields=status&sort=id").1[0]["status"], "paid");
    assert_eq!(list("customers?fields=name,tier").1, serde_json::json!([{"name": "Ada", "tier": "bronze"}]));
    // A column that the list does not show, one that there is not, and a value of another type.
    let (status, text) = service.text("GET", "/admin/customers?fields=email", "");
    assert_eq!((status, text.as_str()), (400, "`Customer` has no column `email`"));
    assert_eq!(list("customers?fields=name&sort=-no_such").0, 400);
    let number = "%5B%7B%22column%22:%22visits%22,%22operator%22:%22eq%22,%22value%22:%22a%22%7D%5D";
    assert_eq!(list(&format!("customers?fields=name&filter={number}")).0, 400);
}

/// The running service.
struct Service {
    process: Child,
    printed: BufReader<ChildStdout>,
    address: String,
}

impl Service {
    fn start(urls: &[(&str, &TestDb)]) -> Self {
        let urls = urls.iter().map(|(variable, db)| (*variable, db.url()));
        let mut process = Command::new(program("axum-service"))
            .envs(urls)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut printed = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        printed.read_line(&mut line).expect("it says where it listens");
        let address = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Self { process, printed, address }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let (status, text) = self.text(method, path, body);
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// The status and the body of an answer: what is left once the server has closed the connection.
    fn text(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
        write!(stream, "{method} {path} HTTP/1.0\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len())
            .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an empty line after the head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, body.to_owned())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn an_example_without_its_servers_says_so() {
    let nowhere = "postgres://localhost:1/none";
    let output = Command::new(program("quickstart")).env("DB1_URL", nowhere).env("DB2_URL", nowhere).output();
    let output = output.expect("the example starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(text.contains("connection `db") && text.contains("the server could not be reached"), "{text}");
}

/// The shop's two databases, each on a server of its own.
async fn shop_databases(hint: &str) -> (TestDb, TestDb) {
    shop_databases_on(hint, &server(1), &server(2)).await
}

async fn shop_databases_on(hint: &str, first: &Server, second: &Server) -> (TestDb, TestDb) {
    let crm = first.create_database(hint).await;
    let orders = second.create_database(hint).await;
    crm.batch(&schema("shop/crm.sql")).await;
    for migration in
        ["0001_init", "0002_items", "0003_tags", "0004_invoices", "0005_order_totals", "0010_notes"]
    {
        orders.batch(&schema(&format!("shop/orders/{migration}.sql"))).await;
    }
    (crm, orders)
}

fn schema(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(file);
    std::fs::read_to_string(path).expect("the schema can be read")
}

async fn count(db: &TestDb, sql: &str) -> i64 {
    db.connect().await.query_one(sql, &[]).await.expect("a row").get(0)
}

/// What the example prints.
fn run(example: &str, urls: &[(&str, &TestDb)]) -> String {
    let urls = urls.iter().map(|(variable, db)| (*variable, db.url()));
    let output = Command::new(program(example)).envs(urls).output().expect("the example starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{stderr}");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}
