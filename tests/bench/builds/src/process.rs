//! Child processes, measured.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use wait4::Wait4;

use crate::Result;

/// What a process and those that it started took.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// On the clock.
    pub wall: Duration,
    /// Of all processors.
    pub processor: Duration,
    /// The most memory that one of the processes held, in bytes.
    pub memory: u64,
}

impl Usage {
    /// One process after the other.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        Self {
            wall: self.wall + next.wall,
            processor: self.processor + next.processor,
            memory: self.memory.max(next.memory),
        }
    }
}

/// Runs a command to its end; what it prints is dropped, but its errors are shown.
///
/// # Errors
/// If it cannot be started or fails.
pub fn run(command: &mut Command) -> Result<Usage> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    // The resources of a process that was waited for include those of the processes that it waited for
    // (getrusage(2)).
    let ended = child.wait4()?;
    let wall = start.elapsed();
    if !ended.status.success() {
        return Err(format!("{command:?} failed: {}", ended.status).into());
    }
    let used = ended.rusage;
    Ok(Usage { wall, processor: used.utime + used.stime, memory: used.maxrss })
}

/// What a command prints.
///
/// # Errors
/// If it cannot be started or fails.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
