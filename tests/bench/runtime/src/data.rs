//! The databases and what lies in them.

use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

use crate::peers::{Result, Urls};

/// What lies in the tables while something is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// No rows.
    Nothing,
    /// So many users; every second one has black hair, and every second of those has a post.
    Users(usize),
    /// 100 users with 10 posts each, each of those with 10 comments.
    Family,
    /// 1,000 visits, each of another account.
    Visits,
}

/// Both databases, as their owner sees them.
pub struct Databases {
    urls: Urls,
    blog: Client,
    accounts: Client,
}

impl Databases {
    /// New ones, on two servers or on the same.
    ///
    /// # Errors
    /// Those of the servers.
    pub async fn create(blog: &str, accounts: &str, suffix: &str) -> Result<Self> {
        let urls = Urls {
            blog: create(blog, &format!("bench_blog_{suffix}")).await?,
            accounts: create(accounts, &format!("bench_accounts_{suffix}")).await?,
        };
        let databases =
            Self { blog: connect(&urls.blog).await?, accounts: connect(&urls.accounts).await?, urls };
        databases.blog.batch_execute(include_str!("../schema/blog.sql")).await?;
        databases.accounts.batch_execute(include_str!("../schema/accounts.sql")).await?;
        databases.accounts.batch_execute(ACCOUNTS).await?;
        databases.accounts.batch_execute("VACUUM ANALYZE").await?;
        Ok(databases)
    }

    /// Where they are.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// Brings them to a state, with the planner's statistics up to date.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn fill(&self, data: Data) -> Result<()> {
        self.clear().await?;
        match data {
            Data::Nothing => {}
            Data::Users(rows) => self.blog.batch_execute(&users(rows)).await?,
            Data::Family => self.blog.batch_execute(FAMILY).await?,
            Data::Visits => self.blog.batch_execute(VISITS).await?,
        }
        self.blog.batch_execute("VACUUM ANALYZE").await?;
        Ok(())
    }

    /// No rows, and numbers from the start.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn clear(&self) -> Result<()> {
        const SQL: &str = "TRUNCATE users, posts, comments, visits, readings RESTART IDENTITY";
        Ok(self.blog.batch_execute(SQL).await?)
    }

    /// Empties the table that single inserts write to.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn clear_users(&self) -> Result<()> {
        Ok(self.blog.batch_execute("TRUNCATE users RESTART IDENTITY CASCADE").await?)
    }

    /// Fills the tables whose rows take long to read, or are large.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn fill_for_pools(&self) -> Result<()> {
        self.blog.batch_execute(PAUSES).await?;
        self.blog.batch_execute(&documents()).await?;
        let steps = self.steps_in(BURNT).await?;
        Ok(self.blog.batch_execute(&format!("UPDATE burns SET steps = {steps}")).await?)
    }

    /// How many steps of `burnt` keep a processor busy for so long, where nothing else does.
    async fn steps_in(&self, time: Duration) -> Result<u64> {
        const STEPS: u64 = 20_000;
        self.blog.batch_execute(&format!("INSERT INTO burns VALUES (1, {STEPS})")).await?;
        let mut least = Duration::MAX;
        for _ in 0..20 {
            let start = Instant::now();
            self.blog.query_one("SELECT total FROM burnt WHERE id = 1", &[]).await?;
            least = least.min(start.elapsed());
        }
        Ok((STEPS as f64 * time.as_secs_f64() / least.as_secs_f64()) as u64)
    }

    /// Has commits wait for 4 ms before the disk is asked to keep them, as if it took longer to do so. Whoever commits
    /// meanwhile waits for the same, as for a disk.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn delay_commits(&self) -> Result<()> {
        let name: String = self.blog.query_one("SELECT current_database()::text", &[]).await?.try_get(0)?;
        for setting in ["commit_delay = 4000", "commit_siblings = 0"] {
            self.blog.batch_execute(&format!("ALTER DATABASE {name} SET {setting}")).await?;
        }
        Ok(())
    }

    /// How many connections a peer has to both, by the name it goes by.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn connections(&self, name: &str) -> Result<i64> {
        const SQL: &str = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = $1";
        Ok(self.blog.query_one(SQL, &[&name]).await?.try_get(0)?)
    }

    /// The server's version.
    ///
    /// # Errors
    /// Those of the server.
    pub async fn version(&self) -> Result<String> {
        Ok(self.blog.query_one("SHOW server_version", &[]).await?.try_get(0)?)
    }
}

/// Lets a server keep what it is told, and look after itself, as servers do in production.
///
/// # Errors
/// Those of the server.
pub async fn make_durable(url: &str) -> Result<()> {
    let server = connect(url).await?;
    for setting in ["fsync", "synchronous_commit", "full_page_writes", "autovacuum"] {
        server.batch_execute(&format!("ALTER SYSTEM SET {setting} = on")).await?;
    }
    Ok(server.batch_execute("SELECT pg_reload_conf(); CHECKPOINT").await?)
}

async fn create(server: &str, name: &str) -> Result<String> {
    connect(server).await?.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let (server, _) = server.rsplit_once('/').ok_or("a URL ends with its database")?;
    Ok(format!("{server}/{name}"))
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        // What goes wrong shows at the next statement.
        let _ = connection.await;
    });
    Ok(client)
}

fn users(rows: usize) -> String {
    format!(
        "INSERT INTO users (name, hair_color)
             SELECT 'User ' || n, CASE n % 2 WHEN 0 THEN 'brown' ELSE 'black' END FROM generate_series(1, {rows}) n;
         INSERT INTO posts (user_id, title, body)
             SELECT id, 'Post of user ' || id, 'What user ' || id || ' had to say.' FROM users WHERE id % 4 = 1"
    )
}

const FAMILY: &str = "
    INSERT INTO users (name, hair_color) SELECT 'User ' || n, 'brown' FROM generate_series(1, 100) n;
    INSERT INTO posts (user_id, title, body)
        SELECT users.id, 'Post ' || n, 'What there was to say.' FROM users, generate_series(1, 10) n;
    INSERT INTO comments (post_id, text)
        SELECT posts.id, 'Comment ' || n FROM posts, generate_series(1, 10) n";

const VISITS: &str = "
    INSERT INTO visits (account_id, page)
        SELECT n * 7919 % 1000 + 1, '/page/' || n FROM generate_series(1, 1000) n";

const PAUSES: &str = "
    INSERT INTO pauses (id, seconds) SELECT n, n / 1000.0 FROM unnest('{0, 1, 5, 20, 65}'::integer[]) n";

/// How long the processor is busy for a row of `burnt`.
const BURNT: Duration = Duration::from_millis(5);

/// Rows of `documents`, of 10,000 characters each.
pub const DOCUMENTS: usize = 2000;

/// As they would be if they could not be compressed.
fn documents() -> String {
    format!(
        "ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
         INSERT INTO documents (id, body) SELECT n, repeat('0123456789', 1000) FROM generate_series(1, {DOCUMENTS}) n"
    )
}

const ACCOUNTS: &str = "
    INSERT INTO accounts (name, email)
        SELECT 'Account ' || n, 'account.' || n || '@example.org' FROM generate_series(1, 1000) n";

/// The URL of a server of `tests/run --exec`.
///
/// # Errors
/// If it was not started by that.
pub fn server(number: usize) -> Result<String> {
    let variable = format!("ORMGEN_TEST_PG_{number}");
    std::env::var(variable).map_err(|_| "run it with `tests/bench/run`, which starts the servers".into())
}
