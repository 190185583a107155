//! Notes the tables that a statement wrote to, so that the caches of references forget these tables' rows.

use crate::{
    pool::{Session, Shared, Target},
    sql::{Intent, Statement, changes},
};

/// Notes a write when its statement ends, also when it fails: a failed statement may have taken effect.
pub(crate) struct Noting<'a> {
    at: At<'a>,
    /// The table's model; `None` where the statement may have written to any table.
    model: Option<&'static str>,
    /// The models of the other tables that the statement wrote to.
    others: Vec<&'static str>,
}

enum At<'a> {
    Pool(&'a Shared),
    Connection(&'a Session),
    Transaction(&'a Session),
}

impl<'a> Noting<'a> {
    pub fn new(target: &Target<'a>, statement: &Statement<'_>) -> Option<Self> {
        // SQL of the program's own that counts as a read changes rows where its text says so.
        if statement.intent == Intent::Read && (!statement.is_free || changes(&statement.sql).is_none()) {
            return None;
        }
        let at = match *target {
            Target::Pool(pool)
            | Target::Primary(pool)
            | Target::Exclusive(pool)
            | Target::GroupCommit(pool)
            | Target::ReadOnly(pool, _) => At::Pool(pool),
            Target::Connection(session) => At::Connection(session),
            Target::Transaction(session) => At::Transaction(session),
        };
        let model = (!statement.is_free).then_some(statement.model);
        Some(Self { at, model, others: statement.also_changed.clone() })
    }

    /// Notes a write to the model's table; `None` is any table.
    fn note(&self, model: Option<&'static str>) {
        match (&self.at, model) {
            (At::Pool(pool), Some(model)) => pool.caches().written(model),
            (At::Pool(pool), None) => pool.caches().all_written(),
            (At::Connection(session) | At::Transaction(session), model) => session.written().note(model),
        }
    }
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        self.note(self.model);
        for other in &self.others {
            self.note(Some(other));
        }
        // Until the commit of a transaction other sessions still read the old rows.
        if let At::Connection(session) = self.at {
            session.written().tell();
        }
    }
}
