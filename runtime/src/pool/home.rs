//! Which runtime of tokio's a connection's task needs.
//!
//! The tasks of a runtime with threads of its own run whatever its callers do. Those of a current-thread runtime
//! (`#[tokio::test]`) run only while a thread is in its `block_on`: callers of another runtime would wait for an answer without
//! end (`a_runtime_that_nobody_drives_holds_up_no_other`).

use tokio::runtime::{Handle, Id, RuntimeFlavor};

use super::session::Session;

/// The runtime whose callers alone can rely on it; none if all can.
pub(super) type Home = Option<Id>;

fn home_of(runtime: &Handle) -> Home {
    (runtime.runtime_flavor() == RuntimeFlavor::CurrentThread).then(|| runtime.id())
}

/// The home of the runtime that this is called in.
pub(super) fn here() -> Home {
    Handle::try_current().ok().as_ref().and_then(home_of)
}

impl Session {
    pub(super) fn home(&self) -> Home {
        home_of(self.runtime())
    }

    /// Whether the connection is driven for as long as this caller waits for an answer.
    pub(super) fn is_driven_here(&self) -> bool {
        let home = self.home();
        home.is_none() || home == here()
    }
}
