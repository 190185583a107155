//! A TCP proxy that holds back what passes, so that a server on this machine answers as one that is far away.
//!
//! Each direction of a connection has two threads: one reads and notes when what it read is due, the other waits until
//! then and writes it. Nothing overtakes, and however much is on its way, the next read does not wait for it: the
//! distance adds time, it does not limit how much passes. Threads, not tasks: a sleeping thread wakes within 0.1 ms,
//! tokio's timers tick once a millisecond, and the runtime under measurement has nothing to do with them.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

/// What is read at once, at most.
const CHUNK: usize = 64 * 1024;

/// Some bytes, and when they are to arrive; no bytes at the end.
type Due = (Instant, Box<[u8]>);

/// Listens on a port of its own and passes each connection on to `server`, each direction delayed by half a round trip.
/// It runs as long as the process.
///
/// # Errors
/// If no port can be had.
pub fn start(server: SocketAddr, round_trip: Duration) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    thread::Builder::new().name("proxy".to_owned()).spawn(move || {
        for client in listener.incoming().flatten() {
            // A client whose server cannot be reached sees its connection closed.
            let _ = connect(client, server, round_trip / 2);
        }
    })?;
    Ok(address)
}

fn connect(client: TcpStream, server: SocketAddr, delay: Duration) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    delayed(client.try_clone()?, server.try_clone()?, delay)?;
    delayed(server, client, delay)
}

/// Passes on what comes from one side to the other.
fn delayed(from: TcpStream, to: TcpStream, delay: Duration) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel();
    let thread = |name: &str| thread::Builder::new().name(name.to_owned()).stack_size(4 * CHUNK);
    thread("proxy reads").spawn(move || read(from, delay, &sender))?;
    thread("proxy writes").spawn(move || write(to, &receiver))?;
    Ok(())
}

fn read(mut from: TcpStream, delay: Duration, sender: &Sender<Due>) {
    let mut buffer = vec![0; CHUNK];
    loop {
        // A connection that breaks ends like one that is closed.
        let length = from.read(&mut buffer).unwrap_or(0);
        let sent = sender.send((Instant::now() + delay, buffer[..length].into()));
        if length == 0 || sent.is_err() {
            return;
        }
    }
}

/// Ends with the connection: what can no longer be written has nobody to read it.
fn write(mut to: TcpStream, receiver: &Receiver<Due>) {
    while let Ok((due, bytes)) = receiver.recv() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if bytes.is_empty() || to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends back what it gets, until there is no more.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut from = stream.unwrap();
                let mut to = from.try_clone().unwrap();
                thread::spawn(move || {
                    io::copy(&mut from, &mut to).unwrap();
                    to.shutdown(Shutdown::Write).unwrap();
                });
            }
        });
        address
    }

    #[test]
    fn a_message_and_its_answer_take_a_round_trip() {
        let round_trip = Duration::from_millis(20);
        let mut stream = TcpStream::connect(start(echo(), round_trip).unwrap()).unwrap();
        let mut answer = [0; 4];
        let took: Vec<Duration> = (0..5)
            .map(|_| {
                let start = Instant::now();
                stream.write_all(b"ping").unwrap();
                stream.read_exact(&mut answer).unwrap();
                start.elapsed()
            })
            .collect();
        assert_eq!(&answer, b"ping");
        assert!(took.iter().all(|took| *took >= round_trip), "{took:?}");
        let least = took.iter().min().unwrap();
        assert!(*least < round_trip + Duration::from_millis(10), "{took:?}");
    }

    #[test]
    fn much_arrives_in_order_and_does_not_take_a_round_trip_for_each_piece() {
        let round_trip = Duration::from_millis(40);
        let stream = TcpStream::connect(start(echo(), round_trip).unwrap()).unwrap();
        let sent: Vec<u8> = (0..20_000_000_u32).map(|n| (n / 251 % 256) as u8).collect();
        let start = Instant::now();
        let mut to = stream.try_clone().unwrap();
        let writer = thread::spawn(move || {
            to.write_all(&sent).unwrap();
            to.shutdown(Shutdown::Write).unwrap();
            sent
        });
        let mut received = Vec::new();
        (&stream).read_to_end(&mut received).unwrap();
        assert!(writer.join().unwrap() == received, "{} bytes came back, or others", received.len());
        // 306 pieces, were each to wait for the one before: 12 s.
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    }
}
