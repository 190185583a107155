//! `ormgen init`: writes a manifest to start from, with the schemas of live servers if their URLs are given. It never
//! overwrites a file, and never writes or shows a password.

use std::{
    collections::HashMap,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use heck::ToSnakeCase;
use ormgen_config::{ConnectionConfig, ServerAddress, Template, password_variable, variable_name};
use serde_json::json;

#[cfg(feature = "live")]
use super::introspect::{self, Snapshot};
use super::{output::Output, status::Status};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, MANIFEST_EXISTS, UNWRITABLE},
    manifest::is_free_name,
    reference,
};

const HEAD: &str = include_str!("head.yaml");
const TAIL: &str = include_str!("tail.yaml");
const SCHEMA: &str = include_str!("app.sql");

/// The manifest's path where none is given.
const DEFAULT: &str = "manifest.yaml";

/// The JSON Schema of manifests, beside the manifest, whose first line tells editors of it.
const KEYS: &str = "manifest.schema.json";

/// The folder of the schemas, beside the manifest.
const SCHEMAS: &str = "schemas";

/// A connection of the new manifest.
struct Draft {
    alias: String,
    /// Without a password.
    url: Template,
    /// The variable for the password, if the URL had one.
    variable: Option<String>,
    /// The server that its schema can be read from.
    server: Option<ServerAddress>,
    /// As it was given, for this run.
    #[cfg(feature = "live")]
    given: ConnectionConfig,
}

/// Where the schemas of a new manifest come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SchemaOrigin {
    /// A small one is written.
    Starter,
    /// Snapshots of the servers that the URLs lead to.
    Servers,
    /// DDL files that somebody writes later.
    Later,
}

impl SchemaOrigin {
    /// The file of a connection's schema, beside the manifest.
    fn file(self, alias: &str) -> String {
        let extension = if self == Self::Servers { "snapshot.yaml" } else { "sql" };
        format!("{SCHEMAS}/{alias}.{extension}")
    }
}

/// The arguments of `ormgen init`.
pub(super) struct InitRequest {
    /// The manifest's path.
    pub manifest: PathBuf,
    /// URLs; the manifest's path may be among them, as the last word of an option with many values.
    pub from: Vec<String>,
    /// Whether to connect to no server.
    pub offline: bool,
}

pub(super) fn run(output: &Output, wish: InitRequest) -> Status {
    let InitRequest { mut manifest, from, offline } = wish;
    let (paths, urls): (Vec<String>, Vec<String>) = from.into_iter().partition(|word| is_manifest(word));
    match paths.as_slice() {
        [] => {}
        [path] if manifest == Path::new(DEFAULT) => manifest = path.into(),
        _ => {
            output.usage("the manifest's path is given more than once", "name one");
            return Status::Usage;
        }
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for (index, url) in urls.iter().enumerate() {
        match draft(url, &drafts) {
            Ok(draft) => drafts.push(draft),
            Err(help) => {
                // The URL itself may hold a password, so the message gives its number.
                output.usage(&format!("`--from` URL number {} cannot be used", index + 1), &help);
                return Status::Usage;
            }
        }
    }
    let origin = if drafts.is_empty() {
        drafts.push(starter());
        SchemaOrigin::Starter
    } else if offline || cfg!(not(feature = "live")) {
        SchemaOrigin::Later
    } else {
        SchemaOrigin::Servers
    };
    match write_all(output, &manifest, &drafts, origin) {
        Ok(written) => {
            tell(output, &manifest, &drafts, origin, &written);
            Status::Done
        }
        Err(diagnostics) => {
            output.diagnostics(&diagnostics);
            Status::Wrong
        }
    }
}

/// Whether a word is the manifest's path and no URL.
fn is_manifest(word: &str) -> bool {
    let extension = Path::new(word).extension();
    !word.contains("://") && extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn starter() -> Draft {
    let url = "${APP_URL:-postgres://localhost/app}";
    Draft {
        alias: "app".to_owned(),
        url: url.into(),
        variable: None,
        server: None,
        #[cfg(feature = "live")]
        given: ConnectionConfig::new("app", url),
    }
}

/// A connection of a URL, named after its database; or why there can be none.
fn draft(url: &str, others: &[Draft]) -> Result<Draft, String> {
    // What a shell passes on is the URL itself, dollars included, unless variables are asked for.
    let template = if url.contains("${") { Template::from(url) } else { Template::literal(url) };
    template.validate_url().map_err(|error| format!("{error}: {}", error.help()))?;
    // Of variables, only the defaults are known.
    let resolved = ConnectionConfig::new("new", template.clone()).resolve(|_| Some(String::new()));
    let server = resolved.ok().map(|connection| connection.primary);
    let alias = alias_of(&name_of(&template, server.as_ref()), others);
    let (url, has_password) = template.without_literal_password(&alias);
    let variable = has_password.then(|| password_variable(&alias));
    #[cfg(feature = "live")]
    let given = ConnectionConfig::new(alias.clone(), template.clone());
    let url = replaceable(url, &alias);
    Ok(Draft {
        alias,
        url,
        variable,
        server,
        #[cfg(feature = "live")]
        given,
    })
}

/// The URL as the default of a variable, so that a program can be run with another: in a test, by `ormgen dev`.
fn replaceable(url: Template, alias: &str) -> Template {
    let text = url.as_written();
    if text.starts_with("${") || text.contains('}') && !text.contains("${") {
        return url;
    }
    format!("${{{}_URL:-{text}}}", variable_name(alias)).into()
}

/// The database's name; where the whole URL is a variable such as `${CRM_URL}`, what that is called after.
fn name_of(url: &Template, server: Option<&ServerAddress>) -> String {
    let database = server.and_then(|server| server.database.as_ref().or(server.user.as_ref())).cloned();
    let variable = || url.variables().first().map(|name| name.trim_end_matches("_URL").to_owned());
    database.or_else(variable).unwrap_or_else(|| "app".to_owned())
}

fn alias_of(name: &str, others: &[Draft]) -> String {
    let mut name = name.to_snake_case();
    if !is_free_name(&name) {
        name = if name.is_empty() { "app".to_owned() } else { format!("db_{name}") };
    }
    let is_taken = |name: &str| others.iter().any(|other| other.alias == name);
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(name)
}

/// The command that writes a connection's schema where the manifest in `folder` looks for it.
fn dump_command(draft: &Draft, folder: &Path) -> Option<String> {
    let server = draft.server.as_ref()?;
    let password = draft.variable.as_ref().map(|variable| format!("PGPASSWORD=\"${variable}\" "));
    let mut command = format!("{}pg_dump --schema-only --no-owner", password.unwrap_or_default());
    if let Some((host, port)) = server.hosts.first() {
        command.push_str(&format!(" --host={} --port={port}", shell(host)));
    }
    if let Some(user) = &server.user {
        command.push_str(&format!(" --username={}", shell(user)));
    }
    let file = folder.join(SCHEMAS).join(&draft.alias).with_extension("sql");
    command.push_str(&format!(" --file={}", shell(&file.to_string_lossy())));
    if let Some(database) = &server.database {
        command.push_str(&format!(" {}", shell(database)));
    }
    Some(command)
}

fn shell(word: &str) -> String {
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:".contains(c));
    if is_plain && !word.is_empty() { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The manifest's text; `main_schemas` are those of apps whose database has several schemas, by connection.
fn text_of(drafts: &[Draft], origin: SchemaOrigin, main_schemas: &HashMap<String, String>) -> String {
    let mut text = format!("{HEAD}\nconnections:\n");
    for Draft { alias, url, .. } in drafts {
        text.push_str(&format!("  {alias}: {}\n", quoted(url.as_written())));
    }
    text.push_str("\napps:\n");
    for Draft { alias, .. } in drafts {
        let schema = origin.file(alias);
        text.push_str(&format!(
            "  {alias}:\n    schema: {schema}\n    default_connection: {}\n",
            quoted(alias)
        ));
        if let Some(main) = main_schemas.get(alias) {
            text.push_str(&format!("    main_schema: {} # its structs have no prefix\n", quoted(main)));
        }
    }
    format!("{text}\n{TAIL}")
}

/// A YAML text, without quotes if it needs none: `null` and `12` are none.
fn quoted(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || "/$".contains(c));
    let is_word = ["null", "true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:@$-_.${}?=&%+,~".contains(c);
    // A colon at the end would make a key of it.
    if begins && !is_word && text.chars().all(is_plain) && !text.ends_with(':') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Writes the manifest and the schemas that are known. Servers are read first: if one cannot be, nothing is written.
fn write_all(
    output: &Output,
    path: &Path,
    drafts: &[Draft],
    origin: SchemaOrigin,
) -> Result<Vec<PathBuf>, Diagnostics> {
    if path.exists() {
        return Err(exists(path));
    }
    let schemas = folder_of(path).join(SCHEMAS);
    #[cfg(feature = "live")]
    let snapshots = match origin {
        SchemaOrigin::Servers => read(output, drafts, &schemas)?,
        SchemaOrigin::Starter | SchemaOrigin::Later => Vec::new(),
    };
    #[cfg(feature = "live")]
    let main_schemas =
        snapshots.iter().filter_map(|of| Some((of.alias.clone(), of.main_schema.clone()?))).collect();
    #[cfg(not(feature = "live"))]
    let main_schemas = HashMap::new();
    write_new(path, &text_of(drafts, origin, &main_schemas)).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => unwritable(path, &error),
    })?;
    let mut written = vec![path.to_owned()];
    let keys = folder_of(path).join(KEYS);
    if !keys.exists() {
        write_new(&keys, &reference::json_schema_text()).map_err(|error| unwritable(&keys, &error))?;
        written.push(keys);
    }
    match origin {
        SchemaOrigin::Starter => {
            let schema = schemas.join("app.sql");
            match write_new(&schema, SCHEMA) {
                Ok(()) => written.push(schema),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(&schema, &error)),
            }
        }
        SchemaOrigin::Later => fs::create_dir_all(&schemas).map_err(|error| unwritable(&schemas, &error))?,
        SchemaOrigin::Servers => {
            #[cfg(feature = "live")]
            {
                introspect::write(&snapshots)?;
                written.extend(snapshots.into_iter().map(|snapshot| snapshot.path));
            }
        }
    }
    Ok(written)
}

/// The schemas of the servers.
#[cfg(feature = "live")]
fn read(output: &Output, drafts: &[Draft], schemas: &Path) -> Result<Vec<Snapshot>, Diagnostics> {
    let connections: Vec<&ConnectionConfig> = drafts.iter().map(|draft| &draft.given).collect();
    let snapshots = introspect::snapshots(output, &connections, schemas)?;
    for Snapshot { alias, tables, .. } in &snapshots {
        output.note(&format!("{alias}: read {tables} table{}", if *tables == 1 { "" } else { "s" }));
    }
    Ok(snapshots)
}

fn exists(path: &Path) -> Diagnostics {
    Diagnostic::error(MANIFEST_EXISTS, "this manifest already exists")
        .in_file(path)
        .help("edit it, move it away, or name another path: `ormgen init other.yaml`")
        .into()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if !folder_of(path).as_os_str().is_empty() {
        fs::create_dir_all(folder_of(path))?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnostics {
    let diagnostic = Diagnostic::error(UNWRITABLE, format!("this file cannot be written: {error}"));
    diagnostic.in_file(path).help("see that its folder can be written to, or name another path").into()
}

fn tell(output: &Output, path: &Path, drafts: &[Draft], origin: SchemaOrigin, written: &[PathBuf]) {
    for path in written {
        output.note(&format!("wrote {}", path.display()));
    }
    let variables: Vec<&str> = drafts.iter().filter_map(|draft| draft.variable.as_deref()).collect();
    if !variables.is_empty() {
        output.note("\nNo password was written. Where programs connect, set:");
        for variable in &variables {
            output.note(&format!("  export {variable}=…"));
        }
    }
    let later = drafts.iter().filter(|_| origin == SchemaOrigin::Later);
    let dumps: Vec<String> = later.filter_map(|draft| dump_command(draft, folder_of(path))).collect();
    if !dumps.is_empty() {
        output.note("\nThe schemas are still to be written, for instance by:");
        for dump in dumps {
            output.note(&format!("  {dump}"));
        }
    }
    let argument = if path == Path::new(DEFAULT) { String::new() } else { format!(" {}", path.display()) };
    output.note(&format!("\nNext: ormgen build{argument}"));
    output.json_only(|| json!({ "ok": true, "written": written, "variables": variables }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_texts_and_variables() {
        for (text, written) in [
            ("crm", "crm"),
            ("${A_URL:-postgres://h/x}", "${A_URL:-postgres://h/x}"),
            ("null", "'null'"),
            ("True", "'True'"),
            ("012", "'012'"),
            ("~", "'~'"),
            ("Ünï", "'Ünï'"),
        ] {
            assert_eq!(quoted(text), written);
        }
        let draft = draft("postgres://localhost/%C3%9Cn%C3%AF", &[]).expect("a connection");
        assert_eq!(draft.url.as_written(), "${_N__URL:-postgres://localhost/%C3%9Cn%C3%AF}");
    }
}
