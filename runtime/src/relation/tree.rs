//! Tables whose rows refer to rows of the same table: the rows above a row, and those below it.

use super::{AtMostOne, Reach, Relation, RelationKey, key};
use crate::{
    expr::{Expr, Filter},
    model::{Model, NotNull},
    query::{Queries as _, Query},
    sql::{ColumnDef, Ends, Link, Parts, SqlWriter, Subquery, same_subquery},
};

/// Methods of a relation that leads from a row to the one above it in the same table: `Category::PARENT`.
impl<M: Model, K: RelationKey, S: Reach + AtMostOne> Relation<M, M, K, S> {
    /// A query of the rows above `row`: the row that it refers to, the row that that one refers to, and so on. Sorted
    /// by [`depth`](Self::depth), the topmost row comes first. In a cycle every row is above every other, and above
    /// itself.
    ///
    /// `Category::PARENT.ancestors(&saws).order_by(Category::PARENT.depth().asc()).all(&dbs)`
    pub fn ancestors(self, row: &M) -> Query<M> {
        self.tree(row, Way::Up)
    }

    /// A query of the rows below `row`: those that refer to it, those that refer to these, and so on.
    ///
    /// `Category::PARENT.descendants(&tools).count(&dbs)`
    pub fn descendants(self, row: &M) -> Query<M> {
        self.tree(row, Way::Down)
    }

    /// The number of rows above a row: 0 at the top.
    pub fn depth(self) -> Expr<M, i64, NotNull> {
        let start = Start::Current;
        Expr::new(Parts::subquery(Walk { link: self.link(), way: Way::Up, start, what: What::Count }))
    }

    fn tree(self, row: &M, way: Way) -> Query<M> {
        let ends = self.ends;
        // The rows above begin with the row that this one refers to, the rows below with those that refer to this one.
        let (key, near) = match way {
            Way::Up => ((self.from)(row), ends),
            Way::Down => ((self.to)(row), ends.inverse()),
        };
        let start = Start::Rows(key::equal(key, near, Parts::column));
        let walk = Parts::subquery(Walk { link: self.link(), way, start, what: What::Keys });
        let keys = Parts::joined(", ", ends.far.iter().map(|column| Parts::column(column.name)));
        M::query().filter(Filter::<M>::new(keys.between("(", ") IN ").then(walk)))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Up,
    Down,
}

/// The rows that the walk begins with.
#[derive(PartialEq)]
enum Start {
    /// The rows for which this condition holds.
    Rows(Parts),
    /// The row that the current row refers to.
    Current,
}

/// What the walk returns of the rows that it reaches.
#[derive(Clone, Copy, PartialEq)]
enum What {
    Keys,
    Count,
}

/// A walk from some rows along the relation, step by step. `UNION` leaves out rows that were reached before, so the
/// walk also ends in a cycle (<https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-RECURSIVE>).
#[derive(PartialEq)]
struct Walk {
    link: Link,
    way: Way,
    start: Start,
    what: What,
}

const WALK: &str = "\"ormgen walk\"";
const STEP: &str = "\"ormgen step\"";

impl Subquery for Walk {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        let Link { table, ends, is_view } = self.link;
        let Ends { near: columns, far: target_columns, .. } = ends;
        sql.reads_view |= is_view;
        // Both ends may have a column in common, such as a tenant's.
        let more: Vec<ColumnDef> =
            columns.iter().filter(|column| !target_columns.contains(column)).copied().collect();
        let list = |sql: &mut SqlWriter<'a>, table: &'static str| {
            sql.list(", ", target_columns.iter().chain(&more), |sql, column| {
                sql.push(table).push(".").push(column.name);
            });
        };
        sql.push("(WITH RECURSIVE ").push(WALK).push(" AS (SELECT ");
        match &self.start {
            Start::Current => {
                list(sql, STEP);
                sql.push(" FROM ").push(table).push(" AS ").push(STEP).push(" WHERE ");
                sql.list(
                    " AND ",
                    ends.pairs().zip(ends.collations()),
                    |sql, ((column, target), collation)| {
                        sql.push(STEP)
                            .push(".")
                            .push(target.name)
                            .push(" = ")
                            .column(column.name)
                            .collate(collation);
                    },
                );
            }
            Start::Rows(condition) => sql.apart(table, |sql| {
                sql.list(", ", target_columns.iter().chain(&more), |sql, column| {
                    sql.column(column.name);
                });
                sql.push(" FROM ").tables();
                condition.write(sql.push(" WHERE "));
            }),
        }
        list(sql.push(" UNION SELECT "), STEP);
        sql.push(" FROM ").push(table).push(" AS ").push(STEP).push(" JOIN ").push(WALK).push(" ON ");
        let from_step = match self.way {
            Way::Up => ends.inverse(),
            Way::Down => ends,
        };
        sql.list(" AND ", from_step.pairs().zip(from_step.collations()), |sql, ((step, walk), collation)| {
            sql.push(STEP)
                .push(".")
                .push(step.name)
                .push(" = ")
                .push(WALK)
                .push(".")
                .push(walk.name)
                .collate(collation);
        });
        match self.what {
            What::Count => sql.push(") SELECT count(*)"),
            What::Keys => sql.push(") SELECT ").list(", ", target_columns, |sql, column| {
                sql.push(column.name);
            }),
        };
        sql.push(" FROM ").push(WALK).push(")");
    }

    fn is_same(&self, other: &dyn Subquery) -> bool {
        same_subquery(self, other, PartialEq::eq)
    }
}
