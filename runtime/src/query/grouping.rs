//! What rows are grouped by: values, with the groups of groups that SQL computes beside them
//! (<https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-GROUPING-SETS>).

use crate::sql::{Parts, SqlWriter};

/// The values that rows are grouped by, and the further rows for larger groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Grouping {
    /// Several lists are `GROUPING SETS`: the rows of one after the other.
    sets: Vec<GroupingSet>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct GroupingSet {
    values: Vec<Parts>,
    totals: Totals,
}

/// The further rows for groups of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Totals {
    /// None.
    #[default]
    None,
    /// `ROLLUP`
    Rollup,
    /// `CUBE`
    Cube,
}

impl Grouping {
    pub fn by(values: Vec<Parts>) -> Self {
        Self { sets: vec![GroupingSet { values, totals: Totals::None }] }
    }

    pub fn is_none(&self) -> bool {
        self.sets.is_empty()
    }

    /// Adds further values to the last list.
    pub fn add(&mut self, mut values: Vec<Parts>) {
        match self.sets.last_mut() {
            Some(last) => last.values.append(&mut values),
            None => *self = Self::by(values),
        }
    }

    /// Adds a list, which groups the rows once more.
    pub fn add_set(&mut self, values: Vec<Parts>) {
        self.sets.push(GroupingSet { values, totals: Totals::None });
    }

    /// Sets the totals of the last list.
    pub fn set_totals(&mut self, totals: Totals) {
        if let Some(last) = self.sets.last_mut() {
            last.totals = totals;
        }
    }

    pub fn values(&self) -> impl Iterator<Item = &Parts> + Clone {
        self.sets.iter().flat_map(|set| &set.values)
    }

    /// Writes ` GROUP BY …`, if rows are grouped.
    pub fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        match self.sets.as_slice() {
            [] => {}
            [only] if only.totals == Totals::None && !only.values.is_empty() => {
                only.write_values(sql.push(" GROUP BY "));
            }
            [only] => only.write(sql.push(" GROUP BY ")),
            sets => {
                sql.push(" GROUP BY GROUPING SETS (").list(", ", sets, |sql, set| set.write(sql)).push(")");
            }
        }
    }
}

impl GroupingSet {
    fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.push(match self.totals {
            Totals::None => "(",
            Totals::Rollup => "ROLLUP (",
            Totals::Cube => "CUBE (",
        });
        self.write_values(sql);
        sql.push(")");
    }

    fn write_values<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.list(", ", &self.values, |sql, parts| sql.told_apart(parts.why_not_told_apart(), parts));
    }
}
