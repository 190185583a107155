//! The further tables that an `UPDATE` or a `DELETE` reads, in its `FROM` or `USING`.

use super::SqlWriter;
use crate::sql::Parts;

impl SqlWriter<'_> {
    /// Writes the further tables of an `UPDATE` or a `DELETE`, after `word`.
    pub(crate) fn further_tables(&mut self, word: &str) -> &mut Self {
        for (at, number) in self.scope.joined().enumerate() {
            if let Some(name) = self.scope.get(number).map(|table| table.name) {
                self.push(if at == 0 { word } else { ", " }).push(name).push(" AS ").alias(number);
            }
        }
        self
    }

    /// Writes ` WHERE` and the conditions that link the rows of the further tables to the rows before them; returns
    /// whether there are any.
    pub(crate) fn further_links(&mut self) -> bool {
        let mut word = " WHERE ";
        for number in self.scope.joined() {
            self.push(word).link(number);
            word = " AND ";
        }
        word == " AND "
    }

    /// Writes columns with their table's alias where one of `parts`, which an `UPDATE` returns, reads other rows as well.
    pub(crate) fn name_rows<'p>(&mut self, parts: impl IntoIterator<Item = &'p Parts>) {
        if parts.into_iter().any(|part| part.looks_beyond() || part.across().next().is_some()) {
            self.scope.alias(self.scope.current);
        }
    }

    /// Writes what an `UPDATE` returns. The rows of its further tables belong to the row as it was: where the update
    /// changes the key of a relation, the relation leads from the new row to another one, which is read in a sub-select
    /// (`changed_keys_lead_to_other_rows`).
    pub(crate) fn after_change(&mut self, write: impl FnOnce(&mut Self)) {
        let further = self.scope.select + 1;
        self.scope.hide_from(further, true);
        write(self);
        self.scope.hide_from(further, false);
    }
}
