//! Implementations of traits for tuples of each length: Rust has no way to say "a tuple of any length".

/// Calls a macro once for each length of a tuple from one to `$most`, with a type parameter, a variable and an index
/// for each of its items: `tuple!(A a 0)`, `tuple!(A a 0, B b 1)`, …
///
/// A row, a key or a list of columns has at most twelve items; what is read beside a row, at most six.
macro_rules! tuples {
    (up to 6: $each:ident) => {
        tuples!(@grow $each [] A a 0, B b 1, C c 2, D d 3, E e 4, F f 5);
    };
    (up to 12: $each:ident) => {
        tuples!(
            @grow $each []
            A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10, L l 11
        );
    };
    (@grow $each:ident [$($before:tt)*] $name:ident $value:ident $at:tt $(, $($rest:tt)*)?) => {
        $each!($($before)* $name $value $at);
        tuples!(@grow $each [$($before)* $name $value $at,] $($($rest)*)?);
    };
    (@grow $each:ident [$($before:tt)*]) => {};
}
pub(crate) use tuples;
