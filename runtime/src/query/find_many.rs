//! Conditions that a row has a key, or one of several, as a query's filter.

use std::{error::Error as StdError, fmt};

use bytes::BytesMut;
use postgres_types::{IsNull, Kind, ToSql, Type, to_sql_checked};

use super::unnest::ColumnOf;
use crate::{
    error::Result,
    expr::Filter,
    model::Keyed,
    sql::{ColumnDef, Parts, SqlType, Values},
    types::base,
};
use std::sync::Arc;

/// The condition that a row has one of these keys. Each column of the key is one array, so the SQL text is the same for
/// any number of keys.
pub(super) fn has_key<M>(keys: Vec<M::Key>) -> Filter<M>
where
    M: Keyed<Key: 'static>,
{
    let keys = Arc::new(keys);
    let array = |column: usize| Parts::value(KeyColumn::<M> { keys: Arc::clone(&keys), column });
    let names = Parts::joined(", ", M::KEY.iter().map(|column| Parts::column(column.name)));
    if let [column] = M::KEY {
        let keys = match SqlType::of(column).of_value() {
            Some(name) => array(0).text("::").text(name).text("[]"),
            None => array(0),
        };
        return Filter::new(names.text(" = ANY(").then(keys).between("(", "))"));
    }
    let typed = |(at, column): (usize, &ColumnDef)| array(at).text("::").text(column.sql_type).text("[]");
    let arrays = Parts::joined(", ", M::KEY.iter().enumerate().map(typed));
    Filter::new(names.text(") IN (SELECT * FROM UNNEST(").then(arrays).between("((", ")))"))
}

/// The condition that a row has this key.
pub(super) fn has_this_key<M>(key: M::Key) -> Filter<M>
where
    M: Keyed<Key: 'static>,
{
    let key = Arc::new(key);
    let is_same = |(at, column): (usize, &ColumnDef)| {
        let value = Parts::value(KeyValue::<M> { key: Arc::clone(&key), column: at });
        let condition = Parts::column(column.name).text(" = ").then(value);
        match SqlType::of(column).of_value() {
            Some(name) => condition.text("::").text(name),
            None => condition,
        }
    };
    Filter::new(Parts::joined(" AND ", M::KEY.iter().enumerate().map(is_same)).between("(", ")"))
}

/// One column of several keys, as an array.
struct KeyColumn<M: Keyed> {
    keys: Arc<Vec<M::Key>>,
    column: usize,
}

impl<M: Keyed> ToSql for KeyColumn<M> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let mut cells = Values::with_capacity(self.keys.len() * M::KEY.len());
        for key in self.keys.iter() {
            M::bind(key, &mut cells);
        }
        ColumnOf::new(&cells, self.column, M::KEY.len()).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}

/// The value of one column of a key.
struct KeyValue<M: Keyed> {
    key: Arc<M::Key>,
    column: usize,
}

impl<M: Keyed> ToSql for KeyValue<M> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let mut values = Values::with_capacity(M::KEY.len());
        M::bind(&self.key, &mut values);
        let value = values.get(self.column).ok_or("the key has fewer columns")?;
        value.to_sql_checked(base(ty), out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Two parts are the same if they are of one list of keys, or of one key. Keys are values, which stay secret.
macro_rules! parts_of_keys {
    ($($name:ident of $shared:ident;)*) => {$(
        impl<M: Keyed> PartialEq for $name<M> {
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.$shared, &other.$shared) && self.column == other.column
            }
        }

        impl<M: Keyed> fmt::Debug for $name<M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("…")
            }
        }
    )*};
}

parts_of_keys! {
    KeyColumn of keys;
    KeyValue of key;
}
