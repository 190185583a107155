//! sqlx: statements as text with rows read by index, which is what its `query!` macros write; `UNNEST` for many rows,
//! as its documentation recommends.

use std::{collections::HashMap, hash::Hash, hint::black_box};

use futures_util::TryStreamExt;
use sqlx::{
    FromRow, PgPool, Row,
    postgres::{PgPoolOptions, PgRow},
};

use super::{PAGE, POOL, Peer, Reading, Result, Urls};

/// Its pools.
#[derive(Clone)]
pub struct Sqlx {
    blog: PgPool,
    accounts: PgPool,
}

struct User {
    id: i32,
    _name: String,
    _hair_color: Option<String>,
}

struct Post {
    id: i32,
    user_id: i32,
    _title: String,
    _body: Option<String>,
}

struct Comment {
    _id: i32,
    post_id: i32,
    _text: String,
}

struct Visit {
    _id: i64,
    account_id: i64,
    _page: String,
}

#[derive(Clone)]
struct Account {
    id: i64,
    _name: String,
    _email: String,
}

struct UserAndPost {
    _user: User,
    _post: Option<Post>,
}

impl FromRow<'_, PgRow> for User {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get_unchecked(0)?,
            _name: row.try_get_unchecked(1)?,
            _hair_color: row.try_get_unchecked(2)?,
        })
    }
}

impl FromRow<'_, PgRow> for Post {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get_unchecked(0)?,
            user_id: row.try_get_unchecked(1)?,
            _title: row.try_get_unchecked(2)?,
            _body: row.try_get_unchecked(3)?,
        })
    }
}

impl FromRow<'_, PgRow> for Comment {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            _id: row.try_get_unchecked(0)?,
            post_id: row.try_get_unchecked(1)?,
            _text: row.try_get_unchecked(2)?,
        })
    }
}

impl FromRow<'_, PgRow> for Visit {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            _id: row.try_get_unchecked(0)?,
            account_id: row.try_get_unchecked(1)?,
            _page: row.try_get_unchecked(2)?,
        })
    }
}

impl FromRow<'_, PgRow> for Account {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get_unchecked(0)?,
            _name: row.try_get_unchecked(1)?,
            _email: row.try_get_unchecked(2)?,
        })
    }
}

impl FromRow<'_, PgRow> for UserAndPost {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let post = match row.try_get_unchecked(3)? {
            None => None,
            Some(id) => Some(Post {
                id,
                user_id: row.try_get_unchecked(4)?,
                _title: row.try_get_unchecked(5)?,
                _body: row.try_get_unchecked(6)?,
            }),
        };
        Ok(Self { _user: User::from_row(row)?, _post: post })
    }
}

const USERS: &str = "SELECT id, name, hair_color FROM users";
const POSTS: &str = "SELECT id, user_id, title, body FROM posts";
const VISITS: &str = "SELECT id, account_id, page FROM visits";
const ACCOUNTS: &str = "SELECT id, name, email FROM accounts";

async fn pool(url: &str) -> Result<PgPool> {
    let size = u32::try_from(POOL)?;
    Ok(PgPoolOptions::new().max_connections(size).test_before_acquire(false).connect(url).await?)
}

impl Sqlx {
    /// The comments of posts, beside the places of those.
    async fn comments(&self, posts: &[Post]) -> Result<Vec<Vec<Comment>>> {
        const SQL: &str = "SELECT id, post_id, text FROM comments WHERE post_id = ANY($1)";
        let ids: Vec<i32> = posts.iter().map(|post| post.id).collect();
        let places = places(&ids);
        let mut groups: Vec<Vec<Comment>> = std::iter::repeat_with(Vec::new).take(ids.len()).collect();
        let mut comments = sqlx::query_as::<_, Comment>(SQL).bind(&ids).fetch(&self.blog);
        while let Some(comment) = comments.try_next().await? {
            if let Some(place) = places.get(&comment.post_id) {
                groups[*place].push(comment);
            }
        }
        Ok(groups)
    }
}

fn places<K: Copy + Eq + Hash>(keys: &[K]) -> HashMap<K, usize> {
    keys.iter().enumerate().map(|(place, key)| (*key, place)).collect()
}

/// Users, their posts, the comments on those.
type Loaded = Vec<(User, Vec<(Post, Vec<Comment>)>)>;

impl Peer for Sqlx {
    const NAME: &'static str = "sqlx";
    type NewUser = super::User;
    type NewReading = Reading;

    async fn connect(urls: &Urls) -> Result<Self> {
        Ok(Self { blog: pool(&urls.blog).await?, accounts: pool(&urls.accounts).await? })
    }

    fn user(user: super::User) -> Self::NewUser {
        user
    }

    fn reading(reading: Reading) -> Self::NewReading {
        reading
    }

    async fn users(&self) -> Result<usize> {
        let users: Vec<User> = sqlx::query_as(USERS).fetch_all(&self.blog).await?;
        Ok(black_box(users).len())
    }

    async fn users_and_posts(&self) -> Result<usize> {
        const SQL: &str = "SELECT u.id, u.name, u.hair_color, p.id, p.user_id, p.title, p.body FROM users u
             LEFT JOIN posts p ON p.user_id = u.id WHERE u.hair_color = $1 ORDER BY u.name DESC";
        let rows: Vec<UserAndPost> = sqlx::query_as(SQL).bind("black").fetch_all(&self.blog).await?;
        Ok(black_box(rows).len())
    }

    async fn associations(&self) -> Result<usize> {
        const POSTS_OF: &str = "SELECT id, user_id, title, body FROM posts WHERE user_id = ANY($1)";
        let users: Vec<User> = sqlx::query_as(USERS).fetch_all(&self.blog).await?;
        let ids: Vec<i32> = users.iter().map(|user| user.id).collect();
        let posts: Vec<Post> = sqlx::query_as(POSTS_OF).bind(&ids).fetch_all(&self.blog).await?;
        let comments = self.comments(&posts).await?;
        let count = comments.iter().map(Vec::len).sum();
        let places = places(&ids);
        let mut loaded: Loaded = users.into_iter().map(|user| (user, Vec::new())).collect();
        for (post, comments) in posts.into_iter().zip(comments) {
            if let Some(place) = places.get(&post.user_id) {
                loaded[*place].1.push((post, comments));
            }
        }
        black_box(loaded);
        Ok(count)
    }

    async fn children(&self) -> Result<usize> {
        let posts: Vec<Post> = sqlx::query_as(POSTS).fetch_all(&self.blog).await?;
        let comments = self.comments(&posts).await?;
        let loaded: Vec<(Post, Vec<Comment>)> = posts.into_iter().zip(comments).collect();
        Ok(black_box(loaded).iter().map(|(_, comments)| comments.len()).sum())
    }

    async fn find(&self, id: i64) -> Result<usize> {
        const SQL: &str = "SELECT id, account_id, page FROM visits WHERE id = $1";
        let visit: Visit = sqlx::query_as(SQL).bind(id).fetch_one(&self.blog).await?;
        black_box(visit);
        Ok(1)
    }

    async fn both(&self) -> Result<usize> {
        let visits = sqlx::query_as::<_, Visit>(VISITS).fetch_all(&self.blog);
        let accounts = sqlx::query_as::<_, Account>(ACCOUNTS).fetch_all(&self.accounts);
        let (visits, accounts) = black_box(tokio::try_join!(visits, accounts)?);
        Ok(visits.len() + accounts.len())
    }

    async fn reference(&self) -> Result<usize> {
        const SQL: &str = "SELECT id, name, email FROM accounts WHERE id = ANY($1)";
        let visits: Vec<Visit> = sqlx::query_as(VISITS).fetch_all(&self.blog).await?;
        let ids: Vec<i64> = visits.iter().map(|visit| visit.account_id).collect();
        let mut accounts = HashMap::with_capacity(ids.len());
        let mut rows = sqlx::query_as::<_, Account>(SQL).bind(&ids).fetch(&self.accounts);
        while let Some(account) = rows.try_next().await? {
            accounts.insert(account.id, account);
        }
        let loaded: Vec<(Visit, Option<Account>)> = visits
            .into_iter()
            .map(|visit| {
                let account = accounts.get(&visit.account_id).cloned();
                (visit, account)
            })
            .collect();
        Ok(black_box(loaded).iter().filter(|(_, account)| account.is_some()).count())
    }

    async fn update(&self, id: i64) -> Result<usize> {
        const SQL: &str = "UPDATE visits SET page = $1 WHERE id = $2";
        let changed = sqlx::query(SQL).bind(PAGE).bind(id).execute(&self.blog).await?;
        Ok(usize::try_from(changed.rows_affected())?)
    }

    async fn insert(&self, users: Vec<super::User>) -> Result<usize> {
        const ONE: &str = "INSERT INTO users (name, hair_color) VALUES ($1, $2)";
        const MANY: &str =
            "INSERT INTO users (name, hair_color) SELECT * FROM UNNEST($1::text[], $2::text[])";
        let stored = if let [user] = users.as_slice() {
            sqlx::query(ONE).bind(&user.name).bind(&user.hair_color).execute(&self.blog).await?
        } else {
            let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
            let colors: Vec<Option<&str>> = users.iter().map(|user| user.hair_color.as_deref()).collect();
            sqlx::query(MANY).bind(&names).bind(&colors).execute(&self.blog).await?
        };
        Ok(usize::try_from(stored.rows_affected())?)
    }

    async fn bulk(&self, readings: Vec<Reading>) -> Result<usize> {
        const SQL: &str = "INSERT INTO readings (sensor, taken, value, label)
             SELECT * FROM UNNEST($1::int8[], $2::int8[], $3::float8[], $4::text[])";
        let sensors: Vec<i64> = readings.iter().map(|reading| reading.sensor).collect();
        let taken: Vec<i64> = readings.iter().map(|reading| reading.taken).collect();
        let values: Vec<f64> = readings.iter().map(|reading| reading.value).collect();
        let labels: Vec<&str> = readings.iter().map(|reading| reading.label.as_str()).collect();
        let query = sqlx::query(SQL).bind(&sensors).bind(&taken).bind(&values).bind(&labels);
        Ok(usize::try_from(query.execute(&self.blog).await?.rows_affected())?)
    }
}
