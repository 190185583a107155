//! `ALTER TYPE … RENAME ATTRIBUTE`, and a column of a table whose rows are values: the server prints the attribute's new
//! name in every expression that reads it.

use std::collections::BTreeSet;

use super::{
    expressions::{Word, is_attribute, words},
    objects::{Id, Kind},
    rename::index_texts,
    session::Session,
};
use crate::catalog::{
    QName, SqlType, Table, TypeKind,
    identifiers::{is_reserved, quote},
};

/// Renames it in the defaults, checks, generated columns and indexes that read it. The type still has its old name.
pub(super) fn rename(session: &mut Session, ty: &QName, old: &str, new: &str) {
    let attribute = RenamedAttribute { ty, old, new };
    for id in reached(session, ty) {
        let name = session.objects.name(id).clone();
        if let Some(mut table) = session.catalog.tables.get(&name).cloned() {
            attribute.rename_in_table(session, &mut table);
            session.catalog.tables.insert(name, table);
        } else if let Some(mut def) = session.catalog.types.get(&name).cloned() {
            if let TypeKind::Domain { base, default, checks, .. } = &mut def.kind {
                let scope = Scope { session, table: None, value: Some(base) };
                let checks = checks.iter_mut().map(|check| &mut check.expression);
                default.iter_mut().chain(checks).for_each(|text| attribute.rename_in(&scope, text));
            }
            session.catalog.types.insert(name, def);
        }
    }
}

/// What may have a value of the type in its expressions: what depends on it, also by another type or by a function.
fn reached(session: &Session, ty: &QName) -> BTreeSet<Id> {
    let first = session.objects.user_type(ty);
    let mut open: Vec<Id> = first.into_iter().collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = open.pop() {
        for dependency in session.objects.dependents(id) {
            let next = dependency.dependent.id;
            let is_type = matches!(
                session.objects.kind(next),
                Kind::Table | Kind::Composite | Kind::Type | Kind::Function
            );
            if is_type && reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

/// An attribute before and after.
struct RenamedAttribute<'a> {
    ty: &'a QName,
    old: &'a str,
    new: &'a str,
}

/// What the words of an expression mean.
struct Scope<'a> {
    session: &'a Session,
    /// The table whose row it stands beside.
    table: Option<&'a Table>,
    /// The type of `VALUE`.
    value: Option<&'a SqlType>,
}

impl RenamedAttribute<'_> {
    fn rename_in_table(&self, session: &Session, table: &mut Table) {
        let before = table.clone();
        let scope = Scope { session, table: Some(&before), value: None };
        let rename = |text: &mut String| self.rename_in(&scope, text);
        for column in &mut table.columns {
            column.default.iter_mut().for_each(rename);
            column.generated.iter_mut().for_each(|generated| rename(&mut generated.expression));
        }
        let checks = table.checks.iter_mut().chain(&mut table.exclusions);
        checks.for_each(|check| rename(&mut check.expression));
        index_texts(&mut table.indexes).for_each(rename);
    }

    fn rename_in(&self, scope: &Scope<'_>, text: &mut String) {
        let words = words(text);
        let (mut renamed, mut copied) = (String::with_capacity(text.len()), 0);
        for (at, word) in words.iter().enumerate() {
            if !is_attribute(&words, at) || word.name() != self.old {
                continue;
            }
            if scope.type_before(&words, at - 1).is_some_and(|ty| scope.reads(&ty, self.ty)) {
                renamed.push_str(text.get(copied..word.span.start).unwrap_or_default());
                renamed.push_str(&quote(self.new));
                copied = word.span.end;
            }
        }
        renamed.push_str(text.get(copied..).unwrap_or_default());
        *text = renamed;
    }
}

impl Scope<'_> {
    /// Whether an attribute of a value of this type is one of that composite type: a domain has its base type's.
    fn reads(&self, ty: &SqlType, composite: &QName) -> bool {
        self.composite(ty).is_some_and(|found| found == *composite)
    }

    /// The composite type, or the table, whose attributes a value has.
    fn composite(&self, ty: &SqlType) -> Option<QName> {
        let mut ty = ty.clone();
        while !ty.array
            && let Some(TypeKind::Domain { base, .. }) =
                self.session.catalog.types.get(&ty.name).map(|def| &def.kind)
        {
            ty = base.clone();
        }
        (!ty.array).then_some(ty.name)
    }

    /// The type of the value that ends before the word at `end`, where it is told without an analysis.
    fn type_before(&self, words: &[Word<'_>], end: usize) -> Option<SqlType> {
        let last = end.checked_sub(1)?;
        match words.get(last)?.text {
            ")" => {
                let open = opening(words, last)?;
                match open.checked_sub(1).and_then(|before| words.get(before)) {
                    Some(word) if word.is_name() && !is_reserved(&word.name()) => self.returned(word),
                    _ => self.type_of(words.get(open + 1..last)?),
                }
            }
            "]" => {
                let array = self.type_before(words, opening(words, last)?)?;
                Some(SqlType { array: false, ..array }).filter(|_| array.array)
            }
            _ if is_attribute(words, last) => {
                let owner = self.composite(&self.type_before(words, last - 1)?)?;
                self.attribute_type(&owner, &words.get(last)?.name())
            }
            _ => self.column_type(&words.get(last)?.name()),
        }
    }

    /// The type of what stands between parentheses.
    fn type_of(&self, words: &[Word<'_>]) -> Option<SqlType> {
        let cast = words.iter().rposition(|word| word.text == "::");
        let Some(cast) = cast else { return self.type_before(words, words.len()) };
        let name = words.get(cast + 1..)?;
        let is_array = name.last()?.text == "]";
        let name: Vec<String> = name.iter().filter(|word| word.is_name()).map(|word| word.name()).collect();
        let mut types = self.session.catalog.types.keys().chain(self.session.catalog.tables.keys());
        let found = types.find(|ty| match name.as_slice() {
            [name] => ty.name == *name,
            [schema, name] => ty.schema == *schema && ty.name == *name,
            _ => false,
        })?;
        let ty = SqlType::new(found.clone());
        Some(if is_array { ty.into_array() } else { ty })
    }

    fn column_type(&self, name: &str) -> Option<SqlType> {
        match self.table {
            Some(table) => table.column(name).map(|column| column.ty.clone()),
            None => self.value.filter(|_| name == "value").cloned(),
        }
    }

    fn attribute_type(&self, owner: &QName, name: &str) -> Option<SqlType> {
        let catalog = &self.session.catalog;
        if let Some(table) = catalog.tables.get(owner) {
            return table.column(name).map(|column| column.ty.clone());
        }
        let TypeKind::Composite { fields } = &catalog.types.get(owner)?.kind else { return None };
        fields.iter().find(|field| field.name == name).map(|field| field.ty.clone())
    }

    /// What a function of that name returns, if all of that name return the same.
    fn returned(&self, function: &Word<'_>) -> Option<SqlType> {
        let name = function.name();
        let named = self.session.functions.iter().filter(|(full, _)| full.name == name);
        let mut returned = named.flat_map(|(_, functions)| functions).map(|function| &function.returns);
        let first = returned.next()?;
        returned.all(|other| other == first).then(|| first.clone())
    }
}

/// Where the parenthesis or bracket was opened that closes at `close`.
fn opening(words: &[Word<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    (0..=close).rev().find(|at| {
        match words.get(*at).map(|word| word.text) {
            Some(")" | "]") => depth += 1,
            Some("(" | "[") => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}
