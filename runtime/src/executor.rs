//! What a query runs on: a set of databases, one pool, one connection, one transaction.
//!
//! Executors and models are both typed by their database: this alone decides which pool a query runs on.

use std::sync::Arc;

use crate::{
    error::{Error, Result},
    model::Database,
    pool::{Connection, Exclusive, GroupCommit, Pool, Primary, ReadOnly, Target},
    sql::Intent,
};

/// Something that can run queries on database `D`: the `Databases`, a `Pool<D>`, a `Connection<D>`, a
/// `Transaction<D>`, or a reference to one of these. Queries usually take a reference.
///
/// The generated code implements the trait for `Databases`, once per database. No other code needs to implement it.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Executor, Result};
///
/// /// Runs on `&dbs`, on `&dbs.crm`, on a transaction begun there, on `dbs.crm.read_only()`.
/// async fn regulars(executor: impl Executor<Crm>) -> Result<Vec<Customer>> {
///     Customer::query().filter(Customer::VISITS.gte(10)).all(executor).await
/// }
///
/// /// The same without a copy of the function for each executor.
/// async fn regulars_on(executor: &dyn Executor<Crm>) -> Result<Vec<Customer>> {
///     regulars(executor).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not reach the database `{D}`",
    label = "the model lives in `{D}`, which this executor does not serve",
    note = "a model runs on `&dbs`, on a pool of its own database, or on a transaction begun on that pool",
    note = "no transaction spans two databases: begin one on each",
    note = "a reference is loaded on `&dbs`, which reaches both of its databases; to read through another pool there, give it in \
            place of its database's own: `&Databases {{ crm: dbs.crm_eu.clone(), ..dbs.clone() }}`"
)]
pub trait Executor<D: Database>: Send + Sync {
    /// The pool or connection that statements are sent to.
    #[doc(hidden)]
    fn target(&self) -> Target<'_>;

    /// The target of a statement. A transaction that is given away and not lent ends with the statement, and is rolled
    /// back: what changes or locks rows is refused on it. (References drop nothing.)
    #[doc(hidden)]
    fn target_for(&self, intent: Intent) -> Result<Target<'_>>
    where
        Self: Sized,
    {
        match self.target() {
            target @ Target::Transaction(_) if intent == Intent::Write && std::mem::needs_drop::<Self>() => {
                Err(Error::InvalidQuery { connection: Arc::clone(target.alias()), why: GIVEN_AWAY })
            }
            target => Ok(target),
        }
    }
}

const GIVEN_AWAY: &str = "the transaction itself was passed to a statement that changes or locks rows, and would be rolled \
                          back when that statement has run: pass a reference, `&tx`, and commit the transaction";

/// A pointer to an executor is an executor: `&dbs`, an `Arc<Databases>`, a `Box<dyn Executor<Crm>>`, and references
/// to these.
macro_rules! pointers {
    ($($pointer:ty),+) => {
        $(
            impl<D: Database, E: Executor<D> + ?Sized> Executor<D> for $pointer {
                fn target(&self) -> Target<'_> {
                    (**self).target()
                }
            }

            impl<D: Database, E: Writer<D> + ?Sized> Writer<D> for $pointer {}
        )+
    };
}

pointers!(&E, &mut E, Arc<E>, Box<E>);

/// An executor that may also change rows.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{prelude::*};
/// use ormgen_runtime::{Result, Writer};
///
/// /// Two statements take the executor by reference.
/// async fn welcome(name: &str, executor: impl Writer<Crm>) -> Result<Customer> {
///     let customer = Customer::insert(NewCustomer { name: name.into() }).one(&executor).await?;
///     customer.update().set(Customer::VISITS, 1).one(&executor).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot write to the database `{D}`",
    label = "this executor does not serve `{D}`, or only reads from it",
    note = "a write runs on `&dbs`, on a pool of the model's own database, or on a transaction begun on that pool"
)]
pub trait Writer<D: Database>: Executor<D> {}

impl<D: Database> Executor<D> for Pool<D> {
    fn target(&self) -> Target<'_> {
        Target::Pool(self.shared())
    }
}

impl<D: Database> Writer<D> for Pool<D> {}

impl<D: Database> Executor<D> for Connection<D> {
    fn target(&self) -> Target<'_> {
        Target::Connection(self.session())
    }
}

impl<D: Database> Writer<D> for Connection<D> {}

impl<D: Database> Executor<D> for Primary<'_, D> {
    fn target(&self) -> Target<'_> {
        Target::Primary(self.pool().shared())
    }
}

impl<D: Database> Writer<D> for Primary<'_, D> {}

impl<D: Database> Executor<D> for Exclusive<'_, D> {
    fn target(&self) -> Target<'_> {
        Target::Exclusive(self.pool().shared())
    }
}

impl<D: Database> Writer<D> for Exclusive<'_, D> {}

impl<D: Database> Executor<D> for GroupCommit<'_, D> {
    fn target(&self) -> Target<'_> {
        Target::GroupCommit(self.pool().shared())
    }
}

impl<D: Database> Writer<D> for GroupCommit<'_, D> {}

impl<D: Database> Executor<D> for ReadOnly<'_, D> {
    fn target(&self) -> Target<'_> {
        ReadOnly::target(self)
    }
}

/// An executor for reads that belong to a write, or that must see all earlier writes: it sends them to the primary,
/// unless the program explicitly asked for a replica.
pub(crate) struct AtPrimary<E>(pub E);

impl<D: Database, E: Executor<D>> Executor<D> for AtPrimary<E> {
    fn target(&self) -> Target<'_> {
        self.0.target().at_primary()
    }
}
