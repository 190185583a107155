//! Whatever a catalog holds, the model stage does not panic, and what is rendered is Rust without a name twice.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
};

use ormgen::{
    catalog::{
        Action, Catalog, Column, ForeignKey, GenerationExpression, Identity, Key, Loaded, QName, SqlType,
        Table, TableKind, TypeDef, TypeKind,
    },
    diagnostics::{Diagnostics, Place, Source},
    manifest::{App, Layout, Manifest, OutputSettings, RuntimeSource, Schema, Spanned},
    model::{self, types::BUILTIN},
    render,
};
use ormgen_config::ConnectionConfig;
use proptest::{prelude::*, sample::select};

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_catalog_gives_rust(catalog in catalog(), output in output()) {
        let catalogs = BTreeMap::from([("crm".to_owned(), Loaded { catalog, ..Loaded::default() })]);
        let mut diagnostics = Diagnostics::new();
        let model = model::build(&manifest(output), &catalogs, &mut diagnostics);
        prop_assert!(!diagnostics.has_errors(), "{diagnostics}");
        for (path, text) in render::render(&model, &render::Earlier::default()).map_err(|error| TestCaseError::fail(error.to_string()))? {
            if path.extension().is_some_and(|extension| extension == "rs") {
                let file = syn::parse_file(&text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
                prop_assert_eq!(repeated(&file), Vec::<String>::new(), "{}", text);
            }
        }
        let inline = render::render_inline(&model).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(syn::parse_file(&inline).is_ok(), "{inline}");
    }
}

/// No server lets such types be made; a snapshot that somebody edited may have them.
#[test]
fn types_that_consist_of_themselves() {
    let of = |name: &str, array| SqlType { name: QName::new("public", name), modifier: None, array };
    let domain =
        |base| TypeKind::Domain { base, collation: None, not_null: false, default: None, checks: Vec::new() };
    let range = |subtype| TypeKind::Range { subtype, multirange: QName::new("public", "several") };
    let chain: Vec<_> =
        (0..5_000).map(|at| (format!("d{at}"), domain(of(&format!("d{}", at + 1), false)))).collect();
    for types in [
        vec![("d0".to_owned(), domain(of("d0", false)))],
        vec![("d0".to_owned(), domain(of("d0", true)))],
        vec![("d0".to_owned(), range(of("d0", false)))],
        vec![("d0".to_owned(), range(of("several", false)))],
        vec![("d0".to_owned(), domain(of("d1", true))), ("d1".to_owned(), range(of("d0", false)))],
        chain,
    ] {
        let mut catalog = Catalog::default();
        let mut table = Table::new(TableKind::Table);
        table.columns = vec![Column::new("id", of("d0", false)), Column::new("ids", of("d0", true))];
        catalog.tables.insert(QName::new("public", "t"), table);
        catalog.types = types
            .into_iter()
            .map(|(name, kind)| (QName::new("public", name), TypeDef { kind, comment: None }))
            .collect();
        let catalogs = BTreeMap::from([("crm".to_owned(), Loaded { catalog, ..Loaded::default() })]);
        let mut diagnostics = Diagnostics::new();
        model::build(&manifest(plain_output()), &catalogs, &mut diagnostics);
        assert!(diagnostics.iter().all(|problem| problem.code.id == "ORM0301"), "{diagnostics}");
        assert!(diagnostics.has_errors(), "a column has no type");
    }
}

/// Each column refers to itself and to those of all other tables: the number of ways along these keys has no bound.
#[test]
fn keys_in_circles_end() {
    let names: Vec<QName> = (0..8).map(|number| QName::new("public", format!("t{number}"))).collect();
    let mut catalog = Catalog::default();
    for name in &names {
        let mut table = Table::new(TableKind::Table);
        table.columns =
            vec![Column::new("id", SqlType { name: QName::builtin("int8"), modifier: None, array: false })];
        table.primary_key = Some(unique(vec!["id".to_owned()]));
        catalog.tables.insert(name.clone(), table);
    }
    for number in 0..64 {
        add_key(&mut catalog, number, ([number / 8, number % 8], [0, 0]));
    }
    let catalogs = BTreeMap::from([("crm".to_owned(), Loaded { catalog, ..Loaded::default() })]);
    let mut diagnostics = Diagnostics::new();
    let model = model::build(&manifest(plain_output()), &catalogs, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{diagnostics}");
    assert!(render::render(&model, &render::Earlier::default()).is_ok());
}

/// Names that one scope of the file has twice.
fn repeated(file: &syn::File) -> Vec<String> {
    let mut repeated = Vec::new();
    let mut check = |scope: &str, names: Vec<String>| {
        let mut seen = HashSet::new();
        repeated.extend(
            names.into_iter().filter(|name| !seen.insert(name.clone())).map(|name| format!("{scope}.{name}")),
        );
    };
    let mut items = Vec::new();
    for item in &file.items {
        match item {
            syn::Item::Struct(item) => {
                items.push(item.ident.to_string());
                let fields = item.fields.iter().filter_map(|field| field.ident.as_ref());
                check(&item.ident.to_string(), fields.map(ToString::to_string).collect());
            }
            syn::Item::Enum(item) => {
                items.push(item.ident.to_string());
                check(&item.ident.to_string(), item.variants.iter().map(|of| of.ident.to_string()).collect());
            }
            syn::Item::Mod(item) => items.push(item.ident.to_string()),
            syn::Item::Impl(item) => {
                let constants = item.items.iter().filter_map(|item| match item {
                    syn::ImplItem::Const(constant) => Some(constant.ident.to_string()),
                    _ => None,
                });
                check("impl", constants.collect());
            }
            _ => {}
        }
    }
    check("file", items);
    repeated
}

/// A name that PostgreSQL takes: plain, strange, or another's.
fn name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "id",
        "Id",
        "ID",
        "type",
        "self",
        "Self",
        "users",
        "user",
        "Users",
        "columns",
        "models",
        "tables",
        "types",
        "values",
        "crm",
        "Option",
        "vec",
        "string",
        "_",
        "__",
        "1st",
        "a b",
        "a-b",
        "a_b",
        "aB",
        "\"",
        "\\",
        "*/",
        "{{",
        "%}",
        "größe",
        "名前",
        "😀",
        "\u{202e}x",
        "mod",
        "lib",
        "main",
        "std",
        "new_users",
        "name",
        "table",
        "select",
    ];
    prop_oneof![
        2 => select(KNOWN).prop_map(str::to_owned),
        1 => "[a-z_][a-z0-9_]{0,8}",
        1 => "[^\0]{1,12}",
    ]
}

fn qname() -> impl Strategy<Value = QName> {
    let schema = prop_oneof![4 => Just("public".to_owned()), 1 => name()];
    (schema, name()).prop_map(|(schema, name)| QName::new(schema, name))
}

/// Of a column; `types` are the schema's own.
#[derive(Clone, Debug)]
struct Draft {
    name: String,
    ty: (usize, bool),
    nullable: bool,
    filled: u8,
    comment: Option<String>,
}

fn draft() -> impl Strategy<Value = Draft> {
    let comment = proptest::option::of(any::<String>());
    (name(), (any::<usize>(), any::<bool>()), any::<bool>(), 0_u8..6, comment)
        .prop_map(|(name, ty, nullable, filled, comment)| Draft { name, ty, nullable, filled, comment })
}

fn columns(drafts: Vec<Draft>, types: &[QName]) -> Vec<Column> {
    let mut seen = HashSet::new();
    let drafts = drafts.into_iter().filter(|draft| seen.insert(draft.name.clone()));
    let column = |draft: Draft| {
        let (at, array) = draft.ty;
        let builtin = at % (BUILTIN.len() + types.len());
        let name = match BUILTIN.get(builtin) {
            Some((name, _)) => QName::builtin(*name),
            None => types[builtin - BUILTIN.len()].clone(),
        };
        Column {
            nullable: draft.nullable,
            default: (draft.filled == 1).then(|| "now()".to_owned()),
            identity: (draft.filled == 2).then_some(Identity::Always),
            generated: (draft.filled == 3)
                .then(|| GenerationExpression { expression: "1".to_owned(), stored: true }),
            comment: draft.comment,
            ..Column::new(draft.name, SqlType { name, modifier: None, array })
        }
    };
    drafts.map(column).collect()
}

fn catalog() -> impl Strategy<Value = Catalog> {
    let labels = proptest::collection::hash_set("[^\0]{0,6}", 0..6);
    let enums = proptest::collection::vec((qname(), labels), 0..4);
    let composites = proptest::collection::vec((qname(), proptest::collection::vec(draft(), 1..5)), 0..3);
    let table = (qname(), proptest::collection::vec(draft(), 0..8), 0_usize..4, any::<bool>());
    let tables = proptest::collection::vec(table, 1..7);
    let keys = proptest::collection::vec((any::<[usize; 2]>(), any::<[usize; 2]>()), 0..8);
    (enums, composites, tables, keys).prop_map(|(enums, composites, tables, keys)| {
        let mut catalog = Catalog::default();
        for (name, labels) in enums {
            let kind = TypeKind::Enum { labels: labels.into_iter().collect() };
            catalog.types.insert(name, TypeDef { kind, comment: None });
        }
        let types: Vec<QName> = catalog.types.keys().cloned().collect();
        for (name, drafts) in composites {
            let kind = TypeKind::Composite { fields: columns(drafts, &types) };
            catalog.types.entry(name).or_insert(TypeDef { kind, comment: None });
        }
        let types: Vec<QName> = catalog.types.keys().cloned().collect();
        for (name, drafts, key, is_view) in tables {
            let mut table = Table::new(if is_view { TableKind::View } else { TableKind::Table });
            table.columns = columns(drafts, &types);
            let first: Vec<String> =
                table.columns.iter().take(key).map(|column| column.name.clone()).collect();
            if !is_view && !first.is_empty() {
                table.columns.iter_mut().take(key).for_each(|column| column.nullable = false);
                table.primary_key = Some(unique(first));
            }
            // A table and a type of one name cannot be in one schema.
            if !catalog.types.contains_key(&name) {
                catalog.tables.insert(name, table);
            }
        }
        for (at, ends) in keys.into_iter().enumerate() {
            add_key(&mut catalog, at, ends);
        }
        if catalog.tables.is_empty() {
            catalog.tables.insert(QName::new("public", "one"), Table::new(TableKind::Table));
        }
        catalog
    })
}

/// A foreign key from any column to any, in any pair of tables; the column that it refers to becomes unique.
fn add_key(catalog: &mut Catalog, number: usize, (tables, columns): ([usize; 2], [usize; 2])) {
    let names: Vec<QName> = catalog.tables.keys().cloned().collect();
    let pick = |end: usize| {
        let name = names.get(tables[end].checked_rem(names.len())?)?;
        let of_table = &catalog.tables.get(name)?.columns;
        let column = of_table.get(columns[end].checked_rem(of_table.len())?)?;
        Some((name.clone(), column.name.clone()))
    };
    let (Some((child, column)), Some((target, target_column))) = (pick(0), pick(1)) else { return };
    if let Some(table) = catalog.tables.get_mut(&target) {
        table.uniques.push(unique(vec![target_column.clone()]));
    }
    let key = ForeignKey {
        name: format!("key_{number}"),
        columns: vec![column],
        target,
        target_columns: vec![target_column],
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        match_full: false,
        deferrable: false,
        deferred: false,
        validated: true,
        enforced: true,
        period: false,
    };
    if let Some(table) = catalog.tables.get_mut(&child) {
        table.foreign_keys.push(key);
    }
}

fn unique(columns: Vec<String>) -> Key {
    Key { name: "key".to_owned(), columns, deferrable: false, deferred: false, nulls_not_distinct: false }
}

fn output() -> impl Strategy<Value = OutputSettings> {
    let derives =
        proptest::sample::subsequence(vec!["serde", "eq", "hash", "ord", "utoipa::ToSchema"], 0..=5);
    (any::<bool>(), any::<bool>(), derives).prop_map(|(crates, singular, derives)| OutputSettings {
        path: PathBuf::from("out"),
        layout: if crates { Layout::Crates } else { Layout::Modules },
        // Generated packages do not reach other packages.
        derives: derives
            .into_iter()
            .filter(|name| !crates || !name.contains("::"))
            .map(|name| here(name.to_owned()))
            .collect(),
        runtime: RuntimeSource::Version,
        singular,
    })
}

fn plain_output() -> OutputSettings {
    OutputSettings {
        path: PathBuf::from("out"),
        layout: Layout::Modules,
        derives: Vec::new(),
        runtime: RuntimeSource::Version,
        singular: true,
    }
}

fn manifest(output: OutputSettings) -> Manifest {
    let app = App {
        settings: Default::default(),
        name: here("crm".to_owned()),
        schema: here(Schema::Live),
        models: vec![here("*".to_owned())],
        default_connection: here("crm".to_owned()),
        connections: Vec::new(),
        tables: Vec::new(),
        partitions: false,
        main_schema: None,
        unqualified: None,
        table_prefix: None,
        relations: Vec::new(),
    };
    Manifest {
        source: Source::new("manifest.yaml", ""),
        folder: PathBuf::new(),
        connections: vec![here(ConnectionConfig::new("crm", "postgres://localhost/crm"))],
        apps: vec![app],
        references: Vec::new(),
        types: Vec::new(),
        values: Default::default(),
        type_settings: Vec::new(),
        output,
    }
}

fn here<T>(value: T) -> Spanned<T> {
    Spanned { value, place: Place::new(&Source::new("manifest.yaml", ""), 0..0) }
}
