//! The pieces that expressions are made of.

use std::{any::Any, fmt, sync::Arc};

use smallvec::SmallVec;

use super::{AliasedTable, Bound, ColumnDef, Link, SqlWriter, Told};

/// Why rows are not sorted or told apart by a column of some types.
pub(crate) const UNSORTED: &str = "PostgreSQL does not sort or tell apart the values of this column's type: compare them by \
    `eq`, and sort, group or make rows distinct by a value in it or by its text, `SETTINGS.text_at([\"color\"])`, \
    `LOCATION.cast_to::<String>()`; a `json` is also cast to `jsonb`, `.cast_to::<JsonValue>()`";

/// A piece of an expression.
#[derive(Clone)]
pub(crate) enum Part {
    /// Text of ormgen's own: an operator, a parenthesis, a function's name.
    Text(&'static str),
    /// Text of the program's own: which functions it calls is not known.
    Own(&'static str),
    /// A column of the row that the expression is for, and what the server can do with its values.
    Column(&'static str, Told),
    /// Several columns, with commas between them.
    Columns(&'static [ColumnDef]),
    /// A value: it becomes `$n`.
    Value(Arc<dyn Bound>),
    /// A text constant of the program's source, in quotes.
    Constant(&'static str),
    /// The place of a selected column, which SQL takes as a number alone, never as `$n`.
    Position(u16),
    /// An expression for the one row that a relation leads to.
    Across(Box<Across>),
    /// An expression for the nearest row of this table around the current row: an outer row.
    Outer(Box<(&'static str, Parts)>),
    /// An expression for the nearest row of an alias.
    Aliased(Box<(AliasedTable, Parts)>),
    /// A statement in parentheses.
    Subquery(Arc<dyn Subquery>),
    /// Marks that what follows is made of several rows, so that it has no place in a filter.
    OfSeveralRows(Aggregation),
    /// Marks an expression that has one text wherever it is written from here on. It writes nothing.
    Repeated(Box<Parts>),
    /// Marks what the server cannot do, and why.
    Refused(&'static str),
}

/// How a value is made of several rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregation {
    /// Of the rows of a group, by an aggregate.
    Group,
    /// Of the rows of a window, by a window function.
    Window,
    /// It gives several rows itself: `unnest`.
    Rows,
}

impl Aggregation {
    /// Why such a value has no place in a filter.
    fn why_not(self) -> &'static str {
        match self {
            Self::Group => {
                "`filter` looks at each row before there are groups, so an aggregate has no place in it: put the \
                 condition into `having`, or speak of related rows, `Order::ITEMS.sum(Item::PRICE).gt(…)`"
            }
            Self::Window => {
                "`filter` looks at each row before there are windows, so a window function has no place in it: select \
                 it, and filter the rows of that selection: `.select(…).into_table()`"
            }
            Self::Rows => {
                "`filter` looks at one row, and `unnest` makes several of it: select it, and filter the rows of that \
                 selection: `.select(…).into_table()`; or ask the array itself, `TAGS.has(…)`"
            }
        }
    }

    /// Why such a value has no place beside the rows of a page, if so.
    fn why_not_paged(self) -> Option<&'static str> {
        match self {
            Self::Group => Some(
                "a page of `keyset` is one of rows, and an aggregate makes one of many: ask for it in a query of its own",
            ),
            Self::Window => Some(
                "a window function would look at the rows after the cursor alone: select it, and read the rows of that \
                 selection by page: `.select(…).into_table()`",
            ),
            Self::Rows => None,
        }
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(left), Self::Text(right))
            | (Self::Own(left), Self::Own(right))
            | (Self::Column(left, _), Self::Column(right, _))
            | (Self::Constant(left), Self::Constant(right)) => left == right,
            (Self::OfSeveralRows(left), Self::OfSeveralRows(right)) => left == right,
            (Self::Refused(left), Self::Refused(right)) => left == right,
            (Self::Columns(left), Self::Columns(right)) => left == right,
            (Self::Value(left), Self::Value(right)) => Arc::ptr_eq(left, right) || left.is_same(&**right),
            (Self::Position(left), Self::Position(right)) => left == right,
            (Self::Repeated(left), Self::Repeated(right)) => left == right,
            (Self::Across(left), Self::Across(right)) => left == right,
            (Self::Outer(left), Self::Outer(right)) => left == right,
            (Self::Aliased(left), Self::Aliased(right)) => left == right,
            (Self::Subquery(left), Self::Subquery(right)) => {
                Arc::ptr_eq(left, right) || left.is_same(&**right)
            }
            _ => false,
        }
    }
}

/// An expression for another row. A `Part` holds it in a box, as each part would otherwise be as large.
#[derive(Clone, PartialEq)]
pub(crate) struct Across {
    link: Link,
    is_optional: bool,
    parts: Parts,
}

/// A statement within another.
pub(crate) trait Subquery: Any + Send + Sync {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>);

    /// Whether `other` is the same statement; see [`same_subquery`].
    fn is_same(&self, other: &dyn Subquery) -> bool;
}

/// Whether `right` is of the same type as `left`, and what `alike` says of the two.
pub(crate) fn same_subquery<S: Subquery>(
    left: &S,
    right: &dyn Subquery,
    alike: impl FnOnce(&S, &S) -> bool,
) -> bool {
    (right as &dyn Any).downcast_ref::<S>().is_some_and(|right| alike(left, right))
}

/// The pieces of an expression, in the order of its text. Most expressions have five at most, as `(a = $1)` has, which
/// are kept without an allocation.
#[derive(Clone, Default, PartialEq)]
pub struct Parts(SmallVec<[Part; 5]>);

/// What stands before a column of the row that an insert could not store.
const EXCLUDED: &str = "excluded.";

impl Parts {
    fn of(first: Part) -> Self {
        let mut parts = SmallVec::new();
        parts.push(first);
        Self(parts)
    }

    /// A column of a type of which the server sorts the values.
    pub(crate) fn column(name: &'static str) -> Self {
        Self::of(Part::Column(name, Told::Sorted))
    }

    pub(crate) fn of_column(column: &ColumnDef) -> Self {
        Self::of(Part::Column(column.name, Told::of(column.sql_type)))
    }

    /// These parts, in a statement that is not sent, for this reason.
    pub(crate) fn refused(self, why: &'static str) -> Self {
        let mut parts = self;
        parts.0.insert(0, Part::Refused(why));
        parts
    }

    /// Several columns, with commas between them.
    pub(crate) fn columns(columns: &'static [ColumnDef]) -> Self {
        Self::of(Part::Columns(columns))
    }

    pub(crate) fn value(value: impl Bound) -> Self {
        Self::of(Part::Value(Arc::new(value)))
    }

    /// A text constant of the program's source, which the server shall know when it plans the query.
    pub(crate) fn constant(text: &'static str) -> Self {
        Self::of(Part::Constant(text))
    }

    /// These parts, for the nearest row of `table` around the current row.
    pub(crate) fn outer(self, table: &'static str) -> Self {
        Self::of(Part::Outer(Box::new((table, self))))
    }

    /// These parts, for the nearest row of `alias`.
    pub(crate) fn aliased(self, alias: AliasedTable) -> Self {
        Self::of(Part::Aliased(Box::new((alias, self))))
    }

    /// These parts, marked as made of several rows.
    pub(crate) fn of_several_rows(mut self, several: Aggregation) -> Self {
        self.0.retain(|part| !matches!(part, Part::OfSeveralRows(_)));
        self.0.insert(0, Part::OfSeveralRows(several));
        self
    }

    /// These parts, for the row that `link` leads to. `is_optional`: there may be no such row.
    pub(crate) fn behind(self, link: Link, is_optional: bool) -> Self {
        Self::of(Part::Across(Box::new(Across { link, is_optional, parts: self })))
    }

    pub(crate) fn subquery(subquery: impl Subquery + 'static) -> Self {
        Self::of(Part::Subquery(Arc::new(subquery)))
    }

    pub(crate) fn position(column: u16) -> Self {
        Self::of(Part::Position(column))
    }

    /// A column of the row that an insert could not store. Its name is a `Part::Text`: a `Part::Column` would mean the
    /// table's own column.
    pub(crate) fn excluded(column: &'static str) -> Self {
        Self::default().text(EXCLUDED).text(column)
    }

    /// The columns of such a row that the parts name.
    pub(crate) fn excluded_columns(&self) -> impl Iterator<Item = &'static str> {
        self.0.windows(2).filter_map(|pair| match pair {
            [Part::Text(EXCLUDED), Part::Text(column)] => Some(*column),
            _ => None,
        })
    }

    /// Whether the parts are that column and nothing else.
    pub(crate) fn is_excluded(&self, column: &str) -> bool {
        matches!(self.0.as_slice(), [Part::Text(EXCLUDED), Part::Text(own)] if *own == column)
    }

    /// Each of `items`, with `separator` between them.
    pub(crate) fn joined(separator: &'static str, items: impl IntoIterator<Item = Self>) -> Self {
        let mut joined = Self::default();
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                joined = joined.text(separator);
            }
            joined = joined.then(item);
        }
        joined
    }

    #[must_use]
    pub(crate) fn text(mut self, text: &'static str) -> Self {
        self.0.push(Part::Text(text));
        self
    }

    /// The expression, compared by this collation, if one has to be said.
    #[must_use]
    pub(crate) fn collate(self, collation: Option<&'static str>) -> Self {
        match collation {
            Some(collation) => self.text(" COLLATE ").text(collation),
            None => self,
        }
    }

    #[must_use]
    pub(crate) fn own_text(mut self, text: &'static str) -> Self {
        self.0.push(Part::Own(text));
        self
    }

    #[must_use]
    pub(crate) fn then(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }

    /// `before`, these parts, `after`.
    pub(crate) fn between(mut self, before: &'static str, after: &'static str) -> Self {
        self.0.insert(0, Part::Text(before));
        self.text(after)
    }

    /// These parts, in which each of `expressions` has the same text wherever it is.
    pub(crate) fn repeating(mut self, expressions: impl IntoIterator<Item = Self>) -> Self {
        let repeated = expressions.into_iter().filter(Self::varies).map(|of| Part::Repeated(Box::new(of)));
        self.0.insert_many(0, repeated);
        self
    }

    /// Whether a value of the expression may make several rows of a row, or none.
    pub(crate) fn may_make_rows(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::OfSeveralRows(Aggregation::Rows) | Part::Own(_)))
    }

    /// The links to the rows that the expression reaches over relations, and the expression for each.
    pub(crate) fn across(&self) -> impl Iterator<Item = (&Link, bool, &Self)> {
        self.0.iter().filter_map(|part| match part {
            Part::Across(across) => Some((&across.link, across.is_optional, &across.parts)),
            _ => None,
        })
    }

    /// The aliases whose rows the expression reads, and the expression for each.
    pub(super) fn aliased_parts(&self) -> impl Iterator<Item = (AliasedTable, &Self)> {
        self.0.iter().filter_map(|part| match part {
            Part::Aliased(aliased) => Some((aliased.0, &aliased.1)),
            _ => None,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `others` begin with these parts.
    pub(super) fn begin(&self, others: &[Part]) -> bool {
        others.starts_with(&self.0)
    }

    /// Whether its text may differ from place to place: other numbers for its values, another alias for a table.
    pub(super) fn varies(&self) -> bool {
        self.0.iter().any(|part| match part {
            Part::Value(_) | Part::Subquery(_) => true,
            Part::Across(across) => across.parts.varies(),
            Part::Outer(outer) => outer.1.varies(),
            Part::Aliased(aliased) => aliased.1.varies(),
            _ => false,
        })
    }

    /// Whether it has text in which other tables may be in scope, so that a bare column name could be one of theirs.
    pub(crate) fn looks_beyond(&self) -> bool {
        self.0.iter().any(|part| match part {
            Part::Own(_) | Part::Subquery(_) => true,
            Part::Across(across) => across.parts.looks_beyond(),
            Part::Outer(outer) => outer.1.looks_beyond(),
            Part::Aliased(aliased) => aliased.1.looks_beyond(),
            _ => false,
        })
    }

    /// What the server can do with the values of the expression, which is a column.
    fn told(&self) -> Told {
        match self.0.as_slice() {
            [Part::Column(_, told)] => *told,
            [Part::Columns(columns)] if columns.iter().any(ColumnDef::is_never_told_apart) => Told::AsText,
            [Part::Across(across)] => across.parts.told(),
            [Part::Outer(outer)] => outer.1.told(),
            [Part::Aliased(aliased)] => aliased.1.told(),
            _ => Told::Sorted,
        }
    }

    /// Why rows cannot be sorted by the expression, if they cannot.
    pub(crate) fn why_unsorted(&self) -> Option<&'static str> {
        (self.told() != Told::Sorted).then_some(UNSORTED)
    }

    /// Why rows cannot be grouped or made distinct by the expression, if they cannot.
    pub(crate) fn why_not_told_apart(&self) -> Option<&'static str> {
        matches!(self.told(), Told::AsJson | Told::AsText).then_some(UNSORTED)
    }

    /// These parts, as what values are looked for by.
    pub(crate) fn told_apart(self) -> Self {
        match self.why_not_told_apart() {
            Some(why) => self.refused(why),
            None => self,
        }
    }

    /// These parts, as what rows are sorted by.
    pub(crate) fn sorting(self) -> Self {
        match self.why_unsorted() {
            Some(why) => self.refused(why),
            None => self,
        }
    }

    /// Whether the expression contains an aggregate.
    pub(crate) fn is_aggregate(&self) -> bool {
        self.0.contains(&Part::OfSeveralRows(Aggregation::Group))
    }

    /// Why rows with this value cannot be read page by page, if so.
    pub(crate) fn why_not_paged(&self) -> Option<&'static str> {
        self.0.iter().find_map(|part| match part {
            Part::OfSeveralRows(several) => several.why_not_paged(),
            _ => None,
        })
    }

    /// The same expression for the row at the near end of `link`, which holds the key as well. `None` unless the key's
    /// columns are all that it needs of the far row, with the same type at both ends and never NULL at the near one.
    pub(crate) fn nearer(&self, link: &Link) -> Option<Self> {
        let parts = self.0.iter().map(|part| match part {
            Part::Column(name, told) => link.near(name).map(|name| Part::Column(name, *told)),
            Part::Columns(_)
            | Part::Own(_)
            | Part::Across(_)
            | Part::Outer(_)
            | Part::Aliased(_)
            | Part::Repeated(_)
            | Part::Subquery(_) => None,
            Part::Text(_)
            | Part::Value(_)
            | Part::Constant(_)
            | Part::Position(_)
            | Part::Refused(_)
            | Part::OfSeveralRows(_) => Some(part.clone()),
        });
        parts.collect::<Option<_>>().map(Self)
    }

    pub(crate) fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        write(&self.0, sql);
    }
}

pub(super) fn write<'a>(parts: &'a [Part], sql: &mut SqlWriter<'a>) {
    let mut rest = parts;
    while let [part, after @ ..] = rest {
        rest = match sql.write_alike(rest) {
            Some(written) => rest.get(written..).unwrap_or_default(),
            None => {
                part.write(sql);
                after
            }
        };
    }
}

impl Part {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        match self {
            Self::Text(text) => drop(sql.push(text)),
            Self::Own(text) => drop(sql.push_own(text)),
            Self::Column(name, _) => drop(sql.column(name)),
            Self::Columns(columns) => drop(sql.columns(columns)),
            Self::Value(value) => drop(sql.value(value.as_value())),
            Self::Constant(text) => drop(sql.constant(text)),
            Self::Position(column) => drop(sql.number((*column).into())),
            Self::Across(across) => sql.across(&across.link, &across.parts),
            Self::Outer(outer) => sql.outer(outer.0, &outer.1),
            Self::Aliased(aliased) => sql.aliased(aliased.0, &aliased.1),
            Self::Subquery(subquery) => subquery.write(sql),
            Self::OfSeveralRows(several) => sql.of_several_rows(several.why_not()),
            Self::Repeated(parts) => sql.repeat([&**parts]),
            Self::Refused(why) => sql.refuse(why),
        }
    }
}

/// The text without its values, which stay secret. `row` stands for the table.
impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sql = SqlWriter::new("row");
        self.write(&mut sql);
        f.write_str(&sql.into_text())
    }
}
