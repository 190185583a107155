//! Tests with messages as the driver and a server send them, in pieces of any length.

use std::{sync::Arc, time::Duration};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::{SessionFacts, Wire};

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend(u32::try_from(body.len() + 4).expect("a short message").to_be_bytes());
    out.extend(body);
    out
}

fn row_description(ty: u32) -> Vec<u8> {
    let mut body = vec![0, 1];
    body.extend(b"id\0\0\0\0\0\0\0");
    body.extend(ty.to_be_bytes());
    body.extend([0; 8]);
    message(b'T', &body)
}

const START: &[u8] = &[0, 0, 0, 9, 0, 3, 0, 0, 0];

/// A connection that has been opened, its other end, and the facts about its session.
async fn opened() -> (Wire<DuplexStream>, DuplexStream, Arc<SessionFacts>) {
    let (client, mut server) = tokio::io::duplex(1 << 16);
    let link = Arc::<SessionFacts>::default();
    let mut wire = Wire::new(client, Arc::clone(&link));
    send(&mut wire, START).await;
    assert_eq!(received(&mut server).await, START);
    let hello =
        [message(b'R', &[0; 4]), message(b'K', &[0, 0, 0, 7, 1, 2, 3, 4]), message(b'Z', b"I")].concat();
    server.write_all(&hello).await.expect("it is sent");
    assert_eq!(received(&mut wire).await, hello);
    assert_eq!(link.process(), 7);
    (wire, server, link)
}

/// Sends byte by byte, as in the worst of networks.
async fn send(stream: &mut (impl AsyncWriteExt + Unpin), bytes: &[u8]) {
    for byte in bytes {
        stream.write_all(&[*byte]).await.expect("it is sent");
    }
    stream.flush().await.expect("it is sent");
}

async fn received(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<u8> {
    let mut all = Vec::new();
    let mut chunk = [0; 512];
    while let Ok(Ok(read)) = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut chunk)).await {
        assert_ne!(read, 0, "the stream ended");
        all.extend(&chunk[..read]);
    }
    all
}

/// The server counts a connection until it has ended it: so long its place is not given to another.
#[tokio::test]
async fn a_connection_is_closed_when_the_server_has_ended_it() {
    let (mut wire, mut server, _) = opened().await;
    let mut closed = tokio::spawn(async move { wire.shutdown().await });
    server.write_all(&message(b'N', &[0; 8])).await.expect("it is sent");
    tokio::time::timeout(Duration::from_millis(100), &mut closed)
        .await
        .expect_err("the server has not ended it");
    drop(server);
    closed.await.expect("it ends").expect("without an error");
    // One that does not end is not waited for.
    let (mut wire, _server, _) = opened().await;
    tokio::time::timeout(Duration::from_secs(10), wire.shutdown())
        .await
        .expect("it ends")
        .expect("without an error");
}

/// Whoever answers in a server's place has to log the program in before it may send much.
#[tokio::test]
async fn a_message_before_the_login_is_short() {
    for (kind, length, is_taken) in
        [(b'E', 2_000_000_000_u32, false), (b'R', 40_000, false), (b'S', 20, true)]
    {
        let (client, mut server) = tokio::io::duplex(1 << 16);
        let mut wire = Wire::new(client, Arc::default());
        send(&mut wire, START).await;
        let mut head = vec![kind];
        head.extend(length.to_be_bytes());
        head.extend([0; 16]);
        server.write_all(&head).await.expect("it is sent");
        let read = wire.read(&mut [0; 512]).await;
        assert_eq!(read.is_ok(), is_taken, "{kind} {length}: {read:?}");
    }
}

fn parse(name: &str) -> Vec<u8> {
    message(b'P', format!("{name}\0SELECT 1\0\0\0").as_bytes())
}

fn about(kind: u8, of: &str) -> Vec<u8> {
    message(kind, format!("{of}\0").as_bytes())
}

fn bind(name: &str) -> Vec<u8> {
    message(b'B', format!("\0{name}\0\0\0\0\0\0\0").as_bytes())
}

fn execute() -> Vec<u8> {
    message(b'E', &[0; 5])
}

fn sync() -> Vec<u8> {
    message(b'S', &[])
}

#[tokio::test]
async fn on_a_session_of_its_own_a_name_is_a_hash_of_the_text() {
    let (mut wire, mut server, link) = opened().await;
    link.set_own();
    send(&mut wire, &[parse("s1"), about(b'D', "Ss1"), sync()].concat()).await;
    let sent = received(&mut server).await;
    let name = String::from_utf8_lossy(&sent[5..]).split('\0').next().expect("a name").to_owned();
    assert!(name.starts_with("ormgen_") && name.ends_with("_1"), "{name}");
    assert_eq!(sent, [parse(&name), about(b'D', &format!("S{name}")), sync()].concat());
    send(&mut wire, &[bind("s1"), execute(), sync(), about(b'C', "Ss1"), sync()].concat()).await;
    let expected = [bind(&name), execute(), sync(), about(b'C', &format!("S{name}")), sync()].concat();
    assert_eq!(received(&mut server).await, expected);
}

#[tokio::test]
async fn on_a_shared_session_the_text_goes_before_each_use() {
    let (mut wire, mut server, _link) = opened().await;
    send(&mut wire, &[parse("s1"), about(b'D', "Ss1"), sync()].concat()).await;
    assert_eq!(received(&mut server).await, [parse(""), about(b'D', "S"), sync()].concat());
    let described = [message(b'1', &[]), message(b't', &[0, 0]), row_description(20), message(b'Z', b"I")];
    send(&mut server, &described.concat()).await;
    assert_eq!(received(&mut wire).await, described.concat());

    send(&mut wire, &[bind("s1"), execute(), sync()].concat()).await;
    let sent = received(&mut server).await;
    assert_eq!(sent, [parse(""), bind(""), about(b'D', "P"), execute(), sync()].concat());
    let (bound, row) = (message(b'2', &[]), message(b'D', &[0, 0]));
    let (done, ready) = (message(b'C', b"SELECT 1\0"), message(b'Z', b"I"));
    let answer = [&message(b'1', &[]), &bound, &row_description(20), &row, &done, &ready];
    send(&mut server, &answer.map(|part| part.as_slice()).concat()).await;
    assert_eq!(received(&mut wire).await, [bound, row, done, ready].concat());
}

#[tokio::test]
async fn other_columns_than_were_described_end_the_connection() {
    let (mut wire, mut server, _link) = opened().await;
    send(&mut wire, &[parse("s1"), about(b'D', "Ss1"), sync()].concat()).await;
    let described = [message(b'1', &[]), message(b't', &[0, 0]), row_description(20), message(b'Z', b"I")];
    send(&mut server, &described.concat()).await;
    received(&mut wire).await;
    send(&mut wire, &[bind("s1"), execute(), sync()].concat()).await;
    let answer = [message(b'1', &[]), message(b'2', &[]), row_description(25)].concat();
    server.write_all(&answer).await.expect("it is sent");
    let error = wire.read(&mut [0; 512]).await.expect_err("it ends");
    assert!(error.to_string().contains("the schema was changed"), "{error}");
}

#[tokio::test]
async fn after_an_error_the_next_answers_are_told_apart_again() {
    let (mut wire, mut server, link) = opened().await;
    link.set_timeout(Duration::from_secs(1));
    send(&mut wire, &[parse("s1"), about(b'D', "Ss1"), sync()].concat()).await;
    let described = [message(b'1', &[]), message(b't', &[0, 0]), row_description(20), message(b'Z', b"I")];
    send(&mut server, &described.concat()).await;
    received(&mut wire).await;
    // A statement that fails, and one behind it that succeeds.
    let both = [bind("s1"), execute(), sync(), bind("s1"), execute(), sync()].concat();
    send(&mut wire, &both).await;
    assert!(received(&mut server).await.windows(17).any(|part| part == b"statement_timeout"));
    let (error, ready) = (message(b'E', b"SERROR\0\0"), message(b'Z', b"I"));
    let set = [message(b'1', &[]), message(b'2', &[]), message(b'D', &[0, 0]), message(b'C', b"SELECT 1\0")];
    send(&mut server, &[set.concat(), error.clone(), ready.clone(), set.concat()].concat()).await;
    assert_eq!(received(&mut wire).await, [error, ready].concat());
    let (bound, done) = (message(b'2', &[]), message(b'C', b"SELECT 0\0"));
    let answer = [message(b'1', &[]), bound.clone(), row_description(20), done.clone(), message(b'Z', b"I")];
    send(&mut server, &answer.concat()).await;
    assert_eq!(received(&mut wire).await, [bound, done, message(b'Z', b"I")].concat());
}

/// A `COPY` goes as a query text, whose answers the driver gets as those to its Bind, Execute and Sync.
#[tokio::test]
async fn rows_follow_a_query_text() {
    const TEXT: &str = "COPY t (id) FROM STDIN (FORMAT binary)\0";
    for (is_own, before) in
        [(true, ""), (false, "SELECT pg_catalog.set_config('statement_timeout', '1000', true); ")]
    {
        let (mut wire, mut server, link) = opened().await;
        link.set_timeout(Duration::from_secs(1));
        link.set_served_directly();
        if is_own {
            link.set_own();
        }
        let parse = message(b'P', format!("s1\0{TEXT}\0\0").as_bytes());
        send(&mut wire, &[parse, about(b'D', "Ss1"), sync()].concat()).await;
        received(&mut server).await;
        let (ready, no_rows) = (message(b'Z', b"I"), message(b'n', &[]));
        let described = [message(b'1', &[]), message(b't', &[0, 0]), no_rows, ready.clone()].concat();
        send(&mut server, &described).await;
        assert_eq!(received(&mut wire).await, described);

        let (error, bound, starts) =
            (message(b'E', b"SERROR\0\0"), message(b'2', &[]), message(b'G', &[0; 3]));
        let set = [row_description(25), message(b'D', &[0, 0]), message(b'C', b"SELECT 1\0")].concat();
        let set = if is_own { Vec::new() } else { set };
        let copy = [bind("s1"), execute(), sync()].concat();
        let query = message(b'Q', format!("{before}{TEXT}").as_bytes());
        let rows = [message(b'd', &[7; 9]), message(b'c', &[]), sync()].concat();
        let copied = message(b'C', b"COPY 1\0");
        for answer in [[copied, ready.clone()].concat(), [error.clone(), ready.clone()].concat()] {
            send(&mut wire, &copy).await;
            assert_eq!(received(&mut server).await, query);
            assert!(link.is_waited_for());
            send(&mut server, &[set.clone(), starts.clone()].concat()).await;
            assert_eq!(received(&mut wire).await, [bound.clone(), starts.clone()].concat());
            assert!(!link.is_waited_for(), "the server waits for rows");
            send(&mut wire, &rows).await;
            assert_eq!(received(&mut server).await, rows);
            assert!(link.is_waited_for());
            send(&mut server, &[answer.clone(), ready.clone()].concat()).await;
            assert_eq!(received(&mut wire).await, answer, "without the answer to the second Sync");
            assert!(!link.is_waited_for());
        }
        // Refused before any row: the driver gives up, and sends a Sync all the same.
        send(&mut wire, &copy).await;
        send(&mut server, &[set, error.clone(), ready.clone()].concat()).await;
        assert_eq!(received(&mut wire).await, [error, ready.clone()].concat());
        send(&mut wire, &[message(b'f', b"\0"), sync(), sync()].concat()).await;
        send(&mut server, &[ready.clone(), ready.clone()].concat()).await;
        assert_eq!(received(&mut wire).await, ready, "the answer to the Sync of the next statement");
        assert!(!link.is_waited_for());
    }
}

/// A pooler that shares sessions would take the end of the query text for the end of the caller's turn.
#[tokio::test]
async fn behind_a_pooler_rows_follow_a_bound_statement() {
    const TEXT: &str = "COPY t (id) FROM STDIN (FORMAT binary)\0";
    let (mut wire, mut server, _link) = opened().await;
    let parse = |name: &str| message(b'P', format!("{name}\0{TEXT}\0\0").as_bytes());
    send(&mut wire, &[parse("s1"), about(b'D', "Ss1"), sync()].concat()).await;
    received(&mut server).await;
    let described =
        [message(b'1', &[]), message(b't', &[0, 0]), message(b'n', &[]), message(b'Z', b"I")].concat();
    send(&mut server, &described).await;
    received(&mut wire).await;
    send(&mut wire, &[bind("s1"), execute(), sync()].concat()).await;
    let sent = [parse(""), bind(""), about(b'D', "P"), execute(), sync()].concat();
    assert_eq!(received(&mut server).await, sent);
}

/// Of a COMMIT that did not commit, the driver tells nothing.
#[tokio::test]
async fn a_rollback_is_known_by_its_tag() {
    for is_own in [true, false] {
        let (mut wire, mut server, link) = opened().await;
        if is_own {
            link.set_own();
        }
        for (tag, is_rollback) in [("COMMIT", false), ("ROLLBACK", true), ("SELECT 1", false)] {
            send(&mut wire, &message(b'Q', b"COMMIT\0")).await;
            received(&mut server).await;
            let answer = [message(b'C', format!("{tag}\0").as_bytes()), message(b'Z', b"I")].concat();
            send(&mut server, &answer).await;
            assert_eq!(received(&mut wire).await, answer);
            assert_eq!(link.has_rolled_back(), is_rollback, "{tag}");
        }
    }
}

#[tokio::test]
async fn what_the_server_says_of_a_transaction_is_noted() {
    for is_own in [true, false] {
        let (mut wire, mut server, link) = opened().await;
        if is_own {
            link.set_own();
        }
        for (said, expected) in [(b"I", false), (b"T", true), (b"E", true), (b"I", false)] {
            // One byte at a time: the head of a message is not whole when its beginning is passed on.
            let answer = [message(b'C', b"SELECT 1\0"), message(b'Z', said)].concat();
            for byte in &answer {
                server.write_all(&[*byte]).await.expect("it is sent");
                tokio::task::yield_now().await;
                let mut passed = [0; 16];
                let read = wire.read(&mut passed);
                let _ = tokio::time::timeout(Duration::from_millis(1), read).await;
            }
            assert_eq!(link.is_in_transaction(), expected, "{}, {is_own}", said[0] as char);
        }
    }
}
