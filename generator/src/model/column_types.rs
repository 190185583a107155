//! The Rust type that the manifest gives to a column and so to all columns that refer to it: one line sets a key's
//! type.

use super::context::DatabaseContext;
use crate::{
    catalog::{QName, Table},
    manifest::{App, ColumnPath, Spanned, TypeTarget},
};

/// The greatest number of keys that are followed from one column to the next.
const FARTHEST: usize = 16;

/// The type of a column of an app: its own in the manifest, else that of the column that it refers to, in this
/// database by a foreign key or in another by a reference.
pub(super) fn of<'a>(
    context: &DatabaseContext<'a>,
    app: &App,
    (name, table): (&QName, &Table),
    column: &str,
) -> Option<&'a Spanned<String>> {
    let search = Search { context, database: &app.default_connection.value };
    search.of(Some(app.name.value.as_str()), name, table, column, FARTHEST)
}

struct Search<'c, 'a> {
    context: &'c DatabaseContext<'a>,
    /// The alias of the database.
    database: &'c str,
}

impl<'a> Search<'_, 'a> {
    /// `app` is the app of the first column of the search; later columns may be of any app of the database.
    fn of(
        &self,
        app: Option<&str>,
        name: &QName,
        table: &Table,
        column: &str,
        farthest: usize,
    ) -> Option<&'a Spanned<String>> {
        let is_app = |path: &ColumnPath| match app {
            Some(app) => path.app == app,
            None => self.is_here(path),
        };
        let is_this = |path: &ColumnPath| is_app(path) && is_column(path, name, column);
        self.given(is_this).or_else(|| self.by_reference(is_this)).or_else(|| {
            let nearer = farthest.checked_sub(1)?;
            table.foreign_keys.iter().filter(|key| !key.period).find_map(|key| {
                let at = key.columns.iter().position(|own| own == column)?;
                let target = self.context.loaded.catalog.tables.get(&key.target)?;
                self.of(None, &key.target, target, key.target_columns.get(at)?, nearer)
            })
        })
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

fn is_column(path: &ColumnPath, table: &QName, column: &str) -> bool {
    path.schema.as_ref().is_none_or(|schema| *schema == table.schema)
        && path.table == table.name
        && path.column == column
}
