//! `point`, `line`, `lseg`, `box`, `path`, `polygon` and `circle`
//! (<https://www.postgresql.org/docs/current/datatype-geometric.html>).
//!
//! Equality compares the numbers exactly; PostgreSQL's own operators allow for a small difference.

use std::{fmt, str::FromStr};

use bytes::{BufMut, BytesMut};

use super::{
    ParseError,
    wire::{ByteReader, WireResult, codec, serde_as_text, write_count},
};

/// A point in the plane: `(1,2.5)`. Binary format: `point_send`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// The horizontal coordinate.
    pub x: f64,
    /// The vertical coordinate.
    pub y: f64,
}

/// An infinite line, `ax + by + c = 0`: `{1,-1,0}`. Binary format: `line_send`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The factor of `x`; `a` and `b` are not both zero.
    pub a: f64,
    /// The factor of `y`.
    pub b: f64,
    /// The constant term.
    pub c: f64,
}

/// A straight line from one point to another: `[(0,0),(1,1)]`. Binary format: `lseg_send`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LineSegment {
    /// Where it starts.
    pub start: Point,
    /// Where it ends.
    pub end: Point,
}

/// A rectangle parallel to the axes, `box`: `(1,1),(0,0)`. Binary format: `box_send`.
///
/// The server reorders the corners: a value that comes back has the upper right one first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rectangle {
    /// The corner with the larger numbers.
    pub upper_right: Point,
    /// The corner with the smaller numbers.
    pub lower_left: Point,
}

/// A path of points, closed, `((0,0),(1,1))`, or open, `[(0,0),(1,1)]`.
///
/// The server refuses a path without points. Binary format: `path_send`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Whether the path is closed: the last point is joined to the first.
    pub closed: bool,
    /// The points in order.
    pub points: Vec<Point>,
}

/// A polygon, given by its corners: `((0,0),(1,1),(1,0))`.
///
/// The server refuses a polygon without corners. Binary format: `poly_send`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Polygon {
    /// The corners in order.
    pub points: Vec<Point>,
}

/// A circle: `<(0,0),1>`. Binary format: `circle_send`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Circle {
    /// The circle's centre.
    pub center: Point,
    /// The circle's radius, not negative.
    pub radius: f64,
}

/// The number of bytes of a point.
const POINT: usize = 2 * size_of::<f64>();

impl Point {
    /// The point with these coordinates.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        Ok(Self { x: reader.f64()?, y: reader.f64()? })
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        out.put_f64(self.x);
        out.put_f64(self.y);
        Ok(())
    }
}

impl Line {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        Ok(Self { a: reader.f64()?, b: reader.f64()?, c: reader.f64()? })
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        [self.a, self.b, self.c].into_iter().for_each(|number| out.put_f64(number));
        Ok(())
    }
}

impl LineSegment {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        Ok(Self { start: Point::read(reader)?, end: Point::read(reader)? })
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        self.start.write(out)?;
        self.end.write(out)
    }
}

impl Rectangle {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        Ok(Self { upper_right: Point::read(reader)?, lower_left: Point::read(reader)? })
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        self.upper_right.write(out)?;
        self.lower_left.write(out)
    }
}

impl Path {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        let closed = reader.u8()? != 0;
        Ok(Self { closed, points: read_points(reader)? })
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        out.put_u8(self.closed.into());
        write_points(&self.points, out)
    }
}

impl Polygon {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        Ok(Self { points: read_points(reader)? })
    }

    fn write(&self, out: &mut BytesMut) -> WireResult<()> {
        write_points(&self.points, out)
    }
}

impl Circle {
    fn read(reader: &mut ByteReader<'_>) -> WireResult<Self> {
        Ok(Self { center: Point::read(reader)?, radius: reader.f64()? })
    }

    fn write(self, out: &mut BytesMut) -> WireResult<()> {
        self.center.write(out)?;
        out.put_f64(self.radius);
        Ok(())
    }
}

fn read_points(reader: &mut ByteReader<'_>) -> WireResult<Vec<Point>> {
    let count = reader.count(POINT)?;
    reader.items(count, Point::read)
}

fn write_points(points: &[Point], out: &mut BytesMut) -> WireResult<()> {
    write_count(points.len(), out)?;
    points.iter().try_for_each(|point| point.write(out))
}

codec!(Point, [POINT]);
codec!(Line, [LINE]);
codec!(LineSegment, [LSEG]);
codec!(Rectangle, [BOX]);
codec!(Path, [PATH]);
codec!(Polygon, [POLYGON]);
codec!(Circle, [CIRCLE]);
serde_as_text!(Point, Line, LineSegment, Rectangle, Path, Polygon, Circle);

/// A number as PostgreSQL writes a `float8` by default: the shortest text that reads as the same number, with an
/// exponent from 1e15 up and below 1e-4.
struct Float(f64);

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0;
        if number.is_infinite() {
            return f.write_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        let scientific = format!("{number:e}");
        let parts = scientific.split_once('e').and_then(|(digits, e)| Some((digits, e.parse::<i32>().ok()?)));
        match parts {
            Some((digits, exponent)) if !(-4..15).contains(&exponent) => {
                let sign = if exponent < 0 { '-' } else { '+' };
                write!(f, "{digits}e{sign}{:02}", exponent.unsigned_abs())
            }
            _ => write!(f, "{number}"),
        }
    }
}

/// `(x,y),(x,y),…`
struct List<'a>(&'a [Point]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, point) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{point}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", Float(self.x), Float(self.y))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{},{},{}}}", Float(self.a), Float(self.b), Float(self.c))
    }
}

impl fmt::Display for LineSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{},{}]", self.start, self.end)
    }
}

impl fmt::Display for Rectangle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.upper_right, self.lower_left)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.closed {
            write!(f, "({})", List(&self.points))
        } else {
            write!(f, "[{}]", List(&self.points))
        }
    }
}

impl fmt::Display for Polygon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({})", List(&self.points))
    }
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{},{}>", self.center, Float(self.radius))
    }
}

/// Implements `FromStr` with a function from text to an option. It reads what `Display` writes, not PostgreSQL's
/// other spellings.
macro_rules! from_text {
    ($($type:ident, $name:literal, $parse:expr;)+) => {$(
        /// Reads the form that `Display` writes.
        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(text: &str) -> std::result::Result<Self, ParseError> {
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(text.trim()).ok_or(ParseError::new($name))
            }
        }
    )+};
}

from_text! {
    Point, "point", parse_point;
    Line, "line", |text| {
        let [a, b, c] = numbers(within(text, '{', '}')?)?;
        Some(Self { a, b, c })
    };
    LineSegment, "lseg", |text| {
        let [start, end] = points(within(text, '[', ']')?)?.try_into().ok()?;
        Some(Self { start, end })
    };
    Rectangle, "box", |text| {
        let [upper_right, lower_left] = points(text)?.try_into().ok()?;
        Some(Self { upper_right, lower_left })
    };
    Path, "path", |text| {
        let closed = text.starts_with('(');
        let list = if closed { within(text, '(', ')') } else { within(text, '[', ']') };
        Some(Self { closed, points: points(list?)? })
    };
    Polygon, "polygon", |text| Some(Self { points: points(within(text, '(', ')')?)? });
    Circle, "circle", |text| {
        let (center, radius) = within(text, '<', '>')?.rsplit_once(',')?;
        Some(Self { center: parse_point(center)?, radius: number(radius)? })
    };
}

fn within(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

fn parse_point(text: &str) -> Option<Point> {
    let [x, y] = numbers(within(text.trim(), '(', ')')?)?;
    Some(Point { x, y })
}

/// `(x,y),(x,y),…`
fn points(text: &str) -> Option<Vec<Point>> {
    let mut points = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(')')? + 1;
        let (point, after) = rest.split_at_checked(end)?;
        points.push(parse_point(point)?);
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => Some(next.trim_start()).filter(|next| !next.is_empty())?,
            None => Some(after).filter(|after| after.is_empty())?,
        };
    }
    Some(points)
}

fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let numbers: Option<Vec<f64>> = text.split(',').map(number).collect();
    numbers?.try_into().ok()
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_the_server_writes_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e15, "1e+15"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ];
        for (number, text) in cases {
            assert_eq!(Float(number).to_string(), text);
        }
    }

    #[test]
    fn text() {
        fn same<T: FromStr<Err = ParseError> + fmt::Display>(texts: &[&str]) {
            for text in texts {
                let value: std::result::Result<T, _> = text.parse();
                assert_eq!(value.map(|value| value.to_string()).as_deref(), Ok(*text));
            }
        }
        same::<Point>(&["(1,2.5)", "(-1e+20,Infinity)", "(NaN,0)"]);
        same::<Line>(&["{1,-1,0}"]);
        same::<LineSegment>(&["[(0,0),(1,1)]"]);
        same::<Rectangle>(&["(1,1),(0,0)"]);
        same::<Path>(&["((0,0),(1,1))", "[(0,0)]"]);
        same::<Polygon>(&["((0,0),(1,1),(1,0))"]);
        same::<Circle>(&["<(0,0),1>"]);
        assert_eq!(" ( 1 , 2 ) ".parse(), Ok(Point::new(1.0, 2.0)));
    }

    #[test]
    fn what_is_none() {
        for bad in ["", "(", "(1)", "(1,2,3)", "1,2", "(1,2", "(a,b)"] {
            assert!(bad.parse::<Point>().is_err(), "{bad}");
        }
        for bad in ["", "((1,2),)", "((1,2)(3,4))", "[(1,2))", "((1,2)"] {
            assert!(bad.parse::<Path>().is_err(), "{bad}");
        }
        assert!("(1,1),(0,0),(2,2)".parse::<Rectangle>().is_err());
    }
}
