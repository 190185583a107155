//! Several statements that take effect together or not at all.

use super::{
    run::Each,
    write::{self, Returned},
};
use crate::{
    error::Result,
    pool::{Session, Target},
    sql::{Intent, Statement},
};

/// Runs all statements on one session, so that all take effect or none, and counts their rows.
pub(super) async fn run(
    target: Target<'_>,
    statements: &[Statement<'_>],
    returned: Returned<'_>,
    each: Each<'_>,
) -> Result<u64> {
    let session = target.hold(Intent::Write).await?;
    let atomic = Atomic::begin(&target, &session, statements.len()).await?;
    // A single statement is a transaction by itself.
    let is_apart = atomic.session.is_none() && !matches!(target, Target::Transaction(_));
    let target = if is_apart { Target::Connection(&session) } else { Target::Transaction(&session) };
    let mut count = 0;
    for statement in statements {
        count += write::change(target, statement, returned, each).await?;
    }
    atomic.commit().await?;
    Ok(count)
}

/// A transaction where one is needed: none inside a transaction of the caller's, which undoes all of it by itself.
pub(super) struct Atomic<'s> {
    session: Option<&'s Session>,
}

impl<'s> Atomic<'s> {
    pub(super) async fn begin(target: &Target<'_>, session: &'s Session, statements: usize) -> Result<Self> {
        if statements < 2 || matches!(target, Target::Transaction(_)) {
            return Ok(Self { session: None });
        }
        // On a `connection()` the caller's own SQL may have begun a transaction, which is the caller's to end.
        if session.may_be_in_transaction().await? {
            return Ok(Self { session: None });
        }
        let atomic = Self { session: Some(session) };
        session.batch("BEGIN").await?;
        Ok(atomic)
    }

    /// Whether it is a transaction of its own.
    pub(super) fn is_begun(&self) -> bool {
        self.session.is_some()
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        if let Some(session) = self.session {
            // If the connection is lost here, the COMMIT may have been carried out.
            if let Err(error) = session.batch("COMMIT").await {
                return Err(session.as_told(error.of_write(), true).await);
            }
            self.session = None;
            session.check_standbys()?;
        }
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
