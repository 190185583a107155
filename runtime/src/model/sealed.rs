//! A supertrait that keeps other crates from implementing a trait.

/// A trait with this supertrait cannot be implemented in another crate, which cannot name `Sealed`.
pub trait Sealed {}

macro_rules! sealed {
    ($($ty:ty),+ $(,)?) => {
        $(impl $crate::model::Sealed for $ty {})+
    };
}
pub(crate) use sealed;
