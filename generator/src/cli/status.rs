//! The goal of a command, and its result.

use std::process::ExitCode;

/// The goal of a run: whether it writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// Everything short of writing.
    Check,
    /// Compare the output with the existing files.
    Compare,
    /// Write.
    Write,
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Done,
    Wrong,
    Usage,
    /// The exit status of the command that it ran.
    #[cfg(all(unix, feature = "live"))]
    Of(u8),
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Wrong => 1,
            Status::Usage => 2,
            #[cfg(all(unix, feature = "live"))]
            Status::Of(code) => code,
        })
    }
}
