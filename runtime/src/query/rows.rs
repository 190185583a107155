//! Rows on their way from the server to models.
//!
//! The loops are written once for all models: what is compiled per model is its `decode` and a push.

use std::{pin::Pin, sync::Arc};

use futures_util::{Stream, stream};
use tokio_postgres::Row;
use tracing::Instrument;

use super::{
    noting::Noting,
    write::{Each, Returned},
};
use crate::{
    error::{Error, Result},
    model::{DecodeError, Decoder, Misfit, Model, Unread},
    pool::Target,
    sql::{Call, ColumnDef, Intent, Values},
};

/// Runs a statement and hands each row to `each` as it arrives.
pub(crate) async fn for_each(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
    columns: &'static [ColumnDef],
    each: Each<'_>,
) -> Result<()> {
    let span = span(&target, call);
    let _noting = Noting::new(&target, intent, call);
    let mut each = |row: &Row| each(row).map_err(|error| does_not_fit(&target, call, columns, error));
    target.run(intent, call, values, &mut each).instrument(span).await.map(drop)
}

/// Runs a statement that returns no rows, and counts those it touched.
pub(crate) async fn execute(target: Target<'_>, call: &Call, values: &Values<'_>) -> Result<u64> {
    let span = span(&target, call);
    let _noting = Noting::new(&target, Intent::Write, call);
    target.run(Intent::Write, call, values, &mut |_| Ok(())).instrument(span).await
}

/// Every row, read by `decode`.
pub(crate) async fn collect<R: Send>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
    columns: &'static [ColumnDef],
    mut decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send,
) -> Result<Vec<R>> {
    let mut found = Vec::new();
    for_each(target, intent, call, values, columns, &mut |row| {
        found.push(decode(&mut Decoder::new(row))?);
        Ok(())
    })
    .await?;
    Ok(found)
}

/// Runs a statement that changes rows, hands those that it returns to `each`, and counts them.
pub(super) async fn change(
    target: Target<'_>,
    call: &Call,
    values: &Values<'_>,
    returned: Returned<'_>,
    each: Each<'_>,
) -> Result<u64> {
    if returned.is_nothing() {
        return execute(target, call, values).await;
    }
    let mut count = 0;
    for_each(target, Intent::Write, call, values, returned.columns(), &mut |row| {
        count += 1;
        each(row)
    })
    .await?;
    Ok(count)
}

/// Every row as a model.
pub(crate) async fn all<M: Model>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
) -> Result<Vec<M>> {
    collect(target, intent, call, values, M::COLUMNS, M::decode).await
}

/// The only row, read by `decode`, if there is one.
pub(crate) async fn single<R: Send>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
    columns: &'static [ColumnDef],
    mut decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send,
) -> Result<Option<R>> {
    let (mut found, mut rows) = (None, 0);
    for_each(target, intent, call, values, columns, &mut |row| {
        rows += 1;
        found = Some(decode(&mut Decoder::new(row))?);
        Ok(())
    })
    .await?;
    if rows > 1 {
        return Err(Error::TooManyRows { connection: Arc::clone(target.alias()), model: call.model });
    }
    Ok(found)
}

/// The only row as a model, if there is one.
pub(crate) async fn optional<M: Model>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
) -> Result<Option<M>> {
    single(target, intent, call, values, M::COLUMNS, M::decode).await
}

/// The only row as a model.
pub(crate) async fn one<M: Model>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
) -> Result<M> {
    let model = optional(target, intent, call, values).await?;
    model.ok_or_else(|| not_found(&target, M::NAME))
}

/// The first column of the only row.
pub(crate) async fn scalar<T>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
) -> Result<T>
where
    T: for<'r> postgres_types::FromSql<'r> + Send,
{
    let mut value = None;
    for_each(target, intent, call, values, &[], &mut |row| {
        value = Some(Decoder::new(row).get()?);
        Ok(())
    })
    .await?;
    value.ok_or_else(|| not_found(&target, call.model))
}

pub(super) fn not_found(target: &Target<'_>, model: &'static str) -> Error {
    Error::NotFound { connection: Arc::clone(target.alias()), model }
}

/// Rows as they arrive.
pub(crate) type Rows<'e, R> = Pin<Box<dyn Stream<Item = Result<R>> + Send + 'e>>;

/// Rows as they arrive, read by `decode`. The server is held back while nobody asks for the next one, so memory
/// stays constant; the connection is given back when the stream is dropped.
pub(crate) async fn stream<'e, R: Send + 'e>(
    target: Target<'e>,
    intent: Intent,
    call: Call,
    values: &Values<'_>,
    columns: &'static [ColumnDef],
    decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + 'e,
) -> Result<Rows<'e, R>> {
    let span = span(&target, &call);
    let rows = target.read(intent, &call, values).instrument(span).await?;
    let found = stream::try_unfold((rows, call, decode), move |(mut rows, call, mut decode)| async move {
        let Some(row) = rows.next(&call).await? else { return Ok(None) };
        let value =
            decode(&mut Decoder::new(&row)).map_err(|error| does_not_fit(&target, &call, columns, error))?;
        Ok(Some((value, (rows, call, decode))))
    });
    Ok(Box::pin(found))
}

pub(super) fn span(target: &Target<'_>, call: &Call) -> tracing::Span {
    tracing::debug_span!("query", connection = &**target.alias(), model = call.model, statement = call.verb)
}

fn does_not_fit(
    target: &Target<'_>,
    call: &Call,
    columns: &'static [ColumnDef],
    error: DecodeError,
) -> Error {
    let connection = Arc::clone(target.alias());
    let Unread { column, source } = error.unread();
    let source = match source {
        Misfit::Value(source) => source,
        Misfit::Columns(what) => return Error::Columns { connection, what },
    };
    let name = columns.get(column).map_or("?", |column| column.name);
    Error::Decode { connection, column: format!("{}.{name}", call.model), source }
}
