//! References: IDs of rows in another database, which no foreign key can check.

use super::{Optional, Relation, RelationKey, Shape};
use crate::model::{Model, sealed};

/// The shape of a reference: at most one row, of another database, where no foreign key makes sure that it exists. It
/// is loaded as `Option<T>`, or by [`required`](Relation::required) as `T`.
#[derive(Debug)]
pub enum Referenced {}

/// The shape of a reference, or of a relation to at most one row, whose row must exist: it is loaded as `T`, and a
/// missing row is an error.
#[derive(Debug)]
pub enum Required {}

/// A shape of at most one row, which may be missing.
#[diagnostic::on_unimplemented(
    message = "`required` is for a relation whose one row may be missing",
    label = "this relation leads to `{Self}`",
    note = "a foreign key that is never NULL leads to one row as it is: `.with(Item::ORDER)` gives an `(Item, Order)`",
    note = "a relation to many rows gives a `Vec` of them"
)]
pub trait MayBeMissing: Shape {}

impl MayBeMissing for Referenced {}
impl MayBeMissing for Optional {}

/// A reference into another database.
pub type Reference<M, T, K> = Relation<M, T, K, Referenced>;

impl<M, T: Model, K: RelationKey, S> Relation<M, T, K, S> {
    /// The same reference, or the same relation to at most one row, loaded as `T` itself:
    /// [`Error::Dangling`](crate::Error::Dangling) if an ID is NULL, or no row has it.
    ///
    /// ```
    /// # mod db { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/guide.rs")); }
    /// # use db::{Databases, crm::Customer, orders::Order};
    /// # use ormgen_runtime::{Result, prelude::*};
    /// # async fn example(dbs: Databases) -> Result<()> {
    /// let orders: Vec<(Order, Customer)> = Order::query().with(Order::CUSTOMER.required()).all(&dbs).await?;
    /// # let _ = orders;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub const fn required(self) -> Relation<M, T, K, Required>
    where
        S: MayBeMissing,
    {
        self.shaped()
    }
}

sealed!(Referenced, Required);

impl Shape for Referenced {
    type Filtered = Optional;
    type Of<R: Clone + Send> = Option<R>;
    type Found<R: Clone + Send> = Option<R>;

    fn value<R: Clone + Send>(found: Option<R>) -> Option<Option<R>> {
        Some(found)
    }
}

impl Shape for Required {
    type Filtered = Optional;
    type Of<R: Clone + Send> = R;
    type Found<R: Clone + Send> = Option<R>;

    fn value<R: Clone + Send>(found: Option<R>) -> Option<R> {
        found
    }
}

#[cfg(not(feature = "cache"))]
impl<M, T, K> Reference<M, T, K> {
    /// The same reference with a cache; this needs the feature `cache`.
    #[must_use]
    pub const fn cached(self, _: super::CacheSettings) -> Self
    where
        Self: HasCache,
    {
        self
    }
}

/// A bound that nothing meets: without the feature `cache`, a reference with a cache does not compile.
#[cfg(not(feature = "cache"))]
#[diagnostic::on_unimplemented(
    message = "`ormgen-runtime` is built without its feature `cache`",
    label = "the manifest gives this reference a cache",
    note = "in Cargo.toml: `ormgen-runtime = {{ …, features = [\"cache\"] }}`; or remove `cache` from the reference"
)]
pub trait HasCache {}
