//! What to write in place of what failed, where the driver's error tells it.

use std::error::Error as StdError;

use tokio_postgres::types::WasNull;

/// The driver's words for a date or time that chrono's types cannot hold.
const TOO_LARGE: &str = "value too large to decode";

/// What to write for a value that does not fit its Rust type.
pub(super) fn of_misfit(column: &str, error: &tokio_postgres::Error) -> Option<&'static str> {
    let cause = error.source()?;
    let is_of_model = column.contains('.');
    if cause.is::<WasNull>() {
        return Some(if is_of_model {
            "only an `Option` reads a NULL: in the manifest, a view's column takes `nullable: true`, and arrays with NULL \
             among their elements take `types: { arrays: nullable }`, or one column a type such as `Vec<Option<i32>>`"
        } else {
            "only an `Option` reads a NULL: `nullable(…)` makes one of an expression, and a query in your own SQL names \
             one in its row type"
        });
    }
    (cause.to_string() == TOO_LARGE)
        .then_some("dates and times that may be `infinity` take `types: { infinity: kept }`")
}

/// The number of the parameter, from 1, whose value the driver could not send: only its text tells.
pub(super) fn parameter(error: &(dyn StdError + 'static)) -> Option<u32> {
    let text = error.to_string();
    let rest = text.strip_prefix("error serializing parameter ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse::<u32>().ok()?.checked_add(1)
}

/// What [`Error::SessionState`] calls a setting that ends with its transaction.
pub(crate) const SET_LOCAL: &str = "SET LOCAL";

/// Whether a statement of this first word begins or ends a transaction or a savepoint. [`Error::SessionState`] has such
/// words, and its text depends on them.
pub(crate) fn is_of_transactions(word: &str) -> bool {
    const WORDS: [&str; 9] =
        ["ABORT", "BEGIN", "COMMIT", "END", "PREPARE", "RELEASE", "ROLLBACK", "SAVEPOINT", "START"];
    WORDS.contains(&word)
}
