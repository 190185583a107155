//! The further tables that an `UPDATE` or a `DELETE` reads, in its `FROM` or `USING`.

use super::SqlWriter;

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
}
