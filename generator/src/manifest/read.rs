//! Reads each section of a manifest. A part that is missing or wrong is noted and left empty, so that the checks that
//! follow still look at the rest.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use globset::GlobBuilder;
use ormgen_config::{
    read_connection,
    yaml::{Cursor, Fields, Value},
};

use super::{
    App, ArrayChoice, Cache, ColumnPath, InfinityChoice, Layout, OutputSettings, Reference, RuntimeSource,
    Schema, Spanned, TypeOverride, TypeSettings, TypeTarget, UnknownChoice, ValueChoices,
    names::{bare_name, column_path, is_rust_name, is_rust_path, is_rust_type, split_name},
    reader::ManifestReader,
    schema::{Disk, read_schema},
    schema_settings::SchemaSettings,
    table_settings::{relations, table_settings, type_settings},
};
use crate::diagnostics::{
    BAD_ATTRIBUTE, BAD_COLUMN_PATH, BAD_GLOB, BAD_RUST, CONFLICTING_SETTINGS, Diagnostic, EMPTY_SECTION,
    LITERAL_PASSWORD, NO_EFFECT, Place, UNKNOWN_VALUE, nearest,
};
use ormgen_config::ConnectionConfig;

pub(super) const KEYS: &[&str] = &["connections", "apps", "references", "types", "output"];
const APP_KEYS: &[&str] = &[
    "schema",
    "models",
    "main_schema",
    "unqualified",
    "table_prefix",
    "default_connection",
    "connections",
    "tables",
    "relations",
    "partitions",
];
const REFERENCE_KEYS: &[&str] = &["from", "to", "name", "reverse", "cache"];
const CACHE_KEYS: &[&str] = &["capacity", "time_to_live"];
const OUTPUT_KEYS: &[&str] = &["path", "layout", "derives", "runtime", "singular"];
const RUNTIME_KEYS: &[&str] = &["path", "git", "version"];
const LAYOUTS: &[&str] = &["modules", "crates"];

/// Words, and what each means.
type Choices<T> = (&'static [&'static str], &'static [T]);

/// What `types.infinity` may say. (A SQL type of such a name is written with its schema.)
const INFINITY: Choices<InfinityChoice> =
    (&["kept", "refused"], &[InfinityChoice::Kept, InfinityChoice::Refused]);
/// What `types.arrays` may say.
const ARRAYS: Choices<ArrayChoice> =
    (&["plain", "nullable", "any"], &[ArrayChoice::Plain, ArrayChoice::Nullable, ArrayChoice::Any]);

/// What `types.unknown` may say.
const UNKNOWN: Choices<UnknownChoice> =
    (&["refused", "skipped"], &[UnknownChoice::Refused, UnknownChoice::Skipped]);

const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What `output.derives` may list besides paths of derive macros.
const DERIVES: &[&str] = &["serde", "eq", "hash", "ord"];

/// The connections that can be read, and every alias.
pub(super) fn connections(
    reader: &ManifestReader<'_>,
    section: &Cursor<'_>,
) -> (Vec<Spanned<ConnectionConfig>>, Vec<Spanned<String>>) {
    let (mut configs, mut aliases) = (Vec::new(), Vec::new());
    let entries = section.entries("connections by alias");
    note_empty(
        reader,
        section,
        entries.as_deref(),
        "`connections` lists no connection",
        "add `name: ${NAME_URL}`",
    );
    for (alias, cursor) in entries.unwrap_or_default() {
        let place = reader.key_place(&cursor);
        aliases.push(Spanned { value: alias.to_owned(), place: place.clone() });
        if let Some(value) = read_connection(alias, &cursor) {
            warn_of_password(reader, &value, &place);
            configs.push(Spanned { value, place });
        }
    }
    (configs, aliases)
}

/// Warns of a password that everyone who can read the manifest knows. A default of a password's variable is no reason
/// to warn: it is for development.
fn warn_of_password(reader: &ManifestReader<'_>, config: &ConnectionConfig, place: &Place) {
    let (without, _) = config.without_literal_passwords();
    let mut variables = without.variables().into_iter();
    if let Some(variable) = variables.find(|name| !config.variables().contains(name)) {
        let message = format!("the connection `{}` has its password in the manifest", config.alias);
        let help =
            format!("write `${{{variable}}}` in its place; generated code asks for that variable anyway");
        reader.note(Diagnostic::warning(LITERAL_PASSWORD, message).at(place.clone()).help(help));
    }
}

fn note_empty<T>(
    reader: &ManifestReader<'_>,
    section: &Cursor<'_>,
    entries: Option<&[T]>,
    message: &str,
    help: &str,
) {
    if entries.is_some_and(<[T]>::is_empty) {
        reader.note(Diagnostic::error(EMPTY_SECTION, message).at(reader.key_place(section)).help(help));
    }
}

pub(super) fn apps(
    reader: &ManifestReader<'_>,
    section: &Cursor<'_>,
    folder: &Path,
    disk: &dyn Disk,
) -> Vec<App> {
    let entries = section.entries("apps by name");
    let help = "add `name: { schema: schemas/name.sql, default_connection: name }`";
    note_empty(reader, section, entries.as_deref(), "`apps` lists no app", help);
    let entries = entries.unwrap_or_default();
    entries.iter().filter_map(|(name, cursor)| app(reader, name, cursor, folder, disk)).collect()
}

fn app(
    reader: &ManifestReader<'_>,
    name: &str,
    cursor: &Cursor<'_>,
    folder: &Path,
    disk: &dyn Disk,
) -> Option<App> {
    let name = Spanned { value: name.to_owned(), place: reader.key_place(cursor) };
    let fields = cursor.fields("keys such as `schema` and `default_connection`", APP_KEYS)?;
    let mut settings = SchemaSettings::default();
    let schema = fields.require("schema").and_then(|schema| {
        let (files, given) = SchemaSettings::read(reader, schema);
        settings = given;
        Some(reader.spanned(schema, read_schema(reader, &files?, folder, disk, &mut settings)))
    });
    let default_connection = fields
        .require("default_connection")
        .and_then(|connection| reader.text(connection, "a connection's alias"));
    let nothing = |value| Spanned { value, place: name.place.clone() };
    Some(App {
        settings,
        schema: schema.unwrap_or_else(|| Spanned { value: Schema::Live, place: name.place.clone() }),
        models: models(reader, &fields, &name.place),
        main_schema: fields.get("main_schema").and_then(|schema| reader.text(schema, "a schema's name")),
        unqualified: flag(reader, fields.get("unqualified")),
        table_prefix: fields
            .get("table_prefix")
            .and_then(|prefix| reader.text(prefix, "a prefix, such as `tbl_`")),
        default_connection: default_connection.unwrap_or_else(|| nothing(String::new())),
        connections: reader.texts(fields.get("connections"), "a list of connections' aliases"),
        tables: fields.get("tables").map(|tables| table_settings(reader, tables)).unwrap_or_default(),
        relations: fields.get("relations").map(|list| relations(reader, list)).unwrap_or_default(),
        partitions: fields.get("partitions").and_then(Cursor::boolean).unwrap_or(false),
        name,
    })
}

/// Whether a setting is `true`, and where it is.
fn flag(reader: &ManifestReader<'_>, cursor: Option<&Cursor<'_>>) -> Option<Place> {
    cursor.filter(|cursor| cursor.boolean() == Some(true)).map(|cursor| reader.key_place(cursor))
}

fn models(reader: &ManifestReader<'_>, fields: &Fields<'_>, app: &Place) -> Vec<Spanned<String>> {
    let Some(cursor) = fields.get("models") else {
        return vec![Spanned { value: "*".to_owned(), place: app.clone() }];
    };
    if matches!(cursor.value, Value::List(items) if items.is_empty()) {
        let help = "name tables, or remove `models` for all of them";
        reader.error(EMPTY_SECTION, cursor, "`models` lists no table, so the app would have no models", help);
    }
    let models = reader.texts(Some(cursor), "a list of patterns such as `[\"*\"]`");
    for model in &models {
        let glob = GlobBuilder::new(&model.value).literal_separator(false).build();
        if let Err(error) = glob {
            let message = format!("`{}` is not a pattern: {}", model.value, error.kind());
            let help = "`*` is any text, `?` one character, `[a-z]` one of a set, `{a,b}` one of several";
            reader.error_at(BAD_GLOB, &model.place, message, help);
        } else if model.value.trim().is_empty() {
            let help = "write a table's name, or `*` for all";
            reader.error_at(BAD_GLOB, &model.place, "an empty pattern matches no table", help);
        }
    }
    models
}

pub(super) fn rust_name(
    reader: &ManifestReader<'_>,
    cursor: &Cursor<'_>,
    expected: &'static str,
) -> Option<Spanned<String>> {
    let name = reader.text(cursor, expected)?;
    if is_rust_name(&name.value) {
        return Some(name);
    }
    let message = format!("`{}` cannot be a name in Rust", name.value);
    reader.error(
        BAD_RUST,
        cursor,
        message,
        "write letters, digits and `_`, not a digit first, and no Rust keyword",
    );
    None
}

pub(super) fn references(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Vec<Reference> {
    let items = cursor.items("a list of references").unwrap_or_default();
    let references = items.iter().filter_map(|item| {
        let fields = item.fields("the keys `from` and `to`", REFERENCE_KEYS)?;
        let column = |key| fields.require(key).and_then(|column| column_of(reader, column));
        let (from, to) = (column("from"), column("to"));
        let name = |key| fields.get(key).and_then(|name| rust_name(reader, name, "a constant's name"));
        let (name, reverse) = (name("name"), name("reverse"));
        let cache = fields.get("cache").and_then(cache_of);
        Some(Reference { from: from?, to: to?, name, reverse, cache })
    });
    references.collect()
}

/// Both keys are required: without a capacity a cache grows for ever, and without a time to live it never shows the
/// writes of other programs.
fn cache_of(cursor: &Cursor<'_>) -> Option<Cache> {
    let fields = cursor.fields("the keys `capacity` and `time_to_live`", CACHE_KEYS)?;
    let capacity = fields.require("capacity").and_then(|rows| rows.size(1, u32::MAX.into()));
    let time_to_live = fields.require("time_to_live").and_then(|time| time.duration(A_YEAR));
    Some(Cache { capacity: capacity?, time_to_live: time_to_live? })
}

fn column_of(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Option<Spanned<ColumnPath>> {
    if cursor.is_list() {
        let message = "a reference is of one column, and this is a list".to_owned();
        let help = "refer to a column that is unique by itself: `app.table.column`. Rows with a key of several columns are \
             loaded by `find_many`";
        reader.error(BAD_COLUMN_PATH, cursor, message, help);
        return None;
    }
    let text = reader.text(cursor, "a column, as `app.table.column`")?;
    let path = split_name(&text.value).and_then(column_path);
    if path.is_none() {
        let message = format!("`{}` is not the path of a column", text.value);
        reader.error(
            BAD_COLUMN_PATH,
            cursor,
            message,
            "write `app.table.column` or `app.schema.table.column`",
        );
    }
    Some(Spanned { value: path?, place: text.place })
}

/// The section `types` of a manifest.
#[derive(Default)]
pub(super) struct Types {
    /// Rust types by SQL type or column, in the file's order.
    pub overrides: Vec<TypeOverride>,
    /// Derives and attributes of enums and composite types.
    pub settings: Vec<TypeSettings>,
    /// The Rust types of whole classes of values.
    pub values: ValueChoices,
}

/// The section `types`: the words `infinity`, `arrays` and `unknown` choose for whole classes of values; every other
/// key is a SQL type or a column.
pub(super) fn types(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Types {
    let mut types = Types::default();
    for (target, cursor) in cursor.entries("Rust types by SQL type or column").unwrap_or_default() {
        match target {
            "infinity" => types.values.infinity = choice(&cursor, INFINITY),
            "arrays" => types.values.arrays = choice(&cursor, ARRAYS),
            "unknown" => types.values.unknown = choice(&cursor, UNKNOWN),
            _ => type_of(reader, target, &cursor, &mut types),
        }
    }
    types
}

/// Reads one of a few words, and returns its meaning.
fn choice<T: Copy>(cursor: &Cursor<'_>, (words, meanings): Choices<T>) -> Option<T> {
    let word = cursor.word("a word", words)?;
    words.iter().zip(meanings).find(|(known, _)| **known == word).map(|(_, meaning)| *meaning)
}

/// A Rust type for a SQL type or a column, or the settings of a generated type.
fn type_of(reader: &ManifestReader<'_>, target: &str, cursor: &Cursor<'_>, types: &mut Types) {
    let place = reader.key_place(cursor);
    let parsed = type_target(target);
    if parsed.is_none() {
        let message = format!("`{target}` is neither the name of a SQL type nor the path of a column");
        let help = "write `type` or `schema.type` without a length, or `app.table.column`";
        reader.error_at(BAD_COLUMN_PATH, &place, message, help);
    }
    if matches!(cursor.value, Value::Map(_)) {
        types.settings.extend(parsed.and_then(|parsed| own_type(reader, parsed, place, cursor)));
    } else {
        let rust = rust_type(reader, cursor);
        if let (Some(value), Some(rust)) = (parsed, rust) {
            types.overrides.push(TypeOverride { target: Spanned { value, place }, rust });
        }
    }
}

fn rust_type(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Option<Spanned<String>> {
    let rust = reader.text(cursor, "a Rust type, such as `rust_decimal::Decimal`")?;
    if !is_rust_type(&rust.value) {
        let message = format!("`{}` is not a Rust type", rust.value);
        let help = "write its path, such as `rust_decimal::Decimal` or `crate::Settings`";
        reader.error(BAD_RUST, cursor, message, help);
    } else if let Some(name) = bare_name(&rust.value) {
        let message = format!("generated code does not know what `{name}` is");
        let help = format!(
            "write its path: `crate::{name}` for a type of your package; for that of another crate the crate's name \
             comes first, as in `uuid::Uuid`"
        );
        reader.error(BAD_RUST, cursor, message, help);
    }
    Some(rust)
}

/// Settings of an enum or a composite, whose Rust type is generated: a column has none.
fn own_type(
    reader: &ManifestReader<'_>,
    target: TypeTarget,
    place: Place,
    cursor: &Cursor<'_>,
) -> Option<TypeSettings> {
    match target {
        TypeTarget::Type { schema, name } => type_settings(reader, cursor, (schema, name, place)),
        TypeTarget::Column(_) => {
            let message = "a column has no derives and attributes of its own here";
            let help = "write them in the app: `tables: { …: { columns: { …: { attributes: […] } } } }`; a type is named without its app, as `schema.type`";
            reader.error_at(BAD_ATTRIBUTE, &place, message, help);
            None
        }
    }
}

fn type_target(text: &str) -> Option<TypeTarget> {
    let parts = split_name(text)?;
    match parts.as_slice() {
        [name] if !name.contains(['(', '[']) => Some(TypeTarget::Type { schema: None, name: name.clone() }),
        [schema, name] if !name.contains(['(', '[']) => {
            Some(TypeTarget::Type { schema: Some(schema.clone()), name: name.clone() })
        }
        _ => column_path(parts).map(TypeTarget::Column),
    }
}

pub(super) fn output(reader: &ManifestReader<'_>, cursor: Option<&Cursor<'_>>) -> OutputSettings {
    let mut output = OutputSettings {
        path: PathBuf::from("src/db"),
        layout: Layout::Modules,
        derives: Vec::new(),
        runtime: RuntimeSource::Version,
        singular: true,
    };
    let Some(fields) = cursor.and_then(|cursor| cursor.fields("keys such as `path`", OUTPUT_KEYS)) else {
        return output;
    };
    if let Some(path) = fields.get("path").and_then(|path| some_text(reader, path, "a folder")) {
        output.path = path.into();
    }
    let layout = fields.get("layout").map(|layout| layout.word("a word", LAYOUTS));
    if layout == Some(Some("crates")) {
        output.layout = Layout::Crates;
    }
    let derives = fields.get("derives").and_then(|derives| derives.items("a list such as `[serde]`"));
    output.derives = derives.unwrap_or_default().iter().filter_map(|item| derive(reader, item)).collect();
    output.singular = fields.get("singular").and_then(Cursor::boolean).unwrap_or(true);
    if let Some(runtime) = fields.get("runtime") {
        output.runtime = runtime_source(reader, runtime);
        if matches!(layout, None | Some(Some("modules"))) {
            let message = "`runtime` has no effect: only the packages of `layout: crates` name the runtime";
            let help = "remove it: with modules, your own Cargo.toml says where the runtime is";
            reader.note(Diagnostic::warning(NO_EFFECT, message).at(reader.key_place(runtime)).help(help));
        }
    }
    output
}

/// One of the words that ormgen knows, or a derive macro by its path.
pub(super) fn derive(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> Option<Spanned<String>> {
    let text = reader.text(cursor, "a word")?;
    let is_path = text.value.contains("::") && is_rust_path(&text.value);
    if is_path || DERIVES.contains(&text.value.as_str()) {
        return Some(text);
    }
    reader.error(UNKNOWN_VALUE, cursor, format!("unknown value `{}`", text.value), derive_help(&text.value));
    None
}

/// What to write in place of a derive that is neither one of the words nor a path.
fn derive_help(wrong: &str) -> String {
    if ["Debug", "Clone", "PartialEq"].contains(&wrong) {
        return "remove it: every generated struct has it".to_owned();
    }
    let of_std = [("Default", "std::default"), ("Copy", "std::marker"), ("PartialOrd", "std::cmp")];
    if let Some((name, module)) = of_std.iter().find(|(name, _)| *name == wrong) {
        return format!("write its path: `{module}::{name}`");
    }
    if let Some(near) = nearest(wrong, DERIVES.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let words: Vec<String> = DERIVES.iter().map(|word| format!("`{word}`")).collect();
    format!(
        "known are {}; any other derive is written with its path, such as `utoipa::ToSchema`",
        words.join(", ")
    )
}

fn runtime_source(reader: &ManifestReader<'_>, cursor: &Cursor<'_>) -> RuntimeSource {
    let Some(fields) = cursor.fields("one of the keys `path`, `git`", RUNTIME_KEYS) else {
        return RuntimeSource::Version;
    };
    let given: Vec<&Cursor<'_>> = RUNTIME_KEYS.iter().filter_map(|key| fields.get(key)).collect();
    if let [_, second, ..] = given.as_slice() {
        let diagnostic = Diagnostic::error(
            CONFLICTING_SETTINGS,
            "`runtime` has more than one of `path`, `git` and `version`",
        );
        let help = "keep one of `path`, `git` and `version`";
        reader.note(diagnostic.at(reader.key_place(second)).help(help));
    }
    if let Some(path) = fields.get("path") {
        return some_text(reader, path, "a folder")
            .map_or(RuntimeSource::Version, |path| RuntimeSource::Path(path.into()));
    }
    if let Some(git) = fields.get("git") {
        return some_text(reader, git, "a repository's URL")
            .map_or(RuntimeSource::Version, RuntimeSource::Git);
    }
    if let Some(version) = fields.get("version") {
        let own = env!("CARGO_PKG_VERSION");
        let text = version.text("a version in quotes");
        if text.is_some_and(|text| text != own) {
            let message = format!(
                "generated code works with the runtime of ormgen's own version alone, which is {own}"
            );
            reader.error(
                CONFLICTING_SETTINGS,
                version,
                message,
                "remove `version`, or install that version of ormgen",
            );
        }
    }
    RuntimeSource::Version
}

fn some_text(reader: &ManifestReader<'_>, cursor: &Cursor<'_>, expected: &'static str) -> Option<String> {
    let text = cursor.text(expected)?;
    if text.trim().is_empty() {
        reader.error(
            EMPTY_SECTION,
            cursor,
            "this text is empty",
            format!("write {expected}, or remove the key"),
        );
        return None;
    }
    Some(text.to_owned())
}
