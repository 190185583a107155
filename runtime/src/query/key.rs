//! What a row can be found by.

use std::{borrow::Cow, convert::identity, sync::Arc};

/// A key, or a value that converts into one: a reference to it, `&str` for a `String`; or a tuple of those for a key of two
/// to four columns. A longer key takes a tuple of references.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of this table",
    label = "expected `{K}`",
    note = "a number of another type is converted: `i64::from(id)` for an `i64`, `i32::try_from(id)?` for an `i32`, \
            `Decimal::from(id)` for a `Decimal`; a `Uuid` for a text is `id.to_string()`",
    note = "where `{K}` is a type of your own around another, make one of the value: `{K}(value)`",
    note = "a key of several columns is a tuple of their values, in the key's order"
)]
pub trait IntoKey<K> {
    /// Converts the value into the key.
    fn into_key(self) -> K;
}

impl<K> IntoKey<K> for K {
    fn into_key(self) -> K {
        self
    }
}

impl<K: Clone> IntoKey<K> for &K {
    fn into_key(self) -> K {
        self.clone()
    }
}

macro_rules! texts {
    ($($text:ty)*) => {$(
        impl IntoKey<String> for $text {
            fn into_key(self) -> String {
                AsRef::<str>::as_ref(&self).to_owned()
            }
        }
    )*};
}

texts!(&str &&str Cow<'_, str> &Cow<'_, str> Box<str> &Box<str> Arc<str> &Arc<str>);

/// Implements the trait for the tuples whose parts are values or references to them, at least one a reference. All
/// parts as they are make the key itself, for which the trait is implemented above.
macro_rules! parts {
    (whole $generics:tt $from:tt $to:tt $parts:tt;) => {};
    (mixed [$($generic:ident)*] [$($from:ty,)*] [$($to:ty,)*] [$($at:tt $convert:path,)*];) => {
        impl<$($generic: Clone),*> IntoKey<($($to,)*)> for ($($from,)*) {
            fn into_key(self) -> ($($to,)*) {
                ($($convert(self.$at),)*)
            }
        }
    };
    (
        $sort:ident [$($generic:ident)*] [$($from:ty,)*] [$($to:ty,)*] [$($part:tt)*];
        $name:ident $at:tt $(, $next:ident $place:tt)*
    ) => {
        parts!(
            $sort [$($generic)* $name] [$($from,)* $name,] [$($to,)* $name,] [$($part)* $at identity,];
            $($next $place),*
        );
        parts!(
            mixed [$($generic)* $name] [$($from,)* &$name,] [$($to,)* $name,] [$($part)* $at Clone::clone,];
            $($next $place),*
        );
        parts!(
            mixed [$($generic)*] [$($from,)* &str,] [$($to,)* String,] [$($part)* $at str::to_owned,];
            $($next $place),*
        );
    };
}

parts!(whole [] [] [] []; A 0, B 1);
parts!(whole [] [] [] []; A 0, B 1, C 2);
parts!(whole [] [] [] []; A 0, B 1, C 2, D 3);

macro_rules! references {
    ($($name:ident $at:tt),+) => {
        impl<$($name: Clone),+> IntoKey<($($name,)+)> for ($(&$name,)+) {
            fn into_key(self) -> ($($name,)+) {
                ($(self.$at.clone(),)+)
            }
        }
    };
}

references!(A 0, B 1, C 2, D 3, E 4);
references!(A 0, B 1, C 2, D 3, E 4, F 5);
references!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
references!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
