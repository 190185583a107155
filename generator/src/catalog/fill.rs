//! The databases of a manifest on a scratch server: one for each connection, with the schema of its apps.

use std::{collections::BTreeMap, env, sync::Arc};

use ormgen_config::{ConnectionConfig, Endpoint, Template};

pub use super::through::Made;
use super::{ddl::Known, live, read, through};
use crate::{
    diagnostics::{DEV_SCHEMA, DEV_URL, Diagnostic, Diagnostics, Place, SCRATCH_SERVER, Source},
    manifest::{App, Manifest, Spanned},
    scratch::Server,
};

/// A database to make on a scratch server.
#[derive(Debug)]
pub struct ScratchDatabase {
    /// Its name: the alias of the first connection that reaches it.
    pub name: String,
    /// The aliases of the connections that reach it.
    pub aliases: Vec<String>,
    /// The variables to set to its URL.
    pub variables: Vec<String>,
    sources: Vec<Arc<Source>>,
    known: Known,
}

/// The databases that the manifest's connections need: one for each variable that is a connection's URL.
///
/// # Errors
/// Connections whose URL is not a variable, and files that cannot be read. The warnings name the apps whose schema is not
/// DDL: their databases stay empty.
pub fn databases(manifest: &Manifest) -> Result<(Vec<ScratchDatabase>, Diagnostics), Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut found: Vec<ScratchDatabase> = Vec::new();
    for connection in &manifest.connections {
        let Some(variables) = variables(connection, &mut diagnostics) else { continue };
        let alias = &connection.value.alias;
        match found.iter_mut().find(|other| other.variables.iter().any(|name| variables.contains(name))) {
            Some(other) => {
                other.aliases.push(alias.clone());
                for name in variables {
                    if !other.variables.contains(&name) {
                        other.variables.push(name);
                    }
                }
            }
            None => found.push(ScratchDatabase {
                name: alias.clone(),
                aliases: vec![alias.clone()],
                variables,
                sources: Vec::new(),
                known: Known::default(),
            }),
        }
    }
    for database in &mut found {
        let apps: Vec<&App> = manifest.apps.iter().filter(|app| database.serves(app)).collect();
        if let Some((sources, known)) =
            (!apps.is_empty()).then(|| read::ddl(manifest, &apps, &mut diagnostics)).flatten()
        {
            diagnostics.extend(sources.iter().filter_map(copied));
            (database.sources, database.known) = (sources, known);
        }
    }
    let diagnostics = once(diagnostics);
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok((found, diagnostics)) }
}

impl ScratchDatabase {
    /// Whether no schema is loaded into it.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    fn serves(&self, app: &App) -> bool {
        let is_ours = |alias: &Spanned<String>| self.aliases.contains(&alias.value);
        is_ours(&app.default_connection) || app.connections.iter().any(is_ours)
    }
}

/// Makes the databases on the server, and applies their schemas. Databases that exist already, from a run whose data
/// were kept, stay as they are. Returns how each came to be.
///
/// # Errors
/// The statements that the server refuses, at their places; and any other failure of the server.
pub fn fill(server: &Server, databases: &[ScratchDatabase]) -> Result<Vec<Made>, Diagnostics> {
    let url = server.url("postgres");
    let broken = |what: String| -> Diagnostics {
        Diagnostic::error(SCRATCH_SERVER, format!("the scratch server cannot be used: {what}")).into()
    };
    let resolved = ConnectionConfig::new("dev", url).resolve(|name| env::var(name).ok());
    let address = resolved.map_err(|error| broken(error.to_string()))?.primary;
    let all = async || {
        let (mut made, mut diagnostics) = (Vec::new(), Diagnostics::new());
        for database in databases {
            let ScratchDatabase { name, sources, known, .. } = database;
            match through::create(address.clone(), name, sources, known).await {
                Ok(how) => made.push(how),
                Err(problems) => diagnostics.extend(problems),
            }
        }
        if diagnostics.has_errors() { Err(once(diagnostics)) } else { Ok(made) }
    };
    live::block_on(all).map_err(broken)?
}

/// The variables, each named once, with the URLs of their databases.
pub fn environment(server: &Server, databases: &[ScratchDatabase]) -> BTreeMap<String, String> {
    let of = |database: &ScratchDatabase| {
        let url = server.url(&database.name);
        database.variables.iter().map(move |name| (name.clone(), url.clone())).collect::<Vec<_>>()
    };
    databases.iter().flat_map(of).collect()
}

/// The variables that are the URLs of a connection and its replicas. Reports a URL that is not a variable.
fn variables(connection: &Spanned<ConnectionConfig>, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let ConnectionConfig { alias, endpoint, replicas, .. } = &connection.value;
    let Endpoint::Url(url) = endpoint else {
        let message =
            format!("`ormgen dev` cannot set where the connection `{alias}` leads: it has no `url`");
        let help =
            format!("write `url: ${{{}:-postgres://…}}` in place of `host` and the rest", variable_of(alias));
        diagnostics.push(refused(message, help, &connection.place));
        return None;
    };
    let mut names = Vec::new();
    for (index, url) in std::iter::once(url).chain(replicas).enumerate() {
        if let Some(name) = whole_variable(url) {
            names.push(name);
            continue;
        }
        let (what, variable) = match index {
            0 => (format!("the URL of the connection `{alias}`"), variable_of(alias)),
            _ => (
                format!("the URL of replica {index} of `{alias}`"),
                format!("{}_REPLICA_{index}_URL", alias.to_ascii_uppercase()),
            ),
        };
        let (url, _) = url.without_literal_password(alias);
        let help =
            format!("write `${{{variable}:-{}}}`: then `ormgen dev` sets the variable", url.as_written());
        diagnostics.push(refused(
            format!("{what} is not a variable, so `ormgen dev` cannot set it"),
            help,
            &connection.place,
        ));
    }
    (names.len() == 1 + replicas.len()).then_some(names)
}

fn refused(message: String, help: String, place: &Place) -> Diagnostic {
    Diagnostic::error(DEV_URL, message).at(place.clone()).help(help)
}

/// The same without repetitions: the files of an app are read and applied once for each of its connections.
fn once(diagnostics: Diagnostics) -> Diagnostics {
    let mut different: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        let is_same =
            |other: &Diagnostic| other.message == diagnostic.message && other.place == diagnostic.place;
        if !different.iter().any(is_same) {
            different.push(diagnostic);
        }
    }
    let mut all = Diagnostics::new();
    all.extend(different);
    all
}

/// The variable that makes up the whole of a template.
fn whole_variable(template: &Template) -> Option<String> {
    let name = *template.variables().first()?;
    let value = template.resolve(|wanted| (wanted == name).then(|| "\u{1}".to_owned())).ok()?;
    (value.expose() == "\u{1}").then(|| name.to_owned())
}

/// The variable that a connection's URL is usually in.
fn variable_of(alias: &str) -> String {
    format!("{}_URL", alias.to_ascii_uppercase())
}

/// Reports rows that a file would insert by COPY.
fn copied(source: &Arc<Source>) -> Option<Diagnostic> {
    let mut at = 0;
    let line = source.text.split_inclusive('\n').find_map(|line| {
        let start = at;
        at += line.len();
        let words: Vec<String> = line.split_whitespace().map(str::to_ascii_lowercase).collect();
        let is_copy = words.first().is_some_and(|word| word == "copy")
            && words.windows(2).any(|pair| pair[0] == "from" && pair[1].starts_with("stdin"));
        is_copy.then(|| start..start + line.trim_end().len())
    })?;
    let message = "the rows of `COPY … FROM stdin` are not loaded into the scratch database";
    let help = "load them with `psql` as the command behind `--`, or write them as `INSERT`";
    Some(Diagnostic::warning(DEV_SCHEMA, message).at(Place::new(source, line)).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_one_variable() {
        let cases = [
            ("${A}", Some("A")),
            ("${A:-postgres://x/${B}}", Some("A")),
            ("${A:-${B}}", Some("A")),
            ("postgres://${A}/x", None),
            ("${A}${B}", None),
            ("postgres://x/y", None),
        ];
        for (text, expected) in cases {
            assert_eq!(whole_variable(&Template::from(text)).as_deref(), expected, "{text}");
        }
    }
}
