//! The columns at both ends of a key by which rows belong together.

use super::ColumnDef;

/// The columns of two tables that hold the same key, in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Those of the table where a relation starts.
    pub near: &'static [ColumnDef],
    /// Those of the table that it leads to.
    pub far: &'static [ColumnDef],
    /// Which of them are the parent's.
    parent: End,
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Near,
    Far,
}

impl Ends {
    /// The ends of a relation that leads from a child to its parent.
    pub const fn to_parent(near: &'static [ColumnDef], far: &'static [ColumnDef]) -> Self {
        Self { near, far, parent: End::Far }
    }

    /// The same ends, seen from the other one.
    pub const fn inverse(self) -> Self {
        let parent = match self.parent {
            End::Near => End::Far,
            End::Far => End::Near,
        };
        Self { near: self.far, far: self.near, parent }
    }

    /// The near column and the far column of each part of the key.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static ColumnDef, &'static ColumnDef)> {
        self.near.iter().zip(self.far)
    }

    /// Whether keys that are equal for the server are equal for the program too.
    pub fn are_exact(&self) -> bool {
        self.pairs().all(|(near, far)| near.is_exact() && far.is_exact())
    }

    /// The SQL types of the key's values.
    pub fn types(&self) -> impl Iterator<Item = &'static str> {
        self.pairs().map(|(near, far)| common(near.sql_type, far.sql_type))
    }

    /// The SQL types in which the near columns' values are read from their own table: the wider one of two integer types,
    /// and otherwise the column's own. The far column's may be unknown in this database, and texts of it are sorted and
    /// told apart otherwise (`ids_are_looked_through_as_their_own_column_has_them`).
    pub fn near_types(&self) -> impl Iterator<Item = &'static str> {
        self.pairs()
            .zip(self.types())
            .map(|((near, _), ty)| if INTEGERS.contains(&ty) { ty } else { near.sql_type })
    }

    /// The collation to compare each part's two columns by, where it has to be said: the parent's, by which a foreign key
    /// is checked (`ri_GenerateQualCollation` of PostgreSQL's `ri_triggers.c`). The child's own
    /// could find other rows, and two collations that are not the database's are an error of the server's
    /// (`rows_belong_together_by_the_collation_of_the_parent`, `columns_of_two_collations_are_compared`).
    pub fn collations(&self) -> impl Iterator<Item = Option<&'static str>> {
        self.said_where(|near, far| {
            let are_exact = near.is_exact() && far.is_exact();
            !are_exact || (near.collation.is_some() && far.collation.is_some())
        })
    }

    /// The collation to compare each part's column with a value by, where it has to be said. Where equal texts are the same
    /// texts anyway, it is not: an index of the column has its own collation.
    pub fn collations_beside_values(&self) -> impl Iterator<Item = Option<&'static str>> {
        self.said_where(|near, far| !(near.is_exact() && far.is_exact()))
    }

    fn said_where(
        &self,
        is_needed: impl Fn(&ColumnDef, &ColumnDef) -> bool,
    ) -> impl Iterator<Item = Option<&'static str>> {
        let parent = self.parent;
        self.pairs().map(move |(near, far)| {
            let of_parent = match parent {
                End::Near => near.collation,
                End::Far => far.collation,
            };
            let differ = near.collation != far.collation;
            (differ && is_needed(near, far)).then(|| of_parent.unwrap_or(DEFAULT))
        })
    }
}

/// The collation of a type that names none: the database's.
const DEFAULT: &str = "pg_catalog.\"default\"";

const INTEGERS: [&str; 3] = ["int2", "int4", "int8"];

/// The type in which a key's values are sent: the wider one of two integer types, as in the generated key's type; of two
/// texts that of the near column, so that they are compared as a join compares the columns; and otherwise that of the far
/// column, as the near column's may be defined in its own database alone.
///
/// Where a `char(n)` is compared with another text, the server leaves out its padding, and nothing else: the `char(2)`
/// `'P '` equals the text `'P'`, and the text `'P '` equals no `char(n)`
/// (<https://www.postgresql.org/docs/current/datatype-character.html>; `a_char_and_another_text_belong_together`). A foreign
/// key from a text to a `char(n)` ignores blanks at the end of the text as well, which neither a join does nor we
/// (`blanks_at_the_end_of_a_text_count`).
fn common(near: &'static str, far: &'static str) -> &'static str {
    const TEXTS: [&str; 4] = ["text", "varchar", "name", "bpchar"];
    let width = |ty| INTEGERS.iter().position(|integer| *integer == ty);
    let are_texts = TEXTS.contains(&near) && TEXTS.contains(&far);
    if width(near) > width(far) || are_texts { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_meet_in_the_wider() {
        assert_eq!((common("int2", "int8"), common("int8", "int4")), ("int8", "int8"));
        assert_eq!((common("text", "text"), common("int4", "int4")), ("text", "int4"));
        assert_eq!((common("bpchar", "text"), common("text", "bpchar")), ("bpchar", "text"));
    }
}
