//! Rows that are linked by a join table: loaded as through any other relation, and linked and unlinked by their keys.

use std::{fmt, marker::PhantomData};

use super::{Load, Relation, RelationKey, With, key, statement};
use crate::{
    error::Result,
    executor::{Executor, Writer},
    expr::{Filter, IntoFilter, IntoOrder, OfRows},
    model::{Database, DecodeError, Decoder, Model, ModelKind as _, Types, tuples},
    query::{Fetch as _, IntoKey, Queries as _, Query, RowCount, run},
    sql::{Ends, Intent, Link, Owned, Parts, SqlWriter, Statement},
};

/// A relation from a row of `M` to the rows of `T` that a join table links to it. `K` is the key of `M` in that table,
/// `L` that of `T`, or [`ReadOnlyLinks`] where a link needs more than the two keys.
///
/// `Product::query().with(Product::TAGS)` loads the tags, `Product::TAGS.of(&product).add([tag.id]).execute(&dbs)`
/// links one more.
pub struct ManyToMany<M, T, K, L> {
    pub(super) from: fn(&M) -> Option<K>,
    pub(super) join: JoinTable,
    types: PhantomData<fn() -> (T, L)>,
}

/// The join table, whose rows are links between two other tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct JoinTable {
    pub table: &'static str,
    /// The name of the join table's model.
    name: &'static str,
    /// From the key columns of `M` to those of the join table.
    pub near: Ends,
    /// From the key columns of the join table to those of `T`.
    pub far: Ends,
}

impl<M, J: Model, K, S> Relation<M, J, K, S> {
    /// A many-to-many relation through the rows that this relation leads to, each of which is a link, to the rows that
    /// `next` leads to.
    pub const fn through<T, L, N>(self, next: Relation<J, T, L, N>) -> ManyToMany<M, T, K, L> {
        ManyToMany::new(self, next)
    }

    /// As [`through`](Self::through), where a row of the join table needs values beside the two keys: the rows at the
    /// other end are read, and links are rows that a program inserts and deletes as any others.
    pub const fn through_rows<T, L, N>(
        self,
        next: Relation<J, T, L, N>,
    ) -> ManyToMany<M, T, K, ReadOnlyLinks> {
        ManyToMany::new(self, next)
    }
}

impl<M, T, K, L> ManyToMany<M, T, K, L> {
    const fn new<J: Model, S, F, N>(to_join: Relation<M, J, K, S>, to_far: Relation<J, T, F, N>) -> Self {
        let join = JoinTable { table: J::TABLE, name: J::NAME, near: to_join.ends, far: to_far.ends };
        Self { from: to_join.from, join, types: PhantomData }
    }
}

impl<M, T: Model, K, L> ManyToMany<M, T, K, L> {
    /// The link to the join table, and the link from there to `T`.
    pub(crate) const fn links(&self) -> (Link, Link) {
        self.join.links(T::TABLE, !T::Kind::IS_TABLE)
    }
}

impl JoinTable {
    /// The link to the join table, and the link from there to the table of `T`.
    pub const fn links(&self, to: &'static str, is_view: bool) -> (Link, Link) {
        (
            Link { table: self.table, ends: self.near, is_view: false },
            Link { table: to, ends: self.far, is_view },
        )
    }
}

impl<M, T: Model, K: RelationKey, L> ManyToMany<M, T, K, L> {
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

impl<M: Model, T: Model, K: RelationKey, L> Linked<M, T, K, L> {
    /// A query of the linked rows: to sort, update or delete them, or to load relations with them. Its update or delete
    /// changes the rows themselves, not the links.
    pub fn query(self) -> Query<T> {
        let Self { key, join, .. } = self;
        let own = key::equal(key, join.near, |name| Parts::default().text(name));
        let links = join.far.near.iter().map(|column| Parts::default().text(column.name));
        let links = Parts::joined(", ", links).between("(SELECT ", " FROM ");
        let links = links.text(join.table).text(" WHERE ").then(own).text(")");
        let columns = join.far.far.iter().zip(join.far.collations());
        let columns = columns.map(|(column, collation)| Parts::column(column.name).collate(collation));
        let condition = Parts::joined(", ", columns).between("(", ") IN ").then(links);
        T::query().filter(Filter::<T>::new(condition))
    }

    /// A query of the linked rows for which `filter` holds.
    pub fn filter<P: OfRows>(self, filter: impl IntoFilter<T, P>) -> Query<T> {
        self.query().filter(filter)
    }

    /// A query of the linked rows in this order.
    pub fn order_by(self, order: impl IntoOrder<T>) -> Query<T> {
        self.query().order_by(order)
    }

    /// A query of at most this many of the linked rows. `None` changes nothing.
    pub fn limit(self, rows: impl RowCount) -> Query<T> {
        self.query().limit(rows)
    }

    /// A query of the linked rows, each with what `relation` leads to.
    pub fn with<R: Load<T>>(self, relation: R) -> With<Query<T>, (R,)> {
        self.query().with(relation)
    }

    /// Reads every linked row, in no particular order.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn all(self, executor: impl Executor<T::Db>) -> Result<Vec<T>> {
        self.query().all(executor).await
    }

    /// Counts the linked rows.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn count(self, executor: impl Executor<T::Db>) -> Result<i64> {
        self.query().count(executor).await
    }

    /// Whether any row is linked.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server.
    pub async fn exists(self, executor: impl Executor<T::Db>) -> Result<bool> {
        self.query().exists(executor).await
    }

    /// Links the rows with these keys. Rows that are linked already stay so, and are not counted.
    #[expect(
        clippy::should_implement_trait,
        reason = "no sum: the word that users of such relations look for"
    )]
    pub fn add(self, keys: impl IntoIterator<Item: IntoLinkKey<L>>) -> Relink<M::Db>
    where
        L: LinkKey,
    {
        self.relink(Verb::Add, given(keys))
    }

    /// Unlinks the rows with these keys.
    pub fn remove(self, keys: impl IntoIterator<Item: IntoLinkKey<L>>) -> Relink<M::Db>
    where
        L: LinkKey,
    {
        self.relink(Verb::Remove, given(keys))
    }

    /// Links the rows with these keys and unlinks all others, in one statement.
    ///
    /// Two such statements that run at the same time do not see the links that the other adds: where this can happen,
    /// run them in serializable transactions.
    pub fn set(self, keys: impl IntoIterator<Item: IntoLinkKey<L>>) -> Relink<M::Db>
    where
        L: LinkKey,
    {
        self.relink(Verb::Set, given(keys))
    }

    /// Unlinks all rows.
    pub fn clear(self) -> Relink<M::Db>
    where
        L: LinkKey,
    {
        self.relink(Verb::Clear, Vec::new())
    }

    fn relink(self, verb: Verb, keys: Vec<L>) -> Relink<M::Db>
    where
        L: LinkKey,
    {
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

/// Marks a many-to-many relation whose links need values beside the two keys.
#[derive(Debug)]
pub struct ReadOnlyLinks(());

/// The key of a linked row, where a link is the two keys and nothing else.
#[diagnostic::on_unimplemented(
    message = "a link of this relation needs values beside its two keys",
    label = "links are read here, and not written",
    note = "insert and delete the rows of the join table themselves: \
            `Item::insert(NewItem {{ order_id, product_id, quantity }}).execute(&dbs)`"
)]
pub trait LinkKey: RelationKey {}

/// A key of a linked row, or a value that converts into one: the value of a single column, a reference to it, `&str` for
/// a `String`; of a key of several columns what [`IntoKey`] takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of the linked table",
    label = "expected `{L}`",
    note = "a key of one column is that column's value; one of several columns is a tuple of their values"
)]
pub trait IntoLinkKey<L> {
    /// Converts the value into the key.
    #[doc(hidden)]
    fn into_link_key(self) -> L;
}

impl<T> IntoLinkKey<(T,)> for T {
    fn into_link_key(self) -> (T,) {
        (self,)
    }
}

impl<T: Clone> IntoLinkKey<(T,)> for &T {
    fn into_link_key(self) -> (T,) {
        (self.clone(),)
    }
}

/// Any key, so that [`LinkKey`] alone says what is wrong.
impl<T> IntoLinkKey<ReadOnlyLinks> for T {
    fn into_link_key(self) -> ReadOnlyLinks {
        ReadOnlyLinks(())
    }
}

impl IntoLinkKey<(String,)> for &str {
    fn into_link_key(self) -> (String,) {
        (self.to_owned(),)
    }
}

macro_rules! link_keys {
    (A a 0) => {};
    ($($name:ident $value:ident $at:tt),+) => {
        impl<K: IntoKey<($($name,)+)>, $($name),+> IntoLinkKey<($($name,)+)> for K {
            fn into_link_key(self) -> ($($name,)+) {
                self.into_key()
            }
        }
    };
}

tuples!(up to 6: link_keys);

macro_rules! link_key {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<$($name),+> LinkKey for ($($name,)+) where ($($name,)+): RelationKey {}
    };
}

tuples!(up to 6: link_key);

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

/// How many links a change added and removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relinked {
    /// The links that were added.
    pub added: u64,
    /// The links that were removed.
    pub removed: u64,
}

/// A change of one row's links.
#[must_use = "links do not change until it is run: `.execute(&dbs).await`"]
pub struct Relink<D> {
    verb: Verb,
    join: JoinTable,
    /// The key of the row whose links change, value by value.
    own: Vec<Parts>,
    /// The keys of the linked rows, one array per column.
    others: Vec<Owned>,
    /// Whether there is nothing to change, so that no statement is sent.
    is_idle: bool,
    database: PhantomData<fn() -> D>,
}

impl<D> fmt::Debug for Relink<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relink").field("verb", &self.verb).field("join", &self.join).finish_non_exhaustive()
    }
}

impl<D: Database> Relink<D> {
    /// Runs the change as one statement, and counts the links that it added and removed. Where there is nothing to
    /// change, nothing is sent. A row whose key is NULL has no links and gets none.
    ///
    /// # Errors
    /// The errors of taking a connection and of the server: a [foreign key
    /// violation](crate::Error::ForeignKeyViolation) if no row has one of the keys.
    pub async fn execute(self, executor: impl Writer<D>) -> Result<Relinked> {
        if self.is_idle {
            return Ok(Relinked::default());
        }
        let target = executor.target_for(Intent::Write)?;
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
        let columns = near.far.iter().zip(near.types()).zip(near.collations_beside_values());
        sql.list(" AND ", columns.zip(&self.own), |sql, (((column, ty), collation), value)| {
            value.write(sql.push(column.name).push(" = "));
            sql.push("::").push(ty).collate(collation);
        });
    }

    fn write_among<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        statement::write_among(sql, self.join.far.near, self.join.far, &self.others);
    }

    /// Both parts of the statement see the links as they were before it, and no link is changed by both.
    fn write_set<'a>(&'a self, sql: &mut SqlWriter<'a>) {
        self.write_remove(sql.push("WITH \"ormgen removed\" AS ("));
        self.write_among(sql.push(" AND NOT ("));
        self.write_add(sql.push(") RETURNING 1), \"ormgen added\" AS ("));
        sql.push(" RETURNING 1) SELECT (SELECT count(*) FROM \"ormgen added\")");
        sql.push(", (SELECT count(*) FROM \"ormgen removed\")");
    }
}

fn counts(row: &mut Decoder<'_>) -> Result<Relinked, DecodeError> {
    let [added, removed] = [row.get::<i64>()?, row.get::<i64>()?].map(i64::unsigned_abs);
    Ok(Relinked { added, removed })
}

fn given<L>(keys: impl IntoIterator<Item: IntoLinkKey<L>>) -> Vec<L> {
    keys.into_iter().map(IntoLinkKey::into_link_key).collect()
}
