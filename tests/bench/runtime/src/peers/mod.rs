//! The libraries side by side: each does the same work, the way its documentation recommends where that is fastest.
//!
//! All of them have pools of the same size, and none asks the server whether a connection is alive before it is used.
//! sqlx, and sea-orm through it, asks after use; that cannot be turned off.

#[cfg(feature = "peers")]
mod diesel;
mod hand;
mod ormgen;
#[cfg(feature = "peers")]
mod sea_orm;
#[cfg(feature = "peers")]
mod sqlx;

#[cfg(feature = "peers")]
pub use self::{diesel::Diesel, sea_orm::SeaOrm, sqlx::Sqlx};
pub use self::{hand::Hand, ormgen::Ormgen};

/// Where a peer finds its two databases.
#[derive(Clone, Debug)]
pub struct Urls {
    /// Users, posts, comments, visits, readings.
    pub blog: String,
    /// Accounts.
    pub accounts: String,
}

impl Urls {
    /// The same under a name that the server shows beside each connection.
    pub fn named(&self, name: &str) -> Self {
        let named = |url: &str| format!("{url}?sslmode=disable&application_name={name}");
        Self { blog: named(&self.blog), accounts: named(&self.accounts) }
    }
}

/// The hand-written version that the others are compared with.
pub type ByHand = Hand<false>;

/// The same, but for its bulk inserts.
pub type Copying = Hand<true>;

/// ormgen as it comes.
pub type AsItComes = Ormgen<false>;

/// ormgen with one commit for writes that wait together.
pub type GroupCommit = Ormgen<true>;

/// Connections of each pool.
pub const POOL: usize = 10;

/// Whatever a peer's own error is.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What a library under measurement does. Each method counts the rows it got or wrote, so that a peer that did less
/// than others shows.
pub trait Peer: Clone + Send + Sync + Sized + 'static {
    /// Its name in the report.
    const NAME: &'static str;
    /// A user as it inserts them.
    type NewUser: Send;
    /// A reading as it inserts them.
    type NewReading: Send;

    /// Its pools.
    fn connect(urls: &Urls) -> impl Future<Output = Result<Self>> + Send;
    /// A user to insert.
    fn user(user: User) -> Self::NewUser;
    /// A reading to insert.
    fn reading(reading: Reading) -> Self::NewReading;

    /// Every user.
    fn users(&self) -> impl Future<Output = Result<usize>> + Send;
    /// Users with black hair and their posts, by name from the end.
    fn users_and_posts(&self) -> impl Future<Output = Result<usize>> + Send;
    /// Every user with their posts, and those with their comments: three statements.
    fn associations(&self) -> impl Future<Output = Result<usize>> + Send;
    /// Every post with its comments.
    fn children(&self) -> impl Future<Output = Result<usize>> + Send;
    /// One visit.
    fn find(&self, id: i64) -> impl Future<Output = Result<usize>> + Send;
    /// Every visit, and at the same time every account.
    fn both(&self) -> impl Future<Output = Result<usize>> + Send;
    /// Every visit with its account, which is in the other database.
    fn reference(&self) -> impl Future<Output = Result<usize>> + Send;
    /// Changes a visit's page.
    fn update(&self, id: i64) -> impl Future<Output = Result<usize>> + Send;
    /// Stores users.
    fn insert(&self, users: Vec<Self::NewUser>) -> impl Future<Output = Result<usize>> + Send;
    /// Stores many readings.
    fn bulk(&self, readings: Vec<Self::NewReading>) -> impl Future<Output = Result<usize>> + Send;
}

/// What the pools do besides that are measured under every load. Reads check what they get, and say so if it is not
/// that.
pub trait Pooled: Peer {
    /// Reads a row that the server sleeps for, so many milliseconds.
    fn pause(&self, milliseconds: i64) -> impl Future<Output = Result<()>> + Send;
    /// Reads a row that keeps a processor of the server's busy.
    fn burn(&self) -> impl Future<Output = Result<()>> + Send;
    /// Finds a visit, changes it, and stores a user, in one transaction.
    fn transaction(&self, id: i64) -> impl Future<Output = Result<()>> + Send;
    /// Every document.
    fn documents(&self) -> impl Future<Output = Result<usize>> + Send;
}

/// What updates write.
const PAGE: &str = "/page/changed";

/// A user to insert, before a peer makes its own struct of it.
pub struct User {
    name: String,
    hair_color: Option<String>,
}

impl User {
    /// Number `n`.
    pub fn number(n: usize) -> Self {
        Self { name: format!("User {n}"), hair_color: n.is_multiple_of(2).then(|| "black".to_owned()) }
    }
}

/// A reading to insert, likewise.
pub struct Reading {
    sensor: i64,
    taken: i64,
    value: f64,
    label: String,
}

impl Reading {
    /// Number `n`.
    pub fn number(n: usize) -> Self {
        let number = i64::try_from(n).unwrap_or(i64::MAX);
        let (sensor, taken) = (number % 100, 1_700_000_000 + number);
        Self { sensor, taken, value: taken as f64 / 7.0, label: format!("reading {n}") }
    }
}
