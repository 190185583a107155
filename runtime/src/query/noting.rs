//! Notes which tables a statement wrote to, so that references forget the rows that they keep of them.

use crate::{
    pool::{Session, Shared, Target},
    sql::{Intent, Statement},
};

/// Notes a write when its statement is over, however it ended: one that failed may have taken effect.
pub(crate) struct Noting<'a> {
    at: At<'a>,
    /// None where any table may have been written to.
    model: Option<&'static str>,
}

enum At<'a> {
    Pool(&'a Shared),
    Connection(&'a Session),
    Transaction(&'a Session),
}

impl<'a> Noting<'a> {
    pub fn new(target: &Target<'a>, statement: &Statement<'_>) -> Option<Self> {
        let at = match (statement.intent, *target) {
            (Intent::Read, _) => return None,
            (
                Intent::Write,
                Target::Pool(pool)
                | Target::Primary(pool)
                | Target::Exclusive(pool)
                | Target::GroupCommit(pool)
                | Target::ReadOnly(pool, _),
            ) => At::Pool(pool),
            (Intent::Write, Target::Connection(session)) => At::Connection(session),
            (Intent::Write, Target::Transaction(session)) => At::Transaction(session),
        };
        Some(Self { at, model: (!statement.is_free).then_some(statement.model) })
    }
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        match self.at {
            At::Pool(pool) => match self.model {
                Some(model) => pool.caches().written(model),
                None => pool.caches().all_written(),
            },
            At::Connection(session) => {
                session.written().note(self.model);
                session.written().tell();
            }
            // Until it is committed others go on reading what was there before.
            At::Transaction(session) => session.written().note(self.model),
        }
    }
}
