//! Rows on their way into a table by a binary `COPY`.

use std::{error::Error as StdError, pin::pin};

use bytes::BytesMut;
use postgres_types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Statement, binary_copy::BinaryCopyInWriter};

use super::session::Session;
use crate::{
    error::Result,
    sql::{self, Value, Values},
    types::base,
};

/// Puts the next row's values in place of those of the last. False after the last row.
pub(crate) type NextRow<'n, 'a> = &'n mut (dyn FnMut(&mut Values<'a>) -> bool + Send);

impl Session {
    /// The types that a statement's parameters travel as, as they are now, whatever was prepared before: a domain's
    /// values travel as those of what it is over.
    pub(crate) async fn parameter_types(&self, call: &sql::Statement<'_>) -> Result<Vec<Type>> {
        let described = self.heard(self.client().prepare(&call.sql)).await;
        let statement = described.map_err(|error| self.failed(call, error))?;
        Ok(statement.params().iter().map(|ty| base(ty).clone()).collect())
    }

    /// Runs a `COPY … FROM STDIN (FORMAT binary)` into columns of these types, and counts the rows.
    ///
    /// If the caller goes away, or a value cannot be written, the server is told to store none of them: the driver
    /// sends CopyFail when its sink is dropped (tokio-postgres, `CopyInReceiver`).
    pub(crate) async fn copy<'a>(
        &self,
        call: &sql::Statement<'_>,
        types: &[Type],
        next: NextRow<'_, 'a>,
    ) -> Result<u64> {
        self.heard(async {
            let statement = self.prepare(call).await?.statement;
            let count = self.write_rows(&statement, types, next).await;
            count.map_err(|error| self.failed(call, error))
        })
        .await
    }

    async fn write_rows<'a>(
        &self,
        statement: &Statement,
        types: &[Type],
        next: NextRow<'_, 'a>,
    ) -> Result<u64, tokio_postgres::Error> {
        let sink = self.client().copy_in(statement).await?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
        let mut row = Values::with_capacity(types.len());
        while next(&mut row) {
            writer.as_mut().write_raw(Cells(row.iter())).await?;
        }
        writer.finish().await
    }
}

/// Whether a row's values can be written as columns of these types. A tsquery that is empty travels as text only.
pub(crate) fn fits(row: &Values<'_>, types: &[Type]) -> bool {
    let mut buffer = BytesMut::new();
    row.len() == types.len()
        && row
            .iter()
            .zip(types)
            .all(|(value, ty)| *ty != Type::TSQUERY && BinaryCell(value).to_sql(ty, &mut buffer).is_ok())
}

/// A value in a binary `COPY`, which has no place for one in text. It is written as a type that is no domain.
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
