//! Writes rows into a table with a binary `COPY`.

use std::{error::Error as StdError, pin::pin};

use bytes::{Bytes, BytesMut};
use postgres_types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{CopyInSink, binary_copy::BinaryCopyInWriter, error::SqlState};

use super::session::Session;
use crate::{
    error::Result,
    observe,
    sql::{self, Value, Values},
    types::base,
};

/// How the text of a `COPY` ends whose rows follow in binary. The messages of such a statement are changed on their way
/// to the server (`wire`).
pub(crate) const ROWS_FOLLOW: &str = " FROM STDIN (FORMAT binary)";

/// A function that replaces the values by those of the next row. It returns false after the last row.
pub(crate) type NextRow<'n, 'a> = &'n mut (dyn FnMut(&mut Values<'a>) -> bool + Send);

impl Session {
    /// The current types of a statement's parameters, whatever was prepared before. A domain is resolved to its base
    /// type, as its values have the same binary form.
    pub(crate) async fn parameter_types(&self, call: &sql::Statement<'_>) -> Result<Vec<Type>> {
        let described = self.heard(self.client().prepare(&call.sql)).await;
        let statement = described.map_err(|error| self.failed(call, error))?;
        Ok(statement.params().iter().map(|ty| base(ty).clone()).collect())
    }

    /// Runs a `COPY` whose text ends with [`ROWS_FOLLOW`] into columns of these types, and counts the rows written.
    ///
    /// `None` if `may_be_refused` and the server refuses a `COPY` into this table, which it does before it takes rows:
    /// nothing has run then, no trigger either (`many_rows_that_a_trigger_refuses`).
    ///
    /// If a value cannot be encoded, or the caller goes away before the last row was sent, no row is stored: the driver
    /// sends CopyFail when its sink is dropped (tokio-postgres, `CopyInReceiver`). If the caller goes away later, the
    /// server has all rows, and its transaction decides (`a_caller_that_goes_away_after_the_last_row_leaves_nothing`).
    pub(crate) async fn copy<'a>(
        &self,
        call: &sql::Statement<'_>,
        types: &[Type],
        next: NextRow<'_, 'a>,
        may_be_refused: bool,
    ) -> Result<Option<u64>> {
        observe::served_by(|| self.served_by());
        self.note_change(call);
        self.heard(async {
            let statement = self.prepare(call).await?.statement;
            let sink = match self.client().copy_in(&statement).await {
                Err(error) if may_be_refused && error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
                    return Ok(None);
                }
                sink => sink.map_err(|error| self.failed(call, error))?,
            };
            let count = write_rows(sink, types, next).await;
            count.map(Some).map_err(|error| self.failed(call, error))
        })
        .await
    }
}

async fn write_rows<'a>(
    sink: CopyInSink<Bytes>,
    types: &[Type],
    next: NextRow<'_, 'a>,
) -> Result<u64, tokio_postgres::Error> {
    let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
    let mut row = Values::with_capacity(types.len());
    while next(&mut row) {
        writer.as_mut().write_raw(Cells(row.iter())).await?;
    }
    writer.finish().await
}

/// Whether a row's values can be encoded as columns of these types. An empty tsquery can only be sent as text.
pub(crate) fn fits(row: &Values<'_>, types: &[Type]) -> bool {
    let mut buffer = BytesMut::new();
    row.len() == types.len()
        && row
            .iter()
            .zip(types)
            .all(|(value, ty)| *ty != Type::TSQUERY && BinaryCell(value).to_sql(ty, &mut buffer).is_ok())
}

/// A value in a binary `COPY`, which takes no value as text. Its type is not a domain.
#[derive(Debug)]
struct BinaryCell<'a>(&'a Value<'a>);

impl ToSql for BinaryCell<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self.0.encode_format(ty) {
            Format::Binary => self.0.to_sql_checked(ty, out),
            Format::Text => Err("the value has no binary form".into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A row's values. (A type of its own: the compiler cannot tell that a future that holds a `map` is `Send`.)
struct Cells<'r, 'a>(std::slice::Iter<'r, Value<'a>>);

impl<'r> Iterator for Cells<'r, '_> {
    type Item = BinaryCell<'r>;

    fn next(&mut self) -> Option<BinaryCell<'r>> {
        self.0.next().map(BinaryCell)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Cells<'_, '_> {}
