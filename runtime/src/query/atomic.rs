//! Several statements that stand or fall together.

use super::{
    run::Each,
    write::{self, Returned},
};
use crate::{
    error::Result,
    pool::{Session, Target},
    sql::{Intent, Statement},
};

/// Runs them all or none, on one session, and counts their rows.
pub(super) async fn run(
    target: Target<'_>,
    statements: &[Statement<'_>],
    returned: Returned<'_>,
    each: Each<'_>,
) -> Result<u64> {
    let session = target.hold(Intent::Write).await?;
    let atomic = Atomic::begin(&target, &session, statements.len()).await?;
    // One statement alone is a transaction by itself.
    let is_apart = atomic.session.is_none() && !matches!(target, Target::Transaction(_));
    let target = if is_apart { Target::Connection(&session) } else { Target::Transaction(&session) };
    let mut count = 0;
    for statement in statements {
        count += write::change(target, statement, returned, each).await?;
    }
    atomic.commit().await?;
    Ok(count)
}

/// A transaction where one is needed: one of the caller's sees to all of it by itself.
struct Atomic<'s> {
    session: Option<&'s Session>,
}

impl<'s> Atomic<'s> {
    async fn begin(target: &Target<'_>, session: &'s Session, statements: usize) -> Result<Self> {
        if statements < 2 || matches!(target, Target::Transaction(_)) {
            return Ok(Self { session: None });
        }
        let atomic = Self { session: Some(session) };
        session.batch("BEGIN").await?;
        Ok(atomic)
    }

    async fn commit(mut self) -> Result<()> {
        if let Some(session) = self.session {
            session.batch("COMMIT").await?;
        }
        self.session = None;
        Ok(())
    }
}

impl Drop for Atomic<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session {
            session.roll_back();
        }
    }
}
