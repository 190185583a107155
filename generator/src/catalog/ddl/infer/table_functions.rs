//! Functions in `FROM`, and what SQL has of their kind: `UNNEST`, `ROWS FROM`, `XMLTABLE`, `JSON_TABLE`.
//!
//! Manual: "Table Functions", "XMLTABLE", "JSON_TABLE".

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, JsonTableColumn, TableAlias, TableFactor,
    XmlTableColumnOption,
};

use super::{
    analysis::Analysis,
    calls::Arguments,
    collations::given,
    folded::{fold, parts},
    mend::ROWS_FROM,
    mend_calls::DECLARED,
    range_table::{Item, RangeTable, alias_columns, only_names, renamed},
    types::{Col, Type},
};
use crate::catalog::QName;

/// A function's alias, and whether it numbers its rows.
#[derive(Clone, Copy)]
pub(super) struct Shown<'q> {
    pub(super) alias: Option<&'q TableAlias>,
    pub(super) ordinality: bool,
}

/// The columns that a function gives.
struct FunctionColumns {
    columns: Vec<Col>,
    /// Whether they are values of one type, whose column has the alias's name.
    is_scalar: bool,
}

impl Analysis<'_> {
    pub(super) fn table_function(
        &mut self,
        name: &[String],
        args: &[FunctionArg],
        shown: Shown<'_>,
        scope: &RangeTable<'_>,
    ) -> Item {
        let function = name.last().cloned().unwrap_or_default();
        let declared = self.declared_columns(shown.alias);
        if function == ROWS_FROM {
            return match self.rows_from(args, scope) {
                Some(columns) => named(FunctionColumns { columns, is_scalar: false }, &function, shown),
                None => unknown(&function, shown),
            };
        }
        let arguments = self.arguments(args, scope);
        match declared {
            Some(columns) => named(FunctionColumns { columns, is_scalar: false }, &function, shown),
            None => match self.given_by(name, &arguments) {
                Some(mut columns) => {
                    self.collate(&mut columns, &given(args).collect::<Vec<_>>(), scope);
                    named(columns, &function, shown)
                }
                None => unknown(&function, shown),
            },
        }
    }

    fn given_by(&self, name: &[String], given: &Arguments) -> Option<FunctionColumns> {
        if let Some(columns) = self.row_of_call(name, given) {
            return Some(FunctionColumns { columns, is_scalar: false });
        }
        let function = name.last().map(String::as_str).unwrap_or_default();
        match self.call_by_name(name, given) {
            Type::Unknown => None,
            // Its columns are known to nobody but the function.
            Type::Known(ty) if ty.name == QName::builtin("record") => None,
            ty => Some(FunctionColumns { columns: vec![Col::new(function, ty)], is_scalar: true }),
        }
    }

    /// A value has the collation of what the function is given; the columns of a row have their own.
    fn collate(&mut self, given: &mut FunctionColumns, arguments: &[&Expr], scope: &RangeTable<'_>) {
        if let Some(column) = given.columns.first_mut().filter(|_| given.is_scalar) {
            column.collation = self.collation_of_all(arguments, &column.ty, scope);
        }
    }

    /// `UNNEST(a, b)`: a column for each list.
    pub(super) fn unnest(&mut self, lists: &[Expr], shown: Shown<'_>, scope: &RangeTable<'_>) -> Item {
        let name = ["pg_catalog".to_owned(), "unnest".to_owned()];
        let mut columns = Vec::with_capacity(lists.len());
        let mut is_scalar = lists.len() == 1;
        for list in lists {
            let ty = self.expression(list, scope).ty;
            match self.given_by(&name, &vec![ty].into()) {
                Some(mut given) => {
                    self.collate(&mut given, &[list], scope);
                    is_scalar &= given.is_scalar;
                    columns.extend(given.columns);
                }
                None => columns.push(Col::new("unnest", Type::Unknown)),
            }
        }
        named(FunctionColumns { columns, is_scalar }, "unnest", shown)
    }

    /// The columns of several functions, one beside the other; none where those of one are not known.
    fn rows_from(&mut self, calls: &[FunctionArg], scope: &RangeTable<'_>) -> Option<Vec<Col>> {
        let mut columns = Vec::new();
        for call in calls {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Function(call))) = call else { return None };
            let FunctionArguments::List(list) = &call.args else { return None };
            let name = parts(&call.name);
            if name.last().is_some_and(|name| name == DECLARED) {
                columns.extend(list.args.iter().filter_map(|column| self.declared_column(column, scope)));
                continue;
            }
            let arguments = self.arguments(&list.args, scope);
            let mut found = self.given_by(&name, &arguments)?;
            self.collate(&mut found, &given(&list.args).collect::<Vec<_>>(), scope);
            columns.extend(found.columns);
        }
        Some(columns)
    }

    /// `XMLTABLE(… COLUMNS …)` and `JSON_TABLE(… COLUMNS …)`: their columns are written out.
    pub(super) fn document_table(&mut self, factor: &TableFactor, scope: &RangeTable<'_>) -> Option<Item> {
        let (columns, name, alias) = match factor {
            TableFactor::XmlTable { row_expression, columns, alias, .. } => {
                self.expression(row_expression, scope);
                let column = |column: &sqlparser::ast::XmlTableColumn| match &column.option {
                    XmlTableColumnOption::NamedInfo { r#type, .. } => {
                        Col::new(fold(&column.name), self.written_type(r#type))
                    }
                    XmlTableColumnOption::ForOrdinality => {
                        Col::new(fold(&column.name), Type::builtin("int4"))
                    }
                };
                (columns.iter().map(column).collect(), "xmltable", alias)
            }
            TableFactor::JsonTable { json_expr, columns, alias, .. } => {
                self.expression(json_expr, scope);
                let mut found = Vec::new();
                self.json_columns(columns, &mut found);
                (found, "json_table", alias)
            }
            _ => return None,
        };
        let shown = Shown { alias: alias.as_ref(), ordinality: false };
        Some(named(FunctionColumns { columns, is_scalar: false }, name, shown))
    }

    fn json_columns(&self, columns: &[JsonTableColumn], found: &mut Vec<Col>) {
        for column in columns {
            match column {
                JsonTableColumn::Named(column) => {
                    found.push(Col::new(fold(&column.name), self.written_type(&column.r#type)));
                }
                JsonTableColumn::ForOrdinality(name) => {
                    found.push(Col::new(fold(name), Type::builtin("int4")));
                }
                JsonTableColumn::Nested(nested) => self.json_columns(&nested.columns, found),
            }
        }
    }

    /// A column of `ROWS FROM (f() AS (a int))`.
    fn declared_column(&mut self, column: &FunctionArg, scope: &RangeTable<'_>) -> Option<Col> {
        let (name, expr) = match column {
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expr), .. } => (name, expr),
            FunctionArg::ExprNamed {
                name: Expr::Identifier(name), arg: FunctionArgExpr::Expr(expr), ..
            } => (name, expr),
            _ => return None,
        };
        Some(Col { name: fold(name), ..self.collated(expr, scope) })
    }

    /// `AS t(a int, b text)`.
    fn declared_columns(&self, alias: Option<&TableAlias>) -> Option<Vec<Col>> {
        let columns = alias.map(|alias| alias.columns.as_slice()).filter(|columns| !columns.is_empty())?;
        columns
            .iter()
            .map(|column| Some(Col::new(fold(&column.name), self.written_type(column.data_type.as_ref()?))))
            .collect()
    }
}

/// A function's columns under an alias. A function of one value has the alias as its column's name.
fn named(given: FunctionColumns, function: &str, shown: Shown<'_>) -> Item {
    let mut columns = given.columns;
    if shown.ordinality {
        columns.push(Col::new("ordinality", Type::builtin("int8")));
    }
    let name = shown.alias.map_or_else(|| function.to_owned(), |alias| fold(&alias.name));
    let names = alias_columns(shown.alias);
    if given.is_scalar
        && names.is_empty()
        && let Some(first) = columns.first_mut()
    {
        first.name.clone_from(&name);
    }
    let is_single = columns.len() == 1;
    let mut item = Item::of(name, None, Some(renamed(columns, &names)));
    item.sources.iter_mut().for_each(|source| source.scalar = is_single);
    item
}

fn unknown(function: &str, shown: Shown<'_>) -> Item {
    let name = shown.alias.map_or_else(|| function.to_owned(), |alias| fold(&alias.name));
    Item::of(name, None, only_names(&alias_columns(shown.alias)))
}
