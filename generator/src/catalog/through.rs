//! Makes a catalog by letting a server apply DDL to an empty database, which is then read and dropped.
//!
//! It is for schemas whose DDL the reader cannot interpret. Each statement is sent by itself, as psql does; the
//! statements that undo a migration are left out. Places of objects are those that the DDL source finds.

use std::{env, sync::Arc, time::Duration};

use ormgen_config::{ConnectionConfig, ServerAddress};
use tokio_postgres::{
    Client,
    error::{DbError, ErrorPosition, SqlState},
};

use super::{
    Loaded,
    ddl::{self, Forward, Known},
    identifiers::in_quotes,
    live,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, LIVE_FAILED, Place, SCRATCH_SERVER, SCRATCH_STATEMENT, Source},
    manifest::Through,
    scratch,
};

/// How long one statement may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Servers for one run: one is started when the first schema needs it.
pub(super) struct Judge {
    started: Option<scratch::Server>,
}

impl Judge {
    pub(super) fn new() -> Self {
        Self { started: None }
    }

    /// Applies the texts on the server, and reads the resulting schema.
    pub(super) fn read(
        &mut self,
        through: &Through,
        sources: &[Arc<Source>],
        known: &Known,
    ) -> Result<Loaded, Diagnostics> {
        let is_own = *through == Through::Server;
        let url = match through {
            Through::Url(url) => url.clone(),
            Through::Server => self.server().map_err(|what| failed(&what))?.url("postgres"),
        };
        let connection = ConnectionConfig::new("through", url);
        let resolved =
            connection.resolve(|name| env::var(name).ok()).map_err(|error| failed(&error.to_string()))?;
        let scratch = Scratch { server: resolved.primary, name: name(), is_own };
        let catalog = live::block_on(|| scratch.catalog(sources, known)).map_err(|what| failed(&what))??;
        // Only the places are used: the server has applied the statements that the reader cannot interpret.
        let places = ddl::interpret_with(sources, known, &mut Diagnostics::new()).places;
        Ok(Loaded { catalog, places, ..Loaded::default() })
    }

    fn server(&mut self) -> Result<&scratch::Server, String> {
        if self.started.is_none() {
            self.started = Some(scratch::Server::start()?);
        }
        self.started.as_ref().ok_or_else(|| "no server was started".to_owned())
    }
}

fn failed(what: &str) -> Diagnostics {
    Diagnostic::error(SCRATCH_SERVER, format!("the server that applies the schema cannot be used: {what}"))
        .help(
            "install PostgreSQL on this machine, or name a server on which databases may be created: \
             `through: postgres://…`; a snapshot that `ormgen introspect` wrote needs no server",
        )
        .into()
}

/// A unique name for a database.
fn name() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("ormgen_scratch_{}_{}", std::process::id(), now.as_nanos())
}

/// How a database of a scratch server came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Now.
    New,
    /// In an earlier run, from the same schema.
    Earlier,
    /// In an earlier run, from other texts than the schema has now, which are not applied.
    FromAnotherSchema,
}

/// Makes a database of that name on a server that ormgen started, and applies the texts to it; an existing one stays as
/// it is. The database's comment says which texts it was made from.
pub(super) async fn create(
    server: ServerAddress,
    name: &str,
    sources: &[Arc<Source>],
    known: &Known,
) -> Result<Made, Diagnostics> {
    const FIND: &str =
        "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1";
    let scratch = Scratch { server, name: name.to_owned(), is_own: true };
    let outside = scratch.connect(&scratch.server).await?;
    let mark = mark(sources);
    if let Some(row) = outside.query_opt(FIND, &[&name]).await.map_err(|error| failed(&words(&error)))? {
        let is_same = row.get::<_, Option<&str>>(0) == Some(mark.as_str());
        return Ok(if is_same { Made::Earlier } else { Made::FromAnotherSchema });
    }
    let create = format!("CREATE DATABASE {} TEMPLATE template0", in_quotes(name));
    outside.batch_execute(&create).await.map_err(|error| failed(&words(&error)))?;
    if let Err(problems) = scratch.load(sources, known).await {
        // If the data are kept, the next run makes the database again.
        let _ = outside.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", in_quotes(name))).await;
        return Err(problems);
    }
    let comment = format!("COMMENT ON DATABASE {} IS '{mark}'", in_quotes(name));
    outside.batch_execute(&comment).await.map_err(|error| failed(&words(&error)))?;
    Ok(Made::New)
}

/// A comment that tells these texts from others.
fn mark(sources: &[Arc<Source>]) -> String {
    let mut hasher = blake3::Hasher::new();
    for source in sources {
        hasher.update(source.text.as_bytes()).update(&[0]);
    }
    format!("made by ormgen from {}", hasher.finalize().to_hex())
}

/// The empty database.
struct Scratch {
    server: ServerAddress,
    name: String,
    /// Whether the server is removed as well: then roles may be made on it.
    is_own: bool,
}

impl Scratch {
    async fn catalog(&self, sources: &[Arc<Source>], known: &Known) -> Result<super::Catalog, Diagnostics> {
        let outside = self.connect(&self.server).await?;
        let create = format!("CREATE DATABASE \"{}\" TEMPLATE template0", self.name);
        outside.batch_execute(&create).await.map_err(|error| failed(&words(&error)))?;
        let result = self.apply(sources, known).await;
        // A database that cannot be dropped is left to the server's administrator.
        let _ = outside.batch_execute(&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name)).await;
        result
    }

    async fn connect(&self, server: &ServerAddress) -> Result<Client, Diagnostics> {
        ormgen_runtime::generated::connect(server, "through").await.map_err(|error| {
            let cause =
                std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            failed(&format!("{error}{cause}"))
        })
    }

    async fn apply(&self, sources: &[Arc<Source>], known: &Known) -> Result<super::Catalog, Diagnostics> {
        self.load(sources, known).await?;
        let client = self.connect(&self.inside()).await?;
        live::read_with(&client).await.map_err(|failure| failure.diagnostics("through"))
    }

    /// The address of the database itself.
    fn inside(&self) -> ServerAddress {
        let mut server = self.server.clone();
        server.database = Some(self.name.clone());
        server
    }

    /// Applies the texts to the database.
    async fn load(&self, sources: &[Arc<Source>], known: &Known) -> Result<(), Diagnostics> {
        let server = self.inside();
        let mut diagnostics = Diagnostics::new();
        for source in sources {
            // Each file has a session of its own, as with every tool.
            let client = self.connect(&server).await?;
            self.begin(&client, known).await?;
            let mut forward = Forward::of(source);
            for statement in forward.by_ref() {
                if let Err(error) = self.run(&client, &source.text[statement.clone()]).await {
                    diagnostics.push(refused(source, statement, &error));
                    return Err(diagnostics);
                }
            }
            diagnostics.extend(forward.into_problems());
        }
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(()) }
    }

    async fn begin(&self, client: &Client, known: &Known) -> Result<(), Diagnostics> {
        let mut settings = format!("SET statement_timeout TO {};", PATIENCE.as_millis());
        if !known.search_path.is_empty() {
            let path: Vec<String> = known.search_path.iter().map(|schema| in_quotes(schema)).collect();
            settings.push_str(&format!("SET search_path TO {}", path.join(", ")));
        }
        client.batch_execute(&settings).await.map_err(|error| failed(&words(&error)))
    }

    /// Runs one statement. Roles that it names are not part of the schema: they are made, or the statement is skipped.
    async fn run(&self, client: &Client, text: &str) -> Result<(), tokio_postgres::Error> {
        if ddl::is_about_databases(text) {
            return Ok(());
        }
        loop {
            let Err(error) = client.batch_execute(text).await else { return Ok(()) };
            let Some(role) = missing_role(&error) else { return Err(error) };
            if !self.is_own {
                return if ddl::is_about_roles(text) { Ok(()) } else { Err(error) };
            }
            client.batch_execute(&format!("CREATE ROLE {}", in_quotes(&role))).await?;
        }
    }
}

/// `role "app" does not exist`
fn missing_role(error: &tokio_postgres::Error) -> Option<String> {
    let error = error.as_db_error().filter(|error| *error.code() == SqlState::UNDEFINED_OBJECT)?;
    let name = error.message().strip_prefix("role \"")?.strip_suffix("\" does not exist")?;
    Some(name.to_owned())
}

fn words(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

/// The server's error about a statement, at the place that it names.
fn refused(
    source: &Arc<Source>,
    statement: std::ops::Range<usize>,
    error: &tokio_postgres::Error,
) -> Diagnostic {
    let Some(db) = error.as_db_error() else {
        return Diagnostic::error(
            LIVE_FAILED,
            format!("the server that applies the schema is gone: {error}"),
        )
        .at(Place::new(source, statement))
        .help("see the server's log");
    };
    let span = place_of(&source.text, &statement, db).unwrap_or(statement);
    let help = db.hint().map_or_else(
        || "mend the statement, or the files before it; this is what the server said".to_owned(),
        ToOwned::to_owned,
    );
    Diagnostic::error(SCRATCH_STATEMENT, format!("the server refuses this statement: {}", db.message()))
        .at(Place::new(source, span))
        .help(help)
}

/// The word that the server points to.
fn place_of(
    text: &str,
    statement: &std::ops::Range<usize>,
    error: &DbError,
) -> Option<std::ops::Range<usize>> {
    let Some(ErrorPosition::Original(at)) = error.position() else { return None };
    let inside = text.get(statement.clone())?;
    let (start, _) = inside.char_indices().nth(usize::try_from(*at).ok()?.checked_sub(1)?)?;
    let rest = inside.get(start..)?;
    let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()).max(1);
    let start = statement.start + start;
    Some(start..(start + length).min(statement.end))
}
