//! How many rows a relation leads to, and what they are loaded as.

/// Exactly one row: a foreign key that is never NULL. Loaded as `T`.
#[derive(Debug)]
pub enum One {}

/// At most one row: a foreign key that may be NULL, a reference, a unique foreign key's other end. Loaded as
/// `Option<T>`.
#[derive(Debug)]
pub enum Optional {}

/// Any number of rows: a foreign key's other end. Loaded as `Vec<T>`.
#[derive(Debug)]
pub enum Many {}

/// How many rows a relation leads to: [`One`], [`Optional`] or [`Many`].
pub trait Shape: Send + Sync + 'static {
    /// Whether what is missing is missing in another database.
    #[doc(hidden)]
    const IS_REFERENCE: bool = false;

    /// What a row has where some may be filtered away.
    type Filtered: Shape;
    /// What is loaded for one row.
    type Of<R: Clone + Send>: Clone + Send;
    /// The rows of one key.
    #[doc(hidden)]
    type Held<R: Clone + Send>: Hold<R> + Clone + Default + Send;

    /// None where a row is missing that must be there.
    #[doc(hidden)]
    fn value<R: Clone + Send>(held: Self::Held<R>) -> Option<Self::Of<R>>;
}

/// Rows of one key, put together one by one.
pub trait Hold<R> {
    #[doc(hidden)]
    fn put(&mut self, row: R);
}

impl<R> Hold<R> for Option<R> {
    fn put(&mut self, row: R) {
        *self = Some(row);
    }
}

impl<R> Hold<R> for Vec<R> {
    fn put(&mut self, row: R) {
        self.push(row);
    }
}

impl Shape for One {
    type Filtered = Optional;
    type Of<R: Clone + Send> = R;
    type Held<R: Clone + Send> = Option<R>;

    fn value<R: Clone + Send>(held: Option<R>) -> Option<R> {
        held
    }
}

impl Shape for Optional {
    type Filtered = Self;
    type Of<R: Clone + Send> = Option<R>;
    type Held<R: Clone + Send> = Option<R>;

    fn value<R: Clone + Send>(held: Option<R>) -> Option<Option<R>> {
        Some(held)
    }
}

impl Shape for Many {
    type Filtered = Self;
    type Of<R: Clone + Send> = Vec<R>;
    type Held<R: Clone + Send> = Vec<R>;

    fn value<R: Clone + Send>(held: Vec<R>) -> Option<Vec<R>> {
        Some(held)
    }
}

/// A [`Shape`] that can be ordered and limited.
#[diagnostic::on_unimplemented(
    message = "a relation to one row has no order and no limit",
    label = "there is at most one row here"
)]
pub trait Several: Shape {}

impl Several for Many {}
