//! Notes the tables that a statement wrote to, so that the caches of references forget these tables' rows.

use crate::{
    pool::{Session, Shared, Target},
    sql::{Intent, Statement},
};

/// Notes a write when its statement ends, also when it fails: a failed statement may have taken effect.
pub(crate) struct Noting<'a> {
    at: At<'a>,
    /// The table's model; `None` where the statement may have written to any table.
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
            // Until the commit other sessions still read the old rows.
            At::Transaction(session) => session.written().note(self.model),
        }
    }
}
