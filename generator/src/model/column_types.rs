//! The Rust type that the manifest gives to a column and so to all columns that refer to it: one line sets a key's
//! type.

use std::collections::{HashSet, VecDeque};

use super::{apps, context::DatabaseContext};
use crate::{
    catalog::{QName, SqlType, Table},
    manifest::{App, ColumnPath, Spanned, TypeTarget},
};

/// The type of a column of an app: its own in the manifest, else that of the column that it refers to, in this
/// database by foreign keys and by the manifest's relations, however many one after the other, or in another by a
/// reference. Of several the nearest counts. A column of another type does not take it: an `int4` that refers to an `int8`.
pub(super) fn of<'a>(
    context: &DatabaseContext<'a>,
    app: &App,
    (name, table): (&QName, &Table),
    column: &str,
) -> Option<&'a Spanned<String>> {
    let search = Search { context, database: &app.default_connection.value };
    search.of(app.name.value.as_str(), ColumnOfTable { name, table, column })
}

/// A column with its table.
#[derive(Clone, Copy)]
struct ColumnOfTable<'s> {
    name: &'s QName,
    table: &'s Table,
    column: &'s str,
}

struct Search<'c, 'a> {
    context: &'c DatabaseContext<'a>,
    /// The alias of the database.
    database: &'c str,
}

impl<'a> Search<'_, 'a> {
    /// `app` is the app of the first column; later columns may be of any app of the database.
    fn of(&self, app: &str, first: ColumnOfTable<'_>) -> Option<&'a Spanned<String>> {
        let found = self.at(|path| path.app == app && first.is(path));
        if found.is_some() {
            return found;
        }
        // Keys may lead back, and to one column on many ways: each column is visited once.
        let mut seen = HashSet::from([(first.name, first.column)]);
        let mut queue = VecDeque::from([first]);
        while let Some(column) = queue.pop_front() {
            for target in self.targets(column).chain(self.related(column)) {
                // A type that fits a wide number need not fit a narrow one, nor one of a uuid a text.
                if !self.is_alike(column, target) {
                    continue;
                }
                if seen.insert((target.name, target.column)) {
                    let found = self.at(|path| self.is_here(path) && target.is(path));
                    if found.is_some() {
                        return found;
                    }
                    queue.push_back(target);
                }
            }
        }
        None
    }

    /// Whether a Rust type that fits the one column fits the other: they are of one type, or both are texts.
    fn is_alike(&self, one: ColumnOfTable<'_>, other: ColumnOfTable<'_>) -> bool {
        const TEXTS: [&str; 4] = ["text", "varchar", "bpchar", "name"];
        let ty = |of: ColumnOfTable<'_>| {
            of.table.column(of.column).map(|column| self.context.loaded.catalog.plain_type(&column.ty))
        };
        let (Some(one), Some(other)) = (ty(one), ty(other)) else { return true };
        let is_text = |ty: &SqlType| TEXTS.contains(&ty.name.name.as_str());
        one.array == other.array && (one.name == other.name || (is_text(&one) && is_text(&other)))
    }

    /// The columns that a column refers to by foreign keys.
    fn targets<'s>(&'s self, from: ColumnOfTable<'s>) -> impl Iterator<Item = ColumnOfTable<'s>> {
        from.table.foreign_keys.iter().filter(|key| !key.period).filter_map(move |key| {
            let at = key.columns.iter().position(|own| own == from.column)?;
            let table = self.context.loaded.catalog.tables.get(&key.target)?;
            Some(ColumnOfTable { name: &key.target, table, column: key.target_columns.get(at)? })
        })
    }

    /// The columns that a column refers to by relations of the manifest.
    fn related<'s>(&'s self, from: ColumnOfTable<'s>) -> impl Iterator<Item = ColumnOfTable<'s>> {
        let apps =
            self.context.manifest.apps.iter().filter(|app| app.default_connection.value == self.database);
        apps.flat_map(|app| &app.relations).filter_map(move |relation| {
            let ((table, columns), (target, target_columns)) = (&relation.from.value, &relation.to.value);
            if !apps::names(table, from.name) {
                return None;
            }
            let at = columns.iter().position(|own| own == from.column)?;
            let mut tables = self.context.loaded.catalog.tables.iter();
            let (name, table) = tables.find(|(name, _)| apps::names(target, name))?;
            Some(ColumnOfTable { name, table, column: target_columns.get(at)? })
        })
    }

    /// What the manifest says of that column itself: its type, or that of the column it refers to in another database.
    fn at(&self, is_this: impl Fn(&ColumnPath) -> bool) -> Option<&'a Spanned<String>> {
        self.given(&is_this).or_else(|| self.by_reference(&is_this))
    }

    /// The type of the column for which this holds.
    fn given(&self, is_this: impl Fn(&ColumnPath) -> bool) -> Option<&'a Spanned<String>> {
        let mut types = self.context.manifest.types.iter();
        types
            .find(|over| matches!(&over.target.value, TypeTarget::Column(path) if is_this(path)))
            .map(|over| &over.rust)
    }

    /// The type of the column that this one refers to in another database.
    fn by_reference(&self, is_this: impl Fn(&ColumnPath) -> bool) -> Option<&'a Spanned<String>> {
        let mut references = self.context.manifest.references.iter();
        let reference = references.find(|reference| is_this(&reference.from.value))?;
        let to = &reference.to.value;
        self.given(|path| {
            let is_schema = path.schema.is_none() || to.schema.is_none() || path.schema == to.schema;
            is_schema && (&path.app, &path.table, &path.column) == (&to.app, &to.table, &to.column)
        })
    }

    /// Whether the path's app is of this database.
    fn is_here(&self, path: &ColumnPath) -> bool {
        let mut apps = self.context.manifest.apps.iter();
        apps.any(|app| app.name.value == path.app && app.default_connection.value == self.database)
    }
}

impl ColumnOfTable<'_> {
    fn is(&self, path: &ColumnPath) -> bool {
        path.schema.as_ref().is_none_or(|schema| *schema == self.name.schema)
            && path.table == self.name.name
            && path.column == self.column
    }
}
