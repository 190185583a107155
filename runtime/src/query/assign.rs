//! Columns and the values that they are set to.

use crate::sql::{ColumnDef, Parts, SqlWriter};

/// Columns and the values that they are set to. A column that is set twice gets the last value.
#[derive(Debug, Default)]
pub struct Assignments(Vec<(ColumnDef, Parts)>);

impl Assignments {
    pub fn set(&mut self, column: ColumnDef, value: Parts) {
        self.0.retain(|(set, _)| set.name != column.name);
        self.0.push((column, value));
    }

    /// The same, where a column of the row that could not be stored is known only if `is_given` says so: a column that is
    /// set to its own counterpart there is set to its default. Or else the first column that an expression needs.
    pub fn with_defaults(self, is_given: impl Fn(&str) -> bool) -> std::result::Result<Self, &'static str> {
        let settle = |(column, value): (ColumnDef, Parts)| {
            let missing = value.excluded_columns().find(|name| !is_given(name));
            match missing {
                None => Ok((column, value)),
                // A default has the column's own type.
                Some(name) if value.is_excluded(column.name) && name == column.name => {
                    Ok((ColumnDef { cast: false, ..column }, Parts::default().text("DEFAULT")))
                }
                Some(name) => Err(name),
            }
        };
        self.0.into_iter().map(settle).collect::<std::result::Result<_, _>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value that a column is set to.
    pub fn of(&self, column: &ColumnDef) -> Option<&Parts> {
        self.0.iter().find(|(set, _)| set.name == column.name).map(|(_, value)| value)
    }

    /// Whether the assignments set this column.
    pub fn sets(&self, column: &ColumnDef) -> bool {
        self.of(column).is_some()
    }

    pub fn columns(&self) -> impl Iterator<Item = &ColumnDef> {
        self.0.iter().map(|(column, _)| column)
    }

    /// The columns and their values.
    pub fn iter(&self) -> impl Iterator<Item = &(ColumnDef, Parts)> {
        self.0.iter()
    }

    /// The values that the columns are set to.
    pub fn parts(&self) -> impl Iterator<Item = &Parts> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values alone, in the order of [`columns`](Self::columns).
    pub fn write_values<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.list(", ", &self.0, |sql, (column, value)| write_stored(sql, column, |sql| value.write(sql)));
    }

    /// Writes the same values, each with a cast, where nothing else tells the server their types.
    pub fn write_cast<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.list(", ", &self.0, |sql, (column, value)| {
            value.write(sql.push("CAST("));
            sql.push(" AS ").push(column.sql_type).push(")");
        });
    }

    pub fn write<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        sql.list(", ", &self.0, |sql, (column, value)| {
            sql.push(column.name).push(" = ");
            write_stored(sql, column, |sql| value.write(sql));
        });
    }
}

/// Writes a value for a column, with a cast where the driver cannot write the column's own type.
pub(super) fn write_stored<'a>(
    sql: &mut SqlWriter<'a>,
    column: &ColumnDef,
    value: impl FnOnce(&mut SqlWriter<'a>),
) {
    value(sql);
    if column.cast {
        sql.push("::").push(column.sql_type);
    }
}
