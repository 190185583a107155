//! Rust's texts, which a column of text is compared with and set to.

use std::{borrow::Cow, sync::Arc};

use super::{Assign, IntoValue, SqlValue, operand::stands_for};
use crate::{model::Nullable, sql::Parts};

/// A type of columns that takes a borrowed text without a conversion by the program: `String`.
///
/// The implementations of [`Operand`](super::Operand), [`Assign`] and [`IntoValue`] for texts ask for it in place of `String`: so a text
/// beside a column of another type is reported in these words.
#[diagnostic::on_unimplemented(
    message = "a text does not fit a column of type `{Self}`",
    label = "expected `{Self}`, or a column or expression of that type",
    note = "an enum's label is a variant of its Rust type: `Tier::Gold`",
    note = "a text that is known only at run time is parsed: `text.parse::<{Self}>()?`; where `{Self}` is a type of your own \
            around another, make one of it: `{Self}(value)`",
    note = "a date is `\"2026-01-01\".parse::<NaiveDate>()?`, a time `\"2026-01-01T00:00:00Z\".parse::<DateTime<Utc>>()?`, both \
            of `ormgen_runtime::types`",
    note = "an array that holds the text is `.has(\"…\")`"
)]
pub trait TextType: SqlValue {
    /// The text as a value of this type.
    #[doc(hidden)]
    fn of(text: String) -> Self;
}

impl TextType for String {
    fn of(text: String) -> Self {
        text
    }
}

/// An element of an array that may hold NULLs.
impl TextType for Option<String> {
    fn of(text: String) -> Self {
        Some(text)
    }
}

macro_rules! texts {
    ($($text:ty, $owned:path;)*) => {$(
        stands_for! { [T: TextType] $text => T; }

        impl<M, T: TextType> Assign<M, T, Nullable> for Option<$text> {
            fn into_assigned(self) -> Parts {
                Parts::value(self.map(IntoValue::<T>::into_value))
            }
        }

        impl<T: TextType> IntoValue<T> for $text {
            fn into_value(self) -> T {
                T::of($owned(self))
            }
        }
    )*};
}

texts! {
    &str, str::to_owned;
    &&str, copied;
    Cow<'_, str>, Cow::into_owned;
    &Cow<'_, str>, copied;
    Box<str>, String::from;
    &Box<str>, copied;
    Arc<str>, shared;
    &Arc<str>, copied;
}

fn copied(text: &impl AsRef<str>) -> String {
    text.as_ref().to_owned()
}

fn shared(text: Arc<str>) -> String {
    text.as_ref().to_owned()
}
