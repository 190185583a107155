//! Figures about a server's connections, for other modules: how many are open, and how many are in use.

use std::fmt;

use super::Server;
use crate::observe::ConnectionCounts;

impl Server {
    /// The server's host and port.
    pub fn host(&self) -> String {
        self.connector.host()
    }

    /// How many connections are in use, plus the callers that wait for one.
    pub fn busy(&self) -> usize {
        let state = self.state();
        state.open - state.idle.len() + state.queue.len()
    }

    /// How many connections there are, and how many callers wait for one.
    pub fn counts(&self) -> ConnectionCounts {
        let state = self.state();
        let (open, idle, waiting) = (state.open, state.idle.len(), state.queue.len());
        ConnectionCounts { most: self.settings.max_size, open, idle, waiting }
    }

    pub fn size(&self) -> usize {
        self.state().open
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Server")
            .field("alias", &self.alias)
            .field("open", &state.open)
            .field("idle", &state.idle.len())
            .field("waiting", &state.queue.len())
            .finish_non_exhaustive()
    }
}
