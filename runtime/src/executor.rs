//! What a query runs on: a set of databases, one pool, one connection, one transaction.
//!
//! An executor is typed by the database it serves, and so is a model: that is the whole of the routing.

use crate::Database;

pub use crate::pool::Target;

/// Something that can run queries on database `D`: the `Databases`, a `Pool<D>`, a `Connection<D>`, a
/// `Transaction<D>`, or a reference to one, which is how a query takes it.
///
/// The generated code implements it for `Databases`, once per database. Nothing else needs to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not reach the database `{D}`",
    label = "the model lives in `{D}`, which this executor does not serve",
    note = "a model runs on `&dbs`, on a pool of its own database, or on a transaction begun on that pool",
    note = "no transaction spans two databases: begin one on each",
    note = "a reference is loaded on `&dbs`, which reaches both of its databases"
)]
pub trait Executor<D: Database>: Send + Sync {
    /// Where the query goes.
    #[doc(hidden)]
    fn target(&self) -> Target<'_>;
}

impl<D: Database, E: Executor<D>> Executor<D> for &E {
    fn target(&self) -> Target<'_> {
        (**self).target()
    }
}

/// An executor that may also change rows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot write to the database `{D}`",
    label = "this executor does not serve `{D}`, or only reads from it",
    note = "a write runs on `&dbs`, on a pool of the model's own database, or on a transaction begun on that pool"
)]
pub trait Writer<D: Database>: Executor<D> {}

impl<D: Database, E: Writer<D>> Writer<D> for &E {}

/// What a statement does to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Intent {
    Read,
    Write,
}
