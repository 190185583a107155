//! What is asked of one table, as a query and as what plain Rust makes of the same rows.

use std::cmp::Ordering;

use ormgen_runtime::{Filter, OrderBy, Query, prelude::*};

use super::{
    Strange,
    make::{Ask, By, Sort},
    terms::{Built, Condition, Term, Topic},
    world::{Values, World},
};

/// The order of two keys of a sort: NULL is larger than everything else unless something else is said.
fn compare<T: PartialOrd>(left: Option<T>, right: Option<T>, sort: &Sort) -> Ordering {
    let nulls_first = sort.nulls_first.unwrap_or(sort.is_descending);
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) if nulls_first => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) if nulls_first => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(left), Some(right)) => {
            let order = left.partial_cmp(&right).unwrap();
            if sort.is_descending { order.reverse() } else { order }
        }
    }
}

type Sorted<M> = (OrderBy<M>, Box<dyn Fn(&World, &M, &M) -> Ordering>);

impl Sort {
    fn build<M: Topic>(&self, values: &Values) -> Sorted<M> {
        match &self.by {
            By::Int(of) => self.by(of.build(values)),
            By::Text(of) => self.by(of.build(values)),
            By::Flag(at) => self.by(M::flag(*at)),
            By::Big(of) => self.by(of.build(values)),
            By::Number(of) => self.by(of.build(values)),
            By::Moment(of) => self.by(of.build(values)),
        }
    }

    fn by<M: Topic, T: PartialOrd + 'static>(&self, of: Built<M, T>) -> Sorted<M> {
        let order = if self.is_descending { of.sql.desc() } else { of.sql.asc() };
        let order = match self.nulls_first {
            None => order,
            Some(true) => order.nulls_first(),
            Some(false) => order.nulls_last(),
        };
        let (means, sort) = (of.means, self.clone());
        let compared = move |world: &World, left: &M, right: &M| {
            compare(means(world, Some(left)), means(world, Some(right)), &sort)
        };
        (order, Box::new(compared))
    }
}

impl Ask {
    /// The query, without its limits.
    pub(super) fn query<M: Topic>(&self, values: &Values) -> Query<M> {
        let query = self.filters.iter().fold(M::query(), |query, of| query.filter(of.build(values).sql));
        let query = self.order.iter().fold(query, |query, sort| query.order_by(sort.build(values).0));
        query.order_by(M::key_sql().asc())
    }

    /// The conditions as one, and the order of the rows, which is never the same for two.
    pub(super) fn parts<M: Topic>(&self, values: &Values) -> (Filter<M>, Vec<OrderBy<M>>) {
        let filter = Filter::all(self.filters.iter().map(|of| of.build(values).sql));
        let order = self.order.iter().map(|sort| sort.build(values).0);
        (filter, order.chain([M::key_sql().asc()]).collect())
    }

    /// The rows, without its limits.
    pub(super) fn rows<M: Topic>(&self, strange: &Strange) -> Vec<M> {
        self.of(&strange.world, M::all(&strange.world).to_vec())
    }

    /// Those of these rows that belong to a row, within its limits.
    pub(super) fn beside<M: Topic>(&self, world: &World, rows: Vec<&M>) -> Vec<M> {
        self.cut(self.of(world, rows.into_iter().cloned().collect()))
    }

    fn of<M: Topic>(&self, world: &World, mut rows: Vec<M>) -> Vec<M> {
        let conditions: Vec<Condition<M>> = self.filters.iter().map(|of| of.build(&world.values)).collect();
        let orders: Vec<Sorted<M>> = self.order.iter().map(|sort| sort.build(&world.values)).collect();
        rows.retain(|row| conditions.iter().all(|of| (of.means)(world, Some(row)) == Some(true)));
        rows.sort_by(|left, right| {
            let orders = orders.iter().map(|(_, compare)| compare(world, left, right));
            orders.fold(Ordering::Equal, Ordering::then).then(left.key().cmp(&right.key()))
        });
        rows
    }

    pub(super) fn cut<T>(&self, rows: Vec<T>) -> Vec<T> {
        let most =
            |rows: Option<u64>, otherwise| rows.map_or(otherwise, |rows| usize::try_from(rows).unwrap());
        rows.into_iter().skip(most(self.offset, 0)).take(most(self.limit, usize::MAX)).collect()
    }
}
