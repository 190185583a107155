//! Prepares statements, each of them once on a connection.

use std::{borrow::Cow, sync::Arc};

use futures_util::FutureExt;
use tokio::sync::{oneshot, watch};

use super::Session;
use crate::{
    error::Result,
    pool::{
        known::SqlText,
        statements::{Claim, Prepared},
        tags::Labels,
    },
    sql,
};

impl Session {
    pub(in crate::pool) async fn prepare(&self, statement: &sql::Statement<'_>) -> Result<Prepared> {
        let prepared = self.prepare_text(&statement.sql, Labels::of(statement)).await;
        prepared.map_err(|error| error.of_own_sql(statement.calls_unknown))
    }

    /// A statement's text as it is sent, with the connection's tags.
    pub(in crate::pool) fn tagged<'t>(&self, sql: &'t str, labels: Labels) -> Cow<'t, str> {
        self.knowledge.tagged(sql, labels)
    }

    pub(in crate::pool) async fn prepare_text(&self, sql: &SqlText, labels: Labels) -> Result<Prepared> {
        match self.statements.ready(sql) {
            Some(prepared) => Ok(prepared),
            // Boxed, as it is rare: otherwise every query's future would contain this one, in size and in type.
            None => self.prepare_once(sql.clone(), labels).boxed().await.map_err(|error| self.sort(error)),
        }
    }

    /// If several callers ask for a statement at the same time, one prepares it and the others wait.
    async fn prepare_once(&self, sql: SqlText, labels: Labels) -> Result<Prepared, tokio_postgres::Error> {
        loop {
            match self.statements.claim(&sql) {
                Claim::Ready(prepared) => return Ok(prepared),
                Claim::Wait(mut coming) => while coming.changed().await.is_ok() {},
                Claim::Mine(done) => {
                    let prepared = self.prepare_apart(sql.clone(), labels, done).await;
                    // No answer means that the task ended with its runtime.
                    return match prepared {
                        Ok(prepared) => prepared,
                        Err(_) => {
                            let statement = self.client.prepare(&self.tagged(&sql, labels)).await?;
                            Ok(Prepared::new(statement, &sql, labels, &self.knowledge))
                        }
                    };
                }
            }
        }
    }

    /// Prepares in a separate task: a caller that is dropped, or not polled, must not keep the others waiting.
    fn prepare_apart(
        &self,
        sql: SqlText,
        labels: Labels,
        done: watch::Sender<()>,
    ) -> oneshot::Receiver<Result<Prepared, tokio_postgres::Error>> {
        let (client, statements) = (Arc::clone(&self.client), Arc::clone(&self.statements));
        let knowledge = Arc::clone(&self.knowledge);
        let (tell, told) = oneshot::channel();
        tokio::spawn(async move {
            let prepared = client.prepare(&knowledge.tagged(&sql, labels)).await;
            let prepared = prepared.map(|statement| Prepared::new(statement, &sql, labels, &knowledge));
            statements.settle(sql, prepared.as_ref().ok());
            drop(done);
            // The caller may be gone.
            let _ = tell.send(prepared);
        });
        told
    }
}
