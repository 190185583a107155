//! Child processes, measured, and stopped where they take too long.

use std::{
    fs,
    io::{self, Read, Seek},
    os::unix::{net::UnixStream, process::CommandExt},
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
    process::{
        Pid, PidfdFlags, Resource, Rlimit, Signal, getrlimit, kill_process_group, pidfd_open, setrlimit,
    },
    system::sysinfo,
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    low_level::pipe,
};
use wait4::Wait4;

use crate::Result;

/// How long a measured process may take: some compile 500 tables for hours.
pub const LIMIT: Duration = Duration::from_secs(300);

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

/// How a process ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// Well.
    InTime(Usage),
    /// It was stopped at the limit.
    Stopped,
    /// It failed, and said this.
    Failed(String),
}

/// Runs a command to its end or until the [`LIMIT`]; what it prints is dropped.
///
/// # Errors
/// If it cannot be started, or this program is interrupted.
pub fn measure(command: &mut Command) -> Result<Ended> {
    within(Some(LIMIT), command)
}

/// Runs a command to its end, however long that takes.
///
/// # Errors
/// If it cannot be started or fails.
pub fn run(command: &mut Command) -> Result<Usage> {
    match within(None, command)? {
        Ended::InTime(usage) => Ok(usage),
        Ended::Stopped => Err(format!("{command:?} was stopped").into()),
        Ended::Failed(message) => Err(message.into()),
    }
}

fn within(limit: Option<Duration>, command: &mut Command) -> Result<Ended> {
    let mut errors = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors.try_clone()?);
    forget_peak_memory();
    let start = Instant::now();
    // In a group of its own: stopping a process must stop those that it started, too, such as Cargo's compilers.
    let mut child = command.process_group(0).spawn()?;
    let waited = wait(limit, &child);
    if !matches!(waited, Ok(Waited::Ended)) {
        kill_process_group(Pid::from_child(&child), Signal::KILL)?;
    }
    // The resources of a process that was waited for include those of the processes that it waited for
    // (getrusage(2)).
    let ended = child.wait4()?;
    let wall = start.elapsed();
    match waited? {
        Waited::Interrupted => return Err("interrupted".into()),
        Waited::TooLong => return Ok(Ended::Stopped),
        Waited::Ended => {}
    }
    if !ended.status.success() {
        let mut said = Vec::new();
        errors.rewind()?;
        errors.read_to_end(&mut said)?;
        let said = String::from_utf8_lossy(&said);
        return Ok(Ended::Failed(format!("{command:?} failed: {}\n{said}", ended.status)));
    }
    let used = ended.rusage;
    Ok(Ended::InTime(Usage { wall, processor: used.utime + used.stime, memory: used.maxrss }))
}

/// The most memory that a process held is counted from what its parent held at most when it started it (execve(2)):
/// let that be what the parent holds now. Where that cannot be done, small processes seem larger.
fn forget_peak_memory() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// Lets no process that is started from now on have more than three quarters of the machine's memory: one that wants
/// more fails by itself, before the system ends another in its stead.
///
/// # Errors
/// Where the system forbids it.
pub fn limit_memory() -> Result<()> {
    let machine = sysinfo();
    let most = machine.totalram * u64::from(machine.mem_unit) / 4 * 3;
    let known = getrlimit(Resource::Data);
    let current = known.current.map_or(most, |known| known.min(most));
    Ok(setrlimit(Resource::Data, Rlimit { current: Some(current), ..known })?)
}

/// What came first.
#[derive(Clone, Copy)]
enum Waited {
    Ended,
    TooLong,
    Interrupted,
}

/// Leaves the process to be waited for again.
fn wait(limit: Option<Duration>, child: &Child) -> Result<Waited> {
    let process = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    let interrupts = INTERRUPTS.as_ref().map_err(ToString::to_string)?;
    let mut events = [PollFd::new(&process, PollFlags::IN), PollFd::new(interrupts, PollFlags::IN)];
    let limit = limit.map(Timespec::try_from).transpose()?;
    let count = retry_on_intr(|| poll(&mut events, limit.as_ref()))?;
    Ok(match events {
        _ if count == 0 => Waited::TooLong,
        [process, _] if !process.revents().is_empty() => Waited::Ended,
        _ => Waited::Interrupted,
    })
}

/// Has something to read once this program is to end. The terminal tells no other group of processes.
static INTERRUPTS: LazyLock<io::Result<UnixStream>> = LazyLock::new(|| {
    let (told, teller) = UnixStream::pair()?;
    for signal in [SIGINT, SIGTERM] {
        pipe::register(signal, teller.try_clone()?)?;
    }
    Ok(told)
});

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

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_process_that_takes_too_long_is_stopped_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let late = folder.path().join("late");
        let mut command = shell("(sleep 1; touch \"$LATE\") & wait");
        let ended = within(Some(Duration::from_millis(100)), command.env("LATE", &late)).unwrap();
        assert!(matches!(ended, Ended::Stopped));
        std::thread::sleep(Duration::from_millis(1200));
        assert!(!late.exists());
    }

    #[test]
    fn a_process_that_ends_is_measured() {
        let ended = measure(&mut shell("sleep 0.1")).unwrap();
        assert!(matches!(ended, Ended::InTime(usage) if usage.wall >= Duration::from_millis(100)));
    }

    #[test]
    fn memory_is_not_that_of_the_parent() {
        let large = std::hint::black_box(vec![1_u8; 64 << 20]);
        drop(large);
        let ended = measure(&mut Command::new("true")).unwrap();
        assert!(matches!(ended, Ended::InTime(usage) if usage.memory < 32 << 20), "{ended:?}");
    }

    #[test]
    fn a_failure_says_what_the_process_said() {
        let error = run(&mut shell("echo no such luck >&2; exit 3")).unwrap_err();
        assert!(error.to_string().contains("no such luck"), "{error}");
    }
}
