//! `ALTER TABLE … RENAME COLUMN`: renames a column in keys, indexes, expressions and in objects that refer to it.

use super::{
    attribute_rename, expressions, index_names, not_null_names,
    objects::Part,
    rename::{dependents_of, index_texts},
    session::Session,
};
use crate::catalog::{Object, QName};

/// Renames a column of one table, wherever the catalog names it.
pub(super) fn rename(session: &mut Session, table: &QName, old: &str, new: &str) {
    index_names::keep(session, table);
    not_null_names::keep(session, table);
    attribute_rename::rename(session, table, old, new);
    let change = |name: &mut String| {
        if name == old {
            new.clone_into(name);
        }
    };
    if let Some(found) = session.catalog.tables.get_mut(table) {
        for column in &mut found.columns {
            change(&mut column.name);
            if let Some(generated) = &mut column.generated {
                generated.expression = expressions::rename_column(&generated.expression, old, new);
            }
        }
        let keys = found.primary_key.iter_mut().chain(&mut found.uniques).map(|key| &mut key.columns);
        keys.chain(found.foreign_keys.iter_mut().map(|key| &mut key.columns)).flatten().for_each(change);
        found.indexes.iter_mut().flat_map(|index| index.columns.iter_mut().flatten()).for_each(change);
        for check in found.checks.iter_mut().chain(&mut found.exclusions) {
            check.expression = expressions::rename_column(&check.expression, old, new);
        }
        for text in index_texts(&mut found.indexes) {
            *text = expressions::rename_column(text, old, new);
        }
    }
    for dependent in dependents_of(session, table) {
        let name = session.objects.name(dependent.id);
        if let Some(sequence) = session.catalog.sequences.get_mut(name) {
            sequence.owned_by.iter_mut().filter(|(owner, _)| owner == table).for_each(|(_, c)| change(c));
        } else if let Some(other) = session.catalog.tables.get_mut(name) {
            let keys = other.foreign_keys.iter_mut().filter(|key| key.target == *table);
            keys.flat_map(|key| &mut key.target_columns).for_each(change);
        }
    }
    let state = session.state_of(table);
    if state.inherited.remove(old) {
        state.inherited.insert(new.to_owned());
    }
    if state.own_not_nulls.remove(old) {
        state.own_not_nulls.insert(new.to_owned());
    }
    state.not_nulls.values_mut().chain(state.unvalidated_not_nulls.values_mut()).for_each(change);
    state.partition_key.columns.iter_mut().for_each(change);
    state.carried.values_mut().flatten().for_each(change);
    for columns in state.references.values_mut() {
        if columns.remove(old) {
            columns.insert(new.to_owned());
        }
    }
    if let Some(id) = session.objects.relation(table) {
        session.objects.rename_part(&id.column(old), &Part::Column(new.to_owned()));
        session.objects.rename_part(&id.default(old), &Part::Default(new.to_owned()));
    }
    if let Some(place) = session.places.remove(&Object::Column(table.clone(), old.to_owned())) {
        session.places.insert(Object::Column(table.clone(), new.to_owned()), place);
    }
}
