//! The keys by which related rows are found.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt};
use postgres_types::ToSql;

use crate::model::tuples;
use crate::sql::{Ends, Owned, Parts};

/// The values of a key's columns, as a tuple.
pub trait RelationKey: Clone + Eq + Hash + Send + Sync + 'static {
    /// One array per column of the keys.
    #[doc(hidden)]
    fn arrays(keys: &[&Self]) -> Vec<Owned>;

    /// The key's values, each to be written in an expression.
    #[doc(hidden)]
    fn values(self) -> Vec<Parts>;
}

macro_rules! keys {
    ($($name:ident $value:ident $at:tt),+) => {
        impl<$($name: ToSql + Clone + Eq + Hash + Send + Sync + 'static),+> RelationKey for ($($name,)+) {
            fn arrays(keys: &[&Self]) -> Vec<Owned> {
                vec![$(Box::new(keys.iter().map(|key| key.$at.clone()).collect::<Vec<_>>())),+]
            }

            fn values(self) -> Vec<Parts> {
                vec![$(Parts::value(self.$at)),+]
            }
        }
    };
}

tuples!(up to 6: keys);

/// The condition that the far columns, written by `column`, hold this key. It is false for `None`, as nothing equals
/// NULL.
pub(super) fn equal<K: RelationKey>(key: Option<K>, ends: Ends, column: fn(&'static str) -> Parts) -> Parts {
    let Some(key) = key else { return Parts::default().text("false") };
    let columns = ends.far.iter().zip(ends.types()).zip(ends.collations_beside_values());
    let terms = columns.zip(key.values()).map(|(((far, ty), collation), value)| {
        column(far.name).text(" = ").then(value).text("::").text(ty).collate(collation)
    });
    terms.reduce(|all, term| all.text(" AND ").then(term)).unwrap_or_default().between("(", ")")
}

/// The distinct keys of some rows, each with its rows: a group.
pub(super) struct Groups<K> {
    /// The group of each key. It is looked up for every row that is loaded.
    index: HashMap<K, usize>,
    of_rows: Vec<Option<usize>>,
}

impl<K: RelationKey> Groups<K> {
    pub fn new<M>(rows: &[M], key: fn(&M) -> Option<K>) -> Self {
        let mut index = HashMap::with_capacity(rows.len());
        let of_row = |row| {
            let next = index.len();
            Some(*index.entry(key(row)?).or_insert(next))
        };
        let of_rows = rows.iter().map(of_row).collect();
        Self { index, of_rows }
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// How many rows have no key.
    pub fn without_key(&self) -> usize {
        self.of_rows.iter().filter(|group| group.is_none()).count()
    }

    /// The group with this key.
    pub fn find(&self, key: &K) -> Option<usize> {
        self.index.get(key).copied()
    }

    /// The keys, in the order of the groups.
    pub fn keys(&self) -> Vec<&K> {
        let mut keys = vec![None; self.len()];
        for (key, group) in &self.index {
            if let Some(place) = keys.get_mut(*group) {
                *place = Some(key);
            }
        }
        keys.into_iter().flatten().collect()
    }

    /// Gives each row the value of its group: the last row of a group gets the value itself, the rows before it get
    /// clones. A row without a key gets the default value.
    pub fn share<V: Clone + Default>(self, mut values: Vec<V>) -> impl Iterator<Item = V> {
        let mut waiting = vec![0_usize; values.len()];
        for group in self.of_rows.iter().flatten() {
            if let Some(rows) = waiting.get_mut(*group) {
                *rows += 1;
            }
        }
        self.of_rows.into_iter().map(move |group| {
            let group = group.and_then(|group| Some((values.get_mut(group)?, waiting.get_mut(group)?)));
            let Some((value, waiting)) = group else { return V::default() };
            *waiting = waiting.saturating_sub(1);
            if *waiting == 0 { std::mem::take(value) } else { value.clone() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_share_what_their_group_has() {
        let rows = [Some(7), None, Some(8), Some(7)];
        let groups = Groups::new(&rows, |row| row.map(|key: i32| (key,)));
        assert_eq!((groups.len(), groups.find(&(8,)), groups.find(&(9,))), (2, Some(1), None));
        assert_eq!(groups.without_key(), 1);
        let shared: Vec<Vec<&str>> = groups.share(vec![vec!["seven"], vec!["eight"]]).collect();
        assert_eq!(shared, [vec!["seven"], vec![], vec!["eight"], vec!["seven"]]);
    }
}
