//! A line on the terminal while a run takes longer than a second, gone when it ends.

use std::{
    io::{self, Write},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::output::Output;

/// Shows that a run is in progress, until it is dropped.
pub(super) struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    pub fn start(output: &Output, what: &str) -> Self {
        if !output.is_watched() {
            return Self(None);
        }
        let (end, ended) = mpsc::channel();
        let what = what.to_owned();
        let watcher = thread::spawn(move || {
            let start = Instant::now();
            while ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                let _ = write!(io::stderr(), "\r{what}: {} s", start.elapsed().as_secs());
            }
            if start.elapsed() >= Duration::from_secs(1) {
                // Back to the line's start, and clear it.
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
        });
        Self(Some((end, watcher)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, watcher)) = self.0.take() {
            drop(end);
            let _ = watcher.join();
        }
    }
}
