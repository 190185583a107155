//! Arrays of any number of dimensions.

use std::{error, fmt};

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, Kind, ToSql, Type};

use super::{
    BoxError, exact,
    wire::{ByteReader, WireResult, write_count, write_value},
};

/// An array of any number of dimensions, each of which may start at any subscript
/// (<https://www.postgresql.org/docs/current/arrays.html>).
///
/// A `Vec` holds an array of one dimension, which is what most columns contain; PostgreSQL enforces no number of
/// dimensions, and a `Vec` refuses a value with more than one. `Array<Option<T>>` holds NULL elements.
/// Binary format: `array_send`.
///
/// ```
/// # use ormgen_runtime::types::{Array, Dimension};
/// let board = Array::new(vec![Dimension::new(2), Dimension::new(3)], vec!["a", "b", "c", "d", "e", "f"])?;
/// assert_eq!(board.get(&[2, 1]), Some(&"d"));
/// # Ok::<(), ormgen_runtime::types::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Unchecked<T>"))]
pub struct Array<T> {
    dimensions: Vec<Dimension>,
    values: Vec<T>,
}

/// The length and the first subscript of one dimension of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dimension {
    /// The number of elements.
    pub len: i32,
    /// The subscript of the first element: 1 unless the array was created otherwise.
    pub lower_bound: i32,
}

/// The number of values does not fit the dimensions of the array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError(());

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the number of values does not fit the array's dimensions, of which there are six at most",
        )
    }
}

impl error::Error for ShapeError {}

/// PostgreSQL's `MAXDIM`.
const MAX_DIMENSIONS: usize = 6;

impl Dimension {
    /// A dimension of `len` elements, whose subscripts start at 1.
    pub const fn new(len: i32) -> Self {
        Self { len, lower_bound: 1 }
    }
}

impl<T> Array<T> {
    /// An array of these values in row-major order: the last subscript changes fastest. An empty array has no
    /// dimension.
    pub fn new(dimensions: Vec<Dimension>, values: Vec<T>) -> std::result::Result<Self, ShapeError> {
        match shape(&dimensions) {
            Some(len) if len == values.len() => Ok(Self { dimensions, values }),
            _ => Err(ShapeError(())),
        }
    }

    /// The array's dimensions, the outermost first.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The array's values in row-major order: the last subscript changes fastest.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The array's values, without the dimensions.
    pub fn into_values(self) -> Vec<T> {
        self.values
    }

    /// The value at these subscripts, one for each dimension, each counted from the dimension's lower bound.
    pub fn get(&self, subscripts: &[i32]) -> Option<&T> {
        if subscripts.len() != self.dimensions.len() {
            return None;
        }
        let mut place = 0_usize;
        for (dimension, &subscript) in self.dimensions.iter().zip(subscripts) {
            let index = i64::from(subscript) - i64::from(dimension.lower_bound);
            if index >= i64::from(dimension.len) {
                return None;
            }
            place = place * usize::try_from(dimension.len).ok()? + usize::try_from(index).ok()?;
        }
        self.values.get(place)
    }
}

/// The number of values that the dimensions ask for.
fn shape(dimensions: &[Dimension]) -> Option<usize> {
    match dimensions {
        [] => Some(0),
        [..] if dimensions.len() > MAX_DIMENSIONS => None,
        _ => dimensions.iter().try_fold(1_usize, |product, dimension| {
            dimension.lower_bound.checked_add(dimension.len)?;
            product.checked_mul(dimension.len.try_into().ok()?)
        }),
    }
}

/// Makes an array of one dimension, whose subscripts start at 1.
impl<T> TryFrom<Vec<T>> for Array<T> {
    type Error = ShapeError;

    fn try_from(values: Vec<T>) -> std::result::Result<Self, ShapeError> {
        let len = i32::try_from(values.len()).map_err(|_| ShapeError(()))?;
        Self::new(if len == 0 { Vec::new() } else { vec![Dimension::new(len)] }, values)
    }
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Self { dimensions: Vec::new(), values: Vec::new() }
    }
}

impl<'a, T: FromSql<'a> + 'static> FromSql<'a> for Array<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> WireResult<Self> {
        let Kind::Array(element) = ty.kind() else { return Err(not_an_array(ty)) };
        ByteReader::read(raw, |reader| {
            let count = reader.count(2 * size_of::<i32>())?;
            let (_has_nulls, _element) = (reader.i32()?, reader.u32()?);
            let dimension = |reader: &mut ByteReader<'a>| {
                Ok(Dimension { len: reader.i32()?, lower_bound: reader.i32()? })
            };
            reader.expect_items(count, 2 * size_of::<i32>())?;
            let dimensions = reader.items(count, dimension)?;
            let len = shape(&dimensions).ok_or_else(|| ShapeError(()).to_string())?;
            reader.expect_items(len, size_of::<i32>())?;
            let values = reader.items(len, |reader| exact::read_nullable(element, reader.value()?))?;
            Ok(Self { dimensions, values })
        })
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(element) if T::accepts(element))
    }
}

impl<T: ToSql> ToSql for Array<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> WireResult<IsNull> {
        let Kind::Array(element) = ty.kind() else { return Err(not_an_array(ty)) };
        write_count(self.dimensions.len(), out)?;
        // The flag for NULL elements: the server finds NULLs itself (`ReadArrayBinary`).
        out.put_i32(0);
        out.put_u32(element.oid());
        for dimension in &self.dimensions {
            out.put_i32(dimension.len);
            out.put_i32(dimension.lower_bound);
        }
        for value in &self.values {
            write_value(out, |out| value.to_sql(element, out))?;
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(element) if T::accepts(element))
    }

    postgres_types::to_sql_checked!();
}

fn not_an_array(ty: &Type) -> BoxError {
    format!("`{}` is not an array type", ty.name()).into()
}

/// The form that serde reads, before it is checked that the values fill the dimensions.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Unchecked<T> {
    dimensions: Vec<Dimension>,
    values: Vec<T>,
}

#[cfg(feature = "serde")]
impl<T> TryFrom<Unchecked<T>> for Array<T> {
    type Error = ShapeError;

    fn try_from(array: Unchecked<T>) -> std::result::Result<Self, ShapeError> {
        Self::new(array.dimensions, array.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dimension(len: i32, lower_bound: i32) -> Dimension {
        Dimension { len, lower_bound }
    }

    #[test]
    fn the_shape_fits_the_values() {
        let good: [(&[Dimension], usize); 4] = [
            (&[], 0),
            (&[dimension(3, -1)], 3),
            (&[dimension(2, 1), dimension(2, 5)], 4),
            (&[dimension(0, 1)], 0),
        ];
        for (dimensions, len) in good {
            assert!(Array::new(dimensions.to_vec(), vec![0; len]).is_ok(), "{dimensions:?}");
        }
        let bad: [&[Dimension]; 5] = [
            &[],
            &[dimension(2, 1)],
            &[dimension(-1, 1)],
            &[dimension(1, i32::MAX)],
            &[dimension(1, 1); MAX_DIMENSIONS + 1],
        ];
        for dimensions in bad {
            assert!(Array::new(dimensions.to_vec(), vec![0]).is_err(), "{dimensions:?}");
        }
    }

    #[test]
    fn subscripts_count_from_the_lower_bounds() {
        let array = Array::new(vec![dimension(2, -1), dimension(2, 5)], vec![1, 2, 3, 4]).expect("it fits");
        assert_eq!(array.get(&[-1, 5]), Some(&1));
        assert_eq!(array.get(&[0, 6]), Some(&4));
        for outside in [&[1, 5][..], &[-2, 5], &[0, 7], &[0, 4], &[0], &[i32::MIN, i32::MAX]] {
            assert_eq!(array.get(outside), None, "{outside:?}");
        }
    }

    #[test]
    fn dimensions_beyond_the_bytes_are_refused() {
        let dimension = |len: i32| [len.to_be_bytes(), 1_i32.to_be_bytes()].concat();
        let header = |count: i32| [count.to_be_bytes(), [0; 4], 23_i32.to_be_bytes()].concat();
        for dimensions in [vec![i32::MAX], vec![i32::MAX; 6], vec![-1], vec![1]] {
            let mut raw = header(i32::try_from(dimensions.len()).expect("few"));
            dimensions.iter().for_each(|&len| raw.extend(dimension(len)));
            assert!(Array::<i32>::from_sql(&Type::INT4_ARRAY, &raw).is_err(), "{dimensions:?}");
        }
    }
}
