//! Signals that ask a process to end, held back while files are written: Ctrl-C leaves neither staged files nor half of
//! a build.

use std::time::Duration;

use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

/// Holds signals back from its creation on.
pub(super) struct Hold {
    runtime: Runtime,
    interrupt: Signal,
    terminate: Signal,
}

impl Hold {
    /// None if the system does not let signals be caught: then they end the process at once, as usual.
    pub fn start() -> Option<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().ok()?;
        let (interrupt, terminate) = {
            let _inside = runtime.enter();
            (signal(SignalKind::interrupt()).ok()?, signal(SignalKind::terminate()).ok()?)
        };
        Some(Self { runtime, interrupt, terminate })
    }

    /// The exit status of a process that one of the signals would have ended.
    pub fn came(self) -> Option<u8> {
        let Self { runtime, mut interrupt, mut terminate } = self;
        runtime.block_on(async {
            let signals = async {
                tokio::select! {
                    _ = interrupt.recv() => 130,
                    _ = terminate.recv() => 143,
                }
            };
            tokio::time::timeout(Duration::from_millis(1), signals).await.ok()
        })
    }
}
