//! What is measured in a process of its own: memory and allocations.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    peers::{Result, Urls},
    work::Work,
};

/// What a child process is to do: `PEER WORK SIZE BLOG ACCOUNTS`.
pub struct Job {
    /// Who.
    pub peer: String,
    /// What.
    pub work: Work,
    /// Where.
    pub urls: Urls,
}

impl Job {
    /// From a command line.
    ///
    /// # Errors
    /// If it is none of a job.
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut next = || args.next().ok_or("expected PEER WORK SIZE BLOG ACCOUNTS");
        let (peer, work, size) = (next()?, next()?, next()?);
        let work = Work::parse(&work, size.parse()?).ok_or("no such work")?;
        Ok(Self { peer, work, urls: Urls { blog: next()?, accounts: next()? } })
    }

    /// Runs it in a process, which prints one number.
    ///
    /// # Errors
    /// If it does not.
    pub fn run(&self, program: &Path, first: &[&str]) -> Result<f64> {
        let (work, size) = self.work.words();
        let output = Command::new(program)
            .args(first)
            .args([&self.peer, work, &size.to_string(), &self.urls.blog, &self.urls.accounts])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("{} failed: {}", program.display(), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }
}

/// The most memory that this process ever held, in MiB.
///
/// # Errors
/// Where the kernel does not tell.
pub fn peak_memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak in the status")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}
