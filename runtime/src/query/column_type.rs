//! A program's own type around one that columns can have.

/// Declares a struct around another type, with what it takes to be the type of a column: a key that is not mistaken for
/// another table's, an amount that is no plain number.
///
/// ```
/// ormgen_runtime::column_type! {
///     /// A customer's key.
///     #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
///     pub struct CustomerId(pub i64);
/// }
/// ```
///
/// and in the manifest `types: { crm.customers.id: crate::CustomerId }`. The value is stored and read as the inner one,
/// so the column may have any type that the inner one fits. Where values can be [cast](crate::query::Castable) to the inner
/// type, they can be to the struct, `sum(Item::CENTS).cast_to::<Cents>()`; and it is summed as itself once it says so, by
/// `impl Summed for Cents { type Sum = Self; type Average = Self; }`, see [`Summed`](crate::functions::Summed). The derives are the struct's own: `Debug`, `Clone` and
/// `PartialEq` are needed, and those that the manifest's `output.derives` names, with `#[serde(transparent)]` for serde's.
#[macro_export]
macro_rules! column_type {
    ($(#[$meta:meta])* $vis:vis struct $name:ident($inner_vis:vis $inner:ty $(,)?);) => {
        $(#[$meta])*
        $vis struct $name($inner_vis $inner);

        impl<'a> $crate::types::FromSql<'a> for $name {
            fn from_sql(
                ty: &$crate::types::Type,
                raw: &'a [u8],
            ) -> ::std::result::Result<Self, $crate::types::BoxError> {
                <$inner as $crate::types::FromSql<'a>>::from_sql(ty, raw).map(Self)
            }

            fn accepts(ty: &$crate::types::Type) -> bool {
                <$inner as $crate::types::FromSql<'a>>::accepts(ty)
            }
        }

        impl $crate::types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &$crate::types::Type,
                out: &mut $crate::types::BytesMut,
            ) -> ::std::result::Result<$crate::types::IsNull, $crate::types::BoxError> {
                $crate::types::ToSql::to_sql(&self.0, ty, out)
            }

            fn accepts(ty: &$crate::types::Type) -> bool {
                <$inner as $crate::types::ToSql>::accepts(ty)
            }

            $crate::types::to_sql_checked!();
        }

        // The lifetime makes the condition one that the compiler looks at where it is asked for: the inner type may be none
        // that values are cast to.
        impl $crate::query::CastTarget for $name
        where
            for<'inner> $inner: $crate::query::CastTarget,
        {
            const AS: &'static str = <$inner as $crate::query::CastTarget>::AS;
        }
    };
}
