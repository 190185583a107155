//! Rows that a join table links: loaded like those of any other relation, and linked and unlinked by their keys.

use std::{fmt, marker::PhantomData};

use super::{
    Relation, RelationKey,
    key::{self, Ends},
    statement,
};
use crate::{
    error::Result,
    executor::{Executor, Writer},
    expr::{Filter, IntoFilter, OrderBy},
    model::{Database, DecodeError, Decoder, Model, Types, tuples},
    query::{Fetch as _, Queries as _, Query, run},
    sql::{ColumnDef, Intent, Link, Owned, Parts, SqlWriter, Statement},
};

/// From a row of `M` to the rows of `T` that a join table links to it. `K` is the key of `M` there, `L` that of `T`.
///
/// `Product::query().with(Product::TAGS)` loads them, `Product::TAGS.of(&product).add([tag.id]).execute(&dbs)` links one
/// more.
pub struct ManyToMany<M, T, K, L> {
    pub(super) from: fn(&M) -> Option<K>,
    pub(super) join: JoinTable,
    types: PhantomData<fn() -> (T, L)>,
}

/// A table whose rows are links, between two others.
#[derive(Clone, Copy, Debug)]
pub(super) struct JoinTable {
    pub table: &'static str,
    /// Its model's name.
    name: &'static str,
    /// From the columns of `M` to its own.
    pub near: Ends,
    /// From its own to the columns of `T`.
    pub far: Ends,
}

impl<M, J: Model, K, S> Relation<M, J, K, S> {
    /// Through the rows of this relation, which are links, to where `next` leads from them.
    pub const fn through<T, L, N>(self, next: Relation<J, T, L, N>) -> ManyToMany<M, T, K, L> {
        let join = JoinTable { table: J::TABLE, name: J::NAME, near: self.ends(), far: next.ends() };
        ManyToMany { from: self.from, join, types: PhantomData }
    }
}

impl<M, T: Model, K, L> ManyToMany<M, T, K, L> {
    /// To the join table, and from there to `T`.
    pub(crate) const fn links(&self) -> (Link, Link) {
        self.join.links(T::TABLE)
    }
}

impl JoinTable {
    /// To it, and from there to the table of `T`.
    pub const fn links(&self, to: &'static str) -> (Link, Link) {
        (self.near.link(self.table), self.far.link(to))
    }
}

impl<M, T: Model, K: RelationKey, L: RelationKey> ManyToMany<M, T, K, L> {
    /// The links of one row.
    pub fn of(&self, row: &M) -> Linked<M, T, K, L> {
        Linked { key: (self.from)(row), join: self.join, types: PhantomData }
    }
}

impl<M, T, K, L> Clone for ManyToMany<M, T, K, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, K, L> Copy for ManyToMany<M, T, K, L> {}

impl<M, T: Model, K, L> fmt::Debug for ManyToMany<M, T, K, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManyToMany").field("to", &T::NAME).field("join", &self.join).finish_non_exhaustive()
    }
}

/// The links of one row of `M` to rows of `T`.
#[must_use = "links do nothing until they are asked or changed: `.add([…]).execute(&dbs).await`"]
pub struct Linked<M, T, K, L> {
    key: Option<K>,
    join: JoinTable,
    types: Types<M, T, L>,
}

impl<M: Model, T: Model, K: RelationKey, L: RelationKey> Linked<M, T, K, L> {
    /// A query of the linked rows: to order, update or delete them, or to load relations with them. An update or a
    /// delete of it is one of the rows themselves, not of the links.
    pub fn query(self) -> Query<T> {
        let Self { key, join, .. } = self;
        let own = key::equal(key, join.near, |name| Parts::default().text(name));
        let links = list(join.far.near, |name| Parts::default().text(name)).between("(SELECT ", " FROM ");
        let links = links.text(join.table).text(" WHERE ").then(own).text(")");
        let condition = list(join.far.far, Parts::column).between("(", ") IN ").then(links);
        T::query().filter(Filter::new(condition))
    }

    /// The linked rows for which `filter` holds.
    pub fn filter(self, filter: impl IntoFilter<T>) -> Query<T> {
        self.query().filter(filter)
    }

    /// The linked rows in this order.
    pub fn order_by(self, order: OrderBy<T>) -> Query<T> {
        self.query().order_by(order)
    }

    /// Every linked row, in no order that one could rely on.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn all(self, executor: impl Executor<T::Db>) -> Result<Vec<T>> {
        self.query().all(executor).await
    }

    /// How many rows are linked.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn count(self, executor: impl Executor<T::Db>) -> Result<i64> {
        self.query().count(executor).await
    }

    /// Whether any row is linked.
    ///
    /// # Errors
    /// Those of taking a connection and of the server.
    pub async fn exists(self, executor: impl Executor<T::Db>) -> Result<bool> {
        self.query().exists(executor).await
    }

    /// Links the rows with these keys. Those that are linked already stay so, and are not counted.
    #[expect(
        clippy::should_implement_trait,
        reason = "no sum: the word that users of such relations look for"
    )]
    pub fn add(self, keys: impl IntoIterator<Item: IntoLinkKey<L>>) -> Relink<M::Db> {
        self.relink(Verb::Add, given(keys))
    }

    /// Unlinks the rows with these keys.
    pub fn remove(self, keys: impl IntoIterator<Item: IntoLinkKey<L>>) -> Relink<M::Db> {
        self.relink(Verb::Remove, given(keys))
    }

    /// Links the rows with these keys, and unlinks all others, in one statement.
    ///
    /// Of two that run at the same time, neither sees what the other adds: where that may be, run them in
    /// serializable transactions.
    pub fn set(self, keys: impl IntoIterator<Item: IntoLinkKey<L>>) -> Relink<M::Db> {
        self.relink(Verb::Set, given(keys))
    }

    /// Unlinks all rows.
    pub fn clear(self) -> Relink<M::Db> {
        self.relink(Verb::Clear, Vec::new())
    }

    fn relink(self, verb: Verb, keys: Vec<L>) -> Relink<M::Db> {
        let is_idle = self.key.is_none() || (keys.is_empty() && matches!(verb, Verb::Add | Verb::Remove));
        Relink {
            verb,
            join: self.join,
            own: self.key.map(RelationKey::values).unwrap_or_default(),
            others: L::arrays(&keys.iter().collect::<Vec<_>>()),
            is_idle,
            database: PhantomData,
        }
    }
}

impl<M, T: Model, K, L> fmt::Debug for Linked<M, T, K, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").field("to", &T::NAME).field("join", &self.join).finish_non_exhaustive()
    }
}

/// A key of linked rows, or what stands for one: its column's value alone, `&str` for a `String`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of the linked table",
    label = "expected `{L}`",
    note = "a key of one column is that column's value; one of several columns is a tuple of their values"
)]
pub trait IntoLinkKey<L> {
    /// The key.
    #[doc(hidden)]
    fn into_link_key(self) -> L;
}

impl<T> IntoLinkKey<(T,)> for T {
    fn into_link_key(self) -> (T,) {
        (self,)
    }
}

impl IntoLinkKey<(String,)> for &str {
    fn into_link_key(self) -> (String,) {
        (self.to_owned(),)
    }
}

/// A tuple of one is the value of one column, in the tuple that is its key.
macro_rules! link_keys {
    (A a 0) => {};
    ($($name:ident $value:ident $at:tt),+) => {
        impl<$($name),+> IntoLinkKey<($($name,)+)> for ($($name,)+) {
            fn into_link_key(self) -> Self {
                self
            }
        }
    };
}

tuples!(up to 6: link_keys);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Remove,
    Set,
    Clear,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Set => "set",
            Self::Clear => "clear",
        }
    }
}

/// How many links a change made and took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relinked {
    /// Links that were not there before.
    pub added: u64,
    /// Links that are there no more.
    pub removed: u64,
}

/// A change of one row's links.
#[must_use = "links do not change until it is run: `.execute(&dbs).await`"]
pub struct Relink<D> {
    verb: Verb,
    join: JoinTable,
    /// The key of the row, value by value.
    own: Vec<Parts>,
    /// The keys of the others, one array a column.
    others: Vec<Owned>,
    /// Whether there is nothing to send.
    is_idle: bool,
    database: PhantomData<fn() -> D>,
}

impl<D> fmt::Debug for Relink<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relink").field("verb", &self.verb).field("join", &self.join).finish_non_exhaustive()
    }
}

impl<D: Database> Relink<D> {
    /// Runs it as one statement, and counts the links that it made and took away. Where there is nothing to do,
    /// nothing is sent. A row whose key is NULL has no links and gets none.
    ///
    /// # Errors
    /// Those of taking a connection and of the server: a [foreign key violation](crate::Error::ForeignKeyViolation) tells of a
    /// key that no row has.
    pub async fn execute(self, executor: impl Writer<D>) -> Result<Relinked> {
        if self.is_idle {
            return Ok(Relinked::default());
        }
        let target = executor.target();
        let statement = self.statement();
        Ok(match self.verb {
            Verb::Add => Relinked { added: run::execute(target, &statement).await?, removed: 0 },
            Verb::Remove | Verb::Clear => {
                Relinked { added: 0, removed: run::execute(target, &statement).await? }
            }
            Verb::Set => run::one(target, &statement, counts).await?,
        })
    }

    fn statement(&self) -> Statement<'_> {
        let mut sql = SqlWriter::new(self.join.table);
        match self.verb {
            Verb::Add => self.write_add(&mut sql),
            Verb::Clear => self.write_remove(&mut sql),
            Verb::Remove => {
                self.write_remove(&mut sql);
                self.write_among(sql.push(" AND "));
            }
            Verb::Set => self.write_set(&mut sql),
        }
        sql.finish(Intent::Write).named(self.join.name, self.verb.name())
    }

    fn write_add<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        let JoinTable { table, near, far, .. } = self.join;
        let link = [near.far, far.near].concat();
        statement::write_tuple(sql.push("INSERT INTO ").push(table).push(" "), &link);
        sql.push(" SELECT ");
        for (value, ty) in self.own.iter().zip(near.types()) {
            value.write(sql);
            sql.push("::").push(ty).push(", ");
        }
        statement::write_arrays(sql.push("linked.* FROM UNNEST("), far, &self.others);
        statement::write_tuple(sql.push(") AS linked ON CONFLICT "), &link);
        sql.push(" DO NOTHING");
    }

    fn write_remove<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        let JoinTable { table, near, .. } = self.join;
        sql.push("DELETE FROM ").push(table).push(" WHERE ");
        let terms = near.far.iter().zip(near.types()).zip(&self.own);
        sql.list(" AND ", terms, |sql, ((column, ty), value)| {
            value.write(sql.push(column.name).push(" = "));
            sql.push("::").push(ty);
        });
    }

    fn write_among<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        statement::write_among(sql, self.join.far.near, self.join.far, &self.others);
    }

    /// Both parts see the links as they were before, and no link is of both.
    fn write_set<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_remove(sql.push("WITH removed AS ("));
        self.write_among(sql.push(" AND NOT ("));
        self.write_add(sql.push(") RETURNING 1), added AS ("));
        sql.push(" RETURNING 1) SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM removed)");
    }
}

fn counts(row: &mut Decoder<'_>) -> Result<Relinked, DecodeError> {
    let [added, removed] = [row.get::<i64>()?, row.get::<i64>()?].map(i64::unsigned_abs);
    Ok(Relinked { added, removed })
}

fn given<L>(keys: impl IntoIterator<Item: IntoLinkKey<L>>) -> Vec<L> {
    keys.into_iter().map(IntoLinkKey::into_link_key).collect()
}

/// The columns' names, separated by commas.
fn list(columns: &[ColumnDef], name: fn(&'static str) -> Parts) -> Parts {
    let names = columns.iter().map(|column| name(column.name));
    names.reduce(|all, name| all.text(", ").then(name)).unwrap_or_default()
}
