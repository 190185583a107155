//! NULL as a value to store.

use super::{Assign, SqlValue};
use crate::{model::Nullable, sql::Parts};

/// NULL, for a column that may be NULL: `.set(Customer::CITY, NULL)`.
///
/// A bare `None` does not say of which type it is: a text column takes `&str` and `String`, `None` could be an option of
/// either. Compare with `is_null()`, as nothing equals NULL.
///
/// ```
/// # mod shop { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/shop.rs")); }
/// # use shop::*;
/// # use ormgen_runtime::{Result, prelude::*};
/// async fn forget_city(id: i64, dbs: &Databases) -> Result<u64> {
///     Customer::find(id).update().set(Customer::CITY, NULL).execute(dbs).await
/// }
/// ```
pub const NULL: Null = Null;

/// The type of [`NULL`].
#[derive(Clone, Copy, Debug)]
pub struct Null;

impl<M, T: SqlValue> Assign<M, T, Nullable> for Null {
    fn into_assigned(self) -> Parts {
        Parts::value(None::<T>)
    }
}
