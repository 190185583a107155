//! How far a command goes, and how it ended.

use std::process::ExitCode;

/// How far to go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// Everything short of writing.
    Check,
    /// Compare with what is there.
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
    /// As the command that it ran ended.
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
