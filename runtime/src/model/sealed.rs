//! What keeps a trait to this crate.

/// A trait above this one cannot be implemented elsewhere: nobody else can name it.
pub trait Sealed {}

macro_rules! sealed {
    ($($ty:ty),+ $(,)?) => {
        $(impl $crate::model::Sealed for $ty {})+
    };
}
pub(crate) use sealed;
