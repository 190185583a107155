//! How many rows a relation leads to, and as which type they are loaded.

use crate::model::{Sealed, sealed};

/// Exactly one row: a foreign key that is never NULL. Loaded as `T`.
#[derive(Debug)]
pub enum One {}

/// At most one row: a foreign key that may be NULL, a reference, or the other end of a unique foreign key. Loaded as
/// `Option<T>`.
#[derive(Debug)]
pub enum Optional {}

/// Any number of rows: the other end of a foreign key. Loaded as `Vec<T>`.
#[derive(Debug)]
pub enum Many {}

/// How many rows a relation leads to: [`One`], [`Optional`] or [`Many`].
pub trait Shape: Sealed + Send + Sync + 'static {
    /// The shape of the relation once a filter may leave out rows.
    type Filtered: Shape;
    /// The type of what is loaded for one row.
    type Of<R: Clone + Send>: Clone + Send;
    /// The collection of the rows with one key.
    #[doc(hidden)]
    type Found<R: Clone + Send>: Collect<R> + Clone + Default + Send;

    /// What is loaded for a row, from the rows found; `None` where a row that must exist is missing.
    #[doc(hidden)]
    fn value<R: Clone + Send>(found: Self::Found<R>) -> Option<Self::Of<R>>;
}

/// Collects the rows with one key, one by one.
pub trait Collect<R> {
    #[doc(hidden)]
    fn put(&mut self, row: R);
}

impl<R> Collect<R> for Option<R> {
    fn put(&mut self, row: R) {
        *self = Some(row);
    }
}

impl<R> Collect<R> for Vec<R> {
    fn put(&mut self, row: R) {
        self.push(row);
    }
}

sealed!(One, Optional, Many);

impl Shape for One {
    type Filtered = Optional;
    type Of<R: Clone + Send> = R;
    type Found<R: Clone + Send> = Option<R>;

    fn value<R: Clone + Send>(found: Option<R>) -> Option<R> {
        found
    }
}

impl Shape for Optional {
    type Filtered = Self;
    type Of<R: Clone + Send> = Option<R>;
    type Found<R: Clone + Send> = Option<R>;

    fn value<R: Clone + Send>(found: Option<R>) -> Option<Option<R>> {
        Some(found)
    }
}

impl Shape for Many {
    type Filtered = Self;
    type Of<R: Clone + Send> = Vec<R>;
    type Found<R: Clone + Send> = Vec<R>;

    fn value<R: Clone + Send>(found: Vec<R>) -> Option<Vec<R>> {
        Some(found)
    }
}

/// A [`Shape`] of several rows, which can be sorted and limited.
#[diagnostic::on_unimplemented(
    message = "a relation to one row has no order and no limit",
    label = "there is at most one row here"
)]
pub trait Several: Shape {}

impl Several for Many {}
