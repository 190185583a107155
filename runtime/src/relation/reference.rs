//! References: IDs that lead into another database, where no foreign key can check them.

use super::{Optional, Relation, RelationKey, Shape};
use crate::model::{Model, sealed};

/// At most one row, of another database, where no foreign key makes sure that it exists. Loaded as `Option<T>`, or by
/// [`required`](Relation::required) as `T`.
#[derive(Debug)]
pub enum Referenced {}

/// Exactly one row, and an error where it is missing. Loaded as `T`.
#[derive(Debug)]
pub enum Required {}

/// A reference into another database.
pub type Reference<M, T, K> = Relation<M, T, K, Referenced>;

impl<M, T: Model, K: RelationKey> Reference<M, T, K> {
    /// The same reference, loaded as `T` itself: a row whose ID is NULL, or is the ID of no row, is
    /// [`Error::Dangling`](crate::Error::Dangling).
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
    pub const fn required(self) -> Relation<M, T, K, Required> {
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
    const IS_REFERENCE: bool = true;

    type Filtered = Optional;
    type Of<R: Clone + Send> = R;
    type Found<R: Clone + Send> = Option<R>;

    fn value<R: Clone + Send>(found: Option<R>) -> Option<R> {
        found
    }
}

#[cfg(not(feature = "cache"))]
impl<M, T, K> Reference<M, T, K> {
    /// The same, with a cache: needs the feature `cache`.
    #[must_use]
    pub const fn cached(self, _: super::CacheSettings) -> Self
    where
        Self: HasCache,
    {
        self
    }
}

/// Whether references can have a cache.
#[cfg(not(feature = "cache"))]
#[diagnostic::on_unimplemented(
    message = "`ormgen-runtime` is built without its feature `cache`",
    label = "the manifest gives this reference a cache",
    note = "in Cargo.toml: `ormgen-runtime = {{ …, features = [\"cache\"] }}`; or remove `cache` from the reference"
)]
pub trait HasCache {}
